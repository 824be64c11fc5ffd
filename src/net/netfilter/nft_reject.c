/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_reject.h"

#include "net/fwmark.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/tcp_opt.h"

/* Has it a sum over all of its payload that can be wrong? */
static bool has_checksum(const struct nft_pkt *p)
{
	be16 sum;

	switch (p->l4) {
	case IP_PROTO_UDP:
		return skb_copy_bits(p->skb, p->thoff + 6, &sum, sizeof(sum)) || sum;
	case 33:	/* DCCP and UDP-Lite cover a part, */
	case 136:
	case 47:	/* GRE, ESP, AH and SCTP have something else */
	case 50:
	case 51:
	case 132:
		return false;
	default:
		return true;
	}
}

static bool is_intact(const struct nft_pkt *p)
{
	return p->has_l4 && p->first && p->thoff < p->skb->len &&
	       (!has_checksum(p) || nf_checksum_ok(p->skb, p->state->pf, p->thoff,
						   p->skb->len - p->thoff, p->l4));
}

/* The segment as RFC 9293 3.10.7.1 answers one of no connection; false: it is not to be. */
static bool read_segment(const struct nft_pkt *p, struct tcp_view *v)
{
	struct sk_buff *skb = p->skb;

	return p->l4 == IP_PROTO_TCP && p->first && pskb_may_pull(skb, p->thoff + TCP_HLEN) &&
	       !tcp_parse(skb->data + p->thoff,
			  min(skb->len - p->thoff, skb_headlen(skb) - p->thoff), v) &&
	       !(v->flags & TCPHDR_RST) && is_intact(p);
}

/* The answer to `in`, its checksum still 0; NULL: no memory. */
static struct sk_buff *build_reset(const struct nft_pkt *p, const struct tcp_view *in)
{
	struct tcp_view out = { .sport = in->dport, .dport = in->sport, .hlen = TCP_HLEN,
				.flags = TCPHDR_RST };
	struct sk_buff *skb = alloc_skb(p->net, SKB_ROOM);

	if (!skb)
		return NULL;
	if (in->flags & TCPHDR_ACK) {
		out.seq = in->ack_seq;
	} else {
		out.flags |= TCPHDR_ACK;
		out.ack_seq = in->seq + tcp_seg_len(in->flags, p->skb->len - p->thoff - in->hlen);
	}
	skb_reserve(skb, MAX_HEADER);
	tcp_build(skb_push(skb, TCP_HLEN), &out);
	skb_reset_transport_header(skb);
	return skb;
}

static void send_reset4(const struct nft_pkt *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	struct flowi4 fl = {
		.daddr = iph->saddr, .proto = IP_PROTO_TCP,
		.mark = ip4_reply_mark(p->net, p->skb->mark),
	};
	struct ip_xmit x = {
		.saddr = iph->daddr, .daddr = iph->saddr, .protocol = IP_PROTO_TCP, .df = true,
	};
	struct tcp_view in;
	struct sk_buff *skb;
	struct rtable *rt;

	if (!read_segment(p, &in) || ip_route_output(p->net, &fl, &rt))
		return;
	skb = build_reset(p, &in);
	if (!skb) {
		dst_release(&rt->dst);
		return;
	}
	((struct tcphdr *)(void *)skb->data)->check =
		tcp_v4_check(TCP_HLEN, x.saddr, x.daddr, csum_partial(skb->data, TCP_HLEN, 0));
	skb->mark = fl.mark;
	skb_dst_set(skb, &rt->dst);
	nf_ct_attach(&skb->nfct, p->skb->nfct);
	ip_queue_xmit(p->net, skb, &x);
}

static void send_reset6(const struct nft_pkt *p)
{
	const struct ipv6hdr *h = ipv6_hdr(p->skb);
	struct flowi6 fl = {
		.daddr = h->saddr, .proto = IP_PROTO_TCP,
		.mark = ip6_reply_mark(p->net, p->skb->mark),
	};
	struct ip6_xmit x = { .saddr = h->daddr, .daddr = h->saddr, .protocol = IP_PROTO_TCP };
	struct tcp_view in;
	struct sk_buff *skb;
	struct rt6_info *rt;

	/* It is one node that is told, and one that tells. */
	if (ipv6_addr_any(&h->saddr) || ipv6_addr_is_multicast(&h->saddr) ||
	    ipv6_addr_any(&h->daddr) || ipv6_addr_is_multicast(&h->daddr))
		return;
	if (ipv6_addr_needs_scope_id(&fl.daddr) && p->skb->dev)
		fl.oif = p->skb->dev->ifindex;
	if (!read_segment(p, &in) || ip6_route_output(p->net, &fl, &rt))
		return;
	skb = build_reset(p, &in);
	if (!skb) {
		dst_release(&rt->dst);
		return;
	}
	((struct tcphdr *)(void *)skb->data)->check =
		csum_ipv6_magic(&x.saddr, &x.daddr, TCP_HLEN, IP_PROTO_TCP,
				csum_partial(skb->data, TCP_HLEN, 0));
	skb->mark = fl.mark;
	skb_dst_set(skb, &rt->dst);
	nf_ct_attach(&skb->nfct, p->skb->nfct);
	ip6_xmit(p->net, skb, &x);
}

static u8 icmpx_code(const struct nft_pkt *p, u8 icmpx)
{
	static const u8 codes[][2] = {
		[NFT_ICMPX_NO_ROUTE] = { ICMP_NET_UNREACH, ICMPV6_NOROUTE },
		[NFT_ICMPX_PORT_UNREACH] = { ICMP_PORT_UNREACH, ICMPV6_PORT_UNREACH },
		[NFT_ICMPX_HOST_UNREACH] = { ICMP_HOST_UNREACH, ICMPV6_ADDR_UNREACH },
		[NFT_ICMPX_ADMIN_PROHIBITED] = { ICMP_PKT_FILTERED, ICMPV6_ADM_PROHIBITED },
	};

	return codes[icmpx][p->l3 == 6];
}

static void send_unreach(const struct nft_pkt *p, u8 code)
{
	if (!is_intact(p))
		return;
	if (p->l3 == 4)
		icmp_send(p->skb, ICMP_DEST_UNREACH, code, 0);
	else
		icmpv6_send(p->skb, ICMPV6_DEST_UNREACH, code, 0);
}

void nft_reject(const struct nft_pkt *p, u8 type, u8 code)
{
	switch (type) {
	case NFT_REJECT_TCP_RST:
		if (p->l3 == 4)
			send_reset4(p);
		else
			send_reset6(p);
		break;
	case NFT_REJECT_ICMPX:
		send_unreach(p, icmpx_code(p, code));
		break;
	case NFT_REJECT_ICMP:
	case NFT_REJECT_ICMPV6:
		if ((type == NFT_REJECT_ICMP) == (p->l3 == 4))
			send_unreach(p, code);
		break;
	default:
		break;
	}
}
