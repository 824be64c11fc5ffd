/* SPDX-License-Identifier: MIT */
/*
 * A packet's way in (row I7): the header is checked, options for each hop are obeyed, PRE_ROUTING,
 * a route is found; for this machine: LOCAL_IN, the headers behind the header one after the other,
 * the protocol. Its mirror is ip6_output.c.
 */
#include "base/trace.h"
#include "driver/nic_rss.h"
#include "net/dev_rss.h"
#include "net/ipv6/ip6_impl.h"
#include "net/ipv6/ip6_list_in.h"
#include "wire/icmp6.h"

void inet6_add_protocol(struct net *net, const struct inet6_protocol *prot, u8 protocol)
{
	net->ipv6->protos[protocol] = prot;
}

/* ---- ipv6_rcv ---- */

static enum skb_drop_reason header_error(struct net *net)
{
	mib_inc(net, Ip6InHdrErrors);
	return SKB_DROP_REASON_IP_INHDR;
}

/* RFC 4291 2.5.3, 2.7: what may not come from a link. */
static bool addresses_ok(const struct ipv6hdr *h, const struct net_device *dev)
{
	bool lo = dev->flags & IFF_LOOPBACK_;

	if (ipv6_addr_is_multicast(&h->saddr))
		return false;
	if (!lo && (ipv6_addr_loopback(&h->saddr) || ipv6_addr_loopback(&h->daddr)))
		return false;
	if (!ipv6_addr_is_multicast(&h->daddr))
		return true;
	return (h->daddr.s6_addr[1] & 15) && (lo || (h->daddr.s6_addr[1] & 15) !=
						    IPV6_ADDR_SCOPE_NODELOCAL);
}

/* In Linux's order; link padding goes. */
static enum skb_drop_reason rcv_core(struct sk_buff *skb, struct net_device *dev)
{
	struct net *net = skb->net;
	const struct ipv6hdr *h;
	u32 len;

	if (skb->pkt_type == PACKET_OTHERHOST)
		return SKB_DROP_REASON_OTHERHOST;
	mib_inc(net, Ip6InReceives);
	mib_add(net, Ip6InOctets, skb->len);
	if (!dev->ip6_ptr || dev->ip6_ptr->cnf.disable_ipv6) {
		mib_inc(net, Ip6InDiscards);
		return SKB_DROP_REASON_IPV6DISABLED;
	}
	if (!pskb_may_pull(skb, IPV6_HLEN))
		return header_error(net);
	skb_reset_network_header(skb);
	h = ipv6_hdr(skb);
	if (ip6_version(h) != 6)
		return header_error(net);
	net->mib[MIB_Ip6InNoECTPkts + (ipv6_get_dsfield(h) & INET_ECN_MASK)] += skb_packets(skb);
	if (!addresses_ok(h, dev))
		return header_error(net);
	len = be16_to_cpu(h->payload_len) + (u32)IPV6_HLEN;
	if (len > skb->len) {
		mib_inc(net, Ip6InTruncatedPkts);
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	}
	if (h->payload_len || h->nexthdr != NEXTHDR_HOP)	/* or a jumbogram (RFC 2675) */
		skb_trim(skb, len);
	skb->transport_header = (u16)(skb->network_header + IPV6_HLEN);
	*IP6CB(skb) = (struct inet6_skb_parm){ .nhoff = IPV6_NEXTHDR_OFF,
					       .iif = (u16)dev->ifindex };
	trace_skb(net, ipv6_rcv, skb, h->hop_limit, h->nexthdr, ip6_word(&h->saddr, 0),
		  ip6_word(&h->saddr, 1), ip6_word(&h->daddr, 0), ip6_word(&h->daddr, 1));
	return SKB_CONSUMED;
}

static const char *route_text(const struct rt6_info *rt)
{
	switch (rt->type) {
	case RTN_UNICAST: return "forward";
	case RTN_LOCAL: return "local";
	case RTN_MULTICAST: return "multicast";
	default: return "refused";
	}
}

static int ip6_rcv_finish(struct net *net, struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	enum skb_drop_reason reason = SKB_CONSUMED;
	const struct rt6_info *rt;

	/* Looped packets bring their route with them. */
	if (!skb->dst)
		reason = ip6_route_input(skb);
	if (unlikely(reason)) {
		kfree_skb_reason(skb, reason);
		return -EINVAL;
	}
	rt = dst_rt6_info(skb->dst);
	if (rt->type == RTN_MULTICAST) {
		mib_inc(net, Ip6InMcastPkts);
		mib_add(net, Ip6InMcastOctets, skb->len);
	}
	trace_skb(net, ip6_rcv_finish, skb, ip6_word(&h->daddr, 0), ip6_word(&h->daddr, 1),
		  TRACE_STR(route_text(rt)), (u64)(rt->dst.dev ? rt->dst.dev->ifindex : 0));
	return skb->dst->input(skb);
}

int ipv6_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	enum skb_drop_reason reason = rcv_core(skb, dev);

	(void)pt;
	if (unlikely(reason)) {
		kfree_skb_reason(skb, reason);
		return -EINVAL;
	}
	if (unlikely(ipv6_hdr(skb)->nexthdr == NEXTHDR_HOP) && !ipv6_parse_hopopts(skb))
		return -EINVAL;
	return NF_HOOK(NFPROTO_IPV6, NF_INET_PRE_ROUTING, skb->net, skb, dev, NULL, ip6_rcv_finish);
}

/* Those that may go straight do; all others one by one. */
void ipv6_list_rcv(struct sk_buff **skb, u32 n, struct net_device *dev, struct packet_type *pt)
{
	const struct netns_ipv6 *ip6 = dev->net->ipv6;
	bool unwatched = ip6_in_unwatched(dev->net);

	for (u32 i = 0, taken; i < n; i += taken) {
		const struct ipv6hdr *h = (const void *)skb[i]->data;
		const struct inet6_protocol *prot =
			skb_headlen(skb[i]) < IPV6_HLEN ? NULL : ip6->protos[h->nexthdr];

		taken = 0;
		if (unwatched && prot && prot->list_rcv)
			taken = prot->list_rcv(skb + i, n - i, dev);
		else if (unwatched)
			taken = ipv6_rcv_straight(skb[i], dev);
		if (taken)
			continue;
		ipv6_rcv(skb[i], dev, pt);
		taken = 1;
	}
}

/* ---- for this machine ---- */

/* RFC 4443 3.4: nobody speaks what the byte at nhoff names (PI-37), unless a raw socket did. */
static int no_protocol(struct net *net, struct sk_buff *skb, bool raw)
{
	if (raw) {
		mib_inc(net, Ip6InDelivers);
		consume_skb(skb);
		return 0;
	}
	mib_inc(net, Ip6InUnknownProtos);
	icmpv6_param_prob(skb, ICMPV6_UNK_NEXTHDR, IP6CB(skb)->nhoff, SKB_DROP_REASON_IP_NOPROTO);
	return -EINVAL;
}

/* What stands at off and is named by nexthdr is the upper layer's. */
static int deliver(struct net *net, struct sk_buff *skb, u8 nexthdr, u32 off)
{
	const struct inet6_protocol *prot = net->ipv6->protos[nexthdr];
	bool raw = false;

	if (!pskb_may_pull(skb, off)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return -EINVAL;
	}
	skb_pull(skb, off);
	skb_reset_transport_header(skb);
	trace_skb(net, ip6_input, skb, nexthdr, off);
	if (net->ipv6->raw_rcv)
		raw = net->ipv6->raw_rcv(skb, nexthdr);
	if (unlikely(!prot))
		return no_protocol(net, skb, raw);
	mib_inc(net, Ip6InDelivers);
	return prot->handler(skb);
}

static u8 nexthdr_at(const struct sk_buff *skb)
{
	return skb_network_header(skb)[IP6CB(skb)->nhoff];
}

static bool is_home(struct sk_buff *skb)
{
	const struct nic_rss *rss = dev_rss(skb->dev);
	u32 linear = skb_headlen(skb) - (skb->network_header - skb_headroom(skb));

	return !rss || dev_rss_is_home(skb, rss, nic_rss_steer_ipv6(rss, skb_network_header(skb),
								    linear));
}

/* RFC 8200 4: in the order in which they come; each takes 8 bytes at least, so this ends. */
static int ip6_input_finish(struct net *net, struct sk_buff *skb)
{
	u32 off = (u32)(skb->transport_header - skb->network_header);

	for (;;) {
		u8 nexthdr = nexthdr_at(skb);

		switch (nexthdr) {
		case NEXTHDR_DEST:
			off = ipv6_destopt_rcv(skb, off);
			break;
		case NEXTHDR_ROUTING:
			off = ipv6_rthdr_rcv(skb, off);
			break;
		case NEXTHDR_FRAGMENT:
			off = ipv6_frag_rcv(&skb, off);
			if (off && !is_home(skb)) {
				kfree_skb_reason(skb, SKB_DROP_REASON_SHARD_BYSTANDER);
				return 0;
			}
			break;
		case NEXTHDR_NONE:		/* RFC 8200 4.7: that was all */
			consume_skb(skb);
			return 0;
		default:
			return deliver(net, skb, nexthdr, off);
		}
		if (!off)
			return 0;
	}
}

int ip6_input(struct sk_buff *skb)
{
	return NF_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, skb->net, skb, skb->dev, NULL,
		       ip6_input_finish);
}

/* A group, if the device is in it. */
int ip6_mc_input(struct sk_buff *skb)
{
	const struct inet6_dev *idev = in6_dev_get(skb->dev);

	if (idev && ipv6_chk_mcast_addr(idev, &ipv6_hdr(skb)->daddr, &ipv6_hdr(skb)->saddr))
		return ip6_input(skb);
	kfree_skb_reason(skb, SKB_DROP_REASON_IP_INVALID_DEST);
	return -EINVAL;
}

/* ---- the straight way ---- */

/* Sound, and with nothing between it and the transport's. */
static __always_inline bool header_is_plain(const struct ipv6hdr *h, u32 len,
					    const struct net_device *dev)
{
	return ip6_version(h) == 6 && (h->nexthdr == IP_PROTO_TCP || h->nexthdr == IP_PROTO_UDP) &&
	       be16_to_cpu(h->payload_len) + (u32)IPV6_HLEN <= len && addresses_ok(h, dev);
}

/*
 * ipv6_rcv() to deliver() in one step, where each would look and find nothing to do; its mirror is
 * ip_rcv_straight().
 */
bool ipv6_rcv_straight(struct sk_buff *skb, struct net_device *dev)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	const struct inet6_dev *idev = dev->ip6_ptr;
	const struct inet6_protocol *prot;
	struct net *net = dev->net;

	if (unlikely(!idev || idev->cnf.disable_ipv6 || skb->pkt_type != PACKET_HOST ||
		     skb_headlen(skb) < IPV6_HLEN || !ip6_route_input_known(net, idev, &h->daddr)))
		return false;
	prot = net->ipv6->protos[h->nexthdr];
	if (unlikely(!prot || skb->dst || !ip6_in_unwatched(net) ||
		     !header_is_plain(h, skb->len, dev)))
		return false;
	mib_inc(net, Ip6InReceives);
	mib_add(net, Ip6InOctets, skb->len);
	net->mib[MIB_Ip6InNoECTPkts + (ipv6_get_dsfield(h) & INET_ECN_MASK)] += skb_packets(skb);
	mib_inc(net, Ip6InDelivers);
	skb_trim(skb, be16_to_cpu(h->payload_len) + (u32)IPV6_HLEN);
	*IP6CB(skb) = (struct inet6_skb_parm){ .nhoff = IPV6_NEXTHDR_OFF,
					       .iif = (u16)dev->ifindex };
	skb->dst = dst_hold(idev->last.dst);
	skb_pull(skb, IPV6_HLEN);
	skb->transport_header = (u16)(skb->network_header + IPV6_HLEN);
	prot->handler(skb);
	return true;
}
