/* SPDX-License-Identifier: MIT */
/* RFC 3397: lists of domains, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "app/dhcp/dhcp_message.h"

/* RFC 3397 3: "eng.apple.com" and "marketing.apple.com". */
static const uint8_t example[] = {
	3, 'e', 'n', 'g', 5, 'a', 'p', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0,
	9, 'm', 'a', 'r', 'k', 'e', 't', 'i', 'n', 'g', 0xc0, 4,
};

static void test_the_example(void **state)
{
	char text[DHCP_SEARCH_MAX];
	uint8_t out[255];

	(void)state;
	assert_true(dhcp_search_read(example, sizeof(example), text));
	assert_string_equal(text, "eng.apple.com marketing.apple.com");
	assert_int_equal(dhcp_search_write(text, out, sizeof(out)), sizeof(example));
	assert_memory_equal(out, example, sizeof(example));
}

static void test_what_is_malformed(void **state)
{
	static const struct { uint8_t p[8]; size_t len; } bad[] = {
		{ { 3, 'a', 'b' }, 3 },			/* cut short */
		{ { 1, 'a' }, 2 },			/* without an end */
		{ { 0xc0, 0 }, 2 },			/* at itself */
		{ { 1, 'a', 0, 1, 'b', 0xc0, 5 }, 7 },	/* at itself, behind a label */
		{ { 1, 'a', 0, 0xc0, 9 }, 5 },		/* outside */
		{ { 1, 'a', 0, 0xc0 }, 4 },
		{ { 0x40, 'a', 0 }, 3 },		/* neither length nor pointer */
	};
	char text[DHCP_SEARCH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(text, "x");
		assert_false(dhcp_search_read(bad[i].p, bad[i].len, text));
		assert_string_equal(text, "");
	}
	assert_true(dhcp_search_read(bad[0].p, 0, text));
	assert_string_equal(text, "");
}

/* Names go into files and commands. */
static void test_what_is_left_out(void **state)
{
	static const uint8_t strange[] = { 3, 'a', '\n', 'b', 0, 1, 'c', 0, 0, 2, 'd', ' ', 0 };
	uint8_t many[600], label[70];
	char text[DHCP_SEARCH_MAX];

	(void)state;
	assert_true(dhcp_search_read(strange, sizeof(strange), text));
	assert_string_equal(text, "c");
	for (size_t i = 0; i < sizeof(many); i += 10)
		memcpy(many + i, "\10abcdefgh", 10);
	assert_true(dhcp_search_read(many, sizeof(many), text));
	assert_int_equal(strlen(text), 28 * 9 - 1);
	memset(label, 'a', sizeof(label));
	label[69] = '\0';
	assert_int_equal(dhcp_search_write((char *)label, many, sizeof(many)), 0);
	assert_int_equal(dhcp_search_write("a..b", many, sizeof(many)), 0);
	assert_int_equal(dhcp_search_write("abc.def", many, 8), 0);
}

static void test_in_a_message(void **state)
{
	struct dhcp_msg m = { .op = 2, .type = DHCP_ACK }, back;
	uint8_t p[DHCP_LEN_MAX];

	(void)state;
	strcpy(m.search, "lab.test x.lab.test other");
	assert_true(dhcp_parse(p, dhcp_build(p, &m), &back));
	assert_string_equal(back.search, m.search);
	/* Malformed, it is as if it were not there. */
	m.search[0] = '\0';
	dhcp_build(p, &m);
	memcpy(p + 243, (const uint8_t[]){ 119, 2, 0xc0, 0, 255 }, 5);
	assert_true(dhcp_parse(p, sizeof(p), &back));
	assert_string_equal(back.search, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example),
		cmocka_unit_test(test_what_is_malformed),
		cmocka_unit_test(test_what_is_left_out),
		cmocka_unit_test(test_in_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
