/* SPDX-License-Identifier: MIT */
/*
 * Connections when the instance's memory is short (rows T4, T6): past half of the budget buffers
 * do not grow and new sockets begin with tcp_rmem[0] and tcp_wmem[0]; in its last eighth each
 * connection still has so much, and goes on.
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

#define SACK "mss 1000,sackOK,nop,nop,nop,wscale 7"

#define OTHERS (2u << 20)

/* As if others had taken all but one part in n. */
static void take_all_but(struct tcp_peer *t, unsigned n)
{
	struct mem *mem = &net_of(tcp_peer_net(t))->mem;

	assert_true(mem_charge(mem, OTHERS));
	mem->budget = mem->used / (n - 1) * n;
}

static void peer_end(struct tcp_peer *t)
{
	mem_uncharge(&net_of(tcp_peer_net(t))->mem, OTHERS);
	tcp_peer_end(t);
}

static void new_sockets_begin_small(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));
	int fd = tcp_socket(t);

	(void)state;
	net->sysctl.tcp_rmem_min = 6000;
	net->sysctl.tcp_wmem_min = 5000;
	assert_int_equal(tcp_opt_get(t, fd, LN_SOL_SOCKET, LN_SO_RCVBUF), 131072);
	assert_int_equal(tcp_opt_get(t, fd, LN_SOL_SOCKET, LN_SO_SNDBUF), 16384);
	take_all_but(t, 4);
	fd = tcp_socket(t);
	assert_int_equal(tcp_opt_get(t, fd, LN_SOL_SOCKET, LN_SO_RCVBUF), 6000);
	assert_int_equal(tcp_opt_get(t, fd, LN_SOL_SOCKET, LN_SO_SNDBUF), 5000);
	tcp_connect_to(t, fd);
	tcp_script(t, "+0 > S 0:0(0) win 2920 <...>\n");	/* half of it, in whole segments */
	peer_end(t);
}

/* A sender and a receiver with the smallest buffers: slow, but all of it passes. */
static void small_buffers_pass_everything(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	uint32_t sent = 0;
	char line[96];
	int fd;

	(void)state;
	take_all_but(t, 4);
	fd = tcp_established(t, SACK, 1000, .01);
	while (sent < 50000) {
		ptrdiff_t n = tcp_write(t, fd, 50000 - sent, 0);

		assert_in_range(n, 1, 5000);
		sent += (uint32_t)n;
		tcp_skip(t, 0);
		snprintf(line, sizeof(line), "+.01 < . 1:1(0) ack %u win 1000\n", sent + 1);
		tcp_script(t, line);
	}
	for (uint32_t seq = 1; seq < 20000; seq += 500) {
		snprintf(line, sizeof(line), "+.01 < P. %u:%u(500) ack 50001 win 1000\n", seq,
			 seq + 500);
		tcp_script(t, line);
		tcp_skip(t, .05);
		assert_int_equal(tcp_read(t, fd, 1000), 500);
		tcp_skip(t, 0);
	}
	tcp_skip(t, .3);
	peer_end(t);
}

/* How many segments of 500 bytes are taken that nobody reads. */
static uint32_t taken_unread(int rmem_min)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));
	int fd = tcp_established(t, SACK, 1000, .01);
	uint32_t seq = 1;
	char line[96];

	net->sysctl.tcp_rmem_min = rmem_min;
	take_all_but(t, 16);
	for (; net->drops[SKB_DROP_REASON_PROTO_MEM] == 0; seq += 500) {
		assert_true(seq < 60000);
		snprintf(line, sizeof(line), "+.01 < P. %u:%u(500) ack 1 win 1000\n", seq,
			 seq + 500);
		tcp_script(t, line);
		tcp_skip(t, .05);
	}
	seq -= 500;
	assert_int_equal(tcp_info_of(t, fd).tcpi_bytes_received, seq - 1);
	/* The user reads, the peer sends again: it goes on. */
	assert_int_equal(tcp_read(t, fd, 100000), seq - 1);
	tcp_skip(t, 0);		/* the window, which was closed */
	tcp_script(t, line);
	tcp_skip(t, .3);
	assert_int_equal(tcp_read(t, fd, 100000), 500);
	tcp_skip(t, .3);
	peer_end(t);
	return (seq - 1) / 500;
}

/* tcp_rmem[0] bytes, overhead counted, are each connection's for sure; one segment at least. */
static void a_receiver_keeps_its_minimum(void **state)
{
	uint32_t many = taken_unread(20000);

	(void)state;
	assert_int_equal(taken_unread(1), 1);
	assert_in_range(taken_unread(4096), 2, 6);
	assert_in_range(many, 9, 30);
}

/* What is taken of a large write when the peer acknowledges nothing. */
static ptrdiff_t accepted_unsent(int wmem_min)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .01);
	uint32_t before;
	ptrdiff_t n;
	char line[96];

	net_of(tcp_peer_net(t))->sysctl.tcp_wmem_min = wmem_min;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, 100000);
	take_all_but(t, 16);
	n = tcp_write(t, fd, 60000, 0);
	assert_true(n > 0);
	assert_int_equal(tcp_write(t, fd, 1, 0), -EAGAIN);
	before = (uint32_t)n;
	tcp_skip(t, 0);
	snprintf(line, sizeof(line), "+.01 < . 1:1(0) ack %u win 1000\n", before + 1);
	tcp_script(t, line);
	assert_true(tcp_events(t, fd) & LN_POLLOUT);
	assert_true(tcp_write(t, fd, 500, 0) > 0);
	tcp_skip(t, 0);
	peer_end(t);
	return n;
}

static void a_sender_keeps_its_minimum(void **state)
{
	(void)state;
	assert_int_equal(accepted_unsent(1), 1000);
	assert_in_range(accepted_unsent(4096), 2000, 5000);
	assert_in_range(accepted_unsent(10000), 5000, 10000);
}

/* Eight peers push what nobody reads: never more than the budget; then all goes on. */
static void all_together_stay_within_the_budget(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct mem *mem = &net_of(tcp_peer_net(t))->mem;
	int listener = tcp_listen_backlog(t, 8), fd[8];
	uint32_t got[8];
	char line[96];

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		tcp_use(t, i);
		tcp_script(t,
			   "+0 < S 0:0(0) win 60000 <mss 1000>\n"
			   "+0 > S. 0:0(0) ack 1 <...>\n"
			   "+.001 < . 1:1(0) ack 1 win 60000\n");
		fd[i] = tcp_accept_one(t, listener);
	}
	ln_close(tcp_peer_net(t), listener);
	mem->budget = mem->used + (256 << 10);
	mem->peak = mem->used;
	for (uint32_t seq = 1; seq < 60000; seq += 1000) {
		for (unsigned i = 0; i < 8; i++) {
			tcp_use(t, i);
			got[i] = (uint32_t)tcp_info_of(t, fd[i]).tcpi_bytes_received;
			snprintf(line, sizeof(line), "+0 < P. %u:%u(1000) ack 1 win 60000\n",
				 got[i] + 1, got[i] + 1001);
			tcp_script(t, line);
			tcp_skip(t, .05);
		}
	}
	assert_true(mem->peak <= mem->budget);
	for (unsigned i = 0; i < 8; i++) {
		tcp_use(t, i);
		got[i] = (uint32_t)tcp_info_of(t, fd[i]).tcpi_bytes_received;
		assert_in_range(got[i], 1000, 59000);
		assert_int_equal(tcp_read(t, fd[i], 100000), got[i]);
		tcp_skip(t, .3);
	}
	for (unsigned i = 0; i < 8; i++) {
		tcp_use(t, i);
		snprintf(line, sizeof(line), "+0 < P. %u:%u(1000) ack 1 win 60000\n", got[i] + 1,
			 got[i] + 1001);
		tcp_script(t, line);
		tcp_skip(t, .3);
		assert_int_equal(tcp_read(t, fd[i], 100000), 1000);
		tcp_skip(t, .3);
	}
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_sockets_begin_small),
		cmocka_unit_test(small_buffers_pass_everything),
		cmocka_unit_test(a_receiver_keeps_its_minimum),
		cmocka_unit_test(a_sender_keeps_its_minimum),
		cmocka_unit_test(all_together_stay_within_the_budget),
	};

	return family_run_both(tests);
}
