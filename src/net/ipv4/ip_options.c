/* SPDX-License-Identifier: MIT */
#include "net/ipv4/ip_options.h"

#include "net/ipv4/fib.h"
#include "wire/icmp.h"

#define MSEC_PER_DAY 86400000ll

/* Milliseconds since midnight UT; with the high bit set where the time of day is not known. */
static u32 inet_current_timestamp(const struct net *net)
{
	s64 ms = ktime_to_ms(net->now + net->wall_offset) % MSEC_PER_DAY;

	return (u32)ms | (net->wall_offset ? 0 : 0x80000000u);
}

static void start(struct ip_opt_iter *it, const u8 *opts, u8 len)
{
	*it = (struct ip_opt_iter){ .opts = opts, .len = len };
}

int ip_options_compile(const struct iphdr *iph, struct ip_options *opt, u8 *bad)
{
	struct ip_opt_iter it;
	struct ip_opt o;
	int ret;

	*opt = (struct ip_options){ .optlen = (u8)(iph_hlen(iph) - IPV4_HLEN) };
	start(&it, (const u8 *)(iph + 1), opt->optlen);
	while ((ret = ip_opt_next(&it, &o)) > 0) {
		if (o.type == IPOPT_RR)
			opt->rr = o.off;
		else if (o.type == IPOPT_TIMESTAMP)
			opt->ts = o.off;
		else if (o.type == IPOPT_LSRR || o.type == IPOPT_SSRR)
			opt->srr = o.off;
		if (o.type == IPOPT_SSRR)
			opt->is_strictroute = true;
	}
	*bad = it.bad;
	return ret ? -EINVAL : 0;
}

enum skb_drop_reason ip_rcv_options(struct sk_buff *skb, struct net_device *dev)
{
	struct net *net = dev->net;
	struct ip_options *opt = &IPCB(skb)->opt;
	u8 bad;

	if (ip_options_compile(ip_hdr(skb), opt, &bad)) {
		mib_inc(net, IpInHdrErrors);
		/* RFC 1122 3.2.2.5; the route that an error needs may not be known yet. */
		if (skb->dst)
			icmp_send(skb, ICMP_PARAMETERPROB, 0, cpu_to_be32((u32)bad << 24));
		return SKB_DROP_REASON_IP_INHDR;
	}
	/* RFC 7126 4.3, 4.4: dropped by default. */
	if (opt->srr && !IN_DEV_ANDCONF(dev->ip_ptr, net, accept_source_route))
		return SKB_DROP_REASON_IP_INHDR;
	return SKB_CONSUMED;
}

/* The slot that an option's pointer names, or NULL when the pointer is past its end. */
static u8 *next_slot(u8 *opt, unsigned bytes)
{
	return opt[2] + bytes - 1 <= opt[1] ? opt + opt[2] - 1 : NULL;
}

enum skb_drop_reason ip_options_rcv_srr(struct sk_buff *skb, struct net_device *dev)
{
	struct ip_options *opt = &IPCB(skb)->opt;
	struct iphdr *iph = ip_hdr(skb);
	enum skb_drop_reason reason;
	const u8 *slot;
	be32 nexthop;

	if (dst_rtable(skb->dst)->type != RTN_LOCAL) {
		/* Loose: not the hop that it names. Strict: every hop must be named. */
		return opt->is_strictroute ? SKB_DROP_REASON_IP_INHDR : SKB_CONSUMED;
	}
	slot = next_slot((u8 *)iph + opt->srr, 4);
	if (!slot)
		return SKB_CONSUMED;	/* the last hop is here */
	memcpy(&nexthop, slot, sizeof(nexthop));
	reason = ip_route_input(skb, nexthop, iph->saddr, iph->tos, dev);
	if (reason)
		return reason;
	if (dst_rtable(skb->dst)->type != RTN_UNICAST)
		return SKB_DROP_REASON_IP_INVALID_DEST;
	opt->srr_is_hit = true;
	opt->nexthop = nexthop;
	return SKB_CONSUMED;
}

/* Record route, and a source route's own record: the address of the way out. False: no slot. */
static bool record_address(u8 *opt, be32 own)
{
	u8 *slot = next_slot(opt, 4);

	if (!slot)
		return false;
	memcpy(slot, &own, sizeof(own));
	opt[2] += 4;
	return true;
}

static unsigned timestamp_slot(const u8 *opt)
{
	u8 flag = opt[3] & 15;

	return flag == IPOPT_TS_TSANDADDR || flag == IPOPT_TS_PRESPEC ? 8 : 4;
}

/* False: there is no slot, or it is another's. */
static bool record_timestamp(struct net *net, u8 *opt, be32 own)
{
	u8 flag = opt[3] & 15, *slot = next_slot(opt, timestamp_slot(opt));
	be32 named;

	if (!slot) {
		if (flag != IPOPT_TS_PRESPEC && opt[3] >> 4 < 15)
			opt[3] += 0x10;	/* one more that found no room */
		return false;
	}
	if (flag == IPOPT_TS_PRESPEC) {
		memcpy(&named, slot, sizeof(named));
		if (inet_addr_type(net, named) == RTN_UNICAST)
			return false;
	} else if (flag == IPOPT_TS_TSANDADDR) {
		memcpy(slot, &own, sizeof(own));
	} else if (flag != IPOPT_TS_TSONLY) {
		return false;		/* unknown: passes as it is */
	}
	put_be32(slot + timestamp_slot(opt) - 4, inet_current_timestamp(net));
	opt[2] = (u8)(opt[2] + timestamp_slot(opt));
	return true;
}

void ip_forward_options(struct sk_buff *skb)
{
	const struct ip_options *opt = &IPCB(skb)->opt;
	struct iphdr *iph = ip_hdr(skb);
	struct rtable *rt = dst_rtable(skb->dst);
	be32 own = rt->prefsrc;

	if (opt->rr)
		record_address((u8 *)iph + opt->rr, own);
	if (opt->srr_is_hit) {
		record_address((u8 *)iph + opt->srr, own);
		iph->daddr = opt->nexthop;
	}
	if (opt->ts)
		record_timestamp(skb->net, (u8 *)iph + opt->ts, own);
	ip_send_check(iph);
}

/* On the way in, and, where that found a slot, once more on the way out. */
static int echo_route(u8 *opt, be32 own)
{
	if (!record_address(opt, own) || opt[2] > opt[1])
		return 0;
	return record_address(opt, own) ? 0 : -EINVAL;
}

static int echo_timestamp(struct net *net, u8 *opt, be32 own)
{
	unsigned least = (opt[3] & 15) == IPOPT_TS_TSANDADDR ? 8 : 4;

	if (!record_timestamp(net, opt, own) || opt[2] > opt[1])
		return 0;
	if (!next_slot(opt, least))
		return -EINVAL;
	if (next_slot(opt, timestamp_slot(opt)))
		record_timestamp(net, opt, own);
	return 0;
}

int ip_options_echo(struct net *net, const struct iphdr *iph, be32 own, u8 out[IPV4_OPTLEN_MAX])
{
	const u8 *base = (const u8 *)iph;
	struct ip_options opt;
	u8 len = 0, bad, *o;

	if (likely(iph_hlen(iph) == IPV4_HLEN))
		return 0;
	ip_options_compile(iph, &opt, &bad);
	memset(out, IPOPT_END, IPV4_OPTLEN_MAX);
	if (opt.rr) {
		o = memcpy(out, base + opt.rr, base[opt.rr + 1]);
		if (echo_route(o, own))
			return -EINVAL;
		len = o[1];
	}
	if (opt.ts) {
		o = memcpy(out + len, base + opt.ts, base[opt.ts + 1]);
		if (echo_timestamp(net, o, own))
			return -EINVAL;
		len = (u8)(len + o[1]);
	}
	return (int)round_up(len, 4);
}

void ip_options_fragment(struct iphdr *iph)
{
	u8 *opts = (u8 *)(iph + 1);
	struct ip_opt_iter it;
	struct ip_opt o;

	start(&it, opts, (u8)(iph_hlen(iph) - IPV4_HLEN));
	while (ip_opt_next(&it, &o) > 0)
		if (!(o.type & IPOPT_COPY))
			memset(opts + (o.off - IPV4_HLEN), IPOPT_NOOP, o.len);
}
