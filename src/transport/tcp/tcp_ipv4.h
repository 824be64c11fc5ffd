/* SPDX-License-Identifier: MIT */
/* TCP's entries from IPv4 and IPv6, and what tcp_connect.c and tcp_rcv.c have of each. */
#ifndef LINNET_TRANSPORT_TCP_TCP_IPV4_H
#define LINNET_TRANSPORT_TCP_TCP_IPV4_H

#include "transport/tcp/tcp_af.h"

/* A segment from IP; data at its header. Consumes. */
int tcp_v4_rcv(struct sk_buff *skb);
int tcp_v6_rcv(struct sk_buff *skb);
/* An ICMP error about a segment of ours (rows PI-03, PI-04; path MTU). */
void tcp_v4_err(struct sk_buff *skb, u8 type, u8 code, u32 info);
void tcp_v6_err(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info);

/* ---- tcp_connect.c ---- */

/* connect(): chooses route, source and port, and sends SYN. */
int tcp_connect(struct sock *sk, const void *addr, u32 len);

/* A route to the peer, whose address becomes sk's, and if it has none, a source address. */
int tcp_v4_connect_route(struct sock *sk, be32 daddr, be16 dport);
int tcp_v6_connect_route(struct sock *sk, const struct ip6_addr *daddr, be16 dport);

/* ---- tcp_err.c ---- */

/* What an ICMP error of either family says. */
struct tcp_icmp {
	u32 seq;		/* of the quoted segment */
	int err;		/* positive */
	bool fatal;		/* ends a request */
	bool too_big;		/* for the path; mtu: what it carries */
	u32 mtu;
	u8 type, code;		/* as ICMP numbers them */
	u8 ttl;			/* what IP_MINTTL asks for: see tcp_v4_err(), tcp_v6_err() */
	const struct sk_buff *redirect;	/* to mtu, for what is quoted there; or NULL */
};

/* c: whom it is about. */
void tcp_icmp_error(struct sock_common *c, const struct tcp_icmp *icmp);

/* ---- tcp_rcv.c ---- */

/* Of a segment; borrowed, or NULL. */
struct sock *tcp_find_listener(const struct sk_buff *skb);

void tcp_v6_trace_state(const struct sock_common *c, u8 old, u8 state);

#endif
