/* SPDX-License-Identifier: MIT */
/* Cards driven by hand, and the cable between two of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/skbuff.h"
#include "driver/nic_cable.h"
#include "driver/nic_hand.h"

static struct net nets[2];
static struct nic *nics[2];
static u32 doorbells;

static void doorbell(void *ctx)
{
	assert_ptr_equal(ctx, &doorbells);
	doorbells++;
}

static void isr(struct nic *nic)
{
	nic_irq_ack(nic);
	nic_irq_mask(nic);
}

static int setup(void **state)
{
	const struct nic_hand_params params = {
		.mac = { 2, 0, 0, 0, 0, 1 }, .doorbell = doorbell, .ctx = &doorbells,
	};
	struct ln_net_params p;

	(void)state;
	ln_net_params_init(&p);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(netns_init(&nets[i], &p), 0);
		nics[i] = nic_hand_create(&nets[i], &params);
		nics[i]->isr = isr;
		assert_int_equal(nic_open(nics[i], 4, 32), 0);
	}
	doorbells = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	/* Both first: each may hold buffers of the other. */
	for (int i = 0; i < 2; i++) {
		if (!nics[i])
			continue;
		nic_close(nics[i]);
		nics[i]->ops->destroy(nics[i]);
	}
	for (int i = 0; i < 2; i++) {
		struct net *net = &nets[i];
		const struct frame_ledger *f = &net->frames;

		assert_int_equal(net->skb_slab.live, 0);
		assert_int_equal(f->rx + f->made + f->cloned,
				 f->consumed + f->sent + f->dropped);
		assert_int_equal(net->bufs->live, 0);
		netns_exit(net);
		assert_int_equal(net->mem.used, 0);
		assert_int_equal(net->mem.live, 0);
	}
	return 0;
}

/* A frame with `payload` shared bytes of the value `id`. */
static void post(int i, u64 id, u32 payload)
{
	struct sk_buff *skb = alloc_skb(&nets[i], SKB_ROOM);
	struct buf *buf = buf_alloc(nets[i].bufs, payload);

	skb_reserve(skb, 100);
	memset(skb_put(skb, 54), 0x54, 54);
	memset(buf->data, (u8)id, payload);
	assert_true(skb_add_frag(skb, buf, 0, payload, payload));
	skb->id = id;
	assert_int_equal(nic_tx_post(nics[i], skb), 0);
}

static void frames_are_received_and_sent_by_hand(void **state)
{
	u8 frame[1600] = { 1, 2, 3 };
	struct sk_buff *skb;

	(void)state;
	assert_int_equal(nic_hand_receive(nics[0], frame, 1519), -EMSGSIZE);
	assert_int_equal(nic_hand_receive(nics[0], frame, 13), -EMSGSIZE);
	for (int i = 0; i < 4; i++)
		assert_int_equal(nic_hand_receive(nics[0], frame, 100), 0);
	assert_int_equal(nic_hand_receive(nics[0], frame, 100), -ENOBUFS);
	assert_int_equal(nics[0]->stats.rx_missed_errors, 1);
	while ((skb = nic_rx_take(nics[0]))) {
		assert_int_equal(skb->len, 100);
		assert_memory_equal(skb->data, frame, 100);
		consume_skb(skb);
	}
	assert_int_equal(nic_hand_transmit(nics[0], frame, sizeof(frame)), 0);
	post(0, 7, 100);
	assert_int_equal(nic_hand_transmit(nics[0], frame, sizeof(frame)), 0);	/* no doorbell */
	nic_tx_doorbell(nics[0]);
	nic_tx_doorbell(nics[0]);
	assert_int_equal(doorbells, 1);
	assert_int_equal(nic_hand_transmit(nics[0], frame, 153), -EMSGSIZE);
	assert_int_equal(nic_hand_transmit(nics[0], frame, 154), 154);
	assert_int_equal(frame[53], 0x54);
	assert_int_equal(frame[54], 7);
	assert_int_equal(nic_tx_clean(nics[0], 10), 1);
	nic_set_carrier(nics[0], false);
	assert_int_equal(nic_hand_receive(nics[0], frame, 100), -ENETDOWN);
	nic_close(nics[0]);
	assert_int_equal(nic_hand_transmit(nics[0], frame, sizeof(frame)), 0);
}

static void many_frames_are_received_and_sent_at_once(void **state)
{
	u8 bytes[6][1600] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 } };
	struct ln_frame f[6];

	(void)state;
	for (u32 i = 0; i < 6; i++)
		f[i] = (struct ln_frame){ bytes[i], 60 + i };
	f[1].len = 1519;		/* a giant among them, and one too many for the ring */
	assert_int_equal(nic_hand_receive_many(nics[0], f, 6), 4);
	assert_int_equal(nics[0]->stats.rx_length_errors, 1);
	assert_int_equal(nics[0]->stats.rx_missed_errors, 1);
	assert_int_equal(nics[0]->stats.rx_bytes, 60 + 62 + 63 + 64);
	for (u32 i = 0; i < 4; i++) {
		struct sk_buff *skb = nic_rx_take(nics[0]);

		assert_int_equal(skb->data[0], i ? i + 2 : 1);
		consume_skb(skb);
	}
	for (u64 id = 1; id <= 3; id++)
		post(0, id, 100);
	nic_tx_doorbell(nics[0]);
	f[0].len = f[1].len = 1600;
	f[2].len = 153;
	assert_int_equal(nic_hand_transmit_many(nics[0], f, 6), 2);
	assert_int_equal(f[1].len, 154);
	assert_int_equal(bytes[1][54], 2);
	f[2].len = 154;
	assert_int_equal(nic_hand_transmit_many(nics[0], f + 2, 4), 1);
	assert_int_equal(nics[0]->stats.tx_bytes, 3 * 154);
	assert_int_equal(nic_tx_clean(nics[0], 10), 3);
	nic_set_carrier(nics[0], false);
	assert_int_equal(nic_hand_receive_many(nics[0], f, 3), 0);
	assert_int_equal(nets[0].drops[SKB_DROP_REASON_NIC_DOWN], 3);
}

static void the_cable_moves_frames_without_copying_payload(void **state)
{
	struct sk_buff *skb;

	(void)state;
	for (u64 id = 1; id <= 6; id++)
		post(0, id, 1000);
	post(1, 9, 500);
	nic_tx_doorbell(nics[0]);
	nic_tx_doorbell(nics[1]);
	assert_int_equal(nic_cable_run(nics[0], nics[1]), 5);	/* four descriptors, and one back */
	assert_int_equal(nic_cable_run(nics[0], nics[1]), 0);
	for (u64 id = 1; id <= 4; id++) {
		skb = nic_rx_take(nics[1]);
		assert_int_equal(skb->id, id);
		assert_int_equal(skb->frags[0].buf->data[999], id);
		assert_ptr_equal(skb->frags[0].buf->pool, nets[0].bufs);
		consume_skb(skb);
	}
	assert_int_equal(nic_tx_clean(nics[0], 10), 4);
	assert_int_equal(nic_rx_refill(nics[1]), 4);
	assert_int_equal(nic_cable_run(nics[0], nics[1]), 2);
	skb = nic_rx_take(nics[0]);
	assert_int_equal(skb->len, 554);
	consume_skb(skb);
	assert_int_equal(nets[1].copies.header, 6 * 54);
	assert_int_equal(nets[1].copies.dma_in + nets[0].copies.dma_out, 0);
}

static void a_card_that_is_down_loses_what_is_sent_to_it(void **state)
{
	(void)state;
	nic_close(nics[1]);
	post(0, 1, 100);
	nic_tx_doorbell(nics[0]);
	assert_int_equal(nic_cable_run(nics[0], nics[1]), 1);
	assert_int_equal(nic_tx_clean(nics[0], 10), 1);
	assert_int_equal(nets[1].drops[SKB_DROP_REASON_NIC_DOWN], 1);
}

static void a_cable_has_two_ends_and_falls_out_with_a_card(void **state)
{
	(void)state;
	assert_int_equal(nic_hand_connect(nics[0], nics[0]), -EINVAL);
	assert_int_equal(nic_hand_connect(nics[0], nics[1]), 0);
	assert_int_equal(nic_hand_connect(nics[1], nics[0]), -EBUSY);
	assert_ptr_equal(nic_hand_peer(nics[0]), nics[1]);
	nic_close(nics[1]);
	nics[1]->ops->destroy(nics[1]);
	nics[1] = NULL;
	assert_null(nic_hand_peer(nics[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(frames_are_received_and_sent_by_hand),
		T(many_frames_are_received_and_sent_at_once),
		T(the_cable_moves_frames_without_copying_payload),
		T(a_card_that_is_down_loses_what_is_sent_to_it),
		T(a_cable_has_two_ends_and_falls_out_with_a_card),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
