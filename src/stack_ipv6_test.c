/* SPDX-License-Identifier: MIT */
/*
 * Sockets of AF_INET6 in whole instances: large sends go down whole, are cut where a card cannot,
 * and joined on arrival, for TCP and, where a socket wants it so (UDP_GRO), for UDP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stack_pair.h"
#include "wire/ip6_addr.h"

#define BYTES 3000000u

static struct ln_sockaddr_in6 addr6(const char *text, u16 port)
{
	struct ln_sockaddr_in6 a = { .sin6_family = LN_AF_INET6, .sin6_port = cpu_to_be16(port) };
	struct ip6_addr ip;

	assert_true(ip6_addr_parse(text, &ip));
	memcpy(a.sin6_addr, &ip, sizeof(ip));
	return a;
}

static void pair6_create(struct pair *p)
{
	pair_create(p, NULL);
	assert_true(pair_connect(p));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pair_ctl(p, i, "sysctl -w net.ipv6.conf.all.disable_ipv6=0"), 0);
		assert_int_equal(pair_ctl(p, i, i ? "ip addr add fd00::2/64 dev eth0 nodad" :
					  "ip addr add fd00::1/64 dev eth0 nodad"), 0);
	}
	pair_run(p, 100 * PAIR_MS);
}

static int tcp_pair(struct pair *p, int *fd)
{
	struct ln_sockaddr_in6 any = addr6("::", 80), to = addr6("fd00::2", 80);
	int l = ln_socket(p->net[1], LN_AF_INET6, LN_SOCK_STREAM, 0), child;

	assert_int_equal(ln_bind(p->net[1], l, &any, sizeof(any)), 0);
	assert_int_equal(ln_listen(p->net[1], l, 5), 0);
	*fd = ln_socket(p->net[0], LN_AF_INET6, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_connect(p->net[0], *fd, &to, sizeof(to)), -EINPROGRESS);
	pair_run(p, 10 * PAIR_MS);
	child = ln_accept(p->net[1], l, NULL, NULL);
	assert_true(child >= 0);
	return child;
}

/* All of it, in order; fewer packets than segments when they travel joined. */
static void tcp_in_bulk(void **state)
{
	static const char *const settings[] = {
		"ethtool -K eth0 tso on", "ethtool -K eth0 tso off", "ethtool -K eth0 gso off",
	};
	static u8 buf[65536];

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(settings); k++) {
		struct pair p;
		u32 sent = 0, got = 0;
		int fd, child;

		pair6_create(&p);
		pair_ctl(&p, 0, settings[k]);
		child = tcp_pair(&p, &fd);
		for (u32 rounds = 0; got < BYTES; rounds++) {
			ptrdiff_t n;

			assert_in_range(rounds, 0, 100000);
			for (u32 i = 0; i < sizeof(buf); i++)
				buf[i] = (u8)((sent + i) * 7 + (sent + i) / 251);
			n = ln_send(p.net[0], fd, buf, min_t(u32, BYTES - sent, sizeof(buf)), 0);
			sent += n > 0 ? (u32)n : 0;
			pair_run(&p, PAIR_MS);
			while ((n = ln_recv(p.net[1], child, buf, sizeof(buf), 0)) > 0)
				for (u32 i = 0; i < (u32)n; i++, got++)
					if (buf[i] != (u8)(got * 7 + got / 251))
						fail_msg("byte %u", got);
		}
		assert_int_equal(net_of(p.net[0])->mib[MIB_TcpRetransSegs], 0);
		assert_int_equal(net_of(p.net[1])->mib[MIB_TcpInCsumErrors], 0);
		pair_end(&p);
	}
}

/* One send of many datagrams, read joined by who asked for it, one by one by another. */
static void udp_segments(void **state)
{
	struct ln_sockaddr_in6 at = addr6("fd00::2", 9);
	int on = 1, size = 1000, fd, server;
	static u8 out[9500], in[65536];
	struct pair p;

	(void)state;
	pair6_create(&p);
	for (u32 i = 0; i < sizeof(out); i++)
		out[i] = (u8)(i * 7 + i / 251);
	server = ln_socket(p.net[1], LN_AF_INET6, LN_SOCK_DGRAM, 0);
	fd = ln_socket(p.net[0], LN_AF_INET6, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_bind(p.net[1], server, &at, sizeof(at)), 0);
	assert_int_equal(ln_connect(p.net[0], fd, &at, sizeof(at)), 0);
	assert_int_equal(ln_setsockopt(p.net[0], fd, LN_SOL_UDP, LN_UDP_SEGMENT, &size, 4), 0);
	assert_int_equal(ln_send(p.net[0], fd, out, sizeof(out), 0), sizeof(out));
	pair_run(&p, 10 * PAIR_MS);
	for (u32 i = 0; i < 9; i++) {
		assert_int_equal(ln_recv(p.net[1], server, in, sizeof(in), 0), 1000);
		assert_memory_equal(in, out + i * 1000, 1000);
	}
	assert_int_equal(ln_recv(p.net[1], server, in, sizeof(in), 0), 500);
	assert_int_equal(ln_setsockopt(p.net[1], server, LN_SOL_UDP, LN_UDP_GRO, &on, 4), 0);
	assert_int_equal(ln_send(p.net[0], fd, out, sizeof(out), 0), sizeof(out));
	pair_run(&p, 10 * PAIR_MS);
	assert_int_equal(ln_recv(p.net[1], server, in, sizeof(in), 0), sizeof(out));
	assert_memory_equal(in, out, sizeof(out));
	assert_int_equal(net_of(p.net[1])->mib[MIB_Udp6InErrors], 0);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_in_bulk),
		cmocka_unit_test(udp_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
