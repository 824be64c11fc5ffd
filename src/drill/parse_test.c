/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "drill/script.h"

/* ---- what is wrong is told with its place ---- */

static void wrong(const char *text, u32 line, u32 column, const char *message)
{
	struct script s = { .path = "t" };
	struct place at = { 0, 0 };
	char why[256] = "";

	assert_false(script_parse(&s, text, &at, why, sizeof(why)));
	assert_string_equal(why, message);
	assert_int_equal(at.line, line);
	assert_int_equal(at.column, column);
	script_free(&s);
}

static void mistakes_of_lines(void **state)
{
	(void)state;
	wrong("", 1, 1, "the script is empty");
	wrong("// nothing\n", 2, 1, "the script is empty");
	wrong("/* no end\n", 1, 1, "the comment has no end; expected */");
	wrong("0 `sysctl\n", 1, 3, "the command has no end; expected `");
	wrong("0 %{ assert\n", 1, 3, "the code has no end; expected }%");
	wrong("x < . 1:1(0)", 1, 1, "expected a time, not \"x\"");
	wrong("+ < . 1:1(0)", 1, 3, "expected a time, not \"<\"");
	wrong("0~. < . 1:1(0)", 1, 5, "expected a time, not \"<\"");
	wrong("2~1 > . 1:1(0)", 1, 5, "the range ends before it begins");
	wrong("0", 1, 2, "expected <, >, a socket call, `command` or %{ code }%, not the end of "
	      "the script");
	wrong("* close(3) = 0", 1, 1, "* is for packets that are sent (>); expected a time");
	wrong("0...1 < . 1:1(0)", 1, 7, "a packet has no end time; expected a socket call");
}

static void mistakes_of_packets(void **state)
{
	(void)state;
	wrong("\n\n+0 < Q 0:0(0)", 3, 6, "expected flags, of S F R P . U E W A or -, not \"Q\"");
	wrong("+0 < S 0:5(0)", 1, 8, "0:5 is 5 long; expected (5), not (0)");
	wrong("+0 < S 0-5(0)", 1, 9, "expected \":\", not \"-\"");
	wrong("+0 < S 0:0(0) ack x", 1, 19, "expected the acknowledgement, not \"x\"");
	wrong("+0 < S 0:0(0) win 65536", 1, 19, "65536 is too large for win: at most 65535");
	wrong("+0 < S 0:0(0) win 5 <mss 70000>", 1, 26,
	      "70000 is too large for mss: at most 65535");
	wrong("+0 < S 0:0(0) win 5 <mms 1>", 1, 22, "expected eol, nop, mss, wscale, sackOK, sack, "
	      "TS, ECN, FO, FOEXP, md5, ao, kind or ..., not \"mms\"");
	wrong("+0 < S 0:0(0) win 5 <nop nop>", 1, 26, "expected \">\", not \"nop\"");
	wrong("+0 < S 0:0(0) win 5 <TS val 1>", 1, 30, "expected ecr, not \">\"");
	wrong("+0 < S 0:0(0) win 5 <sack>", 1, 26,
	      "expected first:last of a SACK block, not \">\"");
	wrong("+0 < S 0:0(0) win 5 <...>", 1, 22,
	      "expected the options of a packet that comes in, not \"...\"");
	wrong("+0 < S 0:0(0) win 5 <FO abc>", 1, 25,
	      "expected pairs of hexadecimal digits, at most 16, not \"abc\"");
	wrong("+0 < [ecn] S 0:0(0)", 1, 7,
	      "expected noecn, ect0, ect1, ect01, ce, tos, ttl, flowlabel, df, nodf, newid "
	      "or again, not \"ecn\"");
	wrong("+0 < icmp unreachable nowhere", 1, 23,
	      "expected the ICMP code, as host_unreachable, not \"nowhere\"");
	wrong("+0 < gre: S 0:0(0)", 1, 6,
	      "gre is not there: a packet is TCP, UDP or ICMP; the machine has no tunnels");
}

static void mistakes_of_calls(void **state)
{
	(void)state;
	wrong("0 sockt(1, 2, 3) = 3", 1, 3, "there is no call sockt(); perhaps socket");
	wrong("0 socket(..., SOCK_STREAM) = 3", 1, 26, "socket() has 3 arguments; 1 are missing");
	wrong("0 close(3, 4) = 0", 1, 12, "close() has 1 arguments; expected \")\"");
	wrong("0 close(3 4) = 0", 1, 11, "expected \",\" or \")\", not \"4\"");
	wrong("0 close(3)", 1, 11, "expected \"=\", not the end of the script");
	wrong("0 close(3) = -1 EFOO", 1, 17, "expected an errno, as EAGAIN, not \"EFOO\"");
	wrong("0 socket(..., SOCK_STREEM, 0) = 3", 1, 15,
	      "\"SOCK_STREEM\" is no constant that is known; perhaps SOCK_STREAM");
	wrong("0 sendmsg(3, {a", 1, 15, "\"a\" is no constant that is known; expected one as in "
	      "the manual page of the call");
	wrong("0 setsockopt(3, 4, 5, [1, 4) = 3", 1, 28, "expected \",\" or \"]\", not \")\"");
	wrong("0 write(3, \"abc, 3) = 3", 1, 12, "the string has no end; expected \"");
}

/* ---- what is right is there ---- */

static const struct event *read_one(struct script *s, const char *text)
{
	struct place at;
	char why[256] = "";

	*s = (struct script){ .path = "t" };
	if (!script_parse(s, text, &at, why, sizeof(why)))
		fail_msg("%s", why);
	return s->events;
}

static void time_is(const char *text, enum when_kind kind, s64 from, s64 to, s64 end)
{
	char line[64];
	struct script s;
	const struct event *e;

	snprintf(line, sizeof(line), "%s close(3) = 0", text);
	e = read_one(&s, line);
	assert_int_equal(e->when.kind, kind);
	assert_int_equal(e->when.from, from);
	assert_int_equal(e->when.to, to);
	assert_int_equal(e->when.blocking ? e->when.end : -1, end);
	script_free(&s);
}

static void times(void **state)
{
	(void)state;
	time_is("0", WHEN_ABSOLUTE, 0, 0, -1);
	time_is("1.25", WHEN_ABSOLUTE, 1250000000, 1250000000, -1);
	time_is("+.1", WHEN_RELATIVE, 100000000, 100000000, -1);
	time_is("+0.000001", WHEN_RELATIVE, 1000, 1000, -1);
	time_is("1.0~2.0", WHEN_ABSOLUTE, 1000000000, 2000000000, -1);
	time_is("+0~+.1", WHEN_RELATIVE, 0, 100000000, -1);
	time_is("0...0.2", WHEN_ABSOLUTE, 0, 0, 200000000);
	time_is("+.1...+.5", WHEN_RELATIVE, 100000000, 100000000, 500000000);
}

/* A packet comes out in the notation as it went in, but for blanks. */
static void same(const char *text)
{
	char line[300], out[300];
	struct strbuf sb;
	struct script s;

	snprintf(line, sizeof(line), "0 > %s", text);
	sb_init(&sb, out, sizeof(out));
	packet_print(&read_one(&s, line)->packet, &sb);
	assert_string_equal(out, text);
	script_free(&s);
}

static void packets(void **state)
{
	(void)state;
	same("S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>");
	same("S. 0:0(0) ack 1 <...>");
	same("SEW 0:0(0)");
	same("FP. 1:1001(1000) ack 4294967295 win 0 urg 3");
	same("- 1:1(0)");
	same(". 1:1(0) ack 1 <nop,nop,sack 3:4 5:6 7:8>");
	same(". 1:1(0) ack 1 <nop,nop,TS val * ecr 5>");
	same("S 0:0(0) <FO 0123456789abcdef,nop,nop>");
	same("S 0:0(0) <FOEXP >");
	same("S 0:0(0) <md5 00112233445566778899aabbccddeeff,nop,nop>");
	same(". 1:1(0) ack 1 <md5 *>");
	same(". 1:1(0) ack 1 <ao 1 255 00112233445566778899aabb>");
	same(". 1:1(0) ack 1 <ao 1 2 *>");
	same("[ect0] . 1:1(0) ack 1");
	same("[tos 0x10, ttl 3] . 1:1(0) ack 1");
	same("udp (1000)");
	same("icmp unreachable frag_needed mtu 1200 [1:1461(1460)]");
	same("icmp unreachable port_unreachable [udp (10)]");
	same("icmp time_exceeded exceeded_in_transit [1:1001(1000)]");
}

static void values(void **state)
{
	struct script s;
	const struct script_call *c;
	const struct expr *e;

	(void)state;
	c = &read_one(&s, "0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 20}], "
		      "msg_flags=MSG_TRUNC|MSG_CTRUNC}, 0x10) = -1 EAGAIN (Try (again))")->call;
	assert_int_equal(c->err, EAGAIN);
	assert_int_equal(c->result->number, -1);
	assert_int_equal(c->args[2]->number, 16);
	e = c->args[1];
	assert_int_equal(e->n, 3);
	assert_string_equal(e->members[1].name, "msg_iov");
	assert_int_equal(e->members[1].value->members[1].value->members[1].value->number, 20);
	assert_int_equal(e->members[2].value->number, 0x28);
	script_free(&s);
	c = &read_one(&s, "0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)\n+1 close(3) = 0")->call;
	assert_int_equal(c->result->number, 2);
	assert_non_null(s.events->next);
	script_free(&s);
	c = &read_one(&s, "--a=b\n--c=\"d e\"\n`sysctl x`\n"
		      "0 write(3, \"a\\n\\x41\\0b\", 5) = 5")->call;
	assert_int_equal(c->args[1]->len, 5);
	assert_memory_equal(c->args[1]->text, "a\nA\0b", 5);
	assert_string_equal(s.options->name, "a");
	assert_string_equal(s.options->next->value, "d e");
	assert_string_equal(s.init, "sysctl x");
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_of_lines),
		cmocka_unit_test(mistakes_of_packets),
		cmocka_unit_test(mistakes_of_calls),
		cmocka_unit_test(times),
		cmocka_unit_test(packets),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
