/* SPDX-License-Identifier: MIT */
/* Frames of a cable that wait in the ring without an sk_buff, and buffers that are found late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "driver/nic_testbed.h"

#define HLEN 54
#define PIECE 1448

#define STOCK 3u

static int setup(void **state)
{
	(void)state;
	nic_bed_begin();
	nic.rx_late = STOCK;
	assert_int_equal(nic_open(&nic, 8, 0), 0);
	return 0;
}

/* What a cable does with a frame of the sender's ring, which then lets go of it. */
static bool hand_over(u8 number)
{
	struct buf *header = buf_alloc(net.bufs, 512), *payload = buf_alloc(net.bufs, 4096);
	const struct nic_seg seg[] = {
		{ .addr = header->data + 16, .len = HLEN, .buf = header },
		{ .addr = payload->data + 100, .len = PIECE, .buf = payload },
	};
	const struct nic_meta meta = { .packet = 1000u + number };
	bool taken;

	memset(header->data + 16, number, 128);
	memset(payload->data + 100, number + 1, PIECE);
	taken = nic_rx_handover_pieces(&nic, seg, 2, &meta);
	buf_put(header);
	buf_put(payload);
	return taken;
}

static void a_handed_frame_is_made_when_it_is_taken(void **state)
{
	u8 last[2];

	(void)state;
	assert_true(hand_over(1));
	assert_true(hand_over(5));
	assert_int_equal(net.skb_slab.live, 0);
	for (u8 number = 1; number <= 5; number = (u8)(number + 4)) {
		struct sk_buff *skb = nic_rx_take(&nic);

		assert_int_equal(skb->len, HLEN + PIECE);
		assert_int_equal(skb->truesize, PIECE);
		assert_int_equal(skb->id, 1000 + number);
		assert_int_equal(skb->data[0], number);
		assert_int_equal(skb_copy_bits(skb, HLEN - 1, last, 2), 0);
		assert_int_equal(last[0], number);
		assert_int_equal(last[1], number + 1);
		consume_skb(skb);
	}
	assert_null(nic_rx_take(&nic));
	assert_int_equal(net.bufs->live, STOCK);
}

static void what_waits_ends_with_the_ring(void **state)
{
	(void)state;
	assert_true(hand_over(1));
	assert_true(hand_over(2));
	nic_close(&nic);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 2);
	assert_int_equal(net.bufs->live, 0);
	assert_int_equal(net.mem.used, 0);
}

/* Each allocation of a frame's way fails once: it is dropped, counted, and gives all back. */
static void no_memory_drops_one_frame(void **state)
{
	(void)state;
	assert_true(hand_over(0));
	consume_skb(nic_rx_take(&nic));
	assert_true(hand_over(1));
	net.mem.fail_after = 1;
	assert_null(nic_rx_take(&nic));
	assert_int_equal(net.drops[SKB_DROP_REASON_NOMEM], 1);
	assert_int_equal(nic.stats.rx_no_buffer, 1);
	assert_int_equal(net.bufs->live, STOCK);
	/* Not even a charge: it is made at once, as it always was. */
	net.mem.fail_after = 1;
	assert_true(hand_over(2));
	assert_int_equal(net.skb_slab.live, 1);
	consume_skb(nic_rx_take(&nic));
}

static bool receive(void)
{
	static const u8 frame[60];
	const struct nic_seg seg = { .addr = frame, .len = sizeof(frame) };

	return nic_rx_dma(&nic, &seg, 1, NULL);
}

static void late_buffers_come_together(void **state)
{
	(void)state;
	assert_int_equal(nic_rx_free(&nic), 8);
	assert_int_equal(net.bufs->live, STOCK);
	assert_true(receive() && receive() && receive());
	assert_int_equal(net.bufs->live, STOCK);
	assert_true(receive());
	assert_int_equal(net.bufs->live, 2 * STOCK);
	for (int i = 0; i < 4; i++)
		consume_skb(nic_rx_take(&nic));
	assert_int_equal(net.bufs->live, STOCK - 1);
	assert_true(receive());
	consume_skb(nic_rx_take(&nic));
	nic_rx_refill(&nic);
	assert_int_equal(net.bufs->live, STOCK);
}

static void handed_frames_leave_the_stock_as_it_is(void **state)
{
	(void)state;
	for (u8 i = 0; i < 50; i++) {
		assert_true(hand_over(i));
		consume_skb(nic_rx_take(&nic));
		nic_rx_refill(&nic);
		assert_int_equal(net.bufs->live, STOCK);
	}
	assert_true(receive() && receive() && receive());
	for (u32 i = 0; i < 3; i++)
		consume_skb(nic_rx_take(&nic));
}

/* What is acknowledged gives memory back: the acknowledgement has to come in. */
static void without_memory_the_stock_is_left(void **state)
{
	u32 cap;

	(void)state;
	net.mem.budget = net.mem.used;
	for (u32 i = 0; i < STOCK; i++)
		assert_true(nic_rx_has_room(&nic) && receive());
	assert_false(nic_rx_has_room(&nic));
	assert_true(timer_pending(&nic.refill_timer));
	assert_null(nic_rx_buffer(&nic, &cap));
	assert_false(receive());
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_OVERRUN], 1);
	net.mem.budget = SIZE_MAX;
	assert_true(nic_rx_has_room(&nic));
	assert_true(receive());
	for (u32 i = 0; i < STOCK + 1; i++)
		consume_skb(nic_rx_take(&nic));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_handed_frame_is_made_when_it_is_taken, setup,
						nic_bed_end),
		cmocka_unit_test_setup_teardown(what_waits_ends_with_the_ring, setup, nic_bed_end),
		cmocka_unit_test_setup_teardown(no_memory_drops_one_frame, setup, nic_bed_end),
		cmocka_unit_test_setup_teardown(late_buffers_come_together, setup, nic_bed_end),
		cmocka_unit_test_setup_teardown(handed_frames_leave_the_stock_as_it_is, setup,
						nic_bed_end),
		cmocka_unit_test_setup_teardown(without_memory_the_stock_is_left, setup,
						nic_bed_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
