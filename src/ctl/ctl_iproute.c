/* SPDX-License-Identifier: MIT */
/* ip route show and flush; add and its kin are in ctl_iproute_add.c, get in ctl_iproute_get.c. */
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/route_show.h"
#include "ctl/rt_metrics.h"
#include "ctl/rtnames.h"
#include "wire/inet_addr.h"

/* ---- the choice ---- */

static int filter_table(struct ctl *c, struct route_filter *f)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (arg_is(w, "cache"))
		return 1;
	f->all_tables = arg_is(w, "all") || arg_is(w, "0");
	if (!f->all_tables && !rt_table_parse(w, &f->table))
		return arg_invalid(c, "table id value is invalid", w);
	return 0;
}

static int filter_name(struct ctl *c, bool (*parse)(const char *w, u8 *v), bool *has, u8 *value,
		       const char *msg)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	*has = !arg_is(w, "all");
	return !*has || parse(w, value) ? 0 : arg_invalid(c, msg, w);
}

static int filter_prefix(struct ctl *c, const char *w, struct route_filter *f)
{
	int err;

	if (arg_is(w, "root")) {
		f->has_root = true;
		err = arg_prefix(c, &f->root);
	} else if (arg_is(w, "match")) {
		f->has_match = true;
		err = arg_prefix(c, &f->match);
	} else {
		if (!arg_is(w, "exact"))
			c->pos--;
		err = arg_prefix(c, &f->root);
		f->match = f->root;
		f->has_root = f->has_match = true;
	}
	if (f->root.any)
		f->root.plen = 0;
	if (f->match.any)
		f->match.plen = 0;
	return err;
}

static int filter_word(struct ctl *c, const char *w, struct route_filter *f)
{
	if (arg_matches(w, "table"))
		return filter_table(c, f);
	if (arg_matches(w, "cached") || arg_is(w, "cache"))
		return 1;
	if (arg_matches(w, "protocol"))
		return filter_name(c, rt_proto_parse, &f->has_proto, &f->proto,
				   "invalid \"protocol\"");
	if (arg_matches(w, "scope"))
		return filter_name(c, rt_scope_parse, &f->has_scope, &f->scope,
				   "invalid \"scope\"");
	if (arg_matches(w, "type"))
		return filter_name(c, rt_type_parse, &f->has_type, &f->type,
				   "node type value is invalid");
	if (arg_is(w, "dev") || arg_is(w, "oif"))
		return arg_dev(c, &f->dev);
	if (arg_is(w, "via")) {
		f->has_via = true;
		return arg_addr(c, &f->via);
	}
	if (arg_matches(w, "src")) {
		f->has_src = true;
		return arg_addr(c, &f->src);
	}
	if (arg_is(w, "to")) {
		int err = arg_value(c, &w);

		if (err)
			return err;
	}
	return filter_prefix(c, w, f);
}

int route_filter_parse(struct ctl *c, struct route_filter *f)
{
	const char *w;

	f->table = RT_TABLE_MAIN;
	while ((w = arg_next(c))) {
		int r = filter_word(c, w, f);

		if (r)
			return r;
	}
	return 0;
}

static bool leads_by(const struct fib_route_info *r, const struct net_device *dev)
{
	for (u32 i = 0; i < r->nhs; i++)
		if (fib_route_nexthop(r, i)->dev == dev)
			return true;
	return false;
}

bool route_filter_ok(const struct route_filter *f, const struct fib_route_info *r)
{
	if (f->has_root && (r->prefixlen < f->root.plen ||
			    !inet_same_network(r->dst, f->root.addr, f->root.plen)))
		return false;
	if (f->has_match && (r->prefixlen > f->match.plen ||
			     !inet_same_network(r->dst, f->match.addr, r->prefixlen)))
		return false;
	if (f->dev && !leads_by(r, f->dev))
		return false;
	if ((f->has_via && f->via != r->gateway) || (f->has_src && f->src != r->prefsrc))
		return false;
	return (!f->has_proto || f->proto == r->protocol) &&
	       (!f->has_scope || f->scope == r->scope) && (!f->has_type || f->type == r->type);
}

int route_for_each(struct ctl *c, const struct route_filter *f,
		   int (*fn)(const struct fib_route_info *r, void *ctx), void *ctx)
{
	return fib_for_each(c->net, f->all_tables ? 0 : f->table, fn, ctx);
}

/* ---- show ---- */

void route_put_dst(struct strbuf *sb, be32 dst, u8 plen)
{
	if (!plen)
		sb_puts(sb, "default");
	else if (plen == 32)
		sb_inet_addr(sb, dst);
	else
		sb_inet_prefix(sb, dst, plen);
}

/* What is the same for all routes shown is left out, as ip does. */
void route_print(struct ctl *c, const struct route_filter *f, const struct fib_route_info *r)
{
	struct strbuf *out = c->out;
	char text[INET_STR_MAX];

	if (r->type != RTN_UNICAST || c->details) {
		rt_put_type(out, r->type);
		sb_putc(out, ' ');
	}
	route_put_dst(out, r->dst, r->prefixlen);
	sb_putc(out, ' ');
	if (r->gateway && r->nhs == 1)
		sb_printf(out, "via %s ", inet_addr_str(r->gateway, text));
	if (r->dev && !f->dev && r->nhs == 1)
		sb_printf(out, "dev %s ", r->dev->name);
	if (f->all_tables && r->table != RT_TABLE_MAIN) {
		sb_puts(out, "table ");
		rt_put_table(out, r->table);
		sb_putc(out, ' ');
	}
	if ((r->protocol != RTPROT_BOOT || c->details) && !f->has_proto) {
		sb_puts(out, "proto ");
		rt_put_proto(out, r->protocol);
		sb_putc(out, ' ');
	}
	if ((r->scope != RT_SCOPE_UNIVERSE || c->details) && !f->has_scope) {
		sb_puts(out, "scope ");
		rt_put_scope(out, r->scope);
		sb_putc(out, ' ');
	}
	if (r->prefsrc)
		sb_printf(out, "src %s ", inet_addr_str(r->prefsrc, text));
	if (r->priority)
		sb_printf(out, "metric %u ", r->priority);
	if (r->nhs == 1)
		sb_printf(out, "%s%s%s", r->dead ? "dead " : "", r->onlink ? "onlink " : "",
			  r->linkdown ? "linkdown " : "");
	rt_put_metrics(c, r->mtu, r->metrics);
	if (r->nhs > 1)
		route_put_nexthops(c, r);
	sb_putc(out, '\n');
}

static void json_named(struct json *js, const char *key, void (*put)(struct strbuf *sb, u8 v), u8 v)
{
	char text[16];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	put(&sb, v);
	json_str(js, key, text);
}

void route_json(struct ctl *c, const struct route_filter *f, const struct fib_route_info *r)
{
	struct json *js = &c->js;
	char text[INET_PREFIX_STR_MAX];
	struct strbuf sb;

	json_object_begin(js, NULL);
	if (r->type != RTN_UNICAST || c->details)
		json_named(js, "type", rt_put_type, r->type);
	sb_init(&sb, text, sizeof(text));
	route_put_dst(&sb, r->dst, r->prefixlen);
	json_str(js, "dst", text);
	if (r->gateway && r->nhs == 1)
		json_str(js, "gateway", inet_addr_str(r->gateway, text));
	if (r->dev && !f->dev && r->nhs == 1)
		json_str(js, "dev", r->dev->name);
	if (f->all_tables && r->table != RT_TABLE_MAIN) {
		sb_init(&sb, text, sizeof(text));
		rt_put_table(&sb, r->table);
		json_str(js, "table", text);
	}
	if ((r->protocol != RTPROT_BOOT || c->details) && !f->has_proto)
		json_named(js, "protocol", rt_put_proto, r->protocol);
	if ((r->scope != RT_SCOPE_UNIVERSE || c->details) && !f->has_scope)
		json_named(js, "scope", rt_put_scope, r->scope);
	if (r->prefsrc)
		json_str(js, "prefsrc", inet_addr_str(r->prefsrc, text));
	if (r->priority)
		json_uint(js, "metric", r->priority);
	json_array_begin(js, "flags");
	if (r->dead && r->nhs == 1)
		json_str(js, NULL, "dead");
	if (r->onlink && r->nhs == 1)
		json_str(js, NULL, "onlink");
	if (r->linkdown && r->nhs == 1)
		json_str(js, NULL, "linkdown");
	json_array_end(js);
	if (r->nhs > 1)
		route_json_nexthops(c, r);
	rt_json_metrics(c, r->mtu, r->metrics);
	json_object_end(js);
}

struct route_show {
	struct ctl *c;
	struct route_filter f;
};

static int show_one(const struct fib_route_info *r, void *ctx)
{
	struct route_show *s = ctx;

	if (!route_filter_ok(&s->f, r))
		return 0;
	if (s->c->json)
		route_json(s->c, &s->f, r);
	else
		route_print(s->c, &s->f, r);
	return 0;
}

static int route_show(struct ctl *c)
{
	struct route_show s = { .c = c };
	int r;

	if (arg_matches(arg_peek(c), "help"))
		return ctl_print(c, HELP_IP_ROUTE);
	r = route_filter_parse(c, &s.f);
	if (r < 0)
		return r;
	if (!r && !s.f.all_tables && !fib_table_exists(c->net, s.f.table))
		return ctl_fail(c, -ENOENT, "Error: ipv4: FIB table does not exist.\n"
				"Dump terminated");
	if (c->json)
		json_array_begin(&c->js, NULL);
	if (!r)
		route_for_each(c, &s.f, show_one, &s);
	if (!r && !c->family && s.f.all_tables)
		route6_show_all(c);
	if (c->json) {
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	}
	return 0;
}

/* ---- flush: the table is not changed while it is walked ---- */

#define FLUSH_BATCH 64

struct route_flush {
	struct route_filter f;
	struct fib_config found[FLUSH_BATCH];
	u32 n;
};

static int flush_collect(const struct fib_route_info *r, void *ctx)
{
	struct route_flush *fl = ctx;

	if (!route_filter_ok(&fl->f, r))
		return 0;
	fl->found[fl->n++] = (struct fib_config){
		.dst = r->dst, .prefixlen = r->prefixlen, .table = r->table, .type = r->type,
		.gateway = r->gateway, .dev = r->dev, .priority = r->priority,
		.protocol = r->protocol,
	};
	return fl->n == FLUSH_BATCH;
}

static int route_flush(struct ctl *c)
{
	struct route_flush fl = { .n = 0 };
	u32 deleted = 0, progress;
	int r;

	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "\"ip route flush\" requires arguments.");
	r = route_filter_parse(c, &fl.f);
	if (r > 0)
		ip_route_flush_cache(c->net);
	if (r)
		return min(r, 0);
	do {
		fl.n = progress = 0;
		route_for_each(c, &fl.f, flush_collect, &fl);
		for (u32 i = 0; i < fl.n; i++)
			progress += !fib_route_del(c->net, &fl.found[i]);
		deleted += progress;
	} while (fl.n == FLUSH_BATCH && progress);
	if (c->stats && !deleted)
		sb_puts(c->out, "Nothing to flush.\n");
	else if (c->stats)
		sb_printf(c->out, "\n*** Round 1, deleting %u entries ***\n"
			  "*** Flush is complete after 1 round ***\n", deleted);
	return 0;
}

int ctl_ip_route(struct ctl *c)
{
	static const char verbs[][8] = { "add", "change", "replace", "append", "prepend",
					 "delete" };
	const char *w;

	if (ctl_wants_inet6(c))
		return ctl_ip_route6(c);
	w = arg_next(c);
	if (!w || arg_matches(w, "list") || arg_matches(w, "show") || arg_matches(w, "lst"))
		return route_show(c);
	if (arg_matches(w, "get"))
		return ctl_route_get(c);
	if (arg_is(w, "chg"))
		w = "change";
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (arg_matches(w, verbs[i]))
			return ctl_route_add(c, verbs[i]);
	if (arg_matches(w, "flush"))
		return route_flush(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_IP_ROUTE);
	return arg_unknown_command(c, w, "ip route help");
}
