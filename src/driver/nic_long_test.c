/* SPDX-License-Identifier: MIT */
/* Merged segments in the receive ring: one frame over a posted buffer and spare ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "driver/nic_testbed.h"

#define MSS 1448

static int setup(void **state)
{
	(void)state;
	nic_bed_begin();
	nic.rx_gso = true;
	return 0;
}

static u8 byte_at(u32 seed, u32 i)
{
	return (u8)(seed + i * 7 + i / 251);
}

/* What a backend does: the bytes go where the ring says, in order. False: refused. */
static bool receive(u32 seed, u32 len, u16 gso_size)
{
	const struct nic_meta meta = {
		.gso_size = gso_size, .gso_type = gso_size ? SKB_GSO_TCPV4 : 0,
		.csum_partial = gso_size, .csum_start = 34, .csum_offset = 16,
	};
	struct nic_rx_piece piece[NIC_RX_PIECES];
	u32 n = nic_rx_pieces(&nic, piece), at = 0;

	for (u32 i = 0; i < n; i++)
		for (u32 k = 0; k < piece[i].len && at < len; k++, at++)
			piece[i].addr[k] = byte_at(seed, at);
	return nic_rx_commit(&nic, len, &meta);
}

static void take(u32 seed, u32 len, u32 frags)
{
	struct sk_buff *skb = nic_rx_take(&nic);
	u8 *bytes = malloc(len);

	assert_non_null(skb);
	assert_int_equal(skb->len, len);
	assert_int_equal(skb->nr_frags, frags);
	assert_int_equal(skb_copy_bits(skb, 0, bytes, len), 0);
	for (u32 i = 0; i < len; i++)
		assert_int_equal(bytes[i], byte_at(seed, i));
	free(bytes);
	consume_skb(skb);
	nic_rx_refill(&nic);
}

static void a_merged_frame_goes_on_in_spare_buffers(void **state)
{
	struct sk_buff *skb;

	(void)state;
	assert_int_equal(nic_open(&nic, 4, 0), 0);
	assert_true(receive(1, 65000, MSS));
	skb = nic_rx_take(&nic);
	assert_int_equal(skb->gso_size, MSS);
	assert_int_equal(skb->gso_type, SKB_GSO_TCPV4);
	assert_int_equal(skb->ip_summed, CHECKSUM_PARTIAL);
	assert_int_equal(skb->csum_start - skb_headroom(skb), 34);
	assert_int_equal(skb_headlen(skb), 1518);
	consume_skb(skb);
	assert_int_equal(net.copies.dma_in, 65000);
}

static void frames_of_all_sizes_keep_order_and_bytes(void **state)
{
	static const u32 len[] = { 60, 1518, 1519, 2974, 17838, 17839, 40000, 65549 };

	(void)state;
	assert_int_equal(nic_open(&nic, 4, 0), 0);
	for (u32 round = 0; round < 40; round++) {
		u32 a = round % 8, b = round * 5 % 8;

		assert_true(receive(round, len[a], MSS));
		assert_true(receive(round + 1, len[b], MSS));
		take(round, len[a], (len[a] - min(len[a], 1518u) + NIC_RX_SPARE_LEN - 1) /
		     NIC_RX_SPARE_LEN);
		take(round + 1, len[b], (len[b] - min(len[b], 1518u) + NIC_RX_SPARE_LEN - 1) /
		     NIC_RX_SPARE_LEN);
	}
}

static void spare_buffers_are_kept_for_who_needs_them(void **state)
{
	struct nic_rx_piece before[NIC_RX_PIECES], after[NIC_RX_PIECES];
	size_t used;

	(void)state;
	assert_int_equal(nic_open(&nic, 4, 0), 0);
	assert_true(receive(1, 3000, MSS));	/* what slabs keep, they have now */
	take(1, 3000, 1);
	assert_int_equal(nic_rx_pieces(&nic, before), NIC_RX_PIECES);
	used = net.mem.used;
	assert_true(receive(1, 1000, 0));
	take(1, 1000, 0);
	assert_true(receive(1, 3000, MSS));	/* takes one */
	assert_int_equal(nic_rx_pieces(&nic, after), NIC_RX_PIECES);
	for (u32 i = 2; i < NIC_RX_PIECES; i++)
		assert_ptr_equal(before[i].addr, after[i].addr);
	take(1, 3000, 1);
	assert_int_equal(net.mem.used, used);
}

static void only_a_merged_frame_may_be_longer(void **state)
{
	(void)state;
	assert_int_equal(nic_open(&nic, 4, 0), 0);
	assert_false(receive(1, 3000, 0));
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_GIANT], 1);
	assert_false(receive(1, 1518 + NIC_RX_SPARES * NIC_RX_SPARE_LEN + 1, MSS));
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_GIANT], 2);
	nic_close(&nic);
	nic.rx_gso = false;
	assert_int_equal(nic_open(&nic, 4, 0), 0);
	assert_false(receive(1, 3000, MSS));
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_GIANT], 3);
}

static void each_failing_allocation_is_survived(void **state)
{
	u64 nth;

	(void)state;
	assert_int_equal(nic_open(&nic, 4, 0), 0);
	for (nth = 1; ; nth++) {
		u64 drops = net.frames.dropped;
		struct sk_buff *skb;
		bool came;

		net.mem.fail_after = nth;
		came = receive(1, 65000, MSS);
		skb = nic_rx_take(&nic);
		net.mem.fail_after = 0;
		if (skb) {
			assert_int_equal(skb->len, 65000);
			consume_skb(skb);
			break;
		}
		assert_int_equal(net.frames.dropped + net.drops[SKB_DROP_REASON_NIC_GIANT] > drops,
				 true);
		(void)came;
		nic_rx_refill(&nic);
	}
	assert_true(nth > 4);
	nic_rx_refill(&nic);
	assert_true(receive(2, 65000, MSS));	/* left in the ring: ends with the card */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, nic_bed_end)
		T(a_merged_frame_goes_on_in_spare_buffers),
		T(frames_of_all_sizes_keep_order_and_bytes),
		T(spare_buffers_are_kept_for_who_needs_them),
		T(only_a_merged_frame_may_be_longer),
		T(each_failing_allocation_is_survived),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
