/* SPDX-License-Identifier: MIT */
/* ICMP messages that this machine makes (row I5): errors about packets, with their limits. */
#include "base/trace.h"
#include "base/skb_share.h"
#include "net/fwmark.h"
#include "net/icmp_limit.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/icmp_impl.h"
#include "net/ipv4/ip_options.h"

#define ICMP_QUOTE_PACKET 576		/* RFC 1812 4.3.2.3: the whole error is at most this long */
#define ICMP_HEADROOM 64		/* MAC and IP header in front, and more */
#define TOS_KEEP 0x1e
#define TOS_INTERNETCONTROL 0xc0	/* RFC 1812 4.3.2.5: precedence 6 */
#define REDIRECT_INTERVAL NSEC_PER_SEC

static void xmit_with_options(struct net *net, struct sk_buff *skb, const struct ip_xmit *x,
			      const u8 *opts, u8 optlen)
{
	struct ipv4_view v = {
		.hlen = (u8)(IPV4_HLEN + optlen), .tos = x->tos, .opts = opts,
		.ttl = (u8)net->sysctl.ip_default_ttl, .protocol = x->protocol,
		.id = ip_select_ident(net, x->saddr, x->daddr, x->protocol, 1),
		.saddr = x->saddr, .daddr = x->daddr,
	};

	if (!skb_cow_head(skb, v.hlen, 0)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return;
	}
	ipv4_build(skb_push(skb, v.hlen), &v);
	ip_local_out(net, skb);
}

void icmp_push_reply(struct sk_buff *skb, const struct ip_xmit *x, const u8 *opts, u8 optlen)
{
	struct net *net = skb->net;
	const struct icmphdr *ih = (const void *)skb->data;

	trace_skb(net, icmp_send, skb, ih->type, ih->code, x->daddr);
	icmp_count_out(net, ih->type);
	net->ipv4->icmp_xmit = true;
	if (likely(!optlen))
		ip_queue_xmit(net, skb, x);
	else
		xmit_with_options(net, skb, x, opts, optlen);
	net->ipv4->icmp_xmit = false;
}

/* ---- whether ---- */

/* The ICMP type of an ICMP packet whose IP header stands at off; -1: cut off. */
static int inner_icmp_type(const struct sk_buff *skb, u32 off)
{
	u8 type;

	if (skb_copy_bits(skb, off + iph_hlen(ip_hdr(skb)), &type, 1))
		return -1;
	return type;
}

/* RFC 1122 3.2.2, RFC 1812 4.3.2.7: what is never answered with an error. */
static bool may_answer(const struct sk_buff *skb, u32 off, u8 type)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct rtable *rt = dst_rtable(skb->dst);

	if (skb->pkt_type != PACKET_HOST)
		return false;
	if (rt->type == RTN_BROADCAST || rt->type == RTN_MULTICAST)
		return false;
	if (ipv4_is_zeronet(iph->saddr) || ipv4_is_multicast(iph->saddr) ||
	    ipv4_is_lbcast(iph->saddr))
		return false;
	if (iph->frag_off & CONST_BE16(IP_OFFSET))
		return false;
	if (icmp_is_error(type) && iph->protocol == IP_PROTO_ICMP) {
		int inner = inner_icmp_type(skb, off);

		return inner >= 0 && inner <= ICMP_ADDRESSREPLY && !icmp_is_error((u8)inner);
	}
	return true;
}

/* Path MTU discovery needs its errors; others are limited when the mask says so. */
static bool is_limited(const struct net *net, u8 type, u8 code)
{
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		return false;
	return type < 32 && (u32)net->sysctl.icmp_ratemask & BIT(type);
}

bool icmp_within_limits(struct net *net, const struct rtable *rt, be32 daddr, u8 type, u8 code)
{
	struct icmp_limit *limit = net->ipv4->icmp_limit;

	if (likely(!is_limited(net, type, code)) || rt->dst.dev->flags & IFF_LOOPBACK_)
		return true;
	if (!icmp_peer_allow(net, limit, daddr, ICMP_LIMIT_ERROR,
			     ms_to_ktime(net->sysctl.icmp_ratelimit))) {
		mib_inc(net, IcmpOutRateLimitHost);
		return false;
	}
	if (!icmp_global_allow(net, limit)) {
		mib_inc(net, IcmpOutRateLimitGlobal);
		return false;
	}
	return true;
}

/* ---- what ---- */

static struct icmp_view error_view(u8 type, u8 code, be32 info)
{
	struct icmp_view v = { .type = type, .code = code };

	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		v.mtu = (u16)min_t(u32, be32_to_cpu(info), UINT16_MAX);
	else if (type == ICMP_PARAMETERPROB)
		v.pointer = (u8)(be32_to_cpu(info) >> 24);
	else if (type == ICMP_REDIRECT)
		v.gateway = info;
	return v;
}

/* An ICMP error that quotes skb_in from off on. NULL: no memory. */
static struct sk_buff *build_error(struct sk_buff *skb_in, u32 off, u32 room,
				   const struct icmp_view *v)
{
	struct net *net = skb_in->net;
	u32 quote = min(skb_in->len - off, room);
	struct sk_buff *skb = alloc_skb(net, SKB_ROOM);
	struct icmphdr *ih;

	if (!skb)
		return NULL;
	skb_reserve(skb, ICMP_HEADROOM);
	icmp_build_hdr(skb_put(skb, ICMP_HLEN), v);
	if (skb_share_bits(skb, skb_in, off, quote)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	ih = (void *)skb->data;
	ih->checksum = csum_fold(skb_checksum(skb, 0, skb->len, 0));
	return skb;
}

/* The address that was asked for, if it is ours; else (0) that of the way back, unless
 * icmp_errors_use_inbound_ifaddr wants that of the way in. */
static be32 error_source(const struct sk_buff *skb_in, const struct rtable *rt_in)
{
	const struct iphdr *iph = ip_hdr(skb_in);

	if (rt_in->type == RTN_LOCAL)
		return iph->daddr;
	if (!rt_in->is_input || !skb_in->net->sysctl.icmp_errors_use_inbound_ifaddr)
		return 0;
	return inet_select_addr(skb_in->dev, iph->saddr, RT_SCOPE_LINK);
}

/* data stands at or before the network header, off bytes before it. */
static void send_error(struct sk_buff *skb_in, u32 off, const struct icmp_view *v)
{
	struct net *net = skb_in->net;
	const struct iphdr *iph = ip_hdr(skb_in);
	const struct rtable *rt_in = dst_rtable(skb_in->dst);
	struct flowi4 fl = {
		.daddr = iph->saddr,
		.saddr = error_source(skb_in, rt_in),
		.proto = IP_PROTO_ICMP, .mark = ip4_reply_mark(net, skb_in->mark),
		/* The way that replies to skb_in would go. */
		.multipath_hash = fib_multipath_hash(net, skb_in),
	};
	struct ip_xmit x = { .daddr = iph->saddr, .protocol = IP_PROTO_ICMP };
	u8 opts[IPV4_OPTLEN_MAX];
	struct sk_buff *skb;
	struct rtable *rt;
	int optlen;
	u32 room;

	x.tos = (u8)((iph->tos & TOS_KEEP) | TOS_INTERNETCONTROL);
	if (ip_route_output(net, &fl, &rt))
		return;
	x.saddr = fl.saddr;
	if (!icmp_within_limits(net, rt, x.daddr, v->type, v->code)) {
		dst_release(&rt->dst);
		return;
	}
	optlen = ip_options_echo(net, iph, fl.saddr, opts);
	if (optlen < 0) {
		dst_release(&rt->dst);
		return;
	}
	room = min_t(u32, dst_mtu(&rt->dst, x.daddr), ICMP_QUOTE_PACKET) - IPV4_HLEN -
	       (u32)optlen - ICMP_HLEN;
	skb = build_error(skb_in, off, room, v);
	if (!skb) {
		mib_inc(net, IcmpOutErrors);
		dst_release(&rt->dst);
		return;
	}
	nf_ct_attach(&skb->nfct, skb_in->nfct);
	skb_dst_set(skb, &rt->dst);
	skb->mark = fl.mark;
	icmp_push_reply(skb, &x, opts, (u8)optlen);
}

void icmp_send(struct sk_buff *skb_in, u8 type, u8 code, be32 info)
{
	struct icmp_view v = error_view(type, code, info);
	u8 *nh = skb_network_header(skb_in);
	u32 back = skb_in->data > nh ? (u32)(skb_in->data - nh) : 0, off;

	if (!skb_in->dst || skb_in->net->exiting || skb_in->bystander ||
	    skb_in->net->ipv4->icmp_xmit)
		return;
	skb_push(skb_in, back);		/* what was pulled is quoted too */
	off = (u32)(nh - skb_in->data);
	if (may_answer(skb_in, off, type))
		send_error(skb_in, off, &v);
	skb_pull(skb_in, back);
}

void icmp_redirect_send(struct sk_buff *skb, be32 gateway)
{
	struct net *net = skb->net;

	if (icmp_peer_allow(net, net->ipv4->icmp_limit, ip_hdr(skb)->saddr, ICMP_LIMIT_REDIRECT,
			    REDIRECT_INTERVAL))
		icmp_send(skb, ICMP_REDIRECT, ICMP_REDIR_HOST, gateway);
}
