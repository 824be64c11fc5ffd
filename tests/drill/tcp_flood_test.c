/* SPDX-License-Identifier: MIT */
/*
 * Floods from outside (RFC 4987, 5961): SYNs by the million, guesses by the hundred thousand. What
 * they cost is bounded, and who means well gets through meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_mob.h"
#include "transport/tcp/tcp_minisocks.h"
#include "wire/inet_addr.h"

#define MIB(m, name) ((m)->net->mib[MIB_TcpExt##name])
#define SOME_KB (300u << 10)	/* a good client's buffers */
#define RING (256u * 2432)	/* the card's, which fills with buffers as frames come */

/* A sanitizer makes all of it slower: fewer of them show the same. */
static unsigned many(unsigned n)
{
	const char *slow = getenv("LINNET_INSTRUMENTED");

	return slow && !strcmp(slow, "ON") ? n / 20 : n;
}

static struct mob_seg syn_of_anybody(struct tcp_mob *m)
{
	struct mob_seg s = {
		.addr = INET_ADDR4(11, 0, 0, 0) + cpu_to_be32(prng_below(&m->prng, 1 << 24)),
		.port = (u16)(1 + prng_below(&m->prng, 65535)), .seq = prng_u32(&m->prng),
		.flags = TCPHDR_SYN, .win = 65535,
	};

	mob_opt_mss(&s, 1460);
	return s;
}

/* Two million in two seconds, each answered by a cookie once the queue is full. */
static void millions_of_syns(void **state)
{
	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){ .mem_budget = 8u << 20 });
	unsigned n = many(2000000);
	size_t before;

	(void)state;
	tcp_mob_good(m, 20000, 1);
	before = m->net->mem.used;
	for (unsigned i = 1; i <= n; i++) {
		struct mob_seg s = syn_of_anybody(m);

		mob_send_raw(m, &s);
		if (i % 1000 == 0)
			tcp_mob_run(m, .001);
		if (i % (n / 8) == 0)
			tcp_mob_good(m, 20000, 1);
	}
	assert_true(MIB(m, TCPReqQFullDoCookies) > n / 2);
	assert_true(m->peak < before + SOME_KB + RING);
	assert_int_equal(m->fds, 0);
	/* The requests of the queue are given up; nothing else was ever kept. */
	tcp_mob_run(m, 200);
	assert_int_equal(m->net->tcp->request_slab.live, 0);
	tcp_mob_end(m);
}

/* ACKs that claim to answer a cookie: none is right. */
static void guessed_cookies(void **state)
{
	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){ .backlog = 1 });
	unsigned n = many(300000);

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct mob_seg s = syn_of_anybody(m);

		mob_send_raw(m, &s);
	}
	for (unsigned i = 0; i < n; i++) {
		struct mob_seg s = syn_of_anybody(m);

		s.flags = TCPHDR_ACK;
		s.ack = prng_u32(&m->prng);
		mob_send_raw(m, &s);
	}
	tcp_mob_settle(m);
	assert_int_equal(m->fds, 0);
	assert_int_equal(MIB(m, SyncookiesRecv), 0);
	assert_int_equal(MIB(m, SyncookiesFailed), n);
	tcp_mob_good(m, 20000, 1);
	tcp_mob_end(m);
}

/* ---- guesses about a connection that is there ---- */

struct answers {
	unsigned acks, others;
};

static void count_answers(struct tcp_mob *m, struct mob_conn *c, const struct tcp_view *v, u32 len)
{
	struct answers *a = m->ctx;

	(void)c;
	if (v->flags == TCPHDR_ACK && !len)
		a->acks++;
	else
		a->others++;
}

static void storm(struct tcp_mob *m, struct mob_conn *c, unsigned n, const u8 *flags,
		  unsigned kinds, u32 span)
{
	for (unsigned i = 0; i < n; i++) {
		struct mob_seg s = {
			.port = c->port, .flags = flags[prng_below(&m->prng, kinds)],
			.seq = c->seq + (span ? 1 + prng_below(&m->prng, span) :
						prng_u32(&m->prng)),
			.ack = prng_u32(&m->prng), .win = (u16)prng_below(&m->prng, 65536),
		};

		if (s.seq == c->seq)
			continue;	/* that one is right: 1 in 2^32 */
		mob_send_raw(m, &s);
		if (i % 1000 == 0)
			tcp_mob_run(m, .001);
	}
}

/*
 * RFC 5961 3.2, 4.2, 5.2, 7: by chance in the window or not, none but the exact RST ends it, no SYN
 * begins anew, and the answers are few: one in half a second.
 */
static void blind_resets(void **state)
{
	static const u8 flags[] = { TCPHDR_RST, TCPHDR_RST | TCPHDR_ACK, TCPHDR_SYN,
				    TCPHDR_SYN | TCPHDR_ACK, TCPHDR_ACK };
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_conn *c = mob_connect(m, NULL);
	unsigned n = many(100000);
	struct answers a = { 0 };
	s64 began = m->now;
	u8 buf[200];

	(void)state;
	m->on_segment = count_answers;
	m->ctx = &a;
	storm(m, c, n, flags, ARRAY_SIZE(flags), 0);
	storm(m, c, n, flags, ARRAY_SIZE(flags), 60000);
	assert_in_range(a.acks, 1, (m->now - began) / 500000000 + 1);
	assert_int_equal(a.others, 0);
	assert_false(c->rst);
	assert_true(MIB(m, TCPACKSkippedChallenge) > n / 4);
	/* It still works, both ways. */
	mob_send(m, c, TCPHDR_ACK | TCPHDR_PSH, 100, NULL);
	assert_int_equal(ln_recv(m->ln, m->fd[0], buf, sizeof(buf), 0), 100);
	assert_int_equal(ln_send(m->ln, m->fd[0], buf, 100, 0), 100);
	tcp_mob_settle(m);
	assert_int_equal(a.others, 1);
	tcp_mob_good(m, 20000, 1);
	tcp_mob_end(m);
}

/* RFC 5961 5.2: data by guess needs a plausible ACK too. */
static void blind_data(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_conn *c = mob_connect(m, NULL);
	unsigned n = many(100000);
	u8 buf[200];

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		struct mob_seg s = {
			.port = c->port, .flags = TCPHDR_ACK, .len = 1,
			/* The number that is awaited, too. */
			.seq = c->seq + (i & 1) * (1 + prng_below(&m->prng, 60000)),
			.ack = c->ack + 1 + prng_below(&m->prng, UINT32_MAX - 1), .win = 1000,
		};

		mob_send_raw(m, &s);
	}
	/* Not one has an ACK of what was sent, nor one from the last window. */
	assert_int_equal(m->net->sock->memory, 0);
	mob_send(m, c, TCPHDR_ACK | TCPHDR_PSH, 100, NULL);
	assert_int_equal(ln_recv(m->ln, m->fd[0], buf, sizeof(buf), 0), 100);
	for (u8 i = 0; i < 100; i++)
		assert_int_equal(buf[i], (u8)(1001 + i));
	tcp_mob_end(m);
}

static void a_hundred_challenges(struct net *net)
{
	net->sysctl.tcp_challenge_ack_limit = 100;
}

/*
 * RFC 5961 7, over all connections: between half and one and a half of tcp_challenge_ack_limit in a
 * second, drawn anew each time, so that nobody can count others' by his own (CVE-2016-5696).
 */
static void challenges_of_all_are_limited(void **state)
{
	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){
		.setup = a_hundred_challenges, .backlog = 1000 });
	unsigned seen[8], different = 0;
	struct answers a;

	(void)state;
	for (int i = 0; i < 400; i++)
		mob_connect(m, NULL);
	m->on_segment = count_answers;
	m->ctx = &a;
	for (int second = 0; second < 8; second++) {
		tcp_mob_run(m, 1);
		a = (struct answers){ 0 };
		for (unsigned i = 0; i < m->conns; i++) {
			struct mob_seg s = { .port = m->conn[i].port, .flags = TCPHDR_SYN,
					     .seq = m->conn[i].seq };

			mob_send_raw(m, &s);
		}
		seen[second] = a.acks;
		assert_in_range(a.acks, 50, 150);
		different += second && seen[second] != seen[second - 1];
	}
	assert_true(different >= 4);
	tcp_mob_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(millions_of_syns),
		cmocka_unit_test(guessed_cookies),
		cmocka_unit_test(blind_resets),
		cmocka_unit_test(blind_data),
		cmocka_unit_test(challenges_of_all_are_limited),
	};

	return family_run_both(tests);
}
