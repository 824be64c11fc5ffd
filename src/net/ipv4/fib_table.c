/* SPDX-License-Identifier: MIT */
/* The tables: which there are, when the local one parts from main, rules, listings. */
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"

static struct hlist_head *bucket(const struct fib *fib, u32 id)
{
	return &fib->tables[id % FIB_TABLE_HASH];
}

struct fib_table *fib_get_table(const struct fib *fib, u32 id)
{
	struct fib_table *tb;

	if (id == RT_TABLE_MAIN || (id == RT_TABLE_LOCAL && !fib->local))
		return (struct fib_table *)(uintptr_t)&fib->main;
	if (id == RT_TABLE_LOCAL)
		return fib->local;
	if (!fib->tables)
		return NULL;
	hlist_for_each_entry(tb, bucket(fib, id), node)
		if (tb->id == id)
			return tb;
	return NULL;
}

static struct fib_table *table_alloc(struct fib *fib, u32 id)
{
	struct fib_table *tb = mem_zalloc(&fib->net->mem, sizeof(*tb));

	if (!tb)
		return NULL;
	tb->id = id;
	fib_lpm_init(&tb->lpm, &fib->net->mem);
	return tb;
}

static void table_free(struct fib *fib, struct fib_table *tb)
{
	fib_lpm_exit(&tb->lpm);
	mem_free(&fib->net->mem, tb, sizeof(*tb));
}

/* ---- local and main ---- */

static bool has_local(const struct fib *fib, u32 head)
{
	return head && fib->info[fib->alias[head].fi]->table == RT_TABLE_LOCAL;
}

/* The local routes of a prefix, in front of the chain that `to` has. False: no memory. */
static bool copy_chain(struct fib *fib, u32 from, struct fib_table *to, u32 key, u8 plen)
{
	u32 head = fib_chain_head(to, key, plen), *link = &head;

	for (; has_local(fib, from); from = fib->alias[from].next) {
		u32 made;

		/* The array may move: links into it are taken anew. */
		if (!fib_alias_reserve(fib))
			return false;
		for (link = &head; has_local(fib, *link);)
			link = &fib->alias[*link].next;
		made = fib_alias_new(fib, fib->alias[from].fi, *link);
		*link = made;
	}
	return !fib_chain_store(fib, to, key, plen, head);
}

static bool copy_local(struct fib *fib, const struct fib_table *from, struct fib_table *to)
{
	const struct rib_node *n = rib_next(&from->lpm.rib, 0, -1);

	for (; n; n = rib_next(&from->lpm.rib, n->key, n->plen))
		if (has_local(fib, n->data) && !copy_chain(fib, n->data, to, n->key, n->plen))
			return false;
	return true;
}

/* Takes local routes out; what they say is still in use elsewhere. */
static void strip_local(struct fib *fib, struct fib_table *tb)
{
	const struct rib_node *n = rib_next(&tb->lpm.rib, 0, -1);

	while (n) {
		u32 key = n->key, head = n->data;
		u8 plen = n->plen;

		if (has_local(fib, head)) {
			while (has_local(fib, head)) {
				u32 next = fib->alias[head].next;

				fib_alias_free(fib, head);
				head = next;
			}
			fib_chain_store(fib, tb, key, plen, head);
		}
		n = rib_next(&tb->lpm.rib, key, plen);
	}
}

static void part_local(struct fib *fib)
{
	struct fib_table *local = table_alloc(fib, RT_TABLE_LOCAL);

	if (!local)
		return;
	if (copy_local(fib, &fib->main, local)) {
		strip_local(fib, &fib->main);
		fib->local = local;
	} else {
		strip_local(fib, local);
		table_free(fib, local);
	}
}

static void join_local(struct fib *fib)
{
	if (!copy_local(fib, fib->local, &fib->main)) {
		strip_local(fib, &fib->main);
		return;
	}
	strip_local(fib, fib->local);
	table_free(fib, fib->local);
	fib->local = NULL;
}

/* Without memory they stay as they are: lookups by rule are slower in a joined tree, not wrong. */
static void policy_update(struct fib *fib)
{
	const struct fib_table *last = fib_get_table(fib, RT_TABLE_DEFAULT);
	bool rules = fib->rules.custom || (last && last->lpm.rib.count);

	if (rules && !fib->local)
		part_local(fib);
	else if (!rules && fib->local)
		join_local(fib);
	fib->policy = rules || fib->local;
	rt_cache_flush(fib->net);
}

/* ---- other tables ---- */

struct fib_table *fib_new_table(struct fib *fib, u32 id)
{
	struct fib_table *tb = fib_get_table(fib, id);

	if (tb)
		return tb;
	if (!fib->tables)
		fib->tables = mem_zalloc(&fib->net->mem, FIB_TABLE_HASH * sizeof(*fib->tables));
	tb = fib->tables ? table_alloc(fib, id) : NULL;
	if (!tb)
		return NULL;
	hlist_add_head(&tb->node, bucket(fib, id));
	return tb;
}

void fib_table_changed(struct fib *fib, const struct fib_table *tb)
{
	if (unlikely(tb->id == RT_TABLE_DEFAULT))
		policy_update(fib);
}

bool fib_table_exists(const struct net *net, u32 id)
{
	return fib_get_table(net->ipv4->fib, id);
}

int fib_each_tree(struct fib *fib, int (*fn)(struct fib *fib, struct fib_table *tb, void *ctx),
		  void *ctx)
{
	struct fib_table *tb;
	int ret = 0;

	for (u32 i = 0; fib->tables && i < FIB_TABLE_HASH; i++) {
		hlist_for_each_entry(tb, &fib->tables[i], node) {
			ret = fn(fib, tb, ctx);
			if (ret)
				return ret;
		}
	}
	ret = fn(fib, &fib->main, ctx);
	return ret || !fib->local ? ret : fn(fib, fib->local, ctx);
}

void fib_tables_exit(struct fib *fib)
{
	struct fib_table *tb;
	struct hlist_node *next;

	for (u32 i = 0; fib->tables && i < FIB_TABLE_HASH; i++)
		hlist_for_each_entry_safe(tb, next, &fib->tables[i], node)
			table_free(fib, tb);
	if (fib->local)
		table_free(fib, fib->local);
	fib->local = NULL;
	fib_lpm_exit(&fib->main.lpm);
	mem_free(&fib->net->mem, fib->tables,
		 fib->tables ? FIB_TABLE_HASH * sizeof(*fib->tables) : 0);
	fib->tables = NULL;
}

/* ---- rules ---- */

int fib4_rule_add(struct net *net, const struct fib_rule *r)
{
	int err = fib_rule_add(&net->ipv4->fib->rules, r);

	policy_update(net->ipv4->fib);
	return err;
}

int fib4_rule_del(struct net *net, const struct fib_rule *r)
{
	int err = fib_rule_del(&net->ipv4->fib->rules, r);

	policy_update(net->ipv4->fib);
	return err;
}

void fib4_rules_flush(struct net *net, const struct fib_rule *asked)
{
	fib_rules_flush(&net->ipv4->fib->rules, asked);
	policy_update(net->ipv4->fib);
}

const struct fib_rules *fib4_rules(const struct net *net)
{
	return &net->ipv4->fib->rules;
}

/* ---- listing ---- */

static void describe(const struct fib_info *fi, u32 key, u8 plen, struct fib_route_info *r)
{
	const struct fib_nexthop *nh = &fi->nh[0].via;

	*r = (struct fib_route_info){
		.dst = cpu_to_be32(key), .prefixlen = plen, .gateway = nh->gateway,
		.prefsrc = fi->prefsrc, .table = fi->table, .protocol = fi->protocol,
		.scope = fi->scope, .type = fi->type, .dev = nh->dev, .priority = fi->priority,
		.mtu = fi->mtu, .metrics = fi->metrics, .onlink = nh->onlink, .dead = nh->dead,
		.linkdown = nh->dev && !netif_carrier_ok(nh->dev), .nhs = fi->nhs, .fi = fi,
	};
}

const struct fib_nexthop *fib_route_nexthop(const struct fib_route_info *r, u32 i)
{
	return &r->fi->nh[i].via;
}

struct listing {
	u32 table;		/* 0: all */
	int (*fn)(const struct fib_route_info *r, void *ctx);
	void *ctx;
};

static int list_tree(struct fib *fib, struct fib_table *tb, void *ctx)
{
	const struct listing *l = ctx;
	const struct rib_node *n = rib_next(&tb->lpm.rib, 0, -1);

	for (; n; n = rib_next(&tb->lpm.rib, n->key, n->plen)) {
		for (u32 i = n->data; i; i = fib->alias[i].next) {
			const struct fib_info *fi = fib->info[fib->alias[i].fi];
			struct fib_route_info r;
			int ret;

			if (l->table && fi->table != l->table)
				continue;
			describe(fi, n->key, n->plen, &r);
			ret = l->fn(&r, l->ctx);
			if (ret)
				return ret;
		}
	}
	return 0;
}

/* Main's, then the local ones. */
static int list_main(struct fib *fib, struct listing *l)
{
	int ret;

	l->table = RT_TABLE_MAIN;
	ret = list_tree(fib, &fib->main, l);
	l->table = RT_TABLE_LOCAL;
	return ret ? ret : list_tree(fib, fib_get_table(fib, RT_TABLE_LOCAL), l);
}

int fib_for_each(struct net *net, u32 table,
		 int (*fn)(const struct fib_route_info *r, void *ctx), void *ctx)
{
	struct listing l = { .table = table, .fn = fn, .ctx = ctx };
	struct fib *fib = net->ipv4->fib;
	struct fib_table *tb;
	int ret;

	if (table) {
		tb = fib_get_table(fib, table);
		return tb ? list_tree(fib, tb, &l) : 0;
	}
	for (u32 i = 0; fib->tables && i < FIB_TABLE_HASH; i++) {
		hlist_for_each_entry(tb, &fib->tables[i], node) {
			ret = list_tree(fib, tb, &l);
			if (ret)
				return ret;
		}
	}
	return list_main(fib, &l);
}

int fib_route_match(struct net *net, const struct flowi4 *fl, struct fib_route_info *r)
{
	const struct fib *fib = net->ipv4->fib;
	const struct rib_node *path[33];
	struct fib_result res;
	int err = fib_lookup(fib, fl, &res);
	unsigned n;

	if (err && !res.fi)
		return err;
	n = rib_path(&fib_get_table(fib, res.fi->table)->lpm.rib, be32_to_cpu(fl->daddr), path);
	while (n--) {
		for (u32 i = path[n]->data; i; i = fib->alias[i].next) {
			if (fib->info[fib->alias[i].fi] != res.fi)
				continue;
			describe(res.fi, path[n]->key, path[n]->plen, r);
			return err;
		}
	}
	return -ENETUNREACH;
}
