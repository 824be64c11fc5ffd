/* SPDX-License-Identifier: MIT */
#include "net/ipv6/ip6_flow.h"

#include "net/ipv6/ip6_impl.h"

bool ip6_flow_route(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb->dst;

	return dst && !dst->obsolete && !dst->error && dst->input == ip6_forward &&
	       dst->output == ip6_output && dst_rt6_info(dst)->type == RTN_UNICAST;
}

u32 ip6_flow_mtu(const struct dst_entry *dst)
{
	const struct rt6_info *rt = dst_rt6_info(dst);

	return rt->mtu ? rt->mtu : ip6_dev_mtu(dst->dev);
}

bool ip6_flow_may_leave(const struct dst_entry *dst)
{
	const struct inet6_dev *idev = dst->dev->ip6_ptr;

	return idev && !idev->cnf.disable_ipv6;
}

void ip6_flow_xmit(struct sk_buff *skb, struct dst_entry *dst, struct xmit_batch *out)
{
	struct rt6_info *rt = dst_rt6_info(dst);
	struct neighbour *n;

	if (unlikely(!ip6_flow_may_leave(dst))) {
		mib_inc(skb->net, Ip6OutDiscards);
		kfree_skb_reason(skb, SKB_DROP_REASON_IPV6DISABLED);
		return;
	}
	n = ip6_neigh(rt, &ipv6_hdr(skb)->daddr);
	if (likely(n && n->output == neigh_connected_output)) {
		neigh_output_batch(n, skb, out);
		return;
	}
	xmit_batch_flush(out);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	skb_dst_set(skb, dst_hold(dst));
	skb->dev = dst->dev;
	ip6_finish_output2(skb->net, skb);
}
