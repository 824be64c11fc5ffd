/* SPDX-License-Identifier: MIT */
/*
 * What TCP does by addresses. All else is the same for both families and asks here: struct tcp_af
 * has the functions of each (Linux's inet_connection_sock_af_ops), tcp_ipv4.c and tcp_ipv6.c fill
 * it. What each segment of a connection needs is decided by one bit (sock_common.v6), so that IPv4
 * pays for no indirect call.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_AF_H
#define LINNET_TRANSPORT_TCP_TCP_AF_H

#include "net/ipv4/ip_straight.h"
#include "net/ipv6/txoptions.h"
#include "transport/ip_sockglue.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp_sock.h"

/* From whom to whom a segment goes. */
struct tcp_path {
	be32 saddr, daddr;
	const struct ip6_addr *saddr6, *daddr6;	/* in their place, of IPv6; else NULL */
	be16 sport, dport;
	int oif;
	u32 mark, flowlabel;
	const struct ipv6_txoptions *opt;	/* extension headers, or NULL */
	u8 tos;
	bool anysrc;	/* as struct flowi4; IPv6 does not ask */
	const struct sock *owner;	/* whose IP_TTL and IP_MTU_DISCOVER hold; NULL: nobody's */
};

struct tcp_af {
	u16 net_header_len;
	/* A route, with a reference; NULL and *err. */
	struct dst_entry *(*route)(struct net *net, const struct tcp_path *p, int *err);
	u32 (*mtu)(struct dst_entry *dst, const struct tcp_path *p);
	/* The check field: of a pseudo-header, and sum over len bytes. */
	be16 (*check)(const struct tcp_path *p, u32 len, wsum sum);
	/* skb has its dst. Consumes. */
	int (*xmit)(struct net *net, struct sk_buff *skb, const struct tcp_path *p);
	/* Of both addresses and `what`, by a key that nobody knows. */
	u64 (*hash)(const struct sock_common *c, u64 what);
	/* This machine, or a network of it. */
	bool (*is_loopback)(const struct sock_common *c);
	struct neighbour *(*next_hop)(const struct sock *sk);	/* sk->dst is set; borrowed, NULL */
};

extern const struct tcp_af tcp_af_ipv4, tcp_af_ipv6;

static inline const struct tcp_af *tcp_af(const struct sock_common *c)
{
	return unlikely(c->v6) ? &tcp_af_ipv6 : &tcp_af_ipv4;
}

static inline const struct tcp_af *tcp_path_af(const struct tcp_path *p)
{
	return unlikely(p->daddr6 != NULL) ? &tcp_af_ipv6 : &tcp_af_ipv4;
}

/* Of an entry to its peer; points into its key. */
struct tcp_path tcp_path_of(const struct sock_common *c, u32 mark, u8 tos);

/* What the listener said of labels is of its SYN-ACKs, too. */
u32 tcp_v6_request_label(const struct sock *l, const struct sock_common *c);

/* ---- numbers that nobody may guess ---- */

/* RFC 6528: the initial sequence number of a connection. */
u32 tcp_init_seq(const struct sock_common *c);
/* RFC 7323 7.1: its timestamps' offset; and what that is while tcp_timestamps is 1, for ever. */
u32 tcp_init_ts_off(const struct sock_common *c);
u32 tcp_ts_hash(const struct sock_common *c);

/* ---- of each segment ---- */

u32 tcp_v6_mtu(const struct sock *sk);
be16 tcp_v6_sk_check(const struct sock *sk, u32 len, wsum sum);
int tcp_v6_send(struct sock *sk, struct sk_buff *skb);	/* by sk->dst; consumes */

/* For segments that are lent (tcp_xmit.c): the neighbour that one of len bytes may go straight to,
 * by sk->dst, or NULL; IP's header in front of TCP's at p, hlen bytes, and off it goes. */
struct neighbour *tcp_v6_straight(const struct sock *sk, u32 len);
void tcp_v6_lend(struct sock *sk, struct sk_buff *skb, struct neighbour *n, u8 *p, u32 hlen);
/* As tcp_v6_send(), to that neighbour. */
int tcp_v6_send_straight(struct sock *sk, struct sk_buff *skb, const struct neighbour *n);

/* Of the path, by sk->dst. */
static inline u32 tcp_path_mtu(const struct sock *sk)
{
	return likely(!sk->c.v6) ? dst_mtu(sk->dst, sk->c.daddr) : tcp_v6_mtu(sk);
}

/* The same where tcp_lend_to() found a way. */
static inline u32 tcp_straight_mtu(const struct sock *sk)
{
	return likely(!sk->c.v6) ? ip_straight_mtu(dst_rtable(sk->dst)) : tcp_v6_mtu(sk);
}

/* Extension headers that each segment has. */
static inline u32 tcp_ext_hdr_len(const struct sock *sk)
{
	return unlikely(sk->c.v6) ? ipv6_txopt_len(sock_txopt(sk)) : 0;
}

static inline u32 tcp_net_header_len(const struct sock_common *c)
{
	return unlikely(c->v6) ? IPV6_HLEN : IPV4_HLEN;
}

/* What a peer takes that does not say (RFC 9293 3.7.1). */
static inline u32 tcp_mss_default(const struct sock_common *c)
{
	return unlikely(c->v6) ? IPV6_MIN_MTU - IPV6_HLEN - TCP_HLEN : TCP_MSS_DEFAULT;
}

static inline be16 tcp_sk_check(const struct sock *sk, u32 len, wsum sum)
{
	return likely(!sk->c.v6) ? tcp_v4_check(len, sk->saddr, sk->c.daddr, sum) :
				   tcp_v6_sk_check(sk, len, sum);
}

/* ---- of received ones ---- */

/* It came for this machine alone. */
static inline bool tcp_skb_is_ours(const struct sk_buff *skb)
{
	if (!skb->dst)
		return false;
	return (skb_is_ipv6(skb) ? dst_rt6_info(skb->dst)->type :
				   dst_rtable(skb->dst)->type) == RTN_LOCAL;
}

#endif
