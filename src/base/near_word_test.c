/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/near_word.h"

static void counts_the_least_edits(void **state)
{
	(void)state;
	assert_int_equal(word_distance("rate", "rate"), 0);
	assert_int_equal(word_distance("", "rate"), 4);
	assert_int_equal(word_distance("rat", "rate"), 1);
	assert_int_equal(word_distance("raate", "rate"), 1);
	assert_int_equal(word_distance("rote", "rate"), 1);
	assert_int_equal(word_distance("arte", "rate"), 1);
	assert_int_equal(word_distance("kitten", "sitting"), 3);
	assert_int_equal(word_distance("rate", "a word that is longer than any command's name"),
			 NEAR_WORD_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_the_least_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
