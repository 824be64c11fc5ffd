/* SPDX-License-Identifier: MIT */
/*
 * The edges of what windows, timestamps and timers may be: RFC 7323 (scales up to 14, PAWS over
 * the turn of the clock), RFC 1122 4.2.3 (delayed ACKs, probes of windows and of idle peers).
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

#define MIB(t, name) (net_of(tcp_peer_net(t))->mib[MIB_TcpExt##name])

static uint32_t snd_wnd(struct tcp_peer *t, int fd)
{
	return tcp_info_of(t, fd).tcpi_snd_wnd;
}

/* RFC 7323 2.2, 2.3: a SYN's window is as it stands; a scale of more than 14 means 14. */
static void windows_are_scaled_but_in_a_syn(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+.1 < S. 0:0(0) ack 1 win 10 <mss 1000,nop,wscale 9>\n"
		   "+0 > . 1:1(0) ack 1\n");
	assert_int_equal(snd_wnd(t, fd), 10);
	tcp_script(t, "+.1 < . 1:1(0) ack 1 win 10\n");
	assert_int_equal(snd_wnd(t, fd), 10 << 9);
	tcp_peer_end(t);

	t = tcp_peer_new(NULL);
	fd = tcp_established(t, "mss 1000,nop,wscale 15", 65535, .1);
	assert_int_equal(snd_wnd(t, fd), 65535u << 14);
	tcp_peer_end(t);
}

/* An accepted connection whose peer's clock stands at val. */
static int with_clock(struct tcp_peer *t, uint32_t val)
{
	int listener = tcp_listen_on(t), fd;
	char script[400];

	snprintf(script, sizeof(script),
		 "+0 < S 0:0(0) win 60000 <mss 1000,sackOK,TS val %u ecr 0>\n"
		 "+0 > S. 0:0(0) ack 1 <mss *,sackOK,TS val 100 ecr %u>\n"
		 "+.01 < . 1:1(0) ack 1 win 60000 <nop,nop,TS val %u ecr 100>\n", val, val, val);
	tcp_script(t, script);
	fd = tcp_accept_one(t, listener);
	ln_close(tcp_peer_net(t), listener);
	return fd;
}

/* Ten bytes with this timestamp: are they taken? */
static bool taken(struct tcp_peer *t, int fd, uint32_t val)
{
	uint32_t at = (uint32_t)tcp_info_of(t, fd).tcpi_bytes_received + 1;
	char line[128];
	bool yes;

	snprintf(line, sizeof(line),
		 "+.01 < P. %u:%u(10) ack 1 win 60000 <nop,nop,TS val %u ecr 100>\n", at, at + 10,
		 val);
	tcp_script(t, line);
	yes = tcp_read(t, fd, 100) == 10;
	tcp_skip(t, .3);
	return yes;
}

/* RFC 7323 5.2: half of the circle is older; one tick is not (as Linux), zero is no other time. */
static void paws_compares_on_the_circle(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = with_clock(t, 0xfffffffau);

	(void)state;
	assert_true(taken(t, fd, 0xfffffffau));		/* the same */
	assert_true(taken(t, fd, 0xfffffff9u));
	assert_false(taken(t, fd, 0xfffffff8u));
	assert_true(taken(t, fd, 5));			/* the clock turned */
	assert_false(taken(t, fd, 0xffffffffu));
	assert_false(taken(t, fd, 3));
	assert_true(taken(t, fd, 5 + 0x7fffffffu));
	assert_false(taken(t, fd, 5));
	assert_true(taken(t, fd, 5 + 0x80000001u));
	assert_int_equal(MIB(t, PAWSEstab), 4);
	tcp_peer_end(t);
}

/* 5.5: what was heard 24 days ago is no measure any more, but 23 days ago it is. */
static void paws_lasts_24_days(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = with_clock(t, 1000);

	(void)state;
	tcp_skip(t, 23.9 * 86400);
	assert_false(taken(t, fd, 900));
	tcp_peer_end(t);
	t = tcp_peer_new(NULL);
	fd = with_clock(t, 1000);
	tcp_skip(t, 24.1 * 86400);
	assert_true(taken(t, fd, 900));
	tcp_peer_end(t);
}

/* RFC 9293 3.8.6.3: less than 0.5 s. As Linux: 40 ms at first, 200 ms once segments come slowly. */
static void acks_are_delayed_40_to_200_ms(void **state)
{
	static const double gaps[] = { .3, .039, .058, .086, .128, .19, .2 };
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .3);
	uint32_t seq = 1;
	char line[96];

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_QUICKACK, 0);
	tcp_script(t,
		   "+0 < P. 1:11(10) ack 1 win 60000\n"
		   "+.04 > . 1:1(0) ack 11\n");
	/* Each a little sooner than expected: the expectation grows. */
	for (unsigned i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		tcp_skip(t, gaps[i]);
		tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_QUICKACK, 0);
		seq += 10;
		snprintf(line, sizeof(line), "+0 < P. %u:%u(10) ack 1 win 60000\n", seq, seq + 10);
		tcp_script(t, line);
	}
	assert_int_equal(tcp_info_of(t, fd).tcpi_ato, 200000);	/* as long as an ACK may wait */
	snprintf(line, sizeof(line), "+.2 > . 1:1(0) ack %u\n", seq + 10);
	tcp_script(t, line);
	assert_int_equal(tcp_read(t, fd, 1000), seq + 9);
	tcp_peer_end(t);
}

/* RFC 1122 4.2.2.17: probes of a closed window come ever later, 120 s at most, and never end
 * while they are answered. */
static void window_probes_slow_down_to_two_minutes(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 1000, .1);
	double wait = .3;
	char line[96];

	(void)state;
	tcp_script(t, "+.1 < . 1:1(0) ack 1 win 0\n");
	tcp_write(t, fd, 100, 0);
	for (int i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "+%.3f > . 0:0(0) ack 1\n+0 < . 1:1(0) ack 1 win 0\n",
			 wait);
		tcp_script(t, line);
		wait = wait * 2 < 120 ? wait * 2 : 120;
	}
	tcp_script(t,
		   "+1 < . 1:1(0) ack 1 win 1000\n"
		   "+0 > P. 1:101(100) ack 1\n");
	tcp_peer_end(t);
}

/* RFC 9293 3.8.4: keepalive asks an idle connection only; what is in flight asks for itself. */
static void keepalive_is_silent_while_data_waits(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .1);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPIDLE, 1);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPINTVL, 1);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPCNT, 2);
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, 1);
	tcp_write(t, fd, 100, 0);
	tcp_script(t,
		   "+0 > P. 1:101(100) ack 1\n"
		   "+.3 > P. 1:101(100) ack 1\n"
		   "+.6 > P. 1:101(100) ack 1\n"
		   "+1.2 > P. 1:101(100) ack 1\n"
		   "+2.4 > P. 1:101(100) ack 1\n"
		   "+.1 < . 1:1(0) ack 101 win 60000\n");
	assert_int_equal(MIB(t, TCPKeepAlive), 0);
	tcp_script(t, "+.5~+1.1 > . 100:100(0) ack 1\n");
	assert_int_equal(MIB(t, TCPKeepAlive), 1);
	tcp_peer_end(t);
}

/* tcp(7): TCP_USER_TIMEOUT says when, in place of the number of probes. */
static void user_timeout_replaces_the_count_of_keepalives(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 60000, .1);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPIDLE, 10);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPINTVL, 5);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_KEEPCNT, 1);
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_USER_TIMEOUT, 24000);
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, 1);
	tcp_script(t,
		   "+10 > . 0:0(0) ack 1\n"
		   "+5 > . 0:0(0) ack 1\n"
		   "+5 > . 0:0(0) ack 1\n"
		   "+5 > R. 1:1(0) ack 1\n");
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_scaled_but_in_a_syn),
		cmocka_unit_test(paws_compares_on_the_circle),
		cmocka_unit_test(paws_lasts_24_days),
		cmocka_unit_test(acks_are_delayed_40_to_200_ms),
		cmocka_unit_test(window_probes_slow_down_to_two_minutes),
		cmocka_unit_test(keepalive_is_silent_while_data_waits),
		cmocka_unit_test(user_timeout_replaces_the_count_of_keepalives),
	};

	return family_run_both(tests);
}
