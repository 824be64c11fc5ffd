/* SPDX-License-Identifier: MIT */
/*
 * Each allocation fails in its turn, at the sender, at the router, at the receiver: a packet may be
 * lost with a reason, an address or a route refused; nothing else happens; no frame is unaccounted
 * for, no byte is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv6/ip6_testbed.h"

static struct testbed tb;

enum { SENDER, ROUTER, RECEIVER };

static void configure(struct net *net[3])
{
	for (int i = 0; i < 3; i++)
		net[i] = tb_add(&tb, NULL);
	tb_link(net[SENDER], "eth0", net[ROUTER], "eth0");
	tb_link(net[ROUTER], "eth1", net[RECEIVER], "eth0");
	tb_addr(net[SENDER], "eth0", "2001:db8:1::2/64");
	tb_addr(net[ROUTER], "eth0", "2001:db8:1::1/64");
	tb_addr(net[ROUTER], "eth1", "2001:db8:2::1/64");
	tb_addr(net[RECEIVER], "eth0", "2001:db8:2::2/64");
	tb_route(net[SENDER], "default", "2001:db8:1::1");
	tb_route(net[RECEIVER], "default", "2001:db8:2::1");
	addrconf_forward_change(net[ROUTER], true);
	dev_set_mtu(tb_dev(net[ROUTER], "eth1"), 1300);
}

/* Does what needs all kinds of memory; true when the failure came to pass. */
static bool scenario(u32 victim, u64 nth)
{
	struct net *net[3];
	bool failed;

	configure(net);
	net[victim]->mem.fail_after = nth;
	tb_try_addr(net[victim], "eth0", "2001:db8:5::1/64", 0);
	tb_try_route(net[victim], "2001:db8:6::/48", "2001:db8:5::9", NULL);
	tb_send(net[SENDER], "2001:db8:2::2", 3000);		/* cut, too big, learned */
	tb_run(&tb, 10 * NSEC_PER_MSEC);
	tb_send(net[SENDER], "2001:db8:2::2", 3000);		/* cut smaller */
	tb_send(net[SENDER], "2001:db8:2::99", 10);		/* nobody there */
	tb_send(net[SENDER], "2001:db8:9::1", 10);		/* no route */
	tb_send_by(net[SENDER], "eth0", "ff02::1", 10);
	tb_ping(net[SENDER], "2001:db8:2::2", 1000, 0, 0);
	tb_ping(net[SENDER], "2001:db8:2::2", 2, 1, 0);
	tb_run(&tb, 100 * NSEC_PER_SEC);
	failed = net[victim]->mem.failed > 0;
	net[victim]->mem.fail_after = 0;
	/* It works again afterwards. */
	tb_clear(net[RECEIVER]);
	tb_send(net[SENDER], "2001:db8:2::2", 10);
	tb_run(&tb, 10 * NSEC_PER_SEC);
	assert_int_equal(tb_count(net[RECEIVER]), 1);
	tb_exit(&tb);
	return failed;
}

static void run_victim(u32 victim)
{
	u64 nth = 1;

	while (scenario(victim, nth))
		nth++;
	assert_true(nth > 10);
}

static void test_sender(void **state)
{
	(void)state;
	run_victim(SENDER);
}

static void test_router(void **state)
{
	(void)state;
	run_victim(ROUTER);
}

static void test_receiver(void **state)
{
	(void)state;
	run_victim(RECEIVER);
}

/* An instance that cannot be made, or not be given IPv6, leaves nothing. */
static void test_init(void **state)
{
	struct net net;
	bool made = false;

	(void)state;
	for (u64 nth = 1; !made; nth++) {
		bare_net_init(&net, NULL);
		net.mem.fail_after = nth;
		made = !ipv6_net_init(&net) && !loopback_net_init(&net);
		if (made) {
			dev_open(net.dev->loopback);
			addrconf_disable_ipv6_all(&net, false);
			made = !net.mem.failed;
		}
		net.mem.fail_after = 0;
		net.exiting = true;
		unregister_netdevices(&net);
		ipv6_net_exit(&net);
		bare_net_exit(&net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_sender),
		cmocka_unit_test(test_router),
		cmocka_unit_test(test_receiver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
