/* SPDX-License-Identifier: MIT */
/*
 * ICMPv6 received (row I5): echo is answered, errors are taken to the protocol whose packet they
 * quote, neighbour discovery goes to ndisc.c. What it sends of itself: icmp6_send.c.
 */
#include "base/trace.h"
#include "net/fwmark.h"
#include "net/icmp_limit.h"
#include "net/icmp_reply.h"
#include "net/ipv6/ip6_flowlabel.h"
#include "net/ipv6/ip6_impl.h"
#include "wire/icmp6.h"

/* ---- counters ---- */

/* Types that come and that are sent. */
#define ICMP6_COUNTED(COUNT) \
	COUNT(ICMPV6_DEST_UNREACH, DestUnreachs) \
	COUNT(ICMPV6_PKT_TOOBIG, PktTooBigs) \
	COUNT(ICMPV6_TIME_EXCEED, TimeExcds) \
	COUNT(ICMPV6_PARAMPROB, ParmProblems) \
	COUNT(ICMPV6_ECHO_REQUEST, Echos) \
	COUNT(ICMPV6_ECHO_REPLY, EchoReplies) \
	COUNT(ICMPV6_MGM_REPORT, GroupMembResponses) \
	COUNT(ICMPV6_MGM_REDUCTION, GroupMembReductions) \
	COUNT(NDISC_ROUTER_SOLICITATION, RouterSolicits) \
	COUNT(NDISC_ROUTER_ADVERTISEMENT, RouterAdvertisements) \
	COUNT(NDISC_NEIGHBOUR_SOLICITATION, NeighborSolicits) \
	COUNT(NDISC_NEIGHBOUR_ADVERTISEMENT, NeighborAdvertisements) \
	COUNT(NDISC_REDIRECT, Redirects) \
	COUNT(ICMPV6_MLD2_REPORT, MLDv2Reports)

static void count_in(struct net *net, u8 type)
{
	switch (type) {
#define COUNT_IN(value, name) \
	case value: \
		mib_inc(net, Icmp6In##name); \
		break;
	ICMP6_COUNTED(COUNT_IN)
	COUNT_IN(ICMPV6_MGM_QUERY, GroupMembQueries)
#undef COUNT_IN
	default:
		break;
	}
}

void icmp6_count_out(struct net *net, u8 type)
{
	mib_inc(net, Icmp6OutMsgs);
	switch (type) {
#define COUNT_OUT(value, name) \
	case value: \
		mib_inc(net, Icmp6Out##name); \
		break;
	ICMP6_COUNTED(COUNT_OUT)
#undef COUNT_OUT
	default:
		break;
	}
}

/* ---- errors about packets of ours ---- */

int icmpv6_err_convert(u8 type, u8 code, bool *fatal)
{
	static const struct {
		u8 err;
		bool fatal;
	} unreach[] = {
		[ICMPV6_NOROUTE] = { ENETUNREACH, false },
		[ICMPV6_ADM_PROHIBITED] = { EACCES, true },
		[ICMPV6_NOT_NEIGHBOUR] = { EHOSTUNREACH, false },
		[ICMPV6_ADDR_UNREACH] = { EHOSTUNREACH, false },
		[ICMPV6_PORT_UNREACH] = { ECONNREFUSED, true },
		[ICMPV6_POLICY_FAIL] = { EACCES, true },
		[ICMPV6_REJECT_ROUTE] = { EACCES, true },
	};

	*fatal = false;
	switch (type) {
	case ICMPV6_DEST_UNREACH:
		*fatal = true;
		if (code >= ARRAY_SIZE(unreach))
			return EPROTO;
		*fatal = unreach[code].fatal;
		return unreach[code].err;
	case ICMPV6_PKT_TOOBIG:
		return EMSGSIZE;
	case ICMPV6_PARAMPROB:
		*fatal = true;
		return EPROTO;
	case ICMPV6_TIME_EXCEED:
		return EHOSTUNREACH;
	default:
		return EPROTO;
	}
}

/* data at the quoted header: the upper layer that sent it is told. */
static void icmpv6_notify(struct sk_buff *skb, const struct icmp6_view *v)
{
	struct net *net = skb->net;
	const struct inet6_protocol *prot;
	struct ipv6_ext e;
	int err;

	ipv6_ext_start(&e, skb->data[IPV6_NEXTHDR_OFF]);
	err = ipv6_skb_skip_exthdr(skb, 0, &e);
	if (err || (e.frag && e.frag_off))
		return;
	/* The ports, or what stands in their place; pulling may move it. */
	if (!pskb_may_pull(skb, e.off + 8))
		return;
	if (net->ipv6->raw_err)
		net->ipv6->raw_err(skb, v->type, v->code, e.off, v->info);
	prot = net->ipv6->protos[e.nexthdr];
	if (prot && prot->err_handler)
		prot->err_handler(skb, v->type, v->code, e.off, v->info);
}

static enum skb_drop_reason rcv_error(struct sk_buff *skb, const struct icmp6_view *v)
{
	skb_pull(skb, ICMPV6_HLEN);
	if (!pskb_may_pull(skb, IPV6_HLEN) || ip6_version((const void *)skb->data) != 6) {
		mib_inc(skb->net, Icmp6InErrors);
		return SKB_DROP_REASON_ICMP_INVALID;
	}
	icmpv6_notify(skb, v);
	return SKB_CONSUMED;
}

/* An error about an ICMPv6 message of ours, which nobody else remembers: what the path can carry
 * is learned. An echo request's socket is told, by a clone with the whole error message. */
static void icmpv6_err(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info)
{
	const struct ipv6hdr *quoted = (const void *)skb->data;
	struct sk_buff *copy;

	(void)code;
	if (type == ICMPV6_PKT_TOOBIG && ipv6_chk_addr(skb->net, &quoted->saddr, NULL))
		ip6_update_pmtu(skb->net, &quoted->daddr, info);
	if (skb->data[off] != ICMPV6_ECHO_REQUEST || !skb->net->ipv6->ping_rcv)
		return;
	copy = skb_clone(skb);
	if (!copy)
		return;		/* lost, as the network might have lost it */
	skb_push(copy, ICMPV6_HLEN);
	skb->net->ipv6->ping_rcv(copy);
}

/* ---- echo ---- */

static bool echo_ignored(const struct sk_buff *skb)
{
	const struct netns_sysctl *s = &skb->net->sysctl;

	return s->icmpv6_echo_ignore_all ||
	       (s->icmpv6_echo_ignore_multicast &&
		ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr));
}

/* The same packet goes back, its payload where it is. data at the ICMPv6 header. */
static enum skb_drop_reason icmpv6_echo_reply(struct sk_buff *skb)
{
	struct net *net = skb->net;
	struct ip6_xmit x = { .protocol = IP_PROTO_ICMPV6 };
	struct flowi6 fl = { .daddr = ipv6_hdr(skb)->saddr, .proto = IP_PROTO_ICMPV6,
			     .mark = ip6_reply_mark(net, skb->mark) };
	struct ip6_addr asked = ipv6_hdr(skb)->daddr;
	struct icmp6hdr *ih;
	struct rt6_info *rt;

	if (echo_ignored(skb))
		return SKB_DROP_REASON_NOT_SPECIFIED;
	x.tclass = ipv6_get_dsfield(ipv6_hdr(skb));
	x.flowlabel = net->sysctl.ip6_flowlabel_reflect & FLOWLABEL_REFLECT_ICMPV6_ECHO_REPLIES ?
		      ip6_flowlabel(ipv6_hdr(skb)) : ip6_make_flowlabel(net, &fl);
	if (!skb_cow_head(skb, IPV6_HLEN + skb->dev->hard_header_len, ICMPV6_HLEN))
		return SKB_DROP_REASON_NOMEM;
	if (!ipv6_addr_is_multicast(&asked))
		fl.saddr = asked;
	if (ipv6_addr_needs_scope_id(&fl.daddr))
		fl.oif = IP6CB(skb)->iif;
	if (ip6_route_output(net, &fl, &rt))
		return SKB_DROP_REASON_IP_OUTNOROUTES;
	if (!icmp6_within_limits(net, rt, &fl.daddr, ICMPV6_ECHO_REPLY)) {
		dst_release(&rt->dst);
		return SKB_DROP_REASON_ICMP_RATELIMIT;
	}
	x.saddr = fl.saddr;
	x.daddr = fl.daddr;
	ih = (void *)skb->data;
	ih->icmp6_type = ICMPV6_ECHO_REPLY;
	ih->icmp6_cksum = 0;
	ih->icmp6_cksum = csum_ipv6_magic(&x.saddr, &x.daddr, skb->len, IP_PROTO_ICMPV6,
					  skb_checksum(skb, 0, skb->len, 0));
	icmp_turn_round(skb, &rt->dst, fl.mark);
	trace_skb(net, icmp6_send, skb, ICMPV6_ECHO_REPLY, 0, ip6_word(&x.daddr, 0),
		  ip6_word(&x.daddr, 1));
	icmp6_count_out(net, ICMPV6_ECHO_REPLY);
	icmp6_xmit(net, skb, &x);
	return SKB_CONSUMED;
}

/* ---- icmpv6_rcv ---- */

static int finish(struct sk_buff *skb, enum skb_drop_reason reason)
{
	kfree_skb_reason(skb, reason);
	return reason ? -EINVAL : 0;
}

static int dispatch(struct sk_buff *skb, const struct icmp6_view *v)
{
	struct net *net = skb->net;
	enum skb_drop_reason reason;

	switch (v->type) {
	case ICMPV6_ECHO_REQUEST:
		reason = icmpv6_echo_reply(skb);
		return reason ? finish(skb, reason) : 0;
	case ICMPV6_ECHO_REPLY:
		if (!net->ipv6->ping_rcv)
			return finish(skb, SKB_DROP_REASON_NO_SOCKET);
		net->ipv6->ping_rcv(skb);
		return 0;
	case NDISC_ROUTER_SOLICITATION:
	case NDISC_ROUTER_ADVERTISEMENT:
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
	case NDISC_REDIRECT:
		return ndisc_rcv(skb, v->type);
	case ICMPV6_MGM_QUERY:
	case ICMPV6_MGM_REPORT:
	case ICMPV6_MGM_REDUCTION:
	case ICMPV6_MLD2_REPORT:
		return finish(skb, mld_rcv(skb, v->type));
	default:
		/* RFC 4443 2.4 a, b: unknown errors go up, the rest ends here. */
		return finish(skb, icmpv6_is_err(v->type) ? rcv_error(skb, v) :
							   SKB_DROP_REASON_ICMP_UNKNOWN_TYPE);
	}
}

static bool csum_ok(const struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);

	return skb->ip_summed == CHECKSUM_UNNECESSARY ||
	       !csum_ipv6_magic(&h->saddr, &h->daddr, skb->len, IP_PROTO_ICMPV6,
				skb_checksum(skb, 0, skb->len, 0));
}

static int icmpv6_rcv(struct sk_buff *skb)
{
	struct net *net = skb->net;
	const struct ip6_addr *saddr;
	struct icmp6_view v;

	mib_inc(net, Icmp6InMsgs);
	if (!csum_ok(skb)) {
		mib_inc(net, Icmp6InCsumErrors);
		mib_inc(net, Icmp6InErrors);
		return finish(skb, SKB_DROP_REASON_ICMP_CSUM);
	}
	if (!pskb_may_pull(skb, ICMPV6_HLEN) ||
	    icmp6_parse_hdr(skb->data, skb_headlen(skb), &v)) {
		mib_inc(net, Icmp6InErrors);
		return finish(skb, SKB_DROP_REASON_ICMP_INVALID);
	}
	saddr = &ipv6_hdr(skb)->saddr;
	count_in(net, v.type);
	trace_skb(net, icmpv6_rcv, skb, v.type, v.code, ip6_word(saddr, 0), ip6_word(saddr, 1));
	return dispatch(skb, &v);
}

static const struct inet6_protocol icmpv6_protocol = {
	.handler = icmpv6_rcv,
	.err_handler = icmpv6_err,
};

int icmpv6_net_init(struct net *net)
{
	net->ipv6->icmp_limit = icmp_limit_alloc(net);
	if (!net->ipv6->icmp_limit)
		return -ENOMEM;
	/* All errors but Packet Too Big, which path MTU discovery needs. */
	for (u32 i = 0; i < 4; i++)
		net->ipv6->icmp_ratemask[i] = i ? UINT32_MAX : UINT32_MAX & ~BIT(ICMPV6_PKT_TOOBIG);
	inet6_add_protocol(net, &icmpv6_protocol, IP_PROTO_ICMPV6);
	return 0;
}

void icmpv6_net_exit(struct net *net)
{
	icmp_limit_free(net, net->ipv6->icmp_limit);
	net->ipv6->icmp_limit = NULL;
}
