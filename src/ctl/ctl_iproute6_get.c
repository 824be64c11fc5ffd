/* SPDX-License-Identifier: MIT */
/* ip -6 route get: what a lookup finds, for a packet made here or (iif) one that arrives. */
#include "ctl/inet6.h"
#include "ctl/route_query.h"
#include "ctl/route_show.h"
#include "ctl/rt_metrics.h"
#include "ctl/rtnames.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

struct route6_query {
	struct flowi6 fl;
	struct ip6_addr from;
	bool has_to, has_from, fibmatch;
	u8 plen;
	struct net_device *iif, *oif;
	u32 uid;		/* nobody asks */
};

static int query_word(struct ctl *c, const char *w, struct route6_query *q)
{
	int err = route_query_flow(c, w, &(struct route_query_flow){
		&q->fl.mark, &q->fl.sport, &q->fl.dport, &q->fl.proto, &q->fl.tclass, &q->uid,
		&q->fibmatch, &q->iif, &q->oif });

	if (err <= 0)
		return err;
	if (arg_is(w, "from")) {
		q->has_from = true;
		return arg_addr6(c, &q->from);
	}
	c->pos -= !arg_is(w, "to");
	q->has_to = true;
	return arg_prefix6(c, &q->fl.daddr, &q->plen);
}

/* ---- the answer ---- */

/* The packet's own source is not asked: as for one without. */
static bool source_of(const struct net *net, const struct route6_query *q,
		      const struct rt6_info *rt, struct ip6_addr *src)
{
	if (q->iif)
		return false;
	*src = q->fl.saddr;
	if (!q->has_from)
		return true;
	if (!ipv6_addr_any(&rt->prefsrc))
		*src = rt->prefsrc;
	return !ipv6_addr_any(&rt->prefsrc) ||
	       !ipv6_dev_get_saddr(net, rt->dst.dev, &q->fl.daddr, src);
}

static void answer_text(struct ctl *c, const struct route6_query *q, const struct rt6_info *rt)
{
	u32 left = ip6_pmtu_left_s(c->net, &q->fl.daddr);
	struct strbuf *out = c->out;
	char text[IP6_STR_MAX];
	struct ip6_addr src;

	if (rt->type != RTN_UNICAST) {
		rt_put_type(out, rt->type);
		sb_putc(out, ' ');
	}
	sb_printf(out, "%s from ", ip6_addr_str(&q->fl.daddr, text));
	sb_printf(out, "%s ", ip6_addr_str(&q->from, text));
	if (rt->has_gateway)
		sb_printf(out, "via %s ", ip6_addr_str(&rt->gateway, text));
	sb_printf(out, "dev %s ", rt->dst.dev->name);
	if (rt->table && rt->table != RT_TABLE_MAIN) {
		sb_puts(out, "table ");
		rt_put_table(out, rt->table);
		sb_putc(out, ' ');
	}
	if (rt->protocol && rt->protocol != RTPROT_BOOT) {
		sb_puts(out, "proto ");
		rt_put_proto(out, rt->protocol);
		sb_putc(out, ' ');
	}
	if (source_of(c->net, q, rt, &src))
		sb_printf(out, "src %s ", ip6_addr_str(&src, text));
	sb_printf(out, "metric %u ", rt->metric);
	if (left)
		sb_printf(out, "expires %usec ", left);
	rt_put_metrics(c, left ? ip6_dst_mtu(rt, &q->fl.daddr) : rt->mtu, rt->dst.metrics);
	if (q->iif)
		sb_printf(out, "iif %s ", q->iif->name);
	sb_puts(out, "pref medium\n");
}

static void answer_json(struct ctl *c, const struct route6_query *q, const struct rt6_info *rt)
{
	u32 left = ip6_pmtu_left_s(c->net, &q->fl.daddr);
	struct json *js = &c->js;
	char text[IP6_STR_MAX];
	struct ip6_addr src;
	struct strbuf sb;

	json_array_begin(js, NULL);
	json_object_begin(js, NULL);
	if (rt->type != RTN_UNICAST) {
		sb_init(&sb, text, sizeof(text));
		rt_put_type(&sb, rt->type);
		json_str(js, "type", text);
	}
	json_str(js, "dst", ip6_addr_str(&q->fl.daddr, text));
	json_str(js, "from", ip6_addr_str(&q->from, text));
	if (rt->has_gateway)
		json_str(js, "gateway", ip6_addr_str(&rt->gateway, text));
	json_str(js, "dev", rt->dst.dev->name);
	if (rt->table && rt->table != RT_TABLE_MAIN) {
		sb_init(&sb, text, sizeof(text));
		rt_put_table(&sb, rt->table);
		json_str(js, "table", text);
	}
	if (rt->protocol && rt->protocol != RTPROT_BOOT) {
		sb_init(&sb, text, sizeof(text));
		rt_put_proto(&sb, rt->protocol);
		json_str(js, "protocol", text);
	}
	if (source_of(c->net, q, rt, &src))
		json_str(js, "prefsrc", ip6_addr_str(&src, text));
	json_uint(js, "metric", rt->metric);
	json_array_begin(js, "flags");
	json_array_end(js);
	if (left)
		json_uint(js, "expires", left);
	rt_json_metrics(c, left ? ip6_dst_mtu(rt, &q->fl.daddr) : rt->mtu, rt->dst.metrics);
	if (q->iif)
		json_str(js, "iif", q->iif->name);
	json_str(js, "pref", "medium");
	json_object_end(js);
	json_array_end(js);
	sb_putc(c->out, '\n');
}

static void answer_match(struct ctl *c, const struct route6_query *q, const struct rt6_info *rt)
{
	if (c->json)
		json_array_begin(&c->js, NULL);
	route6_show_match(c, &q->fl.daddr, rt);
	if (!c->json)
		return;
	json_array_end(&c->js);
	sb_putc(c->out, '\n');
}

static int answer(struct ctl *c, const struct route6_query *q, const struct rt6_info *rt)
{
	if (rt->dst.error)
		return rtnl_error(c, rt->dst.error);
	if (!rt->dst.dev)
		return rtnl_error(c, -ENETUNREACH);
	if (q->fibmatch)
		answer_match(c, q, rt);
	else if (c->json)
		answer_json(c, q, rt);
	else
		answer_text(c, q, rt);
	return 0;
}

/* ---- the question ---- */

static int get_output(struct ctl *c, struct route6_query *q)
{
	struct rt6_info *rt;
	int err;

	q->fl.oif = q->oif ? q->oif->ifindex : 0;
	q->fl.saddr = q->from;
	err = ip6_route_output(c->net, &q->fl, &rt);
	if (err)
		return rtnl_error(c, err);
	err = answer(c, q, rt);
	dst_release(&rt->dst);
	return err;
}

/* The lookup hangs its result on a packet and looks into it for ports (rules, ECMP): the headers of
 * one, which never leaves here. */
static struct sk_buff *packet_of(struct ctl *c, const struct route6_query *q)
{
	struct ipv6_view v = {
		.payload_len = TCP_HLEN, .hop_limit = 64, .tclass = q->fl.tclass,
		.nexthdr = q->fl.proto ? q->fl.proto : IP_PROTO_UDP,
		.saddr = q->from, .daddr = q->fl.daddr,
	};
	struct sk_buff *skb = alloc_skb(c->net, IPV6_HLEN + TCP_HLEN);
	u8 *l4;

	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	ipv6_build(skb_put(skb, IPV6_HLEN), &v);
	l4 = memset(skb_put(skb, TCP_HLEN), 0, TCP_HLEN);
	memcpy(l4, &q->fl.sport, 2);
	memcpy(l4 + 2, &q->fl.dport, 2);
	skb->dev = q->iif;
	skb->mark = q->fl.mark;
	IP6CB(skb)->iif = q->iif->ifindex;
	return skb;
}

static int get_input(struct ctl *c, struct route6_query *q)
{
	struct sk_buff *skb;
	int err;

	if (!q->iif->ip6_ptr)
		return rtnl_error(c, -ENODEV);
	skb = packet_of(c, q);
	if (!skb)
		return rtnl_error(c, -ENOMEM);
	err = ip6_route_input(skb) || !skb->dst ? rtnl_error(c, -EINVAL) :
						  answer(c, q, dst_rt6_info(skb->dst));
	consume_skb(skb);
	return err;
}

int ctl_route6_get(struct ctl *c)
{
	struct route6_query q = { .plen = 128 };
	const char *w;
	int err;

	while ((w = arg_next(c))) {
		err = query_word(c, w, &q);
		if (err)
			return err;
	}
	if (!q.has_to)
		return ctl_fail(c, -EINVAL, "need at least a destination address");
	if (q.plen != 128 && !c->json)
		sb_printf(c->out, "Warning: /%u as prefix is invalid, only /128 (or none) is "
			  "supported.\n", q.plen);
	return q.iif ? get_input(c, &q) : get_output(c, &q);
}
