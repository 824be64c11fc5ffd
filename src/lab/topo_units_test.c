/* SPDX-License-Identifier: MIT */
#include "lab/topo_units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lab/el_prob.h"

static void durations(void **state)
{
	static const struct {
		const char *text;
		s64 ns;
	} good[] = {
		{ "0", 0 }, { "500ns", 500 }, { "1us", 1000 }, { "2ms", 2000000 },
		{ "1.5s", 1500000000 }, { "1e3US", 1000000 }, { "2m", 120000000000 },
		{ "1h", 3600000000000 }, { "0.1ns", 0 }, { "0.000001s", 1000 },
		{ "9223372036854775.807us", 9223372036854775807 }, /* too many digits: see below */
	};
	static const char *const bad[] = {
		"", "2", "ms", "-1ms", "+1ms", " 1ms", "1ms ", "1 ms", "1.ms", ".5ms", "1e", "1em",
		"1e999s", "1..5s", "1x", "0x10ms", "300000h00", "inf", "nan",
	};
	s64 ns;

	(void)state;
	for (u32 i = 0; i + 1 < ARRAY_SIZE(good); i++) {
		assert_int_equal(unit_parse_duration(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	ns = 77;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(unit_parse_duration(bad[i], &ns), -EINVAL);
	assert_int_equal(unit_parse_duration(good[ARRAY_SIZE(good) - 1].text, &ns), -EINVAL);
	assert_int_equal(unit_parse_duration("9223372036854775807ns", &ns), -EINVAL);
	assert_int_equal(unit_parse_duration("9223372036.9s", &ns), -ERANGE);
	assert_int_equal(unit_parse_duration("1e30h", &ns), -ERANGE);
	assert_int_equal(ns, 77);
}

static void rates_and_sizes(void **state)
{
	u64 v;

	(void)state;
	assert_int_equal(unit_parse_rate("64kbit", &v), 0);
	assert_int_equal(v, 64000);
	assert_int_equal(unit_parse_rate("2.5Gbit", &v), 0);
	assert_int_equal(v, 2500000000);
	assert_int_equal(unit_parse_rate("1gbps", &v), -EINVAL);	/* tc's bytes: ambiguous */
	assert_int_equal(unit_parse_rate("100", &v), -EINVAL);
	assert_int_equal(unit_parse_size("1500", &v), 0);
	assert_int_equal(v, 1500);
	assert_int_equal(unit_parse_size("64kb", &v), 0);
	assert_int_equal(v, 65536);
	assert_int_equal(unit_parse_size("1e12mb", &v), 0);
	assert_int_equal(unit_parse_size("1e19mb", &v), -ERANGE);
}

static void probabilities(void **state)
{
	u64 p;

	(void)state;
	assert_int_equal(unit_parse_percent("50%", &p), 0);
	assert_true(p == 1ull << 63);
	assert_int_equal(unit_parse_percent("100%", &p), 0);
	assert_true(p == PROB_ALWAYS);
	assert_int_equal(unit_parse_percent("100.0%", &p), 0);
	assert_true(p == PROB_ALWAYS);
	assert_int_equal(unit_parse_percent("0", &p), 0);
	assert_true(p == PROB_NEVER);
	assert_int_equal(unit_parse_percent("1", &p), -EINVAL);
	assert_int_equal(unit_parse_percent("100.1%", &p), -ERANGE);
	assert_int_equal(unit_parse_percent("1000%", &p), -ERANGE);
	assert_int_equal(unit_parse_fraction("1e-9", &p), 0);
	assert_int_equal(p, 18446744073);	/* 2^64 / 10^9 */
	assert_int_equal(unit_parse_fraction("1", &p), 0);
	assert_true(p == PROB_ALWAYS);
	assert_int_equal(unit_parse_fraction("1.000001", &p), -ERANGE);
	assert_int_equal(unit_parse_fraction("1e-99", &p), 0);
	assert_true(p == PROB_NEVER);
	assert_int_equal(unit_parse_fraction("1%", &p), -EINVAL);
}

static void whole_numbers(void **state)
{
	u64 v;

	(void)state;
	assert_int_equal(unit_parse_u64("18446744073709551615", &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(unit_parse_u64("18446744073709551616", &v), -ERANGE);
	assert_int_equal(unit_parse_u64("0xFf", &v), 0);
	assert_int_equal(v, 255);
	assert_int_equal(unit_parse_u64("0x", &v), -EINVAL);
	assert_int_equal(unit_parse_u64("-1", &v), -EINVAL);
	assert_int_equal(unit_parse_u64("1a", &v), -EINVAL);
	assert_int_equal(unit_parse_u64("", &v), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(rates_and_sizes),
		cmocka_unit_test(probabilities),
		cmocka_unit_test(whole_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
