/* SPDX-License-Identifier: MIT */
/* Opening a connection: RFC 9293 3.5, 3.10.7.2 to .4; rows T1, T2, T9, PI-02 to PI-07, PI-11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/sock.h"

static void passive_open_with_all_options(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 65535 <mss 1460,sackOK,TS val 10 ecr 0,nop,wscale 7>\n"
		   "+0 > S. 0:0(0) ack 1 win 65160"
		   " <mss 1460,sackOK,TS val 100 ecr 10,nop,wscale 7>\n"
		   "+.1 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 110 ecr 100>\n");
	fd = tcp_accept_one(t, l);
	assert_int_equal(tcp_info_of(t, fd).tcpi_options, 7);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_wscale, 7);
	assert_int_equal(tcp_info_of(t, fd).tcpi_rtt, 100000);
	assert_int_equal(tcp_info_of(t, fd).tcpi_rto, 300000);	/* 100 ms + 200 ms (RFC 6298) */
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_cwnd, 10);	/* RFC 6928 */
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_mss, 1448);
	assert_int_equal(tcp_info_of(t, fd).tcpi_ca_state, 0);
	assert_int_equal(tcp_info_of(t, fd).tcpi_reord_seen, 0);
	tcp_peer_end(t);
}

static void what_was_not_offered_is_not_used(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000\n"
		   "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n"
		   "+.01 < . 1:1(0) ack 1 win 1000\n");
	fd = tcp_accept_one(t, l);
	assert_int_equal(tcp_info_of(t, fd).tcpi_options, 0);
	/* RFC 9293 3.7.1: 536 without an MSS option; and half of the peer's window. */
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_mss, 500);
	tcp_peer_end(t);
}

static void active_open(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	assert_int_equal(tcp_connect_to(t, fd), -EINPROGRESS);
	assert_int_equal(tcp_connect_to(t, fd), -EALREADY);
	assert_int_equal(tcp_events(t, fd), 0);
	assert_int_equal(tcp_write(t, fd, 1, 0), -EAGAIN);
	tcp_script(t,
		   "+0 > S 0:0(0) win 64240 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>\n"
		   "+.05 < S. 0:0(0) ack 1 win 65535"
		   " <mss 1400,sackOK,TS val 700 ecr 100,nop,wscale 9>\n"
		   "+0 > . 1:1(0) ack 1 win 502 <nop,nop,TS val 150 ecr 700>\n");
	assert_int_equal(tcp_connect_to(t, fd), 0);
	assert_int_equal(tcp_connect_to(t, fd), -EISCONN);
	assert_int_equal(tcp_events(t, fd), LN_POLLOUT);
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_mss, 1388);
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	tcp_peer_end(t);
}

static void syn_is_sent_again_with_backoff_until_etimedout(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+1 > S 0:0(0) <...>\n"
		   "+1 > S 0:0(0) <...>\n"	/* four times without back-off, as Linux */
		   "+1 > S 0:0(0) <...>\n"
		   "+1 > S 0:0(0) <...>\n"
		   "+1 > S 0:0(0) <...>\n"
		   "+2 > S 0:0(0) <...>\n"
		   "+4 > S 0:0(0) <...>\n"
		   "+8 > S 0:0(0) <...>\n"
		   "+16 > S 0:0(0) <...>\n"
		   "+32 > S 0:0(0) <...>\n"
		   "+63 quiet\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_SYN_SENT);
	tcp_quiet(t, 1);
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	tcp_peer_end(t);
}

static void syncnt_limits_the_syns(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	net_of(tcp_peer_net(t))->sysctl.tcp_syn_linear_timeouts = 0;
	assert_int_equal(tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_SYNCNT, 1), 0);
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+1 > S 0:0(0) <...>\n"
		   "+2 quiet\n");
	assert_int_equal(tcp_so_error(t, fd), ETIMEDOUT);
	tcp_peer_end(t);
}

static void refused_by_rst(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+.01 < R 0:0(0) win 0\n"		/* without ACK: ignored */
		   "+.01 < R. 0:0(0) ack 3 win 0\n"	/* of what was not sent: ignored */
		   "+.002 > S 0:0(0) <...>\n"
		   "+.01 < R. 0:0(0) ack 1 win 0\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);
	assert_int_equal(tcp_events(t, fd) & (LN_POLLERR | LN_POLLHUP | LN_POLLIN | LN_POLLOUT),
			 LN_POLLERR | LN_POLLHUP | LN_POLLIN | LN_POLLOUT);
	assert_int_equal(tcp_so_error(t, fd), ECONNREFUSED);
	/* The socket may try again. */
	tcp_new_connection(t, TCP_PEER_PORT);
	assert_int_equal(tcp_connect_to(t, fd), -ECONNABORTED);
	assert_int_equal(tcp_connect_to(t, fd), -EINPROGRESS);
	tcp_script(t, "+0 > S 0:0(0) <...>\n");
	tcp_peer_end(t);
}

static void wrong_ack_in_syn_sent_is_answered_with_rst(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+.01 < S. 0:0(0) ack 17 win 1000 <mss 1460>\n"
		   "+0 > R 17:17(0) win 0 <>\n"
		   "+.002 > S 0:0(0) <...>\n"	/* once */
		   "+.01 < . 0:0(0) ack 0 win 1000\n"
		   "+0 > R 0:0(0) win 0 <>\n"
		   "+.01 < S. 0:0(0) ack 1 win 1000 <mss 1460>\n"
		   "+0 > . 1:1(0) ack 1 <>\n");
	tcp_peer_end(t);
}

static void simultaneous_open(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>\n"
		   "+.01 < S 0:0(0) win 5792 <mss 1460,sackOK,TS val 500 ecr 0,nop,wscale 2>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 110 ecr 500,nop,wscale 7>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_SYN_RECV);
	tcp_script(t, "+.01 < S. 0:0(0) ack 1 win 5792"
		   " <mss 1460,sackOK,TS val 510 ecr 100,nop,wscale 2>\n");
	/* Their SYN-ACK is outside of the window: answered with an ACK, then an ACK completes. */
	tcp_skip(t, 0.001);
	tcp_script(t, "+.01 < . 1:1(0) ack 1 win 2000 <nop,nop,TS val 520 ecr 110>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	assert_int_equal(tcp_write(t, fd, 10, 0), 10);
	tcp_script(t, "+0 > P. 1:11(10) ack 1 <...>\n");
	tcp_peer_end(t);
}

static void simultaneous_open_then_rst(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+.01 < S 0:0(0) win 5792 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.01 < R 1:1(0) win 0\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE);	/* PI-07 */
	tcp_peer_end(t);
}

/* PI-02: only an acknowledgement of our SYN completes. */
static void wrong_ack_in_syn_rcvd_is_answered_with_rst(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t);

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.01 < . 1:1(0) ack 0 win 1000\n"
		   "+0 > R 0:0(0) win 0 <>\n"
		   "+.01 < . 1:1(0) ack 2 win 1000\n"
		   "+0 > R 2:2(0) win 0 <>\n"
		   "+.01 < . 1:1(0) ack 1 win 1000\n");
	tcp_accept_one(t, l);
	tcp_peer_end(t);
}

static void rst_in_syn_rcvd_ends_it(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t);

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.01 < R 1:1(0) win 0\n"
		   "+.01 < . 1:1(0) ack 1 win 1000\n"	/* PI-06: stray ACK to a listener */
		   "+0 > R 1:1(0) win 0 <>\n");
	assert_int_equal(ln_accept(tcp_peer_net(t), l, NULL, NULL), -EAGAIN);
	tcp_peer_end(t);
}

static void syn_ack_is_sent_again_until_given_up(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t);

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+1 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+2 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+4 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+8 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+16 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+40 quiet\n"
		   "+0 < . 1:1(0) ack 1 win 1000\n"
		   "+0 > R 1:1(0) <>\n");
	assert_int_equal(ln_accept(tcp_peer_net(t), l, NULL, NULL), -EAGAIN);
	tcp_peer_end(t);
}

static void a_repeated_syn_is_answered_again(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);

	(void)state;
	tcp_listen_on(t);
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.1 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.1 < S 0:0(0) win 1000 <mss 1460>\n"	/* within 500 ms: silence */
		   "+.3 quiet\n");
	tcp_peer_end(t);
}

static void data_may_come_with_the_last_ack(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.01 < P. 1:101(100) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 101 <>\n");
	fd = tcp_accept_one(t, l);
	assert_int_equal(tcp_read(t, fd, 1000), 100);
	tcp_peer_end(t);
}

static void fin_may_come_with_the_last_ack(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.01 < F. 1:1(0) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 2 <>\n");
	fd = tcp_accept_one(t, l);
	assert_int_equal(tcp_read(t, fd, 1000), 0);
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE_WAIT);
	tcp_peer_end(t);
}

/* T9 */
static void no_socket_is_answered_with_rst(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > R. 0:0(0) ack 1 win 0 <>\n"
		   "+0 < . 7:7(0) ack 5 win 1000\n");
	tcp_skip(t, 0);
	tcp_script(t,
		   "+0 < FP. 7:17(10) ack 5 win 1000\n"
		   "+0 > R 5:5(0) win 0 <>\n"
		   "+0 < R 7:7(0) win 1000\n"
		   "+0 < R. 7:7(0) ack 5 win 1000\n"
		   "+1 quiet\n");
	assert_int_equal(net->drops[SKB_DROP_REASON_NO_SOCKET], 5);
	assert_int_equal(net->mib[MIB_TcpOutRsts], 3);
	tcp_peer_end(t);
}

/* PI-11 */
static void full_accept_queue_ignores_the_ack(void **state)
{
	static const char open[] = "+0 < S 0:0(0) win 1000 <mss 1460>\n"
				   "+0 > S. 0:0(0) ack 1 <mss 1460>\n";
	static const char ack[] = "+.01 < . 1:1(0) ack 1 win 1000\n";
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_backlog(t, 1);	/* Linux: room for one more than asked for */

	(void)state;
	tcp_script(t, open);
	tcp_use(t, 1);
	tcp_script(t, open);
	tcp_use(t, 0);
	tcp_script(t, ack);
	tcp_use(t, 2);
	tcp_script(t, open);
	tcp_use(t, 1);
	tcp_script(t, ack);
	tcp_use(t, 2);
	tcp_script(t, ack);		/* no room: as if it had not come */
	tcp_script(t, "+.98 > S. 0:0(0) ack 1 <mss 1460>\n");
	tcp_use(t, 3);
	tcp_script(t,			/* new SYNs are dropped now */
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+.1 quiet\n");
	assert_int_equal(net_of(tcp_peer_net(t))->mib[MIB_TcpExtListenOverflows], 2);
	assert_int_equal(net_of(tcp_peer_net(t))->drops[SKB_DROP_REASON_TCP_LISTEN_OVERFLOW], 2);
	tcp_accept_one(t, l);
	tcp_accept_one(t, l);
	assert_int_equal(ln_accept(tcp_peer_net(t), l, NULL, NULL), -EAGAIN);
	tcp_use(t, 2);
	tcp_script(t, ack);
	tcp_accept_one(t, l);
	tcp_peer_end(t);
}

static void listener_close_resets_what_was_not_accepted(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t);

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.1 < . 1:1(0) ack 1 win 1000\n");
	ln_close(tcp_peer_net(t), l);
	tcp_script(t, "+0 > R. 1:1(0) ack 1 <>\n");	/* PI-05 */
	tcp_peer_end(t);
}

static void listener_close_forgets_requests(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t);

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n");
	ln_close(tcp_peer_net(t), l);
	tcp_script(t,
		   "+2 quiet\n"
		   "+0 < . 1:1(0) ack 1 win 1000\n"
		   "+0 > R 1:1(0) <>\n");
	tcp_peer_end(t);
}

static void defer_accept_waits_for_data(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_opt(t, l, LN_SOL_TCP, LN_TCP_DEFER_ACCEPT, 5);
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.1 < . 1:1(0) ack 1 win 1000\n");
	assert_int_equal(ln_accept(tcp_peer_net(t), l, NULL, NULL), -EAGAIN);
	tcp_script(t,
		   "+.1 < P. 1:11(10) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 11 <>\n");
	fd = tcp_accept_one(t, l);
	assert_int_equal(tcp_read(t, fd, 100), 10);
	tcp_peer_end(t);
}

/* PI-03, PI-04 */
static void icmp_errors_end_a_connect(void **state)
{
	family_ipv4_only("codes of ICMP; stream6_test has ICMPv6's");

	static const struct { int code, err; } cases[] = {
		{ 0, ENETUNREACH }, { 1, EHOSTUNREACH }, { 2, ENOPROTOOPT }, { 3, ECONNREFUSED },
		{ 5, EOPNOTSUPP }, { 6, ENETUNREACH }, { 7, EHOSTDOWN }, { 8, ENONET },
		{ 9, ENETUNREACH }, { 10, EHOSTUNREACH }, { 11, ENETUNREACH },
		{ 12, EHOSTUNREACH }, { 13, EHOSTUNREACH }, { 14, EHOSTUNREACH },
		{ 15, EHOSTUNREACH },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tcp_peer *t = tcp_peer_new(NULL);
		int fd = tcp_socket(t);
		char line[64];

		tcp_connect_to(t, fd);
		tcp_script(t, "+0 > S 0:0(0) <...>\n");
		snprintf(line, sizeof(line), "+.1 icmp %d seq 0\n", cases[i].code);
		tcp_script(t, line);
		assert_true(tcp_events(t, fd) & LN_POLLHUP);
		assert_int_equal(tcp_so_error(t, fd), cases[i].err);
		tcp_script(t,
			   "+.1 < S. 0:0(0) ack 1 win 1000 <mss 1460>\n"
			   "+0 > R 1:1(0) <>\n");
		tcp_peer_end(t);
	}
}

static void icmp_about_another_segment_is_ignored(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+.1 icmp 1 seq 77\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_SYN_SENT);
	assert_int_equal(net_of(tcp_peer_net(t))->mib[MIB_TcpExtOutOfWindowIcmps], 1);
	tcp_peer_end(t);
}

static void rtt_of_a_syn_sent_again_is_not_taken(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	net_of(tcp_peer_net(t))->sysctl.tcp_timestamps = 0;
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+1 > S 0:0(0) <...>\n"
		   "+.2 < S. 0:0(0) ack 1 win 65535 <mss 1460>\n"
		   "+0 > . 1:1(0) ack 1 <>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_rto, 3000000);	/* RFC 6298 5.7 */
	tcp_peer_end(t);
}

static void user_mss_is_told_and_kept(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_socket(t);

	(void)state;
	assert_int_equal(tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_MAXSEG, 1000), 0);
	tcp_connect_to(t, fd);
	tcp_script(t,
		   "+0 > S 0:0(0) <mss 1000,sackOK,TS val 100 ecr 0,nop,wscale 7>\n"
		   "+.2 < S. 0:0(0) ack 1 win 65535 <mss 1460>\n"
		   "+0 > . 1:1(0) ack 1 <>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_mss, 1000);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passive_open_with_all_options),
		cmocka_unit_test(what_was_not_offered_is_not_used),
		cmocka_unit_test(active_open),
		cmocka_unit_test(syn_is_sent_again_with_backoff_until_etimedout),
		cmocka_unit_test(syncnt_limits_the_syns),
		cmocka_unit_test(refused_by_rst),
		cmocka_unit_test(wrong_ack_in_syn_sent_is_answered_with_rst),
		cmocka_unit_test(simultaneous_open),
		cmocka_unit_test(simultaneous_open_then_rst),
		cmocka_unit_test(wrong_ack_in_syn_rcvd_is_answered_with_rst),
		cmocka_unit_test(rst_in_syn_rcvd_ends_it),
		cmocka_unit_test(syn_ack_is_sent_again_until_given_up),
		cmocka_unit_test(a_repeated_syn_is_answered_again),
		cmocka_unit_test(data_may_come_with_the_last_ack),
		cmocka_unit_test(fin_may_come_with_the_last_ack),
		cmocka_unit_test(no_socket_is_answered_with_rst),
		cmocka_unit_test(full_accept_queue_ignores_the_ack),
		cmocka_unit_test(listener_close_resets_what_was_not_accepted),
		cmocka_unit_test(listener_close_forgets_requests),
		cmocka_unit_test(defer_accept_waits_for_data),
		cmocka_unit_test(icmp_errors_end_a_connect),
		cmocka_unit_test(icmp_about_another_segment_is_ignored),
		cmocka_unit_test(rtt_of_a_syn_sent_again_is_not_taken),
		cmocka_unit_test(user_mss_is_told_and_kept),
	};

	return family_run_both(tests);
}
