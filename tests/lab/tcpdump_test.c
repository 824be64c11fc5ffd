/* SPDX-License-Identifier: MIT */
/* tcpdump on a node of a lab: its lines, its options, what it says at the end. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/program.h"
#include "harness/lab_harness.h"

#define PAIR \
	"name: t\n" \
	"topology:\n" \
	"  nodes:\n" \
	"    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }\n" \
	"    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0] }\n" \
	"  links:\n" \
	"    - { endpoints: [\"a:eth0\", \"b:eth0\"], delay: 1ms }\n"

#define QUIET "tcpdump: verbose output suppressed, use -v for the IP header\n"
#define LISTENS(dev) \
	"listening on " dev ", link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
#define SUMMARY(n, s) \
	n " packet" s " captured\n" n " packet" s " received by filter\n" \
	"0 packets dropped by kernel\n"

static struct world *pair(void)
{
	struct world *w = world_new(PAIR, &(struct world_params){ .seed = 7 });

	world_wait(w, SEC);
	return w;
}

/* Who reads what tcpdump says on node a. */
struct reader {
	struct text out, err, all;
	int status;
	bool behind, over;
	struct program *program;
};

static void on_out(void *ctx, const char *text, size_t len)
{
	struct reader *r = ctx;

	text_add(&r->out, text, len);
	text_add(&r->all, text, len);
}

static void on_err(void *ctx, const char *text, size_t len)
{
	struct reader *r = ctx;

	text_add(&r->err, text, len);
	text_add(&r->all, text, len);
}

static bool is_full(void *ctx)
{
	return ((struct reader *)ctx)->behind;
}

static void on_over(void *ctx, int status)
{
	struct reader *r = ctx;

	r->status = status;
	r->over = true;
}

static const struct program_env env = { .err = on_err, .full = is_full };

static void start(struct world *w, struct reader *r, const char *options)
{
	struct lab_node *a = world_node(w, "a");
	char *line;

	assert_true(asprintf(&line, "tcpdump %s", options) > 0);
	r->program = program_start(lab_node_net(a), line, &env, on_out, on_over, r);
	assert_non_null(r->program);
	lab_node_kick(a);
	free(line);
}

/* As ^C, when it is not over yet. */
static void finish(struct world *w, struct reader *r)
{
	if (!r->over)
		program_interrupt(r->program);
	lab_node_kick(world_node(w, "a"));
	world_wait(w, SEC);
	assert_true(r->over);
}

static void reader_free(struct reader *r)
{
	text_free(&r->out);
	text_free(&r->err);
	text_free(&r->all);
}

/* What tcpdump with these options says on a while b talks to a, or its lines alone; free() it. */
static char *seen(const char *options, const char *talk, bool all)
{
	struct reader r = { 0 };
	struct world *w = pair();
	char *said;

	start(w, &r, options);
	world_run(w, "b", talk, NULL);
	finish(w, &r);
	world_end(w);
	assert_int_equal(r.status, 0);
	said = strdup(all ? r.all.s : r.out.s ? r.out.s : "");
	reader_free(&r);
	return said;
}

/* The same twice, to the byte. */
static void expect(const char *options, const char *talk, const char *wanted)
{
	bool all = !strncmp(wanted, "tcpdump: ", 9);
	char *said = seen(options, talk, all), *again = seen(options, talk, all);

	assert_string_equal(said, wanted);
	assert_string_equal(again, wanted);
	free(said);
	free(again);
}

#define PING "ping -c 1 10.0.0.1"
#define ASKS "ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 46\n"
#define TOLD "ARP, Reply 10.0.0.1 is-at 02:00:00:00:01:01, length 28\n"
#define ECHO "IP 10.0.0.2 > 10.0.0.1: ICMP echo request, id 1, seq 1, length 64\n"
#define REPLY "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 1, seq 1, length 64\n"
#define THERE "02:00:00:00:02:01 > 02:00:00:00:01:01, ethertype IPv4 (0x0800), length 98: "
#define BACK "02:00:00:00:01:01 > 02:00:00:00:02:01, ethertype IPv4 (0x0800), length 98: "

static void lines_are_tcpdumps(void **state)
{
	(void)state;
	expect("", PING, QUIET LISTENS("eth0")
	       "00:00:01.001004 " ASKS "00:00:01.001004 " TOLD "00:00:01.003013 " ECHO
	       "00:00:01.003013 " REPLY SUMMARY("4", "s"));
	expect("-v -c 1 arp", PING, "tcpdump: " LISTENS("eth0") "00:00:01.001004 " ASKS
	       "1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n");
}

static void options_change_lines(void **state)
{
	(void)state;
	expect("-t -e -v -c 2 icmp", PING,
	       THERE "(tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto icmp (1), length 84) "
	       "10.0.0.2 > 10.0.0.1: ICMP echo request, id 1, seq 1, length 64\n"
	       BACK "(tos 0x0, ttl 64, id 17531, offset 0, flags [none], proto icmp (1), "
	       "length 84) 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 1, seq 1, length 64\n");
	expect("-tt -i any -c 2", PING,
	       "1767225601.001004 eth0  B   " ASKS "1767225601.001004 eth0  Out " TOLD);
	expect("-ttt -i eth0 -Q in", PING, " 00:00:00.000000 " ASKS " 00:00:00.002008 " ECHO);
	expect("-tttt -Q out -c 1", PING, "2026-01-01 00:00:01.001004 " TOLD);
	expect("-ttttt -nl icmp", PING, " 00:00:00.000000 " ECHO " 00:00:00.000000 " REPLY);
	expect("-t -s 34 -e -c 1 icmp", PING,
	       THERE "10.0.0.2 > 10.0.0.1: [|icmp], 64 bytes missing\n");
}

static void bytes_below_a_line(void **state)
{
	(void)state;
	expect("-t -x -c 1 arp", PING, ASKS
	       "\t0x0000:  0001 0800 0604 0001 0200 0000 0201 0a00\n"
	       "\t0x0010:  0002 0000 0000 0000 0a00 0001 0000 0000\n"
	       "\t0x0020:  0000 0000 0000 0000 0000 0000 0000\n");
	expect("-t -XX -s 21 -c 1 icmp", PING, "IP [|ip]\n"
	       "\t0x0000:  0200 0000 0101 0200 0000 0201 0800 4500  ..............E.\n"
	       "\t0x0010:  0054 0000 40                             .T..@\n");
	expect("-t -# -A -s 34 -c 1 icmp", PING,
	       "    1  IP 10.0.0.2 > 10.0.0.1: [|icmp], 64 bytes missing\n"
	       "E..T..@.@.&.\n...\n...\n");
}

static void devices_are_listed(void **state)
{
	struct world *w = pair();
	struct text said = { 0 };

	(void)state;
	free(world_sh(w, "a", "ip link add link eth0 name v5 type vlan id 5"));
	assert_int_equal(world_run(w, "a", "tcpdump -D", &said), 0);
	assert_string_equal(said.s, "1.eth0 [Up, Running, Connected]\n"
			    "2.v5 [none, Connected]\n"
			    "3.any (Pseudo-device that captures on all interfaces) [Up, Running]\n"
			    "4.lo [Up, Running, Loopback]\n");
	text_free(&said);
	world_end(w);
}

static void expressions_choose(void **state)
{
	(void)state;
	expect("-t -q tcp port 80", "curl http://10.0.0.1/",
	       "IP 10.0.0.2.37408 > 10.0.0.1.80: tcp 0\nIP 10.0.0.1.80 > 10.0.0.2.37408: tcp 0\n");
	expect("-t 'tcp[tcpflags] & tcp-rst != 0' or udp", "curl http://10.0.0.1/",
	       "IP 10.0.0.1.80 > 10.0.0.2.37408: Flags [R.], seq 0, ack 3752824371, win 0, "
	       "length 0\n");
	/* The same as a program: the EtherType is ARP's. */
	expect("-t -c 1 '--bpf=4,40 0 0 12,21 0 1 2054,6 0 0 262144,6 0 0 0'", PING, ASKS);
	expect("-t ip6 and icmp6", PING, "");
}

static void what_loops_back_is_seen_once(void **state)
{
	struct world *w = pair();
	struct reader r = { 0 };

	(void)state;
	start(w, &r, "-t -i lo");
	free(world_sh(w, "a", "ping -q -c 1 10.0.0.1"));
	finish(w, &r);
	assert_string_equal(r.out.s,
			    "IP 10.0.0.1 > 10.0.0.1: ICMP echo request, id 1, seq 1, length 64\n"
			    "IP 10.0.0.1 > 10.0.0.1: ICMP echo reply, id 1, seq 1, length 64\n");
	reader_free(&r);
	world_end(w);
}

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *line, *told;
		int status;
	} cases[] = {
		{ "tcpdump -i eth7", "tcpdump: eth7: No such device exists\n", 1 },
		{ "tcpdump tcp prot", "tcpdump: can't parse filter expression: syntax error\n", 1 },
		{ "tcpdump -c 0", "usage: tcpdump ", 2 },
		{ "tcpdump -Q sideways", "usage: tcpdump ", 2 },
		{ "tcpdump -w file", "usage: tcpdump ", 2 },
		{ "tcpdump --bpf=1,6", "usage: tcpdump ", 2 },
		{ "tcpdump '--bpf=1,5 0 0 9'", "usage: tcpdump ", 2 },
		{ "tcpdump '--bpf=2,40 0 0 12,21 9 9 2048'", "usage: tcpdump ", 2 },
	};
	struct world *w = pair();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text said = { 0 };

		assert_int_equal(world_run(w, "a", cases[i].line, &said), cases[i].status);
		assert_contains(said.s, cases[i].told);
		text_free(&said);
	}
	free(world_sh(w, "a", "ip link set eth0 down"));
	assert_int_equal(world_run(w, "a", "tcpdump -i eth0", NULL), 1);
	assert_contains(w->output.s, "tcpdump: eth0: That device is not up\n");
	world_end(w);
}

static void its_device_may_go_away(void **state)
{
	struct world *w = pair();
	struct reader r = { 0 };

	(void)state;
	free(world_sh(w, "a", "ip link add link eth0 name v5 type vlan id 5"));
	free(world_sh(w, "a", "ip link set v5 up"));
	start(w, &r, "-i v5");
	world_wait(w, SEC);
	free(world_sh(w, "a", "ip link del v5"));
	world_wait(w, SEC);
	assert_true(r.over);
	assert_int_equal(r.status, 1);
	assert_contains(r.err.s, "tcpdump: The interface disappeared\n0 packets captured\n");
	reader_free(&r);
	world_end(w);
}

/* What finds no room is lost, and how much that is gets told. */
static void a_slow_reader_loses_frames(void **state)
{
	unsigned long long captured, received, dropped;
	struct reader r = { .behind = true };
	struct world *w = pair();

	(void)state;
	start(w, &r, "-w - tcp");
	assert_int_equal(lab_program(world_node(w, "b"), "perf -s -1", NULL, NULL), 0);
	free(world_sh(w, "a", "perf -c 10.0.0.2 -n 8m"));
	assert_int_equal(r.out.len, 0);
	finish(w, &r);
	assert_int_equal(sscanf(strstr(r.err.s, "bytes\n") + 6, "%llu packets captured\n%llu "
				"packets received by filter\n%llu packets dropped by kernel\n",
				&captured, &received, &dropped), 3);
	assert_true(captured && dropped);
	assert_int_equal(captured + dropped, received);
	assert_in_range(r.out.len, 2 << 20, (2 << 20) + 262144 + 4096);
	reader_free(&r);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_tcpdumps),
		cmocka_unit_test(options_change_lines),
		cmocka_unit_test(bytes_below_a_line),
		cmocka_unit_test(devices_are_listed),
		cmocka_unit_test(expressions_choose),
		cmocka_unit_test(what_loops_back_is_seen_once),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(its_device_may_go_away),
		cmocka_unit_test(a_slow_reader_loses_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
