/* SPDX-License-Identifier: MIT */
/*
 * ip_output() for a list of forwarded packets: those that need nothing but to be sent are left in
 * an xmit_batch. Inline, as it has one caller and a packet in fifty nanoseconds.
 */
#ifndef LINNET_NET_IPV4_IP_BATCH_H
#define LINNET_NET_IPV4_IP_BATCH_H

#include "base/trace.h"
#include "net/ipv4/ip_impl.h"

/* What ip_output() does before POST_ROUTING. */
static __always_inline void ip_output_begin(struct net *net, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	mib_inc(net, IpOutTransmits);
	mib_add(net, IpExtOutOctets, skb->len);
	skb->dev = skb->dst->dev;
	skb->protocol = CONST_BE16(ETH_P_IP);
	trace_skb(net, ip_output, skb, iph->ttl, be16_to_cpu(iph->id));
}

/* What has to go another way, or wait, overtakes nobody. */
static __noinline void ip_output_slow(struct net *net, struct sk_buff *skb, struct xmit_batch *out,
				      int (*go_on)(struct net *net, struct sk_buff *skb))
{
	xmit_batch_flush(out);
	go_on(net, skb);
}

static __always_inline void ip_output_batch(struct net *net, struct sk_buff *skb,
					    struct xmit_batch *out)
{
	struct rtable *rt = dst_rtable(skb->dst);
	struct net_device *in = rt->is_input ? skb->dev : NULL;
	struct neighbour *n;

	if (unlikely(rt->dst.output != ip_output)) {
		ip_output_slow(net, skb, out, rt->dst.output);
		return;
	}
	ip_output_begin(net, skb);
	if (!nf_hook(NFPROTO_IPV4, NF_INET_POST_ROUTING, net, skb, in, skb->dev,
		     ip_finish_output))
		return;
	rt = dst_rtable(skb->dst);
	if (unlikely(rt->type != RTN_UNICAST || !skb_fits(skb, skb->len, ip_skb_dst_mtu(skb)))) {
		ip_output_slow(net, skb, out, ip_finish_output);
		return;
	}
	n = ip_neigh_for_gw(rt, ip_hdr(skb)->daddr);
	if (likely(n && n->output == neigh_connected_output))
		neigh_output_batch(n, skb, out);
	else
		ip_output_slow(net, skb, out, ip_finish_output2);
}

#endif
