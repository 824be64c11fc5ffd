/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/tcp_opt.h"

#define PARSE(syn, ...) \
	({ static const u8 o_[] = { __VA_ARGS__ }; tcp_parse_options(o_, sizeof(o_), syn, &rx); })

static void a_linux_syn(void **state)
{
	static const u8 want[20] = {
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7,
	};
	const struct tcp_out_options o = {
		.options = OPTION_MSS | OPTION_TS | OPTION_SACK_ADVERTISE | OPTION_WSCALE,
		.mss = 1460, .tsval = 1, .tsecr = 2, .ws = 7,
	};
	struct tcp_options_received rx;
	u8 buf[40];

	(void)state;
	assert_int_equal(tcp_options_size(&o), sizeof(want));
	assert_int_equal(tcp_options_write(buf, &o), sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
	tcp_parse_options(buf, sizeof(want), true, &rx);
	assert_true(rx.mss_ok && rx.wscale_ok && rx.sack_ok && rx.ts_ok && rx.saw_tstamp);
	assert_int_equal(rx.mss, 1460);
	assert_int_equal(rx.wscale, 7);
	assert_int_equal(rx.ts_val, 1);
	assert_int_equal(rx.ts_ecr, 2);
	/* Outside a SYN only the timestamp counts. */
	tcp_parse_options(buf, sizeof(want), false, &rx);
	assert_false(rx.mss_ok || rx.wscale_ok || rx.sack_ok || rx.ts_ok);
	assert_true(rx.saw_tstamp);
}

static void lone_options_are_padded_in_front(void **state)
{
	static const u8 sack_perm[4] = { 1, 1, 4, 2 };
	static const u8 wscale[4] = { 1, 3, 3, 14 };
	static const u8 tstamp[12] = { 1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0 };
	struct tcp_out_options o = { .options = OPTION_SACK_ADVERTISE };
	u8 buf[40];

	(void)state;
	assert_int_equal(tcp_options_write(buf, &o), 4);
	assert_memory_equal(buf, sack_perm, 4);
	o = (struct tcp_out_options){ .options = OPTION_WSCALE, .ws = 14 };
	assert_int_equal(tcp_options_write(buf, &o), 4);
	assert_memory_equal(buf, wscale, 4);
	o = (struct tcp_out_options){ .options = OPTION_TS, .tsval = 9 };
	assert_int_equal(tcp_options_write(buf, &o), 12);
	assert_memory_equal(buf, tstamp, 12);
	o = (struct tcp_out_options){ 0 };
	assert_int_equal(tcp_options_size(&o), 0);
	assert_int_equal(tcp_options_write(buf, &o), 0);
}

static void every_choice_fits_and_survives(void **state)
{
	static const struct tcp_sack_block sacks[4] = {
		{ 100, 200 }, { 0xfffffff0, 16 }, { 300, 400 }, { 500, 600 },
	};
	struct tcp_options_received rx;
	u8 buf[TCP_OPTLEN_MAX];

	(void)state;
	for (u32 options = 0; options < 16; options++) {
		for (unsigned n = 0; n <= tcp_options_max_sacks(options); n++) {
			struct tcp_out_options o = { .options = options, .mss = 536, .ws = 2,
						     .tsval = 0x01020304, .tsecr = 0x05060708,
						     .num_sack_blocks = (u8)n, .sacks = sacks };
			size_t size = tcp_options_size(&o);

			/* A SYN carries no SACK blocks. */
			if (n && options & ~OPTION_TS)
				continue;
			assert_true(size <= TCP_OPTLEN_MAX && size % 4 == 0);
			assert_int_equal(tcp_options_write(buf, &o), size);
			tcp_parse_options(buf, size, true, &rx);
			assert_int_equal(rx.mss_ok, !!(options & OPTION_MSS));
			assert_int_equal(rx.wscale_ok, !!(options & OPTION_WSCALE));
			assert_int_equal(rx.sack_ok, !!(options & OPTION_SACK_ADVERTISE));
			assert_int_equal(rx.ts_ok, !!(options & OPTION_TS));
			assert_int_equal(rx.num_sacks, n);
			assert_memory_equal(rx.sacks, sacks, n * sizeof(sacks[0]));
		}
	}
}

static void the_fast_path_takes_two_cases(void **state)
{
	static const u8 tstamp[13] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0 };
	static const u8 swapped[12] = { 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1 };
	struct tcp_options_received rx = { .mss = 9, .num_sacks = 3 };

	(void)state;
	assert_false(tcp_fast_parse_options(tstamp, 13, &rx));
	assert_false(tcp_fast_parse_options(swapped, 12, &rx));
	assert_int_equal(rx.num_sacks, 3);
	assert_true(tcp_fast_parse_options(tstamp, 12, &rx));
	assert_true(rx.saw_tstamp);
	assert_int_equal(rx.ts_val, 0x01020304);
	assert_int_equal(rx.ts_ecr, 0x05060708);
	assert_int_equal(rx.num_sacks, 0);
	assert_int_equal(rx.mss, 9);
	assert_true(tcp_fast_parse_options(NULL, 0, &rx));
	assert_false(rx.saw_tstamp);
}

static void malformed_options_end_the_walk(void **state)
{
	static const u8 mss[4] = { 2, 4, 5, 0xb4 };
	struct tcp_options_received rx;

	(void)state;
	tcp_parse_options(mss, 3, true, &rx);		/* the last byte is payload */
	assert_false(rx.mss_ok);
	PARSE(true, 2, 4, 5, 0xb4, 3, 0, 3, 7);		/* length 0: what came before stands */
	assert_true(rx.mss_ok && !rx.wscale_ok);
	PARSE(true, 2, 4, 5, 0xb4, 3, 1, 3, 7);
	assert_true(rx.mss_ok && !rx.wscale_ok);
	PARSE(true, 2, 4, 5, 0xb4, 3, 5, 7, 0);		/* runs past the header */
	assert_true(rx.mss_ok && !rx.wscale_ok);
	PARSE(true, 1, 1, 1, 2);			/* a kind and no length */
	assert_false(rx.mss_ok);
	PARSE(true, 0, 2, 4, 5, 0xb4);			/* nothing counts behind EOL */
	assert_false(rx.mss_ok);
	PARSE(true, 2, 3, 5, 3, 3, 7);			/* wrong size of a known kind: skipped */
	assert_true(!rx.mss_ok && rx.wscale_ok);
	PARSE(true, 253, 4, 0, 0, 3, 3, 15);		/* unknown kind; shift above 14 */
	assert_true(rx.wscale_ok);
	assert_int_equal(rx.wscale, 14);		/* RFC 7323 2.3 */
	PARSE(true, 2, 4, 0, 0);			/* MSS 0 says nothing */
	assert_false(rx.mss_ok);
	PARSE(false, 5, 9, 0, 0, 0, 1, 0, 0, 0);	/* SACK with seven bytes */
	assert_int_equal(rx.num_sacks, 0);
	PARSE(false, 5, 2);
	assert_int_equal(rx.num_sacks, 0);
}

/* Cookie lengths that RFC 7413 2 allows, in both forms; what came out goes in again. */
static void fastopen_in_both_forms(void **state)
{
	struct tcp_fastopen_cookie foc = { .len = 8, .val = { 1, 2, 3, 4, 5, 6, 7, 8 } }, back;
	struct tcp_options_received rx;
	u8 buf[TCP_OPTLEN_MAX];

	(void)state;
	for (int i = 0; i < 2 * 17; i++) {
		struct tcp_out_options o = { .options = OPTION_MSS, .mss = 1460 };
		bool good;

		foc.exp = i & 1;
		foc.len = (s8)(i / 2);
		good = !foc.len || (foc.len >= 4 && foc.len % 2 == 0);
		if (foc.len % 2)
			continue;	/* never sent */
		assert_true(tcp_options_add_fastopen(&o, &foc));
		assert_int_equal(tcp_options_write(buf, &o), tcp_options_size(&o));
		tcp_parse_options(buf, tcp_options_size(&o), true, &rx);
		tcp_fastopen_option(&rx, &back);
		assert_int_equal(back.len, good ? foc.len : -1);
		if (good && foc.len)
			assert_memory_equal(back.val, foc.val, (size_t)foc.len);
		if (good)
			assert_int_equal(back.exp, foc.exp);
		tcp_parse_options(buf, tcp_options_size(&o), false, &rx);
		assert_null(rx.fo);
	}
	PARSE(true, 34, 5, 1, 2, 3);		/* odd */
	assert_null(rx.fo);
	PARSE(true, 254, 4, 0xf9, 0x88);	/* somebody else's experiment */
	assert_null(rx.fo);
	PARSE(true, 254, 3, 0xf9);
	assert_null(rx.fo);
}

/* What is over forty bytes is left out. */
static void fastopen_goes_where_there_is_room(void **state)
{
	struct tcp_fastopen_cookie foc = { .len = 16 };
	struct tcp_out_options o = { .options = OPTION_MSS | OPTION_TS | OPTION_WSCALE };

	(void)state;
	assert_int_equal(tcp_options_size(&o), 20);
	assert_true(tcp_options_add_fastopen(&o, &foc));
	assert_int_equal(tcp_options_size(&o), 40);
	o.options &= ~OPTION_FAST_OPEN_COOKIE;
	o.num_sack_blocks = 1;
	assert_false(tcp_options_add_fastopen(&o, &foc));
	foc.len = -1;
	o.num_sack_blocks = 0;
	assert_false(tcp_options_add_fastopen(&o, &foc));
}

/* RFC 9768 3.2.3: fewer counters as there is less room; odd bytes in front of what follows. */
static void accurate_ecn_takes_the_place_of_nops(void **state)
{
	static const struct { u32 options; u8 fields, sacks; const char *hex; } cases[] = {
		{ 0, 3, 0, "\xae\x0b\x00\x00\x01\x00\x00\x00\x01\x02\x03\x01" },
		{ 0, 2, 0, "\xae\x08\x00\x00\x01\x00\x00\x00" },
		{ 0, 1, 0, "\xae\x05\x00\x00\x01\x01\x01\x01" },
		{ 0, 0, 0, "\xae\x02\x01\x01" },
		{ 0, 1, 1, "\xae\x05\x00\x00\x01\x01\x05\x0a\x00\x00\x00\x07\x00\x00\x00\x09" },
		{ 0, 0, 1, "\xae\x02\x05\x0a\x00\x00\x00\x07\x00\x00\x00\x09" },
		{ OPTION_SACK_ADVERTISE, 0, 0, "\xae\x02\x04\x02" },
		{ OPTION_WSCALE, 1, 0, "\xae\x05\x00\x00\x01\x03\x03\x07" },
		{ OPTION_WSCALE, 0, 0, "\xae\x02\x01\x01\x01\x03\x03\x07" },
	};
	static const u8 lengths[] = { 12, 8, 8, 4, 16, 12, 4, 8, 8 };
	const struct tcp_sack_block block = { 7, 9 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tcp_out_options o = {
			.options = cases[i].options | OPTION_ACCECN, .ws = 7,
			.num_accecn_fields = cases[i].fields, .accecn = { 1, 0, 0x010203 },
			.num_sack_blocks = cases[i].sacks, .sacks = &block,
		};
		struct tcp_options_received rx;
		u8 out[40];

		assert_int_equal(tcp_options_size(&o), lengths[i]);
		assert_int_equal(tcp_options_write(out, &o), lengths[i]);
		assert_memory_equal(out, cases[i].hex, lengths[i]);
		tcp_parse_options(out, lengths[i], true, &rx);
		assert_ptr_equal(rx.accecn, out);
		assert_int_equal(rx.num_sacks, cases[i].sacks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accurate_ecn_takes_the_place_of_nops),
		cmocka_unit_test(a_linux_syn),
		cmocka_unit_test(lone_options_are_padded_in_front),
		cmocka_unit_test(every_choice_fits_and_survives),
		cmocka_unit_test(the_fast_path_takes_two_cases),
		cmocka_unit_test(malformed_options_end_the_walk),
		cmocka_unit_test(fastopen_in_both_forms),
		cmocka_unit_test(fastopen_goes_where_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
