/* SPDX-License-Identifier: MIT */
/*
 * UDP_SEGMENT and UDP_GRO in whole instances: what is sent in one call arrives as datagrams of the
 * right lengths, whoever cuts it and wherever; who asks for it reads them joined, others never do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "stack_pair.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define PORT 7000
#define MAX_LEN 65507

static u8 out[65536], in[65536];

struct control {
	struct ln_cmsghdr h;
	u8 data[16];
};

static int udp_socket(struct ln_net *net, unsigned who, u16 port)
{
	struct ln_sockaddr_in sin = pair_addr(who, port);
	int fd = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	if (port)
		assert_int_equal(ln_bind(net, fd, &sin, sizeof(sin)), 0);
	return fd;
}

static int set(struct ln_net *net, int fd, int name, int v)
{
	return ln_setsockopt(net, fd, LN_SOL_UDP, name, &v, sizeof(v));
}

static int get(struct ln_net *net, int fd, int name)
{
	u32 len = sizeof(int);
	int v = -1, err = ln_getsockopt(net, fd, LN_SOL_UDP, name, &v, &len);

	assert_int_equal(len, sizeof(v));
	return err ? err : v;
}

static ptrdiff_t send_to(struct ln_net *net, int fd, size_t len, unsigned who, u16 port)
{
	struct ln_sockaddr_in to = pair_addr(who, port);

	return ln_sendto(net, fd, out, len, 0, &to, sizeof(to));
}

/* With a control message of `len` bytes of payload. */
static ptrdiff_t send_cmsg(struct ln_net *net, int fd, size_t n, int type, const void *data,
			   size_t len)
{
	struct ln_sockaddr_in to = pair_addr(1, PORT);
	struct control c = { .h = { sizeof(c.h) + len, LN_SOL_UDP, type } };
	struct ln_iovec iov = { out, n };
	struct ln_msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov,
			       .msg_iovlen = 1, .msg_control = &c,
			       .msg_controllen = sizeof(c.h) + len };

	memcpy(c.data, data, len);
	return ln_sendmsg(net, fd, &m, 0);
}

static ptrdiff_t send_sized(struct ln_net *net, int fd, size_t n, u16 size)
{
	return send_cmsg(net, fd, n, LN_UDP_SEGMENT, &size, sizeof(size));
}

/* A datagram, or several; *size: what the cmsg says of each, 0 = there was none. */
static ptrdiff_t receive(struct ln_net *net, int fd, int *size)
{
	struct control c;
	struct ln_iovec iov = { in, sizeof(in) };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c,
			       .msg_controllen = sizeof(c) };
	ptrdiff_t n = ln_recvmsg(net, fd, &m, 0);

	*size = 0;
	if (n >= 0 && m.msg_controllen) {
		assert_int_equal(c.h.cmsg_level, LN_SOL_UDP);
		assert_int_equal(c.h.cmsg_type, LN_UDP_GRO);
		assert_int_equal(c.h.cmsg_len, sizeof(c.h) + sizeof(*size));
		memcpy(size, c.data, sizeof(*size));
	}
	return n;
}

/* `total` bytes come one datagram at a time, `each` long, and no more. */
static void assert_cut(struct ln_net *net, int fd, size_t total, size_t each)
{
	size_t got = 0;
	ptrdiff_t n;
	int size;

	while (got < total) {
		n = receive(net, fd, &size);
		assert_int_equal(n, min(each, total - got));
		assert_int_equal(size, 0);
		assert_memory_equal(in, out + got, (size_t)n);
		got += (size_t)n;
	}
	assert_int_equal(receive(net, fd, &size), -EAGAIN);
}

/* They come joined, in at most `calls` pieces, each of whole datagrams. */
static void assert_joined(struct ln_net *net, int fd, size_t total, size_t each, u32 calls)
{
	size_t got = 0;
	ptrdiff_t n;
	int size;

	for (u32 i = 0; got < total; i++) {
		assert_true(i < calls);
		n = receive(net, fd, &size);
		assert_true(n > 0);
		assert_true(size ? size == (int)each : n <= (ptrdiff_t)each);
		assert_memory_equal(in, out + got, (size_t)n);
		got += (size_t)n;
		assert_true(got == total || got % each == 0);
	}
	assert_int_equal(receive(net, fd, &size), -EAGAIN);
}

static void world(struct pair *p)
{
	struct ln_net_params np;

	ln_net_params_init(&np);
	pair_create(p, &np);
	assert_true(pair_connect(p));
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (u8)(i * 31 + (i >> 8) * 7);
}

static u64 mib(struct pair *p, unsigned who, u32 m)
{
	return net_of(p->net[who])->mib[m];
}

static void one_call_sends_many(void **state)
{
	static const u16 sizes[] = { 1, 7, 100, 512, 1001, 1472 };
	struct pair p;
	int fd[2];

	(void)state;
	world(&p);
	fd[0] = udp_socket(p.net[0], 0, 0);
	fd[1] = udp_socket(p.net[1], 1, PORT);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t total = min_t(size_t, sizes[i] * 40u + sizes[i] / 2, MAX_LEN);
		u64 sent = mib(&p, 0, MIB_UdpOutDatagrams), got = mib(&p, 1, MIB_UdpInDatagrams);
		u64 frames = net_of(p.net[1])->frames.rx;

		assert_int_equal(set(p.net[0], fd[0], LN_UDP_SEGMENT, sizes[i]), 0);
		assert_int_equal(get(p.net[0], fd[0], LN_UDP_SEGMENT), sizes[i]);
		assert_int_equal(send_to(p.net[0], fd[0], total, 1, PORT), total);
		pair_settle(&p);
		assert_cut(p.net[1], fd[1], total, sizes[i]);
		/* As Linux counts: one packet sent, each datagram received. */
		assert_int_equal(mib(&p, 0, MIB_UdpOutDatagrams) - sent, 1);
		assert_int_equal(mib(&p, 1, MIB_UdpInDatagrams) - got,
				 div_round_up(total, sizes[i]));
		assert_true(net_of(p.net[1])->frames.rx - frames >= div_round_up(total, sizes[i]));
	}
	assert_int_equal(mib(&p, 1, MIB_UdpInCsumErrors), 0);
	/* What is not longer than one is one. */
	assert_int_equal(send_to(p.net[0], fd[0], 1472, 1, PORT), 1472);
	pair_settle(&p);
	assert_cut(p.net[1], fd[1], 1472, 1472);
	pair_end(&p);
}

static void a_message_says_it_for_itself(void **state)
{
	u16 size = 300;
	struct pair p;
	int fd[2];

	(void)state;
	world(&p);
	fd[0] = udp_socket(p.net[0], 0, 0);
	fd[1] = udp_socket(p.net[1], 1, PORT);
	assert_int_equal(send_sized(p.net[0], fd[0], 1000, size), 1000);
	pair_settle(&p);
	assert_cut(p.net[1], fd[1], 1000, size);
	assert_int_equal(set(p.net[0], fd[0], LN_UDP_SEGMENT, 500), 0);
	assert_int_equal(send_sized(p.net[0], fd[0], 1000, 0), 1000);
	assert_int_equal(send_cmsg(p.net[0], fd[0], 10, LN_UDP_SEGMENT, &size, 1), -EINVAL);
	assert_int_equal(send_cmsg(p.net[0], fd[0], 10, LN_UDP_SEGMENT, "1234", 4), -EINVAL);
	assert_int_equal(send_cmsg(p.net[0], fd[0], 10, LN_UDP_GRO, &size, 2), -EINVAL);
	pair_settle(&p);
	assert_cut(p.net[1], fd[1], 1000, 1000);
	/* MSG_MORE: of what has grown together. */
	assert_int_equal(set(p.net[0], fd[0], LN_UDP_CORK, 1), 0);
	assert_int_equal(send_to(p.net[0], fd[0], 333, 1, PORT), 333);
	assert_int_equal(ln_send(p.net[0], fd[0], out + 333, 1667, 0), 1667);
	assert_int_equal(set(p.net[0], fd[0], LN_UDP_CORK, 0), 0);
	pair_settle(&p);
	assert_cut(p.net[1], fd[1], 2000, 500);
	pair_end(&p);
}

static struct ln_sockaddr_in6 addr6(unsigned who, u16 port)
{
	struct ln_sockaddr_in6 sin6 = { .sin6_family = LN_AF_INET6,
					.sin6_port = cpu_to_be16(port) };

	sin6.sin6_addr[0] = 0xfd;
	sin6.sin6_addr[15] = (u8)(1 + who);
	return sin6;
}

/* The world with IPv6, a sender and a reader. */
static void world6(struct pair *p, int fd[2])
{
	struct ln_sockaddr_in6 to = addr6(1, PORT);

	world(p);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pair_ctl(p, i, "sysctl -w net.ipv6.conf.all.disable_ipv6=0"), 0);
		assert_int_equal(pair_ctl(p, i, i ? "ip addr add fd00::2/64 dev eth0 nodad" :
					     "ip addr add fd00::1/64 dev eth0 nodad"), 0);
		fd[i] = ln_socket(p->net[i], LN_AF_INET6, LN_SOCK_DGRAM, 0);
		assert_true(fd[i] >= 0);
	}
	assert_int_equal(ln_bind(p->net[1], fd[1], &to, sizeof(to)), 0);
	assert_int_equal(ln_connect(p->net[0], fd[0], &to, sizeof(to)), 0);
	/* The neighbour is known before trains of datagrams wait for it. */
	assert_int_equal(ln_send(p->net[0], fd[0], out, 1, 0), 1);
	pair_settle(p);
	assert_cut(p->net[1], fd[1], 1, 1);
}

static void over_ipv6_one_call_sends_many_too(void **state)
{
	static const u16 sizes[] = { 1, 100, 1001, 1452 };
	struct pair p;
	int fd[2];

	(void)state;
	world6(&p, fd);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t total = min_t(size_t, sizes[i] * 40u + sizes[i] / 2, MAX_LEN - 20);
		u64 sent = mib(&p, 0, MIB_Udp6OutDatagrams);

		assert_int_equal(set(p.net[0], fd[0], LN_UDP_SEGMENT, sizes[i]), 0);
		assert_int_equal(ln_send(p.net[0], fd[0], out, total, 0), total);
		pair_settle(&p);
		assert_cut(p.net[1], fd[1], total, sizes[i]);
		assert_int_equal(mib(&p, 0, MIB_Udp6OutDatagrams) - sent, 1);
	}
	assert_int_equal(mib(&p, 1, MIB_Udp6InCsumErrors), 0);
	assert_int_equal(mib(&p, 1, MIB_Ip6ReasmReqds), 0);
	assert_int_equal(set(p.net[0], fd[0], LN_UDP_SEGMENT, 1453), 0);
	assert_int_equal(ln_send(p.net[0], fd[0], out, 3000, 0), -EMSGSIZE);
	pair_end(&p);
}

static void over_ipv6_who_wants_it_reads_them_joined(void **state)
{
	struct pair p;
	int fd[2];

	(void)state;
	world6(&p, fd);
	assert_int_equal(set(p.net[1], fd[1], LN_UDP_GRO, 1), 0);
	assert_int_equal(set(p.net[0], fd[0], LN_UDP_SEGMENT, 1000), 0);
	assert_int_equal(ln_send(p.net[0], fd[0], out, 40333, 0), 40333);
	pair_settle(&p);
	assert_joined(p.net[1], fd[1], 40333, 1000, 3);
	/* And nobody else: not even where the device joins for other machines. */
	assert_int_equal(pair_ctl(&p, 1, "ethtool -K eth0 rx-udp-gro-forwarding on"), 0);
	assert_int_equal(set(p.net[1], fd[1], LN_UDP_GRO, 0), 0);
	assert_int_equal(ln_send(p.net[0], fd[0], out, 5000, 0), 5000);
	pair_settle(&p);
	assert_cut(p.net[1], fd[1], 5000, 1000);
	pair_end(&p);
}

static void what_cannot_be_is_refused(void **state)
{
	struct pair p;
	int fd, other, on = 1;

	(void)state;
	world(&p);
	fd = udp_socket(p.net[0], 0, 0);
	assert_int_equal(set(p.net[0], fd, LN_UDP_SEGMENT, -1), -EINVAL);
	assert_int_equal(set(p.net[0], fd, LN_UDP_SEGMENT, 65536), -EINVAL);
	assert_int_equal(ln_setsockopt(p.net[0], fd, LN_SOL_UDP, LN_UDP_GRO, &on, 2), -EINVAL);
	assert_int_equal(set(p.net[0], fd, 99, 1), -ENOPROTOOPT);
	assert_int_equal(get(p.net[0], fd, 99), -ENOPROTOOPT);
	/* Each datagram has to fit the path; a single one that is shorter may. */
	assert_int_equal(set(p.net[0], fd, LN_UDP_SEGMENT, 1473), 0);
	assert_int_equal(send_to(p.net[0], fd, 3000, 1, PORT), -EMSGSIZE);
	assert_int_equal(send_to(p.net[0], fd, 1472, 1, PORT), 1472);
	assert_int_equal(set(p.net[0], fd, LN_UDP_SEGMENT, 1472), 0);
	assert_int_equal(send_to(p.net[0], fd, MAX_LEN + 1, 1, PORT), -EMSGSIZE);
	/* 128 of them */
	assert_int_equal(set(p.net[0], fd, LN_UDP_SEGMENT, 10), 0);
	assert_int_equal(send_to(p.net[0], fd, 1281, 1, PORT), -EINVAL);
	assert_int_equal(send_to(p.net[0], fd, 1280, 1, PORT), 1280);
	/* A socket that is not UDP's knows nothing of it. */
	other = ln_socket(p.net[0], LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_ICMP);
	assert_int_equal(set(p.net[0], other, LN_UDP_SEGMENT, 10), -ENOPROTOOPT);
	pair_settle(&p);
	pair_end(&p);
}

static void frames_are_what_single_sends_would_make(void **state)
{
	struct ln_nic_params params = { .name = "eth0" };
	struct ln_net_params np;
	struct ln_nic *nic;
	struct ln_net *net;
	u8 frame[2000];
	int fd, may_fragment = LN_IP_PMTUDISC_DONT;
	u16 first = 0;
	ptrdiff_t len;

	(void)state;
	ln_net_params_init(&np);
	net = ln_net_create(&np);
	nic = ln_nic_create(net, &params);
	assert_int_equal(ln_ctl(net, "ip addr add 10.0.0.1/24 dev eth0", NULL, 0, NULL), 0);
	assert_int_equal(ln_ctl(net, "ip link set eth0 up", NULL, 0, NULL), 0);
	assert_int_equal(ln_ctl(net, "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0",
				NULL, 0, NULL), 0);
	fd = udp_socket(net, 0, 0);
	ln_setsockopt(net, fd, LN_SOL_IP, LN_IP_MTU_DISCOVER, &may_fragment, sizeof(may_fragment));
	assert_int_equal(send_sized(net, fd, 2500, 1000), 2500);
	assert_int_equal(send_to(net, fd, 100, 1, PORT), 100);
	ln_net_run(net, PAIR_SEC);
	for (u32 i = 0; i < 4; i++) {
		const struct iphdr *iph = (const void *)(frame + ETH_HLEN);
		const struct udphdr *uh = (const void *)(iph + 1);
		u32 n = i < 2 ? 1000 : i == 2 ? 500 : 100;

		len = ln_nic_transmit(nic, frame, sizeof(frame));
		assert_int_equal(len, ETH_HLEN + IPV4_HLEN + UDP_HLEN + n);
		assert_int_equal(be16_to_cpu(iph->tot_len), len - ETH_HLEN);
		assert_int_equal(ip_fast_csum(iph, 5), 0);
		assert_int_equal(be16_to_cpu(uh->len), UDP_HLEN + n);
		assert_true(uh->check && udp_v4_csum_ok(uh, UDP_HLEN + n, iph->saddr, iph->daddr));
		/* None of the ids is used twice. */
		assert_int_equal(iph->frag_off, 0);
		first = i ? first : be16_to_cpu(iph->id);
		assert_int_equal(be16_to_cpu(iph->id), (u16)(first + i));
	}
	assert_int_equal(ln_nic_transmit(nic, frame, sizeof(frame)), 0);
	ln_net_destroy(net, NULL);
}

static void who_wants_it_reads_them_joined(void **state)
{
	struct pair p;
	int fd[2];

	(void)state;
	world(&p);
	fd[0] = udp_socket(p.net[0], 0, 0);
	fd[1] = udp_socket(p.net[1], 1, PORT);
	assert_int_equal(get(p.net[1], fd[1], LN_UDP_GRO), 0);
	assert_int_equal(set(p.net[1], fd[1], LN_UDP_GRO, 1), 0);
	assert_int_equal(get(p.net[1], fd[1], LN_UDP_GRO), 1);
	send_to(p.net[0], fd[0], 10, 1, PORT);
	pair_settle(&p);
	assert_joined(p.net[1], fd[1], 10, 10, 1);
	/* 41 that leave together are few again: the sender's ring has room for 32 at a time. */
	assert_int_equal(send_sized(p.net[0], fd[0], 40333, 1000), 40333);
	pair_settle(&p);
	assert_joined(p.net[1], fd[1], 40333, 1000, 3);
	assert_in_range(mib(&p, 1, MIB_UdpInDatagrams), 1 + 1, 1 + 3);
	/* As many as fit, at most 64. */
	assert_int_equal(send_sized(p.net[0], fd[0], 12800, 100), 12800);
	pair_settle(&p);
	assert_joined(p.net[1], fd[1], 12800, 100, 6);
	assert_int_equal(set(p.net[1], fd[1], LN_UDP_GRO, 0), 0);
	assert_int_equal(send_sized(p.net[0], fd[0], 5000, 1000), 5000);
	pair_settle(&p);
	assert_cut(p.net[1], fd[1], 5000, 1000);
	pair_end(&p);
}

static void only_equal_ones_of_a_flow_are_joined(void **state)
{
	struct pair p;
	int fd[3], size;

	(void)state;
	world(&p);
	fd[0] = udp_socket(p.net[0], 0, 100);
	fd[2] = udp_socket(p.net[0], 0, 200);
	fd[1] = udp_socket(p.net[1], 1, PORT);
	set(p.net[1], fd[1], LN_UDP_GRO, 1);
	send_to(p.net[0], fd[0], 1, 1, PORT);	/* the neighbour is known after it */
	pair_settle(&p);
	assert_int_equal(receive(p.net[1], fd[1], &size), 1);
	send_to(p.net[0], fd[0], 50, 1, PORT);
	send_to(p.net[0], fd[0], 50, 1, PORT);
	send_to(p.net[0], fd[2], 50, 1, PORT);
	send_to(p.net[0], fd[0], 60, 1, PORT);
	send_to(p.net[0], fd[0], 40, 1, PORT);
	send_to(p.net[0], fd[0], 0, 1, PORT);
	pair_settle(&p);
	assert_int_equal(receive(p.net[1], fd[1], &size), 100);
	assert_int_equal(size, 50);
	/* A shorter one ends it. */
	assert_int_equal(receive(p.net[1], fd[1], &size), 100);
	assert_int_equal(size, 60);
	assert_int_equal(receive(p.net[1], fd[1], &size), 0);
	/* The other flow waited until the end of the poll. */
	assert_int_equal(receive(p.net[1], fd[1], &size), 50);
	assert_int_equal(size, 0);
	assert_int_equal(receive(p.net[1], fd[1], &size), -EAGAIN);
	pair_end(&p);
}

static u32 large;

static void count_large(void *ctx, const struct ln_trace_event *ev)
{
	(void)ctx;
	large += ev->point == LN_TP_udp_rcv;
}

/* Over a cable that takes it, and by loopback, it is one packet up to the socket. */
static void it_travels_whole_where_it_can(void **state)
{
	struct ln_net_params np;
	struct pair p;
	int fd[3];

	(void)state;
	ln_net_params_init(&np);
	np.trace = count_large;
	pair_create(&p, &np);
	assert_true(pair_connect(&p));
	assert_int_equal(pair_ctl(&p, 0, "ethtool -K eth0 tx-udp-segmentation on"), 0);
	fd[0] = udp_socket(p.net[0], 0, 0);
	fd[1] = udp_socket(p.net[1], 1, PORT);
	fd[2] = udp_socket(p.net[0], 0, PORT);
	for (u32 gro = 0; gro < 2; gro++) {
		set(p.net[1], fd[1], LN_UDP_GRO, (int)gro);
		set(p.net[0], fd[2], LN_UDP_GRO, (int)gro);
		set(p.net[0], fd[0], LN_UDP_SEGMENT, 1000);
		large = 0;
		assert_int_equal(send_to(p.net[0], fd[0], 60500, 1, PORT), 60500);
		pair_settle(&p);
		assert_int_equal(large, 1);
		if (gro)
			assert_joined(p.net[1], fd[1], 60500, 1000, 1);
		else
			assert_cut(p.net[1], fd[1], 60500, 1000);
		assert_int_equal(send_to(p.net[0], fd[0], 60500, 0, PORT), 60500);
		pair_settle(&p);
		assert_int_equal(large, 2);
		if (gro)
			assert_joined(p.net[0], fd[2], 60500, 1000, 1);
		else
			assert_cut(p.net[0], fd[2], 60500, 1000);
	}
	pair_end(&p);
}

/* One of two that share a port and a broadcast reads it joined, the other cut. */
static void each_reader_of_a_broadcast_gets_it_his_way(void **state)
{
	struct ln_sockaddr_in all = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(PORT),
				      .sin_addr = INET_ADDR4(10, 0, 0, 255) };
	struct ln_sockaddr_in any = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(PORT) };
	int fd, reader[2], on = 1;
	struct pair p;

	(void)state;
	world(&p);
	pair_ctl(&p, 0, "ethtool -K eth0 tx-udp-segmentation on");
	fd = udp_socket(p.net[0], 0, 0);
	ln_setsockopt(p.net[0], fd, LN_SOL_SOCKET, LN_SO_BROADCAST, &on, sizeof(on));
	set(p.net[0], fd, LN_UDP_SEGMENT, 200);
	for (u32 i = 0; i < 2; i++) {
		reader[i] = udp_socket(p.net[1], 1, 0);
		ln_setsockopt(p.net[1], reader[i], LN_SOL_SOCKET, LN_SO_REUSEADDR, &on, sizeof(on));
		assert_int_equal(ln_bind(p.net[1], reader[i], &any, sizeof(any)), 0);
	}
	set(p.net[1], reader[0], LN_UDP_GRO, 1);
	assert_int_equal(ln_sendto(p.net[0], fd, out, 900, 0, &all, sizeof(all)), 900);
	pair_settle(&p);
	assert_joined(p.net[1], reader[0], 900, 200, 1);
	assert_cut(p.net[1], reader[1], 900, 200);
	pair_end(&p);
}

/* What the card has not sent yet fills the sender's buffer, cut or not. */
static void the_send_buffer_bounds_what_is_under_way(void **state)
{
	struct ln_nic_params params = { .name = "eth0", .tx_ring = 1024 };
	struct ln_net_params np;
	struct ln_nic *nic;
	struct ln_net *net;
	int fd, size = 20000, queued, n = 0;
	u8 frame[2000];

	(void)state;
	ln_net_params_init(&np);
	net = ln_net_create(&np);
	nic = ln_nic_create(net, &params);
	ln_ctl(net, "ip addr add 10.0.0.1/24 dev eth0", NULL, 0, NULL);
	ln_ctl(net, "ip link set eth0 up", NULL, 0, NULL);
	ln_ctl(net, "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0", NULL, 0, NULL);
	fd = udp_socket(net, 0, 0);
	ln_setsockopt(net, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, &size, sizeof(size));
	while (n < 100 && send_sized(net, fd, 10000, 1000) == 10000)
		n++;
	assert_in_range(n, 2, 5);
	assert_int_equal(ln_ioctl(net, fd, LN_SIOCOUTQ, &queued), 0);
	assert_true(queued >= n * 10000);
	for (int i = 0; i < n * 10; i++)
		assert_int_equal(ln_nic_transmit(nic, frame, sizeof(frame)), 1042);
	ln_net_run(net, PAIR_SEC);
	assert_int_equal(ln_ioctl(net, fd, LN_SIOCOUTQ, &queued), 0);
	assert_int_equal(queued, 0);
	ln_net_destroy(net, NULL);
}

/* Each request for memory fails in turn: something is lost, nothing leaks, nothing comes wrong. */
static void without_memory_something_is_lost(void **state)
{
	struct pair p;
	u32 lost = 0;
	int fd[2], size;

	(void)state;
	world(&p);
	fd[0] = udp_socket(p.net[0], 0, 0);
	fd[1] = udp_socket(p.net[1], 1, PORT);
	for (u32 turn = 0; turn < 160; turn++) {
		struct net *net = net_of(p.net[turn & 1]);
		size_t got = 0;
		ptrdiff_t n;

		/* At times the receiver has to cut, or to take what was joined. */
		pair_ctl(&p, 0, turn & 2 ? "ethtool -K eth0 tx-udp-segmentation on" :
					   "ethtool -K eth0 tx-udp-segmentation off");
		set(p.net[1], fd[1], LN_UDP_GRO, turn >> 2 & 1);
		net->mem.fail_after = 1 + turn / 8;
		send_sized(p.net[0], fd[0], 4700, 500);
		pair_settle(&p);
		net->mem.fail_after = 0;
		while ((n = receive(p.net[1], fd[1], &size)) >= 0) {
			assert_true(size == 500 || n == 500 || n == 200);
			got += (size_t)n;
		}
		assert_true(got <= 4700);
		lost += got < 4700;
		pair_run(&p, PAIR_SEC);
	}
	assert_in_range(lost, 5, 150);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_call_sends_many),
		cmocka_unit_test(a_message_says_it_for_itself),
		cmocka_unit_test(over_ipv6_one_call_sends_many_too),
		cmocka_unit_test(over_ipv6_who_wants_it_reads_them_joined),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(frames_are_what_single_sends_would_make),
		cmocka_unit_test(who_wants_it_reads_them_joined),
		cmocka_unit_test(only_equal_ones_of_a_flow_are_joined),
		cmocka_unit_test(it_travels_whole_where_it_can),
		cmocka_unit_test(each_reader_of_a_broadcast_gets_it_his_way),
		cmocka_unit_test(the_send_buffer_bounds_what_is_under_way),
		cmocka_unit_test(without_memory_something_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
