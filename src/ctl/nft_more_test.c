/* SPDX-License-Identifier: MIT */
/* What elements of sets count and allow, and connections counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ctl/nft_bed.h"

static u32 let_through(u32 n, u16 dport)
{
	u32 passed = 0;

	while (n--)
		passed += passes(dport);
	return passed;
}

static bool opens(u16 sport)
{
	nf_send_tcp(client, A, sport, B, 80, (struct nf_seg){ TCPHDR_SYN, 1, 0, 0 });
	return nf_take(server).any;
}

static void test_elements_have_limits(void **state)
{
	(void)state;
	begin();
	forward("update @d { ip saddr limit rate 2/second burst 3 packets } accept\ndrop");
	assert_int_equal(let_through(9, 1), 3);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(let_through(9, 1), 2);
	/* Its time over, it begins anew. */
	tb_run(&tb, 12 * NSEC_PER_SEC);
	assert_int_equal(let_through(9, 1), 3);
	forward("meter m { udp dport limit rate over 1/day burst 2 packets } drop");
	assert_int_equal(let_through(5, 7), 2);
	assert_int_equal(let_through(5, 8), 2);
	must("list ruleset");
	assert_non_null(strstr(said, "\t\tmeter m size 65535 { udp dport limit rate over 1/day "
			       "burst 2 packets } drop\n"));
	must("list meters");
	assert_string_equal(said, "table ip f {\n\tmeter m {\n\t\ttype inet_service\n"
			    "\t\tsize 65535\n\t\tflags dynamic\n\t\telements = { 7 limit rate over "
			    "1/day burst 2 packets, 8 limit rate over 1/day burst 2 packets }\n"
			    "\t}\n}\n");
	must("list meter ip f m");
	assert_int_equal(nft("list meter ip f d"), -EINVAL);
	assert_non_null(strstr(said, "no such meter \"d\" in table f"));
	end();
}

static void test_limits_that_are_none(void **state)
{
	static const char *const wrong[] = {
		"1/week burst 4000000000 packets", "over 1/week burst 100000 packets",
		"1 bytes/week burst 4000000000 bytes", "10/second burst 0 packets",
	};
	char rule[128];

	(void)state;
	begin();
	forward("limit rate 1/week burst 30000 packets accept\ndrop");
	assert_int_equal(let_through(3, 7), 3);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(rule, sizeof(rule), "add rule ip f c limit rate %s", wrong[i]);
		assert_int_not_equal(nft(rule), 0);
		assert_non_null(strstr(said, i < 3 ? "too large" : "at least 1"));
	}
	end();
}

static void test_declared_statements(void **state)
{
	static const char table[] =
		"table ip t {\n\tset a {\n\t\ttype inet_service\n\t\tcounter limit rate over "
		"1/minute burst 2 packets\n\t\telements = { 5 counter packets 3 bytes 4 limit rate "
		"over 1/minute burst 2 packets }\n\t}\n\n\tchain c {\n\t\ttype filter hook forward "
		"priority filter; policy accept;\n\t\tudp dport @a drop\n\t}\n}\n";

	(void)state;
	begin();
	must(table);
	must("list ruleset");
	assert_string_equal(said, table);
	assert_int_equal(let_through(5, 5), 2);
	must("list ruleset");
	assert_non_null(strstr(said, "5 counter packets 8 bytes 194 limit"));
	end();
}

static void test_connections_are_counted(void **state)
{
	(void)state;
	begin();
	forward("ct state new tcp dport 80 ct count over 2 drop");
	assert_true(opens(1) && opens(2));
	assert_false(opens(3));
	assert_false(opens(4));
	/* One is over: there is a place for another. */
	nf_ct_kill(router, nf_conn_of(IP_PROTO_TCP, A, 1, B, 80));
	assert_true(opens(3));
	assert_false(opens(4));
	assert_true(opens(2));
	forward("ct state new add @e { ip saddr ct count over 1 } drop");
	assert_true(opens(10));
	assert_false(opens(11));
	must("list set ip f e");
	assert_non_null(strstr(said, "10.0.1.2 ct count over 1"));
	/* Whose connections are all over is forgotten. */
	nf_ct_kill(router, nf_conn_of(IP_PROTO_TCP, A, 10, B, 80));
	tb_run(&tb, 2 * NSEC_PER_SEC);
	must("list set ip f e");
	assert_null(strstr(said, "10.0.1.2"));
	end();
}

static void test_raw_bytes(void **state)
{
	(void)state;
	begin();
	forward("@th,16,16 80 drop\n@nh,64,2 0 @th,21,11 81 drop\n@ih,0,8 != 0x61 @ll,0,8 2");
	must("list chain ip f c");
	assert_non_null(strstr(said, "th dport 80 drop\n\t\tip ttl & 192 == 0 th dport & 2047 == "
			       "81 drop\n\t\t@ih,0,8 != 0x61 @ll,0,8 0x2\n"));
	assert_false(passes(80));
	assert_false(passes(81));
	assert_false(passes(2048 + 81));
	assert_true(passes(2048 + 80));
	/* A value of more bits than are asked for is none, wherever in the byte they are. */
	assert_int_not_equal(nft("add rule ip f c @th,16,4 16 drop"), 0);
	assert_non_null(strstr(said, "range 0-15"));
	assert_int_not_equal(nft("add rule ip f c @th,20,4 16 drop"), 0);
	assert_int_not_equal(nft("add rule ip f c @th,16,4 ! 3 drop"), 0);
	assert_int_not_equal(nft("add rule ip f c meta mark set @th,16,4 map { 1 : 5 }"), 0);
	must("add rule ip f c @th,20,4 > 3 drop");
	must("add rule ip f c @th,16,4 15 drop");
	end();
}

/* Whoever sends fills sets: without a size they have nft's. */
static void test_sizes(void **state)
{
	(void)state;
	begin();
	forward("add @e { ip saddr }\nmeter m size 0 { ip saddr counter }\n"
		"meter n size 7 { ip saddr counter }");
	must("list ruleset");
	assert_non_null(strstr(said, "\tset e {\n\t\ttype ipv4_addr\n\t\tsize 65535\n"));
	assert_non_null(strstr(said, "meter m size 65535 {"));
	assert_non_null(strstr(said, "meter n size 7 {"));
	end();
}

static void test_zones_and_labels(void **state)
{
	(void)state;
	begin();
	must("table ip t {\n chain p { type filter hook prerouting priority raw;\n"
	     "ct zone set udp dport map { 7 : 1, 8 : 2 } }\n"
	     "chain c { type filter hook forward priority 0;\nct zone 2 drop\n"
	     "ct label 9 drop\nudp dport 6 ct label set 9 } }");
	assert_true(passes(6));
	assert_false(passes(6));	/* the connection's second packet */
	assert_true(passes(7));
	assert_true(passes(7));
	assert_false(passes(8));
	/* In another zone it is another connection. */
	assert_null(nf_conn_of(IP_PROTO_UDP, A, 5000, B, 7));
	assert_non_null(nf_conn_of(IP_PROTO_UDP, A, 5000, B, 6));
	end();
}

/* Behind tracking it is too late: what tracking found invalid is nobody's then, either. */
static void test_a_zone_too_late(void **state)
{
	(void)state;
	begin();
	must("table ip t { chain c { type filter hook prerouting priority filter;\n"
	     "ct original zone set 5\nct state new\n} }");
	for (int i = 0; i < 2; i++) {
		nf_send_tcp(client, A, 5000, B, 80,
			    (struct nf_seg){ TCPHDR_SYN | TCPHDR_FIN, 1, 0, 0 });
		assert_true(nf_take(server).any);
		tb_run(&tb, 30 * NSEC_PER_SEC);
		assert_int_equal(router->ct->count, 0);
	}
	assert_true(opens(5001));
	assert_int_equal(router->ct->count, 1);
	end();
}

/* As nft: what cannot be is refused where it stands. */
static void test_out_of_range(void **state)
{
	static const char *const wrong[][3] = {
		{ "", "ct zone set 65536", "value 65536 is out of the range 0-65535" },
		{ "", "ip ttl { 1, 256 }", "value 256 is out of the range 0-255" },
		{ "", "@th,4,4 255", "range 0-15" }, { "", "@th,4,4 1-255", "range 0-15" },
		{ "", "@th,4,4 { 1, 16 } drop", "value 16 is out of the range 0-15" },
		{ "", "@th,4,4 vmap { 2 : accept, 99 : drop }", "value 99" },
		{ "set e { type ipv4_addr; flags dynamic; }", "add @e { ip saddr timeout 5s }",
		  "has no \"flags timeout\"" },
		{ "set e { type ipv4_addr; flags dynamic; ct count over 5; }",
		  "add @e { ip saddr timeout 5s }", "has no \"flags timeout\"" },
		{ "set e { type ipv4_addr; flags dynamic,timeout; }",
		  "add @e { ip saddr ct count over 5 }", "do not go together" },
		{ "set e { type ipv4_addr; flags dynamic,timeout; ct count over 5; }",
		  "accept", "do not go together" },
	};
	char text[512];

	(void)state;
	begin();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), "table ip t { %s\nchain c { type filter hook "
			 "prerouting priority -300; %s\n } }", wrong[i][0], wrong[i][1]);
		if (!nft(text) || !strstr(said, wrong[i][2]))
			fprintf(stderr, "%s\n%s", text, said);
		assert_non_null(strstr(said, wrong[i][2]));
	}
	must("table ip t { chain c { @th,4,4 { 1, 15 } accept\n@th,4,4 vmap { 3 : accept }\n"
	     "} }");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_elements_have_limits),
		cmocka_unit_test(test_limits_that_are_none),
		cmocka_unit_test(test_declared_statements),
		cmocka_unit_test(test_connections_are_counted),
		cmocka_unit_test(test_raw_bytes),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_zones_and_labels),
		cmocka_unit_test(test_a_zone_too_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
