/* SPDX-License-Identifier: MIT */
/*
 * A packet's way out (row I7): the header is written, LOCAL_OUT, ip6_output, POST_ROUTING, cut when
 * it is too large and was made here, given to its next hop. Its mirror is ip6_input.c.
 */
#include "base/trace.h"
#include "device/gro.h"
#include "link/ethernet.h"
#include "net/ipv6/ip6_impl.h"
#include "net/ipv6/txoptions.h"

static __noinline int refuse(struct net *net, struct sk_buff *skb, enum skb_drop_reason reason,
			     int err)
{
	mib_inc(net, Ip6OutDiscards);
	kfree_skb_reason(skb, reason);
	return err;
}

u32 ip6_skb_dst_mtu(const struct sk_buff *skb)
{
	const struct rt6_info *rt = dst_rt6_info(skb->dst);

	if (!rt->is_input)
		return ip6_dst_mtu(rt, &ipv6_hdr(skb)->daddr);
	/* A router does not believe what others say of the path. */
	return rt->mtu ? rt->mtu : ip6_dev_mtu(rt->dst.dev);
}

/* This machine receives what it sends to a group that it is in. */
static void loop_copy(struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb);
	u8 mac[ETH_ALEN];

	if (!copy)
		return;
	ipv6_eth_mc_map(&ipv6_hdr(copy)->daddr, mac);
	if (dev_hard_header(copy, copy->dev, ETH_P_IPV6, mac, NULL) < 0) {
		kfree_skb_reason(copy, SKB_DROP_REASON_DEV_HDR);
		return;
	}
	skb_pull(copy, copy->dev->header_ops ? ETH_HLEN : 0);
	copy->pkt_type = PACKET_MULTICAST;
	copy->ip_summed = CHECKSUM_UNNECESSARY;
	skb_dst_drop(copy);
	netif_rx(copy);
}

/* False: it was for this machine alone, and is gone. */
static bool output_multicast(struct net *net, struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	const struct net_device *dev = skb->dev;

	mib_inc(net, Ip6OutMcastPkts);
	mib_add(net, Ip6OutMcastOctets, skb->len);
	if (dev->flags & IFF_LOOPBACK_)
		return true;		/* all of it comes back anyway */
	if (!(IP6CB(skb)->flags & IP6SKB_NO_LOOP) && dev->ip6_ptr &&
	    ipv6_chk_mcast_addr(dev->ip6_ptr, &h->daddr, &h->saddr))
		loop_copy(skb);
	if (h->hop_limit && (h->daddr.s6_addr[1] & 15) > IPV6_ADDR_SCOPE_NODELOCAL)
		return true;
	consume_skb(skb);
	return false;
}

int ip6_finish_output2(struct net *net, struct sk_buff *skb)
{
	struct rt6_info *rt = dst_rt6_info(skb->dst);
	struct neighbour *n;

	if (unlikely(rt->type == RTN_MULTICAST) && !output_multicast(net, skb))
		return 0;
	n = ip6_neigh(rt, &ipv6_hdr(skb)->daddr);
	if (unlikely(!n))
		return refuse(net, skb, SKB_DROP_REASON_NEIGH_CREATEFAIL, -EINVAL);
	return neigh_output(n, skb);
}

/* Several packets in one, each longer than the path takes: they are fragmented one by one. */
static __noinline int segments_too_long(struct net *net, struct sk_buff *skb, u32 mtu)
{
	struct sk_buff_head segs;
	struct sk_buff *seg;
	int err;

	skb_queue_head_init(&segs);
	err = skb_gso_segment(skb, 0, &segs);
	if (err)
		return refuse(net, skb, err == -ENOMEM ? SKB_DROP_REASON_NOMEM :
							 SKB_DROP_REASON_PKT_TOO_BIG, err);
	consume_skb(skb);
	while ((seg = skb_dequeue(&segs)))
		err = seg->len > mtu ? ip6_fragment(net, seg, mtu) : ip6_finish_output2(net, seg);
	return err;
}

static int ip6_finish_output(struct net *net, struct sk_buff *skb)
{
	u32 mtu = ip6_skb_dst_mtu(skb);

	if (likely(skb_fits(skb, skb->len, mtu)))
		return ip6_finish_output2(net, skb);
	/* RFC 8200 5: what was made elsewhere is not cut here; ip6_forward() told its sender. */
	if (dst_rt6_info(skb->dst)->is_input)
		return refuse(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
	return skb->gso_size ? segments_too_long(net, skb, mtu) : ip6_fragment(net, skb, mtu);
}

int ip6_output(struct net *net, struct sk_buff *skb)
{
	struct net_device *in = dst_rt6_info(skb->dst)->is_input ? skb->dev : NULL;

	mib_inc(net, Ip6OutTransmits);
	mib_add(net, Ip6OutOctets, skb->len);
	skb->dev = skb->dst->dev;
	skb->protocol = CONST_BE16(ETH_P_IPV6);
	trace_skb(net, ip6_output, skb, ipv6_hdr(skb)->hop_limit);
	if (unlikely(!skb->dev->ip6_ptr || skb->dev->ip6_ptr->cnf.disable_ipv6))
		return refuse(net, skb, SKB_DROP_REASON_IPV6DISABLED, -ENETDOWN);
	return NF_HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, net, skb, in, skb->dev,
		       ip6_finish_output);
}

int dst6_output(struct net *net, struct sk_buff *skb)
{
	return skb->dst->output(net, skb);
}

/* ---- from the transport ---- */

static u8 default_hop_limit(const struct net *net, const struct dst_entry *dst)
{
	const struct net_device *dev = dst->dev;
	u8 of_route = (u8)dst_metric(dst, RTAX_HOPLIMIT);

	if (unlikely(of_route))
		return of_route;
	return dev && dev->ip6_ptr ? dev->ip6_ptr->cnf.hop_limit : net->ipv6->conf_all.hop_limit;
}

int ip6_xmit(struct net *net, struct sk_buff *skb, const struct ip6_xmit *x)
{
	const struct rt6_info *rt = dst_rt6_info(skb->dst);
	u32 hlen = IPV6_HLEN + ipv6_txopt_len(x->opt);
	struct ipv6_view v = {
		.tclass = x->tclass, .flowlabel = x->flowlabel, .nexthdr = x->protocol,
		.hop_limit = x->hop_limit, .saddr = x->saddr, .daddr = x->daddr,
	};

	if (unlikely(skb->dst->error))
		return refuse(net, skb, SKB_DROP_REASON_IP_OUTNOROUTES, skb->dst->error);
	if (unlikely(!skb_cow_head(skb, hlen, 0)))
		return refuse(net, skb, SKB_DROP_REASON_NOMEM, -ENOBUFS);
	if (unlikely(skb->len + hlen > IPV6_HLEN + IPV6_MAXPLEN))
		return refuse(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
	if (x->dontfrag && !skb->gso_size &&
	    !skb_fits(skb, skb->len + hlen, ip6_dst_mtu(rt, &x->daddr)))
		return refuse(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
	if (!v.hop_limit && likely(rt->type != RTN_MULTICAST))
		v.hop_limit = default_hop_limit(net, &rt->dst);
	skb->transport_header = (u16)(skb->data - skb->head);
	if (unlikely(x->opt != NULL))
		ipv6_push_options(skb, x->opt, &v.nexthdr, &v.daddr);
	v.payload_len = (u16)skb->len;
	ipv6_build(skb_push(skb, IPV6_HLEN), &v);
	skb_reset_network_header(skb);
	skb->protocol = CONST_BE16(ETH_P_IPV6);
	*IP6CB(skb) = (struct inet6_skb_parm){ .flags = x->no_loop ? IP6SKB_NO_LOOP : 0 };
	trace_skb(net, ip6_xmit, skb, ip6_word(&v.saddr, 0), ip6_word(&v.saddr, 1),
		  ip6_word(&v.daddr, 0), ip6_word(&v.daddr, 1),
		  (u64)(rt->dst.dev ? rt->dst.dev->ifindex : 0));
	mib_inc(net, Ip6OutRequests);
	return NF_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_OUT, net, skb, NULL, rt->dst.dev, dst6_output);
}

int ip6_route_me_harder(struct net *net, struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct flowi6 fl = {
		.daddr = h->daddr, .saddr = h->saddr, .mark = skb->mark, .proto = h->nexthdr,
		.tclass = ipv6_get_dsfield(h),
	};
	struct rt6_info *rt;
	int err;

	if (ipv6_addr_needs_scope_id(&fl.daddr) && skb->dst && skb->dst->dev)
		fl.oif = skb->dst->dev->ifindex;
	/* A source that is not ours does not choose the route (a packet that was source-NATed). */
	if (!ipv6_chk_addr(net, &fl.saddr, NULL))
		fl.saddr = IN6ADDR_ANY;
	err = ip6_route_output(net, &fl, &rt);
	if (err)
		return err;
	skb_dst_set(skb, &rt->dst);
	return 0;
}
