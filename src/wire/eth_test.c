/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/eth.h"

static void parse_gives_back_what_build_wrote(void **state)
{
	const struct eth_view v = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 }, ETH_P_ARP };
	static const u8 want[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x06 };
	struct eth_view got;
	u8 buf[ETH_HLEN + 1];

	(void)state;
	/* At an odd address, as behind an odd headroom. */
	assert_int_equal(eth_build(buf + 1, &v), ETH_HLEN);
	assert_memory_equal(buf + 1, want, ETH_HLEN);
	assert_int_equal(eth_parse(buf + 1, ETH_HLEN, &got), WIRE_OK);
	assert_memory_equal(&got, &v, sizeof(v));
	assert_int_equal(eth_parse(buf + 1, ETH_HLEN - 1, &got), WIRE_SHORT);
}

static void kinds_of_address(void **state)
{
	static const u8 unicast[] = { 2, 0, 0, 0, 0, 1 };
	static const u8 group[] = { 1, 0, 0x5e, 0, 0, 1 };
	static const u8 stp[] = { 1, 0x80, 0xc2, 0, 0, 0 };
	static const u8 past_stp[] = { 1, 0x80, 0xc2, 0, 0, 0x10 };
	static const u8 nearly[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe };
	u8 bcast[ETH_ALEN];
	u8 zero[ETH_ALEN] = { 0 };

	(void)state;
	eth_broadcast_addr(bcast);
	assert_true(is_broadcast_ether_addr(bcast) && is_multicast_ether_addr(bcast));
	assert_false(is_broadcast_ether_addr(nearly));
	assert_true(is_multicast_ether_addr(group) && !is_broadcast_ether_addr(group));
	assert_true(is_valid_ether_addr(unicast) && is_local_ether_addr(unicast));
	assert_false(is_valid_ether_addr(zero) || is_valid_ether_addr(group));
	assert_true(is_link_local_ether_addr(stp));
	assert_false(is_link_local_ether_addr(past_stp) || is_link_local_ether_addr(group));
	assert_true(ether_addr_equal(group, group) && !ether_addr_equal(group, stp));
}

/* CRC-32 a bit at a time (802.3 3.2.9). */
static u32 naive_fcs(const u8 *p, size_t len)
{
	u32 crc = 0xffffffff;

	for (size_t i = 0; i < len * 8; i++) {
		u32 bit = (p[i / 8] >> i % 8 ^ crc) & 1;

		crc = crc >> 1 ^ (bit ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void fcs_matches_the_naive_one(void **state)
{
	u8 buf[500];
	u32 fcs;

	(void)state;
	assert_int_equal(eth_fcs(0, "123456789", 9), 0xcbf43926);	/* the known check value */
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (u8)(i * i * 7 + 3);
	for (size_t len = 0; len < 400; len++) {
		fcs = naive_fcs(buf + len % 9, len);
		assert_int_equal(eth_fcs(0, buf + len % 9, len), fcs);
		/* In two parts. */
		assert_int_equal(eth_fcs(eth_fcs(0, buf + len % 9, len / 3),
					 buf + len % 9 + len / 3, len - len / 3), fcs);
	}
	/* The FCS behind its frame leaves the constant residue. */
	fcs = eth_fcs(0, buf, 60);
	for (int i = 0; i < 4; i++)
		buf[60 + i] = (u8)(fcs >> 8 * i);
	assert_int_equal(eth_fcs(0, buf, 64), 0x2144df1c);
	buf[17] ^= 0x40;
	assert_int_not_equal(eth_fcs(0, buf, 64), 0x2144df1c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_gives_back_what_build_wrote),
		cmocka_unit_test(kinds_of_address),
		cmocka_unit_test(fcs_matches_the_naive_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
