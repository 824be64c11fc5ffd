/* SPDX-License-Identifier: MIT */
/* As net/ipv4/ip_flow.h. */
#ifndef LINNET_NET_IPV6_IP6_FLOW_H
#define LINNET_NET_IPV6_IP6_FLOW_H

#include "device/xmit_batch.h"
#include "link/ethernet.h"
#include "net/ipv6/ip6.h"

bool ip6_flow_route(const struct sk_buff *skb);
u32 ip6_flow_mtu(const struct dst_entry *dst);
/* Packets may leave by its device. */
bool ip6_flow_may_leave(const struct dst_entry *dst);

static inline const struct neighbour *ip6_flow_next_hop(const struct dst_entry *dst,
							const struct ip6_addr *daddr)
{
	const struct rt6_info *rt = container_of(dst, const struct rt6_info, dst);
	const struct ip6_addr *hop = rt->has_gateway ? &rt->gateway : daddr;
	const struct neighbour *n = rt->dst.neigh;

	return likely(n && ipv6_addr_equal(&rt->neigh_key, hop) && neigh_has_header(n, dst->dev)) ?
	       n : NULL;
}

void ip6_flow_xmit(struct sk_buff *skb, struct dst_entry *dst, struct xmit_batch *out);

#endif
