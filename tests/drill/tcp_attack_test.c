/* SPDX-License-Identifier: MIT */
/*
 * Segments that are not what they should be: RFC 5961 (RST, SYN, ACK by guess), PAWS (RFC 7323 5),
 * bad numbers; rows PI-26 to PI-28.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/sock.h"

#define MIB(t, name) (net_of(tcp_peer_net(t))->mib[MIB_TcpExt##name])
#define DROPS(t, name) (net_of(tcp_peer_net(t))->drops[SKB_DROP_REASON_##name])
#define TS "mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7"

/* RFC 5961 3.2: exactly, or a challenge. */
static void rst_must_be_exact(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < R 100:100(0) win 0\n"		/* in the window, not exact */
		   "+0 > . 1:1(0) ack 1\n"
		   "+0 < R 70000:70000(0) win 0\n"	/* outside: silence */
		   "+.1 quiet\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	assert_int_equal(MIB(t, TCPChallengeACK), 1);
	tcp_script(t, "+0 < R 1:1(0) win 0\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	tcp_peer_end(t);
}

/* Two holes: a RST at the end of the highest data that we told of is exact too. */
static void rst_at_the_sacked_edge(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460,sackOK,nop,nop", 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < . 101:201(100) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 101:201>\n"
		   "+0 < R 201:201(0) win 0\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	tcp_peer_end(t);
}

/* RFC 5961 4.2, PI-26. */
static void syn_in_a_connection_is_challenged(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < S 1:1(0) win 1000 <mss 1460>\n"
		   "+0 > . 1:1(0) ack 1\n"
		   "+.1 < S 1:1(0) win 1000 <mss 1460>\n"	/* within 500 ms: not again */
		   "+.3 < S. 1:1(0) ack 1 win 1000 <mss 1460>\n"
		   "+.2 < S 90000:90000(0) win 1000 <mss 1460>\n"	/* outside too */
		   "+0 > . 1:1(0) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	assert_int_equal(MIB(t, TCPSYNChallenge), 4);
	assert_int_equal(MIB(t, TCPChallengeACK), 2);
	assert_int_equal(MIB(t, TCPACKSkippedChallenge), 2);
	assert_int_equal(DROPS(t, TCP_INVALID_SYN), 4);
	tcp_peer_end(t);
}

/* RFC 5961 5.2 */
static void ack_far_in_the_past_is_challenged(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1000", 2000, .01);

	(void)state;
	for (int i = 0; i < 10; i++) {
		tcp_write(t, fd, 1000, 0);
		tcp_skip(t, 0);
		tcp_script(t, i == 0 ? "+0 < . 1:1(0) ack 1001 win 2000\n" :
			   i == 1 ? "+0 < . 1:1(0) ack 2001 win 2000\n" :
			   i == 2 ? "+0 < . 1:1(0) ack 3001 win 2000\n" :
			   i == 3 ? "+0 < . 1:1(0) ack 4001 win 2000\n" : "+0 quiet\n");
	}
	tcp_skip(t, 0);
	tcp_script(t,
		   "+0 < . 1:1(0) ack 2500 win 2000\n"	/* old, but it may be late */
		   "+.01 quiet\n"
		   "+0 < . 1:1(0) ack 1500 win 2000\n"
		   "+0 > . 6001:6001(0) ack 1\n");
	assert_int_equal(DROPS(t, TCP_TOO_OLD_ACK), 1);
	tcp_peer_end(t);
}

static void ack_of_what_was_not_sent_is_challenged(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < P. 1:11(10) ack 5000 win 1000\n"
		   "+0 > . 1:1(0) ack 1\n"
		   "+.5 quiet\n");
	assert_int_equal(tcp_read(t, fd, 10), -EAGAIN);
	assert_int_equal(DROPS(t, TCP_ACK_UNSENT_DATA), 1);
	tcp_peer_end(t);
}

/* PI-27: outside of the window: an ACK, at a limited rate where there is no data. */
static void sequence_outside_is_acked(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);

	(void)state;
	tcp_established(t, "mss 1460", 1000, .01);
	tcp_script(t,
		   "+0 < . 90000:90000(0) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1\n"
		   "+.1 < . 90000:90000(0) ack 1 win 1000\n"
		   "+.1 < . 90000:90100(100) ack 1 win 1000\n"	/* data: always */
		   "+0 > . 1:1(0) ack 1\n"
		   "+.4 < . 90000:90000(0) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1\n");
	assert_int_equal(MIB(t, TCPACKSkippedSeq), 1);
	assert_int_equal(DROPS(t, TCP_INVALID_SEQUENCE), 4);
	tcp_peer_end(t);
}

static void no_flags_at_all_is_dropped(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);

	(void)state;
	tcp_established(t, "mss 1460", 1000, .01);
	tcp_script(t,
		   "+0 < - 1:11(10) win 1000\n"
		   "+.5 quiet\n");
	assert_int_equal(DROPS(t, TCP_FLAGS), 1);
	tcp_peer_end(t);
}

/* PI-28 */
static void old_timestamps_are_rejected(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, TS, 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < P. 1:11(10) ack 1 win 1000 <nop,nop,TS val 200 ecr 100>\n"
		   "+0 > . 1:1(0) ack 11 <nop,nop,TS val 110 ecr 200>\n"
		   "+.1 < P. 11:21(10) ack 1 win 1000 <nop,nop,TS val 150 ecr 100>\n"
		   "+0 > . 1:1(0) ack 11 <nop,nop,TS val 210 ecr 200>\n"
		   "+.1 < P. 11:21(10) ack 1 win 1000 <nop,nop,TS val 250 ecr 210>\n"
		   "+0 > . 1:1(0) ack 21 <nop,nop,TS val 310 ecr 250>\n");
	assert_int_equal(tcp_read(t, fd, 100), 20);
	assert_int_equal(DROPS(t, TCP_RFC7323_PAWS), 1);
	assert_int_equal(MIB(t, PAWSEstab), 1);
	tcp_peer_end(t);
}

/* RFC 7323 4.3: of delayed or out-of-order segments the earliest timestamp is echoed. */
static void ts_recent_is_of_the_segment_at_the_left_edge(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);

	(void)state;
	tcp_established(t, TS, 1000, .01);
	tcp_script(t,
		   "+0 < . 101:201(100) ack 1 win 1000 <nop,nop,TS val 300 ecr 100>\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,TS val 110 ecr 101,nop,nop,sack 101:201>\n"
		   "+.01 < . 1:101(100) ack 1 win 1000 <nop,nop,TS val 290 ecr 100>\n"
		   "+0 > . 1:1(0) ack 201 <nop,nop,TS val 120 ecr 290>\n");
	tcp_peer_end(t);
}

static void rst_passes_paws(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, TS, 1000, .01);

	(void)state;
	tcp_script(t, "+.1 < R. 1:1(0) ack 1 win 0 <nop,nop,TS val 1 ecr 100>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	tcp_peer_end(t);
}

/* 24 days without a segment: the peer's clock may have gone round (RFC 7323 5.5). */
static void paws_forgets_after_24_days(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, TS, 1000, .01);

	(void)state;
	tcp_skip(t, 25. * 86400);
	tcp_script(t, "+.1 < P. 1:11(10) ack 1 win 1000 <nop,nop,TS val 2160000050 ecr 100>\n");
	tcp_skip(t, .3);
	assert_int_equal(tcp_read(t, fd, 100), 10);
	tcp_peer_end(t);
}

static void wrong_checksum_is_dropped(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < P. 1:11(10) ack 1 win 1000 badsum\n"
		   "+0 < R 1:1(0) win 0 badsum\n"
		   "+.3 quiet\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	assert_int_equal(net_of(tcp_peer_net(t))->mib[MIB_TcpInCsumErrors], 2);
	assert_int_equal(net_of(tcp_peer_net(t))->mib[MIB_TcpInErrs], 2);
	assert_int_equal(DROPS(t, TCP_CSUM), 2);
	tcp_peer_end(t);
}

/* In a state of closing too: numbers outside are answered, the state stays (PI-26, PI-27). */
static void challenge_in_closing(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	ln_shutdown(tcp_peer_net(t), fd, LN_SHUT_WR);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 1 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSING);
	tcp_script(t,
		   "+.01 < S 2:2(0) win 1000 <mss 1460>\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+.01 < . 2:2(0) ack 77 win 1000\n");	/* of what was not sent; limited */
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSING);
	tcp_script(t, "+.01 < . 2:2(0) ack 2 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);	/* TIME-WAIT, elsewhere */
	tcp_peer_end(t);
}

static void no_rack_but_ecn(struct net *net)
{
	net->sysctl.tcp_recovery = 0;
	net->sysctl.tcp_ecn = 1;
	net->sysctl.tcp_min_tso_segs = 1;
}

/* In CWR, the tail is SACKed, and our own SACKs make segments shorter than those in flight: the
 * probe (RFC 8985 7.3) is of what has not arrived, and what has is not cut. */
static void sacked_tail_before_a_probe(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&(struct tcp_peer_params){ .setup = no_rack_but_ecn });
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_script(t,
		   "+0 < SEW 0:0(0) win 32792 <mss 1000,sackOK,nop,nop>\n"
		   "+0 > SE. 0:0(0) ack 1 <...>\n"
		   "+.1 < . 1:1(0) ack 1 win 32792\n");
	fd = tcp_accept_one(t, l);
	assert_int_equal(tcp_write(t, fd, 4000, 0), 4000);
	tcp_script(t,
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 > . 1001:2001(1000) ack 1\n"
		   "+0 > . 2001:3001(1000) ack 1\n"
		   "+0 > P. 3001:4001(1000) ack 1\n"
		   "+.1 < . 101:201(100) ack 1 win 32792\n"
		   "+0 > . 4001:4001(0) ack 1 <nop,nop,sack 101:201>\n"
		   "+0 < E. 1:1(0) ack 1001 win 32792 <nop,nop,sack 3001:4001>\n"
		   "+.1~+.5 > . 2001:2989(988) ack 1 <nop,nop,sack 101:201>\n"
		   "+.1 < . 1:1(0) ack 4001 win 32792\n"
		   "+.5 quiet\n");
	ln_close(tcp_peer_net(t), l);
	ln_close(tcp_peer_net(t), fd);
	tcp_skip(t, 1200);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rst_must_be_exact),
		cmocka_unit_test(rst_at_the_sacked_edge),
		cmocka_unit_test(syn_in_a_connection_is_challenged),
		cmocka_unit_test(ack_far_in_the_past_is_challenged),
		cmocka_unit_test(ack_of_what_was_not_sent_is_challenged),
		cmocka_unit_test(sequence_outside_is_acked),
		cmocka_unit_test(no_flags_at_all_is_dropped),
		cmocka_unit_test(old_timestamps_are_rejected),
		cmocka_unit_test(ts_recent_is_of_the_segment_at_the_left_edge),
		cmocka_unit_test(rst_passes_paws),
		cmocka_unit_test(paws_forgets_after_24_days),
		cmocka_unit_test(wrong_checksum_is_dropped),
		cmocka_unit_test(challenge_in_closing),
		cmocka_unit_test(sacked_tail_before_a_probe),
	};

	return family_run_both(tests);
}
