/* SPDX-License-Identifier: MIT */
/* ln_recv_borrow: what is lent, that it stays, how much there may be, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"

#define BUFS 64
#define STREAM 400000u

static u8 sent[STREAM], got[STREAM];

static int setup(void **state)
{
	struct pair *p = malloc(sizeof(*p));

	pair_init(p);
	for (u32 i = 0; i < STREAM; i++)
		sent[i] = (u8)(i * 7 + i / 251);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	assert_int_equal(p->a.net.borrowed + p->b.net.borrowed, 0);
	pair_exit(p);
	free(p);
	return 0;
}

static void test_datagrams(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_bound(&p->a, 0, 5000);
	struct ln_rxbuf b[BUFS], again;
	size_t off = 0;
	u64 out = p->b.net.copies.user_out;
	int i = 2;

	assert_int_equal(send_to(&p->a, client, "first", 5, ADDR_B, 9), 5);
	pair_run(p);
	assert_int_equal(send_to(&p->a, client, "", 0, ADDR_B, 9), 0);
	assert_int_equal(send_to(&p->a, client, sent, 5000, ADDR_B, 9), 5000);
	pair_run(p);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, b, 2, 0), 2);
	/* Four fragments do not go into one piece; nothing is lost. */
	assert_int_equal(ln_recv_borrow(p->b.ln, server, b + 2, 1, 0), -EMSGSIZE);
	assert_in_range(ln_recv_borrow(p->b.ln, server, b + 2, BUFS - 2, 0), 4, 8);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, &again, 1, 0), -EAGAIN);
	assert_int_equal(b[0].len, 5);
	assert_memory_equal(b[0].data, "first", 5);
	assert_int_equal(b[0].from.sin_addr, ADDR_A);
	assert_int_equal(b[0].from.sin_port, CONST_BE16(5000));
	assert_int_equal(b[1].len, 0);
	assert_true(b[0].handle && b[1].handle);
	for (;; i++) {
		assert_memory_equal(b[i].data, sent + off, b[i].len);
		assert_int_equal(b[i].from.sin_addr, ADDR_A);
		off += b[i].len;
		if (b[i].handle)
			break;
	}
	assert_int_equal(off, 5000);
	assert_int_equal(p->b.net.borrowed, 3);
	assert_int_equal(p->b.net.copies.user_out, out);
	again = b[1];
	assert_int_equal(ln_recv_return(p->b.ln, &again, 1), 0);
	assert_int_equal(ln_recv_return(p->b.ln, &again, 1), -EINVAL);
	/* The place is used again, and the old handle still is no good. */
	assert_int_equal(send_to(&p->a, client, "x", 1, ADDR_B, 9), 1);
	pair_run(p);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, b + 1, 1, 0), 1);
	assert_int_equal(ln_recv_return(p->b.ln, &again, 1), -EINVAL);
	assert_memory_equal(b[1].data, "x", 1);
	assert_int_equal(ln_recv_return(p->b.ln, b, (unsigned)i + 1), 0);
}

/* What is out fills the receive buffer as what is not read. */
static void test_datagrams_are_bounded(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_socket(&p->a), size = 4096;
	struct ln_rxbuf b[BUFS];
	ptrdiff_t n, all = 0;

	ln_setsockopt(p->b.ln, server, LN_SOL_SOCKET, LN_SO_RCVBUF, &size, sizeof(size));
	for (int i = 0; i < 60; i++) {
		send_to(&p->a, client, sent, 500, ADDR_B, 9);
		pair_run(p);
		n = ln_recv_borrow(p->b.ln, server, b + all, BUFS - (unsigned)all, 0);
		if (n < 0)
			break;
		all += n;
	}
	assert_int_equal(n, -EAGAIN);
	assert_in_range(all, 2, 30);
	assert_true(p->b.net.drops[SKB_DROP_REASON_SOCKET_RCVBUFF] > 0);
	assert_int_equal(ln_recv_return(p->b.ln, b, 1), 0);
	send_to(&p->a, client, sent, 500, ADDR_B, 9);
	pair_run(p);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, b, 1, 0), 1);
	assert_int_equal(ln_recv_return(p->b.ln, b, (unsigned)all), 0);
}

static void tcp_pair(struct pair *p, int *client, int *server)
{
	int listener = ln_socket(p->b.ln, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_int_equal(bind_to(&p->b, listener, 0, 80), 0);
	assert_int_equal(ln_listen(p->b.ln, listener, 5), 0);
	*client = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(connect_to(&p->a, *client, ADDR_B, 80), -EINPROGRESS);
	pair_run(p);
	*server = ln_accept(p->b.ln, listener, NULL, NULL);
	assert_true(*server >= 0);
	assert_int_equal(ln_close(p->b.ln, listener), 0);
}

/* As much as goes without anything being given back. */
static size_t push(struct pair *p, int client, int server, size_t *at, struct ln_rxbuf *b,
		   unsigned *used, unsigned room)
{
	size_t came = 0;
	ptrdiff_t n;

	for (int idle = 0; idle < 3;) {
		n = ln_send(p->a.ln, client, sent + *at, STREAM - *at, 0);
		*at += n > 0 ? (size_t)n : 0;
		pair_advance(p, 300);
		n = *used < room ? ln_recv_borrow(p->b.ln, server, b + *used, room - *used, 0) :
				   -EAGAIN;
		idle = n > 0 ? 0 : idle + 1;
		for (; n > 0; n--)
			came += b[(*used)++].len;
	}
	return came;
}

/* The window closes by what is out, and opens again. */
static void test_stream_window(void **state)
{
	struct pair *p = *state;
	static struct ln_rxbuf b[4096];
	int client, server, size = 30000;
	u64 out = p->b.net.copies.user_out;
	size_t at = 0, done = 0;
	u32 rounds = 0;

	tcp_pair(p, &client, &server);
	ln_setsockopt(p->b.ln, server, LN_SOL_SOCKET, LN_SO_RCVBUF, &size, sizeof(size));
	while (done < STREAM) {
		unsigned used = 0;
		size_t came = push(p, client, server, &at, b, &used, 4096);

		assert_in_range(came, 1, 2 * (size_t)size);
		for (unsigned i = 0; i < used; i++) {
			assert_memory_equal(b[i].data, sent + done, b[i].len);
			done += b[i].len;
		}
		/* All is out: the peer was told so. */
		assert_true(done == STREAM || p->b.net.borrowed > 0);
		assert_int_equal(ln_recv_return(p->b.ln, b, used), 0);
		rounds++;
	}
	assert_in_range(rounds, STREAM / (2 * (u32)size), 100);
	assert_true(p->b.net.mib[MIB_TcpExtTCPToZeroWindowAdv] +
		    p->b.net.mib[MIB_TcpExtTCPWantZeroWindowAdv] > 0);
	assert_int_equal(p->b.net.copies.user_out, out);
	assert_int_equal(ln_shutdown(p->a.ln, client, LN_SHUT_WR), 0);
	pair_run(p);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, b, 4, 0), 0);
}

/* Both ways of reading go on from where the other stopped. */
static void test_stream_mixed(void **state)
{
	struct pair *p = *state;
	struct ln_rxbuf b[BUFS];
	int client, server;
	size_t at = 0;
	ptrdiff_t n;

	tcp_pair(p, &client, &server);
	assert_int_equal(ln_send(p->a.ln, client, sent, 6000, 0), 6000);
	assert_int_equal(ln_shutdown(p->a.ln, client, LN_SHUT_WR), 0);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, server, got, 100, 0), 100);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, b, 1, 0), 1);
	at = 100 + b[0].len;
	assert_memory_equal(b[0].data, sent + 100, b[0].len);
	assert_int_equal(ln_recv(p->b.ln, server, got, 50, 0), 50);
	assert_memory_equal(got, sent + at, 50);
	at += 50;
	n = ln_recv_borrow(p->b.ln, server, b + 1, BUFS - 1, LN_MSG_DONTWAIT);
	assert_in_range(n, 2, 10);
	for (int i = 1; i <= n; i++) {
		assert_memory_equal(b[i].data, sent + at, b[i].len);
		at += b[i].len;
	}
	assert_int_equal(at, 6000);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, b + n + 1, 1, 0), 0);
	assert_int_equal(ln_recv(p->b.ln, server, got, 50, 0), 0);
	assert_int_equal(ln_recv_return(p->b.ln, b, (unsigned)n + 1), 0);
}

/* A socket may go first: what it lent stays, and so does its charge. */
static void test_close_first(void **state)
{
	struct pair *p = *state;
	struct ln_rxbuf b[BUFS];
	int client, server, udp = udp_bound(&p->b, 0, 9), from = udp_socket(&p->a);
	ptrdiff_t n;

	tcp_pair(p, &client, &server);
	assert_int_equal(ln_send(p->a.ln, client, sent, 3000, 0), 3000);
	send_to(&p->a, from, sent, 700, ADDR_B, 9);
	pair_run(p);
	n = ln_recv_borrow(p->b.ln, server, b, BUFS, 0);
	assert_true(n > 0);
	assert_int_equal(ln_recv_borrow(p->b.ln, udp, b + n, 1, 0), 1);
	ln_close(p->b.ln, server);
	ln_close(p->b.ln, udp);
	ln_close(p->a.ln, client);
	pair_advance(p, 200000);
	assert_memory_equal(b[0].data, sent, b[0].len);
	assert_memory_equal(b[n].data, sent, 700);
	assert_int_equal(p->b.net.sock->sockets, 2);
	assert_int_equal(p->b.net.sock->orphans, 0);
	assert_true(p->b.net.sock->memory > 3000);
	assert_int_equal(ln_recv_return(p->b.ln, b, (unsigned)n + 1), 0);
	assert_int_equal(p->b.net.sock->sockets, 0);
	assert_int_equal(p->b.net.sock->memory, 0);
}

/* A port is free when its connection is over, whatever is still lent. */
static void test_port_is_free(void **state)
{
	struct pair *p = *state;
	struct ln_net *ln = p->a.ln;
	int listener = ln_socket(p->b.ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	int fd = ln_socket(ln, LN_AF_INET, LN_SOCK_STREAM, 0), peer;
	struct ln_rxbuf b;

	assert_int_equal(bind_to(&p->b, listener, 0, 80), 0);
	assert_int_equal(ln_listen(p->b.ln, listener, 5), 0);
	assert_int_equal(bind_to(&p->a, fd, 0, 4000), 0);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EINPROGRESS);
	pair_run(p);
	peer = ln_accept(p->b.ln, listener, NULL, NULL);
	assert_int_equal(ln_send(p->b.ln, peer, "abc", 3, 0), 3);
	pair_run(p);
	assert_int_equal(ln_recv_borrow(ln, fd, &b, 1, 0), 1);
	ln_close(p->b.ln, peer);
	pair_run(p);
	ln_close(ln, fd);
	pair_advance(p, 200000);
	fd = ln_socket(ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(bind_to(&p->a, fd, 0, 4000), 0);
	assert_memory_equal(b.data, "abc", 3);
	assert_int_equal(ln_recv_return(ln, &b, 1), 0);
}

static void test_errors(void **state)
{
	struct pair *p = *state;
	struct ln_rxbuf b[2] = { { .handle = 77 }, { .handle = 0 } };
	int fd = udp_bound(&p->b, 0, 9), client, server;
	struct ln_net *ln = p->b.ln;
	int packet = ln_socket(ln, LN_AF_PACKET, LN_SOCK_RAW, 0), ep = ln_epoll_create(ln);
	int listener = ln_socket(ln, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_int_equal(ln_recv_borrow(ln, 99, b, 2, 0), -EBADF);
	assert_int_equal(ln_recv_borrow(ln, ep, b, 2, 0), -ENOTSOCK);
	assert_int_equal(ln_recv_borrow(ln, packet, b, 2, 0), -EOPNOTSUPP);
	assert_int_equal(ln_recv_borrow(ln, fd, b, 0, 0), -EINVAL);
	assert_int_equal(ln_recv_borrow(ln, fd, b, 2, LN_MSG_PEEK), -EINVAL);
	assert_int_equal(ln_recv_borrow(ln, fd, NULL, 2, 0), -EFAULT);
	assert_int_equal(ln_recv_borrow(ln, fd, b, 2, 0), -EAGAIN);
	assert_int_equal(ln_recv_borrow(ln, listener, b, 2, 0), -ENOTCONN);
	ln_listen(ln, listener, 1);
	assert_int_equal(ln_recv_borrow(ln, listener, b, 2, 0), -ENOTCONN);
	assert_int_equal(ln_recv_return(ln, NULL, 1), -EFAULT);
	assert_int_equal(ln_recv_return(ln, NULL, 0), 0);
	assert_int_equal(ln_recv_return(ln, b, 1), -EINVAL);
	assert_int_equal(ln_recv_return(ln, b + 1, 1), 0);
	tcp_pair(p, &client, &server);
	assert_int_equal(ln_send(p->a.ln, client, "ab!", 3, LN_MSG_OOB), 3);
	pair_run(p);
	assert_int_equal(ln_recv_borrow(ln, server, b, 2, 0), -EOPNOTSUPP);
	assert_int_equal(ln_recv(ln, server, got, 2, 0), 2);
}

static void test_no_memory(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_socket(&p->a);
	struct ln_rxbuf b;

	send_to(&p->a, client, "x", 1, ADDR_B, 9);
	pair_run(p);
	p->b.net.mem.fail_after = 1;
	assert_int_equal(ln_recv_borrow(p->b.ln, server, &b, 1, 0), -ENOMEM);
	assert_int_equal(p->b.net.mem.fail_after, 0);
	assert_int_equal(ln_recv_borrow(p->b.ln, server, &b, 1, 0), 1);
	assert_int_equal(ln_recv_return(p->b.ln, &b, 1), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_datagrams),
		T(test_datagrams_are_bounded),
		T(test_stream_window),
		T(test_stream_mixed),
		T(test_close_first),
		T(test_port_is_free),
		T(test_errors),
		T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
