/* SPDX-License-Identifier: MIT */
/* A packet for somebody else (rows R1, R2): what a router does between ipv6_rcv and ip6_output. */
#include "base/trace.h"
#include "device/gro.h"
#include "link/pneigh.h"
#include "net/ipv6/ip6_impl.h"
#include "wire/icmp6.h"
#include "wire/ndp.h"

static int ip6_forward_finish(struct net *net, struct sk_buff *skb)
{
	mib_inc(net, Ip6OutForwDatagrams);
	return dst6_output(net, skb);
}

static int drop(struct sk_buff *skb, enum skb_drop_reason reason)
{
	kfree_skb_reason(skb, reason);
	return -EINVAL;
}

/* RFC 4443 3.3 */
static int too_many_hops(struct net *net, struct sk_buff *skb)
{
	icmpv6_send(skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
	mib_inc(net, Ip6InHdrErrors);
	return drop(skb, SKB_DROP_REASON_IP_TTL_EXPIRED);
}

/* RFC 4443 3.2 */
static int too_big(struct net *net, struct sk_buff *skb, u32 mtu)
{
	icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	mib_inc(net, Ip6InTooBigErrors);
	mib_inc(net, Ip6FragFails);
	return drop(skb, SKB_DROP_REASON_PKT_TOO_BIG);
}

/* RFC 4291 2.5.2, 2.5.6: what is never forwarded. */
static bool source_ok(struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);

	if (ipv6_addr_any(&h->saddr) || ipv6_addr_is_multicast(&h->saddr) ||
	    ipv6_addr_loopback(&h->saddr))
		return false;
	if (!ipv6_addr_is_linklocal(&h->saddr))
		return true;
	icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_NOT_NEIGHBOUR, 0);
	return false;
}

/* Put together for netfilter: it goes on in pieces as it came. */
static bool pieces_fit(const struct sk_buff *skb, u32 mtu)
{
	return IP6CB(skb)->frag_max_size && IP6CB(skb)->frag_max_size <= mtu;
}

/*
 * Is it for one that this router answers for (proxy_ndp)? What discovers him ends here and is
 * answered; to link-local addresses there is no way through. True: it was taken.
 */
static bool proxied(struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	u8 type;

	if (!skb->net->ipv6->conf_all.proxy_ndp ||
	    !pneigh_lookup(&skb->net->ipv6->nd_tbl, &h->daddr, skb->dev))
		return false;
	if (h->nexthdr == IP_PROTO_ICMPV6 && !skb_copy_bits(skb, IPV6_HLEN, &type, 1) &&
	    type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT) {
		ip6_input(skb);
		return true;
	}
	if (!ipv6_addr_is_linklocal(&h->daddr))
		return false;
	icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
	mib_inc(skb->net, Ip6InDiscards);
	drop(skb, SKB_DROP_REASON_IP_INVALID_DEST);
	return true;
}

int ip6_forward(struct sk_buff *skb)
{
	struct rt6_info *rt = dst_rt6_info(skb->dst);
	const struct ip6_addr *next_hop;
	struct net *net = skb->net;
	struct ipv6hdr *h;
	u32 mtu;

	/* conf.DEV.forwarding alone makes a router of this machine to the hosts there, as Linux. */
	if (!net->ipv6->conf_all.forwarding &&
	    (!skb->dev->ip6_ptr || !skb->dev->ip6_ptr->cnf.force_forwarding)) {
		mib_inc(net, Ip6InAddrErrors);
		return drop(skb, SKB_DROP_REASON_IP_FORWARDING_OFF);
	}
	if (skb->pkt_type != PACKET_HOST)
		return drop(skb, SKB_DROP_REASON_UNICAST_IN_L2_MULTICAST);
	if (skb->bystander)
		return drop(skb, SKB_DROP_REASON_SHARD_BYSTANDER);
	if (unlikely(net->ipv6->nd_tbl.nr_proxies) && proxied(skb))
		return 0;
	if (ipv6_hdr(skb)->hop_limit <= 1)
		return too_many_hops(net, skb);
	if (!source_ok(skb)) {
		mib_inc(net, Ip6InAddrErrors);
		return drop(skb, SKB_DROP_REASON_IP_INVALID_SOURCE);
	}
	if (unlikely(skb->dev == rt->dst.dev))
		ndisc_send_redirect(skb, rt);
	mtu = max_t(u32, ip6_skb_dst_mtu(skb), IPV6_MIN_MTU);
	if (!skb_fits(skb, skb->len, mtu) && !pieces_fit(skb, mtu))
		return too_big(net, skb, mtu);
	if (!skb_cow_head(skb, rt->dst.dev->hard_header_len, IPV6_HLEN)) {
		mib_inc(net, Ip6OutDiscards);
		return drop(skb, SKB_DROP_REASON_NOMEM);
	}
	h = ipv6_hdr(skb);
	h->hop_limit--;
	/* What the card verified on the way in says nothing about the way out. */
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		skb->ip_summed = CHECKSUM_NONE;
	next_hop = rt->has_gateway ? &rt->gateway : &h->daddr;
	trace_skb(net, ip6_forward, skb, h->hop_limit + 1u, h->hop_limit,
		  (u64)rt->dst.dev->ifindex, ip6_word(next_hop, 0), ip6_word(next_hop, 1));
	return NF_HOOK(NFPROTO_IPV6, NF_INET_FORWARD, net, skb, skb->dev, rt->dst.dev,
		       ip6_forward_finish);
}
