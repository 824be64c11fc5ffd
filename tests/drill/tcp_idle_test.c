/* SPDX-License-Identifier: MIT */
/*
 * A congestion window that was not used says nothing of the path any more (RFC 5681 4.1, RFC
 * 2861): with tcp_slow_start_after_idle it is halved per RTO without sending, down to the restart
 * window; row T5.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"

#define SACK "mss 1000,sackOK,nop,nop,nop,wscale 7"

/* Slow start to cwnd 35, all acknowledged; the RTO. */
static uint32_t large_window(struct tcp_peer *t, int *fd)
{
	*fd = tcp_established(t, SACK, 1000, .1);
	tcp_opt(t, *fd, LN_SOL_SOCKET, LN_SO_SNDBUF, 200000);
	tcp_write(t, *fd, 25000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	tcp_script(t, "+.1 < . 1:1(0) ack 10001 win 1000\n");
	assert_int_equal(tcp_skip(t, 0), 15);
	tcp_script(t, "+.1 < . 1:1(0) ack 25001 win 1000\n");
	assert_int_equal(tcp_info_of(t, *fd).tcpi_snd_cwnd, 35);
	return tcp_info_of(t, *fd).tcpi_rto;
}

/* How many segments leave at once so many RTOs after the last ACK, 0.1 s after the last data. */
static unsigned burst_after(double rtos, int after_idle)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	uint32_t rto_us, cwnd;
	unsigned n;
	int fd;

	net_of(tcp_peer_net(t))->sysctl.tcp_slow_start_after_idle = after_idle;
	rto_us = large_window(t, &fd);
	tcp_quiet(t, rtos * rto_us / 1e6);
	tcp_write(t, fd, 60000, 0);
	n = tcp_skip(t, 0);
	cwnd = tcp_info_of(t, fd).tcpi_snd_cwnd;
	assert_int_equal(n, cwnd);
	/* What was reached once is not forgotten: slow start goes back there. */
	assert_true(tcp_info_of(t, fd).tcpi_snd_ssthresh >= 26);
	tcp_peer_end(t);
	return n;
}

static void it_is_halved_per_rto(void **state)
{
	(void)state;
	assert_int_equal(burst_after(0, 1), 35);
	assert_int_equal(burst_after(.3, 1), 35);	/* idle counts from the last sending */
	assert_int_equal(burst_after(1.4, 1), 17);
	assert_int_equal(burst_after(2.4, 1), 10);	/* the restart window */
	assert_int_equal(burst_after(10000, 1), 10);
}

static void it_is_kept_where_that_is_off(void **state)
{
	(void)state;
	assert_int_equal(burst_after(2.4, 0), 35);
	assert_int_equal(burst_after(10000, 0), 35);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_halved_per_rto),
		cmocka_unit_test(it_is_kept_where_that_is_off),
	};

	return family_run_both(tests);
}
