/* SPDX-License-Identifier: MIT */
/*
 * Raw sockets (raw(7)): SOCK_RAW of AF_INET. Each local packet of the protocol is given, from its
 * IP header on, to every raw socket that matches, before the protocol itself sees it. Sent is what
 * the user gives as the payload of an IP packet, or with IP_HDRINCL (implied by protocol 255) as
 * the whole packet, in which the header's length, checksum and, where 0, id and source are filled.
 * An ICMP error is told to each socket that would have got the answer: to one with IP_RECVERR all
 * of it, to a connected one what is final.
 */
#ifndef LINNET_TRANSPORT_RAW_H
#define LINNET_TRANSPORT_RAW_H

#include "transport/sock.h"

enum { LN_ICMPV6_FILTER = 1 };	/* SOL_ICMPV6: 256 bits, a set one hides that type */

enum { LN_ICMP_FILTER = 1 };	/* SOL_RAW, raw ICMP sockets: a u32, a set bit hides that type */

struct raw_sock {
	struct sock sk;		/* c.num is the protocol, c.node in netns_sock.raw */
	u32 icmp_filter;
};

struct raw6_sock {
	struct sock sk;		/* as raw_sock's */
	u32 icmp6_filter[8];	/* a set bit hides that type */
	int csum_offset;	/* IPV6_CHECKSUM; -1: none */
};

extern const struct proto raw_prot, rawv6_prot;

int raw_net_init(struct net *net);	/* after sock_net_init() and ipv4_net_init() */
void raw_net_exit(struct net *net);

/* ---- for raw6.c ---- */

struct hlist_head *raw_head(struct net *net, u8 protocol);
void raw_unhash(struct sock *sk);
int raw_get_port(struct sock *sk, u16 port);

#endif
