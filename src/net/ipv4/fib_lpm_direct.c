/* SPDX-License-Identifier: MIT */
/*
 * The direct table of fib_lpm: its entries are the answers, or the nodes, of the trie's first
 * levels, written anew where those change; and which kind of table the number of routes is worth.
 */
#include "net/ipv4/fib_lpm_impl.h"

/* Of a sparse table: `below` bits of entries from first on, of a slot of the first two levels. */
static void direct_coarse(struct fib_lpm *lpm, u32 first, unsigned below, u32 value)
{
	if (below >= FIB_DIRECT_MAX_BITS - FIB_DIRECT_COARSE_BITS)
		fib_direct_put_coarse(&lpm->direct, first, 1u << below, value);
}

static void direct_leaf(struct fib_lpm *lpm, u32 first, unsigned below, u32 value)
{
	struct fib_direct *d = &lpm->direct;
	u32 e = DIRECT_LEAF | value;

	if (d->coarse) {
		direct_coarse(lpm, first, below, value);
		if (d->coarse[first >> (FIB_DIRECT_MAX_BITS - FIB_DIRECT_COARSE_BITS)] == value)
			e = 0;
	}
	fib_direct_put(d, lpm->mem, first, 1u << below, e);
}

/* The entries of slots from .. from + n - 1 of node `at`, which is at depth and has key in it. */
static void direct_slots(struct fib_lpm *lpm, u32 at, u32 key, unsigned depth, u32 from, u32 n)
{
	unsigned below = lpm->direct.bits - depth - STRIDE;
	const struct lpm_node *node = node_at(lpm, at);
	u32 child, leaf, first = (depth ? key >> (32 - depth) : 0) << STRIDE;

	child = node->base1 + bits_generic(node->vector & (BIT64(from) - 1));
	leaf = node->base0 - 1 + bits_generic(node->leafvec & (BIT64(from) - 1));
	for (u32 i = from; i < from + n; i++) {
		u32 under = (first | i) << (32 - depth - STRIDE);

		leaf += node->leafvec >> i & 1;
		if (!(node->vector >> i & 1)) {
			direct_leaf(lpm, (first | i) << below, below, *leaf_at(lpm, leaf));
		} else if (!below) {
			fib_direct_put(&lpm->direct, lpm->mem, first | i, 1, child++);
		} else {
			if (lpm->direct.coarse && depth + STRIDE == FIB_DIRECT_COARSE_BITS)
				direct_coarse(lpm, (first | i) << below, below,
					      rib_best(&lpm->rib, under, FIB_DIRECT_COARSE_BITS));
			direct_slots(lpm, child++, under, depth + STRIDE, 0, SLOTS);
		}
	}
}

void lpm_direct_fill(struct fib_lpm *lpm)
{
	if (lpm->direct.at)
		direct_slots(lpm, 0, 0, 0, 0, SLOTS);
}

void lpm_direct_update(struct fib_lpm *lpm, u32 at, u32 key, unsigned depth, u32 from, u32 n,
		       bool moved)
{
	if (depth + STRIDE > lpm->direct.bits)
		return;
	/* The last level's entries point to those children. */
	if (depth + STRIDE == lpm->direct.bits && moved)
		direct_slots(lpm, at, key, depth, 0, SLOTS);
	else
		direct_slots(lpm, at, key, depth, from, n);
}

/* ---- which kind, by the number of routes ---- */

/* The fastest table that n routes are worth, when there is `now`. */
static enum fib_direct_kind direct_for(const struct fib_lpm *lpm, u32 n)
{
	unsigned now = lpm->direct.kind;

	if (n >= (now == FIB_DIRECT_24 ? FIB_LPM_24_MIN / 4 : FIB_LPM_24_MIN))
		return FIB_DIRECT_24;
	if (mem_may_reserve(lpm->mem) && !lpm->no_sparse)
		return FIB_DIRECT_SPARSE;
	if (n >= (now == FIB_DIRECT_18 ? FIB_LPM_18_MIN / 4 : FIB_LPM_18_MIN))
		return FIB_DIRECT_18;
	if (n >= (now == FIB_DIRECT_12 ? FIB_LPM_12_MIN / 4 : FIB_LPM_12_MIN))
		return FIB_DIRECT_12;
	return FIB_DIRECT_NONE;
}

static void direct_remake(struct fib_lpm *lpm, enum fib_direct_kind kind)
{
	if (kind == FIB_DIRECT_SPARSE && lpm->no_sparse)
		return;
	if (!fib_direct_make(&lpm->direct, lpm->mem, kind))
		return;		/* what there is is right */
	lpm_direct_fill(lpm);
	if (lpm->direct.short_of_memory) {
		lpm->no_sparse = true;
		fib_direct_free(&lpm->direct, lpm->mem);
	}
}

/* Pages that routes left behind are given back when they are more than what is in use. */
static bool is_worn(const struct fib_direct *d, u32 n)
{
	return d->pages > FIB_LPM_WORN_MIN && d->pages > 4 * n;
}

void lpm_direct_choose(struct fib_lpm *lpm)
{
	unsigned kind;

	if (unlikely(lpm->direct.short_of_memory)) {
		lpm->no_sparse = true;
		fib_direct_free(&lpm->direct, lpm->mem);
	}
	if (unlikely(is_worn(&lpm->direct, lpm->rib.count)))
		direct_remake(lpm, FIB_DIRECT_SPARSE);
	for (kind = direct_for(lpm, lpm->rib.count); kind != lpm->direct.kind; kind--) {
		direct_remake(lpm, kind);
		if (lpm->direct.kind == kind || !kind)
			break;
	}
}
