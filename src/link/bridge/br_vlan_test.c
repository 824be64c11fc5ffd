/* SPDX-License-Identifier: MIT */
/* VLANs in the switch (802.1Q 8.6): who may send, who gets it, with a tag or without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/bridge/br_testbed.h"
#include "link/vlan.h"

#define PROTO 0x88b5	/* local experimental */
#define NOTAG 0xffff

static u32 up_count;
static struct packet_type pt;
static const u8 host_a[6] = { 2, 0, 0, 0, 1, 1 }, host_b[6] = { 2, 0, 0, 0, 1, 2 },
		everybody[6] = { 255, 255, 255, 255, 255, 255 };

static int take(struct sk_buff *skb, struct net_device *dev, struct packet_type *p)
{
	(void)dev;
	(void)p;
	up_count++;
	consume_skb(skb);
	return 0;
}

static int setup(void **state)
{
	up_count = 0;
	br_setup(state);
	pt = (struct packet_type){ .type = CONST_BE16(PROTO), .func = take };
	dev_add_pack(&net, &pt);
	return 0;
}

static int teardown(void **state)
{
	dev_remove_pack(&pt);
	return br_teardown(state);
}

/* p1, p2: VLAN 10, p3: VLAN 20, all untagged; p4: a trunk of both. */
static void two_vlans(void)
{
	static const u16 vid[PORTS - 1] = { 10, 10, 20 };

	br_vlan_filter_toggle(br, true);
	for (int i = 0; i < PORTS; i++)
		assert_int_equal(br_vlan_delete(br, port[i]->br_port, 1), 0);
	for (int i = 0; i < PORTS - 1; i++)
		br_vlan_add(br, port[i]->br_port, vid[i],
			    BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED);
	br_vlan_add(br, port[3]->br_port, 10, 0);
	br_vlan_add(br, port[3]->br_port, 20, 0);
}

/* tci NOTAG: none. The frame's payload counts up from behind the headers. */
static void frame_of(int in, const u8 *src, const u8 *dst, u16 tci, be16 tpid)
{
	u8 frame[64] = { 0 };
	struct eth_view eth = { .proto = PROTO };
	struct sk_buff *skb;
	u32 at = ETH_HLEN;

	ether_addr_copy(eth.dest, dst);
	ether_addr_copy(eth.source, src);
	eth_build(frame, &eth);
	if (tci != NOTAG) {
		put_be16(frame + 12, be16_to_cpu(tpid));
		put_be16(frame + 14, tci);
		put_be16(frame + 16, PROTO);
		at += 4;
	}
	for (u32 i = at; i < sizeof(frame); i++)
		frame[i] = (u8)(i - at + 1);
	skb = bare_rx_skb(port[in], frame, sizeof(frame));
	skb->protocol = eth_type_trans(skb, port[in]);
	netif_receive_skb(skb);
}

static void frame(int in, const u8 *src, const u8 *dst, u16 tci)
{
	frame_of(in, src, dst, tci, CONST_BE16(ETH_P_8021Q));
}

/* What left by a port: 0 nothing, NOTAG, or the tag. */
static u16 out(int i)
{
	struct sk_buff *skb = bare_dev_pop(port[i]);
	u16 tci = NOTAG;
	u32 at = 12;
	u8 frame[60];

	if (!skb)
		return 0;
	assert_null(bare_dev_pop(port[i]));
	assert_int_equal(skb->vlan_proto, 0);
	assert_int_equal(skb_copy_bits(skb, 0, frame, sizeof(frame)), 0);
	if (get_be16(frame + at) == ETH_P_8021Q) {
		tci = get_be16(frame + 14);
		at += 4;
	}
	assert_int_equal(get_be16(frame + at), PROTO);
	assert_int_equal(frame[at + 2], 1);
	assert_int_equal(frame[at + 30], 29);
	consume_skb(skb);
	return tci;
}

static void drain(void)
{
	struct sk_buff *skb;

	for (int i = 0; i < PORTS; i++)
		while ((skb = bare_dev_pop(port[i])))
			consume_skb(skb);
}

static void left(u16 p1, u16 p2, u16 p3, u16 p4)
{
	assert_int_equal(out(0), p1);
	assert_int_equal(out(1), p2);
	assert_int_equal(out(2), p3);
	assert_int_equal(out(3), p4);
}

static void a_flood_stays_in_its_vlan(void **state)
{
	(void)state;
	two_vlans();
	frame(0, host_a, everybody, NOTAG);
	left(0, NOTAG, 0, 10);
	frame(2, host_b, everybody, NOTAG);
	left(0, 0, 0, 20);
	frame(3, host_b, everybody, 10);
	left(NOTAG, NOTAG, 0, 0);
	frame(3, host_b, everybody, 20);
	left(0, 0, NOTAG, 0);
}

/* 802.1Q 6.9: of a tag with VLAN 0 the priority counts, and the port's VLAN. */
static void a_priority_tag_is_of_the_ports_vlan(void **state)
{
	(void)state;
	two_vlans();
	frame(0, host_a, everybody, 5 << 13);
	left(0, NOTAG, 0, 5 << 13 | 10);
	frame(3, host_a, everybody, 3 << 13 | 10);
	left(NOTAG, NOTAG, 0, 0);
}

static void no_member_no_entry(void **state)
{
	(void)state;
	two_vlans();
	frame(0, host_a, everybody, 20);	/* a tag that the port is no member of */
	frame(3, host_a, everybody, 30);
	frame(3, host_a, everybody, NOTAG);	/* a trunk without PVID */
	frame(3, host_a, everybody, 4095);
	left(0, 0, 0, 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_VLAN_INGRESS], 4);
	assert_int_equal(br->stats.learned, 0);
}

/* One address in two VLANs is two stations; a known one is not reached from another VLAN. */
static void each_vlan_has_its_own_table(void **state)
{
	(void)state;
	two_vlans();
	frame(0, host_a, everybody, NOTAG);
	frame(2, host_a, everybody, NOTAG);
	drain();
	assert_ptr_equal(br_fdb_find(br, host_a, 10)->dst, port[0]->br_port);
	assert_ptr_equal(br_fdb_find(br, host_a, 20)->dst, port[2]->br_port);
	assert_null(br_fdb_find(br, host_a, 0));
	frame(3, host_b, host_a, 10);
	left(NOTAG, 0, 0, 0);
	frame(3, host_b, host_a, 20);
	left(0, 0, NOTAG, 0);
	assert_int_equal(br_vlan_delete(br, port[0]->br_port, 10), 0);
	assert_null(br_fdb_find(br, host_a, 10));
	assert_non_null(br_fdb_find(br, host_a, 20));
}

static void a_static_entry_is_of_a_vlan(void **state)
{
	(void)state;
	two_vlans();
	assert_int_equal(br_fdb_add(br, port[3]->br_port, host_a, 20, true), 0);
	frame(0, host_b, host_a, NOTAG);
	left(0, NOTAG, 0, 10);			/* not known in VLAN 10 */
	frame(2, host_b, host_a, NOTAG);
	left(0, 0, 0, 20);
}

static void without_filtering_tags_pass(void **state)
{
	(void)state;
	frame(0, host_a, everybody, 77);
	left(0, 77, 77, 77);
	frame(0, host_a, everybody, NOTAG);
	left(0, NOTAG, NOTAG, NOTAG);
	frame(1, host_b, host_a, 78);		/* one table for all VLANs */
	left(78, 0, 0, 0);
}

/* A tag of the other kind is payload: the frame is of the port's VLAN, and keeps it. */
static void a_tag_of_another_kind_is_payload(void **state)
{
	struct sk_buff *skb;

	(void)state;
	two_vlans();
	frame_of(0, host_a, everybody, 20, CONST_BE16(ETH_P_8021AD));
	skb = bare_dev_pop(port[1]);
	assert_non_null(skb);
	assert_int_equal(get_be16(skb->data + 12), ETH_P_8021AD);
	assert_int_equal(get_be16(skb->data + 14), 20);
	assert_int_equal(get_be16(skb->data + 16), PROTO);
	consume_skb(skb);
	skb = bare_dev_pop(port[3]);
	assert_int_equal(get_be16(skb->data + 12), ETH_P_8021Q);
	assert_int_equal(get_be16(skb->data + 14), 10);
	assert_int_equal(get_be16(skb->data + 16), ETH_P_8021AD);
	consume_skb(skb);
}

/* The machine's own port: br0 for the untagged VLAN, br0.20 for a tagged one. */
static void the_machine_is_a_member_like_any_other(void **state)
{
	struct net_device *dev;

	(void)state;
	two_vlans();
	dev_open(brdev);
	frame(0, host_a, everybody, NOTAG);
	assert_int_equal(up_count, 0);		/* it is in VLAN 1 alone */
	frame(0, host_a, brdev->dev_addr, NOTAG);
	assert_int_equal(up_count, 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_VLAN_EGRESS], 1);
	br_vlan_add(br, NULL, 10, BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED);
	br_vlan_add(br, NULL, 20, 0);
	frame(0, host_a, brdev->dev_addr, NOTAG);
	assert_int_equal(up_count, 1);
	assert_int_equal(vlan_newlink(brdev, "br0.20", CONST_BE16(ETH_P_8021Q), 20, &dev), 0);
	dev_open(dev);
	frame(2, host_a, brdev->dev_addr, NOTAG);
	assert_int_equal(up_count, 2);
	assert_int_equal(dev->stats.rx_packets, 1);
	drain();
	for (int i = 0; i < 2; i++) {
		struct sk_buff *skb = alloc_skb(&net, SKB_ROOM);

		skb_reserve(skb, 32);
		for (u8 n = 1; n <= 46; n++)
			*skb_put(skb, 1) = n;
		skb->dev = i ? dev : brdev;
		skb->protocol = CONST_BE16(PROTO);
		dev_hard_header(skb, skb->dev, PROTO, everybody, NULL);
		dev_queue_xmit(skb);
		if (i)
			left(0, 0, NOTAG, 20);
		else
			left(NOTAG, NOTAG, 0, 10);
	}
}

static void membership_as_linuxs(void **state)
{
	const struct net_bridge_vlan_group *vg = &port[0]->br_port->vg;

	(void)state;
	assert_int_equal(vg->pvid, 1);
	assert_true(br_vlan_member(vg, 1) && br_vlan_untagged(vg, 1));
	assert_int_equal(br_vlan_add(br, port[0]->br_port, 10, BRIDGE_VLAN_PVID), 0);
	assert_int_equal(vg->pvid, 10);
	assert_true(br_vlan_member(vg, 1));	/* still, but no PVID */
	br_vlan_add(br, port[0]->br_port, 10, 0);
	assert_int_equal(vg->pvid, 0);
	assert_int_equal(br_vlan_add(br, port[0]->br_port, 0, 0), -EINVAL);
	assert_int_equal(br_vlan_add(br, port[0]->br_port, 4095, 0), -EINVAL);
	assert_int_equal(br_vlan_delete(br, port[0]->br_port, 11), -ENOENT);
	assert_int_equal(br_vlan_set_default_pvid(br, 5), 0);
	assert_int_equal(port[1]->br_port->vg.pvid, 5);
	assert_false(br_vlan_member(&port[1]->br_port->vg, 1));
	assert_true(br_vlan_member(vg, 1));	/* was changed by hand */
	br_vlan_filter_toggle(br, true);
	assert_int_equal(br_vlan_set_default_pvid(br, 6), -EPERM);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_flood_stays_in_its_vlan),
		T(a_priority_tag_is_of_the_ports_vlan),
		T(no_member_no_entry),
		T(each_vlan_has_its_own_table),
		T(a_static_entry_is_of_a_vlan),
		T(without_filtering_tags_pass),
		T(a_tag_of_another_kind_is_payload),
		T(the_machine_is_a_member_like_any_other),
		T(membership_as_linuxs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
