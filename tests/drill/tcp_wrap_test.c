/* SPDX-License-Identifier: MIT */
/*
 * Numbers that go round within one connection: sequence numbers over more than 4 GiB, the 32-bit
 * clock of timestamps after 49.7 days, and what PAWS makes of 25 days of silence (RFC 7323 5).
 */
#include <errno.h>
#include <linnet/ctl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_mob.h"
#include "transport/tcp/tcp_af.h"
#include "wire/inet_addr.h"

#define GIB (1ull << 30)
#define PERIOD 65521u			/* of the bytes: prime */
#define CHUNK 65536u
#define LOOK_AT_EVERY 64		/* chunk; the others are dropped by MSG_TRUNC */
#define US INET_ADDR4(10, 9, 0, 1)
#define GOOD INET_ADDR4(10, 9, 0, 2)

static u64 how_much(void)
{
	const char *slow = getenv("LINNET_INSTRUMENTED");

	return slow && !strcmp(slow, "ON") ? GIB / 16 : 4 * GIB + GIB / 8;
}

struct stream {
	struct tcp_mob *m;
	int from, to;
	u8 bytes[PERIOD + CHUNK];
	u64 out, in;
};

static void cable_takes_long_ones(struct ln_net *ln, const char *dev)
{
	char cmd[64], out[256];

	snprintf(cmd, sizeof(cmd), "ethtool -K %s tso on", dev);
	assert_int_equal(ln_ctl(ln, cmd, out, sizeof(out), NULL), 0);
}

/* A connection whose first number is so far before 2^32. */
static void connect_near_wrap(struct stream *s, u32 before)
{
	struct inet6_key key = { .rcv_saddr = family_addr6(US), .daddr = family_addr6(GOOD) };
	struct sock_common c = { .num = 777, .dport = cpu_to_be16(9) };
	union family_sockaddr a;
	u32 len = family_sockaddr(family_is_ipv6, 0, 9, &a);
	struct tcp_mob *m = s->m;
	int l = ln_socket(m->good, a.family, LN_SOCK_STREAM, 0);
	u32 iss;

	assert_int_equal(ln_bind(m->good, l, &a, len), 0);
	assert_int_equal(ln_listen(m->good, l, 1), 0);
	s->from = ln_socket(m->ln, a.family, LN_SOCK_STREAM, 0);
	len = family_sockaddr(family_is_ipv6, 0, 777, &a);
	assert_int_equal(ln_bind(m->ln, s->from, &a, len), 0);
	/* The clock of RFC 6528 goes on by one in 64 ns. */
	c.net = m->net;
	c.v6 = family_is_ipv6;
	if (family_is_ipv6) {
		c.key6 = &key;
	} else {
		c.rcv_saddr = US;
		c.daddr = GOOD;
	}
	iss = tcp_init_seq(&c);
	tcp_mob_run(m, (double)(0u - before - iss) * 64e-9);
	len = family_sockaddr(family_is_ipv6, GOOD, 9, &a);
	assert_int_equal(ln_connect(m->ln, s->from, &a, len), -EINPROGRESS);
	tcp_mob_run(m, .1);
	s->to = ln_accept(m->good, l, NULL, NULL);
	assert_true(s->to >= 0);
	ln_close(m->good, l);
}

static bool send_some(struct stream *s, u64 n)
{
	ptrdiff_t r;

	if (s->out == n)
		return false;
	r = ln_send(s->m->ln, s->from, s->bytes + s->out % PERIOD, min(n - s->out, CHUNK), 0);
	assert_true(r > 0 || r == -EAGAIN);
	s->out += r > 0 ? (u64)r : 0;
	return r > 0;
}

static bool take_some(struct stream *s)
{
	static u8 buf[CHUNK];
	bool look = s->in / CHUNK % LOOK_AT_EVERY == 0;
	ptrdiff_t r = ln_recv(s->m->good, s->to, buf, sizeof(buf), look ? 0 : LN_MSG_TRUNC);

	assert_true(r > 0 || r == -EAGAIN);
	if (r > 0 && look)
		assert_memory_equal(buf, s->bytes + s->in % PERIOD, (size_t)r);
	s->in += r > 0 ? (u64)r : 0;
	return r > 0;
}

static void more_than_four_gib(void **state)
{
	struct stream *s = calloc(1, sizeof(*s));
	u64 n = how_much();

	(void)state;
	s->m = tcp_mob_new(NULL);
	for (u32 i = 0; i < sizeof(s->bytes); i++)
		s->bytes[i] = (u8)((i % PERIOD) * 31 + ((i % PERIOD) >> 8));
	cable_takes_long_ones(s->m->ln, "eth1");
	cable_takes_long_ones(s->m->good, "eth0");
	connect_near_wrap(s, 1000000);
	while (s->in < n) {
		bool moved = false;

		while (send_some(s, n))
			moved = true;
		tcp_mob_settle(s->m);
		while (take_some(s))
			moved = true;
		if (!moved)
			tcp_mob_run(s->m, .001);
	}
	assert_int_equal(s->in, n);
	tcp_mob_check(s->m);
	assert_int_equal(s->m->net->mib[MIB_TcpRetransSegs], 0);
	assert_int_equal(ln_close(s->m->ln, s->from), 0);
	assert_int_equal(ln_close(s->m->good, s->to), 0);
	tcp_mob_run(s->m, 1);
	tcp_mob_end(s->m);
	free(s);
}

/* ---- clocks ---- */

struct echo {
	struct mob_conn *c;
	u32 val, data;
};

static void remember(struct tcp_mob *m, struct mob_conn *c, const struct tcp_view *v, u32 len)
{
	struct echo *e = m->ctx;

	(void)v;
	e->val = c ? c->ts_val : e->val;
	e->data += len;
}

/* A segment of the mob with its own clock, and ours as it last heard it. */
static void say(struct tcp_mob *m, struct mob_conn *c, u32 len, u32 val)
{
	struct mob_seg s = { 0 };

	mob_opt_ts(&s, val, c->ts_val);
	mob_send(m, c, TCPHDR_ACK, len, &s);
}

static struct mob_conn *with_timestamps(struct tcp_mob *m, u32 val)
{
	struct mob_seg syn = { .win = 65535 };

	mob_opt_mss(&syn, 1460);
	mob_opt_ts(&syn, val, 0);
	return mob_connect(m, &syn);
}

/* Our clock passes 2^32 ms, the peer's passes 2^32 on its own: nobody notices. */
static void both_clocks_go_round(void **state)
{
	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){
		.start_ns = (0xffffffffll - 20000) * 1000000 });
	struct mob_conn *c = with_timestamps(m, 0xffffff00u);
	struct ln_tcp_info info;
	u32 len = sizeof(info);
	u8 buf[200];

	(void)state;
	assert_true(c->ts_val != 0);
	for (int i = 0; i < 400; i++) {
		assert_int_equal(ln_send(m->ln, m->fd[0], buf, 100, 0), 100);
		tcp_mob_run(m, .05);
		mob_send(m, c, TCPHDR_ACK, 100, NULL);
		assert_int_equal(ln_recv(m->ln, m->fd[0], buf, sizeof(buf), 0), 100);
		tcp_mob_run(m, .05);
	}
	tcp_mob_check(m);
	assert_int_equal(ln_getsockopt(m->ln, m->fd[0], LN_SOL_TCP, LN_TCP_INFO, &info, &len), 0);
	assert_in_range(info.tcpi_rtt, 40000, 60000);
	assert_int_equal(info.tcpi_total_retrans, 0);
	assert_int_equal(m->net->mib[MIB_TcpExtPAWSEstab], 0);
	tcp_mob_end(m);
}

/* RFC 7323 5.5: after 25 days the peer's clock may stand anywhere; after 23 it may not go back. */
static void days_of_silence(void **state)
{
	static const struct {
		double days;
		bool believed;
	} cases[] = { { 23, false }, { 25, true }, { 60, true } };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tcp_mob *m = tcp_mob_new(NULL);
		struct mob_conn *c = with_timestamps(m, 0x90000000u);
		struct echo e = { 0 };
		u8 buf[200];

		m->on_segment = remember;
		m->ctx = &e;
		say(m, c, 100, 0x90000001u);
		assert_int_equal(ln_recv(m->ln, m->fd[0], buf, sizeof(buf), 0), 100);
		tcp_mob_run(m, cases[i].days * 86400);
		say(m, c, 100, 0x80000000u);
		assert_int_equal(ln_recv(m->ln, m->fd[0], buf, sizeof(buf), 0),
				 cases[i].believed ? 100 : -EAGAIN);
		/* What we send says the time of today, and is believed by who heard the last. */
		assert_int_equal(ln_send(m->ln, m->fd[0], buf, 100, 0), 100);
		tcp_mob_run(m, .1);
		assert_int_equal(e.data, 100);
		tcp_mob_check(m);
		tcp_mob_end(m);
	}
}

/* RFC 7323 2.3: 14 is the most, and 65535 times 2^14 the largest window. */
static void the_largest_window(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_seg syn = { .win = 65535 };
	struct ln_tcp_info info;
	u32 len = sizeof(info);

	(void)state;
	mob_opt_mss(&syn, 1460);
	mob_opt(&syn, (u8[]){ TCPOPT_NOP, TCPOPT_WINDOW, 3, 255 }, 4);
	mob_connect(m, &syn);
	assert_int_equal(ln_getsockopt(m->ln, m->fd[0], LN_SOL_TCP, LN_TCP_INFO, &info, &len), 0);
	assert_int_equal(info.tcpi_snd_wscale, 14);
	assert_int_equal(info.tcpi_snd_wnd, 65535u << 14);
	tcp_mob_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_four_gib),
		cmocka_unit_test(both_clocks_go_round),
		cmocka_unit_test(days_of_silence),
		cmocka_unit_test(the_largest_window),
	};

	return family_run_both(tests);
}
