/* SPDX-License-Identifier: MIT */
/* codel and fq_codel: what they mark, drop, and whose turn it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/qdisc_aqm.h"
#include "device/qdisc_testbed.h"

static struct aqm_conf conf;

static int setup(void **state)
{
	(void)state;
	qdisc_bed_init();
	return 0;
}

static struct Qdisc *put_in(const struct Qdisc_ops *ops)
{
	assert_int_equal(dev_set_qdisc(dev, ops, &conf), 0);
	return dev->qdisc;
}

static u8 ecn_of(struct sk_buff *skb)
{
	const struct iphdr *iph = (const void *)skb_network_header(skb);

	if (v6)
		return ipv6_get_dsfield((const void *)iph) & INET_ECN_MASK;
	assert_true(ipv4_check(iph, skb->len - ETH_HLEN) == WIRE_OK);
	return iph->tos & INET_ECN_MASK;
}

/* Always 20 packets, each 20 ms old when it leaves: how many of the next 220 had which ECN field;
 * the fifth is of those that were dropped. */
static void standing_queue(struct Qdisc *q, u8 ecn, u32 counts[5])
{
	u64 dropped = q->stats.drops;

	memset(counts, 0, 5 * sizeof(*counts));
	for (int i = 0; i < 240; i++) {
		net.now += MS;
		assert_int_equal(q->ops->enqueue(udp_packet(ecn, 1, 1000), q), 0);
		if (i >= 20) {
			struct sk_buff *skb = q->ops->dequeue(q);

			counts[ecn_of(skb)]++;
			dev_consume_sent(skb);
		}
	}
	counts[4] = (u32)(q->stats.drops - dropped);
	qdisc_reset(q, SKB_DROP_REASON_QDISC_DROP);
	assert_int_equal(q->stats.qlen, 0);
	assert_int_equal(q->stats.backlog, 0);
}

static void what_is_ect_is_marked(void **state)
{
	struct aqm_show show;
	struct Qdisc *q;
	u32 n[5];

	(void)state;
	aqm_conf_init(&conf, &codel_qdisc_ops, dev);
	conf.codel.ecn = true;
	q = put_in(&codel_qdisc_ops);
	standing_queue(q, INET_ECN_ECT_0, n);
	assert_int_equal(n[4], 0);
	assert_int_equal(n[INET_ECN_CE], 2);	/* after 100 ms, and 100 ms later */
	q->ops->aqm_show(q, &show);
	assert_int_equal(show.stats.ecn_mark, 2);
	standing_queue(q, INET_ECN_NOT_ECT, n);
	assert_int_equal(n[INET_ECN_CE], 0);
	assert_true(n[4] >= 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_QDISC_CONGESTED], n[4]);
}

static void of_ipv6_the_same_is_marked(void **state)
{
	v6 = true;
	what_is_ect_is_marked(state);
}

static void without_ecn_it_is_dropped(void **state)
{
	u32 n[5];

	(void)state;
	aqm_conf_init(&conf, &codel_qdisc_ops, dev);
	standing_queue(put_in(&codel_qdisc_ops), INET_ECN_ECT_0, n);
	assert_int_equal(n[INET_ECN_CE], 0);
	assert_true(n[4] >= 1);
}

/* DCTCP's queue: a step. */
static void above_a_threshold_all_are_marked(void **state)
{
	struct Qdisc *q;
	u32 n[5];

	(void)state;
	aqm_conf_init(&conf, &fq_codel_qdisc_ops, dev);
	conf.codel.ce_threshold = 10 * MS;
	q = put_in(&fq_codel_qdisc_ops);
	standing_queue(q, INET_ECN_ECT_1, n);
	assert_int_equal(n[INET_ECN_CE], 220);
	conf.codel.ce_threshold = 30 * MS;
	standing_queue(put_in(&fq_codel_qdisc_ops), INET_ECN_ECT_1, n);
	assert_int_equal(n[INET_ECN_CE], 2);
}

static void a_full_one_drops(void **state)
{
	struct Qdisc *q;

	(void)state;
	aqm_conf_init(&conf, &codel_qdisc_ops, dev);
	conf.limit = 3;
	q = put_in(&codel_qdisc_ops);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(q->ops->enqueue(udp_packet(0, 1, 100), q), 0);
	assert_int_equal(q->ops->enqueue(udp_packet(0, 1, 100), q), -ENOBUFS);
	assert_int_equal(q->stats.qlen, 3);
}

/* Flow 1 has sent 50, flow 2 comes: it is served at once, and then they share. */
static void flows_take_turns(void **state)
{
	struct Qdisc *q;
	u32 of_two = 0;

	(void)state;
	aqm_conf_init(&conf, &fq_codel_qdisc_ops, dev);
	q = put_in(&fq_codel_qdisc_ops);
	for (u32 i = 0; i < 50; i++)
		q->ops->enqueue(udp_packet(0, 1, 1514), q);
	for (u32 i = 0; i < 3; i++)
		dev_consume_sent(q->ops->dequeue(q));
	for (u32 i = 0; i < 10; i++)
		q->ops->enqueue(udp_packet(0, 2, 1514), q);
	for (u32 i = 0; i < 20; i++) {
		struct sk_buff *skb = q->ops->dequeue(q);

		if (!i)
			assert_int_equal(flow_of(skb), 2);
		of_two += flow_of(skb) == 2;
		dev_consume_sent(skb);
	}
	assert_int_equal(of_two, 10);
}

static void flows_of_ipv6_take_turns(void **state)
{
	v6 = true;
	flows_take_turns(state);
}

/* The longest loses, not who came last. */
static void when_full_the_longest_loses(void **state)
{
	struct Qdisc *q;
	u32 of_two = 0;

	(void)state;
	aqm_conf_init(&conf, &fq_codel_qdisc_ops, dev);
	conf.limit = 100;
	q = put_in(&fq_codel_qdisc_ops);
	for (u32 i = 0; i < 99; i++)
		q->ops->enqueue(udp_packet(0, 1, 1000), q);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(q->ops->enqueue(udp_packet(0, 2, 1000), q), 0);
	/* Of 99 as many as make half of the bytes. */
	assert_int_equal(net.drops[SKB_DROP_REASON_QDISC_DROP], 50);
	for (u32 i = 0; i < 54; i++) {
		struct sk_buff *skb = q->ops->dequeue(q);

		of_two += flow_of(skb) == 2;
		dev_consume_sent(skb);
	}
	assert_int_equal(of_two, 5);
	assert_null(q->ops->dequeue(q));
	assert_int_equal(q->stats.qlen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, qdisc_bed_exit)
		T(what_is_ect_is_marked),
		T(of_ipv6_the_same_is_marked),
		T(without_ecn_it_is_dropped),
		T(above_a_threshold_all_are_marked),
		T(a_full_one_drops),
		T(flows_take_turns),
		T(flows_of_ipv6_take_turns),
		T(when_full_the_longest_loses),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
