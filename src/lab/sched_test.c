/* SPDX-License-Identifier: MIT */
#include "lab/sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/prng.h"

struct probe {
	struct sched_event ev;
	struct sched *sched;
	u32 id;
	s64 fired_ns;
};

static u32 fired_ids[4096];
static u32 fired_count;

static void note(struct sched_event *ev, s64 now_ns)
{
	struct probe *p = container_of(ev, struct probe, ev);

	assert_false(sched_is_armed(ev));
	assert_int_equal(p->sched->now_ns, now_ns);
	p->fired_ns = now_ns;
	fired_ids[fired_count++] = p->id;
}

static void setup_probes(struct sched *s, struct probe *p, u32 count)
{
	sched_init(s, 0);
	fired_count = 0;
	for (u32 i = 0; i < count; i++)
		p[i] = (struct probe){ .ev.fn = note, .sched = s, .id = i, .fired_ns = -1 };
}

static void one_instant_keeps_arming_order(void **state)
{
	struct sched s;
	struct probe p[100];

	(void)state;
	setup_probes(&s, p, 100);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(sched_set(&s, &p[i].ev, 1000 - (i & 1)), 0);
	sched_run_until(&s, 1000);
	for (u32 i = 0; i < 50; i++) {
		assert_int_equal(fired_ids[i], 2 * i + 1); /* those of 999 first */
		assert_int_equal(fired_ids[50 + i], 2 * i);
	}
	sched_exit(&s);
}

static void moved_event_goes_behind(void **state)
{
	struct sched s;
	struct probe p[3];

	(void)state;
	setup_probes(&s, p, 3);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(sched_set(&s, &p[i].ev, 10), 0);
	assert_int_equal(sched_set(&s, &p[0].ev, 10), 0);
	assert_int_equal(sched_set_earlier(&s, &p[1].ev, 20), 0); /* stays */
	assert_int_equal(sched_when(&s, &p[1].ev), 10);
	sched_run_until(&s, SCHED_NEVER);
	assert_int_equal(s.now_ns, 10);
	assert_int_equal(fired_ids[0], 1);
	assert_int_equal(fired_ids[1], 2);
	assert_int_equal(fired_ids[2], 0);
	sched_exit(&s);
}

static void cancelled_event_does_not_fire(void **state)
{
	struct sched s;
	struct probe p[3];

	(void)state;
	setup_probes(&s, p, 3);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(sched_set(&s, &p[i].ev, i), 0);
	sched_cancel(&s, &p[1].ev);
	sched_cancel(&s, &p[1].ev);
	assert_int_equal(sched_set(&s, &p[2].ev, SCHED_NEVER), 0);
	assert_int_equal(sched_next(&s), 0);
	sched_run_until(&s, 50);
	assert_int_equal(fired_count, 1);
	assert_int_equal(s.now_ns, 50);
	assert_true(sched_next(&s) == SCHED_NEVER);
	sched_exit(&s);
}

static void the_past_is_now(void **state)
{
	struct sched s;
	struct probe p[1];

	(void)state;
	setup_probes(&s, p, 1);
	sched_run_until(&s, 100);
	assert_int_equal(sched_set(&s, &p[0].ev, 5), 0);
	assert_int_equal(sched_next(&s), 100);
	sched_run_until(&s, 100);
	assert_int_equal(p[0].fired_ns, 100);
	sched_exit(&s);
}

static void again(struct sched_event *ev, s64 now_ns)
{
	struct probe *p = container_of(ev, struct probe, ev);

	if (++p->id < 5)
		assert_int_equal(sched_set(p->sched, ev, now_ns + 10), 0);
}

static void event_may_arm_itself(void **state)
{
	struct sched s;
	struct probe p[1];

	(void)state;
	setup_probes(&s, p, 1);
	p[0].ev.fn = again;
	assert_int_equal(sched_set(&s, &p[0].ev, 0), 0);
	sched_run_until(&s, 1000);
	assert_int_equal(p[0].id, 5);
	assert_int_equal(s.fired, 5);
	sched_exit(&s);
}

static void exit_makes_events_idle(void **state)
{
	struct sched s;
	struct probe p[2];

	(void)state;
	setup_probes(&s, p, 2);
	assert_int_equal(sched_set(&s, &p[0].ev, 7), 0);
	sched_exit(&s);
	assert_false(sched_is_armed(&p[0].ev));
}

/* The stupid twin: of all armed events the one with the least (time, order). */
struct twin {
	bool armed;
	s64 when_ns;
	u64 order;
};

static int twin_next(const struct twin *t, u32 count)
{
	int best = -1;

	for (u32 i = 0; i < count; i++) {
		if (!t[i].armed)
			continue;
		if (best < 0 || t[i].when_ns < t[best].when_ns ||
		    (t[i].when_ns == t[best].when_ns && t[i].order < t[best].order))
			best = (int)i;
	}
	return best;
}

#define TWINS 200

static void same_as_the_naive_model(void **state)
{
	static struct probe p[TWINS];
	static struct twin t[TWINS];
	struct prng rng;
	struct sched s;
	u64 order = 0;

	(void)state;
	prng_init(&rng, 1);
	setup_probes(&s, p, TWINS);
	for (u32 step = 0; step < 20000; step++) {
		u32 i = prng_below(&rng, TWINS), what = prng_below(&rng, 8);
		int next;

		if (what < 4) {
			t[i] = (struct twin){ true, s.now_ns + prng_below(&rng, 50), order++ };
			assert_int_equal(sched_set(&s, &p[i].ev, t[i].when_ns), 0);
			continue;
		}
		if (what < 5) {
			t[i].armed = false;
			sched_cancel(&s, &p[i].ev);
			continue;
		}
		next = twin_next(t, TWINS);
		fired_count = 0;
		assert_int_equal(sched_run_one(&s), next >= 0);
		if (next < 0)
			continue;
		assert_int_equal(fired_ids[0], next);
		assert_int_equal(s.now_ns, t[next].when_ns);
		t[next].armed = false;
	}
	sched_exit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_instant_keeps_arming_order),
		cmocka_unit_test(moved_event_goes_behind),
		cmocka_unit_test(cancelled_event_does_not_fire),
		cmocka_unit_test(the_past_is_now),
		cmocka_unit_test(event_may_arm_itself),
		cmocka_unit_test(exit_makes_events_idle),
		cmocka_unit_test(same_as_the_naive_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
