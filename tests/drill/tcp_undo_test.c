/* SPDX-License-Identifier: MIT */
/*
 * Wrong alarms are taken back: by echoed timestamps (Eifel, RFC 3522 and 4015) and by D-SACK
 * (RFC 2883, 3708). Windows are as before then; where the loss was real they stay reduced.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/tcp/tcp_cong.h"

#define MIB(t, name) (net_of(tcp_peer_net(t))->mib[MIB_TcpExt##name])
#define SACK "mss 1000,sackOK,nop,nop,nop,wscale 7"
#define TS "mss 1012,sackOK,TS val 100 ecr 0,nop,wscale 7"	/* 1000 bytes beside timestamps */

/* Ten segments in flight at 0.1 s (clock of timestamps: 200), none lost; ssthresh was never set. */
static int ten_in_flight(struct tcp_peer *t, const char *options)
{
	int fd = tcp_established(t, options, 1000, .1);

	tcp_write(t, fd, 10000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_cwnd, 10);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, TCP_INFINITE_SSTHRESH);
	return fd;
}

static void is_open(struct tcp_peer *t, int fd, uint32_t cwnd, uint32_t ssthresh)
{
	struct ln_tcp_info info = tcp_info_of(t, fd);

	assert_int_equal(info.tcpi_ca_state, TCP_CA_Open);
	assert_int_equal(info.tcpi_snd_cwnd, cwnd);
	assert_int_equal(info.tcpi_snd_ssthresh, ssthresh);
	assert_int_equal(info.tcpi_lost + info.tcpi_retrans + info.tcpi_sacked, 0);
}

static void in_loss(struct tcp_peer *t, int fd)
{
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, TCP_CA_Loss);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_cwnd, 1);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, 7);
}

/* The path only got slower: the ACK of the original echoes what was sent before the timeout. */
static void eifel_undoes_a_timeout(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = ten_in_flight(t, TS);

	(void)state;
	tcp_script(t, "+.3 > . 1:1001(1000) ack 1 <nop,nop,TS val 500 ecr 101>\n");
	in_loss(t, fd);
	tcp_script(t, "+.05 < . 1:1(0) ack 1001 win 1000 <nop,nop,TS val 450 ecr 200>\n");
	assert_int_equal(MIB(t, TCPLossUndo), 1);
	is_open(t, fd, 11, TCP_INFINITE_SSTHRESH);	/* slow start goes on with this ACK */
	/* Nothing but the one was sent again. */
	tcp_script(t, "+.01 < . 1:1(0) ack 10001 win 1000 <nop,nop,TS val 460 ecr 200>\n");
	is_open(t, fd, 20, TCP_INFINITE_SSTHRESH);
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 1);
	tcp_peer_end(t);
}

/* The same ACK with the timestamp of what was sent again: the loss was real. */
static void the_echo_of_a_retransmission_undoes_nothing(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = ten_in_flight(t, TS);

	(void)state;
	tcp_script(t,
		   "+.3 > . 1:1001(1000) ack 1 <nop,nop,TS val 500 ecr 101>\n"
		   "+.05 < . 1:1(0) ack 1001 win 1000 <nop,nop,TS val 450 ecr 500>\n"
		   "+0 > . 1001:2001(1000) ack 1\n"
		   "+0 > . 2001:3001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, TCP_CA_Loss);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_cwnd, 2);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, 7);
	assert_int_equal(MIB(t, TCPLossUndo), 0);
	tcp_script(t, "+.1 < . 1:1(0) ack 10001 win 1000 <nop,nop,TS val 460 ecr 550>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, TCP_CA_Open);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, 7);
	assert_in_range(tcp_info_of(t, fd).tcpi_snd_cwnd, 7, 8);
	tcp_peer_end(t);
}

/* Reordering looked like loss; then the original came, and its ACK echoes its own timestamp. */
static void eifel_undoes_a_fast_retransmit(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = ten_in_flight(t, TS);

	(void)state;
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000"
		   " <nop,nop,TS val 300 ecr 101,nop,nop,sack 1001:4001>\n"
		   "+0 > . 1:1001(1000) ack 1 <nop,nop,TS val 300 ecr 300>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, TCP_CA_Recovery);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, 7);
	tcp_script(t, "+.01 < . 1:1(0) ack 10001 win 1000 <nop,nop,TS val 310 ecr 200>\n");
	assert_int_equal(MIB(t, TCPFullUndo), 1);
	is_open(t, fd, 17, TCP_INFINITE_SSTHRESH);
	/* The window is there to be used. */
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, 100000);
	tcp_write(t, fd, 20000, 0);
	assert_int_equal(tcp_skip(t, 0), 17);
	tcp_peer_end(t);
}

/* The first of two holes fills before its retransmission arrives: the other is late as well. */
static void eifel_undoes_by_a_partial_ack(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = ten_in_flight(t, TS);

	(void)state;
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000"
		   " <nop,nop,TS val 300 ecr 101,nop,nop,sack 1001:4001>\n"
		   "+0 > . 1:1001(1000) ack 1 <nop,nop,TS val 300 ecr 300>\n"
		   "+.01 < . 1:1(0) ack 4001 win 1000 <nop,nop,TS val 310 ecr 200>\n");
	assert_int_equal(MIB(t, TCPPartialUndo), 1);
	is_open(t, fd, 11, TCP_INFINITE_SSTHRESH);
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 1);
	tcp_peer_end(t);
}

static void no_frto(struct net *net)
{
	net->sysctl.tcp_early_retrans = net->sysctl.tcp_frto = 0;
}

/* Without timestamps, and without F-RTO, the receiver's duplicates tell. */
static void dsack_undoes_a_timeout(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&(struct tcp_peer_params){ .setup = no_frto });
	int fd = ten_in_flight(t, SACK);

	(void)state;
	tcp_script(t, "+.3 > . 1:1001(1000) ack 1\n");
	in_loss(t, fd);
	/* All the originals arrived together; nothing says so yet. */
	tcp_script(t, "+.05 < . 1:1(0) ack 10001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, 7);
	assert_int_equal(MIB(t, TCPDSACKUndo), 0);
	tcp_script(t, "+.05 < . 1:1(0) ack 10001 win 1000 <sack 1:1001,nop,nop>\n");
	assert_int_equal(MIB(t, TCPDSACKUndo), 1);
	is_open(t, fd, 10, TCP_INFINITE_SSTHRESH);
	tcp_peer_end(t);
}

static void dsack_undoes_a_fast_retransmit(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = ten_in_flight(t, SACK);

	(void)state;
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 1001:4001,nop,nop>\n"
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+.01 < . 1:1(0) ack 10001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, 7);
	assert_in_range(tcp_info_of(t, fd).tcpi_snd_cwnd, 7, 8);
	tcp_script(t, "+.09 < . 1:1(0) ack 10001 win 1000 <sack 1:1001,nop,nop>\n");
	assert_int_equal(MIB(t, TCPDSACKUndo), 1);
	is_open(t, fd, 10, TCP_INFINITE_SSTHRESH);
	tcp_peer_end(t);
}

/* Two were sent again and one was a duplicate: the other was lost, nothing is undone. */
static void one_dsack_of_two_undoes_nothing(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = ten_in_flight(t, SACK);

	(void)state;
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 2001:5001,nop,nop>\n"
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 > P. 1001:2001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 10001 win 1000 <sack 1:1001,nop,nop>\n");
	assert_int_equal(MIB(t, TCPDSACKUndo) + MIB(t, TCPFullUndo), 0);
	is_open(t, fd, 8, 7);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eifel_undoes_a_timeout),
		cmocka_unit_test(the_echo_of_a_retransmission_undoes_nothing),
		cmocka_unit_test(eifel_undoes_a_fast_retransmit),
		cmocka_unit_test(eifel_undoes_by_a_partial_ack),
		cmocka_unit_test(dsack_undoes_a_timeout),
		cmocka_unit_test(dsack_undoes_a_fast_retransmit),
		cmocka_unit_test(one_dsack_of_two_undoes_nothing),
	};

	return family_run_both(tests);
}
