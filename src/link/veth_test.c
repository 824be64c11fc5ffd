/* SPDX-License-Identifier: MIT */
/* veth and Ethernet: frames between two instances, by reference; carrier; taking one end away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bare_net.h"
#include "link/ethernet.h"
#include "link/veth.h"

#define PROTO 0x88b5

static struct net net[2];
static struct net_device *end[2];
static struct sk_buff_head got;
static struct packet_type pt;

static int take(struct sk_buff *skb, struct net_device *dev, struct packet_type *p)
{
	(void)p;
	assert_ptr_equal(skb->net, dev->net);
	skb_queue_tail(&got, skb);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	skb_queue_head_init(&got);
	bare_net_init(&net[0], NULL);
	bare_net_init(&net[1], NULL);
	pt = (struct packet_type){ .type = CONST_BE16(PROTO), .func = take };
	dev_add_pack(&net[1], &pt);
	assert_int_equal(veth_newlink(&net[0], "v0", &net[1], "v0", &end[0], &end[1]), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	skb_queue_purge_reason(&got, SKB_CONSUMED);
	dev_remove_pack(&pt);
	net[0].exiting = net[1].exiting = true;
	unregister_netdevices(&net[0]);
	bare_net_exit(&net[0]);
	bare_net_exit(&net[1]);
	return 0;
}

static void up(void)
{
	dev_open(end[0]);
	assert_false(netif_carrier_ok(end[0]));		/* the other end is still down */
	dev_open(end[1]);
}

/* A frame with `linear` bytes inline and `paged` in a buffer leaves end 0. */
static void transmit(const u8 *dst, u32 linear, u32 paged)
{
	struct sk_buff *skb = alloc_skb(&net[0], SKB_ROOM);

	skb_reserve(skb, 14);
	for (u32 i = 0; i < linear; i++)
		*skb_put(skb, 1) = (u8)i;
	if (paged) {
		struct buf *b = buf_alloc(net[0].bufs, paged);

		for (u32 i = 0; i < paged; i++)
			b->data[i] = (u8)(linear + i);
		assert_true(skb_add_frag(skb, b, 0, paged, buf_truesize(b)));
	}
	skb->dev = end[0];
	assert_int_equal(dev_hard_header(skb, end[0], PROTO, dst, NULL), ETH_HLEN);
	dev_queue_xmit(skb);
	bare_net_run(&net[1], 0);
}

static void expect(u32 len, u8 pkt_type)
{
	struct sk_buff *skb = skb_dequeue(&got);
	u8 byte;

	assert_non_null(skb);
	assert_int_equal(skb->len, len);
	assert_int_equal(skb->pkt_type, pkt_type);
	for (u32 i = 0; i < len; i++) {
		skb_copy_bits(skb, i, &byte, 1);
		assert_int_equal(byte, (u8)i);
	}
	consume_skb(skb);
}

static void test_carries(void **state)
{
	static const u8 other[6] = { 2, 1, 1, 1, 1, 1 }, group[6] = { 1, 0, 0x5e, 0, 0, 1 };

	(void)state;
	up();
	assert_true(netif_carrier_ok(end[0]) && netif_carrier_ok(end[1]));
	transmit(end[1]->dev_addr, 46, 0);
	expect(46, PACKET_HOST);
	transmit(NULL, 40, 1400);
	expect(1440, PACKET_BROADCAST);
	transmit(group, 0, 1400);
	expect(1400, PACKET_MULTICAST);
	transmit(other, 170, 100);
	expect(270, PACKET_OTHERHOST);
	/* Headers are copied, payload is not. */
	assert_int_equal(net[1].copies.linearized + net[0].copies.linearized, 0);
	assert_in_range(net[1].copies.header, 1, 4 * 192);
	assert_int_equal(end[0]->stats.tx_packets, 4);
	assert_int_equal(end[1]->stats.rx_bytes, end[0]->stats.tx_bytes);
}

static void test_payload_is_the_same_buffer(void **state)
{
	struct sk_buff *skb;

	(void)state;
	up();
	transmit(NULL, 40, 1000);
	skb = skb_peek(&got);
	assert_int_equal(skb->nr_frags, 1);
	assert_ptr_equal(skb->frags[0].buf->pool, net[0].bufs);
}

static void test_down(void **state)
{
	(void)state;
	dev_open(end[0]);
	transmit(NULL, 46, 0);
	assert_int_equal(net[0].drops[SKB_DROP_REASON_DEV_READY], 1);
	dev_open(end[1]);
	dev_close(end[1]);
	assert_false(netif_carrier_ok(end[0]));
	transmit(NULL, 46, 0);
	assert_int_equal(net[0].drops[SKB_DROP_REASON_DEV_READY], 2);
}

static void test_one_takes_the_other(void **state)
{
	(void)state;
	up();
	transmit(NULL, 46, 0);
	unregister_netdevice(end[0]);
	assert_null(dev_get_by_name(&net[1], "v0"));
	expect(46, PACKET_BROADCAST);
}

static void test_short_frame(void **state)
{
	struct sk_buff *skb;

	(void)state;
	up();
	skb = alloc_skb(&net[0], 64);
	skb_put(skb, 13);
	skb->dev = end[0];
	dev_queue_xmit(skb);
	assert_int_equal(net[1].drops[SKB_DROP_REASON_HDR_TRUNC], 1);
}

static void test_names(void **state)
{
	struct net_device *a, *b;

	(void)state;
	assert_int_equal(veth_newlink(&net[0], "x", &net[1], "v0", &a, &b), -EEXIST);
	assert_null(dev_get_by_name(&net[0], "x"));
	assert_int_equal(veth_newlink(&net[0], "x", &net[0], "y", &a, &b), 0);
	assert_ptr_equal(veth_peer(a), b);
	for (u32 nth = 1; nth < 6; nth++) {
		net[0].mem.fail_after = nth;
		if (!veth_newlink(&net[0], "m", &net[1], "m", &a, &b))
			unregister_netdevice(a);
		net[0].mem.fail_after = 0;
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_carries), T(test_payload_is_the_same_buffer), T(test_down),
		T(test_one_takes_the_other), T(test_short_frame), T(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
