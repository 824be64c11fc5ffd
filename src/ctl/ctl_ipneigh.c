/* SPDX-License-Identifier: MIT */
/* ip neigh: which next hop has which MAC address. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/link.h"
#include "ctl/machine.h"
#include "ctl/neigh_show.h"
#include "wire/inet_addr.h"

be32 neigh_addr(const struct neighbour *n)
{
	be32 addr;

	memcpy(&addr, n->primary_key, sizeof(addr));
	return addr;
}

static const char *addr_text(const struct neighbour *n, char text[IP6_STR_MAX])
{
	struct ip6_addr a;

	if (n->tbl->family != LN_AF_INET6)
		return inet_addr_str(neigh_addr(n), text);
	memcpy(&a, n->primary_key, sizeof(a));
	return ip6_addr_str(&a, text);
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

static bool nud_parse(const char *w, u8 *state)
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
	struct arg_prefix to;
	bool has_to, has_nud;
	u8 nud;			/* bits; NUD_NONE has its own */
	bool none, flush;
	u32 deleted;
};

static bool neigh_chosen(const struct neigh_filter *f, const struct neighbour *n)
{
	if (f->dev && f->dev->ifindex != n->dev->ifindex)
		return false;
	if (f->has_to && !f->to.any && n->tbl->family == LN_AF_INET6)
		return false;
	if (f->has_to && !f->to.any && !inet_same_network(neigh_addr(n), f->to.addr, f->to.plen))
		return false;
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

static int filter_parse(struct ctl *c, struct neigh_filter *f)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "dev")) {
			err = arg_dev(c, &f->dev);
		} else if (arg_is(w, "nud")) {
			err = filter_nud(c, f);
		} else if (arg_is(w, "unused") || arg_is(w, "nomaster")) {
			continue;
		} else {
			if (!arg_is(w, "to"))
				c->pos--;
			f->has_to = true;
			err = arg_prefix(c, &f->to);
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
	if (n->refcnt > 1)
		sb_printf(c->out, " ref %u", n->refcnt - 1);
	sb_printf(c->out, " used %llu/%llu/%llu", ull(seconds_since(c->net, n->used)),
		  ull(seconds_since(c->net, n->confirmed)),
		  ull(seconds_since(c->net, n->updated)));
	sb_printf(c->out, "probes %u ", n->probes);
}

static void neigh_print(const struct neigh_filter *f, const struct neighbour *n)
{
	struct ctl *c = f->c;
	char text[IP6_STR_MAX];

	sb_printf(c->out, "%s ", addr_text(n, text));
	if (!f->dev)
		sb_printf(c->out, "dev %s ", n->dev->name);
	if (n->nud_state & NUD_VALID)
		sb_printf(c->out, "lladdr %s ", mac_str(n->ha, text));
	if (n->is_router)
		sb_puts(c->out, "router ");
	if (c->stats)
		put_stats(c, n);
	sb_printf(c->out, "%s \n", nud_state_name(n->nud_state));
}

static void neigh_json(const struct neigh_filter *f, const struct neighbour *n)
{
	struct json *js = &f->c->js;
	char text[IP6_STR_MAX];

	json_object_begin(js, NULL);
	json_str(js, "dst", addr_text(n, text));
	if (!f->dev)
		json_str(js, "dev", n->dev->name);
	if (n->nud_state & NUD_VALID)
		json_str(js, "lladdr", mac_str(n->ha, text));
	if (f->c->stats) {
		json_uint(js, "used", seconds_since(f->c->net, n->used));
		json_uint(js, "confirmed", seconds_since(f->c->net, n->confirmed));
		json_uint(js, "updated", seconds_since(f->c->net, n->updated));
		json_uint(js, "probes", n->probes);
	}
	json_array_begin(js, "state");
	json_str(js, NULL, nud_state_name(n->nud_state));
	json_array_end(js);
	json_object_end(js);
}

static int show_one(struct neighbour *n, void *ctx)
{
	const struct neigh_filter *f = ctx;

	if (!neigh_chosen(f, n))
		return 0;
	if (f->c->json)
		neigh_json(f, n);
	else if (f->c->brief)
		sb_printf(f->c->out, "%-39s %-16s %s \n",
			  addr_text(n, (char[IP6_STR_MAX]){ 0 }), n->dev->name,
			  n->nud_state & NUD_VALID ? mac_str(n->ha, (char[MAC_STR_MAX]){ 0 }) : "");
	else
		neigh_print(f, n);
	return 0;
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
	if (c->family != LN_AF_INET6)
		machine_neigh_for_each(c->net, show_one, &f);
	if (c->family != LN_AF_INET)
		neigh_for_each(&c->net->ipv6->nd_tbl, show_one, &f);
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
		flush_table(tbl, &fl);
	if (c->stats && !fl.f.deleted)
		sb_puts(c->out, "Nothing to flush.\n");
	else if (c->stats)
		sb_printf(c->out, "\n*** Round 1, deleting %u entries ***\n"
			  "*** Flush is complete after 1 round ***\n", fl.f.deleted);
	return 0;
}

/* ---- add, change, replace, delete, get ---- */

struct neigh_change {
	struct neigh_table *tbl;	/* of the address's family */
	u8 key[IP6_ADDR_LEN];
	struct net_device *dev;
	u8 mac[6], nud;
	bool has_addr, has_mac;
};

static int change_lladdr(struct ctl *c, struct neigh_change *ch)
{
	const char *w = arg_peek(c);
	unsigned colons = 0;

	for (const char *p = w; p && *p; p++)
		colons += *p == ':';
	if (colons && colons != 5)
		return ctl_fail(c, -EINVAL, "Error: Invalid link address.");
	ch->has_mac = true;
	return arg_mac(c, ch->mac);
}

static int change_addr(struct ctl *c, struct neigh_change *ch)
{
	struct ip6_addr a;
	const char *w;
	be32 v4;
	int err = arg_value(c, &w);

	if (err)
		return err;
	ch->has_addr = true;
	if (inet_addr_parse(w, &v4)) {
		ch->tbl = &c->net->neigh->arp;
		memcpy(ch->key, &v4, sizeof(v4));
		return 0;
	}
	if (!ip6_addr_parse(w, &a))
		return ctl_fail(c, -EINVAL,
				"Error: any valid address is expected rather than \"%s\".", w);
	ch->tbl = &c->net->ipv6->nd_tbl;
	memcpy(ch->key, &a, sizeof(a));
	return 0;
}

static int change_parse(struct ctl *c, struct neigh_change *ch)
{
	const char *w;
	int err = 0;

	ch->nud = NUD_PERMANENT;
	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "lladdr")) {
			err = change_lladdr(c, ch);
		} else if (arg_is(w, "dev")) {
			err = arg_dev(c, &ch->dev);
		} else if (arg_is(w, "nud")) {
			err = arg_value(c, &w);
			if (!err && !nud_parse(w, &ch->nud))
				err = arg_invalid(c, "nud state is bad", w);
		} else {
			if (!arg_is(w, "to"))
				c->pos--;
			if (ch->has_addr)
				return arg_garbage(c, "to", c->argv[c->pos]);
			err = change_addr(c, ch);
		}
	}
	if (!err && (!ch->dev || !ch->has_addr))
		err = ctl_fail(c, -EINVAL, "Device and destination are required arguments.");
	return err;
}

static int neigh_add(struct ctl *c, bool may_be_new, bool may_exist)
{
	struct neigh_change ch = { 0 };
	struct neighbour *n;
	int err = change_parse(c, &ch);

	if (err)
		return err;
	n = neigh_lookup(ch.tbl, ch.key, ch.dev);
	if (n && !may_exist)
		return rtnl_error(c, -EEXIST);
	if (!n && !may_be_new)
		return rtnl_error(c, -ENOENT);
	/* A state that has an address needs one. */
	if (!ch.has_mac && (ch.nud & NUD_VALID) && !(n && (n->nud_state & NUD_VALID)))
		return rtnl_error(c, -EINVAL);
	if (!n)
		n = neigh_get_or_create(ch.tbl, ch.key, ch.dev);
	if (!n)
		return rtnl_error(c, -ENOBUFS);
	err = neigh_update(n, ch.has_mac ? ch.mac : NULL, ch.nud,
			   NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN);
	return err ? rtnl_error(c, err) : 0;
}

static int neigh_del(struct ctl *c)
{
	struct neigh_change ch = { 0 };
	int err = change_parse(c, &ch);

	if (err)
		return err;
	err = neigh_delete(ch.tbl, ch.key, ch.dev);
	return err ? rtnl_error(c, err) : 0;
}

static int neigh_get(struct ctl *c)
{
	struct neigh_change ch = { 0 };
	struct neigh_filter f = { .c = c };
	struct neighbour *n;
	int err = change_parse(c, &ch);

	if (err)
		return err;
	n = neigh_lookup(ch.tbl, ch.key, ch.dev);
	if (!n)
		return ctl_fail(c, -ENOENT, "Error: Neighbour entry not found.");
	neigh_print(&f, n);
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
		return neigh_add(c, true, false);
	if (arg_matches(w, "change") || arg_is(w, "chg"))
		return neigh_add(c, false, true);
	if (arg_matches(w, "replace"))
		return neigh_add(c, true, true);
	if (arg_matches(w, "delete"))
		return neigh_del(c);
	if (arg_matches(w, "get"))
		return neigh_get(c);
	if (arg_matches(w, "flush"))
		return neigh_flush(c);
	return arg_unknown_command(c, w, "ip neigh help");
}
