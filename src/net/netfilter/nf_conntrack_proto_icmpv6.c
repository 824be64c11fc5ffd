/* SPDX-License-Identifier: MIT */
/* ICMPv6: as ICMP; what a link says to itself (neighbours, routers, listeners) is not tracked. */
#include "net/netfilter/nf_conntrack.h"

#include "net/ipv6/ip6.h"
#include "wire/icmp6.h"
#include "wire/ndp.h"

#define ICMPV6_NI_QUERY 139		/* RFC 4620 */
#define ICMPV6_NI_REPLY 140
#define REDIRECT_LEN 40			/* before its options: RFC 4861 4.5 */

/* The type of the answer; 0: there is none. */
static u8 answer_type(u8 type)
{
	switch (type) {
	case ICMPV6_ECHO_REQUEST:
		return ICMPV6_ECHO_REPLY;
	case ICMPV6_ECHO_REPLY:
		return ICMPV6_ECHO_REQUEST;
	case ICMPV6_NI_QUERY:
		return ICMPV6_NI_REPLY;
	case ICMPV6_NI_REPLY:
		return ICMPV6_NI_QUERY;
	default:
		return 0;
	}
}

static bool icmpv6_pkt_to_tuple(struct sk_buff *skb, u32 dataoff, struct nf_conntrack_tuple *tuple)
{
	const u8 *h;

	if (!pskb_may_pull(skb, dataoff + ICMPV6_HLEN))
		return false;
	h = skb->data + dataoff;
	memcpy(&tuple->sport, h + 4, 2);
	tuple->dport = cpu_to_be16((u16)(h[0] << 8 | h[1]));
	return true;
}

static bool icmpv6_invert_tuple(struct nf_conntrack_tuple *inverse,
				const struct nf_conntrack_tuple *orig)
{
	u16 kind = be16_to_cpu(orig->dport);
	u8 type = answer_type((u8)(kind >> 8));

	inverse->sport = orig->sport;
	inverse->dport = cpu_to_be16((u16)(type << 8 | (kind & 0xff)));
	return type;
}

static enum nf_ct_verdict icmpv6_packet(const struct nf_ct_packet *p, struct nf_conn *ct,
					enum ip_conntrack_info info)
{
	u8 type = (u8)(be16_to_cpu(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->dport) >> 8);

	(void)info;
	/* An answer that nobody asked for begins no connection. */
	if (!nf_ct_is_confirmed(ct) && type != ICMPV6_ECHO_REQUEST && type != ICMPV6_NI_QUERY)
		return NF_CT_INVALID;
	nf_ct_refresh(p->net, ct, sec_to_ktime(p->net->sysctl.nf_ct_icmpv6_timeout));
	return NF_CT_ACCEPT;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_icmpv6 = {
	.name = "icmpv6",
	.pkt_to_tuple = icmpv6_pkt_to_tuple,
	.invert_tuple = icmpv6_invert_tuple,
	.packet = icmpv6_packet,
};

static bool is_link_talk(u8 type)
{
	return (type >= ICMPV6_MGM_QUERY && type <= NDISC_NEIGHBOUR_ADVERTISEMENT) ||
	       type == ICMPV6_MLD2_REPORT;
}

/* A redirect says in an option which packet it is about; NF_CT_ACCEPT, and not attached: none. */
static enum nf_ct_verdict redirect(const struct nf_ct_packet *p, const union nf_inet_addr *daddr)
{
	const struct ipv6hdr *h = (const void *)p->skb->data;
	u32 at = p->dataoff + REDIRECT_LEN;
	u8 opt[2];

	if (h->hop_limit != 255)
		return NF_CT_INVALID;
	for (; !skb_copy_bits(p->skb, at, opt, sizeof(opt)) && opt[1]; at += opt[1] * 8u)
		if (opt[0] == ND_OPT_REDIRECT_HDR)
			return nf_conntrack_inet_error(p, at + 8, daddr);
	return NF_CT_INVALID;
}

enum nf_ct_verdict nf_conntrack_icmpv6_error(const struct nf_ct_packet *p)
{
	union nf_inet_addr daddr;
	u8 type;

	if (!pskb_may_pull(p->skb, p->dataoff + ICMPV6_HLEN) ||
	    !nf_ct_checksum_ok(p, p->skb->len - p->dataoff))
		return NF_CT_INVALID;
	type = p->skb->data[p->dataoff];
	if (is_link_talk(type)) {
		nf_ct_untrack(p->skb);
		return NF_CT_ACCEPT;
	}
	memcpy(&daddr, &((const struct ipv6hdr *)(const void *)p->skb->data)->daddr,
	       sizeof(daddr));
	if (type == NDISC_REDIRECT)
		return redirect(p, &daddr);
	return icmpv6_is_err(type) ?
	       nf_conntrack_inet_error(p, p->dataoff + ICMPV6_HLEN, &daddr) : NF_CT_ACCEPT;
}
