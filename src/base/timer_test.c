/* SPDX-License-Identifier: MIT */
/* The wheel against a naive twin (a sorted array), and the promises of its header one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/prng.h"
#include "base/timer.h"

#define N 400

struct probe {
	struct timer t;
	int id;
};

static struct {
	struct timer_base tb;
	ktime_t clock;
	int fired[4096];
	ktime_t fired_at[4096];
	int n;
} w;

static void note(struct timer *t)
{
	w.fired[w.n] = container_of(t, struct probe, t)->id;
	w.fired_at[w.n++] = w.clock;
}

static void start(ktime_t now)
{
	memset(&w, 0, sizeof(w));
	w.clock = now;
	timer_base_init(&w.tb, now);
}

static void fires_at_the_exact_deadline(void **state)
{
	struct probe p = { .id = 1 };
	static const ktime_t spans[] = { 0, 1, 999, 1024, 65536, 1000000, 123456789,
					 1000000000, 7200000000000, 86400000000000ll * 400 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		ktime_t due = 777 + spans[i];

		start(777);
		timer_init(&p.t, note);
		mod_timer(&w.tb, &p.t, due);
		if (spans[i]) {
			timers_run(&w.tb, due - 1, &w.clock);
			assert_int_equal(w.n, 0);
		}
		timers_run(&w.tb, due, &w.clock);
		assert_int_equal(w.n, 1);
		assert_int_equal(w.fired_at[0], due);
		assert_false(timer_pending(&p.t));
		assert_int_equal(timers_next(&w.tb), KTIME_MAX);
	}
}

static void equal_deadlines_fire_in_arming_order(void **state)
{
	struct probe p[3] = { { .id = 0 }, { .id = 1 }, { .id = 2 } };

	(void)state;
	start(0);
	for (int i = 0; i < 3; i++)
		timer_init(&p[i].t, note);
	mod_timer(&w.tb, &p[2].t, 5000000);
	mod_timer(&w.tb, &p[0].t, 5000000);
	mod_timer(&w.tb, &p[1].t, 5000000);
	mod_timer(&w.tb, &p[2].t, 5000000);	/* armed anew: now the last */
	timers_run(&w.tb, 6000000, &w.clock);
	assert_int_equal(w.n, 3);
	assert_int_equal(w.fired[0], 0);
	assert_int_equal(w.fired[1], 1);
	assert_int_equal(w.fired[2], 2);
}

static struct probe chain[2];

static void arm_second(struct timer *t)
{
	note(t);
	mod_timer(&w.tb, &chain[1].t, w.clock + 10);
}

static void a_timer_armed_by_a_timer_fires_in_the_same_run(void **state)
{
	(void)state;
	start(0);
	chain[0].id = 0;
	chain[1].id = 1;
	timer_init(&chain[0].t, arm_second);
	timer_init(&chain[1].t, note);
	mod_timer(&w.tb, &chain[0].t, 1000);
	timers_run(&w.tb, 1010, &w.clock);
	assert_int_equal(w.n, 2);
	assert_int_equal(w.fired_at[1], 1010);
}

static void next_is_never_late(void **state)
{
	struct probe p = { .id = 1 };
	int runs = 0;

	(void)state;
	start(0);
	timer_init(&p.t, note);
	mod_timer(&w.tb, &p.t, 7200000000001ll);
	/* Following timers_next() alone must reach the deadline, in a few steps. */
	while (!w.n) {
		ktime_t next = timers_next(&w.tb);

		assert_true(next <= 7200000000001ll);
		timers_run(&w.tb, next, &w.clock);
		assert_true(++runs <= TIMER_LEVELS + 1);
	}
	assert_int_equal(w.clock, 7200000000001ll);
}

/* The twin: all pending deadlines in an array; the least (expires, seq) fires first. */
struct twin {
	ktime_t expires;
	u64 seq;
	bool pending;
};

static int twin_first(const struct twin *tw, ktime_t now)
{
	int best = -1;

	for (int i = 0; i < N; i++) {
		if (!tw[i].pending || tw[i].expires > now)
			continue;
		if (best < 0 || tw[i].expires < tw[best].expires ||
		    (tw[i].expires == tw[best].expires && tw[i].seq < tw[best].seq))
			best = i;
	}
	return best;
}

/* Of any magnitude below max. */
static ktime_t random_span(struct prng *r, ktime_t max)
{
	return (ktime_t)((prng_u64(r) >> prng_below(r, 64)) % (u64)max);
}

static void compare_with_twin(ktime_t due_max, ktime_t step_max)
{
	static struct probe p[N];
	static struct twin tw[N];
	struct prng r;
	u64 seq = 0;
	ktime_t now = 12345;

	prng_init(&r, 42);
	start(now);
	memset(tw, 0, sizeof(tw));
	for (int i = 0; i < N; i++) {
		p[i].id = i;
		timer_init(&p[i].t, note);
	}
	for (int round = 0; round < 3000; round++) {
		for (int k = 0; k < 20; k++) {
			int i = (int)prng_below(&r, N);

			if (prng_below(&r, 4) == 0) {
				del_timer(&w.tb, &p[i].t);
				tw[i].pending = false;
			} else {
				ktime_t due = now + random_span(&r, due_max);

				mod_timer(&w.tb, &p[i].t, due);
				tw[i] = (struct twin){ due, seq++, true };
			}
		}
		now += random_span(&r, step_max);
		w.n = 0;
		timers_run(&w.tb, now, &w.clock);
		assert_int_equal(w.clock, now);
		for (int k = 0; k < w.n; k++) {
			int want = twin_first(tw, now);

			assert_int_equal(w.fired[k], want);
			assert_int_equal(w.fired_at[k], tw[want].expires);
			tw[want].pending = false;
		}
		assert_int_equal(twin_first(tw, now), -1);
	}
}

#define DAY (86400 * NSEC_PER_SEC)

static void agrees_with_the_naive_twin(void **state)
{
	(void)state;
	compare_with_twin(3600 * NSEC_PER_SEC, 600 * NSEC_PER_SEC);
}

/* Behind the last level of the wheel. */
static void agrees_over_years(void **state)
{
	(void)state;
	compare_with_twin(1000 * DAY, 30 * DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_at_the_exact_deadline),
		cmocka_unit_test(equal_deadlines_fire_in_arming_order),
		cmocka_unit_test(a_timer_armed_by_a_timer_fires_in_the_same_run),
		cmocka_unit_test(next_is_never_late),
		cmocka_unit_test(agrees_with_the_naive_twin),
		cmocka_unit_test(agrees_over_years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
