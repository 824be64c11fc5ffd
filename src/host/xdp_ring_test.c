/* SPDX-License-Identifier: MIT */
/* The arithmetic of a ring shared with the kernel, with both sides played here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "host/xdp_ring.h"

#define SIZE 8

static u32 producer, consumer;		/* the shared words */
static u64 entries[SIZE];
static struct xdp_ring ours, kernels;

/* Indexes begin at `at`, so that they can be made to wrap. */
static void start(u32 at)
{
	producer = consumer = at;
	ours = (struct xdp_ring){
		.producer = &producer, .consumer = &consumer, .entries = entries,
		.size = SIZE, .mask = SIZE - 1, .prod = at, .cons = at,
	};
	kernels = ours;
}

static void put(u64 value)
{
	*xdp_ring_addr(&ours, ours.prod++) = value;
}

static u64 take(void)
{
	return *xdp_ring_addr(&kernels, kernels.cons++);
}

static void test_nothing_is_seen_before_it_is_told(void **state)
{
	(void)state;
	start(0);
	assert_int_equal(xdp_ring_room(&ours, 1), SIZE);
	put(41);
	assert_int_equal(xdp_ring_ready(&kernels), 0);
	xdp_ring_submit(&ours);
	assert_int_equal(xdp_ring_ready(&kernels), 1);
	assert_int_equal(take(), 41);
	assert_int_equal(xdp_ring_pending(&ours), 1);
	xdp_ring_release(&kernels);
	assert_int_equal(xdp_ring_pending(&ours), 0);
}

static void test_full_and_empty_across_the_wrap(void **state)
{
	(void)state;
	start(UINT32_MAX - 2);
	for (u64 i = 0; i < SIZE; i++) {
		assert_int_equal(xdp_ring_room(&ours, 1), SIZE - i);
		put(i);
	}
	xdp_ring_submit(&ours);
	assert_int_equal(xdp_ring_room(&ours, 1), 0);
	assert_int_equal(xdp_ring_pending(&ours), SIZE);
	assert_int_equal(xdp_ring_ready(&kernels), SIZE);
	for (u64 i = 0; i < SIZE; i++)
		assert_int_equal(take(), i);
	assert_int_equal(xdp_ring_ready(&kernels), 0);
	assert_int_equal(xdp_ring_room(&ours, 1), 0);	/* it was not given back yet */
	xdp_ring_release(&kernels);
	assert_int_equal(xdp_ring_room(&ours, 1), SIZE);
}

/* The kernel's word is read when the old one is not enough, and only then. */
static void test_room_is_what_is_wanted(void **state)
{
	(void)state;
	start(100);
	for (u64 i = 0; i < 6; i++)
		put(i);
	xdp_ring_submit(&ours);
	assert_int_equal(xdp_ring_ready(&kernels), 6);
	take();
	take();
	xdp_ring_release(&kernels);
	assert_int_equal(xdp_ring_room(&ours, 2), 2);
	assert_int_equal(xdp_ring_room(&ours, 3), 4);
}

static void test_random_batches_keep_their_order(void **state)
{
	u64 sent = 0, got = 0;
	struct prng prng;

	(void)state;
	prng_init(&prng, 7);
	start(UINT32_MAX - 1000);
	for (int round = 0; round < 10000; round++) {
		u32 n = (u32)(prng_u64(&prng) % (SIZE + 1)), room = xdp_ring_room(&ours, n);

		for (; n && room; n--, room--)
			put(sent++);
		xdp_ring_submit(&ours);
		n = (u32)(prng_u64(&prng) % (SIZE + 1));
		for (u32 ready = xdp_ring_ready(&kernels); n && ready; n--, ready--)
			assert_int_equal(take(), got++);
		xdp_ring_release(&kernels);
		assert_in_range(sent - got, 0, SIZE);
	}
	assert_true(got > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_seen_before_it_is_told),
		cmocka_unit_test(test_full_and_empty_across_the_wrap),
		cmocka_unit_test(test_room_is_what_is_wanted),
		cmocka_unit_test(test_random_batches_keep_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
