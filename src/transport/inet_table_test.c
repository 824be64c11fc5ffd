/* SPDX-License-Identifier: MIT */
/* The growing table: nothing is lost or found twice while it moves over, which it does in steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/prng.h"
#include "base/inet_table.h"

#define ITEMS 5000

struct item {
	struct hlist_node node;
	u32 hash, seq;
	bool in;
};

static void *t_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void t_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

static const struct mem_ops ops = { .alloc = t_alloc, .free = t_free };

static u32 item_hash(const struct hlist_node *n)
{
	return ((const struct item *)(const void *)n)->hash;
}

static u32 times_found(const struct inet_table *t, const struct item *want)
{
	struct item *it;
	u32 n = 0;

	inet_table_for_each(it, t, want->hash, node)
		n += it == want;
	return n;
}

static u32 count_by_chains(const struct inet_table *t)
{
	struct hlist_head *head;
	struct item *it;
	u32 n = 0;

	for (u64 i = 0; (head = inet_table_chain(t, i)); i++)
		hlist_for_each_entry(it, head, node)
			n++;
	return n;
}

static void test_random_against_model(void **state)
{
	struct item *items = calloc(ITEMS, sizeof(*items));
	struct inet_table t = { 0 };
	struct mem mem;
	struct prng rnd;
	u32 in = 0;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	prng_init(&rnd, 7);
	for (u32 step = 0; step < 60000; step++) {
		struct item *it = &items[prng_below(&rnd, ITEMS)];
		/* Phases of growing and of shrinking. */
		bool want_in = prng_below(&rnd, 100) < ((step / 15000) % 2 ? 20u : 80u);

		if (it->in && !want_in) {
			inet_table_del(&t, &mem, &it->node);
			it->in = false;
			in--;
		} else if (!it->in && want_in) {
			it->hash = prng_u32(&rnd);
			assert_true(inet_table_add(&t, &mem, &it->node, item_hash));
			it->in = true;
			in++;
		}
		assert_int_equal(times_found(&t, it), it->in);
		assert_int_equal(t.count, in);
		if (step % 1000 == 0) {
			assert_int_equal(count_by_chains(&t), in);
			for (u32 i = 0; i < ITEMS; i++)
				assert_int_equal(times_found(&t, &items[i]), items[i].in);
		}
	}
	for (u32 i = 0; i < ITEMS; i++)
		if (items[i].in)
			inet_table_del(&t, &mem, &items[i].node);
	inet_table_exit(&t, &mem);
	assert_int_equal(mem.used, 0);
	free(items);
}

/* The newest of one hash is found first, whatever moves happened since. */
static void test_order_is_kept(void **state)
{
	struct item same[8] = { 0 }, *others = calloc(1000, sizeof(*others));
	struct inet_table t = { 0 };
	struct mem mem;
	struct item *it;
	u32 expect = 7;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	for (u32 i = 0; i < 8; i++) {
		same[i] = (struct item){ .hash = 0x1234567, .seq = i };
		assert_true(inet_table_add(&t, &mem, &same[i].node, item_hash));
	}
	for (u32 i = 0; i < 1000; i++) {
		others[i].hash = i * 2654435761u;
		others[i].seq = 100;
		assert_true(inet_table_add(&t, &mem, &others[i].node, item_hash));
	}
	inet_table_for_each(it, &t, 0x1234567u, node)
		if (it->hash == 0x1234567)
			assert_int_equal(it->seq, expect--);
	assert_int_equal(expect, UINT32_MAX);
	inet_table_exit(&t, &mem);
	free(others);
}

/* Without memory to grow it serves on with longer chains, and grows as soon as there is some. */
static void test_no_memory(void **state)
{
	struct item *items = calloc(100, sizeof(*items));
	struct inet_table t = { 0 };
	struct mem mem;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	mem.fail_after = 1;
	assert_false(inet_table_add(&t, &mem, &items[0].node, item_hash));
	for (u32 i = 0; i < 100; i++) {
		items[i].hash = i * 2654435761u;
		if (i == 50)
			assert_int_equal(t.mask, 15);
		mem.budget = i < 50 ? mem.used + 16 * sizeof(struct hlist_head) * !t.bucket :
				      SIZE_MAX;
		assert_true(inet_table_add(&t, &mem, &items[i].node, item_hash));
	}
	assert_true(t.mask > 15);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(times_found(&t, &items[i]), 1);
	inet_table_exit(&t, &mem);
	assert_int_equal(mem.live, 0);
	free(items);
}

/* One insert moves two buckets, not a table: the work of the step before last is bounded. */
static void test_growing_is_in_steps(void **state)
{
	struct item *items = calloc(70000, sizeof(*items));
	struct inet_table t = { 0 };
	struct mem mem;
	u32 before;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	for (u32 i = 0; i < 70000; i++) {
		items[i].hash = i * 2654435761u;
		before = t.old ? t.moved : 0;
		assert_true(inet_table_add(&t, &mem, &items[i].node, item_hash));
		if (t.old)
			assert_in_range(t.moved - before, 0, 2);
	}
	inet_table_exit(&t, &mem);
	assert_int_equal(mem.live, 0);
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_against_model),
		cmocka_unit_test(test_order_is_kept),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_growing_is_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
