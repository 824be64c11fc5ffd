/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/ifquery.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Asks the kernel about the interface. False: it does not tell. */
static bool ask(const char *name, unsigned long request, struct ifreq *ifr)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	if (s < 0)
		return false;
	strncpy(ifr->ifr_name, name, sizeof(ifr->ifr_name) - 1);
	good = !ioctl(s, request, ifr);
	close(s);
	return good;
}

unsigned if_mtu(const char *name)
{
	struct ifreq ifr = { .ifr_flags = 0 };

	return ask(name, SIOCGIFMTU, &ifr) && ifr.ifr_mtu >= 68 ? (unsigned)ifr.ifr_mtu : 1500;
}

bool if_is_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = 0 };

	return !ask(name, SIOCGIFFLAGS, &ifr) || (ifr.ifr_flags & IFF_UP);
}

bool if_exists(const char *name)
{
	return if_nametoindex(name);
}
