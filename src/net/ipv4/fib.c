/* SPDX-License-Identifier: MIT */
/* The routing table (row I3): routes added, replaced, deleted, listed, looked up. */
#include "net/ipv4/fib.h"

#include "net/ipv4/ip_impl.h"

#define ALIAS_FIRST_CAP 16

int fib_net_init(struct net *net)
{
	struct fib_table *tb = mem_zalloc(&net->mem, sizeof(*tb));

	if (!tb)
		return -ENOMEM;
	tb->net = net;
	tb->alias_top = tb->info_top = tb->info_free = 1;
	fib_lpm_init(&tb->lpm, &net->mem);
	net->ipv4->fib = tb;
	return 0;
}

/* ---- the routes of one prefix ---- */

static bool alias_reserve(struct fib_table *tb)
{
	u32 cap = tb->alias_cap ? tb->alias_cap * 2 : ALIAS_FIRST_CAP;
	struct fib_alias *grown;

	if (tb->alias_free || tb->alias_top < tb->alias_cap)
		return true;
	grown = mem_alloc(&tb->net->mem, cap * sizeof(*grown));
	if (!grown)
		return false;
	if (tb->alias)
		memcpy(grown, tb->alias, tb->alias_cap * sizeof(*grown));
	mem_free(&tb->net->mem, tb->alias, tb->alias_cap * sizeof(*grown));
	tb->alias = grown;
	tb->alias_cap = cap;
	return true;
}

/* After alias_reserve(). */
static u32 alias_new(struct fib_table *tb, u32 fi, u32 next)
{
	u32 i = tb->alias_free;

	if (i)
		tb->alias_free = tb->alias[i].next;
	else
		i = tb->alias_top++;
	tb->alias[i] = (struct fib_alias){ .fi = fi, .next = next };
	return i;
}

static void alias_delete(struct fib_table *tb, u32 i)
{
	tb->alias[i].next = tb->alias_free;
	tb->alias_free = i;
}

/* Does a come before (or equal) the route with table, priority? */
static int alias_cmp(const struct fib_info *a, u8 table, u32 priority)
{
	if (a->table != table)
		return a->table > table ? -1 : 1;
	return a->priority < priority ? -1 : a->priority > priority;
}

/* The link in the chain at *head behind which a route of this table and metric belongs. */
static u32 *alias_place(struct fib_table *tb, u32 *head, u8 table, u32 priority)
{
	u32 *link = head;

	while (*link && alias_cmp(tb->info[tb->alias[*link].fi], table, priority) < 0)
		link = &tb->alias[*link].next;
	return link;
}

static bool alias_is(const struct fib_table *tb, u32 i, u8 table, u32 priority)
{
	return i && !alias_cmp(tb->info[tb->alias[i].fi], table, priority);
}

/* Stores a changed chain: the best route is what lookups find. */
static int chain_store(struct fib_table *tb, u32 key, u8 plen, u32 head)
{
	if (!head)
		return fib_lpm_del(&tb->lpm, key, plen);
	return fib_lpm_set(&tb->lpm, key, plen, tb->alias[head].fi, head);
}

/* ---- adding ---- */

static u32 chain_head(const struct fib_table *tb, u32 key, u8 plen)
{
	const struct rib_node *n = rib_find(&tb->lpm.rib, key, plen);

	return n ? n->data : 0;
}

static int route_insert(struct fib_table *tb, const struct fib_config *cfg, bool replace)
{
	u32 key = be32_to_cpu(cfg->dst), head = chain_head(tb, key, cfg->prefixlen), *link;
	struct fib_info *fi, *old = NULL;
	int err;

	link = alias_place(tb, &head, cfg->table, cfg->priority);
	if (!replace && alias_is(tb, *link, cfg->table, cfg->priority))
		return -EEXIST;
	if (!alias_reserve(tb))
		return -ENOMEM;
	err = fib_create_info(tb, cfg, &fi);
	if (err)
		return err;
	link = alias_place(tb, &head, cfg->table, cfg->priority);
	if (replace && alias_is(tb, *link, cfg->table, cfg->priority)) {
		old = tb->info[tb->alias[*link].fi];
		tb->alias[*link].fi = fi->id;
	} else {
		*link = alias_new(tb, fi->id, *link);
	}
	err = chain_store(tb, key, cfg->prefixlen, head);
	if (err) {	/* only a new prefix can fail, so head is the new route alone */
		alias_delete(tb, head);
		fib_info_put(tb, fi);
		return err;
	}
	if (old)
		fib_info_put(tb, old);
	rt_cache_flush(tb->net);
	return 0;
}

int fib_route_add(struct net *net, const struct fib_config *cfg)
{
	struct fib_config c = *cfg;
	int err = fib_config_complete(&c);

	return err ? err : route_insert(net->ipv4->fib, &c, false);
}

int fib_route_replace(struct net *net, const struct fib_config *cfg)
{
	struct fib_config c = *cfg;
	int err = fib_config_complete(&c);

	return err ? err : route_insert(net->ipv4->fib, &c, true);
}

/* ---- deleting ---- */

/* Takes the route at *link out of its prefix's chain, which starts at head. */
static void route_remove(struct fib_table *tb, u32 key, u8 plen, u32 head, u32 *link)
{
	u32 gone = *link;
	struct fib_info *fi = tb->info[tb->alias[gone].fi];

	if (head == gone)
		head = tb->alias[gone].next;
	else
		*link = tb->alias[gone].next;
	chain_store(tb, key, plen, head);
	alias_delete(tb, gone);
	fib_info_put(tb, fi);
}

static bool route_matches(const struct fib_info *fi, const struct fib_config *cfg)
{
	u8 table = cfg->table ? cfg->table : RT_TABLE_MAIN;

	return fi->table == table && (!cfg->type || fi->type == cfg->type) &&
	       (!cfg->scope || fi->scope == cfg->scope) &&
	       (!cfg->protocol || fi->protocol == cfg->protocol) &&
	       (!cfg->priority || fi->priority == cfg->priority) &&
	       (!cfg->gateway || fi->gateway == cfg->gateway) &&
	       (!cfg->prefsrc || fi->prefsrc == cfg->prefsrc) &&
	       (!cfg->dev || fi->dev == cfg->dev);
}

int fib_route_del(struct net *net, const struct fib_config *cfg)
{
	struct fib_table *tb = net->ipv4->fib;
	u32 key = be32_to_cpu(cfg->dst), head, *link;

	if (cfg->prefixlen > 32 || cfg->dst & ~inet_make_mask(cfg->prefixlen))
		return -EINVAL;
	head = chain_head(tb, key, cfg->prefixlen);
	for (link = &head; *link; link = &tb->alias[*link].next) {
		if (!route_matches(tb->info[tb->alias[*link].fi], cfg))
			continue;
		route_remove(tb, key, cfg->prefixlen, head, link);
		rt_cache_flush(net);
		return 0;
	}
	return -ESRCH;
}

/* Deletes all routes for which match says so. */
static void flush_if(struct fib_table *tb,
		     bool (*match)(const struct fib_info *fi, const void *ctx), const void *ctx)
{
	const struct rib_node *n = rib_next(&tb->lpm.rib, 0, -1);

	while (n) {
		u32 key = n->key, head = n->data, *link = &head;
		u8 plen = n->plen;

		while (*link) {
			if (match(tb->info[tb->alias[*link].fi], ctx)) {
				route_remove(tb, key, plen, head, link);
				head = chain_head(tb, key, plen);
				link = &head;
			} else {
				link = &tb->alias[*link].next;
			}
		}
		n = rib_next(&tb->lpm.rib, key, plen);
	}
	rt_cache_flush(tb->net);
}

struct flush_dev {
	const struct net_device *dev;
	bool force;
};

static bool match_dev(const struct fib_info *fi, const void *ctx)
{
	const struct flush_dev *f = ctx;

	return fi->dev == f->dev && (f->force || fi->nh_scope != RT_SCOPE_NOWHERE);
}

void fib_flush_dev(struct net *net, struct net_device *dev, bool force)
{
	struct flush_dev f = { dev, force };

	flush_if(net->ipv4->fib, match_dev, &f);
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
	struct fib_table *tb = net->ipv4->fib;
	struct mem *mem = &net->mem;

	if (!tb)
		return;
	flush_if(tb, match_all, NULL);
	fib_lpm_exit(&tb->lpm);
	mem_free(mem, tb->alias, tb->alias_cap * sizeof(*tb->alias));
	mem_free(mem, tb->info, tb->info_cap * sizeof(struct fib_info *));
	mem_free(mem, tb->info_hash, tb->info_hash ? (tb->info_hash_mask + 1) *
						     sizeof(*tb->info_hash) : 0);
	mem_free(mem, tb, sizeof(*tb));
	net->ipv4->fib = NULL;
}

/* ---- looking up ---- */

/* The first route of the chain that meets scope and device; an error route ends the search. */
static struct fib_info *chain_match(const struct fib_table *tb, u32 head, int oif, u8 scope)
{
	for (u32 i = head; i; i = tb->alias[i].next) {
		struct fib_info *fi = tb->info[tb->alias[i].fi];

		if (fi->scope < scope)
			continue;
		if (fib_type_error(fi->type))
			return fi;
		if (oif && fi->dev->ifindex != oif)
			continue;
		return fi;
	}
	return NULL;
}

int fib_lookup(const struct fib_table *tb, be32 daddr, int oif, u8 scope, struct fib_info **res)
{
	const struct rib_node *path[33];
	struct fib_info *fi;
	unsigned n;
	int err;

	if (!oif && !scope) {
		fi = fib_lookup_fast(tb, daddr);
		if (!fi)
			return -ENETUNREACH;
		err = fib_type_error(fi->type);
		*res = fi;
		return err == -EAGAIN ? -ENETUNREACH : err;
	}
	n = rib_path(&tb->lpm.rib, be32_to_cpu(daddr), path);
	while (n--) {
		fi = chain_match(tb, path[n]->data, oif, scope);
		if (!fi)
			continue;
		err = fib_type_error(fi->type);
		*res = fi;
		return err == -EAGAIN ? -ENETUNREACH : err;
	}
	return -ENETUNREACH;
}

u8 inet_addr_type(struct net *net, be32 addr)
{
	const struct fib_info *fi;

	if (ipv4_is_zeronet(addr) || ipv4_is_lbcast(addr))
		return RTN_BROADCAST;
	if (ipv4_is_multicast(addr))
		return RTN_MULTICAST;
	fi = fib_lookup_fast(net->ipv4->fib, addr);
	return fi && fi->table == RT_TABLE_LOCAL ? fi->type : RTN_UNICAST;
}

/* ---- listing ---- */

int fib_for_each(struct net *net, u8 table,
		 int (*fn)(const struct fib_route_info *r, void *ctx), void *ctx)
{
	const struct fib_table *tb = net->ipv4->fib;
	const struct rib_node *n = rib_next(&tb->lpm.rib, 0, -1);
	int ret;

	for (; n; n = rib_next(&tb->lpm.rib, n->key, n->plen)) {
		for (u32 i = n->data; i; i = tb->alias[i].next) {
			const struct fib_info *fi = tb->info[tb->alias[i].fi];
			struct fib_route_info r = {
				.dst = cpu_to_be32(n->key), .prefixlen = n->plen,
				.gateway = fi->gateway, .prefsrc = fi->prefsrc,
				.table = fi->table, .protocol = fi->protocol,
				.scope = fi->scope, .type = fi->type, .dev = fi->dev,
				.priority = fi->priority, .mtu = fi->mtu, .onlink = fi->onlink,
				.linkdown = fi->dev && !netif_carrier_ok(fi->dev),
			};

			if (table && fi->table != table)
				continue;
			ret = fn(&r, ctx);
			if (ret)
				return ret;
		}
	}
	return 0;
}
