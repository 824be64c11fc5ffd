/* SPDX-License-Identifier: MIT */
/* Frames of a UMEM as buffers: where they stand, how many there are, who ends the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/xdp_umem.h"

#define CHUNK 2048
#define RX 4
#define TX 2

static void test_frames_go_out_and_come_back(void **state)
{
	struct xdp_umem *u = xdp_umem_create(CHUNK, RX, TX);
	struct buf *b[RX];

	(void)state;
	assert_non_null(u);
	for (int i = 0; i < RX; i++) {
		b[i] = xdp_umem_get(u);
		assert_non_null(b[i]);
		assert_int_equal(xdp_umem_post(u, b[i]), i * CHUNK);
		assert_ptr_equal(xdp_umem_take(u, (u64)i * CHUNK + XDP_FRAME_OFF), b[i]);
		assert_int_equal(b[i]->size + BUF_HEADER, CHUNK);
	}
	assert_null(xdp_umem_get(u));
	buf_put(b[2]);
	assert_ptr_equal(xdp_umem_get(u), b[2]);
	assert_null(xdp_umem_get(u));
	for (int i = 0; i < RX; i++)
		buf_put(b[i]);
	xdp_umem_put(u);
}

/* Sending frames are behind the receiving ones, and no two are the same. */
static void test_sending_frames(void **state)
{
	struct xdp_umem *u = xdp_umem_create(CHUNK, RX, TX);

	(void)state;
	assert_int_equal(u->tx_free, TX);
	for (u64 i = 0; i < TX; i++)
		assert_int_equal(u->tx_addr[i], (RX + i) * CHUNK);
	assert_int_equal(u->len, (RX + TX) * CHUNK);
	xdp_umem_put(u);
}

/* A socket may hold a frame when the card is gone: its bytes stay until it puts it. */
static void test_memory_outlives_the_card(void **state)
{
	struct xdp_umem *u = xdp_umem_create(CHUNK, RX, TX);
	struct buf *b = xdp_umem_get(u);

	(void)state;
	memset(b->data, 'x', b->size);
	xdp_umem_put(u);
	assert_int_equal(b->data[b->size - 1], 'x');
	buf_put(b);
}

/* What the kernel has when its socket closes is nobody's (the leak check looks). */
static void test_frames_with_the_kernel_are_freed(void **state)
{
	struct xdp_umem *u = xdp_umem_create(CHUNK, RX, TX);
	struct buf_pool *pool = u->pool;

	(void)state;
	buf_pool_get(pool);
	for (int i = 0; i < RX; i++)
		xdp_umem_post(u, xdp_umem_get(u));
	buf_put(xdp_umem_take(u, CHUNK));
	xdp_umem_put(u);
	assert_int_equal(pool->live, 0);
	assert_int_equal(pool->users, 1);
	buf_pool_put(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_go_out_and_come_back),
		cmocka_unit_test(test_sending_frames),
		cmocka_unit_test(test_memory_outlives_the_card),
		cmocka_unit_test(test_frames_with_the_kernel_are_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
