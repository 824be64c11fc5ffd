/* SPDX-License-Identifier: MIT */
/*
 * The straight way of a packet made here, from the transport to the device: what
 * net/ipv4/ip_straight.h is to IPv4, with the same rules. It stands in the place of ip6_xmit() to
 * neigh_connected_output().
 */
#ifndef LINNET_NET_IPV6_IP6_STRAIGHT_H
#define LINNET_NET_IPV6_IP6_STRAIGHT_H

#include "device/dev_lend.h"
#include "link/ethernet.h"
#include "net/ipv6/ip6_impl.h"

#define IP6_STRAIGHT_HLEN (ETH_HLEN + IPV6_HLEN)

static __always_inline bool ip6_straight_unwatched(const struct net *net)
{
	const struct list_head *hooks = net->nf->hooks[NFPROTO_IPV6];

	return !net->trace && list_empty(&hooks[NF_INET_LOCAL_OUT]) &&
	       list_empty(&hooks[NF_INET_POST_ROUTING]);
}

static __always_inline bool ip6_straight_route(const struct rt6_info *rt)
{
	const struct inet6_dev *idev = rt->dst.dev->ip6_ptr;

	return rt->dst.output == ip6_output && rt->type == RTN_UNICAST && !rt->dst.error &&
	       !rt->dst.metrics && rt->dst.net->ipv6->pmtu.latest <= rt->dst.net->now && idev &&
	       !idev->cnf.disable_ipv6;
}

/* The neighbour that a segment of len bytes may go straight to; else NULL. */
static __always_inline struct neighbour *ip6_straight_len(const struct rt6_info *rt,
							  const struct ip6_addr *daddr, u32 len)
{
	const struct ip6_addr *hop = rt->has_gateway ? &rt->gateway : daddr;
	struct neighbour *n = rt->dst.neigh;
	u32 mtu;

	if (unlikely(!n || n->hh_len != ETH_HLEN || n->dead || !ip6_straight_route(rt) ||
		     !neigh_is_ready(n) || !ipv6_addr_equal(&rt->neigh_key, hop)))
		return NULL;
	mtu = rt->mtu ? rt->mtu : ip6_dev_mtu(rt->dst.dev);
	if (unlikely(len + IPV6_HLEN > mtu || len > IPV6_MAXPLEN ||
		     !ip6_straight_unwatched(rt->dst.net)))
		return NULL;
	return n;
}

/* The same for skb, data at the transport header. */
static __always_inline struct neighbour *ip6_straight(const struct sk_buff *skb,
						      const struct rt6_info *rt,
						      const struct ip6_addr *daddr)
{
	if (unlikely(skb->gso_size || skb->head_buf || skb_headroom(skb) < IP6_STRAIGHT_HLEN))
		return NULL;
	return ip6_straight_len(rt, daddr, skb->len);
}

/* Both headers at p, IP6_STRAIGHT_HLEN bytes, and what IP counts. len: without IP's header. */
static __always_inline void ip6_straight_write(struct net *net, const struct neighbour *n, u8 *p,
					       const struct ip6_xmit *x, u32 len)
{
	struct ipv6hdr *h = (void *)(p + ETH_HLEN);

	memcpy(p, n->hh, ETH_HLEN);
	h->flow = cpu_to_be32(6u << 28 | (u32)x->tclass << 20 |
			      (x->flowlabel & IPV6_FLOWLABEL_MASK));
	h->payload_len = cpu_to_be16((u16)len);
	h->nexthdr = x->protocol;
	h->hop_limit = x->hop_limit ? x->hop_limit : n->dev->ip6_ptr->cnf.hop_limit;
	h->saddr = x->saddr;
	h->daddr = x->daddr;
	mib_inc(net, Ip6OutRequests);
	mib_inc(net, Ip6OutTransmits);
	mib_add(net, Ip6OutOctets, len + IPV6_HLEN);
}

/* As ip6_xmit(), without a route at skb. Consumes. */
static __always_inline int ip6_straight_xmit(struct net *net, struct sk_buff *skb,
					     const struct neighbour *n, const struct ip6_xmit *x)
{
	u8 *p = skb->data - IP6_STRAIGHT_HLEN;
	u32 payload = skb->len, at = (u32)(p - skb->head);

	ip6_straight_write(net, n, p, x, payload);
	skb->data = p;
	skb->len = payload + IP6_STRAIGHT_HLEN;
	skb->network_header = (u16)(at + ETH_HLEN);
	skb->transport_header = (u16)(at + IP6_STRAIGHT_HLEN);
	skb->protocol = CONST_BE16(ETH_P_IPV6);
	skb->dev = n->dev;
	return dev_xmit_room(skb);
}

#endif
