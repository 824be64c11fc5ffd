/* SPDX-License-Identifier: MIT */
/*
 * A forwarded packet whose way is known from the ones before it (net/netfilter/nf_flow_table.h):
 * what is left of ip_forward() and ip_output().
 */
#ifndef LINNET_NET_IPV4_IP_FLOW_H
#define LINNET_NET_IPV4_IP_FLOW_H

#include "device/xmit_batch.h"
#include "link/ethernet.h"
#include "link/neigh.h"
#include "net/ipv4/ip.h"

/* The packet's route is one by which those behind it may go: a plain one to a next hop. */
bool ip_flow_route(const struct sk_buff *skb);

/* The most that a packet may have that is not made here. */
static inline u32 ip_flow_mtu(const struct dst_entry *dst)
{
	const struct rtable *rt = container_of(dst, const struct rtable, dst);

	return rt->mtu ? rt->mtu : min_t(u32, dst->dev->mtu, IPV4_MAX_LEN + 1);
}

/* To whom a packet for daddr goes next, where his MAC header is ready; else NULL. */
static inline const struct neighbour *ip_flow_next_hop(const struct dst_entry *dst, be32 daddr)
{
	const struct rtable *rt = container_of(dst, const struct rtable, dst);
	const struct neighbour *n = rt->dst.neigh;

	return likely(n && rt->neigh_key == (rt->gateway ? rt->gateway : daddr) &&
		      neigh_has_header(n, dst->dev)) ? n : NULL;
}

/* Its header is as it shall be. To its next hop, with others in `out` where it need not wait.
 * Consumes. */
void ip_flow_xmit(struct sk_buff *skb, struct dst_entry *dst, struct xmit_batch *out);

#endif
