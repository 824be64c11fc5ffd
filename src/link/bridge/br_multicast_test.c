/* SPDX-License-Identifier: MIT */
/* Snooping in time: memberships end, questions are asked, and VLANs have groups of their own. What
 * each frame does is compared with the kernel's in tests/interop/bridge_kernel_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/bridge/br_testbed.h"
#include "wire/igmp.h"
#include "wire/inet_addr.h"
#include "wire/mc_record.h"
#include "wire/mld.h"

#define S(n) ((n) * NSEC_PER_SEC)

static u32 queries, queries6;		/* that came out of all ports */
static be32 asked;			/* the group of the last one */
static u32 fail_after;			/* the allocation on a frame's way that fails; 0: none */

static int setup(void **state)
{
	queries = queries6 = 0;
	return br_setup(state);
}

static be32 group4(u8 g)
{
	return cpu_to_be32(0xef010100u + g);
}

static struct br_ip key(u8 g, u16 vid)
{
	return (struct br_ip){ .addr = ipv6_addr_v4mapped_of(group4(g)), .vid = vid,
			       .proto = CONST_BE16(ETH_P_IP) };
}

/* The ports that frames left by, a bit each, but for the bridge's questions. */
static u32 out(void)
{
	struct sk_buff *skb;
	u32 ports = 0;

	for (int i = 0; i < PORTS; i++) {
		while ((skb = bare_dev_pop(port[i]))) {
			bool ours = ether_addr_equal(skb->data + ETH_ALEN, brdev->dev_addr);

			if (!ours)
				ports |= BIT(i);
			else if (get_be16(skb->data + 12) == ETH_P_IP)
				queries++, memcpy(&asked, skb->data + 42, sizeof(asked));
			else
				queries6++;
			consume_skb(skb);
		}
	}
	return ports;
}

static u32 send_ip4(int in, u16 vid, be32 daddr, u8 proto, const void *msg, u16 len)
{
	struct ipv4_view ip = { .hlen = IPV4_HLEN, .tot_len = (u16)(IPV4_HLEN + len), .ttl = 1,
				.protocol = proto, .saddr = cpu_to_be32(0x0a000001u + (u32)in),
				.daddr = daddr };
	struct eth_view eth = { .source = { 2, 0, 0, 0, 1, (u8)in }, .proto = ETH_P_IP };
	u8 frame[256] = { 0 }, *p = frame;
	struct sk_buff *skb;

	ip_eth_mc_map(daddr, eth.dest);
	p += eth_build(p, &eth);
	p += ipv4_build(p, &ip);
	memcpy(p, msg, len);
	skb = bare_rx_skb(port[in], frame, max_t(u32, (u32)(p + len - frame), 60));
	skb->protocol = eth_type_trans(skb, port[in]);
	if (vid)
		skb_vlan_put_tag(skb, CONST_BE16(ETH_P_8021Q), vid);
	net.mem.fail_after = fail_after;
	netif_receive_skb(skb);
	net.mem.fail_after = 0;
	return out();
}

static u32 igmp(int in, u16 vid, u8 type, u8 code, be32 daddr, be32 group)
{
	u8 msg[IGMP_HLEN];

	igmp_build(msg, type, code, group);
	return send_ip4(in, vid, daddr, IP_PROTO_IGMP, msg, sizeof(msg));
}

static u32 report(int in, u8 g)
{
	return igmp(in, 0, IGMPV2_HOST_MEMBERSHIP_REPORT, 0, group4(g), group4(g));
}

static u32 leave(int in, u8 g)
{
	return igmp(in, 0, IGMP_HOST_LEAVE_MESSAGE, 0, CONST_BE32(0xe0000002u), group4(g));
}

/* group 0: a general one, with ten seconds to answer. */
static u32 query(int in, u8 code, be32 group)
{
	return igmp(in, 0, IGMP_HOST_MEMBERSHIP_QUERY, code, CONST_BE32(0xe0000001u), group);
}

static u32 data(int in, u16 vid, u8 g)
{
	static const u8 udp[40];

	return send_ip4(in, vid, group4(g), IP_PROTO_UDP, udp, sizeof(udp));
}

/* A querier behind p4, and hosts had their time. */
static void somebody_asks(void)
{
	query(3, 100, 0);
	bare_net_run_until(&net, net.now + S(10));
}

static void without_a_querier_all_is_flooded(void **state)
{
	(void)state;
	report(0, 1);
	assert_int_equal(data(1, 0, 1), 0xd);
	query(3, 100, 0);
	assert_int_equal(data(1, 0, 1), 0xd);		/* not all have answered */
	bare_net_run_until(&net, S(10));
	assert_int_equal(data(1, 0, 1), 0x9);		/* member and router */
	assert_int_equal(data(1, 0, 2), 0x8);		/* nobody's: the router alone */
	bare_net_run_until(&net, S(255));
	assert_int_equal(data(1, 0, 2), 0xd);		/* nobody asks any more */
}

static void a_membership_ends(void **state)
{
	struct br_ip g = key(1, 0);

	(void)state;
	somebody_asks();
	report(0, 1);
	bare_net_run_until(&net, S(200));
	query(3, 100, 0);
	report(0, 1);
	bare_net_run_until(&net, S(200) + S(254));
	assert_int_equal(data(1, 0, 1), 0x9);
	query(3, 100, 0);
	bare_net_run_until(&net, S(200) + S(260));
	assert_int_equal(data(1, 0, 1), 0x8);
	assert_null(br_mdb_find(br, &g));
	bare_net_run_until(&net, S(2000));
	assert_int_equal(br->mcast.entries, 0);
	assert_true(list_empty(&br->mcast.family[BR_MC_IP4].routers));
}

/* While another asks, his question for the group decides; the rest have time to object. */
static void who_leaves_is_asked_for(void **state)
{
	(void)state;
	somebody_asks();
	report(0, 1);
	report(1, 1);
	leave(0, 1);
	bare_net_run_until(&net, net.now + S(5));
	assert_int_equal(data(2, 0, 1), 0xb);
	query(3, 10, group4(1));			/* one second, twice */
	bare_net_run_until(&net, net.now + S(1));
	report(1, 1);
	assert_int_equal(data(2, 0, 1), 0xb);
	bare_net_run_until(&net, net.now + S(1));
	assert_int_equal(data(2, 0, 1), 0xa);
}

static void fast_leave_is_at_once(void **state)
{
	(void)state;
	somebody_asks();
	port[0]->br_port->mcast.fast_leave = true;
	report(0, 1);
	leave(0, 1);
	assert_int_equal(data(2, 0, 1), 0x8);
}

/* Two in short order at first, then each 125 s; it is silent while somebody else asks. */
static void the_bridge_asks(void **state)
{
	(void)state;
	br_multicast_set_querier(br, true);
	bare_net_run_until(&net, S(1));
	out();
	assert_int_equal(queries, PORTS);
	assert_int_equal(queries6, PORTS);
	bare_net_run_until(&net, (S(125) / 4));
	out();
	assert_int_equal(queries, 2 * PORTS);
	bare_net_run_until(&net, (S(125) / 4) + S(124));
	out();
	assert_int_equal(queries, 2 * PORTS);
	bare_net_run_until(&net, (S(125) / 4) + S(125));
	out();
	assert_int_equal(queries, 3 * PORTS);
	query(3, 100, 0);
	bare_net_run_until(&net, net.now + S(254));
	out();
	assert_int_equal(queries, 3 * PORTS);
	bare_net_run_until(&net, net.now + S(1));
	out();
	assert_int_equal(queries, 4 * PORTS);
	/* The groups of who leaves: asked for at once, at his port. */
	report(0, 7);
	leave(0, 7);
	assert_int_equal(queries, 4 * PORTS + 1);
	assert_int_equal(asked, group4(7));
	bare_net_run_until(&net, net.now + S(10));
	assert_int_equal(br->mcast.entries, 0);
	br_multicast_set_querier(br, false);
}

static void each_vlan_has_its_own_groups(void **state)
{
	struct br_ip ten = key(1, 10), one = key(1, 1);

	(void)state;
	br_vlan_filter_toggle(br, true);
	for (int i = 0; i < PORTS; i++)
		br_vlan_add(br, port[i]->br_port, 10, 0);
	somebody_asks();
	igmp(0, 10, IGMPV2_HOST_MEMBERSHIP_REPORT, 0, group4(1), group4(1));
	assert_non_null(br_mdb_find(br, &ten));
	assert_null(br_mdb_find(br, &one));
	assert_int_equal(data(1, 10, 1), 0x9);
	assert_int_equal(data(1, 0, 1), 0x8);
}

static void the_table_is_bounded(void **state)
{
	(void)state;
	br->mcast.hash_max = 100;
	somebody_asks();
	for (u8 g = 0; g < 100; g++)
		report(0, g);
	assert_int_equal(br->mcast.entries, 100);
	assert_true(br->mcast.snooping);
	assert_int_equal(report(0, 100), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_MDB_FULL], 1);
	assert_int_equal(br->mcast.entries, 100);
	assert_int_equal(data(1, 0, 1), 0xd);		/* as Linux: it sees no more */
}

static void what_is_malformed_is_dropped(void **state)
{
	u8 msg[IGMP_HLEN];

	(void)state;
	igmp_build(msg, IGMPV2_HOST_MEMBERSHIP_REPORT, 0, group4(1));
	msg[7]++;
	assert_int_equal(send_ip4(0, 0, group4(1), IP_PROTO_IGMP, msg, sizeof(msg)), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_IGMP_CSUM], 1);
	assert_int_equal(send_ip4(0, 0, group4(1), IP_PROTO_IGMP, msg, 7), 0);
	/* A general question that is not for all hosts (RFC 2236 3). */
	assert_int_equal(igmp(0, 0, IGMP_HOST_MEMBERSHIP_QUERY, 100, group4(1), 0), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_MCAST_INVALID], 2);
	assert_int_equal(br->mcast.entries, 0);
}

/* A record's length is believed no further than the message goes. */
static void records_end_with_the_message(void **state)
{
	u8 msg[24] = { IGMPV3_HOST_MEMBERSHIP_REPORT, [7] = 2, [8] = MC_MODE_IS_EXCLUDE,
		       [16] = MC_MODE_IS_EXCLUDE, [19] = 9 };
	struct mc_record_iter it;
	struct mc_record r;
	struct br_ip g = key(1, 0);
	be32 addr = group4(1);
	u16 sum;

	(void)state;
	memcpy(msg + 12, &addr, sizeof(addr));
	assert_int_equal(mc_record_start(&it, msg, sizeof(msg), 4), WIRE_OK);
	assert_int_equal(mc_record_next(&it, &r), 1);
	assert_int_equal(r.type, MC_MODE_IS_EXCLUDE);
	assert_int_equal(mc_record_next(&it, &r), WIRE_SHORT);
	assert_int_equal(mc_record_start(&it, msg, 7, 4), WIRE_SHORT);
	sum = csum_fold(csum_partial(msg, sizeof(msg), 0));
	memcpy(msg + 2, &sum, sizeof(sum));
	assert_int_equal(send_ip4(0, 0, CONST_BE32(0xe0000016u), IP_PROTO_IGMP, msg,
				  sizeof(msg)), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_MCAST_INVALID], 1);
	assert_non_null(br_mdb_find(br, &g));		/* the first one was whole */
}

static void permanent_ones_stay(void **state)
{
	struct br_ip g = key(1, 0), h = key(2, 0);

	(void)state;
	assert_int_equal(br_mdb_add(br, port[0]->br_port, &g, true), 0);
	assert_int_equal(br_mdb_add(br, port[0]->br_port, &g, false), -EEXIST);
	assert_int_equal(br_mdb_add(br, port[1]->br_port, &g, false), 0);
	assert_int_equal(br_mdb_add(br, NULL, &h, false), 0);
	somebody_asks();
	assert_int_equal(data(2, 0, 1), 0xb);
	netif_carrier_off(port[0]);
	netif_carrier_on(port[0]);
	bare_net_run_until(&net, S(250));
	query(3, 1, 0);
	bare_net_run_until(&net, S(300));
	assert_int_equal(data(2, 0, 1), 0x9);
	assert_int_equal(br->mcast.entries, 1);		/* the machine's own is gone, too */
	assert_int_equal(br_mdb_delete(br, port[0]->br_port, &g), 0);
	assert_int_equal(br_mdb_delete(br, port[0]->br_port, &g), -ENOENT);
}

static void without_memory(void **state)
{
	(void)state;
	somebody_asks();
	for (u32 nth = 1; nth < 12; nth++) {
		fail_after = nth;
		report(0, (u8)nth);
	}
	fail_after = 0;
	assert_true(net.mem.failed > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, br_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_a_querier_all_is_flooded), T(a_membership_ends),
		T(who_leaves_is_asked_for), T(fast_leave_is_at_once), T(the_bridge_asks),
		T(each_vlan_has_its_own_groups), T(the_table_is_bounded),
		T(what_is_malformed_is_dropped), T(records_end_with_the_message),
		T(permanent_ones_stay), T(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
