/* SPDX-License-Identifier: MIT */
/*
 * Conversations with a connection that is at rest (transport/tcp/tcp_rest.h), each held twice:
 * with resting as it is by default, and with none. The script is the same, and in the end so are
 * TCP_INFO and every counter of the instance.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/tcp/tcp.h"

#define TS "mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7"

struct talk {
	struct tcp_peer *t;
	int fd;
	bool may_rest;
};

/* What is lost at the tail is left to the RTO. */
static void rest(struct net *net)
{
	net->sysctl.tcp_early_retrans = 0;
}

static void no_rest(struct net *net)
{
	rest(net);
	net->sysctl.tcp_rest_ms = 0;
}

/* Seconds without a word, of which it rests the last ones. */
static void quiet(struct talk *k, double seconds)
{
	tcp_quiet(k->t, seconds);
	assert_int_equal(net_of(tcp_peer_net(k->t))->tcp->rest.count, k->may_rest);
}

struct result {
	struct ln_tcp_info info;
	u64 mib[MIB_MAX], drops[SKB_DROP_REASON_MAX];
};

static void hold(const char *options, void (*conversation)(struct talk *k), bool may_rest,
		 struct result *r)
{
	struct tcp_peer_params params = { .setup = may_rest ? rest : no_rest };
	struct talk k = { .t = tcp_peer_new(&params), .may_rest = may_rest };
	struct net *net = net_of(tcp_peer_net(k.t));

	k.fd = tcp_established(k.t, options, 60000, .01);
	conversation(&k);
	memset(r, 0, sizeof(*r));
	r->info = tcp_info_of(k.t, k.fd);
	memcpy(r->mib, net->mib, sizeof(r->mib));
	memcpy(r->drops, net->drops, sizeof(r->drops));
	tcp_peer_end(k.t);
}

static void both(const char *options, void (*conversation)(struct talk *k))
{
	struct result without, with;

	hold(options, conversation, false, &without);
	hold(options, conversation, true, &with);
	assert_memory_equal(&with, &without, sizeof(with));
}

/* ---- data ---- */

static void data_comes(struct talk *k)
{
	quiet(k, 5);
	tcp_script(k->t,
		   "+0 < P. 1:11(10) ack 1 win 1000 <nop,nop,TS val 5100 ecr 100>\n"
		   "+0~+.05 > . 1:1(0) ack 11 <nop,nop,TS val * ecr 5100>\n");
	assert_int_equal(tcp_read(k->t, k->fd, 100), 10);
	quiet(k, 3);
	/* Out of order, and the hole is filled. */
	tcp_script(k->t,
		   "+0 < P. 21:31(10) ack 1 win 1000 <nop,nop,TS val 8200 ecr 100>\n"
		   "+0 > . 1:1(0) ack 11 <nop,nop,TS val * ecr 5100,nop,nop,sack 21:31>\n"
		   "+.1 < P. 11:21(10) ack 1 win 1000 <nop,nop,TS val 8300 ecr 100>\n"
		   "+0 > . 1:1(0) ack 31 <nop,nop,TS val * ecr 8300>\n");
	assert_int_equal(tcp_read(k->t, k->fd, 100), 20);
	quiet(k, 3);
}

static void test_data_comes(void **state)
{
	(void)state;
	both(TS, data_comes);
}

static void data_goes(struct talk *k)
{
	char line[64];
	unsigned n;

	quiet(k, 5);
	assert_int_equal(tcp_write(k->t, k->fd, 3000, 0), 3000);
	tcp_script(k->t,
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 > P. 1001:2001(1000) ack 1\n"
		   "+0 > P. 2001:3001(1000) ack 1\n"
		   "+.03 < . 1:1(0) ack 3001 win 60000\n");
	quiet(k, 3);
	/* The window of before, the RTT of before: what is lost goes again after the RTO. */
	assert_int_equal(tcp_write(k->t, k->fd, 10, 0), 10);
	tcp_script(k->t,
		   "+0 > P. 3001:3011(10) ack 1\n"
		   "+.2~+.26 > P. 3001:3011(10) ack 1\n"
		   "+.03 < . 1:1(0) ack 3011 win 60000\n");
	quiet(k, 3);
	/* Slow start goes on where it was, after idling (RFC 5681 4.1). */
	assert_int_equal(tcp_write(k->t, k->fd, 20000, 0), 20000);
	n = tcp_skip(k->t, 0);
	assert_int_equal(n, tcp_info_of(k->t, k->fd).tcpi_snd_cwnd);
	snprintf(line, sizeof(line), "+.03 < . 1:1(0) ack %u win 60000\n", 3011 + n * 1000);
	tcp_script(k->t, line);
	assert_int_equal(tcp_skip(k->t, .1), 2 * n);
}

static void test_data_goes(void **state)
{
	(void)state;
	both("mss 1000", data_goes);
	both("mss 1000,sackOK,nop,nop", data_goes);
}

/* Its window is shut and opened while it rests; a probe of a closed one keeps it awake. */
static void window_changes(struct talk *k)
{
	quiet(k, 3);
	tcp_script(k->t, "+0 < . 1:1(0) ack 1 win 0\n");
	quiet(k, 3);
	assert_int_equal(tcp_info_of(k->t, k->fd).tcpi_snd_wnd, 0);
	quiet(k, 3);
	tcp_script(k->t, "+0 < . 1:1(0) ack 1 win 500\n");
	quiet(k, 3);
	assert_int_equal(tcp_write(k->t, k->fd, 400, 0), 400);
	tcp_script(k->t,
		   "+0 > P. 1:401(400) ack 1\n"
		   "+.01 < . 1:1(0) ack 401 win 0\n");
	quiet(k, 3);
	assert_int_equal(tcp_write(k->t, k->fd, 100, 0), 100);
	assert_int_equal(tcp_skip(k->t, .1), 0);
	assert_true(tcp_skip(k->t, 5) >= 2);
	assert_int_equal(net_of(tcp_peer_net(k->t))->tcp->rest.count, 0);
	tcp_script(k->t,
		   "+0 < . 1:1(0) ack 401 win 5000\n"
		   "+0 > P. 401:501(100) ack 1\n"
		   "+.01 < . 1:1(0) ack 501 win 5000\n");
	quiet(k, 3);
}

static void test_window_changes(void **state)
{
	(void)state;
	both("mss 1460", window_changes);
}

/* ---- the end ---- */

static void reset_comes(struct talk *k)
{
	quiet(k, 5);
	tcp_script(k->t,
		   "+0 < R 100:100(0) win 0\n"		/* in the window, not exact */
		   "+0 > . 1:1(0) ack 1\n");
	quiet(k, 5);
	tcp_script(k->t, "+0 < R 70000:70000(0) win 0\n");	/* outside: silence */
	quiet(k, 5);
	tcp_script(k->t, "+0 < R 1:1(0) win 0\n");
	assert_int_equal(tcp_read(k->t, k->fd, 1), -ECONNRESET);
}

static void test_reset_comes(void **state)
{
	(void)state;
	both("mss 1460", reset_comes);
}

static void fin_comes(struct talk *k)
{
	quiet(k, 5);
	tcp_script(k->t,
		   "+0 < F. 1:1(0) ack 1 win 1000\n"
		   "+0~+.05 > . 1:1(0) ack 2\n");
	assert_int_equal(tcp_read(k->t, k->fd, 1), 0);
	assert_int_equal(ln_shutdown(tcp_peer_net(k->t), k->fd, LN_SHUT_WR), 0);
	tcp_script(k->t,
		   "+0 > F. 1:1(0) ack 2\n"
		   "+0 < . 2:2(0) ack 2 win 1000\n");
}

static void test_fin_comes(void **state)
{
	(void)state;
	both("mss 1460", fin_comes);
}

static void shutdown_goes(struct talk *k)
{
	quiet(k, 5);
	assert_int_equal(ln_shutdown(tcp_peer_net(k->t), k->fd, LN_SHUT_WR), 0);
	tcp_script(k->t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+0 < . 1:1(0) ack 2 win 1000\n"
		   "+.1 < P. 1:11(10) ack 2 win 1000\n"
		   "+0~+.05 > . 2:2(0) ack 11\n");
	assert_int_equal(tcp_read(k->t, k->fd, 100), 10);
}

static void test_shutdown_goes(void **state)
{
	(void)state;
	both("mss 1460", shutdown_goes);
}

/* ---- what should not come ---- */

static void wrong_numbers_come(struct talk *k)
{
	quiet(k, 2.5);
	tcp_script(k->t,
		   "+0 < . 90000:90000(0) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1\n"
		   "+.1 < . 90000:90000(0) ack 1 win 1000\n");	/* within 500 ms: not again */
	quiet(k, 2.5);
	tcp_script(k->t,
		   "+0 < S 1:1(0) win 1000 <mss 1460>\n"
		   "+0 > . 1:1(0) ack 1\n");
	quiet(k, 2.5);
	tcp_script(k->t,
		   "+0 < P. 1:11(10) ack 5000 win 1000\n"		/* of what was not sent */
		   "+0 > . 1:1(0) ack 1\n");
	quiet(k, 2.5);
	tcp_script(k->t, "+0 icmp 1 mtu 0 seq 1\n");	/* no route: a soft error */
	quiet(k, 2.5);
}

static void test_wrong_numbers_come(void **state)
{
	(void)state;
	both("mss 1460", wrong_numbers_come);
}

static void old_timestamps_come(struct talk *k)
{
	tcp_script(k->t,
		   "+.1 < P. 1:11(10) ack 1 win 1000 <nop,nop,TS val 200 ecr 100>\n"
		   "+0~+.05 > . 1:1(0) ack 11 <...>\n");
	assert_int_equal(tcp_read(k->t, k->fd, 100), 10);
	quiet(k, 5);
	tcp_script(k->t,
		   "+0 < P. 11:21(10) ack 1 win 1000 <nop,nop,TS val 90 ecr 100>\n"
		   "+0 > . 1:1(0) ack 11 <nop,nop,TS val * ecr 200>\n");
	quiet(k, 25. * 86400);
	/* After 24 days any clock will do (RFC 7323 5.5). */
	tcp_script(k->t,
		   "+0 < P. 11:21(10) ack 1 win 1000 <nop,nop,TS val 90 ecr 100>\n"
		   "+0~+.05 > . 1:1(0) ack 21 <nop,nop,TS val * ecr 90>\n");
	assert_int_equal(tcp_read(k->t, k->fd, 100), 10);
}

static void test_old_timestamps_come(void **state)
{
	(void)state;
	both(TS, old_timestamps_come);
}

/* ---- keepalive ---- */

static void keepalive_is_due(struct talk *k)
{
	tcp_opt(k->t, k->fd, LN_SOL_TCP, LN_TCP_KEEPIDLE, 20);
	tcp_opt(k->t, k->fd, LN_SOL_TCP, LN_TCP_KEEPINTVL, 10);
	tcp_opt(k->t, k->fd, LN_SOL_TCP, LN_TCP_KEEPCNT, 2);
	tcp_opt(k->t, k->fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, 1);
	quiet(k, 19);
	tcp_script(k->t, "+1 > . 0:0(0) ack 1\n");
	tcp_script(k->t, "+.01 < . 1:1(0) ack 1 win 1000\n");
	quiet(k, 19);
	/* 20 s after the answer; then two that nobody answers. */
	tcp_script(k->t,
		   "+1 > . 0:0(0) ack 1\n"
		   "+10 > . 0:0(0) ack 1\n"
		   "+10 > R. 1:1(0) ack 1\n");
	assert_int_equal(tcp_so_error(k->t, k->fd), ETIMEDOUT);
}

static void test_keepalive_is_due(void **state)
{
	(void)state;
	both("mss 1460", keepalive_is_due);
}

/* The peer's keepalive is answered. */
static void keepalive_comes(struct talk *k)
{
	for (int i = 0; i < 3; i++) {
		quiet(k, 60);
		tcp_script(k->t,
			   "+0 < . 0:0(0) ack 1 win 1000\n"
			   "+0 > . 1:1(0) ack 1\n");
	}
}

static void test_keepalive_comes(void **state)
{
	(void)state;
	both("mss 1460", keepalive_comes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_comes), cmocka_unit_test(test_data_goes),
		cmocka_unit_test(test_window_changes), cmocka_unit_test(test_reset_comes),
		cmocka_unit_test(test_fin_comes), cmocka_unit_test(test_shutdown_goes),
		cmocka_unit_test(test_wrong_numbers_come),
		cmocka_unit_test(test_old_timestamps_come),
		cmocka_unit_test(test_keepalive_is_due), cmocka_unit_test(test_keepalive_comes),
	};

	return family_run_both(tests);
}
