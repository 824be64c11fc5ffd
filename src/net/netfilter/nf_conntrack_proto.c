/* SPDX-License-Identifier: MIT */
/* UDP, whose talk is known by being answered; and protocols of which only addresses are known. */
#include "net/netfilter/nf_conntrack_udp.h"

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

#define UDP_STREAM_AFTER (2 * NSEC_PER_SEC)	/* answered for so long: more than a question */

bool nf_checksum_ok(struct sk_buff *skb, u8 pf, u32 dataoff, u32 len, u8 protonum)
{
	const struct ipv6hdr *h6 = (const void *)skb->data;
	const struct iphdr *h4 = (const void *)skb->data;
	wsum sum;

	if (skb->ip_summed != CHECKSUM_NONE)
		return true;
	sum = skb_checksum(skb, dataoff, len, 0);
	if (pf == NFPROTO_IPV6)
		return !csum_ipv6_magic(&h6->saddr, &h6->daddr, len, protonum, sum);
	if (protonum == IP_PROTO_TCP || protonum == IP_PROTO_UDP)
		return !csum_tcpudp_magic(h4->saddr, h4->daddr, len, protonum, sum);
	return !csum_fold(sum);
}

bool nf_ct_checksum_ok(const struct nf_ct_packet *p, u32 len)
{
	if (!p->net->sysctl.nf_conntrack_checksum || p->hook != NF_INET_PRE_ROUTING)
		return true;
	return nf_checksum_ok(p->skb, p->pf, p->dataoff, len, p->protonum);
}

static bool udp_pkt_to_tuple(struct sk_buff *skb, u32 dataoff, struct nf_conntrack_tuple *tuple)
{
	if (!pskb_may_pull(skb, dataoff + UDP_HLEN))
		return false;
	memcpy(&tuple->sport, skb->data + dataoff, 2);
	memcpy(&tuple->dport, skb->data + dataoff + 2, 2);
	return true;
}

static bool swap_ports(struct nf_conntrack_tuple *inverse, const struct nf_conntrack_tuple *orig)
{
	inverse->sport = orig->dport;
	inverse->dport = orig->sport;
	return true;
}

static enum nf_ct_verdict udp_packet(const struct nf_ct_packet *p, struct nf_conn *ct,
				     enum ip_conntrack_info info)
{
	const struct udphdr *uh = (const void *)(p->skb->data + p->dataoff);

	(void)info;
	/* GSO: the header speaks of the first datagram, or of all. */
	if (!nf_ct_udp_fits(uh, p->skb->len - p->dataoff) ||
	    (!p->skb->gso_size && uh->check && !nf_ct_checksum_ok(p, be16_to_cpu(uh->len))))
		return NF_CT_INVALID;
	if (!nf_ct_is_confirmed(ct))
		ct->udp_stream_at = p->net->now + UDP_STREAM_AFTER;
	nf_ct_udp_seen(p->net, ct);
	return NF_CT_ACCEPT;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_udp = {
	.name = "udp",
	.pkt_to_tuple = udp_pkt_to_tuple,
	.invert_tuple = swap_ports,
	.packet = udp_packet,
};

static bool generic_pkt_to_tuple(struct sk_buff *skb, u32 dataoff,
				 struct nf_conntrack_tuple *tuple)
{
	(void)skb, (void)dataoff, (void)tuple;
	return true;
}

static enum nf_ct_verdict generic_packet(const struct nf_ct_packet *p, struct nf_conn *ct,
					 enum ip_conntrack_info info)
{
	(void)info;
	nf_ct_refresh(p->net, ct, sec_to_ktime(p->net->sysctl.nf_ct_generic_timeout));
	return NF_CT_ACCEPT;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_generic = {
	.name = "unknown",
	.pkt_to_tuple = generic_pkt_to_tuple,
	.invert_tuple = swap_ports,
	.packet = generic_packet,
};
