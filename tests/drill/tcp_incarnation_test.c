/* SPDX-License-Identifier: MIT */
/* Initial sequence numbers on the wire (RFC 6528): connections one after the other; row T2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/tcp/tcp_seq.h"
#include "wire/inet_addr.h"
#include "wire/tcp.h"

#define PORT 5000

static void keep_seq(void *ctx, const struct ln_trace_event *ev)
{
	if (ev->point == LN_TP_tcp_transmit_skb && ev->arg[0] & TCPHDR_SYN)
		*(uint32_t *)ctx = (uint32_t)ev->arg[1];
}

static int bound(struct tcp_peer *t, uint16_t port)
{
	union family_sockaddr any;
	u32 len = family_sockaddr(family_is_ipv6, 0, port, &any);
	int fd = tcp_socket(t);

	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, 1);
	assert_int_equal(ln_bind(tcp_peer_net(t), fd, &any, len), 0);
	return fd;
}

/* The number of the SYN that fd sends. */
static uint32_t isn_of(struct tcp_peer *t, int fd)
{
	struct net *net = net_of(tcp_peer_net(t));
	uint32_t seq = 0;

	net->trace = keep_seq;
	net->trace_ctx = &seq;
	tcp_connect_to(t, fd);
	tcp_script(t, "+0 > S 0:0(0) <...>\n");
	net->trace = NULL;
	assert_int_not_equal(seq, 0);
	return seq;
}

static uint32_t first_isn(uint64_t seed, uint16_t port)
{
	struct tcp_peer *t = tcp_peer_new(&(struct tcp_peer_params){ .seed = seed });
	uint32_t seq = isn_of(t, bound(t, port));

	tcp_peer_end(t);
	return seq;
}

static void the_seed_and_the_tuple_choose_it(void **state)
{
	uint32_t seq = first_isn(1, PORT), next_port = first_isn(1, PORT + 1);

	(void)state;
	assert_int_equal(first_isn(1, PORT), seq);
	assert_int_not_equal(first_isn(2, PORT), seq);
	assert_int_not_equal(next_port, seq);
	assert_int_not_equal(next_port, seq + 1);
}

/* Nothing of the former can be taken for the latter's: it begins above all that was sent. */
static void a_later_incarnation_is_above_the_former(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = bound(t, PORT);
	uint32_t seq = isn_of(t, fd), former;

	(void)state;
	for (int i = 0; i < 50; i++) {
		tcp_script(t,
			   "+.001 < S. 0:0(0) ack 1 win 60000 <mss 1000>\n"
			   "+0 > . 1:1(0) ack 1\n");
		tcp_write(t, fd, 10000, 0);
		assert_int_equal(tcp_skip(t, 0), 10);
		tcp_script(t, "+.001 < R. 1:1(0) ack 10001 win 0\n");
		former = seq + 1 + 10000;
		assert_int_equal(tcp_so_error(t, fd), ECONNRESET);
		ln_close(tcp_peer_net(t), fd);
		tcp_new_connection(t, TCP_PEER_PORT);
		fd = bound(t, PORT);
		seq = isn_of(t, fd);
		assert_true(after(seq, former));
	}
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seed_and_the_tuple_choose_it),
		cmocka_unit_test(a_later_incarnation_is_above_the_former),
	};

	return family_run_both(tests);
}
