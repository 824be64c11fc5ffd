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
#include "net/nomem_testbed.h"

static void configure(struct net *net[3])
{
	nomem_link(net);
	tb_addr(net[SENDER], "eth0", "2001:db8:1::2/64");
	tb_addr(net[ROUTER], "eth0", "2001:db8:1::1/64");
	tb_addr(net[ROUTER], "eth1", "2001:db8:2::1/64");
	tb_addr(net[RECEIVER], "eth0", "2001:db8:2::2/64");
	tb_route(net[SENDER], "default", "2001:db8:1::1");
	tb_route(net[RECEIVER], "default", "2001:db8:2::1");
	addrconf_forward_change(net[ROUTER], true);
	dev_set_mtu(tb_dev(net[ROUTER], "eth1"), 1300);
}

static void deliver(struct net *sender)
{
	tb_send(sender, "2001:db8:2::2", 10);
}

static bool scenario(u32 victim, u64 nth)
{
	struct net *net[3];

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
	return nomem_over(net, victim, deliver);
}

static bool up(struct net *net)
{
	dev_open(net->dev->loopback);
	addrconf_disable_ipv6_all(net, false);
	return true;
}

/* An instance that cannot be made, or not be given IPv6, leaves nothing. */
static void test_init(void **state)
{
	(void)state;
	nomem_init(ipv6_net_init, up, ipv6_net_exit);
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
