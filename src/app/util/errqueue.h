/* SPDX-License-Identifier: MIT */
/*
 * Control messages of Linux's layout (cmsg(3)): the error queue that IP_RECVERR and IPV6_RECVERR
 * fill (ip(7), ipv6(7)), and the TTL or hop limit that IP_RECVTTL, IPV6_RECVHOPLIMIT bring.
 */
#ifndef LINNET_APP_UTIL_ERRQUEUE_H
#define LINNET_APP_UTIL_ERRQUEUE_H

#include <stddef.h>

#include "app/util/inet.h"

enum { ERRQUEUE_LOCAL = 1, ERRQUEUE_ICMP = 2, ERRQUEUE_ICMP6 = 3 };

struct errqueue_msg {
	int err;		/* as a positive errno */
	uint8_t origin, type, code;	/* type and code: of the ICMP message */
	uint32_t info;		/* the MTU of "fragmentation needed", "packet too big" */
	struct ipaddr offender;	/* who reported it; none = not told */
	uint8_t data[64];	/* start of what was sent: transport header or payload */
	size_t len;
};

/* Takes the next error. Return: 0; -EAGAIN: none; other errors of recvmsg. */
int errqueue_read(struct ln_net *net, int fd, struct errqueue_msg *m);
/* Errors are to be queued: an option of the socket's family. Return: 0, -errno. */
int errqueue_on(struct ln_net *net, int fd, uint16_t family);

/* The TTL in a received message's control data, or -1. */
int cmsg_ttl(const struct ln_msghdr *m);

#endif
