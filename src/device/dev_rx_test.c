/* SPDX-License-Identifier: MIT */
/* A frame's way into the stack: taps, rx_handler, protocols, backlog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bare_net.h"

#define TYPE_A CONST_BE16(0x0800)
#define TYPE_B CONST_BE16(0x0810)	/* same hash bucket */

struct sink {
	struct packet_type pt;
	u32 frames, len;
	u8 first, pkt_type;
};

static struct net net;
static struct net_device *eth0, *eth1;

static int sink_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	struct sink *s = container_of(pt, struct sink, pt);

	assert_ptr_equal(skb->dev, dev);
	s->frames++;
	s->len = skb->len;
	s->first = skb->data[0];
	s->pkt_type = skb->pkt_type;
	consume_skb(skb);
	return 0;
}

static void sink_add(struct sink *s, be16 type, struct net_device *dev)
{
	*s = (struct sink){ .pt = { .type = type, .dev = dev, .func = sink_rcv } };
	dev_add_pack(&net, &s->pt);
}

static int setup(void **state)
{
	(void)state;
	bare_net_init(&net, NULL);
	eth0 = bare_dev_create(&net, "eth%d", NULL);
	eth1 = bare_dev_create(&net, "eth%d", NULL);
	dev_open(eth0);
	dev_open(eth1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bare_net_exit(&net);
	return 0;
}

/* As after eth_type_trans(): 14 bytes of 0xee are behind data, 46 of 0x45 follow. */
static struct sk_buff *frame(struct net_device *dev, be16 type)
{
	u8 bytes[60];
	struct sk_buff *skb;

	memset(bytes, 0xee, 14);
	memset(bytes + 14, 0x45, 46);
	skb = bare_rx_skb(dev, bytes, sizeof(bytes));
	skb_pull(skb, 14);
	skb->protocol = type;
	return skb;
}

static void the_ethertype_chooses_the_protocol(void **state)
{
	struct sink a, b, only1;

	(void)state;
	sink_add(&a, TYPE_A, NULL);
	sink_add(&b, TYPE_B, NULL);
	netif_receive_skb(frame(eth0, TYPE_A));
	netif_receive_skb(frame(eth1, TYPE_B));
	netif_receive_skb(frame(eth1, TYPE_B));
	assert_int_equal(a.frames, 1);
	assert_int_equal(a.len, 46);
	assert_int_equal(a.first, 0x45);
	assert_int_equal(b.frames, 2);
	assert_int_equal(net.frames.cloned, 0);
	/* A second one for the same type, on one device: both get it. */
	sink_add(&only1, TYPE_B, eth1);
	netif_receive_skb(frame(eth0, TYPE_B));
	netif_receive_skb(frame(eth1, TYPE_B));
	assert_int_equal(b.frames, 4);
	assert_int_equal(only1.frames, 1);
	dev_remove_pack(&b.pt);
	netif_receive_skb(frame(eth0, TYPE_B));
	assert_int_equal(net.drops[SKB_DROP_REASON_UNHANDLED_PROTO], 1);
	assert_int_equal(eth0->stats.rx_dropped, 1);
	assert_int_equal(net.softnet->processed, 6);
}

static void a_frame_for_nobody_says_why(void **state)
{
	struct sk_buff *skb = frame(eth0, TYPE_A);

	(void)state;
	skb->pkt_type = PACKET_OTHERHOST;
	netif_receive_skb(skb);
	netif_receive_skb(frame(eth0, TYPE_A));
	assert_int_equal(net.drops[SKB_DROP_REASON_OTHERHOST], 1);
	assert_int_equal(net.drops[SKB_DROP_REASON_UNHANDLED_PROTO], 1);
}

static void taps_see_whole_frames_first(void **state)
{
	struct sink all, on1, a;

	(void)state;
	sink_add(&all, CONST_BE16(0x0003), NULL);
	sink_add(&on1, CONST_BE16(0x0003), eth1);
	sink_add(&a, TYPE_A, NULL);
	netif_receive_skb(frame(eth0, TYPE_A));
	assert_int_equal(all.frames, 1);
	assert_int_equal(all.len, 60);
	assert_int_equal(all.first, 0xee);
	assert_int_equal(on1.frames, 0);
	assert_int_equal(a.frames, 1);
	assert_int_equal(a.len, 46);
	netif_receive_skb(frame(eth1, TYPE_B));		/* unhandled, but seen */
	assert_int_equal(all.frames, 2);
	assert_int_equal(on1.frames, 1);
}

static void taps_see_what_is_sent(void **state)
{
	struct sink all;
	struct sk_buff *skb = alloc_skb(&net, 60);

	(void)state;
	sink_add(&all, CONST_BE16(0x0003), NULL);
	memset(skb_put(skb, 42), 0x77, 42);
	skb->dev = eth0;
	assert_int_equal(dev_queue_xmit(skb), 0);
	assert_int_equal(all.frames, 1);
	assert_int_equal(all.len, 42);
	assert_int_equal(all.first, 0x77);
	assert_int_equal(all.pkt_type, PACKET_OUTGOING);
	assert_int_equal(bare_dev_sent(eth0), 1);
}

static void a_tap_without_memory_misses_the_frame_only(void **state)
{
	struct sink all, a;

	(void)state;
	sink_add(&all, CONST_BE16(0x0003), NULL);
	sink_add(&a, TYPE_A, NULL);
	for (int i = 0; i < 2; i++) {
		struct sk_buff *skb = frame(eth0, TYPE_A);

		net.mem.fail_after = i == 0;
		netif_receive_skb(skb);
	}
	assert_int_equal(all.frames, 1);
	assert_int_equal(a.frames, 2);
}

static rx_handler_result_t result;

static rx_handler_result_t handler(struct sk_buff **pskb)
{
	assert_ptr_equal((*pskb)->dev, eth0);
	if (result == RX_HANDLER_CONSUMED)
		consume_skb(*pskb);
	if (result == RX_HANDLER_ANOTHER)
		(*pskb)->dev = eth1;
	return result;
}

static void the_rx_handler_may_take_pass_or_move_a_frame(void **state)
{
	struct sink on0, on1, tap1;

	(void)state;
	sink_add(&on0, TYPE_A, eth0);
	sink_add(&on1, TYPE_A, eth1);
	sink_add(&tap1, CONST_BE16(0x0003), eth1);
	assert_int_equal(netdev_rx_handler_register(eth0, handler, NULL, NULL), 0);
	assert_int_equal(netdev_rx_handler_register(eth0, handler, NULL, NULL), -EBUSY);
	result = RX_HANDLER_PASS;
	netif_receive_skb(frame(eth0, TYPE_A));
	assert_int_equal(on0.frames, 1);
	result = RX_HANDLER_CONSUMED;
	netif_receive_skb(frame(eth0, TYPE_A));
	assert_int_equal(on0.frames, 1);
	result = RX_HANDLER_ANOTHER;
	netif_receive_skb(frame(eth0, TYPE_A));
	assert_int_equal(on0.frames, 1);
	assert_int_equal(on1.frames, 1);
	assert_int_equal(tap1.frames, 1);	/* as if it had arrived there */
	netdev_rx_handler_unregister(eth0);
	netif_receive_skb(frame(eth0, TYPE_A));
	assert_int_equal(on0.frames, 2);
}

static void netif_rx_waits_for_the_softirq_in_a_bounded_queue(void **state)
{
	struct sink a;

	(void)state;
	sink_add(&a, TYPE_A, NULL);
	net.sysctl.netdev_max_backlog = 100;
	net.sysctl.dev_weight = 30;
	for (int i = 0; i < 100; i++)
		assert_int_equal(netif_rx(frame(eth0, TYPE_A)), 0);
	assert_int_equal(netif_rx(frame(eth0, TYPE_A)), -ENOBUFS);
	assert_int_equal(net.drops[SKB_DROP_REASON_CPU_BACKLOG], 1);
	assert_int_equal(net.softnet->dropped, 1);
	assert_int_equal(a.frames, 0);
	bare_net_run(&net, 0);
	assert_int_equal(a.frames, 100);
	/* Exactly the weight, and then nothing: the poll ends and starts again later. */
	for (int i = 0; i < 30; i++)
		netif_rx(frame(eth0, TYPE_A));
	bare_net_run(&net, 0);
	assert_int_equal(bare_net_next(&net), KTIME_MAX);
	netif_rx(frame(eth0, TYPE_A));
	bare_net_run(&net, 0);
	assert_int_equal(a.frames, 131);
}

static void the_backlog_forgets_a_device_that_goes(void **state)
{
	struct sink a;

	(void)state;
	sink_add(&a, TYPE_A, NULL);
	netif_rx(frame(eth0, TYPE_A));
	netif_rx(frame(eth1, TYPE_A));
	netif_rx(frame(eth0, TYPE_A));
	unregister_netdevice(eth0);
	assert_int_equal(net.drops[SKB_DROP_REASON_DEV_READY], 2);
	bare_net_run(&net, 0);
	assert_int_equal(a.frames, 1);
	netif_rx(frame(eth1, TYPE_A));		/* and what is there at the end, ends there */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(the_ethertype_chooses_the_protocol),
		T(a_frame_for_nobody_says_why),
		T(taps_see_whole_frames_first),
		T(taps_see_what_is_sent),
		T(a_tap_without_memory_misses_the_frame_only),
		T(the_rx_handler_may_take_pass_or_move_a_frame),
		T(netif_rx_waits_for_the_softirq_in_a_bounded_queue),
		T(the_backlog_forgets_a_device_that_goes),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
