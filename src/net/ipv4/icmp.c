/* SPDX-License-Identifier: MIT */
/*
 * ICMP received (row I5): echo and timestamp are answered, errors are taken to the protocol whose
 * packet they quote, and so are redirects. What it sends of itself: icmp_send.c.
 */
#include "base/trace.h"
#include "net/fwmark.h"
#include "net/icmp_limit.h"
#include "net/icmp_reply.h"
#include "net/ipv4/icmp_impl.h"
#include "net/ipv4/ip_options.h"

#define ICMP_TIMESTAMP_LEN (ICMP_HLEN + 12)
#define MSEC_PER_DAY 86400000ll

/* ---- counters ---- */

#define ICMP_COUNTED(X) \
	X(ICMP_DEST_UNREACH, DestUnreachs) X(ICMP_TIME_EXCEEDED, TimeExcds) \
	X(ICMP_PARAMETERPROB, ParmProbs) X(ICMP_SOURCE_QUENCH, SrcQuenchs) \
	X(ICMP_REDIRECT, Redirects) X(ICMP_ECHO, Echos) X(ICMP_ECHOREPLY, EchoReps) \
	X(ICMP_TIMESTAMP, Timestamps) X(ICMP_TIMESTAMPREPLY, TimestampReps) \
	X(ICMP_ADDRESS, AddrMasks) X(ICMP_ADDRESSREPLY, AddrMaskReps)

void icmp_count_in(struct net *net, u8 type)
{
	switch (type) {
#define COUNT_IN(value, name) \
	case value: \
		mib_inc(net, IcmpIn##name); \
		break;
	ICMP_COUNTED(COUNT_IN)
#undef COUNT_IN
	default:
		break;
	}
}

void icmp_count_out(struct net *net, u8 type)
{
	mib_inc(net, IcmpOutMsgs);
	switch (type) {
#define COUNT_OUT(value, name) \
	case value: \
		mib_inc(net, IcmpOut##name); \
		break;
	ICMP_COUNTED(COUNT_OUT)
#undef COUNT_OUT
	default:
		break;
	}
}

/* ---- errors about packets of ours ---- */

int icmp_err_convert(u8 code, bool *fatal)
{
	static const struct {
		u8 err;
		bool fatal;
	} table[NR_ICMP_UNREACH + 1] = {
		[ICMP_NET_UNREACH] = { ENETUNREACH, false },
		[ICMP_HOST_UNREACH] = { EHOSTUNREACH, false },
		[ICMP_PROT_UNREACH] = { ENOPROTOOPT, true },
		[ICMP_PORT_UNREACH] = { ECONNREFUSED, true },
		[ICMP_FRAG_NEEDED] = { EMSGSIZE, false },
		[ICMP_SR_FAILED] = { EOPNOTSUPP, false },
		[ICMP_NET_UNKNOWN] = { ENETUNREACH, true },
		[ICMP_HOST_UNKNOWN] = { EHOSTDOWN, true },
		[ICMP_HOST_ISOLATED] = { ENONET, true },
		[ICMP_NET_ANO] = { ENETUNREACH, true },
		[ICMP_HOST_ANO] = { EHOSTUNREACH, true },
		[ICMP_NET_UNR_TOS] = { ENETUNREACH, false },
		[ICMP_HOST_UNR_TOS] = { EHOSTUNREACH, false },
		[ICMP_PKT_FILTERED] = { EHOSTUNREACH, true },
		[ICMP_PREC_VIOLATION] = { EHOSTUNREACH, true },
		[ICMP_PREC_CUTOFF] = { EHOSTUNREACH, true },
	};

	if (code > NR_ICMP_UNREACH)
		code = ICMP_HOST_UNREACH;
	*fatal = table[code].fatal;
	return table[code].err;
}

/* RFC 1191 5: a router that does not tell its MTU; the next plateau below the packet's length. */
static u32 guess_mtu(u32 tot_len)
{
	static const u16 plateau[] = { 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68 };

	for (size_t i = 0; i < ARRAY_SIZE(plateau); i++)
		if (plateau[i] < tot_len)
			return plateau[i];
	return plateau[ARRAY_SIZE(plateau) - 1];
}

/* net->sysctl.ip_no_pmtu_disc, beside 0 and 1 */
enum {
	IP_NO_PMTU_DISC_IGNORED = 2,	/* "fragmentation needed" counts for nobody */
	IP_NO_PMTU_DISC_HARDENED = 3,	/* ... only for who can see that he sent what is quoted */
};

u32 icmp_told_mtu(const struct net *net, u32 mtu)
{
	s32 how = net->sysctl.ip_no_pmtu_disc;

	return !how || how == IP_NO_PMTU_DISC_HARDENED ? mtu : 0;
}

static u32 error_info(const struct net *net, const struct icmp_view *v, const struct iphdr *quoted)
{
	if (v->type == ICMP_PARAMETERPROB)
		return v->pointer;
	if (v->type == ICMP_REDIRECT)
		return be32_to_cpu(v->gateway);
	if (v->type != ICMP_DEST_UNREACH || v->code != ICMP_FRAG_NEEDED)
		return 0;
	return icmp_told_mtu(net, v->mtu ? v->mtu : guess_mtu(be16_to_cpu(quoted->tot_len)));
}

/* By ip_no_pmtu_disc: believed of nobody, or only of who can see that he sent what is quoted. */
static bool is_disbelieved(const struct net *net, const struct icmp_view *v, u8 protocol)
{
	s32 how = net->sysctl.ip_no_pmtu_disc;

	return v->type == ICMP_DEST_UNREACH && v->code == ICMP_FRAG_NEEDED &&
	       (how == IP_NO_PMTU_DISC_IGNORED ||
		(how == IP_NO_PMTU_DISC_HARDENED && protocol != IP_PROTO_TCP));
}

/* data at the quoted header. */
static void icmp_socket_deliver(struct sk_buff *skb, const struct icmp_view *v, u32 info)
{
	const struct iphdr *quoted = (const void *)skb->data;
	const struct net_protocol *prot = skb->net->ipv4->protos[quoted->protocol];

	if (skb->net->ipv4->raw_err)
		skb->net->ipv4->raw_err(skb, v->type, v->code, info);
	if (prot && prot->err_handler)
		prot->err_handler(skb, v->type, v->code, info);
}

static enum skb_drop_reason icmp_unreach(struct sk_buff *skb, const struct icmp_view *v)
{
	struct net *net = skb->net;
	const struct iphdr *quoted;

	skb_pull(skb, ICMP_HLEN);
	if (!pskb_may_pull(skb, IPV4_HLEN))
		goto invalid;
	quoted = (const void *)skb->data;
	if (iph_version(quoted) != 4 || iph_hlen(quoted) < IPV4_HLEN ||
	    !pskb_may_pull(skb, iph_hlen(quoted) + 8))	/* RFC 792: header and 64 bits */
		goto invalid;
	quoted = (const void *)skb->data;
	if (v->type == ICMP_DEST_UNREACH && v->code > NR_ICMP_UNREACH)
		return SKB_CONSUMED;
	if (unlikely(net->sysctl.ip_no_pmtu_disc) && is_disbelieved(net, v, quoted->protocol))
		return SKB_CONSUMED;
	/* RFC 1122 3.2.2: nobody answers a broadcast with an error; who does is ignored. */
	if (v->type != ICMP_REDIRECT && inet_addr_type(net, quoted->daddr) == RTN_BROADCAST)
		return SKB_DROP_REASON_ICMP_INVALID;
	icmp_socket_deliver(skb, v, error_info(net, v, quoted));
	return SKB_CONSUMED;
invalid:
	mib_inc(net, IcmpInErrors);
	return SKB_DROP_REASON_ICMP_INVALID;
}

/*
 * An error about an ICMP message of ours: an echo request's socket is told, and judges it. It wants
 * the whole error message and consumes it, so it gets a clone.
 */
static void icmp_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *quoted = (const void *)skb->data;
	u8 about = skb->data[iph_hlen(quoted)];
	struct sk_buff *copy;

	if (about == ICMP_ECHOREPLY && type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		ip_rt_update_pmtu(skb->net, quoted->daddr, info);
	else if (about == ICMP_ECHOREPLY && type == ICMP_REDIRECT)
		ip_rt_redirect(skb, code, cpu_to_be32(info));
	if (about != ICMP_ECHO || !skb->net->ipv4->ping_rcv)
		return;
	copy = skb_clone(skb);
	if (!copy)
		return;		/* lost, as the network might have lost it */
	skb_push(copy, ICMP_HLEN);
	skb->net->ipv4->ping_rcv(copy);
}

/* ---- questions ---- */

/*
 * Turns the request around: the same packet goes back, its payload where it is, with a new id.
 * data at the ICMP header, which may be written. Consumes.
 */
static void icmp_reply(struct sk_buff *skb, u8 type)
{
	struct net *net = skb->net;
	const struct iphdr *iph = ip_hdr(skb);
	bool local = dst_rtable(skb->dst)->type == RTN_LOCAL;
	struct icmphdr *ih = (void *)skb->data;
	struct flowi4 fl = {
		.daddr = iph->saddr, .saddr = local ? iph->daddr : 0, .proto = IP_PROTO_ICMP,
		.mark = ip4_reply_mark(net, skb->mark),
	};
	struct ip_xmit x = { .daddr = iph->saddr, .protocol = IP_PROTO_ICMP, .tos = iph->tos };
	u8 opts[IPV4_OPTLEN_MAX];
	int optlen;
	be16 was, is;			/* type and code, the word that changes */
	struct rtable *rt;

	if (ip_route_output(net, &fl, &rt)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return;
	}
	x.saddr = fl.saddr;
	if (!icmp_within_limits(net, rt, x.daddr, type, 0)) {
		dst_release(&rt->dst);
		kfree_skb_reason(skb, SKB_DROP_REASON_ICMP_RATELIMIT);
		return;
	}
	optlen = ip_options_echo(net, iph, fl.saddr, opts);
	if (optlen < 0) {
		dst_release(&rt->dst);
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_INHDR);
		return;
	}
	memcpy(&was, ih, sizeof(was));
	ih->type = type;
	memcpy(&is, ih, sizeof(is));
	csum_replace2(&ih->checksum, was, is);
	if (!ih->checksum)		/* right but for a message of zeros (RFC 1624 3) */
		ih->checksum = CSUM_MANGLED_0;	/* and this is right for all */
	icmp_turn_round(skb, &rt->dst, fl.mark);
	icmp_push_reply(skb, &x, opts, (u8)optlen);
}

/* The reply's headers, `write` bytes of ICMP's own among them, are written into this very packet.
 * False: no memory. */
static bool make_writable(struct sk_buff *skb, u32 write)
{
	return skb_cow_head(skb, IPV4_HLEN_MAX + skb->dev->hard_header_len, write);
}

static enum skb_drop_reason icmp_echo(struct sk_buff *skb)
{
	if (skb->net->sysctl.icmp_echo_ignore_all)
		return SKB_DROP_REASON_NOT_SPECIFIED;
	if (!make_writable(skb, ICMP_HLEN))
		return SKB_DROP_REASON_NOMEM;
	icmp_reply(skb, ICMP_ECHOREPLY);
	return SKB_CONSUMED;
}

/* RFC 792 page 16; RFC 1122 3.2.2.8. */
static enum skb_drop_reason icmp_timestamp(struct sk_buff *skb)
{
	struct net *net = skb->net;
	u32 ms = (u32)(ktime_to_ms(net->now + net->wall_offset) % MSEC_PER_DAY) |
		 (net->wall_offset ? 0 : 0x80000000u);
	struct icmphdr *ih;

	if (skb->len < ICMP_TIMESTAMP_LEN) {
		mib_inc(net, IcmpInErrors);
		return SKB_DROP_REASON_ICMP_INVALID;
	}
	if (!pskb_may_pull(skb, ICMP_TIMESTAMP_LEN) || !make_writable(skb, ICMP_TIMESTAMP_LEN))
		return SKB_DROP_REASON_NOMEM;
	skb_trim(skb, ICMP_TIMESTAMP_LEN);
	put_be32(skb->data + ICMP_HLEN + 4, ms);	/* received */
	put_be32(skb->data + ICMP_HLEN + 8, ms);	/* sent */
	ih = (void *)skb->data;
	ih->code = 0;
	ih->checksum = 0;
	ih->checksum = csum_fold(csum_partial(ih, ICMP_TIMESTAMP_LEN, 0));
	icmp_reply(skb, ICMP_TIMESTAMPREPLY);
	return SKB_CONSUMED;
}

/* ---- icmp_rcv ---- */

/* RFC 1122 3.2.2.6, 3.2.2.8: what may come to all at once, and whether it is answered. */
static bool broadcast_ok(const struct net *net, u8 type)
{
	if (type == ICMP_ECHO || type == ICMP_TIMESTAMP)
		return !net->sysctl.icmp_echo_ignore_broadcasts;
	return type == ICMP_ADDRESS || type == ICMP_ADDRESSREPLY;
}

static int finish(struct sk_buff *skb, enum skb_drop_reason reason)
{
	kfree_skb_reason(skb, reason);
	return reason ? -EINVAL : 0;
}

/* The handlers of questions consume the packet when they answer it. */
static int icmp_dispatch(struct sk_buff *skb, const struct icmp_view *v)
{
	struct net *net = skb->net;
	enum skb_drop_reason reason;

	switch (v->type) {
	case ICMP_ECHO:
		reason = icmp_echo(skb);
		return reason ? finish(skb, reason) : 0;
	case ICMP_TIMESTAMP:
		reason = icmp_timestamp(skb);
		return reason ? finish(skb, reason) : 0;
	case ICMP_ECHOREPLY:
		if (!net->ipv4->ping_rcv)
			return finish(skb, SKB_DROP_REASON_NO_SOCKET);
		net->ipv4->ping_rcv(skb);
		return 0;
	case ICMP_DEST_UNREACH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
		return finish(skb, icmp_unreach(skb, v));
	default:
		return finish(skb, SKB_DROP_REASON_ICMP_UNKNOWN_TYPE);
	}
}

static int icmp_rcv(struct sk_buff *skb)
{
	struct net *net = skb->net;
	const struct rtable *rt = dst_rtable(skb->dst);
	struct icmp_view v;

	mib_inc(net, IcmpInMsgs);
	if (skb->ip_summed != CHECKSUM_UNNECESSARY &&
	    csum_fold(skb_checksum(skb, 0, skb->len, 0))) {
		mib_inc(net, IcmpInCsumErrors);
		mib_inc(net, IcmpInErrors);
		return finish(skb, SKB_DROP_REASON_ICMP_CSUM);
	}
	if (!pskb_may_pull(skb, ICMP_HLEN) || icmp_parse_hdr(skb->data, skb_headlen(skb), &v)) {
		mib_inc(net, IcmpInErrors);
		return finish(skb, SKB_DROP_REASON_ICMP_INVALID);
	}
	icmp_count_in(net, v.type);
	trace_skb(net, icmp_rcv, skb, v.type, v.code, ip_hdr(skb)->saddr);
	if ((rt->type == RTN_BROADCAST || rt->type == RTN_MULTICAST) &&
	    (skb->bystander || !broadcast_ok(net, v.type))) {
		kfree_skb_why(skb, SKB_DROP_REASON_ICMP_INVALID, "a broadcast is not answered");
		return -EINVAL;
	}
	return icmp_dispatch(skb, &v);
}

static const struct net_protocol icmp_protocol = {
	.handler = icmp_rcv,
	.err_handler = icmp_err,
};

int icmp_net_init(struct net *net)
{
	net->ipv4->icmp_limit = icmp_limit_alloc(net);
	if (!net->ipv4->icmp_limit)
		return -ENOMEM;
	inet_add_protocol(net, &icmp_protocol, IP_PROTO_ICMP);
	return 0;
}

void icmp_net_exit(struct net *net)
{
	icmp_limit_free(net, net->ipv4->icmp_limit);
	net->ipv4->icmp_limit = NULL;
}
