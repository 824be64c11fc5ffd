/* SPDX-License-Identifier: MIT */
/*
 * For tests of socket/: hosts with everything up to the socket calls, joined by a wire that keeps
 * time out of it. Every frame that a host sends is copied to the other and may be looked at on the
 * way.
 *
 *	struct pair p;
 *	pair_init(&p);			a 10.0.0.1/24, b 10.0.0.2/24, each with eth0 and lo
 *	int fd = ln_socket(p.a.ln, ...);
 *	pair_run(&p);			until nothing moves
 *	pair_exit(&p);			closes all; frames are conserved, no byte is left
 */
#ifndef LINNET_SOCKET_BARE_HOSTS_H
#define LINNET_SOCKET_BARE_HOSTS_H

#include "device/bare_net.h"
#include "link/ethernet.h"
#include "link/loopback.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "socket/socket.h"
#include "transport/ping.h"
#include "transport/raw.h"
#include "transport/tcp/tcp.h"
#include "transport/udp.h"
#include "wire/eth.h"

#define IP(a, b, c, d) CONST_BE32((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define ADDR_A IP(10, 0, 0, 1)
#define ADDR_B IP(10, 0, 0, 2)

struct host {
	struct net net;
	struct ln_net *ln;
	struct net_device *dev;
};

struct pair {
	struct host a, b;
	u8 last[2048];		/* the last frame that was on the wire, */
	u32 last_len, frames;	/* and how many there were since pair_run() began */
	u64 sum;		/* of all that ever were, their times and senders */
	bool cut;		/* frames get lost */
};

static inline void host_init(struct host *h, be32 addr, u64 seed)
{
	struct net *net = &h->net;

	bare_net_init(net, NULL);
	prng_init(&net->prng, seed);
	h->ln = net_handle(net);
	assert_int_equal(ipv4_net_init(net), 0);
	assert_int_equal(ipv6_net_init(net), 0);
	assert_int_equal(loopback_net_init(net), 0);
	assert_int_equal(sock_net_init(net), 0);
	assert_int_equal(udp_net_init(net), 0);
	assert_int_equal(raw_net_init(net), 0);
	assert_int_equal(ping_net_init(net), 0);
	assert_int_equal(tcp_net_init(net), 0);
	assert_int_equal(files_net_init(net), 0);
	assert_int_equal(dev_open(net->dev->loopback), 0);
	h->dev = bare_dev_create(net, "eth0", ether_setup);
	h->dev->dev_addr[4] = (u8)(be32_to_cpu(addr));
	assert_int_equal(dev_open(h->dev), 0);
	assert_int_equal(inet_addr_add(h->dev, addr, 24, addr | IP(0, 0, 0, 255), 0), 0);
}

static inline void host_exit(struct host *h)
{
	struct net *net = &h->net;

	net->exiting = true;
	files_net_exit(net);
	unregister_netdevices(net);
	tcp_net_exit(net);
	ping_net_exit(net);
	raw_net_exit(net);
	udp_net_exit(net);
	assert_int_equal(net->sock->sockets, 0);
	assert_int_equal(net->sock->memory, 0);
	sock_net_exit(net);
	ipv6_net_exit(net);
	ipv4_net_exit(net);
	bare_net_exit(net);
}

static inline void pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	host_init(&p->a, ADDR_A, 1);
	host_init(&p->b, ADDR_B, 2);
}

static inline void pair_exit(struct pair *p)
{
	host_exit(&p->a);
	host_exit(&p->b);
}

/* For cmocka: *state is a pair. */
static inline int pair_setup(void **state)
{
	static struct pair p;

	pair_init(&p);
	*state = &p;
	return 0;
}

static inline int pair_teardown(void **state)
{
	pair_exit(*state);
	return 0;
}

/* A frame arrives. What a test makes fail is in the stack, not in this wire. */
static inline void wire_deliver(struct host *to, const void *frame, u32 len)
{
	u64 nth = to->net.mem.fail_after;
	struct sk_buff *rx;

	to->net.mem.fail_after = 0;
	rx = bare_rx_skb(to->dev, frame, len);
	to->net.mem.fail_after = nth;
	rx->protocol = eth_type_trans(rx, to->dev);
	netif_receive_skb(rx);
}

/* FNV-1a */
static inline u64 sum_bytes(u64 sum, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ ((const u8 *)bytes)[i]) * 0x100000001b3ull;
	return sum;
}

static inline u32 wire_move(struct pair *p, struct host *from, struct host *to)
{
	struct sk_buff *skb;
	u32 n = 0;
	u8 frame[2048];

	while ((skb = bare_dev_pop(from->dev))) {
		u32 len = skb->len;

		assert_in_range(len, ETH_HLEN, sizeof(frame));
		assert_true(skb_checksum_help(skb));
		assert_int_equal(skb_copy_bits(skb, 0, frame, len), 0);
		dev_consume_sent(skb);
		n++;
		memcpy(p->last, frame, len);
		p->last_len = len;
		p->frames++;
		p->sum = sum_bytes(p->sum ^ (from == &p->b), &from->net.now, sizeof(ktime_t));
		p->sum = sum_bytes(p->sum, frame, len);
		if (p->cut)
			continue;
		wire_deliver(to, frame, len);
	}
	return n;
}

/* At the time that it is: everything that can happen now. */
static inline void pair_run(struct pair *p)
{
	p->frames = 0;
	do {
		bare_net_run(&p->a.net, p->a.net.now);
		bare_net_run(&p->b.net, p->b.net.now);
	} while (wire_move(p, &p->a, &p->b) + wire_move(p, &p->b, &p->a) ||
		 bare_net_next(&p->a.net) <= p->a.net.now ||
		 bare_net_next(&p->b.net) <= p->b.net.now);
}

/* The same, ms later: due timers fire at their time. */
static inline void pair_advance(struct pair *p, s64 ms)
{
	ktime_t end = p->a.net.now + ms_to_ktime(ms);

	for (;;) {
		ktime_t next;

		pair_run(p);
		next = min(bare_net_next(&p->a.net), bare_net_next(&p->b.net));
		if (next > end)
			break;
		bare_net_run(&p->a.net, next);
		bare_net_run(&p->b.net, next);
	}
	bare_net_run(&p->a.net, end);
	bare_net_run(&p->b.net, end);
	pair_run(p);
}

static inline struct ln_sockaddr_in sin_of(be32 addr, u16 port)
{
	return (struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port), .sin_addr = addr,
	};
}

static inline int bind_to(struct host *h, int fd, be32 addr, u16 port)
{
	struct ln_sockaddr_in sin = sin_of(addr, port);

	return ln_bind(h->ln, fd, &sin, sizeof(sin));
}

static inline int connect_to(struct host *h, int fd, be32 addr, u16 port)
{
	struct ln_sockaddr_in sin = sin_of(addr, port);

	return ln_connect(h->ln, fd, &sin, sizeof(sin));
}

static inline ptrdiff_t send_to(struct host *h, int fd, const void *buf, size_t len, be32 addr,
				u16 port)
{
	struct ln_sockaddr_in sin = sin_of(addr, port);

	return ln_sendto(h->ln, fd, buf, len, 0, &sin, sizeof(sin));
}

static inline int udp_socket(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET, LN_SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static inline int udp_bound(struct host *h, be32 addr, u16 port)
{
	int fd = udp_socket(h);

	assert_int_equal(bind_to(h, fd, addr, port), 0);
	return fd;
}

static inline int opt_on(struct host *h, int fd, int level, int name)
{
	int on = 1;

	return ln_setsockopt(h->ln, fd, level, name, &on, sizeof(on));
}

static inline int opt_get(struct host *h, int fd, int level, int name)
{
	int val = -1;
	u32 len = sizeof(val);
	int err = ln_getsockopt(h->ln, fd, level, name, &val, &len);

	return err ? err : val;
}

#endif
