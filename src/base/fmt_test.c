/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/fmt.h"

/* Formats with both and compares text and length; libc's is the twin. */
#define SAME(...) \
	do { \
		char ours_[256], libc_[256]; \
		struct strbuf sb_; \
		sb_init(&sb_, ours_, sizeof(ours_)); \
		sb_printf(&sb_, __VA_ARGS__); \
		assert_int_equal(sb_.len, snprintf(libc_, sizeof(libc_), __VA_ARGS__)); \
		assert_string_equal(ours_, libc_); \
	} while (0)

static void integers_match_libc(void **state)
{
	static const int values[] = { 0, 1, -1, 7, 8, 42, -12345, 65535, INT32_MAX, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		int v = values[i];
		unsigned u = (unsigned)v;

		SAME("%d|%i|%5d|%-5d|%05d|%+d|% d|%+5d|%-+5d|%+05d", v, v, v, v, v, v, v, v, v, v);
		SAME("%.0d|%.3d|%8.3d|%-8.3d|%+.3d|%*d|%-*d|%.*d|%*.*d", v, v, v, v, v, 6, v, 6, v,
		     4, v, 7, 2, v);
		SAME("%u|%x|%X|%o|%#x|%#X|%#o|%08x|%#08x|%#010X|%-#8xz", u, u, u, u, u, u, u, u, u,
		     u, u);
		SAME("%.0x|%.0o|%#.0o|%#.4x|%#8.3o|%3u|%-3u|%03u", u, u, u, u, u, u, u, u);
		SAME("%*d|%.*d|%0*d", -6, v, -1, v, -7, v);
	}
}

static void lengths_match_libc(void **state)
{
	(void)state;
	SAME("%ld %lu %lx %lo", INT64_MIN, UINT64_MAX, UINT64_MAX, UINT64_MAX);
	SAME("%lld %lli %llu %llX", -1ll, INT64_MAX + 0ll, ~0ull, 0xdeadbeefcafeull);
	SAME("%zu %zx %20zu|%-20zu|%zd", SIZE_MAX, (size_t)255, (size_t)1, (size_t)2, (ssize_t)-3);
}

static void strings_match_libc(void **state)
{
	static const char no_nul[3] = { 'a', 'b', 'c' };

	(void)state;
	SAME("%s|%10s|%-10s|%.2s|%10.2s|%-10.2s|%.0s|%.*s", "hello", "hello", "hello", "hello",
	     "hello", "hello", "hello", 3, "hello");
	SAME("%.*s", 3, no_nul);
	SAME("%c|%3c|%-3c|%%|100%%", 'a', 'b', 'c');
	SAME("%p", (void *)0x7ffe1234);
	SAME("no conversion");
	SAME("%-8s %-20s %6u %#06x", "proto", "10.0.0.1:80", 12u, 0x1fu);
}

static void a_null_string_is_shown(void **state)
{
	char buf[32];
	struct strbuf sb;
	const char *volatile none = NULL;

	(void)state;
	sb_init(&sb, buf, sizeof(buf));
	sb_printf(&sb, "[%s]", none);
	assert_string_equal(buf, "[(null)]");
}

static void text_is_cut_but_counted(void **state)
{
	char buf[16];
	struct strbuf sb;

	(void)state;
	for (size_t cap = 0; cap <= 12; cap++) {
		memset(buf, '#', sizeof(buf));
		sb_init(&sb, buf, cap);
		sb_puts(&sb, "ab");
		sb_printf(&sb, "%5d", 123);
		sb_putc(&sb, 'z');
		assert_int_equal(sb.len, 8);
		assert_int_equal(sb_truncated(&sb), cap <= 8);
		if (cap)
			assert_int_equal(strlen(buf), min(cap - 1, (size_t)8));
		assert_memory_equal(buf, "ab  123z", cap ? min(cap - 1, (size_t)8) : 0);
		for (size_t i = cap; i < sizeof(buf); i++)
			assert_int_equal(buf[i], '#');
	}
	sb_init(&sb, NULL, 0);
	sb_printf(&sb, "%2000000000d", 1);
	assert_int_equal(sb.len, 2000000000);
}

static void parse_u64_takes_whole_numbers_only(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "-1", "+1", "0x", "1x", "0xg", "1.0",
					   "18446744073709551616", "0x10000000000000000" };
	u64 v = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_u64(bad[i], UINT64_MAX, &v));
	assert_false(parse_u64("65536", 65535, &v));
	assert_int_equal(v, 99);
	assert_true(parse_u64("65535", 65535, &v));
	assert_int_equal(v, 65535);
	assert_true(parse_u64("0xFFff", 65535, &v));
	assert_int_equal(v, 65535);
	assert_true(parse_u64("18446744073709551615", UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(parse_u64("0", 0, &v));
	assert_int_equal(v, 0);
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		ktime_t ns;
	} good[] = {
		{ "0", 0 }, { "10us", 10000 }, { "2s", 2000000000 }, { "1.5ms", 1500000 },
		{ "0.000000001s", 1 }, { "1.123456789s", 1123456789 }, { "1.9ns", 1 },
		{ "3 min", -1 }, { "3min", 180000000000 }, { "2m", 120000000000 },
		{ "1h", 3600000000000 }, { "250MSEC", 250000000 }, { "10", -1 }, { "s", -1 },
		{ "1.s", -1 }, { ".5s", -1 }, { "-1s", -1 }, { "1ss", -1 }, { "1s ", -1 },
		{ "9223372036s", 9223372036000000000 }, { "9223372037s", -1 },
		{ "99999999999999999999ns", -1 }, { "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		ktime_t ns = -1;

		assert_int_equal(parse_duration_ns(good[i].text, &ns), good[i].ns >= 0);
		assert_true(ns == good[i].ns);
	}
}

static void rates_and_sizes(void **state)
{
	u64 v = 0;

	(void)state;
	assert_true(parse_rate_bps("100mbit", &v) && v == 100000000);
	assert_true(parse_rate_bps("1gbit", &v) && v == 1000000000);
	assert_true(parse_rate_bps("2.5Gbit", &v) && v == 2500000000);
	assert_true(parse_rate_bps("64kbit", &v) && v == 64000);
	assert_true(parse_rate_bps("1Mibit", &v) && v == 1048576);
	assert_true(parse_rate_bps("10mbps", &v) && v == 80000000);
	assert_true(parse_rate_bps("9600", &v) && v == 9600);
	assert_false(parse_rate_bps("10mb", &v));
	assert_false(parse_rate_bps("20000000000gbit", &v));
	assert_true(parse_bytes("64k", &v) && v == 65536);
	assert_true(parse_bytes("1m", &v) && v == 1048576);
	assert_true(parse_bytes("1.5K", &v) && v == 1536);
	assert_true(parse_bytes("1500", &v) && v == 1500);
	assert_true(parse_bytes("2gb", &v) && v == 2147483648);
	assert_false(parse_bytes("k", &v));
	assert_false(parse_bytes("1kk", &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_match_libc),
		cmocka_unit_test(lengths_match_libc),
		cmocka_unit_test(strings_match_libc),
		cmocka_unit_test(a_null_string_is_shown),
		cmocka_unit_test(text_is_cut_but_counted),
		cmocka_unit_test(parse_u64_takes_whole_numbers_only),
		cmocka_unit_test(durations),
		cmocka_unit_test(rates_and_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
