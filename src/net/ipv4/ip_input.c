/* SPDX-License-Identifier: MIT */
/*
 * A packet's way in (row I7): the header is checked, PRE_ROUTING, a route is found; for this
 * machine: put together when it came in fragments, LOCAL_IN, handed to its protocol.
 * Its mirror is ip_output.c.
 */
#include "base/trace.h"
#include "driver/nic_rss.h"
#include "net/dev_rss.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"
#include "net/ipv4/ip_list_in.h"
#include "net/ipv4/ip_options.h"
#include "wire/icmp.h"

void inet_add_protocol(struct net *net, const struct net_protocol *prot, u8 protocol)
{
	net->ipv4->protos[protocol] = prot;
}

/* ---- ip_rcv ---- */

static enum skb_drop_reason header_error(struct net *net, enum wire_err err)
{
	if (err == WIRE_TRUNC) {
		mib_inc(net, IpExtInTruncatedPkts);
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	}
	mib_inc(net, IpInHdrErrors);
	if (err != WIRE_CSUM)
		return SKB_DROP_REASON_IP_INHDR;
	mib_inc(net, IpExtInCsumErrors);
	return SKB_DROP_REASON_IP_CSUM;
}

/* A header with options, or something is wrong. */
static __noinline enum skb_drop_reason check_header(struct sk_buff *skb, struct net *net)
{
	enum wire_err err;

	if (unlikely(!pskb_may_pull(skb, IPV4_HLEN)))
		return header_error(net, WIRE_SHORT);
	/* The rest of a longer header; where that fails, the parse says what is wrong. */
	if (unlikely(iph_hlen((const void *)skb->data) > IPV4_HLEN) &&
	    !pskb_may_pull(skb, iph_hlen((const void *)skb->data)))
		return header_error(net, WIRE_SHORT);
	err = ipv4_check(skb->data, skb->len);
	return unlikely(err) ? header_error(net, err) : SKB_CONSUMED;
}

/* RFC 1122 3.2.1: version, lengths, checksum; link padding goes. */
static __always_inline enum skb_drop_reason ip_rcv_core(struct sk_buff *skb, struct net *net)
{
	const struct iphdr *iph = (const void *)skb->data;
	enum skb_drop_reason reason;

	if (unlikely(skb_headlen(skb) < IPV4_HLEN || !ipv4_is_plain(iph, skb->len))) {
		reason = check_header(skb, net);
		if (reason)
			return reason;
	}
	skb_reset_network_header(skb);
	iph = ip_hdr(skb);
	net->mib[MIB_IpExtInNoECTPkts + (iph->tos & INET_ECN_MASK)] += skb_packets(skb);
	if (skb->len > be16_to_cpu(iph->tot_len))
		skb_trim(skb, be16_to_cpu(iph->tot_len));
	skb->transport_header = (u16)(skb->network_header + iph_hlen(iph));
	IPCB(skb)->opt = (struct ip_options){ 0 };
	trace_skb(net, ip_rcv, skb, iph->ttl, iph->protocol, be16_to_cpu(iph->tot_len),
		  be16_to_cpu(iph->id), iph->saddr, iph->daddr);
	return SKB_CONSUMED;
}

/* ---- for this machine ---- */

/* Nobody speaks its protocol (RFC 1122 3.2.2.1), unless a raw socket took a copy. */
static int no_protocol(struct net *net, struct sk_buff *skb, bool raw)
{
	if (raw) {
		mib_inc(net, IpInDelivers);
		consume_skb(skb);
		return 0;
	}
	mib_inc(net, IpInUnknownProtos);
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
	kfree_skb_reason(skb, SKB_DROP_REASON_IP_NOPROTO);
	return -EINVAL;
}

static __always_inline int ip_local_deliver_finish(struct net *net, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	u32 hlen = iph_hlen(iph);
	u8 protocol = iph->protocol;
	const struct net_protocol *prot = net->ipv4->protos[protocol];
	bool raw = false;

	skb_pull(skb, hlen);
	skb_reset_transport_header(skb);
	trace_skb(net, ip_local_deliver, skb, protocol, hlen);
	if (net->ipv4->raw_rcv)
		raw = net->ipv4->raw_rcv(skb, protocol);
	if (unlikely(!prot))
		return no_protocol(net, skb, raw);
	mib_inc(net, IpInDelivers);
	return prot->handler(skb);
}

/* Ports or ICMP's header: what the first fragment began with is linear. */
static bool is_home(struct sk_buff *skb)
{
	const struct nic_rss *rss = skb->dev ? dev_rss(skb->dev) : NULL;

	return !rss || dev_rss_is_home(skb, rss,
				       nic_rss_steer_ipv4(rss, skb->data, skb_headlen(skb)));
}

static __always_inline int local_deliver(struct sk_buff *skb)
{
	struct net *net = skb->net;

	if (unlikely(ip_is_fragment(ip_hdr(skb)))) {
		skb = ip_defrag(skb);
		if (!skb)
			return 0;
		if (!is_home(skb)) {
			kfree_skb_reason(skb, SKB_DROP_REASON_SHARD_BYSTANDER);
			return 0;
		}
	}
	return NF_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, net, skb, skb->dev, NULL,
		       ip_local_deliver_finish);
}

int ip_local_deliver(struct sk_buff *skb)
{
	return local_deliver(skb);
}

/* ---- ip_rcv_finish ---- */

static const char *route_text(const struct rtable *rt)
{
	switch (rt->type) {
	case RTN_UNICAST: return "forward";
	case RTN_LOCAL: return "local";
	case RTN_BROADCAST: return "broadcast";
	case RTN_MULTICAST: return "multicast";
	default: return "refused";
	}
}

static void trace_route(struct net *net, struct sk_buff *skb, const struct rtable *rt)
{
	trace_skb(net, ip_rcv_finish, skb, ip_hdr(skb)->daddr, TRACE_STR(route_text(rt)), rt->table,
		  (u64)(rt->dst.dev ? rt->dst.dev->ifindex : 0), rt->gateway);
}

static void count_multi(struct net *net, const struct sk_buff *skb, const struct rtable *rt)
{
	if (rt->type == RTN_MULTICAST) {
		mib_inc(net, IpExtInMcastPkts);
		mib_add(net, IpExtInMcastOctets, skb->len);
	} else if (rt->type == RTN_BROADCAST) {
		mib_inc(net, IpExtInBcastPkts);
		mib_add(net, IpExtInBcastOctets, skb->len);
	}
}

static enum skb_drop_reason rcv_with_options(struct sk_buff *skb, struct net_device *dev)
{
	enum skb_drop_reason reason = ip_rcv_options(skb, dev);

	if (!reason && IPCB(skb)->opt.srr)
		reason = ip_options_rcv_srr(skb, dev);
	return reason;
}

/* What is for this machine, nearly everything on a host, goes on without a call by pointer. */
static __always_inline int dst_input(struct sk_buff *skb)
{
	return likely(skb->dst->input == ip_local_deliver) ? local_deliver(skb) :
							     skb->dst->input(skb);
}

/* Here, not where routes are looked up: ARP and "ip route get" ask there too, without a packet. */
static __noinline void count_unroutable(struct net *net, enum skb_drop_reason reason)
{
	if (reason == SKB_DROP_REASON_IP_FORWARDING_OFF ||
	    reason == SKB_DROP_REASON_IP_INVALID_SOURCE ||
	    reason == SKB_DROP_REASON_IP_INVALID_DEST)
		mib_inc(net, IpInAddrErrors);
}

/* Behind the route: options, counters. False: it was dropped. */
static __always_inline bool routed(struct net *net, struct sk_buff *skb,
				   enum skb_drop_reason reason)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct rtable *rt;

	if (unlikely(reason))
		count_unroutable(net, reason);
	if (!reason && unlikely(iph_hlen(iph) > IPV4_HLEN))
		reason = rcv_with_options(skb, skb->dev);
	if (unlikely(reason)) {
		kfree_skb_reason(skb, reason);
		return false;
	}
	rt = dst_rtable(skb->dst);
	count_multi(net, skb, rt);
	if (unlikely(net->trace))
		trace_route(net, skb, rt);
	return true;
}

static __always_inline int ip_rcv_finish(struct net *net, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	enum skb_drop_reason reason = SKB_CONSUMED;

	/* Looped packets bring their route with them. */
	if (likely(!skb->dst))
		reason = ip_route_input(skb, iph->daddr, iph->saddr, iph->tos, skb->dev);
	return routed(net, skb, reason) ? dst_input(skb) : -EINVAL;
}

/* Up to PRE_ROUTING. False: it was dropped. */
static __always_inline bool rcv_begin(struct net *net, struct sk_buff *skb)
{
	enum skb_drop_reason reason = SKB_DROP_REASON_OTHERHOST;

	if (likely(skb->pkt_type != PACKET_OTHERHOST)) {
		mib_inc(net, IpInReceives);
		mib_add(net, IpExtInOctets, skb->len);
		reason = ip_rcv_core(skb, net);
		if (likely(!reason))
			return true;
	}
	kfree_skb_reason(skb, reason);
	return false;
}

int ip_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	struct net *net = dev->net;

	(void)pt;
	if (!rcv_begin(net, skb))
		return -EINVAL;
	return NF_HOOK(NFPROTO_IPV4, NF_INET_PRE_ROUTING, net, skb, dev, NULL, ip_rcv_finish);
}

/* ---- the straight way ---- */

/*
 * ip_rcv() to ip_local_deliver_finish() in one step, where each would look and find nothing to do:
 * no rules, no raw socket, a sound header without options, no fragment, and from and to whom the
 * packet before it was. All is asked for each packet. (src/stack_straight_test.c compares.)
 */
bool ip_rcv_straight(struct sk_buff *skb, struct net_device *dev)
{
	const struct iphdr *iph = (const void *)skb->data;
	const struct in_device *in_dev = dev->ip_ptr;
	const struct net_protocol *prot;
	struct net *net = dev->net;

	if (unlikely(!in_dev || skb->pkt_type != PACKET_HOST || skb_headlen(skb) < IPV4_HLEN ||
		     !ip_route_input_known(in_dev, iph->daddr, iph->saddr)))
		return false;
	prot = net->ipv4->protos[iph->protocol];
	if (unlikely(!prot || skb->dst || !ip_in_unwatched(net) || ip_is_fragment(iph) ||
		     !ipv4_is_plain(iph, skb->len)))
		return false;
	mib_inc(net, IpInReceives);
	mib_add(net, IpExtInOctets, skb->len);
	net->mib[MIB_IpExtInNoECTPkts + (iph->tos & INET_ECN_MASK)] += skb_packets(skb);
	mib_inc(net, IpInDelivers);
	skb_trim(skb, be16_to_cpu(iph->tot_len));
	IPCB(skb)->opt = (struct ip_options){ 0 };
	skb->dst = dst_hold(in_dev->last.dst);
	skb_pull(skb, IPV4_HLEN);
	skb->transport_header = (u16)(skb->network_header + IPV4_HLEN);
	prot->handler(skb);
	return true;
}

/* ---- lists ---- */

/* Who stays has a route; *forward: all are for others. */
static u32 route_list(struct net *net, struct sk_buff **skb, u32 n, bool *forward)
{
	u32 kept = 0;

	for (u32 i = 0; i < n; i++) {
		struct sk_buff *s = skb[i];
		const struct iphdr *iph = ip_hdr(s);
		enum skb_drop_reason reason = SKB_CONSUMED;

		if (unlikely(!s->dst))
			reason = ip_route_input(s, iph->daddr, iph->saddr, iph->tos, s->dev);
		if (unlikely(!routed(net, s, reason)))
			continue;
		*forward &= s->dst->input == ip_forward;
		skb[kept++] = s;
	}
	return kept;
}

/* Those that are forwarded go on in runs, all others one by one. */
static void input_list(struct net *net, struct sk_buff **skb, u32 n)
{
	for (u32 i = 0, from; i < n;) {
		if (skb[i]->dst->input != ip_forward) {
			dst_input(skb[i++]);
			continue;
		}
		for (from = i; i < n && skb[i]->dst->input == ip_forward;)
			i++;
		ip_forward_list(net, skb + from, i - from);
	}
}

/* Each step for all of them before the next. */
static void list_rcv(struct net *net, struct sk_buff **skb, u32 n, struct net_device *dev)
{
	bool forward = true;
	u32 kept = 0;

	for (u32 i = 0; i < n; i++) {
		if (!rcv_begin(net, skb[i]))
			continue;
		fib_lpm_prefetch(&net->ipv4->fib->main.lpm, be32_to_cpu(ip_hdr(skb[i])->daddr));
		skb[kept++] = skb[i];
	}
	kept = nf_hook_list(NFPROTO_IPV4, NF_INET_PRE_ROUTING, net, skb, kept, dev, ip_rcv_finish);
	ip_route_input_list(skb, kept, dev);
	kept = route_list(net, skb, kept, &forward);
	if (likely(forward))
		ip_forward_list(net, skb, kept);
	else
		input_list(net, skb, kept);
}

static const struct net_protocol *protocol_of(const struct net *net, const struct sk_buff *skb)
{
	return skb_headlen(skb) < IPV4_HLEN ? NULL :
	       net->ipv4->protos[((const struct iphdr *)(const void *)skb->data)->protocol];
}

/* The first packet behind the first one that may go straight: for the address that was last. */
static u32 find_straight(const struct net *net, struct sk_buff *const *skb, u32 n,
			 const struct net_device *dev)
{
	const struct in_device *in_dev = dev->ip_ptr;
	u32 i = 1;

	for (; i < n && in_dev; i++) {
		const struct net_protocol *prot = protocol_of(net, skb[i]);

		if (prot && prot->list_rcv &&
		    ((const struct iphdr *)(const void *)skb[i]->data)->daddr == in_dev->last.daddr)
			return i;
	}
	return n;
}

void ip_list_rcv(struct sk_buff **skb, u32 n, struct net_device *dev, struct packet_type *pt)
{
	struct net *net = dev->net;
	const struct net_protocol *prot;
	u32 at = 0, end;

	(void)pt;
	if (unlikely(!ip_in_unwatched(net))) {
		list_rcv(net, skb, n, dev);
		return;
	}
	for (; at < n; at = end) {
		prot = protocol_of(net, skb[at]);
		end = at;
		if (prot && prot->list_rcv)
			end += prot->list_rcv(skb + at, n - at, dev);
		else
			end += ip_rcv_straight(skb[at], dev);
		if (end != at)
			continue;
		end += find_straight(net, skb + at, n - at, dev);
		list_rcv(net, skb + at, end - at, dev);
	}
}
