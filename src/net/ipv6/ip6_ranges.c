/* SPDX-License-Identifier: MIT */
#include "net/ipv6/ip6_ranges_tree.h"

#define LEAF FIB_DIRECT_LEAF
#define BITS FIB_DIRECT_MAX_BITS
#define COARSE_BITS FIB_DIRECT_COARSE_BITS
#define BYTES (BITS / 8)
#define NUMBER (~(LEAF | RANGES_FILLER))
#define BULK 64u
#define FINER (BITS - COARSE_BITS)

/* ---- lookup ---- */

typedef s32 keys __attribute__((vector_size(16), may_alias));

/* How many of a node's keys are not behind `key`: 1 at least. */
static __always_inline size_t count_keys(const struct ranges_node *n, u32 key)
{
	s32 turned = (s32)(key ^ 0x80000000u);
	const keys *k = (const void *)n->key;
	const keys at = { turned, turned, turned, turned };
	keys less = (k[0] <= at) + (k[1] <= at) + (k[2] <= at) + (k[3] <= at);

	return (size_t)-(less[0] + less[1] + less[2] + less[3]);
}

#if defined(__x86_64__)
#define WIDE_TARGET __attribute__((target("avx512f,popcnt,movbe")))
typedef s32 wide_keys __attribute__((vector_size(64), may_alias));

WIDE_TARGET
static __always_inline size_t count_keys_wide(const struct ranges_node *n, u32 key)
{
	const wide_keys at = (s32)(key ^ 0x80000000u) - (wide_keys){ 0 };

	return (size_t)__builtin_popcountll((u16)__builtin_ia32_cmpd512_mask(
		*(const wide_keys *)(const void *)n->key, at, 2, 0xffff));
}
#endif

static __always_inline u32 key_at(const struct ip6_addr *a, u32 byte)
{
	return get_be32(a->s6_addr + byte);
}

/* What the direct table says; 0: that no prefix longer than 12 bits is there. */
static __always_inline u32 direct_or_coarse(const u32 *direct, const u32 *coarse, u32 bits)
{
	u32 e = direct[bits >> (32 - BITS)];

	return likely(e) ? e : LEAF | coarse[bits >> (32 - COARSE_BITS)];
}

#define LOOK_IN(node, entry, key, COUNT) ({ \
	const struct ranges_node *n_ = &(node)[(entry) & RANGES_AT]; \
	prefetch(n_->to); \
	n_->to[COUNT(n_, key) - 1]; \
})

#define LOOKUP(r, a, COUNT) ({ \
	u32 byte_ = (r)->start, e_ = (r)->root; \
	if (likely(byte_)) \
		e_ = direct_or_coarse((r)->direct.at24, (r)->direct.coarse, key_at(a, 0)); \
	while (!(e_ & LEAF)) { \
		e_ = LOOK_IN((r)->node, e_, key_at(a, byte_), COUNT); \
		if (!(e_ & RANGES_SAME)) \
			byte_ = ranges_below(byte_); \
	} \
	e_ & NUMBER; \
})

/*
 * Step by step for all of them, and those that are not done are gathered without a branch: so the
 * processor takes as many of their loads at once as it can. Node 0 is for what needs none.
 */
#define LOOKUP_BULK(r, a, n, of, value, COUNT) do { \
	const u32 *direct_ = (r)->direct.at24, *coarse_ = (r)->direct.coarse; \
	const struct ranges_node *node_ = (r)->node; \
	u32 left_ = 0, before_; \
	struct {		/* not done yet */ \
		u32 i, entry, byte; \
	} todo_[BULK]; \
	for (u32 i = 0; i < (n); i++) { \
		u32 e_ = direct_or_coarse(direct_, coarse_, key_at((a)[i], 0)); \
		u32 is_leaf_ = (u32)((s32)e_ >> 31); \
		u32 to_ = LOOK_IN(node_, e_ & ~is_leaf_, key_at((a)[i], BYTES), COUNT); \
		to_ = (to_ & ~is_leaf_) | (e_ & is_leaf_); \
		todo_[left_].i = i; \
		todo_[left_].entry = to_; \
		todo_[left_].byte = BYTES; \
		left_ += (~to_) >> 31; \
		(value)[i] = (of)[to_ & LEAF ? to_ & NUMBER : 0].value; \
	} \
	while (unlikely(left_)) { \
		before_ = left_; \
		left_ = 0; \
		for (u32 k = 0; k < before_; k++) { \
			u32 i = todo_[k].i, e_ = todo_[k].entry, byte_ = todo_[k].byte; \
			if (!(e_ & RANGES_SAME)) \
				byte_ = ranges_below(byte_); \
			e_ = LOOK_IN(node_, e_, key_at((a)[i], byte_), COUNT); \
			todo_[left_].i = i; \
			todo_[left_].entry = e_; \
			todo_[left_].byte = byte_; \
			left_ += (~e_) >> 31; \
			(value)[i] = (of)[e_ & LEAF ? e_ & NUMBER : 0].value; \
		} \
	} \
} while (0)

static u32 lookup(const struct ip6_ranges *r, const struct ip6_addr *a)
{
	return LOOKUP(r, a, count_keys);
}

static void lookup_bulk(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			const union ip6_prefix *of, void **value)
{
	LOOKUP_BULK(r, a, n, of, value, count_keys);
}

#if defined(__x86_64__)
WIDE_TARGET
static u32 lookup_wide(const struct ip6_ranges *r, const struct ip6_addr *a)
{
	return LOOKUP(r, a, count_keys_wide);
}

WIDE_TARGET
static void lookup_bulk_wide(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			     const union ip6_prefix *of, void **value)
{
	LOOKUP_BULK(r, a, n, of, value, count_keys_wide);
}

static bool have_wide(void)
{
	return __builtin_cpu_supports("avx512f");
}
#else
#define lookup_wide lookup
#define lookup_bulk_wide lookup_bulk

static bool have_wide(void)
{
	return false;
}
#endif

u32 ip6_ranges_lookup(const struct ip6_ranges *r, const struct ip6_addr *a)
{
	return r->wide ? lookup_wide(r, a) : lookup(r, a);
}

void ip6_ranges_lookup_bulk(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			    const union ip6_prefix *of, void **value)
{
	for (u32 some; n; a += some, value += some, n -= some) {
		some = min(n, BULK);
		if (unlikely(!r->start))
			for (u32 i = 0; i < some; i++)
				value[i] = of[ip6_ranges_lookup(r, a[i])].value;
		else if (r->wide)
			lookup_bulk_wide(r, a, some, of, value);
		else
			lookup_bulk(r, a, some, of, value);
	}
}

bool ip6_ranges_init(struct ip6_ranges *r, struct mem *mem, bool direct)
{
	*r = (struct ip6_ranges){ .mem = mem, .root = LEAF, .wide = have_wide() };
	if (!ranges_pool_init(r))
		return false;
	if (!direct)
		return true;
	r->start = BYTES;
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
		return ranges_tree_change(r, &e, BYTES, &c) && direct_set(r, first, e);
	}
	n = 1u << (BITS - plen);
	if (plen > COARSE_BITS)
		return change_entries(r, first, n, &c);
	change_coarse(r, first, n, &c);
	return true;
}
