/* SPDX-License-Identifier: MIT */
/* A segment that a card sends out of the sender's own sk_buff: which of its two ends comes first
 * makes no difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/nic_lent.h"
#include "driver/nic_testbed.h"

#define HLEN 54

static int begin(void **state)
{
	(void)state;
	nic_bed_begin();
	assert_int_equal(nic_open(&nic, 4, 4), 0);
	nic.carrier = true;
	return 0;
}

/* A header's room, and `n` bytes in a buffer; 0: none, as a FIN has. */
static struct sk_buff *segment(u32 n)
{
	struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);
	struct buf *buf;

	assert_non_null(skb);
	skb_reserve(skb, MAX_HEADER);
	if (!n)
		return skb;
	buf = buf_alloc(net.bufs, n);
	assert_non_null(buf);
	memset(buf->data, 'p', n);
	assert_true(skb_add_frag(skb, buf, 0, n, buf_truesize(buf)));
	return skb;
}

static void lend(struct sk_buff *skb)
{
	u8 *header = skb->data - HLEN;

	memset(header, 'h', HLEN);
	nic_tx_post_lent(&nic, skb, header, HLEN);
	nic_tx_doorbell(&nic);
	assert_true(skb->lent);
}

static void sent(void)
{
	nic_tx_advance(&nic);
	nic_tx_complete(&nic, 1);
	assert_int_equal(nic_tx_clean(&nic, UINT32_MAX), 1);
}

static void expect_frame(u32 payload)
{
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;
	u32 n = nic_tx_peek(&nic, segs, &meta);

	assert_null(nic_tx_peek_skb(&nic));
	assert_int_equal(n, payload ? 2 : 1);
	assert_int_equal(segs[0].len, HLEN);
	assert_int_equal(segs[0].addr[HLEN - 1], 'h');
	if (!payload)
		return;
	assert_int_equal(segs[1].len, payload);
	assert_int_equal(segs[1].addr[payload - 1], 'p');
}

static void the_card_is_done_first(void **state)
{
	struct sk_buff *skb = segment(5);

	(void)state;
	for (u32 i = 0; i < 3; i++) {	/* and again, as after a loss */
		lend(skb);
		expect_frame(5);
		sent();
		assert_false(skb->lent);
		assert_int_equal(net.frames.sent, i + 1);
	}
	consume_skb(skb);
	skb = segment(0);
	lend(skb);
	expect_frame(0);
	sent();
	consume_skb(skb);
}

static void the_sender_is_done_first(void **state)
{
	struct sk_buff *skb = segment(7);

	(void)state;
	lend(skb);
	consume_skb(skb);
	assert_int_equal(net.frames.consumed, 1);
	assert_int_equal(net.skb_slab.live, 1);
	expect_frame(7);
	sent();
	assert_int_equal(net.skb_slab.live, 0);
}

/* What TCP makes of it meanwhile is not seen by the card. */
static void payload_stays_while_it_is_cut(void **state)
{
	struct sk_buff *skb = segment(9), *clone;

	(void)state;
	lend(skb);
	clone = skb_clone(skb);
	assert_non_null(clone);
	assert_false(clone->lent);
	skb_trim(skb, 0);
	consume_skb(clone);
	expect_frame(9);
	consume_skb(skb);
	expect_frame(9);
	sent();
}

static void the_card_goes_down(void **state)
{
	struct sk_buff *mine = segment(3), *gone = segment(4);

	(void)state;
	lend(mine);
	lend(gone);
	consume_skb(gone);
	nic_close(&nic);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 2);
	assert_false(mine->lent);
	consume_skb(mine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_card_is_done_first, begin, nic_bed_end),
		cmocka_unit_test_setup_teardown(the_sender_is_done_first, begin, nic_bed_end),
		cmocka_unit_test_setup_teardown(payload_stays_while_it_is_cut, begin, nic_bed_end),
		cmocka_unit_test_setup_teardown(the_card_goes_down, begin, nic_bed_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
