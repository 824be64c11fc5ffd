/* SPDX-License-Identifier: MIT */
#include "net/ipv6/ip6_ranges_look.h"
#include "net/ipv6/ip6_ranges_tree.h"

#define LEAF FIB_DIRECT_LEAF
#define BITS FIB_DIRECT_MAX_BITS
#define COARSE_BITS FIB_DIRECT_COARSE_BITS
#define FINER (BITS - COARSE_BITS)

/* ---- lookup ---- */

typedef s32 keys __attribute__((vector_size(16), may_alias));

/* How many of a node's keys are not behind `key`: 1 at least. */
static __always_inline size_t count_keys(const struct ranges_node *n, u32 key)
{
	s32 turned = (s32)(key ^ RANGES_TURN);
	const keys *k = (const void *)n->key;
	const keys at = { turned, turned, turned, turned };
	keys less = (k[0] <= at) + (k[1] <= at) + (k[2] <= at) + (k[3] <= at);

	return (size_t)-(less[0] + less[1] + less[2] + less[3]);
}

u32 ip6_ranges_lookup(const struct ip6_ranges *r, const struct ip6_addr *a)
{
	return r->wide ? ip6_ranges_lookup_wide(r, a) : RANGES_LOOKUP(r, a, count_keys);
}

/* The first node of each, 0 for what needs none. Returns how many need more: todo[]. */
static u32 begin_bulk(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
		      struct ranges_look *l)
{
	const u32 *direct = r->direct.at24, *coarse = r->direct.coarse;
	u32 left = 0;

	for (u32 i = 0; i < n; i++) {
		u32 e = ranges_direct(direct, coarse, ranges_key(a[i], 0));
		u32 is_leaf = (u32)((s32)e >> 31);
		u32 to = RANGES_LOOK_IN(r->node, e & ~is_leaf, ranges_key(a[i], RANGES_BYTES),
					count_keys);

		to = (to & ~is_leaf) | (e & is_leaf);
		l->entry[i] = to;
		l->byte[i] = RANGES_BYTES;
		l->todo[left] = i;
		left += (~to) >> 31;
	}
	return left;
}

static void lookup_bulk(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			const union ip6_prefix *of, void **value)
{
	struct ranges_look l;
	u32 left = begin_bulk(r, a, n, &l);

	while (unlikely(left))
		RANGES_LOOK_ON(r->node, a, &l, left, count_keys);
	for (u32 i = 0; i < n; i++)
		value[i] = of[l.entry[i] & RANGES_NUMBER].value;
}

void ip6_ranges_lookup_bulk(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			    const union ip6_prefix *of, void **value)
{
	for (u32 some; n; a += some, value += some, n -= some) {
		some = min(n, RANGES_BULK);
		if (unlikely(!r->start))
			for (u32 i = 0; i < some; i++)
				value[i] = of[ip6_ranges_lookup(r, a[i])].value;
		else if (r->wide)
			ip6_ranges_bulk_wide(r, a, some, of, value);
		else
			lookup_bulk(r, a, some, of, value);
	}
}

bool ip6_ranges_init(struct ip6_ranges *r, struct mem *mem, bool direct)
{
	*r = (struct ip6_ranges){ .mem = mem, .root = LEAF, .wide = ip6_ranges_have_wide() };
	if (!ranges_pool_init(r))
		return false;
	if (!direct)
		return true;
	r->start = RANGES_BYTES;
	if (fib_direct_make(&r->direct, mem, FIB_DIRECT_SPARSE))
		return true;
	ranges_pool_exit(r);
	return false;
}

void ip6_ranges_exit(struct ip6_ranges *r)
{
	fib_direct_free(&r->direct, r->mem);
	ranges_pool_exit(r);
}

/* ---- changes ---- */

static u32 direct_get(const struct ip6_ranges *r, u32 i)
{
	u32 e = r->direct.at[i];

	return e ? e : LEAF | r->direct.coarse[i >> FINER];
}

static bool direct_set(struct ip6_ranges *r, u32 i, u32 e)
{
	if (e == (LEAF | r->direct.coarse[i >> FINER]))
		e = 0;
	if (e != r->direct.at[i])
		fib_direct_put(&r->direct, r->mem, i, 1, e);
	return !r->direct.short_of_memory;
}

/* A prefix of 13 to 24 bits. */
static bool change_entries(struct ip6_ranges *r, u32 first, u32 n, const struct ranges_change *c)
{
	for (u32 i = first; i < first + n; i++) {
		u32 e = direct_get(r, i);

		if (!ranges_is_leaf(e))
			ranges_tree_rename(r, e, c->from, c->to);
		else if (e == c->from && !direct_set(r, i, c->to))
			return false;
	}
	return true;
}

/* One of 12 bits or less: entries that are numbers are of longer ones. */
static void change_coarse(struct ip6_ranges *r, u32 first, u32 n, const struct ranges_change *c)
{
	for (u32 i = first; i < first + n; i += 1u << FINER)
		if ((LEAF | r->direct.coarse[i >> FINER]) == c->from)
			fib_direct_put_coarse(&r->direct, i, 1u << FINER, c->to & ~LEAF);
	for (u32 i = first; fib_direct_written(&r->direct, &i) && i < first + n; i++)
		if (r->direct.at[i] && !ranges_is_leaf(r->direct.at[i]))
			ranges_tree_rename(r, r->direct.at[i], c->from, c->to);
}

bool ip6_ranges_change(struct ip6_ranges *r, const struct ip6_addr *a, unsigned plen, u32 from,
		       u32 to)
{
	const struct ranges_change c = { a, plen, LEAF | from, LEAF | to };
	u32 first = ip6_u32(a, 0) >> (32 - BITS), n, e;

	if (!r->start)
		return ranges_tree_change(r, &r->root, 0, &c);
	if (plen > BITS) {
		e = direct_get(r, first);
		return ranges_tree_change(r, &e, RANGES_BYTES, &c) && direct_set(r, first, e);
	}
	n = 1u << (BITS - plen);
	if (plen > COARSE_BITS)
		return change_entries(r, first, n, &c);
	change_coarse(r, first, n, &c);
	return true;
}
