/* SPDX-License-Identifier: MIT */
/* Routes of several next hops: who takes which, by what, and what changes do to that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv6/ip6_testbed.h"
#include "net/multipath.h"
#include "wire/icmp6.h"

#define FLOWS 4000

static struct testbed tb;
static struct net *net;

static int setup(void **state)
{
	(void)state;
	tb.n = 0;
	net = tb_add(&tb, NULL);
	for (int i = 0; i < 3; i++) {
		char name[] = { 'e', 't', 'h', (char)('0' + i), 0 };
		char addr[] = { 'f', 'd', '0', (char)('0' + i), ':', ':', '1', '/', '6', '4', 0 };

		dev_open(bare_dev_create(net, name, ether_setup));
		tb_addr(net, name, addr);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		while (bare_dev_sent(tb_dev(net, (char[]){ 'e', 't', 'h', (char)('0' + i), 0 })))
			consume_skb(bare_dev_pop(tb_dev(net, (char[]){ 'e', 't', 'h',
								      (char)('0' + i), 0 })));
	tb_exit(&tb);
	return 0;
}

static struct fib6_config via(const char *gateway, u16 weight)
{
	return (struct fib6_config){ .dst = tb_ip6("2001:db8::"), .plen = 32, .weight = weight,
				     .has_gateway = true, .gateway = tb_ip6(gateway) };
}

static void three_ways(u16 a, u16 b, u16 c)
{
	const struct fib6_config nh[] = { via("fd00::2", a), via("fd01::2", b), via("fd02::2", c) };

	assert_int_equal(ip6_route_add_multi(net, nh, 3, true), 0);
}

/* By which of the devices a flow leaves; -1: there is no way. */
static int way(u32 host, u16 port)
{
	struct flowi6 fl = { .daddr = tb_ip6("2001:db8::"), .proto = IP_PROTO_UDP,
			     .dport = cpu_to_be16(port), .sport = CONST_BE16(1000) };
	struct rt6_info *rt;
	int n;

	put_be32(&fl.daddr.s6_addr[12], host);
	if (ip6_route_output(net, &fl, &rt))
		return -1;
	n = rt->dst.dev->name[3] - '0';
	assert_int_equal(rt->gateway.s6_addr[1], n);
	dst_release(&rt->dst);
	return n;
}

static void shares(u32 count[3])
{
	memset(count, 0, 3 * sizeof(*count));
	for (u32 i = 1; i <= FLOWS; i++)
		count[way(i, 1)]++;
}

static void test_shares(void **state)
{
	u32 n[3];

	(void)state;
	three_ways(1, 2, 5);
	shares(n);
	assert_in_range(n[0], FLOWS / 8 - 90, FLOWS / 8 + 90);
	assert_in_range(n[1], FLOWS / 4 - 120, FLOWS / 4 + 120);
	for (u32 i = 1; i < 50; i++)
		assert_int_equal(way(i, 1), way(i, 2));	/* policy 0: the addresses alone */
	net->sysctl.fib6_multipath_hash_policy = 1;
	n[0] = 0;
	for (u32 i = 1; i < 50; i++)
		n[0] += way(7, (u16)i) != way(7, (u16)(i + 1));
	assert_true(n[0] > 10);
}

/* Replaced as a whole; one is deleted or added, a device goes down: the others share it all. */
static void test_changes(void **state)
{
	const struct fib6_config two[] = { via("fd00::2", 1), via("fd02::2", 1) };
	struct fib6_config gone = via("fd01::2", 0), all = { .plen = 32 };
	u32 n[3];

	(void)state;
	three_ways(1, 1, 1);
	assert_int_equal(ip6_route_add_multi(net, two, 2, true), 0);
	shares(n);
	assert_int_equal(n[1], 0);
	assert_in_range(n[0], FLOWS / 2 - 150, FLOWS / 2 + 150);
	assert_int_equal(ip6_route_add(net, &gone), 0);
	shares(n);
	assert_in_range(n[1], FLOWS / 3 - 150, FLOWS / 3 + 150);
	assert_int_equal(ip6_route_add(net, &gone), -EEXIST);
	dev_close(tb_dev(net, "eth2"));
	shares(n);
	assert_int_equal(n[2], 0);
	assert_in_range(n[1], FLOWS / 2 - 150, FLOWS / 2 + 150);
	assert_int_equal(ip6_route_del(net, &gone), 0);
	shares(n);
	assert_int_equal(n[0], FLOWS);
	all.dst = tb_ip6("2001:db8::");
	assert_int_equal(ip6_route_del(net, &all), 0);
	assert_int_equal(way(1, 1), -1);
}

/* All or none. */
static void test_bad_next_hops(void **state)
{
	const struct fib6_config twice[] = { via("fd00::2", 1), via("fd00::2", 1) };
	const struct fib6_config lost[] = { via("fd00::2", 1), via("fd77::2", 1) };

	(void)state;
	assert_int_equal(ip6_route_add_multi(net, twice, 2, false), -EEXIST);
	assert_int_equal(ip6_route_add_multi(net, lost, 2, false), -EHOSTUNREACH);
	assert_int_equal(way(1, 1), -1);
	three_ways(1, 1, 1);
	assert_int_equal(ip6_route_add_multi(net, lost, 2, true), -EHOSTUNREACH);
	assert_int_not_equal(way(1, 1), -1);
	for (u32 nth = 1; nth < 8; nth++) {
		net->mem.fail_after = nth;
		(void)ip6_route_add_multi(net, twice, 1, true);
		net->mem.fail_after = 0;
		assert_int_not_equal(way(1, 1), -1);
	}
}

static u32 hash_of(const u8 *packet, u32 len)
{
	struct sk_buff *skb = alloc_skb(net, 256);
	u32 h;

	memcpy(skb_put(skb, len), packet, len);
	skb_reset_network_header(skb);
	h = rt6_multipath_hash(net, skb);
	consume_skb(skb);
	return h;
}

static u32 udp(u8 *p, const char *from, const char *to, u16 sport, u16 dport)
{
	struct ipv6_view v = { .payload_len = 8, .nexthdr = IP_PROTO_UDP, .hop_limit = 64,
			       .saddr = tb_ip6(from), .daddr = tb_ip6(to) };

	memset(p, 0, IPV6_HLEN + 8);
	ipv6_build(p, &v);
	put_be16(p + 40, sport);
	put_be16(p + 42, dport);
	put_be16(p + 44, 8);
	return IPV6_HLEN + 8;
}

/* Both directions go one way, and so do errors about them. */
static void test_both_ways(void **state)
{
	static const char client[] = "2001:db8:1::5", server[] = "2001:db8:2::9";
	u8 there[48], back[48], error[200];
	struct ipv6_view v = { .payload_len = 56, .nexthdr = IP_PROTO_ICMPV6, .hop_limit = 64,
			       .saddr = tb_ip6("2001:db8:3::1"), .daddr = tb_ip6(client) };
	u32 h;

	(void)state;
	udp(there, client, server, 4000, 53);
	udp(back, server, client, 53, 4000);
	ipv6_build(error, &v);
	memset(error + 40, 0, 8);
	error[40] = ICMPV6_TIME_EXCEED;
	memcpy(error + 48, there, sizeof(there));
	h = hash_of(there, sizeof(there));
	assert_int_equal(hash_of(back, sizeof(back)), h);
	assert_int_equal(hash_of(error, 96), h);
	net->sysctl.fib6_multipath_hash_policy = 1;
	h = hash_of(there, sizeof(there));
	assert_int_equal(hash_of(back, sizeof(back)), h);
	udp(there, client, server, 4001, 53);
	assert_int_not_equal(hash_of(there, sizeof(there)), h);
}

/* Policy 2: flows of a tunnel part by the addresses inside; a broken one stays with its tunnel. */
static void test_inside_of_tunnels(void **state)
{
	struct ipv6_view outer = { .payload_len = 48, .nexthdr = 41, .hop_limit = 64,
				   .saddr = tb_ip6("fd00::5"), .daddr = tb_ip6("fd00::6") };
	u8 a[100], b[100];

	(void)state;
	ipv6_build(a, &outer);
	ipv6_build(b, &outer);
	udp(a + 40, "2001:db8:1::5", "2001:db8:2::9", 1, 2);
	udp(b + 40, "2001:db8:1::6", "2001:db8:2::9", 1, 2);
	assert_int_equal(hash_of(a, 88), hash_of(b, 88));
	net->sysctl.fib6_multipath_hash_policy = 2;
	assert_int_not_equal(hash_of(a, 88), hash_of(b, 88));
	udp(b + 40, "2001:db8:2::9", "2001:db8:1::5", 7, 8);
	assert_int_equal(hash_of(a, 88), hash_of(b, 88));	/* both ways, whatever ports */
	assert_int_equal(hash_of(a, 60), hash_of(b, 50));
	/* The same inside of GRE. */
	outer.nexthdr = 47;
	outer.payload_len = 52;
	ipv6_build(b, &outer);
	memcpy(b + 40, "\0\0\x86\xdd", 4);
	memcpy(b + 44, a + 40, 48);
	assert_int_equal(hash_of(a, 88), hash_of(b, 92));
}

/* Policy 3: only what is named counts, of the packet and of the one inside. */
static void test_fields_by_name(void **state)
{
	static const struct {
		u32 fields;
		bool addr, proto, port, label, inside;	/* what tells flows apart */
	} cases[] = {
		{ 7, true, true, false, false, false },
		{ MULTIPATH_SRC_IP | MULTIPATH_DST_IP, true, false, false, false, false },
		{ MULTIPATH_SRC_PORT, false, false, true, false, false },
		{ MULTIPATH_FLOWLABEL, false, false, false, true, false },
		{ MULTIPATH_IP_PROTO | MULTIPATH_DST_PORT, false, true, false, false, false },
		{ MULTIPATH_SRC_IP << MULTIPATH_INNER_SHIFT, false, false, false, false, true },
		{ 7 | MULTIPATH_SRC_PORT << MULTIPATH_INNER_SHIFT, true, true, false, false,
		  false },
	};
	struct ipv6_view outer = { .payload_len = 48, .nexthdr = 41, .hop_limit = 64,
				   .saddr = tb_ip6("fd00::5"), .daddr = tb_ip6("fd00::6") };
	u8 a[100], b[100];

	(void)state;
	net->sysctl.fib6_multipath_hash_policy = 3;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		net->sysctl.fib6_multipath_hash_fields = (s32)cases[i].fields;
		udp(a, "2001:db8:1::5", "2001:db8:2::9", 4000, 53);
		udp(b, "2001:db8:1::6", "2001:db8:2::9", 4000, 53);
		assert_int_equal(hash_of(a, 48) != hash_of(b, 48), cases[i].addr);
		udp(b, "2001:db8:1::5", "2001:db8:2::9", 4000, 53);
		assert_int_equal(hash_of(a, 48), hash_of(b, 48));
		b[6] = IP_PROTO_TCP;
		assert_int_equal(hash_of(a, 48) != hash_of(b, 48), cases[i].proto);
		udp(b, "2001:db8:1::5", "2001:db8:2::9", 4001, 53);
		assert_int_equal(hash_of(a, 48) != hash_of(b, 48), cases[i].port);
		udp(b, "2001:db8:1::5", "2001:db8:2::9", 4000, 53);
		b[3] = 9;
		assert_int_equal(hash_of(a, 48) != hash_of(b, 48), cases[i].label);
		ipv6_build(a, &outer);
		ipv6_build(b, &outer);
		udp(a + 40, "2001:db8:1::5", "2001:db8:2::9", 1, 2);
		udp(b + 40, "2001:db8:1::6", "2001:db8:2::9", 1, 2);
		assert_int_equal(hash_of(a, 88) != hash_of(b, 88), cases[i].inside);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_shares), T(test_changes), T(test_bad_next_hops), T(test_both_ways),
		T(test_inside_of_tunnels), T(test_fields_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
