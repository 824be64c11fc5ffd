/* SPDX-License-Identifier: MIT */
/* Lookups, and which stage answers them: fib_lpm_trie.c, fib_lpm_direct.c have the stages. */
#include "net/ipv4/fib_lpm_impl.h"


/* ---- lookup ---- */

#define TRIE_LOOKUP(lpm, addr, COUNT) do { \
	const struct lpm_node *n = (lpm)->nodes.at; \
	unsigned depth = 0; \
	if (likely((lpm)->direct.at != NULL)) { \
		u32 e = (lpm)->direct.at[(addr) >> (lpm)->direct.shift]; \
		if (e & DIRECT_LEAF) \
			return e & ~DIRECT_LEAF; \
		n += e; \
		depth = (lpm)->direct.bits; \
	} \
	for (;;) { \
		u32 slot = slot_at(addr, depth); \
		if (!(n->vector >> slot & 1)) \
			return *leaf_at(lpm, n->base0 + COUNT(upto(n->leafvec, slot)) - 1); \
		n = node_at(lpm, n->base1 + COUNT(upto(n->vector, slot)) - 1); \
		depth += STRIDE; \
	} \
} while (0)

static u32 trie_lookup(const struct fib_lpm *lpm, u32 addr)
{
	TRIE_LOOKUP(lpm, addr, bits_generic);
}

#if defined(__x86_64__)
__attribute__((target("popcnt")))
static u32 trie_lookup_popcnt(const struct fib_lpm *lpm, u32 addr)
{
	TRIE_LOOKUP(lpm, addr, (u32)__builtin_popcountll);
}

static bool have_popcnt(void)
{
	return __builtin_cpu_supports("popcnt");
}
#else
#define trie_lookup_popcnt trie_lookup

static bool have_popcnt(void)
{
	return false;
}
#endif

u32 fib_lpm_walk(const struct fib_lpm *lpm, u32 addr)
{
	u32 v;

	if (lpm->direct.coarse && !lpm->direct.at[addr >> lpm->direct.shift])
		v = lpm->direct.coarse[addr >> (32 - FIB_DIRECT_COARSE_BITS)];
	else if (unlikely(!lpm->indexed))
		v = rib_best(&lpm->rib, addr, 32);
	else if (likely(lpm->popcnt))
		v = trie_lookup_popcnt(lpm, addr);
	else
		v = trie_lookup(lpm, addr);
	return v ? v : lpm->default_value;
}

/* ---- stages, by the number of routes ---- */

static void choose_stage(struct fib_lpm *lpm)
{
	u32 n = lpm->rib.count, least = FIB_LPM_TRIE_MIN / 4;
	bool sparse = mem_may_reserve(lpm->mem) && !lpm->no_sparse;

	if (sparse)
		least = FIB_LPM_SPARSE_MIN / 2;
	if (lpm->indexed && n < least) {
		lpm_index_drop(lpm);
		lpm->no_sparse = false;
	} else if (!lpm->indexed && n >= (sparse ? FIB_LPM_SPARSE_MIN : FIB_LPM_TRIE_MIN)) {
		lpm_index_build(lpm);
	}
	if (lpm->indexed)
		lpm_direct_choose(lpm);
}

static void changed(struct fib_lpm *lpm, u32 key, unsigned plen, bool gone)
{
	if (plen && lpm->indexed && !lpm_index_update(lpm, key, plen, gone)) {
		lpm_index_drop(lpm);
		return;
	}
	if (lpm->indexed)
		lpm_compact(lpm);
	choose_stage(lpm);
}

/* A prefix under which there are no others has another value now. */
static void leaf_changed(struct fib_lpm *lpm, u32 key, unsigned plen, u32 value)
{
	switch (lpm_quick_update(lpm, key, plen, value)) {
	case QUICK_NO:
		changed(lpm, key, plen, false);
		break;
	case QUICK_NOMEM:
		lpm_index_drop(lpm);
		break;
	case QUICK_DONE:
		lpm_compact(lpm);
		choose_stage(lpm);
		break;
	}
}

int fib_lpm_set(struct fib_lpm *lpm, u32 key, unsigned plen, u32 value, u32 data)
{
	struct rib_node *n = rib_add(&lpm->rib, key, plen);
	u32 was;

	if (!n)
		return -ENOMEM;
	was = n->value;
	n->value = value;
	n->data = data;
	if (!plen)
		lpm->default_value = value;
	if (was != value && lpm->indexed && plen && !n->child[0] && !n->child[1])
		leaf_changed(lpm, key, plen, value);
	else if (was != value)
		changed(lpm, key, plen, false);
	return 0;
}

int fib_lpm_del(struct fib_lpm *lpm, u32 key, unsigned plen)
{
	if (!rib_find(&lpm->rib, key, plen))
		return -ENOENT;
	rib_del(&lpm->rib, key, plen);
	if (!plen)
		lpm->default_value = 0;
	changed(lpm, key, plen, true);
	return 0;
}

void fib_lpm_init(struct fib_lpm *lpm, struct mem *mem)
{
	*lpm = (struct fib_lpm){ .mem = mem, .popcnt = have_popcnt() };
	lpm->nodes.entry_bytes = sizeof(struct lpm_node);
	lpm->leaves.entry_bytes = sizeof(u32);
	rib_init(&lpm->rib, mem);
}

void fib_lpm_exit(struct fib_lpm *lpm)
{
	lpm_index_drop(lpm);
	rib_exit(&lpm->rib);
}
