/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "harness/tap_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const struct tap_family tap_families[] = {
	{ AF_INET, "IPv4", "10.0.0.1", "10.0.0.2", "10.0.0.1/24", "10.0.0.2/24" },
	{ AF_INET6, "IPv6", "fd00::1", "fd00::2", "fd00::1/64", "fd00::2/64" },
	{ AF_INET6, "mapped", "::ffff:10.0.0.1", "::ffff:10.0.0.2", NULL, NULL },
	{ 0 },
};

static void skip(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	exit(77);
}

static void command(const char *line)
{
	if (!system(line))
		return;
	printf("skipped: it does not work here: %s\n", line);
	exit(77);
}

void tap_world_enter(void)
{
	struct ifreq ifr = { .ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI };
	char line[128];
	int fd;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		skip("no network namespace may be made here");
	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETPERSIST, 1))
		skip("no TAP may be made here");
	close(fd);
	command("ip link set lo up");
	for (const struct tap_family *f = tap_families; f->name; f++) {
		if (!f->kernel_prefix)
			continue;
		snprintf(line, sizeof(line), "ip addr add %s dev tap0%s", f->kernel_prefix,
			 f->family == AF_INET6 ? " nodad" : "");
		command(line);
	}
	command("ip link set tap0 up");
}

void tap_world_sysctl(const char *path, const char *value)
{
	char name[128];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/sys/%s", path);
	f = fopen(name, "w");
	if (!f || fputs(value, f) == EOF || fclose(f))
		skip(name);
}

socklen_t tap_address(const struct tap_family *f, const char *host, unsigned port,
		      struct sockaddr_storage *out)
{
	struct sockaddr_in *sin = (void *)out;
	struct sockaddr_in6 *sin6 = (void *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)f->family;
	if (f->family == AF_INET) {
		sin->sin_port = htons((uint16_t)port);
		inet_pton(AF_INET, host, &sin->sin_addr);
		return sizeof(*sin);
	}
	sin6->sin6_port = htons((uint16_t)port);
	inet_pton(AF_INET6, host, &sin6->sin6_addr);
	return sizeof(*sin6);
}
