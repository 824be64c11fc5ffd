/* SPDX-License-Identifier: MIT */
/* Softirqs and NAPI: weight, budget, time limit, fairness, ksoftirqd, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bare_net.h"

/* A source of frames that is polled: it has `waiting` of them. */
struct source {
	struct napi_struct napi;
	int waiting, done, polls;
};

static struct net net;
static struct source src[3];
static char order[256];
static u32 n_order;

static int poll(struct napi_struct *napi, int weight)
{
	struct source *s = container_of(napi, struct source, napi);
	int work = min(weight, s->waiting);

	s->polls++;
	s->done += work;
	s->waiting -= work;
	if (n_order < sizeof(order) - 1)
		order[n_order++] = (char)('a' + (s - src));
	if (work < weight)
		napi_complete_done(napi, work);
	return work;
}

static u32 cost_ns;

static void params(struct ln_net_params *p)
{
	p->softirq_cost_ns = cost_ns;
}

static void begin(u32 cost)
{
	cost_ns = cost;
	bare_net_init(&net, params);
	memset(src, 0, sizeof(src));
	memset(order, 0, sizeof(order));
	n_order = 0;
	for (u32 i = 0; i < ARRAY_SIZE(src); i++) {
		netif_napi_add(NULL, &net, &src[i].napi, poll, NAPI_POLL_WEIGHT);
		napi_enable(&src[i].napi);
	}
}

static void end(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(src); i++)
		netif_napi_del(&src[i].napi);
	bare_net_exit(&net);
}

static void give(u32 i, int frames)
{
	src[i].waiting += frames;
	napi_schedule(&src[i].napi);
}

static void nothing_is_done_before_the_run(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(bare_net_next(&net), KTIME_MAX);
	give(0, 5);
	give(0, 5);			/* scheduled once */
	assert_int_equal(src[0].done, 0);
	assert_int_equal(bare_net_next(&net), 0);	/* at once */
	bare_net_run(&net, 10);
	assert_int_equal(src[0].done, 10);
	assert_int_equal(src[0].polls, 1);
	assert_int_equal(bare_net_next(&net), KTIME_MAX);
	assert_int_equal(net.softnet->count[NET_RX_SOFTIRQ], 1);
	assert_int_equal(net.softnet->count[NET_TX_SOFTIRQ], 0);
	end();
}

static void each_takes_its_weight_in_turn(void **state)
{
	(void)state;
	begin(0);
	give(0, 140);
	give(1, 10);
	give(2, 70);
	bare_net_run(&net, 0);
	assert_string_equal(order, "abcaca");	/* 64 each; b and then c are done */
	for (int i = 0; i < 3; i++)
		assert_int_equal(src[i].waiting, 0);
	assert_int_equal(net.softnet->count[NET_RX_SOFTIRQ], 1);
	assert_int_equal(net.softnet->time_squeeze, 0);
	end();
}

static void a_round_ends_with_the_budget(void **state)
{
	(void)state;
	begin(0);
	net.sysctl.netdev_budget = 100;
	give(0, 200);
	give(1, 60);
	bare_net_run(&net, 0);
	/* a takes 64 and b 60: over 100, the second round begins with a. */
	assert_string_equal(order, "abaaa");
	assert_int_equal(src[0].done, 200);
	assert_int_equal(net.softnet->time_squeeze, 2);
	assert_int_equal(net.softnet->count[NET_RX_SOFTIRQ], 3);
	assert_int_equal(net.softnet->ksoftirqd_wakeups, 0);
	end();
}

static void one_that_had_no_turn_comes_first_in_the_next_round(void **state)
{
	(void)state;
	begin(0);
	net.sysctl.netdev_budget = 64;
	give(0, 128);
	give(1, 128);
	bare_net_run(&net, 0);
	assert_memory_equal(order, "abab", 4);
	end();
}

static u32 wakes;

static void woken(struct net *n, struct wake *w)
{
	(void)n;
	(void)w;
	wakes++;
	assert_true(src[0].waiting > 0);	/* before the rest of the packets */
}

static void what_ten_rounds_leave_goes_to_ksoftirqd(void **state)
{
	struct wake w;

	(void)state;
	begin(0);
	wakes = 0;
	wake_init(&w, woken);
	wake_schedule(&net, &w);
	give(0, 10000);
	bare_net_run(&net, 0);
	assert_int_equal(src[0].done, 10 * 320);	/* 300 rounded up to whole weights */
	assert_int_equal(wakes, 1);
	assert_true(net.softnet->ksoftirqd);
	assert_int_equal(net.softnet->ksoftirqd_wakeups, 1);
	assert_int_equal(net.softnet->count[NET_RX_SOFTIRQ], 10);
	assert_int_equal(bare_net_next(&net), 0);
	bare_net_run_until(&net, 0);
	assert_int_equal(src[0].waiting, 0);
	assert_int_equal(net.softnet->ksoftirqd_wakeups, 3);
	assert_false(net.softnet->ksoftirqd);
	end();
}

static void frames_cost_time_and_the_limit_ends_a_round(void **state)
{
	(void)state;
	begin(10000);			/* 10 us a frame: 200 in 2 ms */
	give(0, 1000);
	bare_net_run(&net, 0);
	assert_int_equal(src[0].done, 256);	/* 192 are not yet 2 ms */
	assert_int_equal(net.softnet->time_squeeze, 1);
	assert_true(net.softnet->ksoftirqd);
	assert_int_equal(net.softnet->busy_until, 2560000);
	/* The CPU is busy: nothing happens before that. */
	assert_int_equal(bare_net_next(&net), 2560000);
	bare_net_run(&net, 2559999);
	assert_int_equal(src[0].done, 256);
	bare_net_run(&net, 2560000);
	assert_int_equal(src[0].done, 512);
	bare_net_run_until(&net, ms_to_ktime(20));
	assert_int_equal(src[0].done, 1000);
	assert_int_equal(net.softnet->busy_until, 10000000);
	end();
}

static void a_shorter_limit_gives_shorter_rounds(void **state)
{
	(void)state;
	begin(1000);
	net.sysctl.netdev_budget_usecs = 100;
	give(0, 300);
	give(1, 300);
	bare_net_run(&net, 0);
	assert_int_equal(src[0].done + src[1].done, 600);
	assert_int_equal(net.softnet->time_squeeze, 4);	/* 128 frames a round, and 88 */
	assert_int_equal(net.softnet->count[NET_RX_SOFTIRQ], 5);
	end();
}

static void a_disabled_one_is_not_polled(void **state)
{
	(void)state;
	begin(0);
	give(0, 5);
	give(1, 5);
	napi_disable(&src[0].napi);
	give(0, 5);
	bare_net_run(&net, 0);
	assert_string_equal(order, "b");
	napi_enable(&src[0].napi);
	give(0, 0);
	bare_net_run(&net, 0);
	assert_int_equal(src[0].done, 10);
	end();
}

static void net_tx_frees_what_interrupts_hand_it(void **state)
{
	(void)state;
	begin(0);
	for (int i = 0; i < 3; i++)
		dev_consume_skb_irq(alloc_skb(&net, 100));
	bare_net_check_frames(&net, 3);
	bare_net_run(&net, 0);
	bare_net_check_frames(&net, 0);
	assert_int_equal(net.frames.sent, 3);
	assert_int_equal(net.softnet->count[NET_TX_SOFTIRQ], 1);
	dev_consume_skb_irq(alloc_skb(&net, 100));
	end();
	assert_int_equal(net.frames.sent, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_done_before_the_run),
		cmocka_unit_test(each_takes_its_weight_in_turn),
		cmocka_unit_test(a_round_ends_with_the_budget),
		cmocka_unit_test(one_that_had_no_turn_comes_first_in_the_next_round),
		cmocka_unit_test(what_ten_rounds_leave_goes_to_ksoftirqd),
		cmocka_unit_test(frames_cost_time_and_the_limit_ends_a_round),
		cmocka_unit_test(a_shorter_limit_gives_shorter_rounds),
		cmocka_unit_test(a_disabled_one_is_not_polled),
		cmocka_unit_test(net_tx_frees_what_interrupts_hand_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
