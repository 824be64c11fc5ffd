/* SPDX-License-Identifier: MIT */
/*
 * A network namespace of this process's own with a TAP in it, for tests that talk to the kernel:
 *
 *	kernel 10.0.0.1, fd00::1 --- tap0 --- whoever opens tap0: an instance, 10.0.0.2, fd00::2
 */
#ifndef LINNET_TESTS_HARNESS_TAP_WORLD_H
#define LINNET_TESTS_HARNESS_TAP_WORLD_H

#include <stddef.h>
#include <sys/socket.h>

struct tap_family {
	int family;
	const char *name, *kernel, *ours;	/* addresses */
	const char *kernel_prefix, *our_prefix;	/* ... with the length of the network; NULL */
};

/* IPv4, IPv6, and IPv4 by mapped addresses, which are the others'; ends with a NULL name. */
extern const struct tap_family tap_families[];

/* Ends the test as skipped, with the reason, where that is not allowed. */
void tap_world_enter(void);

/* Writes a setting of the kernel in this namespace: "net/ipv4/tcp_tw_reuse". */
void tap_world_sysctl(const char *path, const char *value);

/* Return: length of the address in *out. */
socklen_t tap_address(const struct tap_family *f, const char *host, unsigned port,
		      struct sockaddr_storage *out);

#endif
