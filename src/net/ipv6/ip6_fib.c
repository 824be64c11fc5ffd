/* SPDX-License-Identifier: MIT */
/* Routes added, deleted, listed, found. */
#include "net/ipv6/ip6_fib.h"

#define IP6_RT_PRIO_USER 1024		/* metric of routes that do not say theirs */

int fib6_net_init(struct net *net)
{
	struct ip6_fib *fib = mem_zalloc(&net->mem, sizeof(*fib));

	if (!fib)
		return -ENOMEM;
	ip6_lpm_init(&fib->lpm, &net->mem);
	list_init(&fib->tables);
	slab_init(&fib->info_slab, &net->mem, "fib6_info", sizeof(struct fib6_info));
	net->ipv6->fib = fib;
	return fib_rules_init(&fib->rules, net, FIB_RULE_WORDS);
}

static void info_free(struct ip6_fib *fib, struct fib6_info *fi)
{
	dst_flush_slot(&fi->rth_output);
	dst_flush_slot(&fi->rth_input);
	dst_metrics_put(fi->metrics);
	slab_free(&fib->info_slab, fi);
}

static int info_free_all(void *value, void *ctx)
{
	struct fib6_info *fi = value, *next;

	for (; fi; fi = next) {
		next = fi->next;
		info_free(ctx, fi);
	}
	return 0;
}

void fib6_net_exit(struct net *net)
{
	struct ip6_fib *fib = net->ipv6->fib;

	if (!fib)
		return;
	fib6_walk(fib, info_free_all, fib);
	fib6_tables_exit(net);
	fib_rules_exit(&fib->rules);
	slab_exit(&fib->info_slab);
	mem_free(&net->mem, fib, sizeof(*fib));
	net->ipv6->fib = NULL;
}

int fib6_type_error(u8 type)
{
	switch (type) {
	case RTN_BLACKHOLE: return -EINVAL;
	case RTN_UNREACHABLE: return -EHOSTUNREACH;
	case RTN_PROHIBIT: return -EACCES;
	case RTN_THROW: return -EAGAIN;
	default: return 0;
	}
}

/* ---- what a route may say ---- */

/* The gateway has to be on the device's link: link-local, or by a route that needs no gateway. */
static int check_gateway(struct net *net, struct fib6_config *cfg)
{
	struct flowi6 fl = { .daddr = cfg->gateway };
	int oif = cfg->dev ? cfg->dev->ifindex : 0, err;
	const struct ip6_lpm *lpm = fib6_tree(net->ipv6->fib, cfg->table);
	struct fib6_info *via;

	if (ipv6_addr_is_multicast(&cfg->gateway) || ipv6_addr_any(&cfg->gateway) ||
	    ipv6_chk_addr(net, &cfg->gateway, NULL))
		return -EINVAL;
	if (ipv6_addr_is_linklocal(&cfg->gateway))
		return cfg->dev ? 0 : -EINVAL;
	if (cfg->onlink)
		return cfg->dev ? 0 : -ENODEV;
	/* The table may bring the gateway's link itself; else as any packet would go. */
	via = lpm ? fib6_tree_lookup(lpm, cfg->table, &cfg->gateway, oif) : NULL;
	if (!via || via->cfg.has_gateway)
		via = fib6_lookup(net, &fl, oif, &err);
	if (!via || via->cfg.has_gateway || via->cfg.type != RTN_UNICAST)
		return -EHOSTUNREACH;
	cfg->dev = via->cfg.dev;
	return 0;
}

static int config_complete(struct net *net, struct fib6_config *cfg)
{
	int err;

	if (!cfg->type)
		cfg->type = RTN_UNICAST;
	if (!cfg->table)
		cfg->table = cfg->type == RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
	if (!cfg->protocol)
		cfg->protocol = RTPROT_BOOT;
	if (!cfg->metric && cfg->table != RT_TABLE_LOCAL)
		cfg->metric = IP6_RT_PRIO_USER;
	cfg->dst = ipv6_addr_prefix(&cfg->dst, cfg->plen);
	if (fib6_type_error(cfg->type)) {
		cfg->dev = net->dev->loopback;
		cfg->has_gateway = false;
		return 0;
	}
	if (cfg->has_gateway) {
		err = check_gateway(net, cfg);
		if (err)
			return err;
	}
	if (!cfg->dev)
		return -ENODEV;
	if (!cfg->dev->ip6_ptr || cfg->dev->ip6_ptr->cnf.disable_ipv6)
		return -EACCES;
	return netif_running(cfg->dev) || cfg->type == RTN_LOCAL ? 0 : -ENETDOWN;
}

/* ---- adding ---- */

/* RFC 4191 2.1: high, medium, low are 1, 0, -1 in two bits. */
static int rank(u8 pref)
{
	return pref == 3 ? -1 : pref;
}

static bool goes_before(const struct fib6_config *a, const struct fib6_config *b)
{
	if (a->table != b->table)
		return a->table > b->table;	/* 255 is the local one */
	if (a->metric != b->metric)
		return a->metric < b->metric;
	return rank(a->pref) > rank(b->pref);
}

static bool same_nexthop(const struct fib6_config *a, const struct fib6_config *b)
{
	return a->dev == b->dev && a->has_gateway == b->has_gateway &&
	       (!a->has_gateway || ipv6_addr_equal(&a->gateway, &b->gateway));
}

static struct fib6_info **find_same(void **slot, const struct fib6_config *cfg, bool by_nexthop)
{
	struct fib6_info **link = (struct fib6_info **)slot;

	for (; *link; link = &(*link)->next)
		if ((*link)->cfg.table == cfg->table && (*link)->cfg.metric == cfg->metric &&
		    (!by_nexthop || same_nexthop(&(*link)->cfg, cfg)))
			return link;
	return NULL;
}

static struct fib6_info *info_new(struct net *net, const struct fib6_config *cfg)
{
	struct fib6_info *fi = slab_alloc(&net->ipv6->fib->info_slab);
	struct dst_metrics *metrics;

	if (!fi || !dst_metrics_dup(&net->mem, cfg->metrics, &metrics)) {
		if (fi)
			slab_free(&net->ipv6->fib->info_slab, fi);
		return NULL;
	}
	*fi = (struct fib6_info){ .cfg = *cfg, .metrics = metrics };
	fi->cfg.metrics = metrics;
	return fi;
}

static bool refused_as_there(void **slot, const struct fib6_config *cfg)
{
	return find_same(slot, cfg, !cfg->excl);
}

static void list_insert(void **slot, struct fib6_info *fi)
{
	struct fib6_info **link;

	for (link = (struct fib6_info **)slot; *link && !goes_before(&fi->cfg, &(*link)->cfg);)
		link = &(*link)->next;
	fi->next = *link;
	*link = fi;
	fib6_count_siblings(*slot);
}

static int route_insert(struct net *net, const struct fib6_config *cfg)
{
	struct ip6_lpm *lpm = fib6_tree_make(net, cfg->table);
	void **slot = lpm ? ip6_lpm_add(lpm, &cfg->dst, cfg->plen) : NULL;
	struct fib6_info *fi;

	if (!slot)
		return -ENOMEM;
	if (refused_as_there(slot, cfg))
		return -EEXIST;
	fi = info_new(net, cfg);
	if (!fi) {
		if (!*slot)
			ip6_lpm_del(lpm, &cfg->dst, cfg->plen);
		return -ENOMEM;
	}
	list_insert(slot, fi);
	rt6_cache_flush(net);
	return 0;
}

int ip6_route_add(struct net *net, const struct fib6_config *asked)
{
	struct fib6_config cfg = *asked;
	int err = config_complete(net, &cfg);

	return err ? err : route_insert(net, &cfg);
}

static void route_unlink(struct net *net, const struct fib6_config *cfg, void **slot,
			 struct fib6_info **link)
{
	struct ip6_fib *fib = net->ipv6->fib;
	struct fib6_info *fi = *link;
	u32 table = fi->cfg.table;

	*link = fi->next;
	fib6_count_siblings(*slot);
	if (!*slot)
		ip6_lpm_del(fib6_tree(fib, table), &cfg->dst, cfg->plen);
	info_free(fib, fi);
	rt6_cache_flush(net);
}

/* Those of cfg's table and metric, linked through next, out of the list of the prefix. */
static struct fib6_info *take_same(void **slot, const struct fib6_config *cfg)
{
	struct fib6_info **link = (struct fib6_info **)slot, *fi, *taken = NULL;

	while ((fi = *link)) {
		if (fi->cfg.table != cfg->table || fi->cfg.metric != cfg->metric) {
			link = &fi->next;
			continue;
		}
		*link = fi->next;
		fi->next = taken;
		taken = fi;
		if (!fib6_may_share(&fi->cfg))	/* the first one only */
			break;
	}
	return taken;
}

/* The first of the next hops, whole; the others as infos, linked behind. NULL: *err. */
static struct fib6_info *infos_new(struct net *net, const struct fib6_config *asked, u32 n,
				   int *err)
{
	struct fib6_info *first = NULL, **end = &first;

	*err = 0;
	for (u32 i = 0; i < n && !*err; i++) {
		struct fib6_config cfg = asked[i];

		*err = config_complete(net, &cfg);
		for (struct fib6_info *fi = first; fi && !*err; fi = fi->next)
			if (same_nexthop(&fi->cfg, &cfg))
				*err = -EEXIST;
		if (*err)
			break;
		*end = info_new(net, &cfg);
		if (*end)
			end = &(*end)->next;
		else
			*err = -ENOMEM;
	}
	if (!*err)
		return first;
	info_free_all(first, net->ipv6->fib);
	return NULL;
}

static void list_insert_all(void **slot, struct fib6_info *fi)
{
	struct fib6_info *next;

	for (; fi; fi = next) {
		next = fi->next;
		list_insert(slot, fi);
	}
}

int ip6_route_add_multi(struct net *net, const struct fib6_config *cfg, u32 n, bool replace)
{
	int err;
	struct fib6_info *all = infos_new(net, cfg, n, &err), *old = NULL;
	struct ip6_lpm *lpm;
	void **slot;

	if (!all)
		return err;
	lpm = fib6_tree_make(net, all->cfg.table);
	slot = lpm ? ip6_lpm_add(lpm, &all->cfg.dst, all->cfg.plen) : NULL;
	if (!slot)
		err = -ENOMEM;
	for (struct fib6_info *fi = all; fi && !err && !replace; fi = fi->next)
		if (refused_as_there(slot, &fi->cfg))
			err = -EEXIST;
	if (err) {
		if (slot && !*slot)
			ip6_lpm_del(lpm, &all->cfg.dst, all->cfg.plen);
		info_free_all(all, net->ipv6->fib);
		return err;
	}
	if (replace)	/* all at once: nobody finds neither */
		old = take_same(slot, &all->cfg);
	list_insert_all(slot, all);
	info_free_all(old, net->ipv6->fib);
	rt6_cache_flush(net);
	return 0;
}

int ip6_route_replace(struct net *net, const struct fib6_config *cfg)
{
	return ip6_route_add_multi(net, cfg, 1, true);
}

/* ---- deleting ---- */

static u32 table_of(const struct fib6_config *cfg)
{
	if (cfg->table)
		return cfg->table;
	return cfg->type == RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
}

static bool matches(const struct fib6_config *r, const struct fib6_config *cfg)
{
	return r->table == table_of(cfg) && (!cfg->metric || r->metric == cfg->metric) &&
	       (!cfg->dev || r->dev == cfg->dev) && (!cfg->type || r->type == cfg->type) &&
	       (!cfg->protocol || r->protocol == cfg->protocol) &&
	       (!cfg->has_gateway || (r->has_gateway &&
				      ipv6_addr_equal(&r->gateway, &cfg->gateway)));
}

int ip6_route_del(struct net *net, const struct fib6_config *asked)
{
	struct fib6_config cfg = *asked;
	const struct ip6_lpm *lpm;
	struct fib6_info **link;
	void **slot;

	cfg.dst = ipv6_addr_prefix(&cfg.dst, cfg.plen);
	lpm = fib6_tree(net->ipv6->fib, table_of(&cfg));
	slot = lpm ? ip6_lpm_find(lpm, &cfg.dst, cfg.plen) : NULL;
	if (!slot)
		return -ESRCH;
	for (link = (struct fib6_info **)slot; *link; link = &(*link)->next) {
		if (!matches(&(*link)->cfg, &cfg))
			continue;
		/* Without a next hop all that share with it are meant. */
		while (!cfg.has_gateway && !cfg.dev && (*link)->siblings)
			route_unlink(net, &cfg, slot, link);
		route_unlink(net, &cfg, slot, link);
		return 0;
	}
	return -ESRCH;
}

struct of_dev {
	const struct net_device *dev;
	struct fib6_config found;
};

static int find_of_dev(void *value, void *ctx)
{
	struct of_dev *f = ctx;

	for (const struct fib6_info *fi = value; fi; fi = fi->next) {
		if (fi->cfg.dev == f->dev) {
			f->found = fi->cfg;
			return 1;
		}
	}
	return 0;
}

/* One after the other from the start: a device has few routes, or the table goes with it. */
void fib6_flush_dev(struct net *net, const struct net_device *dev)
{
	struct of_dev f = { .dev = dev };

	while (fib6_walk(net->ipv6->fib, find_of_dev, &f))
		ip6_route_del(net, &f.found);
}

/* ---- listing, finding ---- */

struct listing {
	int (*fn)(const struct fib6_config *r, void *ctx);
	void *ctx;
};

static int list_one(void *value, void *ctx)
{
	const struct listing *l = ctx;
	int ret = 0;

	for (const struct fib6_info *fi = value; fi && !ret; fi = fi->next) {
		struct fib6_config cfg = fi->cfg;

		cfg.siblings = fi->siblings;
		ret = l->fn(&cfg, l->ctx);
	}
	return ret;
}

int fib6_for_each(struct net *net, int (*fn)(const struct fib6_config *r, void *ctx), void *ctx)
{
	struct listing l = { fn, ctx };

	return fib6_walk(net->ipv6->fib, list_one, &l);
}

static bool usable(const struct fib6_info *fi, int oif)
{
	return (!oif || fi->cfg.dev->ifindex == oif || fib6_type_error(fi->cfg.type)) &&
	       netif_running(fi->cfg.dev);
}

/* RFC 4861 6.3.6: of several gateways not one that is known not to answer, where another may. */
static bool is_dead(const struct fib6_info *fi)
{
	const struct neighbour *n;

	if (likely(!fi->next) || !fi->cfg.has_gateway || fi->cfg.protocol != RTPROT_RA)
		return false;
	n = neigh_lookup(&fi->cfg.dev->net->ipv6->nd_tbl, &fi->cfg.gateway, fi->cfg.dev);
	return n && n->nud_state & NUD_FAILED;
}

struct fib6_info *fib6_tree_choose(const struct ip6_lpm *lpm, struct fib6_info *best, u32 table,
				   const struct ip6_addr *daddr, int oif)
{
	struct fib6_info *fi;
	int plen;

	while (best) {
		for (fi = best; fi; fi = fi->next)
			if (usable(fi, oif) && (!table || fi->cfg.table == table) && !is_dead(fi))
				return fi;
		best = ip6_lpm_lookup_max(lpm, daddr, best->cfg.plen - 1, &plen);
	}
	return NULL;
}

struct fib6_info *fib6_tree_lookup(const struct ip6_lpm *lpm, u32 table,
				   const struct ip6_addr *daddr, int oif)
{
	return fib6_tree_choose(lpm, ip6_lpm_lookup(lpm, daddr), table, daddr, oif);
}
