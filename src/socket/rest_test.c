/* SPDX-License-Identifier: MIT */
/* Connections at rest, from their user's side: nobody can tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"
#include "socket/epoll.h"
#include "transport/tcp/tcp_rest.h"

struct fixture {
	struct pair p;		/* a is the client, b the server */
	int lfd, fd, child;
};

static int count(const struct host *h)
{
	return (int)h->net.tcp->rest.count;
}

static void add_connection(struct fixture *f, int *fd, int *child)
{
	*fd = ln_socket(f->p.a.ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_true(*fd >= 0);
	assert_int_equal(connect_to(&f->p.a, *fd, ADDR_B, 80), -EINPROGRESS);
	pair_run(&f->p);
	*child = ln_accept(f->p.b.ln, f->lfd, NULL, NULL);
	assert_true(*child >= 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	pair_init(&f->p);
	f->lfd = ln_socket(f->p.b.ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(bind_to(&f->p.b, f->lfd, 0, 80), 0);
	assert_int_equal(ln_listen(f->p.b.ln, f->lfd, 8), 0);
	add_connection(f, &f->fd, &f->child);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pair_exit(&f->p);
	free(f);
	return 0;
}

static struct socket *socket_of(struct host *h, int fd)
{
	int err;

	return sockfd_lookup(&h->net, fd, &err);
}

static bool rests(struct host *h, int fd)
{
	return socket_of(h, fd)->ops == &inet_rest_ops;
}

static unsigned poll_one(struct host *h, int fd)
{
	struct ln_pollfd pfd = { fd, LN_POLLIN | LN_POLLOUT | LN_POLLRDHUP | LN_POLLPRI, 0 };

	ln_poll(h->ln, &pfd, 1);
	return (unsigned)(unsigned short)pfd.revents;
}

/* n bytes each way, read on the other side. */
static void talk(struct fixture *f, u32 n)
{
	char buf[4096] = "";

	assert_int_equal(ln_send(f->p.a.ln, f->fd, buf, n, 0), n);
	pair_advance(&f->p, 1);
	assert_int_equal(ln_recv(f->p.b.ln, f->child, buf, sizeof(buf), 0), n);
	assert_int_equal(ln_send(f->p.b.ln, f->child, buf, n, 0), n);
	pair_advance(&f->p, 1);
	assert_int_equal(ln_recv(f->p.a.ln, f->fd, buf, sizeof(buf), 0), n);
}

static void all_rest(struct fixture *f)
{
	pair_advance(&f->p, 5000);
	assert_true(rests(&f->p.a, f->fd));
	assert_true(rests(&f->p.b, f->child));
}

/* ---- nothing is lost ---- */

/* What differs between two socks that remember the same: where they stand in lists, and the send
 * page, which goes when the connection rests. */
static void forget_places(struct tcp_sock *tp)
{
	memset(&tp->sk.c.node, 0, sizeof(tp->sk.c.node));
	memset(&tp->sk.bind_node, 0, sizeof(tp->sk.bind_node));
	memset(&tp->sk.receive_queue, 0, sizeof(tp->sk.receive_queue));
	memset(&tp->write_queue, 0, sizeof(tp->write_queue));
	memset(&tp->rtxq.q, 0, sizeof(tp->rtxq.q));
	memset(&tp->rtxq.newest, 0, sizeof(tp->rtxq.newest));	/* taken by the last ACK */
	memset(&tp->rtxq.resent, 0, sizeof(tp->rtxq.resent));
	tp->rec.rack.mstamp = 0;	/* whatever is sent later is later */
	tp->rec.rack.end_seq = 0;
	memset(&tp->tm.timer, 0, sizeof(tp->tm.timer));
	memset(&tp->rest_node, 0, sizeof(tp->rest_node));
	tp->rest_due = 0;
	tp->rest_level = 0;
	tp->frag = NULL;
	tp->frag_off = 0;
}

static void test_every_byte_survives(void **state)
{
	struct fixture *f = *state;
	struct tcp_sock before, after;
	int big = 50000;
	char byte;

	/* What can be set without keeping it awake, on both sides of the connection. */
	for (int i = 0; i < 3; i++)
		talk(f, 3000);
	assert_int_equal(opt_on(&f->p.a, f->fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE), 0);
	assert_int_equal(opt_on(&f->p.a, f->fd, LN_SOL_SOCKET, LN_SO_MARK), 0);
	assert_int_equal(opt_on(&f->p.a, f->fd, LN_SOL_SOCKET, LN_SO_PRIORITY), 0);
	assert_int_equal(opt_on(&f->p.a, f->fd, LN_SOL_SOCKET, LN_SO_OOBINLINE), 0);
	assert_int_equal(opt_on(&f->p.a, f->fd, LN_SOL_TCP, LN_TCP_NODELAY), 0);
	assert_int_equal(opt_on(&f->p.a, f->fd, LN_SOL_IP, LN_IP_TTL), 0);
	assert_int_equal(ln_setsockopt(f->p.a.ln, f->fd, LN_SOL_SOCKET, LN_SO_RCVBUF, &big, 4), 0);
	big = 600;
	assert_int_equal(ln_setsockopt(f->p.a.ln, f->fd, LN_SOL_TCP, LN_TCP_KEEPIDLE, &big, 4), 0);
	big = 30;
	assert_int_equal(ln_setsockopt(f->p.a.ln, f->fd, LN_SOL_TCP, LN_TCP_USER_TIMEOUT, &big, 4),
			 0);
	talk(f, 100);
	pair_advance(&f->p, 900);	/* the delayed ACK */
	before = *tcp_sk(socket_of(&f->p.a, f->fd)->sk);
	assert_non_null(before.cold);
	assert_non_null(before.cong.priv);
	assert_non_null(before.frag);
	all_rest(f);
	assert_true(socket_of(&f->p.a, f->fd)->rest->has_timer);
	assert_int_equal(ln_recv(f->p.a.ln, f->fd, &byte, 1, 0), -EAGAIN);
	assert_false(rests(&f->p.a, f->fd));
	after = *tcp_sk(socket_of(&f->p.a, f->fd)->sk);
	assert_true(timer_pending(&tcp_sk(socket_of(&f->p.a, f->fd)->sk)->tm.timer));
	assert_int_equal(after.tm.timer.expires, before.tm.keep);
	forget_places(&before);
	forget_places(&after);
	assert_memory_equal(&after, &before, sizeof(before));
}

/* ss, netstat and TCP_INFO show what they would, and showing does not wake. */
static void test_listings(void **state)
{
	struct fixture *f = *state;
	struct ln_tcp_info before, listed, after;
	struct tcp_sock view;
	struct tcp_listing l;
	struct tcp_rest_sock *r;
	u32 len = sizeof(before);

	talk(f, 2000);
	pair_advance(&f->p, 900);
	ln_getsockopt(f->p.b.ln, f->child, LN_SOL_TCP, LN_TCP_INFO, &before, &len);
	all_rest(f);
	r = socket_of(&f->p.b, f->child)->rest;
	tcp_listing_get(&r->b.c, &l, &view);
	assert_true(rests(&f->p.b, f->child));
	assert_int_equal(l.state, TCP_ESTABLISHED);
	assert_int_equal(l.c->rcv_saddr, ADDR_B);
	assert_int_equal(l.c->daddr, ADDR_A);
	assert_int_equal(l.sport, 80);
	assert_int_equal(l.rqueue, 0);
	assert_int_equal(l.wqueue, 0);
	assert_int_equal(l.timer, 0);
	assert_ptr_equal(l.sk->socket, socket_of(&f->p.b, f->child));
	assert_int_equal(l.sk->refcnt, 1);
	assert_int_equal(tcp_prot.getsockopt((struct sock *)(uintptr_t)l.sk, LN_SOL_TCP,
					     LN_TCP_INFO, &listed, &len), 0);
	ln_getsockopt(f->p.b.ln, f->child, LN_SOL_TCP, LN_TCP_INFO, &after, &len);
	assert_memory_equal(&listed, &after, sizeof(after));
	/* Only time went by. */
	before.tcpi_last_data_sent += 5000;
	before.tcpi_last_data_recv += 5000;
	before.tcpi_last_ack_recv += 5000;
	assert_memory_equal(&before, &after, sizeof(after));
	assert_int_equal(f->p.b.net.sock->sockets, 2);
}

/* ---- memory ---- */

static void test_memory_goes_back(void **state)
{
	struct fixture *f = *state;
	size_t before, busy;
	int fd[64], child[64];

	all_rest(f);
	before = f->p.b.net.mem.used;
	for (int i = 0; i < 64; i++)
		add_connection(f, &fd[i], &child[i]);
	busy = f->p.b.net.mem.used;
	assert_true(busy - before > 64 * 768);
	pair_advance(&f->p, 5000);
	assert_int_equal(count(&f->p.b), 65);
	assert_true(f->p.b.net.mem.used - before < (busy - before) / 2);
	assert_int_equal(f->p.b.net.sock->sockets, 66);
	for (int i = 0; i < 64; i++)
		assert_int_equal(ln_close(f->p.a.ln, fd[i]), 0);
	pair_run(&f->p);
	assert_int_equal(poll_one(&f->p.b, child[0]), LN_POLLIN | LN_POLLOUT | LN_POLLRDHUP);
}

/* Without memory nothing happens, and later it does. */
static void test_no_memory_to_wake(void **state)
{
	struct fixture *f = *state;
	char buf[8] = "hello";
	u64 drops;
	int r = 0;
	u64 nth;

	all_rest(f);
	drops = f->p.b.net.drops[SKB_DROP_REASON_NOMEM];
	assert_int_equal(ln_send(f->p.a.ln, f->fd, buf, 5, 0), 5);
	f->p.b.net.mem.fail_after = 1;
	pair_run(&f->p);
	assert_int_equal(f->p.b.net.drops[SKB_DROP_REASON_NOMEM], drops + 1);
	assert_true(rests(&f->p.b, f->child));
	/* Each allocation of a call fails in its turn. */
	for (nth = 1; nth < 20; nth++) {
		f->p.b.net.mem.fail_after = nth;
		r = (int)ln_send(f->p.b.ln, f->child, buf, 3, 0);
		if (r >= 0)
			break;
		assert_true(r == -ENOMEM || r == -ENOBUFS || r == -EAGAIN);
	}
	f->p.b.net.mem.fail_after = 0;
	assert_true(nth > 1);
	assert_int_equal(r, 3);
	/* The peer sends again. */
	pair_advance(&f->p, 3000);
	assert_int_equal(ln_recv(f->p.b.ln, f->child, buf, sizeof(buf), 0), 5);
	assert_int_equal(ln_recv(f->p.a.ln, f->fd, buf, sizeof(buf), 0), 3);
}

static void test_no_memory_for_calls(void **state)
{
	struct fixture *f = *state;
	struct ln_tcp_info info;
	struct ln_sockaddr_in sin = sin_of(ADDR_B, 80);
	u32 len = sizeof(info);
	struct ln_net *ln = f->p.b.ln;
	u64 *fail = &f->p.b.net.mem.fail_after;
	int on = 1, fd = f->child;

	all_rest(f);
#define FAILS(call) do { *fail = 1; assert_int_equal(call, -ENOMEM); } while (0)
	FAILS(ln_recv(ln, fd, &on, 1, 0));
	FAILS(ln_setsockopt(ln, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, &on, sizeof(on)));
	FAILS(ln_setsockopt(ln, fd, LN_SOL_TCP, LN_TCP_NODELAY, &on, sizeof(on)));
	FAILS(ln_getsockopt(ln, fd, LN_SOL_TCP, LN_TCP_INFO, &info, &len));
	FAILS(ln_getsockopt(ln, fd, LN_SOL_SOCKET, LN_SO_ERROR, &on, &len));
	FAILS(ln_ioctl(ln, fd, LN_SIOCINQ, &on));
	FAILS(ln_shutdown(ln, fd, LN_SHUT_WR));
	FAILS(ln_bind(ln, fd, &sin, sizeof(sin)));
	FAILS(ln_connect(ln, fd, &sin, sizeof(sin)));
	FAILS(ln_listen(ln, fd, 1));
#undef FAILS
	assert_true(rests(&f->p.b, fd));
	*fail = 0;
}

/* To rest takes memory too: without it the connection stays awake for a while. */
static void test_no_memory_to_rest(void **state)
{
	struct fixture *f = *state;

	f->p.b.net.mem.fail_after = 1;
	pair_advance(&f->p, 1100);
	assert_int_equal(f->p.b.net.mem.fail_after, 0);
	assert_false(rests(&f->p.b, f->child));
	assert_true(rests(&f->p.a, f->fd));
	pair_advance(&f->p, 3000);
	assert_true(rests(&f->p.b, f->child));
}

/* close() does not fail: the peer is told by a RST, and the next free descriptor is this one. */
static void test_close_without_memory(void **state)
{
	struct fixture *f = *state;
	char byte;

	all_rest(f);
	f->p.b.net.mem.fail_after = 1;
	assert_int_equal(ln_close(f->p.b.ln, f->child), 0);
	assert_int_equal(f->p.b.net.mem.fail_after, 0);
	assert_int_equal(f->p.b.net.mib[MIB_TcpExtTCPAbortOnMemory], 1);
	assert_int_equal(f->p.b.net.sock->sockets, 1);
	pair_run(&f->p);
	assert_int_equal(f->p.frames, 1);
	assert_int_equal(ln_recv(f->p.a.ln, f->fd, &byte, 1, 0), -ECONNRESET);
}

/* ---- readiness ---- */

static void test_poll_and_epoll(void **state)
{
	struct fixture *f = *state;
	struct ln_epoll_event ev = { .events = LN_POLLIN, .data = 7 };
	struct ln_net *ln = f->p.b.ln;
	int ep = ln_epoll_create(ln), late = ln_epoll_create(ln);

	assert_int_equal(ln_epoll_ctl(ln, ep, LN_EPOLL_CTL_ADD, f->child, &ev), 0);
	all_rest(f);
	assert_int_equal(poll_one(&f->p.b, f->child), LN_POLLOUT);
	assert_int_equal(ln_epoll_wait(ln, ep, &ev, 1), 0);
	/* A set that begins to watch it now: it is writable. */
	ev = (struct ln_epoll_event){ .events = LN_POLLIN | LN_POLLOUT, .data = 8 };
	assert_int_equal(ln_epoll_ctl(ln, late, LN_EPOLL_CTL_ADD, f->child, &ev), 0);
	assert_int_equal(ln_epoll_wait(ln, late, &ev, 1), 1);
	assert_int_equal(ev.events, LN_POLLOUT);
	assert_int_equal(ln_epoll_wait(ln, ep, &ev, 1), 0);
	assert_true(rests(&f->p.b, f->child));
	assert_int_equal(ln_send(f->p.a.ln, f->fd, "x", 1, 0), 1);
	pair_run(&f->p);
	assert_int_equal(ln_epoll_wait(ln, ep, &ev, 1), 1);
	assert_int_equal(ev.data, 7);
	assert_int_equal(ev.events, LN_POLLIN);
	assert_int_equal(ln_epoll_wait(ln, late, &ev, 1), 1);
	assert_int_equal(ev.events, LN_POLLIN | LN_POLLOUT);
}

static void woken(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	*(unsigned *)ctx = events;
}

static void test_waker(void **state)
{
	struct fixture *f = *state;
	unsigned events = 0;

	assert_int_equal(ln_set_wake(f->p.b.ln, f->child, woken, &events), 0);
	all_rest(f);
	assert_int_equal(events, 0);
	assert_int_equal(ln_close(f->p.a.ln, f->fd), 0);
	pair_run(&f->p);
	assert_int_equal(events, LN_POLLIN | LN_POLLOUT | LN_POLLRDHUP);
}

/* ---- the calls ---- */

static void test_names(void **state)
{
	struct fixture *f = *state;
	struct ln_sockaddr_in sin, before[2];
	u32 len = sizeof(sin);

	ln_getsockname(f->p.a.ln, f->fd, &before[0], &len);
	ln_getpeername(f->p.a.ln, f->fd, &before[1], &len);
	all_rest(f);
	assert_int_equal(ln_getsockname(f->p.a.ln, f->fd, &sin, &len), 0);
	assert_memory_equal(&sin, &before[0], sizeof(sin));
	assert_int_equal(ln_getpeername(f->p.a.ln, f->fd, &sin, &len), 0);
	assert_memory_equal(&sin, &before[1], sizeof(sin));
	assert_true(rests(&f->p.a, f->fd));
	/* Its port and its tuple are in use. */
	assert_int_equal(bind_to(&f->p.b, ln_socket(f->p.b.ln, LN_AF_INET, LN_SOCK_STREAM, 0), 0,
				 80), -EADDRINUSE);
}

static void test_calls_wake(void **state)
{
	struct fixture *f = *state;
	int v;

	all_rest(f);
	assert_int_equal(connect_to(&f->p.a, f->fd, ADDR_B, 80), 0);	/* it came about */
	assert_false(rests(&f->p.a, f->fd));
	all_rest(f);
	assert_int_equal(connect_to(&f->p.a, f->fd, ADDR_B, 80), -EISCONN);
	all_rest(f);
	assert_int_equal(ln_listen(f->p.a.ln, f->fd, 1), -EINVAL);
	all_rest(f);
	assert_int_equal(ln_accept(f->p.a.ln, f->fd, NULL, NULL), -EINVAL);
	all_rest(f);
	assert_int_equal(bind_to(&f->p.a, f->fd, 0, 99), -EINVAL);
	all_rest(f);
	assert_int_equal(ln_ioctl(f->p.a.ln, f->fd, LN_SIOCOUTQ, &v), 0);
	assert_int_equal(v, 0);
	all_rest(f);
	assert_int_equal(opt_get(&f->p.a, f->fd, LN_SOL_SOCKET, LN_SO_ERROR), 0);
	all_rest(f);
	assert_int_equal(opt_get(&f->p.a, f->fd, LN_SOL_IP, LN_IP_MTU), 1500);
	all_rest(f);
	assert_int_equal(ln_shutdown(f->p.a.ln, f->fd, LN_SHUT_WR), 0);
	pair_run(&f->p);
	assert_int_equal(poll_one(&f->p.b, f->child), LN_POLLIN | LN_POLLOUT | LN_POLLRDHUP);
	/* Half closed: neither rests, and neither is looked at for ever. */
	pair_advance(&f->p, 600000);
	assert_int_equal(count(&f->p.a) + count(&f->p.b), 0);
	assert_int_equal(ln_close(f->p.b.ln, f->child), 0);
	pair_run(&f->p);
	assert_int_equal(poll_one(&f->p.a, f->fd) & LN_POLLIN, LN_POLLIN);
}

static void test_what_does_not_rest(void **state)
{
	struct fixture *f = *state;
	char byte;
	int fd;

	/* Unaccepted, unread. */
	fd = ln_socket(f->p.a.ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	connect_to(&f->p.a, fd, ADDR_B, 80);
	assert_int_equal(ln_send(f->p.a.ln, f->fd, "x", 1, 0), 1);
	pair_advance(&f->p, 600000);
	assert_int_equal(count(&f->p.b), 0);
	assert_int_equal(count(&f->p.a), 2);
	assert_int_equal(bare_net_next(&f->p.a.net), KTIME_MAX);
	/* Accepted; and, once it is read and the peer sent once more, the other one. */
	assert_true(ln_accept(f->p.b.ln, f->lfd, NULL, NULL) >= 0);
	assert_int_equal(ln_recv(f->p.b.ln, f->child, &byte, 1, 0), 1);
	talk(f, 1);
	pair_advance(&f->p, 5000);
	assert_int_equal(count(&f->p.b), 2);
}

static void test_off_by_sysctl(void **state)
{
	struct fixture *f = *state;

	f->p.a.net.sysctl.tcp_rest_ms = 0;
	f->p.b.net.sysctl.tcp_rest_ms = 50;
	pair_advance(&f->p, 300);
	assert_int_equal(count(&f->p.a), 0);
	assert_int_equal(count(&f->p.b), 0);	/* the first look was set down before */
	pair_advance(&f->p, 5000);
	assert_int_equal(count(&f->p.a), 0);
	assert_int_equal(count(&f->p.b), 1);
	pair_advance(&f->p, 120000);	/* neighbours */
	assert_int_equal(bare_net_next(&f->p.a.net), KTIME_MAX);
}

/* The link and the route go while it rests; data waits, and leaves when they are back. */
static void test_routes_come_and_go(void **state)
{
	struct fixture *f = *state;
	char buf[8];

	all_rest(f);
	dev_close(f->p.a.dev);
	assert_int_equal(ln_send(f->p.a.ln, f->fd, "hello", 5, 0), 5);
	assert_int_equal(opt_get(&f->p.a, f->fd, LN_SOL_IP, LN_IP_MTU), -ENOTCONN);
	pair_advance(&f->p, 1000);
	assert_int_equal(ln_recv(f->p.b.ln, f->child, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(dev_open(f->p.a.dev), 0);
	pair_advance(&f->p, 5000);
	assert_int_equal(ln_recv(f->p.b.ln, f->child, buf, sizeof(buf), 0), 5);
	all_rest(f);
}

/* ---- time ---- */

static void test_no_next_event(void **state)
{
	struct fixture *f = *state;
	int fd[20], child[20];

	for (int i = 0; i < 20; i++)
		add_connection(f, &fd[i], &child[i]);
	all_rest(f);
	/* Neighbours are confirmed for a while. */
	pair_advance(&f->p, 120000);
	assert_int_equal(count(&f->p.a), 21);
	assert_int_equal(bare_net_next(&f->p.a.net), KTIME_MAX);
	assert_int_equal(bare_net_next(&f->p.b.net), KTIME_MAX);
}

static void test_keepalive(void **state)
{
	struct fixture *f = *state;
	u32 sent;

	assert_int_equal(opt_on(&f->p.a, f->fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE), 0);
	all_rest(f);
	assert_int_equal(socket_of(&f->p.a, f->fd)->rest->has_timer, true);
	pair_advance(&f->p, 7190 * 1000);
	assert_true(rests(&f->p.a, f->fd));
	assert_int_equal(f->p.a.net.mib[MIB_TcpExtTCPKeepAlive], 0);
	pair_advance(&f->p, 10 * 1000);
	assert_int_equal(f->p.a.net.mib[MIB_TcpExtTCPKeepAlive], 1);
	assert_int_equal(poll_one(&f->p.a, f->fd), LN_POLLOUT);
	pair_advance(&f->p, 10 * 1000);
	assert_true(rests(&f->p.a, f->fd));
	/* No memory when it is due: it tries again. */
	pair_advance(&f->p, 7180 * 1000);
	f->p.a.net.mem.fail_after = 1;
	sent = (u32)f->p.a.net.mib[MIB_TcpExtTCPKeepAlive];
	pair_advance(&f->p, 11 * 1000);
	assert_int_equal(f->p.a.net.mem.fail_after, 0);
	assert_int_equal(f->p.a.net.mib[MIB_TcpExtTCPKeepAlive], sent + 1);
	/* The peer is gone: nine probes, 75 s apart, and it rests in between. */
	f->p.cut = true;
	pair_advance(&f->p, 7200 * 1000 + 30 * 1000);
	assert_true(rests(&f->p.a, f->fd));
	pair_advance(&f->p, 9 * 75 * 1000 + 1000);
	assert_int_equal(opt_get(&f->p.a, f->fd, LN_SOL_SOCKET, LN_SO_ERROR), ETIMEDOUT);
}

/* ---- the wire ---- */

static u64 run_traffic(int rest_ms, u32 *rested)
{
	struct fixture *f;
	void *state;
	struct prng p;
	int fd[4], child[4];
	u64 sum;

	setup(&state);
	f = state;
	prng_init(&p, 99);
	f->p.a.net.sysctl.tcp_rest_ms = f->p.b.net.sysctl.tcp_rest_ms = rest_ms;
	*rested = 0;
	for (int i = 0; i < 4; i++) {
		add_connection(f, &fd[i], &child[i]);
		if (i & 1)
			opt_on(&f->p.a, fd[i], LN_SOL_SOCKET, LN_SO_KEEPALIVE);
	}
	for (int i = 0; i < 400; i++) {
		struct host *h = prng_below(&p, 2) ? &f->p.a : &f->p.b;
		int n = (int)prng_below(&p, 4), s = h == &f->p.a ? fd[n] : child[n];
		char buf[20000] = "";

		f->p.cut = prng_below(&p, 8) == 0;
		ln_send(h->ln, s, buf, 1 + prng_below(&p, sizeof(buf) - 1), 0);
		pair_advance(&f->p, prng_below(&p, 300));
		f->p.cut = false;
		pair_advance(&f->p, prng_below(&p, 4000));
		for (int j = 0; j < 4; j++) {
			while (ln_recv(f->p.a.ln, fd[j], buf, sizeof(buf), 0) > 0)
				;
			while (ln_recv(f->p.b.ln, child[j], buf, sizeof(buf), 0) > 0)
				;
		}
		*rested += (u32)(count(&f->p.a) + count(&f->p.b));
		if (i % 100 == 99)
			pair_advance(&f->p, 7300 * 1000);
	}
	sum = f->p.sum;
	teardown(&state);
	return sum;
}

/* Losses, retransmissions, keepalive: each frame at its time, as if there were no rest. */
static void test_same_bytes(void **state)
{
	static const int rest_ms[] = { 1000, 1, 250 };
	u32 rested;
	u64 sum = run_traffic(0, &rested);

	(void)state;
	assert_int_equal(rested, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rest_ms); i++) {
		assert_int_equal(run_traffic(rest_ms[i], &rested), sum);
		assert_true(rested > 500);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_byte_survives), TEST(test_listings), TEST(test_memory_goes_back),
		TEST(test_no_memory_to_wake), TEST(test_no_memory_for_calls),
		TEST(test_no_memory_to_rest), TEST(test_close_without_memory),
		TEST(test_poll_and_epoll), TEST(test_waker), TEST(test_names),
		TEST(test_calls_wake), TEST(test_what_does_not_rest), TEST(test_off_by_sysctl),
		TEST(test_routes_come_and_go),
		TEST(test_no_next_event), TEST(test_keepalive),
		cmocka_unit_test(test_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
