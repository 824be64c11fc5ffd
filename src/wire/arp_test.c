/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/arp.h"

/* who-has 10.0.0.2 tell 10.0.0.1, as Linux sends it. */
static const u8 request[ARP_HLEN] = {
	0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
};

static void reads_and_writes_a_request(void **state)
{
	static const u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct arp_view v;
	u8 buf[ARP_HLEN];

	(void)state;
	assert_int_equal(arp_parse(request, sizeof(request), &v), WIRE_OK);
	assert_int_equal(v.op, ARPOP_REQUEST);
	assert_memory_equal(v.sha, mac, ETH_ALEN);
	assert_true(is_zero_ether_addr(v.tha));
	assert_int_equal(v.sip, CONST_BE32(0x0a000001));
	assert_int_equal(v.tip, CONST_BE32(0x0a000002));
	assert_int_equal(arp_build(buf, &v), ARP_HLEN);
	assert_memory_equal(buf, request, sizeof(buf));
}

static enum wire_err with_byte(size_t at, u8 value)
{
	struct arp_view v;
	u8 buf[46] = { 0 };	/* padded, as a frame's payload is */

	memcpy(buf, request, sizeof(request));
	buf[at] = value;
	return arp_parse(buf, sizeof(buf), &v);
}

static void refuses_other_families(void **state)
{
	struct arp_view v;

	(void)state;
	assert_int_equal(with_byte(1, 1), WIRE_OK);
	assert_int_equal(with_byte(1, 6), WIRE_OK);		/* IEEE 802 */
	assert_int_equal(with_byte(1, 7), WIRE_PROTO);
	assert_int_equal(with_byte(2, 0x86), WIRE_PROTO);
	assert_int_equal(with_byte(4, 8), WIRE_ADDRLEN);
	assert_int_equal(with_byte(5, 16), WIRE_ADDRLEN);
	assert_int_equal(with_byte(7, 0), WIRE_PROTO);
	assert_int_equal(with_byte(7, 9), WIRE_OK);		/* an op for others to judge */
	for (size_t len = 0; len < ARP_HLEN; len++)
		assert_int_equal(arp_parse(request, len, &v), WIRE_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_a_request),
		cmocka_unit_test(refuses_other_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
