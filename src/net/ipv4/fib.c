/* SPDX-License-Identifier: MIT */
/* The routing tables (row I3): routes added, replaced, deleted. */
#include "net/ipv4/fib.h"

#include "net/ipv4/ip_impl.h"

#define ALIAS_FIRST_CAP 16

int fib_net_init(struct net *net)
{
	struct fib *fib = mem_zalloc(&net->mem, sizeof(*fib));

	if (!fib)
		return -ENOMEM;
	fib->net = net;
	fib->alias_top = fib->info_top = fib->info_free = 1;
	fib->main.id = RT_TABLE_MAIN;
	fib_lpm_init(&fib->main.lpm, &net->mem);
	net->ipv4->fib = fib;
	return fib_rules_init(&fib->rules, net, 1);
}

/* ---- the routes of one prefix ---- */

bool fib_alias_reserve(struct fib *fib)
{
	u32 cap = fib->alias_cap ? fib->alias_cap * 2 : ALIAS_FIRST_CAP;
	struct fib_alias *grown;

	if (fib->alias_free || fib->alias_top < fib->alias_cap)
		return true;
	grown = mem_alloc(&fib->net->mem, cap * sizeof(*grown));
	if (!grown)
		return false;
	if (fib->alias)
		memcpy(grown, fib->alias, fib->alias_cap * sizeof(*grown));
	mem_free(&fib->net->mem, fib->alias, fib->alias_cap * sizeof(*grown));
	fib->alias = grown;
	fib->alias_cap = cap;
	return true;
}

u32 fib_alias_new(struct fib *fib, u32 fi, u32 next)
{
	u32 i = fib->alias_free;

	if (i)
		fib->alias_free = fib->alias[i].next;
	else
		i = fib->alias_top++;
	fib->alias[i] = (struct fib_alias){ .fi = fi, .next = next };
	return i;
}

void fib_alias_free(struct fib *fib, u32 i)
{
	fib->alias[i].next = fib->alias_free;
	fib->alias_free = i;
}

static struct fib_info *alias_info(const struct fib *fib, u32 i)
{
	return fib->info[fib->alias[i].fi];
}

/* Does a come before (or equal) the route with table, priority? The local table is the highest. */
static int alias_cmp(const struct fib_info *a, u32 table, u32 priority)
{
	if (a->table != table)
		return a->table > table ? -1 : 1;
	return a->priority < priority ? -1 : a->priority > priority;
}

/* The link in the chain at *head behind which a route of this table and metric belongs. */
static u32 *alias_place(struct fib *fib, u32 *head, u32 table, u32 priority)
{
	u32 *link = head;

	while (*link && alias_cmp(alias_info(fib, *link), table, priority) < 0)
		link = &fib->alias[*link].next;
	return link;
}

static bool alias_is(const struct fib *fib, u32 i, u32 table, u32 priority)
{
	return i && !alias_cmp(alias_info(fib, i), table, priority);
}

/* Stores a changed chain: the best route is what lookups find. */
int fib_chain_store(struct fib *fib, struct fib_table *tb, u32 key, u8 plen, u32 head)
{
	if (!head)
		return fib_lpm_del(&tb->lpm, key, plen);
	return fib_lpm_set(&tb->lpm, key, plen, fib->alias[head].fi, head);
}

u32 fib_chain_head(const struct fib_table *tb, u32 key, u8 plen)
{
	const struct rib_node *n = rib_find(&tb->lpm.rib, key, plen);

	return n ? n->data : 0;
}

/* ---- adding ---- */

/* Where a new route goes among those at *link that have its table and metric: *link is moved there.
 * *old: the one whose place it takes, or NULL. 1: it is there already, as was asked. */
static int choose_place(struct fib *fib, u32 **link, const struct fib_info *fi, enum fib_mode mode,
			struct fib_info **old)
{
	bool replace = mode == FIB_REPLACE || mode == FIB_CHANGE;
	u32 *at = *link;

	*old = NULL;
	if (!alias_is(fib, *at, fi->table, fi->priority))
		return mode == FIB_CHANGE ? -ENOENT : 0;
	if (mode == FIB_ADD)
		return -EEXIST;
	for (; alias_is(fib, *at, fi->table, fi->priority); at = &fib->alias[*at].next)
		if (alias_info(fib, *at) == fi)
			return replace && at == *link ? 1 : -EEXIST;
	if (replace)
		*old = alias_info(fib, **link);
	else if (mode == FIB_APPEND)
		*link = at;
	return 0;
}

/* Enters a route that says fi; the reference to it goes along, whatever becomes of it. */
static int route_enter(struct fib *fib, struct fib_table *tb, const struct fib_config *cfg,
		       struct fib_info *fi, enum fib_mode mode)
{
	u32 key = be32_to_cpu(cfg->dst), head = fib_chain_head(tb, key, cfg->prefixlen), *link;
	struct fib_info *old = NULL;
	int err;

	link = alias_place(fib, &head, cfg->table, cfg->priority);
	err = choose_place(fib, &link, fi, mode, &old);
	if (err) {
		fib_info_put(fib, fi);
		return min(err, 0);
	}
	if (old)
		fib->alias[*link].fi = fi->id;
	else
		*link = fib_alias_new(fib, fi->id, *link);
	err = fib_chain_store(fib, tb, key, cfg->prefixlen, head);
	if (err) {	/* only a new prefix can fail, so head is the new route alone */
		fib_alias_free(fib, head);
		fib_info_put(fib, fi);
		return err;
	}
	if (old)
		fib_info_put(fib, old);
	rt_cache_flush(fib->net);
	return 0;
}

int fib_route_set(struct net *net, const struct fib_config *asked, enum fib_mode mode)
{
	struct fib_config cfg = *asked;
	struct fib *fib = net->ipv4->fib;
	struct fib_table *tb;
	struct fib_info *fi;
	int err = fib_config_complete(&cfg);

	if (err)
		return err;
	err = fib_create_info(fib, &cfg, &fi);
	if (err)
		return err;
	tb = fib_alias_reserve(fib) ? fib_new_table(fib, cfg.table) : NULL;
	if (!tb) {
		fib_info_put(fib, fi);
		return -ENOMEM;
	}
	err = route_enter(fib, tb, &cfg, fi, mode);
	fib_table_changed(fib, tb);
	return err;
}

/* ---- deleting ---- */

/* Takes the route at *link out of its prefix's chain, which starts at head. */
static void route_remove(struct fib *fib, struct fib_table *tb, const struct rib_node *at,
			 u32 head, u32 *link)
{
	u32 gone = *link;
	struct fib_info *fi = alias_info(fib, gone);

	if (head == gone)
		head = fib->alias[gone].next;
	else
		*link = fib->alias[gone].next;
	fib_chain_store(fib, tb, at->key, at->plen, head);
	fib_alias_free(fib, gone);
	fib_info_put(fib, fi);
}

static bool nexthops_match(const struct fib_info *fi, const struct fib_config *cfg)
{
	if (!cfg->mp_n)
		return (!cfg->gateway || fi->nh[0].via.gateway == cfg->gateway) &&
		       (!cfg->dev || fi->nh[0].via.dev == cfg->dev);
	if (cfg->mp_n != fi->nhs)
		return false;
	for (u32 i = 0; i < fi->nhs; i++) {
		const struct fib_nexthop *have = &fi->nh[i].via, *want = &cfg->mp[i];

		if ((want->gateway && want->gateway != have->gateway) ||
		    (want->dev && want->dev != have->dev) ||
		    (want->weight && want->weight != have->weight))
			return false;
	}
	return true;
}

/* Of metrics, those that are named. */
static bool metrics_match(const struct fib_info *fi, const struct fib_config *cfg)
{
	const struct dst_metrics *want = cfg->metrics;

	if (cfg->mtu && cfg->mtu != fi->mtu)
		return false;
	for (u32 i = RTAX_LOCK + 1; want && i <= RTAX_MAX; i++)
		if (want->val[i] && (!fi->metrics || fi->metrics->val[i] != want->val[i]))
			return false;
	return true;
}

static bool route_matches(const struct fib_info *fi, const struct fib_config *cfg)
{
	u32 table = cfg->table ? cfg->table : RT_TABLE_MAIN;

	return fi->table == table && (!cfg->type || fi->type == cfg->type) &&
	       (!cfg->scope || fi->scope == cfg->scope) &&
	       (!cfg->protocol || fi->protocol == cfg->protocol) &&
	       (!cfg->priority || fi->priority == cfg->priority) &&
	       (!cfg->prefsrc || fi->prefsrc == cfg->prefsrc) && nexthops_match(fi, cfg) &&
	       metrics_match(fi, cfg);
}

int fib_route_del(struct net *net, const struct fib_config *cfg)
{
	struct fib *fib = net->ipv4->fib;
	struct fib_table *tb = fib_get_table(fib, cfg->table ? cfg->table : RT_TABLE_MAIN);
	struct rib_node at = { .key = be32_to_cpu(cfg->dst), .plen = cfg->prefixlen };
	u32 head, *link;

	if (cfg->prefixlen > 32 || cfg->dst & ~inet_make_mask(cfg->prefixlen))
		return -EINVAL;
	if (!tb)
		return -ESRCH;
	head = fib_chain_head(tb, at.key, at.plen);
	for (link = &head; *link; link = &fib->alias[*link].next) {
		if (!route_matches(alias_info(fib, *link), cfg))
			continue;
		route_remove(fib, tb, &at, head, link);
		fib_table_changed(fib, tb);
		rt_cache_flush(net);
		return 0;
	}
	return -ESRCH;
}

/* ---- many at once ---- */

struct flush {
	bool (*match)(const struct fib_info *fi, const void *ctx);
	const void *ctx;
};

static int flush_tree(struct fib *fib, struct fib_table *tb, void *ctx)
{
	const struct flush *f = ctx;
	const struct rib_node *n = rib_next(&tb->lpm.rib, 0, -1);

	while (n) {
		struct rib_node at = *n;
		u32 head = n->data, *link = &head;

		while (*link) {
			if (f->match(alias_info(fib, *link), f->ctx)) {
				route_remove(fib, tb, &at, head, link);
				head = fib_chain_head(tb, at.key, at.plen);
				link = &head;
			} else {
				link = &fib->alias[*link].next;
			}
		}
		n = rib_next(&tb->lpm.rib, at.key, at.plen);
	}
	fib_table_changed(fib, tb);
	return 0;
}

/* Deletes all routes for which match says so. */
static void flush_if(struct fib *fib, bool (*match)(const struct fib_info *fi, const void *ctx),
		     const void *ctx)
{
	struct flush f = { match, ctx };

	fib_each_tree(fib, flush_tree, &f);
	rt_cache_flush(fib->net);
}

static bool match_dead(const struct fib_info *fi, const void *ctx)
{
	(void)ctx;
	for (u32 i = 0; i < fi->nhs; i++)
		if (!fi->nh[i].via.dead)
			return false;
	return true;
}

/* A device that is removed takes the whole route along. */
static bool mark_dead(struct fib_info *fi, const struct net_device *dev, bool force)
{
	bool any = false;

	for (u32 i = 0; i < fi->nhs; i++)
		any |= fi->nh[i].via.dev == dev &&
		       (force || fi->nh[i].scope != RT_SCOPE_NOWHERE);
	for (u32 i = 0; any && i < fi->nhs; i++)
		if (force || fi->nh[i].via.dev == dev)
			fi->nh[i].via.dead = true;
	if (any)
		fib_rebalance(fi);
	return any;
}

void fib_flush_dev(struct net *net, struct net_device *dev, bool force)
{
	struct fib *fib = net->ipv4->fib;
	bool any = false;

	for (u32 i = 1; i < fib->info_top; i++)
		if (fib->info[i] && mark_dead(fib->info[i], dev, force))
			any |= match_dead(fib->info[i], NULL);
	if (any)
		flush_if(fib, match_dead, NULL);
	rt_cache_flush(net);
}

void fib_sync_up(struct net *net, const struct net_device *dev)
{
	struct fib *fib = net->ipv4->fib;

	for (u32 i = 1; fib->multipath && i < fib->info_top; i++) {
		struct fib_info *fi = fib->info[i];

		for (u32 k = 0; fi && k < fi->nhs; k++)
			if (fi->nh[k].via.dev == dev)
				fi->nh[k].via.dead = false;
		if (fi)
			fib_rebalance(fi);
	}
}

static bool match_prefsrc(const struct fib_info *fi, const void *ctx)
{
	return fi->prefsrc == *(const be32 *)ctx;
}

void fib_flush_prefsrc(struct net *net, be32 local)
{
	flush_if(net->ipv4->fib, match_prefsrc, &local);
}

static bool match_all(const struct fib_info *fi, const void *ctx)
{
	(void)fi;
	(void)ctx;
	return true;
}

void fib_net_exit(struct net *net)
{
	struct fib *fib = net->ipv4->fib;
	struct mem *mem = &net->mem;

	if (!fib)
		return;
	flush_if(fib, match_all, NULL);
	fib_tables_exit(fib);
	fib_rules_exit(&fib->rules);
	mem_free(mem, fib->alias, fib->alias_cap * sizeof(*fib->alias));
	mem_free(mem, fib->info, fib->info_cap * sizeof(struct fib_info *));
	mem_free(mem, fib->info_hash, fib->info_hash ? (fib->info_hash_mask + 1) *
						       sizeof(*fib->info_hash) : 0);
	mem_free(mem, fib, sizeof(*fib));
	net->ipv4->fib = NULL;
}
