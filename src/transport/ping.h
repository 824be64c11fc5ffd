/* SPDX-License-Identifier: MIT */
/*
 * Ping sockets (icmp(7), SOCK_DGRAM with IPPROTO_ICMP): echo requests without the powers of a raw
 * socket. The local port is the identifier: bind() asks for one, the first send takes the next free
 * one. The user writes an ICMP header (type 8, code 0, sequence) and data; identifier and checksum
 * are filled in here. Read are the replies with that identifier, from their ICMP header on; errors
 * about the requests come by IP_RECVERR, or to a connected socket.
 */
#ifndef LINNET_TRANSPORT_PING_H
#define LINNET_TRANSPORT_PING_H

#include "transport/inet_hash.h"
#include "wire/icmp.h"

struct netns_ping {
	struct inet_hashinfo hash;	/* bhash only: by identifier */
	u16 rover;			/* the identifier given last */
};

extern const struct proto ping_prot, pingv6_prot;

int ping_net_init(struct net *net);	/* after ipv4_net_init(); -ENOMEM */
void ping_net_exit(struct net *net);

/* ---- for ping6.c ---- */

int ping_get_port(struct sock *sk, u16 id);
void ping_unhash(struct sock *sk);
int ping_disconnect(struct sock *sk);

/* laddr: our side's address; laddr6: of IPv6, in its place. */
struct sock *ping_lookup(struct net *net, u16 id, be32 laddr, const struct ip6_addr *laddr6,
			 int dif);

/* The user's header goes first, so that only what it may say is sent: an echo request. -EINVAL */
int ping_read_header(struct sock *sk, struct msg *msg, u8 echo, struct icmphdr *icmph);
/* The message; pseudo: of the pseudo-header, 0 for IPv4. NULL and *err. */
struct sk_buff *ping_make_skb(struct sock *sk, struct msg *msg, const struct icmphdr *icmph,
			      wsum pseudo, int *err);
/* netns_ipv6.ping_rcv: an echo reply, or an error about a request of ours. Consumes. */
void ping_v6_rcv(struct sk_buff *skb);

#endif
