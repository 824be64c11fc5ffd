/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_seq.h"

static void comparisons_hold_over_the_wrap(void **state)
{
	(void)state;
	assert_true(before(0xfffffff0u, 5));
	assert_true(after(5, 0xfffffff0u));
	assert_false(before(7, 7));
	assert_false(after(7, 7));
	assert_true(before(0, 0x7fffffffu));
	assert_true(between(2, 0xfffffff0u, 5));
	assert_true(between(5, 0xfffffff0u, 5));
	assert_false(between(6, 0xfffffff0u, 5));
	assert_int_equal(seq_max(0xfffffff0u, 5), 5);
	assert_int_equal(seq_min(0xfffffff0u, 5), 0xfffffff0u);
}

/* RFC 9293 3.10.7.4, table 6. */
static void acceptability(void **state)
{
	(void)state;
	assert_true(tcp_in_window(10, 10, 10, 10));	/* nothing, window 0, at the edge */
	assert_false(tcp_in_window(11, 11, 10, 10));
	assert_true(tcp_in_window(15, 15, 10, 20));	/* nothing, inside */
	assert_true(tcp_in_window(20, 20, 10, 20));
	assert_false(tcp_in_window(21, 21, 10, 20));
	assert_true(tcp_in_window(5, 11, 10, 20));	/* one byte inside */
	assert_false(tcp_in_window(5, 10, 10, 20));
	assert_true(tcp_in_window(19, 40, 10, 20));
	assert_false(tcp_in_window(20, 40, 10, 20));
	assert_true(tcp_in_window(0xfffffff8u, 4, 0xffffffffu, 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparisons_hold_over_the_wrap),
		cmocka_unit_test(acceptability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
