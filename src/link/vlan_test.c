/* SPDX-License-Identifier: MIT */
/* VLAN devices: tags in and out, priorities, carrier, addresses, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bare_net.h"
#include "link/ethernet.h"
#include "link/vlan.h"

#define PROTO 0x88b5

static struct net net;
static struct net_device *eth, *v10;
static struct sk_buff_head got;
static struct packet_type pt;
static const u8 host[6] = { 2, 0, 0, 0, 1, 1 };

static int take(struct sk_buff *skb, struct net_device *dev, struct packet_type *p)
{
	(void)p;
	assert_ptr_equal(skb->dev, dev);
	skb_queue_tail(&got, skb);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	skb_queue_head_init(&got);
	bare_net_init(&net, NULL);
	eth = bare_dev_create(&net, "eth0", ether_setup);
	eth_random_addr(&net, eth->dev_addr);
	dev_open(eth);
	pt = (struct packet_type){ .type = CONST_BE16(PROTO), .func = take };
	dev_add_pack(&net, &pt);
	assert_int_equal(vlan_newlink(eth, "eth0.10", CONST_BE16(ETH_P_8021Q), 10, &v10), 0);
	assert_int_equal(dev_open(v10), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	skb_queue_purge_reason(&got, SKB_CONSUMED);
	dev_remove_pack(&pt);
	bare_net_exit(&net);
	return 0;
}

/* Tags from the outermost on. */
static void receive(const u8 *dst, u32 tags, const u16 *tci)
{
	u8 frame[64] = { 0 };
	struct sk_buff *skb;
	u32 at = 12;

	ether_addr_copy(frame, dst);
	ether_addr_copy(frame + 6, host);
	for (u32 i = 0; i < tags; i++, at += 4) {
		put_be16(frame + at, ETH_P_8021Q);
		put_be16(frame + at + 2, tci[i]);
	}
	put_be16(frame + at, PROTO);
	frame[at + 2] = 0x5a;
	skb = bare_rx_skb(eth, frame, sizeof(frame));
	skb->protocol = eth_type_trans(skb, eth);
	netif_receive_skb(skb);
}

/* Who received it, or NULL. */
static struct net_device *receiver(u8 pkt_type)
{
	struct sk_buff *skb = skb_dequeue(&got);
	struct net_device *dev;

	if (!skb)
		return NULL;
	dev = skb->dev;
	assert_int_equal(skb->data[0], 0x5a);
	assert_int_equal(skb->pkt_type, pkt_type);
	assert_int_equal(skb->vlan_proto, 0);
	assert_int_equal(get_be16(skb_mac_header(skb) + 12), PROTO);
	assert_memory_equal(skb_mac_header(skb) + 6, host, 6);
	consume_skb(skb);
	return dev;
}

static void a_tag_finds_its_device(void **state)
{
	(void)state;
	receive(eth->dev_addr, 1, (u16[]){ 10 });
	assert_ptr_equal(receiver(PACKET_HOST), v10);
	receive(eth->dev_addr, 0, NULL);
	assert_ptr_equal(receiver(PACKET_HOST), eth);
	receive(eth->dev_addr, 1, (u16[]){ 7 << 13 });	/* a priority only */
	assert_ptr_equal(receiver(PACKET_HOST), eth);
	receive(eth->dev_addr, 1, (u16[]){ 11 });	/* nobody's VLAN */
	assert_ptr_equal(receiver(PACKET_OTHERHOST), eth);
	assert_int_equal(v10->stats.rx_packets, 1);
	assert_int_equal(v10->stats.rx_bytes, 60);
	dev_close(v10);
	receive(eth->dev_addr, 1, (u16[]){ 10 });
	assert_null(receiver(0));
	assert_int_equal(net.drops[SKB_DROP_REASON_DEV_READY], 1);
}

static void a_frame_cut_in_its_tag_is_dropped(void **state)
{
	u8 frame[16] = { 0 };
	struct sk_buff *skb;

	(void)state;
	ether_addr_copy(frame, eth->dev_addr);
	ether_addr_copy(frame + 6, host);
	put_be16(frame + 12, ETH_P_8021Q);
	skb = bare_rx_skb(eth, frame, sizeof(frame));
	skb->protocol = eth_type_trans(skb, eth);
	netif_receive_skb(skb);
	assert_int_equal(net.drops[SKB_DROP_REASON_HDR_TRUNC], 1);
}

static void send(struct net_device *dev, u32 priority)
{
	struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);

	skb_reserve(skb, dev->hard_header_len);
	*skb_put(skb, 1) = 0x5a;
	skb->dev = dev;
	skb->priority = priority;
	dev_hard_header(skb, dev, PROTO, host, NULL);
	dev_queue_xmit(skb);
}

static void what_it_sends_has_the_tag(void **state)
{
	struct sk_buff *skb;

	(void)state;
	assert_int_equal(vlan_set_egress_priority(v10, 6, 5), 0);
	for (u32 priority = 0; priority <= 6; priority += 6) {
		send(v10, priority);
		skb = bare_dev_pop(eth);
		assert_non_null(skb);
		assert_int_equal(skb->len, 14 + 4 + 1);
		assert_memory_equal(skb->data, host, 6);
		assert_memory_equal(skb->data + 6, eth->dev_addr, 6);
		assert_int_equal(get_be16(skb->data + 12), ETH_P_8021Q);
		assert_int_equal(get_be16(skb->data + 14), (priority ? 5 << 13 : 0) | 10);
		assert_int_equal(get_be16(skb->data + 16), PROTO);
		assert_int_equal(skb->data[18], 0x5a);
		consume_skb(skb);
	}
	assert_int_equal(v10->stats.tx_packets, 2);
	assert_int_equal(v10->stats.tx_bytes, 30);
}

static void tags_in_tags(void **state)
{
	struct net_device *inner;
	struct sk_buff *skb;

	(void)state;
	assert_int_equal(vlan_newlink(v10, "q", CONST_BE16(ETH_P_8021Q), 7, &inner), 0);
	dev_open(inner);
	receive(eth->dev_addr, 2, (u16[]){ 10, 7 });
	assert_ptr_equal(receiver(PACKET_HOST), inner);
	send(inner, 0);
	skb = bare_dev_pop(eth);
	assert_int_equal(get_be16(skb->data + 14), 10);
	assert_int_equal(get_be16(skb->data + 16), ETH_P_8021Q);
	assert_int_equal(get_be16(skb->data + 18), 7);
	assert_int_equal(get_be16(skb->data + 20), PROTO);
	consume_skb(skb);
}

static void it_follows_its_device(void **state)
{
	struct net_device *dev;

	(void)state;
	assert_true(netif_carrier_ok(v10));
	netif_carrier_off(eth);
	assert_false(netif_carrier_ok(v10));
	netif_carrier_on(eth);
	assert_true(netif_carrier_ok(v10));
	dev_close(eth);
	assert_false(netif_running(v10));
	assert_int_equal(dev_open(v10), -ENETDOWN);
	dev_open(eth);
	assert_true(netif_running(v10));
	dev_set_mtu(eth, 1400);
	assert_int_equal(v10->mtu, 1400);
	assert_int_equal(dev_set_mtu(v10, 1401), -ERANGE);
	assert_int_equal(vlan_newlink(eth, "again", CONST_BE16(ETH_P_8021Q), 10, &dev), -EEXIST);
	assert_int_equal(vlan_newlink(eth, "big", CONST_BE16(ETH_P_8021Q), 4095, &dev), -ERANGE);
	assert_int_equal(vlan_newlink(eth, "s", CONST_BE16(ETH_P_8021AD), 10, &dev), 0);
}

/* An address of its own is not the card's: that one listens to all, and each takes what is his. */
static void an_address_of_its_own(void **state)
{
	static const u8 mine[6] = { 2, 0, 0, 0, 9, 9 };

	(void)state;
	assert_int_equal(dev_set_mac_address(v10, mine), 0);
	assert_int_equal(eth->promiscuity, 1);
	receive(mine, 1, (u16[]){ 10 });
	assert_ptr_equal(receiver(PACKET_HOST), v10);
	receive(eth->dev_addr, 1, (u16[]){ 10 });
	assert_ptr_equal(receiver(PACKET_OTHERHOST), v10);
	assert_int_equal(dev_set_mac_address(v10, eth->dev_addr), 0);
	assert_int_equal(eth->promiscuity, 0);
	dev_set_promiscuity(v10, 1);
	assert_int_equal(eth->promiscuity, 1);
	unregister_netdevice(v10);
	assert_int_equal(eth->promiscuity, 0);
	receive(eth->dev_addr, 1, (u16[]){ 10 });
	assert_ptr_equal(receiver(PACKET_OTHERHOST), eth);
}

static u32 users_of(const struct net_device *dev, const u8 *mac)
{
	const struct netdev_hw_addr *ha;

	list_for_each_entry(ha, &dev->mc, list)
		if (ether_addr_equal(ha->addr, mac))
			return ha->users;
	return 0;
}

/* What is joined on it is to come in at its device, while it is up. */
static void its_groups_are_its_devices(void **state)
{
	static const u8 group[6] = { 1, 0, 0x5e, 1, 1, 1 };

	(void)state;
	assert_int_equal(dev_mc_add(v10, group), 0);
	assert_int_equal(dev_mc_add(v10, group), 0);
	assert_int_equal(users_of(eth, group), 1);
	dev_mc_del(v10, group);
	assert_int_equal(users_of(eth, group), 1);
	dev_close(v10);
	assert_int_equal(users_of(eth, group), 0);
	dev_open(v10);
	assert_int_equal(users_of(eth, group), 1);
	dev_mc_del(v10, group);
	assert_int_equal(users_of(eth, group), 0);
	assert_int_equal(dev_mc_add(v10, group), 0);
	unregister_netdevice(v10);
	assert_int_equal(users_of(eth, group), 0);
}

static void it_goes_with_its_device(void **state)
{
	struct net_device *inner;

	(void)state;
	vlan_newlink(v10, "q", CONST_BE16(ETH_P_8021Q), 7, &inner);
	unregister_netdevice(eth);
	assert_null(dev_get_by_name(&net, "eth0.10"));
	assert_null(dev_get_by_name(&net, "q"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_tag_finds_its_device),
		T(a_frame_cut_in_its_tag_is_dropped),
		T(what_it_sends_has_the_tag),
		T(tags_in_tags),
		T(it_follows_its_device),
		T(an_address_of_its_own),
		T(its_groups_are_its_devices),
		T(it_goes_with_its_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
