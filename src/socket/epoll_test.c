/* SPDX-License-Identifier: MIT */
/* epoll(7), ln_poll(), ln_set_wake(): who is told what, when, and how often (row S3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"
#include "socket/epoll.h"

/* ---- what a wait costs: files that count how often they are asked ---- */

#define IDLE_FILES 100000

struct counting_file {
	struct file file;
	unsigned ready;
	u32 *polls;
};

static unsigned counting_poll(struct file *f)
{
	struct counting_file *cf = container_of(f, struct counting_file, file);

	++*cf->polls;
	return cf->ready;
}

static void counting_release(struct file *f)
{
	(void)f;
}

static const struct file_ops counting_file_ops = {
	.poll = counting_poll, .release = counting_release,
};

static void counting_ready(struct counting_file *cf, unsigned events)
{
	cf->ready = events;
	file_notify(&cf->file, events);
}

static void counting_watch(struct host *h, int ep, struct counting_file *cf, u32 n, u32 flags,
			   u32 *polls)
{
	for (u32 i = 0; i < n; i++) {
		struct ln_epoll_event ev = { LN_POLLIN | flags, i };

		cf[i].file = (struct file){ .ops = &counting_file_ops, .net = &h->net };
		cf[i].polls = polls;
		assert_true(fd_install(&cf[i].file) >= 0);
		assert_int_equal(ln_epoll_ctl(h->ln, ep, LN_EPOLL_CTL_ADD, cf[i].file.fd, &ev), 0);
	}
	*polls = 0;
}

/* A wait asks the ready ones and nobody else, however many are watched. */
static void check_cost(struct pair *p, u32 n, u32 flags)
{
	int ep = ln_epoll_create(p->a.ln);
	struct counting_file *cf = calloc(n, sizeof(*cf));
	struct ln_epoll_event ev[8];
	u32 polls;

	counting_watch(&p->a, ep, cf, n, flags, &polls);
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 8), 0);
	assert_int_equal(polls, 0);
	for (u32 i = 0; i < 3; i++)
		counting_ready(&cf[(n / 3) * i], LN_POLLIN);
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 8), 3);
	assert_int_equal(polls, 3);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(ev[i].data, (n / 3) * i);
	/* Level: asked again, and once more when nothing is there any more. Edge: not at all. */
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 8), flags ? 0 : 3);
	assert_int_equal(polls, flags ? 3 : 6);
	for (u32 i = 0; i < 3; i++)
		cf[(n / 3) * i].ready = 0;
	polls = 0;
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 8), 0);
	assert_int_equal(polls, flags ? 0 : 3);
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 8), 0);
	assert_int_equal(polls, flags ? 0 : 3);
	/* More are ready than are asked for. */
	for (u32 i = 0; i < min(n, 1000u); i++)
		counting_ready(&cf[i], LN_POLLIN);
	polls = 0;
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 8), min(n, 8u));
	assert_int_equal(polls, min(n, 8u));
	for (u32 i = 0; i < n; i++)
		file_close(&cf[i].file);
	ln_close(p->a.ln, ep);
	free(cf);
}

static void test_cost_of_a_wait(void **state)
{
	struct pair *p = *state;

	p->a.net.mem.budget = (size_t)256 << 20;
	check_cost(p, 3, 0);
	check_cost(p, IDLE_FILES, 0);
	check_cost(p, 3, LN_EPOLLET);
	check_cost(p, IDLE_FILES, LN_EPOLLET);
}

static int ep_ctl(struct host *h, int ep, int op, int fd, u32 events, u64 data)
{
	struct ln_epoll_event ev = { events, data };

	return ln_epoll_ctl(h->ln, ep, op, fd, &ev);
}

/* The data of the one ready item; -1: none. */
static s64 ep_one(struct host *h, int ep, u32 *events)
{
	struct ln_epoll_event ev[4];
	int n = ln_epoll_wait(h->ln, ep, ev, 4);

	assert_in_range(n, 0, 1);
	if (events)
		*events = n ? ev[0].events : 0;
	return n ? (s64)ev[0].data : -1;
}

static void datagram(struct pair *p, u16 port)
{
	int fd = udp_socket(&p->b);

	assert_int_equal(send_to(&p->b, fd, "x", 1, ADDR_A, port), 1);
	pair_run(p);
	ln_close(p->b.ln, fd);
}

static void drain(struct host *h, int fd)
{
	char c;

	while (ln_recv(h->ln, fd, &c, 1, 0) >= 0)
		;
}

static void test_level_and_edge(void **state)
{
	struct pair *p = *state;
	int level = udp_bound(&p->a, 0, 1), edge = udp_bound(&p->a, 0, 2);
	int el = ln_epoll_create(p->a.ln), ee = ln_epoll_create(p->a.ln);
	u32 events;

	assert_int_equal(ep_ctl(&p->a, el, LN_EPOLL_CTL_ADD, level, LN_POLLIN, 11), 0);
	assert_int_equal(ep_ctl(&p->a, ee, LN_EPOLL_CTL_ADD, edge, LN_POLLIN | LN_EPOLLET, 22), 0);
	assert_int_equal(ep_one(&p->a, el, NULL), -1);
	assert_int_equal(ep_one(&p->a, ee, NULL), -1);
	datagram(p, 1);
	datagram(p, 2);
	for (int i = 0; i < 3; i++) {	/* again and again until it is read */
		assert_int_equal(ep_one(&p->a, el, &events), 11);
		assert_int_equal(events, LN_POLLIN);
	}
	drain(&p->a, level);
	assert_int_equal(ep_one(&p->a, el, NULL), -1);
	assert_int_equal(ep_one(&p->a, ee, NULL), 22);	/* once */
	assert_int_equal(ep_one(&p->a, ee, NULL), -1);
	datagram(p, 2);					/* and once for each more */
	assert_int_equal(ep_one(&p->a, ee, NULL), 22);
	assert_int_equal(ep_one(&p->a, ee, NULL), -1);
}

static void test_oneshot_mod_del(void **state)
{
	const u32 once = LN_POLLIN | LN_EPOLLONESHOT;
	struct pair *p = *state;
	int fd = udp_bound(&p->a, 0, 1), ep = ln_epoll_create(p->a.ln);

	assert_int_equal(ep_ctl(&p->a, ep, LN_EPOLL_CTL_ADD, fd, once, 1), 0);
	datagram(p, 1);
	assert_int_equal(ep_one(&p->a, ep, NULL), 1);
	datagram(p, 1);
	assert_int_equal(ep_one(&p->a, ep, NULL), -1);
	/* Armed again: it is ready still. */
	assert_int_equal(ep_ctl(&p->a, ep, LN_EPOLL_CTL_MOD, fd, once, 2), 0);
	assert_int_equal(ep_one(&p->a, ep, NULL), 2);
	assert_int_equal(ep_ctl(&p->a, ep, LN_EPOLL_CTL_MOD, fd, LN_POLLIN, 3), 0);
	assert_int_equal(ln_epoll_ctl(p->a.ln, ep, LN_EPOLL_CTL_DEL, fd, NULL), 0);
	assert_int_equal(ep_one(&p->a, ep, NULL), -1);
	assert_int_equal(ln_epoll_ctl(p->a.ln, ep, LN_EPOLL_CTL_DEL, fd, NULL), -ENOENT);
	assert_int_equal(ep_ctl(&p->a, ep, LN_EPOLL_CTL_MOD, fd, LN_POLLIN, 3), -ENOENT);
}

static void count_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	(void)events;
	++*(int *)ctx;
}

/* Of the sets that watch exclusively the first is woken, beside those that do not. */
static void test_exclusive_wakes_one(void **state)
{
	const u32 one = LN_POLLIN | LN_EPOLLEXCLUSIVE;
	struct pair *p = *state;
	int fd = udp_bound(&p->a, 0, 1), woken[3] = { 0 }, ep[3];

	for (int i = 0; i < 3; i++) {
		ep[i] = ln_epoll_create(p->a.ln);
		assert_int_equal(ep_ctl(&p->a, ep[i], LN_EPOLL_CTL_ADD, fd,
					i < 2 ? one : LN_POLLIN, 1), 0);
		assert_int_equal(ln_set_wake(p->a.ln, ep[i], count_wake, &woken[i]), 0);
	}
	datagram(p, 1);
	assert_int_equal(woken[0], 1);
	assert_int_equal(woken[1], 0);
	assert_int_equal(woken[2], 1);
	/* What it leaves is the next one's as soon as that waits. */
	assert_int_equal(ln_set_wake(p->a.ln, ep[0], NULL, NULL), 0);
	datagram(p, 1);
	assert_int_equal(woken[1], 1);
	assert_int_equal(ep_ctl(&p->a, ep[0], LN_EPOLL_CTL_MOD, fd, LN_POLLIN, 1), -EINVAL);
	assert_int_equal(ep_ctl(&p->a, ep[2], LN_EPOLL_CTL_MOD, fd, one, 1), -EINVAL);
}

/* Ready before it is added; error and hang-up come unasked; a closed file is forgotten. */
static void test_add_ready_error_close(void **state)
{
	struct pair *p = *state;
	int fd = udp_bound(&p->a, 0, 1), ep = ln_epoll_create(p->a.ln);
	u32 events;

	datagram(p, 1);
	assert_int_equal(ep_ctl(&p->a, ep, LN_EPOLL_CTL_ADD, fd, LN_POLLIN | LN_EPOLLET, 1), 0);
	assert_int_equal(ep_one(&p->a, ep, NULL), 1);
	drain(&p->a, fd);
	assert_int_equal(ep_ctl(&p->a, ep, LN_EPOLL_CTL_MOD, fd, LN_POLLPRI, 2), 0);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 9), 0);
	assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), 1);
	pair_run(p);
	assert_int_equal(ep_one(&p->a, ep, &events), 2);
	assert_int_equal(events, LN_POLLERR);
	assert_int_equal(ln_close(p->a.ln, fd), 0);
	assert_int_equal(ep_one(&p->a, ep, NULL), -1);
	/* The number is given again: the new file is not watched. */
	assert_int_equal(udp_bound(&p->a, 0, 1), fd);
	datagram(p, 1);
	assert_int_equal(ep_one(&p->a, ep, NULL), -1);
}

/* More ready than asked for: all get their turn. */
static void test_fairness(void **state)
{
	struct pair *p = *state;
	int ep = ln_epoll_create(p->a.ln), seen[10] = { 0 };
	struct ln_epoll_event ev[3];

	for (int i = 0; i < 10; i++) {
		int fd = udp_bound(&p->a, 0, (u16)(100 + i));

		assert_int_equal(ep_ctl(&p->a, ep, LN_EPOLL_CTL_ADD, fd, LN_POLLIN, (u64)i), 0);
		datagram(p, (u16)(100 + i));
	}
	for (int round = 0; round < 10; round++) {
		assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 3), 3);
		for (int i = 0; i < 3; i++)
			seen[ev[i].data]++;
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(seen[i], 3);
}

static void test_nested(void **state)
{
	struct pair *p = *state;
	int fd = udp_bound(&p->a, 0, 1);
	int inner = ln_epoll_create(p->a.ln), outer = ln_epoll_create(p->a.ln);

	assert_int_equal(ep_ctl(&p->a, inner, LN_EPOLL_CTL_ADD, fd, LN_POLLIN, 1), 0);
	assert_int_equal(ep_ctl(&p->a, outer, LN_EPOLL_CTL_ADD, inner, LN_POLLIN, 2), 0);
	assert_int_equal(ep_one(&p->a, outer, NULL), -1);
	datagram(p, 1);
	assert_int_equal(ep_one(&p->a, outer, NULL), 2);
	assert_int_equal(ep_one(&p->a, inner, NULL), 1);
	drain(&p->a, fd);
	assert_int_equal(ep_one(&p->a, outer, NULL), -1);
	datagram(p, 1);
	ln_close(p->a.ln, inner);
	assert_int_equal(ep_one(&p->a, outer, NULL), -1);
}

static int ep_add(struct host *h, int ep, int fd)
{
	return ep_ctl(h, ep, LN_EPOLL_CTL_ADD, fd, LN_POLLIN, 0);
}

static void test_loops(void **state)
{
	struct pair *p = *state;
	int ep[8];

	for (int i = 0; i < 8; i++)
		ep[i] = ln_epoll_create(p->a.ln);
	assert_int_equal(ep_add(&p->a, ep[0], ep[0]), -EINVAL);
	/* Five deep is the most. */
	for (int i = 0; i < 4; i++)
		assert_int_equal(ep_add(&p->a, ep[i], ep[i + 1]), 0);
	assert_int_equal(ep_add(&p->a, ep[4], ep[5]), -ELOOP);
	assert_int_equal(ep_add(&p->a, ep[5], ep[0]), -ELOOP);
	for (int i = 1; i < 5; i++)
		assert_int_equal(ep_add(&p->a, ep[i], ep[0]), -ELOOP);
	assert_int_equal(ep_add(&p->a, ep[0], ep[1]), -EEXIST);
	assert_int_equal(ln_epoll_ctl(p->a.ln, ep[2], LN_EPOLL_CTL_DEL, ep[3], NULL), 0);
	assert_int_equal(ep_add(&p->a, ep[4], ep[5]), 0);
	/* Beside sockets, which the look for loops passes over. */
	for (int i = 0; i < 5; i++)
		ep_add(&p->a, ep[6], udp_socket(&p->a));
	assert_int_equal(ep_add(&p->a, ep[6], ep[7]), 0);
	assert_int_equal(ep_add(&p->a, ep[7], ep[6]), -ELOOP);
}

static void test_bad_input(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a), ep = ln_epoll_create(p->a.ln);
	struct ln_epoll_event ev[1] = { { LN_POLLIN, 0 } };
	struct ln_pollfd pfd[3] = { { fd, LN_POLLIN, 99 }, { -1, LN_POLLIN, 99 }, { 77, 0, 99 } };

	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, 0), -EINVAL);
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, -1), -EINVAL);
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, ev, INT32_MAX), -EINVAL);
	assert_int_equal(ln_epoll_wait(p->a.ln, ep, NULL, 1), -EFAULT);
	assert_int_equal(ln_epoll_wait(p->a.ln, 99, ev, 1), -EBADF);
	assert_int_equal(ln_epoll_wait(p->a.ln, fd, ev, 1), -EINVAL);
	assert_int_equal(ln_epoll_ctl(p->a.ln, ep, LN_EPOLL_CTL_ADD, 99, ev), -EBADF);
	assert_int_equal(ln_epoll_ctl(p->a.ln, 99, LN_EPOLL_CTL_ADD, fd, ev), -EBADF);
	assert_int_equal(ln_epoll_ctl(p->a.ln, fd, LN_EPOLL_CTL_ADD, ep, ev), -EINVAL);
	assert_int_equal(ln_epoll_ctl(p->a.ln, ep, LN_EPOLL_CTL_ADD, fd, NULL), -EFAULT);
	assert_int_equal(ln_epoll_ctl(p->a.ln, ep, 9, fd, ev), -EINVAL);
	assert_int_equal(ln_recv(p->a.ln, ep, ev, 1, 0), -ENOTSOCK);
	assert_int_equal(ln_poll(p->a.ln, pfd, 3), 1);
	assert_int_equal(pfd[0].revents, 0);
	assert_int_equal(pfd[1].revents, 0);
	assert_int_equal(pfd[2].revents, LN_POLLNVAL);
	assert_int_equal(ln_poll(p->a.ln, NULL, 1), -EFAULT);
	assert_int_equal(ln_poll(p->a.ln, NULL, 0), 0);
	assert_int_equal(ln_poll(p->a.ln, pfd, UINT32_MAX), -EINVAL);
}

/* ---- wakers ---- */

struct seen {
	struct pair *p;
	unsigned calls, events;
	int fd, other;
	int close_what;		/* 0 nothing, 1 itself, 2 the other */
};

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct seen *s = ctx;

	s->calls++;
	s->events = events;
	s->fd = fd;
	if (s->close_what == 1)
		assert_int_equal(ln_close(net, fd), 0);
	if (s->close_what == 2)
		assert_int_equal(ln_close(net, s->other), 0);
}

static void test_wake(void **state)
{
	struct pair *p = *state;
	int fd = udp_bound(&p->a, 0, 1);
	struct seen s = { .p = p };

	assert_int_equal(ln_set_wake(p->a.ln, 99, on_wake, &s), -EBADF);
	assert_int_equal(ln_set_wake(p->a.ln, fd, on_wake, &s), 0);
	pair_run(p);
	assert_int_equal(s.calls, 0);		/* nothing but room to write */
	datagram(p, 1);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.fd, fd);
	assert_int_equal(s.events, LN_POLLIN | LN_POLLOUT);
	pair_run(p);
	assert_int_equal(s.calls, 1);		/* the level is not repeated */
	datagram(p, 1);
	assert_int_equal(s.calls, 2);
	assert_int_equal(ln_set_wake(p->a.ln, fd, NULL, NULL), 0);
	datagram(p, 1);
	assert_int_equal(s.calls, 2);
	/* What waits already is news to who asks now. */
	assert_int_equal(ln_set_wake(p->a.ln, fd, on_wake, &s), 0);
	assert_int_equal(s.calls, 2);
	pair_run(p);
	assert_int_equal(s.calls, 3);
}

static void test_wake_closes_itself(void **state)
{
	struct pair *p = *state;
	struct seen s = { .p = p, .close_what = 1 };
	int fd = udp_bound(&p->a, 0, 1);

	ln_set_wake(p->a.ln, fd, on_wake, &s);
	datagram(p, 1);
	assert_int_equal(s.calls, 1);
	assert_int_equal(ln_close(p->a.ln, fd), -EBADF);
}

/* The first closes the second, whose wake-up was due in the same run. */
static void test_wake_closes_another(void **state)
{
	struct pair *p = *state;
	struct seen s = { .p = p, .close_what = 2 }, t = { .p = p };
	int a = udp_bound(&p->a, 0, 1), b = udp_bound(&p->a, 0, 2), fd = udp_socket(&p->b);

	s.other = b;
	ln_set_wake(p->a.ln, a, on_wake, &s);
	ln_set_wake(p->a.ln, b, on_wake, &t);
	send_to(&p->b, fd, "arp", 3, ADDR_A, 9);
	pair_run(p);
	send_to(&p->b, fd, "x", 1, ADDR_A, 1);
	send_to(&p->b, fd, "x", 1, ADDR_A, 2);
	pair_run(p);
	assert_int_equal(s.calls, 1);
	assert_int_equal(t.calls, 0);
}

static void test_wake_of_epoll(void **state)
{
	struct pair *p = *state;
	int fd = udp_bound(&p->a, 0, 1), ep = ln_epoll_create(p->a.ln);
	struct seen s = { .p = p };

	ep_ctl(&p->a, ep, LN_EPOLL_CTL_ADD, fd, LN_POLLIN, 1);
	ln_set_wake(p->a.ln, ep, on_wake, &s);
	datagram(p, 1);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.fd, ep);
	assert_int_equal(s.events, LN_POLLIN);
}

/* ---- timers ---- */

struct ticks {
	s64 handle, cancel;
	ktime_t at;
	int n;
	s64 again;
	int *order, id;
};

static void on_timer(void *ctx, struct ln_net *net)
{
	struct ticks *t = ctx;

	t->n++;
	t->at = ln_net_now(net);
	if (t->order)
		*t->order = *t->order * 10 + t->id;
	ln_timer_cancel(net, t->handle);	/* fired: harmless */
	ln_timer_cancel(net, t->cancel);
	if (t->again) {
		t->handle = ln_timer_add(net, t->again, on_timer, t);
		t->again = 0;
	}
}

static void test_timers(void **state)
{
	struct pair *p = *state;
	int order = 0;
	struct ticks a = { .order = &order, .id = 1 }, b = { .order = &order, .id = 2 };
	struct ticks c = { .order = &order, .id = 3 }, d = { .order = &order, .id = 4 };
	s64 ms = NSEC_PER_MSEC;

	assert_int_equal(ln_timer_add(p->a.ln, 5, NULL, NULL), -EINVAL);
	c.handle = ln_timer_add(p->a.ln, 30 * ms, on_timer, &c);
	a.handle = ln_timer_add(p->a.ln, 10 * ms, on_timer, &a);
	b.handle = ln_timer_add(p->a.ln, 10 * ms, on_timer, &b);
	d.handle = ln_timer_add(p->a.ln, 40 * ms, on_timer, &d);
	assert_true(a.handle > 0 && b.handle > 0 && a.handle != b.handle);
	a.again = 20 * ms;
	c.cancel = d.handle;
	assert_int_equal(bare_net_next(&p->a.net) <= 10 * ms, true);
	pair_advance(p, 9);
	assert_int_equal(order, 0);
	pair_advance(p, 1);
	assert_int_equal(order, 12);
	assert_int_equal(a.at, 10 * ms);
	pair_advance(p, 100);
	assert_int_equal(order, 1213);
	assert_int_equal(a.at, 20 * ms);
	assert_int_equal(d.n, 0);
	ln_timer_cancel(p->a.ln, 0);
	ln_timer_cancel(p->a.ln, -1);
	ln_timer_cancel(p->a.ln, INT64_MAX);
	/* An old handle does not end the timer that has its number now. */
	a.handle = ln_timer_add(p->a.ln, p->a.net.now + 5 * ms, on_timer, &a);
	ln_timer_cancel(p->a.ln, c.handle);
	ln_timer_cancel(p->a.ln, b.handle);
	pair_advance(p, 10);
	assert_int_equal(a.n, 3);
	/* Left armed: the end of the instance frees it. */
	ln_timer_add(p->a.ln, INT64_MAX, on_timer, &a);
}

/* Cancelled between its deadline and the end of the run. */
static void test_timer_cancelled_when_due(void **state)
{
	struct pair *p = *state;
	struct ticks a = { 0 }, b = { 0 };

	a.handle = ln_timer_add(p->a.ln, 100, on_timer, &a);
	b.handle = ln_timer_add(p->a.ln, 100, on_timer, &b);
	a.cancel = b.handle;
	pair_advance(p, 1);
	assert_int_equal(a.n, 1);
	assert_int_equal(b.n, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_cost_of_a_wait),
		T(test_level_and_edge),
		T(test_oneshot_mod_del),
		T(test_exclusive_wakes_one),
		T(test_add_ready_error_close),
		T(test_fairness),
		T(test_nested),
		T(test_loops),
		T(test_bad_input),
		T(test_wake),
		T(test_wake_closes_itself),
		T(test_wake_closes_another),
		T(test_wake_of_epoll),
		T(test_timers),
		T(test_timer_cancelled_when_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
