/* SPDX-License-Identifier: MIT */
/*
 * Data in flow: segments and PSH, Nagle and cork, delayed ACKs, urgent data; rows T2, T6, PI-15,
 * PI-16; RFC 9293 3.7, RFC 1122 4.2.3.2 to .4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"

#define MIB(t, name) (net_of(tcp_peer_net(t))->mib[MIB_TcpExt##name])

static void cut_at_mss(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	assert_int_equal(tcp_write(t, fd, 2500, 0), 2500);
	tcp_script(t,
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 > P. 1001:2001(1000) ack 1\n"
		   "+0 > P. 2001:2501(500) ack 1\n"
		   "+.01 < . 1:1(0) ack 2501 win 60000\n");
	tcp_peer_end(t);
}

static void initial_window_is_ten(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	assert_int_equal(tcp_write(t, fd, 15000, 0), 15000);
	for (int i = 0; i < 10; i++) {
		char line[64];

		/* They leave in pairs, each pushed (GSO). */
		snprintf(line, sizeof(line), "+0 > %s %d:%d(1000) ack 1\n", i & 1 ? "P." : ".",
			 i * 1000 + 1, i * 1000 + 1001);
		tcp_script(t, line);
	}
	tcp_quiet(t, .005);
	/* Slow start: two segments for each one acknowledged. */
	tcp_script(t,
		   "+0 < . 1:1(0) ack 1001 win 60000\n"
		   "+0 > . 10001:11001(1000) ack 1\n"
		   "+0 > P. 11001:12001(1000) ack 1\n"
		   "+0 < . 1:1(0) ack 3001 win 60000\n"
		   "+0 > . 12001:13001(1000) ack 1\n"
		   "+0 > . 13001:14001(1000) ack 1\n"
		   "+0 > P. 14001:15001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_cwnd, 13);
	tcp_peer_end(t);
}

static void nagle_holds_a_second_small_segment(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	tcp_write(t, fd, 10, 0);
	tcp_write(t, fd, 20, 0);
	tcp_write(t, fd, 30, 0);
	tcp_script(t,
		   "+0 > P. 1:11(10) ack 1\n"
		   "+.1 < . 1:1(0) ack 11 win 60000\n"
		   "+0 > P. 11:61(50) ack 1\n");
	/* A full segment goes, its rest too: no small one is in flight before it (Minshall). */
	tcp_script(t, "+.01 < . 1:1(0) ack 61 win 60000\n");
	tcp_write(t, fd, 1500, 0);
	tcp_script(t,
		   "+0 > . 61:1061(1000) ack 1\n"
		   "+0 > P. 1061:1561(500) ack 1\n");
	tcp_peer_end(t);
}

static void nodelay_sends_at_once(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	tcp_write(t, fd, 10, 0);
	tcp_write(t, fd, 20, 0);
	tcp_script(t, "+0 > P. 1:11(10) ack 1\n");
	tcp_quiet(t, .01);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_NODELAY, 1);	/* sets free what is held */
	tcp_script(t, "+0 > P. 11:31(20) ack 1\n");
	tcp_write(t, fd, 30, 0);
	tcp_script(t, "+0 > P. 31:61(30) ack 1\n");
	tcp_peer_end(t);
}

/* PI-15 */
static void cork_fills_segments(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_CORK, 1);
	for (int i = 0; i < 5; i++)
		tcp_write(t, fd, 300, 0);
	tcp_script(t, "+0 > . 1:1001(1000) ack 1\n");
	tcp_quiet(t, .1);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_CORK, 0);
	tcp_script(t, "+0 > P. 1001:1501(500) ack 1\n");
	tcp_peer_end(t);
}

static void msg_more_waits_for_the_rest(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	/* An odd number first: the checksums of the two copies join with their bytes swapped. */
	tcp_write(t, fd, 101, LN_MSG_MORE);
	tcp_quiet(t, .1);
	tcp_write(t, fd, 200, 0);
	tcp_script(t, "+0 > P. 1:302(301) ack 1\n");
	tcp_peer_end(t);
}

/* A corked socket does not wait for more than the peer's window can take. */
static void small_window_makes_small_segments(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_CORK, 1);
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > . 1:501(500) ack 1\n"
		   "+0 > P. 501:1001(500) ack 1\n");
	tcp_peer_end(t);
}

static void acks_are_quick_at_first_then_every_second(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);
	char line[96];

	(void)state;
	for (int i = 0; i < 16; i++) {
		snprintf(line, sizeof(line),
			 "+.001 < . %d:%d(1460) ack 1 win 60000\n+0 > . 1:1(0) ack %d\n",
			 i * 1460 + 1, i * 1460 + 1461, i * 1460 + 1461);
		tcp_script(t, line);
	}
	assert_int_equal(tcp_read(t, fd, 100000), 16 * 1460);
	tcp_skip(t, .5);
	/* By now two segments share one ACK, or it comes after at most 200 ms. */
	for (int i = 16; i < 60; i++) {
		snprintf(line, sizeof(line), "+.001 < . %d:%d(1460) ack 1 win 60000\n",
			 i * 1460 + 1, i * 1460 + 1461);
		tcp_skip(t, 0);
		tcp_script(t, line);
		tcp_skip(t, 0);
		tcp_read(t, fd, 100000);
		tcp_skip(t, 0);
	}
	tcp_skip(t, .04);
	tcp_script(t,
		   "+.001 < . 87601:89061(1460) ack 1 win 60000\n"
		   "+.001 < . 89061:90521(1460) ack 1 win 60000\n"
		   "+0 > . 1:1(0) ack 90521\n"
		   "+.001 < . 90521:91981(1460) ack 1 win 60000\n"
		   "+.04 > . 1:1(0) ack 91981\n");
	assert_true(MIB(t, DelayedACKs) > 0);
	tcp_peer_end(t);
}

static void an_answer_carries_the_ack(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);

	(void)state;
	for (int i = 0; i < 4; i++) {	/* a talk: it becomes interactive */
		char line[128];

		snprintf(line, sizeof(line), "+.001 < P. %d:%d(10) ack %d win 60000\n",
			 i * 10 + 1, i * 10 + 11, i * 20 + 1);
		tcp_script(t, line);
		tcp_skip(t, 0);
		assert_int_equal(tcp_read(t, fd, 100), 10);
		tcp_write(t, fd, 20, 0);
		snprintf(line, sizeof(line), "+0 > P. %d:%d(20) ack %d\n", i * 20 + 1,
			 i * 20 + 21, i * 10 + 11);
		tcp_script(t, line);
	}
	tcp_script(t, "+.001 < P. 41:51(10) ack 81 win 60000\n");
	tcp_read(t, fd, 100);
	tcp_script(t, "+.04 > . 81:81(0) ack 51\n");	/* no answer: after the delay */
	tcp_peer_end(t);
}

static void quickack_acks_now(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_QUICKACK, 0);
	tcp_script(t, "+.001 < P. 1:11(10) ack 1 win 60000\n");
	tcp_quiet(t, .01);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_QUICKACK, 1);
	tcp_read(t, fd, 100);
	tcp_script(t, "+0 > . 1:1(0) ack 11\n");
	tcp_peer_end(t);
}

static void urgent_data_out(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);

	(void)state;
	tcp_write(t, fd, 10, LN_MSG_OOB);
	tcp_script(t,
		   "+0 > PU. 1:11(10) ack 1 urg 10\n"
		   "+.01 < . 1:1(0) ack 11 win 60000\n");
	tcp_write(t, fd, 10, 0);
	tcp_script(t, "+0 > P. 11:21(10) ack 1\n");
	tcp_peer_end(t);
}

static void urgent_data_in(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);
	uint8_t byte = 0, buf[32];

	(void)state;
	tcp_script(t,
		   "+0 < PU. 1:11(10) ack 1 win 60000 urg 5\n"
		   "+0 > . 1:1(0) ack 11\n");
	assert_true(tcp_events(t, fd) & LN_POLLPRI);
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, &byte, 1, LN_MSG_OOB), 1);
	assert_int_equal(byte, (uint8_t)(5 * 7));
	/* Reading stops at the mark, and goes on behind it. */
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, buf, sizeof(buf), 0), 4);
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, buf, sizeof(buf), 0), 5);
	assert_int_equal(buf[0], (uint8_t)(6 * 7));
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, &byte, 1, LN_MSG_OOB), -EINVAL);
	tcp_peer_end(t);
}

static void urgent_data_in_line(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_OOBINLINE, 1);
	tcp_script(t,
		   "+0 < PU. 1:11(10) ack 1 win 60000 urg 5\n"
		   "+0 > . 1:1(0) ack 11\n");
	assert_int_equal(tcp_read(t, fd, 100), 4);
	assert_int_equal(tcp_read(t, fd, 100), 6);
	tcp_peer_end(t);
}

static void inq_and_outq(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01), v;

	(void)state;
	tcp_write(t, fd, 100, 0);
	tcp_script(t, "+0 > P. 1:101(100) ack 1\n");
	tcp_write(t, fd, 50, 0);
	assert_int_equal(ln_ioctl(tcp_peer_net(t), fd, LN_SIOCOUTQ, &v), 0);
	assert_int_equal(v, 150);
	assert_int_equal(tcp_info_of(t, fd).tcpi_notsent_bytes, 50);
	tcp_script(t,
		   "+0 < FP. 1:31(30) ack 101 win 60000\n"
		   "+0 > P. 101:151(50) ack 32\n");
	assert_int_equal(ln_ioctl(tcp_peer_net(t), fd, LN_SIOCINQ, &v), 0);
	assert_int_equal(v, 30);
	tcp_peer_end(t);
}

static void peek_leaves_the_data(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);
	uint8_t buf[32];

	(void)state;
	tcp_script(t,
		   "+0 < P. 1:11(10) ack 1 win 60000\n"
		   "+0 > . 1:1(0) ack 11\n"
		   "+0 < P. 11:21(10) ack 1 win 60000\n"
		   "+0 > . 1:1(0) ack 21\n");
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, buf, sizeof(buf), LN_MSG_PEEK), 20);
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, buf, 15, LN_MSG_PEEK), 15);
	assert_int_equal(tcp_read(t, fd, 15), 15);
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, buf, 3, LN_MSG_TRUNC), 3);
	assert_int_equal(ln_recv(tcp_peer_net(t), fd, buf, sizeof(buf), 0), 2);
	assert_int_equal(tcp_read(t, fd, 1), -EAGAIN);
	tcp_peer_end(t);
}

static void rcvlowat_delays_readiness(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_RCVLOWAT, 15);
	tcp_script(t,
		   "+0 < P. 1:11(10) ack 1 win 60000\n"
		   "+0 > . 1:1(0) ack 11\n");
	assert_int_equal(tcp_events(t, fd), LN_POLLOUT);
	tcp_script(t,
		   "+0 < P. 11:21(10) ack 1 win 60000\n"
		   "+0 > . 1:1(0) ack 21\n");
	assert_int_equal(tcp_events(t, fd), LN_POLLOUT | LN_POLLIN);
	tcp_peer_end(t);
}

static void a_full_send_buffer_is_told_and_drains(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 60000, .01);
	ptrdiff_t n, total = 0;

	(void)state;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, 20000);
	while ((n = tcp_write(t, fd, 4000, 0)) > 0)
		total += n;
	assert_int_equal(n, -EAGAIN);
	assert_in_range(total, 15000, 40000);
	assert_int_equal(tcp_events(t, fd), 0);
	tcp_skip(t, 0);
	tcp_script(t, "+0 < . 1:1(0) ack 13141 win 60000\n");
	tcp_skip(t, 0);
	assert_int_equal(tcp_events(t, fd), LN_POLLOUT);
	tcp_peer_end(t);
}

/* Asked before each sk_buff, which is half of the peer's window at most: six segments. */
static void notsent_lowat_limits_what_waits(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 12000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_NOTSENT_LOWAT, 2000);
	assert_in_range(tcp_write(t, fd, 40000, 0), 15000, 17000);
	assert_int_equal(tcp_events(t, fd), 0);
	tcp_skip(t, 0);
	tcp_peer_end(t);
}

/* Without the option the sysctl says it; both let a waiting writer know when half of it went. */
static void lowat_2000(struct net *net)
{
	net->sysctl.tcp_notsent_lowat = 2000;
}

static void notsent_lowat_of_the_instance(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&(struct tcp_peer_params){ .setup = lowat_2000 });
	int fd = tcp_established(t, "mss 1000", 12000, .01);
	size_t first;

	(void)state;
	first = tcp_write(t, fd, 40000, 0);
	assert_in_range(first, 15000, 17000);
	assert_int_equal(tcp_events(t, fd), 0);
	tcp_skip(t, 0);
	tcp_script(t, "+0 < . 1:1(0) ack 10001 win 12000\n");
	tcp_skip(t, 0);
	assert_int_equal(tcp_events(t, fd), LN_POLLOUT);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_NOTSENT_LOWAT, 20000);
	assert_in_range(tcp_write(t, fd, 40000, 0), 25000, 33000);
	tcp_skip(t, 0);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_mss),
		cmocka_unit_test(initial_window_is_ten),
		cmocka_unit_test(nagle_holds_a_second_small_segment),
		cmocka_unit_test(nodelay_sends_at_once),
		cmocka_unit_test(cork_fills_segments),
		cmocka_unit_test(msg_more_waits_for_the_rest),
		cmocka_unit_test(small_window_makes_small_segments),
		cmocka_unit_test(acks_are_quick_at_first_then_every_second),
		cmocka_unit_test(an_answer_carries_the_ack),
		cmocka_unit_test(quickack_acks_now),
		cmocka_unit_test(urgent_data_out),
		cmocka_unit_test(urgent_data_in),
		cmocka_unit_test(urgent_data_in_line),
		cmocka_unit_test(inq_and_outq),
		cmocka_unit_test(peek_leaves_the_data),
		cmocka_unit_test(rcvlowat_delays_readiness),
		cmocka_unit_test(a_full_send_buffer_is_told_and_drains),
		cmocka_unit_test(notsent_lowat_limits_what_waits),
		cmocka_unit_test(notsent_lowat_of_the_instance),
	};

	return family_run_both(tests);
}
