/* SPDX-License-Identifier: MIT */
/* What a route may say: its checks, and the fib_info that all routes saying the same share. */
#include "base/assert.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"

#define INFO_FIRST_CAP 16
#define INFO_HASH_FIRST 8

struct fib_prop {
	s16 error;
	u8 scope;		/* the widest that such a route may have */
};

static const struct fib_prop fib_props[] = {
	[RTN_UNSPEC] = { 0, RT_SCOPE_NOWHERE },
	[RTN_UNICAST] = { 0, RT_SCOPE_UNIVERSE },
	[RTN_LOCAL] = { 0, RT_SCOPE_HOST },
	[RTN_BROADCAST] = { 0, RT_SCOPE_LINK },
	[RTN_ANYCAST] = { 0, RT_SCOPE_LINK },
	[RTN_MULTICAST] = { 0, RT_SCOPE_UNIVERSE },
	[RTN_BLACKHOLE] = { -EINVAL, RT_SCOPE_UNIVERSE },
	[RTN_UNREACHABLE] = { -EHOSTUNREACH, RT_SCOPE_UNIVERSE },
	[RTN_PROHIBIT] = { -EACCES, RT_SCOPE_UNIVERSE },
	[RTN_THROW] = { -EAGAIN, RT_SCOPE_UNIVERSE },
};

int fib_type_error(u8 type)
{
	return fib_props[type].error;
}

int fib_config_complete(struct fib_config *cfg)
{
	if (!cfg->type)
		cfg->type = RTN_UNICAST;
	if (cfg->type > RTN_THROW || cfg->prefixlen > 32)
		return -EINVAL;
	if (cfg->dst & ~inet_make_mask(cfg->prefixlen))
		return -EINVAL;		/* host bits in a network */
	if (!cfg->table)
		cfg->table = cfg->type == RTN_LOCAL || cfg->type == RTN_BROADCAST ||
			     cfg->type == RTN_ANYCAST ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
	if (!cfg->scope && !cfg->gateway) {
		if (cfg->type == RTN_LOCAL)
			cfg->scope = RT_SCOPE_HOST;
		else if (!fib_type_error(cfg->type))
			cfg->scope = RT_SCOPE_LINK;
	}
	if (!cfg->protocol)
		cfg->protocol = RTPROT_BOOT;
	return 0;
}

/* The gateway must itself be reachable by a route of narrower scope, or said to be on the link. */
static int check_gateway(const struct fib_table *tb, const struct fib_config *cfg,
			 struct fib_info *fi)
{
	struct fib_info *res;
	u8 scope = cfg->scope < RT_SCOPE_LINK ? RT_SCOPE_LINK : RT_SCOPE_HOST;
	int err;

	if (cfg->scope >= RT_SCOPE_LINK)
		return -EINVAL;
	if (inet_addr_type(tb->net, cfg->gateway) != RTN_UNICAST)
		return -EINVAL;
	fi->nh_scope = RT_SCOPE_LINK;
	if (cfg->onlink) {
		if (!cfg->dev)
			return -ENODEV;
		fi->dev = cfg->dev;
		return netif_running(cfg->dev) ? 0 : -ENETDOWN;
	}
	err = fib_lookup(tb, cfg->gateway, cfg->dev ? cfg->dev->ifindex : 0, scope, &res);
	if (err)
		return -ENETUNREACH;
	if (res->type != RTN_UNICAST && res->type != RTN_LOCAL)
		return -EINVAL;
	fi->nh_scope = res->scope;
	fi->dev = res->dev;
	if (!fi->dev)
		return -ENETUNREACH;
	return netif_running(fi->dev) ? 0 : -ENETDOWN;
}

static int check_nexthop(const struct fib_table *tb, const struct fib_config *cfg,
			 struct fib_info *fi)
{
	if (fib_type_error(cfg->type))
		return cfg->gateway || cfg->dev ? -EINVAL : 0;
	if (cfg->scope == RT_SCOPE_HOST) {
		if (cfg->gateway)
			return -EINVAL;
		fi->nh_scope = RT_SCOPE_NOWHERE;
		fi->dev = cfg->dev;
		return cfg->dev ? 0 : -ENODEV;
	}
	if (cfg->gateway)
		return check_gateway(tb, cfg, fi);
	if (!cfg->dev || !cfg->dev->ip_ptr)
		return -ENODEV;
	fi->nh_scope = RT_SCOPE_HOST;
	fi->dev = cfg->dev;
	return netif_running(cfg->dev) ? 0 : -ENETDOWN;
}

/* The source address asked for must be ours; a local route may bring its own. */
static bool prefsrc_ok(const struct fib_table *tb, const struct fib_config *cfg)
{
	if (!cfg->prefsrc || (cfg->type == RTN_LOCAL && cfg->prefsrc == cfg->dst))
		return true;
	return inet_lookup_ifaddr(tb->net, cfg->prefsrc) ||
	       inet_addr_type(tb->net, cfg->prefsrc) == RTN_LOCAL;
}

static int check_config(const struct fib_table *tb, const struct fib_config *cfg,
			struct fib_info *fi)
{
	int err;

	if (cfg->scope > RT_SCOPE_HOST || fib_props[cfg->type].scope > cfg->scope)
		return -EINVAL;
	*fi = (struct fib_info){
		.gateway = cfg->gateway, .prefsrc = cfg->prefsrc,
		.priority = cfg->priority, .mtu = cfg->mtu, .table = cfg->table,
		.protocol = cfg->protocol, .scope = cfg->scope, .type = cfg->type,
		.onlink = cfg->onlink,
	};
	err = check_nexthop(tb, cfg, fi);
	if (err)
		return err;
	return prefsrc_ok(tb, cfg) ? 0 : -EINVAL;
}

/* ---- sharing ---- */

static u32 info_hash(const struct fib_table *tb, const struct fib_info *fi)
{
	u64 a = (u64)fi->gateway << 32 | fi->prefsrc;
	u64 b = (u64)fi->priority << 32 | (u32)fi->type << 24 | (u32)fi->scope << 16 |
		(u32)(fi->dev ? fi->dev->ifindex : 0);

	return (u32)siphash_2u64(a, b, &tb->net->hash_key) & tb->info_hash_mask;
}

static bool info_equal(const struct fib_info *a, const struct fib_info *b)
{
	return a->gateway == b->gateway && a->prefsrc == b->prefsrc && a->dev == b->dev &&
	       a->priority == b->priority && a->mtu == b->mtu && a->table == b->table &&
	       a->protocol == b->protocol && a->scope == b->scope && a->type == b->type &&
	       a->nh_scope == b->nh_scope && a->onlink == b->onlink;
}

static struct fib_info *info_find(const struct fib_table *tb, const struct fib_info *want)
{
	struct fib_info *fi;

	if (!tb->info_hash)
		return NULL;
	hlist_for_each_entry(fi, &tb->info_hash[info_hash(tb, want)], node)
		if (info_equal(fi, want))
			return fi;
	return NULL;
}

static bool info_hash_grow(struct fib_table *tb)
{
	struct mem *mem = &tb->net->mem;
	u32 old = tb->info_hash ? tb->info_hash_mask + 1 : 0;
	u32 size = old ? old * 2 : INFO_HASH_FIRST;
	struct hlist_head *grown = mem_zalloc(mem, size * sizeof(*grown));

	if (!grown)
		return false;
	mem_free(mem, tb->info_hash, old * sizeof(*grown));
	tb->info_hash = grown;
	tb->info_hash_mask = size - 1;
	for (u32 i = 1; i < tb->info_top; i++) {
		struct fib_info *fi = tb->info[i];

		if (!fi)
			continue;
		fi->node = (struct hlist_node){ NULL, NULL };
		hlist_add_head(&fi->node, &grown[info_hash(tb, fi)]);
	}
	return true;
}

static bool info_array_grow(struct fib_table *tb)
{
	u32 cap = tb->info_cap ? tb->info_cap * 2 : INFO_FIRST_CAP;
	struct fib_info **grown = mem_zalloc(&tb->net->mem, cap * sizeof(struct fib_info *));

	if (!grown)
		return false;
	if (tb->info)
		memcpy(grown, tb->info, tb->info_cap * sizeof(struct fib_info *));
	mem_free(&tb->net->mem, tb->info, tb->info_cap * sizeof(struct fib_info *));
	tb->info = grown;
	tb->info_cap = cap;
	return true;
}

/* The lowest free id: none below info_free is. 0: no memory. */
static u32 info_new_id(struct fib_table *tb)
{
	u32 id = tb->info_free;

	while (id < tb->info_top && tb->info[id])
		id++;
	if (id < tb->info_top) {
		tb->info_free = id + 1;
		return id;
	}
	if (tb->info_top >= tb->info_cap && !info_array_grow(tb))
		return 0;
	tb->info_free = tb->info_top + 1;
	return tb->info_top++;
}

static struct fib_info *info_create(struct fib_table *tb, const struct fib_info *want)
{
	struct mem *mem = &tb->net->mem;
	struct fib_info *fi = mem_alloc(mem, sizeof(*fi));
	u32 id;

	if (!fi)
		return NULL;
	if (!tb->info_hash || tb->info_count >= 2 * (tb->info_hash_mask + 1))
		if (!info_hash_grow(tb) && !tb->info_hash)
			goto fail;
	id = info_new_id(tb);
	if (!id)
		goto fail;
	*fi = *want;
	fi->id = id;
	fi->node = (struct hlist_node){ NULL, NULL };
	tb->info[id] = fi;
	tb->info_count++;
	hlist_add_head(&fi->node, &tb->info_hash[info_hash(tb, fi)]);
	return fi;
fail:
	mem_free(mem, fi, sizeof(*fi));
	return NULL;
}

int fib_create_info(struct fib_table *tb, const struct fib_config *cfg, struct fib_info **res)
{
	struct fib_info want, *fi;
	int err = check_config(tb, cfg, &want);

	if (err)
		return err;
	fi = info_find(tb, &want);
	if (!fi)
		fi = info_create(tb, &want);
	if (!fi)
		return -ENOMEM;
	fi->treeref++;
	*res = fi;
	return 0;
}

void fib_info_put(struct fib_table *tb, struct fib_info *fi)
{
	ln_assert(fi->treeref > 0);
	if (--fi->treeref)
		return;
	rt_flush_slot(&fi->rth_output);
	rt_flush_slot(&fi->rth_input);
	hlist_del_init(&fi->node);
	tb->info[fi->id] = NULL;
	tb->info_free = min(tb->info_free, fi->id);
	tb->info_count--;
	mem_free(&tb->net->mem, fi, sizeof(*fi));
}
