/* SPDX-License-Identifier: MIT */
/* IPv6 in lab files: who has it, from when on, and hosts that make their addresses themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"
#include "net/ipv6/ip6.h"

static const char lan[] =
	"name: slaac\n"
	"topology:\n"
	"  nodes:\n"
	"    a: { kind: host, ipv6: on }\n"
	"    b: { kind: host, ipv6: on }\n"
	"    old: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }\n"
	"    sw: { kind: switch }\n"
	"    r:\n"
	"      kind: router\n"
	"      exec: [ip addr add 2001:db8::1/64 dev lan0, ip addr add 2001:db8:1::1/64 dev wan0]\n"
	"      services:\n"
	"        - radvd: { interface: lan0, lifetime: 30m, valid: 1h, preferred: 10m, mtu: 1400,\n"
	"                   preference: high, rdnss: on, interval: 1m }\n"
	"        - dns:\n"
	"            zones:\n"
	"              - name: lan.\n"
	"                text: \"@ 60 IN SOA ns root 1 2 3 4 5\\n@ NS ns\\n"
	"web AAAA 2001:db8:1::80\\n\"\n"
	"    web:\n"
	"      kind: host\n"
	"      exec: [ip addr add 2001:db8:1::80/64 dev eth0,\n"
	"             ip route add default via 2001:db8:1::1]\n"
	"      services: [http: { pages: { /: hi } }]\n"
	"  links:\n"
	"    - { endpoints: [\"a:eth0\", \"sw:p1\"] }\n"
	"    - { endpoints: [\"b:eth0\", \"sw:p2\"] }\n"
	"    - { endpoints: [\"old:eth0\", \"sw:p3\"] }\n"
	"    - { endpoints: [\"r:lan0\", \"sw:p4\"] }\n"
	"    - { endpoints: [\"r:wan0\", \"web:eth0\"] }\n";

static void shows(struct world *w, const char *node, const char *cmdline, const char *what)
{
	char *out = world_sh(w, node, cmdline);

	assert_contains(out, what);
	free(out);
}

/* Addresses of the file are of use at once; those of later are tested for duplicates. */
static void what_the_file_gives_is_there_at_once(void **state)
{
	struct world *w = world_new(lan, &(struct world_params){ 0 });
	char *out;

	(void)state;
	shows(w, "web", "ping -c 1 2001:db8:1::1", "1 received");
	out = world_sh(w, "web", "ip addr show dev eth0");
	assert_lacks(out, "tentative");
	assert_in_order(out, "2001:db8:1::80/64", "fe80::ff:fe00:601/64", NULL);
	free(out);
	shows(w, "r", "sysctl -n net.ipv6.conf.all.forwarding", "1\n");
	free(world_sh(w, "web", "ip addr add 2001:db8:1::1/64 dev eth0"));
	shows(w, "web", "ip addr show dev eth0", "2001:db8:1::1/64 scope global tentative");
	world_wait(w, 2 * SEC);
	shows(w, "web", "ip addr show dev eth0",
	      "2001:db8:1::1/64 scope global dadfailed tentative");
	world_end(w);
}

static void who_has_no_use_for_it_has_none(void **state)
{
	struct world *w = world_new(lan, &(struct world_params){ 0 });
	char *out;

	(void)state;
	world_wait(w, 5 * SEC);
	out = world_sh(w, "old", "ip addr");
	assert_lacks(out, "inet6");
	free(out);
	out = world_sh(w, "sw", "ip addr");
	assert_lacks(out, "inet6");
	free(out);
	assert_true(world_net(w, "a")->ipv6->conf_default.dad_transmits == 1);
	world_end(w);
}

static void hosts_make_addresses_of_what_a_router_says(void **state)
{
	struct world *w = world_new(lan, &(struct world_params){ 0 });
	char *out;

	(void)state;
	world_wait(w, 4 * SEC);
	out = world_sh(w, "a", "ip addr show dev eth0");
	assert_in_order(out, "2001:db8::ff:fe00:101/64 scope global dynamic mngtmpaddr",
			"valid_lft 3597sec preferred_lft 597sec", NULL);
	free(out);
	out = world_sh(w, "b", "ip -6 route");
	assert_in_order(out, "2001:db8::/64 dev eth0 proto kernel metric 256 expires 359",
			"default via fe80::ff:fe00:501 dev eth0 proto ra metric 1024 expires 179",
			"pref high", NULL);
	free(out);
	assert_int_equal(world_dev(w, "a", "eth0")->ip6_ptr->cnf.mtu6, 1400);
	shows(w, "a", "curl http://[2001:db8:1::80]/", "hi");
	shows(w, "a", "ping -c 1 2001:db8::ff:fe00:201", "ttl=64");
	world_end(w);
}

/* RFC 8106: whom to ask for names. */
static void routers_tell_name_servers(void **state)
{
	struct world *w = world_new(lan, &(struct world_params){ 0 });
	char *out;

	(void)state;
	world_wait(w, 4 * SEC);
	shows(w, "a", "curl http://web.lan/", "hi");
	out = world_sh(w, "b", "dig web.lan AAAA");
	assert_in_order(out, "2001:db8:1::80", ";; SERVER: 2001:db8::1#53", NULL);
	free(out);
	world_end(w);
}

static void mistakes_are_told(void **state)
{
	char *e = world_errors(
		"name: t\ntopology:\n  nodes:\n"
		"    a: { kind: host, ipv6: off, exec: [ip addr add 2001:db8::1/64 dev eth0] }\n"
		"    r:\n      kind: router\n      services:\n"
		"        - radvd: { interface: eth9 }\n"
		"  links:\n    - { endpoints: [\"a:eth0\", \"r:eth0\"] }\n");

	(void)state;
	assert_in_order(e, "4:40: on a: \"ip addr add 2001:db8::1/64 dev eth0\"",
			"IPv6 is disabled on this device",
			"8:11: on r: radvd: there is no interface eth9", NULL);
	free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_file_gives_is_there_at_once),
		cmocka_unit_test(who_has_no_use_for_it_has_none),
		cmocka_unit_test(hosts_make_addresses_of_what_a_router_says),
		cmocka_unit_test(routers_tell_name_servers),
		cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
