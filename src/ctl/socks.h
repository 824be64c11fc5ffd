/* SPDX-License-Identifier: MIT */
/* Every socket of an instance as one row: what netstat, ss and /proc/net print. */
#ifndef LINNET_CTL_SOCKS_H
#define LINNET_CTL_SOCKS_H

#include "transport/inet6_key.h"

/* Kinds as bits, in the order in which the tools list them. */
enum sock_kind {
	SOCKS_PACKET = 0x01,
	SOCKS_RAW = 0x02,
	SOCKS_UDP = 0x04,
	SOCKS_TCP = 0x08,
	SOCKS_PING = 0x10,
};

/* As in /proc/net/tcp. */
enum { SOCK_TIMER_NONE, SOCK_TIMER_RTO, SOCK_TIMER_KEEPALIVE, SOCK_TIMER_TW, SOCK_TIMER_PROBE };

struct sock_row {
	enum sock_kind kind;
	u8 state;			/* enum tcp_state; UDP, raw: ESTABLISHED or CLOSE */
	u16 family;			/* of the socket */
	bool v6only;
	struct ip6_addr saddr, daddr;	/* IPv4's are mapped */
	u16 sport, dport;		/* host order; raw, packet: sport is the protocol */
	int ifindex;			/* packet: the device it is bound to; 0: all */
	u32 rqueue, wqueue;		/* bytes; of a listener: connections waiting, backlog */
	u8 timer;			/* SOCK_TIMER_* */
	ktime_t timer_expires;
	u32 retransmits;
	int fd;				/* -1: no descriptor */
	struct sock *sk;		/* NULL: SYN-RCVD, TIME-WAIT */
};

typedef int (*sock_row_fn)(const struct sock_row *row, void *ctx);

/* Addresses of IPv4, whatever the socket's family. */
static inline be32 sock_row_v4(const struct ip6_addr *a)
{
	be32 v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return v4;
}

/*
 * Calls fn for each socket of one kind until it returns non-zero: listeners first, then by local
 * port and address. Return: what fn did, or -ENOMEM.
 */
int socks_for_each(struct net *net, enum sock_kind kind, sock_row_fn fn, void *ctx);

#endif
