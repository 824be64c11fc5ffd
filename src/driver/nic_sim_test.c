/* SPDX-License-Identifier: MIT */
/* The lab's card: what it lets in, when DMA and interrupts come, what it puts on the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/skbuff.h"
#include "driver/nic_filter.h"
#include "driver/nic_sim.h"
#include "wire/eth.h"

static const u8 our_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const u8 their_mac[6] = { 2, 0, 0, 0, 0, 2 };

static struct net net;
static struct nic_sim *sim;
static struct nic *nic;
static u32 interrupts;
static ktime_t last_irq;

/* The wire: keeps what it was given. */
static struct wire_frame given[64];
static ktime_t given_at[64];
static u32 n_given;

static void wire_xmit(void *wire, struct nic_sim *from, const struct wire_frame *frame)
{
	assert_ptr_equal(wire, given);
	assert_ptr_equal(from, sim);
	given_at[n_given] = net.now;
	given[n_given++] = *frame;
}

static const struct nic_sim_wire wire = { wire_xmit, given };

static void isr(struct nic *n)
{
	interrupts++;
	nic_irq_ack(n);
	last_irq = n->net->now;
	nic_irq_mask(n);
}

static int setup(void **state)
{
	struct nic_sim_params params = {
		.fifo_bytes = 4096, .dma_bps = 8000000000ull, .dma_ns = 1000,	/* 1 ns a byte */
	};
	struct ln_net_params p;

	(void)state;
	ln_net_params_init(&p);
	assert_int_equal(netns_init(&net, &p), 0);
	ether_addr_copy(params.mac, our_mac);
	sim = nic_sim_create(&net, &params);
	nic = nic_sim_nic(sim);
	nic->isr = isr;
	assert_int_equal(nic_open(nic, 4, 32), 0);
	nic_irq_unmask(nic);
	nic_sim_plug(sim, &wire);
	nic_irq_unmask(nic);
	interrupts = n_given = 0;
	return 0;
}

static int teardown(void **state)
{
	const struct frame_ledger *f = &net.frames;

	(void)state;
	while (n_given)
		buf_put(given[--n_given].buf);
	nic_close(nic);
	nic->ops->destroy(nic);
	assert_int_equal(net.skb_slab.live, 0);
	assert_int_equal(net.bufs->live, 0);
	assert_int_equal(f->rx + f->made + f->cloned, f->consumed + f->sent + f->dropped);
	netns_exit(&net);
	assert_int_equal(net.mem.used, 0);
	assert_int_equal(net.mem.live, 0);
	return 0;
}

static void run(ktime_t now)
{
	timers_run(&net.timers, now, &net.now);
}

/* A frame of len bytes without FCS, for dest, with a right FCS. */
static struct wire_frame frame_to(const u8 *dest, u32 len, u64 packet)
{
	struct buf *buf = buf_alloc(net.bufs, len + ETH_FCS_LEN);

	memset(buf->data, 0x11, len);
	ether_addr_copy(buf->data, dest);
	ether_addr_copy(buf->data + 6, their_mac);
	put_be16(buf->data + 12, ETH_P_IP);
	nic_sim_put_fcs(buf->data, len);
	return (struct wire_frame){ .buf = buf, .len = len + ETH_FCS_LEN, .packet = packet };
}

static void arrive(const u8 *dest, u32 len, u64 packet)
{
	struct wire_frame frame = frame_to(dest, len, packet);

	nic_sim_rx(sim, &frame);
}

static struct sk_buff *take(void)
{
	struct sk_buff *skb;

	run(net.now + ms_to_ktime(1));
	skb = nic_rx_take(nic);
	nic_rx_refill(nic);
	return skb;
}

static void expect_taken(u64 packet)
{
	struct sk_buff *skb = take();

	assert_non_null(skb);
	assert_int_equal(skb->id, packet);
	consume_skb(skb);
}

static void a_frame_comes_through_with_its_id_and_time(void **state)
{
	struct sk_buff *skb;

	(void)state;
	run(5000);
	arrive(our_mac, 100, 42);
	run(6099);			/* DMA: 1000 ns and 100 bytes */
	assert_int_equal(nic_rx_ready(nic), 0);
	run(6100);
	assert_int_equal(nic_rx_ready(nic), 1);
	assert_int_equal(interrupts, 0);
	run(9100);			/* rx-usecs 3 */
	assert_int_equal(interrupts, 1);
	assert_int_equal(last_irq, 9100);
	skb = nic_rx_take(nic);
	assert_int_equal(skb->id, 42);
	assert_int_equal(skb->tstamp, 5000);
	assert_int_equal(skb->len, 100);	/* the FCS stays behind */
	assert_int_equal(net.copies.dma_in, 100);
	consume_skb(skb);
}

static void a_flipped_bit_is_caught_by_the_fcs(void **state)
{
	(void)state;
	for (u32 bit = 0; bit < 8 * 104; bit += 61) {
		struct wire_frame frame = frame_to(our_mac, 100, 1);

		frame.buf->data[bit / 8] ^= (u8)(1u << (bit % 8));
		nic_sim_rx(sim, &frame);
		assert_null(take());
	}
	assert_int_equal(nic->stats.rx_fcs_errors, 14);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_FCS], 14);
	arrive(our_mac, 100, 2);
	expect_taken(2);
}

static void the_mac_filter_lets_in_what_is_for_us(void **state)
{
	static const u8 broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const u8 multicast[6] = { 0x01, 0x00, 0x5e, 0, 0, 1 };
	static const u8 other[6] = { 0x01, 0x00, 0x5e, 0, 0, 2 };

	(void)state;
	nic->mc_bins = nic_mc_bin(multicast);
	arrive(our_mac, 60, 1);
	expect_taken(1);
	arrive(broadcast, 60, 2);
	expect_taken(2);
	arrive(multicast, 60, 3);
	expect_taken(3);
	arrive(their_mac, 60, 4);
	assert_null(take());
	assert_int_equal(nic->stats.rx_filtered, 1);
	assert_int_equal(nic->stats.multicast, 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_FILTER], 1);
	arrive(other, 60, 5);
	assert_null(take());
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_FILTER], 2);
	nic->allmulti = true;
	arrive(other, 60, 6);
	expect_taken(6);
	arrive(their_mac, 60, 7);
	assert_null(take());
	nic->promisc = true;
	arrive(their_mac, 60, 8);
	expect_taken(8);
}

static void runts_and_giants_are_refused(void **state)
{
	struct wire_frame frame = frame_to(our_mac, 59, 1);

	(void)state;
	nic_sim_rx(sim, &frame);
	arrive(our_mac, 1519, 2);
	frame = frame_to(our_mac, 60, 3);
	frame.len = 3;			/* not even an FCS */
	nic_sim_rx(sim, &frame);
	assert_null(take());
	assert_int_equal(nic->stats.rx_length_errors, 3);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_RUNT], 2);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_GIANT], 1);
	arrive(our_mac, 1518, 4);
	expect_taken(4);
}

static void the_fifo_holds_so_many_bytes(void **state)
{
	(void)state;
	for (u32 i = 1; i <= 5; i++)
		arrive(our_mac, 1000, i);	/* 4 x 1004 fit in 4096 */
	assert_int_equal(nic->stats.rx_fifo_errors, 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_FIFO], 1);
	arrive(our_mac, 60, 6);			/* and 64 more */
	assert_int_equal(nic->stats.rx_fifo_errors, 1);
	run(2000);				/* the first has left it */
	arrive(our_mac, 900, 7);
	assert_int_equal(nic->stats.rx_fifo_errors, 1);
	expect_taken(1);
	expect_taken(2);
}

static void without_a_descriptor_dma_overruns(void **state)
{
	(void)state;
	nic_irq_mask(nic);
	for (u32 i = 1; i <= 6; i++) {
		arrive(our_mac, 60, i);
		run(net.now + 10000);
	}
	assert_int_equal(nic->stats.rx_missed_errors, 2);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_OVERRUN], 2);
	for (u32 i = 1; i <= 4; i++)
		expect_taken(i);
	arrive(our_mac, 60, 7);
	expect_taken(7);
}

static void one_buffer_may_arrive_at_many_cards(void **state)
{
	struct wire_frame frame = frame_to(our_mac, 60, 9);

	(void)state;
	buf_get(frame.buf);
	nic_sim_rx(sim, &frame);
	nic_sim_rx(sim, &frame);
	expect_taken(9);
	expect_taken(9);
}

/* ---- transmit ---- */

static void send(u32 len, u64 packet)
{
	struct sk_buff *skb = alloc_skb(&net, len);

	memset(skb_put(skb, len), 0x22, len);
	skb->id = packet;
	assert_int_equal(nic_tx_post(nic, skb), 0);
	nic_tx_doorbell(nic);
}

static void short_frames_are_padded_and_get_an_fcs(void **state)
{
	static const u8 zero[18];
	const u8 *p;

	(void)state;
	send(42, 5);
	run(1042);
	assert_int_equal(n_given, 1);
	assert_int_equal(given_at[0], 1042);
	assert_int_equal(given[0].packet, 5);
	assert_int_equal(given[0].len, 64);
	p = given[0].buf->data + given[0].off;
	assert_memory_equal(p + 42, zero, 18);
	assert_int_equal(eth_fcs(0, p, 60), (u32)p[60] | (u32)p[61] << 8 | (u32)p[62] << 16 |
						    (u32)p[63] << 24);
	assert_int_equal(net.copies.dma_out, 42);
	nic_sim_tx_done(sim);
	run(ms_to_ktime(1));
	assert_int_equal(interrupts, 1);
	assert_int_equal(nic_tx_clean(nic, 10), 1);
	assert_int_equal(net.frames.sent, 1);
}

static void the_next_frame_is_read_while_one_leaves(void **state)
{
	(void)state;
	for (u32 i = 1; i <= 3; i++)
		send(1000, i);
	run(2000);
	assert_int_equal(n_given, 1);
	run(100000);			/* one on the wire, one ready, one in the ring */
	assert_int_equal(n_given, 1);
	assert_int_equal(nic->tx.next_post - nic->tx.next_read, 1);
	nic_sim_tx_done(sim);
	assert_int_equal(n_given, 2);	/* no pause between them */
	assert_int_equal(given_at[1], 100000);
	run(102000);
	nic_sim_tx_done(sim);
	assert_int_equal(n_given, 3);
	assert_int_equal(given[2].packet, 3);
	nic_sim_tx_done(sim);
	assert_int_equal(nic->stats.tx_packets, 3);
	assert_int_equal(nic->stats.tx_bytes, 3000);
	assert_int_equal(nic_tx_clean(nic, 10), 3);
}

static void pulling_the_cable_ends_what_has_not_left(void **state)
{
	(void)state;
	for (u32 i = 1; i <= 4; i++)
		send(1000, i);
	run(100000);
	nic_sim_plug(sim, NULL);
	assert_false(nic->carrier);
	assert_int_equal(interrupts, 1);
	nic_tx_clean(nic, 10);
	assert_int_equal(net.frames.sent, 1);	/* the one on the wire */
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 3);
	arrive(our_mac, 60, 1);			/* nothing gets in either */
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 4);
	send(100, 5);				/* waits for a cable */
	run(200000);
	assert_int_equal(n_given, 1);
	nic_sim_plug(sim, &wire);
	run(300000);
	assert_int_equal(n_given, 2);
	assert_int_equal(given[1].packet, 5);
	nic_sim_tx_done(sim);
	nic_tx_clean(nic, 10);
	assert_int_equal(net.frames.sent, 2);
}

static void going_down_forgets_what_is_in_the_card(void **state)
{
	(void)state;
	arrive(our_mac, 1000, 1);
	arrive(our_mac, 1000, 2);
	send(1000, 3);
	send(1000, 4);
	run(2500);			/* one received, one on the wire */
	nic_close(nic);
	assert_int_equal(net.frames.sent, 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 3);
	assert_int_equal(nic_open(nic, 4, 32), 0);
	send(1000, 5);
	run(100000);
	assert_int_equal(n_given, 1);	/* the wire is still busy with the old one */
	nic_sim_tx_done(sim);
	assert_int_equal(n_given, 2);
	nic_sim_tx_done(sim);
	assert_int_equal(nic_tx_clean(nic, 10), 1);
}

static void a_card_that_waits_holds_no_buffer(void **state)
{
	u64 idle = net.bufs->live;

	(void)state;
	assert_int_equal(idle, 0);
	arrive(our_mac, 100, 1);
	expect_taken(1);
	assert_int_equal(net.bufs->live, idle);
	/* Without memory for one there is no descriptor. */
	arrive(our_mac, 100, 2);
	net.mem.fail_after = 1;
	assert_null(take());
	assert_int_equal(net.mem.failed, 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_OVERRUN], 1);
	assert_int_equal(nic->stats.rx_missed_errors, 1);
	arrive(our_mac, 100, 3);
	expect_taken(3);
}

static void without_memory_for_its_entries_the_fifo_is_full(void **state)
{
	(void)state;
	for (u32 i = 0; i < 8; i++)
		arrive(our_mac, 60, 1 + i);
	net.mem.fail_after = 1;
	arrive(our_mac, 60, 9);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_FIFO], 1);
	arrive(our_mac, 60, 10);	/* it grows */
	assert_int_equal(nic_sim_fifo_frames(sim), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_frame_comes_through_with_its_id_and_time),
		T(a_flipped_bit_is_caught_by_the_fcs),
		T(the_mac_filter_lets_in_what_is_for_us),
		T(runts_and_giants_are_refused),
		T(the_fifo_holds_so_many_bytes),
		T(without_a_descriptor_dma_overruns),
		T(one_buffer_may_arrive_at_many_cards),
		T(short_frames_are_padded_and_get_an_fcs),
		T(the_next_frame_is_read_while_one_leaves),
		T(pulling_the_cable_ends_what_has_not_left),
		T(going_down_forgets_what_is_in_the_card),
		T(a_card_that_waits_holds_no_buffer),
		T(without_memory_for_its_entries_the_fifo_is_full),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
