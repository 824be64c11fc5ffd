/* SPDX-License-Identifier: MIT */
/* The loss state machine without a connection: packets in a queue, acknowledgements by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_recovery.h"
#include "transport/tcp/tcp_sack.h"

#define MSS 1000
#define RTT_MS 100
#define SEQ(packet) ((100 + (packet)) * MSS)

static struct net net;
static struct tcp_rtxq q;
static struct tcp_cong c;
static struct tcp_recovery r;
static u32 una, nxt;
static struct tcp_loss_todo todo;

static int setup(void **state)
{
	struct ln_net_params params;

	(void)state;
	ln_net_params_init(&params);
	assert_int_equal(netns_init(&net, &params), 0);
	tcp_rtxq_init(&q);
	tcp_cong_init(&c, &tcp_reno);
	tcp_recovery_init(&r, 3);
	r.sack = true;
	una = nxt = SEQ(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tcp_rtxq_purge(&q, SKB_DROP_REASON_TCP_CLOSE);
	netns_exit(&net);
	assert_int_equal(net.mem.used, 0);
	return 0;
}

static void send_packets(u32 n)
{
	for (; n; n--, nxt += MSS) {
		struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);

		assert_true(skb_add_frag(skb, buf_alloc(net.bufs, 1000), 0, MSS, MSS));
		TCP_SKB_CB(skb)->seq = nxt;
		TCP_SKB_CB(skb)->end_seq = nxt + MSS;
		TCP_SKB_CB(skb)->pcount = 1;
		skb->tstamp = net.now;
		tcp_rtxq_append(&q, skb);
	}
}

static struct tcp_rack_ack rack_ack(void)
{
	return (struct tcp_rack_ack){ .rack = &r.rack, .now = net.now,
				      .min_rtt_us = RTT_MS * 1000 };
}

static void sack(u32 from, u32 to)
{
	struct tcp_sack_block b = { SEQ(from), SEQ(to) };
	struct tcp_rack_ack rack = rack_ack();
	struct tcp_sack_in in = { .blocks = &b, .num = 1, .ack = una, .prior_snd_una = una,
				  .snd_nxt = nxt, .max_window = 1000000, .mss = MSS,
				  .rack = &rack };
	struct tcp_sack_result res;

	tcp_sacktag_write_queue(&q, &in, r.high_seq, &res);
}

static struct tcp_loss_ack ack_base(void)
{
	return (struct tcp_loss_ack){
		.net = &net, .snd_una = una, .snd_nxt = nxt, .prior_snd_una = una, .mss = MSS,
		.path = { .min_rtt_us = RTT_MS * 1000, .srtt_us = RTT_MS * 1000 },
	};
}

static bool dupack(void)
{
	struct tcp_loss_ack a = ack_base();

	a.dupack = true;
	return tcp_fastretrans_alert(&r, &q, &c, &a, &todo) == REXMIT_LOST;
}

/* Acknowledges up to packet n. */
static bool ack(u32 n, struct tcp_loss_ack *how)
{
	struct tcp_rack_ack rack = rack_ack();
	struct tcp_rtxq_ack_in in = { .high_seq = r.high_seq, .sack = r.sack, .rack = &rack };
	struct tcp_rtxq_acked res;
	struct tcp_loss_ack a;

	una = in.snd_una = SEQ(n);
	tcp_rtxq_ack(&q, &in, &res);
	if (res.last_tstamp >= 0)
		tcp_rack_advance(&r.rack, res.last_end_seq, res.last_tstamp,
				 ktime_to_us(net.now - res.last_tstamp));
	a = ack_base();
	if (how) {
		a.tsecr = how->tsecr;
		a.has_tsecr = how->has_tsecr;
		a.dsack_undo = how->dsack_undo;
		a.may_send_new = how->may_send_new;
	}
	a.una_advanced = true;
	a.orig_acked = res.orig_before_high;
	if (!r.sack)
		tcp_remove_reno_sacks(&r, &q, &net, res.pkts);
	return tcp_fastretrans_alert(&r, &q, &c, &a, &todo) == REXMIT_LOST;
}

static void timeout(u32 retransmits)
{
	struct tcp_loss_ack a = ack_base();

	tcp_enter_loss(&r, &q, &c, &a, retransmits);
}

static void ms(u32 n)
{
	net.now += ms_to_ktime(n);
}

static void retransmit_lost(u32 ts)
{
	struct sk_buff *skb;

	while ((skb = tcp_rtxq_next_lost(&q))) {
		skb->tstamp = net.now;
		tcp_rtxq_mark_retrans(&q, skb);
		tcp_recovery_retransmitted(&r, 1, ts);
	}
}

static void three_sacks_begin_a_recovery(void **state)
{
	(void)state;
	send_packets(10);
	sack(1, 3);
	assert_false(dupack());
	assert_int_equal(r.ca_state, TCP_CA_Disorder);
	sack(3, 4);
	assert_true(dupack());
	assert_int_equal(r.ca_state, TCP_CA_Recovery);
	assert_int_equal(q.lost_out, 1);
	assert_int_equal(c.snd_ssthresh, 5);
	assert_int_equal(r.high_seq, SEQ(10));
	retransmit_lost(1);
	ack(10, NULL);
	assert_int_equal(r.ca_state, TCP_CA_Open);
	assert_int_equal(c.snd_cwnd, 5);
}

/* RFC 6937: sends about one for each two that arrive, and ends at ssthresh. */
static void the_rate_is_reduced_in_proportion(void **state)
{
	u32 out = 0;

	(void)state;
	c.snd_cwnd = 20;
	send_packets(20);
	ms(RTT_MS);
	sack(1, 4);
	assert_true(dupack());
	tcp_cwnd_reduction(&r, &q, &c, 3, false);
	for (u32 i = 4; i < 20; i++) {
		while (tcp_packets_in_flight(&q) < c.snd_cwnd) {
			struct sk_buff *skb = tcp_rtxq_next_lost(&q);

			if (skb) {
				skb->tstamp = net.now;
				tcp_rtxq_mark_retrans(&q, skb);
				tcp_recovery_retransmitted(&r, 1, 1);
			} else {
				send_packets(1);
				r.prr_out++;
			}
			out++;
		}
		sack(i, i + 1);
		dupack();
		tcp_cwnd_reduction(&r, &q, &c, 1, false);
	}
	assert_in_range(out, 8, 11);
	assert_in_range(tcp_packets_in_flight(&q), 9, 11);
	assert_int_equal(c.snd_ssthresh, 10);
}

static void newreno_follows_partial_acks(void **state)
{
	(void)state;
	r.sack = false;
	send_packets(10);
	assert_false(dupack());
	assert_false(dupack());
	assert_true(dupack());
	assert_int_equal(r.ca_state, TCP_CA_Recovery);
	assert_int_equal(q.lost_out, 1);
	retransmit_lost(1);
	assert_true(ack(4, NULL));	/* RFC 6582 3.2: a partial ACK */
	assert_int_equal(r.ca_state, TCP_CA_Recovery);
	assert_int_equal(TCP_SKB_CB(tcp_rtxq_next_lost(&q))->seq, SEQ(4));
	retransmit_lost(2);
	ack(10, NULL);
	assert_int_equal(r.ca_state, TCP_CA_Recovery);	/* held at high_seq */
	send_packets(1);
	ack(11, NULL);
	assert_int_equal(r.ca_state, TCP_CA_Open);
}

/* Duplicates are a guess: what they stand for and what is lost is never more than what is out. */
static void duplicates_never_outnumber_packets(void **state)
{
	(void)state;
	r.sack = false;
	send_packets(6);
	for (int i = 0; i < 9; i++)
		dupack();
	assert_int_equal(r.ca_state, TCP_CA_Recovery);
	assert_int_equal(q.sacked_out, 5);
	retransmit_lost(100);
	ack(3, NULL);	/* the next hole is lost, of three */
	assert_int_equal(q.packets_out, 3);
	assert_int_equal(tcp_left_out(&q), 3);
	assert_int_equal(tcp_packets_in_flight(&q), 0);
}

static void a_timeout_is_loss(void **state)
{
	(void)state;
	c.snd_cwnd = 20;
	send_packets(10);
	sack(3, 5);
	timeout(0);
	assert_int_equal(r.ca_state, TCP_CA_Loss);
	assert_int_equal(c.snd_cwnd, 1);
	assert_int_equal(c.snd_ssthresh, 10);
	assert_int_equal(q.lost_out, 8);
	assert_int_equal(q.sacked_out, 2);
	/* Again: the window is not halved a second time for the same flight. */
	timeout(1);
	assert_int_equal(c.snd_ssthresh, 10);
	ms(RTT_MS);
	retransmit_lost(1);
	ms(RTT_MS);
	assert_true(ack(2, NULL));
	assert_int_equal(r.ca_state, TCP_CA_Loss);
	ack(10, NULL);
	assert_int_equal(r.ca_state, TCP_CA_Open);
}

/* RFC 5682 2.1: an ACK that moves on, new data, an ACK of more than was sent again. */
static void a_timeout_was_none(void **state)
{
	struct tcp_loss_ack new_data = { .may_send_new = true };

	(void)state;
	c.snd_cwnd = 20;
	r.sack = false;
	send_packets(10);
	ms(300);
	timeout(0);
	tcp_rtxq_mark_retrans(&q, tcp_rtxq_next_lost(&q));
	tcp_recovery_retransmitted(&r, 1, 100);
	assert_false(ack(1, &new_data));
	assert_int_equal(r.ca_state, TCP_CA_Loss);
	send_packets(2);
	ms(100);
	assert_false(ack(3, NULL));
	assert_int_equal(r.ca_state, TCP_CA_Open);
	assert_int_equal(c.snd_cwnd, 20);
	assert_int_equal(q.lost_out, 0);
	assert_int_equal(net.mib[MIB_TcpExtTCPSpuriousRTOs], 1);
}

/* RFC 2018 8: the peer took back what it had SACKed. It will SACK some of it again: that is no RTT,
 * which would be as long as the timeout, and make the next one longer. */
static void a_second_sack_is_no_rtt(void **state)
{
	struct tcp_sack_block b = { SEQ(4), SEQ(6) };
	struct tcp_sack_in in = { .blocks = &b, .num = 1, .max_window = 1000000 };
	struct tcp_sack_result res;

	(void)state;
	send_packets(10);
	sack(3, 6);
	ack(3, NULL);
	timeout(0);
	assert_int_equal(q.sacked_out, 0);
	in.ack = in.prior_snd_una = una;
	in.snd_nxt = nxt;
	tcp_sacktag_write_queue(&q, &in, r.high_seq, &res);
	assert_int_equal(res.newly_sacked, 2);
	assert_int_equal(res.first_tstamp, -1);
	/* What was never SACKed may still tell. */
	b = (struct tcp_sack_block){ SEQ(8), SEQ(9) };
	tcp_sacktag_write_queue(&q, &in, r.high_seq, &res);
	assert_true(res.first_tstamp >= 0);
}

/* RFC 3522: the echoed timestamp is older than the retransmission. */
static void eifel_undoes_by_timestamp(void **state)
{
	struct tcp_loss_ack old = { .tsecr = 99, .has_tsecr = true };

	(void)state;
	c.snd_cwnd = 20;
	send_packets(10);
	timeout(0);
	tcp_rtxq_mark_retrans(&q, tcp_rtxq_next_lost(&q));
	tcp_recovery_retransmitted(&r, 1, 100);
	ack(1, &old);
	assert_int_equal(r.ca_state, TCP_CA_Open);
	assert_int_equal(c.snd_cwnd, 20);
	assert_int_equal(q.lost_out, 0);
	assert_int_equal(net.mib[MIB_TcpExtTCPLossUndo], 1);
}

static void no_undo_for_a_newer_timestamp(void **state)
{
	struct tcp_loss_ack fresh = { .tsecr = 100, .has_tsecr = true };

	(void)state;
	send_packets(10);
	timeout(0);
	retransmit_lost(100);
	ack(1, &fresh);
	assert_int_equal(r.ca_state, TCP_CA_Loss);
	assert_int_equal(net.mib[MIB_TcpExtTCPLossUndo], 0);
}

static void every_retransmission_a_duplicate_undoes(void **state)
{
	struct tcp_loss_ack d = { .dsack_undo = 1 };

	(void)state;
	c.snd_cwnd = 10;
	send_packets(10);
	sack(1, 4);
	assert_true(dupack());
	retransmit_lost(5);
	assert_int_equal(r.undo_retrans, 1);
	c.snd_cwnd = 6;
	ack(10, &d);
	assert_int_equal(r.ca_state, TCP_CA_Open);
	assert_int_equal(c.snd_cwnd, 10);
	assert_int_equal(net.mib[MIB_TcpExtTCPFullUndo], 1);
}

/* What was reordered by five is not lost after three. */
static void reordering_is_learned(void **state)
{
	(void)state;
	tcp_check_sack_reordering(&r, &net, 2 * MSS, 8 * MSS, MSS);
	assert_int_equal(r.reordering, 6);
	assert_true(r.reord_seen);
	tcp_check_sack_reordering(&r, &net, 2 * MSS, 4 * MSS, MSS);
	assert_int_equal(r.reordering, 6);
	tcp_check_sack_reordering(&r, &net, 0, 100000 * MSS, MSS);
	assert_int_equal(r.reordering, net.sysctl.tcp_max_reordering);
	r.reordering = 6;
	net.sysctl.tcp_recovery = 0;
	send_packets(10);
	sack(1, 5);
	assert_false(dupack());
	sack(5, 7);
	assert_true(dupack());
}

static void cwr_reduces_once(void **state)
{
	(void)state;
	c.snd_cwnd = 20;
	send_packets(10);
	tcp_enter_cwr(&r, &c, nxt);
	assert_int_equal(r.ca_state, TCP_CA_CWR);
	assert_int_equal(c.snd_ssthresh, 10);
	tcp_enter_cwr(&r, &c, nxt);
	assert_int_equal(c.snd_ssthresh, 10);
	send_packets(1);
	ack(11, NULL);
	assert_int_equal(r.ca_state, TCP_CA_Open);
	assert_int_equal(c.snd_cwnd, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(three_sacks_begin_a_recovery, setup, teardown),
		cmocka_unit_test_setup_teardown(the_rate_is_reduced_in_proportion, setup, teardown),
		cmocka_unit_test_setup_teardown(newreno_follows_partial_acks, setup, teardown),
		cmocka_unit_test_setup_teardown(duplicates_never_outnumber_packets, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_timeout_is_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(a_timeout_was_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_sack_is_no_rtt, setup, teardown),
		cmocka_unit_test_setup_teardown(eifel_undoes_by_timestamp, setup, teardown),
		cmocka_unit_test_setup_teardown(no_undo_for_a_newer_timestamp, setup, teardown),
		cmocka_unit_test_setup_teardown(every_retransmission_a_duplicate_undoes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reordering_is_learned, setup, teardown),
		cmocka_unit_test_setup_teardown(cwr_reduces_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
