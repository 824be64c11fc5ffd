/* SPDX-License-Identifier: MIT */
/*
 * UDP's part of GRO and GSO. Joined are datagrams of equal length and a shorter one at the end, all
 * with a right checksum, for a socket that wants them so (UDP_GRO) or, where the device has
 * rx-udp-gro-forwarding, for no socket of this machine.
 */
#include "transport/inet_gro.h"
#include "transport/udp.h"
#include "wire/udp.h"

static struct udphdr *held_udph(const struct sk_buff *p, u32 nhlen)
{
	return (void *)(p->data + nhlen);
}

static const struct sock *receiver(const struct sk_buff *skb, const struct udphdr *uh, bool v6)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	const struct iphdr *iph = (const void *)skb->data;
	u16 dport = be16_to_cpu(uh->dest);

	if (v6)
		return udp6_lib_lookup(skb->net, &h->saddr, uh->source, &h->daddr, dport,
				       skb->dev->ifindex);
	return udp4_lib_lookup(skb->net, iph->saddr, uh->source, iph->daddr, dport,
			       skb->dev->ifindex);
}

/* Who gets it can take it joined, or it leaves again, cut. */
static __always_inline bool is_wanted(const struct sk_buff *skb, const struct udphdr *uh, bool v6)
{
	const struct sock *sk = receiver(skb, uh, v6);

	return sk ? sock_flag(sk, SOCK_UDP_GRO) : skb->dev->features & NETIF_F_GRO_UDP_FWD;
}

static __always_inline bool may_join(struct sk_buff *p, const struct sk_buff *skb, u32 nhlen,
				     u32 len, bool v6)
{
	return gro_same_headers(p, skb, nhlen, v6) && len <= NAPI_GRO_CB(p)->mss &&
	       p->len + len <= GRO_MAX_SIZE &&
	       gro_may_join(p, skb, v6);
}

static __always_inline bool hold_first(struct napi_struct *napi, struct sk_buff *skb, u32 nhlen,
				       bool v6)
{
	u32 hlen = nhlen + UDP_HLEN;

	if (!skb_cow_head(skb, 0, hlen))
		return false;
	*NAPI_GRO_CB(skb) = (struct napi_gro_cb){
		.last = skb, .mss = (u16)(skb->len - hlen), .hlen = (u16)hlen,
		.nhlen = (u16)nhlen, .count = 1, .id = gro_id(skb, v6),
	};
	gro_hold(napi, skb);
	return true;
}

static __always_inline bool udp_gro_receive(struct napi_struct *napi, struct sk_buff *skb,
					    u32 nhlen, bool v6)
{
	const struct udphdr *uh = (const void *)(skb->data + nhlen);
	const u32 hlen = nhlen + UDP_HLEN;
	struct sk_buff *p;
	u32 len;

	if (unlikely(skb_headlen(skb) < hlen))
		return false;
	p = gro_held(napi, skb, nhlen, v6);
	len = skb->len - hlen;
	/* A sum of 0 could not be made again; a length of its own means bytes behind its end. */
	if (!len || !uh->check || be16_to_cpu(uh->len) != len + UDP_HLEN || skb->gso_size ||
	    (!p && !is_wanted(skb, uh, v6)) || !gro_csum_ok(skb, nhlen, LN_IPPROTO_UDP, v6)) {
		if (p)
			gro_flush_one(napi, p);
		return false;
	}
	if (p && may_join(p, skb, nhlen, len, v6)) {
		skb_gro_receive(p, skb, hlen);
		if (len < NAPI_GRO_CB(p)->mss || NAPI_GRO_CB(p)->count >= UDP_GRO_CNT_MAX)
			gro_flush_one(napi, p);
		return true;
	}
	if (p)
		gro_flush_one(napi, p);
	return hold_first(napi, skb, nhlen, v6);
}

static bool udp4_gro_receive(struct napi_struct *napi, struct sk_buff *skb, u32 nhlen)
{
	(void)nhlen;
	return udp_gro_receive(napi, skb, IPV4_HLEN, false);
}

static bool udp6_gro_receive(struct napi_struct *napi, struct sk_buff *skb, u32 nhlen)
{
	return udp_gro_receive(napi, skb, nhlen, true);
}

/* The sum is left to who sends it on, for each datagram, or to nobody. */
static __always_inline void check_partial(struct sk_buff *skb, struct udphdr *uh, u32 len, bool v6)
{
	uh->check = inet_check_partial(skb, len, LN_IPPROTO_UDP, offsetof(struct udphdr, check),
				       v6);
}

static __always_inline void udp_gro_complete(struct sk_buff *skb, u32 nhlen, bool v6)
{
	struct udphdr *uh = held_udph(skb, nhlen);
	u32 len = skb->len - nhlen;

	uh->len = cpu_to_be16((u16)len);
	check_partial(skb, uh, len, v6);
	skb->gso_type = SKB_GSO_UDP_L4;
	if (NAPI_GRO_CB(skb)->fixed_id)
		skb->gso_type |= SKB_GSO_TCP_FIXEDID;
}

static void udp4_gro_complete(struct sk_buff *skb)
{
	udp_gro_complete(skb, IPV4_HLEN, false);
}

static void udp6_gro_complete(struct sk_buff *skb)
{
	udp_gro_complete(skb, NAPI_GRO_CB(skb)->nhlen, true);
}

static __always_inline int udp_gso_segment(struct sk_buff *skb, u32 features,
					   struct sk_buff_head *segs, bool v6)
{
	u32 at = skb->transport_header - skb_headroom(skb);
	struct sk_buff *seg;
	int err;

	if (!(skb->gso_type & SKB_GSO_UDP_L4))
		return -EPROTONOSUPPORT;
	if (!pskb_may_pull(skb, at + UDP_HLEN) || skb->len == at + UDP_HLEN)
		return -EINVAL;
	err = skb_segment(skb, at + UDP_HLEN, segs);
	if (err)
		return err;
	skb_queue_walk(segs, seg) {
		struct udphdr *uh = (void *)skb_transport_header(seg);
		u32 len = seg->len - at;

		uh->len = cpu_to_be16((u16)len);
		uh->check = 0;
		if (features & NETIF_F_HW_CSUM) {
			check_partial(seg, uh, len, v6);
			continue;
		}
		uh->check = csum_fold(csum_add(inet_pseudo_sum(skb_network_header(seg), len,
							       LN_IPPROTO_UDP, v6),
					       skb_checksum(seg, at, len, 0)));
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
	}
	return 0;
}

static int udp4_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	return udp_gso_segment(skb, features, segs, false);
}

static int udp6_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	return udp_gso_segment(skb, features, segs, true);
}

/* Two tables of each, so that where nobody wants datagrams joined nothing looks at them. */
void udp_gro_update(struct net *net)
{
	static const struct net_offload joined = {
		.gro_receive = udp4_gro_receive,
		.gro_complete = udp4_gro_complete,
		.gso_segment = udp4_gso_segment,
	}, single = { .gso_segment = udp4_gso_segment }, joined6 = {
		.gro_receive = udp6_gro_receive,
		.gro_complete = udp6_gro_complete,
		.gso_segment = udp6_gso_segment,
	}, single6 = { .gso_segment = udp6_gso_segment };
	const struct net_device *dev;
	bool wanted;

	if (!net->udp)
		return;
	wanted = net->udp->gro_socks;
	for_each_netdev(net, dev)
		wanted |= dev->features & NETIF_F_GRO_UDP_FWD;
	net->ipv4->offloads[LN_IPPROTO_UDP] = wanted ? &joined : &single;
	if (net->ipv6)
		net->ipv6->offloads[LN_IPPROTO_UDP] = wanted ? &joined6 : &single6;
}
