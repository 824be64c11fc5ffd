/* SPDX-License-Identifier: MIT */
/* A packet's way to the driver: qdisc, a driver that is full, checksums, circles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bare_net.h"
#include "device/qdisc.h"

static struct net net;
static struct net_device *dev;
static struct bare_dev *bd;

static int setup(void **state)
{
	(void)state;
	bare_net_init(&net, NULL);
	dev = bare_dev_create(&net, "eth0", NULL);
	bd = netdev_priv(dev);
	dev_open(dev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bare_net_exit(&net);
	return 0;
}

static struct sk_buff *packet(u32 number)
{
	struct sk_buff *skb = alloc_skb(&net, 100);

	put_be32(skb_put(skb, 60), number);
	skb->dev = dev;
	return skb;
}

static int send(u32 number)
{
	return dev_queue_xmit(packet(number));
}

static void expect_sent(u32 number)
{
	struct sk_buff *skb = bare_dev_pop(dev);

	assert_non_null(skb);
	assert_int_equal(get_be32(skb->data), number);
	dev_consume_sent(skb);
}

static void an_empty_queue_is_passed_by(void **state)
{
	(void)state;
	assert_int_equal(send(1), 0);
	expect_sent(1);
	assert_int_equal(bd->flushes, 1);
	assert_int_equal(dev->qdisc->stats.packets, 1);
	assert_int_equal(dev->qdisc->stats.bytes, 60);
	assert_int_equal(net.softnet->count[NET_TX_SOFTIRQ], 0);
}

static void a_full_driver_fills_the_queue_and_wakes_it(void **state)
{
	(void)state;
	dev->tx_queue_len = 5;
	bd->room = 3;
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(send(i), 0);
	assert_int_equal(dev->qdisc->stats.qlen, 5);
	assert_int_equal(dev->qdisc->stats.backlog, 300);
	assert_int_equal(send(8), -ENOBUFS);
	assert_int_equal(net.drops[SKB_DROP_REASON_QDISC_DROP], 1);
	assert_int_equal(dev->qdisc->stats.drops, 1);
	bare_net_run(&net, 0);
	assert_int_equal(bare_dev_sent(dev), 3);
	bd->room = 4;
	netif_wake_queue(dev);
	assert_int_equal(bare_dev_sent(dev), 3);	/* NET_TX does it */
	bd->flushes = 0;
	bare_net_run(&net, 0);
	assert_int_equal(net.softnet->count[NET_TX_SOFTIRQ], 1);
	assert_int_equal(bd->flushes, 1);		/* one doorbell for the batch */
	assert_int_equal(send(9), 0);			/* waits behind number 7 */
	bd->room = 100;
	netif_wake_queue(dev);
	assert_int_equal(send(10), 0);			/* does not overtake, NET_TX or not */
	bare_net_run(&net, 0);
	for (u32 i = 0; i < 8; i++)
		expect_sent(i);
	expect_sent(9);
	expect_sent(10);
	assert_int_equal(dev->qdisc->stats.qlen, 0);
	assert_int_equal(dev->qdisc->stats.backlog, 0);
}

static void a_packet_that_the_driver_refuses_stays_first(void **state)
{
	(void)state;
	bd->room = 0;			/* BUSY without a warning before */
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(send(i), 0);
	assert_int_equal(dev->qdisc->stats.requeues, 1);
	assert_int_equal(dev->qdisc->stats.qlen, 3);
	bd->room = 100;
	netif_wake_queue(dev);
	bare_net_run(&net, 0);
	for (u32 i = 0; i < 3; i++)
		expect_sent(i);
}

static void a_long_queue_leaves_in_turns(void **state)
{
	(void)state;
	netif_stop_queue(dev);
	for (u32 i = 0; i < 200; i++)
		assert_int_equal(send(i), 0);
	netif_wake_queue(dev);
	bare_net_run(&net, 0);
	assert_int_equal(net.softnet->count[NET_TX_SOFTIRQ], 4);	/* 64 at a time */
	for (u32 i = 0; i < 200; i++)
		expect_sent(i);
}

static void going_down_ends_what_waits(void **state)
{
	(void)state;
	bd->room = 1;
	for (u32 i = 0; i < 4; i++)
		send(i);
	dev_close(dev);
	assert_int_equal(net.drops[SKB_DROP_REASON_DEV_READY], 3);
	assert_int_equal(send(5), -ENETDOWN);
	assert_int_equal(net.drops[SKB_DROP_REASON_DEV_READY], 4);
	bd->room = 10;
	assert_int_equal(dev_open(dev), 0);
	assert_int_equal(send(6), 0);
	expect_sent(0);
	expect_sent(6);
}

static void without_carrier_packets_end_quietly(void **state)
{
	(void)state;
	netif_stop_queue(dev);
	send(0);
	netif_carrier_off(dev);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 1);
	assert_false(dev->flags & IFF_RUNNING_);
	assert_int_equal(send(1), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 2);
	netif_carrier_on(dev);
	assert_true(dev->flags & IFF_RUNNING_);
	netif_wake_queue(dev);
	bare_net_run(&net, 0);
	assert_int_equal(send(2), 0);
	expect_sent(2);
}

static void what_waits_at_the_end_ends_with_net_exit(void **state)
{
	(void)state;
	netif_stop_queue(dev);
	send(0);
	send(1);
	net.exiting = true;
	assert_int_equal(send(2), -ENETDOWN);
	unregister_netdevice(dev);
	assert_int_equal(net.drops[SKB_DROP_REASON_NET_EXIT], 3);
}

static struct sk_buff *partial(void)
{
	struct sk_buff *skb = packet(0);

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = 20;
	skb->csum_offset = 6;
	memset(skb->data, 0x33, 60);
	skb->data[26] = skb->data[27] = 0;
	return skb;
}

static void checksums_are_finished_for_a_device_that_does_not(void **state)
{
	struct sk_buff *skb;

	(void)state;
	assert_int_equal(dev_queue_xmit(partial()), 0);
	skb = bare_dev_pop(dev);
	assert_int_equal(skb->ip_summed, CHECKSUM_NONE);
	assert_int_equal(csum_fold(skb_checksum(skb, 20, 40, 0)), 0);
	consume_skb(skb);
	dev->features |= NETIF_F_HW_CSUM;
	assert_int_equal(dev_queue_xmit(partial()), 0);
	skb = bare_dev_pop(dev);
	assert_int_equal(skb->ip_summed, CHECKSUM_PARTIAL);
	consume_skb(skb);
}

/* A device that passes everything on to `next`. */
struct passer {
	struct net_device *next;
};

static netdev_tx_t pass_on(struct sk_buff *skb, struct net_device *from)
{
	skb->dev = ((struct passer *)netdev_priv(from))->next;
	dev_queue_xmit(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops passer_ops = { .ndo_start_xmit = pass_on };

static struct net_device *passer_create(struct net_device *next)
{
	struct net_device *d = alloc_netdev(&net, sizeof(struct passer), "pass%d");

	d->netdev_ops = &passer_ops;
	d->no_queue = true;
	((struct passer *)netdev_priv(d))->next = next;
	assert_int_equal(register_netdevice(d), 0);
	assert_string_equal(d->qdisc->ops->id, "noqueue");
	dev_open(d);
	return d;
}

static void devices_may_stand_on_one_another_but_not_in_a_circle(void **state)
{
	struct net_device *a = passer_create(dev), *b = passer_create(a);
	struct sk_buff *skb = packet(1);

	(void)state;
	skb->dev = b;
	assert_int_equal(dev_queue_xmit(skb), 0);
	expect_sent(1);
	((struct passer *)netdev_priv(a))->next = b;
	skb = packet(2);
	skb->dev = b;
	dev_queue_xmit(skb);
	assert_int_equal(net.drops[SKB_DROP_REASON_RECURSION_LIMIT], 1);
	((struct passer *)netdev_priv(a))->next = dev;
	skb = packet(3);
	skb->dev = b;
	assert_int_equal(dev_queue_xmit(skb), 0);
	expect_sent(3);
}

static void another_discipline_may_be_put_in(void **state)
{
	(void)state;
	netif_stop_queue(dev);
	send(0);
	assert_int_equal(dev_set_qdisc(dev, &noqueue_qdisc_ops, NULL), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_QDISC_DROP], 1);
	dev->queue_stopped = false;
	assert_int_equal(send(1), 0);
	expect_sent(1);
	bd->room = 0;
	assert_int_equal(send(2), -ENOBUFS);
	assert_int_equal(net.drops[SKB_DROP_REASON_FULL_RING], 1);
}

static void released(struct dst_entry *dst)
{
	dst->refcnt = 1000;
}

static void the_route_is_let_go_before_the_driver(void **state)
{
	struct dst_entry dst = { .refcnt = 1, .destroy = released };
	struct sk_buff *skb = packet(1);

	(void)state;
	skb->dst = &dst;
	assert_int_equal(dev_queue_xmit(skb), 0);
	assert_int_equal(dst.refcnt, 1000);
	expect_sent(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(an_empty_queue_is_passed_by),
		T(a_full_driver_fills_the_queue_and_wakes_it),
		T(a_packet_that_the_driver_refuses_stays_first),
		T(a_long_queue_leaves_in_turns),
		T(going_down_ends_what_waits),
		T(without_carrier_packets_end_quietly),
		T(what_waits_at_the_end_ends_with_net_exit),
		T(checksums_are_finished_for_a_device_that_does_not),
		T(devices_may_stand_on_one_another_but_not_in_a_circle),
		T(another_discipline_may_be_put_in),
		T(the_route_is_let_go_before_the_driver),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
