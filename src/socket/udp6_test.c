/* SPDX-License-Identifier: MIT */
/* UDP sockets of AF_INET6: IPv6, and IPv4 by mapped addresses (rows T8, T9, S2, S4, I7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts6.h"
#include "wire/icmp6.h"
#include "wire/udp.h"

static int udp6_socket(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET6, LN_SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static int udp6_bound(struct host *h, const char *addr, u16 port)
{
	int fd = udp6_socket(h);

	assert_int_equal(bind_to6(h, fd, addr, port), 0);
	return fd;
}

static ptrdiff_t recv_from6(struct host *h, int fd, void *buf, size_t len,
			    struct ln_sockaddr_in6 *from)
{
	u32 n = sizeof(*from);
	ptrdiff_t r;

	memset(from, 0, sizeof(*from));
	r = ln_recvfrom(h->ln, fd, buf, len, 0, from, &n);
	if (r >= 0)
		assert_int_equal(n, sizeof(*from));
	return r;
}

#define assert_sin6(sin6, text) assert_string_equal(addr_text((sin6).sin6_addr), text)

static const char *addr_text(const u8 *a)
{
	static char buf[IP6_STR_MAX];

	return ip6_addr_str((const void *)a, buf);
}

static void assert_name(struct host *h, int fd, bool peer, const char *text, u16 port)
{
	struct ln_sockaddr_in6 sin6;
	u32 n = sizeof(sin6);

	assert_int_equal((peer ? ln_getpeername : ln_getsockname)(h->ln, fd, &sin6, &n), 0);
	assert_int_equal(n, sizeof(sin6));
	assert_int_equal(sin6.sin6_family, LN_AF_INET6);
	assert_sin6(sin6, text);
	if (port)
		assert_int_equal(be16_to_cpu(sin6.sin6_port), port);
}

static void test_request_and_answer(void **state)
{
	struct pair *p = *state;
	int server = udp6_bound(&p->b, "::", 53), client = udp6_socket(&p->a);
	struct ln_sockaddr_in6 from;
	char buf[64];

	assert_int_equal(send_to6(&p->a, client, "name?", 5, "fd00::2", 53), 5);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, sizeof(buf), &from), 5);
	assert_memory_equal(buf, "name?", 5);
	assert_sin6(from, "fd00::1");
	assert_int_equal(from.sin6_scope_id, 0);
	assert_int_equal(ln_sendto(p->b.ln, server, "here", 4, 0, &from, sizeof(from)), 4);
	pair_run(p);
	assert_int_equal(recv_from6(&p->a, client, buf, sizeof(buf), &from), 4);
	assert_sin6(from, "fd00::2");
	assert_int_equal(be16_to_cpu(from.sin6_port), 53);
	assert_name(&p->b, server, false, "::", 53);
	assert_int_equal(p->b.net.mib[MIB_Udp6InDatagrams], 1);
	assert_int_equal(p->a.net.mib[MIB_Udp6OutDatagrams], 1);
	assert_int_equal(p->a.net.mib[MIB_UdpOutDatagrams], 0);
}

/* Every size up to the largest, in fragments where it must, with a checksum that a stranger finds
 * right; without one it is not taken (RFC 8200 8.1). */
static void test_sizes_and_checksum(void **state)
{
	static const u32 sizes[] = { 0, 1, 111, 112, 1452, 1453, 9000, 65527 };
	struct pair *p = *state;
	int server = udp6_bound(&p->b, "fd00::2", 7), client = udp6_bound(&p->a, "fd00::1", 99);
	const u8 *ip = p->last + ETH_HLEN;
	const struct ipv6hdr *h = (const void *)ip;
	u8 *out = malloc(65536), *in = malloc(65536), copy[200];

	for (u32 i = 0; i < 65536; i++)
		out[i] = (u8)(i * 7 + i / 251);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(send_to6(&p->a, client, out, sizes[i], "fd00::2", 7), sizes[i]);
		pair_run(p);
		memset(in, 0, 65536);
		assert_int_equal(ln_recv(p->b.ln, server, in, 65536, 0), sizes[i]);
		assert_memory_equal(in, out, sizes[i]);
	}
	assert_int_equal(send_to6(&p->a, client, out, 65528, "fd00::2", 7), -EMSGSIZE);
	assert_int_equal(send_to6(&p->a, client, "odd", 3, "fd00::2", 7), 3);
	pair_run(p);
	assert_int_equal(csum_ipv6_magic(&h->saddr, &h->daddr, 11, LN_IPPROTO_UDP,
					 csum_partial(ip + IPV6_HLEN, 11, 0)), 0);
	assert_int_equal(h->hop_limit, 64);
	assert_int_equal(ln_recv(p->b.ln, server, in, 9, 0), 3);
	memcpy(copy, p->last, p->last_len);
	copy[ETH_HLEN + IPV6_HLEN + 8] ^= 1;
	wire_deliver(&p->b, copy, p->last_len);
	assert_int_equal(p->b.net.mib[MIB_Udp6InCsumErrors], 1);
	memcpy(copy, p->last, p->last_len);
	put_be16(copy + ETH_HLEN + IPV6_HLEN + 6, 0);
	wire_deliver(&p->b, copy, p->last_len);
	assert_int_equal(p->b.net.mib[MIB_Udp6InCsumErrors], 2);
	assert_int_equal(p->b.net.mib[MIB_Udp6InErrors], 2);
	assert_int_equal(p->b.net.mib[MIB_UdpInErrors], 0);
	assert_int_equal(p->b.net.drops[SKB_DROP_REASON_UDP_CSUM], 2);
	assert_int_equal(ln_recv(p->b.ln, server, in, 9, 0), -EAGAIN);
	free(out);
	free(in);
}

/* One socket serves both families: the IPv4 peer is ::ffff:a.b.c.d to it. */
static void test_dual_stack(void **state)
{
	struct pair *p = *state;
	int server = udp6_bound(&p->b, "::", 53);
	int four = udp_socket(&p->a), six = udp6_socket(&p->a);
	struct ln_sockaddr_in6 from;
	struct ln_sockaddr_in sin;
	u32 n = sizeof(sin);
	char buf[8];

	assert_int_equal(send_to(&p->a, four, "4", 1, ADDR_B, 53), 1);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), 1);
	assert_sin6(from, "::ffff:10.0.0.1");
	assert_int_equal(ln_sendto(p->b.ln, server, "44", 2, 0, &from, sizeof(from)), 2);
	pair_run(p);
	assert_int_equal(ln_recvfrom(p->a.ln, four, buf, 8, 0, &sin, &n), 2);
	assert_int_equal(sin.sin_addr, ADDR_B);
	/* A client of AF_INET6 to an IPv4 server, and by a sockaddr_in. */
	assert_int_equal(send_to6(&p->a, six, "x", 1, "::ffff:10.0.0.2", 53), 1);
	assert_int_equal(send_to(&p->a, six, "yy", 2, ADDR_B, 53), 2);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), 1);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), 2);
	assert_sin6(from, "::ffff:10.0.0.1");
	assert_int_equal(p->b.net.mib[MIB_UdpInDatagrams], 3);
	assert_int_equal(p->b.net.mib[MIB_Udp6InDatagrams], 0);
}

static void set_v6only(struct host *h, int fd)
{
	assert_int_equal(opt_on(h, fd, LN_SOL_IPV6, LN_IPV6_V6ONLY), 0);
}

static void test_v6only(void **state)
{
	struct pair *p = *state;
	int server = udp6_socket(&p->b), four = udp_socket(&p->a);
	struct ln_sockaddr_in6 from;
	char buf[8];

	set_v6only(&p->b, server);
	assert_int_equal(bind_to6(&p->b, server, "::ffff:10.0.0.2", 53), -EINVAL);
	assert_int_equal(bind_to6(&p->b, server, "::", 53), 0);
	assert_int_equal(opt_on(&p->b, server, LN_SOL_IPV6, LN_IPV6_V6ONLY), -EINVAL);
	assert_int_equal(opt_get(&p->b, server, LN_SOL_IPV6, LN_IPV6_V6ONLY), 1);
	send_to(&p->a, four, "4", 1, ADDR_B, 53);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), -EAGAIN);
	assert_int_equal(p->b.net.mib[MIB_UdpNoPorts], 1);
	assert_int_equal(send_to6(&p->b, server, "x", 1, "::ffff:10.0.0.1", 9), -ENETUNREACH);
	assert_int_equal(connect_to6(&p->b, server, "::ffff:10.0.0.1", 9), -ENETUNREACH);
	/* An IPv4 socket may have the port beside it. */
	udp_bound(&p->b, 0, 53);
}

/* Who may have a port beside whom, as Linux. */
static void test_bind_conflicts(void **state)
{
	struct pair *p = *state;
	static const struct {
		const char *first, *second;	/* NULL: an AF_INET socket at any address */
		bool only_first, only_second;
		int err;
	} v[] = {
		{ "::", "::", false, false, -EADDRINUSE },
		{ "::", NULL, false, false, -EADDRINUSE },
		{ NULL, "::", false, false, -EADDRINUSE },
		{ NULL, "::", false, true, 0 },
		{ "::", NULL, true, false, 0 },
		{ "fd00::1", NULL, false, false, 0 },
		{ "fd00::1", "::", false, false, -EADDRINUSE },
		{ "fd00::1", "::1", false, false, 0 },
		{ "fd00::1", "fd00::1", false, false, -EADDRINUSE },
		{ "fd00::1", "::ffff:10.0.0.1", false, false, 0 },
		{ "::ffff:10.0.0.1", "::", false, false, -EADDRINUSE },
		{ "::ffff:10.0.0.1", "::", false, true, 0 },
		{ "::ffff:10.0.0.1", NULL, false, false, -EADDRINUSE },
		{ "::ffff:10.0.0.1", "::ffff:127.0.0.1", false, false, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		int a = v[i].first ? udp6_socket(&p->a) : udp_socket(&p->a);
		int b = v[i].second ? udp6_socket(&p->a) : udp_socket(&p->a);

		if (v[i].only_first)
			set_v6only(&p->a, a);
		if (v[i].only_second)
			set_v6only(&p->a, b);
		assert_int_equal(v[i].first ? bind_to6(&p->a, a, v[i].first, 77) :
				 bind_to(&p->a, a, 0, 77), 0);
		assert_int_equal(v[i].second ? bind_to6(&p->a, b, v[i].second, 77) :
				 bind_to(&p->a, b, 0, 77), v[i].err);
		ln_close(p->a.ln, a);
		ln_close(p->a.ln, b);
	}
}

static void test_bind_errors(void **state)
{
	struct pair *p = *state;
	int fd = udp6_socket(&p->a);
	struct ln_sockaddr_in sin = sin_of(0, 7);
	struct ln_sockaddr_in6 ll = sin6_of("fe80::1234", 7), any = sin6_of("::", 7);

	assert_int_equal(ln_bind(p->a.ln, fd, &sin, sizeof(sin)), -EINVAL);	/* too short */
	any.sin6_family = LN_AF_INET;
	assert_int_equal(ln_bind(p->a.ln, fd, &any, sizeof(any)), -EAFNOSUPPORT);
	assert_int_equal(bind_to6(&p->a, fd, "fd00::77", 7), -EADDRNOTAVAIL);
	assert_int_equal(bind_to6(&p->a, fd, "::ffff:10.0.0.77", 7), -EADDRNOTAVAIL);
	assert_int_equal(ln_bind(p->a.ln, fd, &ll, sizeof(ll)), -EINVAL);	/* of which link? */
	ll.sin6_scope_id = 99;
	assert_int_equal(ln_bind(p->a.ln, fd, &ll, sizeof(ll)), -ENODEV);
	assert_int_equal(bind_to6(&p->a, fd, "fd00::1", 7), 0);
	assert_int_equal(bind_to6(&p->a, fd, "fd00::1", 8), -EINVAL);
	assert_name(&p->a, fd, false, "fd00::1", 7);
}

/* connect(): the address it sends from, the peer alone is heard; another family after it. */
static void test_connect_and_disconnect(void **state)
{
	struct pair *p = *state;
	int fd = udp6_socket(&p->a), server = udp6_bound(&p->b, "::", 9);
	int other = udp6_bound(&p->b, "fd00::2", 10);
	struct ln_sockaddr_in6 none = { .sin6_family = LN_AF_UNSPEC };
	struct ln_sockaddr_in6 from, name;
	u32 n = sizeof(name);
	char buf[8];
	u16 port;

	assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), -EDESTADDRREQ);
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 9), 0);
	assert_name(&p->a, fd, false, "fd00::1", 0);
	assert_name(&p->a, fd, true, "fd00::2", 9);
	assert_int_equal(ln_getsockname(p->a.ln, fd, &name, &n), 0);
	port = be16_to_cpu(name.sin6_port);
	assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), 1);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), 1);
	send_to6(&p->b, other, "no", 2, "fd00::1", port);
	send_to6(&p->b, server, "yes", 3, "fd00::1", port);
	pair_run(p);
	assert_int_equal(recv_from6(&p->a, fd, buf, 8, &from), 3);
	assert_int_equal(recv_from6(&p->a, fd, buf, 8, &from), -EAGAIN);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IPV6, LN_IPV6_MTU), 1500);
	assert_int_equal(ln_connect(p->a.ln, fd, &none, sizeof(none)), 0);
	assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), -EDESTADDRREQ);
	assert_int_equal(connect_to6(&p->a, fd, "::ffff:10.0.0.2", 9), 0);
	assert_name(&p->a, fd, true, "::ffff:10.0.0.2", 9);
	assert_name(&p->a, fd, false, "::ffff:10.0.0.1", 0);
	assert_int_equal(ln_send(p->a.ln, fd, "four", 4, 0), 4);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), 4);
	assert_sin6(from, "::ffff:10.0.0.1");
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 9), -EAFNOSUPPORT);
	assert_int_equal(send_to6(&p->a, fd, "x", 1, "fd00::2", 9), -EAFNOSUPPORT);
	assert_int_equal(ln_connect(p->a.ln, fd, &none, sizeof(none)), 0);
	assert_int_equal(connect_to6(&p->a, fd, "fd99::1", 9), -ENETUNREACH);
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 9), 0);
	assert_int_equal(connect_to6(&p->a, other = udp6_bound(&p->a, "fd00::1", 0),
				     "::ffff:10.0.0.2", 9), -ENETUNREACH);
}

/* A host answers with port unreachable; who is connected is told (RFC 4443 3.1). */
static void test_port_unreachable(void **state)
{
	struct pair *p = *state;
	int fd = udp6_socket(&p->a), loose = udp6_socket(&p->a);
	char buf[64];
	struct {
		struct ln_cmsghdr h;
		struct ln_sock_extended_err ee;
		struct ln_sockaddr_in6 offender;
	} c;
	struct ln_sockaddr_in6 to;
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { &to, sizeof(to), &iov, 1, &c, sizeof(c), 0 };

	send_to6(&p->a, loose, "x", 1, "fd00::2", 9);
	pair_run(p);
	assert_int_equal(p->b.net.mib[MIB_Udp6NoPorts], 1);
	assert_int_equal(ln_recv(p->a.ln, loose, buf, 8, 0), -EAGAIN);
	connect_to6(&p->a, fd, "fd00::2", 9);
	ln_send(p->a.ln, fd, "x", 1, 0);
	pair_run(p);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, 8, 0), -ECONNREFUSED);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, 8, 0), -EAGAIN);
	assert_int_equal(opt_on(&p->a, loose, LN_SOL_IPV6, LN_IPV6_RECVERR), 0);
	p->a.net.now += ms_to_ktime(5000);
	p->b.net.now = p->a.net.now;
	send_to6(&p->a, loose, "what", 4, "fd00::2", 9);
	pair_run(p);
	assert_int_equal(ln_recvmsg(p->a.ln, loose, &msg, LN_MSG_ERRQUEUE), 4);
	assert_memory_equal(buf, "what", 4);
	assert_sin6(to, "fd00::2");
	assert_int_equal(be16_to_cpu(to.sin6_port), 9);
	assert_int_equal(c.h.cmsg_level, LN_SOL_IPV6);
	assert_int_equal(c.h.cmsg_type, LN_IPV6_RECVERR);
	assert_int_equal(c.ee.ee_errno, ECONNREFUSED);
	assert_int_equal(c.ee.ee_origin, 3);
	assert_int_equal(c.ee.ee_type, ICMPV6_DEST_UNREACH);
	assert_int_equal(c.ee.ee_code, ICMPV6_PORT_UNREACH);
	assert_sin6(c.offender, "fd00::2");
}

/* IPv4's errors, to a socket of AF_INET6. */
static void test_mapped_error(void **state)
{
	struct pair *p = *state;
	int fd = udp6_socket(&p->a);
	char buf[64];
	struct {
		struct ln_cmsghdr h;
		struct ln_sock_extended_err ee;
		struct ln_sockaddr_in6 offender;
	} c;
	struct ln_sockaddr_in6 to;
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { &to, sizeof(to), &iov, 1, &c, sizeof(c), 0 };

	assert_int_equal(opt_on(&p->a, fd, LN_SOL_IPV6, LN_IPV6_RECVERR), 0);
	send_to6(&p->a, fd, "x", 1, "::ffff:10.0.0.2", 9);
	pair_run(p);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &msg, LN_MSG_ERRQUEUE), 1);
	assert_sin6(to, "::ffff:10.0.0.2");
	assert_int_equal(c.h.cmsg_level, LN_SOL_IPV6);
	assert_int_equal(c.ee.ee_origin, 2);
	assert_sin6(c.offender, "::ffff:10.0.0.2");
}

/* Too big: what the path carries is learned; with IPV6_MTU_DISCOVER or DONTFRAG it is refused. */
static void test_path_mtu(void **state)
{
	struct pair *p = *state;
	int fd = udp6_socket(&p->a), val = LN_IP_PMTUDISC_DO;
	u8 data[2000] = { 0 };

	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 9), 0);
	assert_int_equal(ln_send(p->a.ln, fd, data, 2000, 0), 2000);
	assert_int_equal(opt_on(&p->a, fd, LN_SOL_IPV6, LN_IPV6_DONTFRAG), 0);
	assert_int_equal(ln_send(p->a.ln, fd, data, 1452, 0), 1452);
	assert_int_equal(ln_send(p->a.ln, fd, data, 1453, 0), -EMSGSIZE);
	ip6_update_pmtu(&p->a.net, (const void *)sin6_of("fd00::2", 0).sin6_addr, 1300);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IPV6, LN_IPV6_MTU), 1300);
	assert_int_equal(ln_send(p->a.ln, fd, data, 1253, 0), -EMSGSIZE);
	val = 0;
	ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_DONTFRAG, &val, sizeof(val));
	assert_int_equal(ln_send(p->a.ln, fd, data, 1253, 0), 1253);
	val = LN_IP_PMTUDISC_DO;
	ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_MTU_DISCOVER, &val, sizeof(val));
	assert_int_equal(ln_send(p->a.ln, fd, data, 1253, 0), -EMSGSIZE);
}

/* Control messages both ways. */
static void test_control(void **state)
{
	struct pair *p = *state;
	int server = udp6_bound(&p->b, "::", 9), fd = udp6_socket(&p->a);
	struct ln_sockaddr_in6 to = sin6_of("fd00::2", 9);
	struct {
		struct ln_cmsghdr h1;
		struct ln_in6_pktinfo info;
		u32 pad;
		struct ln_cmsghdr h2;
		int hops, pad2;
		struct ln_cmsghdr h3;
		int tclass, pad3;
	} c = {
		{ sizeof(c.h1) + sizeof(c.info), LN_SOL_IPV6, LN_IPV6_PKTINFO }, { { 0 }, 0 }, 0,
		{ sizeof(c.h2) + sizeof(int), LN_SOL_IPV6, LN_IPV6_HOPLIMIT }, 7, 0,
		{ sizeof(c.h3) + sizeof(int), LN_SOL_IPV6, LN_IPV6_TCLASS }, 0x28, 0,
	};
	char buf[8] = "hello";
	struct ln_iovec iov = { buf, 5 };
	struct ln_msghdr msg = { &to, sizeof(to), &iov, 1, &c, sizeof(c), 0 };
	struct ip6_addr second;

	assert_true(ip6_addr_parse("fd00::9", &second));
	memcpy(c.info.ipi6_addr, &second, 16);
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &msg, 0), -EINVAL);	/* not ours yet */
	assert_int_equal(inet6_addr_add(p->a.dev, &second, 64, IFA_F_NODAD), 0);
	opt_on(&p->b, server, LN_SOL_IPV6, LN_IPV6_RECVPKTINFO);
	opt_on(&p->b, server, LN_SOL_IPV6, LN_IPV6_RECVHOPLIMIT);
	opt_on(&p->b, server, LN_SOL_IPV6, LN_IPV6_RECVTCLASS);
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &msg, 0), 5);
	pair_run(p);
	memset(&c, 0, sizeof(c));
	msg.msg_namelen = sizeof(to);
	msg.msg_controllen = sizeof(c);
	assert_int_equal(ln_recvmsg(p->b.ln, server, &msg, 0), 5);
	assert_sin6(to, "fd00::9");
	assert_int_equal(c.h1.cmsg_type, LN_IPV6_PKTINFO);
	assert_sin6((struct ln_sockaddr_in6){ .sin6_addr = { c.info.ipi6_addr[0] } }, "fd00::");
	assert_int_equal(c.info.ipi6_addr[15], 2);
	assert_int_equal(c.info.ipi6_ifindex, p->b.dev->ifindex);
	assert_int_equal(c.h2.cmsg_type, LN_IPV6_HOPLIMIT);
	assert_int_equal(c.hops, 7);
	assert_int_equal(c.h3.cmsg_type, LN_IPV6_TCLASS);
	assert_int_equal(c.tclass, 0x28);
}

/* A link's address needs its link: sin6_scope_id. */
static void test_link_local(void **state)
{
	struct pair *p = *state;
	struct ln_sockaddr_in6 to = sin6_of("fe80::2", 9), from;
	int server = udp6_bound(&p->b, "::", 9), fd = udp6_socket(&p->a);
	struct ip6_addr a;
	char buf[8];

	assert_true(ip6_addr_parse("fe80::1", &a));
	assert_int_equal(inet6_addr_add(p->a.dev, &a, 64, IFA_F_NODAD), 0);
	assert_true(ip6_addr_parse("fe80::2", &a));
	assert_int_equal(inet6_addr_add(p->b.dev, &a, 64, IFA_F_NODAD), 0);
	assert_int_equal(ln_connect(p->a.ln, fd, &to, sizeof(to)), -EINVAL);
	to.sin6_scope_id = (u32)p->a.dev->ifindex;
	assert_int_equal(ln_connect(p->a.ln, fd, &to, sizeof(to)), 0);
	assert_int_equal(ln_send(p->a.ln, fd, "hi", 2, 0), 2);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), 2);
	assert_int_equal(from.sin6_addr[0], 0xfe);
	assert_int_equal(from.sin6_scope_id, p->b.dev->ifindex);
	assert_int_equal(ln_sendto(p->b.ln, server, "ho", 2, 0, &from, sizeof(from)), 2);
	pair_run(p);
	assert_int_equal(recv_from6(&p->a, fd, buf, 8, &from), 2);
}

/* RFC 3542 6.2, 11.4: the device of all datagrams; what the path takes. As Linux answers. */
static void test_pktinfo_of_all(void **state)
{
	struct pair *p = *state;
	struct ln_sockaddr_in6 to = sin6_of("fe80::2", 9), from;
	struct ln_in6_pktinfo info = { .ipi6_ifindex = p->a.dev->ifindex };
	int server = udp6_bound(&p->b, "::", 9), fd = udp6_socket(&p->a);
	struct ln_ip6_mtuinfo mtu;
	u32 len = sizeof(mtu);
	struct ip6_addr a;
	char buf[8];

	assert_true(ip6_addr_parse("fe80::1", &a));
	assert_int_equal(inet6_addr_add(p->a.dev, &a, 64, IFA_F_NODAD), 0);
	assert_true(ip6_addr_parse("fe80::2", &a));
	assert_int_equal(inet6_addr_add(p->b.dev, &a, 64, IFA_F_NODAD), 0);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_PKTINFO, &info, 19),
			 -EINVAL);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_PKTINFO, &info,
				       sizeof(info)), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IPV6, LN_IPV6_PKTINFO), -ENOPROTOOPT);
	assert_int_equal(ln_sendto(p->a.ln, fd, "hi", 2, 0, &to, sizeof(to)), 2);
	pair_run(p);
	assert_int_equal(recv_from6(&p->b, server, buf, 8, &from), 2);
	info.ipi6_ifindex = 99;
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_PKTINFO, &info,
				       sizeof(info)), 0);
	assert_true(ln_sendto(p->a.ln, fd, "hi", 2, 0, &to, sizeof(to)) < 0);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_PATHMTU, &mtu, &len),
			 -ENOTCONN);
	fd = udp6_socket(&p->a);
	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", 9), 0);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_PATHMTU, &mtu, &len), 0);
	assert_int_equal(mtu.ip6m_mtu, 1500);
	len = sizeof(mtu) - 1;
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_PATHMTU, &mtu, &len),
			 -EINVAL);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, "eth0", 5),
			 0);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_PKTINFO, &info,
				       sizeof(info)), -EINVAL);
}

/* To all nodes: each socket of the port gets a copy. */
static void test_multicast(void **state)
{
	struct pair *p = *state;
	int one = udp6_socket(&p->b), two = udp6_socket(&p->b), fd = udp6_socket(&p->a);
	struct ln_sockaddr_in6 to = sin6_of("ff02::1", 5353), from;
	char buf[8];

	opt_on(&p->b, one, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	opt_on(&p->b, two, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to6(&p->b, one, "::", 5353), 0);
	assert_int_equal(bind_to6(&p->b, two, "::", 5353), 0);
	to.sin6_scope_id = (u32)p->a.dev->ifindex;
	assert_int_equal(ln_sendto(p->a.ln, fd, "all", 3, 0, &to, sizeof(to)), 3);
	pair_run(p);
	assert_int_equal(p->last[ETH_HLEN + 7], 1);	/* hop limit */
	assert_int_equal(recv_from6(&p->b, one, buf, 8, &from), 3);
	assert_int_equal(recv_from6(&p->b, two, buf, 8, &from), 3);
}

static void test_cork_and_segments(void **state)
{
	struct pair *p = *state;
	int server = udp6_bound(&p->b, "::", 9), fd = udp6_socket(&p->a), size = 100;
	char buf[512] = "", data[250] = "abc";

	connect_to6(&p->a, fd, "fd00::2", 9);
	assert_int_equal(ln_send(p->a.ln, fd, "one ", 4, LN_MSG_MORE), 4);
	assert_int_equal(ln_send(p->a.ln, fd, "two", 3, 0), 3);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, server, buf, sizeof(buf), 0), 7);
	assert_memory_equal(buf, "one two", 7);
	ln_setsockopt(p->a.ln, fd, LN_SOL_UDP, LN_UDP_SEGMENT, &size, sizeof(size));
	assert_int_equal(ln_send(p->a.ln, fd, data, 250, 0), 250);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, server, buf, sizeof(buf), 0), 100);
	assert_int_equal(ln_recv(p->b.ln, server, buf, sizeof(buf), 0), 100);
	assert_int_equal(ln_recv(p->b.ln, server, buf, sizeof(buf), 0), 50);
	/* close() frees it */
	assert_int_equal(ln_send(p->a.ln, fd, "left", 4, LN_MSG_MORE), 4);
}

static void test_self(void **state)
{
	struct pair *p = *state;
	int server = udp6_bound(&p->a, "::1", 9), fd = udp6_socket(&p->a);
	struct ln_sockaddr_in6 from;
	char buf[8];

	assert_int_equal(send_to6(&p->a, fd, "a", 1, "::", 9), 1);	/* this host */
	assert_int_equal(send_to6(&p->a, fd, "bb", 2, "::1", 9), 2);
	pair_run(p);
	assert_int_equal(recv_from6(&p->a, server, buf, 8, &from), 1);
	assert_sin6(from, "::1");
	assert_int_equal(recv_from6(&p->a, server, buf, 8, &from), 2);
}

static void test_options(void **state)
{
	struct pair *p = *state;
	int fd = udp6_socket(&p->a), v = 3;

	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_DOMAIN), LN_AF_INET6);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IPV6, LN_IPV6_UNICAST_HOPS), 64);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_UNICAST_HOPS, &v, 4), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IPV6, LN_IPV6_UNICAST_HOPS), 3);
	v = 256;
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_UNICAST_HOPS, &v, 4),
			 -EINVAL);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_TCLASS, &v, 4), -EINVAL);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, 999, &v, 4), -ENOPROTOOPT);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_TCLASS, &v, 1), -EINVAL);
	assert_int_equal(opt_get(&p->a, udp_socket(&p->a), LN_SOL_IPV6, LN_IPV6_TCLASS),
			 -EOPNOTSUPP);
}

/* Each allocation on the way fails in its turn: an error or a lost datagram, never more. */
static void test_no_memory(void **state)
{
	struct pair *p = *state;
	int server = udp6_bound(&p->b, "::", 9);
	bool arrived = false;
	u8 data[3000] = { 0 };

	for (u64 nth = 1; !arrived; nth++) {
		int fd;

		assert_in_range(nth, 1, 200);
		p->a.net.mem.fail_after = nth;
		fd = ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_DGRAM, 0);
		if (fd < 0) {
			assert_int_equal(fd, -ENOMEM);
			continue;
		}
		bind_to6(&p->a, fd, "fd00::1", 0);
		connect_to6(&p->a, fd, "fd00::2", 9);
		send_to6(&p->a, fd, data, sizeof(data), "fd00::2", 9);
		pair_advance(p, 4000);
		arrived = ln_recv(p->b.ln, server, data, sizeof(data), 0) == sizeof(data) &&
			  p->a.net.mem.fail_after;
		p->a.net.mem.fail_after = 0;
		assert_int_equal(ln_close(p->a.ln, fd), 0);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair6_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_request_and_answer),
		T(test_sizes_and_checksum),
		T(test_dual_stack),
		T(test_v6only),
		T(test_bind_conflicts),
		T(test_bind_errors),
		T(test_connect_and_disconnect),
		T(test_port_unreachable),
		T(test_mapped_error),
		T(test_path_mtu),
		T(test_control),
		T(test_link_local),
		T(test_pktinfo_of_all),
		T(test_multicast),
		T(test_cork_and_segments),
		T(test_self),
		T(test_options),
		T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
