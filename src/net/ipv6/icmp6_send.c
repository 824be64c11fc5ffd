/* SPDX-License-Identifier: MIT */
/* ICMPv6 errors that this machine makes (RFC 4443 2.4), with their limits. */
#include "base/skb_share.h"
#include "base/trace.h"
#include "net/fwmark.h"
#include "net/icmp_limit.h"
#include "net/inet_iif.h"
#include "net/ipv6/ip6_flowlabel.h"
#include "net/ipv6/ip6_impl.h"
#include "wire/icmp6.h"

#define ICMP6_HEADROOM 64		/* MAC and IPv6 header in front, and more */

/* ---- whether ---- */

/* Is skb itself an ICMPv6 error, or can nobody tell? Its headers may stand anywhere in it. */
static bool is_ineligible(const struct sk_buff *skb, u32 at)
{
	struct ipv6_ext e;
	u8 type;

	ipv6_ext_start(&e, ipv6_hdr(skb)->nexthdr);
	if (ipv6_skb_skip_exthdr(skb, at, &e))
		return false;
	if (e.nexthdr != IP_PROTO_ICMPV6 || (e.frag && e.frag_off))
		return false;
	if (skb_copy_bits(skb, at + e.off, &type, 1))
		return !e.frag;		/* a first fragment too short for it may be answered */
	return icmpv6_is_err(type) || type == NDISC_REDIRECT;	/* RFC 4443 2.4 e.1, e.2 */
}

/* RFC 4443 2.4 e.3: to a group only that which helps it: path MTU, and options that ask for it. */
static bool answers_group(const struct sk_buff *skb, u32 at, u8 type, u8 code, u32 info)
{
	u8 option;

	if (type == ICMPV6_PKT_TOOBIG)
		return true;
	return type == ICMPV6_PARAMPROB && code == ICMPV6_UNK_OPTION &&
	       !skb_copy_bits(skb, at + info, &option, 1) &&
	       ipv6_opt_action(option) == IPV6_OPT_PARAMPROB;
}

static bool may_answer(const struct sk_buff *skb, u32 at, u8 type, u8 code, u32 info)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);

	if ((ipv6_addr_is_multicast(&h->daddr) || skb->pkt_type != PACKET_HOST) &&
	    !answers_group(skb, at, type, code, info))
		return false;
	/* e.6: a source that is no single node */
	if (ipv6_addr_any(&h->saddr) || ipv6_addr_is_multicast(&h->saddr))
		return false;
	return !is_ineligible(skb, at);
}

static bool is_limited(const struct net *net, u8 type)
{
	return net->ipv6->icmp_ratemask[type / 32] & BIT(type % 32);
}

/* Wider prefixes are limited less, as in Linux. */
bool icmp6_within_limits(struct net *net, const struct rt6_info *rt, const struct ip6_addr *daddr,
			 u8 type)
{
	ktime_t timeout = ms_to_ktime(net->sysctl.icmpv6_time);
	struct icmp_limit *limit = net->ipv6->icmp_limit;

	if (likely(!is_limited(net, type)) || rt->dst.dev->flags & IFF_LOOPBACK_)
		return true;
	if (rt->plen < 128)
		timeout >>= (128 - rt->plen) >> 5;
	if (icmp_peer_allow(net, limit, ip6_peer(net, daddr), ICMP_LIMIT_ERROR, timeout) &&
	    icmp_global_allow(net, limit))
		return true;
	mib_inc(net, Icmp6OutRateLimitHost);
	return false;
}

/* ---- what ---- */

static struct sk_buff *build_error(struct sk_buff *skb_in, u32 at, const struct icmp6_view *v,
				   const struct ip6_xmit *x)
{
	struct net *net = skb_in->net;
	u32 quote = min_t(u32, skb_in->len - at, IPV6_MIN_MTU - IPV6_HLEN - ICMPV6_HLEN);
	struct sk_buff *skb = alloc_skb(net, SKB_ROOM);
	struct icmp6hdr *ih;

	if (!skb)
		return NULL;
	skb_reserve(skb, ICMP6_HEADROOM);
	icmp6_build_hdr(skb_put(skb, ICMPV6_HLEN), v);
	if (skb_share_bits(skb, skb_in, at, quote)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	ih = (void *)skb->data;
	ih->icmp6_cksum = csum_ipv6_magic(&x->saddr, &x->daddr, skb->len, IP_PROTO_ICMPV6,
					  skb_checksum(skb, 0, skb->len, 0));
	return skb;
}

/* As Linux, whose socket for this is locked then: what its own message meets on its way out makes
 * no error. */
void icmp6_xmit(struct net *net, struct sk_buff *skb, const struct ip6_xmit *x)
{
	bool outer = net->ipv6->icmp_xmit;

	net->ipv6->icmp_xmit = true;
	ip6_xmit(net, skb, x);
	net->ipv6->icmp_xmit = outer;
}

/* data stands at or before the network header, `at` bytes before it; delivered: to an upper layer,
 * which has no use for its connection: that is found again by what is quoted. */
static void send_error(struct sk_buff *skb_in, u32 at, const struct icmp6_view *v, bool delivered)
{
	struct net *net = skb_in->net;
	const struct ipv6hdr *h = ipv6_hdr(skb_in);
	struct flowi6 fl = {
		.daddr = h->saddr, .proto = IP_PROTO_ICMPV6,
		.mark = ip6_reply_mark(net, skb_in->mark),
		/* The way that replies to skb_in would go. */
		.multipath_hash = rt6_multipath_hash(net, skb_in),
	};
	struct ip6_xmit x = { .protocol = IP_PROTO_ICMPV6 };
	struct ip6_addr to = h->daddr;
	struct sk_buff *skb;
	struct rt6_info *rt;

	if (ipv6_chk_addr(net, &to, NULL))
		fl.saddr = to;
	if (ipv6_addr_needs_scope_id(&fl.daddr))
		fl.oif = inet_iif(skb_in);
	if (ip6_route_output(net, &fl, &rt))
		return;
	if (!icmp6_within_limits(net, rt, &fl.daddr, v->type)) {
		dst_release(&rt->dst);
		return;
	}
	x.saddr = fl.saddr;
	x.daddr = fl.daddr;
	x.flowlabel = ip6_make_flowlabel(net, &fl);
	skb = build_error(skb_in, at, v, &x);
	if (!skb) {
		mib_inc(net, Icmp6OutErrors);
		dst_release(&rt->dst);
		return;
	}
	trace_skb(net, icmp6_send, skb, v->type, v->code, ip6_word(&x.daddr, 0),
		  ip6_word(&x.daddr, 1));
	if (!delivered)
		nf_ct_attach(&skb->nfct, skb_in->nfct);
	icmp6_count_out(net, v->type);
	skb_dst_set(skb, &rt->dst);
	skb->mark = fl.mark;
	icmp6_xmit(net, skb, &x);
}

void icmpv6_send(struct sk_buff *skb_in, u8 type, u8 code, u32 info)
{
	struct icmp6_view v = { .type = type, .code = code, .info = info };
	u8 *nh = skb_network_header(skb_in);
	u32 back = skb_in->data > nh ? (u32)(skb_in->data - nh) : 0, at;

	if (!skb_in->net->ipv6 || skb_in->net->exiting || skb_in->bystander ||
	    skb_in->net->ipv6->icmp_xmit)
		return;
	skb_push(skb_in, back);		/* what was pulled is quoted too */
	at = (u32)(nh - skb_in->data);
	if (skb_in->len >= at + IPV6_HLEN && may_answer(skb_in, at, type, code, info))
		send_error(skb_in, at, &v, back);
	skb_pull(skb_in, back);
}

void icmpv6_param_prob(struct sk_buff *skb, u8 code, u32 pos, enum skb_drop_reason reason)
{
	icmpv6_send(skb, ICMPV6_PARAMPROB, code, pos);
	kfree_skb_reason(skb, reason);
}
