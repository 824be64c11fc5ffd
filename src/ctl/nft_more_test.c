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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements_have_limits),
		cmocka_unit_test(test_declared_statements),
		cmocka_unit_test(test_connections_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
