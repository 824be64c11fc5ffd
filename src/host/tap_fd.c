/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/tap_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

__attribute__((format(printf, 3, 4)))
static void say(char *err, size_t cap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, cap, fmt, ap);
	va_end(ap);
}

static void say_open(char *err, size_t cap)
{
	if (errno == ENOENT || errno == ENODEV)
		say(err, cap, "/dev/net/tun: %s; this kernel or container offers no TUN/TAP: "
		    "load it (modprobe tun) or make the node (mknod /dev/net/tun c 10 200)",
		    strerror(errno));
	else
		say(err, cap, "/dev/net/tun: %s; it must be readable and writable for this user",
		    strerror(errno));
}

static void say_attach(const char *name, char *err, size_t cap)
{
	if (errno == EPERM || errno == EACCES)
		say(err, cap, "%s: %s; attaching needs CAP_NET_ADMIN. Run as root, or let root "
		    "make it for you once: ip tuntap add dev %s mode tap user $USER",
		    name, strerror(errno), name);
	else if (errno == EBUSY)
		say(err, cap, "%s: %s; another program holds this TAP", name, strerror(errno));
	else if (errno == EINVAL)
		say(err, cap, "%s: %s; the name is taken by a device that is not a TAP, or the TAP "
		    "was made with other flags (multi_queue, tun)", name, strerror(errno));
	else
		say(err, cap, "%s: %s", name, strerror(errno));
}

int tap_fd_open(const char *name, char *err, size_t cap)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd;

	if (strlen(name) >= sizeof(ifr.ifr_name)) {
		say(err, cap, "%s: device names have at most 15 bytes", name);
		return -1;
	}
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		say_open(err, cap);
		return -1;
	}
	memcpy(ifr.ifr_name, name, strlen(name) + 1);
	if (ioctl(fd, TUNSETIFF, &ifr)) {
		say_attach(name, err, cap);
		close(fd);
		return -1;
	}
	return fd;
}

/* Asks the kernel about the device. False: it does not tell. */
static bool device_ask(const char *name, unsigned long request, struct ifreq *ifr)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	if (s < 0)
		return false;
	memcpy(ifr->ifr_name, name, strlen(name) + 1);
	good = !ioctl(s, request, ifr);
	close(s);
	return good;
}

unsigned tap_fd_mtu(const char *name)
{
	struct ifreq ifr = { .ifr_flags = 0 };

	return device_ask(name, SIOCGIFMTU, &ifr) && ifr.ifr_mtu >= 68 ? (unsigned)ifr.ifr_mtu :
	       1500;
}

bool tap_fd_is_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = 0 };

	return !device_ask(name, SIOCGIFFLAGS, &ifr) || (ifr.ifr_flags & IFF_UP);
}
