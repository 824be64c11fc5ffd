/* SPDX-License-Identifier: MIT */
/*
 * What runs out: ephemeral ports, held by TIME-WAIT (RFC 9293 3.6.1, RFC 6191); places for
 * TIME-WAITs; memory, at each allocation of a conversation in turn.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_mob.h"
#include "harness/tcp_net.h"
#include "transport/tcp/tcp_minisocks.h"
#include "wire/inet_addr.h"

#define PORTS 16
#define MIB(net, name) ((net)->mib[MIB_TcpExt##name])

static void few_ports(struct net *net)
{
	net->sysctl.ip_local_port_min = 40000;
	net->sysctl.ip_local_port_max = 40000 + PORTS - 1;
}

static void few_ports_reused(struct net *net)
{
	few_ports(net);
	net->sysctl.tcp_tw_reuse = 1;
}

static void few_timewaits(struct net *net)
{
	net->sysctl.tcp_max_tw_buckets = 5;
}

/* A short conversation of machine 0, which closes first. Return: 0 or connect()'s error. */
static int talk(struct tcp_two *w)
{
	struct tcp_transfer tr = { .up = 1000, .down = 1000, .limit_s = 100 };

	return tcp_two_transfer(w, &tr) < 0 ? tr.err : 0;
}

static void a_while(struct tcp_two *w, double s)
{
	tcp_two_run(w, w->now + (int64_t)(s * 1e9));
}

/* Each port waits for a minute; then they are free again. */
static void ports_run_out_for_a_minute(void **state)
{
	struct tcp_two w;

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){ .seed = 1, .setup = few_ports });
	for (int i = 0; i < PORTS; i++) {
		assert_int_equal(talk(&w), 0);
		a_while(&w, 1);
	}
	assert_int_equal(w.m[0].net->tcp->tw_count + w.m[1].net->tcp->tw_count, PORTS);
	assert_int_equal(talk(&w), -EADDRNOTAVAIL);
	a_while(&w, 61);
	assert_int_equal(w.m[0].net->tcp->tw_count, 0);
	assert_int_equal(talk(&w), 0);
	tcp_two_end(&w);
}

/* RFC 6191: with timestamps a connection that waits may begin anew, after a second. */
static void ports_are_reused_by_timestamp(void **state)
{
	struct tcp_two w;

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){ .seed = 1, .setup = few_ports_reused });
	for (int i = 0; i < 20 * PORTS; i++) {
		assert_int_equal(talk(&w), 0);
		a_while(&w, .1);
	}
	assert_in_range(w.m[0].net->tcp->tw_count, 1, PORTS);
	tcp_two_end(&w);
}

/* No place for it: the connection ends without, and nobody else's is ended for it. */
static void timewaits_above_their_limit(void **state)
{
	struct tcp_two w;

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){ .seed = 1, .setup = few_timewaits });
	for (int i = 0; i < 30; i++)
		assert_int_equal(talk(&w), 0);
	a_while(&w, 1);
	for (int i = 0; i < 2; i++)
		assert_in_range(w.m[i].net->tcp->tw_count, 0, 5);
	assert_true(MIB(w.m[0].net, TCPTimeWaitOverflow) + MIB(w.m[1].net, TCPTimeWaitOverflow) >=
		    20);
	a_while(&w, 61);
	assert_int_equal(w.m[0].net->tcp->tw_count, 0);
	tcp_two_end(&w);
}

/* More closes than there are places, within a small budget. */
static void a_thousand_timewaits(struct net *net)
{
	net->sysctl.tcp_max_tw_buckets = 1000;
}

static void closes_by_the_thousand(void **state)
{
	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){
		.mem_budget = 4u << 20, .setup = a_thousand_timewaits });

	(void)state;
	for (unsigned i = 0; i < MOB_CONNS - 1; i++) {
		struct mob_conn *c = mob_connect(m, NULL);

		assert_non_null(c);
		assert_int_equal(ln_close(m->ln, m->fd[i]), 0);
		tcp_mob_settle(m);
		mob_send(m, c, TCPHDR_ACK | TCPHDR_FIN, 0, NULL);
	}
	tcp_mob_check(m);
	assert_int_equal(m->net->tcp->tw_count, 1000);
	assert_int_equal(MIB(m->net, TCPTimeWaitOverflow), MOB_CONNS - 1 - 1000);
	tcp_mob_good(m, 20000, 1);
	tcp_mob_run(m, 61);
	assert_true(m->net->tcp->tw_count <= 1);
	tcp_mob_end(m);
}

/* ---- each allocation fails once ---- */

static void say(struct tcp_mob *m, struct mob_conn *c, u8 flags, u32 at, u32 len)
{
	struct mob_seg s = { .port = c->port, .seq = c->seq + at, .ack = c->ack, .len = len,
			     .win = 2000, .flags = flags };

	mob_send_raw(m, &s);
}

/* Through all states, as far as it gets: served, holes filled, data lost, SACKed, both closes. */
static void conversation(struct tcp_mob *m, bool active)
{
	struct mob_seg syn = { .win = 65535 };
	static const u8 bytes[20000];
	struct tcp_sack_block sacked;
	struct mob_conn *c;
	u8 buf[5000];
	int fd;

	mob_opt_mss(&syn, 1000);
	mob_opt(&syn, (u8[]){ TCPOPT_SACK_PERM, 2, TCPOPT_NOP, TCPOPT_NOP }, 4);
	c = mob_connect(m, &syn);
	tcp_mob_run(m, 8);		/* what did not go out goes again */
	fd = m->fds ? m->fd[0] : -1;
	if (!c || fd < 0)
		return;
	say(m, c, TCPHDR_ACK, 2000, 500);
	say(m, c, TCPHDR_ACK, 1000, 500);
	say(m, c, TCPHDR_ACK, 0, 1000);
	say(m, c, TCPHDR_ACK, 0, 1400);
	c->seq = c->una;
	ln_recv(m->ln, fd, buf, sizeof(buf), 0);
	ln_send(m->ln, fd, bytes, sizeof(bytes), 0);
	tcp_mob_settle(m);
	sacked = (struct tcp_sack_block){ c->ack - 3000, c->ack - 1500 };
	for (int i = 0; i < 4; i++) {
		struct mob_seg s = { .port = c->port, .seq = c->seq, .ack = c->ack - 5000,
				     .win = 2000, .flags = TCPHDR_ACK };

		mob_opt_sack(&s, &sacked, 1);
		mob_send_raw(m, &s);
	}
	tcp_mob_run(m, 3);
	tcp_mob_check(m);
	if (!active)
		say(m, c, TCPHDR_ACK | TCPHDR_FIN, 0, 0);
	c->seq += !active;
	ln_close(m->ln, fd);
	m->fd[0] = -1;
	for (int i = 0; i < 40; i++) {
		say(m, c, TCPHDR_ACK, 0, 0);
		tcp_mob_run(m, 1);
	}
	if (active)
		say(m, c, TCPHDR_ACK | TCPHDR_FIN, 0, 0);
	tcp_mob_check(m);
}

/* Whatever failed: nothing is lost, nothing stays, the oracle holds, and the next one is served. */
static void each_allocation_fails_once(void **state)
{
	unsigned nth = 0;
	bool failed = true;

	(void)state;
	while (failed) {
		nth++;
		failed = false;
		for (int active = 0; active < 2; active++) {
			struct tcp_mob *m = tcp_mob_new(NULL);

			ln_net_fail_alloc(m->ln, nth);
			conversation(m, active);
			failed |= !m->net->mem.fail_after;
			ln_net_fail_alloc(m->ln, 0);
			for (unsigned i = 0; i < m->fds; i++)
				if (m->fd[i] >= 0)
					ln_close(m->ln, m->fd[i]);
			tcp_mob_good(m, 5000, 5);
			tcp_mob_run(m, 2000);
			assert_int_equal(ln_close(m->ln, m->listener), 0);
			tcp_mob_check(m);
			tcp_oracle_check_empty(&m->oracle, m->net);
			tcp_mob_end(m);
		}
	}
	assert_true(nth > 50);
	print_message("%u allocations\n", nth - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_run_out_for_a_minute),
		cmocka_unit_test(ports_are_reused_by_timestamp),
		cmocka_unit_test(timewaits_above_their_limit),
		cmocka_unit_test(closes_by_the_thousand),
		cmocka_unit_test(each_allocation_fails_once),
	};

	return family_run_both(tests);
}
