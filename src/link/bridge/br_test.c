/* SPDX-License-Identifier: MIT */
/* The switch (rows W1-W3): learns, forwards, filters, floods, forgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/bridge/br_testbed.h"

static const u8 host_a[6] = { 2, 0, 0, 0, 1, 1 }, host_b[6] = { 2, 0, 0, 0, 1, 2 },
		host_c[6] = { 2, 0, 0, 0, 1, 3 }, everybody[6] = { 255, 255, 255, 255, 255, 255 };

static struct sk_buff *build(int in, const u8 *src, const u8 *dst, u32 len)
{
	u8 frame[2000] = { 0 };
	struct eth_view eth = { .proto = 0x88b5 };	/* local experimental */
	struct sk_buff *skb;

	ether_addr_copy(eth.dest, dst);
	ether_addr_copy(eth.source, src);
	eth_build(frame, &eth);
	skb = bare_rx_skb(port[in], frame, len);
	skb->protocol = eth_type_trans(skb, port[in]);
	return skb;
}

static void frame_of(int in, const u8 *src, const u8 *dst, u32 len)
{
	netif_receive_skb(build(in, src, dst, len));
}

static void frame(int in, const u8 *src, const u8 *dst)
{
	frame_of(in, src, dst, 64);
}

/* Which ports sent a frame since the last call, a bit each; the frames are as they came. */
static u32 out(void)
{
	struct sk_buff *skb;
	u32 ports = 0;

	for (int i = 0; i < PORTS; i++) {
		while ((skb = bare_dev_pop(port[i]))) {
			assert_int_equal(get_be16(skb->data + 12), 0x88b5);
			ports |= BIT(i);
			consume_skb(skb);
		}
	}
	return ports;
}

static void test_floods_then_learns(void **state)
{
	(void)state;
	frame(0, host_a, host_b);
	assert_int_equal(out(), 0xe);		/* unknown: all but where it came from */
	frame(1, host_b, host_a);
	assert_int_equal(out(), 0x1);		/* known by now */
	frame(0, host_a, host_b);
	assert_int_equal(out(), 0x2);
	assert_int_equal(br->stats.learned, 2);
	assert_ptr_equal(br_fdb_find(br, host_a, 0)->dst, port[0]->br_port);
}

static void test_filters_same_port(void **state)
{
	(void)state;
	frame(0, host_a, everybody);
	frame(0, host_b, everybody);
	out();
	frame(0, host_a, host_b);
	assert_int_equal(out(), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_SAME_PORT], 1);
}

static void test_broadcast_and_multicast(void **state)
{
	static const u8 group[6] = { 1, 0, 0x5e, 1, 2, 3 };

	(void)state;
	frame(2, host_c, everybody);
	assert_int_equal(out(), 0xb);
	frame(2, host_c, group);
	assert_int_equal(out(), 0xb);
}

static void test_station_moves(void **state)
{
	(void)state;
	frame(0, host_a, everybody);
	frame(3, host_a, everybody);
	out();
	assert_int_equal(br->stats.moved, 1);
	frame(1, host_b, host_a);
	assert_int_equal(out(), 0x8);
}

static void test_ageing(void **state)
{
	(void)state;
	frame(1, host_b, everybody);
	frame(0, host_a, everybody);
	bare_net_run_until(&net, 200 * NSEC_PER_SEC);
	frame(1, host_b, everybody);		/* seen again: young again */
	out();
	bare_net_run_until(&net, 300 * NSEC_PER_SEC - 1);
	assert_non_null(br_fdb_find(br, host_a, 0));
	bare_net_run_until(&net, 300 * NSEC_PER_SEC);
	assert_null(br_fdb_find(br, host_a, 0));
	assert_int_equal(br->fdb_entries, PORTS + 1);	/* the ports' own, and host b */
	frame(2, host_c, host_a);
	assert_int_equal(out(), 0xb);		/* flooded again */
	frame(2, host_c, host_b);
	assert_int_equal(out(), 0x2);
	bare_net_run_until(&net, 1000 * NSEC_PER_SEC);
	assert_int_equal(br->fdb_entries, PORTS);	/* the ports' own */
	assert_int_equal(bare_net_next(&net), KTIME_MAX);
}

static void test_bad_sources_and_link_local(void **state)
{
	static const u8 group[6] = { 1, 0, 0, 0, 0, 1 }, zero[6];
	static const u8 bpdu[6] = { 1, 0x80, 0xc2, 0, 0, 0 }, pause[6] = { 1, 0x80, 0xc2, 0, 0, 1 };

	(void)state;
	frame(0, group, host_b);
	frame(0, zero, host_b);
	assert_int_equal(net.drops[SKB_DROP_REASON_MAC_INVALID_SOURCE], 2);
	frame(0, host_a, bpdu);			/* without spanning tree here: for others */
	assert_int_equal(out(), 0xe);
	br_stp_set_enabled(br, true);
	frame(0, host_a, bpdu);			/* 802.1D 7.12.6: not forwarded */
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_BPDU], 1);
	br_stp_set_enabled(br, false);
	bare_net_run(&net, 0);
	for (int i = 0; i < PORTS; i++) {
		struct sk_buff *skb = bare_dev_pop(port[i]);

		assert_int_equal(get_be16(skb->data + 12), 39);	/* ours */
		consume_skb(skb);
	}
	frame(0, host_a, pause);		/* the next device's alone, in any case */
	assert_int_equal(out(), 0);
}

static void test_port_down_forgets(void **state)
{
	(void)state;
	frame(0, host_a, everybody);
	out();
	netif_carrier_off(port[0]);
	assert_null(br_fdb_find(br, host_a, 0));
	frame(1, host_b, everybody);
	assert_int_equal(out(), 0xc);
	netif_carrier_on(port[0]);
	frame(1, host_b, everybody);
	assert_int_equal(out(), 0xd);
	dev_close(port[2]);
	frame(1, host_b, everybody);
	assert_int_equal(out(), 0x9);
}

static void test_static_entries(void **state)
{
	(void)state;
	assert_int_equal(br_fdb_add(br, port[3]->br_port, host_a, 0, true), 0);
	assert_int_equal(br_fdb_add(br, port[2]->br_port, host_a, 0, true), -EEXIST);
	assert_int_equal(br_fdb_add(br, port[2]->br_port, everybody, 0, true), -EINVAL);
	frame(0, host_a, everybody);		/* somebody else claims it: not believed */
	out();
	frame(1, host_b, host_a);
	assert_int_equal(out(), 0x8);
	bare_net_run_until(&net, 1000 * NSEC_PER_SEC);
	assert_non_null(br_fdb_find(br, host_a, 0));
	assert_int_equal(br_fdb_delete(br, host_a, 0), 0);
	assert_int_equal(br_fdb_delete(br, host_a, 0), -ENOENT);
}

static void test_mtu(void **state)
{
	(void)state;
	dev_set_mtu(port[1], 500);
	assert_int_equal(brdev->mtu, 500);
	frame_of(0, host_a, everybody, 514);
	assert_int_equal(out(), 0xe);
	frame_of(0, host_a, everybody, 515);
	assert_int_equal(out(), 0xc);		/* a switch does not fragment */
	assert_int_equal(net.drops[SKB_DROP_REASON_PKT_TOO_BIG], 1);
}

static struct sk_buff_head up;

static int take_up(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	(void)pt;
	assert_ptr_equal(dev, brdev);
	skb_queue_tail(&up, skb);
	return 0;
}

static void test_bridge_has_a_stack_of_its_own(void **state)
{
	struct packet_type pt = { .type = CONST_BE16(0x88b5), .func = take_up };
	struct sk_buff *skb;

	(void)state;
	skb_queue_head_init(&up);
	dev_add_pack(&net, &pt);
	assert_memory_equal(brdev->dev_addr, port[0]->dev_addr, 6);	/* the lowest */
	frame(1, host_b, brdev->dev_addr);
	assert_int_equal(up.qlen, 0);		/* it is down */
	dev_open(brdev);
	frame(1, host_b, brdev->dev_addr);
	assert_int_equal(out(), 0);
	assert_int_equal(up.qlen, 1);
	assert_int_equal(skb_peek(&up)->pkt_type, PACKET_HOST);
	frame(1, host_b, everybody);
	assert_int_equal(out(), 0xd);
	assert_int_equal(up.qlen, 2);
	skb_queue_purge_reason(&up, SKB_CONSUMED);
	/* And what it sends is bridged. */
	skb = alloc_skb(&net, 100);
	skb_reserve(skb, 14);
	skb_put(skb, 46);
	skb->dev = brdev;
	assert_true(dev_hard_header(skb, brdev, 0x88b5, host_b, NULL) > 0);
	dev_queue_xmit(skb);
	assert_int_equal(out(), 0x2);
	dev_remove_pack(&pt);
}

static void test_membership(void **state)
{
	struct net_device *second = br_add_bridge(&net, "br1");

	(void)state;
	assert_int_equal(br_add_if(br, port[0]), -EBUSY);
	assert_int_equal(br_add_if(br, second), -EINVAL);
	assert_int_equal(br_del_if(second->bridge, port[0]), -EINVAL);
	assert_int_equal(port[0]->promiscuity, 1);
	frame(0, host_a, everybody);
	out();
	assert_int_equal(br_del_if(br, port[0]), 0);
	assert_int_equal(port[0]->promiscuity, 0);
	assert_null(br_fdb_find(br, host_a, 0));
	frame(1, host_b, host_a);
	assert_int_equal(out(), 0xc);
	assert_int_equal(br_add_if(second->bridge, port[0]), 0);
	assert_int_equal(port[0]->br_port->port_no, 1);
	unregister_netdevice(port[1]);		/* a card is pulled out */
	port[1] = port[2];
	assert_int_equal(br->nr_ports, 2);
	assert_null(br_add_bridge(&net, "br0"));
}

static void test_table_is_bounded(void **state)
{
	u8 src[6] = { 2, 7, 0, 0, 0, 0 };

	(void)state;
	for (u32 i = 0; i < BR_FDB_MAX_LEARNED + 100; i++) {
		put_be32(src + 2, i);
		/* Learning alone: to a host on the same port. */
		frame(0, host_a, host_a);
		frame(0, src, host_a);
		if (br->stats.table_full)
			break;
	}
	assert_int_equal(br->fdb_n_learned, BR_FDB_MAX_LEARNED);
	assert_true(br->stats.table_full > 0);
	frame(1, src, everybody);		/* not learned, still flooded */
	assert_int_equal(out(), 0xd);
}

/* As Linux 6.7 has it: what is set by hand does not count, and 0 is no limit but memory's. */
static void test_limit_of_learned_is_a_setting(void **state)
{
	u8 src[6] = { 2, 9, 0, 0, 0, 0 };

	(void)state;
	br->fdb_max_learned = 3;
	assert_int_equal(br_fdb_add(br, port[1]->br_port, host_b, 0, true), 0);
	for (u8 i = 0; i < 5; i++) {
		src[5] = i;
		frame(0, src, everybody);
	}
	assert_int_equal(br->fdb_n_learned, 3);
	assert_int_equal(br->stats.table_full, 2);
	src[5] = 0;
	assert_int_equal(br_fdb_add(br, port[0]->br_port, src, 0, true), 0);
	assert_int_equal(br->fdb_n_learned, 2);
	src[5] = 4;
	frame(0, src, everybody);		/* there is room for one more */
	assert_int_equal(br->fdb_n_learned, 3);
	br_fdb_flush(br, NULL);
	assert_int_equal(br->fdb_n_learned, 0);
	br->fdb_max_learned = 0;
	src[1] = 10;
	for (u32 i = 0; i < BR_FDB_MAX_LEARNED + 10; i++) {
		put_be32(src + 2, i);
		frame(0, src, src);
	}
	assert_int_equal(br->fdb_n_learned, BR_FDB_MAX_LEARNED + 10);
	out();
}

static void test_without_memory(void **state)
{
	(void)state;
	for (u32 nth = 1; nth < 12; nth++) {
		u8 src[6] = { 2, 8, 0, 0, 0, (u8)nth };
		struct sk_buff *skb = build(0, src, everybody, 64);

		net.mem.fail_after = nth;
		netif_receive_skb(skb);
		net.mem.fail_after = 0;
		out();
	}
	assert_true(net.mem.failed > 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, br_setup, br_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_floods_then_learns), T(test_filters_same_port),
		T(test_broadcast_and_multicast), T(test_station_moves), T(test_ageing),
		T(test_bad_sources_and_link_local), T(test_port_down_forgets),
		T(test_static_entries), T(test_mtu), T(test_bridge_has_a_stack_of_its_own),
		T(test_membership), T(test_table_is_bounded),
		T(test_limit_of_learned_is_a_setting), T(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
