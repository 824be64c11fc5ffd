/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/tcp.h"

static void parse_gives_back_what_build_wrote(void **state)
{
	static const u8 opts[4] = { 2, 4, 0x05, 0xb4 };
	const struct tcp_view v = {
		.sport = 40000, .dport = 80, .seq = 0xfffffff0, .ack_seq = 0x80000001,
		.window = 64240, .urg_ptr = 3, .flags = TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR,
		.res = 1, .hlen = 24, .opts = opts,
	};
	static const u8 want[24] = {
		0x9c, 0x40, 0, 80, 0xff, 0xff, 0xff, 0xf0, 0x80, 0, 0, 1, 0x61, 0xc2,
		0xfa, 0xf0, 0, 0, 0, 3, 2, 4, 0x05, 0xb4,
	};
	struct tcp_view got;
	u8 buf[30];

	(void)state;
	assert_int_equal(tcp_build(buf, &v), 24);
	assert_memory_equal(buf, want, sizeof(want));
	assert_int_equal(tcp_parse(buf, sizeof(buf), &got), WIRE_OK);
	assert_ptr_equal(got.opts, buf + 20);
	assert_int_equal(got.sport, 40000);
	assert_int_equal(got.dport, 80);
	assert_int_equal(got.seq, 0xfffffff0);
	assert_int_equal(got.ack_seq, 0x80000001);
	assert_int_equal(got.window, 64240);
	assert_int_equal(got.urg_ptr, 3);
	assert_int_equal(got.flags, v.flags);
	assert_int_equal(got.res, 1);
	assert_int_equal(got.hlen, 24);
	assert_true(tcph_has((struct tcphdr *)buf, TCPHDR_SYN | TCPHDR_ECE));
	assert_false(tcph_has((struct tcphdr *)buf, TCPHDR_SYN | TCPHDR_ACK));
}

static void data_offsets_that_cannot_be(void **state)
{
	struct tcp_view got;
	u8 buf[60] = { 0 };

	(void)state;
	for (unsigned doff = 0; doff < 16; doff++) {
		buf[12] = (u8)(doff << 4);
		for (size_t len = 0; len <= sizeof(buf); len++) {
			enum wire_err want = len < 20 ? WIRE_SHORT :
					     doff < 5 || doff * 4 > len ? WIRE_DOFF : WIRE_OK;

			assert_int_equal(tcp_parse(buf, len, &got), want);
		}
	}
}

static void checksum_covers_addresses_and_length(void **state)
{
	const struct tcp_view v = { .sport = 1, .dport = 2, .hlen = 20, .flags = TCPHDR_ACK };
	struct tcphdr *th;
	u8 buf[24] = { 0 };

	(void)state;
	tcp_build(buf, &v);
	buf[20] = 'x';
	th = (struct tcphdr *)buf;
	th->check = tcp_v4_check(21, 0x11223344, 0x55667788, csum_partial(buf, 21, 0));
	assert_true(tcp_v4_csum_ok(buf, 21, 0x11223344, 0x55667788));
	assert_false(tcp_v4_csum_ok(buf, 22, 0x11223344, 0x55667788));
	assert_false(tcp_v4_csum_ok(buf, 21, 0x11223345, 0x55667788));
}

static void syn_and_fin_take_sequence_numbers(void **state)
{
	(void)state;
	assert_int_equal(tcp_seg_len(TCPHDR_ACK, 10), 10);
	assert_int_equal(tcp_seg_len(TCPHDR_SYN, 0), 1);
	assert_int_equal(tcp_seg_len(TCPHDR_FIN | TCPHDR_ACK, 10), 11);
	assert_int_equal(tcp_seg_len(TCPHDR_FIN | TCPHDR_SYN, 0), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_gives_back_what_build_wrote),
		cmocka_unit_test(data_offsets_that_cannot_be),
		cmocka_unit_test(checksum_covers_addresses_and_length),
		cmocka_unit_test(syn_and_fin_take_sequence_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
