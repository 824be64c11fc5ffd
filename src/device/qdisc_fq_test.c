/* SPDX-License-Identifier: MIT */
/* fq: whose turn it is, when a packet is due, what is dropped, and what is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "device/edt.h"
#include "device/qdisc_fq.h"
#include "device/qdisc_testbed.h"

#define FRAME 1000u

static struct bare_dev *bd;
static struct fq_conf conf;

/* The socket of every packet that has one. */
static struct tx_sender sender;
static u32 missed;

static void sender_of(const struct sk_buff *skb, struct tx_sender *s)
{
	(void)skb;
	*s = sender;
}

static void sender_missed(const struct sk_buff *skb)
{
	(void)skb;
	missed++;
}

static const struct tx_sender_ops sender_ops = { .of = sender_of, .missed = sender_missed };

static int setup(void **state)
{
	(void)state;
	missed = 0;
	sender = (struct tx_sender){ .rate = UINT64_MAX, .own_flow = true };
	qdisc_bed_init();
	net.dev->sender = &sender_ops;
	bd = netdev_priv(dev);
	bd->room = UINT32_MAX;
	fq_conf_init(&conf, dev);
	return 0;
}

static struct Qdisc *put_in(void)
{
	assert_int_equal(dev_set_qdisc(dev, &fq_qdisc_ops, &conf), 0);
	return dev->qdisc;
}

static struct fq_stats stats_of(const struct Qdisc *q)
{
	struct fq_stats s;
	ktime_t next;

	qdisc_fq_stats(q, &s, &next);
	return s;
}

/* Of nobody. */
static struct sk_buff *packet(u16 flow, u32 len)
{
	return udp_packet(INET_ECN_ECT_0, flow, len);
}

/* The same of a socket: any address will do, only the table of functions looks at it. */
static struct sk_buff *owned(u16 flow, u32 len)
{
	struct sk_buff *skb = packet(flow, len);

	skb->sk = (void *)&sender;
	return skb;
}

static struct sk_buff *timed(u16 flow, ktime_t when)
{
	struct sk_buff *skb = owned(flow, FRAME);

	skb->tstamp = when;
	skb->edt = SKB_EDT_TXTIME;
	return skb;
}

/* Of what was sent: the next one's flow, 0 = nothing was. */
static u16 sent_flow(void)
{
	struct sk_buff *skb = skb_dequeue(&bd->sent);
	u16 flow = skb ? flow_of(skb) : 0;

	if (skb)
		dev_consume_sent(skb);
	return flow;
}

static u32 sent_count(void)
{
	u32 n = bd->sent.qlen;

	skb_queue_purge_reason(&bd->sent, SKB_CONSUMED);
	return n;
}

/* As a driver whose ring is full for now: what comes waits. */
static void hold(void)
{
	netif_stop_queue(dev);
}

static void let_go(u32 packets)
{
	bd->room = packets;
	netif_wake_queue(dev);
	bare_net_run_until(&net, net.now);
}

/* ---- turns ---- */

/* Flow 1 has 40 waiting, flow 2 comes with 10: it is served at once, and then they share. */
static void flows_take_turns(void **state)
{
	u32 of_two = 0;

	(void)state;
	conf.initial_quantum = conf.quantum;
	put_in();
	hold();
	for (u32 i = 0; i < 48; i++)
		dev_queue_xmit(packet(1, 1514));
	let_go(13);		/* those of the fast way are gone, then */
	sent_count();
	for (u32 i = 0; i < 10; i++)
		dev_queue_xmit(packet(2, 1514));
	let_go(20);
	assert_int_equal(bd->sent.qlen, 20);
	for (u32 i = 0; i < 20; i++) {
		u16 flow = sent_flow();

		if (!i)
			assert_int_equal(flow, 2);
		of_two += flow == 2;
	}
	assert_int_equal(of_two, 10);
}

static void flows_of_ipv6_take_turns(void **state)
{
	v6 = true;
	flows_take_turns(state);
}

/* A new flow may send its initial quantum before the others, an old one the quantum. */
static void a_new_flow_has_more(void **state)
{
	(void)state;
	conf.quantum = 2 * FRAME;
	conf.initial_quantum = 5 * FRAME;
	put_in();
	hold();
	for (u32 i = 0; i < 8; i++)
		dev_queue_xmit(packet(9, 60));		/* the fast way is full */
	for (u32 i = 0; i < 10; i++)
		dev_queue_xmit(packet(1, FRAME));
	for (u32 i = 0; i < 10; i++)
		dev_queue_xmit(packet(2, FRAME));
	let_go(28);
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(sent_flow(), 9);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(sent_flow(), 1);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(sent_flow(), 2);
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(sent_flow(), i / 2 % 2 ? 2 : 1);
}

/* Three bands with all they can send: bytes as their weights, 9 : 3 : 1. */
static void bands_share_by_weight(void **state)
{
	static const u32 priority[] = { 6, 0, 1 };
	u32 of[3] = { 0 };

	(void)state;
	conf.flow_limit = 10000;
	put_in();
	hold();
	for (u32 i = 0; i < 8; i++)
		dev_queue_xmit(packet(99, 60));
	for (u32 i = 0; i < 3000; i++) {
		for (u32 k = 0; k < 3; k++) {
			struct sk_buff *skb = packet((u16)(k + 1), FRAME);

			skb->priority = priority[k];
			dev_queue_xmit(skb);
		}
	}
	let_go(8 + 2600);
	for (u32 i = 0; i < 8 + 2600; i++) {
		u16 flow = sent_flow();

		if (flow < 4)
			of[flow - 1]++;
	}
	assert_in_range(of[0], 1700, 1900);
	assert_in_range(of[1], 550, 650);
	assert_in_range(of[2], 150, 250);
}

/* A packet of four times what the band has a turn for: nobody else has to come for its debt. */
static void a_debt_holds_nobody_up(void **state)
{
	(void)state;
	for (u32 i = 0; i < FQ_BANDS; i++)
		conf.weights[i] = FQ_WEIGHT_MIN;
	put_in();
	hold();
	for (u32 i = 0; i < 8 + 3; i++)
		dev_queue_xmit(packet(1, i < 8 ? 60 : 65000));
	let_go(UINT32_MAX);
	assert_int_equal(sent_count(), 8 + 3);
}

/* Priority 7 is before all, without a flow. */
static void control_goes_first(void **state)
{
	struct Qdisc *q;
	struct sk_buff *skb;

	(void)state;
	q = put_in();
	hold();
	for (u32 i = 0; i < 20; i++)
		dev_queue_xmit(packet(1, FRAME));
	skb = packet(2, FRAME);
	skb->priority = 7;
	dev_queue_xmit(skb);
	let_go(9);
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(sent_flow(), 1);
	assert_int_equal(sent_flow(), 2);
	assert_int_equal(stats_of(q).internal_packets, 1);
	assert_int_equal(stats_of(q).fastpath_packets, 8);
}

/* ---- time ---- */

/* 1000 bytes each at 100,000 bytes/s: one in 10 ms; another flow is not held up by it. */
static void maxrate_spaces_a_flow(void **state)
{
	struct Qdisc *q;

	(void)state;
	conf.maxrate = 100000;
	conf.low_rate_threshold = 1000000;
	q = put_in();
	for (u32 i = 0; i < 4; i++)
		dev_queue_xmit(packet(1, FRAME));
	assert_int_equal(sent_count(), 1);
	dev_queue_xmit(packet(2, FRAME));
	assert_int_equal(sent_count(), 1);
	assert_int_equal(stats_of(q).throttled_flows, 1);
	bare_net_run_until(&net, 10 * MS - 1);
	assert_int_equal(sent_count(), 0);
	for (u32 i = 1; i < 4; i++) {
		bare_net_run_until(&net, i * 10 * MS);
		assert_int_equal(sent_count(), 1);
	}
	assert_int_equal(stats_of(q).throttled, 3);
	assert_int_equal(stats_of(q).throttled_flows, 0);
}

/* Above low_rate_threshold a flow sends its quantum at once, and then waits for all of it. */
static void a_fast_flow_sends_its_quantum(void **state)
{
	(void)state;
	sender.rate = 1000000;
	conf.low_rate_threshold = 1000;
	conf.quantum = conf.initial_quantum = 3 * FRAME;
	put_in();
	for (u32 i = 0; i < 7; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 3);
	bare_net_run_until(&net, 3 * MS - 1);
	assert_int_equal(sent_count(), 0);
	bare_net_run_until(&net, 3 * MS);
	assert_int_equal(sent_count(), 3);
	bare_net_run_until(&net, 6 * MS);
	assert_int_equal(sent_count(), 1);
}

/* The socket's rate, where it is below: packet by packet. */
static void a_slow_socket_is_spaced(void **state)
{
	(void)state;
	sender.rate = 50000;
	put_in();
	for (u32 i = 0; i < 3; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 1);
	bare_net_run_until(&net, 20 * MS);
	assert_int_equal(sent_count(), 1);
	bare_net_run_until(&net, 40 * MS - 1);
	assert_int_equal(sent_count(), 0);
	bare_net_run_until(&net, 40 * MS);
	assert_int_equal(sent_count(), 1);
}

static void without_pacing_nothing_waits(void **state)
{
	(void)state;
	sender.rate = 1000;
	conf.pacing = false;
	put_in();
	assert_false(dev_keeps_edt(dev));
	for (u32 i = 0; i < 20; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 20);
}

/* A rate of next to nothing is looked at again after a second. */
static void at_most_a_second(void **state)
{
	struct Qdisc *q;

	(void)state;
	sender.rate = 1;
	q = put_in();
	for (u32 i = 0; i < 2; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 1);
	bare_net_run_until(&net, NSEC_PER_SEC - 1);
	assert_int_equal(sent_count(), 0);
	bare_net_run_until(&net, NSEC_PER_SEC);
	assert_int_equal(sent_count(), 1);
	assert_int_equal(stats_of(q).pkts_too_long, 2);
}

/* By their own times, and in their order; what is due at once passes those. */
static void packets_leave_at_their_time(void **state)
{
	(void)state;
	put_in();
	assert_true(dev_keeps_edt(dev));
	dev_queue_xmit(timed(1, 20 * MS));
	dev_queue_xmit(timed(2, 10 * MS));
	dev_queue_xmit(timed(3, 30 * MS));
	dev_queue_xmit(packet(4, FRAME));
	assert_int_equal(sent_flow(), 4);
	for (u16 i = 1; i <= 3; i++) {
		bare_net_run_until(&net, i * 10 * MS - 1);
		assert_int_equal(sent_flow(), 0);
		bare_net_run_until(&net, i * 10 * MS);
		assert_int_equal(sent_flow(), i == 1 ? 2 : i == 2 ? 1 : 3);
	}
}

/* As Linux: one that comes with an earlier time waits with its flow, and is first then. */
static void a_flow_sorts_its_packets(void **state)
{
	struct sk_buff *late, *early;

	(void)state;
	put_in();
	late = timed(1, 20 * MS);
	early = timed(1, 10 * MS);
	early->mark = 10;
	dev_queue_xmit(late);
	dev_queue_xmit(early);
	bare_net_run_until(&net, 20 * MS - 1);
	assert_int_equal(bd->sent.qlen, 0);
	bare_net_run_until(&net, 20 * MS);
	assert_int_equal(skb_peek(&bd->sent)->mark, 10);
	assert_int_equal(sent_count(), 2);
}

static void beyond_the_horizon(void **state)
{
	struct sk_buff *skb;
	struct Qdisc *q;

	(void)state;
	conf.horizon = 100 * MS;
	q = put_in();
	assert_int_equal(dev_queue_xmit(timed(1, 100 * MS + 1)), -ENOBUFS);
	assert_int_equal(dev_queue_xmit(timed(1, INT64_MAX)), -ENOBUFS);
	assert_int_equal(missed, 2);
	assert_int_equal(net.drops[SKB_DROP_REASON_FQ_HORIZON_LIMIT], 2);
	assert_int_equal(dev_queue_xmit(timed(1, 100 * MS)), 0);
	assert_int_equal(stats_of(q).horizon_drops, 2);
	/* TCP's own are dropped without a word. */
	skb = timed(1, 200 * MS);
	skb->edt = SKB_EDT_TCP;
	assert_int_equal(dev_queue_xmit(skb), -ENOBUFS);
	assert_int_equal(missed, 2);
	conf.horizon_drop = false;
	assert_int_equal(qdisc_fq_change(q, &conf), 0);
	assert_int_equal(dev_queue_xmit(timed(2, 5000 * MS)), 0);
	assert_int_equal(stats_of(q).horizon_caps, 1);
	bare_net_run_until(&net, 100 * MS - 1);
	assert_int_equal(bd->sent.qlen, 0);
	bare_net_run_until(&net, 100 * MS);
	assert_int_equal(sent_count(), 2);
}

/* A time in the past, also one that no clock ever showed, is now. */
static void the_past_is_now(void **state)
{
	(void)state;
	put_in();
	net.now = 5 * MS;
	dev_queue_xmit(timed(1, 4 * MS));
	dev_queue_xmit(timed(2, INT64_MIN));
	assert_int_equal(sent_count(), 2);
}

/* Later than its time by the threshold: marked. */
static void what_is_late_is_marked(void **state)
{
	struct Qdisc *q;
	u32 marked = 0;

	(void)state;
	conf.ce_threshold = 5 * MS;
	q = put_in();
	hold();
	for (u32 i = 0; i < 12; i++)
		dev_queue_xmit(packet(1, FRAME));
	net.now = 5 * MS;
	let_go(10);
	net.now = 5 * MS + 1;
	let_go(2);
	while (!skb_queue_empty(&bd->sent)) {
		struct sk_buff *skb = skb_dequeue(&bd->sent);
		const struct iphdr *iph = (const void *)skb_network_header(skb);

		marked += (iph->tos & INET_ECN_MASK) == INET_ECN_CE;
		dev_consume_sent(skb);
	}
	assert_int_equal(marked, 2);
	assert_int_equal(stats_of(q).ce_mark, 2);
}

/* ---- limits ---- */

static void a_flow_has_its_limit(void **state)
{
	struct Qdisc *q;

	(void)state;
	conf.flow_limit = 5;
	q = put_in();
	hold();
	for (u32 i = 0; i < 8 + 5; i++)
		assert_int_equal(dev_queue_xmit(packet(1, FRAME)), 0);
	assert_int_equal(dev_queue_xmit(packet(1, FRAME)), -ENOBUFS);
	assert_int_equal(dev_queue_xmit(packet(2, FRAME)), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_FQ_FLOW_LIMIT], 1);
	assert_int_equal(stats_of(q).flows_plimit, q->stats.drops);
	assert_int_equal(q->stats.qlen, 14);
}

static void a_band_has_its_limit(void **state)
{
	struct sk_buff *skb;
	struct Qdisc *q;

	(void)state;
	conf.limit = 10;
	q = put_in();
	hold();
	for (u16 i = 0; i < 8 + 10; i++)
		assert_int_equal(dev_queue_xmit(packet(i, FRAME)), 0);
	assert_int_equal(dev_queue_xmit(packet(99, FRAME)), -ENOBUFS);
	skb = packet(99, FRAME);
	skb->priority = 1;
	assert_int_equal(dev_queue_xmit(skb), 0);	/* another band has room */
	/* What needs no turn has a limit too. */
	for (u32 i = 0; i < 3; i++) {
		skb = packet(99, FRAME);
		skb->priority = 7;
		assert_int_equal(dev_queue_xmit(skb), i < 2 ? 0 : -ENOBUFS);
	}
	assert_int_equal(net.drops[SKB_DROP_REASON_FQ_BAND_LIMIT], 2);
	assert_int_equal(stats_of(q).band_drops[1], 1);
	assert_int_equal(stats_of(q).band_drops[0], 1);
	/* A lower limit: the rest goes. */
	conf.limit = 4;
	assert_int_equal(qdisc_fq_change(q, &conf), 0);
	assert_int_equal(q->stats.qlen, 4);
	assert_int_equal(net.drops[SKB_DROP_REASON_QDISC_DROP], 17);
}

/* ---- what is remembered ---- */

static void come_and_go(u16 from, u16 to)
{
	for (u16 i = from; i < to; i++)
		dev_queue_xmit(timed(i, net.now + 1));
	bare_net_run_until(&net, net.now + 1);
	sent_count();
}

/* 64 buckets: from 128 flows on those that were silent for 3 s go, and never are there more than
 * 256 that are silent. */
static void idle_flows_are_let_go(void **state)
{
	struct Qdisc *q;

	(void)state;
	conf.buckets = 64;
	q = put_in();
	come_and_go(1, 101);
	assert_int_equal(stats_of(q).flows, 100);
	assert_int_equal(stats_of(q).inactive_flows, 100);
	net.now += 4 * NSEC_PER_SEC;
	come_and_go(101, 201);
	assert_in_range(stats_of(q).gc_flows, 72, 80);
	net.now += 4 * NSEC_PER_SEC;
	come_and_go(201, 211);
	assert_in_range(stats_of(q).flows, 100, 130);
	for (u16 i = 6000; i < 7000; i += 10)
		come_and_go(i, i + 10);
	assert_in_range(stats_of(q).flows, 200, 256 + 10);
}

/* Packets that are nobody's share orphan_mask + 1 flows; a socket's have their own. */
static void strangers_are_few_flows(void **state)
{
	struct Qdisc *q;

	(void)state;
	conf.orphan_mask = 7;
	conf.limit = 100000;
	q = put_in();
	hold();
	for (u16 i = 0; i < 8; i++)
		dev_queue_xmit(packet(i, FRAME));
	for (u16 i = 0; i < 500; i++)
		dev_queue_xmit(packet(i, FRAME));
	assert_int_equal(stats_of(q).flows, 8);
	sender.own_flow = false;
	for (u16 i = 0; i < 100; i++)
		dev_queue_xmit(owned(i, FRAME));
	assert_int_equal(stats_of(q).flows, 8);
	sender.own_flow = true;
	for (u16 i = 0; i < 100; i++)
		dev_queue_xmit(owned(i, FRAME));
	assert_int_equal(stats_of(q).flows, 108);
}

/* After refill_delay of silence a flow may send a quantum at once again. */
static void silence_gives_credit(void **state)
{
	(void)state;
	sender.rate = 1000000;
	conf.low_rate_threshold = 0;
	conf.quantum = conf.initial_quantum = 4 * FRAME;
	put_in();
	for (u32 i = 0; i < 5; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 4);
	bare_net_run_until(&net, 4 * MS);
	assert_int_equal(sent_count(), 1);	/* of the next quantum: 3 are left */
	bare_net_run_until(&net, 10 * MS);
	for (u32 i = 0; i < 5; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 3);
	bare_net_run_until(&net, 100 * MS);
	assert_int_equal(sent_count(), 2);
	come_and_go(2, 3);	/* the round finds flow 1 without packets */
	for (u32 i = 0; i < 4; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 2);
	bare_net_run_until(&net, 110 * MS);
	assert_int_equal(sent_count(), 2);
	come_and_go(3, 4);
	bare_net_run_until(&net, 160 * MS);
	for (u32 i = 0; i < 6; i++)
		dev_queue_xmit(owned(1, FRAME));
	assert_int_equal(sent_count(), 4);
}

/* Other parameters, while packets wait: none is lost, the table is another. */
static void it_changes_as_it_runs(void **state)
{
	struct Qdisc *q;

	(void)state;
	q = put_in();
	for (u16 i = 1; i <= 50; i++)
		dev_queue_xmit(timed(i, i * MS));
	conf.buckets = 2;
	conf.flow_limit = 1;
	assert_int_equal(qdisc_fq_change(q, &conf), 0);
	assert_int_equal(dev_queue_xmit(timed(7, 60 * MS)), -ENOBUFS);
	bare_net_run_until(&net, 50 * MS);
	for (u16 i = 1; i <= 50; i++)
		assert_int_equal(sent_flow(), i);
	assert_int_equal(q->stats.qlen, 0);
	assert_int_equal(q->stats.backlog, 0);
}

/* A device that goes down takes all with it: those that wait for their time, too. */
static void down_ends_all(void **state)
{
	struct Qdisc *q;

	(void)state;
	q = put_in();
	hold();
	for (u16 i = 1; i <= 30; i++)
		dev_queue_xmit(i % 2 ? timed(i, i * MS) : packet(i, FRAME));
	dev_close(dev);
	assert_int_equal(q->stats.qlen, 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_DEV_READY], 30);
	assert_int_equal(stats_of(q).flows, 0);
	bare_net_run_until(&net, 100 * MS);
	assert_int_equal(bd->sent.qlen, 0);
	dev_open(dev);
	dev_queue_xmit(timed(1, 110 * MS));
	bare_net_run_until(&net, 110 * MS);
	assert_int_equal(sent_count(), 1);
}

/* ---- at random ---- */

static struct sk_buff *random_packet(struct prng *rnd)
{
	u16 flow = (u16)(prng_u32(rnd) % 40);
	u32 len = 60 + prng_u32(rnd) % 1400, kind = prng_u32(rnd) % 4;
	struct sk_buff *skb = kind ? owned(flow, len) : packet(flow, len);

	skb->priority = prng_u32(rnd) % 16;
	if (kind > 1) {
		skb->edt = kind == 2 ? SKB_EDT_TXTIME : SKB_EDT_TCP;
		skb->tstamp = net.now + (s64)(prng_u32(rnd) % (30 * MS)) - 10 * MS;
	}
	return skb;
}

static void random_change(struct prng *rnd, struct Qdisc *q)
{
	conf.limit = 20 + prng_u32(rnd) % 200;
	conf.flow_limit = 1 + prng_u32(rnd) % 50;
	conf.buckets = 1u << prng_u32(rnd) % 8;
	conf.maxrate = prng_u32(rnd) % 2 ? FQ_NO_RATE : 100000 + prng_u32(rnd) % 1000000;
	conf.horizon = 5 * MS + prng_u32(rnd) % (20 * MS);
	conf.horizon_drop = prng_u32(rnd) % 2;
	conf.pacing = prng_u32(rnd) % 4;
	conf.orphan_mask = prng_u32(rnd) % 64;
	conf.quantum = 300 + prng_u32(rnd) % 3000;
	assert_int_equal(qdisc_fq_change(q, &conf), 0);
	sender.rate = prng_u32(rnd) % 2 ? UINT64_MAX : 50000 + prng_u32(rnd) % 1000000;
}

/* What was sent, in what order and when: one number. No packet left before its time. */
static u64 note_sent(u64 hash)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&bd->sent))) {
		if (skb->edt && skb->priority % 16 != 7)
			assert_true(skb->tstamp <= net.now);
		hash = hash * 0x9e3779b97f4a7c15ull + skb->id * 31 + (u64)net.now;
		dev_consume_sent(skb);
	}
	return hash;
}

static u64 random_life(u64 seed)
{
	struct prng rnd;
	struct Qdisc *q;
	u64 hash = 0;

	setup(NULL);
	prng_init(&rnd, seed);
	q = put_in();
	for (u32 i = 0; i < 3000; i++) {
		struct fq_stats s;

		switch (prng_u32(&rnd) % 32) {
		case 0:
			random_change(&rnd, q);
			break;
		case 1:
			bd->room = prng_u32(&rnd) % 20;
			break;
		case 2:
			let_go(prng_u32(&rnd) % 8 ? UINT32_MAX : 5);
			break;
		case 3: case 4: case 5: case 6: case 7:
			bare_net_run_until(&net, net.now + prng_u32(&rnd) % (2 * MS));
			break;
		default:
			dev_queue_xmit(random_packet(&rnd));
		}
		hash = note_sent(hash);
		s = stats_of(q);
		assert_true(s.inactive_flows + s.throttled_flows <= s.flows);
		bare_net_check_frames(&net, q->stats.qlen);
	}
	let_go(UINT32_MAX);
	bare_net_run_until(&net, net.now + 100 * NSEC_PER_SEC);
	hash = note_sent(hash);
	assert_int_equal(q->stats.qlen, 0);
	assert_int_equal(q->stats.backlog, 0);
	assert_int_equal(stats_of(q).inactive_flows, stats_of(q).flows);
	qdisc_bed_exit(NULL);
	return hash;
}

static void a_random_life(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 20; seed++)
		assert_int_equal(random_life(seed), random_life(seed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, qdisc_bed_exit)
		T(flows_take_turns),
		T(flows_of_ipv6_take_turns),
		T(a_new_flow_has_more),
		T(bands_share_by_weight),
		T(a_debt_holds_nobody_up),
		T(control_goes_first),
		T(maxrate_spaces_a_flow),
		T(a_fast_flow_sends_its_quantum),
		T(a_slow_socket_is_spaced),
		T(without_pacing_nothing_waits),
		T(at_most_a_second),
		T(packets_leave_at_their_time),
		T(a_flow_sorts_its_packets),
		T(beyond_the_horizon),
		T(the_past_is_now),
		T(what_is_late_is_marked),
		T(a_flow_has_its_limit),
		T(a_band_has_its_limit),
		T(idle_flows_are_let_go),
		T(strangers_are_few_flows),
		T(silence_gives_credit),
		T(it_changes_as_it_runs),
		T(down_ends_all),
#undef T
		cmocka_unit_test(a_random_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
