/* SPDX-License-Identifier: MIT */
/*
 * What TCP and UDP ask of the network layer to join and cut packets, the same of both families. v6
 * is a constant where these are called, so each family's code has its own questions only.
 */
#ifndef LINNET_TRANSPORT_INET_GRO_H
#define LINNET_TRANSPORT_INET_GRO_H

#include "net/ipv4/ip_offload.h"
#include "net/ipv6/ip6_offload.h"

static __always_inline struct sk_buff *gro_held(struct napi_struct *napi,
						const struct sk_buff *skb, u32 nhlen, bool v6)
{
	if (skb_queue_empty(&napi->gro_list))
		return NULL;
	return v6 ? inet6_gro_held(napi, skb, nhlen) :
		    inet_gro_held(napi, skb, (const void *)skb->data);
}

static __always_inline bool gro_csum_ok(struct sk_buff *skb, u32 nhlen, u8 proto, bool v6)
{
	return v6 ? inet6_gro_csum_ok(skb, nhlen, proto) :
		    inet_gro_csum_ok(skb, (const void *)skb->data);
}

/* To be asked first: whether p's transport header is of this kind, where skb's is. */
static __always_inline bool gro_same_headers(struct sk_buff *p, const struct sk_buff *skb,
					     u32 nhlen, bool v6)
{
	return !v6 || inet6_gro_may_join(p, skb, nhlen);
}

/* And last, because p counts ids: what else IPv4 asks. */
static __always_inline bool gro_may_join(struct sk_buff *p, const struct sk_buff *skb, bool v6)
{
	return v6 || inet_gro_may_join(p, (const void *)skb->data);
}

/* The id by which IPv4 tells packets apart; IPv6 has none. */
static __always_inline u16 gro_id(const struct sk_buff *skb, bool v6)
{
	return v6 ? 0 : be16_to_cpu(((const struct iphdr *)(const void *)skb->data)->id);
}

/* The sum of the pseudo-header of len bytes of transport. nh: the network header. */
static __always_inline wsum inet_pseudo_sum(const void *nh, u32 len, u8 proto, bool v6)
{
	const struct ipv6hdr *h = nh;
	const struct iphdr *iph = nh;

	return v6 ? csum_ipv6_nofold(&h->saddr, &h->daddr, len, proto, 0) :
		    csum_tcpudp_nofold(iph->saddr, iph->daddr, len, proto, 0);
}

/* The field of a transport's header that holds the pseudo-header's sum alone: whoever sends the
 * packet on finishes it, or nobody has to. `field`: its offset in that header. */
static __always_inline be16 inet_check_partial(struct sk_buff *skb, u32 len, u8 proto, u16 field,
					       bool v6)
{
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = field;
	return (be16)~csum_fold(inet_pseudo_sum(skb_network_header(skb), len, proto, v6));
}

#endif
