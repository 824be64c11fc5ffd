/* SPDX-License-Identifier: MIT */
/* MSG_ZEROCOPY: nothing is copied, and the sender is told when the memory is his again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"

#define BYTES 60000

static u8 out[BYTES], in[BYTES];

struct told {
	struct ln_cmsghdr h;
	struct ln_sock_extended_err ee;
	struct ln_sockaddr_in offender;
};

static int setup(void **state)
{
	struct pair *p = malloc(sizeof(*p));

	pair_init(p);
	for (u32 i = 0; i < BYTES; i++)
		out[i] = (u8)(i * 7 + i / 251);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	pair_exit(*state);
	free(*state);
	return 0;
}

static int listen_on(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_int_equal(opt_on(h, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR), 0);
	assert_int_equal(bind_to(h, fd, 0, 80), 0);
	assert_int_equal(ln_listen(h->ln, fd, 5), 0);
	return fd;
}

/* From a to the listener of `to`, with SO_ZEROCOPY. */
static void connected(struct pair *p, struct host *to, be32 addr, int *client, int *server)
{
	int listener = listen_on(to);

	*client = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(connect_to(&p->a, *client, addr, 80), -EINPROGRESS);
	pair_run(p);
	*server = ln_accept(to->ln, listener, NULL, NULL);
	assert_true(*server >= 0);
	ln_close(to->ln, listener);
	assert_int_equal(opt_on(&p->a, *client, LN_SOL_SOCKET, LN_SO_ZEROCOPY), 0);
	assert_int_equal(opt_get(&p->a, *client, LN_SOL_SOCKET, LN_SO_ZEROCOPY), 1);
}

static ptrdiff_t send_zc(struct pair *p, int fd, const void *buf, size_t len)
{
	return ln_send(p->a.ln, fd, buf, len, LN_MSG_ZEROCOPY);
}

/* The next notification; -EAGAIN. */
static ptrdiff_t told(struct pair *p, int fd, struct ln_sock_extended_err *ee)
{
	struct told t;
	struct ln_msghdr m = { .msg_control = &t, .msg_controllen = sizeof(t) };
	ptrdiff_t r;

	memset(&t, 0, sizeof(t));
	r = ln_recvmsg(p->a.ln, fd, &m, LN_MSG_ERRQUEUE);
	*ee = t.ee;
	if (r < 0)
		return r;
	assert_int_equal(m.msg_flags, LN_MSG_ERRQUEUE);
	assert_int_equal(t.h.cmsg_level, LN_SOL_IP);
	assert_int_equal(t.h.cmsg_type, LN_IP_RECVERR);
	assert_int_equal(ee->ee_errno, 0);
	assert_int_equal(ee->ee_origin, LN_SO_EE_ORIGIN_ZEROCOPY);
	return r;
}

static void assert_told(struct pair *p, int fd, u32 first, u32 last, u8 code)
{
	struct ln_sock_extended_err ee;

	assert_int_equal(told(p, fd, &ee), 0);
	assert_int_equal(ee.ee_info, first);
	assert_int_equal(ee.ee_data, last);
	assert_int_equal(ee.ee_code, code);
}

static void assert_not_told(struct pair *p, int fd)
{
	struct ln_sock_extended_err ee;

	assert_int_equal(told(p, fd, &ee), -EAGAIN);
}

static unsigned events(struct host *h, int fd)
{
	struct ln_pollfd pfd = { .fd = fd, .events = LN_POLLIN | LN_POLLOUT };

	ln_poll(h->ln, &pfd, 1);
	return (unsigned short)pfd.revents;
}

static size_t read_all(struct pair *p, struct host *h, int fd, size_t want)
{
	size_t at = 0;
	ptrdiff_t n;

	for (int i = 0; i < 40 && at < want; i++) {
		pair_advance(p, 300);
		n = ln_recv(h->ln, fd, in + at, sizeof(in) - at, 0);
		at += n > 0 ? (size_t)n : 0;
	}
	return at;
}

static void test_no_copy(void **state)
{
	struct pair *p = *state;
	struct ln_iovec iov[4] = { { NULL, 0 }, { out, 101 }, { out, 0 }, { out + 101, 19899 } };
	struct ln_msghdr m = { .msg_iov = iov, .msg_iovlen = 4 };
	int client, server;
	u64 copied;

	connected(p, &p->b, ADDR_B, &client, &server);
	copied = p->a.net.copies.user_in;
	assert_int_equal(ln_sendmsg(p->a.ln, client, &m, LN_MSG_ZEROCOPY), 20000);
	assert_int_equal(send_zc(p, client, out + 20000, 5), 5);
	assert_int_equal(send_zc(p, client, out + 20005, 9995), 9995);
	assert_int_equal(send_zc(p, client, out, 0), 0);	/* is no call */
	assert_not_told(p, client);
	assert_int_equal(read_all(p, &p->b, server, 30000), 30000);
	assert_memory_equal(in, out, 30000);
	assert_int_equal(p->a.net.copies.user_in, copied);
	assert_int_equal(p->a.net.copies.linearized, 0);
	assert_true(events(&p->a, client) & LN_POLLERR);
	assert_told(p, client, 0, 2, 0);
	assert_false(events(&p->a, client) & LN_POLLERR);
	assert_not_told(p, client);
	assert_int_equal(opt_get(&p->a, client, LN_SOL_SOCKET, LN_SO_ERROR), 0);
	/* Mixed with copies; the count goes on. */
	assert_int_equal(ln_send(p->a.ln, client, out, 10, 0), 10);
	assert_int_equal(send_zc(p, client, out + 10, 10), 10);
	assert_int_equal(ln_send(p->a.ln, client, out + 20, 10, 0), 10);
	assert_int_equal(read_all(p, &p->b, server, 30), 30);
	assert_memory_equal(in, out, 30);
	assert_int_equal(p->a.net.copies.user_in, copied + 20);
	assert_told(p, client, 3, 3, 0);
}

/* Until it is acknowledged the memory is in use: it is what a retransmission sends. */
static void test_retransmission(void **state)
{
	struct pair *p = *state;
	u8 *mem = malloc(3000);
	int client, server;

	connected(p, &p->b, ADDR_B, &client, &server);
	memcpy(mem, out, 3000);
	p->cut = true;
	assert_int_equal(send_zc(p, client, mem, 3000), 3000);
	pair_advance(p, 500);
	assert_not_told(p, client);
	p->cut = false;
	assert_int_equal(read_all(p, &p->b, server, 3000), 3000);
	assert_memory_equal(in, out, 3000);
	assert_told(p, client, 0, 0, 0);
	free(mem);
}

static void test_not_asked_for(void **state)
{
	struct pair *p = *state;
	int client, server, val = 2;
	struct ln_net *ln = p->a.ln;
	u64 copied;

	connected(p, &p->b, ADDR_B, &client, &server);
	assert_int_equal(ln_setsockopt(ln, client, LN_SOL_SOCKET, LN_SO_ZEROCOPY, &val,
				       sizeof(val)), -EINVAL);
	val = 0;
	assert_int_equal(ln_setsockopt(ln, client, LN_SOL_SOCKET, LN_SO_ZEROCOPY, &val,
				       sizeof(val)), 0);
	copied = p->a.net.copies.user_in;
	assert_int_equal(send_zc(p, client, out, 1000), 1000);
	assert_int_equal(p->a.net.copies.user_in, copied + 1000);
	assert_int_equal(read_all(p, &p->b, server, 1000), 1000);
	assert_not_told(p, client);
}

/* Who reads it on this machine must not see what the sender writes afterwards. */
static void test_loopback(void **state)
{
	struct pair *p = *state;
	u8 *mem = malloc(3000);
	int client, server;
	u64 copied;

	connected(p, &p->a, ADDR_A, &client, &server);
	memcpy(mem, out, 3000);
	copied = p->a.net.copies.user_in;
	assert_int_equal(send_zc(p, client, mem, 3000), 3000);
	memset(mem, 0xee, 3000);
	assert_int_equal(read_all(p, &p->a, server, 3000), 3000);
	assert_memory_equal(in, out, 3000);
	assert_int_equal(p->a.net.copies.user_in, copied + 3000);
	assert_told(p, client, 0, 0, LN_SO_EE_CODE_ZEROCOPY_COPIED);
	free(mem);
}

static void test_tap(void **state)
{
	struct pair *p = *state;
	int tap = ln_socket(p->a.ln, LN_AF_PACKET, LN_SOCK_RAW, 0);
	struct ln_sockaddr_ll ll = { .sll_family = LN_AF_PACKET, .sll_protocol = CONST_BE16(3) };
	u8 *mem = malloc(1000);
	int client, server;
	ptrdiff_t n;

	connected(p, &p->b, ADDR_B, &client, &server);
	assert_int_equal(ln_bind(p->a.ln, tap, &ll, sizeof(ll)), 0);
	memcpy(mem, out, 1000);
	assert_int_equal(send_zc(p, client, mem, 1000), 1000);
	assert_int_equal(read_all(p, &p->b, server, 1000), 1000);
	assert_told(p, client, 0, 0, LN_SO_EE_CODE_ZEROCOPY_COPIED);
	memset(mem, 0xee, 1000);
	n = ln_recv(p->a.ln, tap, in, sizeof(in), 0);
	assert_in_range(n, 1000, 1100);
	assert_memory_equal(in + n - 1000, out, 1000);
	free(mem);
}

/* However the connection ends, the memory goes back, and who still listens is told. */
static void test_ends(void **state)
{
	struct pair *p = *state;
	int client, server;
	u8 *mem = malloc(2000);

	memcpy(mem, out, 2000);
	connected(p, &p->b, ADDR_B, &client, &server);
	p->cut = true;
	assert_int_equal(send_zc(p, client, mem, 2000), 2000);
	pair_run(p);
	p->cut = false;
	ln_close(p->b.ln, server);
	pair_run(p);
	pair_advance(p, 3000);	/* data to nobody: a reset comes back */
	assert_told(p, client, 0, 0, 0);
	assert_int_equal(send_zc(p, client, mem, 1), -EPIPE);
	assert_not_told(p, client);
	ln_close(p->a.ln, client);

	connected(p, &p->b, ADDR_B, &client, &server);
	assert_int_equal(send_zc(p, client, mem, 2000), 2000);
	ln_close(p->a.ln, client);	/* its FIN waits behind the data */
	assert_int_equal(read_all(p, &p->b, server, 2000), 2000);
	assert_memory_equal(in, out, 2000);

	connected(p, &p->b, ADDR_B, &client, &server);
	p->cut = true;
	assert_int_equal(send_zc(p, client, mem, 2000), 2000);
	ln_close(p->a.ln, client);
	pair_advance(p, 1200000);	/* given up */
	p->cut = false;

	connected(p, &p->b, ADDR_B, &client, &server);
	p->cut = true;
	assert_int_equal(send_zc(p, client, mem, 2000), 2000);
	pair_run(p);
	/* The instance ends in the middle of it: teardown looks. */
	free(mem);
}

/* What was not taken is not the stack's. */
static void test_full(void **state)
{
	struct pair *p = *state;
	int client, server, size = 4608;
	ptrdiff_t n;

	connected(p, &p->b, ADDR_B, &client, &server);
	ln_setsockopt(p->a.ln, client, LN_SOL_SOCKET, LN_SO_SNDBUF, &size, sizeof(size));
	p->cut = true;
	n = send_zc(p, client, out, BYTES);
	assert_in_range(n, 1000, BYTES - 1);
	assert_int_equal(send_zc(p, client, out + n, BYTES - (size_t)n), -EAGAIN);
	p->cut = false;
	assert_int_equal(read_all(p, &p->b, server, (size_t)n), n);
	assert_memory_equal(in, out, n);
	assert_told(p, client, 0, 0, 0);
	assert_not_told(p, client);
}

/* Nobody reads them: at some point no more is taken. */
static void test_unread_notifications(void **state)
{
	struct pair *p = *state;
	int client, server, i;
	ptrdiff_t n = 0;

	connected(p, &p->b, ADDR_B, &client, &server);
	for (i = 0; i < 400; i++) {
		/* Every other one is copied for a tap, so that they are not told together. */
		int tap = i % 2 ? ln_socket(p->a.ln, LN_AF_PACKET, LN_SOCK_RAW, CONST_BE16(3)) : -1;

		n = send_zc(p, client, out, 10);
		pair_advance(p, 300);
		if (tap >= 0)
			ln_close(p->a.ln, tap);
		ln_recv(p->b.ln, server, in, sizeof(in), 0);
		if (n < 0)
			break;
	}
	assert_int_equal(n, -ENOBUFS);
	assert_int_equal(i, 128);
	assert_told(p, client, 0, 0, 0);
	assert_told(p, client, 1, 1, LN_SO_EE_CODE_ZEROCOPY_COPIED);
	assert_int_equal(send_zc(p, client, out, 10), 10);
}

static void test_no_memory(void **state)
{
	struct pair *p = *state;
	bool all = false;

	for (u64 nth = 1; !all; nth++) {
		int client, server;
		ptrdiff_t n;

		assert_in_range(nth, 1, 100);
		connected(p, &p->a, ADDR_A, &client, &server);
		p->a.net.mem.fail_after = nth;
		n = send_zc(p, client, out, 3000);
		pair_advance(p, 3000);
		all = n == 3000 && p->a.net.mem.fail_after;
		p->a.net.mem.fail_after = 0;
		if (n < 0)
			assert_true(n == -ENOBUFS || n == -EAGAIN);
		else
			assert_int_equal(read_all(p, &p->a, server, (size_t)n), n);
		assert_memory_equal(in, out, n > 0 ? (size_t)n : 0);
		if (n > 0)
			assert_told(p, client, 0, 0, LN_SO_EE_CODE_ZEROCOPY_COPIED);
		ln_close(p->a.ln, client);
		ln_close(p->a.ln, server);
		pair_advance(p, 70000);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_no_copy),
		T(test_retransmission),
		T(test_not_asked_for),
		T(test_loopback),
		T(test_tap),
		T(test_ends),
		T(test_full),
		T(test_unread_notifications),
		T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
