/* SPDX-License-Identifier: MIT */
#include "net/ipv4/ip_flow.h"

#include "net/ipv4/ip_impl.h"
#include "net/ipv4/ip_options.h"

bool ip_flow_route(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb->dst;

	return dst && !dst->obsolete && !dst->error && dst->input == ip_forward &&
	       dst->output == ip_output && dst_rtable(skb->dst)->type == RTN_UNICAST;
}

void ip_flow_xmit(struct sk_buff *skb, struct dst_entry *dst, struct xmit_batch *out)
{
	struct rtable *rt = dst_rtable(dst);
	struct neighbour *n = ip_neigh_for_gw(rt, ip_hdr(skb)->daddr);

	if (likely(n && n->output == neigh_connected_output)) {
		neigh_output_batch(n, skb, out);
		return;
	}
	/* It waits for its next hop, or its sender is told that there is none. */
	xmit_batch_flush(out);
	IPCB(skb)->opt = (struct ip_options){ 0 };
	skb_dst_set(skb, dst_hold(dst));
	skb->dev = dst->dev;
	ip_finish_output2(skb->net, skb);
}
