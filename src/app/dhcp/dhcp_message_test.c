/* SPDX-License-Identifier: MIT */
/* DHCP messages, and bytes that are none. */
#include "app/dhcp/dhcp_message.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void messages_come_back_as_they_went(void **state)
{
	uint8_t b[DHCP_LEN_MAX];
	struct dhcp_msg m = {
		.op = 2, .type = DHCP_ACK, .broadcast = true, .secs = 7, .xid = 0x12345678,
		.ciaddr = 1, .yiaddr = 2, .giaddr = 3, .chaddr = { 1, 2, 3, 4, 5, 6 },
		.requested = 4, .server = 5, .mask = 6, .bcast = 7, .lease = 8, .t1 = 9, .t2 = 10,
		.router = { 1, 2 }, .nrouter = 2, .dns = { 3 }, .ndns = 1, .mtu = 1500,
		.domain = "a.b", .host = "c", .id = { 255, 1, 2 }, .idlen = 3,
		.routes = { { htonl(0x0a000000), 9, 8 }, { 0, 7, 0 } }, .nroutes = 2,
	}, back;

	(void)state;
	assert_true(dhcp_parse(b, dhcp_build(b, &m), &back));
	m.has_routes = true;
	assert_memory_equal(&m, &back, sizeof(m));
	b[1] = 6;
	assert_false(dhcp_parse(b, DHCP_LEN_MAX, &back));
	b[1] = 1;
	assert_false(dhcp_parse(b, 239, &back));
	b[236] = 0;
	assert_false(dhcp_parse(b, DHCP_LEN_MAX, &back));
}

/* RFC 3396, RFC 2132 9.3 */
static void options_in_pieces_and_in_other_fields(void **state)
{
	uint8_t b[300] = { 2, 1, 6, [236] = 0x63, 0x82, 0x53, 0x63,
			   53, 1, 5, 15, 2, 'a', 'b', 52, 1, 3, 15, 1, 'c', 255 };
	struct dhcp_msg m;

	(void)state;
	memcpy(b + 108, (uint8_t[]){ 15, 2, 'd', 'e', 255 }, 5);
	memcpy(b + 44, (uint8_t[]){ 51, 4, 0, 0, 1, 0, 255 }, 7);
	assert_true(dhcp_parse(b, sizeof(b), &m));
	assert_string_equal(m.domain, "abcde");
	assert_int_equal(m.lease, 256);
	b[109] = 200;		/* out of its field */
	assert_false(dhcp_parse(b, sizeof(b), &m));
	/* A name that is no word for a command line is none. */
	b[109] = 2;
	b[110] = ';';
	assert_true(dhcp_parse(b, sizeof(b), &m));
	assert_string_equal(m.domain, "");
}

static void noise_is_no_message(void **state)
{
	uint32_t x = 12345;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		size_t len;
		uint8_t *b;
		struct dhcp_msg m;

		x = x * 1103515245 + 12345;
		len = x >> 16 & 0x1ff;
		b = malloc(len ? len : 1);	/* so that a byte beyond is seen */
		assert_non_null(b);
		for (size_t j = 0; j < len; j++) {
			x = x * 1103515245 + 12345;
			b[j] = (uint8_t)(x >> 20);
		}
		if (len >= 240) {
			b[1] = 1;
			b[2] = 6;
			memcpy(b + 236, (uint8_t[]){ 0x63, 0x82, 0x53, 0x63 }, 4);
		}
		dhcp_parse(b, len, &m);
		free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_back_as_they_went),
		cmocka_unit_test(options_in_pieces_and_in_other_fields),
		cmocka_unit_test(noise_is_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
