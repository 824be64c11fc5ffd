/* SPDX-License-Identifier: MIT */
/*
 * Headers between IPv6's and the upper layer's (RFC 8200 4): options, of which none but the router
 * alert and the length of jumbograms is known here, and routing headers, which nobody follows any
 * more (RFC 5095).
 */
#include "net/ipv6/ip6_impl.h"
#include "wire/icmp6.h"

enum wire_err ipv6_skb_skip_exthdr(const struct sk_buff *skb, u32 at, struct ipv6_ext *e)
{
	u32 len = min_t(u32, skb->len - at, IP6_CHAIN_MAX);
	u8 headers[IP6_CHAIN_MAX];

	if (skb_copy_bits(skb, at, headers, len))
		return WIRE_SHORT;
	return ipv6_skip_exthdr(e, headers, len);
}

static bool bad_header(struct sk_buff *skb, enum skb_drop_reason reason)
{
	mib_inc(skb->net, Ip6InHdrErrors);
	kfree_skb_reason(skb, reason);
	return false;
}

/* The extension header at off, whole and linear; 0: there is less, and the packet is gone. */
static u32 pull_header(struct sk_buff *skb, u32 off)
{
	u32 len;

	if (pskb_may_pull(skb, off + 8)) {
		len = (skb_network_header(skb)[off + 1] + 1u) * 8;
		if (pskb_may_pull(skb, off + len))
			return len;
	}
	bad_header(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
	return 0;
}

/* RFC 8200 4.2 by the highest bits of its type (PI-41). True: go on. */
static bool unknown_option(struct sk_buff *skb, u8 type, u32 pos)
{
	switch (ipv6_opt_action(type)) {
	case IPV6_OPT_SKIP:
		return true;
	case IPV6_OPT_PARAMPROB_UNICAST:
		if (ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr))
			break;
		fallthrough;
	case IPV6_OPT_PARAMPROB:
		icmpv6_param_prob(skb, ICMPV6_UNK_OPTION, pos, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
		return false;
	default:
		break;
	}
	kfree_skb_reason(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
	return false;
}

/* RFC 2675 2, 3: the length of a jumbogram, where the header's own field is 0. */
static bool hop_jumbo(struct sk_buff *skb, const struct ipv6_opt *o, u32 pos)
{
	u32 len;

	if (o->len != 6 || pos % 4 != 2)
		return bad_header(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
	len = get_be32(o->data + 2);
	if (len <= IPV6_MAXPLEN || ipv6_hdr(skb)->payload_len) {
		mib_inc(skb->net, Ip6InHdrErrors);
		icmpv6_param_prob(skb, ICMPV6_HDR_FIELD, len <= IPV6_MAXPLEN ? pos + 2 : pos,
				  SKB_DROP_REASON_IPV6_BAD_EXTHDR);
		return false;
	}
	if (len > skb->len - IPV6_HLEN) {
		mib_inc(skb->net, Ip6InTruncatedPkts);
		kfree_skb_reason(skb, SKB_DROP_REASON_PKT_TOO_SMALL);
		return false;
	}
	skb_trim(skb, len + IPV6_HLEN);
	return true;
}

/* RFC 2711 2.1: 0 says that MLD is in it. */
static bool hop_router_alert(struct sk_buff *skb, const struct ipv6_opt *o)
{
	if (o->len != 4)
		return bad_header(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
	if (!get_be16(o->data + 2))
		IP6CB(skb)->flags |= IP6SKB_MLD_ALERT;
	return true;
}

/* False: the packet is gone. */
static bool hop_option(struct sk_buff *skb, const struct ipv6_opt *o, u32 pos)
{
	if (o->type == IPV6_TLV_ROUTERALERT)
		return hop_router_alert(skb, o);
	if (o->type == IPV6_TLV_JUMBO)
		return hop_jumbo(skb, o, pos);
	return unknown_option(skb, o->type, pos);
}

/* It is neither of those that we know and that may stand here. */
static bool is_unknown(const struct ipv6_opt *o, bool hop_by_hop)
{
	return !hop_by_hop || (o->type != IPV6_TLV_ROUTERALERT && o->type != IPV6_TLV_JUMBO);
}

/* What a header may have. */
struct opt_limits {
	s32 count, len;
};

/* All options of a header of len bytes at off. False: the packet is gone. */
static bool parse_options(struct sk_buff *skb, u32 off, u32 len, struct opt_limits most,
			  bool hop_by_hop)
{
	u32 count = (u32)(most.count < 0 ? -most.count : most.count);
	struct ipv6_opt_iter it;
	struct ipv6_opt o;
	int r;

	if ((s32)len > most.len)
		return bad_header(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
	ipv6_opt_start(&it, skb_network_header(skb) + off, len);
	while ((r = ipv6_opt_next(&it, &o)) > 0) {
		/* Without a word where unknown ones are forbidden: nobody is to be reflected. */
		if (it.count > count || (most.count < 0 && is_unknown(&o, hop_by_hop)))
			return bad_header(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
		if (!(hop_by_hop ? hop_option(skb, &o, off + o.off) :
				   unknown_option(skb, o.type, off + o.off)))
			return false;
	}
	return r < 0 ? bad_header(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR) : true;
}

static void went_past(struct sk_buff *skb, u32 off, u32 len)
{
	IP6CB(skb)->nhoff = (u16)off;
	skb->transport_header = (u16)(skb->network_header + off + len);
}

bool ipv6_parse_hopopts(struct sk_buff *skb)
{
	const struct netns_sysctl *s = &skb->net->sysctl;
	struct opt_limits most = { s->max_hbh_opts_cnt, s->max_hbh_opts_len };
	u32 len = pull_header(skb, IPV6_HLEN);

	if (!len || !parse_options(skb, IPV6_HLEN, len, most, true))
		return false;
	went_past(skb, IPV6_HLEN, len);
	return true;
}

u32 ipv6_destopt_rcv(struct sk_buff *skb, u32 off)
{
	const struct netns_sysctl *s = &skb->net->sysctl;
	struct opt_limits most = { s->max_dst_opts_cnt, s->max_dst_opts_len };
	u32 len = pull_header(skb, off);

	if (!len || !parse_options(skb, off, len, most, false))
		return 0;
	went_past(skb, off, len);
	return off + len;
}

#define RTHDR_TYPE 2		/* offsets in a routing header */
#define RTHDR_SEGMENTS_LEFT 3

u32 ipv6_rthdr_rcv(struct sk_buff *skb, u32 off)
{
	u32 len = pull_header(skb, off);

	if (!len)
		return 0;
	if (ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) || skb->pkt_type != PACKET_HOST) {
		mib_inc(skb->net, Ip6InAddrErrors);
		kfree_skb_reason(skb, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
		return 0;
	}
	/* RFC 8200 4.4: one that has been followed to its end is passed over, whatever its type. */
	if (skb_network_header(skb)[off + RTHDR_SEGMENTS_LEFT]) {
		mib_inc(skb->net, Ip6InHdrErrors);
		icmpv6_param_prob(skb, ICMPV6_HDR_FIELD, off + RTHDR_TYPE,
				  SKB_DROP_REASON_IPV6_BAD_EXTHDR);
		return 0;
	}
	went_past(skb, off, len);
	return off + len;
}
