/* SPDX-License-Identifier: MIT */
/* sendmmsg and recvmmsg: counts, errors in the middle, one doorbell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device/qdisc.h"
#include "socket/bare_hosts.h"

#define N 8

struct batch {
	struct ln_mmsghdr v[N];
	struct ln_iovec iov[N];
	struct ln_sockaddr_in name[N];
	u8 data[N][64];
};

/* Message i: i + 1 bytes of 'a' + i, to or from name[i]. */
static void batch_init(struct batch *b)
{
	memset(b, 0, sizeof(*b));
	for (u32 i = 0; i < N; i++) {
		memset(b->data[i], 'a' + (int)i, sizeof(b->data[i]));
		b->iov[i] = (struct ln_iovec){ b->data[i], i + 1 };
		b->v[i].msg_hdr = (struct ln_msghdr){
			.msg_name = &b->name[i], .msg_namelen = sizeof(b->name[i]),
			.msg_iov = &b->iov[i], .msg_iovlen = 1,
		};
		b->v[i].msg_len = 99;
	}
}

static void batch_to(struct batch *b, u16 port)
{
	batch_init(b);
	for (u32 i = 0; i < N; i++)
		b->name[i] = sin_of(ADDR_B, port);
}

static void batch_for_recv(struct batch *b)
{
	batch_init(b);
	memset(b->data, 0, sizeof(b->data));
	for (u32 i = 0; i < N; i++)
		b->iov[i].iov_len = sizeof(b->data[i]);
}

static u32 flushes(struct host *h)
{
	return ((struct bare_dev *)netdev_priv(h->dev))->flushes;
}

/* The neighbour is known afterwards. */
static void warm_up(struct pair *p, int from, int to)
{
	u8 byte;

	assert_int_equal(send_to(&p->a, from, "x", 1, ADDR_B, 9), 1);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, to, &byte, 1, 0), 1);
}

static void test_there(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), other = udp_bound(&p->b, 0, 10);
	int client = udp_bound(&p->a, 0, 5000);
	u32 before;
	struct batch b;

	warm_up(p, client, server);
	before = flushes(&p->a);
	batch_to(&b, 9);
	b.name[3].sin_port = b.name[4].sin_port = CONST_BE16(10);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, N, 0), N);
	for (u32 i = 0; i < N; i++)
		assert_int_equal(b.v[i].msg_len, i + 1);
	assert_int_equal(flushes(&p->a), before + 1);
	assert_int_equal(bare_dev_sent(p->a.dev), N);
	pair_run(p);
	batch_for_recv(&b);
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, LN_MSG_WAITFORONE), N - 2);
	for (u32 i = 0; i < N - 2; i++) {
		u32 sent = i < 3 ? i : i + 2;

		assert_int_equal(b.v[i].msg_len, sent + 1);
		assert_int_equal(b.data[i][sent], 'a' + (int)sent);
		assert_int_equal(b.name[i].sin_addr, ADDR_A);
		assert_int_equal(b.name[i].sin_port, CONST_BE16(5000));
		assert_int_equal(b.v[i].msg_hdr.msg_namelen, sizeof(b.name[i]));
		assert_int_equal(b.v[i].msg_hdr.msg_flags, 0);
	}
	assert_int_equal(b.v[N - 2].msg_len, 99);
	assert_int_equal(ln_recvmmsg(p->b.ln, other, b.v, 1, 0), 1);
	assert_int_equal(b.v[0].msg_len, 4);
	assert_int_equal(ln_recvmmsg(p->b.ln, other, b.v, N, LN_MSG_TRUNC), 1);
	assert_int_equal(ln_recvmmsg(p->b.ln, other, b.v, N, 0), -EAGAIN);
	assert_int_equal(p->b.net.mib[MIB_UdpInDatagrams], N + 1);
}

/* Connected, with an address that is not the peer's in the middle. */
static void test_runs_of_destinations(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), other = udp_bound(&p->b, 0, 10);
	int client = udp_socket(&p->a);
	struct batch b;

	assert_int_equal(connect_to(&p->a, client, ADDR_B, 9), 0);
	warm_up(p, client, server);
	batch_to(&b, 10);
	for (u32 i = 0; i < N; i++)
		if (i != 2)
			b.v[i].msg_hdr.msg_name = NULL;
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, N, 0), N);
	pair_run(p);
	batch_for_recv(&b);
	assert_int_equal(ln_recvmmsg(p->b.ln, other, b.v, N, 0), 1);
	assert_int_equal(b.v[0].msg_len, 3);
	batch_for_recv(&b);
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), N - 1);
	assert_int_equal(b.v[2].msg_len, 4);
}

static void test_errors(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_socket(&p->a);
	struct ln_net *ln = p->a.ln;
	struct batch b;

	warm_up(p, client, server);
	batch_to(&b, 9);
	assert_int_equal(ln_sendmmsg(ln, 77, b.v, N, 0), -EBADF);
	assert_int_equal(ln_recvmmsg(ln, 77, b.v, N, 0), -EBADF);
	assert_int_equal(ln_sendmmsg(ln, client, NULL, N, 0), -EFAULT);
	assert_int_equal(ln_recvmmsg(ln, client, NULL, N, 0), -EFAULT);
	assert_int_equal(ln_sendmmsg(ln, client, NULL, 0, 0), 0);
	assert_int_equal(ln_recvmmsg(ln, client, NULL, 0, 0), 0);
	/* UDP does not look at it */
	assert_int_equal(ln_recvmmsg(ln, client, b.v, N, LN_MSG_OOB), -EAGAIN);
	b.name[0].sin_port = 0;
	assert_int_equal(ln_sendmmsg(ln, client, b.v, N, 0), -EINVAL);
	b.name[0].sin_port = CONST_BE16(9);
	b.name[2].sin_family = LN_AF_INET6;
	assert_int_equal(ln_sendmmsg(ln, client, b.v, N, 0), 2);
	assert_int_equal(b.v[1].msg_len, 2);
	assert_int_equal(b.v[2].msg_len, 99);
	assert_int_equal(ln_sendmmsg(ln, client, &b.v[2], 1, 0), -EAFNOSUPPORT);
	b.name[2].sin_family = LN_AF_INET;
	b.v[3].msg_hdr.msg_iov = NULL;
	assert_int_equal(ln_sendmmsg(ln, client, b.v, N, 0), 3);
	b.v[0].msg_hdr.msg_name = NULL;
	assert_int_equal(ln_sendmmsg(ln, client, b.v, N, 0), -EDESTADDRREQ);
	pair_run(p);
	batch_for_recv(&b);
	b.v[4].msg_hdr.msg_iov = NULL;
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), 4);
	/* What stopped it is told by the next call, once; nothing is lost. */
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), -EFAULT);
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), 1);
}

/* A full ring must be told to the card at once, in the middle of the batch. */
static void test_full_ring(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_socket(&p->a);
	struct bare_dev *bd = netdev_priv(p->a.dev);
	struct batch b;
	u32 before;

	warm_up(p, client, server);
	bd->room = 3;
	before = bd->flushes;
	batch_to(&b, 9);
	dev_xmit_more_begin(&p->a.net);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, N, 0), N);
	assert_int_equal(bd->flushes, before + 1);
	assert_int_equal(bare_dev_sent(p->a.dev), 3);
	assert_int_equal(p->a.dev->qdisc->stats.qlen, N - 3);
	dev_xmit_more_end(&p->a.net);
	assert_int_equal(bd->flushes, before + 1);
	bd->room = UINT32_MAX;
	netif_wake_queue(p->a.dev);
	pair_run(p);
	batch_for_recv(&b);
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), N);
}

/* A device that goes while it waits for its doorbell is not rung any more. */
static void test_device_goes(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_socket(&p->a);
	struct batch b;

	warm_up(p, client, server);
	batch_to(&b, 9);
	dev_xmit_more_begin(&p->a.net);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, N, 0), N);
	unregister_netdevice(p->a.dev);
	dev_xmit_more_end(&p->a.net);
	p->a.dev = bare_dev_create(&p->a.net, "eth0", ether_setup);
	assert_int_equal(dev_open(p->a.dev), 0);
}

/* What a batch does not do itself: options in control data, a datagram that grows. */
static void test_control_and_more(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_socket(&p->a), ttl = 7;
	struct {
		struct ln_cmsghdr h;
		int ttl, pad;
	} c = { { sizeof(struct ln_cmsghdr) + sizeof(int), LN_SOL_IP, LN_IP_TTL }, ttl, 0 };
	struct batch b;

	warm_up(p, client, server);
	batch_to(&b, 9);
	b.v[1].msg_hdr.msg_control = &c;
	b.v[1].msg_hdr.msg_controllen = sizeof(c);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, 2, 0), 2);
	pair_run(p);
	assert_int_equal(p->last[ETH_HLEN + 8], ttl);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, 1, 0), 1);
	pair_run(p);
	assert_int_equal(p->last[ETH_HLEN + 8], 64);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, &b.v[2], 3, LN_MSG_MORE), 3);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, &b.v[5], 1, 0), 1);
	pair_run(p);
	batch_for_recv(&b);
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), 4);
	assert_int_equal(b.v[3].msg_len, 3 + 4 + 5 + 6);
	assert_memory_equal(b.data[3], "cccddddeeeeeffffff", 18);
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
}

/* A stream takes what it has room for; a message that did not fit ends the call. */
static void test_stream(void **state)
{
	struct pair *p = *state;
	static u8 big[1 << 20];
	int client, server;
	struct batch b;
	u32 before;

	tcp_pair(p, &client, &server);
	opt_on(&p->a, client, LN_SOL_TCP, LN_TCP_NODELAY);
	before = flushes(&p->a);
	batch_to(&b, 80);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, 3, 0), 3);
	assert_int_equal(flushes(&p->a), before + 1);
	pair_run(p);
	b.iov[0] = (struct ln_iovec){ big, sizeof(big) };
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, N, 0), 1);
	assert_in_range(b.v[0].msg_len, 1, sizeof(big) - 1);
	assert_int_equal(ln_sendmmsg(p->a.ln, client, b.v, N, 0), -EAGAIN);
	batch_for_recv(&b);
	b.iov[0].iov_len = 6;
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, 1, 0), 1);
	assert_memory_equal(b.data[0], "abbccc", 6);
	assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), -EAGAIN);
}

static void test_no_memory(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), client = udp_socket(&p->a);
	struct batch b;
	bool all = false;

	warm_up(p, client, server);
	for (u64 nth = 1; !all; nth++) {
		int n;

		assert_in_range(nth, 1, 200);
		batch_to(&b, 9);
		b.iov[5].iov_base = p->last;	/* one with a buffer of its own */
		b.iov[5].iov_len = sizeof(p->last) / 2;
		p->a.net.mem.fail_after = nth;
		n = ln_sendmmsg(p->a.ln, client, b.v, N, 0);
		all = n == N && p->a.net.mem.fail_after;
		p->a.net.mem.fail_after = 0;
		if (n <= 0)
			assert_int_equal(n, -ENOBUFS);
		pair_run(p);
		batch_for_recv(&b);
		assert_int_equal(ln_recvmmsg(p->b.ln, server, b.v, N, 0), n > 0 ? n : -EAGAIN);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_there),
		T(test_runs_of_destinations),
		T(test_errors),
		T(test_full_ring),
		T(test_device_goes),
		T(test_control_and_more),
		T(test_stream),
		T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
