/* SPDX-License-Identifier: MIT */
/* The tables, and which of them is asked: ip -6 rule. */
#include "net/ipv6/ip6_fib.h"

/* ---- tables ---- */

static bool is_joined(u32 table)
{
	return table == RT_TABLE_MAIN || table == RT_TABLE_LOCAL;
}

struct ip6_lpm *fib6_tree(struct ip6_fib *fib, u32 table)
{
	struct fib6_table *tb;

	if (is_joined(table))
		return &fib->lpm;
	list_for_each_entry(tb, &fib->tables, list)
		if (tb->id == table)
			return &tb->lpm;
	return NULL;
}

struct ip6_lpm *fib6_tree_make(struct net *net, u32 table)
{
	struct ip6_fib *fib = net->ipv6->fib;
	struct ip6_lpm *lpm = fib6_tree(fib, table);
	struct fib6_table *tb, *at;

	if (lpm)
		return lpm;
	tb = mem_zalloc(&net->mem, sizeof(*tb));
	if (!tb)
		return NULL;
	tb->id = table;
	ip6_lpm_init(&tb->lpm, &net->mem);
	list_for_each_entry(at, &fib->tables, list)
		if (at->id > table)
			break;
	list_add_tail(&tb->list, &at->list);
	return &tb->lpm;
}

int fib6_walk(struct ip6_fib *fib, int (*fn)(void *value, void *ctx), void *ctx)
{
	struct fib6_table *tb;
	int ret;

	list_for_each_entry(tb, &fib->tables, list) {
		ret = ip6_lpm_walk(&tb->lpm, fn, ctx);
		if (ret)
			return ret;
	}
	return ip6_lpm_walk(&fib->lpm, fn, ctx);
}

void fib6_tables_exit(struct net *net)
{
	struct fib6_table *tb, *next;

	list_for_each_entry_safe(tb, next, &net->ipv6->fib->tables, list) {
		ip6_lpm_exit(&tb->lpm);
		mem_free(&net->mem, tb, sizeof(*tb));
	}
	ip6_lpm_exit(&net->ipv6->fib->lpm);
}

bool fib6_table_exists(struct net *net, u32 table)
{
	return fib6_tree(net->ipv6->fib, table);
}

/* ---- lookups ---- */

struct question {
	struct ip6_fib *fib;
	const struct flowi6 *fl;
	int oif;
	struct fib6_info *found;
};

static int ask_table(void *ctx, const struct fib_rule *r)
{
	struct question *q = ctx;
	const struct ip6_lpm *lpm = fib6_tree(q->fib, r->table);

	q->found = lpm ? fib6_tree_lookup(lpm, r->table, &q->fl->daddr, q->oif) : NULL;
	if (q->found && q->found->cfg.type != RTN_THROW &&
	    q->found->cfg.plen > r->suppress_prefixlen)
		return 0;
	q->found = NULL;
	return -EAGAIN;
}

static struct fib6_info *lookup_by_rules(struct ip6_fib *fib, const struct flowi6 *fl, int oif,
					 int *err)
{
	struct question q = { fib, fl, oif, NULL };
	be32 src[FIB_RULE_WORDS], dst[FIB_RULE_WORDS];
	struct fib_rule_flow rf = {
		.src = src, .dst = dst, .iif = fl->iif, .oif = oif, .mark = fl->mark,
		.tos = fl->tclass, .proto = fl->proto, .sport = fl->sport, .dport = fl->dport,
	};

	memcpy(src, &fl->saddr, sizeof(src));
	memcpy(dst, &fl->daddr, sizeof(dst));
	*err = fib_rules_lookup(&fib->rules, &rf, ask_table, &q);
	return q.found;
}

struct fib6_info *fib6_lookup(const struct net *net, const struct flowi6 *fl, int oif, int *err)
{
	struct ip6_fib *fib = net->ipv6->fib;
	struct fib6_info *fi;

	if (unlikely(fib->rules.custom))
		return lookup_by_rules(fib, fl, oif, err);
	fi = fib6_tree_lookup(&fib->lpm, 0, &fl->daddr, oif);
	*err = fi ? 0 : -ENETUNREACH;
	if (unlikely(fi && fi->cfg.type == RTN_THROW)) {	/* and nobody left to ask */
		*err = -ENETUNREACH;
		return NULL;
	}
	return fi;
}

bool fib6_by_address(const struct net *net)
{
	return !net->ipv6->fib->rules.custom;
}

/* ---- changes ---- */

int fib6_rule_add(struct net *net, const struct fib_rule *r)
{
	int err = fib_rule_add(&net->ipv6->fib->rules, r);

	rt6_cache_flush(net);
	return err;
}

int fib6_rule_del(struct net *net, const struct fib_rule *r)
{
	int err = fib_rule_del(&net->ipv6->fib->rules, r);

	rt6_cache_flush(net);
	return err;
}

void fib6_rules_flush(struct net *net, const struct fib_rule *asked)
{
	fib_rules_flush(&net->ipv6->fib->rules, asked);
	rt6_cache_flush(net);
}

const struct fib_rules *fib6_rules(const struct net *net)
{
	return &net->ipv6->fib->rules;
}
