/* SPDX-License-Identifier: MIT */
/* A router that forwards by rules and over several next hops: where packets come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"

static struct testbed tb;
static struct net *a, *r, *b, *c;

/* a - r - b and r - c; b and c have the same address behind them. */
static int setup(void **state)
{
	(void)state;
	a = tb_add(&tb, NULL);
	r = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	c = tb_add(&tb, NULL);
	tb_link(a, "eth0", r, "eth0");
	tb_link(r, "eth1", b, "eth0");
	tb_link(r, "eth2", c, "eth0");
	tb_addr(a, "eth0", "10.0.0.2/24");
	tb_addr(r, "eth0", "10.0.0.1/24");
	tb_addr(r, "eth1", "10.1.0.1/24");
	tb_addr(b, "eth0", "10.1.0.2/24");
	tb_addr(r, "eth2", "10.2.0.1/24");
	tb_addr(c, "eth0", "10.2.0.2/24");
	tb_addr(b, "lo", "192.0.2.1/32");
	tb_addr(c, "lo", "192.0.2.1/32");
	tb_route(a, "default", "10.0.0.1");
	tb_route(b, "default", "10.1.0.1");
	tb_route(c, "default", "10.2.0.1");
	tb_route(r, "192.0.2.0/24", "10.1.0.2");
	inet_forward_change(r, true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

static void send_from(const char *saddr, const char *daddr, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		struct ip_xmit x = { .daddr = tb_ip(daddr), .saddr = tb_ip(saddr),
				     .protocol = TB_PROTO };

		assert_int_equal(tb_send_skb(a, tb_packet(a, 100), &x), 0);
	}
}

static void add_rule(struct fib_rule rule)
{
	rule.suppress_prefixlen = -1;
	if (!rule.action)
		rule.action = FR_ACT_TO_TBL;
	assert_int_equal(fib4_rule_add(r, &rule), 0);
}

/* Source by source, in the middle of a run of packets to the same address. */
static void test_by_source(void **state)
{
	struct fib_config cfg = { .table = 7, .gateway = tb_ip("10.2.0.2") };

	(void)state;
	tb_addr(a, "eth0", "10.0.0.3/24");
	assert_int_equal(fib_route_add(r, &cfg), 0);
	send_from("10.0.0.3", "192.0.2.1", 1);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(b), 1);
	add_rule((struct fib_rule){ .src = { tb_ip("10.0.0.3") }, .src_len = 32, .table = 7 });
	for (u32 i = 0; i < 8; i++) {
		send_from("10.0.0.3", "192.0.2.1", 2);
		send_from("10.0.0.2", "192.0.2.1", 1);
	}
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(b), 1 + 8);
	assert_int_equal(tb_count(c), 16);
}

static void test_by_device(void **state)
{
	struct fib_rule rule = { .iif = "eth0", .table = 7 };
	struct fib_config cfg = { .table = 7, .gateway = tb_ip("10.2.0.2") };

	(void)state;
	assert_int_equal(fib_route_add(r, &cfg), 0);
	add_rule(rule);
	send_from("10.0.0.2", "192.0.2.1", 3);
	assert_int_equal(tb_send(r, "192.0.2.1", 10, false), 0);	/* not by eth0 */
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(c), 3);
	assert_int_equal(tb_count(b), 1);
}

/* RFC 1812 5.2.7.1: what is refused by a rule is answered as by a route. */
static void test_refusing_rules(void **state)
{
	static const struct { u8 action; u32 errors; u8 code; } want[] = {
		{ FR_ACT_UNREACHABLE, 1, ICMP_NET_UNREACH },
		{ FR_ACT_PROHIBIT, 2, ICMP_PKT_FILTERED },
		{ FR_ACT_BLACKHOLE, 2, 0 },
	};
	struct tb_error *err = &tb_host_of(a)->err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		add_rule((struct fib_rule){ .dst = { tb_ip("192.0.2.1") }, .dst_len = 32,
					    .action = want[i].action });
		send_from("10.0.0.2", "192.0.2.1", 1);
		tb_run(&tb, 2 * NSEC_PER_SEC);
		assert_int_equal(err->count, want[i].errors);
		if (want[i].code)
			assert_int_equal(err->code, want[i].code);
	}
	assert_int_equal(tb_count(b), 0);
}

static void two_ways(void)
{
	struct fib_nexthop nh[] = {
		{ .gateway = tb_ip("10.1.0.2") }, { .gateway = tb_ip("10.2.0.2") },
	};
	struct fib_config cfg = { .dst = tb_ip("192.0.2.0"), .prefixlen = 24, .mp = nh,
				  .mp_n = 2 };

	assert_int_equal(fib_route_replace(r, &cfg), 0);
}

/* A flow stays on its way, and several share: packets and their fragments alike. */
static void test_flows_share(void **state)
{
	u32 on_c = 0;

	(void)state;
	two_ways();
	for (u32 i = 0; i < 40; i++) {
		char addr[24];
		struct strbuf sb;
		u32 before = tb_count(c);

		sb_init(&sb, addr, sizeof(addr));
		sb_printf(&sb, "10.0.0.%u", 10 + i);
		tb_addr(a, "eth0", addr);
		send_from(addr, "192.0.2.1", 3);
		r->sysctl.fib_multipath_hash_policy = i & 1;
		tb_run(&tb, NSEC_PER_SEC);
		assert_true(tb_count(c) == before || tb_count(c) == before + 3);
		on_c += tb_count(c) != before;
	}
	assert_in_range(on_c, 10, 30);
	assert_int_equal(tb_count(b) + tb_count(c), 120);
}

/* A fragment has no ports: all of a datagram go one way whatever the policy. */
static void test_fragments_stay_together(void **state)
{
	(void)state;
	two_ways();
	r->sysctl.fib_multipath_hash_policy = 1;
	for (u32 i = 0; i < 20; i++) {
		struct ip_xmit x = { .daddr = cpu_to_be32(0xc0000200 + i), .protocol = TB_PROTO };

		assert_int_equal(tb_send_skb(a, tb_packet(a, 4000), &x), 0);
	}
	tb_addr(b, "lo", "192.0.2.0/24");
	tb_addr(c, "lo", "192.0.2.0/24");
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(b) + tb_count(c), 20);	/* whole, so each on one side */
	assert_true(tb_count(b) > 2 && tb_count(c) > 2);
}

/* RFC 7690 2: an error goes the way of what it is about, to the host that sent that. */
static void test_errors_follow_their_flow(void **state)
{
	(void)state;
	two_ways();
	for (u32 i = 0; i < 16; i++) {
		be32 client = cpu_to_be32(0x0a000064 + i);
		struct flowi4 there = { .saddr = client, .daddr = tb_ip("192.0.2.1") };
		struct iphdr quoted = { .ver_ihl = 0x45, .ttl = 9, .saddr = there.daddr,
					.daddr = client, .tot_len = CONST_BE16(28) };
		struct icmphdr ih = { .type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED };
		struct ip_xmit x = { .daddr = there.daddr, .protocol = IP_PROTO_ICMP };
		struct sk_buff *skb = tb_packet(a, 8);
		u64 before = b->mib[MIB_IcmpInMsgs], on_c = c->mib[MIB_IcmpInMsgs];
		struct fib_result res;

		memcpy(skb_push(skb, sizeof(quoted)), &quoted, sizeof(quoted));
		memcpy(skb_push(skb, sizeof(ih)), &ih, sizeof(ih));
		assert_int_equal(fib_lookup(r->ipv4->fib, &there, &res), 0);
		fib_select_path(r->ipv4->fib, &res, &there, NULL);
		assert_int_equal(tb_send_skb(a, skb, &x), 0);
		tb_run(&tb, NSEC_PER_SEC);
		assert_int_equal(b->mib[MIB_IcmpInMsgs] - before, res.nh == 0);
		assert_int_equal(c->mib[MIB_IcmpInMsgs] - on_c, res.nh == 1);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_by_source), T(test_by_device), T(test_refusing_rules), T(test_flows_share),
		T(test_fragments_stay_together), T(test_errors_follow_their_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
