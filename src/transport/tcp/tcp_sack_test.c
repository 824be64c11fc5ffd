/* SPDX-License-Identifier: MIT */
/* The retransmission queue and its scoreboard against a naive one: an array of packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_sack.h"

#define MSS 100
#define PACKETS 200
#define BASE 0xffffe000u	/* wraps on the way */

static struct net net;
static struct tcp_rtxq q;

/* The naive twin. */
static struct {
	bool sent, acked, sacked, lost;
} pk[PACKETS];
static u32 una, nxt;		/* packets */
static u32 together;		/* so many packets, at most, are one entry of the queue */
static u32 cuts_max = UINT32_MAX, dsacks_left = UINT32_MAX;
static struct prng chance;

static int setup(void **state)
{
	struct ln_net_params params;

	(void)state;
	ln_net_params_init(&params);
	assert_int_equal(netns_init(&net, &params), 0);
	net.now = NSEC_PER_SEC;
	tcp_rtxq_init(&q);
	memset(pk, 0, sizeof(pk));
	una = nxt = 0;
	together = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tcp_rtxq_purge(&q, SKB_DROP_REASON_TCP_CLOSE);
	assert_int_equal(net.skb_slab.live, 0);
	netns_exit(&net);
	assert_int_equal(net.mem.used, 0);
	return 0;
}

static u32 seq_of(u32 packet)
{
	return BASE + packet * MSS;
}

static void send_packets(u32 n)
{
	while (n && nxt < PACKETS) {
		u32 k = together > 1 ? 1 + prng_below(&chance, together) : 1;
		struct buf *b = buf_alloc(net.bufs, 1000);
		struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);

		k = min(k, min(n, PACKETS - nxt));
		assert_true(skb_add_frag(skb, b, 0, k * MSS, k * MSS));
		TCP_SKB_CB(skb)->seq = seq_of(nxt);
		TCP_SKB_CB(skb)->end_seq = seq_of(nxt + k);
		assert_int_equal(tcp_set_skb_tso_segs(skb, MSS), k);
		skb->tstamp = net.now++;
		tcp_rtxq_append(&q, skb);
		for (n -= k; k; k--)
			pk[nxt++].sent = true;
	}
}

static void acked(u32 snd_una, struct tcp_rtxq_acked *res)
{
	struct tcp_rtxq_ack_in in = { .snd_una = snd_una, .sack = true };

	tcp_rtxq_ack(&q, &in, res);
}

static struct tcp_sack_result sack(u32 n, const struct tcp_sack_block *blocks)
{
	struct tcp_sack_result res;
	struct tcp_sack_in in = { .blocks = blocks, .num = n, .ack = seq_of(una),
				  .prior_snd_una = seq_of(una), .snd_nxt = seq_of(nxt),
				  .max_window = 100000, .mss = MSS, .cuts_max = cuts_max,
				  .dsacks_left = dsacks_left };

	tcp_sacktag_write_queue(&q, &in, 0, &res);
	return res;
}

static void naive_sack(const struct tcp_sack_block *b)
{
	for (u32 i = una; i < nxt; i++)
		if (!before(seq_of(i), b->start) && !after(seq_of(i + 1), b->end)) {
			pk[i].sacked = true;
			pk[i].lost = false;
		}
}

static void naive_mark_lost(u32 dupthresh)
{
	u32 above = 0;

	for (u32 i = nxt; i-- > una;) {
		if (pk[i].sacked)
			above++;
		else if (above >= dupthresh)
			pk[i].lost = true;
	}
}

static void compare(void)
{
	u32 i = una, sacked = 0, lost = 0;
	struct sk_buff *skb, *first = NULL;

	skb_queue_walk(&q.q, skb) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		assert_int_equal(cb->seq, seq_of(i));
		assert_int_equal(cb->end_seq, seq_of(i + cb->pcount));
		assert_int_equal(skb->len, cb->end_seq - cb->seq);
		for (u32 k = 0; k < cb->pcount; k++, i++) {
			assert_int_equal(!!(cb->sacked & TCPCB_SACKED_ACKED), pk[i].sacked);
			assert_int_equal(!!(cb->sacked & TCPCB_LOST), pk[i].lost);
			sacked += pk[i].sacked;
			lost += pk[i].lost;
			if (pk[i].sacked && (i == una || !pk[i - 1].sacked))
				first = skb;
		}
		if (pk[i - 1].sacked && (i == nxt || !pk[i].sacked)) {
			assert_ptr_equal(tcp_run_end(skb), first);
			assert_ptr_equal(tcp_run_end(first), skb);
		}
	}
	assert_int_equal(i, nxt);
	assert_int_equal(q.packets_out, nxt - una);
	assert_int_equal(q.sacked_out, sacked);
	assert_int_equal(q.lost_out, lost);
	assert_int_equal(tcp_packets_in_flight(&q), nxt - una - sacked - lost + q.retrans_out);
}

static void like_an_array(void **state)
{
	struct prng p;

	(void)state;
	for (u64 seed = 1; seed < 80; seed++) {
		setup(NULL);
		prng_init(&p, seed);
		prng_init(&chance, seed);
		together = seed & 1 ? 1 : 8;
		for (int step = 0; step < 120; step++) {
			struct tcp_sack_block b[3];
			struct tcp_rtxq_acked res;
			u32 n = 1 + prng_below(&p, 3);

			send_packets(prng_below(&p, 8));
			if (nxt == una)
				continue;
			for (u32 i = 0; i < n; i++) {
				u32 from = una + prng_below(&p, nxt - una);
				u32 len = 1 + prng_below(&p, 6);

				b[i].start = seq_of(from) + (prng_below(&p, 5) ? 0 : 30);
				b[i].end = seq_of(min(from + len, nxt)) -
					   (prng_below(&p, 5) ? 0 : 30);
				if (b[i].start == seq_of(una))	/* that would be an ACK */
					b[i].start += MSS;
				if (!before(b[i].start, b[i].end))
					b[i].end = b[i].start + 1;
				if (after(b[i].end, seq_of(nxt)))
					b[i].start = b[i].end = 0;
			}
			sack(n, b);
			for (u32 i = 0; i < n; i++)
				if (before(b[i].start, b[i].end))
					naive_sack(&b[i]);
			tcp_rtxq_mark_head_lost(&q, 3);
			naive_mark_lost(3);
			compare();
			if (!prng_below(&p, 4)) {
				una += prng_below(&p, nxt - una + 1);
				acked(seq_of(una), &res);
				compare();
			}
		}
		teardown(NULL);
	}
}

static struct tcp_sack_block blk(u32 from, u32 to)
{
	return (struct tcp_sack_block){ seq_of(from), seq_of(to) };
}

static void nonsense_is_ignored(void **state)
{
	struct tcp_sack_block b;

	(void)state;
	send_packets(10);
	b = blk(8, 11);			/* beyond what was sent */
	assert_int_equal(sack(1, &b).discarded, 1);
	b = blk(5, 5);			/* empty */
	assert_int_equal(sack(1, &b).discarded, 1);
	b = (struct tcp_sack_block){ seq_of(6), seq_of(5) };
	assert_int_equal(sack(1, &b).discarded, 1);
	assert_int_equal(q.sacked_out, 0);
	compare();
}

static void dsacks_are_told_apart(void **state)
{
	struct tcp_sack_block b[2] = { blk(0, 1), blk(5, 6) };
	struct tcp_rtxq_acked res;
	struct tcp_sack_result r;

	(void)state;
	send_packets(10);
	una = 3;
	acked(seq_of(una), &res);
	assert_int_equal(res.pkts, 3);
	r = sack(2, b);			/* RFC 2883 4.1: below the ACK */
	assert_int_equal(r.dsack_segs, 1);
	assert_false(r.dsack_ofo);
	assert_int_equal(r.newly_sacked, 1);
	b[0] = blk(5, 6);		/* 4.2: inside of the second block */
	b[1] = blk(5, 8);
	r = sack(2, b);
	assert_int_equal(r.dsack_segs, 1);
	assert_true(r.dsack_ofo);
	assert_int_equal(r.newly_sacked, 2);
	b[0] = blk(7, 8);		/* not a D-SACK */
	assert_int_equal(sack(1, b).dsack_segs, 0);
	assert_false(sack(1, b).has_dsack);
	b[0] = blk(0, 3);		/* of three packets; or, that many were not sent again */
	assert_int_equal(sack(1, b).dsack_segs, 3);
	dsacks_left = 2;
	r = sack(1, b);
	dsacks_left = UINT32_MAX;
	assert_true(r.has_dsack);
	assert_int_equal(r.dsack_dups, 3);
	assert_int_equal(r.dsack_segs, 0);
}

static void reordering_is_seen(void **state)
{
	struct tcp_sack_block b = blk(5, 6);
	struct tcp_sack_result r;

	(void)state;
	send_packets(10);
	assert_false(sack(1, &b).has_reord);
	b = blk(2, 3);			/* never sent again, SACKed after a higher one */
	r = sack(1, &b);
	assert_true(r.has_reord);
	assert_int_equal(r.reord, seq_of(2));
	assert_int_equal(r.prior_fack, seq_of(6));
}

static void lost_ones_are_found_in_order(void **state)
{
	struct tcp_sack_block b = blk(2, 3);
	struct sk_buff *skb;

	(void)state;
	send_packets(10);
	sack(1, &b);
	b = blk(4, 8);
	sack(1, &b);
	tcp_rtxq_mark_head_lost(&q, 3);
	assert_int_equal(q.lost_out, 3);	/* 0, 1, 3 */
	for (u32 want = 0; want < 4; want += want == 1 ? 2 : 1) {
		skb = tcp_rtxq_next_lost(&q);
		assert_int_equal(TCP_SKB_CB(skb)->seq, seq_of(want));
		tcp_rtxq_mark_retrans(&q, skb);
	}
	assert_null(tcp_rtxq_next_lost(&q));
	assert_int_equal(tcp_packets_in_flight(&q), 10 - 5 - 3 + 3);
	/* A retransmission that was lost too. */
	tcp_rtxq_mark_lost(&q, tcp_rtxq_head(&q));
	assert_ptr_equal(tcp_rtxq_next_lost(&q), tcp_rtxq_head(&q));
	tcp_rtxq_unmark_lost(&q);
	assert_null(tcp_rtxq_next_lost(&q));
}

static void a_timeout_marks_all(void **state)
{
	struct tcp_sack_block b = blk(4, 6);

	(void)state;
	send_packets(10);
	sack(1, &b);
	tcp_rtxq_mark_timeout_lost(&q, false, KTIME_MAX);
	assert_int_equal(q.lost_out, 8);
	assert_int_equal(tcp_packets_in_flight(&q), 0);
	tcp_rtxq_mark_timeout_lost(&q, true, KTIME_MAX);
	assert_int_equal(q.lost_out, 10);
	assert_int_equal(q.sacked_out, 0);
	assert_null(q.highest_sack);
}

static void a_split_keeps_the_counts(void **state)
{
	struct sk_buff *rest, *head;

	(void)state;
	send_packets(5);
	head = tcp_rtxq_head(&q);
	tcp_rtxq_mark_lost(&q, head);
	rest = tcp_rtxq_cut(&q, head, 40, 40);
	assert_non_null(rest);
	assert_int_equal(TCP_SKB_CB(rest)->seq, seq_of(0) + 40);
	assert_int_equal(TCP_SKB_CB(rest)->end_seq, seq_of(1));
	assert_int_equal(TCP_SKB_CB(rest)->pcount, 2);
	assert_int_equal(q.packets_out, 4 + 1 + 2);
	assert_int_equal(q.lost_out, 3);
	assert_true(tcp_rtxq_mark_longer_lost(&q, 50));
	assert_int_equal(q.lost_out, 7);
}

/* Several packets in one, of which a part is acknowledged: also within a packet. */
static void the_front_of_several_goes(void **state)
{
	struct tcp_rtxq_acked res;
	struct sk_buff *skb;
	size_t used;

	(void)state;
	together = 8;
	prng_init(&chance, 3);
	while (!(skb = skb_peek_tail(&q.q)) || tcp_skb_pcount(skb) != 8) {
		tcp_rtxq_purge(&q, SKB_DROP_REASON_TCP_CLOSE);
		una = nxt;
		send_packets(8);
	}
	tcp_rtxq_mark_lost(&q, skb);
	used = net.mem.used;
	acked(seq_of(una) + 2 * MSS + 30, &res);
	assert_int_equal(res.pkts, 2);
	assert_int_equal(res.delivered, 2);
	assert_int_equal(res.freed, 2 * MSS + 30);
	assert_int_equal(res.freed_segs, 0);
	assert_int_equal(net.mem.used, used - 2 * MSS - 30);
	assert_ptr_equal(tcp_rtxq_head(&q), skb);
	assert_int_equal(TCP_SKB_CB(skb)->seq, seq_of(una) + 2 * MSS + 30);
	assert_int_equal(skb->len, 6 * MSS - 30);
	assert_int_equal(q.packets_out, 6);
	assert_int_equal(q.lost_out, 6);
	/* Less than a packet: no packet was delivered. */
	acked(seq_of(una) + 2 * MSS + 40, &res);
	assert_int_equal(res.pkts, 0);
	assert_int_equal(res.freed, 10);
	tcp_rtxq_set_mss(&q, skb, MSS / 2);
	assert_int_equal(q.packets_out, 12);
	assert_int_equal(q.lost_out, 12);
}

/* What was not lost after all shows how far the path reorders: from its first packet on. */
static void the_front_of_several_tells_reordering(void **state)
{
	struct tcp_rtxq_acked res;
	struct tcp_sack_block b;

	(void)state;
	together = 8;
	prng_init(&chance, 3);
	for (send_packets(8); q.q.qlen != 1; send_packets(8)) {
		tcp_rtxq_purge(&q, SKB_DROP_REASON_TCP_CLOSE);
		nxt = 0;
	}
	b = (struct tcp_sack_block){ seq_of(6), seq_of(8) };
	sack(1, &b);
	acked(seq_of(3), &res);
	assert_int_equal(res.pkts, 3);
	assert_int_equal(res.reord, seq_of(0));
}

/* Of a block's ends that lie within packets, whole packets are marked. */
static void a_part_of_several_is_sacked(void **state)
{
	struct tcp_sack_block b;
	struct tcp_sack_result r;

	(void)state;
	together = 8;
	prng_init(&chance, 3);
	for (send_packets(8); q.q.qlen != 1; send_packets(8)) {
		tcp_rtxq_purge(&q, SKB_DROP_REASON_TCP_CLOSE);
		nxt = 0;
	}
	b = (struct tcp_sack_block){ seq_of(2) + 1, seq_of(6) - 1 };
	r = sack(1, &b);
	assert_int_equal(r.newly_sacked, 2);	/* 3 and 4 */
	assert_int_equal(r.cuts, 2);
	assert_int_equal(q.q.qlen, 3);
	naive_sack(&b);
	compare();
	net.mem.fail_after = 1;		/* no memory to cut: as if it had said nothing */
	b = blk(6, 7);
	r = sack(1, &b);
	net.mem.fail_after = 0;
	if (r.cuts)
		naive_sack(&b);
	compare();
}

/* The newest block is told first; the round trip is that of the packet that was sent first. */
static void blocks_are_taken_in_order(void **state)
{
	struct tcp_sack_block b[3] = { blk(7, 8), blk(2, 3), blk(4, 6) };
	struct tcp_sack_result r;

	(void)state;
	together = 1;
	send_packets(10);
	r = sack(3, b);
	assert_int_equal(r.newly_sacked, 4);
	assert_int_equal(r.last_tstamp - r.first_tstamp, 5);
	for (u32 i = 0; i < 3; i++)
		naive_sack(&b[i]);
	compare();
}

/* Each packet of its own an sk_buff: a peer that SACKs every second one could fill memory. */
static void a_hostile_peer_cuts_little(void **state)
{
	struct tcp_sack_result r;
	struct tcp_sack_block b;

	(void)state;
	together = 8;
	prng_init(&chance, 3);
	send_packets(64);
	cuts_max = 2;
	for (u32 i = 11; i < 40; i += 2) {
		u32 had = q.q.qlen;

		b = blk(i, i + 1);
		r = sack(1, &b);
		assert_true(r.cuts <= 2);
		assert_int_equal(q.q.qlen, had + r.cuts);
		assert_true(!r.uncut || !r.newly_sacked);
	}
	cuts_max = 0;
	for (u32 i = 11; i < 40; i += 2) {
		b = blk(i, i + 1);
		assert_int_equal(sack(1, &b).cuts, 0);
	}
	/* The ends of the queue are cut all the same, as in Linux. */
	b = blk(63, 64);
	assert_int_equal(sack(1, &b).newly_sacked, 1);
	b = blk(1, 64);
	assert_int_equal(sack(1, &b).cuts, 1);
	assert_int_equal(tcp_rtxq_head(&q)->len, MSS);
	cuts_max = UINT32_MAX;
}

/* A peer whose blocks jump from end to end costs a bounded walk. */
static void a_hostile_peer_costs_little(void **state)
{
	u32 steps = TCP_RTXQ_STEPS_MAX;

	(void)state;
	send_packets(PACKETS);
	assert_non_null(tcp_rtxq_find(&q, seq_of(PACKETS - 1), &steps));
	steps = 10;
	q.find_hint = NULL;
	assert_null(tcp_rtxq_find(&q, seq_of(PACKETS - 1), &steps));
	assert_int_equal(steps, 0);
}

/* What is SACKed is joined, in whatever order it comes: it costs an sk_buff for each 17 pieces. */
static void sacked_ones_are_joined(void **state)
{
	u32 shifted = 0, live;
	struct tcp_rtxq_acked res;

	(void)state;
	send_packets(PACKETS);
	for (u32 step = 0; step < 3; step++) {	/* every third, their neighbours, the rest */
		for (u32 i = 1 + step; i < PACKETS; i += 3) {
			struct tcp_sack_block b = { seq_of(i), seq_of(i + 1) };

			shifted += sack(1, &b).shifted;
			naive_sack(&b);
		}
		compare();
	}
	live = (u32)net.skb_slab.live;
	assert_int_equal(shifted, PACKETS - live);
	assert_in_range(live, 2, PACKETS / 8);
	/* The peer takes half of it, the rest is as it was. */
	una = PACKETS / 2;
	acked(seq_of(una), &res);
	assert_int_equal(res.pkts, PACKETS / 2);
	assert_int_equal(res.delivered, 1);
	compare();
	/* It reneges: all of it is to be sent again, packet by packet if need be. */
	tcp_rtxq_mark_timeout_lost(&q, true, net.now);
	assert_int_equal(q.lost_out, PACKETS / 2);
	assert_int_equal(q.sacked_out, 0);
	assert_non_null(tcp_rtxq_cut(&q, tcp_rtxq_next_lost(&q), MSS, MSS));
	assert_int_equal(q.packets_out, PACKETS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_an_array),
		cmocka_unit_test_setup_teardown(nonsense_is_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(dsacks_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(reordering_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_ones_are_found_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_timeout_marks_all, setup, teardown),
		cmocka_unit_test_setup_teardown(a_split_keeps_the_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(the_front_of_several_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(the_front_of_several_tells_reordering, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_part_of_several_is_sacked, setup, teardown),
		cmocka_unit_test_setup_teardown(blocks_are_taken_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(sacked_ones_are_joined, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hostile_peer_cuts_little, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hostile_peer_costs_little, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
