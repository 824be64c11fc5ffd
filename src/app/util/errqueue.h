/* SPDX-License-Identifier: MIT */
/*
 * Control messages of Linux's layout (cmsg(3)): the error queue that IP_RECVERR fills (ip(7)),
 * and the TTL that IP_RECVTTL brings.
 */
#ifndef LINNET_APP_UTIL_ERRQUEUE_H
#define LINNET_APP_UTIL_ERRQUEUE_H

#include <linnet/socket.h>
#include <stddef.h>
#include <stdint.h>

enum { ERRQUEUE_LOCAL = 1, ERRQUEUE_ICMP = 2 };

struct errqueue_msg {
	int err;		/* as a positive errno */
	uint8_t origin, type, code;	/* type and code: of the ICMP message */
	uint32_t info;		/* the MTU of "fragmentation needed" */
	uint32_t offender;	/* who reported it; network byte order; 0 = not told */
	uint8_t data[64];	/* start of what was sent: transport header or payload */
	size_t len;
};

/* Takes the next error. Return: 0; -EAGAIN: none; other errors of recvmsg. */
int errqueue_read(struct ln_net *net, int fd, struct errqueue_msg *m);

/* The TTL in a received message's control data, or -1. */
int cmsg_ttl(const struct ln_msghdr *m);

#endif
