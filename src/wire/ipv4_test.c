/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/ipv4.h"

/* 10.0.0.1 > 10.0.0.2, TCP, 60 bytes, id 0x1c46, DF, ttl 64; checksum by another program. */
static const u8 header[IPV4_HLEN] = {
	0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06,
	0x0a, 0x74, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02,
};

static void make(u8 *pkt, size_t len)
{
	memset(pkt, 0, len);
	memcpy(pkt, header, sizeof(header));
}

static void reads_the_fields(void **state)
{
	struct ipv4_view v;
	u8 pkt[64];

	(void)state;
	make(pkt, sizeof(pkt));		/* 4 bytes of link padding behind */
	assert_int_equal(ipv4_parse(pkt, sizeof(pkt), &v), WIRE_OK);
	assert_int_equal(v.tot_len, 60);
	assert_int_equal(v.id, 0x1c46);
	assert_true(v.df && !v.mf && !v.ce && !v.frag_off);
	assert_int_equal(v.hlen, 20);
	assert_int_equal(v.ttl, 64);
	assert_int_equal(v.protocol, IP_PROTO_TCP);
	assert_int_equal(v.saddr, CONST_BE32(0x0a000001));
	assert_int_equal(v.daddr, CONST_BE32(0x0a000002));
	assert_null(v.opts);
}

static void put_check(u8 *pkt)
{
	ip_send_check((struct iphdr *)pkt);
}

static void each_check_has_its_error(void **state)
{
	struct ipv4_view v;
	u8 pkt[64];

	(void)state;
	make(pkt, sizeof(pkt));
	for (size_t len = 0; len < IPV4_HLEN; len++)
		assert_int_equal(ipv4_parse(pkt, len, &v), WIRE_SHORT);
	assert_int_equal(ipv4_parse(pkt, 59, &v), WIRE_TRUNC);
	pkt[0] = 0x65;
	assert_int_equal(ipv4_parse(pkt, 60, &v), WIRE_VERSION);
	pkt[0] = 0x44;
	assert_int_equal(ipv4_parse(pkt, 60, &v), WIRE_IHL);
	pkt[0] = 0x4f;
	assert_int_equal(ipv4_parse(pkt, 59, &v), WIRE_SHORT);
	make(pkt, sizeof(pkt));
	for (size_t bit = 32; bit < IPV4_HLEN * 8; bit++) {	/* any bit past the lengths */
		pkt[bit / 8] ^= (u8)(1 << bit % 8);
		assert_int_equal(ipv4_parse(pkt, 60, &v), WIRE_CSUM);
		pkt[bit / 8] ^= (u8)(1 << bit % 8);
	}
	put_be16(pkt + 2, 19);
	put_check(pkt);
	assert_int_equal(ipv4_parse(pkt, 60, &v), WIRE_TOTLEN);
	assert_int_equal(ipv4_parse_hdr(pkt, 60, &v), WIRE_TOTLEN);
}

static void a_quoted_header_may_be_cut_and_changed(void **state)
{
	struct ipv4_view v;
	u8 pkt[IPV4_HLEN];

	(void)state;
	make(pkt, sizeof(pkt));
	pkt[8] = 0;	/* ttl as it was when the packet died; the checksum is stale */
	assert_int_equal(ipv4_parse_hdr(pkt, sizeof(pkt), &v), WIRE_OK);
	assert_int_equal(v.tot_len, 60);
}

static void parse_gives_back_what_build_wrote(void **state)
{
	static const u8 opts[8] = { IPOPT_RR, 7, 4, 0, 0, 0, 0, IPOPT_END };
	const struct ipv4_view v = {
		.tot_len = 1500, .id = 7, .frag_off = 1480, .mf = true, .hlen = 28, .tos = 0x10,
		.ttl = 3, .protocol = IP_PROTO_UDP, .saddr = 0x01020304, .daddr = 0x05060708,
		.opts = opts,
	};
	static u8 pkt[1500];
	u8 again[IPV4_HLEN_MAX];
	struct ipv4_view got;

	(void)state;
	assert_int_equal(ipv4_build(pkt, &v), 28);
	assert_int_equal(get_be16(pkt + 6), IP_MF | 185);
	assert_int_equal(ipv4_parse(pkt, sizeof(pkt), &got), WIRE_OK);
	assert_memory_equal(got.opts, opts, sizeof(opts));
	assert_int_equal(got.frag_off, 1480);
	assert_int_equal(ipv4_build(again, &got), 28);
	assert_memory_equal(again, pkt, 28);
	assert_true(ip_is_fragment((struct iphdr *)pkt));
}

static void each_hop_keeps_the_checksum_right(void **state)
{
	struct ipv4_view v;
	u8 pkt[60];

	(void)state;
	make(pkt, sizeof(pkt));
	pkt[8] = 255;
	put_check(pkt);
	for (int ttl = 254; ttl >= 0; ttl--) {
		ip_decrease_ttl((struct iphdr *)pkt);
		assert_int_equal(ipv4_parse(pkt, sizeof(pkt), &v), WIRE_OK);
		assert_int_equal(v.ttl, ttl);
	}
}

/* Walks over opts; returns how many options came, or WIRE_OPT. */
static int walk(const u8 *opts, size_t len, struct ip_opt_iter *it, struct ip_opt *last)
{
	struct ipv4_view v = { .hlen = (u8)(IPV4_HLEN + len), .opts = len ? opts : NULL };
	int n = 0, ret;

	ip_opt_start(it, &v);
	while ((ret = ip_opt_next(it, last)) == 1)
		n++;
	return ret < 0 ? ret : n;
}

#define WALK(...) \
	({ static const u8 o_[] = { __VA_ARGS__ }; walk(o_, sizeof(o_), &it, &opt); })

static void good_options(void **state)
{
	struct ip_opt_iter it;
	struct ip_opt opt;

	(void)state;
	assert_int_equal(walk(NULL, 0, &it, &opt), 0);
	assert_int_equal(WALK(1, 1, 1, 0), 3);
	assert_int_equal(WALK(0, 7, 7, 7), 0);			/* nothing counts behind END */
	assert_int_equal(WALK(IPOPT_RA, 4, 0, 0), 1);
	assert_int_equal(opt.type, IPOPT_RA);
	assert_int_equal(opt.off, 20);
	assert_int_equal(WALK(1, IPOPT_RR, 7, 4, 0, 0, 0, 0), 2);
	assert_int_equal(opt.off, 21);
	assert_int_equal(opt.ptr, 4);
	assert_false(opt.full);
	assert_int_equal(WALK(IPOPT_LSRR, 7, 8, 1, 2, 3, 4, 0), 1);
	assert_true(opt.full);
	assert_int_equal(WALK(IPOPT_SSRR, 3, 4, 0), 1);
	assert_true(opt.full);
	assert_int_equal(WALK(IPOPT_TIMESTAMP, 8, 5, 0, 0, 0, 0, 0), 1);
	assert_false(opt.full);
	assert_int_equal(WALK(IPOPT_TIMESTAMP, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0), 1);
	assert_int_equal(WALK(77, 4, 9, 9), 1);			/* unknown: skipped by length */
}

#define BAD_AT(pos, ...) \
	do { \
		assert_int_equal(WALK(__VA_ARGS__), WIRE_OPT); \
		assert_int_equal(it.bad, 20 + (pos)); \
		assert_int_equal(ip_opt_next(&it, &opt), WIRE_OPT); \
	} while (0)

static void bad_options_point_at_the_byte(void **state)
{
	struct ip_opt_iter it;
	struct ip_opt opt;

	(void)state;
	BAD_AT(3, 1, 1, 1, IPOPT_RR);				/* no room for a length */
	BAD_AT(0, 77, 0, 0, 0);
	BAD_AT(0, 77, 1, 0, 0);
	BAD_AT(0, 77, 5, 0, 0);
	BAD_AT(1, IPOPT_RR, 2, 0, 0);
	BAD_AT(2, IPOPT_RR, 7, 3, 0, 0, 0, 0, 0);
	BAD_AT(2, IPOPT_RR, 7, 5, 0, 0, 0, 0, 0);		/* a slot of three bytes */
	BAD_AT(7, IPOPT_RR, 7, 4, 0, 0, 0, 0, IPOPT_RR, 7, 4, 0, 0, 0, 0, 0);
	BAD_AT(3, IPOPT_LSRR, 3, 4, IPOPT_SSRR, 3, 4, 0, 0);	/* one source route only */
	BAD_AT(1, IPOPT_TIMESTAMP, 3, 5, 0);
	BAD_AT(2, IPOPT_TIMESTAMP, 8, 4, 0, 0, 0, 0, 0);
	BAD_AT(2, IPOPT_TIMESTAMP, 8, 5, 1, 0, 0, 0, 0);	/* address and time need 8 */
	BAD_AT(3, IPOPT_TIMESTAMP, 8, 9, 0xf0, 0, 0, 0, 0);	/* overflow of the overflow */
	BAD_AT(1, IPOPT_RA, 3, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_fields),
		cmocka_unit_test(each_check_has_its_error),
		cmocka_unit_test(a_quoted_header_may_be_cut_and_changed),
		cmocka_unit_test(parse_gives_back_what_build_wrote),
		cmocka_unit_test(each_hop_keeps_the_checksum_right),
		cmocka_unit_test(good_options),
		cmocka_unit_test(bad_options_point_at_the_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
