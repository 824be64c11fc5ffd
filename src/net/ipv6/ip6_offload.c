/* SPDX-License-Identifier: MIT */
/* IPv6's part of GRO and GSO (device/gro.h): its headers, and the table of the protocols above. */
#include "net/ipv6/ip6_offload.h"

#include "net/ipv6/ip6_impl.h"
#include "wire/eth.h"

_Static_assert(IP6_OFFLOAD_HLEN_MAX + 60 + ETH_HLEN + 8 <= SKB_ROOM, "TCP, Ethernet, two tags");

/* To the upper layer, past headers of which each segment can have a copy. False: a fragment, or
 * they do not end within len bytes. */
static bool walk_headers(const void *p, u32 len, struct ipv6_ext *e)
{
	ipv6_ext_start(e, ((const struct ipv6hdr *)p)->nexthdr);
	while (unlikely(ipv6_ext_hdr(e->nexthdr))) {
		if (e->nexthdr == NEXTHDR_FRAGMENT || e->nexthdr == NEXTHDR_AUTH ||
		    ipv6_ext_next(e, p, len) <= 0)
			return false;
	}
	return e->off <= IP6_OFFLOAD_HLEN_MAX;
}

/* ---- GRO ---- */

static const struct ipv6hdr *held_hdr(const struct sk_buff *p)
{
	return (const void *)p->data;
}

struct sk_buff *inet6_gro_held(struct napi_struct *napi, const struct sk_buff *skb, u32 nhlen)
{
	struct sk_buff *p;

	skb_queue_walk(&napi->gro_list, p) {
		if (!memcmp(&held_hdr(p)->saddr, &held_hdr(skb)->saddr, 32) &&
		    !memcmp(p->data + NAPI_GRO_CB(p)->nhlen, skb->data + nhlen, 4) &&
		    !memcmp(skb_mac_header(p), skb_mac_header(skb), ETH_HLEN))
			return p;
	}
	return NULL;
}

bool inet6_gro_csum_ok(struct sk_buff *skb, u32 nhlen, u8 proto)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	u32 len = skb->len - nhlen;

	if (skb->ip_summed != CHECKSUM_NONE)
		return true;
	if (csum_ipv6_magic(&h->saddr, &h->daddr, len, proto, skb_checksum(skb, nhlen, len, 0)))
		return false;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}

/* What differs in one of these is no other flow, as it is in Linux: it would overtake. */
bool inet6_gro_may_join(struct sk_buff *p, const struct sk_buff *skb, u32 nhlen)
{
	const struct ipv6hdr *a = held_hdr(p), *b = held_hdr(skb);

	return NAPI_GRO_CB(p)->nhlen == nhlen && a->nexthdr == b->nexthdr && a->flow == b->flow &&
	       a->hop_limit == b->hop_limit &&
	       (likely(nhlen == IPV6_HLEN) || !memcmp(a + 1, b + 1, nhlen - IPV6_HLEN));
}

static bool inet6_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	const struct net_offload *ops;
	struct ipv6_ext e;
	bool whole;

	if (unlikely(skb_headlen(skb) < IPV6_HLEN))
		return false;
	whole = walk_headers(h, skb_headlen(skb), &e);
	ops = inet_offload(skb->net->ipv6->offloads, e.nexthdr);
	if (whole && (!ops || !ops->gro_receive))
		return false;
	if (likely(whole && ip6_version(h) == 6 &&
		   be16_to_cpu(h->payload_len) + (u32)IPV6_HLEN == skb->len))
		return ops->gro_receive(napi, skb, e.off);
	/* Whose flow it is nobody looked: it overtakes none. */
	napi_gro_flush(napi);
	return false;
}

static bool inet6_gro_wants(const struct net *net, const void *p, u32 len)
{
	return len >= IPV6_HLEN && ip6_gro_wants(net, p);
}

static void inet6_gro_complete(struct sk_buff *skb)
{
	u32 nhlen = NAPI_GRO_CB(skb)->nhlen;
	struct ipv6hdr *h = (void *)skb->data;
	struct ipv6_ext e;

	h->payload_len = cpu_to_be16((u16)(skb->len - IPV6_HLEN));
	skb_reset_network_header(skb);
	skb->transport_header = (u16)(skb->network_header + nhlen);
	walk_headers(h, nhlen, &e);
	skb->net->ipv6->offloads[e.nexthdr]->gro_complete(skb);
}

/* ---- GSO ---- */

/* The headers of a packet that is to be cut; more is pulled only to find their end. */
static bool linear_headers(struct sk_buff *skb, u32 at, struct ipv6_ext *e)
{
	if (!pskb_may_pull(skb, at + IPV6_HLEN))
		return false;
	return walk_headers(ipv6_hdr(skb), skb_headlen(skb) - at, e) ||
	       (pskb_may_pull(skb, min(skb->len, at + IP6_OFFLOAD_HLEN_MAX)) &&
		walk_headers(ipv6_hdr(skb), skb_headlen(skb) - at, e));
}

static int inet6_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	u32 at = skb->network_header - skb_headroom(skb);
	const struct net_offload *ops;
	struct sk_buff *seg;
	struct ipv6_ext e;
	int err;

	if (!linear_headers(skb, at, &e))
		return -EINVAL;
	ops = inet_offload(skb->net->ipv6->offloads, e.nexthdr);
	if (!ops)
		return -EPROTONOSUPPORT;
	skb->transport_header = (u16)(skb->network_header + e.off);
	err = ops->gso_segment(skb, features, segs);
	if (err)
		return err;
	skb_queue_walk(segs, seg)
		ipv6_hdr(seg)->payload_len = cpu_to_be16((u16)(seg->len - at - IPV6_HLEN));
	return 0;
}

static bool inet6_gso_headers(const struct sk_buff *skb, const struct gso_frames *f)
{
	u32 at = skb->network_header - skb_headroom(skb), left = skb->data_len;
	const struct net_offload *ops;
	struct ipv6_ext e;

	if (!walk_headers(ipv6_hdr(skb), f->hlen - at, &e))
		return false;
	ops = inet_offload(skb->net->ipv6->offloads, e.nexthdr);
	if (!ops || !ops->gso_headers || !ops->gso_headers(skb, f))
		return false;
	for (u32 i = 0; i < f->segs; i++) {
		struct ipv6hdr *h = (void *)(f->at + i * f->stride + at);
		u32 n = min_t(u32, left, skb->gso_size);

		left -= n;
		h->payload_len = cpu_to_be16((u16)(f->hlen - at - IPV6_HLEN + n));
	}
	return true;
}

void inet6_offload_init(struct net *net)
{
	net->ipv6->offload = (struct packet_offload){
		.type = CONST_BE16(ETH_P_IPV6),
		.gro_receive = inet6_gro_receive,
		.gro_wants = inet6_gro_wants,
		.gro_complete = inet6_gro_complete,
		.gso_segment = inet6_gso_segment,
		.gso_headers = inet6_gso_headers,
	};
	dev_add_offload(net, &net->ipv6->offload);
}
