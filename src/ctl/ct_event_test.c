/* SPDX-License-Identifier: MIT */
/* conntrack -E: what is told, and what is asked for. Beside conntrack-tools: ct_tcp_kernel_test,
 * nft_kernel_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"

#include "ctl/ct_event.h"
#include "ctl/nft_bed.h"

static char heard[8192];

static void on_line(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	strncat(heard, text, len);
}

static const char *heard_since(void)
{
	static char was[sizeof(heard)];

	strcpy(was, heard);
	heard[0] = '\0';
	return was;
}

static int open_watch(struct ct_watch *w, int argc, const char *const *argv)
{
	struct strbuf sb;

	sb_init(&sb, said, sizeof(said));
	*w = (struct ct_watch){ .line = on_line };
	return ct_watch_open(w, router, argc, argv, &sb);
}

static void ctl(const char *line)
{
	struct strbuf sb;

	sb_init(&sb, said, sizeof(said));
	assert_int_equal(ctl_exec(router, line, &sb), 0);
}

static void test_a_connection_lives(void **state)
{
	static const char *const words[] = { "conntrack", "-E", "-o", "extended" };
	struct ct_watch w;

	(void)state;
	begin();
	must("table ip t { chain c { type filter hook forward priority 0;\nct state new\n} }");
	assert_true(passes(53));
	assert_int_equal(open_watch(&w, 4, words), 0);
	assert_true(passes(53));	/* it is known, and nothing is new of it */
	assert_string_equal(heard_since(), "");
	assert_true(passes(54));
	assert_string_equal(heard_since(), "    [NEW] ipv4     2 udp      17 30 src=" A " dst=" B
			    " sport=5000 dport=54 [UNREPLIED] src=" B " dst=" A
			    " sport=54 dport=5000\n");
	ctl("conntrack -U -p udp --dport 54 -m 5 -t 9");
	assert_string_equal(heard_since(), " [UPDATE] ipv4     2 udp      17 9 src=" A " dst=" B
			    " sport=5000 dport=54 [UNREPLIED] src=" B " dst=" A
			    " sport=54 dport=5000 mark=5\n");
	tb_run(&tb, 20 * NSEC_PER_SEC);
	assert_string_equal(heard_since(), "[DESTROY] ipv4     2 udp      17 0 src=" A " dst=" B
			    " sport=5000 dport=54 [UNREPLIED] src=" B " dst=" A
			    " sport=54 dport=5000 mark=5\n");
	assert_int_equal(w.l.shown, 3);
	ct_watch_close(&w);
	ctl("conntrack -F");
	assert_string_equal(heard_since(), "");
	end();
}

static void test_what_is_asked_for(void **state)
{
	static const char *const words[] = { "conntrack", "-E", "-e", "NEW,DESTROY", "--dport", "7",
					     "-o", "timestamp,id" };
	static const char *const bad[][4] = {
		{ "conntrack", "-p", "udp", "-E" }, { "conntrack", "-E", "-e", "OLD" },
		{ "conntrack", "-E", "-o", "sideways" }, { "conntrack", "-E", "--dport", "x" },
	};
	struct ct_watch w;
	const char *line;

	(void)state;
	begin();
	must("table ip t { chain c { type filter hook forward priority 0;\nct state new\n} }");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(open_watch(&w, 4, bad[i]), -EINVAL);
		assert_true(strlen(said) > 20);
	}
	assert_int_equal(open_watch(&w, 8, words), 0);
	assert_true(passes(6));
	assert_string_equal(heard_since(), "");
	assert_true(passes(7));
	line = heard_since();
	assert_true(line[0] == '[' && strstr(line, "]\t    [NEW] udp ") && strstr(line, " id="));
	ctl("conntrack -U -m 3");
	assert_string_equal(heard_since(), "");
	ctl("conntrack -D -p udp");
	assert_non_null(strstr(heard_since(), "]\t[DESTROY] udp "));
	ct_watch_close(&w);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_connection_lives),
		cmocka_unit_test(test_what_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
