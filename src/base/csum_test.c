/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/csum.h"

static u32 next_random(u32 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void fill_random(u8 *p, size_t len, u32 *x)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (u8)next_random(x);
}

/* RFC 1071 by the book: big-endian 16-bit words, carry brought round after each. */
static u16 naive_check(const u8 *p, size_t len)
{
	u32 sum = 0;

	for (size_t i = 0; i < len; i += 2) {
		sum += (u32)p[i] << 8 | (i + 1 < len ? p[i + 1] : 0u);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (u16)~sum;
}

static void the_example_of_rfc_1071(void **state)
{
	static const u8 bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal(be16_to_cpu(csum_fold(csum_partial(bytes, 8, 0))), 0x220d);
}

static void matches_the_naive_sum(void **state)
{
	static u8 buf[4200], copy[4200];
	u32 x = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t off = next_random(&x) % 64;
		size_t len = next_random(&x) % (i % 8 ? 200 : 4096);
		size_t to = next_random(&x) % 64;
		u16 want;
		wsum sum;

		if (i % 16 == 0)
			fill_random(buf, sizeof(buf), &x);
		if (i % 64 == 5)
			memset(buf, 0xff, sizeof(buf));
		want = naive_check(buf + off, len);
		assert_int_equal(be16_to_cpu(csum_fold(csum_partial(buf + off, len, 0))), want);
		memset(copy, 0xa5, sizeof(copy));
		sum = csum_and_copy(copy + to, buf + off, len, 0);
		assert_int_equal(be16_to_cpu(csum_fold(sum)), want);
		assert_memory_equal(copy + to, buf + off, len);
		assert_int_equal(copy[to + len], 0xa5);
		assert_true(!to || copy[to - 1] == 0xa5);
	}
}

/* What sum says with `start` added, by the book: start is a 32-bit word in front. */
static u16 naive_from(wsum start, const u8 *p, size_t len)
{
	static u8 whole[8192];

	memcpy(whole, &start, 4);
	memcpy(whole + 4, p, len);
	return naive_check(whole, 4 + len);
}

static wsum random_start(u32 *x)
{
	static const wsum ends[4] = { 0, 1, 0xffff, 0xffffffff };
	u32 r = next_random(x);

	return r & 1 ? next_random(x) : ends[r >> 1 & 3];
}

static void try_unit(const struct csum_unit *u, const u8 *p, size_t len, u8 *copy, u32 *x)
{
	wsum start = random_start(x), sum;
	u16 want = naive_from(start, p, len);

	sum = u->partial(p, len, start);
	if (be16_to_cpu(csum_fold(sum)) != want)
		fail_msg("%s: %zu bytes at %p from %x: %x", u->name, len, (const void *)p, start,
			 sum);
	copy[-1] = copy[len] = 0xa5;
	assert_int_equal(be16_to_cpu(csum_fold(u->and_copy(copy, p, len, start))), want);
	assert_memory_equal(copy, p, len);
	assert_int_equal(copy[-1], 0xa5);
	assert_int_equal(copy[len], 0xa5);
	/* Behind a part of odd length. */
	assert_int_equal(csum_fold(csum_block_add(u->partial(p, len | 1, 0), sum, len | 1)),
			 csum_fold(csum_block_add(csum_partial(p, len | 1, 0),
						  csum_partial(p, len, start), len | 1)));
}

static void each_unit_of_this_machine(void **state)
{
	static u8 buf[4096 + 65], copy[4096 + 66];
	const struct csum_unit *u;
	u32 x = 21;

	(void)state;
	assert_non_null(csum_units(1));
	for (unsigned n = 0; (u = csum_units(n)); n++) {
		print_message("%s\n", u->name);
		for (size_t len = 0; len <= 4096; len += len < 700 ? 1 : 1 + next_random(&x) % 40) {
			fill_random(buf, sizeof(buf), &x);
			if (next_random(&x) % 16 == 0)
				memset(buf, 0xff, sizeof(buf));
			try_unit(u, buf + next_random(&x) % 64, len,
				 copy + 1 + next_random(&x) % 64, &x);
		}
		for (size_t at = 0; at < 64; at++)
			for (size_t to = 0; to < 64; to += 1 + at % 7)
				try_unit(u, buf + at, next_random(&x) % 400, copy + 1 + to, &x);
	}
}

/* 4 MB of ones: no lane may lose what it carries. */
static void a_long_piece_loses_no_carry(void **state)
{
	static u8 ones[4 << 20];
	const struct csum_unit *u;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (unsigned n = 0; (u = csum_units(n)); n++) {
		assert_int_equal(csum_fold(u->partial(ones, sizeof(ones), 0)), 0);
		ones[0] = 0xfe;
		assert_int_equal(be16_to_cpu(csum_fold(u->partial(ones, sizeof(ones), 0))),
				 naive_check(ones, sizeof(ones)));
		ones[0] = 0xff;
	}
}

static void parts_join_at_any_offset(void **state)
{
	u8 buf[300];
	u32 x = 7;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		size_t len = 1 + next_random(&x) % (sizeof(buf) - 1);
		size_t cut = next_random(&x) % len;
		wsum whole, head, tail;

		/* Not all zero: a sum of zeros has two spellings, 0 and ffff. */
		fill_random(buf, sizeof(buf), &x);
		buf[0] |= 1;
		whole = csum_partial(buf, len, 0);
		head = csum_partial(buf, cut, 0);
		tail = csum_partial(buf + cut, len - cut, 0);
		assert_int_equal(csum_fold(csum_block_add(head, tail, cut)), csum_fold(whole));
		assert_int_equal(csum_fold(csum_block_add(csum_block_sub(whole, tail, cut), tail,
							  cut)), csum_fold(whole));
		if (!(cut & 1))
			assert_int_equal(csum_fold(csum_partial(buf + cut, len - cut, head)),
					 csum_fold(whole));
		assert_int_equal(csum_fold(csum_add(csum_sub(whole, head), head)),
				 csum_fold(whole));
	}
}

static void a_start_value_carries_round(void **state)
{
	static const u8 ones[2] = { 0xff, 0xff };

	(void)state;
	assert_int_equal(csum_fold(csum_partial(ones, 2, 0xffffffff)), 0);
	assert_int_equal(csum_add(0xffffffff, 1), 1);
	assert_int_equal(csum_fold(csum_partial(ones, 0, 0x12345678)), csum_fold(0x12345678));
}

static void replacing_equals_summing_anew(void **state)
{
	u8 buf[20];
	u32 x = 3;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		be32 from, to;
		be16 check, from16, to16, want;

		fill_random(buf, sizeof(buf), &x);
		memset(buf + 10, 0, 2);
		check = ip_fast_csum(buf, 5);
		memcpy(&from, buf + 12, 4);
		to = i % 3 ? next_random(&x) : 0;
		memcpy(buf + 12, &to, 4);
		csum_replace4(&check, from, to);
		assert_int_equal(check, ip_fast_csum(buf, 5));
		memcpy(&from16, buf + 8, 2);
		to16 = (be16)(i % 5 ? next_random(&x) : 0xffff);
		memcpy(buf + 8, &to16, 2);
		csum_replace2(&check, from16, to16);
		want = ip_fast_csum(buf, 5);
		assert_int_equal(check, want);
	}
}

/* RFC 1624 3: the case that RFC 1141 gets wrong: 0xdd2f, m = 0x5555 -> 0x3285 gives 0. */
static void the_example_of_rfc_1624(void **state)
{
	be16 check = cpu_to_be16(0xdd2f);

	(void)state;
	csum_replace2(&check, cpu_to_be16(0x5555), cpu_to_be16(0x3285));
	assert_int_equal(check, 0);
}

static void twenty_bytes(void **state)
{
	u8 p[21];
	u32 x = 5;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		fill_random(p, sizeof(p), &x);
		if (i % 3 == 0)
			memset(p, i % 2 ? 0xff : 0, 8 + (size_t)i % 13);
		assert_int_equal(csum_fold(csum_from64(csum_20_bytes(p + i % 2))),
				 csum_fold(csum_partial(p + i % 2, 20, 0)));
	}
}

static void ip_header_of_any_length(void **state)
{
	u8 hdr[61];
	u32 x = 11;

	(void)state;
	for (unsigned words = 5; words <= 15; words++) {
		be16 check;

		for (size_t at = 0; at < 2; at++) {	/* at an odd address too */
			u8 *h = hdr + at;

			fill_random(h, 60, &x);
			memset(h + 10, 0, 2);
			check = ip_fast_csum(h, words);
			assert_int_equal(be16_to_cpu(check), naive_check(h, words * 4));
			memcpy(h + 10, &check, 2);
			assert_int_equal(ip_fast_csum(h, words), 0);
		}
	}
}

/* 10.0.0.1.1234 > 10.0.0.2.53, two bytes "hi", behind its pseudo-header (RFC 768). */
static void pseudo_header(void **state)
{
	u8 pseudo[22] = { 10, 0, 0, 1, 10, 0, 0, 2, 0, 17, 0, 10,
			  0x04, 0xd2, 0, 53, 0, 10, 0, 0, 'h', 'i' };
	wsum sum = csum_partial(pseudo + 12, 10, 0);
	be16 check = csum_tcpudp_magic(CONST_BE32(0x0a000001), CONST_BE32(0x0a000002), 10, 17, sum);

	(void)state;
	assert_int_equal(be16_to_cpu(check), naive_check(pseudo, sizeof(pseudo)));
	/* Carries out of the 64-bit sum come round. */
	assert_int_equal(csum_tcpudp_magic(0xffffffff, 0xffffffff, 0, 0, 0xffffffff), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_rfc_1071),
		cmocka_unit_test(matches_the_naive_sum),
		cmocka_unit_test(each_unit_of_this_machine),
		cmocka_unit_test(a_long_piece_loses_no_carry),
		cmocka_unit_test(parts_join_at_any_offset),
		cmocka_unit_test(a_start_value_carries_round),
		cmocka_unit_test(replacing_equals_summing_anew),
		cmocka_unit_test(the_example_of_rfc_1624),
		cmocka_unit_test(twenty_bytes),
		cmocka_unit_test(ip_header_of_any_length),
		cmocka_unit_test(pseudo_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
