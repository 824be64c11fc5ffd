/* SPDX-License-Identifier: MIT */
/* Calls with arguments that nobody should give: each returns an errno, and nothing breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stack_pair.h"

static struct pair p;
static struct ln_net *net;
static int tcp, udp, raw, ping, packet, epoll, listener, conn;

#define EACH_SOCKET { tcp, udp, raw, ping, packet, listener, conn }

static int setup(void **state)
{
	struct ln_sockaddr_in at = pair_addr(0, 80);

	(void)state;
	pair_create(&p, NULL);
	assert_true(pair_connect(&p));
	net = p.net[0];
	tcp = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
	udp = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);
	raw = ln_socket(net, LN_AF_INET, LN_SOCK_RAW, LN_IPPROTO_ICMP);
	ping = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_ICMP);
	packet = ln_socket(net, LN_AF_PACKET, LN_SOCK_RAW, 0x0300);
	epoll = ln_epoll_create(net);
	listener = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(net, listener, &at, sizeof(at)), 0);
	assert_int_equal(ln_listen(net, listener, 1), 0);
	conn = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_connect(net, conn, &at, sizeof(at)), -EINPROGRESS);
	pair_run(&p, PAIR_SEC);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pair_run(&p, PAIR_SEC);
	pair_end(&p);
	return 0;
}

static void bad_descriptors(void **state)
{
	static const int bad[] = { -1, -2, INT32_MIN, INT32_MAX, 100, 1 << 20, 65536 };
	u8 buf[64] = { 0 };
	u32 len;
	int value;
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct ln_epoll_event ev = { .events = LN_POLLIN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int fd = bad[i];

		len = sizeof(buf);
		assert_int_equal(ln_close(net, fd), -EBADF);
		assert_int_equal(ln_bind(net, fd, buf, 16), -EBADF);
		assert_int_equal(ln_connect(net, fd, buf, 16), -EBADF);
		assert_int_equal(ln_listen(net, fd, 1), -EBADF);
		assert_int_equal(ln_accept(net, fd, buf, &len), -EBADF);
		assert_int_equal(ln_send(net, fd, buf, 1, 0), -EBADF);
		assert_int_equal(ln_sendto(net, fd, buf, 1, 0, buf, 16), -EBADF);
		assert_int_equal(ln_sendmsg(net, fd, &msg, 0), -EBADF);
		assert_int_equal(ln_recv(net, fd, buf, 1, 0), -EBADF);
		assert_int_equal(ln_recvfrom(net, fd, buf, 1, 0, buf, &len), -EBADF);
		assert_int_equal(ln_recvmsg(net, fd, &msg, 0), -EBADF);
		assert_int_equal(ln_shutdown(net, fd, 0), -EBADF);
		assert_int_equal(ln_getsockname(net, fd, buf, &len), -EBADF);
		assert_int_equal(ln_getpeername(net, fd, buf, &len), -EBADF);
		assert_int_equal(ln_setsockopt(net, fd, 1, 2, buf, 4), -EBADF);
		assert_int_equal(ln_getsockopt(net, fd, 1, 2, buf, &len), -EBADF);
		assert_int_equal(ln_ioctl(net, fd, LN_SIOCINQ, &value), -EBADF);
		assert_int_equal(ln_epoll_ctl(net, fd, LN_EPOLL_CTL_ADD, udp, &ev), -EBADF);
		assert_int_equal(ln_epoll_ctl(net, epoll, LN_EPOLL_CTL_ADD, fd, &ev), -EBADF);
		assert_int_equal(ln_epoll_wait(net, fd, &ev, 1), -EBADF);
		assert_int_equal(ln_set_wake(net, fd, NULL, NULL), -EBADF);
	}
}

/* A descriptor of the other kind: an epoll is no socket, and a socket no epoll. */
static void wrong_kind(void **state)
{
	const int sockets[] = EACH_SOCKET;
	struct ln_epoll_event ev = { .events = LN_POLLIN };
	u8 buf[16] = { 0 };
	u32 len = 16;

	(void)state;
	assert_int_equal(ln_bind(net, epoll, buf, 16), -ENOTSOCK);
	assert_int_equal(ln_send(net, epoll, buf, 1, 0), -ENOTSOCK);
	assert_int_equal(ln_recv(net, epoll, buf, 1, 0), -ENOTSOCK);
	assert_int_equal(ln_getsockopt(net, epoll, 1, 2, buf, &len), -ENOTSOCK);
	assert_int_equal(ln_epoll_ctl(net, epoll, LN_EPOLL_CTL_ADD, epoll, &ev), -EINVAL);
	assert_int_equal(ln_epoll_ctl(net, epoll, 99, udp, &ev), -EINVAL);
	assert_int_equal(ln_epoll_wait(net, epoll, &ev, 0), -EINVAL);
	assert_int_equal(ln_epoll_wait(net, epoll, &ev, -5), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
		assert_int_equal(ln_epoll_wait(net, sockets[i], &ev, 1), -EINVAL);
		assert_int_equal(ln_epoll_ctl(net, sockets[i], LN_EPOLL_CTL_ADD, udp, &ev),
				 -EINVAL);
	}
}

static void null_pointers(void **state)
{
	const int sockets[] = EACH_SOCKET;
	struct ln_msghdr none = { .msg_iov = NULL, .msg_iovlen = 1 };
	struct ln_sockaddr_in to = pair_addr(1, 9);
	u8 buf[64] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
		int fd = sockets[i];

		assert_int_equal(ln_bind(net, fd, NULL, 16), -EFAULT);
		assert_int_equal(ln_connect(net, fd, NULL, 16), -EFAULT);
		assert_true(ln_accept(net, fd, buf, NULL) < 0);
		assert_true(ln_send(net, fd, NULL, 10, 0) < 0);
		assert_true(ln_sendto(net, fd, NULL, 10, 0, &to, sizeof(to)) < 0);
		assert_true(ln_sendmsg(net, fd, NULL, 0) < 0);
		assert_true(ln_sendmsg(net, fd, &none, 0) < 0);
		assert_true(ln_recv(net, fd, NULL, 10, 0) < 0);
		assert_true(ln_recvfrom(net, fd, buf, 10, 0, buf, NULL) < 0);
		assert_true(ln_recvmsg(net, fd, NULL, 0) < 0);
		assert_true(ln_recvmsg(net, fd, &none, 0) < 0);
		assert_int_equal(ln_getsockname(net, fd, NULL, NULL), -EFAULT);
		assert_true(ln_getpeername(net, fd, NULL, NULL) < 0);
		assert_int_equal(ln_setsockopt(net, fd, LN_SOL_SOCKET, LN_SO_RCVBUF, NULL, 4),
				 -EFAULT);
		assert_int_equal(ln_getsockopt(net, fd, LN_SOL_SOCKET, LN_SO_TYPE, buf, NULL),
				 -EFAULT);
		assert_true(ln_ioctl(net, fd, LN_SIOCINQ, NULL) < 0);
	}
	assert_int_equal(ln_poll(net, NULL, 3), -EFAULT);
	assert_int_equal(ln_epoll_ctl(net, epoll, LN_EPOLL_CTL_ADD, udp, NULL), -EFAULT);
	assert_int_equal(ln_epoll_wait(net, epoll, NULL, 1), -EFAULT);
}

/* A message may have no pieces at all: an empty datagram, one of which nothing is taken. */
static void no_pieces(void **state)
{
	struct ln_sockaddr_in own = { .sin_family = LN_AF_INET,
				      .sin_addr = INET_ADDR4(127, 0, 0, 1) };
	struct ln_msghdr none = { .msg_iov = NULL };
	u32 len = sizeof(own);
	int fd = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);
	u8 buf[8];

	(void)state;
	ln_ctl(net, "ip link set lo up", NULL, 0, NULL);
	assert_int_equal(ln_bind(net, fd, &own, sizeof(own)), 0);
	assert_int_equal(ln_getsockname(net, fd, &own, &len), 0);
	assert_int_equal(ln_connect(net, fd, &own, sizeof(own)), 0);
	assert_int_equal(ln_sendmsg(net, fd, &none, 0), 0);
	assert_int_equal(ln_send(net, fd, "12345", 5, 0), 5);
	assert_int_equal(ln_send(net, fd, "1", 1, 0), 1);
	ln_net_run(net, 1);
	assert_int_equal(ln_recvmsg(net, fd, &none, 0), 0);
	assert_int_equal(none.msg_flags, 0);
	assert_int_equal(ln_recvmsg(net, fd, &none, 0), 0);
	assert_int_equal(none.msg_flags, LN_MSG_TRUNC);
	assert_int_equal(ln_recv(net, fd, buf, sizeof(buf), 0), 1);
	ln_close(net, fd);
}

/* Lengths that lie: nothing behind the 16 bytes is read, nothing behind `cap` written. */
static void lengths(void **state)
{
	static const u32 bad[] = { 0, 1, 2, 7, 15, 129, 1u << 20, UINT32_MAX, 1u << 31 };
	const int sockets[] = EACH_SOCKET;
	struct ln_sockaddr_in *to = malloc(sizeof(*to));
	struct ln_iovec huge[2] = { { to, SIZE_MAX }, { to, SIZE_MAX } };
	struct ln_msghdr msg = { .msg_iov = huge, .msg_iovlen = 2 };
	u32 len;

	(void)state;
	*to = pair_addr(1, 9);
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
		int fd = sockets[i];

		for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
			assert_true(ln_bind(net, fd, to, bad[k]) < 0);
			/* As on Linux, conn is told once that it is connected. */
			assert_true(ln_connect(net, fd, to, bad[k]) < 0 || fd == conn);
			if (bad[k])	/* 0: no address */
				assert_true(ln_sendto(net, fd, to, 1, 0, to, bad[k]) < 0 ||
					    fd == conn);
			len = bad[k];
			if (len > 16) {
				len = UINT32_MAX;
				assert_int_equal(ln_getsockname(net, fd, to, &len), -EINVAL);
			}
		}
		msg.msg_iovlen = 2;
		assert_true(ln_sendmsg(net, fd, &msg, 0) < 0);
		assert_true(ln_recvmsg(net, fd, &msg, 0) < 0);
		msg.msg_iovlen = SIZE_MAX;
		assert_int_equal(ln_sendmsg(net, fd, &msg, 0), -EMSGSIZE);
		assert_int_equal(ln_recvmsg(net, fd, &msg, 0), -EMSGSIZE);
	}
	*to = pair_addr(1, 9);
	for (size_t k = 0; k < 3; k++) {
		int fd = k == 0 ? udp : k == 1 ? raw : ping;

		assert_int_equal(ln_sendto(net, fd, to, SIZE_MAX, 0, to, sizeof(*to)), -EMSGSIZE);
		assert_int_equal(ln_sendto(net, fd, to, 1 << 30, 0, to, sizeof(*to)), -EMSGSIZE);
		assert_int_equal(ln_sendto(net, fd, to, 65536, 0, to, sizeof(*to)), -EMSGSIZE);
	}
	assert_int_equal(ln_sendto(net, udp, to, 65508, 0, to, sizeof(*to)), -EMSGSIZE);
	assert_true(ln_send(net, packet, to, SIZE_MAX, 0) < 0);
	/* Of a stream's bytes none is known to be there. */
	assert_int_equal(ln_send(net, conn, to, SIZE_MAX, 0), -EINVAL);
	free(to);
}

/* Each level and option, known or not, with no bytes, few and the largest numbers. */
static void options(void **state)
{
	static const int levels[] = { LN_SOL_IP, LN_SOL_SOCKET, LN_SOL_TCP, LN_SOL_UDP, LN_SOL_RAW,
				      -1, INT32_MAX, 77 };
	static const int values[] = { -1, 0, INT32_MAX, INT32_MIN };
	const int sockets[] = EACH_SOCKET;
	u8 *val = malloc(4);
	u32 len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
		for (size_t l = 0; l < ARRAY_SIZE(levels); l++) {
			for (int name = -2; name < 80; name++) {
				for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
					memcpy(val, &values[v], 4);
					for (len = 0; len <= 4; len++)
						ln_setsockopt(net, sockets[i], levels[l], name,
							      val, len);
				}
				for (len = 0; len <= 4; len++) {
					u32 got = len;

					ln_getsockopt(net, sockets[i], levels[l], name, val, &got);
					assert_true(got <= 4);
				}
				len = UINT32_MAX;
				assert_true(ln_getsockopt(net, sockets[i], levels[l], name, val,
							  &len) < 0);
			}
		}
	}
	free(val);
}

static void socket_kinds(void **state)
{
	static const int domains[] = { -1, 0, 1, 2, 10, 17, 99, INT32_MAX };
	static const int protocols[] = { -1, 0, 1, 6, 17, 255, 256, 0x0300, INT32_MAX, INT32_MIN };
	int fd;

	(void)state;
	for (size_t d = 0; d < ARRAY_SIZE(domains); d++) {
		for (int type = -1; type < 12; type++) {
			for (size_t k = 0; k < ARRAY_SIZE(protocols); k++) {
				fd = ln_socket(net, domains[d], type, protocols[k]);
				if (fd >= 0)
					assert_int_equal(ln_close(net, fd), 0);
			}
		}
	}
	assert_int_equal(ln_socket(net, 99, LN_SOCK_STREAM, 0), -EAFNOSUPPORT);
	assert_int_equal(ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, LN_IPPROTO_UDP),
			 -EPROTONOSUPPORT);
	for (int how = -3; how < 8; how++)
		ln_shutdown(net, how & 1 ? udp : conn, how);
	assert_int_equal(ln_shutdown(net, listener, 3), -EINVAL);
	ln_timer_cancel(net, 0);
	ln_timer_cancel(net, -1);
	ln_timer_cancel(net, INT64_MAX);
}

/* Clocks that nobody has; at the end of time connections still fail in order. */
static void times(void **state)
{
	static const s64 bad[] = { -1, INT64_MIN, LN_TIME_MAX + 1, INT64_MAX };
	struct ln_sockaddr_in to = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(9),
				     .sin_addr = INET_ADDR4(127, 0, 0, 1) };
	struct ln_net_params params;
	struct ln_net *old;
	int fd;

	(void)state;
	ln_net_params_init(&params);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		params.start_ns = bad[i];
		assert_null(ln_net_create(&params));
	}
	params.start_ns = LN_TIME_MAX;
	old = ln_net_create(&params);
	assert_non_null(old);
	ln_ctl(old, "ip link set lo up", NULL, 0, NULL);
	fd = ln_socket(old, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_connect(old, fd, &to, sizeof(to)), -EINPROGRESS);
	ln_net_run(old, INT64_MAX);
	ln_net_run(old, INT64_MIN);
	assert_int_equal(ln_net_now(old), LN_TIME_MAX);
	assert_int_equal(ln_connect(old, fd, &to, sizeof(to)), -ECONNREFUSED);
	assert_int_equal(ln_net_destroy(old, NULL), 0);
}

static void cards(void **state)
{
	struct ln_nic_params params = { .name = "eth0" };
	struct ln_nic *nic = p.nic[0];
	u8 frame[1600] = { 0 };

	(void)state;
	assert_null(ln_nic_create(net, &params));	/* the name is taken */
	params.name = "a name that is much too long for a device";
	assert_null(ln_nic_create(net, &params));
	params.name = "";
	assert_null(ln_nic_create(net, &params));
	params.name = "x/y";
	assert_null(ln_nic_create(net, &params));
	params = (struct ln_nic_params){ .name = "e", .mtu = 67 };
	assert_null(ln_nic_create(net, &params));
	params = (struct ln_nic_params){ .name = "e", .mac = { 1, 0, 0, 0, 0, 1 } };
	assert_null(ln_nic_create(net, &params));	/* a group's address */
	assert_true(ln_nic_connect(nic, nic) < 0);
	assert_true(ln_nic_connect(nic, p.nic[1]) < 0);	/* there is one already */
	for (size_t len = 0; len < 20; len++)
		ln_nic_receive(nic, frame, len);
	assert_int_equal(ln_nic_receive(nic, frame, sizeof(frame)), -EMSGSIZE);
	assert_int_equal(ln_nic_receive(nic, frame, SIZE_MAX), -EMSGSIZE);
	ln_net_run(net, INT64_MIN);	/* time does not go back */
	assert_int_equal(ln_net_now(net), p.now);
	assert_int_equal(ln_net_destroy(NULL, NULL), 0);
}

static void commands(void **state)
{
	static const char *const cmds[] = {
		"", " ", "'", "\"", "\\", "ip", "ip addr add", "ip addr add x", "ip link set",
		"ip link set nosuch up", "ip route add default via", "sysctl -w", "sysctl -w =",
		"sysctl -w net.ipv4.ip_forward=99999999999999999999", "nosuch", "ip -j -j -j",
		"ip addr add 10.0.0.300/24 dev eth0", "ip addr add 10.0.0.1/33 dev eth0",
		"cat", "cat /", "cat /proc/nosuch", "ethtool -C eth0 rx-usecs -1",
		"ip link set eth0 mtu -1", "ip link set eth0 mtu 4294967297",
	};
	char out[3], *longest = malloc(200000);
	size_t len;

	(void)state;
	assert_int_equal(ln_ctl(net, NULL, NULL, 0, NULL), -EFAULT);
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		ln_ctl(net, cmds[i], NULL, 0, NULL);
		ln_ctl(net, cmds[i], NULL, 0, &len);
		ln_ctl(net, cmds[i], out, 0, &len);
		ln_ctl(net, cmds[i], out, 1, &len);
		assert_int_equal(out[0], 0);
		ln_ctl(net, cmds[i], out, sizeof(out), &len);
		assert_true(strlen(out) < sizeof(out));
	}
	memset(longest, 'a', 199999);
	longest[199999] = 0;
	assert_true(ln_ctl(net, longest, out, sizeof(out), NULL) < 0);
	for (size_t i = 1; i < 199999; i += 2)
		longest[i] = ' ';
	assert_true(ln_ctl(net, longest, out, sizeof(out), NULL) < 0);
	free(longest);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bad_descriptors), T(wrong_kind), T(null_pointers), T(no_pieces), T(lengths),
		T(options), T(socket_kinds), T(times), T(cards), T(commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
