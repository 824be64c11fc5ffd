/* SPDX-License-Identifier: MIT */
/* ICMP: echoes are connections of their own, errors belong to that of the packet they quote. */
#include "net/netfilter/nf_conntrack_zone.h"

#include "net/ipv4/ip.h"
#include "wire/icmp.h"

#define NR_ICMP_TYPES 18	/* Linux judges what is above as garbage */

/* The type of the answer; 0xff: there is none. */
static u8 answer_type(u8 type)
{
	switch (type) {
	case ICMP_ECHO:
		return ICMP_ECHOREPLY;
	case ICMP_ECHOREPLY:
		return ICMP_ECHO;
	case ICMP_TIMESTAMP:
		return ICMP_TIMESTAMPREPLY;
	case ICMP_TIMESTAMPREPLY:
		return ICMP_TIMESTAMP;
	case ICMP_INFO_REQUEST:
		return ICMP_INFO_REPLY;
	case ICMP_INFO_REPLY:
		return ICMP_INFO_REQUEST;
	case ICMP_ADDRESS:
		return ICMP_ADDRESSREPLY;
	case ICMP_ADDRESSREPLY:
		return ICMP_ADDRESS;
	default:
		return 0xff;
	}
}

static bool icmp_pkt_to_tuple(struct sk_buff *skb, u32 dataoff, struct nf_conntrack_tuple *tuple)
{
	const struct icmphdr *h;

	if (!pskb_may_pull(skb, dataoff + ICMP_HLEN))
		return false;
	h = (const void *)(skb->data + dataoff);
	tuple->sport = h->un.echo.id;
	tuple->dport = cpu_to_be16((u16)(h->type << 8 | h->code));
	return true;
}

static bool icmp_invert_tuple(struct nf_conntrack_tuple *inverse,
			      const struct nf_conntrack_tuple *orig)
{
	u16 kind = be16_to_cpu(orig->dport);
	u8 type = answer_type((u8)(kind >> 8));

	inverse->sport = orig->sport;
	inverse->dport = cpu_to_be16((u16)(type << 8 | (kind & 0xff)));
	return type != 0xff;
}

static bool is_question(u8 type)
{
	return type == ICMP_ECHO || type == ICMP_TIMESTAMP || type == ICMP_INFO_REQUEST ||
	       type == ICMP_ADDRESS;
}

static enum nf_ct_verdict icmp_packet(const struct nf_ct_packet *p, struct nf_conn *ct,
				      enum ip_conntrack_info info)
{
	(void)info;
	/* An answer that nobody asked for begins no connection. */
	if (!nf_ct_is_confirmed(ct) &&
	    !is_question((u8)(be16_to_cpu(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->dport) >> 8)))
		return NF_CT_INVALID;
	nf_ct_refresh(p->net, ct, sec_to_ktime(p->net->sysctl.nf_ct_icmp_timeout));
	return NF_CT_ACCEPT;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_icmp = {
	.name = "icmp",
	.pkt_to_tuple = icmp_pkt_to_tuple,
	.invert_tuple = icmp_invert_tuple,
	.packet = icmp_packet,
};

/* The quoted packet went one way; its error goes the other, which must lead to its sender. */
enum nf_ct_verdict nf_conntrack_inet_error(const struct nf_ct_packet *p, u32 quote,
					   const union nf_inet_addr *daddr)
{
	struct nf_conntrack_tuple quoted, back;
	struct nf_conntrack_tuple_hash *h;
	enum ip_conntrack_info info = IP_CT_RELATED;
	struct nf_conn *ct;
	u32 dataoff;

	if (!nf_ct_get_tuple(p->skb, p->pf, quote, &dataoff, &quoted) ||
	    !nf_ct_invert_tuple(&back, &quoted))
		return NF_CT_INVALID;
	h = nf_ct_zone_find(p->net, &back, (struct nf_ct_zone){ p->zone, p->zone_dir });
	if (!h || memcmp(&h->tuple.dst, daddr, sizeof(*daddr)))
		return NF_CT_INVALID;
	if (h->dir == IP_CT_DIR_REPLY)
		info = IP_CT_RELATED_REPLY;
	ct = nf_ct_tuplehash_to_ctrack(h);
	ct->general.use++;
	nf_ct_set(p->skb, ct, info);
	return NF_CT_ACCEPT;
}

enum nf_ct_verdict nf_conntrack_icmpv4_error(const struct nf_ct_packet *p)
{
	union nf_inet_addr daddr = { .ip = 0 };
	const struct icmphdr *h;

	if (!pskb_may_pull(p->skb, p->dataoff + ICMP_HLEN))
		return NF_CT_INVALID;
	h = (const void *)(p->skb->data + p->dataoff);
	if (h->type > NR_ICMP_TYPES || !nf_ct_checksum_ok(p, p->skb->len - p->dataoff))
		return NF_CT_INVALID;
	if (!icmp_is_error(h->type))
		return NF_CT_ACCEPT;
	daddr.ip = ((const struct iphdr *)(const void *)p->skb->data)->daddr;
	return nf_conntrack_inet_error(p, p->dataoff + ICMP_HLEN, &daddr);
}
