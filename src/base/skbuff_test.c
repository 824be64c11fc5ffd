/* SPDX-License-Identifier: MIT */
/* sk_buff geometry, sharing, and that every birth and end is in the ledger and the budget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/csum.h"
#include "base/skb_queue.h"
#include "base/skbuff.h"

static struct net net;

static int setup(void **state)
{
	struct ln_net_params p;

	(void)state;
	ln_net_params_init(&p);
	p.mem_budget = 1 << 20;
	return netns_init(&net, &p);
}

/* Every test ends here: nothing alive, nothing charged, births equal ends. */
static int teardown(void **state)
{
	const struct frame_ledger *f = &net.frames;

	(void)state;
	assert_int_equal(net.skb_slab.live, 0);
	assert_int_equal(net.bufs->live, 0);
	assert_int_equal(f->rx + f->made + f->cloned, f->consumed + f->sent + f->dropped);
	netns_exit(&net);
	assert_int_equal(net.mem.used, 0);
	assert_int_equal(net.mem.live, 0);
	return 0;
}

static void fill(u8 *p, u32 n, u8 from)
{
	for (u32 i = 0; i < n; i++)
		p[i] = (u8)(from + i);
}

/* A received frame of n counted bytes in a ring's buffer. */
static struct sk_buff *received(u32 n)
{
	struct buf *b = buf_alloc(net.bufs, 1984);
	struct sk_buff *skb;

	fill(b->data + 64, n, 0);
	skb = build_skb(&net, b, 64, n);
	if (!skb)
		buf_put(b);
	return skb;
}

/* A packet with a header of h bytes and n counted payload bytes in two fragments. */
static struct sk_buff *fragmented(u32 h, u32 n)
{
	struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);
	struct buf *b = buf_alloc(net.bufs, n);
	u32 first = n / 3;

	skb_reserve(skb, MAX_HEADER - h > 60 ? 60 : 0);
	fill(skb_put(skb, h), h, 0);
	fill(b->data, n, (u8)h);
	assert_true(skb_add_frag(skb, buf_get(b), 0, first, first));
	assert_true(skb_add_frag(skb, b, first, n - first, n - first));
	return skb;
}

static void expect_counted(const struct sk_buff *skb, u32 len, u8 from)
{
	u8 *flat = malloc(len + 1);

	assert_int_equal(skb->len, len);
	assert_int_equal(skb_copy_bits(skb, 0, flat, len), 0);
	for (u32 i = 0; i < len; i++)
		assert_int_equal(flat[i], (u8)(from + i));
	assert_int_equal(skb_copy_bits(skb, 0, flat, len + 1), -EINVAL);
	free(flat);
}

static void push_and_pull_move_data_only(void **state)
{
	struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);

	(void)state;
	skb_reserve(skb, 100);
	fill(skb_put(skb, 20), 20, 14);
	fill(skb_push(skb, 14), 14, 0);
	assert_int_equal(skb_headroom(skb), 86);
	assert_int_equal(skb_tailroom(skb), SKB_ROOM - 120);
	expect_counted(skb, 34, 0);
	skb_pull(skb, 14);
	expect_counted(skb, 20, 14);
	assert_int_equal(net.copies.header, 0);
	consume_skb(skb);
}

static void a_clone_copies_the_header_and_shares_payload(void **state)
{
	struct sk_buff *skb = fragmented(40, 3000), *c = skb_clone(skb);

	(void)state;
	assert_int_equal(c->id, skb->id);
	assert_int_equal(net.copies.header, 40);
	assert_ptr_equal(c->frags[0].buf, skb->frags[0].buf);
	skb_push(c, 14)[0] = 0xee;	/* the clone's header is its own */
	c->data[14] = 0xee;
	expect_counted(skb, 3040, 0);
	consume_skb(skb);
	skb_pull(c, 54);
	expect_counted(c, 3000, 40);
	dev_consume_sent(c);
	assert_int_equal(net.frames.sent, 1);
}

static void writing_a_shared_received_header_takes_a_copy_of_it(void **state)
{
	struct sk_buff *skb = received(1000), *c;

	(void)state;
	skb_reset_mac_header(skb);
	c = skb_clone(skb);
	assert_int_equal(net.copies.header, 0);		/* clones of ring buffers share */
	skb_pull(c, 14);
	assert_true(skb_cow_head(c, 16, 20));
	assert_true(skb_headroom(c) >= 16);
	/* What is written and the header that was pulled, and nothing of what follows. */
	assert_int_equal(net.copies.header, 34);
	assert_int_equal(skb_headlen(c), 20);
	assert_ptr_equal(c->frags[0].buf, skb->head_buf);
	c->data[0] = 0xee;
	expect_counted(skb, 1000, 0);
	c->data[0] = 14;
	expect_counted(c, 986, 14);
	kfree_skb_reason(c, SKB_DROP_REASON_NO_SOCKET);
	consume_skb(skb);
	assert_int_equal(net.drops[SKB_DROP_REASON_NO_SOCKET], 1);
}

static void headers_can_be_pulled_out_of_fragments(void **state)
{
	struct sk_buff *skb = fragmented(14, 200);

	(void)state;
	assert_true(pskb_may_pull(skb, 100));
	assert_true(skb_headlen(skb) >= 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(skb->data[i], (u8)i);
	expect_counted(skb, 214, 0);
	assert_false(pskb_may_pull(skb, 215));
	consume_skb(skb);
}

static void charged(struct sk_buff *skb)
{
	(void)skb;
}

/* A chain of headers longer than there is room for inline: who reads the first of them later must
 * find it. */
static void long_headers_stay(void **state)
{
	struct sk_buff *skb = fragmented(54, 400), *owned;

	(void)state;
	skb->mac_header = (u16)skb_headroom(skb);
	skb_pull(skb, 14);
	skb_reset_network_header(skb);
	for (u32 n = 100; n <= 440; n += 17) {
		assert_true(pskb_may_pull(skb, n));
		for (u32 i = 0; i < n; i++)
			assert_int_equal(skb->data[i], (u8)(14 + i));
	}
	skb_pull(skb, 300);
	assert_true(pskb_may_pull(skb, 140));
	for (u32 i = 0; i < 340; i++)
		assert_int_equal(skb_network_header(skb)[i], (u8)(14 + i));
	assert_true(skb_cow_head(skb, 500, 20));
	assert_true(skb_headroom(skb) >= 500);
	for (u32 i = 0; i < 340; i++)
		assert_int_equal(skb_network_header(skb)[i], (u8)(14 + i));
	expect_counted(skb, 140, (u8)314);
	consume_skb(skb);
	/* Who is charged for it would not know. */
	owned = fragmented(20, 10);
	owned->destructor = charged;
	assert_false(skb_cow_head(owned, 500, 20));
	owned->destructor = NULL;
	consume_skb(owned);
}

static void trim_split_and_eat_keep_the_right_bytes(void **state)
{
	for (u32 cut = 41; cut < 340; cut += 13) {
		struct sk_buff *skb = fragmented(40, 300), *rest = alloc_skb(&net, 0);

		(void)state;
		skb_split(skb, rest, cut);
		expect_counted(skb, cut, 0);
		expect_counted(rest, 340 - cut, (u8)cut);
		skb_trim(skb, cut - 1);
		expect_counted(skb, cut - 1, 0);
		skb_eat(skb, 5);
		expect_counted(skb, cut - 6, 5);
		consume_skb(skb);
		consume_skb(rest);
	}
	for (u32 n = 0; n <= 340; n += 17) {
		struct sk_buff *skb = fragmented(40, 300);

		skb_eat(skb, n);
		expect_counted(skb, 340 - n, (u8)n);
		consume_skb(skb);
	}
}

/* Cut and joined again it is what it was, in as many pieces; the sum goes along. */
static void what_was_split_can_be_joined(void **state)
{
	(void)state;
	for (u32 cut = 41; cut < 340; cut += 13) {
		struct sk_buff *skb = fragmented(40, 300), *rest = alloc_skb(&net, 0);
		u32 pieces = skb->nr_frags, truesize = skb->truesize;
		u16 sum = csum_fold(skb_checksum(skb, 0, 340, 0));

		skb_split(skb, rest, cut);
		skb->csum = skb_checksum(skb, 0, cut, 0);
		rest->csum = skb_checksum(rest, 0, 340 - cut, 0);
		skb->csum_valid = rest->csum_valid = true;
		assert_true(skb_shift(skb, rest));
		expect_counted(skb, 340, 0);
		assert_int_equal(skb->nr_frags, pieces);
		assert_int_equal(skb->truesize, truesize);
		assert_true(skb->csum_valid);
		assert_int_equal(csum_fold(skb->csum), sum);
		assert_int_equal(rest->len + rest->truesize + rest->nr_frags, 0);
		consume_skb(rest);
		consume_skb(skb);
	}
}

static void more_pieces_than_slots_are_not_joined(void **state)
{
	struct sk_buff *skb = fragmented(40, 300), *more = fragmented(0, 300);

	(void)state;
	while (skb->nr_frags < MAX_SKB_FRAGS)
		assert_true(skb_add_frag(skb, buf_get(more->frags[0].buf), 0, 1, 0));
	assert_false(skb_shift(skb, more));
	expect_counted(more, 300, 0);
	consume_skb(more);
	consume_skb(skb);
}

static void checksum_over_odd_fragments(void **state)
{
	struct sk_buff *skb = fragmented(41, 301);
	u8 flat[342];

	(void)state;
	skb_copy_bits(skb, 0, flat, 342);
	for (u32 off = 0; off < 60; off++)
		assert_int_equal(csum_fold(skb_checksum(skb, off, 342 - off, 0)),
				 csum_fold(csum_partial(flat + off, 342 - off, 0)));
	consume_skb(skb);
}

static void past_the_budget_is_refused_and_nothing_is_kept(void **state)
{
	struct sk_buff_head q;
	struct sk_buff *skb;
	size_t used;

	(void)state;
	skb_queue_head_init(&q);
	while ((skb = received(1000)) != NULL)
		skb_queue_tail(&q, skb);
	assert_true(net.mem.used <= net.mem.budget);
	assert_true(q.qlen > 300);
	used = net.mem.used;
	assert_null(alloc_skb(&net, 4000));
	assert_int_equal(net.mem.used, used);
	skb_queue_purge_reason(&q, SKB_DROP_REASON_NOMEM);
	assert_int_equal(net.drops[SKB_DROP_REASON_NOMEM], net.frames.dropped);
}

/* The sum from `start` on is to be finished `offset` behind it. */
static bool help(struct sk_buff *skb, s32 start, u16 offset)
{
	u16 zero = 0;

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u16)(skb_headroom(skb) + (u32)start);
	skb->csum_offset = offset;
	if (start >= 0 && (u32)start + offset + 2 <= skb_headlen(skb))
		memcpy(skb->data + start + offset, &zero, 2);
	return skb_checksum_help(skb);
}

/* A frame's sender says where its checksum is to be, and may lie. */
static void a_checksum_is_finished_within_the_packet(void **state)
{
	static const u16 offsets[] = { 0, 6, 16, 57, 58, 59, 98, 1000, 0xffff };

	(void)state;
	for (s32 start = -14; start < 110; start++) {
		for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
			struct sk_buff *skb = received(100), *shared;
			bool good = start >= 0 && (u32)start + offsets[i] + 2 <= 60;

			skb_trim(skb, 60);	/* padding of the link is cut */
			shared = i & 1 ? skb_clone(skb) : NULL;
			assert_int_equal(help(skb, start, offsets[i]), good);
			if (good && !(offsets[i] & 1))
				assert_int_equal(csum_fold(skb_checksum(skb, (u32)start,
									60 - (u32)start, 0)), 0);
			consume_skb(skb);
			consume_skb(shared);
		}
	}
}

static void a_checksum_in_a_fragment_is_finished(void **state)
{
	struct sk_buff *skb = fragmented(20, 100);

	(void)state;
	assert_true(skb_headlen(skb) == 20);
	assert_true(help(skb, 10, 50));
	assert_true(skb_headlen(skb) >= 62);
	consume_skb(skb);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(push_and_pull_move_data_only),
		T(a_clone_copies_the_header_and_shares_payload),
		T(writing_a_shared_received_header_takes_a_copy_of_it),
		T(a_checksum_is_finished_within_the_packet),
		T(a_checksum_in_a_fragment_is_finished),
		T(headers_can_be_pulled_out_of_fragments),
		T(long_headers_stay),
		T(trim_split_and_eat_keep_the_right_bytes),
		T(what_was_split_can_be_joined),
		T(more_pieces_than_slots_are_not_joined),
		T(checksum_over_odd_fragments),
		T(past_the_budget_is_refused_and_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
