/* SPDX-License-Identifier: MIT */
/* UDP sockets of two hosts (rows T8, T9, S2, S4; PI-31, PI-33, PI-34). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"
#include "wire/icmp.h"
#include "wire/udp.h"

static ptrdiff_t recv_from(struct host *h, int fd, void *buf, size_t len, int flags,
			   struct ln_sockaddr_in *from)
{
	u32 n = sizeof(*from);

	memset(from, 0, sizeof(*from));
	return ln_recvfrom(h->ln, fd, buf, len, flags, from, &n);
}

static void fill(u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (u8)(i * 7 + i / 251);
}

/* There and back; ports and addresses as each side sees them; nothing is lost by peeking. */
static void test_request_and_answer(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 53), client = udp_socket(&p->a);
	struct ln_sockaddr_in from;
	char buf[64];

	assert_int_equal(ln_recv(p->b.ln, server, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(send_to(&p->a, client, "name?", 5, ADDR_B, 53), 5);
	pair_run(p);
	assert_int_equal(recv_from(&p->b, server, buf, 3, LN_MSG_PEEK, &from), 3);
	assert_int_equal(recv_from(&p->b, server, buf, 3, LN_MSG_PEEK | LN_MSG_TRUNC, &from), 5);
	assert_int_equal(recv_from(&p->b, server, buf, sizeof(buf), 0, &from), 5);
	assert_memory_equal(buf, "name?", 5);
	assert_int_equal(from.sin_addr, ADDR_A);
	assert_in_range(be16_to_cpu(from.sin_port), 32768, 60999);
	assert_int_equal(ln_sendto(p->b.ln, server, "here", 4, 0, &from, sizeof(from)), 4);
	pair_run(p);
	assert_int_equal(recv_from(&p->a, client, buf, sizeof(buf), 0, &from), 4);
	assert_int_equal(from.sin_addr, ADDR_B);
	assert_int_equal(be16_to_cpu(from.sin_port), 53);
	assert_int_equal(ln_recv(p->a.ln, client, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(p->b.net.mib[MIB_UdpInDatagrams], 1);
	assert_int_equal(p->a.net.mib[MIB_UdpOutDatagrams], 1);
}

/* Every size up to the largest arrives whole, is copied once, and has a right checksum. */
static void test_sizes(void **state)
{
	static const u32 sizes[] = { 0, 1, 111, 112, 113, 1471, 1472, 1473, 2960, 9000, 65507 };
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 7), client = udp_socket(&p->a);
	u8 *out = malloc(65536), *in = malloc(65536);

	fill(out, 65536);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 copied = p->a.net.copies.user_in, given = p->b.net.copies.user_out;

		assert_int_equal(send_to(&p->a, client, out, sizes[i], ADDR_B, 7), sizes[i]);
		assert_int_equal(p->a.net.copies.user_in - copied, sizes[i]);
		pair_run(p);
		memset(in, 0, 65536);
		assert_int_equal(ln_recv(p->b.ln, server, in, 65536, 0), sizes[i]);
		assert_memory_equal(in, out, sizes[i]);
		assert_int_equal(p->b.net.copies.user_out - given, sizes[i]);
	}
	assert_int_equal(p->a.net.copies.linearized, 0);
	assert_int_equal(send_to(&p->a, client, out, 65508, ADDR_B, 7), -EMSGSIZE);
	assert_int_equal(send_to(&p->a, client, out, 65536, ADDR_B, 7), -EMSGSIZE);
	assert_int_equal(p->b.net.mib[MIB_UdpInCsumErrors], 0);
	free(out);
	free(in);
}

/* What is on the wire: header, length, and a checksum that a stranger finds right. */
static void test_on_the_wire(void **state)
{
	struct pair *p = *state;
	int client = udp_bound(&p->a, ADDR_A, 1234);
	const u8 *ip = p->last + ETH_HLEN;
	struct udp_view v;

	udp_bound(&p->b, 0, 99);
	assert_int_equal(send_to(&p->a, client, "odd", 3, ADDR_B, 99), 3);
	pair_run(p);
	assert_true(udp_v4_csum_ok(ip + 20, 11, ADDR_A, ADDR_B));
	assert_int_equal(udp_parse(ip + 20, p->last_len - ETH_HLEN - 20, &v), WIRE_OK);
	assert_true(v.has_check);
	assert_int_equal(v.sport, 1234);
	assert_int_equal(v.dport, 99);
	assert_int_equal(v.len, 11);
	assert_int_equal(ip[8], 64);
	assert_int_equal(get_be16(ip + 6), IP_DF);
}

static void test_bad_checksum_is_dropped(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 99), client = udp_socket(&p->a);
	u8 copy[200];
	char buf[8];

	send_to(&p->a, client, "good", 4, ADDR_B, 99);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, server, buf, 8, 0), 4);
	memcpy(copy, p->last, p->last_len);
	copy[ETH_HLEN + 28] ^= 1;
	wire_deliver(&p->b, copy, p->last_len);
	assert_int_equal(ln_recv(p->b.ln, server, buf, 8, 0), -EAGAIN);
	assert_int_equal(p->b.net.mib[MIB_UdpInCsumErrors], 1);
	assert_int_equal(p->b.net.mib[MIB_UdpInErrors], 1);
	assert_int_equal(p->b.net.drops[SKB_DROP_REASON_UDP_CSUM], 1);
}

/* MSG_MORE and UDP_CORK: pieces become one datagram, addressed by the first. */
static void test_cork(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 7), client = udp_socket(&p->a);
	struct ln_sockaddr_in to = sin_of(ADDR_B, 7);
	u8 *out = malloc(40000), *in = malloc(65536);
	int off = 0;
	u32 at = 0;

	fill(out, 40000);
	for (u32 n = 1; at < 20000; n = n * 2 + 1) {
		assert_int_equal(ln_sendto(p->a.ln, client, out + at, n, LN_MSG_MORE, &to,
					   sizeof(to)), n);
		at += n;
	}
	pair_run(p);
	assert_int_equal(p->frames, 0);
	assert_int_equal(ln_send(p->a.ln, client, out + at, 1, 0), 1);
	at++;
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, server, in, 65536, 0), at);
	assert_memory_equal(in, out, at);

	assert_int_equal(opt_on(&p->a, client, LN_SOL_UDP, LN_UDP_CORK), 0);
	assert_int_equal(send_to(&p->a, client, "ab", 2, ADDR_B, 7), 2);
	assert_int_equal(send_to(&p->a, client, "cd", 2, ADDR_B, 7), 2);
	assert_int_equal(ln_setsockopt(p->a.ln, client, LN_SOL_UDP, LN_UDP_CORK, &off, 4), 0);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, server, in, 65536, 0), 4);
	assert_memory_equal(in, "abcd", 4);

	/* Too long together: all of it is given up, and the socket is usable. */
	assert_int_equal(ln_sendto(p->a.ln, client, out, 40000, LN_MSG_MORE, &to, sizeof(to)),
			 40000);
	assert_int_equal(ln_send(p->a.ln, client, out, 40000, 0), -EMSGSIZE);
	assert_int_equal(send_to(&p->a, client, "e", 1, ADDR_B, 7), 1);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, server, in, 65536, 0), 1);
	/* Closed with one pending: teardown checks that nothing is left. */
	assert_int_equal(ln_sendto(p->a.ln, client, out, 100, LN_MSG_MORE, &to, sizeof(to)), 100);
	free(out);
	free(in);
}

/* ---- errors (T9, PI-33) ---- */

static void test_port_unreachable(void **state)
{
	struct pair *p = *state;
	int fd[4];
	char buf[8];

	for (int i = 0; i < 4; i++)
		fd[i] = udp_socket(&p->a);
	for (int i = 0; i < 3; i++)
		assert_int_equal(connect_to(&p->a, fd[i], ADDR_B, 9), 0);
	/* Told once to each, in the way that he asks first: send, recv, SO_ERROR. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ln_send(p->a.ln, fd[i], "x", 1, 0), 1);
		pair_run(p);
		for (int j = 0; j < 4; j++) {
			struct ln_pollfd pfd = { fd[j], LN_POLLOUT, 0 };

			assert_int_equal(ln_poll(p->a.ln, &pfd, 1), 1);
			assert_int_equal(!!(pfd.revents & LN_POLLERR), i == j);
		}
		if (i == 0)
			assert_int_equal(ln_send(p->a.ln, fd[i], "x", 1, 0), -ECONNREFUSED);
		else if (i == 1)
			assert_int_equal(ln_recv(p->a.ln, fd[i], buf, 8, 0), -ECONNREFUSED);
		else
			assert_int_equal(opt_get(&p->a, fd[i], LN_SOL_SOCKET, LN_SO_ERROR),
					 ECONNREFUSED);
		assert_int_equal(ln_recv(p->a.ln, fd[i], buf, 8, 0), -EAGAIN);
		assert_int_equal(opt_get(&p->a, fd[i], LN_SOL_SOCKET, LN_SO_ERROR), 0);
	}
	/* An unconnected one is not told. */
	assert_int_equal(send_to(&p->a, fd[3], "x", 1, ADDR_B, 9), 1);
	pair_run(p);
	assert_int_equal(opt_get(&p->a, fd[3], LN_SOL_SOCKET, LN_SO_ERROR), 0);
	assert_int_equal(p->b.net.mib[MIB_UdpNoPorts], 4);
	assert_int_equal(p->b.net.drops[SKB_DROP_REASON_NO_SOCKET], 4);
}

/* b writes an ICMP error about the last frame that a sent. */
static void send_icmp_error(struct pair *p, u8 type, u8 code, u16 mtu)
{
	int raw = ln_socket(p->b.ln, LN_AF_INET, LN_SOCK_RAW, LN_IPPROTO_ICMP);
	struct icmp_view v = {
		.type = type, .code = code, .mtu = mtu, .data = p->last + ETH_HLEN, .data_len = 28,
	};
	u8 quoted[28], message[64];
	size_t n;

	memcpy(quoted, p->last + ETH_HLEN, 28);
	v.data = quoted;
	n = icmp_build(message, &v);
	assert_int_equal(send_to(&p->b, raw, message, n, ADDR_A, 0), n);
	pair_run(p);
	ln_close(p->b.ln, raw);
}

static void test_icmp_errors_of_connected_sockets(void **state)
{
	static const struct {
		u8 type, code;
		int err;
	} cases[] = {
		{ ICMP_TIME_EXCEEDED, 0, 0 },
		{ ICMP_SOURCE_QUENCH, 0, 0 },
		{ ICMP_PARAMETERPROB, 0, EPROTO },
		{ ICMP_DEST_UNREACH, ICMP_NET_UNREACH, 0 },
		{ ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0 },
		{ ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, ENOPROTOOPT },
		{ ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, ECONNREFUSED },
		{ ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, EMSGSIZE },
		{ ICMP_DEST_UNREACH, ICMP_HOST_ANO, EHOSTUNREACH },
	};
	struct pair *p = *state;
	int fd = udp_socket(&p->a);

	udp_bound(&p->b, 0, 9);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 9), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), 1);
		pair_run(p);
		send_icmp_error(p, cases[i].type, cases[i].code, 1000);
		assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), cases[i].err);
	}
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_MTU), 1000);
}

/* IP_RECVERR: the unconnected are told too, softer errors as well, with the packet itself. */
static void test_recverr(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a);
	struct ln_sockaddr_in from = { 0 };
	u8 control[128];
	char buf[32];
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { &from, sizeof(from), &iov, 1, control, sizeof(control), 0 };
	struct ln_cmsghdr c;
	struct ln_sock_extended_err ee;
	struct ln_sockaddr_in offender;

	assert_int_equal(opt_on(&p->a, fd, LN_SOL_IP, LN_IP_RECVERR), 0);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &msg, LN_MSG_ERRQUEUE), -EAGAIN);
	assert_int_equal(send_to(&p->a, fd, "lost words", 10, ADDR_B, 33434), 10);
	pair_run(p);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), ECONNREFUSED);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &msg, LN_MSG_ERRQUEUE), 10);
	assert_memory_equal(buf, "lost words", 10);
	assert_true(msg.msg_flags & LN_MSG_ERRQUEUE);
	assert_int_equal(from.sin_addr, ADDR_B);
	assert_int_equal(be16_to_cpu(from.sin_port), 33434);
	memcpy(&c, control, sizeof(c));
	memcpy(&ee, control + sizeof(c), sizeof(ee));
	memcpy(&offender, control + sizeof(c) + sizeof(ee), sizeof(offender));
	assert_int_equal(c.cmsg_level, LN_SOL_IP);
	assert_int_equal(c.cmsg_type, LN_IP_RECVERR);
	assert_int_equal(c.cmsg_len, sizeof(c) + sizeof(ee) + sizeof(offender));
	assert_int_equal(msg.msg_controllen, c.cmsg_len);
	assert_int_equal(ee.ee_errno, ECONNREFUSED);
	assert_int_equal(ee.ee_origin, 2);
	assert_int_equal(ee.ee_type, ICMP_DEST_UNREACH);
	assert_int_equal(ee.ee_code, ICMP_PORT_UNREACH);
	assert_int_equal(offender.sin_addr, ADDR_B);

	/* Too large for the path, found here before it left. */
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IP, LN_IP_MTU_DISCOVER,
				       &(int){ LN_IP_PMTUDISC_DO }, 4), 0);
	assert_int_equal(send_to(&p->a, fd, p->last, 1473, ADDR_B, 9), -EMSGSIZE);
	msg.msg_controllen = sizeof(control);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &msg, LN_MSG_ERRQUEUE), 0);
	memcpy(&ee, control + sizeof(c), sizeof(ee));
	assert_int_equal(ee.ee_errno, EMSGSIZE);
	assert_int_equal(ee.ee_origin, 1);
	assert_int_equal(ee.ee_info, 1500);
}

/* ---- destinations (PI-34) ---- */

static void test_destinations(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a), bcast = udp_socket(&p->a);
	struct ln_sockaddr_in sin = sin_of(ADDR_B, 9);
	be32 all = 0xffffffffu, subnet = IP(10, 0, 0, 255);

	assert_int_equal(opt_on(&p->a, bcast, LN_SOL_SOCKET, LN_SO_BROADCAST), 0);
	assert_int_equal(send_to(&p->a, fd, "", 0, subnet, 9), -EACCES);
	assert_int_equal(send_to(&p->a, bcast, "", 0, subnet, 9), 0);
	assert_int_equal(connect_to(&p->a, fd, subnet, 9), -EACCES);
	assert_int_equal(send_to(&p->a, fd, "", 0, IP(192, 0, 2, 1), 9), -ENETUNREACH);
	assert_int_equal(connect_to(&p->a, fd, IP(192, 0, 2, 1), 9), -ENETUNREACH);
	assert_int_equal(send_to(&p->a, fd, "", 0, ADDR_B, 0), -EINVAL);
	assert_int_equal(ln_send(p->a.ln, fd, "", 0, 0), -EDESTADDRREQ);
	assert_int_equal(ln_sendto(p->a.ln, fd, "", 0, 0, &sin, 15), -EINVAL);
	assert_int_equal(ln_sendto(p->a.ln, fd, "", 0, LN_MSG_OOB, &sin, 16), -EOPNOTSUPP);
	sin.sin_family = LN_AF_INET6;
	assert_int_equal(ln_sendto(p->a.ln, fd, "", 0, 0, &sin, 16), -EAFNOSUPPORT);
	assert_int_equal(ln_connect(p->a.ln, fd, &sin, 16), -EAFNOSUPPORT);
	assert_int_equal(ln_connect(p->a.ln, fd, &sin, 1), -EINVAL);
	/* The limited broadcast needs a device. */
	assert_int_equal(ln_setsockopt(p->a.ln, bcast, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, "eth0",
				       4), 0);
	assert_int_equal(send_to(&p->a, bcast, "", 0, all, 9), 0);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, "eth0", 4),
			 0);
	assert_int_equal(send_to(&p->a, fd, "", 0, all, 9), -EACCES);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, "eth7", 4),
			 -ENODEV);
}

static int received(struct host *h, int fd)
{
	char buf[8];
	int n = 0;

	while (ln_recv(h->ln, fd, buf, sizeof(buf), 0) >= 0)
		n++;
	return n;
}

/* Who receives: any, the broadcast address itself; not the unicast one. MAC ff:ff:ff:ff:ff:ff. */
static void test_broadcast_receivers(void **state)
{
	struct pair *p = *state;
	be32 subnet = IP(10, 0, 0, 255);
	int fd = udp_socket(&p->a), any, own, bound, peer, other;

	any = udp_socket(&p->b);
	opt_on(&p->b, any, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, any, 0, 9), 0);
	own = udp_socket(&p->b);
	opt_on(&p->b, own, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, own, ADDR_B, 9), 0);
	bound = udp_socket(&p->b);
	opt_on(&p->b, bound, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, bound, subnet, 9), 0);
	peer = udp_socket(&p->b);	/* connected to somebody else */
	opt_on(&p->b, peer, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, peer, 0, 9), 0);
	assert_int_equal(connect_to(&p->b, peer, IP(10, 0, 0, 77), 5), 0);
	other = udp_bound(&p->b, 0, 10);

	opt_on(&p->a, fd, LN_SOL_SOCKET, LN_SO_BROADCAST);
	assert_int_equal(send_to(&p->a, fd, "all", 3, subnet, 9), 3);
	pair_run(p);
	assert_int_equal(p->frames, 1);
	assert_memory_equal(p->last, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(received(&p->b, any), 1);
	assert_int_equal(received(&p->b, bound), 1);
	assert_int_equal(received(&p->b, own), 0);
	assert_int_equal(received(&p->b, peer), 0);
	assert_int_equal(received(&p->b, other), 0);
	/* Nobody wants it: no ICMP error for a broadcast. */
	assert_int_equal(send_to(&p->a, fd, "all", 3, subnet, 11), 3);
	pair_run(p);
	assert_int_equal(p->frames, 1);
	assert_int_equal(p->b.net.mib[MIB_UdpIgnoredMulti], 1);
	/* Unicast goes to one: the most exact. */
	assert_int_equal(send_to(&p->a, fd, "one", 3, ADDR_B, 9), 3);
	pair_run(p);
	assert_int_equal(received(&p->b, own), 1);
	assert_int_equal(received(&p->b, any), 0);
}

static void test_multicast(void **state)
{
	struct pair *p = *state;
	be32 group = IP(224, 0, 0, 1);
	int fd = udp_bound(&p->a, ADDR_A, 9), any = udp_socket(&p->b), only = udp_socket(&p->b);
	const u8 *ip = p->last + ETH_HLEN;

	opt_on(&p->b, any, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	opt_on(&p->b, only, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, any, 0, 9), 0);
	assert_int_equal(bind_to(&p->b, only, group, 9), 0);
	assert_int_equal(connect_to(&p->b, only, IP(10, 0, 0, 77), 9), 0);
	assert_int_equal(send_to(&p->a, fd, "all", 3, group, 9), 3);
	pair_run(p);
	assert_memory_equal(p->last, "\x01\x00\x5e\x00\x00\x01", 6);
	assert_int_equal(ip[8], 1);	/* TTL */
	assert_int_equal(received(&p->b, any), 1);
	assert_int_equal(received(&p->b, only), 0);	/* connected to somebody else */
}

/* To itself: by address, by loopback, by "this host". */
static void test_self(void **state)
{
	static const be32 to[] = { ADDR_A, IP(127, 0, 0, 1), IP(127, 9, 9, 9), 0 };
	struct pair *p = *state;
	int fd = udp_socket(&p->a), any = udp_bound(&p->a, 0, 9);

	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		assert_int_equal(send_to(&p->a, fd, "me", 2, to[i], 9), 2);
		pair_run(p);
		assert_int_equal(p->frames, 0);
		assert_int_equal(received(&p->a, any), 1);
	}
}

/* What is sent to an own address came by the device that has it, to who is bound to that. */
static void test_self_by_device(void **state)
{
	struct pair *p = *state;
	int bound = udp_bound(&p->a, 0, 9), fd = udp_socket(&p->a);

	assert_int_equal(ln_setsockopt(p->a.ln, bound, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, "eth0",
				       5), 0);
	assert_int_equal(send_to(&p->a, fd, "me", 2, ADDR_A, 9), 2);
	assert_int_equal(send_to(&p->a, bound, "me", 2, 0, 9), 2);
	assert_int_equal(send_to(&p->a, fd, "lo", 2, IP(127, 0, 0, 1), 9), 2);
	pair_run(p);
	assert_int_equal(p->frames, 0);
	assert_int_equal(received(&p->a, bound), 2);	/* not what came by lo */
}

/* ---- bind and connect ---- */

static void test_bind_errors(void **state)
{
	struct pair *p = *state;
	struct ln_sockaddr_in sin = sin_of(0, 5);
	int a = udp_bound(&p->a, 0, 5), b = udp_socket(&p->a);

	assert_int_equal(bind_to(&p->a, a, 0, 6), -EINVAL);		/* bound already */
	assert_int_equal(bind_to(&p->a, b, 0, 5), -EADDRINUSE);
	assert_int_equal(bind_to(&p->a, b, ADDR_A, 5), -EADDRINUSE);
	assert_int_equal(bind_to(&p->a, b, ADDR_B, 6), -EADDRNOTAVAIL);
	assert_int_equal(ln_bind(p->a.ln, b, &sin, 15), -EINVAL);
	sin.sin_family = LN_AF_INET6;
	assert_int_equal(ln_bind(p->a.ln, b, &sin, 16), -EAFNOSUPPORT);
	sin = sin_of(0, 7);
	sin.sin_family = LN_AF_UNSPEC;
	assert_int_equal(ln_bind(p->a.ln, b, &sin, 16), 0);
	assert_int_equal(ln_listen(p->a.ln, a, 1), -EOPNOTSUPP);
	assert_int_equal(ln_accept(p->a.ln, a, NULL, NULL), -EOPNOTSUPP);
}

static void test_connect_and_disconnect(void **state)
{
	struct pair *p = *state;
	int fd = udp_bound(&p->a, 0, 5), wrong = udp_bound(&p->b, 0, 8);
	int right = udp_bound(&p->b, 0, 9);
	struct ln_sockaddr_in sin = { 0 };
	u32 len = sizeof(sin);

	assert_int_equal(ln_getpeername(p->a.ln, fd, &sin, &len), -ENOTCONN);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 9), 0);
	assert_int_equal(ln_getpeername(p->a.ln, fd, &sin, &len), 0);
	assert_int_equal(sin.sin_addr, ADDR_B);
	assert_int_equal(ln_getsockname(p->a.ln, fd, &sin, &len), 0);
	assert_int_equal(sin.sin_addr, ADDR_A);
	assert_int_equal(be16_to_cpu(sin.sin_port), 5);
	/* Only the peer's come in; another's meets no socket. */
	assert_int_equal(send_to(&p->b, right, "y", 1, ADDR_A, 5), 1);
	assert_int_equal(send_to(&p->b, wrong, "n", 1, ADDR_A, 5), 1);
	pair_run(p);
	assert_int_equal(received(&p->a, fd), 1);
	assert_int_equal(p->a.net.mib[MIB_UdpNoPorts], 1);
	/* To somebody else all the same. */
	assert_int_equal(send_to(&p->a, fd, "z", 1, ADDR_B, 8), 1);
	pair_run(p);
	assert_int_equal(received(&p->b, wrong), 1);

	sin.sin_family = LN_AF_UNSPEC;
	assert_int_equal(ln_connect(p->a.ln, fd, &sin, sizeof(sin)), 0);
	assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), -EDESTADDRREQ);
	assert_int_equal(send_to(&p->b, wrong, "n", 1, ADDR_A, 5), 1);
	pair_run(p);
	assert_int_equal(received(&p->a, fd), 1);
	assert_int_equal(ln_getsockname(p->a.ln, fd, &sin, &len), 0);
	assert_int_equal(sin.sin_addr, 0);
	assert_int_equal(be16_to_cpu(sin.sin_port), 5);
}

/* A thousand connected sockets on one port: each gets its own peer's datagrams. */
static void test_many_connected_on_one_port(void **state)
{
	struct pair *p = *state;
	static int fd[1000];
	char buf[8];
	u32 n;
	int client = udp_socket(&p->b);

	for (u32 i = 0; i < 1000; i++) {
		fd[i] = udp_socket(&p->a);
		opt_on(&p->a, fd[i], LN_SOL_SOCKET, LN_SO_REUSEADDR);
		assert_int_equal(bind_to(&p->a, fd[i], ADDR_A, 5), 0);
		assert_int_equal(connect_to(&p->a, fd[i], ADDR_B, (u16)(1000 + i)), 0);
	}
	ln_close(p->b.ln, client);
	for (u32 i = 0; i < 1000; i += 37) {
		client = udp_bound(&p->b, 0, (u16)(1000 + i));
		assert_int_equal(send_to(&p->b, client, &i, 4, ADDR_A, 5), 4);
		pair_run(p);
		assert_int_equal(ln_recv(p->a.ln, fd[i], buf, 8, 0), 4);
		memcpy(&n, buf, 4);
		assert_int_equal(n, i);
	}
}

/* Two with SO_REUSEADDR on one port: the newest gets it all. */
static void test_reuseaddr_newest_wins(void **state)
{
	struct pair *p = *state;
	int old = udp_socket(&p->b), young = udp_socket(&p->b), fd = udp_socket(&p->a);

	opt_on(&p->b, old, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	opt_on(&p->b, young, LN_SOL_SOCKET, LN_SO_REUSEADDR);
	assert_int_equal(bind_to(&p->b, old, 0, 9), 0);
	assert_int_equal(bind_to(&p->b, young, 0, 9), 0);
	send_to(&p->a, fd, "x", 1, ADDR_B, 9);
	pair_run(p);
	assert_int_equal(received(&p->b, old), 0);
	assert_int_equal(received(&p->b, young), 1);
}

/* ---- buffers ---- */

static void test_receive_buffer_is_bounded(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), fd = udp_socket(&p->a), size = 1, got;

	assert_int_equal(ln_setsockopt(p->b.ln, server, LN_SOL_SOCKET, LN_SO_RCVBUF, &size, 4), 0);
	assert_int_equal(opt_get(&p->b, server, LN_SOL_SOCKET, LN_SO_RCVBUF), 2304);
	for (int i = 0; i < 50; i++) {
		send_to(&p->a, fd, "x", 1, ADDR_B, 9);
		pair_run(p);
	}
	got = received(&p->b, server);
	assert_in_range(got, 1, 4);
	assert_int_equal(p->b.net.mib[MIB_UdpRcvbufErrors], 50 - got);
	assert_int_equal(p->b.net.mib[MIB_UdpInErrors], 50 - got);
	assert_int_equal(p->b.net.drops[SKB_DROP_REASON_SOCKET_RCVBUFF], 50 - got);
	/* Read empty, it takes more. */
	send_to(&p->a, fd, "x", 1, ADDR_B, 9);
	pair_run(p);
	assert_int_equal(received(&p->b, server), 1);
}

static void count_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	unsigned *seen = ctx;

	(void)net;
	(void)fd;
	seen[0]++;
	seen[1] = events;
}

/* A device that does not send fills the send buffer: -EAGAIN, and a wake-up when there is room. */
static void test_send_buffer_is_bounded(void **state)
{
	struct pair *p = *state;
	struct bare_dev *bd = netdev_priv(p->a.dev);
	int server = udp_bound(&p->b, 0, 9), fd = udp_socket(&p->a), size = 4608;
	struct ln_pollfd pfd = { fd, LN_POLLOUT, 0 };
	unsigned woken[2] = { 0 };
	int n = 0;

	send_to(&p->a, fd, "arp", 3, ADDR_B, 9);
	pair_run(p);
	received(&p->b, server);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, &size, 4), 0);
	ln_set_wake(p->a.ln, fd, count_wake, woken);
	bd->room = 1;
	while (send_to(&p->a, fd, "x", 1, ADDR_B, 9) == 1)
		assert_in_range(n++, 0, 100);
	assert_int_equal(send_to(&p->a, fd, "x", 1, ADDR_B, 9), -EAGAIN);
	assert_int_equal(ln_poll(p->a.ln, &pfd, 1), 0);
	assert_int_equal(woken[0], 0);
	bd->room = UINT32_MAX;
	netif_wake_queue(p->a.dev);
	pair_run(p);
	assert_int_equal(woken[0], 1);
	assert_true(woken[1] & LN_POLLOUT);
	assert_int_equal(ln_poll(p->a.ln, &pfd, 1), 1);
	assert_int_equal(received(&p->b, server), n);
}

static void test_shutdown(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->a);
	struct ln_pollfd pfd = { fd, LN_POLLIN | LN_POLLRDHUP, 0 };
	char buf[8];

	assert_int_equal(ln_shutdown(p->a.ln, fd, LN_SHUT_WR), -ENOTCONN);
	assert_int_equal(connect_to(&p->a, fd, ADDR_B, 9), 0);
	assert_int_equal(ln_shutdown(p->a.ln, fd, 3), -EINVAL);
	assert_int_equal(ln_shutdown(p->a.ln, fd, LN_SHUT_RDWR), 0);
	assert_int_equal(ln_send(p->a.ln, fd, "x", 1, 0), -EPIPE);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, 8, 0), 0);
	assert_int_equal(ln_recv(p->a.ln, fd, buf, 8, LN_MSG_DONTWAIT), -EAGAIN);
	assert_int_equal(ln_poll(p->a.ln, &pfd, 1), 1);
	assert_int_equal(pfd.revents, LN_POLLIN | LN_POLLRDHUP | LN_POLLHUP);
}

/* ---- control messages ---- */

static void test_pktinfo_and_ttl(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), fd = udp_socket(&p->a), ttl = 42;
	u8 control[128];
	char buf[8];
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { NULL, 0, &iov, 1, control, sizeof(control), 0 };
	struct ln_cmsghdr c;
	struct ln_in_pktinfo info;

	assert_int_equal(opt_on(&p->b, server, LN_SOL_IP, LN_IP_PKTINFO), 0);
	assert_int_equal(opt_on(&p->b, server, LN_SOL_IP, LN_IP_RECVTTL), 0);
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_IP, LN_IP_TTL, &ttl, 4), 0);
	send_to(&p->a, fd, "x", 1, ADDR_B, 9);
	send_to(&p->a, fd, "y", 1, ADDR_B, 9);
	pair_run(p);
	assert_int_equal(ln_recvmsg(p->b.ln, server, &msg, 0), 1);
	assert_int_equal(msg.msg_flags, 0);
	assert_int_equal(msg.msg_controllen, 32 + 24);
	memcpy(&c, control, sizeof(c));
	memcpy(&info, control + sizeof(c), sizeof(info));
	assert_int_equal(c.cmsg_type, LN_IP_PKTINFO);
	assert_int_equal(info.ipi_addr, ADDR_B);
	assert_int_equal(info.ipi_spec_dst, ADDR_B);
	assert_int_equal(info.ipi_ifindex, p->b.dev->ifindex);
	memcpy(&c, control + 32, sizeof(c));
	assert_int_equal(c.cmsg_type, LN_IP_TTL);
	memcpy(&ttl, control + 32 + sizeof(c), 4);
	assert_int_equal(ttl, 42);
	/* Room for one and a bit. */
	msg.msg_controllen = 40;
	assert_int_equal(ln_recvmsg(p->b.ln, server, &msg, 0), 1);
	assert_true(msg.msg_flags & LN_MSG_CTRUNC);
	assert_int_equal(msg.msg_controllen, 32);
}

/* sendmsg() with IP_PKTINFO and IP_TTL of its own; a malformed one is refused. */
static void test_send_control(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9), fd = udp_socket(&p->a);
	struct ln_sockaddr_in to = sin_of(ADDR_B, 9), from;
	struct {
		struct ln_cmsghdr h1;
		struct ln_in_pktinfo info;
		struct ln_cmsghdr h2 __aligned(8);
		int ttl;
	} c = {
		{ sizeof(c.h1) + sizeof(c.info), LN_SOL_IP, LN_IP_PKTINFO },
		{ 0, IP(10, 0, 0, 9), 0 },
		{ sizeof(c.h2) + sizeof(c.ttl), LN_SOL_IP, LN_IP_TTL }, 7,
	};
	char buf[8] = "hello";
	struct ln_iovec iov[2] = { { buf, 2 }, { buf + 2, 3 } };
	struct ln_msghdr msg = { &to, sizeof(to), iov, 2, &c, sizeof(c), 0 };

	assert_int_equal(inet_addr_add(p->a.dev, IP(10, 0, 0, 9), 24, IP(10, 0, 0, 255), 0), 0);
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &msg, 0), 5);
	pair_run(p);
	assert_int_equal(recv_from(&p->b, server, buf, 8, 0, &from), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(from.sin_addr, IP(10, 0, 0, 9));
	assert_int_equal((p->last + ETH_HLEN)[8], 7);
	c.info.ipi_spec_dst = IP(10, 0, 0, 55);
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &msg, 0), -ENETUNREACH);	/* not ours */
	c.h1.cmsg_len = 1;
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &msg, 0), -EINVAL);
	c.h1.cmsg_len = 4096;
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &msg, 0), -EINVAL);
}

/* Each allocation on the way fails in its turn: an error or a lost datagram, never more. */
static void test_no_memory(void **state)
{
	struct pair *p = *state;
	int server = udp_bound(&p->b, 0, 9);
	u8 data[3000];
	bool arrived = false;

	fill(data, sizeof(data));
	for (u64 nth = 1; !arrived; nth++) {
		int fd;

		assert_in_range(nth, 1, 200);
		p->a.net.mem.fail_after = nth;
		fd = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_DGRAM, 0);
		if (fd < 0) {
			assert_int_equal(fd, -ENOMEM);
			continue;
		}
		connect_to(&p->a, fd, ADDR_B, 9);
		send_to(&p->a, fd, data, sizeof(data), ADDR_B, 9);
		pair_advance(p, 4000);
		arrived = received(&p->b, server) && p->a.net.mem.fail_after;
		p->a.net.mem.fail_after = 0;
		assert_int_equal(ln_close(p->a.ln, fd), 0);
	}
	for (u64 nth = 1; nth < 40; nth++) {
		int fd = udp_socket(&p->a);

		p->b.net.mem.fail_after = nth;
		send_to(&p->a, fd, data, sizeof(data), ADDR_B, 9);
		pair_run(p);
		p->b.net.mem.fail_after = 0;
		received(&p->b, server);
		ln_close(p->a.ln, fd);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_request_and_answer),
		T(test_sizes),
		T(test_on_the_wire),
		T(test_bad_checksum_is_dropped),
		T(test_cork),
		T(test_port_unreachable),
		T(test_icmp_errors_of_connected_sockets),
		T(test_recverr),
		T(test_destinations),
		T(test_broadcast_receivers),
		T(test_multicast),
		T(test_self),
		T(test_self_by_device),
		T(test_bind_errors),
		T(test_connect_and_disconnect),
		T(test_many_connected_on_one_port),
		T(test_reuseaddr_newest_wins),
		T(test_receive_buffer_is_bounded),
		T(test_send_buffer_is_bounded),
		T(test_shutdown),
		T(test_pktinfo_and_ttl),
		T(test_send_control),
		T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
