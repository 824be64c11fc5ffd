/* SPDX-License-Identifier: MIT */
/*
 * Each allocation fails in its turn, at the sender, at the router, at the receiver: a packet may be
 * lost with a reason, nothing else happens; no frame is unaccounted for, no byte is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"
#include "net/nomem_testbed.h"

static void deliver(struct net *sender)
{
	tb_send(sender, "10.0.2.2", 10, true);
}

static bool scenario(u32 victim, u64 nth)
{
	struct net *net[3];

	nomem_link(net);
	tb_addr(net[SENDER], "eth0", "10.0.1.2/24");
	tb_addr(net[ROUTER], "eth0", "10.0.1.1/24");
	tb_addr(net[ROUTER], "eth1", "10.0.2.1/24");
	tb_addr(net[RECEIVER], "eth0", "10.0.2.2/24");
	tb_route(net[SENDER], "default", "10.0.1.1");
	tb_route(net[RECEIVER], "default", "10.0.2.1");
	inet_forward_change(net[ROUTER], true);
	dev_set_mtu(tb_dev(net[ROUTER], "eth1"), 1000);
	net[victim]->mem.fail_after = nth;
	tb_send(net[SENDER], "10.0.2.2", 3000, false);		/* cut twice */
	tb_send(net[SENDER], "10.0.2.2", 1400, true);		/* too big: learned */
	tb_send(net[SENDER], "10.0.2.99", 10, true);		/* nobody there */
	tb_send(net[SENDER], "192.0.2.1", 10, true);		/* no route */
	tb_send(net[SENDER], "10.0.1.255", 10, false);
	tb_ping(net[SENDER], "10.0.2.2", 2000, 0);
	tb_ping(net[SENDER], "10.0.2.2", 2, 1);
	return nomem_over(net, victim, deliver);
}

static bool up(struct net *net)
{
	return !dev_open(net->dev->loopback) && net->dev->loopback->ip_ptr;
}

/* An instance that cannot be made leaves nothing. */
static void test_init(void **state)
{
	(void)state;
	nomem_init(ipv4_net_init, up, ipv4_net_exit);
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
