/* SPDX-License-Identifier: MIT */
/* Routes and addresses as `ip` shows them: what an address brings, what a route may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"

static struct testbed tb;
static struct net *net;

static int setup(void **state)
{
	(void)state;
	net = tb_add(&tb, NULL);
	dev_open(bare_dev_create(net, "eth0", ether_setup));
	dev_open(bare_dev_create(net, "eth1", ether_setup));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

struct text {
	char buf[4096];
	struct strbuf sb;
};

static int print_route(const struct fib_route_info *r, void *ctx)
{
	static const char *const types[] = { "?", "", "local ", "broadcast ", "anycast ",
					     "multicast ", "blackhole ", "unreachable ",
					     "prohibit ", "throw " };
	struct strbuf *sb = ctx;

	sb_printf(sb, "%s", types[r->type]);
	sb_inet_prefix(sb, r->dst, r->prefixlen);
	if (r->gateway) {
		sb_printf(sb, " via ");
		sb_inet_addr(sb, r->gateway);
	}
	if (r->dev)
		sb_printf(sb, " dev %s", r->dev->name);
	if (r->prefsrc) {
		sb_printf(sb, " src ");
		sb_inet_addr(sb, r->prefsrc);
	}
	if (r->priority)
		sb_printf(sb, " metric %u", r->priority);
	sb_printf(sb, "\n");
	return 0;
}

static void expect_table(u32 table, const char *want)
{
	struct text t;

	memset(&t, 0, sizeof(t));
	sb_init(&t.sb, t.buf, sizeof(t.buf));
	fib_for_each(net, table, print_route, &t.sb);
	assert_string_equal(t.buf, want);
}

static void test_routes_of_an_address(void **state)
{
	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	expect_table(RT_TABLE_MAIN, "10.0.0.0/24 dev eth0 src 10.0.0.1\n");
	expect_table(RT_TABLE_LOCAL, "local 10.0.0.1/32 dev eth0 src 10.0.0.1\n"
				     "broadcast 10.0.0.255/32 dev eth0 src 10.0.0.1\n"
				     "local 127.0.0.0/8 dev lo src 127.0.0.1\n"
				     "local 127.0.0.1/32 dev lo src 127.0.0.1\n"
				     "broadcast 127.255.255.255/32 dev lo src 127.0.0.1\n");
	assert_int_equal(inet_addr_add(tb_dev(net, "eth0"), tb_ip("10.0.0.1"), 24, 0, 0), -EEXIST);
	/* A secondary one shares the primary's subnet, and goes with it. */
	tb_addr(net, "eth0", "10.0.0.7/24");
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.7")), RTN_LOCAL);
	expect_table(RT_TABLE_MAIN, "10.0.0.0/24 dev eth0 src 10.0.0.1\n");
	assert_int_equal(inet_addr_del(tb_dev(net, "eth0"), tb_ip("10.0.0.1"), 24), 0);
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.7")), RTN_UNICAST);
	expect_table(RT_TABLE_MAIN, "");
	assert_int_equal(inet_addr_del(tb_dev(net, "eth0"), tb_ip("10.0.0.1"), 24), -EADDRNOTAVAIL);
	tb_addr(net, "eth1", "10.9.9.9/31");	/* RFC 3021: no broadcast */
	tb_addr(net, "eth1", "10.8.8.8/32");
	expect_table(RT_TABLE_MAIN, "10.9.9.8/31 dev eth1 src 10.9.9.9\n");
	assert_int_equal(inet_addr_type(net, tb_ip("10.9.9.8")), RTN_UNICAST);
}

/* One address with two lengths, or on two devices: what they share stays until the last is gone. */
static void test_shared_address(void **state)
{
	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	tb_addr(net, "eth0", "10.0.0.1/25");
	tb_addr(net, "eth1", "10.0.0.1/32");
	assert_int_equal(inet_addr_del(tb_dev(net, "eth0"), tb_ip("10.0.0.1"), 24), 0);
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_LOCAL);
	expect_table(RT_TABLE_MAIN, "10.0.0.0/25 dev eth0 src 10.0.0.1\n");
	assert_int_equal(inet_addr_del(tb_dev(net, "eth0"), tb_ip("10.0.0.1"), 25), 0);
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_LOCAL);
	assert_int_equal(inet_addr_del(tb_dev(net, "eth1"), tb_ip("10.0.0.1"), 32), 0);
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_UNICAST);
	assert_null(inet_lookup_ifaddr(net, tb_ip("10.0.0.1")));
}

static void test_device_down_and_up(void **state)
{
	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	tb_route(net, "default", "10.0.0.254");
	dev_close(tb_dev(net, "eth0"));
	expect_table(RT_TABLE_MAIN, "");
	/* The address is still this machine's; it is answered on other devices. */
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_LOCAL);
	dev_open(tb_dev(net, "eth0"));
	expect_table(RT_TABLE_MAIN, "10.0.0.0/24 dev eth0 src 10.0.0.1\n");
	unregister_netdevice(tb_dev(net, "eth0"));
	expect_table(RT_TABLE_MAIN, "");
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_UNICAST);
}

static void test_what_a_route_may_say(void **state)
{
	struct fib_config cfg = { .dst = tb_ip("192.0.2.1"), .prefixlen = 24 };

	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	assert_int_equal(tb_try_route(net, "192.0.2.0/24", "10.1.1.1", NULL), -ENETUNREACH);
	assert_int_equal(tb_try_route(net, "192.0.2.0/24", "10.0.0.255", NULL), -EINVAL);
	assert_int_equal(tb_try_route(net, "192.0.2.0/24", NULL, NULL), -ENODEV);
	assert_int_equal(fib_route_add(net, &cfg), -EINVAL);		/* host bits */
	cfg.prefixlen = 33;
	assert_int_equal(fib_route_add(net, &cfg), -EINVAL);
	assert_int_equal(tb_try_route(net, "192.0.2.0/24", "10.0.0.2", NULL), 0);
	/* A gateway behind a gateway is none. */
	assert_int_equal(tb_try_route(net, "198.51.100.0/24", "192.0.2.9", NULL), -ENETUNREACH);
	assert_int_equal(tb_try_route(net, "192.0.2.0/24", "10.0.0.3", NULL), -EEXIST);
	dev_close(tb_dev(net, "eth1"));
	assert_int_equal(tb_try_route(net, "198.51.100.0/24", NULL, "eth1"), -ENETDOWN);
	cfg = (struct fib_config){ .dst = tb_ip("198.51.100.0"), .prefixlen = 24, .onlink = true,
				   .gateway = tb_ip("172.16.0.1"), .dev = tb_dev(net, "eth0") };
	assert_int_equal(fib_route_add(net, &cfg), 0);
	cfg = (struct fib_config){ .dst = tb_ip("203.0.113.0"), .prefixlen = 24,
				   .gateway = tb_ip("10.0.0.2"), .prefsrc = tb_ip("1.2.3.4") };
	assert_int_equal(fib_route_add(net, &cfg), -EINVAL);	/* not our address */
}

/* A gateway that is this machine stands for its device: a route of the link, as in old days. */
static void test_a_gateway_of_ours(void **state)
{
	struct fib_config cfg = { .dst = tb_ip("203.0.113.0"), .prefixlen = 24, .onlink = true,
				  .gateway = tb_ip("10.0.0.1"), .dev = tb_dev(net, "eth0") };
	struct flowi4 fl = { .daddr = tb_ip("192.0.2.9") };
	struct rtable *rt;

	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	assert_int_equal(tb_try_route(net, "192.0.2.0/24", "10.0.0.1", "eth0"), 0);
	expect_table(RT_TABLE_MAIN, "10.0.0.0/24 dev eth0 src 10.0.0.1\n"
		     "192.0.2.0/24 via 10.0.0.1 dev eth0\n");
	assert_int_equal(ip_route_output(net, &fl, &rt), 0);
	assert_int_equal(rt->gateway, 0);
	assert_ptr_equal(rt->dst.dev, tb_dev(net, "eth0"));
	assert_int_equal(fl.saddr, tb_ip("10.0.0.1"));
	dst_release(&rt->dst);
	/* Who says that it is on the link does not mean himself. */
	assert_int_equal(fib_route_add(net, &cfg), -EINVAL);
}

static void test_metrics(void **state)
{
	struct fib_config cfg = { .gateway = tb_ip("10.0.0.2"), .priority = 200 };
	struct flowi4 fl = { .daddr = tb_ip("8.8.8.8") };
	struct rtable *rt;

	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	tb_addr(net, "eth1", "10.1.0.1/24");
	assert_int_equal(fib_route_add(net, &cfg), 0);
	cfg.gateway = tb_ip("10.1.0.2");
	cfg.priority = 100;
	assert_int_equal(fib_route_add(net, &cfg), 0);
	assert_int_equal(fib_route_add(net, &cfg), -EEXIST);
	assert_int_equal(ip_route_output(net, &fl, &rt), 0);
	assert_int_equal(rt->gateway, tb_ip("10.1.0.2"));
	assert_int_equal(fl.saddr, tb_ip("10.1.0.1"));
	dst_release(&rt->dst);
	/* The device asked for decides before the metric. */
	fl = (struct flowi4){ .daddr = tb_ip("8.8.8.8"), .oif = tb_dev(net, "eth0")->ifindex };
	assert_int_equal(ip_route_output(net, &fl, &rt), 0);
	assert_int_equal(rt->gateway, tb_ip("10.0.0.2"));
	dst_release(&rt->dst);
	expect_table(RT_TABLE_MAIN, "0.0.0.0/0 via 10.1.0.2 dev eth1 metric 100\n"
				    "0.0.0.0/0 via 10.0.0.2 dev eth0 metric 200\n"
				    "10.0.0.0/24 dev eth0 src 10.0.0.1\n"
				    "10.1.0.0/24 dev eth1 src 10.1.0.1\n");
	cfg.gateway = tb_ip("10.1.0.9");
	assert_int_equal(fib_route_replace(net, &cfg), 0);
	dev_close(tb_dev(net, "eth0"));
	expect_table(RT_TABLE_MAIN, "0.0.0.0/0 via 10.1.0.9 dev eth1 metric 100\n"
				    "10.1.0.0/24 dev eth1 src 10.1.0.1\n");
	cfg = (struct fib_config){ .priority = 7 };
	assert_int_equal(fib_route_del(net, &cfg), -ESRCH);
	cfg.priority = 0;
	assert_int_equal(fib_route_del(net, &cfg), 0);
	assert_int_equal(fib_route_del(net, &cfg), -ESRCH);
}

static void test_longest_prefix_and_source(void **state)
{
	static const struct { const char *dst, *gw, *src; } want[] = {
		{ "10.0.0.9", "0.0.0.0", "10.0.0.1" }, { "8.8.8.8", "10.0.0.254", "10.0.0.1" },
		{ "192.0.2.1", "10.1.0.2", "10.1.0.1" }, { "192.0.2.129", "10.1.0.3", "10.1.0.1" },
		{ "10.1.0.77", "0.0.0.0", "10.1.0.1" }, { "127.0.0.1", "0.0.0.0", "127.0.0.1" },
		{ "10.1.0.1", "0.0.0.0", "10.1.0.1" },
	};

	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	tb_addr(net, "eth1", "10.1.0.1/24");
	tb_route(net, "default", "10.0.0.254");
	tb_route(net, "192.0.2.0/24", "10.1.0.2");
	tb_route(net, "192.0.2.128/25", "10.1.0.3");
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct flowi4 fl = { .daddr = tb_ip(want[i].dst) };
		struct rtable *rt;

		assert_int_equal(ip_route_output(net, &fl, &rt), 0);
		assert_int_equal(rt->gateway, tb_ip(want[i].gw));
		assert_int_equal(fl.saddr, tb_ip(want[i].src));
		dst_release(&rt->dst);
	}
}

static void test_refused_lookups(void **state)
{
	static const struct { const char *src, *dst; int oif, err; } want[] = {
		{ "0.0.0.0", "8.8.8.8", 0, -ENETUNREACH },
		{ "1.2.3.4", "10.0.0.9", 0, -ENETUNREACH },
		{ "224.0.0.1", "10.0.0.9", 0, -EINVAL }, { "0.0.0.0", "10.0.0.9", 99, -ENODEV },
		{ "127.0.0.1", "10.0.0.9", 0, -EINVAL }, { "0.0.0.0", "0.1.1.1", 0, -ENETUNREACH },
		{ "0.0.0.0", "224.1.1.1", 0, -ENETUNREACH },
		{ "0.0.0.0", "255.255.255.255", 0, -ENETUNREACH },
	};

	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct flowi4 fl = { .daddr = tb_ip(want[i].dst), .saddr = tb_ip(want[i].src),
				     .oif = want[i].oif };
		struct rtable *rt;

		assert_int_equal(ip_route_output(net, &fl, &rt), want[i].err);
	}
}

static void test_many_routes(void **state)
{
	struct fib_config cfg = { .gateway = tb_ip("10.0.0.2"), .prefixlen = 24 };
	struct flowi4 fl = { .daddr = tb_ip("20.3.4.5") };
	struct rtable *rt;

	(void)state;
	tb_addr(net, "eth0", "10.0.0.1/24");
	for (u32 i = 0; i < 20000; i++) {
		cfg.dst = cpu_to_be32(0x14000000 + (i << 8));
		assert_int_equal(fib_route_add(net, &cfg), 0);
	}
	/* What all of them say is kept once. */
	assert_in_range(net->ipv4->fib->info_count, 1, 16);
	assert_int_equal(ip_route_output(net, &fl, &rt), 0);
	assert_int_equal(rt->gateway, tb_ip("10.0.0.2"));
	dst_release(&rt->dst);
	dev_close(tb_dev(net, "eth0"));		/* and all go with their device */
	expect_table(RT_TABLE_MAIN, "");
}

/* Each allocation fails in turn: an address or route is there as a whole, or not. */
static void test_without_memory(void **state)
{
	for (u64 nth = 1; nth < 40; nth++) {
		struct net_device *dev = tb_dev(net, "eth0");
		int err;

		net->mem.fail_after = nth;
		err = inet_addr_add(dev, tb_ip("10.0.0.1"), 24, 0, 0);
		net->mem.fail_after = 0;
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_UNICAST);
			expect_table(RT_TABLE_MAIN, "");
			continue;
		}
		net->mem.fail_after = nth;
		err = tb_try_route(net, "192.0.2.0/24", "10.0.0.2", NULL);
		net->mem.fail_after = 0;
		assert_true(err == 0 || err == -ENOMEM);
		assert_int_equal(inet_addr_del(dev, tb_ip("10.0.0.1"), 24), 0);
		dev_close(dev);
		dev_open(dev);
	}
	(void)state;
	assert_true(net->mem.failed > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_routes_of_an_address), T(test_shared_address), T(test_device_down_and_up),
		T(test_what_a_route_may_say), T(test_a_gateway_of_ours), T(test_metrics),
		T(test_longest_prefix_and_source),
		T(test_refused_lookups), T(test_many_routes), T(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
