/* SPDX-License-Identifier: MIT */
/* ip route get: what a lookup finds, for a packet made here or (iif) one that arrives. */
#include "ctl/help.h"
#include "ctl/route_query.h"
#include "ctl/route_show.h"
#include "ctl/rt_metrics.h"
#include "ctl/rtnames.h"
#include "wire/inet_addr.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

struct route_query {
	struct flowi4 fl;
	struct arg_prefix to;
	bool has_to, has_from, fibmatch;
	be32 from;
	struct net_device *iif, *oif;
	u32 uid;		/* said again in the answer */
};

static int query_word(struct ctl *c, const char *w, struct route_query *q)
{
	int err = route_query_flow(c, w, &(struct route_query_flow){
		&q->fl.mark, &q->fl.sport, &q->fl.dport, &q->fl.proto, &q->fl.tos, &q->uid,
		&q->fibmatch, &q->iif, &q->oif });

	if (err <= 0)
		return err;
	if (arg_is(w, "from")) {
		q->has_from = true;
		return arg_addr(c, &q->from);
	}
	if (arg_is(w, "to")) {
		err = arg_value(c, &w);
		if (err)
			return err;
	}
	c->pos--;
	q->has_to = true;
	return arg_prefix(c, &q->to);
}

static const char *cache_flags(const struct rtable *rt)
{
	if (rt->redirected)
		return "<redirected> ";
	switch (rt->type) {
	case RTN_LOCAL:
		return "<local> ";
	case RTN_BROADCAST:
		return "<local,brd> ";
	case RTN_MULTICAST:
		return "<mc> ";
	default:
		return "";
	}
}

static bool names_table(const struct rtable *rt)
{
	return rt->table && rt->table != RT_TABLE_MAIN && rt->table != RT_TABLE_LOCAL;
}

/* Until what was learned of the way there is forgotten; 0: nothing was. */
static u32 expires_s(const struct net *net, const struct rtable *rt, be32 daddr)
{
	u32 left = pmtu_left_s(net, daddr);

	return left ? left : rt_redirect_left_s(net, rt, daddr);
}

static u32 shown_mtu(const struct rtable *rt, be32 daddr)
{
	return pmtu_left_s(rt->dst.net, daddr) ? dst_mtu(&rt->dst, daddr) : rt->mtu;
}

static void answer_text(struct ctl *c, const struct route_query *q, const struct rtable *rt,
			be32 src)
{
	char text[INET_STR_MAX];
	u32 left;

	if (rt->type != RTN_UNICAST) {
		rt_put_type(c->out, rt->type);
		sb_putc(c->out, ' ');
	}
	sb_printf(c->out, "%s ", inet_addr_str(q->to.addr, text));
	if (q->has_from)
		sb_printf(c->out, "from %s ", inet_addr_str(q->from, text));
	if (rt->gateway)
		sb_printf(c->out, "via %s ", inet_addr_str(rt->gateway, text));
	if (rt->dst.dev)
		sb_printf(c->out, "dev %s ", rt->dst.dev->name);
	if (names_table(rt)) {
		sb_puts(c->out, "table ");
		rt_put_table(c->out, rt->table);
		sb_putc(c->out, ' ');
	}
	if (!q->has_from && src)
		sb_printf(c->out, "src %s ", inet_addr_str(src, text));
	if (q->fl.mark)		/* as ip(8): small ones are numbers to people */
		sb_printf(c->out, q->fl.mark < 16 ? "mark %u " : "mark 0x%x ", q->fl.mark);
	if (!q->iif)
		sb_printf(c->out, "uid %u ", q->uid);
	ctl_nl(c);
	sb_printf(c->out, "    cache %s", cache_flags(rt));
	left = expires_s(c->net, rt, q->to.addr);
	if (left)
		sb_printf(c->out, "expires %usec ", left);
	rt_put_metrics(c, shown_mtu(rt, q->to.addr), rt->dst.metrics);
	if (q->iif)
		sb_printf(c->out, "iif %s ", q->iif->name);
	sb_putc(c->out, '\n');
}

static void answer_json(struct ctl *c, const struct route_query *q, const struct rtable *rt,
			be32 src)
{
	struct json *js = &c->js;
	char text[INET_STR_MAX];
	u32 left;
	struct strbuf sb;

	json_array_begin(js, NULL);
	json_object_begin(js, NULL);
	if (rt->type != RTN_UNICAST) {
		sb_init(&sb, text, sizeof(text));
		rt_put_type(&sb, rt->type);
		json_str(js, "type", text);
	}
	json_str(js, "dst", inet_addr_str(q->to.addr, text));
	if (q->has_from)
		json_str(js, "from", inet_addr_str(q->from, text));
	if (rt->gateway)
		json_str(js, "gateway", inet_addr_str(rt->gateway, text));
	if (rt->dst.dev)
		json_str(js, "dev", rt->dst.dev->name);
	if (names_table(rt)) {
		sb_init(&sb, text, sizeof(text));
		rt_put_table(&sb, rt->table);
		json_str(js, "table", text);
	}
	if (!q->has_from && src)
		json_str(js, "prefsrc", inet_addr_str(src, text));
	json_array_begin(js, "flags");
	json_array_end(js);
	if (q->fl.mark)
		json_uint(js, "mark", q->fl.mark);
	json_uint(js, "uid", q->uid);
	json_array_begin(js, "cache");
	if (rt->redirected)
		json_str(js, NULL, "redirected");
	json_array_end(js);
	left = expires_s(c->net, rt, q->to.addr);
	if (left)
		json_uint(js, "expires", left);
	rt_json_metrics(c, shown_mtu(rt, q->to.addr), rt->dst.metrics);
	json_object_end(js);
	json_array_end(js);
	sb_putc(c->out, '\n');
}

static void answer(struct ctl *c, const struct route_query *q, const struct rtable *rt, be32 src)
{
	if (c->json)
		answer_json(c, q, rt, src);
	else
		answer_text(c, q, rt, src);
}

static int get_output(struct ctl *c, struct route_query *q)
{
	struct rtable *rt;
	int err;

	q->fl.daddr = q->to.addr;
	q->fl.saddr = q->from;
	q->fl.oif = q->oif ? q->oif->ifindex : 0;
	err = ip_route_output(c->net, &q->fl, &rt);
	if (err)
		return rtnl_error(c, err);
	answer(c, q, rt, q->fl.saddr);
	dst_release(&rt->dst);
	return 0;
}

/* As Linux answers for the same cases. */
static int input_errno(enum skb_drop_reason why)
{
	switch (why) {
	case SKB_DROP_REASON_IP_RPFILTER:
		return -EXDEV;
	case SKB_DROP_REASON_IP_INNOROUTES:
		return -ENETUNREACH;
	case SKB_DROP_REASON_IP_FORWARDING_OFF:
		return -EHOSTUNREACH;
	default:
		return -EINVAL;
	}
}

/*
 * The lookup wants a packet to hang its result on, and looks into it for ports (rules, ECMP): the
 * headers of one, which never leaves here. Without ipproto it is UDP's, as Linux has it.
 */
static struct sk_buff *packet_of(struct ctl *c, const struct route_query *q)
{
	u8 proto = q->fl.proto ? q->fl.proto : IP_PROTO_UDP;
	struct ipv4_view v = {
		.hlen = IPV4_HLEN, .tot_len = IPV4_HLEN + TCP_HLEN, .ttl = 64, .tos = q->fl.tos,
		.protocol = proto, .saddr = q->from, .daddr = q->to.addr,
	};
	struct sk_buff *skb = alloc_skb(c->net, v.tot_len);
	u8 *l4;

	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	ipv4_build(skb_put(skb, v.hlen), &v);
	l4 = memset(skb_put(skb, TCP_HLEN), 0, TCP_HLEN);
	if (proto == IP_PROTO_TCP || proto == IP_PROTO_UDP) {
		memcpy(l4, &q->fl.sport, 2);
		memcpy(l4 + 2, &q->fl.dport, 2);
	}
	return skb;
}

static int get_input(struct ctl *c, struct route_query *q)
{
	struct sk_buff *skb = packet_of(c, q);
	enum skb_drop_reason why;
	int err = 0;

	if (!skb)
		return rtnl_error(c, -ENOMEM);
	skb->dev = q->iif;
	skb->mark = q->fl.mark;
	why = ip_route_input(skb, q->to.addr, q->from, q->fl.tos, q->iif);
	if (why || !skb->dst)
		err = rtnl_error(c, input_errno(why));
	else if (skb->dst->error)
		err = rtnl_error(c, skb->dst->error);
	else
		answer(c, q, dst_rtable(skb->dst), 0);
	consume_skb(skb);
	return err;
}

/* The entry that answers, as it is listed. */
static int get_entry(struct ctl *c, struct route_query *q)
{
	struct route_filter f = { .all_tables = true };
	struct fib_route_info r;
	int err;

	q->fl.daddr = q->to.addr;
	q->fl.saddr = q->from;
	q->fl.oif = q->oif ? q->oif->ifindex : 0;
	q->fl.iif = q->iif ? q->iif->ifindex : 0;
	err = fib_route_match(c->net, &q->fl, &r);
	if (err)
		return rtnl_error(c, err);
	if (!c->json) {
		route_print(c, &f, &r);
		return 0;
	}
	json_array_begin(&c->js, NULL);
	route_json(c, &f, &r);
	json_array_end(&c->js);
	sb_putc(c->out, '\n');
	return 0;
}

int ctl_route_get(struct ctl *c)
{
	struct route_query q = { .fl = { .iif = 0 } };
	const char *w;
	int err;

	while ((w = arg_next(c))) {
		if (arg_is(w, "help"))
			return ctl_print(c, HELP_IP_ROUTE);
		err = query_word(c, w, &q);
		if (err)
			return err;
	}
	if (!q.has_to || (q.to.any && !q.to.has_len))
		return ctl_fail(c, -EINVAL, "need at least a destination address");
	if (q.to.plen != 32 && !c->json)
		sb_printf(c->out, "Warning: /%u as prefix is invalid, only /32 (or none) is "
			  "supported.\n", q.to.plen);
	if (q.fibmatch)
		return get_entry(c, &q);
	return q.iif ? get_input(c, &q) : get_output(c, &q);
}
