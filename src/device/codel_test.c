/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/codel.h"

#define MS NSEC_PER_MSEC

static struct codel_params p;
static struct codel_vars v;

static int setup(void **state)
{
	(void)state;
	codel_params_init(&p);
	v = (struct codel_vars){ 0 };
	return 0;
}

/* A packet each ms from `from` on, each so long in the queue: when the first was hit; -1: none. */
static ktime_t first_hit(ktime_t from, ktime_t until, ktime_t sojourn)
{
	for (ktime_t now = from; now < until; now += MS)
		if (codel_judge(&v, &p, now, sojourn, 100000))
			return now;
	return -1;
}

static void a_short_queue_is_left_alone(void **state)
{
	(void)state;
	assert_int_equal(first_hit(0, 10000 * MS, 5 * MS - 1), -1);
}

/* RFC 8289 4.2: a burst that is gone within an interval is no standing queue. */
static void a_burst_is_left_alone(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(first_hit(i * 200 * MS, (i * 200 + 90) * MS, 50 * MS), -1);
		assert_int_equal(first_hit((i * 200 + 90) * MS, (i * 200 + 91) * MS, MS), -1);
	}
}

/* RFC 8289 4.3: after an interval, then after interval / sqrt(n). */
static void a_standing_queue_is_hit_ever_more_often(void **state)
{
	static const int gaps_ms[] = { 100, 70, 57, 50, 44, 40, 37, 35, 33 };
	ktime_t at = first_hit(0, 1000 * MS, 6 * MS);

	(void)state;
	assert_int_equal(at, 100 * MS);
	for (size_t i = 0; i < ARRAY_SIZE(gaps_ms); i++) {
		ktime_t next = first_hit(at + MS, at + 1000 * MS, 6 * MS);

		/* A packet comes each ms only, and what that costs is not added up. */
		assert_in_range(next - at, gaps_ms[i] * MS, (gaps_ms[i] + 2) * MS);
		at = next;
	}
	assert_int_equal(v.count, 10);
}

/* What was needed a moment ago is where it goes on (RFC 8289 5.5). */
static void it_remembers_for_a_while(void **state)
{
	ktime_t at = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		at = first_hit(at + MS, at + 1000 * MS, 6 * MS);
	assert_false(codel_judge(&v, &p, at + MS, MS, 100000));
	assert_false(v.dropping);
	at = first_hit(at + 2 * MS, at + 500 * MS, 6 * MS);
	assert_true(at > 0);
	assert_int_equal(v.count, 9);
	assert_false(codel_judge(&v, &p, at + MS, MS, 100000));
	assert_true(first_hit(at + 10000 * MS, at + 20000 * MS, 6 * MS) > 0);
	assert_int_equal(v.count, 1);
}

/* One packet is no queue, however long it takes. */
static void the_last_one_is_left_alone(void **state)
{
	(void)state;
	for (ktime_t now = 0; now < 1000 * MS; now += MS)
		assert_false(codel_judge(&v, &p, now, 50 * MS, p.mtu));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_short_queue_is_left_alone, setup),
		cmocka_unit_test_setup(a_burst_is_left_alone, setup),
		cmocka_unit_test_setup(a_standing_queue_is_hit_ever_more_often, setup),
		cmocka_unit_test_setup(it_remembers_for_a_while, setup),
		cmocka_unit_test_setup(the_last_one_is_left_alone, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
