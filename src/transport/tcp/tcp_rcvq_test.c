/* SPDX-License-Identifier: MIT */
/* The out-of-order queue against a naive one: a map of which bytes are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_rcvq.h"

#define SPACE 4096
#define BASE 0xfffff800u	/* wraps in the middle */

static struct net net;
static struct tcp_rcvq o;

static int setup(void **state)
{
	struct ln_net_params params;

	(void)state;
	ln_net_params_init(&params);
	assert_int_equal(netns_init(&net, &params), 0);
	tcp_rcvq_init(&o);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tcp_rcvq_purge(&o, SKB_DROP_REASON_TCP_CLOSE);
	assert_int_equal(net.skb_slab.live, 0);
	assert_int_equal(net.bufs->live, 0);
	netns_exit(&net);
	assert_int_equal(net.mem.used, 0);
	return 0;
}

static u8 byte_at(u32 off)
{
	return (u8)(off * 13 + (off >> 8));
}

/* Bytes [from, to) from BASE, as a received segment. */
static struct sk_buff *seg(u32 from, u32 to, bool fin)
{
	struct buf *b = buf_alloc(net.bufs, 4096);
	struct sk_buff *skb;
	struct tcp_skb_cb *cb;

	for (u32 i = from; i < to; i++)
		b->data[100 + i - from] = byte_at(i);
	assert_true(mem_charge(&net.mem, 0));
	skb = alloc_skb(&net, SKB_ROOM);
	assert_non_null(skb);
	if (to > from)
		assert_true(skb_add_frag(skb, b, 100, to - from, to - from));
	else
		buf_put(b);
	cb = TCP_SKB_CB(skb);
	cb->seq = BASE + from;
	cb->end_seq = BASE + to + fin;
	cb->tcp_flags = fin ? TCPHDR_FIN : 0;
	return skb;
}

static bool insert(u32 from, u32 to)
{
	struct sk_buff *skb = seg(from, to, false);

	if (tcp_rcvq_insert(&o, skb) == TCP_RCVQ_QUEUED)
		return true;
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_OFOMERGE);
	return false;
}

/* Sorted, disjoint, runs are what they say, bytes are right. Returns how many runs. */
static u32 check_queue(const bool *have)
{
	struct sk_buff *skb, *first = NULL;
	u32 runs = 0, at = 0;
	u8 buf[SPACE];

	skb_queue_walk(&o.q, skb) {
		u32 from = TCP_SKB_CB(skb)->seq - BASE, to = TCP_SKB_CB(skb)->end_seq - BASE;

		assert_true(from >= at && to > from && skb->len == to - from);
		for (u32 i = at; have && i < from; i++)
			assert_false(have[i]);
		for (u32 i = from; have && i < to; i++)
			assert_true(have[i]);
		assert_int_equal(skb_copy_bits(skb, 0, buf, skb->len), 0);
		for (u32 i = from; i < to; i++)
			assert_int_equal(buf[i - from], byte_at(i));
		if (!first || from != at) {
			first = skb;
			runs++;
		}
		if (skb->next == skb_queue_end(&o.q) ||
		    TCP_SKB_CB(skb->next)->seq != TCP_SKB_CB(skb)->end_seq) {
			assert_ptr_equal(tcp_run_end(skb), first);
			assert_ptr_equal(tcp_run_end(first), skb);
		}
		at = to;
	}
	for (u32 i = at; have && i < SPACE; i++)
		assert_false(have[i]);
	assert_int_equal(runs, o.runs);
	return runs;
}

static void runs_join(void **state)
{
	(void)state;
	assert_true(insert(100, 200));
	assert_true(insert(300, 400));
	assert_true(insert(500, 600));
	assert_int_equal(check_queue(NULL), 3);
	assert_true(insert(200, 300));
	assert_int_equal(check_queue(NULL), 2);
	assert_true(insert(400, 500));
	assert_int_equal(check_queue(NULL), 1);
	assert_int_equal(o.num_sacks, 1);
	assert_int_equal(o.sacks[0].start, BASE + 100);
	assert_int_equal(o.sacks[0].end, BASE + 600);
	assert_false(o.dsack);
}

static void duplicates_become_dsack(void **state)
{
	struct tcp_sack_block b[4];

	(void)state;
	assert_true(insert(100, 200));
	assert_false(insert(120, 180));
	assert_int_equal(tcp_rcvq_sack_blocks(&o, b, 4), 2);
	assert_int_equal(b[0].start, BASE + 120);
	assert_int_equal(b[0].end, BASE + 180);
	assert_int_equal(b[1].start, BASE + 100);
	assert_int_equal(tcp_rcvq_sack_blocks(&o, b, 4), 1);	/* told once */
	assert_true(insert(150, 300));
	assert_int_equal(tcp_rcvq_sack_blocks(&o, b, 4), 2);
	assert_int_equal(b[0].start, BASE + 150);
	assert_int_equal(b[0].end, BASE + 200);
}

static void the_last_change_is_told_first(void **state)
{
	struct tcp_sack_block b[4];

	(void)state;
	for (u32 i = 1; i <= 6; i++)
		insert(i * 100, i * 100 + 50);
	assert_int_equal(tcp_rcvq_sack_blocks(&o, b, 3), 3);
	assert_int_equal(b[0].start, BASE + 600);
	assert_int_equal(b[1].start, BASE + 500);
	assert_int_equal(b[2].start, BASE + 400);
	insert(350, 360);
	assert_int_equal(tcp_rcvq_sack_blocks(&o, b, 4), 4);
	assert_int_equal(b[0].start, BASE + 300);
	assert_int_equal(b[0].end, BASE + 360);
}

static void pull_cuts_what_was_received(void **state)
{
	struct sk_buff *skb;

	(void)state;
	insert(100, 200);
	insert(200, 300);
	insert(400, 500);
	assert_null(tcp_rcvq_pull(&o, BASE + 50));
	skb = tcp_rcvq_pull(&o, BASE + 250);
	assert_non_null(skb);
	assert_int_equal(TCP_SKB_CB(skb)->seq, BASE + 250);
	assert_int_equal(skb->len, 50);
	consume_skb(skb);
	assert_null(tcp_rcvq_pull(&o, BASE + 300));
	assert_int_equal(check_queue(NULL), 1);
	tcp_rcvq_sack_remove(&o, BASE + 300);
	assert_int_equal(o.num_sacks, 1);
}

static void a_fin_goes_with_its_byte(void **state)
{
	struct sk_buff *fin = seg(100, 200, true), *skb;

	(void)state;
	assert_int_equal(tcp_rcvq_insert(&o, fin), TCP_RCVQ_QUEUED);
	insert(50, 150);
	skb = tcp_rcvq_pull(&o, BASE + 50);
	assert_false(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN);
	assert_int_equal(TCP_SKB_CB(skb)->end_seq, BASE + 100);
	consume_skb(skb);
	skb = tcp_rcvq_pull(&o, BASE + 100);
	assert_true(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN);
	assert_int_equal(TCP_SKB_CB(skb)->end_seq, BASE + 201);
	consume_skb(skb);
}

static void prune_takes_the_last(void **state)
{
	(void)state;
	insert(100, 200);
	insert(200, 300);
	insert(400, 500);
	assert_true(tcp_rcvq_prune_tail(&o));
	assert_int_equal(check_queue(NULL), 1);
	assert_true(tcp_rcvq_prune_tail(&o));
	assert_int_equal(check_queue(NULL), 1);
	assert_int_equal(o.num_sacks, 0);
	assert_true(tcp_rcvq_prune_tail(&o));
	assert_false(tcp_rcvq_prune_tail(&o));
	assert_int_equal(net.drops[SKB_DROP_REASON_TCP_OFO_QUEUE_PRUNE], 3);
}

/* A peer of tiny segments cannot make each of them a walk over all the others. */
static void looking_for_a_place_has_an_end(void **state)
{
	struct sk_buff *skb;

	(void)state;
	for (u32 i = 0; i < 2000; i++)
		assert_true(insert(2 * i, 2 * i + 1));
	assert_int_equal(check_queue(NULL), 2000);
	/* Near both ends there are places, in the middle the way is too far. */
	assert_true(insert(2 * 1700 + 1, 2 * 1700 + 2));
	assert_true(insert(2 * 300 + 1, 2 * 300 + 2));
	assert_true(insert(4000, 4001));
	skb = seg(2 * 1000 + 1, 2 * 1000 + 2, false);
	assert_int_equal(tcp_rcvq_insert(&o, skb), TCP_RCVQ_TOO_FAR);
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_OFO_DROP);
	assert_int_equal(check_queue(NULL), 2000 - 2 + 1);
	/* Even where all of it is there already. */
	skb = seg(2 * 1000, 2 * 1000 + 1, false);
	assert_int_equal(tcp_rcvq_insert(&o, skb), TCP_RCVQ_TOO_FAR);
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_OFO_DROP);
	assert_false(o.dsack);
}

static void like_a_map_of_bytes(void **state)
{
	struct prng p;

	(void)state;
	prng_init(&p, 7);
	for (int round = 0; round < 60; round++) {
		bool have[SPACE] = { false };
		u32 next = 0, most = 1 + prng_below(&p, 300);

		for (int n = 0; n < 200; n++) {
			u32 from = prng_below(&p, SPACE - 1), to = from + 1 + prng_below(&p, most);
			struct sk_buff *skb;
			bool fresh = false;

			to = min_t(u32, to, SPACE);
			if (from <= next)
				continue;
			for (u32 i = from; i < to; i++)
				fresh |= !have[i];
			assert_int_equal(insert(from, to), fresh);
			memset(have + from, true, to - from);
			check_queue(have);
			if (prng_below(&p, 10))
				continue;
			next += prng_below(&p, 200);
			while ((skb = tcp_rcvq_pull(&o, BASE + next))) {
				assert_int_equal(TCP_SKB_CB(skb)->seq, BASE + next);
				next = TCP_SKB_CB(skb)->end_seq - BASE;
				consume_skb(skb);
			}
			next = min_t(u32, next, SPACE);
			memset(have, false, next);
			check_queue(have);
		}
		tcp_rcvq_purge(&o, SKB_DROP_REASON_TCP_CLOSE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(runs_join, setup, teardown),
		cmocka_unit_test_setup_teardown(duplicates_become_dsack, setup, teardown),
		cmocka_unit_test_setup_teardown(the_last_change_is_told_first, setup, teardown),
		cmocka_unit_test_setup_teardown(pull_cuts_what_was_received, setup, teardown),
		cmocka_unit_test_setup_teardown(a_fin_goes_with_its_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(prune_takes_the_last, setup, teardown),
		cmocka_unit_test_setup_teardown(looking_for_a_place_has_an_end, setup, teardown),
		cmocka_unit_test_setup_teardown(like_a_map_of_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
