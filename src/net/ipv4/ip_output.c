/* SPDX-License-Identifier: MIT */
/*
 * A packet's way out (row I7): the header is written, LOCAL_OUT, ip_output, POST_ROUTING, cut
 * when it is too large, given to its next hop. Its mirror is ip_input.c.
 */
#include "base/shard.h"
#include "base/trace.h"
#include "link/ethernet.h"
#include "net/ipv4/ip_batch.h"

/*
 * Identification for packets that may be fragmented (RFC 6864 4.3): counters chosen by a keyed
 * hash of the flow, so they do not repeat soon and say nothing about other peers' traffic.
 */
u16 ip_select_ident(struct net *net, be32 saddr, be32 daddr, u8 protocol, u32 segs)
{
	struct netns_ipv4 *v4 = net->ipv4;
	u64 h = siphash_2u64((u64)saddr << 32 | daddr, protocol, &net->secret);
	u32 id;

	if (unlikely(!v4->ip_idents)) {
		v4->ip_idents = mem_zalloc(&net->mem, IP_IDENTS * sizeof(u32));
		if (!v4->ip_idents)
			return (u16)prng_u32(&net->prng);
	}
	v4->ip_idents[h % IP_IDENTS] += segs;
	id = (u32)(h >> 32) + v4->ip_idents[h % IP_IDENTS] - segs + 1;
	/* Shards share their addresses: each counts in numbers of its own. */
	return (u16)(net->shards ? id * net->shards->count + net->shard : id);
}

static __noinline int refuse(struct net *net, struct sk_buff *skb, enum skb_drop_reason reason,
			     int err)
{
	mib_inc(net, IpOutDiscards);
	kfree_skb_reason(skb, reason);
	return err;
}

/* ---- ip_output ---- */

static __always_inline int finish_output2(struct net *net, struct sk_buff *skb)
{
	struct rtable *rt = dst_rtable(skb->dst);
	struct neighbour *n;

	if (unlikely(rt->type == RTN_MULTICAST)) {
		mib_inc(net, IpExtOutMcastPkts);
		mib_add(net, IpExtOutMcastOctets, skb->len);
	} else if (unlikely(rt->type == RTN_BROADCAST)) {
		mib_inc(net, IpExtOutBcastPkts);
		mib_add(net, IpExtOutBcastOctets, skb->len);
	}
	n = ip_neigh_for_gw(rt, ip_hdr(skb)->daddr);
	if (unlikely(!n))
		return refuse(net, skb, SKB_DROP_REASON_NEIGH_CREATEFAIL, -EINVAL);
	return neigh_output(n, skb);
}

int ip_finish_output2(struct net *net, struct sk_buff *skb)
{
	return finish_output2(net, skb);
}

/* Its segments are too long: each is a packet that may be cut further. */
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
		err = seg->len > mtu ? ip_do_fragment(net, seg, mtu) : ip_finish_output2(net, seg);
	return err;
}

/* Too long for the link or the path. Who sent it here, and wants no fragments, is told at once. */
static __noinline int too_long(struct net *net, struct sk_buff *skb, u32 mtu)
{
	if (dst_rtable(skb->dst)->is_input || !(ip_hdr(skb)->frag_off & CONST_BE16(IP_DF)))
		return skb->gso_size ? segments_too_long(net, skb, mtu) :
				       ip_do_fragment(net, skb, mtu);
	mib_inc(net, IpFragFails);
	return refuse(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
}

static __always_inline int finish_output(struct net *net, struct sk_buff *skb)
{
	u32 mtu = ip_skb_dst_mtu(skb);

	if (unlikely(!skb_fits(skb, skb->len, mtu)))
		return too_long(net, skb, mtu);
	return finish_output2(net, skb);
}

int ip_finish_output(struct net *net, struct sk_buff *skb)
{
	return finish_output(net, skb);
}

static __always_inline int output(struct net *net, struct sk_buff *skb)
{
	struct net_device *in = dst_rtable(skb->dst)->is_input ? skb->dev : NULL;

	ip_output_begin(net, skb);
	if (!nf_hook(NFPROTO_IPV4, NF_INET_POST_ROUTING, net, skb, in, skb->dev, ip_finish_output))
		return -EPERM;
	return finish_output(net, skb);
}

int ip_output(struct net *net, struct sk_buff *skb)
{
	return output(net, skb);
}

/* ---- from the transport ---- */

/* Unicast, nearly everything, goes on without a call by pointer. */
static __always_inline int output_by_dst(struct net *net, struct sk_buff *skb)
{
	return likely(skb->dst->output == ip_output) ? output(net, skb) :
						       skb->dst->output(net, skb);
}

int dst_output(struct net *net, struct sk_buff *skb)
{
	return output_by_dst(net, skb);
}

static __always_inline int __ip_local_out(struct net *net, struct sk_buff *skb, u32 hlen)
{
	skb->protocol = CONST_BE16(ETH_P_IP);
	skb->transport_header = (u16)(skb->network_header + hlen);
	mib_inc(net, IpOutRequests);
	return NF_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, net, skb, NULL, skb->dst->dev,
		       output_by_dst);
}

int ip_local_out(struct net *net, struct sk_buff *skb)
{
	struct iphdr *iph;

	skb_reset_network_header(skb);
	iph = ip_hdr(skb);
	iph->tot_len = cpu_to_be16((u16)skb->len);
	ip_send_check(iph);
	return __ip_local_out(net, skb, iph_hlen(iph));
}

static u8 ttl_of_route(const struct net *net, const struct rtable *rt)
{
	u8 hops = unlikely(rt->dst.metrics) ? (u8)dst_metric(&rt->dst, RTAX_HOPLIMIT) : 0;

	return hops ? hops : (u8)net->sysctl.ip_default_ttl;
}

int ip_queue_xmit(struct net *net, struct sk_buff *skb, const struct ip_xmit *x)
{
	const struct rtable *rt = dst_rtable(skb->dst);
	be16 id;
	u8 ttl;

	if (unlikely(skb->dst->error))
		return refuse(net, skb, SKB_DROP_REASON_IP_OUTNOROUTES, skb->dst->error);
	if (unlikely(!skb_cow_head(skb, IPV4_HLEN, 0)))
		return refuse(net, skb, SKB_DROP_REASON_NOMEM, -ENOBUFS);
	if (unlikely(skb->len > IPV4_MAX_LEN - IPV4_HLEN))
		return refuse(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
	/* RFC 6864 4.1: nobody looks at the id of a packet that cannot be fragmented. */
	ttl = x->ttl;
	if (!ttl && likely(rt->type != RTN_MULTICAST))
		ttl = ttl_of_route(net, rt);
	id = x->df ? 0 : cpu_to_be16(ip_select_ident(net, x->saddr, x->daddr, x->protocol,
						   skb_packets(skb)));
	skb_push(skb, IPV4_HLEN);
	iph_write((void *)skb->data, x->tos, (u16)skb->len, id,
		  x->df ? CONST_BE16(IP_DF) : 0,
		  ttl, x->protocol, x->saddr, x->daddr);
	skb_reset_network_header(skb);
	trace_skb(net, ip_queue_xmit, skb, x->saddr, x->daddr,
		  (u64)(rt->dst.dev ? rt->dst.dev->ifindex : 0), rt->gateway, rt->prefsrc);
	return __ip_local_out(net, skb, IPV4_HLEN);
}

int ip_route_me_harder(struct net *net, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct flowi4 fl = {
		.daddr = iph->daddr, .saddr = iph->saddr, .mark = skb->mark,
		.proto = iph->protocol, .tos = iph->tos,
	};
	struct rtable *rt;
	int err;

	/* A source that is not ours does not choose the route (a packet that was source-NATed). */
	if (fl.saddr && inet_addr_type(net, fl.saddr) != RTN_LOCAL)
		fl.saddr = 0;
	err = ip_route_output(net, &fl, &rt);
	if (err)
		return err;
	skb_dst_set(skb, &rt->dst);
	return 0;
}

/* ---- broadcast and multicast ---- */

/* This machine receives what it sends to all: a copy comes back as if the device had got it. */
static void dev_loopback_xmit(const struct sk_buff *skb, u8 type)
{
	struct sk_buff *copy = skb_clone(skb);
	u8 mac[ETH_ALEN];

	if (!copy)
		return;
	if (type == RTN_MULTICAST)
		ip_eth_mc_map(ip_hdr(copy)->daddr, mac);
	else
		eth_broadcast_addr(mac);
	if (dev_hard_header(copy, copy->dev, ETH_P_IP, mac, NULL) < 0) {
		kfree_skb_reason(copy, SKB_DROP_REASON_DEV_HDR);
		return;
	}
	skb_pull(copy, copy->dev->header_ops ? ETH_HLEN : 0);
	copy->pkt_type = type == RTN_MULTICAST ? PACKET_MULTICAST : PACKET_BROADCAST;
	copy->ip_summed = CHECKSUM_UNNECESSARY;
	netif_rx(copy);
}

static bool wants_own_copy(const struct sk_buff *skb, const struct rtable *rt)
{
	if (skb->dev->flags & IFF_LOOPBACK_)
		return false;	/* all of it comes back anyway */
	return rt->type == RTN_BROADCAST ||
	       (!skb->no_mc_loop && skb->dev->ip_ptr &&
		ip_check_mc(skb->dev->ip_ptr, ip_hdr(skb)->daddr, ip_hdr(skb)->saddr,
			    ip_hdr(skb)->protocol));
}

int ip_mc_output(struct net *net, struct sk_buff *skb)
{
	const struct rtable *rt = dst_rtable(skb->dst);

	ip_output_begin(net, skb);
	if (wants_own_copy(skb, rt))
		dev_loopback_xmit(skb, rt->type);
	/* RFC 1112 6.1: a TTL of 0 keeps a multicast packet on this machine. */
	if (rt->type == RTN_MULTICAST && !ip_hdr(skb)->ttl) {
		consume_skb(skb);
		return 0;
	}
	return NF_HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, net, skb, NULL, skb->dev,
		       ip_finish_output);
}
