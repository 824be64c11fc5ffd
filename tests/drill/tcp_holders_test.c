/* SPDX-License-Identifier: MIT */
/*
 * Peers who hold on: windows that never open (sockstress), readers of a byte at a time, requests
 * that never end (slowloris), FINs that never come. What they hold is little, and it ends.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_mob.h"

#define MIB(m, name) ((m)->net->mib[MIB_TcpExt##name])
#define HOLDERS 500

static struct tcp_mob *mob(void (*setup)(struct net *net), size_t budget)
{
	return tcp_mob_new(&(struct tcp_mob_params){ .setup = setup, .backlog = 1000,
						     .mem_budget = budget });
}

/* Each gets n bytes to send, as far as they are taken, and is closed or not. */
static void serve_all(struct tcp_mob *m, size_t n, bool close)
{
	static const u8 zeros[65536];

	for (unsigned i = 0; i < m->fds; i++) {
		ptrdiff_t r = n ? ln_send(m->ln, m->fd[i], zeros, n, 0) : 0;

		assert_true(r >= 0 || r == -EAGAIN);
		if (close)
			assert_int_equal(ln_close(m->ln, m->fd[i]), 0);
	}
	tcp_mob_settle(m);
}

/* Alive, but with a window of nothing: whatever it is asked. */
static void answer_closed(struct tcp_mob *m, struct mob_conn *c, const struct tcp_view *v, u32 len)
{
	(void)len;
	if (c && !(v->flags & (TCPHDR_RST | TCPHDR_SYN)))
		mob_send(m, c, TCPHDR_ACK, 0, NULL);
}

static void connect_many(struct tcp_mob *m, unsigned n)
{
	struct mob_seg syn = { 0 };

	mob_opt_mss(&syn, 1460);
	for (unsigned i = 0; i < n; i++)
		assert_non_null(mob_connect(m, &syn));
	assert_int_equal(m->fds, n);
}

/* The user is gone: probes are answered for ever, but orphans have tcp_orphan_retries. */
static void closed_windows_of_orphans(void **state)
{
	struct tcp_mob *m = mob(NULL, 0);

	(void)state;
	m->win = 0;
	connect_many(m, HOLDERS);
	m->on_segment = answer_closed;
	serve_all(m, 10000, true);
	tcp_mob_check(m);
	assert_int_equal(m->net->sock->orphans, HOLDERS);
	tcp_mob_good(m, 100000, 2);
	tcp_mob_run(m, 600);
	assert_int_equal(m->net->sock->orphans, 0);
	assert_int_equal(m->net->sock->memory, 0);
	assert_int_equal(MIB(m, TCPAbortOnTimeout), HOLDERS);
	tcp_mob_end(m);
}

static void few_orphans(struct net *net)
{
	net->sysctl.tcp_max_orphans = 100;
}

/* No more than tcp_max_orphans at any time: those above are reset at once. */
static void orphans_above_the_limit(void **state)
{
	struct tcp_mob *m = mob(few_orphans, 0);
	unsigned reset = 0;

	(void)state;
	m->win = 0;
	connect_many(m, HOLDERS);
	m->on_segment = answer_closed;
	serve_all(m, 10000, true);
	assert_true(m->net->sock->orphans <= 101);
	for (unsigned i = 0; i < m->conns; i++)
		reset += m->conn[i].rst;
	assert_true(reset >= HOLDERS - 101);
	assert_true(MIB(m, TCPAbortOnMemory) >= HOLDERS - 101);
	tcp_mob_good(m, 100000, 2);
	tcp_mob_run(m, 600);
	assert_int_equal(m->net->sock->orphans, 0);
	tcp_mob_end(m);
}

/* While their users want them, they may be held, at the price of a send buffer each and no more;
 * TCP_USER_TIMEOUT is the user's means. */
static void closed_windows_of_users(void **state)
{
	struct tcp_mob *m = mob(NULL, 24u << 20);
	int timeout = 30000;

	(void)state;
	m->win = 0;
	connect_many(m, HOLDERS);
	m->on_segment = answer_closed;
	for (unsigned i = 0; i < HOLDERS / 2; i++)
		assert_int_equal(ln_setsockopt(m->ln, m->fd[i], LN_SOL_TCP, LN_TCP_USER_TIMEOUT,
					       &timeout, sizeof(timeout)), 0);
	serve_all(m, 65536, false);
	tcp_mob_run(m, 300);
	tcp_mob_check(m);
	assert_true(m->net->sock->memory <= HOLDERS / 2 * 100000u);
	for (unsigned i = 0; i < HOLDERS; i++) {
		struct ln_tcp_info info;
		u32 len = sizeof(info);

		ln_getsockopt(m->ln, m->fd[i], LN_SOL_TCP, LN_TCP_INFO, &info, &len);
		assert_int_equal(info.tcpi_state, i < HOLDERS / 2 ? TCP_CLOSE : TCP_ESTABLISHED);
	}
	tcp_mob_good(m, 100000, 2);
	tcp_mob_end(m);
}

/* A window that opens by a byte: segments of a byte do not follow (RFC 9293 3.8.6.2.1). */
static void windows_of_a_byte(void **state)
{
	struct tcp_mob *m = mob(NULL, 0);
	struct mob_conn *c;
	u32 before;

	(void)state;
	m->win = 4000;
	connect_many(m, 1);
	c = &m->conn[0];
	serve_all(m, 60000, false);
	m->win = 0;
	mob_send(m, c, TCPHDR_ACK, 0, NULL);
	before = c->segs;
	for (u16 i = 1; i < 1000; i++) {
		m->win = (u16)(i % 2);
		mob_send(m, c, TCPHDR_ACK, 0, NULL);
		tcp_mob_run(m, .001);
	}
	/* A second: the override timeout may have let a few out. */
	assert_in_range(c->segs - before, 0, 5);
	tcp_mob_check(m);
	tcp_mob_end(m);
}

/* Headers a byte at a time, of many: each holds little, and others are served. */
static void slow_requests(void **state)
{
	struct tcp_mob *m = mob(NULL, 16u << 20);
	size_t before;
	u8 buf[100];

	(void)state;
	tcp_mob_good(m, 100000, 2);
	before = m->net->mem.used;
	connect_many(m, HOLDERS);
	for (int i = 0; i < 20; i++) {
		for (unsigned k = 0; k < HOLDERS; k++) {
			mob_send(m, &m->conn[k], TCPHDR_ACK | TCPHDR_PSH, 1, NULL);
			assert_int_equal(ln_recv(m->ln, m->fd[k], buf, sizeof(buf), 0), 1);
		}
		tcp_mob_run(m, 10);
	}
	/* At rest between two bytes: less than a kilobyte each. */
	assert_true(m->net->mem.used < before + HOLDERS * 1024);
	tcp_mob_good(m, 100000, 2);
	tcp_mob_end(m);
}

/*
 * Users who do not read are sent as much as they will hold, more than there is memory for. It stops
 * before the last of it: the cards have buffers, what comes is heard, and when users who have gone
 * give theirs back all goes on. (Without that it would be deaf to the ACKs that free memory.)
 */
static void everybody_fills_his_buffer(void **state)
{
	u64 heard;

	struct tcp_mob *m = mob(NULL, 6u << 20);
	struct mob_seg raw = { .flags = TCPHDR_ACK, .len = 1000, .win = 1000 };

	(void)state;
	connect_many(m, 200);
	for (unsigned k = 0; k < 200; k++) {
		struct mob_conn *c = &m->conn[k];

		for (int i = 0; i < 70; i++) {
			raw.port = c->port;
			raw.seq = c->seq;
			raw.ack = c->ack;
			mob_send_raw(m, &raw);
			c->seq = c->una;	/* goes on where the machine is */
		}
		if (k % 20 == 0)
			tcp_mob_check(m);
	}
	assert_true(m->net->mem.used <= 6u << 20);
	assert_true(m->net->sock->memory > 3u << 20);
	assert_true(m->net->mem.used < (6u << 20) - (6u << 20) / 128);
	heard = m->net->mib[MIB_TcpInSegs];
	for (unsigned k = 0; k < 200; k++)
		mob_send(m, &m->conn[k], TCPHDR_ACK, 0, NULL);
	assert_int_equal(m->net->mib[MIB_TcpInSegs], heard + 200);
	for (unsigned k = 0; k < 10; k++)
		assert_int_equal(ln_close(m->ln, m->fd[k]), 0);
	tcp_mob_good(m, 20000, 10);
	tcp_mob_end(m);
}

/* FINs that never come: FIN-WAIT-2 is a small object for tcp_fin_timeout; FINs that are never
 * acknowledged: LAST-ACK has its retries. */
static void closes_that_never_end(void **state)
{
	struct tcp_mob *m = mob(NULL, 0);

	(void)state;
	connect_many(m, HOLDERS);
	for (unsigned k = HOLDERS / 2; k < HOLDERS; k++)
		mob_send(m, &m->conn[k], TCPHDR_FIN | TCPHDR_ACK, 0, NULL);
	serve_all(m, 0, true);
	for (unsigned k = 0; k < HOLDERS / 2; k++)
		mob_send(m, &m->conn[k], TCPHDR_ACK, 0, NULL);
	tcp_mob_check(m);
	assert_int_equal(m->net->tcp->tw_count, HOLDERS / 2);
	assert_int_equal(m->net->sock->orphans, HOLDERS / 2);
	tcp_mob_good(m, 100000, 2);
	tcp_mob_run(m, 61);
	assert_true(m->net->tcp->tw_count <= 1);	/* that of the good one */
	tcp_mob_run(m, 200);
	assert_int_equal(m->net->sock->orphans, 0);
	assert_int_equal(m->net->tcp->hash.ehash.count, 0);
	tcp_mob_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_windows_of_orphans),
		cmocka_unit_test(orphans_above_the_limit),
		cmocka_unit_test(closed_windows_of_users),
		cmocka_unit_test(windows_of_a_byte),
		cmocka_unit_test(slow_requests),
		cmocka_unit_test(everybody_fills_his_buffer),
		cmocka_unit_test(closes_that_never_end),
	};

	return family_run_both(tests);
}
