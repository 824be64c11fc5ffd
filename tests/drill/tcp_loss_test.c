/* SPDX-License-Identifier: MIT */
/*
 * Loss: timeouts (RFC 6298), fast retransmit with SACK (RFC 6675, 2018, 2883) and without
 * (RFC 6582), limited transmit (RFC 3042), what a receiver says of holes; rows T3, T5, PI-23 to
 * PI-25.
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
#define SACK "mss 1000,sackOK,nop,nop,nop,wscale 7"
#define NOSACK "mss 1000,nop,wscale 7"

enum { CA_Open, CA_Disorder, CA_CWR, CA_Recovery, CA_Loss };

static void rto_backs_off(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, .1);
	uint32_t rto = tcp_info_of(t, fd).tcpi_rto;

	(void)state;
	assert_int_equal(rto, 300000);
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > P. 1:1001(1000) ack 1\n"
		   "+.3 > P. 1:1001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Loss);	/* PI-25 */
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_cwnd, 1);
	assert_int_equal(tcp_info_of(t, fd).tcpi_retransmits, 1);
	tcp_script(t,
		   "+.6 > P. 1:1001(1000) ack 1\n"
		   "+1.2 > P. 1:1001(1000) ack 1\n"
		   "+2.4 > P. 1:1001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	assert_int_equal(tcp_info_of(t, fd).tcpi_retransmits, 0);
	/* Karn: no sample, so the backed-off RTO stays. */
	assert_int_equal(tcp_info_of(t, fd).tcpi_rto, 4800000);
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > P. 1001:2001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 2001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_rto, 300000);
	tcp_peer_end(t);
}

static void connection_dies_after_retries2(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 1000, 0);
	tcp_skip(t, 920);		/* 924.6 s with an RTO of 200 ms (tcp(7)) */
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	tcp_skip(t, 150);
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	tcp_peer_end(t);
}

/* PI-24 */
static void user_timeout_ends_it(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_USER_TIMEOUT, 2000);
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > P. 1:1001(1000) ack 1\n"
		   "+.3 > P. 1:1001(1000) ack 1\n"
		   "+.6 > P. 1:1001(1000) ack 1\n"
		   "+1.2 > P. 1:1001(1000) ack 1\n"	/* 1.8 s after the first again */
		   "+.21 quiet\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1001 win 1000\n"
		   "+0 > R 1001:1001(0)\n");
	tcp_peer_end(t);
}

/* PI-04: what ICMP said is the reason when the time is over. */
static void soft_errors_are_told_at_the_timeout(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_USER_TIMEOUT, 2000);
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > P. 1:1001(1000) ack 1\n"
		   "+.1 icmp 1 seq 1\n"
		   "+.2 > P. 1:1001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	tcp_skip(t, 3);
	assert_int_equal(tcp_so_error(t, fd), EHOSTUNREACH);
	tcp_peer_end(t);
}

static void fast_retransmit_with_sack(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 10000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 1001:2001,nop,nop>\n"
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 1001:3001,nop,nop>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Disorder);
	tcp_script(t,
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 1001:4001,nop,nop>\n"
		   "+0 > . 1:1001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Recovery);
	assert_int_equal(tcp_info_of(t, fd).tcpi_lost, 1);
	assert_int_equal(tcp_info_of(t, fd).tcpi_sacked, 3);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_ssthresh, 7);	/* CUBIC's 0.7; RFC 9438 */
	tcp_script(t, "+.1 < . 1:1(0) ack 10001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	assert_in_range(tcp_info_of(t, fd).tcpi_snd_cwnd, 7, 8);
	assert_int_equal(MIB(t, TCPSackRecovery), 1);
	assert_int_equal(MIB(t, TCPFastRetrans), 1);
	tcp_peer_end(t);
}

static void sack_recovery_fills_several_holes(void **state)
{
	struct tcp_peer *t = tcp_peer_without_rack();
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 10000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	/* 1, 3 and 5 are lost. */
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 1001:2001,nop,nop>\n"
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 3001:4001 1001:2001,nop,nop>\n"
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 5001:6001 3001:4001 1001:2001,nop,nop>\n"
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 5001:7001 3001:4001 1001:2001,nop,nop>\n"
		   "+0 > . 2001:3001(1000) ack 1\n"	/* three SACKed above it */
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 5001:8001 3001:4001 1001:2001,nop,nop>\n"
		   "+0 > . 4001:5001(1000) ack 1\n"
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 5001:9001 3001:4001 1001:2001,nop,nop>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_lost, 3);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 2001 win 1000 <sack 3001:4001 5001:9001,nop,nop>\n"
		   "+0 < . 1:1(0) ack 10001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 3);
	tcp_peer_end(t);
}

/* RFC 3042: the first two duplicates let new data out. */
static void limited_transmit(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, NOSACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 20000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000\n"
		   "+0 > . 10001:11001(1000) ack 1\n"
		   "+.01 < . 1:1(0) ack 1 win 1000\n"	/* at once: it would wait for more */
		   "+0 > . 11001:12001(1000) ack 1\n"
		   "+0 < . 1:1(0) ack 1 win 1000\n"
		   "+0 > . 1:1001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Recovery);
	assert_int_equal(MIB(t, TCPRenoRecovery), 1);
	tcp_peer_end(t);
}

/* RFC 6582: a partial ACK shows the next hole. */
static void newreno_partial_ack(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, NOSACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 10000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000\n"
		   "+0 < . 1:1(0) ack 1 win 1000\n"
		   "+0 < . 1:1(0) ack 1 win 1000\n"
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 < . 1:1(0) ack 1 win 1000\n"
		   "+.1 < . 1:1(0) ack 4001 win 1000\n"
		   "+0 > . 4001:5001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 10001 win 1000\n");
	/* RFC 6582 3.2: held until something above the recovery is acknowledged. */
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Recovery);
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > P. 10001:11001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 11001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 2);
	tcp_peer_end(t);
}

static void two_duplicates_are_not_loss(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 4000, 0);
	assert_int_equal(tcp_skip(t, 0), 4);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 1001:2001,nop,nop>\n"
		   "+0 < . 1:1(0) ack 1 win 1000 <sack 1001:3001,nop,nop>\n"
		   "+.01 < . 1:1(0) ack 4001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 0);
	assert_int_equal(tcp_info_of(t, fd).tcpi_reord_seen, 1);
	tcp_peer_end(t);
}

/* A timeout: all is sent again, in slow start; what was SACKed is not. */
static void timeout_with_sacked_data(void **state)
{
	struct tcp_peer *t = tcp_peer_without_rack();
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 4000, 0);
	assert_int_equal(tcp_skip(t, 0), 4);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 2001:3001,nop,nop>\n"
		   "+.2 > . 1:1001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 1000 <sack 2001:3001,nop,nop>\n"
		   "+0 > . 1001:2001(1000) ack 1\n"
		   "+0 > P. 3001:4001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 4001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	assert_int_equal(MIB(t, TCPTimeouts), 1);
	assert_int_equal(MIB(t, TCPSlowStartRetrans), 2);
	tcp_peer_end(t);
}

/* RFC 2018 8: a receiver may take back what it SACKed. */
static void sack_reneging(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 3000, 0);
	assert_int_equal(tcp_skip(t, 0), 3);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 1001:3001,nop,nop>\n"
		   "+.01 < . 1:1(0) ack 1001 win 1000\n"
		   "+.05~+.06 > . 1001:2001(1000) ack 1\n"	/* half of SRTT */
		   "+.1 < . 1:1(0) ack 2001 win 1000\n"
		   "+0 > P. 2001:3001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 3001 win 1000\n");
	tcp_peer_end(t);
}

/* Eifel by D-SACK: what was sent again had arrived. */
static void dsack_undoes_a_wrong_recovery(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_write(t, fd, 10000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 1001:4001,nop,nop>\n"
		   "+0 > . 1:1001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Recovery);
	tcp_script(t,
		   "+.01 < . 1:1(0) ack 5001 win 1000\n"
		   "+.1 < . 1:1(0) ack 10001 win 1000 <sack 1:1001,nop,nop>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	assert_true(tcp_info_of(t, fd).tcpi_snd_cwnd >= 10);
	assert_int_equal(tcp_info_of(t, fd).tcpi_dsack_dups, 1);
	tcp_peer_end(t);
}

/* ---- the receiver ---- */

static void holes_are_told_by_sack(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_script(t,
		   "+0 < . 1001:2001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 1001:2001>\n"
		   "+0 < . 3001:4001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 3001:4001 1001:2001>\n"
		   "+0 < . 5001:6001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 5001:6001 3001:4001 1001:2001>\n"
		   "+0 < . 7001:8001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 7001:8001 5001:6001 3001:4001 1001:2001>\n"
		   "+0 < . 2001:3001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 1001:4001 7001:8001 5001:6001>\n"
		   "+0 < . 1:1001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 4001 <nop,nop,sack 7001:8001 5001:6001>\n"
		   "+0 < . 6001:7001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 4001 <nop,nop,sack 5001:8001>\n"
		   "+0 < P. 4001:5001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 8001 <>\n");
	assert_int_equal(tcp_read(t, fd, 10000), 8000);
	tcp_peer_end(t);
}

static void duplicates_are_told_by_dsack(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_script(t,
		   "+0 < P. 1:1001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1001 <>\n"
		   "+0 < P. 1:1001(1000) ack 1 win 1000\n"		/* RFC 2883 4.1 */
		   "+0 > . 1:1(0) ack 1001 <nop,nop,sack 1:1001>\n"
		   "+0 < P. 2001:3001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1001 <nop,nop,sack 2001:3001>\n"
		   "+0 < P. 2001:3001(1000) ack 1 win 1000\n"		/* 4.2 */
		   "+0 > . 1:1(0) ack 1001 <nop,nop,sack 2001:3001 2001:3001>\n"
		   "+0 < P. 501:1501(1000) ack 1 win 1000\n"		/* a part is new */
		   "+0 > . 1:1(0) ack 1501 <nop,nop,sack 501:1001 2001:3001>\n"
		   "+0 < P. 1501:2501(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 3001 <nop,nop,sack 2001:2501>\n");
	assert_int_equal(tcp_read(t, fd, 10000), 3000);
	tcp_peer_end(t);
}

static void overlaps_are_cut(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_script(t,
		   "+0 < . 201:301(100) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 201:301>\n"
		   "+0 < . 401:501(100) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 401:501 201:301>\n"
		   "+0 < . 151:451(300) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 201:301 151:501>\n"
		   "+0 < P. 1:221(220) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 501 <nop,nop,sack 151:221>\n");
	assert_int_equal(tcp_read(t, fd, 10000), 500);
	tcp_peer_end(t);
}

static void fin_out_of_order_waits(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);

	(void)state;
	tcp_script(t,
		   "+0 < F. 1001:2001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 1 <nop,nop,sack 1001:2002>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	tcp_script(t,
		   "+0 < . 1:1001(1000) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 2002 <>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE_WAIT);
	assert_int_equal(tcp_read(t, fd, 10000), 2000);
	assert_int_equal(tcp_read(t, fd, 10000), 0);
	tcp_peer_end(t);
}

/* ---- path MTU ---- */

static void smaller_mtu_cuts_and_sends_again(void **state)
{
	family_ipv4_only("a path narrower than IPv6's least");

	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460,sackOK,nop,nop,nop,wscale 7", 1000, .1);

	(void)state;
	tcp_write(t, fd, 2920, 0);
	tcp_script(t,
		   "+0 > . 1:1461(1460) ack 1\n"
		   "+0 > P. 1461:2921(1460) ack 1\n"
		   "+.05 icmp 4 mtu 1000 seq 1\n"
		   "+0 > . 1:961(960) ack 1\n"
		   "+0 > P. 961:1921(960) ack 1\n"
		   "+0 > . 1921:2881(960) ack 1\n"
		   "+0 > P. 2881:2921(40) ack 1\n"
		   "+.1 < . 1:1(0) ack 2921 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_mss, 960);
	assert_int_equal(tcp_info_of(t, fd).tcpi_pmtu, 1000);
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, CA_Open);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rto_backs_off),
		cmocka_unit_test(connection_dies_after_retries2),
		cmocka_unit_test(user_timeout_ends_it),
		cmocka_unit_test(soft_errors_are_told_at_the_timeout),
		cmocka_unit_test(fast_retransmit_with_sack),
		cmocka_unit_test(sack_recovery_fills_several_holes),
		cmocka_unit_test(limited_transmit),
		cmocka_unit_test(newreno_partial_ack),
		cmocka_unit_test(two_duplicates_are_not_loss),
		cmocka_unit_test(timeout_with_sacked_data),
		cmocka_unit_test(sack_reneging),
		cmocka_unit_test(dsack_undoes_a_wrong_recovery),
		cmocka_unit_test(holes_are_told_by_sack),
		cmocka_unit_test(duplicates_are_told_by_dsack),
		cmocka_unit_test(overlaps_are_cut),
		cmocka_unit_test(fin_out_of_order_waits),
		cmocka_unit_test(smaller_mtu_cuts_and_sends_again),
	};

	return family_run_both(tests);
}
