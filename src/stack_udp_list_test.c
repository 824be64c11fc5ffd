/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that come together and go straight to their sockets (net/ipv4/ip_list_in.h), and are
 * read and freed together (recvmmsg), fare as they would one by one: of two hosts that do the same
 * one gets random packets in bursts and reads in one call, its twin gets each in a run of its own
 * and reads one after the other. What is read, with all that is told of it, the wake-ups, counters,
 * drops, memory and what is sent back are compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stack_pair.h"
#include "stack_random.h"
#include "transport/sock.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/udp.h"

#define FRAMES_MAX 64
#define BURSTS 600
#define SOCKS 5
#define READS_MAX 48
#define PORT 4000

struct host {
	struct ln_net *net;
	struct ln_nic *nic;
	int fd[SOCKS], epoll;
	u64 sum, read, told;	/* of what was read, woken and sent */
};

static struct host host[2];
static struct frame in[FRAMES_MAX];
static const u8 mac[6] = { 2, 0, 0, 0, 0, 1 };
static const struct ip6_addr own6 = { { 0x20, 1, 0x0d, 0xb8, [15] = 0xfe } };

static u64 mixed(u64 sum, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ ((const u8 *)p)[i]) * 0x100000001b3ull;
	return sum;
}

static void both(const char *cmd)
{
	for (u32 i = 0; i < 2; i++)
		box_ctl(host[i].net, cmd);
}

/* ---- sockets ---- */

static void set(struct host *h, int fd, int level, int name, int v)
{
	assert_int_equal(ln_setsockopt(h->net, fd, level, name, &v, sizeof(v)), 0);
}

static struct ln_sockaddr_in addr4(u32 host_part, u16 port)
{
	return (struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port),
		.sin_addr = host_part ? INET_ADDR4(10, 0, 0, host_part) : 0,
	};
}

/* 0: bound to the port; 1: the same port, connected; 2: an address, little room; 3: of both
 * families; 4: IPv6 alone. */
static void sock_open(struct host *h, u32 i)
{
	struct ln_sockaddr_in to = addr4(9, 5000), at = addr4(i == 2 ? 254 : 0, PORT);
	struct ln_sockaddr_in6 at6 = { .sin6_family = LN_AF_INET6 };
	struct ln_epoll_event ev = { .events = LN_POLLIN | LN_EPOLLET, .data = i };
	int fd = ln_socket(h->net, i < 3 ? LN_AF_INET : LN_AF_INET6, LN_SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	h->fd[i] = fd;
	set(h, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, 1);
	at.sin_port = cpu_to_be16((u16)(PORT + (i == 1 ? 0 : i)));
	at6.sin6_port = at.sin_port;
	if (i < 3) {
		/* The address may have gone. */
		assert_true(!ln_bind(h->net, fd, &at, sizeof(at)) || i == 2);
		set(h, fd, LN_SOL_IP, LN_IP_PKTINFO, 1);
		set(h, fd, LN_SOL_IP, LN_IP_RECVTTL, 1);
	} else {
		set(h, fd, LN_SOL_IPV6, LN_IPV6_V6ONLY, i == 4);
		assert_int_equal(ln_bind(h->net, fd, &at6, sizeof(at6)), 0);
		set(h, fd, LN_SOL_IPV6, LN_IPV6_RECVPKTINFO, 1);
		set(h, fd, LN_SOL_IPV6, LN_IPV6_RECVHOPLIMIT, 1);
		set(h, fd, LN_SOL_IPV6, LN_IPV6_RECVTCLASS, 1);
	}
	if (i == 1)
		assert_int_equal(ln_connect(h->net, fd, &to, sizeof(to)), 0);
	if (i == 2)
		set(h, fd, LN_SOL_SOCKET, LN_SO_RCVBUF, 4000);
	set(h, fd, LN_SOL_SOCKET, LN_SO_TIMESTAMPNS, 1);
	assert_int_equal(ln_epoll_ctl(h->net, h->epoll, LN_EPOLL_CTL_ADD, fd, &ev), 0);
}

static void host_create(struct host *h)
{
	struct ln_nic_params params = { .rx_ring = 128, .tx_ring = 256 };

	*h = (struct host){ .net = box_net() };
	memcpy(params.mac, mac, 6);
	h->nic = box_nic(h->net, &params);
	h->epoll = ln_epoll_create(h->net);
	assert_true(h->epoll >= 0);
}

static void hosts_create(void)
{
	for (u32 i = 0; i < 2; i++)
		host_create(&host[i]);
	both("sysctl -w net.ipv6.conf.all.disable_ipv6=0");
	both("ip addr add 10.0.0.253/24 dev eth0");
	both("ip addr add 10.0.0.254/24 dev eth0");
	both("ip addr add 2001:db8::fe/64 dev eth0 nodad");
	both("ip link set lo up");
	both("ip link set eth0 up");
	both("ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0");
	both("ip neigh add 10.0.0.10 lladdr 02:00:00:00:00:0a dev eth0");
	both("ip neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev eth0");
	for (u32 i = 0; i < 2; i++)
		for (u32 s = 0; s < SOCKS; s++)
			sock_open(&host[i], s);
}

static void hosts_destroy(void)
{
	for (u32 i = 0; i < 2; i++)
		box_end(host[i].net);
}

/* ---- frames ---- */

static u16 any_port(struct prng *r)
{
	return (u16)(one_in(r, 15) ? 4999 : PORT + rnd(r, SOCKS));
}

static u32 payload_len(struct prng *r)
{
	return one_in(r, 10) ? rnd(r, 1400) : one_in(r, 10) ? 0 : 1 + rnd(r, 100);
}

/* Header and payload; what may be wrong of it is. Return: its length. */
static u32 any_udp(u8 *p, struct prng *r, wsum pseudo, bool v6)
{
	u32 len = UDP_HLEN + payload_len(r);
	struct udphdr uh = {
		.source = cpu_to_be16((u16)(5000 + rnd(r, 2))), .dest = cpu_to_be16(any_port(r)),
		.len = cpu_to_be16((u16)len),
	};

	for (u32 i = UDP_HLEN; i < len; i++)
		p[i] = (u8)rnd(r, 256);
	if (one_in(r, 25))
		uh.len = cpu_to_be16((u16)(len - 8 + rnd(r, 16)));
	memcpy(p, &uh, sizeof(uh));
	pseudo = csum_add(pseudo, csum_add(cpu_to_be32(len), cpu_to_be32(LN_IPPROTO_UDP)));
	uh.check = csum_fold(csum_partial(p, len, pseudo));
	if (!uh.check)
		uh.check = CSUM_MANGLED_0;
	if (one_in(r, v6 ? 40 : 10))
		uh.check = 0;
	memcpy(p, &uh, sizeof(uh));
	if (one_in(r, 20))
		p[rnd(r, len)] ^= (u8)(1 + rnd(r, 255));
	return len;
}

static be32 any_dest(struct prng *r)
{
	switch (rnd(r, 24)) {
	case 0: return INET_ADDR4(10, 0, 0, 253);
	case 1: return INET_ADDR4(10, 0, 0, 255);
	case 2: return INET_ADDR4(10, 0, 0, 7);
	case 3: return one_in(r, 2) ? INET_ADDR4(224, 0, 0, 1) : INET_ADDR4(127, 0, 0, 1);
	default: return INET_ADDR4(10, 0, 0, 254);
	}
}

static be32 any_source(struct prng *r)
{
	if (one_in(r, 30))
		return one_in(r, 2) ? INET_ADDR4(127, 0, 0, 2) : INET_ADDR4(10, 0, 0, 254);
	return INET_ADDR4(10, 0, 0, 9 + rnd(r, 3));
}

static u32 packet4(u8 *ip, struct prng *r)
{
	static const u8 nops[4] = { 1, 1, 1, 1 };
	struct ipv4_view v = {
		.id = (u16)rnd(r, 65536), .hlen = one_in(r, 20) ? 24 : 20, .opts = nops,
		.ttl = (u8)(1 + rnd(r, 255)), .tos = (u8)(one_in(r, 4) ? rnd(r, 256) : 0),
		.protocol = one_in(r, 25) ? 1 + rnd(r, 5) : LN_IPPROTO_UDP, .df = one_in(r, 2),
		.mf = one_in(r, 30), .saddr = any_source(r), .daddr = any_dest(r),
	};
	wsum pseudo = csum_add(v.saddr, v.daddr);

	v.tot_len = (u16)(v.hlen + any_udp(ip + v.hlen, r, pseudo, false));
	if (v.mf)
		v.tot_len = (u16)(v.hlen + ((v.tot_len - v.hlen) & ~7u) + 8);
	ipv4_build(ip, &v);
	if (one_in(r, 30))
		ip[rnd(r, 20)] ^= (u8)(1 + rnd(r, 255));
	return v.tot_len;
}

static u32 packet6(u8 *ip, struct prng *r)
{
	struct ip6_addr peer = own6, own = own6;
	u32 off = IPV6_HLEN, len;
	struct ipv6hdr h = {
		.flow = cpu_to_be32(0x60000000u | (one_in(r, 4) ? rnd(r, 1u << 28) : 0)),
		.nexthdr = LN_IPPROTO_UDP, .hop_limit = (u8)(1 + rnd(r, 255)),
	};

	peer.s6_addr[15] = (u8)(9 + rnd(r, 2));
	if (one_in(r, 15))
		own.s6_addr[15] = (u8)rnd(r, 3);
	if (one_in(r, 30))
		own.s6_addr[0] = one_in(r, 2) ? 0xff : 0;
	h.saddr = peer;
	h.daddr = own;
	if (one_in(r, 20)) {	/* options: padding */
		static const u8 pad[8] = { LN_IPPROTO_UDP, 0, 1, 4 };

		memcpy(ip + off, pad, sizeof(pad));
		off += 8;
		h.nexthdr = one_in(r, 2) ? NEXTHDR_DEST : NEXTHDR_HOP;
	}
	len = any_udp(ip + off, r, csum_partial(&h.saddr, 32, 0), true);
	h.payload_len = cpu_to_be16((u16)(off - IPV6_HLEN + len));
	memcpy(ip, &h, sizeof(h));
	if (one_in(r, 30))
		ip[rnd(r, 8)] ^= (u8)(1 + rnd(r, 255));
	return off + len;
}

/* Often the same again, or of the same sender: trains. */
static void any_frame(u32 i, struct prng *r)
{
	struct frame *f = &in[i];
	bool v6 = one_in(r, 3);

	if (i && one_in(r, 2)) {
		*f = in[i - 1];
		if (one_in(r, 12) && f->len > 60)
			f->data[ETH_HLEN + 20 + rnd(r, 20)] ^= 1;
		return;
	}
	memset(f->data, 0, sizeof(f->data));
	f->len = ETH_HLEN + (v6 ? packet6 : packet4)(f->data + ETH_HLEN, r);
	memcpy(f->data, mac, 6);
	if (one_in(r, 25))
		f->data[5] ^= one_in(r, 2);
	if (one_in(r, 40))
		memset(f->data, 0xff, 6);
	memcpy(f->data + 6, "\2\0\0\0\0\11", 6);
	put_be16(f->data + 12, v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (one_in(r, 12))
		f->len = min(f->len + rnd(r, 10), (u32)FRAME_MAX);	/* padding */
	else if (one_in(r, 30))
		f->len -= rnd(r, 30);
	f->len = min(f->len, (u32)FRAME_MAX);
}

/* ---- what is told ---- */

static void run(struct host *h, s64 now)
{
	u8 frame[FRAME_MAX + 100];
	ptrdiff_t len;

	ln_net_run(h->net, now);
	while ((len = ln_nic_transmit(h->nic, frame, sizeof(frame))) > 0)
		h->sum = mixed(h->sum, frame, (size_t)len);
}

static void wake_ups(struct host *h)
{
	struct ln_epoll_event ev[SOCKS];
	int n = ln_epoll_wait(h->net, h->epoll, ev, SOCKS);
	u64 socks = 0;

	for (int i = 0; i < n; i++)	/* in which order is the order of the first ones */
		socks |= (u64)ev[i].events << (8 * ev[i].data);
	h->told = mixed(h->told, &socks, sizeof(socks));
}

/* Up to n messages; one_call: by recvmmsg. */
static u32 read_some(struct host *h, int fd, u32 n, u32 room, int flags, bool one_call)
{
	static u8 buf[READS_MAX][1500], control[READS_MAX][200];
	struct ln_mmsghdr vec[READS_MAX];
	struct ln_sockaddr_in6 name[READS_MAX];
	struct ln_iovec iov[READS_MAX];
	int got = 0;

	memset(name, 0, sizeof(name));
	for (u32 i = 0; i < n; i++) {
		iov[i] = (struct ln_iovec){ buf[i], room };
		vec[i] = (struct ln_mmsghdr){ .msg_hdr = {
			.msg_iov = &iov[i], .msg_iovlen = 1, .msg_name = &name[i],
			.msg_namelen = sizeof(name[i]), .msg_control = control[i],
			.msg_controllen = sizeof(control[i]),
		} };
	}
	if (one_call)
		got = max(ln_recvmmsg(h->net, fd, vec, n, flags), 0);
	for (; !one_call && (u32)got < n; got++) {
		ptrdiff_t len = ln_recvmsg(h->net, fd, &vec[got].msg_hdr, flags);

		if (len < 0)
			break;
		vec[got].msg_len = (unsigned)len;
	}
	for (u32 i = 0; i < (u32)got; i++) {
		h->sum = mixed(h->sum, buf[i], min(vec[i].msg_len, room));
		h->sum = mixed(h->sum, &vec[i].msg_len, sizeof(vec[i].msg_len));
		h->sum = mixed(h->sum, &name[i], vec[i].msg_hdr.msg_namelen);
		h->sum = mixed(h->sum, control[i], vec[i].msg_hdr.msg_controllen);
		h->sum = mixed(h->sum, &vec[i].msg_hdr.msg_flags, sizeof(int));
	}
	h->read += (u32)got;
	return (u32)got;
}

static void some_are_read(struct prng *r)
{
	for (u32 s = 0; s < SOCKS; s++) {
		u32 n = 1 + rnd(r, READS_MAX), room = one_in(r, 4) ? rnd(r, 100) : 1500;
		int flags = one_in(r, 8) ? LN_MSG_TRUNC : one_in(r, 8) ? LN_MSG_PEEK : 0;

		if (one_in(r, 3))
			continue;
		assert_int_equal(read_some(&host[0], host[0].fd[s], n, room, flags, true),
				 read_some(&host[1], host[1].fd[s], n, room, flags, false));
	}
}

static void world_changes(struct prng *r)
{
	static const char *const cmds[] = {
		"sysctl -w net.ipv4.conf.all.rp_filter=1",
		"sysctl -w net.ipv4.conf.all.rp_filter=0",
		"ip addr del 10.0.0.254/24 dev eth0",
		"ip addr replace 10.0.0.254/24 dev eth0",
		"ip addr del 2001:db8::fe/64 dev eth0",
		"ip addr replace 2001:db8::fe/64 dev eth0 nodad",
		"ip rule add from 10.0.0.10 prohibit", "ip rule del from 10.0.0.10 prohibit",
	};
	u32 s = rnd(r, SOCKS), v = 2000 + rnd(r, 40000);

	for (u32 i = 0; i < 2; i++) {
		struct host *h = &host[i];

		set(h, h->fd[s], LN_SOL_SOCKET, LN_SO_RCVBUF, (int)v);
		if (v % 3)
			continue;
		assert_int_equal(ln_close(h->net, h->fd[s]), 0);
		sock_open(h, s);
	}
	for (u32 i = 0, which = rnd(r, ARRAY_SIZE(cmds)); i < 2; i++) {
		char out[512];

		ln_ctl(host[i].net, cmds[which], out, sizeof(out), NULL);
	}
}

static void compare(void)
{
	struct net *a = net_of(host[0].net), *b = net_of(host[1].net);

	assert_memory_equal(a->mib, b->mib, sizeof(a->mib));
	assert_memory_equal(a->drops, b->drops, sizeof(a->drops));
	assert_int_equal(a->frames.rx, b->frames.rx);
	assert_int_equal(a->frames.made, b->frames.made);
	assert_int_equal(a->frames.cloned, b->frames.cloned);
	assert_int_equal(a->frames.consumed, b->frames.consumed);
	assert_int_equal(a->frames.dropped, b->frames.dropped);
	assert_int_equal(a->copies.user_out, b->copies.user_out);
	assert_int_equal(a->sock->memory, b->sock->memory);
	assert_int_equal(host[0].read, host[1].read);
	assert_int_equal(host[0].told, host[1].told);
	assert_int_equal(host[0].sum, host[1].sum);
}

static void datagrams_together_fare_as_one_by_one(void **state)
{
	struct prng r;

	(void)state;
	for (u64 seed = 1; seed <= 4; seed++) {
		s64 now = 40 * PAIR_SEC;

		prng_init(&r, seed);
		hosts_create();
		for (u32 i = 0; i < 2; i++)
			run(&host[i], now);
		for (u32 burst = 0; burst < BURSTS; burst++, now += 10 * PAIR_MS) {
			u32 count = 2 + rnd(&r, FRAMES_MAX - 2);

			for (u32 i = 0; i < count; i++) {
				any_frame(i, &r);
				ln_nic_receive(host[0].nic, in[i].data, in[i].len);
			}
			run(&host[0], now);
			for (u32 i = 0; i < count; i++) {
				ln_nic_receive(host[1].nic, in[i].data, in[i].len);
				run(&host[1], now);
			}
			for (u32 i = 0; i < 2; i++)
				wake_ups(&host[i]);
			compare();
			some_are_read(&r);
			compare();
			if (one_in(&r, 12))
				world_changes(&r);
		}
		assert_true(host[0].read > 3000);
		hosts_destroy();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_together_fare_as_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
