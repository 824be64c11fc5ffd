/* SPDX-License-Identifier: MIT */
/* Closing a connection: RFC 9293 3.6, RFC 1122 4.2.2.13; rows T1, PI-01, PI-08 to PI-10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/sock.h"

#define CLOSE(t, fd) assert_int_equal(ln_close(tcp_peer_net(t), fd), 0)
#define MIB(t, name) (net_of(tcp_peer_net(t))->mib[MIB_TcpExt##name])

static void active_close(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < . 1:1(0) ack 2 win 1000\n"
		   "+.01 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+.3 < F. 1:1(0) ack 2 win 1000\n"	/* our ACK was lost */
		   "+0 > . 2:2(0) ack 2\n"
		   "+59.9 < . 2:2(0) ack 2 win 1000\n"	/* still there; the wait begins anew */
		   "+59.9 < . 2:2(0) ack 1 win 1000\n"
		   "+60.1 < . 2:2(0) ack 2 win 1000\n"	/* gone */
		   "+0 > R 2:2(0)\n");
	assert_int_equal(MIB(t, TW), 1);
	tcp_peer_end(t);
}

/* No memory for the FIN while data was in flight: it follows, or nothing would ever end. */
static void fin_that_found_no_memory(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_write(t, fd, 100, 0);
	tcp_script(t, "+0 > P. 1:101(100) ack 1\n");
	ln_net_fail_alloc(tcp_peer_net(t), 1);
	CLOSE(t, fd);
	tcp_script(t,
		   "+.01 < . 1:1(0) ack 101 win 1000\n"
		   "+.5 > F. 101:101(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 102 win 1000\n"
		   "+0 > . 102:102(0) ack 2\n");
	tcp_peer_end(t);
}

static void passive_close(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < F. 1:1(0) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 2\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_CLOSE_WAIT);
	assert_int_equal(tcp_events(t, fd), LN_POLLIN | LN_POLLRDHUP | LN_POLLOUT);
	assert_int_equal(tcp_read(t, fd, 10), 0);
	assert_int_equal(tcp_write(t, fd, 10, 0), 10);	/* half closed: still writable */
	tcp_script(t,
		   "+0 > P. 1:11(10) ack 2\n"
		   "+.01 < . 2:2(0) ack 11 win 1000\n");
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 11:11(0) ack 2\n"
		   "+.01 < . 2:2(0) ack 12 win 1000\n"
		   "+0 < . 2:2(0) ack 12 win 1000\n"	/* closed: no TIME-WAIT on this side */
		   "+0 > R 12:12(0)\n");
	tcp_peer_end(t);
}

static void simultaneous_close(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 1 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+.2 > F. 1:1(0) ack 2\n"		/* PI-10: CLOSING sends its FIN again */
		   "+.01 < . 2:2(0) ack 2 win 1000\n"
		   "+1 < F. 1:1(0) ack 2 win 1000\n"	/* TIME-WAIT answers */
		   "+0 > . 2:2(0) ack 2\n");
	tcp_peer_end(t);
}

static void fin_with_the_ack_of_ours(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n");
	tcp_quiet(t, 10);
	tcp_peer_end(t);
}

static void fin_is_sent_again_with_backoff(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .1);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.3 > F. 1:1(0) ack 1\n"
		   "+.6 > F. 1:1(0) ack 1\n"
		   "+1.2 > F. 1:1(0) ack 1\n"
		   "+2.4 > F. 1:1(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 2 win 1000\n"
		   "+9 quiet\n");
	tcp_peer_end(t);
}

static void half_close_still_reads(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	assert_int_equal(ln_shutdown(tcp_peer_net(t), fd, LN_SHUT_WR), 0);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < . 1:1(0) ack 2 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_FIN_WAIT2);
	assert_int_equal(tcp_write(t, fd, 1, 0), -EPIPE);
	tcp_script(t,
		   "+100 < P. 1:101(100) ack 2 win 1000\n"	/* a user is there: no time limit */
		   "+0 > . 2:2(0) ack 101\n");
	assert_int_equal(tcp_read(t, fd, 1000), 100);
	tcp_script(t,
		   "+.01 < F. 101:101(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 102\n");
	assert_int_equal(tcp_read(t, fd, 1000), 0);
	CLOSE(t, fd);
	tcp_quiet(t, 1);
	tcp_peer_end(t);
}

/* RFC 2525 2.17: data that nobody will read makes the close an abort. */
static void close_with_unread_data_is_a_reset(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_script(t,
		   "+0 < P. 1:101(100) ack 1 win 1000\n"
		   "+0 > . 1:1(0) ack 101\n");
	CLOSE(t, fd);
	tcp_script(t, "+0 > R. 1:1(0) ack 101\n");
	assert_int_equal(MIB(t, TCPAbortOnClose), 1);
	tcp_peer_end(t);
}

static void data_after_close_is_a_reset(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < . 1:1(0) ack 2 win 1000\n"
		   "+.01 < P. 1:101(100) ack 2 win 1000\n"
		   "+0 > R 2:2(0)\n");
	tcp_peer_end(t);
}

static void data_with_the_ack_of_fin_after_close_is_a_reset(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < P. 1:101(100) ack 2 win 1000\n"
		   "+0 > R 2:2(0)\n");
	assert_int_equal(net_of(tcp_peer_net(t))->drops[SKB_DROP_REASON_TCP_ABORT_ON_DATA], 1);
	tcp_peer_end(t);
}

/* PI-09 */
static void linger_0_is_a_reset(void **state)
{
	struct ln_linger l = { 1, 0 };
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	assert_int_equal(ln_setsockopt(tcp_peer_net(t), fd, LN_SOL_SOCKET, LN_SO_LINGER, &l,
				       sizeof(l)), 0);
	tcp_write(t, fd, 10, 0);
	tcp_script(t, "+0 > P. 1:11(10) ack 1\n");
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > R. 11:11(0) ack 1\n"
		   "+1 quiet\n"
		   "+0 < . 1:1(0) ack 11 win 1000\n"
		   "+0 > R 11:11(0)\n");
	tcp_peer_end(t);
}

/* PI-01 */
static void linger2_ends_fin_wait_2(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	assert_int_equal(tcp_opt(t, fd, LN_SOL_TCP, LN_TCP_LINGER2, 1), 0);
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < . 1:1(0) ack 2 win 1000\n"
		   "+5 < . 1:1(0) ack 2 win 1000\n"
		   "+0 > R 2:2(0)\n");
	tcp_peer_end(t);
}

static void fin_wait_2_of_an_orphan_lasts_60_s(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < . 1:1(0) ack 2 win 1000\n"
		   "+5 < . 1:1(0) ack 2 win 1000\n"	/* silence: in order, but no FIN */
		   "+54 quiet\n"
		   "+2 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > R 2:2(0)\n");
	tcp_peer_end(t);
}

static void fin_wait_2_takes_the_fin(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < . 1:1(0) ack 2 win 1000\n"
		   "+50 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+59 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n");
	tcp_peer_end(t);
}

/* PI-08 */
static void rst_ends_time_wait(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+1 < R 2:2(0) win 0\n"
		   "+1 < . 2:2(0) ack 2 win 1000\n"
		   "+0 > R 2:2(0)\n");
	assert_int_equal(MIB(t, TW), 1);
	assert_int_equal(MIB(t, TWKilled), 0);
	tcp_peer_end(t);
}

static void rfc1337(struct net *net)
{
	net->sysctl.tcp_rfc1337 = 1;
}

static void rfc1337_ignores_rst_in_time_wait(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&(struct tcp_peer_params){ .setup = rfc1337 });
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+1 < R 2:2(0) win 0\n"
		   "+1 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n");
	tcp_peer_end(t);
}

/* RFC 1122 4.2.2.13: a new SYN above the old numbers may reuse a TIME-WAIT. */
static void syn_reuses_time_wait(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int l = tcp_listen_on(t), fd;

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 1000 <mss 1460>\n"
		   "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		   "+.01 < . 1:1(0) ack 1 win 1000\n");
	fd = tcp_accept_one(t, l);
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+.1 < S 1:1(0) win 1000 <mss 1460>\n"	/* not above: it is old */
		   "+0 > . 2:2(0) ack 2\n"
		   "+1 < S 1000:1000(0) win 1000 <mss 1460>\n"
		   "+0 > S. 65539:65539(0) ack 1001 <mss 1460>\n"
		   "+.01 < . 1001:1001(0) ack 65540 win 1000\n");
	tcp_accept_one(t, l);
	tcp_peer_end(t);
}

static void bad_numbers_in_time_wait_are_acked_at_a_limited_rate(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.01 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+1 < . 9000:9000(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n"
		   "+.1 < . 9000:9000(0) ack 2 win 1000\n"
		   "+.5 < . 9000:9000(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n");
	assert_int_equal(MIB(t, TCPACKSkippedTimeWait), 1);
	tcp_peer_end(t);
}

static void an_orphan_gives_up(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_write(t, fd, 100, 0);
	CLOSE(t, fd);
	assert_int_equal(net->sock->orphans, 1);
	assert_in_range(tcp_skip(t, 600), 8, 14);	/* 8 retries (tcp_orphan_retries) */
	assert_int_equal(net->sock->orphans, 0);
	assert_int_equal(MIB(t, TCPAbortOnTimeout), 1);
	tcp_peer_end(t);
}

static void few_orphans(struct net *net)
{
	net->sysctl.tcp_max_orphans = 0;
}

static void too_many_orphans_are_reset(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&(struct tcp_peer_params){ .setup = few_orphans });
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	CLOSE(t, fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+0 > R. 2:2(0) ack 1\n");
	tcp_peer_end(t);
}

static void rst_from_the_peer_is_told(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	tcp_script(t, "+0 < R. 1:1(0) ack 1 win 0\n");
	assert_int_equal(tcp_events(t, fd) & (LN_POLLERR | LN_POLLHUP), LN_POLLERR | LN_POLLHUP);
	assert_int_equal(tcp_read(t, fd, 1), -ECONNRESET);
	assert_int_equal(tcp_read(t, fd, 1), 0);
	assert_int_equal(tcp_write(t, fd, 1, 0), -EPIPE);
	tcp_peer_end(t);
}

static void connect_to_af_unspec_resets(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct ln_sockaddr_in none = { .sin_family = LN_AF_UNSPEC };
	int fd = tcp_established(t, "mss 1460", 1000, .01);

	(void)state;
	assert_int_equal(ln_connect(tcp_peer_net(t), fd, &none, sizeof(none)), 0);
	tcp_script(t, "+0 > R. 1:1(0) ack 1\n");
	tcp_so_error(t, fd);
	tcp_new_connection(t, TCP_PEER_PORT);
	assert_int_equal(tcp_connect_to(t, fd), -EINPROGRESS);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+.01 < S. 0:0(0) ack 1 win 1000 <mss 1460>\n"
		   "+0 > . 1:1(0) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_state, TCP_ESTABLISHED);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(active_close),
		cmocka_unit_test(fin_that_found_no_memory),
		cmocka_unit_test(passive_close),
		cmocka_unit_test(simultaneous_close),
		cmocka_unit_test(fin_with_the_ack_of_ours),
		cmocka_unit_test(fin_is_sent_again_with_backoff),
		cmocka_unit_test(half_close_still_reads),
		cmocka_unit_test(close_with_unread_data_is_a_reset),
		cmocka_unit_test(data_after_close_is_a_reset),
		cmocka_unit_test(data_with_the_ack_of_fin_after_close_is_a_reset),
		cmocka_unit_test(linger_0_is_a_reset),
		cmocka_unit_test(linger2_ends_fin_wait_2),
		cmocka_unit_test(fin_wait_2_of_an_orphan_lasts_60_s),
		cmocka_unit_test(fin_wait_2_takes_the_fin),
		cmocka_unit_test(rst_ends_time_wait),
		cmocka_unit_test(rfc1337_ignores_rst_in_time_wait),
		cmocka_unit_test(syn_reuses_time_wait),
		cmocka_unit_test(bad_numbers_in_time_wait_are_acked_at_a_limited_rate),
		cmocka_unit_test(an_orphan_gives_up),
		cmocka_unit_test(too_many_orphans_are_reset),
		cmocka_unit_test(rst_from_the_peer_is_told),
		cmocka_unit_test(connect_to_af_unspec_resets),
	};

	return family_run_both(tests);
}
