/* SPDX-License-Identifier: MIT */
/* Every call on bad input, socket options, descriptors: the errno that Linux gives (row S1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"

static void test_socket_arguments(void **state)
{
	struct pair *p = *state;
	static const struct {
		int domain, type, protocol, want;
	} cases[] = {
		{ LN_AF_INET6, LN_SOCK_RAW, 0, -EPROTONOSUPPORT },
		{ -1, LN_SOCK_STREAM, 0, -EAFNOSUPPORT },
		{ 1000, LN_SOCK_DGRAM, 0, -EAFNOSUPPORT },
		{ LN_AF_INET, 0, 0, -ESOCKTNOSUPPORT },
		{ LN_AF_INET, 5, 0, -ESOCKTNOSUPPORT },
		{ LN_AF_INET, 12, 0, -EINVAL },
		{ LN_AF_INET, LN_SOCK_DGRAM | 0x100000, 0, -EINVAL },
		{ LN_AF_INET, LN_SOCK_STREAM, LN_IPPROTO_UDP, -EPROTONOSUPPORT },
		{ LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_TCP, -EPROTONOSUPPORT },
		{ LN_AF_INET, LN_SOCK_RAW, 0, -EPROTONOSUPPORT },
		{ LN_AF_INET, LN_SOCK_RAW, 256, -EINVAL },
		{ LN_AF_INET, LN_SOCK_RAW, -1, -EINVAL },
		{ LN_AF_PACKET, LN_SOCK_STREAM, 0, -ESOCKTNOSUPPORT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(ln_socket(p->a.ln, cases[i].domain, cases[i].type,
					   cases[i].protocol), cases[i].want);
	/* Linux's SOCK_NONBLOCK | SOCK_CLOEXEC may be there. */
	assert_int_equal(ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_DGRAM | 0x800 | 0x80000, 17), 0);
}

static void test_descriptors(void **state)
{
	struct pair *p = *state;

	for (int i = 0; i < 200; i++)
		assert_int_equal(udp_socket(&p->a), i);
	assert_int_equal(ln_close(p->a.ln, 70), 0);
	assert_int_equal(ln_close(p->a.ln, 3), 0);
	assert_int_equal(ln_close(p->a.ln, 3), -EBADF);
	assert_int_equal(udp_socket(&p->a), 3);
	assert_int_equal(ln_epoll_create(p->a.ln), 70);
	assert_int_equal(udp_socket(&p->a), 200);
}

/* Every call: a descriptor that is none, one that is no socket. */
static void test_bad_descriptors(void **state)
{
	struct pair *p = *state;
	struct ln_net *ln = p->a.ln;
	int bad[] = { -1, 7, INT32_MAX, INT32_MIN, ln_epoll_create(ln) };
	struct ln_sockaddr_in sin = sin_of(0, 1);
	u32 len = sizeof(sin);
	int val = 1;
	struct ln_iovec iov = { &val, 4 };
	struct ln_msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int fd = bad[i], want = i == 4 ? -ENOTSOCK : -EBADF;

		assert_int_equal(ln_bind(ln, fd, &sin, len), want);
		assert_int_equal(ln_listen(ln, fd, 1), want);
		assert_int_equal(ln_accept(ln, fd, NULL, NULL), want);
		assert_int_equal(ln_connect(ln, fd, &sin, len), want);
		assert_int_equal(ln_send(ln, fd, &val, 4, 0), want);
		assert_int_equal(ln_sendto(ln, fd, &val, 4, 0, &sin, len), want);
		assert_int_equal(ln_sendmsg(ln, fd, &msg, 0), want);
		assert_int_equal(ln_recv(ln, fd, &val, 4, 0), want);
		assert_int_equal(ln_recvfrom(ln, fd, &val, 4, 0, &sin, &len), want);
		assert_int_equal(ln_recvmsg(ln, fd, &msg, 0), want);
		assert_int_equal(ln_shutdown(ln, fd, 0), want);
		assert_int_equal(ln_getsockname(ln, fd, &sin, &len), want);
		assert_int_equal(ln_getpeername(ln, fd, &sin, &len), want);
		assert_int_equal(ln_setsockopt(ln, fd, 1, LN_SO_REUSEADDR, &val, 4), want);
		assert_int_equal(ln_getsockopt(ln, fd, 1, LN_SO_REUSEADDR, &val, &len), want);
		assert_int_equal(ln_ioctl(ln, fd, LN_SIOCINQ, &val), want);
		if (i < 4)
			assert_int_equal(ln_close(ln, fd), -EBADF);
	}
}

/* NULL and lengths that cannot be. */
static void test_bad_pointers(void **state)
{
	struct pair *p = *state;
	struct ln_net *ln = p->a.ln;
	int fd = udp_bound(&p->a, 0, 5), val = 0;
	struct ln_sockaddr_in sin = sin_of(ADDR_B, 9);
	u32 len = sizeof(sin), huge = 0x80000000u;
	struct ln_iovec iov = { NULL, 4 }, much[2] = { { &val, SIZE_MAX }, { &val, 2 } };
	struct ln_msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert_int_equal(ln_bind(ln, fd, NULL, 16), -EFAULT);
	assert_int_equal(ln_bind(ln, fd, &sin, 129), -EINVAL);
	assert_int_equal(ln_connect(ln, fd, NULL, 16), -EFAULT);
	assert_int_equal(ln_connect(ln, fd, NULL, 0), -EINVAL);
	assert_int_equal(ln_sendto(ln, fd, NULL, 4, 0, &sin, 16), -EFAULT);
	assert_int_equal(ln_sendto(ln, fd, NULL, 0, 0, &sin, 16), 0);
	assert_int_equal(ln_sendto(ln, fd, &val, 4, 0, &sin, huge), -EINVAL);
	assert_int_equal(ln_send(ln, fd, &val, SIZE_MAX, 0), -EMSGSIZE);
	assert_int_equal(ln_recv(ln, fd, &val, SIZE_MAX, 0), -EAGAIN);
	assert_int_equal(ln_sendmsg(ln, fd, NULL, 0), -EFAULT);
	assert_int_equal(ln_sendmsg(ln, fd, &msg, 0), -EFAULT);
	msg.msg_iov = NULL;
	assert_int_equal(ln_sendmsg(ln, fd, &msg, 0), -EFAULT);
	msg.msg_iov = much;
	msg.msg_iovlen = 2;
	assert_int_equal(ln_sendmsg(ln, fd, &msg, 0), -EINVAL);
	msg.msg_iovlen = 1025;
	assert_int_equal(ln_sendmsg(ln, fd, &msg, 0), -EMSGSIZE);
	msg.msg_iovlen = 0;
	msg.msg_controllen = 20;
	assert_int_equal(ln_sendmsg(ln, fd, &msg, 0), -EFAULT);
	msg.msg_controllen = SIZE_MAX;
	assert_int_equal(ln_sendmsg(ln, fd, &msg, 0), -ENOBUFS);
	assert_int_equal(ln_recvmsg(ln, fd, NULL, 0), -EFAULT);
	assert_int_equal(ln_recv(ln, fd, NULL, 4, 0), -EFAULT);
	assert_int_equal(ln_recvfrom(ln, fd, &val, 4, 0, &sin, NULL), -EFAULT);
	assert_int_equal(ln_recvfrom(ln, fd, &val, 4, 0, &sin, &huge), -EINVAL);
	assert_int_equal(ln_getsockname(ln, fd, NULL, &len), -EFAULT);
	assert_int_equal(ln_getsockname(ln, fd, &sin, NULL), -EFAULT);
	assert_int_equal(ln_getsockname(ln, fd, &sin, &huge), -EINVAL);
	assert_int_equal(ln_setsockopt(ln, fd, 1, LN_SO_REUSEADDR, NULL, 4), -EFAULT);
	assert_int_equal(ln_setsockopt(ln, fd, 1, LN_SO_REUSEADDR, &val, 3), -EINVAL);
	assert_int_equal(ln_setsockopt(ln, fd, 1, LN_SO_REUSEADDR, &val, huge), -EINVAL);
	assert_int_equal(ln_getsockopt(ln, fd, 1, LN_SO_REUSEADDR, &val, NULL), -EFAULT);
	assert_int_equal(ln_getsockopt(ln, fd, 1, LN_SO_REUSEADDR, NULL, &len), -EFAULT);
	assert_int_equal(ln_getsockopt(ln, fd, 1, LN_SO_REUSEADDR, &val, &huge), -EINVAL);
	assert_int_equal(ln_ioctl(ln, fd, LN_SIOCINQ, NULL), -EFAULT);
	assert_int_equal(ln_ioctl(ln, fd, 0x1234, &val), -ENOTTY);
}

/* An address is cut at the room there is, and its whole length is told. */
static void test_short_name(void **state)
{
	struct pair *p = *state;
	int fd = udp_bound(&p->a, ADDR_A, 5);
	u8 name[16];
	u32 len = 4;

	memset(name, 0xee, sizeof(name));
	assert_int_equal(ln_getsockname(p->a.ln, fd, name, &len), 0);
	assert_int_equal(len, 16);
	assert_int_equal(get_be16(name + 2), 5);
	assert_int_equal(name[4], 0xee);
}

/* ---- options ---- */

static int set_int(struct host *h, int fd, int level, int name, int val)
{
	return ln_setsockopt(h->ln, fd, level, name, &val, sizeof(val));
}

static void test_unknown_options(void **state)
{
	struct pair *p = *state;
	int udp = udp_socket(&p->a);
	int packet = ln_socket(p->a.ln, LN_AF_PACKET, LN_SOCK_RAW, 0);
	static const int levels[] = { LN_SOL_SOCKET, LN_SOL_IP, LN_SOL_TCP, LN_SOL_UDP, LN_SOL_RAW,
				      41, 999, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		assert_int_equal(set_int(&p->a, udp, levels[i], 9999, 1), -ENOPROTOOPT);
		/* Linux: levels that a socket of IPv4 does not have */
		assert_int_equal(opt_get(&p->a, udp, levels[i], 9999),
				 levels[i] == LN_SOL_SOCKET || levels[i] == LN_SOL_IP ||
				 levels[i] == LN_SOL_UDP ? -ENOPROTOOPT : -EOPNOTSUPP);
		assert_int_equal(set_int(&p->a, packet, levels[i], 9999, 1), -ENOPROTOOPT);
		assert_int_equal(opt_get(&p->a, packet, levels[i], 9999), -ENOPROTOOPT);
	}
	assert_int_equal(set_int(&p->a, udp, LN_SOL_TCP, LN_TCP_NODELAY, 1), -ENOPROTOOPT);
}

static void test_read_only_options(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a);
	static const int names[] = { LN_SO_TYPE, LN_SO_ERROR, LN_SO_PROTOCOL, LN_SO_DOMAIN,
				     LN_SO_ACCEPTCONN };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(set_int(&p->a, fd, LN_SOL_SOCKET, names[i], 1), -ENOPROTOOPT);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_TYPE), LN_SOCK_DGRAM);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_PROTOCOL), LN_IPPROTO_UDP);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_DOMAIN), LN_AF_INET);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ACCEPTCONN), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_MTU), -ENOTCONN);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_MTU, 1), -ENOPROTOOPT);
}

static void test_flags_are_kept(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a);
	static const int names[][2] = {
		{ LN_SOL_SOCKET, LN_SO_REUSEADDR }, { LN_SOL_SOCKET, LN_SO_REUSEPORT },
		{ LN_SOL_SOCKET, LN_SO_BROADCAST }, { LN_SOL_SOCKET, LN_SO_KEEPALIVE },
		{ LN_SOL_SOCKET, LN_SO_OOBINLINE }, { LN_SOL_SOCKET, LN_SO_DONTROUTE },
		{ LN_SOL_IP, LN_IP_PKTINFO }, { LN_SOL_IP, LN_IP_RECVERR },
		{ LN_SOL_IP, LN_IP_RECVTTL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(opt_get(&p->a, fd, names[i][0], names[i][1]), 0);
		assert_int_equal(set_int(&p->a, fd, names[i][0], names[i][1], 77), 0);
		assert_int_equal(opt_get(&p->a, fd, names[i][0], names[i][1]), 1);
		assert_int_equal(set_int(&p->a, fd, names[i][0], names[i][1], 0), 0);
		assert_int_equal(opt_get(&p->a, fd, names[i][0], names[i][1]), 0);
	}
}

/* Doubled, with a floor and the limits of net.core. */
static void test_buffer_sizes(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a);
	static const int cases[][3] = {		/* asked, SO_SNDBUF, SO_RCVBUF */
		{ 0, 4608, 2304 }, { 1000, 4608, 2304 }, { 3000, 6000, 6000 },
		{ 212992, 425984, 425984 }, { 10000000, 425984, 425984 }, { -1, 425984, 425984 },
	};

	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_RCVBUF), 212992);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(set_int(&p->a, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, cases[i][0]), 0);
		assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_SNDBUF), cases[i][1]);
		assert_int_equal(set_int(&p->a, fd, LN_SOL_SOCKET, LN_SO_RCVBUF, cases[i][0]), 0);
		assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_RCVBUF), cases[i][2]);
	}
}

static void test_ttl_tos_and_others(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a);
	u8 byte = 0;
	u32 len = 1;

	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_TTL), 64);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_TTL, 0), -EINVAL);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_TTL, 256), -EINVAL);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_TTL, 255), 0);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_IP, LN_IP_TTL, &byte, &len), 0);
	assert_int_equal(byte, 255);
	assert_int_equal(len, 1);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_TTL, -1), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_TTL), 64);
	byte = 0x10;
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IP, LN_IP_TOS, &byte, 1), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_TOS), 0x10);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_MTU_DISCOVER), LN_IP_PMTUDISC_WANT);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_MTU_DISCOVER, 6), -EINVAL);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_MTU_DISCOVER, -1), -EINVAL);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_IP, LN_IP_HDRINCL, 1), -ENOPROTOOPT);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_HDRINCL), 0);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_SOCKET, LN_SO_MARK, -1), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_MARK), -1);
	assert_int_equal(set_int(&p->a, fd, LN_SOL_SOCKET, LN_SO_RCVLOWAT, 0), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_RCVLOWAT), 1);
}

static void test_linger_and_device(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a);
	struct ln_linger l = { 1, 30 }, got = { 0, 0 };
	char name[16] = "";
	u32 len = sizeof(got);

	assert_int_equal(ln_setsockopt(p->a.ln, fd, 1, LN_SO_LINGER, &l, 4), -EINVAL);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, 1, LN_SO_LINGER, &l, sizeof(l)), 0);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, 1, LN_SO_LINGER, &got, &len), 0);
	assert_int_equal(got.l_onoff, 1);
	assert_int_equal(got.l_linger, 30);
	len = sizeof(name);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, 1, LN_SO_BINDTODEVICE, name, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, 1, LN_SO_BINDTODEVICE, "nope", 5), -ENODEV);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, 1, LN_SO_BINDTODEVICE, "eth0", 5), 0);
	len = 15;
	assert_int_equal(ln_getsockopt(p->a.ln, fd, 1, LN_SO_BINDTODEVICE, name, &len), -EINVAL);
	len = 16;
	assert_int_equal(ln_getsockopt(p->a.ln, fd, 1, LN_SO_BINDTODEVICE, name, &len), 0);
	assert_string_equal(name, "eth0");
	assert_int_equal(ln_setsockopt(p->a.ln, fd, 1, LN_SO_BINDTODEVICE, NULL, 0), 0);
	len = 16;
	assert_int_equal(ln_getsockopt(p->a.ln, fd, 1, LN_SO_BINDTODEVICE, name, &len), 0);
	assert_int_equal(len, 0);
}

/* A thousand idle sockets: a bound on what each costs, everything counted. */
static void test_idle_cost(void **state)
{
	struct pair *p = *state;
	size_t before = p->a.net.mem.used;

	for (int i = 0; i < 4096; i++)
		udp_socket(&p->a);
	print_message("bytes per idle UDP socket: %zu\n", (p->a.net.mem.used - before) / 4096);
	assert_in_range((p->a.net.mem.used - before) / 4096, 100, 400);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_socket_arguments),
		T(test_descriptors),
		T(test_bad_descriptors),
		T(test_bad_pointers),
		T(test_short_name),
		T(test_unknown_options),
		T(test_read_only_options),
		T(test_flags_are_kept),
		T(test_buffer_sizes),
		T(test_ttl_tos_and_others),
		T(test_linger_and_device),
		T(test_idle_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
