/* SPDX-License-Identifier: MIT */
/*
 * Flow control: zero windows and their probes, silly windows on both sides, buffers that fill,
 * keepalive; RFC 9293 3.8.6, RFC 1122 4.2.3.3, .6; rows T4, PI-14, PI-17 to PI-22.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <errno.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/sock.h"

#define MIB(t, name) (net_of(tcp_peer_net(t))->mib[MIB_TcpExt##name])

/* PI-14 */
static void zero_window_in_syn_then_open(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 0 <mss 1000>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.1 < . 1:1(0) ack 1 win 40000\n");	/* above 32767: it is unsigned */
	fd = tcp_accept_one(t, l);
	tcp_write(t, fd, 1000, 0);
	tcp_script(t, "+0 > P. 1:1001(1000) ack 1\n");
	tcp_peer_end(t);
}

/* PI-18, PI-19 */
static void probes_with_backoff_while_they_are_acked(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 1000, .1);

	(void)state;
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > . 1:501(500) ack 1\n"
		   "+0 > P. 501:1001(500) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 0\n"
		   "+3 quiet\n");		/* nothing to say: no probe */
	tcp_write(t, fd, 100, 0);
	tcp_script(t,
		   "+.3 > . 1000:1000(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 0\n"
		   "+.6 > . 1000:1000(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 0\n"
		   "+1.2 > . 1000:1000(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 0\n"
		   "+2.4 > . 1000:1000(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 1000\n"
		   "+0 > P. 1001:1101(100) ack 1\n");
	assert_int_equal(MIB(t, TCPWinProbe), 4);
	tcp_peer_end(t);
}

static void unanswered_probes_end_it(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 1000, .1);

	(void)state;
	tcp_script(t, "+.1 < . 1:1(0) ack 1 win 0\n");
	tcp_write(t, fd, 100, 0);
	assert_int_equal(tcp_skip(t, 3000), 15);	/* tcp_retries2 */
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	tcp_peer_end(t);
}

/* PI-20: though the probes are answered. */
static void user_timeout_ends_probing(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 1000, .1);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_USER_TIMEOUT, 3000);
	tcp_script(t, "+.1 < . 1:1(0) ack 1 win 0\n");
	tcp_write(t, fd, 100, 0);
	for (int i = 0; i < 60; i++)
		if (tcp_skip(t, .1))
			tcp_script(t, "+0 < . 1:1(0) ack 1 win 0\n");
	tcp_skip(t, 0);
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	tcp_peer_end(t);
}

/* PI-17: the window is taken back over data in flight. */
static void window_shrunk_to_zero(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 4000, .1);

	(void)state;
	tcp_write(t, fd, 2000, 0);
	tcp_script(t,
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 > P. 1001:2001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 2001 win 0\n");
	tcp_write(t, fd, 500, 0);
	tcp_script(t, "+.3 > . 2000:2000(0) ack 1\n");
	tcp_peer_end(t);
}

/* PI-16: the sender's silly window avoidance, and its override. */
static void a_part_is_sent_only_after_a_while(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 4000, .1);

	(void)state;
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > P. 1:1001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 700\n");
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+.3 > P. 1001:1701(700) ack 1\n"
		   "+.1 < . 1:1(0) ack 1701 win 700\n"
		   "+0 > P. 1701:2001(300) ack 1\n");
	tcp_peer_end(t);
}

static int accepted_with_small_buffer(struct tcp_peer *t)
{
	int l = tcp_listen_on(t);

	tcp_opt(t, l, LN_SOL_SOCKET, LN_SO_RCVBUF, 20000);
	tcp_script(t,
		   "+0 < S 0:0(0) win 60000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 win 18980 <mss 1460>\n"
		   "+.1 < . 1:1(0) ack 1 win 60000\n");
	return tcp_accept_one(t, l);
}

/* n bytes from seq on, without a look at the answer. */
static void push(struct tcp_peer *t, uint32_t seq, uint32_t n)
{
	char line[96];

	snprintf(line, sizeof(line), "+0 < . %u:%u(%u) ack 1 win 60000\n", seq, seq + n, n);
	tcp_script(t, line);
}

/* PI-21: zero when it is full; silence for a small opening, an update for one that is worth it. */
static void the_receiver_closes_and_opens(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = accepted_with_small_buffer(t);

	(void)state;
	for (uint32_t i = 0; i < 14; i++) {
		push(t, i * 1460 + 1, 1460);
		tcp_skip(t, .25);
	}
	tcp_script(t,
		   "+0 < P. 20441:21441(1000) ack 1 win 60000\n"	/* it probes */
		   "+0 > . 1:1(0) ack 20441 win 0\n");
	assert_int_equal(net_of(tcp_peer_net(t))->drops[SKB_DROP_REASON_TCP_INVALID_END_SEQUENCE],
			 1);
	assert_int_equal(tcp_read(t, fd, 100), 100);
	tcp_quiet(t, 1);
	assert_int_equal(tcp_read(t, fd, 100000), 20340);
	tcp_script(t, "+0 > . 1:1(0) ack 20441 win 17520\n");
	tcp_peer_end(t);
}

/* PI-22: within the window, but there is no memory: dropped, what is here is kept. */
static void no_room_for_what_the_window_allows(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = accepted_with_small_buffer(t);
	uint32_t seq = 1;

	(void)state;
	for (; seq < 20000; seq += 500) {
		push(t, seq, 500);
		tcp_skip(t, .05);
		if (tcp_info_of(t, fd).tcpi_bytes_received < seq + 499)
			break;
	}
	assert_in_range(seq, 7001, 18000);
	assert_int_equal(net_of(tcp_peer_net(t))->drops[SKB_DROP_REASON_PROTO_MEM], 1);
	tcp_skip(t, .3);
	assert_int_equal(tcp_read(t, fd, 100000), seq - 1);
	tcp_skip(t, .3);
	push(t, seq, 500);
	tcp_skip(t, .3);
	assert_int_equal(tcp_read(t, fd, 100000), 500);
	tcp_peer_end(t);
}

/* Small segments waste memory: they are packed before anything is dropped. */
static void small_segments_are_collapsed(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);
	char line[96];

	(void)state;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_RCVBUF, 20000);
	for (uint32_t i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "+.01 < P. %u:%u(10) ack 1 win 60000\n", i * 10 + 1,
			 i * 10 + 11);
		tcp_script(t, line);
		tcp_skip(t, 0);
	}
	assert_int_equal(tcp_info_of(t, fd).tcpi_bytes_received, 2000);
	assert_true(MIB(t, TCPRcvCollapsed) > 100);
	tcp_skip(t, .3);
	assert_int_equal(tcp_read(t, fd, 10000), 2000);
	tcp_skip(t, .3);
	tcp_peer_end(t);
}

static void out_of_order_data_is_bounded(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));
	int fd = tcp_established(t, "mss 1000,sackOK,nop,nop", 60000, .01);
	char line[96];

	(void)state;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_RCVBUF, 20000);
	for (uint32_t i = 1; i < 100; i++) {	/* islands of ten bytes */
		snprintf(line, sizeof(line), "+.001 < . %u:%u(10) ack 1 win 60000\n", i * 20 + 1,
			 i * 20 + 11);
		tcp_script(t, line);
		tcp_skip(t, 0);
	}
	assert_in_range(net->sock->memory, 1, 60000);
	assert_true(net->drops[SKB_DROP_REASON_TCP_OFO_QUEUE_PRUNE] +
		    net->drops[SKB_DROP_REASON_TCP_OFO_DROP] > 0);
	/* Each time room is made for more than the one that came. */
	assert_true(net->mib[MIB_TcpExtOfoPruned] * 2 <=
		    net->drops[SKB_DROP_REASON_TCP_OFO_QUEUE_PRUNE]);
	/* In order data still gets in. */
	tcp_script(t, "+.01 < P. 1:1001(1000) ack 1 win 60000\n");
	tcp_skip(t, .3);
	assert_true(tcp_read(t, fd, 100000) >= 1000);
	tcp_peer_end(t);
}

/* ---- keepalive: RFC 9293 3.8.4 ---- */

static void keepalive_probes_an_idle_peer(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPIDLE, 10);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPINTVL, 5);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPCNT, 3);
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, 1);
	tcp_script(t,
		   "+10 > . 0:0(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 1 win 60000\n"	/* alive: all begins anew */
		   "+9.9~+10 > . 0:0(0) ack 1\n"
		   "+5 > . 0:0(0) ack 1\n"
		   "+5 > . 0:0(0) ack 1\n"
		   "+5 > R. 1:1(0) ack 1\n");
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	assert_int_equal(MIB(t, TCPKeepAlive), 4);
	tcp_peer_end(t);
}

static void keepalive_default_is_two_hours(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .01);

	(void)state;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, 1);
	tcp_script(t, "+7200 > . 0:0(0) ack 1\n");
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, 0);
	tcp_quiet(t, 7200);
	tcp_peer_end(t);
}

/* PI-18: we answer such a probe ourselves. */
static void a_probe_is_answered(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);

	(void)state;
	tcp_established(t, "mss 1000", 60000, .01);
	tcp_script(t,
		   "+1 < . 0:0(0) ack 1 win 60000\n"
		   "+0 > . 1:1(0) ack 1\n");
	tcp_peer_end(t);
}

/* tcp_shrink_window: what came out of order fills the buffer and closes the window; the user has
 * nothing to read. What is missing gets in all the same. */
static void what_is_out_of_order_locks_nobody_out(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));
	int fd;

	(void)state;
	net->sysctl.tcp_shrink_window = 1;
	net->sysctl.tcp_rmem_min = net->sysctl.tcp_rmem_default = net->sysctl.tcp_rmem_max = 4096;
	fd = tcp_established(t, "mss 1000,sackOK,nop,nop,nop,wscale 2", 1000, .01);
	tcp_script(t,
		   "+0 < . 301:401(100) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 301:401>\n"
		   "+.1 < . 501:601(100) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 win 0 <nop,nop,sack 501:601 301:401>\n"
		   "+.1 < . 1:301(300) ack 1 win 1000\n");
	assert_int_equal(tcp_read(t, fd, 5000), 300);
	tcp_skip(t, .1);
	tcp_script(t, "+.1 < . 301:601(300) ack 1 win 1000\n");
	assert_int_equal(tcp_read(t, fd, 5000), 300);
	tcp_skip(t, .1);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_window_in_syn_then_open),
		cmocka_unit_test(probes_with_backoff_while_they_are_acked),
		cmocka_unit_test(unanswered_probes_end_it),
		cmocka_unit_test(user_timeout_ends_probing),
		cmocka_unit_test(window_shrunk_to_zero),
		cmocka_unit_test(a_part_is_sent_only_after_a_while),
		cmocka_unit_test(the_receiver_closes_and_opens),
		cmocka_unit_test(no_room_for_what_the_window_allows),
		cmocka_unit_test(small_segments_are_collapsed),
		cmocka_unit_test(out_of_order_data_is_bounded),
		cmocka_unit_test(keepalive_probes_an_idle_peer),
		cmocka_unit_test(keepalive_default_is_two_hours),
		cmocka_unit_test(a_probe_is_answered),
		cmocka_unit_test(what_is_out_of_order_locks_nobody_out),
	};

	return family_run_both(tests);
}
