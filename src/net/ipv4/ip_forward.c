/* SPDX-License-Identifier: MIT */
/* A packet for somebody else (rows R1, R2): what a router does between ip_rcv and ip_output. */
#include "base/trace.h"
#include "net/icmp_limit.h"
#include "net/ipv4/icmp_impl.h"
#include "net/ipv4/ip_batch.h"
#include "net/ipv4/ip_options.h"
#include "wire/icmp.h"

#define ROUTE_ERROR_COST NSEC_PER_SEC
#define ROUTE_ERROR_BURST (5 * NSEC_PER_SEC)

static int ip_forward_finish(struct net *net, struct sk_buff *skb)
{
	mib_inc(net, IpForwDatagrams);
	if (unlikely(IPCB(skb)->opt.optlen))
		ip_forward_options(skb);
	return dst_output(net, skb);
}

static bool drop(struct sk_buff *skb, enum skb_drop_reason reason)
{
	kfree_skb_reason(skb, reason);
	return false;
}

/* RFC 1812 5.3.1 */
static bool too_many_hops(struct net *net, struct sk_buff *skb)
{
	mib_inc(net, IpInHdrErrors);
	icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	return drop(skb, SKB_DROP_REASON_IP_TTL_EXPIRED);
}

/* RFC 1191 4: the sender is told the next MTU. */
static bool too_big(struct net *net, struct sk_buff *skb, u32 mtu)
{
	mib_inc(net, IpFragFails);
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, cpu_to_be32(mtu));
	return drop(skb, SKB_DROP_REASON_PKT_TOO_BIG);
}

static bool may_not_fragment(const struct sk_buff *skb, u32 mtu)
{
	return !skb_fits(skb, skb->len, mtu) && ip_hdr(skb)->frag_off & cpu_to_be16(IP_DF);
}

/* RFC 1812 5.2.7.2: back out of the device that it came by, to a router that the sender could
 * have used itself. */
static bool wants_redirect(const struct sk_buff *skb, const struct rtable *rt)
{
	const struct in_device *in_dev = skb->dev->ip_ptr;
	be32 next_hop = rt->gateway ? rt->gateway : ip_hdr(skb)->daddr;

	return rt->dst.dev == skb->dev && IN_DEV_ORCONF(in_dev, skb->net, send_redirects) &&
	       !IPCB(skb)->opt.srr && inet_addr_onlink(in_dev, ip_hdr(skb)->saddr, 0) &&
	       inet_addr_onlink(in_dev, next_hop, 0);
}

/* What is told to the sender overtakes nobody, should it leave by the same device. */
static __noinline void leave_first(struct xmit_batch *before)
{
	if (before)
		xmit_batch_flush(before);
}

/* Whether it may go on, its TTL one lower; else it was dropped with what RFC 1812 says to that.
 * before: those that are not sent yet, or NULL. */
static __always_inline bool forward_begin(struct net *net, struct sk_buff *skb,
					  struct xmit_batch *before)
{
	struct rtable *rt = dst_rtable(skb->dst);
	struct net_device *out = rt->dst.dev;
	struct iphdr *iph = ip_hdr(skb);
	u32 mtu;

	/* RFC 1812 5.3.4: what came in a link broadcast is not forwarded. */
	if (unlikely(skb->pkt_type != PACKET_HOST))
		return drop(skb, SKB_DROP_REASON_UNICAST_IN_L2_MULTICAST);
	if (unlikely(skb->bystander))
		return drop(skb, SKB_DROP_REASON_SHARD_BYSTANDER);
	if (unlikely(iph->ttl <= 1)) {
		leave_first(before);
		return too_many_hops(net, skb);
	}
	if (unlikely(IPCB(skb)->opt.srr_is_hit && IPCB(skb)->opt.is_strictroute && rt->gateway)) {
		leave_first(before);
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
		return drop(skb, SKB_DROP_REASON_IP_INHDR);
	}
	mtu = ip_skb_dst_mtu(skb);
	if (unlikely(may_not_fragment(skb, mtu))) {
		leave_first(before);
		return too_big(net, skb, mtu);
	}
	if (unlikely(wants_redirect(skb, rt))) {
		leave_first(before);
		icmp_redirect_send(skb, rt->gateway ? rt->gateway : iph->daddr);
	}
	if (unlikely(!skb_cow_head(skb, out->hard_header_len, iph_hlen(iph)))) {
		mib_inc(net, IpOutDiscards);
		return drop(skb, SKB_DROP_REASON_NOMEM);
	}
	iph = ip_hdr(skb);
	ip_decrease_ttl(iph);
	/* What the card verified on the way in says nothing about the way out. */
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		skb->ip_summed = CHECKSUM_NONE;
	trace_skb(net, ip_forward, skb, iph->ttl + 1u, iph->ttl, (u64)out->ifindex,
		  rt->gateway ? rt->gateway : iph->daddr);
	return true;
}

int ip_forward(struct sk_buff *skb)
{
	struct net *net = skb->net;

	if (!forward_begin(net, skb, NULL))
		return -EINVAL;
	return NF_HOOK(NFPROTO_IPV4, NF_INET_FORWARD, net, skb, skb->dev, skb->dst->dev,
		       ip_forward_finish);
}

void ip_forward_list(struct net *net, struct sk_buff **skb, u32 n)
{
	struct xmit_batch out;

	xmit_batch_init(&out);
	for (u32 i = 0; i < n; i++) {
		if (!forward_begin(net, skb[i], &out) ||
		    !nf_hook(NFPROTO_IPV4, NF_INET_FORWARD, net, skb[i], skb[i]->dev,
			     skb[i]->dst->dev, ip_forward_finish))
			continue;
		mib_inc(net, IpForwDatagrams);
		if (unlikely(IPCB(skb[i])->opt.optlen))
			ip_forward_options(skb[i]);
		ip_output_batch(net, skb[i], &out);
	}
	xmit_batch_flush(&out);
}

/* No route, or one that refuses (RFC 1812 5.2.7.1). Whoever asks for what is not there is told less
 * often than ICMP's own limits would: Linux's net.ipv4.route.error_cost and error_burst. */
int ip_error(struct sk_buff *skb)
{
	struct net *net = skb->net;

	if (skb->dst->error == -ENETUNREACH)
		mib_inc(net, IpExtInNoRoutes);
	if (!icmp_peer_take(net, net->ipv4->icmp_limit, ip_hdr(skb)->saddr, ICMP_LIMIT_ERROR,
			    ROUTE_ERROR_COST, ROUTE_ERROR_BURST)) {
		drop(skb, SKB_DROP_REASON_IP_INNOROUTES);
		return -EINVAL;
	}
	switch (skb->dst->error) {
	case -EHOSTUNREACH:
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
		break;
	case -ENETUNREACH:
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_NET_UNREACH, 0);
		break;
	case -EACCES:
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0);
		break;
	default:
		break;
	}
	drop(skb, SKB_DROP_REASON_IP_INNOROUTES);
	return -EINVAL;
}
