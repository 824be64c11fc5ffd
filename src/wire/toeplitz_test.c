/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "wire/inet_addr.h"
#include "wire/toeplitz.h"

/* "Verifying the RSS Hash Calculation" (Microsoft): the published vectors. */
static void test_microsoft_ipv4(void **state)
{
	static const struct {
		const char *src, *dst;
		u16 sport, dport;
		u32 addrs, ports;
	} v[] = {
		{ "66.9.149.187", "161.142.100.80", 2794, 1766, 0x323e8fc2, 0x51ccc178 },
		{ "199.92.111.2", "65.69.140.83", 14230, 4739, 0xd718262a, 0xc626b0ea },
		{ "24.19.198.95", "12.22.207.184", 12898, 38024, 0xd2d0a5de, 0x5c2b394a },
		{ "38.27.205.30", "209.142.163.6", 48228, 2217, 0x82989176, 0xafc7327f },
		{ "153.39.163.191", "202.188.127.2", 44251, 1303, 0x5d1809c5, 0x10e828a2 },
	};
	struct toeplitz t;

	(void)state;
	toeplitz_init(&t, toeplitz_key_microsoft);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		be32 src, dst;

		assert_true(inet_addr_parse(v[i].src, &src));
		assert_true(inet_addr_parse(v[i].dst, &dst));
		assert_int_equal(toeplitz_ipv4(&t, src, dst), v[i].addrs);
		assert_int_equal(toeplitz_ipv4_ports(&t, src, dst, cpu_to_be16(v[i].sport),
						     cpu_to_be16(v[i].dport)), v[i].ports);
	}
}

/* 3ffe:2501:200:1fff::7 port 2794 to 3ffe:2501:200:3::1 port 1766, of the same page. */
static void test_microsoft_ipv6(void **state)
{
	static const u8 in[36] = {
		0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x07,
		0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 0x01,
		0x0a, 0xea, 0x06, 0xe6,
	};

	struct toeplitz t;

	(void)state;
	assert_int_equal(toeplitz_hash(toeplitz_key_microsoft, in, 32), 0x2cc18cd5);
	assert_int_equal(toeplitz_hash(toeplitz_key_microsoft, in, 36), 0x40207d3d);
	toeplitz_init(&t, toeplitz_key_microsoft);
	assert_int_equal(toeplitz_ipv6(&t, in), 0x2cc18cd5);
	assert_int_equal(toeplitz_ipv6_ports(&t, in, cpu_to_be16(2794), cpu_to_be16(1766)),
			 0x40207d3d);
}

/* The tables say what the definition says, with any key. */
static void test_table_is_definition(void **state)
{
	struct toeplitz t;
	struct prng r;
	u8 key[TOEPLITZ_KEY_LEN], in[36];

	(void)state;
	prng_init(&r, 1);
	for (int round = 0; round < 200; round++) {
		be32 src, dst;
		be16 sport, dport;

		for (size_t i = 0; i < sizeof(key); i++)
			key[i] = (u8)prng_u32(&r);
		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (u8)prng_u32(&r);
		memcpy(&src, in, 4);
		memcpy(&dst, in + 4, 4);
		memcpy(&sport, in + 8, 2);
		memcpy(&dport, in + 10, 2);
		toeplitz_init(&t, key);
		assert_int_equal(toeplitz_ipv4(&t, src, dst), toeplitz_hash(key, in, 8));
		assert_int_equal(toeplitz_ipv4_ports(&t, src, dst, sport, dport),
				 toeplitz_hash(key, in, 12));
		memcpy(&sport, in + 32, 2);
		memcpy(&dport, in + 34, 2);
		assert_int_equal(toeplitz_ipv6(&t, in), toeplitz_hash(key, in, 32));
		assert_int_equal(toeplitz_ipv6_ports(&t, in, sport, dport),
				 toeplitz_hash(key, in, 36));
	}
}

static void test_symmetric(void **state)
{
	struct toeplitz sym, ms;
	u32 differ = 0;
	struct prng r;

	(void)state;
	prng_init(&r, 2);
	toeplitz_init(&sym, toeplitz_key_symmetric);
	toeplitz_init(&ms, toeplitz_key_microsoft);
	for (int i = 0; i < 1000; i++) {
		be32 a = prng_u32(&r), b = prng_u32(&r);
		be16 p = (be16)prng_u32(&r), q = (be16)prng_u32(&r);

		assert_int_equal(toeplitz_ipv4_ports(&sym, a, b, p, q),
				 toeplitz_ipv4_ports(&sym, b, a, q, p));
		assert_int_equal(toeplitz_ipv4(&sym, a, b), toeplitz_ipv4(&sym, b, a));
		differ += toeplitz_ipv4_ports(&ms, a, b, p, q) !=
			  toeplitz_ipv4_ports(&ms, b, a, q, p);
	}
	assert_true(differ > 990);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_microsoft_ipv4),
		cmocka_unit_test(test_microsoft_ipv6),
		cmocka_unit_test(test_table_is_definition),
		cmocka_unit_test(test_symmetric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
