/* SPDX-License-Identifier: MIT */
/*
 * The longest-prefix match against a twin that is stupid and surely right: a list of prefixes,
 * all looked at. Random tables with inserts, changes and deletions, dense and sparse, in each of
 * the three stages; memory that runs out in turn; a large table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/prng.h"
#include "net/ipv4/fib_lpm.h"

static void *heap_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void heap_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

/* Space that looks like zeros: what is written of it must have been charged. */
static void *heap_reserve(void *ctx, size_t size)
{
	(void)ctx;
	return calloc(1, size);
}

static const struct mem_ops plain = { .alloc = heap_alloc, .free = heap_free };
static const struct mem_ops with_space = {
	.alloc = heap_alloc, .free = heap_free, .reserve = heap_reserve,
};
static struct mem_ops ops;
static size_t budget;

/* ---- the twin ---- */

struct naive_route {
	u32 key, value;
	u8 plen;
};

#define NAIVE_MAX 20000

static struct naive {
	struct naive_route r[NAIVE_MAX];
	u32 n;
} naive;

static struct naive_route *naive_find(u32 key, unsigned plen)
{
	for (u32 i = 0; i < naive.n; i++)
		if (naive.r[i].key == key && naive.r[i].plen == plen)
			return &naive.r[i];
	return NULL;
}

static u32 naive_lookup(u32 addr)
{
	int best = -1;
	u32 value = 0;

	for (u32 i = 0; i < naive.n; i++) {
		const struct naive_route *r = &naive.r[i];

		if (r->plen > best && !((addr ^ r->key) & rib_mask(r->plen))) {
			best = r->plen;
			value = r->value;
		}
	}
	return value;
}

/* ---- random tables ---- */

struct shape {
	u32 routes;		/* about so many stand at a time */
	u32 steps, values;
	u32 base, spread;	/* addresses: base ^ (random & spread) */
	unsigned plen_min, plen_max;
	u32 others;		/* so many /24 in 192.0.0.0/7 besides, which nothing is asked of */
};

static u32 other(u32 i)
{
	return 0xc0000000u + (i << 8);
}

static u32 random_addr(struct prng *p, const struct shape *s)
{
	return s->base ^ (prng_u32(p) & s->spread);
}

static void check_at(const struct fib_lpm *lpm, u32 addr)
{
	assert_int_equal(fib_lpm_lookup(lpm, addr), naive_lookup(addr));
}

static void check_bulk(const struct fib_lpm *lpm, struct prng *p, const struct shape *s)
{
	u32 addr[64], want[64], value[65], n = prng_below(p, ARRAY_SIZE(addr) + 1);
	const struct fib_lpm_unit *unit;

	for (u32 i = 0; i < n; i++) {
		addr[i] = random_addr(p, s);
		want[i] = naive_lookup(addr[i]);
	}
	fib_lpm_lookup_bulk(lpm, addr, n, value);
	assert_memory_equal(value, want, n * sizeof(u32));
	for (unsigned u = 0; (unit = fib_lpm_units(u)) && (!u || lpm->direct.at24); u++) {
		memset(value, 0xee, sizeof(value));
		unit->lookup_bulk(lpm, addr, n, value);
		assert_memory_equal(value, want, n * sizeof(u32));
		assert_int_equal(value[n], 0xeeeeeeee);		/* and nothing behind */
	}
}

/* Each entry that is not 0 lies in a page that is paid for. */
static void check_pages(const struct fib_lpm *lpm)
{
	u32 page_entries = FIB_DIRECT_PAGE_BYTES / sizeof(u32), pages = 0;

	if (!lpm->direct.coarse)
		return;
	for (u32 i = 0; i < 1u << FIB_DIRECT_MAX_BITS; i += page_entries) {
		u32 k = 0;

		while (k < page_entries && !lpm->direct.at[i + k])
			k++;
		pages += k < page_entries;
	}
	assert_true(pages <= lpm->direct.pages);
	assert_true(lpm->direct.pages <= FIB_LPM_WORN_MIN + 4 * lpm->rib.count);
	assert_true(lpm->direct.pages * FIB_DIRECT_PAGE_BYTES <= lpm->mem->used);
}

static void step(struct fib_lpm *lpm, struct prng *p, const struct shape *s)
{
	unsigned plen = s->plen_min + prng_below(p, s->plen_max - s->plen_min + 1);
	u32 key = random_addr(p, s) & rib_mask(plen), value = 1 + prng_below(p, s->values);
	struct naive_route *r;

	if (naive.n && prng_below(p, s->routes) < naive.n / 2) {
		r = &naive.r[prng_below(p, naive.n)];
		key = r->key;
		assert_int_equal(fib_lpm_del(lpm, r->key, r->plen), 0);
		assert_int_equal(fib_lpm_del(lpm, r->key, r->plen), -ENOENT);
		*r = naive.r[--naive.n];
	} else {
		assert_int_equal(fib_lpm_set(lpm, key, plen, value, value), 0);
		r = naive_find(key, plen);
		if (!r) {
			r = &naive.r[naive.n++];
			*r = (struct naive_route){ .key = key, .plen = (u8)plen };
		}
		r->value = value;
	}
	/* Where something changed, at its edges, and anywhere. */
	check_at(lpm, key);
	check_at(lpm, key - 1);
	check_at(lpm, key | ~rib_mask(plen));
	check_at(lpm, (key | ~rib_mask(plen)) + 1);
	check_at(lpm, random_addr(p, s));
	assert_int_equal(lpm->rib.count, naive.n + s->others);
}

static void run_shape(const struct shape *s, u64 seed)
{
	struct prng p;
	struct mem mem;
	struct fib_lpm lpm;

	prng_init(&p, seed);
	mem_init(&mem, &ops, budget);
	fib_lpm_init(&lpm, &mem);
	naive.n = 0;
	for (u32 i = 0; i < s->others; i++)
		assert_int_equal(fib_lpm_set(&lpm, other(i), 24, 1 + i, 0), 0);
	for (u32 i = 0; i < s->steps; i++) {
		step(&lpm, &p, s);
		if (i % 64 == 0)
			check_bulk(&lpm, &p, s);
	}
	for (u32 i = 0; i < 2000; i++)
		check_at(&lpm, random_addr(&p, s));
	/* The generic code must agree with the processor's instruction. */
	lpm.popcnt = false;
	for (u32 i = 0; i < 2000; i++)
		check_at(&lpm, random_addr(&p, s));
	check_bulk(&lpm, &p, s);
	while (naive.n) {
		naive.n--;
		assert_int_equal(fib_lpm_del(&lpm, naive.r[naive.n].key, naive.r[naive.n].plen), 0);
		if (naive.n % 16 == 0)
			check_at(&lpm, random_addr(&p, s));
	}
	for (u32 i = s->others; i-- > 0;) {
		assert_int_equal(fib_lpm_lookup(&lpm, other(i)), 1 + i);
		assert_int_equal(fib_lpm_del(&lpm, other(i), 24), 0);
		assert_int_equal(fib_lpm_lookup(&lpm, other(i)), 0);
	}
	assert_false(lpm.indexed);
	assert_int_equal(lpm.rib.root, 0);
	fib_lpm_exit(&lpm);
	assert_int_equal(mem.used, 0);
}

static void test_against_twin(void **state)
{
	static const struct shape shapes[] = {
		{ 20, 2000, 5, 0x0a000000, 0xffff, 0, 32, 0 },		/* prefixes alone */
		{ 300, 6000, 8, 0x0a000000, 0xffffffff, 0, 32, 0 },	/* trie, sparse */
		{ 400, 6000, 3, 0xc0a80000, 0xfff, 16, 32, 0 },		/* dense, few values */
		{ 400, 6000, 1000, 0xc0a80000, 0x3ff, 20, 32, 0 },
		{ 60, 6000, 4, 0, 0xffffffff, 0, 8, 0 },		/* short, much nesting */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		for (u64 seed = 1; seed <= 3; seed++)
			run_shape(&shapes[i], seed * 100 + i);
}

/* Through all stages of the direct table and back. */
static void test_with_direct_table(void **state)
{
	static const struct shape s = { 11000, 7000, 30, 0x0a000000, 0x00ffffff, 8, 30, 0 };
	static const struct shape deeper = { 11000, 6500, 5, 0x0a000000, 0x000fffff, 14, 32, 0 };
	static const struct shape few = { 600, 3000, 9, 0x0a000000, 0x0007ffff, 10, 32, 0 };
	static const struct shape many = { 1000, 3000, 30, 0x0a000000, 0x00ffffff, 8, 32,
					   66000 };
	static const struct shape dense = { 400, 3000, 4, 0x0a000000, 0x00000fff, 16, 32, 66000 };

	(void)state;
	run_shape(&s, 7);
	run_shape(&deeper, 8);
	run_shape(&few, 9);
	run_shape(&many, 10);
	run_shape(&dense, 11);
}

static void test_default_and_host_routes(void **state)
{
	struct mem mem;
	struct fib_lpm lpm;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	fib_lpm_init(&lpm, &mem);
	assert_int_equal(fib_lpm_lookup(&lpm, 1), 0);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(fib_lpm_set(&lpm, i << 8, 32, 5, 0), 0);
	assert_true(lpm.indexed);
	assert_int_equal(fib_lpm_set(&lpm, 0, 0, 9, 0), 0);
	assert_int_equal(fib_lpm_lookup(&lpm, 0x100), 5);
	assert_int_equal(fib_lpm_lookup(&lpm, 0x101), 9);
	assert_int_equal(fib_lpm_lookup(&lpm, 0xffffffff), 9);
	assert_int_equal(fib_lpm_del(&lpm, 0, 0), 0);
	assert_int_equal(fib_lpm_lookup(&lpm, 0x101), 0);
	fib_lpm_exit(&lpm);
	assert_int_equal(mem.used, 0);
}

static u32 live(const struct lpm_pool *p)
{
	return p->top - p->idle;
}

/* A route that came and went leaves the index as it was. */
static void test_gives_back(void **state)
{
	struct mem mem;
	struct fib_lpm lpm;
	u32 nodes, leaves;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	fib_lpm_init(&lpm, &mem);
	for (u32 i = 0; i < 100; i++)
		fib_lpm_set(&lpm, i << 20, 12, 1 + i % 3, 0);
	nodes = live(&lpm.nodes);
	leaves = live(&lpm.leaves);
	for (u32 plen = 13; plen <= 32; plen++)
		fib_lpm_set(&lpm, 0x01234567 & rib_mask(plen), plen, plen, 0);
	assert_true(live(&lpm.nodes) > nodes);
	for (u32 plen = 13; plen <= 32; plen++)
		fib_lpm_del(&lpm, 0x01234567 & rib_mask(plen), plen);
	assert_int_equal(live(&lpm.nodes), nodes);
	assert_int_equal(live(&lpm.leaves), leaves);
	fib_lpm_exit(&lpm);
}

static void test_order(void **state)
{
	static const struct { u32 key; u8 plen; } in_order[] = {
		{ 0, 0 }, { 0, 8 }, { 0x0a000000, 8 }, { 0x0a000000, 16 }, { 0x0a000000, 32 },
		{ 0x0a000001, 32 }, { 0x0a010000, 16 }, { 0xffffffff, 32 },
	};
	static const u8 mixed[] = { 5, 0, 7, 2, 6, 1, 4, 3 };
	const struct rib_node *n = NULL;
	struct mem mem;
	struct fib_lpm lpm;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	fib_lpm_init(&lpm, &mem);
	for (size_t i = 0; i < ARRAY_SIZE(mixed); i++)
		fib_lpm_set(&lpm, in_order[mixed[i]].key, in_order[mixed[i]].plen, 1, 0);
	n = rib_next(&lpm.rib, 0, -1);
	for (size_t i = 0; i < ARRAY_SIZE(in_order); i++) {
		assert_non_null(n);
		assert_int_equal(n->key, in_order[i].key);
		assert_int_equal(n->plen, in_order[i].plen);
		n = rib_next(&lpm.rib, n->key, n->plen);
	}
	assert_null(n);
	fib_lpm_exit(&lpm);
}

/* Each allocation fails in its turn: a change is made or refused, answers are right in any case. */
static void test_memory_runs_out(void **state)
{
	static const struct shape s = { 200, 1, 9, 0x0a000000, 0xffff, 12, 32, 0 };
	struct mem mem;
	struct fib_lpm lpm;
	struct prng p;

	(void)state;
	prng_init(&p, 3);
	mem_init(&mem, &ops, SIZE_MAX);
	fib_lpm_init(&lpm, &mem);
	naive.n = 0;
	for (u32 i = 0; i < 3000; i++) {
		unsigned plen = 12 + prng_below(&p, 21);
		u32 key = random_addr(&p, &s) & rib_mask(plen);

		mem.fail_after = 1 + prng_below(&p, 3);
		if (i % 3 == 2 && naive.n) {
			u32 at = prng_below(&p, naive.n);

			assert_int_equal(fib_lpm_del(&lpm, naive.r[at].key, naive.r[at].plen), 0);
			naive.r[at] = naive.r[--naive.n];
		} else if (!naive_find(key, plen)) {
			int err = fib_lpm_set(&lpm, key, plen, i + 1, 0);

			assert_true(err == 0 || err == -ENOMEM);
			if (!err)
				naive.r[naive.n++] = (struct naive_route){ key, i + 1, (u8)plen };
		}
		mem.fail_after = 0;
		for (int k = 0; k < 3; k++)
			check_at(&lpm, random_addr(&p, &s));
	}
	assert_true(mem.failed > 100);
	fib_lpm_exit(&lpm);
	assert_int_equal(mem.used, 0);
}

/* 200,000 routes shaped like the internet's: most are /24, then /22, /20 ...; checked by prefixes
 * that do not overlap, so that the twin may be an array. */
static void test_large(void **state)
{
	enum { N = 200000 };
	struct mem mem;
	struct fib_lpm lpm;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	fib_lpm_init(&lpm, &mem);
	for (u32 i = 0; i < N; i++) {
		u32 net = (i * 2654435761u >> 8) % (1u << 24);	/* distinct /24s, scattered */

		assert_int_equal(fib_lpm_set(&lpm, net << 8, 24, 1 + i % 1000, 0), 0);
		if (i % 16 == 0)
			fib_lpm_set(&lpm, net << 8 & rib_mask(12), 12, 2000, 0);
	}
	assert_int_equal(lpm.direct.kind, FIB_DIRECT_24);
	for (u32 i = 0; i < N; i++) {
		u32 net = (i * 2654435761u >> 8) % (1u << 24);
		const struct rib_node *r = rib_find(&lpm.rib, net << 8, 24);

		assert_non_null(r);
		assert_int_equal(fib_lpm_lookup(&lpm, net << 8 | (i & 255)), r->value);
	}
	for (u32 i = 0; i < N; i += 2) {
		u32 net = (i * 2654435761u >> 8) % (1u << 24);

		fib_lpm_del(&lpm, net << 8, 24);
		assert_int_equal(fib_lpm_lookup(&lpm, net << 8), 2000);
	}
	fib_lpm_exit(&lpm);
	assert_int_equal(mem.used, 0);
}

/* Ten routes and a thousand are one load; a short one and the default one take no page. */
static void test_sparse(void **state)
{
	struct mem mem;
	struct fib_lpm lpm;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	fib_lpm_init(&lpm, &mem);
	for (u32 i = 0; i < 8; i++)
		fib_lpm_set(&lpm, 0x0a000000 + (i << 16), 24, 1 + i, 0);
	assert_int_equal(lpm.direct.kind, FIB_DIRECT_SPARSE);
	assert_int_equal(lpm.direct.pages, 2);
	assert_int_equal(lpm.direct.at[0x0a0100], FIB_DIRECT_LEAF | 2);
	fib_lpm_set(&lpm, 0, 0, 77, 0);
	fib_lpm_set(&lpm, 0x0a000000, 8, 78, 0);
	fib_lpm_set(&lpm, 0x80000000, 1, 79, 0);
	assert_int_equal(lpm.direct.pages, 2);
	assert_int_equal(fib_lpm_lookup(&lpm, 0x0b000000), 77);
	assert_int_equal(fib_lpm_lookup(&lpm, 0x0a800000), 78);
	assert_int_equal(fib_lpm_lookup(&lpm, 0x0a000100), 78);
	assert_int_equal(fib_lpm_lookup(&lpm, 0xff000000), 79);
	fib_lpm_del(&lpm, 0x0a000000, 8);
	assert_int_equal(fib_lpm_lookup(&lpm, 0x0a000100), 77);
	fib_lpm_exit(&lpm);
	assert_int_equal(mem.used, 0);
}

/* Routes that come and go leave no pages behind, and a small budget is not eaten by them. */
static void test_sparse_is_bounded(void **state)
{
	struct mem mem;
	struct fib_lpm lpm;

	(void)state;
	mem_init(&mem, &ops, (size_t)4 << 20);
	fib_lpm_init(&lpm, &mem);
	for (u32 i = 0; i < 10; i++)
		fib_lpm_set(&lpm, i << 8, 24, 1, 0);
	for (u32 i = 0; i < 16384; i++) {
		fib_lpm_set(&lpm, i << 18, 24, 2, 0);
		fib_lpm_del(&lpm, (i - 1) << 18, 24);
		if (i % 4096 == 0)
			check_pages(&lpm);
	}
	assert_int_equal(lpm.direct.kind, FIB_DIRECT_SPARSE);
	for (u32 i = 0; i < 2000; i++)
		fib_lpm_set(&lpm, i << 18, 24, 3, 0);
	assert_true(mem.used < (size_t)2 << 20);
	assert_int_equal(lpm.direct.kind, FIB_DIRECT_12);
	for (u32 i = 0; i < 2000; i++)
		assert_int_equal(fib_lpm_lookup(&lpm, i << 18), 3);
	fib_lpm_exit(&lpm);
	assert_int_equal(mem.used, 0);
}

static int without_space(void **state)
{
	(void)state;
	ops = plain;
	budget = SIZE_MAX;
	return 0;
}

static int in_space(void **state)
{
	(void)state;
	ops = with_space;
	budget = SIZE_MAX;
	return 0;
}

/* Pages are refused half-way, and the lesser tables take over. */
static int in_little_space(void **state)
{
	(void)state;
	ops = with_space;
	budget = (size_t)1 << 20;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_against_twin, without_space),
		cmocka_unit_test_setup(test_against_twin, in_space),
		cmocka_unit_test_setup(test_against_twin, in_little_space),
		cmocka_unit_test_setup(test_with_direct_table, without_space),
		cmocka_unit_test_setup(test_with_direct_table, in_space),
		cmocka_unit_test_setup(test_default_and_host_routes, without_space),
		cmocka_unit_test_setup(test_default_and_host_routes, in_space),
		cmocka_unit_test_setup(test_gives_back, without_space),
		cmocka_unit_test_setup(test_order, without_space),
		cmocka_unit_test_setup(test_memory_runs_out, without_space),
		cmocka_unit_test_setup(test_memory_runs_out, in_space),
		cmocka_unit_test_setup(test_large, without_space),
		cmocka_unit_test_setup(test_large, in_space),
		cmocka_unit_test_setup(test_sparse, in_space),
		cmocka_unit_test_setup(test_sparse_is_bounded, in_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
