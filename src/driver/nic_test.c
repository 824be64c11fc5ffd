/* SPDX-License-Identifier: MIT */
/* Rings and the interrupt line; the test is the driver on one side, the backend on the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/skb_share.h"
#include "driver/nic_testbed.h"

static u32 interrupts, last_causes;
static ktime_t last_irq;

static void isr(struct nic *n)
{
	interrupts++;
	last_causes = nic_irq_ack(n);
	last_irq = n->net->now;
	nic_irq_mask(n);
}

static int setup(void **state)
{
	(void)state;
	nic_bed_begin();
	nic.isr = isr;
	interrupts = last_causes = 0;
	return 0;
}

static void open_rings(u32 rx, u32 tx)
{
	assert_int_equal(nic_open(&nic, rx, tx), 0);
	nic_irq_unmask(&nic);
}

static void run(ktime_t now)
{
	timers_run(&net.timers, now, &net.now);
}

/* A frame of len bytes that begins with its number. */
static bool receive(u32 number, u32 len)
{
	u8 frame[4096] = { 0 };
	struct nic_seg seg = { .addr = frame, .len = len };

	put_be32(frame, number);
	if (!nic_rx_dma(&nic, &seg, 1, NULL))
		return false;
	nic_rx_event(&nic, 1);
	return true;
}

/* What stands in buf, behind room for other headers. */
static void lend_one(struct buf *buf, u32 len, const struct nic_meta *meta)
{
	const struct nic_seg seg = { .addr = buf->data + 192, .len = len, .buf = buf };

	nic_rx_lend(&nic, &seg, 1, meta);
}

static void take(u32 number, u32 len)
{
	struct sk_buff *skb = nic_rx_take(&nic);

	assert_non_null(skb);
	assert_int_equal(get_be32(skb->data), number);
	assert_int_equal(skb->len, len);
	assert_true(skb->id != 0);
	consume_skb(skb);
}

/* ---- receive ---- */

static void frames_keep_their_order_while_the_ring_wraps(void **state)
{
	u32 in = 0, out = 0;

	(void)state;
	open_rings(8, 0);
	for (u32 round = 0; round < 100; round++) {
		for (u32 i = 0; i < 1 + round % 8; i++, in++)
			assert_true(receive(in, 60 + in % 1000));
		for (; out < in; out++)
			take(out, 60 + out % 1000);
		assert_null(nic_rx_take(&nic));
		assert_int_equal(nic_rx_refill(&nic), 1 + round % 8);
	}
	assert_int_equal(nic.stats.rx_packets, in);
	assert_int_equal(net.copies.dma_in, nic.stats.rx_bytes);
	assert_int_equal(net.copies.header, 0);
}

static void a_backend_may_write_into_the_buffer_itself(void **state)
{
	u32 cap = 0;
	u8 *to;

	(void)state;
	assert_null(nic_rx_buffer(&nic, &cap));		/* down */
	open_rings(2, 0);
	to = nic_rx_buffer(&nic, &cap);
	assert_int_equal(cap, 1518);
	assert_ptr_equal(to, nic_rx_buffer(&nic, &cap));	/* until it is used */
	put_be32(to, 9);
	assert_true(nic_rx_commit(&nic, 1518, NULL));
	assert_false(nic_rx_commit(&nic, 1519, &(struct nic_meta){ .gso_size = 1448 }));
	put_be32(nic_rx_buffer(&nic, &cap), 10);
	assert_true(nic_rx_commit(&nic, 60, NULL));
	assert_null(nic_rx_buffer(&nic, &cap));
	assert_int_equal(net.copies.dma_in, 1578);
	take(9, 1518);
	take(10, 60);
}

static void a_full_ring_is_an_overrun(void **state)
{
	(void)state;
	open_rings(4, 0);
	for (u32 i = 0; i < 4; i++)
		assert_true(receive(i, 60));
	assert_false(receive(4, 60));
	assert_int_equal(nic.stats.rx_missed_errors, 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_OVERRUN], 1);
	take(0, 60);
	assert_false(receive(5, 60));	/* taken, but no buffer was posted in its place */
	assert_int_equal(nic_rx_refill(&nic), 1);
	assert_true(receive(6, 60));
	take(1, 60);
	take(2, 60);
	take(3, 60);
	take(6, 60);
}

static void lengths_are_checked(void **state)
{
	(void)state;
	open_rings(4, 0);
	assert_true(receive(1, 1518));	/* MTU 1500, header, VLAN tag */
	assert_false(receive(2, 1519));
	assert_false(receive(3, 13));
	assert_int_equal(nic.stats.rx_length_errors, 2);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_GIANT], 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_RUNT], 1);
	nic_close(&nic);		/* one frame is still in the ring */
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 1);
	assert_false(receive(4, 60));
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 2);
}

static void posted_buffers_are_charged_and_their_charge_moves_to_the_skb(void **state)
{
	size_t posted;
	struct sk_buff *skb;

	(void)state;
	open_rings(4, 0);
	assert_true(receive(0, 60));
	skb = nic_rx_take(&nic);
	consume_skb(skb);
	nic_rx_refill(&nic);
	posted = net.mem.used;
	assert_true(receive(1, 60));
	skb = nic_rx_take(&nic);
	assert_int_equal(net.mem.used, posted);		/* nothing new, nothing lost */
	nic_rx_refill(&nic);
	assert_int_equal(net.mem.used, posted + buf_truesize(skb->head_buf));
	consume_skb(skb);
	assert_int_equal(net.mem.used, posted);
}

static void an_empty_ring_tries_again_when_there_is_memory(void **state)
{
	size_t hog;

	(void)state;
	open_rings(1, 0);
	assert_true(receive(0, 60));
	take(0, 60);
	hog = net.mem.budget - net.mem.used;
	assert_true(mem_charge(&net.mem, hog));
	assert_int_equal(nic_rx_refill(&nic), 0);
	assert_int_equal(nic.stats.rx_no_buffer, 1);
	run(ms_to_ktime(NIC_REFILL_RETRY_MS));
	assert_false(receive(1, 60));
	mem_uncharge(&net.mem, hog);
	run(ms_to_ktime(2 * NIC_REFILL_RETRY_MS));
	assert_true(receive(2, 60));
	take(2, 60);
}

static void no_memory_for_rings_leaves_it_down(void **state)
{
	(void)state;
	for (u64 nth = 1; nth <= 5; nth++) {	/* two arrays each, the first buffer */
		net.mem.fail_after = nth;
		assert_int_equal(nic_open(&nic, 4, 32), -ENOMEM);
		assert_false(nic.up);
		assert_int_equal(net.mem.used, 0);
	}
	net.mem.fail_after = 6;		/* one buffer is enough to live on */
	assert_int_equal(nic_open(&nic, 4, 32), 0);
	assert_int_equal(nic_rx_free(&nic), 1);
	assert_int_equal(nic_rx_refill(&nic), 3);
}

static void a_frame_without_memory_for_its_skb_is_dropped(void **state)
{
	(void)state;
	open_rings(4, 0);
	assert_true(receive(0, 60));
	assert_true(receive(1, 60));
	net.mem.fail_after = 1;
	take(1, 60);
	assert_int_equal(net.drops[SKB_DROP_REASON_NOMEM], 1);
	assert_int_equal(nic_rx_refill(&nic), 2);
}

/* A frame as a sender makes it: an inline header, payload in a buffer (not when n is 0). */
static struct sk_buff *sent_frame(u32 header, struct buf *payload, u32 off, u32 n)
{
	struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);

	memset(skb_put(skb, header), 0x11, header);
	if (n)
		assert_true(skb_add_frag(skb, buf_get(payload), off, n, n));
	return skb;
}

static void handover_copies_the_header_and_shares_payload(void **state)
{
	struct buf *buf = buf_alloc(net.bufs, 3000);
	struct sk_buff *frame, *skb;
	u64 copied;

	(void)state;
	open_rings(4, 0);
	frame = sent_frame(66, buf, 1000, 1448);
	frame->ip_summed = CHECKSUM_PARTIAL;
	frame->csum_start = 34;
	frame->csum_offset = 16;
	copied = net.copies.header;
	for (int i = 0; i < 10; i++) {	/* posted buffers stay where they are */
		assert_true(nic_rx_handover(&nic, frame));
		skb = nic_rx_take(&nic);
		assert_int_equal(skb->id, frame->id);
		assert_int_equal(skb->len, 66 + 1448);
		assert_int_equal(skb_headlen(skb), 66);
		assert_true(skb_headroom(skb) >= NIC_RX_HEADROOM);
		assert_ptr_equal(skb->frags[0].buf, buf);
		assert_int_equal(skb->frags[0].off, 1000);
		assert_int_equal(skb->ip_summed, CHECKSUM_PARTIAL);
		assert_int_equal(skb->csum_start, skb_headroom(skb) + 34);
		assert_int_equal(skb->truesize, 1448);
		consume_skb(skb);
		assert_int_equal(nic_rx_refill(&nic), 1);
	}
	assert_int_equal(net.copies.header - copied, 660);
	assert_int_equal(net.copies.dma_in, 0);
	consume_skb(frame);
	assert_int_equal(buf->refcnt, 1);
	buf_put(buf);
}

static void lent_buffers_go_up_where_they_are_and_come_back(void **state)
{
	const struct nic_meta meta = {
		.csum_partial = true, .csum_start = 34, .csum_offset = 16,
	};
	struct sk_buff *skb;

	(void)state;
	open_rings(4, 0);
	for (int i = 0; i < 10; i++) {	/* posted buffers stay where they are */
		struct buf *buf = buf_alloc(net.bufs, 1900);

		lend_one(buf, 1514, &meta);
		skb = nic_rx_take(&nic);
		assert_ptr_equal(skb->head_buf, buf);
		assert_ptr_equal(skb->data, buf->data + 192);
		assert_int_equal(skb->len, 1514);
		assert_int_equal(skb->truesize, buf_truesize(buf));
		assert_int_equal(skb->ip_summed, CHECKSUM_PARTIAL);
		assert_int_equal(skb->csum_start, 192 + 34);
		assert_true(skb->id != 0);
		consume_skb(skb);
		assert_int_equal(nic_rx_refill(&nic), 1);
	}
	assert_int_equal(nic.stats.rx_packets, 10);
	assert_int_equal(net.copies.dma_in, 10 * 1514);
}

static void lent_buffers_come_back_when_the_frame_is_dropped(void **state)
{
	static const struct {
		u32 len;
		enum skb_drop_reason why;
	} cases[] = {
		{ 13, SKB_DROP_REASON_NIC_RUNT }, { 1519, SKB_DROP_REASON_NIC_GIANT },
		{ 60, SKB_DROP_REASON_NOMEM }, { 60, SKB_DROP_REASON_NIC_DOWN },
	};
	const struct nic_meta meta = { .packet = 0 };

	(void)state;
	open_rings(4, 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 live = net.bufs->live;
		struct buf *buf;

		if (cases[i].why == SKB_DROP_REASON_NIC_DOWN) {
			nic_close(&nic);
			live = net.bufs->live;
		}
		buf = buf_alloc(net.bufs, 1900);
		if (cases[i].why == SKB_DROP_REASON_NOMEM)
			net.mem.fail_after = 1;
		lend_one(buf, cases[i].len, &meta);
		assert_int_equal(net.drops[cases[i].why], 1);
		assert_int_equal(net.bufs->live, live);
		assert_null(nic_rx_take(&nic));
	}
}

/* A frame longer than the backend's buffers; each allocation fails once. */
static void lent_pieces_are_one_frame_and_come_back(void **state)
{
	const struct nic_meta meta = { .packet = 0 };
	u64 nth, live;

	(void)state;
	nic.mtu = 9000;
	open_rings(4, 0);
	live = net.bufs->live;
	for (nth = 1; ; nth++) {
		struct nic_seg seg[3];
		struct sk_buff *skb;

		for (u32 i = 0; i < ARRAY_SIZE(seg); i++) {
			struct buf *buf = buf_alloc(net.bufs, 3900);

			memset(buf->data, (int)i, 3900);
			seg[i] = (struct nic_seg){
				.addr = buf->data + 60, .len = i < 2 ? 3840 : 1334, .buf = buf,
			};
		}
		net.mem.fail_after = nth;
		nic_rx_lend(&nic, seg, ARRAY_SIZE(seg), &meta);
		net.mem.fail_after = 0;
		skb = nic_rx_take(&nic);
		if (!skb) {
			assert_int_equal(net.drops[SKB_DROP_REASON_NOMEM], nth);
			assert_int_equal(net.bufs->live, live);
			continue;
		}
		assert_int_equal(skb->len, 9014);
		assert_ptr_equal(skb->data, seg[0].addr);
		assert_int_equal(skb->frags[1].len, 1334);
		assert_int_equal(skb->frags[1].buf->data[60], 2);
		consume_skb(skb);
		assert_int_equal(net.bufs->live, live);
		break;
	}
	assert_true(nth > 2);
}

static void handover_of_a_shared_linear_part_copies_no_more_than_headers(void **state)
{
	struct buf *buf = buf_alloc(net.bufs, 1514);
	struct sk_buff *frame, *skb;

	(void)state;
	memset(buf->data, 0x5a, 1514);
	open_rings(4, 0);
	frame = build_skb(&net, buf, 0, 1514);
	assert_true(nic_rx_handover(&nic, frame));
	consume_skb(frame);
	skb = nic_rx_take(&nic);
	assert_int_equal(skb->len, 1514);
	assert_int_equal(skb_headlen(skb), SKB_HANDOVER_HEADER);
	assert_int_equal(skb->frags[0].off, SKB_HANDOVER_HEADER);
	assert_int_equal(skb->frags[0].len, 1514 - SKB_HANDOVER_HEADER);
	assert_int_equal(skb->frags[0].buf->data[1513], 0x5a);
	consume_skb(skb);
}

static void handover_survives_each_failing_allocation(void **state)
{
	struct buf *buf = buf_alloc(net.bufs, 300);
	struct sk_buff *frame;
	u64 nth;

	(void)state;
	open_rings(4, 0);
	frame = sent_frame(150, buf, 0, 300);
	for (nth = 1; ; nth++) {
		struct sk_buff *skb;

		net.mem.fail_after = nth;
		if (nic_rx_handover(&nic, frame)) {
			skb = nic_rx_take(&nic);
			assert_int_equal(skb->len, 450);
			consume_skb(skb);
			break;
		}
		assert_null(nic_rx_take(&nic));
		assert_int_equal(net.drops[SKB_DROP_REASON_NOMEM], nth);
	}
	net.mem.fail_after = 0;
	assert_true(nth > 1);
	consume_skb(frame);
	buf_put(buf);
}

/* ---- interrupt ---- */

static void without_moderation_it_comes_at_once(void **state)
{
	(void)state;
	open_rings(8, 0);
	receive(0, 60);
	assert_int_equal(interrupts, 1);
	assert_int_equal(last_causes, NIC_IRQ_RX);
	receive(1, 60);			/* masked by the handler */
	assert_int_equal(interrupts, 1);
	take(0, 60);
	nic_irq_unmask(&nic);		/* the second one waits */
	assert_int_equal(interrupts, 2);
	take(1, 60);
	nic_irq_unmask(&nic);		/* nothing does */
	assert_int_equal(interrupts, 2);
	assert_int_equal(nic.stats.rx_interrupts, 2);
}

static void rx_usecs_count_from_the_first_frame(void **state)
{
	(void)state;
	open_rings(16, 0);
	nic_set_coalesce(&nic, &(struct nic_coalesce){ .rx_usecs = 50 });
	run(1000);
	receive(0, 60);
	run(30000);
	receive(1, 60);			/* does not put it off */
	run(50999);
	assert_int_equal(interrupts, 0);
	run(60000);
	assert_int_equal(interrupts, 1);
	assert_int_equal(last_irq, 51000);
	take(0, 60);
	take(1, 60);
}

static void rx_frames_do_not_wait_for_rx_usecs(void **state)
{
	(void)state;
	open_rings(16, 0);
	nic_set_coalesce(&nic, &(struct nic_coalesce){ .rx_usecs = 50, .rx_frames = 3 });
	receive(0, 60);
	run(10000);
	receive(1, 60);
	run(20000);
	assert_int_equal(interrupts, 0);
	receive(2, 60);
	assert_int_equal(interrupts, 1);
	assert_int_equal(last_irq, 20000);
	while (nic_rx_ready(&nic))
		consume_skb(nic_rx_take(&nic));
	nic_irq_unmask(&nic);
	receive(3, 60);			/* the count begins afresh */
	run(69999);
	assert_int_equal(interrupts, 1);
	run(70000);
	assert_int_equal(interrupts, 2);
	take(3, 60);
}

static void rx_frames_alone_wait_unless_the_ring_is_full(void **state)
{
	(void)state;
	open_rings(4, 0);
	nic_set_coalesce(&nic, &(struct nic_coalesce){ .rx_frames = 100 });
	for (u32 i = 0; i < 3; i++)
		receive(i, 60);
	run(sec_to_ktime(1));
	assert_int_equal(interrupts, 0);
	receive(3, 60);
	assert_int_equal(interrupts, 1);
	nic_irq_unmask(&nic);
	interrupts = 0;
}

static void less_moderation_takes_effect_on_what_waits(void **state)
{
	(void)state;
	open_rings(8, 0);
	nic_set_coalesce(&nic, &(struct nic_coalesce){ .rx_usecs = 1000 });
	receive(0, 60);
	run(20000);
	nic_set_coalesce(&nic, &(struct nic_coalesce){ .rx_usecs = 30 });
	run(29999);
	assert_int_equal(interrupts, 0);
	run(30000);
	assert_int_equal(interrupts, 1);
	take(0, 60);
}

static void carrier_is_told_and_remembered_while_masked(void **state)
{
	(void)state;
	nic_set_carrier(&nic, true);	/* down: the driver will look when it opens */
	assert_int_equal(interrupts, 0);
	open_rings(8, 0);
	nic_set_carrier(&nic, false);
	assert_int_equal(interrupts, 1);
	assert_int_equal(last_causes, NIC_IRQ_LINK);
	nic_set_carrier(&nic, true);
	assert_int_equal(interrupts, 1);
	nic_irq_unmask(&nic);
	assert_int_equal(interrupts, 2);
	assert_int_equal(last_causes, NIC_IRQ_LINK);
}

static void a_link_interrupt_does_not_lose_the_frames_that_wait(void **state)
{
	(void)state;
	open_rings(8, 0);
	nic_set_coalesce(&nic, &(struct nic_coalesce){ .rx_usecs = 50 });
	receive(0, 60);
	nic_set_carrier(&nic, true);
	assert_int_equal(interrupts, 1);
	assert_int_equal(last_causes, NIC_IRQ_RX | NIC_IRQ_LINK);
	take(0, 60);
}

/* ---- transmit ---- */

/* A frame: 54 bytes of header, and n bytes of payload in two pieces. */
static struct sk_buff *outgoing(u32 number, u32 payload)
{
	struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);
	struct buf *buf;

	skb_reserve(skb, 100);
	put_be32(memset(skb_put(skb, 54), 0, 54), number);
	if (!payload)
		return skb;
	buf = buf_alloc(net.bufs, payload);
	memset(buf->data, (u8)number, payload);
	assert_true(skb_add_frag(skb, buf_get(buf), 0, payload / 2, payload / 2));
	assert_true(skb_add_frag(skb, buf, payload / 2, payload - payload / 2,
				 payload - payload / 2));
	return skb;
}

static void read_frame(u32 number, u32 len)
{
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;
	u32 sum = 0, n = nic_tx_peek(&nic, segs, &meta);

	assert_true(n > 0);
	assert_int_equal(n, nic_tx_peek(&nic, segs, &meta));	/* until it is taken */
	assert_int_equal(get_be32(segs[0].addr), number);
	for (u32 i = 0; i < n; i++)
		sum += segs[i].len;
	assert_int_equal(sum, len);
	nic_tx_advance(&nic);
}

static void both_arrays_keep_step_while_they_wrap(void **state)
{
	u32 sent = 0, read = 0, cleaned = 0;

	(void)state;
	open_rings(4, 32);
	nic_irq_mask(&nic);
	for (u32 round = 0; round < 200; round++) {
		struct sk_buff *skb = outgoing(sent, round % 3 ? 1000 : 0);

		assert_int_equal(nic_tx_post(&nic, skb), 0);
		sent++;
		nic_tx_doorbell(&nic);
		if (round % 4 == 3) {
			for (; read < sent; read++)
				read_frame(read, read % 3 ? 1054 : 54);
			nic_tx_complete(&nic, 3);	/* the newest is still on the wire */
			cleaned += nic_tx_clean(&nic, 2);
			cleaned += nic_tx_clean(&nic, UINT32_MAX);
			assert_int_equal(cleaned, net.frames.sent);
			nic_tx_complete(&nic, 1);
		}
	}
	assert_int_equal(nic.stats.tx_packets, 200);
	nic_tx_clean(&nic, UINT32_MAX);
	assert_int_equal(net.frames.sent, 200);
	assert_int_equal(nic_tx_room(&nic), 32);
}

static void a_full_ring_refuses_and_leaves_the_frame_to_its_owner(void **state)
{
	struct sk_buff *skb;
	u32 posted = 0;
	int err;

	(void)state;
	open_rings(4, 32);
	while (!(err = nic_tx_post(&nic, skb = outgoing(posted, 1000))))
		posted++;
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(posted, 10);	/* of three descriptors each */
	assert_int_equal(nic_tx_room(&nic), 2);
	kfree_skb_reason(skb, SKB_DROP_REASON_FULL_RING);
	nic_tx_doorbell(&nic);
	read_frame(0, 1054);
	read_frame(1, 1054);
	nic_tx_complete(&nic, 1);
	nic_close(&nic);		/* one was sent; nine end with the card */
	assert_int_equal(net.frames.sent, 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 9);
}

static void what_could_not_be_sent_is_read_again(void **state)
{
	u64 at;

	(void)state;
	open_rings(4, 32);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(nic_tx_post(&nic, outgoing(i, 1000)), 0);
	nic_tx_doorbell(&nic);
	read_frame(0, 1054);
	at = nic.tx.next_read;
	read_frame(1, 1054);
	read_frame(2, 1054);
	nic_tx_reread(&nic, at);
	nic_tx_complete(&nic, 1);
	read_frame(1, 1054);
	read_frame(2, 1054);
	assert_false(nic_tx_waiting(&nic));
	nic_tx_complete(&nic, 2);
}

static void completions_are_moderated_by_tx_usecs_and_tx_frames(void **state)
{
	(void)state;
	open_rings(4, 32);
	nic_set_coalesce(&nic, &(struct nic_coalesce){ .tx_usecs = 20, .tx_frames = 2 });
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(nic_tx_post(&nic, outgoing(i, 0)), 0);
	nic_tx_doorbell(&nic);
	run(5000);
	read_frame(0, 54);
	nic_tx_complete(&nic, 1);
	run(24999);
	assert_int_equal(interrupts, 0);
	run(25000);
	assert_int_equal(interrupts, 1);
	assert_int_equal(last_causes, NIC_IRQ_TX);
	nic_tx_clean(&nic, UINT32_MAX);
	nic_irq_unmask(&nic);
	for (u32 i = 1; i < 3; i++) {
		read_frame(i, 54);
		nic_tx_complete(&nic, 1);
	}
	assert_int_equal(interrupts, 2);
	assert_int_equal(last_irq, 25000);
	assert_int_equal(nic.stats.tx_interrupts, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, nic_bed_end)
		T(frames_keep_their_order_while_the_ring_wraps),
		T(a_backend_may_write_into_the_buffer_itself),
		T(a_full_ring_is_an_overrun),
		T(lengths_are_checked),
		T(posted_buffers_are_charged_and_their_charge_moves_to_the_skb),
		T(an_empty_ring_tries_again_when_there_is_memory),
		T(no_memory_for_rings_leaves_it_down),
		T(a_frame_without_memory_for_its_skb_is_dropped),
		T(handover_copies_the_header_and_shares_payload),
		T(lent_buffers_go_up_where_they_are_and_come_back),
		T(lent_pieces_are_one_frame_and_come_back),
		T(lent_buffers_come_back_when_the_frame_is_dropped),
		T(handover_of_a_shared_linear_part_copies_no_more_than_headers),
		T(handover_survives_each_failing_allocation),
		T(without_moderation_it_comes_at_once),
		T(rx_usecs_count_from_the_first_frame),
		T(rx_frames_do_not_wait_for_rx_usecs),
		T(rx_frames_alone_wait_unless_the_ring_is_full),
		T(less_moderation_takes_effect_on_what_waits),
		T(carrier_is_told_and_remembered_while_masked),
		T(a_link_interrupt_does_not_lose_the_frames_that_wait),
		T(both_arrays_keep_step_while_they_wrap),
		T(a_full_ring_refuses_and_leaves_the_frame_to_its_owner),
		T(what_could_not_be_sent_is_read_again),
		T(completions_are_moderated_by_tx_usecs_and_tx_frames),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
