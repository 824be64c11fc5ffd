/* SPDX-License-Identifier: MIT */
/* ip neigh: which next hop has which MAC address. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/link.h"
#include "ctl/machine.h"
#include "ctl/neigh_show.h"
#include "ctl/rtnames.h"
#include "wire/inet_addr.h"

be32 neigh_addr(const struct neighbour *n)
{
	be32 addr;

	memcpy(&addr, n->primary_key, sizeof(addr));
	return addr;
}

static const char *key_text(const struct neigh_table *tbl, const u8 *key, char text[IP6_STR_MAX])
{
	struct ip6_addr a;
	be32 v4;

	if (tbl->family != LN_AF_INET6) {
		memcpy(&v4, key, sizeof(v4));
		return inet_addr_str(v4, text);
	}
	memcpy(&a, key, sizeof(a));
	return ip6_addr_str(&a, text);
}

static const char *addr_text(const struct neighbour *n, char text[IP6_STR_MAX])
{
	return key_text(n->tbl, n->primary_key, text);
}

/* The first of the tables to be looked through, and the one behind it; NULL: that was all. */
static struct neigh_table *first_table(const struct ctl *c)
{
	return c->family == LN_AF_INET6 ? &c->net->ipv6->nd_tbl : &c->net->neigh->arp;
}

static struct neigh_table *next_table(const struct ctl *c, const struct neigh_table *tbl)
{
	return c->family || tbl->family == LN_AF_INET6 ? NULL : &c->net->ipv6->nd_tbl;
}

static const struct {
	u8 state;
	char name[12];
} nud_names[] = {
	{ NUD_INCOMPLETE, "incomplete" }, { NUD_REACHABLE, "reachable" }, { NUD_STALE, "stale" },
	{ NUD_DELAY, "delay" },		  { NUD_PROBE, "probe" },	  { NUD_FAILED, "failed" },
	{ NUD_NOARP, "noarp" },		  { NUD_PERMANENT, "permanent" }, { NUD_NONE, "none" },
};

bool nud_parse(const char *w, u8 *state)
{
	u64 v;

	for (size_t i = 0; i < ARRAY_SIZE(nud_names); i++) {
		if (arg_matches(w, nud_names[i].name)) {
			*state = nud_names[i].state;
			return true;
		}
	}
	if (!parse_u64(w, 0xff, &v))
		return false;
	*state = (u8)v;
	return true;
}

struct neigh_filter {
	struct ctl *c;
	struct net_device *dev;
	struct neigh_table *tbl;
	struct ip6_addr to;	/* of IPv4 in its first 4 bytes */
	u16 to_family;		/* 0: of any */
	u8 to_plen;
	bool has_nud, proxy;
	u8 nud;			/* bits; NUD_NONE has its own */
	bool none, flush;
	u32 deleted;
};

static bool key_chosen(const struct neigh_filter *f, const struct neigh_table *tbl, const u8 *key)
{
	struct ip6_addr a = { 0 };

	memcpy(&a, key, tbl->key_len);
	return !f->to_family ||
	       (f->to_family == tbl->family && ipv6_prefix_equal(&a, &f->to, f->to_plen));
}

static bool neigh_chosen(const struct neigh_filter *f, const struct neighbour *n)
{
	if (f->dev && f->dev->ifindex != n->dev->ifindex)
		return false;
	if (!key_chosen(f, n->tbl, n->primary_key))
		return false;
	if (n->ext_learned && !f->flush)	/* they are shown whatever is asked for, as by ip */
		return true;
	if (f->has_nud)
		return n->nud_state ? n->nud_state & f->nud : f->none;
	/* Without a choice: what was resolved or tried; flush spares what was set by hand. */
	if (f->flush)
		return n->nud_state && !(n->nud_state & (NUD_PERMANENT | NUD_NOARP));
	return n->nud_state && n->nud_state != NUD_NOARP;
}

static int filter_nud(struct ctl *c, struct neigh_filter *f)
{
	const char *w;
	u8 state = 0;
	int err = arg_value(c, &w);

	if (err)
		return err;
	f->has_nud = true;
	if (arg_is(w, "all")) {
		f->nud = 0xff;
		f->none = true;
		return 0;
	}
	if (!nud_parse(w, &state))
		return arg_invalid(c, "nud state is bad", w);
	f->nud |= state;
	f->none |= !state;
	return 0;
}

static int filter_to(struct ctl *c, struct neigh_filter *f)
{
	const char *w = arg_peek(c);
	struct arg_prefix p;
	int err;

	if (w && strchr(w, ':')) {
		f->to_family = LN_AF_INET6;
		return arg_prefix6(c, &f->to, &f->to_plen);
	}
	err = arg_prefix(c, &p);
	if (err || p.any)
		return err;
	f->to_family = LN_AF_INET;
	memcpy(&f->to, &p.addr, sizeof(p.addr));
	f->to_plen = p.plen;
	return 0;
}

static int filter_parse(struct ctl *c, struct neigh_filter *f)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "dev")) {
			err = arg_dev(c, &f->dev);
		} else if (arg_is(w, "nud")) {
			err = filter_nud(c, f);
		} else if (arg_is(w, "proxy")) {
			f->proxy = true;
		} else if (arg_is(w, "unused") || arg_is(w, "nomaster")) {
			continue;
		} else {
			if (!arg_is(w, "to"))
				c->pos--;
			err = filter_to(c, f);
		}
	}
	return err;
}

/* ---- show ---- */

static u64 seconds_since(const struct net *net, ktime_t then)
{
	return (u64)((net->now - then) / NSEC_PER_SEC);
}

static void put_stats(struct ctl *c, const struct neighbour *n)
{
	if (timer_pending(&n->timer))	/* which holds it, in Linux */
		sb_puts(c->out, " ref 1");
	sb_printf(c->out, " used %llu/%llu/%llu", ull(seconds_since(c->net, n->used)),
		  ull(seconds_since(c->net, n->confirmed)),
		  ull(seconds_since(c->net, n->updated)));
	sb_printf(c->out, "probes %u ", n->probes);
}

static void put_protocol(struct ctl *c, u8 protocol)
{
	if (!protocol)
		return;
	sb_puts(c->out, "proto ");
	rt_put_proto(c->out, protocol);
	sb_putc(c->out, ' ');
}

static void json_protocol(struct ctl *c, u8 protocol)
{
	char text[16];
	struct strbuf sb;

	if (!protocol)
		return;
	sb_init(&sb, text, sizeof(text));
	rt_put_proto(&sb, protocol);
	json_str(&c->js, "protocol", text);
}

static void json_flag(struct json *js, const char *name, bool on)
{
	if (on)
		json_nil(js, name);
}

static void neigh_print(struct ctl *c, bool with_dev, const struct neighbour *n)
{
	char text[IP6_STR_MAX];

	sb_printf(c->out, "%s ", addr_text(n, text));
	if (with_dev)
		sb_printf(c->out, "dev %s ", n->dev->name);
	if (n->nud_state & NUD_VALID)
		sb_printf(c->out, "lladdr %s ", mac_str(n->ha, text));
	if (n->is_router)
		sb_puts(c->out, "router ");
	if (n->managed)
		sb_puts(c->out, "managed ");
	if (n->ext_learned)
		sb_puts(c->out, "extern_learn ");
	if (c->stats)
		put_stats(c, n);
	if (n->nud_state)
		sb_printf(c->out, "%s ", nud_state_name(n->nud_state));
	put_protocol(c, n->protocol);
	sb_putc(c->out, '\n');
}

static void neigh_json(struct ctl *c, bool with_dev, const struct neighbour *n)
{
	struct json *js = &c->js;
	char text[IP6_STR_MAX];

	json_object_begin(js, NULL);
	json_str(js, "dst", addr_text(n, text));
	if (with_dev)
		json_str(js, "dev", n->dev->name);
	if (n->nud_state & NUD_VALID)
		json_str(js, "lladdr", mac_str(n->ha, text));
	json_flag(js, "router", n->is_router);
	json_flag(js, "managed", n->managed);
	json_flag(js, "extern_learn", n->ext_learned);
	if (c->stats) {
		if (timer_pending(&n->timer))
			json_uint(js, "refcnt", 1);
		json_uint(js, "used", seconds_since(c->net, n->used));
		json_uint(js, "confirmed", seconds_since(c->net, n->confirmed));
		json_uint(js, "updated", seconds_since(c->net, n->updated));
		json_uint(js, "probes", n->probes);
	}
	if (n->nud_state) {
		json_array_begin(js, "state");
		json_str(js, NULL, nud_state_name(n->nud_state));
		json_array_end(js);
	}
	json_protocol(c, n->protocol);
	json_object_end(js);
}

static int show_one(struct neighbour *n, void *ctx)
{
	const struct neigh_filter *f = ctx;

	if (!neigh_chosen(f, n))
		return 0;
	if (f->c->json)
		neigh_json(f->c, !f->dev, n);
	else if (f->c->brief)
		sb_printf(f->c->out, "%-39s %-16s %s \n",
			  addr_text(n, (char[IP6_STR_MAX]){ 0 }), n->dev->name,
			  n->nud_state & NUD_VALID ? mac_str(n->ha, (char[MAC_STR_MAX]){ 0 }) : "");
	else
		neigh_print(f->c, !f->dev, n);
	return 0;
}

void neigh_show_one(struct ctl *c, const struct neighbour *n)
{
	if (c->json) {
		json_array_begin(&c->js, NULL);
		neigh_json(c, true, n);
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	} else {
		neigh_print(c, true, n);
	}
}

static void proxy_json(struct ctl *c, bool with_dev, const char *text,
		       const struct pneigh_entry *p)
{
	json_object_begin(&c->js, NULL);
	json_str(&c->js, "dst", text);
	if (with_dev)
		json_str(&c->js, "dev", p->dev->name);
	json_flag(&c->js, "router", p->is_router);
	json_nil(&c->js, "proxy");
	json_flag(&c->js, "extern_learn", p->ext_learned);
	json_protocol(c, p->protocol);
	json_object_end(&c->js);
}

static void proxy_put(struct ctl *c, const struct neigh_table *tbl, bool with_dev,
		      const struct pneigh_entry *p)
{
	char text[IP6_STR_MAX];

	key_text(tbl, p->key, text);
	with_dev &= p->dev != NULL;
	if (c->json) {
		proxy_json(c, with_dev, text, p);
		return;
	}
	sb_printf(c->out, "%s ", text);
	if (with_dev)
		sb_printf(c->out, "dev %s ", p->dev->name);
	sb_printf(c->out, "%sproxy %s", p->is_router ? "router " : "",
		  p->ext_learned ? "extern_learn " : "");
	put_protocol(c, p->protocol);
	sb_putc(c->out, '\n');
}

static bool proxy_chosen(const struct neigh_filter *f, const struct pneigh_entry *p)
{
	return (!f->dev || f->dev == p->dev) && key_chosen(f, f->tbl, p->key);
}

static int show_proxy(struct pneigh_entry *p, void *ctx)
{
	const struct neigh_filter *f = ctx;

	if (proxy_chosen(f, p))
		proxy_put(f->c, f->tbl, !f->dev, p);
	return 0;
}

void proxy_show_one(struct ctl *c, const struct neigh_table *tbl, const struct pneigh_entry *p)
{
	if (c->json)
		json_array_begin(&c->js, NULL);
	proxy_put(c, tbl, true, p);
	if (c->json) {
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	}
}

static void show_proxies(struct neigh_filter *f)
{
	for (f->tbl = first_table(f->c); f->tbl; f->tbl = next_table(f->c, f->tbl))
		pneigh_for_each(f->tbl, show_proxy, f);
}

static void show_neighbours(struct neigh_filter *f)
{
	struct ctl *c = f->c;

	if (c->family != LN_AF_INET6)
		machine_neigh_for_each(c->net, show_one, f);
	if (c->family != LN_AF_INET)
		neigh_for_each(&c->net->ipv6->nd_tbl, show_one, f);
}

static int neigh_show(struct ctl *c)
{
	struct neigh_filter f = { .c = c };
	int err;

	if (arg_matches(arg_peek(c), "help"))
		return ctl_print(c, HELP_IP_NEIGH);
	err = filter_parse(c, &f);
	if (err)
		return err;
	if (c->json)
		json_array_begin(&c->js, NULL);
	if (f.proxy)
		show_proxies(&f);
	else
		show_neighbours(&f);
	if (c->json) {
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	}
	return 0;
}

/* ---- flush: collected first, the table is not changed while it is walked ---- */

#define FLUSH_BATCH 64

struct neigh_flush {
	struct neigh_filter f;
	u32 n;
	struct { u8 key[IP6_ADDR_LEN]; struct net_device *dev; } found[FLUSH_BATCH];
};

static int flush_collect(struct neighbour *n, void *ctx)
{
	struct neigh_flush *fl = ctx;

	if (!neigh_chosen(&fl->f, n))
		return 0;
	memcpy(fl->found[fl->n].key, n->primary_key, IP6_ADDR_LEN);
	fl->found[fl->n++].dev = n->dev;
	return fl->n == FLUSH_BATCH;
}

static void flush_table(struct neigh_table *tbl, struct neigh_flush *fl)
{
	u32 progress;

	do {
		fl->n = progress = 0;
		neigh_for_each(tbl, flush_collect, fl);
		for (u32 i = 0; i < fl->n; i++)
			progress += !neigh_delete(tbl, fl->found[i].key, fl->found[i].dev);
		fl->f.deleted += progress;
	} while (fl->n == FLUSH_BATCH && progress);
}

static int proxy_collect(struct pneigh_entry *p, void *ctx)
{
	struct neigh_flush *fl = ctx;

	if (!proxy_chosen(&fl->f, p))
		return 0;
	memcpy(fl->found[fl->n].key, p->key, IP6_ADDR_LEN);
	fl->found[fl->n++].dev = p->dev;
	return fl->n == FLUSH_BATCH;
}

static void flush_proxies(struct neigh_table *tbl, struct neigh_flush *fl)
{
	fl->f.tbl = tbl;
	do {
		fl->n = 0;
		pneigh_for_each(tbl, proxy_collect, fl);
		for (u32 i = 0; i < fl->n; i++)
			pneigh_delete(tbl, fl->found[i].key, fl->found[i].dev);
		fl->f.deleted += fl->n;
	} while (fl->n == FLUSH_BATCH);
}

static int neigh_flush(struct ctl *c)
{
	struct neigh_flush fl = { .f = { .c = c, .flush = true } };
	struct neigh_table *tbl;
	int err;

	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "Flush requires arguments.");
	err = filter_parse(c, &fl.f);
	if (err)
		return err;
	for (tbl = first_table(c); tbl; tbl = next_table(c, tbl))
		(fl.f.proxy ? flush_proxies : flush_table)(tbl, &fl);
	if (c->stats && !fl.f.deleted)
		sb_puts(c->out, "Nothing to flush.\n");
	else if (c->stats)
		sb_printf(c->out, "\n*** Round 1, deleting %u entries ***\n"
			  "*** Flush is complete after 1 round ***\n", fl.f.deleted);
	return 0;
}

int ctl_ip_neigh(struct ctl *c)
{
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "show") || arg_matches(w, "lst") || arg_matches(w, "list"))
		return neigh_show(c);
	if (arg_matches(w, "help") || arg_matches(arg_peek(c), "help"))
		return ctl_print(c, HELP_IP_NEIGH);
	if (arg_matches(w, "add"))
		return ctl_neigh_add(c, true, false);
	if (arg_matches(w, "change") || arg_is(w, "chg"))
		return ctl_neigh_add(c, false, true);
	if (arg_matches(w, "replace"))
		return ctl_neigh_add(c, true, true);
	if (arg_matches(w, "delete"))
		return ctl_neigh_del(c);
	if (arg_matches(w, "get"))
		return ctl_neigh_get(c);
	if (arg_matches(w, "flush"))
		return neigh_flush(c);
	return arg_unknown_command(c, w, "ip neigh help");
}
