/* SPDX-License-Identifier: MIT */
/* TCP over sockets of AF_INET6: IPv6, and IPv4 by mapped addresses (rows T1 to T7, S2, S4, I7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts6.h"
#include "wire/icmp6.h"
#include "wire/tcp.h"

static int tcp6_socket(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET6, LN_SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static int tcp6_listener(struct host *h, const char *addr, u16 port, int backlog)
{
	int fd = tcp6_socket(h);

	assert_int_equal(opt_on(h, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR), 0);
	assert_int_equal(bind_to6(h, fd, addr, port), 0);
	assert_int_equal(ln_listen(h->ln, fd, backlog), 0);
	return fd;
}

static const char *name_of(struct host *h, int fd, bool peer, u16 *port)
{
	static char buf[IP6_STR_MAX];
	struct ln_sockaddr_in6 sin6;
	u32 n = sizeof(sin6);

	assert_int_equal((peer ? ln_getpeername : ln_getsockname)(h->ln, fd, &sin6, &n), 0);
	assert_int_equal(n, sizeof(sin6));
	assert_int_equal(sin6.sin6_family, LN_AF_INET6);
	if (port)
		*port = be16_to_cpu(sin6.sin6_port);
	return ip6_addr_str((const void *)sin6.sin6_addr, buf);
}

/* n bytes from one to the other, each of them looked at. */
static void transfer(struct pair *p, struct host *from, int fd, struct host *to, int tfd, u32 n)
{
	u32 sent = 0, got = 0, idle = 0;
	u8 buf[8192];
	ptrdiff_t r;

	while (got < n) {
		u32 left = min_t(u32, n - sent, sizeof(buf)), before = got;

		for (u32 i = 0; i < left; i++)
			buf[i] = (u8)((sent + i) * 7 + (sent + i) / 251);
		r = left ? ln_send(from->ln, fd, buf, left, 0) : 0;
		sent += r > 0 ? (u32)r : 0;
		pair_advance(p, 1);
		while ((r = ln_recv(to->ln, tfd, buf, sizeof(buf), 0)) > 0) {
			for (u32 i = 0; i < (u32)r; i++, got++)
				assert_int_equal(buf[i], (u8)(got * 7 + got / 251));
		}
		idle = got == before ? idle + 1 : 0;
		assert_in_range(idle, 0, 5000);
	}
}

struct conn {
	int lfd, fd, child;
};

static struct conn connected(struct pair *p, const char *listen_at, const char *to)
{
	struct conn c = { .lfd = tcp6_listener(&p->b, listen_at, 80, 8),
			  .fd = tcp6_socket(&p->a) };

	assert_int_equal(connect_to6(&p->a, c.fd, to, 80), -EINPROGRESS);
	pair_run(p);
	assert_int_equal(connect_to6(&p->a, c.fd, to, 80), 0);
	c.child = ln_accept(p->b.ln, c.lfd, NULL, NULL);
	assert_true(c.child >= 0);
	return c;
}

static void test_connect_and_accept(void **state)
{
	struct pair *p = *state;
	struct conn c = connected(p, "::", "fd00::2");
	u16 mine, theirs;

	assert_string_equal(name_of(&p->a, c.fd, false, &mine), "fd00::1");
	assert_string_equal(name_of(&p->a, c.fd, true, NULL), "fd00::2");
	assert_string_equal(name_of(&p->b, c.child, true, &theirs), "fd00::1");
	assert_int_equal(mine, theirs);
	assert_string_equal(name_of(&p->b, c.child, false, &theirs), "fd00::2");
	assert_int_equal(theirs, 80);
	assert_int_equal(connect_to6(&p->a, c.fd, "fd00::2", 80), -EISCONN);
	assert_int_equal(opt_get(&p->a, c.fd, LN_SOL_IPV6, LN_IPV6_MTU), 1500);
	transfer(p, &p->a, c.fd, &p->b, c.child, 300000);
	transfer(p, &p->b, c.child, &p->a, c.fd, 300000);
	assert_int_equal(p->a.net.mib[MIB_TcpInCsumErrors], 0);
	assert_int_equal(p->a.net.mib[MIB_TcpRetransSegs], 0);
	ln_close(p->a.ln, c.fd);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, c.child, &mine, 1, 0), 0);
	ln_close(p->b.ln, c.child);
	pair_run(p);
	assert_int_equal(p->a.net.tcp->tw_count, 1);
	pair_advance(p, 61000);
	assert_int_equal(p->a.net.tcp->tw_count, 0);
}

/* On the wire: the MSS is 60 less than the MTU, the checksum right, the label the flow's. */
static void test_on_the_wire(void **state)
{
	struct pair *p = *state;
	const struct ipv6hdr *h = (const void *)(p->last + ETH_HLEN);
	const struct tcphdr *th = (const void *)(h + 1);
	struct conn c = { .fd = tcp6_socket(&p->a), .lfd = tcp6_listener(&p->b, "::", 80, 1) };
	int v = 0x48;
	u32 len;

	ln_setsockopt(p->a.ln, c.fd, LN_SOL_IPV6, LN_IPV6_TCLASS, &v, sizeof(v));
	ip6_update_pmtu(&p->b.net, (const void *)sin6_of("fd00::1", 0).sin6_addr, 1400);
	assert_int_equal(connect_to6(&p->a, c.fd, "fd00::2", 80), -EINPROGRESS);
	pair_run(p);		/* the last frame: the ACK */
	len = be16_to_cpu(h->payload_len);
	assert_int_equal(h->nexthdr, IP_PROTO_TCP);
	assert_int_equal(csum_ipv6_magic(&h->saddr, &h->daddr, len, IP_PROTO_TCP,
					 csum_partial(th, len, 0)), 0);
	assert_int_equal(ipv6_get_dsfield(h), 0x48);
	assert_true(be32_to_cpu(h->flow) & IPV6_FLOWLABEL_MASK);
	c.child = ln_accept(p->b.ln, c.lfd, NULL, NULL);
	assert_true(c.child >= 0);
	assert_int_equal(opt_get(&p->a, c.fd, LN_SOL_TCP, LN_TCP_MAXSEG), 1340 - 12);
	assert_int_equal(opt_get(&p->b, c.child, LN_SOL_TCP, LN_TCP_MAXSEG), 1340 - 12);
}

/* One listener for both families; a client of AF_INET6 to an IPv4 server. */
static void test_dual_stack(void **state)
{
	struct pair *p = *state;
	struct conn c = connected(p, "::", "::ffff:10.0.0.2");
	int four = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_STREAM, 0), child;
	struct ln_sockaddr_in6 from;
	u32 n = sizeof(from);

	assert_string_equal(name_of(&p->a, c.fd, false, NULL), "::ffff:10.0.0.1");
	assert_string_equal(name_of(&p->b, c.child, true, NULL), "::ffff:10.0.0.1");
	assert_int_equal(p->a.net.mib[MIB_Ip6OutRequests], 0);
	transfer(p, &p->a, c.fd, &p->b, c.child, 20000);
	assert_int_equal(connect_to(&p->a, four, ADDR_B, 80), -EINPROGRESS);
	pair_run(p);
	child = ln_accept(p->b.ln, c.lfd, &from, &n);
	assert_true(child >= 0);
	assert_int_equal(n, sizeof(from));
	assert_int_equal(from.sin6_family, LN_AF_INET6);
	assert_int_equal(from.sin6_addr[10], 0xff);
	transfer(p, &p->b, child, &p->a, four, 20000);
	assert_int_equal(opt_get(&p->b, child, LN_SOL_SOCKET, LN_SO_DOMAIN), LN_AF_INET6);
}

/* Who asked for IPv6 only is not found by IPv4, and an IPv4 listener may stand beside it. */
static void test_v6only(void **state)
{
	struct pair *p = *state;
	int lfd = tcp6_socket(&p->b), four = ln_socket(p->b.ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	int fd = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_int_equal(opt_on(&p->b, lfd, LN_SOL_IPV6, LN_IPV6_V6ONLY), 0);
	assert_int_equal(bind_to6(&p->b, lfd, "::", 80), 0);
	assert_int_equal(ln_listen(p->b.ln, lfd, 1), 0);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EINPROGRESS);
	pair_run(p);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -ECONNREFUSED);
	assert_int_equal(bind_to(&p->b, four, 0, 80), 0);
	assert_int_equal(ln_listen(p->b.ln, four, 1), 0);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 80), -EINPROGRESS);
	pair_run(p);
	assert_true(ln_accept(p->b.ln, four, NULL, NULL) >= 0);
	assert_int_equal(ln_accept(p->b.ln, lfd, NULL, NULL), -EAGAIN);
}

static void test_errors(void **state)
{
	struct pair *p = *state;
	int fd = tcp6_socket(&p->a), bound = tcp6_socket(&p->a);
	struct ln_sockaddr_in sin = sin_of(ADDR_B, 80);

	assert_int_equal(ln_connect(p->a.ln, fd, &sin, sizeof(sin)), -EINVAL);
	assert_int_equal(connect_to6(&p->a, fd, "ff02::1", 80), -ENETUNREACH);
	assert_int_equal(connect_to6(&p->a, fd, "fd99::1", 80), -ENETUNREACH);
	assert_int_equal(connect_to6(&p->a, fd, "fe80::5", 80), -EINVAL);
	assert_int_equal(bind_to6(&p->a, bound, "fd00::1", 0), 0);
	assert_int_equal(connect_to6(&p->a, bound, "::ffff:10.0.0.2", 80), -ENETUNREACH);
	/* Nobody listens: RST, and the socket may try again, by the other family too. */
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 81), -EINPROGRESS);
	pair_run(p);
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 81), -ECONNREFUSED);
	tcp6_listener(&p->b, "::", 81, 4);
	assert_int_equal(connect_to6(&p->a, fd, "::ffff:10.0.0.2", 81), -EINPROGRESS);
	pair_run(p);
	assert_int_equal(connect_to6(&p->a, fd, "::ffff:10.0.0.2", 81), 0);
	assert_int_equal(p->b.net.mib[MIB_TcpOutRsts], 1);
}

/* SYN cookies carry a connection of IPv6, too. */
static void test_syncookies(void **state)
{
	struct pair *p = *state;
	struct conn c;

	p->b.net.sysctl.tcp_syncookies = 2;
	c = connected(p, "fd00::2", "fd00::2");
	assert_int_equal(p->b.net.mib[MIB_TcpExtSyncookiesSent], 1);
	assert_int_equal(p->b.net.mib[MIB_TcpExtSyncookiesRecv], 1);
	transfer(p, &p->b, c.child, &p->a, c.fd, 50000);
}

/* Quiet connections rest, and wake by a segment or a call, with the same names. */
static void test_rest(void **state)
{
	struct pair *p = *state;
	struct conn c = connected(p, "::", "fd00::2");

	transfer(p, &p->a, c.fd, &p->b, c.child, 1000);
	pair_advance(p, 5000);
	assert_int_equal(p->a.net.tcp->rest.count, 1);
	assert_int_equal(p->b.net.tcp->rest.count, 1);
	assert_string_equal(name_of(&p->a, c.fd, false, NULL), "fd00::1");
	assert_string_equal(name_of(&p->b, c.child, true, NULL), "fd00::1");
	assert_int_equal(p->a.net.tcp->rest.count, 1);
	transfer(p, &p->a, c.fd, &p->b, c.child, 1000);
	assert_int_equal(p->b.net.tcp->rest.count, 0);
	assert_string_equal(name_of(&p->b, c.child, true, NULL), "fd00::1");
	pair_advance(p, 5000);
	assert_int_equal(p->b.net.tcp->rest.count, 1);	/* and one is there when all ends */
}

static void send_icmp6(struct pair *p, u8 type, u8 code, u32 info, const u8 *quoted, u32 n)
{
	u8 frame[1400] = { 0 };
	struct icmp6_view v = { .type = type, .code = code, .info = info };
	struct ipv6_view ip = { .payload_len = (u16)(8 + n), .nexthdr = IP_PROTO_ICMPV6,
				.hop_limit = 64 };
	u8 *icmp = frame + ETH_HLEN + IPV6_HLEN;

	memcpy(frame, p->a.dev->dev_addr, 6);
	put_be16(frame + 12, 0x86dd);
	assert_true(ip6_addr_parse("fd00::99", &ip.saddr));
	assert_true(ip6_addr_parse("fd00::1", &ip.daddr));
	ipv6_build(frame + ETH_HLEN, &ip);
	icmp6_build_hdr(icmp, &v);
	memcpy(icmp + 8, quoted, n);
	((struct icmp6hdr *)(void *)icmp)->icmp6_cksum =
		csum_ipv6_magic(&ip.saddr, &ip.daddr, 8 + n, IP_PROTO_ICMPV6,
				csum_partial(icmp, 8 + n, 0));
	wire_deliver(&p->a, frame, ETH_HLEN + IPV6_HLEN + 8 + n);
}

/* RFC 8201: Packet Too Big about what is in flight: sent again in pieces that fit. */
static void test_path_mtu(void **state)
{
	struct pair *p = *state;
	struct conn c = connected(p, "::", "fd00::2");
	u8 data[1428] = { 1 }, quoted[100];

	p->cut = true;
	assert_int_equal(ln_send(p->a.ln, c.fd, data, sizeof(data), 0), sizeof(data));
	pair_run(p);
	memcpy(quoted, p->last + ETH_HLEN, sizeof(quoted));
	assert_int_equal(p->last_len, ETH_HLEN + 1500);
	p->cut = false;
	send_icmp6(p, ICMPV6_PKT_TOOBIG, 0, 1300, quoted, sizeof(quoted));
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, c.child, data, sizeof(data), 0), sizeof(data));
	assert_int_equal(opt_get(&p->a, c.fd, LN_SOL_IPV6, LN_IPV6_MTU), 1300);
	assert_int_equal(opt_get(&p->a, c.fd, LN_SOL_TCP, LN_TCP_MAXSEG), 1300 - 60 - 12);
	/* About what was never sent: not believed. */
	put_be32(quoted + 44, get_be32(quoted + 44) + 100000);
	send_icmp6(p, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0, quoted, sizeof(quoted));
	assert_int_equal(p->a.net.mib[MIB_TcpExtOutOfWindowIcmps], 1);
	transfer(p, &p->a, c.fd, &p->b, c.child, 30000);
}

/* RFC 5927 4.1: who was never sent to has no path. ICMPv6 has no memory of what it sent. */
static void test_path_mtu_of_nobody(void **state)
{
	static const u8 of[] = { IP_PROTO_TCP, IP_PROTO_UDP, 59, 255, IP_PROTO_ICMPV6 };
	struct pair *p = *state;
	u8 quoted[100] = { 0 };
	struct ipv6_view ip = { .payload_len = 1400, .hop_limit = 64 };

	assert_true(ip6_addr_parse("fd00::1", &ip.saddr));
	assert_true(ip6_addr_parse("fd00::2", &ip.daddr));
	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		ip.nexthdr = of[i];
		ipv6_build(quoted, &ip);
		send_icmp6(p, ICMPV6_PKT_TOOBIG, 0, 1280, quoted, sizeof(quoted));
		assert_int_equal(ip6_pmtu_left_s(&p->a.net, &ip.daddr) > 0,
				 of[i] == IP_PROTO_ICMPV6);
	}
}

/* An error about the SYN ends the attempt (RFC 4443 3.1). */
static void test_unreachable(void **state)
{
	struct pair *p = *state;
	int fd = tcp6_socket(&p->a);
	u8 quoted[80];

	send_to6(&p->a, ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_DGRAM, 0), "x", 1, "fd00::2", 9);
	pair_run(p);		/* its neighbour is known */
	p->cut = true;
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 80), -EINPROGRESS);
	pair_run(p);
	memcpy(quoted, p->last + ETH_HLEN, sizeof(quoted));
	send_icmp6(p, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED, 0, quoted, sizeof(quoted));
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), EACCES);
}

/* A link's addresses: the device goes with the connection. */
static void test_link_local(void **state)
{
	struct pair *p = *state;
	struct ln_sockaddr_in6 to = sin6_of("fe80::2", 80), from;
	int lfd = tcp6_listener(&p->b, "::", 80, 1), fd = tcp6_socket(&p->a), child;
	u32 n = sizeof(from);
	struct ip6_addr a;

	assert_true(ip6_addr_parse("fe80::1", &a));
	assert_int_equal(inet6_addr_add(p->a.dev, &a, 64, IFA_F_NODAD), 0);
	assert_true(ip6_addr_parse("fe80::2", &a));
	assert_int_equal(inet6_addr_add(p->b.dev, &a, 64, IFA_F_NODAD), 0);
	to.sin6_scope_id = (u32)p->a.dev->ifindex;
	assert_int_equal(ln_connect(p->a.ln, fd, &to, sizeof(to)), -EINPROGRESS);
	pair_run(p);
	child = ln_accept(p->b.ln, lfd, &from, &n);
	assert_true(child >= 0);
	assert_int_equal(from.sin6_scope_id, p->b.dev->ifindex);
	transfer(p, &p->b, child, &p->a, fd, 5000);
}

/* Each allocation on the way fails in its turn, on either side: nothing leaks, nobody hangs. */
static void test_no_memory(void **state)
{
	struct pair *p = *state;
	int lfd = tcp6_listener(&p->b, "::", 80, 8);
	bool done = false;
	char c;

	for (u64 nth = 1; !done; nth++) {
		struct host *h = nth & 1 ? &p->a : &p->b;
		int fd, child;

		assert_in_range(nth, 1, 400);
		h->net.mem.fail_after = (nth + 1) / 2;
		fd = ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_STREAM, 0);
		if (fd >= 0) {
			connect_to6(&p->a, fd, "fd00::2", 80);
			pair_advance(p, 1);
			ln_send(p->a.ln, fd, "x", 1, 0);
			pair_advance(p, 1);
		}
		done = h->net.mem.fail_after && nth > 40;
		h->net.mem.fail_after = 0;
		while ((child = ln_accept(p->b.ln, lfd, NULL, NULL)) >= 0) {
			ln_recv(p->b.ln, child, &c, 1, 0);
			ln_close(p->b.ln, child);
		}
		if (fd >= 0)
			ln_close(p->a.ln, fd);
		pair_advance(p, 100);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair6_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_connect_and_accept),
		T(test_on_the_wire),
		T(test_dual_stack),
		T(test_v6only),
		T(test_errors),
		T(test_syncookies),
		T(test_rest),
		T(test_path_mtu),
		T(test_path_mtu_of_nobody),
		T(test_unreachable),
		T(test_link_local),
		T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
