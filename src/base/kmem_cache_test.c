/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/kmem_cache.h"
#include "base/prng.h"

#define OBJ_BYTES 776u
#define OBJS 2000u

static void *libc_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void libc_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

struct fixture {
	struct mem mem;
	struct kmem_cache s;
	unsigned char *obj[OBJS];
	u32 n;
};

static int setup(void **state)
{
	static const struct mem_ops ops = { .alloc = libc_alloc, .free = libc_free };
	struct fixture *f = calloc(1, sizeof(*f));

	mem_init(&f->mem, &ops, SIZE_MAX);
	kmem_cache_init(&f->s, &f->mem, "test", OBJ_BYTES);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	kmem_cache_exit(&f->s);
	assert_int_equal(f->mem.used, 0);
	assert_int_equal(f->mem.live, 0);
	free(f);
	return 0;
}

static void fill(struct fixture *f, u32 n)
{
	while (f->n < n) {
		f->obj[f->n] = kmem_cache_alloc(&f->s);
		assert_non_null(f->obj[f->n]);
		assert_int_equal((uintptr_t)f->obj[f->n] % 16, 0);
		memset(f->obj[f->n], (int)(f->n & 0xff), OBJ_BYTES);
		f->n++;
	}
}

static void drop(struct fixture *f, u32 i)
{
	kmem_cache_free(&f->s, f->obj[i]);
	f->obj[i] = f->obj[--f->n];
}

static void test_memory_goes_back(void **state)
{
	struct fixture *f = *state;
	size_t few, many;

	fill(f, 1);
	few = f->mem.used;
	assert_true(few < 8 * OBJ_BYTES);
	fill(f, OBJS);
	many = f->mem.used;
	assert_true(many < (OBJS + OBJS / 4) * (OBJ_BYTES + 24) + 2 * KMEM_CHUNK_BYTES);
	while (f->n > 1)
		drop(f, f->n - 1);
	/* What the first one stands in, and one chunk for the next. */
	assert_true(f->mem.used < few + KMEM_CHUNK_BYTES + 2 * OBJ_BYTES);
	kmem_cache_shrink(&f->s);
	assert_int_equal(f->mem.used, few);
	drop(f, 0);
}

/* Around the end of a chunk no allocation follows another. */
static void test_one_chunk_is_kept(void **state)
{
	struct fixture *f = *state;
	u64 requests;

	fill(f, OBJS);
	while (f->mem.live == 1 || f->s.empty == NULL)
		drop(f, f->n - 1);
	requests = f->mem.requests;
	for (int i = 0; i < 100; i++) {
		fill(f, f->n + 1);
		drop(f, f->n - 1);
	}
	assert_int_equal(f->mem.requests, requests);
	while (f->n)
		drop(f, 0);
}

/* Of huge pages where there are very many, and of small chunks where the budget has no more. */
static void test_huge_chunks(void **state)
{
	struct fixture *f = *state;
	u32 many = KMEM_HUGE_FROM / OBJ_BYTES + 1, n = 0;
	void *first = NULL, **p;
	size_t before;

	f->mem.budget = KMEM_HUGE_FROM + KMEM_HUGE_FROM / 4;
	while (n < many && (p = kmem_cache_alloc(&f->s))) {
		*p = first;
		first = p;
		n++;
	}
	assert_int_equal(n, many);
	for (before = f->mem.used; f->mem.used == before; n++) {
		p = kmem_cache_alloc(&f->s);
		assert_non_null(p);
		*p = first;
		first = p;
	}
	assert_in_range(f->mem.used - before, KMEM_HUGE_BYTES - OBJ_BYTES - 64, KMEM_HUGE_BYTES);
	while ((p = kmem_cache_alloc(&f->s))) {
		*p = first;
		first = p;
		n++;
	}
	assert_in_range(f->mem.budget - f->mem.used, 0, KMEM_CHUNK_BYTES + OBJ_BYTES);
	for (; (p = first); n--) {
		first = *p;
		kmem_cache_free(&f->s, p);
	}
	assert_int_equal(n, 0);
	assert_in_range(f->mem.used, 0, KMEM_CHUNK_BYTES + OBJ_BYTES);
}

static void test_random_lives(void **state)
{
	struct fixture *f = *state;
	unsigned char first[OBJS];
	struct prng p;

	prng_init(&p, 7);
	for (u32 step = 0; step < 40000; step++) {
		/* It breathes: more are made than freed, then the other way round. */
		bool grow = prng_below(&p, 8) < (step / 5000 % 2 ? 3u : 5u);

		if (grow && f->n < OBJS) {
			u32 i = f->n;

			fill(f, i + 1);
			first[i] = f->obj[i][0];
		} else if (f->n) {
			u32 i = prng_below(&p, f->n);

			assert_int_equal(f->obj[i][0], first[i]);
			assert_int_equal(f->obj[i][OBJ_BYTES - 1], first[i]);
			drop(f, i);
			first[i] = first[f->n];
		}
		assert_int_equal(f->s.live, f->n);
	}
	while (f->n)
		drop(f, prng_below(&p, f->n));
	kmem_cache_shrink(&f->s);
	assert_int_equal(f->mem.used, 0);
}

static void test_failure(void **state)
{
	struct fixture *f = *state;

	fill(f, 2);
	f->mem.fail_after = 1;
	assert_null(kmem_cache_alloc(&f->s));	/* although the chunk has room */
	fill(f, 4);
	f->mem.budget = f->mem.used;
	assert_null(kmem_cache_alloc(&f->s));
	assert_int_equal(f->s.live, 4);
	while (f->n)
		drop(f, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_memory_goes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_chunk_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_huge_chunks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_lives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failure, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
