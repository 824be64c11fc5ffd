/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "base/spsc.h"

#define SIZE 1024

static u8 memory[SIZE] __aligned(8);

static void test_order_and_room(void **state)
{
	static u32 model[100000];	/* lengths; record i is of bytes i */
	u32 in = 0, out = 0, refused = 0;
	struct prng chance;
	struct spsc r;

	(void)state;
	prng_init(&chance, 3);
	spsc_init(&r, memory, SIZE);
	while (out < 5000) {
		u32 len = prng_u32(&chance) % 400, got;
		u8 *place = spsc_reserve(&r, len);
		const u8 *p;

		if (place) {
			memset(place, (int)in, len);
			spsc_publish(&r);
			model[in++] = len;
		} else {
			refused++;
		}
		while (prng_u32(&chance) % 3) {
			p = spsc_peek(&r, &got);
			assert_int_equal(p == NULL, in == out);
			if (!p)
				break;
			assert_int_equal((uintptr_t)p % 8, 0);
			assert_int_equal(got, model[out]);
			for (u32 i = 0; i < got; i++)
				assert_int_equal(p[i], (u8)out);
			spsc_pop(&r);
			out++;
		}
	}
	assert_true(refused > 100);
}

static void test_limits(void **state)
{
	struct spsc r;
	u32 len, n = 0;

	(void)state;
	spsc_init(&r, memory, SIZE);
	assert_null(spsc_peek(&r, &len));
	assert_null(spsc_reserve(&r, SIZE / 2 - 7));
	assert_non_null(spsc_reserve(&r, SIZE / 2 - 8));
	assert_null(spsc_peek(&r, &len));	/* not before it is published */
	spsc_publish(&r);
	spsc_peek(&r, &len);
	assert_int_equal(len, SIZE / 2 - 8);
	spsc_pop(&r);
	for (; spsc_reserve(&r, 8); n++)
		spsc_publish(&r);
	assert_int_equal(n, SIZE / 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_room),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
