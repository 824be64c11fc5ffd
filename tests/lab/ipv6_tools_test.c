/* SPDX-License-Identifier: MIT */
/* The tools over IPv6: a host, a router, a host behind a link with a smaller MTU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"


static const char two_networks[] =
	"name: six\n"
	"topology:\n"
	"  nodes:\n"
	"    a:\n"
	"      kind: host\n"
	"      dns: [2001:db8:1::2]\n"
	"      hosts: { b: 2001:db8:1::2 }\n"
	"      exec: [ip addr add 2001:db8::1/64 dev eth0,\n"
	"             ip -6 route add default via 2001:db8::ff]\n"
	"    r:\n"
	"      kind: router\n"
	"      exec: [ip addr add 2001:db8::ff/64 dev l,\n"
	"             ip addr add 2001:db8:1::ff/64 dev r]\n"
	"      services: [ http: { pages: { /: \"I route\" } } ]\n"
	"    b:\n"
	"      kind: host\n"
	"      exec: [ip addr add 2001:db8:1::2/64 dev eth0,\n"
	"             ip -6 route add default via 2001:db8:1::ff]\n"
	"      services:\n"
	"        - http: { pages: { /: hello } }\n"
	"        - dns:\n"
	"            zones:\n"
	"              - name: lan.\n"
	"                text: \"@ 60 IN SOA ns root 1 2 3 4 5\\n@ NS ns\\nns AAAA 2001:db8:1::2\\n"
	"web AAAA 2001:db8:1::2\\nold A 10.0.0.1\\n\"\n"
	"  links:\n"
	"    - { endpoints: [\"a:eth0\", \"r:l\"] }\n"
	"    - { endpoints: [\"r:r\", \"b:eth0\"], mtu: 1400 }\n";

static struct world *begin(void)
{
	return world_new(two_networks, &(struct world_params){ 0 });
}

static void fails(struct world *w, const char *cmdline, int status, const char *says)
{
	struct text out = { 0 };

	assert_int_equal(world_run(w, "a", cmdline, &out), status);
	assert_contains(out.s, says);
	text_free(&out);
}

static void says(struct world *w, const char *cmdline, const char *what)
{
	char *out = world_sh(w, "a", cmdline);

	assert_contains(out, what);
	free(out);
}

static void ping_tells_all(void **state)
{
	struct world *w = begin();
	char *out = world_sh(w, "a", "ping -c 2 b");

	(void)state;
	assert_in_order(out, "PING b(b (2001:db8:1::2)) 56 data bytes\n",
			"64 bytes from b (2001:db8:1::2): icmp_seq=1 ttl=63 time=",
			"icmp_seq=2 ttl=63",
			"2 packets transmitted, 2 received, 0% packet loss", NULL);
	free(out);
	says(w, "ping -6 -c 1 [2001:db8:1::2]", "1 received");
	says(w, "ping -c 1 fe80::ff:fe00:201%eth0",
	     "64 bytes from fe80::ff:fe00:201%eth0: icmp_seq=1 ttl=64");
	fails(w, "ping -4 -c 1 2001:db8:1::2", 2, "Address family for hostname not supported");
	fails(w, "ping -6 -c 1 10.0.0.1", 2, "Address family for hostname not supported");
	fails(w, "ping -4 -c 1 b", 2, "No address associated with hostname");
	fails(w, "ping -c 1 -t 1 b", 1, "From 2001:db8::ff icmp_seq=1 Time exceeded: Hop limit");
	fails(w, "ping -c 1 2001:db8:2::2", 1,
	      "From 2001:db8::ff icmp_seq=1 Destination unreachable: No route");
	fails(w, "ping -c 1 2001:db8:1::3", 1, "Destination unreachable: Address unreachable");
	fails(w, "ping -c 1 -s 1400 -M do b", 1,
	      "From 2001:db8::ff icmp_seq=1 Packet too big: mtu=1400");
	/* What was learned refuses the next one here, and is shown. */
	fails(w, "ping -c 1 -s 1400 -M do b", 1, "local error: message too long, mtu: 1400");
	says(w, "ip -6 route get 2001:db8:1::2", " metric 1024 expires 600sec mtu 1400 pref ");
	says(w, "ping -c 1 -s 1400 b", "1408 bytes from");
	world_end(w);
}

static void traceroute_names_each_hop(void **state)
{
	static const char *const lines[] = { "traceroute b", "traceroute -6 -I b" };
	struct world *w = begin();
	char *out;

	(void)state;
	for (int i = 0; i < 2; i++) {
		out = world_sh(w, "a", lines[i]);
		assert_in_order(out,
				"traceroute to b (2001:db8:1::2), 30 hops max, 80 byte packets",
				"\n 1  2001:db8::ff (2001:db8::ff)  ", "\n 2  b (2001:db8:1::2)  ",
				NULL);
		assert_lacks(out, "\n 3 ");
		free(out);
	}
	world_wait(w, 10 * SEC);	/* errors to one host are limited */
	out = world_sh(w, "a", "traceroute 2001:db8:9::1");
	assert_in_order(out, " 1  2001:db8::ff (2001:db8::ff)  ", "ms !N", NULL);
	free(out);
	world_end(w);
}

static void names_over_ipv6(void **state)
{
	struct world *w = begin();
	char *out = world_sh(w, "a", "dig web.lan AAAA");

	(void)state;
	assert_in_order(out, "status: NOERROR; ANSWER: 1", "2001:db8:1::2",
			";; SERVER: 2001:db8:1::2#53", NULL);
	free(out);
	says(w, "dig @2001:db8:1::2 +short web.lan AAAA", "2001:db8:1::2\n");
	says(w, "host -t AAAA web.lan", "web.lan has IPv6 address 2001:db8:1::2");
	fails(w, "host 2001:db8:1::2", 1,
	      "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	says(w, "ping -c 1 web.lan", "1 received");
	fails(w, "ping -c 1 old.lan", 2, "No address associated with hostname");
	world_end(w);
}

static void pages_and_streams(void **state)
{
	struct world *w = begin();

	(void)state;
	says(w, "curl http://[2001:db8:1::2]/", "hello");
	says(w, "get [2001:db8:1:0::2]:80", "hello");
	says(w, "curl http://[fe80::ff:fe00:201%25eth0]/", "I route");
	says(w, "get [fe80::ff:fe00:201%2]", "I route");
	fails(w, "curl http://[fe80::ff:fe00:201%25eth1]/", 3, "has no interface \"eth1\"");
	fails(w, "curl http://[fe80::ff:fe00:201]/", 3,
	      "say which, as in http://[fe80::1%25eth0]/");
	fails(w, "curl http://[2001:db8:1::2]:81/", 7, "2001:db8:1::2 port 81 refuses");
	fails(w, "curl http://[2001:db8:2::2]/", 7,
	      "the router 2001:db8::ff says \"network unreachable\"");
	fails(w, "curl http://[2001:db8:1::3]/", 7,
	      "the router 2001:db8::ff says \"host unreachable\"");
	fails(w, "curl http://[2001:db8::9]/", 7, "it does not answer neighbour solicitations");
	assert_int_equal(lab_program(world_node(w, "b"), "iperf3 -s -1", NULL, NULL), 0);
	says(w, "iperf3 -c b -t 1", "receiver");
	assert_int_equal(lab_program(world_node(w, "b"), "perf -s -1 -p 5202", NULL, NULL), 0);
	says(w, "perf -c b -t 1 -p 5202", "receiver");
	assert_int_equal(lab_program(world_node(w, "b"), "nc -l 99", NULL, NULL), 0);
	says(w, "echo one | nc -v b 99", "Connection to b 99 port [tcp/*] succeeded!");
	assert_int_equal(lab_program(world_node(w, "b"), "nc -u -l 98", NULL, NULL), 0);
	fails(w, "nc -4 b 99", 2, "No address associated with hostname");
	assert_contains(w->output.s, "b: one\n");
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ping_tells_all),
		cmocka_unit_test(traceroute_names_each_hop),
		cmocka_unit_test(names_over_ipv6),
		cmocka_unit_test(pages_and_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
