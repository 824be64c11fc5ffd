/* SPDX-License-Identifier: MIT */
/*
 * GRO and GSO change nothing that anybody sees. Frames of one poll go into two machines that are
 * alike but for GRO: what leaves on the other side is the same byte by byte, flow by flow, and what
 * the sockets read is the same, datagram by datagram.
 *
 * Input: a byte of settings, then for each poll a byte with the number of frames and for each frame
 *	kind	whose (enum kind), in bits 4 .. 7 what is odd about it; bit 3: of IPv6, when it is
 *		forwarded
 *	odd	which header field, where bit 4 is set; its change
 *	len	payload: 0 as the one before, else so many times 6 bytes
 * A raw frame is followed by a length and so many bytes, which go behind an Ethernet header.
 */
#include <linnet/linnet.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/netns.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 1500;

#define SEC 1000000000ll
#define FRAMES_MAX 40		/* of a poll; with 1400 bytes each they fit the window */
#define FRAME_MAX 1600
/*
 * None is too long for the way out with DF set, or for a bridge: of those that are joined all are
 * lost then, also a last one that would fit.
 */
#define PAYLOAD_MAX 1400u
#define OUT_MAX 4096
#define READ_MAX (4u << 20)
#define PORT 80

enum kind { TCP_IN, UDP_GRO_IN, UDP_IN, TCP_FWD, TCP_FWD2, UDP_FWD, UDP_FWD2, RAW, KINDS };
enum { OF_IPV6 = 8, ODD_FIELD = 0x10, ODD_SUM = 0x20, ODD_PAD = 0x40, ODD_SHORT = 0x80 };
enum { SMALL_MTU = 1, BRIDGE = 2, NO_DF = 4, COUNT_IDS = 8, NO_SUMS = 16 };

struct frame {
	u32 len;
	u8 data[FRAME_MAX];
};

struct flow {
	u32 seq, ack;
	u16 id, window, len;
	u8 ttl, tos, flags;
	bool v6;
	u8 ext;			/* IPv6: bytes of options before the transport */
};

struct box {
	struct ln_net *net;
	struct ln_nic *nic[2];
	int tcp, udp[2];		/* udp[0]: UDP_GRO where there is GRO */
	struct frame *out;
	u32 nr_out;
	u8 *in;			/* what the sockets read, with the length before each piece */
	size_t nr_in, tcp_read;
};

struct input {
	const u8 *p;
	size_t left;
};

static const u8 mac_box[6] = { 2, 0, 0, 0, 0, 1 }, mac_peer[6] = { 2, 0, 0, 0, 0, 3 };

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "not the same: %s\n", what);
	abort();
}

static void ctl(struct box *b, const char *cmd)
{
	must(!ln_ctl(b->net, cmd, NULL, 0, NULL), cmd);
}

static u8 take(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

/* ---- frames ---- */

/* IPv4 and Ethernet around what stands behind them; each kind has an address of its own. */
static void put_headers(struct frame *f, const struct flow *fl, enum kind kind, u8 proto, u32 len,
			u8 how)
{
	struct ethhdr *eth = (void *)f->data;
	bool local = kind == TCP_IN || kind == UDP_GRO_IN || kind == UDP_IN;

	ether_addr_copy(eth->h_dest, how & BRIDGE && !local ? (const u8 *)"\2\0\0\0\0\4" : mac_box);
	ether_addr_copy(eth->h_source, mac_peer);
	eth->h_proto = cpu_to_be16(ETH_P_IP);
	if (fl->v6) {
		struct ipv6_view v = {
			.tclass = fl->tos, .flowlabel = fl->id, .hop_limit = fl->ttl,
			.payload_len = (u16)(fl->ext + len),
			.nexthdr = fl->ext ? NEXTHDR_DEST : proto,
			.saddr.s6_addr = { 0xfd, [15] = kind },
			.daddr.s6_addr = { 0xfd, 1, [15] = 1 },
		};
		u8 *ext = (u8 *)(eth + 1) + IPV6_HLEN;

		eth->h_proto = cpu_to_be16(ETH_P_IPV6);
		ipv6_build(eth + 1, &v);
		if (fl->ext)
			memcpy(ext, (const u8[]){ proto, 0, 1, 4, 0, 0, 0, fl->ext >> 3 & 1 }, 8);
		f->len = ETH_HLEN + IPV6_HLEN + fl->ext + len;
		return;
	}
	iph_write((void *)(eth + 1), fl->tos, (u16)(IPV4_HLEN + len), cpu_to_be16(fl->id),
		  how & (NO_DF | SMALL_MTU) ? 0 : CONST_BE16(IP_DF), fl->ttl, proto,
		  INET_ADDR4(10, 0, 0, 10 + kind),
		  local ? INET_ADDR4(10, 0, 0, 254) : INET_ADDR4(10, 1, 0, 1));
	f->len = ETH_HLEN + IPV4_HLEN + len;
}

/* Where the transport's header stands. */
static void *l4_of(struct frame *f, const struct flow *fl)
{
	return f->data + ETH_HLEN + (fl->v6 ? IPV6_HLEN + fl->ext : IPV4_HLEN);
}

static be16 check_of(const struct frame *f, const struct flow *fl, const void *p, u32 len, u8 proto)
{
	const struct ipv6hdr *h = (const void *)(f->data + ETH_HLEN);
	const struct iphdr *iph = (const void *)h;
	wsum sum = csum_partial(p, len, 0);
	be16 check = fl->v6 ? csum_ipv6_magic(&h->saddr, &h->daddr, len, proto, sum) :
			      csum_tcpudp_magic(iph->saddr, iph->daddr, len, proto, sum);

	return check || proto == IP_PROTO_TCP ? check : CSUM_MANGLED_0;
}

static void put_tcp(struct frame *f, struct flow *fl, enum kind kind, u8 flags, u32 n, u8 how)
{
	struct tcphdr *th = l4_of(f, fl);

	*th = (struct tcphdr){
		.source = cpu_to_be16(1000), .dest = cpu_to_be16(PORT),
		.seq = cpu_to_be32(fl->seq), .ack_seq = cpu_to_be32(fl->ack),
		.flags = flags, .window = cpu_to_be16(fl->window),
	};
	tcph_set_hlen(th, TCP_HLEN);
	/* What stands where depends on where alone, so what comes twice is the same. */
	for (u32 i = 0; i < n; i++)
		((u8 *)(th + 1))[i] = (u8)((fl->seq + i) * 37 + ((fl->seq + i) >> 8));
	put_headers(f, fl, kind, IP_PROTO_TCP, TCP_HLEN + n, how);
	th->check = check_of(f, fl, th, TCP_HLEN + n, IP_PROTO_TCP);
}

static void put_udp(struct frame *f, struct flow *fl, enum kind kind, u32 n, u8 how)
{
	struct udphdr *uh = l4_of(f, fl);
	u32 own = UDP_HLEN + n - min(n, fl->ack & 3);	/* bytes may follow it in the packet */

	*uh = (struct udphdr){ .source = cpu_to_be16(1000),
			       .dest = cpu_to_be16((u16)(PORT + (kind == UDP_IN))),
			       .len = cpu_to_be16((u16)own) };
	for (u32 i = 0; i < n; i++)
		((u8 *)(uh + 1))[i] = (u8)(fl->seq++ * 41);
	put_headers(f, fl, kind, IP_PROTO_UDP, UDP_HLEN + n, how);
	if (!(how & NO_SUMS))
		uh->check = check_of(f, fl, uh, own, IP_PROTO_UDP);
}

static void put_raw(struct frame *f, struct input *in, u32 nth)
{
	u32 n = take(in);

	memset(f->data, 0, 64);
	memcpy(f->data, mac_box, 6);
	memcpy(f->data + 6, mac_peer, 6);
	put_be16(f->data + 12, ETH_P_IP);
	for (u32 i = 0; i < n; i++)
		f->data[ETH_HLEN + i] = take(in);
	f->len = ETH_HLEN + n;
	/* Which flow it belongs to nobody can tell: it is one of its own. */
	if (n >= IPV4_HLEN) {
		put_be32(f->data + ETH_HLEN + 12, 0x0a000064 + nth);
		if (n >= 4u * (f->data[ETH_HLEN] & 15) && (f->data[ETH_HLEN] & 15) >= 5) {
			memset(f->data + ETH_HLEN + 10, 0, 2);
			put_be16(f->data + ETH_HLEN + 10,
				 be16_to_cpu(ip_fast_csum(f->data + ETH_HLEN,
							  f->data[ETH_HLEN] & 15)));
		}
	}
}

/* Something that sets this one apart from the one before it, or follows on it no more. */
static void disturb(struct flow *fl, u8 odd, bool local)
{
	u8 by = (u8)(1 + (odd >> 4));

	if (fl->v6 && odd & 8)
		fl->ext ^= 8;
	switch (odd & 7) {
	case 0: fl->seq += local ? by : by * 1000u; break;
	case 1: fl->seq -= by * 10u; break;
	case 2: fl->ack += local ? 0 : by; break;
	case 3: fl->window = (u16)(fl->window + by); break;
	case 4: fl->ttl = (u8)(2 + by); break;
	case 5: fl->tos = by; break;
	case 6: fl->id = (u16)(fl->id + by); break;
	default: fl->flags ^= TCPHDR_ECE; break;
	}
}

static void spoil(struct frame *f, u8 kind, struct input *in)
{
	if (kind & ODD_SUM)
		f->data[f->len - 1] ^= 0x55;
	if (kind & ODD_PAD && f->len < ETH_ZLEN) {
		memset(f->data + f->len, (int)take(in), ETH_ZLEN - f->len);
		f->len = ETH_ZLEN;
	}
	if (kind & ODD_SHORT)
		f->len -= min_t(u32, take(in) & 7, f->len - ETH_HLEN);
}

static void next_frame(struct frame *f, struct flow *flows, struct input *in, u8 how, u32 nth)
{
	u8 kind = take(in), which = kind % KINDS, n, flags = TCPHDR_ACK;
	bool v6 = kind & OF_IPV6 && which >= TCP_FWD;
	struct flow *fl = &flows[which + (v6 ? KINDS : 0)];

	if (which == RAW) {
		put_raw(f, in, nth);
		return;
	}
	if (kind & ODD_FIELD)
		disturb(fl, take(in), which == TCP_IN);
	n = take(in);
	if (n)
		fl->len = (u16)min(n * 6u - (n & 1), PAYLOAD_MAX);
	if (which == TCP_IN || which == TCP_FWD || which == TCP_FWD2) {
		flags |= fl->flags | (n == 1 ? TCPHDR_PSH : 0);
		if (which != TCP_IN && n == 2)
			flags |= take(in);
		put_tcp(f, fl, which, flags, fl->len, how);
		fl->seq += fl->len;
	} else {
		put_udp(f, fl, which, fl->len, how);
	}
	if (how & COUNT_IDS)
		fl->id++;
	spoil(f, kind, in);
}

/* ---- the machines ---- */

static void drain(struct box *b, bool keep)
{
	static u8 frame[70000];
	ptrdiff_t len;

	while (ln_nic_transmit(b->nic[0], frame, sizeof(frame)) > 0)
		;
	while ((len = ln_nic_transmit(b->nic[1], frame, sizeof(frame))) > 0) {
		must(len <= FRAME_MAX && (!keep || b->nr_out < OUT_MAX), "a frame's size");
		if (!keep)
			continue;
		b->out[b->nr_out].len = (u32)len;
		memcpy(b->out[b->nr_out++].data, frame, (size_t)len);
	}
}

static void give(struct box *b, const struct frame *f, u32 n, s64 now)
{
	for (u32 i = 0; i < n; i++)
		ln_nic_receive(b->nic[0], f[i].data, f[i].len);
	do {
		ln_net_run(b->net, now);
		drain(b, true);
	} while (ln_net_next_event(b->net) <= now);
}

static void handshake(struct box *b, struct flow *fl, s64 now)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(PORT) };
	int listener = ln_socket(b->net, LN_AF_INET, LN_SOCK_STREAM, 0);
	struct frame f = { 0 };
	u8 frame[FRAME_MAX];

	must(!ln_bind(b->net, listener, &sin, sizeof(sin)), "bind");
	must(!ln_listen(b->net, listener, 4), "listen");
	put_tcp(&f, fl, TCP_IN, TCPHDR_SYN, 0, 0);
	ln_nic_receive(b->nic[0], f.data, f.len);
	ln_net_run(b->net, now);
	must(ln_nic_transmit(b->nic[0], frame, sizeof(frame)) > 0, "SYN-ACK");
	fl->seq++;
	fl->ack = get_be32(frame + ETH_HLEN + IPV4_HLEN + 4) + 1;
	put_tcp(&f, fl, TCP_IN, TCPHDR_ACK, 0, 0);
	give(b, &f, 1, now);
	b->tcp = ln_accept(b->net, listener, NULL, NULL);
	must(b->tcp >= 0, "accept");
}

static void box_create(struct box *b, bool gro, u8 how)
{
	static struct frame out[2][OUT_MAX];
	static u8 read[2][READ_MAX];
	struct ln_net_params np;
	char cmd[80];

	*b = (struct box){ .out = out[gro], .in = read[gro] };
	ln_net_params_init(&np);
	np.seed = 5;
	np.start_ns = SEC;
	b->net = ln_net_create(&np);
	for (u32 i = 0; i < 2; i++) {
		struct ln_nic_params params = { .rx_ring = 256, .tx_ring = 2048,
						.mtu = i && how & SMALL_MTU ? 600 : 1500 };

		memcpy(params.mac, mac_box, 6);
		params.mac[4] = (u8)i;
		b->nic[i] = ln_nic_create(b->net, &params);
		must(b->nic[i], "card");
	}
	ctl(b, gro ? "ethtool -K eth0 rx-udp-gro-forwarding on" : "ethtool -K eth0 gro off");
	if (how & BRIDGE) {
		ctl(b, "ip link add br0 type bridge");
		ctl(b, "ip link set br0 address 02:00:00:00:00:01");
		ctl(b, "ip link set eth0 master br0");
		ctl(b, "ip link set eth1 master br0");
		ctl(b, "ip link set br0 up");
	} else {
		ctl(b, "ip addr add 10.1.0.254/24 dev eth1");
		ctl(b, "sysctl -w net.ipv4.ip_forward=1");
		ctl(b, "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
		ctl(b, "sysctl -w net.ipv6.conf.all.forwarding=1");
	}
	ctl(b, how & BRIDGE ? "ip addr add 10.0.0.254/24 dev br0" :
			      "ip addr add 10.0.0.254/24 dev eth0");
	ctl(b, "ip link set eth0 up");
	ctl(b, "ip link set eth1 up");
	if (!(how & (BRIDGE | SMALL_MTU))) {
		ctl(b, "ip addr add fd00::fe/64 dev eth0");
		ctl(b, "ip addr add fd01::fe/64 dev eth1");
		ctl(b, "ip neigh add fd01::1 lladdr 02:00:00:00:00:04 dev eth1");
	}
	if (!(how & BRIDGE))
		ctl(b, "ip neigh add 10.1.0.1 lladdr 02:00:00:00:00:04 dev eth1");
	for (u32 i = 0; i < KINDS; i++) {
		strcpy(cmd, "ip neigh add 10.0.0.10 lladdr 02:00:00:00:00:03 dev ");
		cmd[21] = (char)('0' + i);
		strcat(cmd, how & BRIDGE ? "br0" : "eth0");
		ctl(b, cmd);
	}
	ln_net_run(b->net, 40 * SEC);	/* the bridge's ports are forwarding */
	drain(b, false);
}

static void open_sockets(struct box *b, bool gro)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET };
	int on = 1;

	for (u16 i = 0; i < 2; i++) {
		b->udp[i] = ln_socket(b->net, LN_AF_INET, LN_SOCK_DGRAM, 0);
		sin.sin_port = cpu_to_be16((u16)(PORT + i));
		must(!ln_bind(b->net, b->udp[i], &sin, sizeof(sin)), "bind");
	}
	if (gro)
		ln_setsockopt(b->net, b->udp[0], LN_SOL_UDP, LN_UDP_GRO, &on, sizeof(on));
}

static void note(struct box *b, u32 who, const u8 *p, size_t n)
{
	u32 head = who << 24 | (u32)n;

	must(b->nr_in + 4 + n < READ_MAX, "room");
	memcpy(b->in + b->nr_in, &head, 4);
	memcpy(b->in + b->nr_in + 4, p, n);
	b->nr_in += 4 + n;
}

/* Datagrams that come joined are noted as they were sent. */
static void read_udp(struct box *b, u32 i)
{
	static u8 buf[70000];
	struct { struct ln_cmsghdr h; int size; } c;
	struct ln_iovec iov = { buf, sizeof(buf) };
	ptrdiff_t n;

	for (;;) {
		struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c,
				       .msg_controllen = sizeof(c) };
		size_t at = 0, each;

		n = ln_recvmsg(b->net, b->udp[i], &m, 0);
		if (n < 0)
			return;
		each = m.msg_controllen ? (size_t)c.size : (size_t)n;
		must(!m.msg_controllen || (i == 0 && c.h.cmsg_type == LN_UDP_GRO &&
					   (size_t)n > each), "a cmsg");
		do {
			note(b, i, buf + at, min(each, (size_t)n - at));
			at += each;
		} while (at < (size_t)n);
	}
}

static void read_all(struct box *b)
{
	static u8 buf[70000];
	ptrdiff_t n;

	while ((n = ln_recv(b->net, b->tcp, buf, sizeof(buf), 0)) > 0)
		for (ptrdiff_t i = 0; i < n; i++, b->tcp_read++)
			must(buf[i] == (u8)((1 + b->tcp_read) * 37 + ((1 + b->tcp_read) >> 8)),
			     "a byte of the stream");
	read_udp(b, 0);
	read_udp(b, 1);
}

/* ---- what came out ---- */

/* By its addresses; what has none is of one flow with all that have none. */
static bool same_flow(const struct frame *a, const struct frame *b)
{
	bool flow = a->len >= ETH_HLEN + IPV4_HLEN, other = b->len >= ETH_HLEN + IPV4_HLEN;

	if (get_be16(a->data + 12) == ETH_P_IPV6)
		return b->len >= ETH_HLEN + IPV6_HLEN && get_be16(b->data + 12) == ETH_P_IPV6 &&
		       !memcmp(a->data + 22, b->data + 22, 32);
	return flow == other && (!flow || !memcmp(a->data + 26, b->data + 26, 8));
}

/* The same frames, in the same order within each flow. */
static void compare_out(const struct box *a, const struct box *b)
{
	static bool used[OUT_MAX];

	must(a->nr_out == b->nr_out, "how many frames leave");
	memset(used, 0, sizeof(used));
	for (u32 i = 0; i < a->nr_out; i++) {
		const struct frame *f = &a->out[i];
		u32 j = 0;

		while (j < b->nr_out && (used[j] || !same_flow(f, &b->out[j])))
			j++;
		must(j < b->nr_out, "which frames leave");
		used[j] = true;
		must(f->len == b->out[j].len && !memcmp(f->data, b->out[j].data, f->len),
		     "a frame that leaves");
	}
}

static void box_destroy(struct box *b)
{
	struct ln_leaks leaks;

	ln_net_destroy(b->net, &leaks);
	must(!leaks.bytes && !leaks.packets && !leaks.frames_unaccounted, "nothing is left");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame frames[FRAMES_MAX];
	struct input in = { data, size };
	struct flow flows[2 * KINDS], tcp;
	struct box box[2];
	s64 now = 41 * SEC;
	u8 how = take(&in);

	if (how & BRIDGE)
		how &= (u8)~SMALL_MTU;

	for (u32 i = 0; i < 2 * KINDS; i++)
		flows[i] = (struct flow){ .window = 8000, .ttl = 60, .len = 100, .v6 = i >= KINDS,
					  .id = (u16)(i % KINDS * 1000) };
	tcp = flows[TCP_IN];
	for (u32 i = 0; i < 2; i++) {
		box_create(&box[i], i == 0, how);
		open_sockets(&box[i], i == 0);
		flows[TCP_IN] = tcp;
		handshake(&box[i], &flows[TCP_IN], now);
	}
	while (in.left) {
		u32 n = 1 + take(&in) % FRAMES_MAX;

		for (u32 i = 0; i < n; i++)
			next_frame(&frames[i], flows, &in, how, i);
		for (u32 i = 0; i < 2; i++) {
			box[i].nr_out = 0;
			box[i].nr_in = 0;
			give(&box[i], frames, n, now);
			read_all(&box[i]);
		}
		compare_out(&box[0], &box[1]);
		must(box[0].nr_in == box[1].nr_in &&
		     !memcmp(box[0].in, box[1].in, box[0].nr_in), "what the readers of UDP got");
		must(box[0].tcp_read == box[1].tcp_read, "how much the reader of TCP got");
		now += 1000000;
	}
	box_destroy(&box[0]);
	box_destroy(&box[1]);
	return 0;
}
