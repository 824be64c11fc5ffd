/* SPDX-License-Identifier: MIT */
/* What is set of one port: which floods go there, who is isolated, how much of a storm it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/bridge/br_testbed.h"

#define FRAME 125u			/* 1,000 bits */

static const u8 host_a[6] = { 2, 0, 0, 0, 1, 1 }, host_b[6] = { 2, 0, 0, 0, 1, 2 },
		host_c[6] = { 2, 0, 0, 0, 1, 3 }, group[6] = { 1, 0, 0x5e, 1, 2, 3 },
		everybody[6] = { 255, 255, 255, 255, 255, 255 };

/* The ports that a frame leaves by, a bit each. */
static u32 sent(void)
{
	struct sk_buff *skb;
	u32 ports = 0;

	for (int i = 0; i < PORTS; i++) {
		while ((skb = bare_dev_pop(port[i]))) {
			ports |= BIT(i);
			consume_skb(skb);
		}
	}
	return ports;
}

static u32 frame(int in, const u8 *src, const u8 *dst)
{
	u8 bytes[FRAME] = { 0 };
	struct eth_view eth = { .proto = 0x88b5 };	/* local experimental */
	struct sk_buff *skb;

	ether_addr_copy(eth.dest, dst);
	ether_addr_copy(eth.source, src);
	eth_build(bytes, &eth);
	skb = bare_rx_skb(port[in], bytes, sizeof(bytes));
	skb->protocol = eth_type_trans(skb, port[in]);
	netif_receive_skb(skb);
	return sent();
}

static u32 from_the_machine(const u8 *dst)
{
	struct sk_buff *skb = alloc_skb(&net, 100);

	skb_reserve(skb, 14);
	skb_put(skb, 46);
	skb->dev = brdev;
	assert_true(dev_hard_header(skb, brdev, 0x88b5, dst, NULL) > 0);
	dev_queue_xmit(skb);
	return sent();
}

static void each_kind_of_flood_has_its_switch(void **state)
{
	(void)state;
	port[1]->br_port->flood = false;
	port[2]->br_port->mcast_flood = false;
	port[3]->br_port->bcast_flood = false;
	assert_int_equal(frame(0, host_a, host_b), 0xc);
	assert_int_equal(frame(0, host_a, group), 0xa);
	assert_int_equal(frame(0, host_a, everybody), 0x6);
	dev_open(brdev);
	assert_int_equal(from_the_machine(host_b), 0xd);
	assert_int_equal(from_the_machine(group), 0xf);
	assert_int_equal(from_the_machine(everybody), 0xf);
}

static void the_isolated_talk_to_others_only(void **state)
{
	(void)state;
	port[0]->br_port->isolated = port[1]->br_port->isolated = true;
	assert_int_equal(frame(0, host_a, everybody), 0xc);
	assert_int_equal(frame(1, host_b, host_a), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_NO_EGRESS_PORT], 1);
	assert_int_equal(frame(2, host_c, host_a), 0x1);
	dev_open(brdev);
	assert_int_equal(from_the_machine(host_a), 0x1);
}

static void a_hairpin_returns_what_it_sent(void **state)
{
	(void)state;
	port[0]->br_port->hairpin = true;
	assert_int_equal(frame(0, host_b, everybody), 0xf);
	assert_int_equal(frame(0, host_a, host_b), 0x1);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_SAME_PORT], 0);
}

/* How many of n frames at one moment pass. */
static u32 burst(u32 n, const u8 *dst)
{
	u32 passed = 0;

	while (n--)
		passed += frame(0, host_a, dst) != 0;
	return passed;
}

static void a_storm_is_cut_to_its_rate(void **state)
{
	struct net_bridge_port *p = port[0]->br_port;
	u32 passed = 0;

	(void)state;
	assert_int_equal(br_storm_set(p, BR_STORM_BROADCAST, 1000, false), 0);
	assert_int_equal(burst(500, everybody), 101);	/* a tenth of a second, and one */
	assert_int_equal(burst(500, group), 500);
	assert_int_equal(burst(500, host_b), 500);
	assert_int_equal(p->storms.kind[BR_STORM_BROADCAST].dropped, 399);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_STORM], 399);
	assert_int_equal(port[0]->stats.rx_dropped, 399);
	for (ktime_t t = net.now; net.now < t + 10 * NSEC_PER_SEC;) {
		bare_net_run_until(&net, net.now + 100 * NSEC_PER_USEC);	/* 10 a ms */
		passed += burst(1, everybody);
	}
	assert_in_range(passed, 9999, 10001);
	assert_int_equal(frame(1, host_b, everybody), 0xd);	/* another port's are not meant */
}

static void a_limit_may_be_in_bits(void **state)
{
	(void)state;
	assert_int_equal(br_storm_set(port[0]->br_port, BR_STORM_MULTICAST, 1000000, true), 0);
	assert_int_equal(burst(500, group), 101);
	assert_int_equal(br_storm_set(port[0]->br_port, BR_STORM_UNKNOWN, 1, false), 0);
	assert_int_equal(burst(5, host_b), 1);		/* one always goes */
	bare_net_run_until(&net, NSEC_PER_SEC);
	assert_int_equal(burst(5, host_b), 1);
	frame(1, host_b, everybody);
	assert_int_equal(burst(50, host_b), 50);	/* it is known by now */
	assert_int_equal(br_storm_set(port[0]->br_port, BR_STORM_MULTICAST, 0, false), 0);
	assert_int_equal(burst(500, group), 500);
	assert_int_equal(br_storm_set(port[0]->br_port, 0, BR_STORM_RATE_MAX + 1, true), -ERANGE);
}

/* A storm from an address does not keep it from being learned. */
static void who_storms_is_learned(void **state)
{
	(void)state;
	br_storm_set(port[0]->br_port, BR_STORM_BROADCAST, 1, false);
	frame(0, host_a, everybody);
	frame(0, host_b, everybody);
	assert_int_equal(net.drops[SKB_DROP_REASON_BRIDGE_STORM], 1);
	assert_int_equal(frame(2, host_a, host_b), 0x1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, br_setup, br_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_kind_of_flood_has_its_switch), T(the_isolated_talk_to_others_only),
		T(a_hairpin_returns_what_it_sent), T(a_storm_is_cut_to_its_rate),
		T(a_limit_may_be_in_bits), T(who_storms_is_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
