/* SPDX-License-Identifier: MIT */
/* Raw, ping and packet sockets of two hosts (row I5; PI-35). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"
#include "wire/icmp.h"
#include "wire/udp.h"

#define ETH_P_ALL CONST_BE16(0x0003)

static int ping_socket(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_ICMP);

	assert_true(fd >= 0);
	return fd;
}

static int raw_socket(struct host *h, int protocol)
{
	int fd = ln_socket(h->ln, LN_AF_INET, LN_SOCK_RAW, protocol);

	assert_true(fd >= 0);
	return fd;
}

/* An echo request of 8 + n bytes; its id and checksum are nonsense that must not be sent. */
static ptrdiff_t send_echo(struct host *h, int fd, be32 to, u16 seq, size_t n)
{
	static u8 message[65536];
	struct icmphdr *ih = (void *)message;

	for (size_t i = 0; i < n; i++)
		message[8 + i] = (u8)(i * 3);
	*ih = (struct icmphdr){ .type = ICMP_ECHO, .checksum = 0x5555 };
	ih->un.echo.id = 0x6666;
	ih->un.echo.sequence = cpu_to_be16(seq);
	return send_to(h, fd, message, 8 + n, to, 0);
}

static u16 local_port(struct host *h, int fd)
{
	struct ln_sockaddr_in sin;
	u32 len = sizeof(sin);

	assert_int_equal(ln_getsockname(h->ln, fd, &sin, &len), 0);
	return be16_to_cpu(sin.sin_port);
}

static void test_ping(void **state)
{
	static const size_t sizes[] = { 0, 1, 56, 57, 1472, 1473, 20000, 65507 };
	struct pair *p = *state;
	int fd = ping_socket(&p->a), other = ping_socket(&p->a);
	u8 *reply = malloc(65536);
	struct ln_sockaddr_in from;
	u32 len = sizeof(from);
	struct icmp_view v;

	assert_int_equal(bind_to(&p->a, other, 0, 77), 0);
	for (u16 i = 0; i < ARRAY_SIZE(sizes); i++) {
		ptrdiff_t want = (ptrdiff_t)sizes[i] + 8;

		assert_int_equal(send_echo(&p->a, fd, ADDR_B, i, sizes[i]), want);
		pair_run(p);
		assert_int_equal(ln_recvfrom(p->a.ln, fd, reply, 65536, 0, &from, &len), want);
		assert_int_equal(icmp_parse(reply, (size_t)want, &v), WIRE_OK);
		assert_int_equal(v.type, ICMP_ECHOREPLY);
		assert_int_equal(v.id, local_port(&p->a, fd));
		assert_int_equal(v.sequence, i);
		for (size_t j = 0; j < v.data_len; j++)
			assert_int_equal(v.data[j], (u8)(j * 3));
		assert_int_equal(from.sin_addr, ADDR_B);
	}
	assert_int_equal(ln_recv(p->a.ln, other, reply, 65536, 0), -EAGAIN);
	assert_int_equal(send_echo(&p->a, other, ADDR_B, 1, 1), 9);
	pair_run(p);
	assert_int_equal(ln_recv(p->a.ln, other, reply, 65536, 0), 9);
	assert_int_equal(get_be16(reply + 4), 77);
	assert_int_equal(p->a.net.mib[MIB_IcmpOutEchos], ARRAY_SIZE(sizes) + 1);
	assert_int_equal(p->a.net.mib[MIB_IcmpInEchoReps], ARRAY_SIZE(sizes) + 1);
	free(reply);
}

static void test_ping_refusals(void **state)
{
	struct pair *p = *state;
	int fd = ping_socket(&p->a), same = ping_socket(&p->a), off = 0;
	u8 m[16] = { ICMP_ECHO };

	assert_int_equal(send_to(&p->a, fd, m, 7, ADDR_B, 0), -EINVAL);
	assert_int_equal(ln_send(p->a.ln, fd, m, 8, 0), -EDESTADDRREQ);
	m[1] = 1;
	assert_int_equal(send_to(&p->a, fd, m, 8, ADDR_B, 0), -EINVAL);
	m[0] = ICMP_ECHOREPLY;
	m[1] = 0;
	assert_int_equal(send_to(&p->a, fd, m, 8, ADDR_B, 0), -EINVAL);
	assert_int_equal(send_echo(&p->a, fd, ADDR_B, 0, 65508), -EMSGSIZE);
	assert_int_equal(send_echo(&p->a, fd, IP(10, 0, 0, 255), 0, 0), -EACCES);
	assert_int_equal(send_echo(&p->a, fd, IP(192, 0, 2, 1), 0, 0), -ENETUNREACH);
	assert_int_equal(bind_to(&p->a, same, ADDR_B, 5), -EADDRNOTAVAIL);
	assert_int_equal(bind_to(&p->a, same, IP(10, 0, 0, 255), 5), -EADDRNOTAVAIL);
	/* One identifier, one socket, unless both say otherwise; they do from birth (Linux). */
	ln_setsockopt(p->a.ln, same, LN_SOL_SOCKET, LN_SO_REUSEADDR, &off, 4);
	assert_int_equal(bind_to(&p->a, same, 0, local_port(&p->a, fd)), -EADDRINUSE);
}

/* b tells of the last frame that a sent. */
static void send_icmp_error(struct pair *p, u8 type, u8 code)
{
	struct icmp_view v = { .type = type, .code = code, .mtu = 1000, .data_len = 28 };
	int raw = raw_socket(&p->b, LN_IPPROTO_ICMP);
	u8 quoted[28], message[64];
	size_t n;

	memcpy(quoted, p->last + ETH_HLEN, 28);
	v.data = quoted;
	n = icmp_build(message, &v);
	assert_int_equal(send_to(&p->b, raw, message, n, ADDR_A, 0), n);
	pair_run(p);
	ln_close(p->b.ln, raw);
}

/* As ping(8) sees a router's "time to live exceeded". */
static void test_ping_errors(void **state)
{
	struct pair *p = *state;
	int fd = ping_socket(&p->a);
	u8 control[128], buf[64];
	struct ln_sockaddr_in to;
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { &to, sizeof(to), &iov, 1, control, sizeof(control), 0 };
	struct ln_sock_extended_err ee;

	send_echo(&p->a, fd, ADDR_B, 0, 0);	/* ARP is done with it */
	pair_run(p);
	ln_recv(p->a.ln, fd, buf, sizeof(buf), 0);
	p->b.net.sysctl.icmp_echo_ignore_all = 1;
	assert_int_equal(send_echo(&p->a, fd, ADDR_B, 3, 56), 64);
	pair_run(p);
	send_icmp_error(p, ICMP_TIME_EXCEEDED, 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), 0);	/* not asked for */
	opt_on(&p->a, fd, LN_SOL_IP, LN_IP_RECVERR);
	assert_int_equal(send_echo(&p->a, fd, ADDR_B, 3, 56), 64);
	pair_run(p);
	send_icmp_error(p, ICMP_TIME_EXCEEDED, 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR), EHOSTUNREACH);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &msg, LN_MSG_ERRQUEUE), 8);
	assert_int_equal(buf[0], ICMP_ECHO);
	assert_int_equal(get_be16(buf + 6), 3);
	assert_int_equal(to.sin_addr, ADDR_B);
	memcpy(&ee, control + sizeof(struct ln_cmsghdr), sizeof(ee));
	assert_int_equal(ee.ee_type, ICMP_TIME_EXCEEDED);
	assert_int_equal(ee.ee_errno, EHOSTUNREACH);
}

/* A raw socket gets the whole packet beside the protocol, and ICMP_FILTER keeps types away. */
static void test_raw_receive(void **state)
{
	struct pair *p = *state;
	int icmp = raw_socket(&p->b, LN_IPPROTO_ICMP), udp = raw_socket(&p->b, LN_IPPROTO_UDP);
	int ping = ping_socket(&p->a), server = udp_bound(&p->b, 0, 9), fd = udp_socket(&p->a);
	u32 filter = BIT(ICMP_ECHO), len = 4;
	struct ipv4_view v;
	u8 buf[200];

	send_echo(&p->a, ping, ADDR_B, 1, 4);
	send_to(&p->a, fd, "data", 4, ADDR_B, 9);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, icmp, buf, sizeof(buf), 0), 32);
	assert_int_equal(ipv4_parse(buf, 32, &v), WIRE_OK);
	assert_int_equal(v.saddr, ADDR_A);
	assert_int_equal(v.protocol, 1);
	assert_int_equal(ln_recv(p->b.ln, udp, buf, sizeof(buf), 0), 32);
	assert_memory_equal(buf + 28, "data", 4);
	assert_int_equal(ln_recv(p->b.ln, server, buf, sizeof(buf), 0), 4);
	assert_int_equal(ln_recv(p->a.ln, ping, buf, sizeof(buf), 0), 12);	/* answered */

	assert_int_equal(ln_setsockopt(p->b.ln, icmp, LN_SOL_RAW, LN_ICMP_FILTER, &filter, 4), 0);
	filter = 0;
	assert_int_equal(ln_getsockopt(p->b.ln, icmp, LN_SOL_RAW, LN_ICMP_FILTER, &filter, &len),
			 0);
	assert_int_equal(filter, BIT(ICMP_ECHO));
	assert_int_equal(ln_setsockopt(p->b.ln, udp, LN_SOL_RAW, LN_ICMP_FILTER, &filter, 4),
			 -EOPNOTSUPP);
	send_echo(&p->a, ping, ADDR_B, 1, 4);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, icmp, buf, sizeof(buf), 0), -EAGAIN);
	/* Connected to another host: not for it. */
	assert_int_equal(connect_to(&p->b, udp, IP(10, 0, 0, 9), 0), 0);
	send_to(&p->a, fd, "data", 4, ADDR_B, 9);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, udp, buf, sizeof(buf), 0), -EAGAIN);
}

/* A protocol that nobody speaks: no error while a raw socket takes it. */
static void test_raw_own_protocol(void **state)
{
	struct pair *p = *state;
	int out = raw_socket(&p->a, 253), in = raw_socket(&p->b, 253);
	u8 *big = calloc(1, 65536), *got = malloc(65536);

	big[64000] = 42;
	assert_int_equal(send_to(&p->a, out, big, 65515, ADDR_B, 0), 65515);
	assert_int_equal(send_to(&p->a, out, big, 65516, ADDR_B, 0), -EMSGSIZE);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, in, got, 65536, 0), 65535);
	assert_int_equal(got[64020], 42);
	assert_int_equal(p->b.net.mib[MIB_IpInUnknownProtos], 0);
	ln_close(p->b.ln, in);
	assert_int_equal(send_to(&p->a, out, "x", 1, ADDR_B, 0), 1);
	pair_run(p);
	assert_int_equal(p->b.net.mib[MIB_IpInUnknownProtos], 1);
	free(big);
	free(got);
}

/* One byte of protocol 253 from a to b, and b's error about it; what SO_ERROR says then. */
static int error_about_one(struct pair *p, int fd, u8 type, u8 code)
{
	assert_int_equal(send_to(&p->a, fd, "payload", 8, ADDR_B, 0), 8);
	pair_run(p);
	send_icmp_error(p, type, code);
	return opt_get(&p->a, fd, LN_SOL_SOCKET, LN_SO_ERROR);
}

/* raw(7): a connected socket is told what is final, one with IP_RECVERR all, others nothing. */
static void test_raw_errors(void **state)
{
	static const struct {
		u8 type, code;
		int connected, recverr;
	} cases[] = {
		{ ICMP_TIME_EXCEEDED, 0, 0, EHOSTUNREACH },
		{ ICMP_SOURCE_QUENCH, 0, 0, 0 },
		{ ICMP_PARAMETERPROB, 0, EPROTO, EPROTO },
		{ ICMP_DEST_UNREACH, ICMP_NET_UNREACH, 0, ENETUNREACH },
		{ ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, ENOPROTOOPT, ENOPROTOOPT },
		{ ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, EMSGSIZE, EMSGSIZE },
		{ ICMP_DEST_UNREACH, ICMP_HOST_ANO, EHOSTUNREACH, EHOSTUNREACH },
	};
	struct pair *p = *state;
	int plain = raw_socket(&p->a, 253), connected = raw_socket(&p->a, 253);
	int other = raw_socket(&p->a, 253), recverr = raw_socket(&p->a, 253);
	int protocol = raw_socket(&p->a, 252);

	raw_socket(&p->b, 253);
	assert_int_equal(connect_to(&p->a, connected, ADDR_B, 0), 0);
	assert_int_equal(connect_to(&p->a, other, IP(10, 0, 0, 9), 0), 0);
	opt_on(&p->a, recverr, LN_SOL_IP, LN_IP_RECVERR);
	opt_on(&p->a, protocol, LN_SOL_IP, LN_IP_RECVERR);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(error_about_one(p, plain, cases[i].type, cases[i].code), 0);
		assert_int_equal(opt_get(&p->a, connected, LN_SOL_SOCKET, LN_SO_ERROR),
				 cases[i].connected);
		assert_int_equal(opt_get(&p->a, recverr, LN_SOL_SOCKET, LN_SO_ERROR),
				 cases[i].recverr);
		assert_int_equal(opt_get(&p->a, other, LN_SOL_SOCKET, LN_SO_ERROR), 0);
		assert_int_equal(opt_get(&p->a, protocol, LN_SOL_SOCKET, LN_SO_ERROR), 0);
	}
	assert_int_equal(opt_get(&p->a, connected, LN_SOL_IP, LN_IP_MTU), 1000);
}

/* What IP_RECVERR shows of the packet: its payload, with IP_HDRINCL its header too. */
static void test_raw_error_queue(void **state)
{
	struct pair *p = *state;
	int fd = raw_socket(&p->a, 253), hdrincl = raw_socket(&p->a, 253);
	int all = raw_socket(&p->a, IP_PROTO_RAW);
	u8 control[128], buf[64];
	struct ln_sockaddr_in to;
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr msg = { &to, sizeof(to), &iov, 1, control, sizeof(control), 0 };
	struct ln_sock_extended_err ee;

	raw_socket(&p->b, 253);
	opt_on(&p->a, hdrincl, LN_SOL_IP, LN_IP_HDRINCL);
	opt_on(&p->a, fd, LN_SOL_IP, LN_IP_RECVERR);
	opt_on(&p->a, hdrincl, LN_SOL_IP, LN_IP_RECVERR);
	opt_on(&p->a, all, LN_SOL_IP, LN_IP_RECVERR);
	assert_int_equal(error_about_one(p, fd, ICMP_TIME_EXCEEDED, 0), EHOSTUNREACH);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &msg, LN_MSG_ERRQUEUE), 8);
	assert_memory_equal(buf, "payload", 8);
	assert_int_equal(to.sin_addr, ADDR_B);
	memcpy(&ee, control + sizeof(struct ln_cmsghdr), sizeof(ee));
	assert_int_equal(ee.ee_errno, EHOSTUNREACH);
	assert_int_equal(ee.ee_type, ICMP_TIME_EXCEEDED);
	assert_int_equal(ln_recvmsg(p->a.ln, hdrincl, &msg, LN_MSG_ERRQUEUE), 28);
	assert_int_equal(buf[9], 253);
	assert_memory_equal(buf + 20, "payload", 8);
	assert_int_equal(ln_recvmsg(p->a.ln, all, &msg, LN_MSG_ERRQUEUE), -EAGAIN);
}

/* IP_HDRINCL: what the user left 0 is filled in; nonsense is refused. */
static void test_hdrincl(void **state)
{
	struct pair *p = *state;
	int out = raw_socket(&p->a, IP_PROTO_RAW), in = raw_socket(&p->b, 99);
	struct ipv4_view v = {
		.hlen = 20, .tot_len = 1, .ttl = 9, .protocol = 99, .daddr = ADDR_B,
	};
	u8 packet[1600] = { 0 }, got[1600];
	struct ipv4_view seen;

	ipv4_build(packet, &v);
	packet[2] = 7;		/* a wrong length */
	packet[10] ^= 0xff;	/* and checksum */
	memcpy(packet + 20, "payload", 7);
	assert_int_equal(opt_get(&p->a, out, LN_SOL_IP, LN_IP_HDRINCL), 1);
	assert_int_equal(send_to(&p->a, out, packet, 27, ADDR_B, 0), 27);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, in, got, sizeof(got), 0), 27);
	assert_int_equal(ipv4_parse(got, 27, &seen), WIRE_OK);
	assert_int_equal(seen.saddr, ADDR_A);
	assert_int_equal(seen.ttl, 9);
	assert_int_not_equal(seen.id, 0);
	assert_memory_equal(got + 20, "payload", 7);
	assert_int_equal(send_to(&p->a, out, packet, 1500, ADDR_B, 0), 1500);
	assert_int_equal(send_to(&p->a, out, packet, 1501, ADDR_B, 0), -EMSGSIZE);
	assert_int_equal(send_to(&p->a, out, packet, 19, ADDR_B, 0), -EINVAL);
	packet[0] = 0x4f;	/* 60 bytes of header in 27 */
	assert_int_equal(send_to(&p->a, out, packet, 27, ADDR_B, 0), -EINVAL);
	packet[0] = 0x41;
	assert_int_equal(send_to(&p->a, out, packet, 27, ADDR_B, 0), -EINVAL);
}

/* ---- AF_PACKET ---- */

static struct ln_sockaddr_ll ll_of(struct host *h, be16 protocol)
{
	return (struct ln_sockaddr_ll){
		.sll_family = LN_AF_PACKET, .sll_protocol = protocol,
		.sll_ifindex = h->dev->ifindex,
	};
}

static void test_packet_tap(void **state)
{
	struct pair *p = *state;
	int tap = ln_socket(p->b.ln, LN_AF_PACKET, LN_SOCK_RAW, ETH_P_ALL);
	int ip = ln_socket(p->b.ln, LN_AF_PACKET, LN_SOCK_RAW, CONST_BE16(ETH_P_IP));
	int none = ln_socket(p->b.ln, LN_AF_PACKET, LN_SOCK_RAW, 0);
	int server = udp_bound(&p->b, 0, 9), fd = udp_socket(&p->a);
	struct ln_sockaddr_ll from;
	u32 len = sizeof(from), seen = 0, ipv4 = 0, outgoing = 0;
	u8 frame[1600];
	ptrdiff_t n;

	send_to(&p->a, fd, "data", 4, ADDR_B, 9);
	pair_run(p);
	while ((n = ln_recvfrom(p->b.ln, tap, frame, sizeof(frame), 0, &from, &len)) > 0) {
		seen++;
		outgoing += from.sll_pkttype == PACKET_OUTGOING;
		assert_int_equal(from.sll_ifindex, p->b.dev->ifindex);
		assert_in_range(n, 42, 60);
		assert_int_equal(get_be16(frame + 12), be16_to_cpu(from.sll_protocol));
	}
	assert_int_equal(seen, 3);		/* ARP request, reply, the datagram */
	assert_int_equal(outgoing, 1);
	while ((n = ln_recvfrom(p->b.ln, ip, frame, sizeof(frame), 0, &from, &len)) > 0) {
		ipv4++;
		assert_memory_equal(frame, p->last, 46);
		assert_memory_equal(from.sll_addr, p->a.dev->dev_addr, 6);
		assert_int_equal(from.sll_halen, 6);
		assert_int_equal(from.sll_pkttype, PACKET_HOST);
	}
	assert_int_equal(ipv4, 1);
	assert_int_equal(ln_recv(p->b.ln, none, frame, sizeof(frame), 0), -EAGAIN);
	assert_int_equal(ln_recv(p->b.ln, server, frame, sizeof(frame), 0), 4);
}

static void test_packet_send_and_bind(void **state)
{
	struct pair *p = *state;
	int out = ln_socket(p->a.ln, LN_AF_PACKET, LN_SOCK_RAW, 0);
	int in = ln_socket(p->b.ln, LN_AF_PACKET, LN_SOCK_RAW, 0);
	struct ln_sockaddr_ll ll = ll_of(&p->b, CONST_BE16(0x88b5)), name;
	u8 frame[1600] = { 0 }, got[1600];
	u32 len = sizeof(name);

	assert_int_equal(ln_bind(p->b.ln, in, &ll, 19), -EINVAL);
	ll.sll_ifindex = 99;
	assert_int_equal(ln_bind(p->b.ln, in, &ll, sizeof(ll)), -ENODEV);
	ll = ll_of(&p->b, CONST_BE16(0x88b5));
	assert_int_equal(ln_bind(p->b.ln, in, &ll, sizeof(ll)), 0);
	assert_int_equal(ln_getsockname(p->b.ln, in, &name, &len), 0);
	assert_int_equal(name.sll_ifindex, p->b.dev->ifindex);
	assert_memory_equal(name.sll_addr, p->b.dev->dev_addr, 6);
	assert_int_equal(ln_getpeername(p->b.ln, in, &name, &len), -EOPNOTSUPP);
	assert_int_equal(ln_connect(p->b.ln, in, &ll, sizeof(ll)), -EOPNOTSUPP);
	assert_int_equal(ln_listen(p->b.ln, in, 1), -EOPNOTSUPP);
	assert_int_equal(ln_shutdown(p->b.ln, in, 1), -EOPNOTSUPP);

	memset(frame, 0xff, 6);
	memcpy(frame + 6, p->a.dev->dev_addr, 6);
	put_be16(frame + 12, 0x88b5);
	memcpy(frame + 14, "hello", 5);
	ll = ll_of(&p->a, 0);
	assert_int_equal(ln_send(p->a.ln, out, frame, 60, 0), -ENXIO);
	assert_int_equal(ln_sendto(p->a.ln, out, frame, 13, 0, &ll, sizeof(ll)), -EINVAL);
	assert_int_equal(ln_sendto(p->a.ln, out, frame, 1515, 0, &ll, sizeof(ll)), -EMSGSIZE);
	assert_int_equal(ln_sendto(p->a.ln, out, frame, 1514, 0, &ll, sizeof(ll)), 1514);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, in, got, sizeof(got), 0), 1514);
	assert_memory_equal(got, frame, 1514);
	dev_close(p->a.dev);
	assert_int_equal(ln_sendto(p->a.ln, out, frame, 60, 0, &ll, sizeof(ll)), -ENETDOWN);
}

/* The device goes away under the socket. */
static void test_packet_device_gone(void **state)
{
	struct pair *p = *state;
	int in = ln_socket(p->b.ln, LN_AF_PACKET, LN_SOCK_RAW, 0);
	struct net_device *dev = bare_dev_create(&p->b.net, "eth1", ether_setup);
	struct ln_sockaddr_ll ll = { .sll_family = LN_AF_PACKET, .sll_protocol = ETH_P_ALL,
				     .sll_ifindex = dev->ifindex };
	char c;

	dev_open(dev);
	assert_int_equal(ln_bind(p->b.ln, in, &ll, sizeof(ll)), 0);
	unregister_netdevice(dev);
	assert_int_equal(ln_recv(p->b.ln, in, &c, 1, 0), -ENETDOWN);
	assert_int_equal(ln_recv(p->b.ln, in, &c, 1, 0), -EAGAIN);
	assert_int_equal(ln_send(p->b.ln, in, &c, 1, 0), -ENXIO);
}

/* Unread frames are bounded and counted, and end with the socket. */
static void test_packet_buffer(void **state)
{
	struct pair *p = *state;
	int tap = ln_socket(p->b.ln, LN_AF_PACKET, LN_SOCK_RAW, ETH_P_ALL), size = 1;
	int fd = udp_socket(&p->a);

	udp_bound(&p->b, 0, 9);
	ln_setsockopt(p->b.ln, tap, LN_SOL_SOCKET, LN_SO_RCVBUF, &size, 4);
	for (int i = 0; i < 20; i++)
		send_to(&p->a, fd, "data", 4, ADDR_B, 9);
	pair_run(p);
	assert_in_range(p->b.net.drops[SKB_DROP_REASON_SOCKET_RCVBUFF], 10, 21);
	assert_int_equal(p->b.net.drops[SKB_DROP_REASON_QUEUE_PURGE], 0);
	ln_close(p->b.ln, tap);
	assert_in_range(p->b.net.drops[SKB_DROP_REASON_QUEUE_PURGE], 1, 5);
}

/* A frame that only a tap still holds is paid for, although it is a clone. */
static void test_packet_clones_are_charged(void **state)
{
	struct pair *p = *state;
	int tap = ln_socket(p->b.ln, LN_AF_PACKET, LN_SOCK_RAW, ETH_P_ALL);
	int server = udp_bound(&p->b, 0, 9), fd = udp_socket(&p->a);
	size_t before;
	u8 data[1400] = { 0 };

	send_to(&p->a, fd, data, 1, ADDR_B, 9);
	pair_run(p);
	before = p->b.net.mem.used;
	for (int i = 0; i < 50; i++) {
		send_to(&p->a, fd, data, sizeof(data), ADDR_B, 9);
		pair_run(p);
		assert_int_equal(ln_recv(p->b.ln, server, data, 1, 0), 1);
	}
	assert_true(p->b.net.mem.used - before >= 50 * sizeof(data));
	ln_close(p->b.ln, tap);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_ping),
		T(test_ping_refusals),
		T(test_ping_errors),
		T(test_raw_receive),
		T(test_raw_own_protocol),
		T(test_raw_errors),
		T(test_raw_error_queue),
		T(test_hdrincl),
		T(test_packet_tap),
		T(test_packet_send_and_bind),
		T(test_packet_device_gone),
		T(test_packet_buffer),
		T(test_packet_clones_are_charged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
