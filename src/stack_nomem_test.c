/* SPDX-License-Identifier: MIT */
/*
 * Memory that is short, on a whole instance (law 8): each allocation fails once in its turn, from
 * the making of the instance to its end; then many fail in one run; then the budget is small. While
 * that happens a TCP connection carries bytes both ways, a datagram is echoed in fragments, and
 * pings are answered. No crash, no leak, every frame accounted for, and no byte is ever wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stack_scene.h"

#define NTH_MAX 5000
#define LIMIT (200 * PAIR_SEC)

/* every: 0, or each so many allocations one fails again. Return: the transfer was whole. */
static bool play(struct scene *s, unsigned who, u64 every)
{
	s64 until = s->p.now + LIMIT;
	struct mem *mem = &net_of(s->p.net[who])->mem;

	if (pair_connect(&s->p)) {
		scene_open(s);
		do {
			scene_work(s);
			if (every && !mem->fail_after)
				ln_net_fail_alloc(s->p.net[who], every);
		} while (pair_step(&s->p, until) && !scene_over(s) &&
			 !s->side[0].err && !s->side[1].err);
		scene_work(s);
		scene_close(s);
		pair_run(&s->p, PAIR_SEC);
	}
	return scene_whole(s);
}

static void each_fails_once(unsigned who)
{
	unsigned tried, whole = 0, datagrams = 0, pings = 0;
	u64 failed = 1;

	for (tried = 0; failed; tried++) {
		struct scene s = { .datagram_came = false };

		assert_true(tried < NTH_MAX);
		pair_create(&s.p, NULL);
		ln_net_fail_alloc(s.p.net[who], tried + 1);
		whole += play(&s, who, 0);
		datagrams += s.datagram_came;
		pings += s.ping_came;
		failed = net_of(s.p.net[who])->mem.failed;
		if (!failed)	/* the last run: nothing failed, so all came */
			assert_true(scene_whole(&s) && s.datagram_came && s.ping_came);
		pair_end(&s.p);
	}
	print_message("%c: %u allocations; whole: %u transfers, %u datagrams, %u pings\n",
		      'a' + (int)who, tried - 1, whole, datagrams, pings);
	assert_true(tried > 100);
	/* A segment that is lost is sent again; only sockets and devices that cannot be made
	 * stop a transfer. */
	assert_true(whole > tried / 2);
	assert_true(pings > tried / 2 && datagrams > tried / 3);
}

static void each_fails_once_on_the_client(void **state)
{
	(void)state;
	each_fails_once(0);
}

static void each_fails_once_on_the_server(void **state)
{
	(void)state;
	each_fails_once(1);
}

/* One in so many fails, for as long as the run lasts. */
static void many_fail(void **state)
{
	unsigned whole = 0;

	(void)state;
	for (u64 every = 2; every < 120; every += 3) {
		for (unsigned who = 0; who < 2; who++) {
			struct scene s = { .datagram_came = false };

			pair_create(&s.p, NULL);
			whole += play(&s, who, every);
			pair_end(&s.p);
		}
	}
	print_message("%u transfers of 80 whole\n", whole);
	assert_true(whole > 20);
}

/* From nothing works to all works: in between nothing breaks, and the budget is kept. */
static void small_budgets(void **state)
{
	struct ln_net_params params;
	struct ln_mem_info info;
	unsigned whole = 0, runs = 0;
	struct ln_net *probe;

	(void)state;
	ln_net_params_init(&params);
	for (size_t kb = 4; kb <= 2048; kb += kb / 8 + 4, runs++) {
		struct scene s = { .datagram_came = false };

		params.mem_budget = kb << 10;
		probe = ln_net_create(&params);
		if (!probe)
			continue;
		assert_int_equal(ln_net_destroy(probe, NULL), 0);
		pair_create(&s.p, &params);
		whole += play(&s, 0, 0);
		for (unsigned i = 0; i < 2; i++) {
			ln_net_memory(s.p.net[i], &info);
			assert_int_equal(info.budget, kb << 10);
			assert_true(info.peak <= info.budget);
		}
		pair_end(&s.p);
	}
	print_message("%u budgets, %u transfers whole\n", runs, whole);
	assert_true(whole > 0 && whole < runs);
}

/* ---- the making of an instance ---- */

struct counted {
	long left, live;	/* allocations until one fails; not yet freed */
};

static void *counted_alloc(void *ctx, size_t size)
{
	struct counted *c = ctx;
	void *p = --c->left == 0 ? NULL : malloc(size);

	c->live += p != NULL;
	return p;
}

static void counted_free(void *ctx, void *p, size_t size)
{
	(void)size;
	((struct counted *)ctx)->live--;
	free(p);
}

static void making_fails_at_each_step(void **state)
{
	struct counted c;
	struct ln_net_params params = {
		.mem = { .alloc = counted_alloc, .free = counted_free, .ctx = &c },
	};
	struct ln_net *net = NULL;
	long nth;

	(void)state;
	for (nth = 1; !net; nth++) {
		c = (struct counted){ .left = nth };
		net = ln_net_create(&params);
		if (!net)
			assert_int_equal(c.live, 0);
		assert_true(nth < 1000);
	}
	assert_true(nth > 5);
	assert_int_equal(ln_net_destroy(net, NULL), 0);
	assert_int_equal(c.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(making_fails_at_each_step),
		cmocka_unit_test(each_fails_once_on_the_client),
		cmocka_unit_test(each_fails_once_on_the_server),
		cmocka_unit_test(many_fail),
		cmocka_unit_test(small_budgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
