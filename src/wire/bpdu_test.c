/* SPDX-License-Identifier: MIT */
/* BPDUs: what is built is read back; what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/bpdu.h"

static const struct bpdu_view rst = {
	.type = BPDU_RST, .version = 2,
	.flags = BPDU_PROPOSAL | BPDU_ROLE_DESIGNATED << 2 | BPDU_FORWARDING,
	.v = { 0x1000020000000102, 0x12345678, 0x8000020000000304, 0x8007 },
	.t = { 256, 20 * 256, 2 * 256, 15 * 256 },
};

static void same(const struct bpdu_view *a, const struct bpdu_view *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->flags, b->flags);
	assert_true(a->v.root == b->v.root && a->v.bridge == b->v.bridge);
	assert_int_equal(a->v.cost, b->v.cost);
	assert_int_equal(a->v.port, b->v.port);
	assert_memory_equal(&a->t, &b->t, sizeof(a->t));
}

static void built_and_read_back(void **state)
{
	static const struct { enum bpdu_type type; u8 version; size_t len; } kinds[] = {
		{ BPDU_RST, 2, 39 }, { BPDU_CONFIG, 0, 38 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct bpdu_view b = rst, out;
		u8 buf[39];

		b.type = kinds[i].type;
		b.version = kinds[i].version;
		assert_int_equal(bpdu_build(buf, &b), kinds[i].len);
		assert_int_equal(bpdu_parse(buf, kinds[i].len, &out), WIRE_OK);
		same(&b, &out);
		for (size_t len = 0; len < kinds[i].len; len++)
			assert_int_equal(bpdu_parse(buf, len, &out), WIRE_SHORT);
	}
}

/* 9.3.1 to 9.3.3, byte by byte. */
static void as_the_standard_has_it(void **state)
{
	static const u8 bytes[] = {
		0x42, 0x42, 0x03, 0, 0, 2, 2, 0x2e,
		0x10, 0, 2, 0, 0, 0, 1, 2, 0x12, 0x34, 0x56, 0x78,
		0x80, 0, 2, 0, 0, 0, 3, 4, 0x80, 7, 1, 0, 20, 0, 2, 0, 15, 0, 0,
	};
	u8 buf[39];

	(void)state;
	assert_int_equal(bpdu_build(buf, &rst), sizeof(bytes));
	assert_memory_equal(buf, bytes, sizeof(bytes));
}

static void a_notification_has_a_head_only(void **state)
{
	struct bpdu_view b = { .type = BPDU_TCN }, out;
	u8 buf[39];

	(void)state;
	assert_int_equal(bpdu_build(buf, &b), 7);
	assert_int_equal(bpdu_parse(buf, 7, &out), WIRE_OK);
	assert_int_equal(out.type, BPDU_TCN);
}

static void others_are_refused(void **state)
{
	static const struct { u8 at, value; enum wire_err err; } wrong[] = {
		{ 0, 0xaa, WIRE_PROTO }, { 1, 0xaa, WIRE_PROTO }, { 2, 0, WIRE_PROTO },
		{ 3, 1, WIRE_PROTO }, { 4, 1, WIRE_PROTO }, { 6, 1, WIRE_PROTO },
		{ 5, 1, WIRE_VERSION },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct bpdu_view out;
		u8 buf[39];
		size_t len = bpdu_build(buf, &rst);

		buf[wrong[i].at] = wrong[i].value;
		assert_int_equal(bpdu_parse(buf, len, &out), wrong[i].err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_and_read_back),
		cmocka_unit_test(as_the_standard_has_it),
		cmocka_unit_test(a_notification_has_a_head_only),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
