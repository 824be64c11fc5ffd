/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/udp.h"

#define SADDR CONST_BE32(0x0a000001)
#define DADDR CONST_BE32(0x0a000002)

static void parse_gives_back_what_build_wrote(void **state)
{
	const struct udp_view v = { .sport = 40000, .dport = 53, .len = 12 };
	struct udp_view got;
	u8 buf[16] = { 0 };

	(void)state;
	assert_int_equal(udp_build(buf, &v), UDP_HLEN);
	assert_int_equal(udp_parse(buf, sizeof(buf), &got), WIRE_OK);
	assert_int_equal(got.sport, 40000);
	assert_int_equal(got.dport, 53);
	assert_int_equal(got.len, 12);
	assert_false(got.has_check);
}

static void lengths_that_cannot_be(void **state)
{
	struct udp_view v = { .len = 12 };
	struct udp_view got;
	u8 buf[12] = { 0 };

	(void)state;
	udp_build(buf, &v);
	for (size_t len = 0; len < UDP_HLEN; len++)
		assert_int_equal(udp_parse(buf, len, &got), WIRE_SHORT);
	assert_int_equal(udp_parse(buf, 11, &got), WIRE_TRUNC);
	assert_int_equal(udp_parse_hdr(buf, 8, &got), WIRE_OK);	/* as ICMP quotes it */
	for (u16 len = 0; len < UDP_HLEN; len++) {
		v.len = len;
		udp_build(buf, &v);
		assert_int_equal(udp_parse(buf, sizeof(buf), &got), WIRE_TOTLEN);
		assert_int_equal(udp6_parse(buf, sizeof(buf), &got), len ? WIRE_TOTLEN : WIRE_OK);
	}
	v.len = 0;
	udp_build(buf, &v);
	assert_int_equal(udp6_parse(buf, sizeof(buf), &got), WIRE_OK);
	assert_int_equal(got.len, 12);				/* RFC 2675 4: all */
}

static void checksum(void **state)
{
	const struct udp_view v = { .sport = 1234, .dport = 53, .len = 11 };
	struct udphdr *uh;
	u8 buf[11] = { 0 };

	(void)state;
	udp_build(buf, &v);
	memcpy(buf + UDP_HLEN, "odd", 3);
	uh = (struct udphdr *)buf;
	assert_true(udp_v4_csum_ok(buf, sizeof(buf), SADDR, DADDR));	/* none was made */
	uh->check = udp_v4_check(11, SADDR, DADDR, csum_partial(buf, 11, 0));
	assert_int_not_equal(uh->check, 0);
	assert_true(udp_v4_csum_ok(buf, sizeof(buf), SADDR, DADDR));
	assert_false(udp_v4_csum_ok(buf, sizeof(buf), SADDR, DADDR ^ SADDR));
	buf[10] ^= 1;
	assert_false(udp_v4_csum_ok(buf, sizeof(buf), SADDR, DADDR));
}

/* RFC 768: a sum that comes out as 0 is sent as all ones, and is good on receipt. */
static void a_computed_zero_goes_out_as_ones(void **state)
{
	struct udp_view v = { .dport = 0, .len = UDP_HLEN };
	struct udphdr *uh;
	u8 buf[UDP_HLEN];

	(void)state;
	/* protocol 17 + length 8, in both headers, + sport = ffff */
	v.sport = 0xffff - 17 - 8 - 8;
	udp_build(buf, &v);
	uh = (struct udphdr *)buf;
	assert_int_equal(csum_tcpudp_magic(0, 0, 8, 17, csum_partial(buf, 8, 0)), 0);
	uh->check = udp_v4_check(8, 0, 0, csum_partial(buf, 8, 0));
	assert_int_equal(uh->check, 0xffff);
	assert_true(udp_v4_csum_ok(buf, 8, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_gives_back_what_build_wrote),
		cmocka_unit_test(lengths_that_cannot_be),
		cmocka_unit_test(checksum),
		cmocka_unit_test(a_computed_zero_goes_out_as_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
