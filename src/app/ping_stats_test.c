/* SPDX-License-Identifier: MIT */
#include "app/ping_stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void check_time(int64_t ns, const char *want)
{
	struct text t = { 0 };

	ping_time_text(&t, ns);
	assert_string_equal(t.s, want);
	text_free(&t);
}

static void test_times(void **state)
{
	(void)state;
	check_time(0, "0.000 ms");
	check_time(123456, "0.123 ms");
	check_time(999999, "0.999 ms");
	check_time(1000000, "1.00 ms");
	check_time(1234567, "1.23 ms");
	check_time(9996000, "10.0 ms");
	check_time(12345678, "12.3 ms");
	check_time(99960000, "100 ms");
	check_time(123456789, "123 ms");
}

static void test_summary(void **state)
{
	struct ping_stats *s = calloc(1, sizeof(*s));
	struct text t = { 0 };

	(void)state;
	ping_stats_sent(s, 1);
	assert_false(ping_stats_reply(s, 1, 1000000));
	assert_true(ping_stats_reply(s, 1, 3000000));
	ping_stats_sent(s, 2);
	ping_stats_sent(s, 3);
	ping_stats_error(s, 2);
	ping_summary(&t, s, "web", 2003 * 1000000ll);
	assert_string_equal(t.s, "\n--- web ping statistics ---\n"
			    "3 packets transmitted, 1 received, +1 duplicates, +1 errors, "
			    "66.6667% packet loss, time 2003ms\n"
			    "rtt min/avg/max/mdev = 1.000/2.000/3.000/1.000 ms, pipe 2\n");
	text_free(&t);
	free(s);
}

static void test_nothing(void **state)
{
	struct ping_stats *s = calloc(1, sizeof(*s));
	struct text t = { 0 };

	(void)state;
	ping_stats_sent(s, 1);
	ping_summary(&t, s, "10.0.0.2", 0);
	assert_string_equal(t.s, "\n--- 10.0.0.2 ping statistics ---\n"
			    "1 packets transmitted, 0 received, 100% packet loss, time 0ms\n");
	text_free(&t);
	free(s);
}

static void check_error(uint8_t type, uint8_t code, const char *want)
{
	struct text t = { 0 };

	ping_error_text(&t, type, code, 1400);
	assert_string_equal(t.s, want);
	text_free(&t);
}

static void test_errors(void **state)
{
	(void)state;
	check_error(3, 0, "Destination Net Unreachable");
	check_error(3, 1, "Destination Host Unreachable");
	check_error(3, 4, "Frag needed and DF set (mtu = 1400)");
	check_error(3, 13, "Packet filtered");
	check_error(3, 99, "Dest Unreachable, Bad Code: 99");
	check_error(11, 0, "Time to live exceeded");
	check_error(99, 0, "Bad ICMP type: 99");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
