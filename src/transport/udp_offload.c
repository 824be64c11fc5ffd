/* SPDX-License-Identifier: MIT */
/*
 * UDP's part of GRO and GSO. Joined are datagrams of equal length and a shorter one at the end, all
 * with a right checksum, for a socket that wants them so (UDP_GRO) or, where the device has
 * rx-udp-gro-forwarding, for no socket of this machine.
 */
#include "device/gro.h"
#include "net/ipv4/ip_offload.h"
#include "transport/udp.h"
#include "wire/udp.h"

static struct udphdr *held_udph(const struct sk_buff *p)
{
	return (void *)(p->data + IPV4_HLEN);
}

/* Who gets it can take it joined, or it leaves again, cut. */
static bool is_wanted(const struct sk_buff *skb, const struct iphdr *iph, const struct udphdr *uh)
{
	const struct sock *sk = udp4_lib_lookup(skb->net, iph->saddr, uh->source, iph->daddr,
						be16_to_cpu(uh->dest), skb->dev->ifindex);

	return sk ? sock_flag(sk, SOCK_UDP_GRO) : skb->dev->features & NETIF_F_GRO_UDP_FWD;
}

static bool may_join(struct sk_buff *p, const struct iphdr *iph, u32 len)
{
	return len <= NAPI_GRO_CB(p)->mss && p->len + len <= GRO_MAX_SIZE &&
	       inet_gro_may_join(p, iph);
}

static bool hold_first(struct napi_struct *napi, struct sk_buff *skb, u32 hlen)
{
	if (!skb_cow_head(skb, 0, hlen))
		return false;
	*NAPI_GRO_CB(skb) = (struct napi_gro_cb){
		.last = skb, .mss = (u16)(skb->len - hlen), .hlen = (u16)hlen, .count = 1,
		.id = be16_to_cpu(((const struct iphdr *)(const void *)skb->data)->id),
	};
	gro_hold(napi, skb);
	return true;
}

static bool udp4_gro_receive(struct napi_struct *napi, struct sk_buff *skb,
			     const struct iphdr *iph)
{
	const struct udphdr *uh = (const void *)(iph + 1);
	const u32 hlen = IPV4_HLEN + UDP_HLEN;
	struct sk_buff *p;
	u32 len;

	if (unlikely(skb_headlen(skb) < hlen))
		return false;
	p = skb_queue_empty(&napi->gro_list) ? NULL : inet_gro_held(napi, skb, iph);
	len = skb->len - hlen;
	/* A sum of 0 could not be made again; a length of its own means bytes behind its end. */
	if (!len || !uh->check || be16_to_cpu(uh->len) != len + UDP_HLEN || skb->gso_size ||
	    (!p && !is_wanted(skb, iph, uh)) || !inet_gro_csum_ok(skb, iph)) {
		if (p)
			gro_flush_one(napi, p);
		return false;
	}
	if (p && may_join(p, iph, len)) {
		skb_gro_receive(p, skb, hlen);
		if (len < NAPI_GRO_CB(p)->mss || NAPI_GRO_CB(p)->count >= UDP_GRO_CNT_MAX)
			gro_flush_one(napi, p);
		return true;
	}
	if (p)
		gro_flush_one(napi, p);
	return hold_first(napi, skb, hlen);
}

/* The sum is left to who sends it on, for each datagram, or to nobody. */
static void check_partial(struct sk_buff *skb, struct udphdr *uh, u32 len)
{
	const struct iphdr *iph = ip_hdr(skb);

	uh->check = (be16)~csum_tcpudp_magic(iph->saddr, iph->daddr, len, LN_IPPROTO_UDP, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct udphdr, check);
}

static void udp4_gro_complete(struct sk_buff *skb)
{
	u32 len = skb->len - IPV4_HLEN;

	held_udph(skb)->len = cpu_to_be16((u16)len);
	check_partial(skb, held_udph(skb), len);
	skb->gso_type = SKB_GSO_UDP_L4;
	if (NAPI_GRO_CB(skb)->fixed_id)
		skb->gso_type |= SKB_GSO_TCP_FIXEDID;
}

static int udp4_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
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
		const struct iphdr *iph = ip_hdr(seg);
		u32 len = seg->len - at;

		uh->len = cpu_to_be16((u16)len);
		uh->check = 0;
		if (features & NETIF_F_HW_CSUM)
			check_partial(seg, uh, len);
		else
			uh->check = udp_v4_check(len, iph->saddr, iph->daddr,
						 skb_checksum(seg, at, len, 0));
	}
	return 0;
}

/* Two tables, so that where nobody wants datagrams joined nothing looks at them. */
void udp_gro_update(struct net *net)
{
	static const struct net_offload joined = {
		.gro_receive = udp4_gro_receive,
		.gro_complete = udp4_gro_complete,
		.gso_segment = udp4_gso_segment,
	}, single = { .gso_segment = udp4_gso_segment };
	const struct net_device *dev;
	bool wanted;

	if (!net->udp)
		return;
	wanted = net->udp->gro_socks;
	for_each_netdev(net, dev)
		wanted |= dev->features & NETIF_F_GRO_UDP_FWD;
	net->ipv4->offloads[LN_IPPROTO_UDP] = wanted ? &joined : &single;
}
