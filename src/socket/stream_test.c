/* SPDX-License-Identifier: MIT */
/* The user's half of a stream socket: connect, listen, accept, names, shutdown (af_inet.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"

static int tcp_socket(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static int listener(struct host *h, u16 port, int backlog)
{
	int fd = tcp_socket(h);

	assert_int_equal(opt_on(h, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR), 0);
	assert_int_equal(bind_to(h, fd, 0, port), 0);
	assert_int_equal(ln_listen(h->ln, fd, backlog), 0);
	return fd;
}

static unsigned poll_one(struct host *h, int fd)
{
	struct ln_pollfd pfd = { fd, LN_POLLIN | LN_POLLOUT | LN_POLLRDHUP, 0 };

	ln_poll(h->ln, &pfd, 1);
	return (unsigned)pfd.revents;
}

static void test_connect_and_accept(void **state)
{
	struct pair *p = *state;
	int lfd = listener(&p->b, 80, 8), fd = tcp_socket(&p->a), child;
	struct ln_sockaddr_in sin, mine;
	u32 len = sizeof(sin);
	char buf[16];

	assert_int_equal(ln_getpeername(p->a.ln, fd, &sin, &len), -ENOTCONN);
	assert_int_equal(ln_accept(p->b.ln, lfd, NULL, NULL), -EAGAIN);
	assert_int_equal(opt_get(&p->b, lfd, LN_SOL_SOCKET, LN_SO_ACCEPTCONN), 1);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EINPROGRESS);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EALREADY);
	assert_int_equal(ln_getpeername(p->a.ln, fd, &sin, &len), -ENOTCONN);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, 1, 0), -EAGAIN);
	pair_run(p);
	assert_int_equal(poll_one(&p->a, fd), LN_POLLOUT);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), 0);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), 0);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EISCONN);
	assert_int_equal(poll_one(&p->b, lfd), LN_POLLIN);
	len = sizeof(sin);
	child = ln_accept(p->b.ln, lfd, &sin, &len);
	assert_true(child >= 0);
	assert_int_equal(sin.sin_addr, ADDR_A);
	len = sizeof(mine);
	assert_int_equal(ln_getsockname(p->a.ln, fd, &mine, &len), 0);
	assert_int_equal(sin.sin_port, mine.sin_port);
	assert_int_equal(ln_getpeername(p->b.ln, child, &mine, &len), 0);
	assert_int_equal(mine.sin_port, sin.sin_port);
	assert_int_equal(ln_getsockname(p->b.ln, child, &mine, &len), 0);
	assert_int_equal(mine.sin_addr, ADDR_B);
	assert_int_equal(be16_to_cpu(mine.sin_port), 80);
	assert_int_equal(ln_accept(p->b.ln, lfd, NULL, NULL), -EAGAIN);

	assert_int_equal(ln_send(p->a.ln, fd, "hello", 5, 0), 5);
	pair_run(p);
	len = sizeof(sin);
	assert_int_equal(ln_recvfrom(p->b.ln, child, buf, 16, 0, &sin, &len), 5);
	assert_int_equal(len, 0);	/* a stream's reader is told no address */
	assert_memory_equal(buf, "hello", 5);
}

/* Nobody listens: SO_ERROR, once; the socket may try again. */
static void test_refused(void **state)
{
	struct pair *p = *state;
	int fd = tcp_socket(&p->a), again = tcp_socket(&p->a);

	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 81), -EINPROGRESS);
	assert_int_equal(connect_to(&p->a, again, ADDR_B, 81), -EINPROGRESS);
	pair_run(p);
	assert_true(poll_one(&p->a, fd) & LN_POLLERR);
	assert_true(poll_one(&p->a, fd) & LN_POLLHUP);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), ECONNREFUSED);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), 0);
	/* connect() itself tells it too, and then begins anew. */
	assert_int_equal(connect_to(&p->a, again, ADDR_B, 81), -ECONNREFUSED);
	listener(&p->b, 81, 1);
	assert_int_equal(connect_to(&p->a, again, ADDR_B, 81), -EINPROGRESS);
	pair_run(p);
	assert_int_equal(connect_to(&p->a, again, ADDR_B, 81), 0);
}

static void test_wrong_order(void **state)
{
	struct pair *p = *state;
	int lfd = listener(&p->b, 80, 1), fd = tcp_socket(&p->b), other = tcp_socket(&p->b);
	struct ln_sockaddr_in sin = sin_of(ADDR_A, 1);
	char c;

	assert_int_equal(ln_accept(p->b.ln, fd, NULL, NULL), -EINVAL);
	assert_int_equal(ln_recv(p->b.ln, fd, &c, 1, 0), -ENOTCONN);
	assert_int_equal(ln_send(p->b.ln, fd, &c, 1, 0), -EPIPE);
	assert_int_equal(ln_shutdown(p->b.ln, fd, LN_SHUT_WR), -ENOTCONN);
	assert_int_equal(connect_to(&p->b, lfd, ADDR_A, 1), -EISCONN);
	assert_int_equal(ln_connect(p->b.ln, fd, &sin, 1), -EINVAL);
	assert_int_equal(ln_connect(p->b.ln, fd, &sin, 15), -EINVAL);
	sin.sin_family = LN_AF_INET6;
	assert_int_equal(ln_connect(p->b.ln, fd, &sin, 16), -EAFNOSUPPORT);
	assert_int_equal(connect_to(&p->b, fd, IP(192, 0, 2, 1), 1), -ENETUNREACH);
	assert_int_equal(connect_to(&p->b, fd, IP(10, 0, 0, 255), 1), -ENETUNREACH);
	assert_int_equal(ln_listen(p->b.ln, lfd, 7), 0);	/* another backlog */
	/* SO_REUSEADDR: bound yes, listening no. */
	opt_on(&p->b, other, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, other, 0, 80), -EADDRINUSE);
	assert_int_equal(bind_to(&p->b, other, ADDR_B, 80), -EADDRINUSE);
	/* Listening without bind: a port is chosen. */
	assert_int_equal(ln_listen(p->b.ln, other, 1), 0);
}

static int connected_pair(struct pair *p, int *child)
{
	int lfd = listener(&p->b, 80, 4), fd = tcp_socket(&p->a);

	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EINPROGRESS);
	pair_run(p);
	*child = ln_accept(p->b.ln, lfd, NULL, NULL);
	assert_true(*child >= 0);
	assert_int_equal(ln_close(p->b.ln, lfd), 0);
	return fd;
}

/* One side has no more to say; the other may go on. */
static void test_half_close(void **state)
{
	struct pair *p = *state;
	int child, fd = connected_pair(p, &child);
	char buf[16];

	assert_int_equal(ln_send(p->a.ln, fd, "last", 4, 0), 4);
	assert_int_equal(ln_shutdown(p->a.ln, fd, LN_SHUT_WR), 0);
	assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), -EPIPE);
	pair_run(p);
	assert_true(poll_one(&p->b, child) & LN_POLLRDHUP);
	assert_int_equal(ln_recv(p->b.ln, child, buf, 16, 0), 4);
	assert_int_equal(ln_recv(p->b.ln, child, buf, 16, 0), 0);
	assert_int_equal(ln_recv(p->b.ln, child, buf, 16, 0), 0);
	assert_int_equal(ln_send(p->b.ln, child, "more", 4, 0), 4);
	pair_run(p);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, 16, 0), 4);
	assert_int_equal(ln_close(p->b.ln, child), 0);
	pair_run(p);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, 16, 0), 0);
	assert_int_equal(ln_close(p->a.ln, fd), 0);
	pair_advance(p, 70000);
	assert_int_equal(p->a.net.sock->sockets, 0);
	assert_int_equal(p->b.net.sock->sockets, 0);
	assert_int_equal(p->a.net.tcp->hash.ehash.count, 0);
	assert_int_equal(p->a.net.tcp->hash.bhash.count, 0);
}

static void test_shutdown_of_listener(void **state)
{
	struct pair *p = *state;
	int lfd = listener(&p->b, 80, 4), fd = tcp_socket(&p->a);

	assert_int_equal(ln_shutdown(p->b.ln, lfd, LN_SHUT_RD), 0);
	assert_int_equal(ln_accept(p->b.ln, lfd, NULL, NULL), -EINVAL);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EINPROGRESS);
	pair_run(p);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), ECONNREFUSED);
	assert_int_equal(ln_listen(p->b.ln, lfd, 4), 0);
}

/* A server that ends its connections first cannot start again at once, but for SO_REUSEADDR. */
static void test_restart(void **state)
{
	struct pair *p = *state;
	int child, fd = connected_pair(p, &child), again = tcp_socket(&p->b);

	assert_int_equal(ln_close(p->b.ln, child), 0);
	pair_run(p);
	assert_int_equal(ln_close(p->a.ln, fd), 0);
	pair_run(p);
	assert_int_equal(bind_to(&p->b, again, 0, 80), -EADDRINUSE);
	opt_on(&p->b, again, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, again, 0, 80), 0);
	assert_int_equal(ln_listen(p->b.ln, again, 1), 0);
}

struct server {
	struct host *h;
	int served, lfd;
};

/* Wakers that accept, read, answer and close: all of the calls from inside the wake-up. */
static void on_child(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct server *s = ctx;
	char buf[16];
	ptrdiff_t n = ln_recv(net, fd, buf, sizeof(buf), 0);

	assert_true(events & LN_POLLIN);
	if (n > 0) {
		assert_int_equal(ln_send(net, fd, buf, (size_t)n, 0), n);
		s->served++;
	}
	assert_int_equal(ln_close(net, fd), 0);
}

static void on_listener(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	int child;

	assert_true(events & LN_POLLIN);
	while ((child = ln_accept(net, fd, NULL, NULL)) >= 0)
		assert_int_equal(ln_set_wake(net, child, on_child, ctx), 0);
	assert_int_equal(child, -EAGAIN);
}

static void test_server_of_wakers(void **state)
{
	struct pair *p = *state;
	struct server s = { .h = &p->b };
	int fd[20];
	char buf[16];

	s.lfd = listener(&p->b, 80, 100);
	ln_set_wake(p->b.ln, s.lfd, on_listener, &s);
	for (int i = 0; i < 20; i++) {
		fd[i] = tcp_socket(&p->a);
		assert_int_equal(connect_to(&p->a, fd[i], ADDR_B, 80), -EINPROGRESS);
	}
	pair_run(p);
	for (int i = 0; i < 20; i++)
		assert_int_equal(ln_send(p->a.ln, fd[i], "ping", 4, 0), 4);
	pair_run(p);
	assert_int_equal(s.served, 20);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ln_recv(p->a.ln, fd[i], buf, 16, 0), 4);
		assert_int_equal(ln_recv(p->a.ln, fd[i], buf, 16, 0), 0);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_connect_and_accept),
		T(test_refused),
		T(test_wrong_order),
		T(test_half_close),
		T(test_shutdown_of_listener),
		T(test_restart),
		T(test_server_of_wakers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
