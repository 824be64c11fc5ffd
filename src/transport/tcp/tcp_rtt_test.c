/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_rtt.h"

#define MIN_US 200000u

static void begins_with_one_second(void **state)
{
	struct tcp_rtt r;

	(void)state;
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	assert_int_equal(r.rto_us, 1000000);	/* RFC 6298 2.1 */
	assert_int_equal(tcp_min_rtt(&r), UINT32_MAX);
}

static void first_sample_is_taken_whole(void **state)
{
	struct tcp_rtt r;

	(void)state;
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	tcp_rtt_sample(&r, 400000, 0, 1, MIN_US);
	assert_int_equal(r.srtt_us >> 3, 400000);
	assert_int_equal(r.rto_us, 400000 + 800000);	/* RFC 6298 2.2: R + 4 R/2 */
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	tcp_rtt_sample(&r, 1000, 0, 1, MIN_US);
	assert_int_equal(r.rto_us, 1000 + MIN_US);	/* Linux: not below 200 ms */
}

static void steady_path_comes_to_the_floor(void **state)
{
	struct tcp_rtt r;

	(void)state;
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	for (u32 i = 0; i < 200; i++)
		tcp_rtt_sample(&r, 100000, i, i + 1, MIN_US);
	assert_int_equal(r.srtt_us >> 3, 100000);
	assert_in_range(r.rto_us, 300000, 300100);
}

static void a_late_packet_raises_the_rto_at_once(void **state)
{
	struct tcp_rtt r;
	u32 had;

	(void)state;
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	for (u32 i = 0; i < 100; i++)
		tcp_rtt_sample(&r, 50000, i, i + 1, MIN_US);
	had = r.rto_us;
	tcp_rtt_sample(&r, 1500000, 100, 101, MIN_US);
	assert_true(r.rto_us > had + 150000);
	assert_true((r.srtt_us >> 3) < 300000);
}

static void a_falling_rtt_does_not(void **state)
{
	struct tcp_rtt r;
	u32 had;

	(void)state;
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	for (u32 i = 0; i < 100; i++)
		tcp_rtt_sample(&r, 500000, i, i + 1, MIN_US);
	had = r.rto_us;
	for (u32 i = 100; i < 140; i++) {
		tcp_rtt_sample(&r, 10000, i, i + 1, MIN_US);
		assert_true(r.rto_us <= had);
	}
}

static void backoff_doubles_up_to_two_minutes(void **state)
{
	struct tcp_rtt r;

	(void)state;
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	tcp_rto_backoff(&r);
	assert_int_equal(r.rto_us, 2000000);
	for (int i = 0; i < 40; i++)
		tcp_rto_backoff(&r);
	assert_int_equal(r.rto_us, 120000000);
	assert_int_equal(tcp_rto_shift(300000, 3, TCP_RTO_MAX_US), 2400000);
	assert_int_equal(tcp_rto_shift(300000, 60, TCP_RTO_MAX_US), 120000000);
	r.rto_max_us = 5000000;
	r.rto_us = 3000000;
	tcp_rto_backoff(&r);
	assert_int_equal(r.rto_us, 5000000);
	/* A sample ends it. */
	tcp_rtt_sample(&r, 100000, 0, 1, MIN_US);
	assert_in_range(r.rto_us, 300000, 400000);
}

static void retries_as_time(void **state)
{
	(void)state;
	/* tcp(7): tcp_retries2 15 is 924.6 s with an RTO of 200 ms. */
	assert_int_equal(tcp_model_timeout_us(15, 200000, TCP_RTO_MAX_US), 924600000);
	assert_int_equal(tcp_model_timeout_us(0, 200000, TCP_RTO_MAX_US), 200000);
	assert_int_equal(tcp_model_timeout_us(3, 1000000, 2000000), 7000000);
	assert_int_equal(tcp_model_timeout_us(2, 9000000, 1000000), 3000000);
	/* SYN retries */
	assert_int_equal(tcp_model_timeout_us(6, 1000000, TCP_RTO_MAX_US), 127000000);
}

static void min_rtt_is_of_a_window(void **state)
{
	struct tcp_rtt r;

	(void)state;
	tcp_rtt_init(&r, MIN_US, TCP_RTO_MAX_US);
	tcp_rtt_update_min(&r, 5000, 1000, 300000);
	tcp_rtt_update_min(&r, 9000, 10000, 300000);
	assert_int_equal(tcp_min_rtt(&r), 5000);
	tcp_rtt_update_min(&r, 4000, 20000, 300000);
	assert_int_equal(tcp_min_rtt(&r), 4000);
	tcp_rtt_update_min(&r, 9000, 120000, 300000);	/* of another part of the window */
	tcp_rtt_update_min(&r, 8000, 200000, 300000);
	tcp_rtt_update_min(&r, 9500, 321000, 300000);	/* the path has changed */
	assert_int_equal(tcp_min_rtt(&r), 8000);
	tcp_rtt_update_min(&r, 9900, 700000, 300000);
	assert_int_equal(tcp_min_rtt(&r), 9900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_with_one_second),
		cmocka_unit_test(first_sample_is_taken_whole),
		cmocka_unit_test(steady_path_comes_to_the_floor),
		cmocka_unit_test(a_late_packet_raises_the_rto_at_once),
		cmocka_unit_test(a_falling_rtt_does_not),
		cmocka_unit_test(backoff_doubles_up_to_two_minutes),
		cmocka_unit_test(retries_as_time),
		cmocka_unit_test(min_rtt_is_of_a_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
