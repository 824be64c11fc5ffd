/* SPDX-License-Identifier: MIT */
/* Three routers in a row (rows R1, R2, I3, I5): TTL, MAC headers, what cannot go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

static void each_router_takes_one_from_the_ttl(void **state)
{
	struct world *w = world_new("three-routers.yaml", &(struct world_params){ 0 });
	char *out = world_sh(w, "left", "ping -c 3 right");

	(void)state;
	assert_in_order(out, "icmp_seq=1 ttl=61", "icmp_seq=2 ttl=61", "icmp_seq=3 ttl=61",
			"3 packets transmitted, 3 received, 0% packet loss", NULL);
	assert_int_equal(world_net(w, "r2")->mib[MIB_IpForwDatagrams], 6);
	free(out);
	world_end(w);
}

static void the_ttl_runs_out_at_the_second_router(void **state)
{
	struct world *w = world_new("three-routers.yaml", &(struct world_params){ 0 });
	struct text out = { 0 };

	(void)state;
	assert_int_equal(world_run(w, "left", "ping -c 1 -t 2 right", &out), 1);
	assert_contains(out.s, "From 10.0.12.2");
	assert_contains(out.s, "Time to live exceeded");
	assert_int_equal(world_net(w, "r2")->drops[SKB_DROP_REASON_IP_TTL_EXPIRED], 1);
	text_free(&out);
	world_end(w);
}

static void an_unknown_network_is_reported_by_the_first_router(void **state)
{
	struct world *w = world_new("three-routers.yaml", &(struct world_params){ 0 });
	struct text out = { 0 };

	(void)state;
	assert_int_equal(world_run(w, "left", "ping -c 1 10.0.99.1", &out), 1);
	assert_contains(out.s, "From 10.0.1.1");
	assert_contains(out.s, "Destination Net Unreachable");
	text_free(&out);
	world_end(w);
}

static void traceroute_names_each_hop(void **state)
{
	struct world *w = world_new("three-routers.yaml", &(struct world_params){ 0 });
	char *out = world_sh(w, "left", "traceroute -n 10.0.3.2");

	(void)state;
	assert_in_order(out, "\n 1  10.0.1.1 ", "\n 2  10.0.12.2 ", "\n 3  10.0.23.2 ",
			"\n 4  10.0.3.2 ", NULL);
	assert_lacks(out, "\n 5 ");
	free(out);
	world_end(w);
}

/* Hosts and routers keep to their own MAC: a router writes both addresses anew. */
static void macs_are_rewritten_at_each_hop(void **state)
{
	struct world_params params = { .journey = WORLD_KEPT };
	struct world *w = world_new("three-routers.yaml", &params);

	(void)state;
	free(world_sh(w, "left", "ping -c 1 right"));
	/* numbers of nodes in the file: left 1, r1 2, r2 3, r3 4, right 5 */
	assert_in_order(w->story.s, "10.0.1.1 is at 02:00:00:00:02:01", "ttl 64 -> 63",
			"10.0.12.2 is at 02:00:00:00:03:01", "ttl 63 -> 62",
			"10.0.23.2 is at 02:00:00:00:04:01", "ttl 62 -> 61",
			"10.0.3.2 is at 02:00:00:00:05:01", NULL);
	world_end(w);
}

/* The second link takes 1400 bytes of payload; a page goes over it all the same. */
static void a_page_comes_through_the_narrow_link(void **state)
{
	struct world *w = world_new("three-routers.yaml", &(struct world_params){ 0 });
	struct page page;

	(void)state;
	world_get(w, "left", "http://right/", &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_true(page.body.len > 10000);
	page_free(&page);
	world_end(w);
}

/* Narrower than what ICMP may talk a sender down to (552, Linux's min_pmtu): the way is fragments,
 * so DF goes. A sender that kept it would send into a black hole for ever. */
static void a_page_comes_through_a_very_narrow_link(void **state)
{
	static const char yaml[] =
		"name: t\ntopology:\n  nodes:\n"
		"    a: { kind: host, exec: [ ip addr add 10.0.1.1/24 dev eth0,\n"
		"         ip route add default via 10.0.1.254 ] }\n"
		"    r1: { kind: router, exec: [ ip addr add 10.0.1.254/24 dev l,\n"
		"          ip addr add 10.0.2.1/24 dev r, ip route add default via 10.0.2.2 ] }\n"
		"    r2: { kind: router, exec: [ ip addr add 10.0.2.2/24 dev l,\n"
		"          ip addr add 10.0.3.254/24 dev r, ip route add default via 10.0.2.1 ] }\n"
		"    b: { kind: host, services: [ http: { root: pages } ],\n"
		"         exec: [ ip addr add 10.0.3.1/24 dev eth0,\n"
		"         ip route add default via 10.0.3.254 ] }\n"
		"  links:\n    - { endpoints: [\"a:eth0\", \"r1:l\"] }\n"
		"    - { endpoints: [\"r1:r\", \"r2:l\"], mtu: 300 }\n"
		"    - { endpoints: [\"r2:r\", \"b:eth0\"] }\n";
	struct world *w = world_new(yaml, &(struct world_params){ 0 });
	struct page page;

	(void)state;
	world_get(w, "a", "http://10.0.3.1/", &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_true(page.body.len > 10000);
	assert_true(page.took_ns < 10 * SEC);
	assert_true(world_net(w, "r2")->mib[MIB_IpFragOKs] > 0);
	page_free(&page);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_router_takes_one_from_the_ttl),
		cmocka_unit_test(the_ttl_runs_out_at_the_second_router),
		cmocka_unit_test(an_unknown_network_is_reported_by_the_first_router),
		cmocka_unit_test(traceroute_names_each_hop),
		cmocka_unit_test(macs_are_rewritten_at_each_hop),
		cmocka_unit_test(a_page_comes_through_the_narrow_link),
		cmocka_unit_test(a_page_comes_through_a_very_narrow_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
