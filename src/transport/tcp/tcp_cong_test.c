/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_cong.h"

static struct net *net_new(void)
{
	static struct net net;
	struct ln_net_params params;

	ln_net_params_init(&params);
	assert_int_equal(netns_init(&net, &params), 0);
	return &net;
}

static struct tcp_cong_ack ack(struct net *net, u32 acked, u32 rtt_ms)
{
	return (struct tcp_cong_ack){ .net = net, .now = net->now, .acked = acked,
				      .rtt_us = (s32)rtt_ms * 1000, .cwnd_limited = true };
}

/* A round trip in which the whole window is acknowledged, one by one. */
static void round_trip(struct net *net, struct tcp_cong_table *t, struct tcp_cong *c, u32 rtt_ms)
{
	u32 n = c->snd_cwnd;
	static u32 seq;

	for (u32 i = 0; i < n; i++) {
		struct tcp_cong_ack a;

		net->now += ms_to_ktime(rtt_ms) / n;
		a = ack(net, 1, rtt_ms);
		a.snd_una = seq += 1000;
		a.snd_nxt = seq + 1000 * n;
		tcp_cong_begin(t, c, net->now);
		tcp_cong_pkts_acked(c, &a);
		tcp_cong_avoid(c, &a);
	}
}

static void incomplete_tables_are_refused(void **state)
{
	struct tcp_congestion_ops ops = tcp_reno;
	struct net *net = net_new();
	struct tcp_cong_table t;

	(void)state;
	tcp_cong_table_init(&t, &net->mem);
	assert_int_equal(tcp_register_congestion_control(&t, &tcp_reno), 0);
	assert_int_equal(tcp_register_congestion_control(&t, &tcp_reno), -EEXIST);
	ops.name = "x";
	ops.ssthresh = NULL;
	assert_int_equal(tcp_register_congestion_control(&t, &ops), -EINVAL);
	ops = tcp_reno;
	ops.name = "x";
	ops.cong_avoid = NULL;
	assert_int_equal(tcp_register_congestion_control(&t, &ops), -EINVAL);
	ops = tcp_reno;
	ops.name = NULL;
	assert_int_equal(tcp_register_congestion_control(&t, &ops), -EINVAL);
	ops = tcp_reno;
	ops.name = "x";
	ops.priv_size = TCP_CA_PRIV_SIZE_MAX + 1;
	assert_int_equal(tcp_register_congestion_control(&t, &ops), -EINVAL);
	assert_ptr_equal(tcp_ca_find(&t, "reno", 4), &tcp_reno);
	assert_null(tcp_ca_find(&t, "ren", 3));
	tcp_cong_table_exit(&t);
	netns_exit(net);
}

static void reno_doubles_then_adds_one(void **state)
{
	struct net *net = net_new();
	struct tcp_cong_table t;
	struct tcp_cong c;

	(void)state;
	tcp_cong_table_init(&t, &net->mem);
	tcp_cong_init(&c, &tcp_reno);
	assert_int_equal(c.snd_cwnd, 10);
	round_trip(net, &t, &c, 10);
	assert_int_equal(c.snd_cwnd, 20);	/* RFC 5681 3.1 */
	c.snd_ssthresh = tcp_cong_ssthresh(&c);
	assert_int_equal(c.snd_ssthresh, 10);
	c.snd_cwnd = 10;
	for (u32 i = 11; i < 20; i++) {
		round_trip(net, &t, &c, 10);
		assert_int_equal(c.snd_cwnd, i);
	}
	assert_int_equal(net->mem.live, 0);	/* no state of its own */
	netns_exit(net);
}

static void growth_needs_a_used_window(void **state)
{
	struct net *net = net_new();
	struct tcp_cong_ack a = ack(net, 5, 10);
	struct tcp_cong c;

	(void)state;
	a.cwnd_limited = false;
	tcp_cong_init(&c, &tcp_reno);
	tcp_cong_avoid(&c, &a);
	assert_int_equal(c.snd_cwnd, 10);
	netns_exit(net);
}

static void slow_start_stops_at_ssthresh(void **state)
{
	struct tcp_cong c;

	(void)state;
	tcp_cong_init(&c, &tcp_reno);
	c.snd_ssthresh = 15;
	assert_int_equal(tcp_slow_start(&c, 8), 3);
	assert_int_equal(c.snd_cwnd, 15);
}

/* RFC 9438 4.2: concave to the old maximum, a plateau there, then convex. */
static void cubic_follows_its_curve(void **state)
{
	struct net *net = net_new();
	struct tcp_cong_table t;
	struct tcp_cong c;
	u32 at_1s, at_k;

	(void)state;
	net->now = sec_to_ktime(100);
	tcp_cong_table_init(&t, &net->mem);
	tcp_cong_init(&c, &tcp_cubic);
	tcp_cong_begin(&t, &c, net->now);
	c.snd_cwnd = 1000;
	c.snd_ssthresh = tcp_cong_ssthresh(&c);
	assert_int_equal(c.snd_ssthresh, 700);	/* beta 0.7 */
	c.snd_cwnd = c.snd_ssthresh;
	/* K = cbrt(300 / 0.4) = 9.09 s. W(1 s) = 1000 - 0.4 * 8.09^3 = 788. */
	for (u32 ms = 0; ms < 1000; ms += 100)
		round_trip(net, &t, &c, 100);
	at_1s = c.snd_cwnd;
	assert_in_range(at_1s, 770, 810);
	for (u32 ms = 1000; ms < 9100; ms += 100)
		round_trip(net, &t, &c, 100);
	at_k = c.snd_cwnd;
	assert_in_range(at_k, 985, 1005);
	/* W(14 s) = 1000 + 0.4 * 4.91^3 = 1047. */
	for (u32 ms = 9100; ms < 14000; ms += 100)
		round_trip(net, &t, &c, 100);
	assert_in_range(c.snd_cwnd, 1030, 1060);
	tcp_cong_exit(&t, &c);
	tcp_cong_table_exit(&t);
	assert_int_equal(net->mem.live, 0);
	netns_exit(net);
}

/* RFC 9438 4.3: on short paths it is not slower than Reno. */
static void cubic_is_friendly_to_reno(void **state)
{
	struct net *net = net_new();
	struct tcp_cong_table t;
	struct tcp_cong c;

	(void)state;
	net->now = sec_to_ktime(100);
	tcp_cong_table_init(&t, &net->mem);
	tcp_cong_init(&c, &tcp_cubic);
	tcp_cong_begin(&t, &c, net->now);
	c.snd_cwnd = 20;
	c.snd_ssthresh = tcp_cong_ssthresh(&c);
	c.snd_cwnd = c.snd_ssthresh;
	for (int i = 0; i < 100; i++)
		round_trip(net, &t, &c, 1);
	assert_true(c.snd_cwnd > 14 + 40);	/* 8/15 per round trip */
	tcp_cong_exit(&t, &c);
	tcp_cong_table_exit(&t);
	netns_exit(net);
}

/* RFC 9438 4.7 */
static void cubic_fast_convergence(void **state)
{
	struct net *net = net_new();
	struct tcp_cong_table t;
	struct tcp_cong c;

	(void)state;
	tcp_cong_table_init(&t, &net->mem);
	tcp_cong_init(&c, &tcp_cubic);
	tcp_cong_begin(&t, &c, net->now);
	c.snd_cwnd = 100;
	c.snd_cwnd = tcp_cong_ssthresh(&c);
	assert_int_equal(c.snd_cwnd, 70);
	tcp_cong_ssthresh(&c);		/* a loss below the old maximum: give room */
	assert_int_equal(((const u32 *)c.priv)[0], 70 * (1024 + 717) / 2048);
	tcp_cong_exit(&t, &c);
	tcp_cong_table_exit(&t);
	netns_exit(net);
}

static void hystart_leaves_slow_start_when_the_queue_grows(void **state)
{
	struct net *net = net_new();
	struct tcp_cong_table t;
	struct tcp_cong c;

	(void)state;
	net->now = sec_to_ktime(100);
	tcp_cong_table_init(&t, &net->mem);
	tcp_cong_init(&c, &tcp_cubic);
	net->sysctl.tcp_cubic_hystart_detect = 3;
	for (u32 rtt = 50, i = 0; i < 6 && c.snd_ssthresh > 1000000; i++, rtt += i > 2 ? 20 : 0)
		round_trip(net, &t, &c, rtt);
	assert_in_range(c.snd_ssthresh, 16, 400);
	assert_int_equal(net->mib[MIB_TcpExtTCPHystartTrainDetect] +
			 net->mib[MIB_TcpExtTCPHystartDelayDetect], 1);
	tcp_cong_exit(&t, &c);
	tcp_cong_table_exit(&t);
	netns_exit(net);
}

/* Without memory for its state an algorithm is Reno, and tries again later. */
static void no_memory_means_reno(void **state)
{
	struct net *net = net_new();
	struct tcp_cong_table t;
	struct tcp_cong c;

	(void)state;
	tcp_cong_table_init(&t, &net->mem);
	tcp_cong_init(&c, &tcp_cubic);
	net->mem.fail_after = 1;
	tcp_cong_begin(&t, &c, net->now);
	assert_null(c.priv);
	c.snd_cwnd = 100;
	assert_int_equal(tcp_cong_ssthresh(&c), 50);
	tcp_cong_begin(&t, &c, net->now);
	assert_int_equal(tcp_cong_ssthresh(&c), 70);
	tcp_cong_exit(&t, &c);
	tcp_cong_table_exit(&t);
	netns_exit(net);
}

static void idling_shrinks_the_window(void **state)
{
	struct net *net = net_new();
	struct tcp_cong c;

	(void)state;
	tcp_cong_init(&c, &tcp_reno);
	c.snd_cwnd = 160;
	c.snd_ssthresh = 50;
	/* three times an RTO */
	tcp_cwnd_restart(&c, TCP_INIT_CWND, net->now, ms_to_ktime(350), 100000);
	assert_int_equal(c.snd_cwnd, 20);
	assert_int_equal(c.snd_ssthresh, 120);
	tcp_cwnd_restart(&c, TCP_INIT_CWND, net->now, sec_to_ktime(100), 100000);
	assert_int_equal(c.snd_cwnd, 10);	/* not below the restart window */
	c.snd_cwnd = 100;
	c.snd_cwnd_used = 20;
	tcp_cwnd_application_limited(&c, TCP_INIT_CWND);
	assert_int_equal(c.snd_cwnd, 60);
	netns_exit(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incomplete_tables_are_refused),
		cmocka_unit_test(reno_doubles_then_adds_one),
		cmocka_unit_test(growth_needs_a_used_window),
		cmocka_unit_test(slow_start_stops_at_ssthresh),
		cmocka_unit_test(cubic_follows_its_curve),
		cmocka_unit_test(cubic_is_friendly_to_reno),
		cmocka_unit_test(cubic_fast_convergence),
		cmocka_unit_test(hystart_leaves_slow_start_when_the_queue_grows),
		cmocka_unit_test(no_memory_means_reno),
		cmocka_unit_test(idling_shrinks_the_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
