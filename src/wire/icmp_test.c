/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/icmp.h"
#include "wire/udp.h"

/* Builds, parses, and builds again from what was read; the bytes must be the same. */
static struct icmp_view there_and_back(const struct icmp_view *v)
{
	static u8 msg[128], again[128];
	struct icmp_view got;
	size_t len = icmp_build(msg, v);

	assert_int_equal(len, ICMP_HLEN + v->data_len);
	assert_int_equal(icmp_parse(msg, len, &got), WIRE_OK);
	assert_int_equal(icmp_build(again, &got), len);
	assert_memory_equal(again, msg, len);
	assert_int_equal(got.type, v->type);
	assert_int_equal(got.code, v->code);
	assert_int_equal(got.data_len, v->data_len);
	assert_memory_equal(got.data, v->data, v->data_len);
	return got;
}

static void echo(void **state)
{
	static const u8 data[5] = { 1, 2, 3, 4, 5 };
	struct icmp_view v = { .type = ICMP_ECHO, .id = 0x1234, .sequence = 7,
			       .data = data, .data_len = sizeof(data) };

	(void)state;
	v = there_and_back(&v);
	assert_int_equal(v.id, 0x1234);
	assert_int_equal(v.sequence, 7);
}

static void the_second_word_belongs_to_the_type(void **state)
{
	static const u8 none[1];
	struct icmp_view v = { .type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED, .mtu = 1400,
			       .data = none };

	(void)state;
	assert_int_equal(there_and_back(&v).mtu, 1400);
	v = (struct icmp_view){ .type = ICMP_PARAMETERPROB, .pointer = 21, .data = none };
	assert_int_equal(there_and_back(&v).pointer, 21);
	v = (struct icmp_view){ .type = ICMP_REDIRECT, .code = ICMP_REDIR_HOST,
				.gateway = CONST_BE32(0x0a000001), .data = none };
	assert_int_equal(there_and_back(&v).gateway, CONST_BE32(0x0a000001));
	v = (struct icmp_view){ .type = ICMP_ROUTER_ADVERT, .rest = 0x01020304, .data = none };
	assert_int_equal(there_and_back(&v).rest, 0x01020304);
	assert_int_equal(there_and_back(&v).mtu, 0);
}

static void any_flipped_bit_is_seen(void **state)
{
	static const u8 data[3] = { 9, 8, 7 };
	const struct icmp_view v = { .type = ICMP_ECHOREPLY, .data = data, .data_len = 3 };
	struct icmp_view got;
	u8 msg[11];

	(void)state;
	icmp_build(msg, &v);
	for (size_t bit = 0; bit < sizeof(msg) * 8; bit++) {
		msg[bit / 8] ^= (u8)(1 << bit % 8);
		assert_int_equal(icmp_parse(msg, sizeof(msg), &got), WIRE_CSUM);
		msg[bit / 8] ^= (u8)(1 << bit % 8);
	}
	for (size_t len = 0; len < ICMP_HLEN; len++)
		assert_int_equal(icmp_parse(msg, len, &got), WIRE_SHORT);
}

static void a_quote_names_the_flow(void **state)
{
	struct ipv4_view ip = { .tot_len = 1000, .hlen = 20, .ttl = 1, .protocol = IP_PROTO_UDP,
				.saddr = 1, .daddr = 2 };
	const struct udp_view udp = { .sport = 4000, .dport = 53, .len = 980 };
	struct icmp_quote q;
	u8 buf[40] = { 0 };

	(void)state;
	ipv4_build(buf, &ip);
	udp_build(buf + 20, &udp);
	assert_int_equal(icmp_parse_quote(buf, 28, &q), WIRE_OK);
	assert_true(q.has_ports);
	assert_int_equal(q.sport, cpu_to_be16(4000));
	assert_int_equal(q.dport, cpu_to_be16(53));
	assert_int_equal(q.ip.daddr, 2);
	assert_int_equal(q.l4_len, 8);
	assert_int_equal(icmp_parse_quote(buf, 23, &q), WIRE_OK);
	assert_false(q.has_ports);
	assert_int_equal(icmp_parse_quote(buf, 19, &q), WIRE_SHORT);
	/* Padding behind a short packet is none of it. */
	ip.tot_len = 22;
	ipv4_build(buf, &ip);
	assert_int_equal(icmp_parse_quote(buf, 40, &q), WIRE_OK);
	assert_int_equal(q.l4_len, 2);
	assert_false(q.has_ports);
	/* A later fragment has no ports. */
	ip.tot_len = 1000;
	ip.frag_off = 8;
	ipv4_build(buf, &ip);
	assert_int_equal(icmp_parse_quote(buf, 40, &q), WIRE_OK);
	assert_false(q.has_ports);
}

static void errors_and_queries(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++)
		assert_int_equal(icmp_is_error((u8)type), type == 3 || type == 4 || type == 5 ||
				 type == 11 || type == 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo),
		cmocka_unit_test(the_second_word_belongs_to_the_type),
		cmocka_unit_test(any_flipped_bit_is_seen),
		cmocka_unit_test(a_quote_names_the_flow),
		cmocka_unit_test(errors_and_queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
