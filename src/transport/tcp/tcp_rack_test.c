/* SPDX-License-Identifier: MIT */
/* RACK without a connection: packets with times of sending, deliveries by hand; and against a naive
 * twin, which looks at all packets each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "transport/tcp/tcp_rack.h"
#include "transport/tcp/tcp_rtxq.h"

#define MSS 100
#define SEQ(packet) (0xfffffc00u + (u32)(packet) * MSS)	/* wraps on the way */

static struct net net;
static struct tcp_rtxq q;
static struct tcp_rack k;
static const struct tcp_rack_path path = { .min_rtt_us = 100000, .srtt_us = 120000 };
static u32 nxt;

static int setup(void **state)
{
	struct ln_net_params params;

	(void)state;
	ln_net_params_init(&params);
	assert_int_equal(netns_init(&net, &params), 0);
	net.now = NSEC_PER_SEC;
	tcp_rtxq_init(&q);
	tcp_rack_init(&k);
	nxt = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tcp_rtxq_purge(&q, SKB_DROP_REASON_TCP_CLOSE);
	assert_int_equal(net.skb_slab.live, 0);
	netns_exit(&net);
	return 0;
}

static void ms(u32 n)
{
	net.now += ms_to_ktime(n);
}

static void send_packets(u32 n)
{
	for (; n; n--, nxt++) {
		struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);

		assert_true(skb_add_frag(skb, buf_alloc(net.bufs, 1000), 0, MSS, MSS));
		TCP_SKB_CB(skb)->seq = SEQ(nxt);
		TCP_SKB_CB(skb)->end_seq = SEQ(nxt + 1);
		TCP_SKB_CB(skb)->pcount = 1;
		skb->tstamp = net.now;
		tcp_rtxq_append(&q, skb);
	}
}

static struct sk_buff *packet(u32 n)
{
	struct sk_buff *skb;

	skb_queue_walk(&q.q, skb)
		if (TCP_SKB_CB(skb)->seq == SEQ(n))
			return skb;
	fail();
	return NULL;
}

static bool is_lost(u32 n)
{
	return (TCP_SKB_CB(packet(n))->sacked & (TCPCB_LOST | TCPCB_SACKED_RETRANS)) == TCPCB_LOST;
}

static void delivered(u32 n)
{
	struct sk_buff *skb = packet(n);
	struct tcp_rack_ack a = { .rack = &k, .now = net.now, .min_rtt_us = path.min_rtt_us };

	if (TCP_SKB_CB(skb)->sacked & TCPCB_RETRANS)
		tcp_rack_advance_resent(&a, skb);
	else
		tcp_rack_advance(&k, TCP_SKB_CB(skb)->end_seq, skb->tstamp,
				 ktime_to_us(net.now - skb->tstamp));
	tcp_rtxq_mark_sacked(&q, skb);
}

static void send_again(u32 n)
{
	packet(n)->tstamp = net.now;
	tcp_rtxq_mark_retrans(&q, packet(n));
}

static u32 detect(u32 window_us)
{
	return tcp_rack_detect_loss(&k, &q, window_us, net.now);
}

/* Sent before what was delivered, and as long ago: lost; what was sent later is not. */
static void what_was_overtaken_is_lost(void **state)
{
	(void)state;
	send_packets(4);
	ms(1);
	send_packets(2);
	ms(99);
	delivered(2);
	assert_int_equal(detect(0), 0);
	assert_true(is_lost(0));
	assert_true(is_lost(1));
	assert_false(is_lost(3));		/* sent at once with 2, and behind it */
	assert_false(is_lost(4));
	assert_int_equal(q.lost_out, 2);
	assert_int_equal(q.lost, 2);
}

/* RFC 8985 6.2 step 5: within the reordering window nothing is lost, and the timer is for then. */
static void what_is_late_is_waited_for(void **state)
{
	(void)state;
	send_packets(3);
	ms(100);
	delivered(2);
	assert_int_equal(detect(25000), 25000);
	assert_int_equal(q.lost_out, 0);
	ms(10);
	assert_int_equal(detect(25000), 15000);
	ms(15);
	delivered(0);
	k.rtt_us = 100000;
	assert_int_equal(detect(25000), 0);
	assert_true(is_lost(1));
	assert_int_equal(q.lost_out, 1);
}

static void a_lost_retransmission_is_found(void **state)
{
	(void)state;
	send_packets(3);
	ms(100);
	delivered(2);
	detect(0);
	assert_true(is_lost(0));
	send_again(0);
	ms(1);
	send_again(1);
	send_packets(1);
	assert_int_equal(q.retrans_out, 2);
	ms(100);
	delivered(3);				/* sent after 0 was sent again, with 1 */
	assert_int_equal(detect(0), 0);
	assert_true(is_lost(0));
	assert_int_equal(net.mib[MIB_TcpExtTCPLostRetransmit], 2);
	assert_true(is_lost(1));
	assert_int_equal(q.retrans_out, 0);
	assert_int_equal(q.lost, 4);
	/* It is marked once, until it is sent once more. */
	detect(0);
	assert_int_equal(q.lost, 4);
}

/* What left once more as a loss probe is behind what was sent again before it. */
static void a_probe_is_the_last_of_what_was_sent_again(void **state)
{
	(void)state;
	send_packets(3);
	ms(100);
	delivered(2);
	detect(0);
	send_again(0);
	send_again(1);
	ms(50);
	send_packets(1);
	ms(50);
	packet(0)->tstamp = net.now;
	tcp_rtxq_sent_again(&q, packet(0));
	ms(50);
	delivered(3);	/* sent after 1 was sent again, and before the probe */
	detect(0);
	assert_true(is_lost(1));
	assert_false(is_lost(0));
	assert_int_equal(q.retrans_out, 1);
}

/* RFC 8985 6.2 step 2: an answer faster than any before is the original's. */
static void an_ambiguous_answer_tells_nothing(void **state)
{
	struct tcp_rack_ack a = { .rack = &k, .min_rtt_us = 100000, .has_tsecr = true };

	(void)state;
	send_packets(2);
	ms(300);
	tcp_rtxq_mark_lost(&q, packet(0));
	send_again(0);
	ms(50);
	a.now = net.now;
	a.tsecr = 1300;
	tcp_rack_advance_resent(&a, packet(0));
	assert_false(k.advanced);
	ms(60);
	a.now = net.now;
	a.tsecr = 1299;				/* the echo of the original */
	tcp_rack_advance_resent(&a, packet(0));
	assert_false(k.advanced);
	a.tsecr = 1300;
	tcp_rack_advance_resent(&a, packet(0));
	assert_true(k.advanced);
	assert_int_equal(k.rtt_us, 110000);
}

/* RFC 8985 6.2 step 4 */
static void dsacks_widen_the_window(void **state)
{
	(void)state;
	assert_int_equal(tcp_rack_reo_wnd(&k, true, &path), 0);
	assert_int_equal(tcp_rack_reo_wnd(&k, false, &path), 25000);
	k.dsack_seen = 1;
	k.mstamp = net.now;
	tcp_rack_update_reo_wnd(&k, net.now, TCP_RACK_LOSS_DETECTION);
	assert_int_equal(tcp_rack_reo_wnd(&k, false, &path), 50000);
	assert_int_equal(k.reo_wnd_persist, TCP_RACK_RECOVERY_THRESH);
	/* Once per round trip: what is acknowledged now had left before. */
	ms(50);
	k.reo_adjusted = net.now;
	k.dsack_seen = 1;
	tcp_rack_update_reo_wnd(&k, net.now, TCP_RACK_LOSS_DETECTION);
	assert_int_equal(tcp_rack_reo_wnd(&k, false, &path), 50000);
	for (int i = 0; i < 8; i++) {
		ms(50);
		k.dsack_seen = 1;
		k.mstamp = net.now;
		tcp_rack_update_reo_wnd(&k, net.now, TCP_RACK_LOSS_DETECTION);
	}
	assert_int_equal(tcp_rack_reo_wnd(&k, false, &path), path.srtt_us);	/* at most */
	/* Sixteen recoveries later it is as before. */
	k.reo_wnd_persist = 0;
	tcp_rack_update_reo_wnd(&k, net.now, TCP_RACK_LOSS_DETECTION);
	assert_int_equal(tcp_rack_reo_wnd(&k, false, &path), 25000);
	k.dsack_seen = 1;
	tcp_rack_update_reo_wnd(&k, net.now, TCP_RACK_LOSS_DETECTION | TCP_RACK_STATIC_REO_WND);
	assert_int_equal(tcp_rack_reo_wnd(&k, false, &path), 25000);
}

/* After undo: what time had condemned is left alone, what was sent again since is not. */
static void what_was_undone_is_left_alone(void **state)
{
	(void)state;
	send_packets(4);
	ms(100);
	delivered(3);
	detect(0);
	assert_int_equal(q.lost_out, 3);
	tcp_rtxq_unmark_lost(&q);
	detect(0);
	assert_int_equal(q.lost_out, 0);
	tcp_rtxq_mark_lost(&q, packet(1));
	send_again(1);
	ms(1);
	send_packets(1);
	ms(100);
	delivered(4);
	detect(0);
	assert_true(is_lost(1));
	assert_int_equal(q.lost_out, 1);
}

/* All that should be lost, found by looking at everything. */
static u32 naive_lost(u32 window_us, u32 *wait)
{
	struct sk_buff *skb;
	u32 lost = 0;

	*wait = 0;
	skb_queue_walk(&q.q, skb) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
		s64 left = tcp_rack_remaining_us(&k, skb, net.now) + window_us;

		if (cb->sacked & TCPCB_SACKED_ACKED)
			continue;
		if ((cb->sacked & (TCPCB_LOST | TCPCB_SACKED_RETRANS)) == TCPCB_LOST) {
			lost++;
			continue;
		}
		if (k.mstamp < skb->tstamp ||
		    (k.mstamp == skb->tstamp && !after(k.end_seq, cb->end_seq)))
			continue;
		if (left > 0)
			*wait = max(*wait, (u32)left);
		else
			lost++;
	}
	return lost;
}

static void as_its_naive_twin(void **state)
{
	struct prng p;

	(void)state;
	prng_init(&p, 7);
	for (u32 step = 0; step < 4000; step++) {
		u32 first = nxt - q.q.qlen, window = prng_below(&p, 40000), wait, want, n;
		struct sk_buff *skb;

		ms(prng_below(&p, 20));
		if (q.q.qlen < 60)
			send_packets(prng_below(&p, 8));
		for (u32 i = prng_below(&p, 4); i && q.q.qlen; i--) {
			n = first + prng_below(&p, min(q.q.qlen, 30u));
			if (!(TCP_SKB_CB(packet(n))->sacked & TCPCB_SACKED_ACKED))
				delivered(n);
		}
		if (prng_below(&p, 3) == 0) {
			struct tcp_rtxq_ack_in in = { .snd_una = SEQ(first), .sack = true };
			struct tcp_rtxq_acked res;

			for (n = first; n < nxt && TCP_SKB_CB(packet(n))->sacked & 1; n++)
				in.snd_una = SEQ(n + 1);
			tcp_rtxq_ack(&q, &in, &res);
		}
		if (prng_below(&p, 200) == 0)
			tcp_rtxq_mark_timeout_lost(&q, false, net.now - ms_to_ktime(50));
		want = naive_lost(window, &wait);
		assert_int_equal(detect(window), wait);
		assert_int_equal(q.lost_out - q.retrans_out, want);
		for (u32 i = prng_below(&p, 4); i && (skb = tcp_rtxq_next_lost(&q)); i--) {
			skb->tstamp = net.now;
			tcp_rtxq_mark_retrans(&q, skb);
		}
	}
	assert_true(q.lost > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_overtaken_is_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_late_is_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_retransmission_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(a_probe_is_the_last_of_what_was_sent_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_ambiguous_answer_tells_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(dsacks_widen_the_window, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_undone_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(as_its_naive_twin, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
