/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_tcpopt.h"

#include "net/netfilter/nft_exthdr.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/tcp_opt.h"

#define TCP_MSS_DEFAULT 536		/* RFC 9293 3.7.1 */

bool nft_tcpopt_set(const struct nft_pkt *p, u8 kind, u16 value)
{
	struct sk_buff *skb = p->skb;
	u32 at = nft_tcpopt_find(p, kind, 4);
	be16 was, is = cpu_to_be16(value);
	struct tcphdr *th;

	at += at ? 2 : 0;	/* behind kind and length */
	if (!at || get_be16(skb->data + at) <= value)
		return true;
	if (!skb_cow_head(skb, 0, at + 2))
		return false;
	th = (struct tcphdr *)(void *)(skb->data + p->thoff);
	memcpy(&was, skb->data + at, 2);
	memcpy(skb->data + at, &is, 2);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return true;
	/* At an odd place its bytes are in two words of the sum, the other way round. */
	if ((at - p->thoff) & 1) {
		was = (be16)(was << 8 | was >> 8);
		is = (be16)(is << 8 | is >> 8);
	}
	csum_replace2(&th->check, was, is);
	return true;
}

/* The path's MTU there, or back where that is less; 0: the packet has no route. */
static u32 mtu4(const struct nft_pkt *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	struct flowi4 fl = { .daddr = iph->saddr };
	u32 mtu = dst_mtu(p->skb->dst, iph->daddr);
	struct rtable *rt;

	if (!ip_route_output(p->net, &fl, &rt)) {
		mtu = min(mtu, dst_mtu(&rt->dst, iph->saddr));
		dst_release(&rt->dst);
	}
	return mtu;
}

static u32 mtu6(const struct nft_pkt *p)
{
	struct flowi6 fl = { .daddr = ipv6_hdr(p->skb)->saddr };
	u32 mtu = ip6_skb_dst_mtu(p->skb);
	struct rt6_info *rt;

	if (!ip6_route_output(p->net, &fl, &rt)) {
		mtu = min(mtu, ip6_dst_mtu(rt, &ipv6_hdr(p->skb)->saddr));
		dst_release(&rt->dst);
	}
	return mtu;
}

bool nft_rt_mss_load(const struct nft_pkt *p, u8 *to)
{
	u32 headers = TCP_HLEN + (p->l3 == 4 ? IPV4_HLEN : IPV6_HLEN), mtu;

	if (!p->skb->dst)
		return false;
	mtu = p->l3 == 4 ? mtu4(p) : mtu6(p);
	put_be16(to, mtu > headers && mtu <= UINT16_MAX ? (u16)(mtu - headers) : TCP_MSS_DEFAULT);
	return true;
}
