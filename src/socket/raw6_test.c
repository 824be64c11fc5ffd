/* SPDX-License-Identifier: MIT */
/* Ping and raw sockets of AF_INET6 (rows S2, I5, I7; RFC 3542 3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts6.h"
#include "wire/icmp6.h"

static int ping6_socket(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET6, LN_SOCK_DGRAM, LN_IPPROTO_ICMPV6);

	assert_true(fd >= 0);
	return fd;
}

static int raw6_socket(struct host *h, int protocol)
{
	int fd = ln_socket(h->ln, LN_AF_INET6, LN_SOCK_RAW, protocol);

	assert_true(fd >= 0);
	return fd;
}

static ptrdiff_t send_echo(struct host *h, int fd, const char *to, u16 seq)
{
	u8 echo[12] = { ICMPV6_ECHO_REQUEST, 0, 0, 0, 0, 0, (u8)(seq >> 8), (u8)seq, 'd', 'a',
			't', 'a' };

	return send_to6(h, fd, echo, sizeof(echo), to, 0);
}

static void test_ping(void **state)
{
	struct pair *p = *state;
	int fd = ping6_socket(&p->a), other = ping6_socket(&p->a);
	struct ln_sockaddr_in6 from, mine;
	u32 n = sizeof(from), len = sizeof(mine);
	u8 buf[64];

	assert_int_equal(send_echo(&p->a, fd, "fd00::2", 7), 12);
	assert_int_equal(send_echo(&p->a, other, "fd00::2", 8), 12);
	pair_run(p);
	assert_int_equal(ln_recvfrom(p->a.ln, fd, buf, sizeof(buf), 0, &from, &n), 12);
	assert_int_equal(buf[0], ICMPV6_ECHO_REPLY);
	assert_int_equal(get_be16(buf + 6), 7);
	assert_memory_equal(buf + 8, "data", 4);
	assert_int_equal(from.sin6_addr[15], 2);
	assert_int_equal(ln_getsockname(p->a.ln, fd, &mine, &len), 0);
	assert_int_equal(be16_to_cpu(mine.sin6_port), get_be16(buf + 4));
	assert_int_equal(ln_recv(p->a.ln, fd, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(ln_recv(p->a.ln, other, buf, sizeof(buf), 0), 12);
	assert_int_equal(get_be16(buf + 6), 8);
	/* Nothing but echo requests, and none by IPv4. */
	buf[0] = ICMPV6_ECHO_REPLY;
	assert_int_equal(send_to6(&p->a, fd, buf, 8, "fd00::2", 0), -EINVAL);
	assert_int_equal(send_echo(&p->a, fd, "::ffff:10.0.0.2", 1), -EINVAL);
	assert_int_equal(bind_to6(&p->a, ping6_socket(&p->a), "::ffff:10.0.0.1", 5),
			 -EADDRNOTAVAIL);
}

/* Who is too far away is told of by the error queue. */
static void test_ping_error(void **state)
{
	struct pair *p = *state;
	int fd = ping6_socket(&p->a);
	struct fib6_config via = { .has_gateway = true };
	u8 buf[64];
	struct {
		struct ln_cmsghdr h;
		struct ln_sock_extended_err ee;
		struct ln_sockaddr_in6 offender;
	} c;
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { NULL, 0, &iov, 1, &c, sizeof(c), 0 };

	assert_true(ip6_prefix_parse("fd77::/64", &via.dst, &via.plen));
	assert_true(ip6_addr_parse("fd00::2", &via.gateway));
	assert_int_equal(ip6_route_add(&p->a.net, &via), 0);
	addrconf_forward_change(&p->b.net, true);
	assert_int_equal(opt_on(&p->a, fd, LN_SOL_IPV6, LN_IPV6_RECVERR), 0);
	assert_int_equal(send_echo(&p->a, fd, "fd77::1", 3), 12);
	pair_run(p);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, sizeof(buf), 0), -ENETUNREACH);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &msg, LN_MSG_ERRQUEUE), 12);
	assert_int_equal(buf[0], ICMPV6_ECHO_REQUEST);
	assert_int_equal(c.ee.ee_origin, 3);
	assert_int_equal(c.ee.ee_type, ICMPV6_DEST_UNREACH);
	assert_int_equal(c.offender.sin6_addr[15], 2);
}

/* What stands behind the header, with a checksum that is made here; a filter hides types. */
static void test_raw_icmp(void **state)
{
	struct pair *p = *state;
	int fd = raw6_socket(&p->a, LN_IPPROTO_ICMPV6), peer = raw6_socket(&p->b, 58);
	u32 filter[8], n = sizeof(filter);
	u8 buf[64];

	memset(filter, 0xff, sizeof(filter));
	filter[ICMPV6_ECHO_REPLY / 32] &= ~BIT(ICMPV6_ECHO_REPLY % 32);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, 58, 1, filter, sizeof(filter)), 0);
	memset(filter, 0, sizeof(filter));
	assert_int_equal(ln_getsockopt(p->a.ln, fd, 58, 1, filter, &n), 0);
	assert_int_equal(filter[0], ~0u);
	assert_int_equal(send_echo(&p->a, fd, "fd00::2", 9), 12);
	pair_run(p);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, sizeof(buf), 0), 12);
	assert_int_equal(buf[0], ICMPV6_ECHO_REPLY);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, sizeof(buf), 0), -EAGAIN);
	/* The peer without a filter saw neighbour discovery, too. */
	do
		assert_true(ln_recv(p->b.ln, peer, buf, sizeof(buf), 0) > 0);
	while (buf[0] != ICMPV6_ECHO_REQUEST);
	assert_int_equal(p->b.net.mib[MIB_Icmp6InCsumErrors], 0);
}

/* IPV6_CHECKSUM: ours to make and to check for another protocol. */
static void test_checksum(void **state)
{
	struct pair *p = *state;
	int a = raw6_socket(&p->a, 253), b = raw6_socket(&p->b, 253), at = 2, odd = 3;
	u8 data[16] = { 1, 2, 3, 4 }, buf[64];

	assert_int_equal(ln_setsockopt(p->a.ln, a, LN_SOL_IPV6, 7, &odd, sizeof(odd)), -EINVAL);
	assert_int_equal(opt_get(&p->a, a, LN_SOL_IPV6, 7), -1);
	assert_int_equal(ln_setsockopt(p->b.ln, b, LN_SOL_IPV6, 7, &at, sizeof(at)), 0);
	assert_int_equal(send_to6(&p->a, a, data, sizeof(data), "fd00::2", 0), 16);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, b, buf, sizeof(buf), 0), -EAGAIN);	/* wrong */
	assert_int_equal(ln_setsockopt(p->a.ln, a, LN_SOL_IPV6, 7, &at, sizeof(at)), 0);
	assert_int_equal(send_to6(&p->a, a, data, sizeof(data), "fd00::2", 0), 16);
	assert_int_equal(send_to6(&p->a, a, data, 3, "fd00::2", 0), -EINVAL);
	assert_int_equal(send_to6(&p->a, a, data, 16, "fd00::2", 7), -EINVAL);	/* protocol 7? */
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, b, buf, sizeof(buf), 0), 16);
	assert_int_equal(buf[0], 1);
	assert_int_equal(ln_recv(p->b.ln, b, buf, sizeof(buf), 0), -EAGAIN);
}

/* A raw socket of one family gets nothing of the other. */
static void test_families_apart(void **state)
{
	struct pair *p = *state;
	int four = ln_socket(p->b.ln, LN_AF_INET, LN_SOCK_RAW, 253);
	int six = raw6_socket(&p->b, 253), a = raw6_socket(&p->a, 253);
	int a4 = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_RAW, 253);
	u8 buf[64];

	send_to6(&p->a, a, "six", 3, "fd00::2", 0);
	send_to(&p->a, a4, "four", 4, ADDR_B, 0);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, six, buf, sizeof(buf), 0), 3);
	assert_int_equal(ln_recv(p->b.ln, six, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(ln_recv(p->b.ln, four, buf, sizeof(buf), 0), 24);
	assert_int_equal(ln_recv(p->b.ln, four, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_RAW, 255), -EPROTONOSUPPORT);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair6_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_ping),
		T(test_ping_error),
		T(test_raw_icmp),
		T(test_checksum),
		T(test_families_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
