/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_reject.h"

#include "net/ipv4/ip.h"
#include "wire/icmp.h"
#include "wire/tcp_opt.h"

/* The segment as RFC 9293 3.10.7.1 answers one of no connection; false: it is not to be. */
static bool read_segment(const struct nft_pkt *p, struct tcp_view *v)
{
	struct sk_buff *skb = p->skb;
	u32 len = skb->len - p->thoff;

	if (!p->first || p->l4 != IP_PROTO_TCP || !pskb_may_pull(skb, p->thoff + TCP_HLEN) ||
	    tcp_parse(skb->data + p->thoff, min(len, skb_headlen(skb) - p->thoff), v) ||
	    v->flags & TCPHDR_RST)
		return false;
	return skb->ip_summed != CHECKSUM_NONE ||
	       !csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len, IP_PROTO_TCP,
				  skb_checksum(skb, p->thoff, len, 0));
}

static void send_reset(const struct nft_pkt *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	struct flowi4 fl = { .daddr = iph->saddr, .proto = IP_PROTO_TCP };
	struct ip_xmit x = {
		.saddr = iph->daddr, .daddr = iph->saddr, .protocol = IP_PROTO_TCP, .df = true,
	};
	struct tcp_view in, out = { .hlen = TCP_HLEN, .flags = TCPHDR_RST };
	struct tcphdr *th;
	struct sk_buff *skb;
	struct rtable *rt;

	if (!read_segment(p, &in) || ip_route_output(p->net, &fl, &rt))
		return;
	skb = alloc_skb(p->net, SKB_ROOM);
	if (!skb) {
		dst_release(&rt->dst);
		return;
	}
	out.sport = in.dport;
	out.dport = in.sport;
	if (in.flags & TCPHDR_ACK) {
		out.seq = in.ack_seq;
	} else {
		out.flags |= TCPHDR_ACK;
		out.ack_seq = in.seq + tcp_seg_len(in.flags, p->skb->len - p->thoff - in.hlen);
	}
	skb_reserve(skb, MAX_HEADER);
	th = (void *)skb_push(skb, TCP_HLEN);
	skb_reset_transport_header(skb);
	tcp_build(th, &out);
	th->check = tcp_v4_check(TCP_HLEN, x.saddr, x.daddr, csum_partial(th, TCP_HLEN, 0));
	skb_dst_set(skb, &rt->dst);
	nf_ct_attach(&skb->nfct, p->skb->nfct);
	ip_queue_xmit(p->net, skb, &x);
}

static u8 icmp_code_of(u8 icmpx)
{
	switch (icmpx) {
	case NFT_ICMPX_NO_ROUTE:
		return ICMP_NET_UNREACH;
	case NFT_ICMPX_HOST_UNREACH:
		return ICMP_HOST_UNREACH;
	case NFT_ICMPX_ADMIN_PROHIBITED:
		return ICMP_PKT_FILTERED;
	default:
		return ICMP_PORT_UNREACH;
	}
}

void nft_reject(const struct nft_pkt *p, u8 type, u8 code)
{
	if (p->l3 != 4)
		return;
	switch (type) {
	case NFT_REJECT_TCP_RST:
		send_reset(p);
		break;
	case NFT_REJECT_ICMPX:
		icmp_send(p->skb, ICMP_DEST_UNREACH, icmp_code_of(code), 0);
		break;
	case NFT_REJECT_ICMP:
		icmp_send(p->skb, ICMP_DEST_UNREACH, code, 0);
		break;
	default:
		break;
	}
}
