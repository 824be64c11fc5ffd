/* SPDX-License-Identifier: MIT */
/* ip -6 route: show, flush, get, add and its kin. */
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/nexthop6.h"
#include "ctl/rt_metrics.h"
#include "ctl/rtnames.h"

/* ---- show ---- */

struct route6_filter {
	struct ctl *c;
	struct ip6_addr root;
	const struct net_device *dev;
	u8 plen, proto, type;	/* 0: any */
	u32 table, metric;
	bool has_root, exact, all_tables, has_metric;
	u16 left;		/* next hops of the route that is being shown */
};

static bool chosen(const struct route6_filter *f, const struct fib6_config *r)
{
	if (!f->all_tables && r->table != f->table)
		return false;
	if ((f->exact && r->plen != f->plen) || (f->has_metric && r->metric != f->metric))
		return false;
	if (f->has_root && (r->plen < f->plen || !ipv6_prefix_equal(&r->dst, &f->root, f->plen)))
		return false;
	return (!f->dev || f->dev == r->dev) && (!f->proto || f->proto == r->protocol) &&
	       (!f->type || f->type == r->type);
}

static void put_dst(struct strbuf *sb, const struct fib6_config *r)
{
	if (!r->plen)
		sb_puts(sb, "default");
	else
		sb_ip6_addr(sb, &r->dst);
	if (r->plen && r->plen < 128)
		sb_printf(sb, "/%u", r->plen);
}

/* RFC 4191 2.1 */
static const char *pref_text(u8 pref)
{
	return pref == 1 ? "high" : pref == 3 ? "low" : "medium";
}

static void put_route(struct ctl *c, const struct route6_filter *f, const struct fib6_config *r)
{
	struct strbuf *out = c->out;
	char text[IP6_STR_MAX];
	ktime_t until;

	if (r->type != RTN_UNICAST || c->details) {
		rt_put_type(out, r->type);
		sb_putc(out, ' ');
	}
	put_dst(out, r);
	sb_putc(out, ' ');
	if (r->has_gateway && !r->siblings)
		sb_printf(out, "via %s ", ip6_addr_str(&r->gateway, text));
	if (!f->dev && !r->siblings)
		sb_printf(out, "dev %s ", r->dev->name);
	if (f->all_tables && r->table != RT_TABLE_MAIN) {
		sb_puts(out, "table ");
		rt_put_table(out, r->table);
		sb_putc(out, ' ');
	}
	if (r->protocol != RTPROT_BOOT || c->details) {
		sb_puts(out, "proto ");
		rt_put_proto(out, r->protocol);
		sb_putc(out, ' ');
	}
	if (!ipv6_addr_any(&r->prefsrc))
		sb_printf(out, "src %s ", ip6_addr_str(&r->prefsrc, text));
	sb_printf(out, "metric %u %s", r->metric, r->onlink && !r->siblings ? "onlink " : "");
	rt_put_metrics(c, r->mtu, r->metrics);
	if (ipv6_ra_route(r, &until))
		sb_printf(out, "expires %usec ",
			  (u32)((max(until, c->net->now) - c->net->now) / NSEC_PER_SEC));
	sb_printf(out, "pref %s\n", pref_text(r->pref));
}

static void json_route(struct ctl *c, const struct fib6_config *r)
{
	char text[IP6_PREFIX_STR_MAX];
	struct json *js = &c->js;
	struct strbuf sb;

	json_object_begin(js, NULL);
	if (r->type != RTN_UNICAST) {
		sb_init(&sb, text, sizeof(text));
		rt_put_type(&sb, r->type);
		json_str(js, "type", text);
	}
	sb_init(&sb, text, sizeof(text));
	put_dst(&sb, r);
	json_str(js, "dst", text);
	if (r->has_gateway && !r->siblings)
		json_str(js, "gateway", ip6_addr_str(&r->gateway, text));
	if (!r->siblings)
		json_str(js, "dev", r->dev->name);
	if (r->protocol != RTPROT_BOOT) {
		sb_init(&sb, text, sizeof(text));
		rt_put_proto(&sb, r->protocol);
		json_str(js, "protocol", text);
	}
	json_uint(js, "metric", r->metric);
	json_array_begin(js, "flags");
	json_array_end(js);
	rt_json_metrics(c, r->mtu, r->metrics);
	json_str(js, "pref", pref_text(r->pref));
	if (r->siblings)
		json_array_begin(js, "nexthops");
	else
		json_object_end(js);
}

/* A route of several next hops comes as so many, one after the other. */
static void show_nexthop(struct route6_filter *f, const struct fib6_config *r)
{
	struct ctl *c = f->c;

	if (!f->left) {
		f->left = r->siblings;
		if (c->json)
			json_route(c, r);
		else
			put_route(c, f, r);
	}
	f->left--;
	if (!c->json) {
		nexthop6_put(c, r);
		return;
	}
	nexthop6_json(c, r);
	if (!f->left) {
		json_array_end(&c->js);
		json_object_end(&c->js);
	}
}

static int show_one(const struct fib6_config *r, void *ctx)
{
	struct route6_filter *f = ctx;

	if (!chosen(f, r))
		return 0;
	if (r->siblings && !f->dev)
		show_nexthop(f, r);
	else if (f->c->json)
		json_route(f->c, r);
	else
		put_route(f->c, f, r);
	return 0;
}

static int word_name(struct ctl *c, bool (*parse)(const char *w, u8 *v), u8 *value, const char *msg)
{
	const char *w;
	int err = arg_value(c, &w);

	return err || parse(w, value) ? err : arg_invalid(c, msg, w);
}

static int filter_word(struct ctl *c, const char *w, struct route6_filter *f)
{
	struct net_device *dev;
	int err;

	if (arg_is(w, "dev") || arg_is(w, "oif")) {
		err = arg_dev(c, &dev);
		f->dev = err ? NULL : dev;
		return err;
	}
	if (arg_matches(w, "table")) {
		err = arg_value(c, &w);
		f->all_tables = !err && (arg_is(w, "all") || arg_is(w, "0"));
		if (!err && !f->all_tables && !rt_table_parse(w, &f->table))
			err = arg_invalid(c, "table id value is invalid", w);
		return err;
	}
	if (arg_matches(w, "protocol"))
		return word_name(c, rt_proto_parse, &f->proto, "invalid \"protocol\"");
	if (arg_matches(w, "type"))
		return word_name(c, rt_type_parse, &f->type, "node type value is invalid");
	f->exact = !arg_is(w, "root");
	if (f->exact && !arg_is(w, "to") && !arg_is(w, "exact"))
		c->pos--;
	f->has_root = true;
	return arg_prefix6(c, &f->root, &f->plen);
}

static int filter_parse(struct ctl *c, struct route6_filter *f)
{
	const char *w;
	int err = 0;

	f->c = c;
	f->table = RT_TABLE_MAIN;
	while (!err && (w = arg_next(c)))
		err = filter_word(c, w, f);
	return err;
}

static int route_show(struct ctl *c)
{
	struct route6_filter f = { .c = c };
	int err = filter_parse(c, &f);

	if (err)
		return err;
	if (!f.all_tables && !fib6_table_exists(c->net, f.table))
		return ctl_fail(c, -ENOENT, "Error: ipv6: FIB table does not exist.\n"
				"Dump terminated");
	if (c->json)
		json_array_begin(&c->js, NULL);
	fib6_for_each(c->net, show_one, &f);
	if (c->json) {
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	}
	return 0;
}

void route6_show_all(struct ctl *c)
{
	struct route6_filter f = { .c = c, .all_tables = true };

	fib6_for_each(c->net, show_one, &f);
}

void route6_show_match(struct ctl *c, const struct ip6_addr *daddr, const struct rt6_info *rt)
{
	struct route6_filter f = { .c = c, .root = *daddr, .plen = rt->plen, .has_root = true,
				   .exact = true, .table = rt->table ? rt->table : RT_TABLE_MAIN,
				   .has_metric = true, .metric = rt->metric };

	fib6_for_each(c->net, show_one, &f);
}

/* ---- flush ---- */

struct flush {
	struct route6_filter f;
	struct fib6_config found;
};

static int find_one(const struct fib6_config *r, void *ctx)
{
	struct flush *fl = ctx;

	if (!chosen(&fl->f, r))
		return 0;
	fl->found = *r;
	return 1;
}

/* One after the other: the table is not changed while it is walked. */
static int route_flush(struct ctl *c)
{
	struct flush fl = { .f = { .c = c } };
	int err;

	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "\"ip route flush\" requires arguments.");
	err = filter_parse(c, &fl.f);
	while (!err && fib6_for_each(c->net, find_one, &fl))
		if (ip6_route_del(c->net, &fl.found))
			break;
	return err;
}

/* ---- add, replace, delete ---- */

static int word_dst(struct ctl *c, const char *w, struct fib6_config *cfg, bool *has_dst)
{
	int err = 0;

	if (!*has_dst && !cfg->type && rt_type_parse(w, &cfg->type))
		err = arg_value(c, &w);
	if (!err && arg_is(w, "to"))
		err = arg_value(c, &w);
	if (err)
		return err;
	if (*has_dst)
		return arg_garbage(c, "to", w);
	*has_dst = true;
	c->pos--;
	return arg_prefix6(c, &cfg->dst, &cfg->plen);
}

static int route_word(struct ctl *c, const char *w, struct fib6_config *cfg,
		      struct dst_metrics *metrics, bool *has_dst)
{
	int err = arg_metric(c, w, &cfg->mtu, metrics);

	if (err <= 0)
		return err;
	if (arg_is(w, "via")) {
		arg_take(c, "inet6");
		cfg->has_gateway = true;
		return arg_addr6(c, &cfg->gateway);
	}
	if (arg_is(w, "dev") || arg_is(w, "oif"))
		return arg_dev(c, &cfg->dev);
	if (arg_is(w, "src"))
		return arg_addr6(c, &cfg->prefsrc);
	if (arg_is(w, "metric") || arg_is(w, "priority") || arg_is(w, "preference"))
		return arg_u32(c, "metric", &cfg->metric);
	if (arg_matches(w, "protocol"))
		return word_name(c, rt_proto_parse, &cfg->protocol,
				 "\"protocol\" value is invalid");
	if (arg_matches(w, "table")) {
		err = arg_value(c, &w);
		if (!err && !rt_table_parse(w, &cfg->table))
			err = arg_invalid(c, "\"table\" value is invalid", w);
		return err;
	}
	if (arg_is(w, "pref"))
		return arg_value(c, &w);
	if (arg_is(w, "onlink")) {
		cfg->onlink = true;
		return 0;
	}
	return word_dst(c, w, cfg, has_dst);
}

static int change_by(struct ctl *c, const char *verb, const struct fib6_config *cfg,
		     struct nexthops6 *all)
{
	bool replace = arg_is(verb, "replace") || arg_is(verb, "change");
	int err = 0;

	nexthops6_complete(all, cfg);
	if (!arg_is(verb, "delete"))
		return all->n ? ip6_route_add_multi(c->net, all->nh, all->n, replace) :
		       replace ? ip6_route_replace(c->net, cfg) : ip6_route_add(c->net, cfg);
	if (!all->n)
		return ip6_route_del(c->net, cfg);
	for (u32 i = 0; i < all->n && !err; i++)
		err = ip6_route_del(c->net, &all->nh[i]);
	return err;
}

static int route_change(struct ctl *c, const char *verb)
{
	struct dst_metrics metrics = { .refcnt = 0 };
	struct fib6_config cfg = { .metrics = &metrics, .excl = arg_is(verb, "add") };
	struct nexthops6 all = { .n = 0 };
	bool has_dst = false;
	const char *w;
	int err;

	while ((w = arg_next(c))) {
		err = arg_is(w, "nexthop") ? arg_nexthops6(c, &all) :
					     route_word(c, w, &cfg, &metrics, &has_dst);
		if (err)
			return err;
	}
	if (!has_dst)
		return ctl_usage(c, HELP_IP_ROUTE);
	if (!ipv6_addr_any(&cfg.prefsrc) && !ipv6_get_ifaddr(c->net, &cfg.prefsrc, NULL))
		return ctl_fail(c, -EINVAL, "Error: Invalid source address.");
	err = change_by(c, verb, &cfg, &all);
	if (err == -EACCES)
		return ctl_fail(c, err, "Error: IPv6 is disabled on nexthop device.");
	return err ? rtnl_error(c, err) : 0;
}

int ctl_ip_route6(struct ctl *c)
{
	static const char verbs[][8] = { "add", "change", "replace", "append", "delete" };
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "list") || arg_matches(w, "show") || arg_matches(w, "lst"))
		return route_show(c);
	if (arg_matches(w, "get"))
		return ctl_route6_get(c);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (arg_matches(w, verbs[i]))
			return route_change(c, verbs[i]);
	if (arg_matches(w, "flush"))
		return route_flush(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_IP_ROUTE);
	return arg_unknown_command(c, w, "ip route help");
}
