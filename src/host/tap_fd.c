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

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20			/* Linux 6.2 */
#define TUN_F_USO6 0x40
#endif

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
		say(err, cap, "/dev/net/tun: %s; it must be readable and writable for this user: "
		    "run as root, or let root chmod 0666 /dev/net/tun, which gives nobody a "
		    "device that is not his", strerror(errno));
}

static void say_attach(const char *name, bool queue, char *err, size_t cap)
{
	if (errno == EPERM || errno == EACCES)
		say(err, cap, "%s: %s; attaching needs CAP_NET_ADMIN. Run as root, in a "
		    "network namespace of your own (unshare -Urn), or let root make it for you "
		    "once: ip tuntap add dev %s mode tap user $USER",
		    name, strerror(errno), name);
	else if (errno == EBUSY)
		say(err, cap, "%s: %s; another program holds this TAP", name, strerror(errno));
	else if (errno == EINVAL && queue)
		say(err, cap, "%s: %s; the name is taken by a device that is not a TAP of several "
		    "queues: ip tuntap add dev %s mode tap multi_queue user $USER", name,
		    strerror(errno), name);
	else if (errno == EINVAL)
		say(err, cap, "%s: %s; the name is taken by a device that is not a TAP, or the TAP "
		    "was made with other flags (tun)", name, strerror(errno));
	else
		say(err, cap, "%s: %s", name, strerror(errno));
}

/*
 * With all that is wished, then with less: a TAP that was made with several queues wants to be
 * asked for one of them, an old kernel knows no header. 0, or -1 with the first errno.
 */
static int attach(int fd, struct ifreq *ifr, bool queue, bool vnet_hdr)
{
	static const short wishes[] = {
		IFF_VNET_HDR, IFF_VNET_HDR | IFF_MULTI_QUEUE, 0, IFF_MULTI_QUEUE,
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
		if ((!vnet_hdr && wishes[i] & IFF_VNET_HDR) ||
		    (queue && !(wishes[i] & IFF_MULTI_QUEUE)))
			continue;
		ifr->ifr_flags = (short)(IFF_TAP | IFF_NO_PI | wishes[i]);
		if (!ioctl(fd, TUNSETIFF, ifr)) {
			/* It takes all or refuses; the flags that it wrote back are its own. */
			ifr->ifr_flags = (short)(IFF_TAP | IFF_NO_PI | wishes[i]);
			return 0;
		}
		if (!err)
			err = errno;
		if (errno != EINVAL)
			break;
	}
	errno = err;
	return -1;
}

/* True: each frame has a header of ten bytes, and comes as the kernel has it. */
static bool set_vnet_hdr(int fd, bool *uso)
{
	unsigned long offload = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	int len = TAP_VNET_HDR_LEN;

	/* A TAP that outlives its programs keeps the length that another one set. */
	if (ioctl(fd, TUNSETVNETHDRSZ, &len))
		return false;
	*uso = !ioctl(fd, TUNSETOFFLOAD, offload | TUN_F_USO4 | TUN_F_USO6);
	return *uso || !ioctl(fd, TUNSETOFFLOAD, offload);
}

int tap_fd_open(const char *name, bool queue, bool *vnet_hdr, bool *uso, char *err, size_t cap)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	int fd;

	*uso = false;
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
	if (attach(fd, &ifr, queue, *vnet_hdr)) {
		say_attach(name, queue, err, cap);
		close(fd);
		return -1;
	}
	if (!(ifr.ifr_flags & IFF_VNET_HDR)) {
		*vnet_hdr = false;
	} else if (!set_vnet_hdr(fd, uso)) {
		/* The header without its uses: once more, plainly. */
		close(fd);
		*vnet_hdr = false;
		return tap_fd_open(name, queue, vnet_hdr, uso, err, cap);
	}
	if (!*vnet_hdr)
		ioctl(fd, TUNSETOFFLOAD, 0ul);	/* what a program before us may have left */
	return fd;
}
