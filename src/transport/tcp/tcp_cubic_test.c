/* SPDX-License-Identifier: MIT */
/*
 * CUBIC against the formulas of RFC 9438 section 4, computed here in plain arithmetic: the window
 * at each round trip of a long virtual time. It may differ from them by 2 % and 2 packets: windows
 * are whole packets, the target is one round trip ahead and looked at 32 times a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_cong.h"

#define C .4
#define BETA .7

struct flow {
	struct net net;
	struct tcp_cong_table table;
	struct tcp_cong c;
	double rtt;		/* s */
	u32 seq;
};

static void flow_begin(struct flow *f, double rtt, u32 cwnd)
{
	struct ln_net_params params;

	ln_net_params_init(&params);
	assert_int_equal(netns_init(&f->net, &params), 0);
	f->net.now = sec_to_ktime(1000);
	f->rtt = rtt;
	f->seq = 1;
	tcp_cong_table_init(&f->table, &f->net.mem);
	tcp_cong_init(&f->c, &tcp_cubic);
	tcp_cong_begin(&f->table, &f->c, f->net.now);
	f->c.snd_cwnd = cwnd;
}

static void flow_end(struct flow *f)
{
	tcp_cong_exit(&f->table, &f->c);
	tcp_cong_table_exit(&f->table);
	assert_int_equal(f->net.mem.live, 0);
	netns_exit(&f->net);
}

/* A round trip: each packet of the window is acknowledged on its own, evenly spread. */
static void round_trip(struct flow *f)
{
	u32 n = f->c.snd_cwnd;
	ktime_t start = f->net.now;

	for (u32 i = 1; i <= n; i++) {
		struct tcp_cong_ack a;

		f->net.now = start + (ktime_t)(f->rtt * 1e9 * i / n);
		f->seq += 1000;
		a = (struct tcp_cong_ack){
			.net = &f->net, .now = f->net.now, .acked = 1, .in_flight = n,
			.rtt_us = (s32)(f->rtt * 1e6), .cwnd_limited = true,
			.snd_una = f->seq, .snd_nxt = f->seq + 1000 * n,
		};
		tcp_cong_pkts_acked(&f->c, &a);
		tcp_cong_avoid(&f->c, &a);
	}
}

/* A loss that is repaired at once. */
static void loss(struct flow *f)
{
	f->c.prior_cwnd = f->c.snd_cwnd;
	f->c.snd_ssthresh = tcp_cong_ssthresh(&f->c);
	f->c.snd_cwnd = f->c.snd_ssthresh;
}

static double cube_root(double v)
{
	double x = v > 1 ? v : 1;

	for (int i = 0; i < 200; i++)
		x -= (x * x * x - v) / (3 * x * x);
	return x;
}

/* RFC 9438 4.2, figures 1 and 2; t: seconds since the epoch began with cwnd packets. */
static double w_cubic(double t, double w_max, double cwnd)
{
	double k = cube_root((w_max - cwnd) / C);

	return C * (t - k) * (t - k) * (t - k) + w_max;
}

/* RFC 9438 4.3, figure 4: W_est as long as it has not reached the old window. */
static double w_est(double t, double rtt, double cwnd)
{
	return cwnd + 3 * (1 - BETA) / (1 + BETA) * t / rtt;
}

static void is_near(double got, double want)
{
	double diff = got > want ? got - want : want - got;

	if (diff > .02 * want + 2)
		fail_msg("window %f, the formula says %f", got, want);
}

/* From now on for so long the window is the larger of both formulas. */
static void follows(struct flow *f, double w_max, double seconds)
{
	double cwnd = f->c.snd_cwnd;

	for (double t = 0; t < seconds; t += f->rtt) {
		double cubic = w_cubic(t, w_max, cwnd), est = w_est(t, f->rtt, cwnd);

		is_near(f->c.snd_cwnd, cubic > est ? cubic : est);
		round_trip(f);
	}
}

/* Concave up to W_max, a plateau, convex beyond: K = 9.09 s of 25. */
static void a_large_window_follows_the_cubic(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .1, 1000);
	loss(&f);
	assert_int_equal(f.c.snd_cwnd, 700);
	follows(&f, 1000, 25);
	assert_true(f.c.snd_cwnd > 2000);
	flow_end(&f);
}

/* The curve is one of time: a path three times as long is at the same height at the same time. */
static void growth_does_not_depend_on_the_rtt(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .3, 1000);
	loss(&f);
	follows(&f, 1000, 25);
	flow_end(&f);
}

/* Reno's line first, which is the faster one on this path; the cubic overtakes it at 14.6 s. */
static void a_short_path_follows_reno_then_the_cubic(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .02, 200);
	loss(&f);
	assert_int_equal(f.c.snd_cwnd, 140);
	assert_true(w_est(14, .02, 140) > w_cubic(14, 200, 140));
	assert_true(w_est(15, .02, 140) < w_cubic(15, 200, 140));
	follows(&f, 200, 25);
	flow_end(&f);
}

/* 4.7: a loss below the old W_max leaves room: W_max = cwnd (1 + beta) / 2. */
static void fast_convergence_lowers_the_plateau(void **state)
{
	struct flow f;
	double w_max;

	(void)state;
	flow_begin(&f, .1, 1000);
	loss(&f);
	for (int i = 0; i < 30; i++)
		round_trip(&f);
	assert_in_range(f.c.snd_cwnd, 880, 940);	/* below 1000 */
	w_max = f.c.snd_cwnd * (1 + BETA) / 2;
	loss(&f);
	follows(&f, w_max, 20);
	/* A loss above it: what was reached is W_max. */
	w_max = f.c.snd_cwnd;
	assert_true(w_max > 1000);
	loss(&f);
	follows(&f, w_max, 20);
	flow_end(&f);
}

/* 4.4: beyond the plateau at most half a window more per round trip, however late it is. */
static void growth_is_bounded(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .1, 1000);
	loss(&f);
	round_trip(&f);
	f.net.now += sec_to_ktime(300);
	for (int i = 0; i < 5; i++) {
		u32 before = f.c.snd_cwnd;

		round_trip(&f);
		assert_in_range(f.c.snd_cwnd, before * 14 / 10, before * 15 / 10 + 1);
	}
	flow_end(&f);
}

/* 5.8: time without sending does not count. */
static void idle_time_does_not_count(void **state)
{
	struct flow f;
	u32 before;

	(void)state;
	flow_begin(&f, .1, 1000);
	loss(&f);
	for (int i = 0; i < 20; i++)
		round_trip(&f);
	before = f.c.snd_cwnd;
	is_near(before, w_cubic(2, 1000, 700));
	f.net.now += sec_to_ktime(300);
	tcp_cong_event(&f.c, CA_EVENT_TX_START, f.net.now, sec_to_ktime(300));
	for (int i = 0; i < 20; i++)
		round_trip(&f);
	is_near(f.c.snd_cwnd, w_cubic(4, 1000, 700));
	flow_end(&f);
}

/* ---- HyStart, as Linux has it ---- */

/* n ACKs of a round in slow start, gap_us apart, each with this RTT; the round's first stays. */
static void acks(struct flow *f, u32 n, u32 gap_us, u32 rtt_us, u32 end_of_round)
{
	for (u32 i = 0; i < n; i++) {
		struct tcp_cong_ack a = {
			.net = &f->net, .now = f->net.now, .acked = 1, .rtt_us = (s32)rtt_us,
			.cwnd_limited = true, .snd_una = f->seq += 1000, .snd_nxt = end_of_round,
		};

		tcp_cong_pkts_acked(&f->c, &a);
		tcp_cong_avoid(&f->c, &a);
		f->net.now += gap_us * 1000ll;
	}
}

/* ACKs less than 2 ms apart are a train; longer than half of the least RTT, it fills the path. */
static void hystart_by_train(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .1, 20);
	f.net.sysctl.tcp_cubic_hystart_detect = 3;
	acks(&f, 51, 1000, 100000, 10000000);	/* 50 ms long */
	assert_true(f.c.snd_ssthresh == TCP_INFINITE_SSTHRESH);
	acks(&f, 1, 1000, 100000, 10000000);
	assert_int_equal(f.c.snd_ssthresh, 20 + 51);
	assert_int_equal(f.net.mib[MIB_TcpExtTCPHystartTrainDetect], 1);
	assert_int_equal(f.net.mib[MIB_TcpExtTCPHystartDelayDetect], 0);
	flow_end(&f);
}

/* Eight samples of a round that are all more than an eighth of the least RTT above it. */
static void hystart_by_delay(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .08, 20);
	f.net.sysctl.tcp_cubic_hystart_detect = 3;
	acks(&f, 10, 3000, 80000, 11000);		/* ends at the next ACK but one */
	acks(&f, 9, 3000, 90000, 10000000);		/* 10 ms more: just not above */
	assert_true(f.c.snd_ssthresh == TCP_INFINITE_SSTHRESH);
	f.seq = 10000001;
	acks(&f, 8, 3000, 90001, 20000000);
	assert_true(f.c.snd_ssthresh == TCP_INFINITE_SSTHRESH);
	acks(&f, 1, 3000, 90001, 20000000);
	assert_int_equal(f.c.snd_ssthresh, 20 + 10 + 9 + 8);
	assert_int_equal(f.net.mib[MIB_TcpExtTCPHystartDelayDetect], 1);
	assert_int_equal(f.net.mib[MIB_TcpExtTCPHystartTrainDetect], 0);
	flow_end(&f);
}

/* ---- HyStart++ ---- */

/* A round of n ACKs with this RTT: it ends when what was sent at its beginning is acknowledged. */
static void round_of(struct flow *f, u32 n, u32 rtt_us)
{
	u32 end = f->seq + n * 1000;

	for (u32 i = 0; i < n; i++) {
		struct tcp_cong_ack a = {
			.net = &f->net, .now = f->net.now += 3000000, .acked = 1,
			.rtt_us = (s32)rtt_us, .cwnd_limited = true,
			.snd_una = f->seq += 1000, .snd_nxt = end + 1000,
		};

		tcp_cong_pkts_acked(&f->c, &a);
		tcp_cong_avoid(&f->c, &a);
	}
}

/* RFC 9406 4.2: an eighth above the round before; then a quarter of the growth for five rounds,
 * that in which it was seen included. */
static void hystart_pp_leaves_by_way_of_css(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .1, 20);
	round_of(&f, 20, 80000);
	round_of(&f, 20, 89999);
	assert_int_equal(f.c.snd_cwnd, 60);
	round_of(&f, 20, 80000);
	assert_int_equal(f.c.snd_cwnd, 80);
	round_of(&f, 8, 90000);		/* the eighth sample, 10 ms more */
	assert_int_equal(f.c.snd_cwnd, 80 + 7 + 0);
	for (int i = 0; i < 4; i++)
		round_of(&f, 16, 95000);
	assert_in_range(f.c.snd_cwnd, 87 + 16, 87 + 17);	/* 65 of them make 16 */
	assert_true(f.c.snd_ssthresh == TCP_INFINITE_SSTHRESH);
	round_of(&f, 16, 95000);
	assert_in_range(f.c.snd_ssthresh, 87 + 16, 87 + 17);
	assert_int_equal(f.net.mib[MIB_TcpExtTCPHystartDelayDetect], 1);
	flow_end(&f);
}

/* The RTT falls again: it was a jitter, and slow start goes on as before. */
static void hystart_pp_resumes_slow_start(void **state)
{
	struct flow f;
	u32 cwnd;

	(void)state;
	flow_begin(&f, .1, 20);
	round_of(&f, 20, 80000);
	round_of(&f, 20, 95000);
	cwnd = f.c.snd_cwnd;
	assert_in_range(cwnd, 20 + 20 + 7 + 2, 20 + 20 + 7 + 4);
	round_of(&f, 20, 81000);
	assert_in_range(f.c.snd_cwnd, cwnd + 1 + 12, cwnd + 2 + 13);
	cwnd = f.c.snd_cwnd;
	for (int i = 0; i < 8; i++)
		round_of(&f, 20, 81000);
	assert_int_equal(f.c.snd_cwnd, cwnd + 160);
	assert_true(f.c.snd_ssthresh == TCP_INFINITE_SSTHRESH);
	flow_end(&f);
}

static void hystart_can_be_switched_off(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f, .1, 20);
	f.net.sysctl.tcp_cubic_hystart = 0;
	for (u32 i = 0; i < 10; i++)
		round_of(&f, 20, 80000 + 20000 * i);
	assert_int_equal(f.c.snd_cwnd, 220);
	assert_true(f.c.snd_ssthresh == TCP_INFINITE_SSTHRESH);
	flow_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_window_follows_the_cubic),
		cmocka_unit_test(growth_does_not_depend_on_the_rtt),
		cmocka_unit_test(a_short_path_follows_reno_then_the_cubic),
		cmocka_unit_test(fast_convergence_lowers_the_plateau),
		cmocka_unit_test(growth_is_bounded),
		cmocka_unit_test(idle_time_does_not_count),
		cmocka_unit_test(hystart_by_train),
		cmocka_unit_test(hystart_by_delay),
		cmocka_unit_test(hystart_pp_leaves_by_way_of_css),
		cmocka_unit_test(hystart_pp_resumes_slow_start),
		cmocka_unit_test(hystart_can_be_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
