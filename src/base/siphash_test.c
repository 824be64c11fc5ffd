/* SPDX-License-Identifier: MIT */
/* SipHash-2-4 against the vectors of its authors' paper (appendix A). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/siphash.h"

static void the_papers_vector(void **state)
{
	struct siphash_key key = { { 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull } };
	u8 in[15];

	(void)state;
	for (u8 i = 0; i < 15; i++)
		in[i] = i;
	assert_true(siphash(in, 15, &key) == 0xa129ca6149be45e5ull);
	assert_true(siphash(in, 0, &key) == 0x726fdb47dd0e0e31ull);
	assert_true(siphash(in, 8, &key) == 0x93f5f5799a932462ull);
}

static void another_key_another_table(void **state)
{
	struct siphash_key a = { { 1, 2 } }, b = { { 1, 3 } };

	(void)state;
	assert_true(hash_4tuple(1, 2, 3, 4, &a) != hash_4tuple(1, 2, 3, 4, &b));
	assert_true(hash_4tuple(1, 2, 3, 4, &a) != hash_4tuple(3, 2, 1, 4, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_papers_vector),
		cmocka_unit_test(another_key_another_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
