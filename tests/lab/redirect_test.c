/* SPDX-License-Identifier: MIT */
/*
 * A better first hop is told and taken (RFC 1122 3.2.2.2, 3.3.1.3), for connections, datagrams and
 * pings; it ends by itself, and nobody else is believed.
 *
 *	a .2 --- sw --- r1 .1		r1 sends what is for 10.0.2.0/24 back to the wire, to r2
 *		  |
 *		 r2 .3 --- b 10.0.2.2
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

static const char yaml[] =
	"name: redirect\n"
	"topology:\n"
	"  nodes:\n"
	"    a: { kind: host, exec: [ip addr add 10.0.1.2/24 dev eth0,\n"
	"                            ip route add default via 10.0.1.1] }\n"
	"    r1: { kind: router, exec: [ip addr add 10.0.1.1/24 dev eth0,\n"
	"                               ip route add 10.0.2.0/24 via 10.0.1.3] }\n"
	"    r2: { kind: router, exec: [ip addr add 10.0.1.3/24 dev eth0,\n"
	"                               ip addr add 10.0.2.1/24 dev eth1] }\n"
	"    b: { kind: host, exec: [ip addr add 10.0.2.2/24 dev eth0,\n"
	"                            ip route add default via 10.0.2.1],\n"
	"         services: [http: { pages: { /: hello } }] }\n"
	"    sw: { kind: switch }\n"
	"  links:\n"
	"    - endpoints: [a:eth0, sw:p1]\n"
	"    - endpoints: [r1:eth0, sw:p2]\n"
	"    - endpoints: [r2:eth0, sw:p3]\n"
	"    - endpoints: [b:eth0, r2:eth1]\n";

static struct world *w;

static int setup(void **state)
{
	(void)state;
	w = world_new(yaml, &(struct world_params){ 0 });
	free(world_sh(w, "a", "ping -c 1 10.0.1.3"));	/* r2 is a neighbour already */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end(w);
	return 0;
}

static bool is_redirected(void)
{
	char *out = world_sh(w, "a", "ip route get 10.0.2.2");
	bool yes = strstr(out, "via 10.0.1.3 dev eth0 src 10.0.1.2 uid 0 \n"
			  "    cache <redirected> expires ");

	if (!yes)
		assert_contains(out, "via 10.0.1.1 dev eth0 src 10.0.1.2 uid 0 \n    cache \n");
	free(out);
	return yes;
}

static u64 forwarded(const char *router)
{
	return world_net(w, router)->mib[MIB_IpForwDatagrams];
}

static void a_ping_takes_the_better_hop(void **state)
{
	u64 before;

	(void)state;
	free(world_sh(w, "a", "ping -c 1 10.0.2.2"));
	assert_true(is_redirected());
	before = forwarded("r1");
	free(world_sh(w, "a", "ping -c 3 10.0.2.2"));
	assert_int_equal(forwarded("r1"), before);
	/* Another destination has the route as it was. */
	free(world_sh(w, "a", "ip route get 10.0.2.3"));
	world_wait(w, 290 * SEC);
	assert_true(is_redirected());
	world_wait(w, 20 * SEC);
	assert_false(is_redirected());
}

static void a_connection_in_its_middle(void **state)
{
	struct page page = { 0 };

	(void)state;
	world_get(w, "a", "http://10.0.2.2/", &page);
	assert_int_equal(page.status, 200);
	page_free(&page);
	assert_true(is_redirected());
	/* The SYN told it; nothing else went by r1. */
	assert_int_equal(forwarded("r1"), 1);
	assert_int_equal(world_net(w, "r1")->mib[MIB_IcmpOutRedirects], 1);
	free(world_sh(w, "a", "ip route flush cache"));
	assert_false(is_redirected());
}

static void a_datagram(void **state)
{
	char *out;

	(void)state;
	free(world_sh(w, "a", "traceroute -n 10.0.2.2"));
	assert_true(is_redirected());
	out = world_sh(w, "a", "traceroute -n 10.0.2.2");
	assert_in_order(out, "\n 1  10.0.1.3 ", "\n 2  10.0.2.2 ", NULL);
	free(out);
}

static void who_does_not_want_it(void **state)
{
	(void)state;
	free(world_sh(w, "a", "sysctl -w net.ipv4.conf.all.accept_redirects=0"));
	free(world_sh(w, "a", "sysctl -w net.ipv4.conf.eth0.accept_redirects=0"));
	free(world_sh(w, "a", "ping -c 2 10.0.2.2"));
	assert_false(is_redirected());
	assert_true(world_net(w, "a")->mib[MIB_IcmpInRedirects] >= 1);
}

/* What waits for a neighbour is not lost by it: the second one is believed. */
static void a_hop_that_nobody_knows_is_asked_for_first(void **state)
{
	(void)state;
	free(world_sh(w, "a", "ip neigh flush all"));
	free(world_sh(w, "a", "ping -c 1 10.0.2.2"));
	assert_false(is_redirected());
	free(world_sh(w, "a", "ping -c 1 10.0.2.2"));
	assert_true(is_redirected());
}

static void a_route_that_changes(void **state)
{
	char *out;

	(void)state;
	free(world_sh(w, "a", "ping -c 1 10.0.2.2"));
	assert_true(is_redirected());
	free(world_sh(w, "a", "ip route add 10.0.2.0/24 via 10.0.1.9"));
	out = world_sh(w, "a", "ip route get 10.0.2.2");
	assert_contains(out, "via 10.0.1.9 dev eth0 src 10.0.1.2 uid 0 \n    cache \n");
	free(out);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_ping_takes_the_better_hop), T(a_connection_in_its_middle),
		T(who_does_not_want_it), T(a_hop_that_nobody_knows_is_asked_for_first),
		T(a_route_that_changes), T(a_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
