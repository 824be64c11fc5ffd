/* SPDX-License-Identifier: MIT */
/* SO_TIMESTAMP and its kin: when what is read had arrived (socket(7)). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts6.h"

struct stamps {
	struct ln_cmsghdr h;
	s64 v[6];
};

/* One message; its control part in *c. Return: bytes of data. */
static ptrdiff_t receive(struct host *h, int fd, struct stamps *c, size_t *len)
{
	u8 buf[2000];
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c,
			       .msg_controllen = sizeof(*c) };
	ptrdiff_t n;

	memset(c, 0, sizeof(*c));
	n = ln_recvmsg(h->ln, fd, &m, 0);
	*len = m.msg_controllen;
	return n;
}

static void set(struct host *h, int fd, int name, int val, int want)
{
	assert_int_equal(ln_setsockopt(h->ln, fd, LN_SOL_SOCKET, name, &val, sizeof(val)), want);
}

/* It arrives now and is read 1.5 s later. */
static void expect(struct pair *p, int from, int fd, int type, s64 part, u32 words)
{
	ktime_t now;
	struct stamps c;
	size_t len;

	assert_int_equal(ln_send(p->a.ln, from, "ping", 4, 0), 4);
	pair_run(p);
	now = p->b.net.now;
	pair_advance(p, 1500);
	assert_int_equal(receive(&p->b, fd, &c, &len), 4);
	assert_int_equal(len, sizeof(c.h) + words * sizeof(s64));
	assert_int_equal(c.h.cmsg_len, len);
	assert_int_equal(c.h.cmsg_level, LN_SOL_SOCKET);
	assert_int_equal(c.h.cmsg_type, type);
	assert_int_equal(c.v[0], now / NSEC_PER_SEC);
	assert_int_equal(c.v[1], now % NSEC_PER_SEC / part);
	for (u32 i = 2; i < words; i++)
		assert_int_equal(c.v[i], 0);
}

static void all_forms(struct pair *p, int from, int fd)
{
	struct host *h = &p->b;
	struct stamps c;
	size_t len;

	pair_advance(p, 2345);
	set(h, fd, LN_SO_TIMESTAMP, 1, 0);
	expect(p, from, fd, LN_SO_TIMESTAMP, NSEC_PER_USEC, 2);
	assert_int_equal(opt_get(h, fd, LN_SOL_SOCKET, LN_SO_TIMESTAMP), 1);
	set(h, fd, LN_SO_TIMESTAMPNS, 1, 0);	/* in its place */
	expect(p, from, fd, LN_SO_TIMESTAMPNS, 1, 2);
	assert_int_equal(opt_get(h, fd, LN_SOL_SOCKET, LN_SO_TIMESTAMP), 0);
	assert_int_equal(opt_get(h, fd, LN_SOL_SOCKET, LN_SO_TIMESTAMPNS), 1);
	set(h, fd, LN_SO_TIMESTAMPNS_NEW, 1, 0);
	expect(p, from, fd, LN_SO_TIMESTAMPNS_NEW, 1, 2);
	set(h, fd, LN_SO_TIMESTAMP, 0, 0);
	set(h, fd, LN_SO_TIMESTAMPING, LN_SOF_TIMESTAMPING_RX_SOFTWARE, 0);
	assert_int_equal(ln_send(p->a.ln, from, "ping", 4, 0), 4);
	pair_run(p);
	assert_int_equal(receive(h, fd, &c, &len), 4);
	assert_int_equal(len, 0);	/* made, but not to be told */
	set(h, fd, LN_SO_TIMESTAMPING, LN_SOF_TIMESTAMPING_RX_SOFTWARE |
	    LN_SOF_TIMESTAMPING_SOFTWARE, 0);
	expect(p, from, fd, LN_SO_TIMESTAMPING, 1, 6);
	assert_int_equal(opt_get(h, fd, LN_SOL_SOCKET, LN_SO_TIMESTAMPING),
			 LN_SOF_TIMESTAMPING_RX_SOFTWARE | LN_SOF_TIMESTAMPING_SOFTWARE);
	set(h, fd, LN_SO_TIMESTAMPING, 1 << 20, -EINVAL);
	set(h, fd, LN_SO_TIMESTAMPING, 1 << 12, -EOPNOTSUPP);
	set(h, fd, LN_SO_TIMESTAMPING, 0, 0);
}

static void test_datagrams(void **state)
{
	struct pair *p = *state;
	int from = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_DGRAM, 0);
	int fd = ln_socket(p->b.ln, LN_AF_INET, LN_SOCK_DGRAM, 0);

	assert_int_equal(bind_to(&p->b, fd, 0, 5000), 0);
	assert_int_equal(connect_to(&p->a, from, ADDR_B, 5000), 0);
	all_forms(p, from, fd);
}

static void test_datagrams6(void **state)
{
	struct pair *p = *state;
	int from = ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_DGRAM, 0);
	int fd = ln_socket(p->b.ln, LN_AF_INET6, LN_SOCK_DGRAM, 0);

	assert_int_equal(bind_to6(&p->b, fd, "::", 5000), 0);
	assert_int_equal(connect_to6(&p->a, from, "fd00::2", 5000), 0);
	all_forms(p, from, fd);
}

static void test_stream(void **state)
{
	struct pair *p = *state;
	int lfd = ln_socket(p->b.ln, LN_AF_INET6, LN_SOCK_STREAM, 0), fd;
	int from = ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_STREAM, 0);
	struct stamps c;
	size_t len;

	assert_int_equal(bind_to6(&p->b, lfd, "::", 80), 0);
	assert_int_equal(ln_listen(p->b.ln, lfd, 8), 0);
	set(&p->b, lfd, LN_SO_TIMESTAMPNS, 1, 0);
	assert_int_equal(connect_to6(&p->a, from, "fd00::2", 80), -EINPROGRESS);
	pair_run(p);
	fd = ln_accept(p->b.ln, lfd, NULL, NULL);
	assert_true(fd >= 0);
	pair_advance(p, 700);
	expect(p, from, fd, LN_SO_TIMESTAMPNS, 1, 2);	/* the listener's setting */
	all_forms(p, from, fd);
	/* Nothing is told of the end. */
	set(&p->b, fd, LN_SO_TIMESTAMP, 1, 0);
	ln_close(p->a.ln, from);
	pair_run(p);
	assert_int_equal(receive(&p->b, fd, &c, &len), 0);
	assert_int_equal(len, 0);
}

/* The next note of the error queue. Return: bytes of the packet that come with it, or -EAGAIN. */
static ptrdiff_t note(struct host *h, int fd, ktime_t *at, struct ln_sock_extended_err *ee)
{
	u8 buf[65536], control[256] = { 0 };
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			       .msg_controllen = sizeof(control) };
	ptrdiff_t n = ln_recvmsg(h->ln, fd, &m, LN_MSG_ERRQUEUE);
	struct stamps c;

	if (n < 0)
		return n;
	memcpy(&c, control, sizeof(c));
	assert_int_equal(c.h.cmsg_type, LN_SO_TIMESTAMPING);
	*at = c.v[0] * NSEC_PER_SEC + c.v[1];
	memcpy(ee, control + sizeof(c) + sizeof(c.h), sizeof(*ee));
	assert_int_equal(ee->ee_errno, ENOMSG);
	assert_int_equal(ee->ee_origin, LN_SO_EE_ORIGIN_TIMESTAMPING);
	return n;
}

static int connected(struct pair *p, int *child)
{
	int lfd = ln_socket(p->b.ln, LN_AF_INET6, LN_SOCK_STREAM, 0);
	int from = ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_STREAM, 0);

	assert_int_equal(bind_to6(&p->b, lfd, "::", 80), 0);
	assert_int_equal(ln_listen(p->b.ln, lfd, 8), 0);
	assert_int_equal(connect_to6(&p->a, from, "fd00::2", 80), -EINPROGRESS);
	pair_run(p);
	*child = ln_accept(p->b.ln, lfd, NULL, NULL);
	assert_true(*child >= 0);
	return from;
}

/* Many segments, cut below: the call's last byte is told of once by each. */
static void test_sent(void **state)
{
	static const u32 types[] = { LN_SCM_TSTAMP_SCHED, LN_SCM_TSTAMP_SND, LN_SCM_TSTAMP_ACK };
	struct pair *p = *state;
	struct ln_sock_extended_err ee;
	static char bytes[10000];
	ktime_t at, last = 0;
	int child, from = connected(p, &child);

	set(&p->a, from, LN_SO_TIMESTAMPING,
	    LN_SOF_TIMESTAMPING_TX_SCHED | LN_SOF_TIMESTAMPING_TX_SOFTWARE |
	    LN_SOF_TIMESTAMPING_TX_ACK | LN_SOF_TIMESTAMPING_SOFTWARE |
	    LN_SOF_TIMESTAMPING_OPT_ID, 0);
	assert_int_equal(ln_send(p->a.ln, from, bytes, sizeof(bytes), 0), sizeof(bytes));
	pair_advance(p, 1000);
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		assert_true(note(&p->a, from, &at, &ee) > 0);
		assert_int_equal(ee.ee_info, types[i]);
		assert_int_equal(ee.ee_data, sizeof(bytes) - 1);
		assert_true(at >= last);
		last = at;
	}
	assert_int_equal(note(&p->a, from, &at, &ee), -EAGAIN);
}

/* Who does not read loses notes when his receive buffer is full, and no memory; nor by closing. */
static void test_sent_unread(void **state)
{
	struct pair *p = *state;
	struct ln_sock_extended_err ee;
	int child, from = connected(p, &child), n = 0;
	ktime_t at;

	set(&p->a, from, LN_SO_RCVBUF, 4096, 0);
	set(&p->a, from, LN_SO_TIMESTAMPING,
	    LN_SOF_TIMESTAMPING_TX_SOFTWARE | LN_SOF_TIMESTAMPING_SOFTWARE |
	    LN_SOF_TIMESTAMPING_OPT_TSONLY, 0);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ln_send(p->a.ln, from, "x", 1, 0), 1);
		pair_advance(p, 100);
	}
	while (note(&p->a, from, &at, &ee) == 0)
		n++;
	assert_in_range(n, 1, 20);
	assert_int_equal(ln_send(p->a.ln, from, "x", 1, 0), 1);
	ln_close(p->a.ln, from);
	pair_run(p);
}

/* A message that asks to be told of, by a control message. */
static ptrdiff_t send_asking(struct host *h, int fd, const char *to)
{
	struct {
		struct ln_cmsghdr h;
		u32 flags;
	} c = { { sizeof(c.h) + sizeof(u32), LN_SOL_SOCKET, LN_SO_TIMESTAMPING },
		LN_SOF_TIMESTAMPING_TX_SOFTWARE };
	struct ln_sockaddr_in6 sin6 = { .sin6_family = LN_AF_INET6,
					.sin6_port = CONST_BE16(5000) };
	struct ln_iovec iov = { (void *)(uintptr_t)"ask", 3 };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c,
			       .msg_controllen = sizeof(c) };
	struct ip6_addr addr;

	if (to) {
		assert_true(ip6_addr_parse(to, &addr));
		memcpy(&sin6.sin6_addr, &addr, sizeof(addr));
		m.msg_name = &sin6;
		m.msg_namelen = sizeof(sin6);
	}
	return ln_sendmsg(h->ln, fd, &m, LN_MSG_DONTWAIT);
}

/* What one message asked for that was not sent, the next one has not asked for. */
static void test_not_sent(void **state)
{
	static char bytes[65536];
	struct pair *p = *state;
	struct ln_sock_extended_err ee;
	int fd = ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_DGRAM, 0), child, from;
	ktime_t at;

	set(&p->a, fd, LN_SO_TIMESTAMPING, LN_SOF_TIMESTAMPING_SOFTWARE, 0);
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 5000), 0);
	assert_int_equal(send_asking(&p->a, fd, "fd00::2"), 3);
	pair_run(p);
	assert_true(note(&p->a, fd, &at, &ee) > 0);
	assert_int_equal(send_asking(&p->a, fd, "2001:db8::1"), -ENETUNREACH);
	ln_send(p->a.ln, fd, "x", 1, 0);
	ln_send(p->a.ln, fd, "x", 1, 0);
	pair_run(p);
	assert_int_equal(note(&p->a, fd, &at, &ee), -EAGAIN);
	from = connected(p, &child);
	set(&p->a, from, LN_SO_TIMESTAMPING, LN_SOF_TIMESTAMPING_SOFTWARE, 0);
	while (ln_send(p->a.ln, from, bytes, sizeof(bytes), LN_MSG_DONTWAIT) > 0)
		;
	assert_int_equal(send_asking(&p->a, from, NULL), -EAGAIN);
	for (int i = 0; i < 100; i++) {
		while (ln_recv(p->b.ln, child, bytes, sizeof(bytes), LN_MSG_DONTWAIT) > 0)
			;
		pair_advance(p, 10);
	}
	assert_int_equal(ln_send(p->a.ln, from, "x", 1, 0), 1);
	pair_advance(p, 1000);
	assert_int_equal(note(&p->a, from, &at, &ee), -EAGAIN);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, pair6_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_datagrams), T(test_datagrams6), T(test_stream),
		T(test_sent), T(test_sent_unread), T(test_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
