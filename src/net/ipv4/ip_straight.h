/* SPDX-License-Identifier: MIT */
/*
 * The straight way of a packet made here: from the transport to the device in one step, where each
 * of the steps between, ip_queue_xmit() to neigh_connected_output(), would look and find nothing to
 * do. Nobody follows packets, no rules stand at LOCAL_OUT or POST_ROUTING, the route is a unicast
 * one without metrics, nothing was said of any path's MTU, the packet fits, and its neighbour's MAC
 * header is ready. All of that is asked for each packet and nothing is remembered, so nothing can
 * be stale; whatever is not so goes by ip_queue_xmit(). The frame and the counters are the same by
 * both ways (src/stack_straight_test.c).
 *
 * A packet that goes straight carries no route: the device drops it anyway, but for loopback, which
 * has no MAC header to be ready.
 */
#ifndef LINNET_NET_IPV4_IP_STRAIGHT_H
#define LINNET_NET_IPV4_IP_STRAIGHT_H

#include "device/dev_lend.h"
#include "link/ethernet.h"
#include "net/ipv4/ip.h"

#define IP_STRAIGHT_HLEN (ETH_HLEN + IPV4_HLEN)

static __always_inline bool ip_straight_unwatched(const struct net *net)
{
	const struct list_head *hooks = net->nf->hooks[NFPROTO_IPV4];

	return !net->trace && list_empty(&hooks[NF_INET_LOCAL_OUT]) &&
	       list_empty(&hooks[NF_INET_POST_ROUTING]);
}

/* The path's MTU, of which nothing was said: dst_mtu() then. */
static __always_inline u32 ip_straight_mtu(const struct rtable *rt)
{
	return min_t(u32, rt->mtu ? rt->mtu : rt->dst.dev->mtu, IPV4_MAX_LEN + 1);
}

/* The neighbour that a packet of len bytes, IP header included, may go straight to; else NULL. */
static __always_inline struct neighbour *ip_straight(const struct rtable *rt, be32 daddr,
						     size_t len)
{
	const struct net *net = rt->dst.net;
	struct neighbour *n = rt->dst.neigh;

	/* What must be so and nearly always is, asked in one go. */
	if (unlikely(!n || (uintptr_t)rt->dst.metrics | (u32)(rt->type ^ RTN_UNICAST) |
			   (u16)rt->dst.error | (u32)(n->hh_len ^ ETH_HLEN) | n->dead |
			   (rt->neigh_key ^ (rt->gateway ? rt->gateway : daddr))))
		return NULL;
	if (unlikely(rt->dst.output != ip_output || !neigh_is_ready(n) ||
		     net->ipv4->pmtu.latest > net->now ||
		     len > (rt->mtu ? rt->mtu : rt->dst.dev->mtu) || len > IPV4_MAX_LEN ||
		     !ip_straight_unwatched(net)))
		return NULL;
	return n;
}

/* Both headers at p, IP_STRAIGHT_HLEN bytes, and what IP counts. len: IP header included. */
static __always_inline void ip_straight_write(struct net *net, const struct neighbour *n, u8 *p,
					      const struct ip_xmit *x, u32 len)
{
	memcpy(p, n->hh, ETH_HLEN);
	iph_write((void *)(p + ETH_HLEN), x->tos, (u16)len, 0, CONST_BE16(IP_DF),
		  x->ttl ? x->ttl : (u8)net->sysctl.ip_default_ttl, x->protocol, x->saddr,
		  x->daddr);
	mib_inc(net, IpOutRequests);
	mib_inc(net, IpOutTransmits);
	mib_add(net, IpExtOutOctets, len);
}

/* As ip_queue_xmit(), with x->df and without a route at skb. Consumes. */
static __always_inline int ip_straight_xmit(struct net *net, struct sk_buff *skb,
					    struct neighbour *n, const struct ip_xmit *x)
{
	u8 *p = skb->data - IP_STRAIGHT_HLEN;
	u32 len = skb->len + IPV4_HLEN, at = (u32)(p - skb->head);

	ln_assert(skb_headroom(skb) >= IP_STRAIGHT_HLEN);
	ip_straight_write(net, n, p, x, len);
	skb->data = p;
	skb->len = len + ETH_HLEN;
	skb->network_header = (u16)(at + ETH_HLEN);
	skb->transport_header = (u16)(at + IP_STRAIGHT_HLEN);
	skb->protocol = CONST_BE16(ETH_P_IP);
	skb->dev = n->dev;
	return dev_xmit_room(skb);
}

#endif
