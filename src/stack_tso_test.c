/* SPDX-License-Identifier: MIT */
/*
 * GSO and TSO in whole instances: segments that leave together travel as one packet and are cut
 * where a device wants frames: the sender's own, or that of a router; every byte arrives, also when
 * frames are lost on the way.
 *
 *	a ==(takes 64 KB)== router --(frames, lossy)-- b
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "device/gro.h"
#include "device/netdevice.h"
#include "device/qdisc.h"
#include "driver/nic.h"
#include "stack_pair.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

#define PORT 7000

enum { A, R, B };

struct world {
	struct ln_net *net[3];
	struct ln_nic *nic[4];		/* a, router to a, router to b, b */
	s64 now;
	u32 loss;			/* of 1000 frames between router and b */
	struct prng r;
	int fd[2], listener;
	u32 largest;			/* frame between router and b, bytes */
	u64 bytes_hash;			/* of all of them */
};

static u32 cuts, bursts;

static void count(void *ctx, const struct ln_trace_event *ev)
{
	(void)ctx;
	cuts += ev->point == LN_TP_skb_gso_segment;
	bursts += ev->point == LN_TP_nic_rx_handover;
}

static void world_init(struct world *w, bool tso, u32 loss, u64 seed)
{
	struct ln_net_params np;

	*w = (struct world){ .now = PAIR_SEC, .loss = loss };
	prng_init(&w->r, seed);
	ln_net_params_init(&np);
	np.start_ns = w->now;
	for (u32 i = 0; i < 3; i++) {
		np.seed = seed + i;
		np.trace = i == R ? count : NULL;
		w->net[i] = ln_net_create(&np);
		assert_non_null(w->net[i]);
	}
	for (u32 i = 0; i < 4; i++) {
		static const u8 owner[4] = { A, R, R, B };
		struct ln_nic_params params = { .rx_ring = 256, .tx_ring = 512 };

		w->nic[i] = ln_nic_create(w->net[owner[i]], &params);
		assert_non_null(w->nic[i]);
	}
	assert_int_equal(ln_nic_connect(w->nic[0], w->nic[1]), 0);
	box_ctl(w->net[A], tso ? "ethtool -K eth0 tso on" : "ethtool -K eth0 tso off");
	box_ctl(w->net[R], tso ? "ethtool -K eth0 tso on" : "ethtool -K eth0 tso off");
	box_ctl(w->net[A], "ip addr add 10.0.0.1/24 dev eth0");
	box_ctl(w->net[R], "ip addr add 10.0.0.254/24 dev eth0");
	box_ctl(w->net[R], "ip addr add 10.1.0.254/24 dev eth1");
	box_ctl(w->net[B], "ip addr add 10.1.0.1/24 dev eth0");
	for (u32 i = 0; i < 3; i++)
		box_ctl(w->net[i], "ip link set eth0 up");
	box_ctl(w->net[R], "ip link set eth1 up");
	box_ctl(w->net[A], "ip route add default via 10.0.0.254");
	box_ctl(w->net[B], "ip route add default via 10.1.0.254");
	box_ctl(w->net[R], "sysctl -w net.ipv4.ip_forward=1");
	cuts = bursts = 0;
}

static void world_exit(struct world *w)
{
	for (u32 i = 0; i < 3; i++)
		box_end(w->net[i]);
}

static u32 carry(struct world *w, struct ln_nic *from, struct ln_nic *to)
{
	static u8 frame[70000];
	ptrdiff_t len;
	u32 n = 0;

	while ((len = ln_nic_transmit(from, frame, sizeof(frame))) > 0) {
		w->largest = max(w->largest, (u32)len);
		for (ptrdiff_t i = 0; i < len; i++)
			w->bytes_hash = (w->bytes_hash ^ frame[i]) * 0x100000001b3ull;
		n++;
		if (prng_below(&w->r, 1000) >= w->loss)
			ln_nic_receive(to, frame, (size_t)len);
	}
	return n;
}

static void settle(struct world *w)
{
	bool again;

	do {
		again = false;
		for (u32 i = 0; i < 3; i++)
			ln_net_run(w->net[i], w->now);
		again |= ln_nic_cable_run(w->nic[0]) > 0;
		again |= carry(w, w->nic[2], w->nic[3]) + carry(w, w->nic[3], w->nic[2]) > 0;
		for (u32 i = 0; i < 3; i++)
			again |= ln_net_next_event(w->net[i]) <= w->now;
	} while (again);
}

static void step(struct world *w)
{
	s64 next = w->now + PAIR_MS;

	for (u32 i = 0; i < 3; i++)
		if (ln_net_next_event(w->net[i]) < next)
			next = ln_net_next_event(w->net[i]);
	w->now = max(next, w->now + 1000);
	settle(w);
}

static struct ln_sockaddr_in addr_b(void)
{
	return (struct ln_sockaddr_in){ .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(PORT),
					.sin_addr = INET_ADDR4(10, 1, 0, 1) };
}

static void join(struct world *w)
{
	struct ln_sockaddr_in sin = addr_b();

	w->listener = ln_socket(w->net[B], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(w->net[B], w->listener, &sin, sizeof(sin)), 0);
	assert_int_equal(ln_listen(w->net[B], w->listener, 1), 0);
	w->fd[0] = ln_socket(w->net[A], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_connect(w->net[A], w->fd[0], &sin, sizeof(sin)), -EINPROGRESS);
	while ((w->fd[1] = ln_accept(w->net[B], w->listener, NULL, NULL)) == -EAGAIN)
		step(w);
	assert_true(w->fd[1] >= 0);
}

static u8 byte_at(size_t i)
{
	return (u8)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

/* From a to b, in writes of random size; small_window: b reads little and late. */
static void transfer(struct world *w, size_t total, bool small_window)
{
	static u8 buf[65536];
	size_t sent = 0, got = 0;
	ptrdiff_t n;
	int rcvbuf = 8192;

	if (small_window)
		ln_setsockopt(w->net[B], w->fd[1], LN_SOL_SOCKET, LN_SO_RCVBUF, &rcvbuf, 4);
	while (got < total) {
		u32 len = 1 + prng_below(&w->r, prng_below(&w->r, 3) ? sizeof(buf) : 3000);

		len = (u32)min_t(size_t, len, total - sent);
		for (u32 i = 0; i < len; i++)
			buf[i] = byte_at(sent + i);
		n = len ? ln_send(w->net[A], w->fd[0], buf, len, 0) : 0;
		assert_true(n >= 0 || n == -EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
		step(w);
		while ((n = ln_recv(w->net[B], w->fd[1], buf,
				    small_window ? 1000 : sizeof(buf), 0)) > 0) {
			for (ptrdiff_t i = 0; i < n; i++)
				assert_int_equal(buf[i], byte_at(got + (size_t)i));
			got += (size_t)n;
			if (small_window)
				break;
		}
		assert_true(n > 0 || n == -EAGAIN);
	}
	assert_int_equal(got, total);
}

static void end_and_check(struct world *w)
{
	ln_close(w->net[A], w->fd[0]);
	ln_close(w->net[B], w->fd[1]);
	ln_close(w->net[B], w->listener);
	for (int i = 0; i < 50; i++)
		step(w);
	assert_true(w->largest <= 1514);
	world_exit(w);
}

static void what_leaves_together_arrives_in_frames(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 0, 1);
	join(&w);
	transfer(&w, 4000000, false);
	/* Most of 2763 segments were cut from larger packets, of which there were far fewer. */
	assert_true(cuts > 2000);
	assert_true(bursts < 1000);
	assert_int_equal(net_of(w.net[A])->mib[MIB_TcpRetransSegs], 0);
	end_and_check(&w);
}

/* Each segment holds the connection that netfilter found for the whole; the table holds it, too. */
static void segments_hold_their_connection(void **state)
{
	char out[1024];
	struct world w;

	(void)state;
	world_init(&w, true, 0, 1);
	for (u32 i = 0; i < 3; i++) {
		box_ctl(w.net[i], "nft add table ip t");
		box_ctl(w.net[i],
			"nft add chain ip t c { type filter hook postrouting priority 0 ; }");
		box_ctl(w.net[i], "nft add rule ip t c ct state established counter accept");
	}
	join(&w);
	transfer(&w, 4000000, false);
	assert_true(cuts > 2000);
	for (u32 i = 0; i < 3; i++) {
		ln_ctl(w.net[i], "conntrack -L", out, sizeof(out), NULL);
		assert_non_null(strstr(out, "ESTABLISHED src=10.0.0.1 dst=10.1.0.1 "));
	}
	end_and_check(&w);
}

/* What waited for the card counts as the frames that it became. */
static void queue_is_empty(struct world *w)
{
	const struct net_device *dev = dev_get_by_name(net_of(w->net[A]), "eth0");
	const struct qdisc_stats *s = &dev->qdisc->stats;

	assert_int_equal(s->qlen, 0);
	assert_int_equal(s->backlog, 0);
	assert_int_equal(s->packets, dev->nic->stats.tx_packets);
	assert_int_equal(s->bytes, dev->nic->stats.tx_bytes);
}

/* The sender's card wants frames: each is made of what was summed when it was copied. */
static void frames_are_made_without_reading_them(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 0, 1);
	join(&w);
	transfer(&w, 4000000, false);
	assert_true(bursts > 2000);
	assert_int_equal(net_of(w.net[A])->mib[MIB_TcpRetransSegs], 0);
	assert_true(net_of(w.net[A])->copies.summed < 4000000 / 100);
	assert_int_equal(net_of(w.net[A])->copies.linearized, 0);
	queue_is_empty(&w);
	end_and_check(&w);
}

/* Who listens sees sk_buffs; without him the drivers make frames of headers alone. */
static u64 bytes_of_a_transfer(bool tapped, u64 seed)
{
	struct world w;
	u64 hash;
	int fd[2];

	world_init(&w, false, 10, seed);
	for (u32 i = 0; tapped && i < 2; i++) {
		fd[i] = ln_socket(w.net[i ? R : A], LN_AF_PACKET, LN_SOCK_RAW, CONST_BE16(3));
		assert_true(fd[i] >= 0);
	}
	join(&w);
	transfer(&w, 600000, false);
	hash = w.bytes_hash;
	for (u32 i = 0; tapped && i < 2; i++)
		ln_close(w.net[i ? R : A], fd[i]);
	end_and_check(&w);
	return hash;
}

static void frames_are_the_same_for_who_listens(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 4; seed++)
		assert_true(bytes_of_a_transfer(true, seed) == bytes_of_a_transfer(false, seed));
	assert_true(bytes_of_a_transfer(false, 1) != bytes_of_a_transfer(false, 2));
}

static void what_is_lost_is_sent_again(void **state)
{
	u64 again = 0;

	(void)state;
	for (u64 seed = 1; seed <= 12; seed++) {
		struct world w;

		world_init(&w, seed & 1, (u32)seed * 10, seed);
		join(&w);
		transfer(&w, 400000, false);
		again += net_of(w.net[A])->mib[MIB_TcpRetransSegs];
		end_and_check(&w);
	}
	assert_true(again > 50);
}

static void a_small_window_is_kept(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 5, 3);
	join(&w);
	transfer(&w, 100000, true);
	end_and_check(&w);
}

/* With each request for memory of the sender refused once: it goes on in single segments. */
static void without_memory_it_goes_on(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 0, 4);
	join(&w);
	for (u32 i = 1; i < 200; i++) {
		net_of(w.net[A])->mem.fail_after = i;
		transfer(&w, 30000, false);
	}
	net_of(w.net[A])->mem.fail_after = 0;
	end_and_check(&w);
}

/* No router in between: what left together is received as one. */
static void both_ends_take_large_ones(void **state)
{
	static u8 buf[65536];
	struct ln_sockaddr_in sin = pair_addr(1, PORT);
	size_t sent = 0, got = 0;
	int listener, fd[2];
	struct pair p;
	ptrdiff_t n;

	(void)state;
	pair_create(&p, NULL);
	assert_true(pair_connect(&p));
	for (u32 i = 0; i < 2; i++)
		box_ctl(p.net[i], "ethtool -K eth0 tso on");
	listener = ln_socket(p.net[1], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(p.net[1], listener, &sin, sizeof(sin)), 0);
	assert_int_equal(ln_listen(p.net[1], listener, 1), 0);
	fd[0] = ln_socket(p.net[0], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_connect(p.net[0], fd[0], &sin, sizeof(sin)), -EINPROGRESS);
	pair_settle(&p);
	fd[1] = ln_accept(p.net[1], listener, NULL, NULL);
	assert_true(fd[1] >= 0);
	while (got < 3000000) {
		for (u32 i = 0; i < sizeof(buf); i++)
			buf[i] = byte_at(sent + i);
		n = ln_send(p.net[0], fd[0], buf, sizeof(buf), 0);
		sent += n > 0 ? (size_t)n : 0;
		pair_settle(&p);
		while ((n = ln_recv(p.net[1], fd[1], buf, sizeof(buf), 0)) > 0)
			for (ptrdiff_t i = 0; i < n; i++)
				assert_int_equal(buf[i], byte_at(got++));
		pair_settle(&p);
	}
	/* Law 5: each byte was copied in once and out once, and the cards took far fewer frames. */
	assert_int_equal(net_of(p.net[0])->copies.user_in, sent);
	assert_int_equal(net_of(p.net[1])->copies.user_out, got);
	assert_int_equal(net_of(p.net[1])->copies.linearized, 0);
	assert_true(net_of(p.net[1])->frames.rx < 500);
	assert_int_equal(net_of(p.net[0])->mib[MIB_TcpRetransSegs], 0);
	for (u32 i = 0; i < 2; i++)
		ln_net_destroy(p.net[i], NULL);
}

/* So many small segments in one that their headers are more than a buffer takes. */
static void thousands_of_segments_are_cut(void **state)
{
	const u32 hlen = ETH_HLEN + IPV4_HLEN + 32;
	struct ln_nic_params params = { .tx_ring = 4096 };
	struct ln_net_params np;
	struct ln_net *net;
	struct ln_nic *nic;
	struct sk_buff *skb;
	struct iphdr *iph;
	struct tcphdr *th;
	struct buf *b;
	u8 frame[128];
	u32 n = 0;

	(void)state;
	ln_net_params_init(&np);
	net = ln_net_create(&np);
	nic = ln_nic_create(net, &params);
	b = buf_alloc(net_of(net)->bufs, 65000);
	skb = alloc_skb(net_of(net), SKB_ROOM);
	box_ctl(net, "ethtool -K eth0 tso off");
	box_ctl(net, "ip link set eth0 up");
	memset(b->data, 1, 65000);
	skb_reserve(skb, SKB_ROOM - GSO_HEADER_MAX);
	memset(skb_put(skb, hlen), 0, hlen);
	assert_true(skb_add_frag(skb, b, 0, 1800 * 36, buf_truesize(b)));
	iph = (void *)(skb->data + ETH_HLEN);
	*iph = (struct iphdr){ .ver_ihl = 0x45, .ttl = 64, .protocol = IP_PROTO_TCP };
	th = (void *)(iph + 1);
	*th = (struct tcphdr){ .doff_res = 0x80, .flags = TCPHDR_ACK };
	skb->protocol = CONST_BE16(0x0800);
	skb->network_header = (u16)(skb_headroom(skb) + ETH_HLEN);
	skb->transport_header = (u16)(skb->network_header + IPV4_HLEN);
	skb->gso_size = 36;
	skb->gso_segs = 1800;
	skb->gso_type = SKB_GSO_TCPV4;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->dev = dev_get_by_name(net_of(net), "eth0");
	assert_int_equal(dev_queue_xmit(skb), 0);
	for (s64 now = 0; n < 1800 && now < PAIR_SEC; now += PAIR_MS) {
		while (ln_nic_transmit(nic, frame, sizeof(frame)) == hlen + 36)
			n++;
		ln_net_run(net, now);
	}
	assert_int_equal(n, 1800);
	box_end(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leaves_together_arrives_in_frames),
		cmocka_unit_test(segments_hold_their_connection),
		cmocka_unit_test(frames_are_made_without_reading_them),
		cmocka_unit_test(frames_are_the_same_for_who_listens),
		cmocka_unit_test(what_is_lost_is_sent_again),
		cmocka_unit_test(a_small_window_is_kept),
		cmocka_unit_test(without_memory_it_goes_on),
		cmocka_unit_test(both_ends_take_large_ones),
		cmocka_unit_test(thousands_of_segments_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
