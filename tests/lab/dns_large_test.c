/* SPDX-License-Identifier: MIT */
/* A name with more addresses than a datagram holds (row A4): each question goes over to TCP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

#define ADDRS 1000

static const char head[] =
	"name: dns-large\n"
	"topology:\n"
	"  nodes:\n"
	"    pc: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0], dns: [10.0.0.2] }\n"
	"    sw: { kind: switch }\n"
	"    isp:\n"
	"      kind: host\n"
	"      exec: [ip addr add 10.0.0.2/24 dev eth0]\n"
	"      services:\n"
	"        - resolver:\n"
	"            root-hints:\n"
	"              text: |\n"
	"                . NS ns.\n"
	"                ns. A 10.0.0.3\n"
	"    ns:\n"
	"      kind: host\n"
	"      exec: [ip addr add 10.0.0.3/24 dev eth0]\n"
	"      services:\n"
	"        - http: { pages: { /: here it is } }\n"
	"        - dns:\n"
	"            zones:\n"
	"              - name: .\n"
	"                text: |\n"
	"                  . 300 SOA ns. r. 1 2 3 4 60\n"
	"                  . 300 NS ns.\n"
	"                  ns. 300 A 10.0.0.3\n";
static const char tail[] =
	"  links:\n"
	"    - { endpoints: [\"pc:eth0\", \"sw:p1\"] }\n"
	"    - { endpoints: [\"isp:eth0\", \"sw:p2\"] }\n"
	"    - { endpoints: [\"ns:eth0\", \"sw:p3\"], loss: 5% }\n";

static struct world *large_world(void)
{
	struct text yaml = { 0 };
	struct world *w;

	text_adds(&yaml, head);
	for (unsigned i = 0; i < ADDRS; i++)
		text_addf(&yaml, "                  wide. 300 A 10.0.%u.%u\n", i / 253,
			  3 + i % 253);
	text_adds(&yaml, tail);
	w = world_new(yaml.s, &(struct world_params){ 0 });
	text_free(&yaml);
	return w;
}

static void a_truncated_answer_is_asked_for_again_over_tcp(void **state)
{
	struct world *w = large_world();
	char *out;

	(void)state;
	out = world_sh(w, "pc", "host wide");
	assert_int_equal(count_in(out, "wide has address 10.0."), ADDRS);
	assert_int_equal(world_net(w, "pc")->mib[MIB_TcpActiveOpens], 1);
	assert_int_equal(world_net(w, "isp")->mib[MIB_TcpActiveOpens], 1);
	free(out);
	/* from the resolver's cache: again over TCP to the host, and nothing to the server */
	out = world_sh(w, "pc", "dig @10.0.0.2 wide");
	assert_contains(out, "ANSWER: 1000, ");
	assert_int_equal(world_net(w, "pc")->mib[MIB_TcpActiveOpens], 2);
	assert_int_equal(world_net(w, "isp")->mib[MIB_TcpActiveOpens], 1);
	free(out);
	world_end(w);
}

static void a_page_comes_from_a_name_with_a_thousand_records(void **state)
{
	struct world *w = large_world();
	struct page page;

	(void)state;
	world_get(w, "pc", "http://wide/", &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_string_equal(page.body.s, "here it is");
	page_free(&page);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_truncated_answer_is_asked_for_again_over_tcp),
		cmocka_unit_test(a_page_comes_from_a_name_with_a_thousand_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
