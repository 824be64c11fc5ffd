/* SPDX-License-Identifier: MIT */
#include "net/ipv6/ip6_lpm.h"

/* ---- the index ---- */

static void index_drop(struct ip6_lpm *lpm)
{
	if (lpm->indexed)
		ip6_ranges_exit(&lpm->index);
	lpm->index = (struct ip6_ranges){ .mem = NULL };
	lpm->indexed = false;
}

/* A walk comes to a prefix after those within it: it gets what they leave. */
static bool index_fill(struct ip6_lpm *lpm)
{
	struct ip6_tree_walk w = { .node = { &lpm->tree.root } };
	struct ip6_addr a;
	u32 id;

	while ((id = ip6_tree_next(&w))) {
		unsigned plen = ip6_tree_prefix(&w, &a);

		if (lpm->tree.prefix[id].value && !ip6_ranges_change(&lpm->index, &a, plen, 0, id))
			return false;
	}
	return true;
}

static bool index_make(struct ip6_lpm *lpm, bool direct)
{
	index_drop(lpm);
	lpm->indexed = ip6_ranges_init(&lpm->index, lpm->tree.mem, direct);
	if (lpm->indexed && !index_fill(lpm))
		index_drop(lpm);
	return lpm->indexed;
}

/* What fits. Nothing: the next attempt is as many changes away as this one cost. */
static void index_build(struct ip6_lpm *lpm)
{
	if (mem_may_reserve(lpm->tree.mem) && index_make(lpm, true))
		return;
	if (lpm->tree.prefixes < IP6_LPM_INDEX_MIN / 4 || !index_make(lpm, false)) {
		index_drop(lpm);
		lpm->wait = lpm->tree.prefixes;
	}
}

static void choose_stage(struct ip6_lpm *lpm)
{
	u32 n = lpm->tree.prefixes;
	u32 least = mem_may_reserve(lpm->tree.mem) ? IP6_LPM_DIRECT_MIN : IP6_LPM_INDEX_MIN;

	if (lpm->indexed) {
		least = lpm->index.start ? IP6_LPM_DIRECT_MIN / 2 : IP6_LPM_INDEX_MIN / 4;
		if (n < least)
			index_drop(lpm);
		else if (unlikely(ip6_ranges_is_worn(&lpm->index, n)))
			index_build(lpm);
	} else if (n >= least) {
		if (!lpm->wait)
			index_build(lpm);
		else
			lpm->wait--;
	}
}

/* What a prefix has it takes from the one around it, and leaves it to that. */
static void index_change(struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen, u32 id,
			 bool comes)
{
	u32 around;
	int len;

	if (!lpm->indexed)
		return;
	around = ip6_tree_lookup(&lpm->tree, a, (int)plen - 1, &len);
	if (!ip6_ranges_change(&lpm->index, a, plen, comes ? around : id, comes ? id : around)) {
		index_drop(lpm);
		lpm->wait = lpm->tree.prefixes;
	}
}

/* ---- both ---- */

/* Where the value of ::/0 stands, if it has one. */
static void **default_find(const struct ip6_lpm *lpm)
{
	union ip6_prefix *prefix = lpm->tree.prefix;

	return prefix && prefix->value ? &prefix->value : NULL;
}

static void **default_add(struct ip6_lpm *lpm)
{
	bool room = lpm->tree.prefix || ip6_tree_ids_grow(&lpm->tree);

	return room ? &lpm->tree.prefix->value : NULL;
}

void **ip6_lpm_find(const struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen)
{
	u32 id;

	if (!plen)
		return default_find(lpm);
	id = ip6_tree_find(&lpm->tree, a, plen);
	return id ? &lpm->tree.prefix[id].value : NULL;
}

void **ip6_lpm_add(struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen)
{
	u32 id;

	if (!plen)
		return default_add(lpm);
	id = ip6_tree_find(&lpm->tree, a, plen);
	if (id && lpm->tree.prefix[id].value)
		return &lpm->tree.prefix[id].value;
	if (!id)
		id = ip6_tree_add(&lpm->tree, a, plen);
	if (!id)
		return NULL;
	lpm->tree.prefix[id].value = NULL;
	choose_stage(lpm);
	index_change(lpm, a, plen, id, true);
	return &lpm->tree.prefix[id].value;
}

void ip6_lpm_del(struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen)
{
	u32 id = plen ? ip6_tree_find(&lpm->tree, a, plen) : 0;

	if (!plen && lpm->tree.prefix)
		lpm->tree.prefix->value = NULL;
	if (!id)
		return;
	lpm->tree.prefix[id].value = NULL;
	index_change(lpm, a, plen, id, false);
	ip6_tree_del(&lpm->tree, a, plen);
	choose_stage(lpm);
}

void *ip6_lpm_lookup_max(const struct ip6_lpm *lpm, const struct ip6_addr *a, int max_plen,
			 int *plen)
{
	u32 id;

	if (max_plen < 0 || !lpm->tree.prefix)
		return NULL;
	*plen = 0;
	id = ip6_tree_lookup(&lpm->tree, a, max_plen, plen);
	return lpm->tree.prefix[id].value;
}

void *ip6_lpm_lookup(const struct ip6_lpm *lpm, const struct ip6_addr *a)
{
	int plen;

	if (unlikely(!lpm->indexed))
		return ip6_lpm_lookup_max(lpm, a, 128, &plen);
	return lpm->tree.prefix[ip6_ranges_lookup(&lpm->index, a)].value;
}

void ip6_lpm_lookup_bulk(const struct ip6_lpm *lpm, const struct ip6_addr *const *a, u32 n,
			 void **value)
{
	if (likely(lpm->indexed)) {
		ip6_ranges_lookup_bulk(&lpm->index, a, n, lpm->tree.prefix, value);
		return;
	}
	for (u32 i = 0; i < n; i++)
		value[i] = ip6_lpm_lookup(lpm, a[i]);
}

int ip6_lpm_walk(const struct ip6_lpm *lpm, int (*fn)(void *value, void *ctx), void *ctx)
{
	struct ip6_tree_walk w = { .node = { &lpm->tree.root } };
	void **value;
	int ret = 0;
	u32 id;

	while (!ret && (id = ip6_tree_next(&w))) {
		value = &lpm->tree.prefix[id].value;
		ret = *value ? fn(*value, ctx) : 0;
	}
	value = default_find(lpm);
	return ret || !value ? ret : fn(*value, ctx);
}

void ip6_lpm_init(struct ip6_lpm *lpm, struct mem *mem)
{
	*lpm = (struct ip6_lpm){ .indexed = false };
	ip6_tree_init(&lpm->tree, mem);
}

void ip6_lpm_exit(struct ip6_lpm *lpm)
{
	index_drop(lpm);
	ip6_tree_exit(&lpm->tree);
}
