/* SPDX-License-Identifier: MIT */
/* The fib_info that all routes saying the same share: by id, and by what it says. */
#include "base/assert.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"

#define INFO_FIRST_CAP 16
#define INFO_HASH_FIRST 8

/* ---- sharing ---- */

static u32 info_hash(const struct fib *fib, const struct fib_info *fi)
{
	const struct fib_nexthop *nh = &fi->nh[fi->nhs - 1].via;
	u64 a = (u64)nh->gateway << 32 | fi->prefsrc;
	u64 b = (u64)fi->priority << 32 | (u32)fi->type << 24 | (u32)fi->scope << 16 |
		(u32)(nh->dev ? nh->dev->ifindex : 0);

	return (u32)siphash_2u64(a + (u64)fi->table * 0x9e3779b97f4a7c15ull, b,
				 &fib->net->hash_key) & fib->info_hash_mask;
}

/* Whether a next hop is dead comes and goes. */
static bool nexthop_equal(const struct fib_nh *a, const struct fib_nh *b)
{
	return a->via.gateway == b->via.gateway && a->via.dev == b->via.dev &&
	       a->via.weight == b->via.weight && a->via.onlink == b->via.onlink &&
	       a->scope == b->scope;
}

static bool info_equal(const struct fib_info *a, const struct fib_info *b)
{
	if (a->nhs != b->nhs || a->prefsrc != b->prefsrc || a->priority != b->priority ||
	    a->mtu != b->mtu || a->table != b->table || a->protocol != b->protocol ||
	    a->scope != b->scope || a->type != b->type ||
	    !dst_metrics_equal(a->metrics, b->metrics))
		return false;
	for (u32 i = 0; i < a->nhs; i++)
		if (!nexthop_equal(&a->nh[i], &b->nh[i]))
			return false;
	return true;
}

static struct fib_info *info_find(const struct fib *fib, const struct fib_info *want)
{
	struct fib_info *fi;

	if (!fib->info_hash)
		return NULL;
	hlist_for_each_entry(fi, &fib->info_hash[info_hash(fib, want)], node)
		if (info_equal(fi, want))
			return fi;
	return NULL;
}

static bool info_hash_grow(struct fib *fib)
{
	struct mem *mem = &fib->net->mem;
	u32 old = fib->info_hash ? fib->info_hash_mask + 1 : 0;
	u32 size = old ? old * 2 : INFO_HASH_FIRST;
	struct hlist_head *grown = mem_zalloc(mem, size * sizeof(*grown));

	if (!grown)
		return false;
	mem_free(mem, fib->info_hash, old * sizeof(*grown));
	fib->info_hash = grown;
	fib->info_hash_mask = size - 1;
	for (u32 i = 1; i < fib->info_top; i++) {
		struct fib_info *fi = fib->info[i];

		if (!fi)
			continue;
		fi->node = (struct hlist_node){ NULL, NULL };
		hlist_add_head(&fi->node, &grown[info_hash(fib, fi)]);
	}
	return true;
}

static bool info_array_grow(struct fib *fib)
{
	u32 cap = fib->info_cap ? fib->info_cap * 2 : INFO_FIRST_CAP;
	struct fib_info **grown = mem_zalloc(&fib->net->mem, cap * sizeof(struct fib_info *));

	if (!grown)
		return false;
	if (fib->info)
		memcpy(grown, fib->info, fib->info_cap * sizeof(struct fib_info *));
	mem_free(&fib->net->mem, fib->info, fib->info_cap * sizeof(struct fib_info *));
	fib->info = grown;
	fib->info_cap = cap;
	return true;
}

/* The lowest free id: none below info_free is. 0: no memory. */
static u32 info_new_id(struct fib *fib)
{
	u32 id = fib->info_free;

	while (id < fib->info_top && fib->info[id])
		id++;
	if (id < fib->info_top) {
		fib->info_free = id + 1;
		return id;
	}
	if (fib->info_top >= fib->info_cap && !info_array_grow(fib))
		return 0;
	fib->info_free = fib->info_top + 1;
	return fib->info_top++;
}

static struct fib_info *info_create(struct fib *fib, const struct fib_info *want)
{
	struct mem *mem = &fib->net->mem;
	size_t bytes = fib_info_bytes(want->nhs);
	struct fib_info *fi = mem_alloc(mem, bytes);
	struct dst_metrics *metrics = NULL;
	u32 id;

	if (!fi || !dst_metrics_dup(mem, want->metrics, &metrics))
		goto fail;
	if (!fib->info_hash || fib->info_count >= 2 * (fib->info_hash_mask + 1))
		if (!info_hash_grow(fib) && !fib->info_hash)
			goto fail;
	id = info_new_id(fib);
	if (!id)
		goto fail;
	memcpy(fi, want, bytes);
	fi->metrics = metrics;
	fi->id = id;
	fi->node = (struct hlist_node){ NULL, NULL };
	fib->info[id] = fi;
	fib->info_count++;
	fib->multipath += fi->nhs > 1;
	fib_rebalance(fi);
	hlist_add_head(&fi->node, &fib->info_hash[info_hash(fib, fi)]);
	return fi;
fail:
	dst_metrics_put(metrics);
	mem_free(mem, fi, bytes);
	return NULL;
}

int fib_info_get(struct fib *fib, const struct fib_info *want, struct fib_info **res)
{
	struct fib_info *fi = info_find(fib, want);

	if (!fi)
		fi = info_create(fib, want);
	if (!fi)
		return -ENOMEM;
	fi->treeref++;
	*res = fi;
	return 0;
}

void fib_info_put(struct fib *fib, struct fib_info *fi)
{
	ln_assert(fi->treeref > 0);
	if (--fi->treeref)
		return;
	for (u32 i = 0; i < fi->nhs; i++) {
		dst_flush_slot(&fi->nh[i].rth_output);
		dst_flush_slot(&fi->nh[i].rth_input);
	}
	hlist_del_init(&fi->node);
	fib->info[fi->id] = NULL;
	fib->info_free = min(fib->info_free, fi->id);
	fib->info_count--;
	fib->multipath -= fi->nhs > 1;
	dst_metrics_put(fi->metrics);
	mem_free(&fib->net->mem, fi, fib_info_bytes(fi->nhs));
}

bool fib_has_gateway(const struct fib *fib, be32 gw, const struct net_device *dev)
{
	for (u32 i = 1; i < fib->info_top; i++) {
		const struct fib_info *fi = fib->info[i];

		for (u32 k = 0; fi && k < fi->nhs; k++)
			if (fi->nh[k].via.gateway == gw && fi->nh[k].via.dev == dev)
				return true;
	}
	return false;
}
