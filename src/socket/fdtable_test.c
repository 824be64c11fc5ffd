/* SPDX-License-Identifier: MIT */
/* Descriptor numbers against a flat array of flags: always the lowest that is free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/prng.h"
#include "socket/fdtable.h"

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

#define MODEL 20000

static int naive_lowest(const bool *taken)
{
	int i = 0;

	while (taken[i])
		i++;
	return i;
}

static void test_lowest_free_against_model(void **state)
{
	bool *taken = calloc(MODEL, sizeof(*taken));
	struct id_table t = { 0 };
	struct mem mem;
	struct prng rnd;
	int x;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	prng_init(&rnd, 5);
	for (int step = 0; step < 40000; step++) {
		u32 id = prng_below(&rnd, 9000);

		if (taken[id] && prng_below(&rnd, 3) == 0) {
			id_free(&t, id);
			taken[id] = false;
		} else {
			int want = naive_lowest(taken);

			assert_int_equal(id_alloc(&t, &mem, &x), want);
			taken[want] = true;
		}
		assert_ptr_equal(id_lookup(&t, (int)id), taken[id] ? &x : NULL);
	}
	id_table_exit(&t, &mem);
	assert_int_equal(mem.used, 0);
	free(taken);
}

static void test_limit_and_bad_numbers(void **state)
{
	struct id_table t = { 0 };
	struct mem mem;
	int x;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	assert_null(id_lookup(&t, 0));
	for (u32 i = 0; i < ID_TABLE_MAX; i++)
		assert_int_equal(id_alloc(&t, &mem, &x), i);
	assert_int_equal(id_alloc(&t, &mem, &x), -EMFILE);
	id_free(&t, 777777);
	id_free(&t, 63);
	assert_int_equal(id_alloc(&t, &mem, &x), 63);
	assert_int_equal(id_alloc(&t, &mem, &x), 777777);
	assert_null(id_lookup(&t, -1));
	assert_null(id_lookup(&t, INT32_MIN));
	assert_null(id_lookup(&t, ID_TABLE_MAX));
	assert_null(id_lookup(&t, INT32_MAX));
	id_table_exit(&t, &mem);
	assert_int_equal(mem.live, 0);
}

static void test_no_memory(void **state)
{
	struct id_table t = { 0 };
	struct mem mem;
	int x;

	(void)state;
	mem_init(&mem, &ops, SIZE_MAX);
	mem.fail_after = 1;
	assert_int_equal(id_alloc(&t, &mem, &x), -ENOMEM);
	for (int i = 0; i < 64; i++)
		assert_int_equal(id_alloc(&t, &mem, &x), i);
	mem.fail_after = 1;
	assert_int_equal(id_alloc(&t, &mem, &x), -ENOMEM);	/* it would have to grow */
	id_free(&t, 10);
	assert_int_equal(id_alloc(&t, &mem, &x), 10);
	assert_int_equal(id_alloc(&t, &mem, &x), 64);
	id_table_exit(&t, &mem);
	assert_int_equal(mem.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lowest_free_against_model),
		cmocka_unit_test(test_limit_and_bad_numbers),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
