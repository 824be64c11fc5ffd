/* SPDX-License-Identifier: MIT */
/* IPv4's part of GRO and GSO (device/gro.h): its header, and the table of the protocols above. */
#include "net/ipv4/ip_offload.h"

#include "net/ipv4/ip_impl.h"

/* A whole packet without options, no fragment, nothing behind its end. */
static bool is_plain(const struct sk_buff *skb, const struct iphdr *iph)
{
	return iph->ver_ihl == 0x45 && !(iph->frag_off & ~CONST_BE16(IP_DF)) &&
	       be16_to_cpu(iph->tot_len) == skb->len && !ip_fast_csum(iph, 5);
}

struct sk_buff *inet_gro_held(struct napi_struct *napi, const struct sk_buff *skb,
			      const struct iphdr *iph)
{
	struct sk_buff *p;

	skb_queue_walk(&napi->gro_list, p) {
		const struct iphdr *held = (const void *)p->data;

		if (!memcmp(&held->saddr, &iph->saddr, 12) && held->protocol == iph->protocol &&
		    !memcmp(skb_mac_header(p), skb_mac_header(skb), ETH_HLEN))
			return p;
	}
	return NULL;
}

bool inet_gro_csum_ok(struct sk_buff *skb, const struct iphdr *iph)
{
	if (skb->ip_summed != CHECKSUM_NONE)
		return true;
	if (csum_tcpudp_magic(iph->saddr, iph->daddr, skb->len - IPV4_HLEN, iph->protocol,
			      skb_checksum(skb, IPV4_HLEN, skb->len - IPV4_HLEN, 0)))
		return false;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}

bool inet_gro_may_join(struct sk_buff *p, const struct iphdr *iph)
{
	const struct iphdr *first = (const void *)p->data;
	struct napi_gro_cb *cb = NAPI_GRO_CB(p);
	u16 id = be16_to_cpu(iph->id);
	bool fixed = id == cb->id && iph->frag_off & CONST_BE16(IP_DF);

	if (iph->ttl != first->ttl || iph->tos != first->tos || iph->frag_off != first->frag_off)
		return false;
	if (cb->count > 1 && fixed != cb->fixed_id)
		return false;
	if (!fixed && id != (u16)(cb->id + cb->count))
		return false;
	cb->fixed_id = fixed;
	return true;
}

/* Somebody joins what is of this protocol. */
static __noinline bool gro_offer(struct napi_struct *napi, struct sk_buff *skb,
				 const struct net_offload *ops)
{
	if (likely(is_plain(skb, (const void *)skb->data)))
		return ops->gro_receive(napi, skb, IPV4_HLEN);
	/* Whose flow it is nobody looked: it overtakes none. */
	napi_gro_flush(napi);
	return false;
}

static bool inet_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	const struct iphdr *iph = (const void *)skb->data;
	const struct net_offload *ops;

	if (unlikely(skb_headlen(skb) < IPV4_HLEN))
		return false;
	ops = inet_offload(skb->net->ipv4->offloads, iph->protocol);
	return ops && ops->gro_receive && gro_offer(napi, skb, ops);
}

static bool inet_gro_wants(const struct net *net, const void *p, u32 len)
{
	return len >= IPV4_HLEN && ip_gro_wants(net, p);
}

static void inet_gro_complete(struct sk_buff *skb)
{
	struct iphdr *iph = (void *)skb->data;

	iph->tot_len = cpu_to_be16((u16)skb->len);
	ip_send_check(iph);
	skb_reset_network_header(skb);
	skb->transport_header = (u16)(skb->network_header + IPV4_HLEN);
	skb->net->ipv4->offloads[iph->protocol]->gro_complete(skb);
}

static void segment_headers(const struct sk_buff *skb, struct sk_buff_head *segs)
{
	u16 id = be16_to_cpu(ip_hdr(skb)->id);
	u16 step = skb->gso_type & SKB_GSO_TCP_FIXEDID ? 0 : 1;
	struct sk_buff *seg;

	skb_queue_walk(segs, seg) {
		struct iphdr *iph = ip_hdr(seg);

		iph->id = cpu_to_be16(id);
		iph->tot_len = cpu_to_be16((u16)(seg->len - (seg->network_header -
							    skb_headroom(seg))));
		ip_send_check(iph);
		id = (u16)(id + step);
	}
}

static int inet_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	u32 at = skb->network_header - skb_headroom(skb), ihl;
	const struct net_offload *ops;
	int err;

	if (!pskb_may_pull(skb, at + IPV4_HLEN))
		return -EINVAL;
	ihl = iph_hlen(ip_hdr(skb));
	if (ihl < IPV4_HLEN || !pskb_may_pull(skb, at + ihl) || ip_is_fragment(ip_hdr(skb)))
		return -EINVAL;
	ops = inet_offload(skb->net->ipv4->offloads, ip_hdr(skb)->protocol);
	if (!ops)
		return -EPROTONOSUPPORT;
	skb->transport_header = (u16)(skb->network_header + ihl);
	err = ops->gso_segment(skb, features, segs);
	if (!err)
		segment_headers(skb, segs);
	return err;
}

static bool inet_gso_headers(const struct sk_buff *skb, const struct gso_frames *f)
{
	u32 at = skb->network_header - skb_headroom(skb), left = skb->data_len;
	const struct iphdr *first = ip_hdr(skb);
	u16 step = skb->gso_type & SKB_GSO_TCP_FIXEDID ? 0 : 1, id = be16_to_cpu(first->id);
	const struct net_offload *ops = inet_offload(skb->net->ipv4->offloads, first->protocol);

	if (!ops || !ops->gso_headers || ip_is_fragment(first) || !ops->gso_headers(skb, f))
		return false;
	for (u32 i = 0; i < f->segs; i++) {
		struct iphdr *iph = (void *)(f->at + i * f->stride + at);
		u32 n = min_t(u32, left, skb->gso_size);

		left -= n;
		iph->id = cpu_to_be16(id);
		iph->tot_len = cpu_to_be16((u16)(f->hlen - at + n));
		ip_send_check(iph);
		id = (u16)(id + step);
	}
	return true;
}

void inet_offload_init(struct net *net)
{
	net->ipv4->offload = (struct packet_offload){
		.type = CONST_BE16(ETH_P_IP),
		.gro_receive = inet_gro_receive,
		.gro_wants = inet_gro_wants,
		.gro_complete = inet_gro_complete,
		.gso_segment = inet_gso_segment,
		.gso_headers = inet_gso_headers,
	};
	dev_add_offload(net, &net->ipv4->offload);
}
