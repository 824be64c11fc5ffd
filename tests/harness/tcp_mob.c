/* SPDX-License-Identifier: MIT */
#include "harness/tcp_mob.h"

#include "device/netdevice.h"
#include "harness/family.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/tcp/tcp_minisocks.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"

#define MACHINE INET_ADDR4(192, 168, 0, 1)
#define MOB INET_ADDR4(192, 168, 0, 2)		/* the gateway to all others, too */
#define SIDE INET_ADDR4(10, 9, 0, 1)
#define GOOD INET_ADDR4(10, 9, 0, 2)
#define FRAME_MAX 1600
#define MTU 1500

/* ---- running ---- */

static struct mob_conn *conn_of(struct tcp_mob *m, u16 port)
{
	unsigned i = (unsigned)(port - MOB_FIRST_PORT);

	return port >= MOB_FIRST_PORT && i < m->conns ? &m->conn[i] : NULL;
}

static void take_syn(struct mob_conn *c, const struct tcp_view *v)
{
	struct tcp_options_received opt;

	tcp_parse_options(v->opts, v->hlen - (size_t)TCP_HLEN, true, &opt);
	c->open = true;
	c->ack = v->seq + 1;
	c->wscale = opt.wscale_ok ? opt.wscale : 0;
}

static void keep_up(struct mob_conn *c, const struct tcp_view *v, u32 len)
{
	struct tcp_options_received opt;

	c->segs++;
	c->rst |= (v->flags & TCPHDR_RST) != 0;
	if (v->flags & TCPHDR_ACK) {
		c->una = v->ack_seq;
		c->win = v->window;
	}
	tcp_parse_options(v->opts, v->hlen - (size_t)TCP_HLEN, false, &opt);
	c->ts_val = opt.saw_tstamp ? opt.ts_val : c->ts_val;
	if (v->flags & TCPHDR_SYN) {
		take_syn(c, v);
	} else if (v->seq == c->ack) {
		c->fin |= (v->flags & TCPHDR_FIN) != 0;
		c->ack += tcp_seg_len(v->flags, len);
	}
}

static void look_at(struct tcp_mob *m, const u8 *frame, u32 len)
{
	struct mob_conn *c;
	struct family_packet p;
	struct tcp_view v;
	enum family_kind kind = family_parse(frame, len, &p);

	assert_int_not_equal(kind, FAMILY_MALFORMED);
	if (kind != FAMILY_TCP)
		return;
	len = p.len;
	assert_int_equal(tcp_parse(p.tcp, len, &v), WIRE_OK);
	c = p.daddr == MOB ? conn_of(m, v.dport) : NULL;
	if (c)
		keep_up(c, &v, len - v.hlen);
	if (m->on_segment)
		m->on_segment(m, c, &v, len - v.hlen);
}

static void collect(struct tcp_mob *m)
{
	u8 frame[FRAME_MAX];
	ptrdiff_t n;

	while ((n = ln_nic_transmit(m->nic, frame, sizeof(frame))) > 0) {
		m->sent++;
		look_at(m, frame, (u32)n);
	}
}

/* Takes whoever waits. Return: the good one's descriptor, or -1. */
static int accept_mob(struct tcp_mob *m)
{
	union family_sockaddr from;
	u32 len = sizeof(from);
	int fd;

	while ((fd = ln_accept(m->ln, m->listener, &from, &len)) >= 0) {
		if (family_host(&from) == GOOD)
			return fd;
		assert_true(m->fds < MOB_CONNS);
		m->fd[m->fds++] = fd;
		len = sizeof(from);
	}
	return -1;
}

static s64 next_event(const struct tcp_mob *m)
{
	return min(ln_net_next_event(m->ln), ln_net_next_event(m->good));
}

static void run_now(struct tcp_mob *m)
{
	if (m->running)
		return;		/* an answer of on_segment: it is taken in the next round */
	m->running = true;
	do {
		ln_net_run(m->ln, m->now);
		collect(m);
		ln_net_run(m->good, m->now);
		ln_nic_cable_run(m->side);
		ln_nic_cable_run(m->good_nic);
	} while (next_event(m) <= m->now);
	m->running = false;
	m->peak = max(m->peak, m->net->mem.used);
}

void tcp_mob_settle(struct tcp_mob *m)
{
	run_now(m);
	accept_mob(m);
}

void tcp_mob_run(struct tcp_mob *m, double seconds)
{
	s64 end = m->now + (s64)(seconds * 1e9), next;

	tcp_mob_settle(m);
	while ((next = next_event(m)) <= end) {
		m->now = max(next, m->now);
		tcp_mob_settle(m);
	}
	m->now = end;
	tcp_mob_settle(m);
}

static void oracle_fail(void *ctx, const char *what, const struct sock *sk)
{
	(void)ctx;
	fail_msg("%s in state %s", what, sk ? tcp_state_name(sk->c.state) : "-");
}

void tcp_mob_check(struct tcp_mob *m)
{
	tcp_oracle_check(&m->oracle, m->net);
	m->peak = max(m->peak, m->net->mem.used);
}

/* ---- sending ---- */

void mob_send_ip(struct tcp_mob *m, const struct ipv4_view *ip, const u8 *payload, u32 len)
{
	u8 frame[FRAME_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	struct ipv4_view v = *ip;

	v.hlen = IPV4_HLEN;
	v.tot_len = (u16)(IPV4_HLEN + len);
	v.ttl = 64;
	v.saddr = v.saddr ? v.saddr : MOB;
	v.daddr = MACHINE;
	ipv4_build(frame + ETH_HLEN, &v);
	memcpy(frame + ETH_HLEN + IPV4_HLEN, payload, len);
	m->received++;
	assert_int_equal(ln_nic_receive(m->nic, frame, ETH_HLEN + IPV4_HLEN + len), 0);
	run_now(m);
}

/* Of either family. */
static void send_packet(struct tcp_mob *m, be32 saddr, u8 protocol, const u8 *payload, u32 len)
{
	u8 frame[FRAME_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	u32 hlen = ETH_HLEN;

	put_be16(frame + 12, family_is_ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	hlen += family_build(family_is_ipv6, frame + hlen, saddr, MACHINE, protocol, len, 0);
	memcpy(frame + hlen, payload, len);
	m->received++;
	assert_int_equal(ln_nic_receive(m->nic, frame, hlen + len), 0);
	run_now(m);
}

void mob_send_raw(struct tcp_mob *m, const struct mob_seg *s)
{
	be32 saddr = s->addr ? s->addr : MOB;
	u8 seg[FRAME_MAX], opts[TCP_OPTLEN_MAX] = { 0 };
	struct tcp_view v = {
		.sport = s->port, .dport = s->to ? s->to : MOB_PORT, .seq = s->seq,
		.ack_seq = s->ack, .window = s->win, .urg_ptr = s->urg, .flags = s->flags,
		.hlen = (u8)(TCP_HLEN + (s->opts_len + 3) / 4 * 4), .opts = opts,
	};
	u32 len = v.hlen + s->len;

	assert_true(len <= 1480);
	memcpy(opts, s->opts, s->opts_len);
	tcp_build(seg, &v);
	for (u32 i = 0; i < s->len; i++)
		seg[v.hlen + i] = (u8)(s->seq + i);
	((struct tcphdr *)(void *)seg)->check =
		family_check(family_is_ipv6, saddr, MACHINE, IP_PROTO_TCP, seg, len);
	send_packet(m, saddr, IP_PROTO_TCP, seg, len);
}

void mob_send(struct tcp_mob *m, struct mob_conn *c, u8 flags, u32 len, const struct mob_seg *how)
{
	struct mob_seg s = { 0 };

	if (how) {
		s = *how;
	} else if (c->ts_val) {
		mob_opt_ts(&s, (u32)(m->now / 1000000) + c->ts_off, c->ts_val);
	}
	s.port = c->port;
	s.seq = c->seq;
	s.ack = flags & TCPHDR_ACK ? c->ack : 0;
	s.win = m->win;
	s.flags = flags;
	s.len = len;
	c->seq += tcp_seg_len(flags, len);
	mob_send_raw(m, &s);
}

void mob_icmp(struct tcp_mob *m, const struct mob_conn *c, u8 code, u16 mtu, u32 seq)
{
	struct family_quote q = { MACHINE, MOB, MOB_PORT, c->port, seq };
	u8 p[FAMILY_ICMP_MAX];
	u32 len = family_unreach(family_is_ipv6, p, &q, code, mtu);

	send_packet(m, MOB, family_icmp_protocol(family_is_ipv6), p, len);
}

/* ---- options ---- */

void mob_opt(struct mob_seg *s, const void *bytes, u32 len)
{
	assert_true(s->opts_len + len <= TCP_OPTLEN_MAX);
	memcpy(s->opts + s->opts_len, bytes, len);
	s->opts_len = (u8)(s->opts_len + len);
}

void mob_opt_mss(struct mob_seg *s, u16 mss)
{
	mob_opt(s, (u8[]){ TCPOPT_MSS, 4, (u8)(mss >> 8), (u8)mss }, 4);
}

void mob_opt_ts(struct mob_seg *s, u32 val, u32 ecr)
{
	u8 o[12] = { TCPOPT_NOP, TCPOPT_NOP, TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP };

	put_be32(o + 4, val);
	put_be32(o + 8, ecr);
	mob_opt(s, o, sizeof(o));
}

void mob_opt_sack(struct mob_seg *s, const struct tcp_sack_block *b, unsigned n)
{
	u8 o[4 + 8 * TCP_MAX_SACKS] = { TCPOPT_NOP, TCPOPT_NOP, TCPOPT_SACK, (u8)(2 + 8 * n) };

	for (unsigned i = 0; i < n; i++) {
		put_be32(o + 4 + 8 * i, b[i].start);
		put_be32(o + 8 + 8 * i, b[i].end);
	}
	mob_opt(s, o, 4 + 8 * n);
}

/* ---- connections ---- */

struct mob_conn *mob_connect(struct tcp_mob *m, const struct mob_seg *s)
{
	struct mob_conn *c = &m->conn[m->conns];
	struct tcp_options_received opt;

	assert_true(m->conns < MOB_CONNS);
	*c = (struct mob_conn){ .port = (u16)(MOB_FIRST_PORT + m->conns++),
				.seq = s && s->seq ? s->seq : 1000 };
	if (s)
		tcp_parse_options(s->opts, s->opts_len, true, &opt);
	if (s && opt.saw_tstamp)
		c->ts_off = opt.ts_val - (u32)(m->now / 1000000);
	mob_send(m, c, TCPHDR_SYN, 0, s);
	if (!c->open)
		return NULL;
	mob_send(m, c, TCPHDR_ACK, 0, NULL);
	accept_mob(m);
	return c;
}

struct client {
	int fd, served;
	size_t n, out, back, echoed;
	u8 keep[65536];
	size_t kept;
	bool shut, end;
};

static u8 good_byte(size_t i)
{
	return (u8)(i * 13 + (i >> 8));
}

static void client_work(struct tcp_mob *m, struct client *c)
{
	u8 buf[16384];
	ptrdiff_t r = 0;

	while (c->out < c->n && r >= 0) {
		size_t len = min(c->n - c->out, sizeof(buf));

		for (size_t i = 0; i < len; i++)
			buf[i] = good_byte(c->out + i);
		r = ln_send(m->good, c->fd, buf, len, 0);
		c->out += r > 0 ? (size_t)r : 0;
	}
	if (c->out == c->n && !c->shut)
		c->shut = !ln_shutdown(m->good, c->fd, LN_SHUT_WR);
	while ((r = ln_recv(m->good, c->fd, buf, sizeof(buf), 0)) > 0) {
		for (ptrdiff_t i = 0; i < r; i++)
			assert_int_equal(buf[i], good_byte(c->back + (size_t)i));
		c->back += (size_t)r;
	}
	c->end = r == 0;
	assert_true(r == 0 || r == -EAGAIN);
}

/* The server's side: what comes goes back. */
static void server_work(struct tcp_mob *m, struct client *c)
{
	ptrdiff_t r;

	if (c->served < 0)
		c->served = accept_mob(m);
	if (c->served < 0)
		return;
	do {
		r = ln_recv(m->ln, c->served, c->keep + c->kept, sizeof(c->keep) - c->kept, 0);
		c->kept += r > 0 ? (size_t)r : 0;
		c->echoed += r > 0 ? (size_t)r : 0;
		if (c->kept) {
			ptrdiff_t s = ln_send(m->ln, c->served, c->keep, c->kept, 0);

			if (s > 0)
				memmove(c->keep, c->keep + s, c->kept -= (size_t)s);
			if (s < 0)
				return;
		}
	} while (r > 0);
	if (c->echoed == c->n && !c->kept)
		ln_shutdown(m->ln, c->served, LN_SHUT_WR);
}

double tcp_mob_good(struct tcp_mob *m, size_t n, double limit_s)
{
	union family_sockaddr to;
	u32 len = family_sockaddr(family_is_ipv6, SIDE, MOB_PORT, &to);
	struct client *c = calloc(1, sizeof(*c));
	s64 began = m->now, limit = m->now + (s64)(limit_s * 1e9);

	*c = (struct client){ .n = n, .served = -1 };
	c->fd = ln_socket(m->good, to.family, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_connect(m->good, c->fd, &to, len), -EINPROGRESS);
	while (!c->end && m->now < limit) {
		s64 next;

		run_now(m);
		server_work(m, c);
		if (c->served >= 0)
			client_work(m, c);
		run_now(m);
		next = next_event(m);
		m->now = min(max(next, m->now + 1000), limit);
	}
	if (!c->end || c->back != n)
		fail_msg("the good client got %zu of %zu bytes in %.1f s", c->back, n, limit_s);
	assert_int_equal(ln_close(m->good, c->fd), 0);
	assert_int_equal(ln_close(m->ln, c->served), 0);
	free(c);
	run_now(m);
	return (double)(m->now - began) / 1e9;
}

/* ---- the machines ---- */

static struct ln_net *machine(const struct tcp_mob *m, const char *name, size_t budget, u64 seed)
{
	struct ln_net_params np;
	struct ln_net *ln;

	ln_net_params_init(&np);
	np.name = name;
	np.seed = seed;
	np.mem_budget = budget;
	np.start_ns = m->now;
	ln = ln_net_create(&np);
	assert_non_null(ln);
	return ln;
}

static struct ln_nic *card(struct ln_net *ln, const char *name, u8 mac, be32 addr)
{
	struct ln_nic_params p = { .name = name, .mac = { 2, 0, 0, 0, 0, mac }, .rx_ring = 256,
				   .tx_ring = 256 };
	struct ln_nic *nic;

	p.mtu = (u16)(MTU + (family_is_ipv6 ? FAMILY_MORE : 0));
	nic = ln_nic_create(ln, &p);
	assert_non_null(nic);
	assert_int_equal(dev_open(dev_get_by_name(net_of(ln), name)), 0);
	family_add_addr(family_is_ipv6, ln, name, addr);
	return nic;
}

static void listen_on(struct tcp_mob *m, int backlog)
{
	union family_sockaddr any;
	u32 len = family_sockaddr(family_is_ipv6, 0, MOB_PORT, &any);

	m->listener = ln_socket(m->ln, any.family, LN_SOCK_STREAM, 0);
	assert_true(m->listener >= 0);
	assert_int_equal(ln_bind(m->ln, m->listener, &any, len), 0);
	assert_int_equal(ln_listen(m->ln, m->listener, backlog ? backlog : 128), 0);
}

struct tcp_mob *tcp_mob_new(const struct tcp_mob_params *params)
{
	static const struct tcp_mob_params none;
	struct tcp_mob *m = calloc(1, sizeof(*m));
	const struct tcp_mob_params *p = params ? params : &none;

	assert_non_null(m);
	m->now = p->start_ns ? p->start_ns : 1000000000;
	m->win = 65535;
	m->oracle.fail = oracle_fail;
	prng_init(&m->prng, p->seed + 1);
	m->ln = machine(m, "machine", p->mem_budget, p->seed + 1);
	m->good = machine(m, "good", 0, p->seed + 2);
	m->net = net_of(m->ln);
	m->nic = card(m->ln, "eth0", 1, MACHINE);
	m->side = card(m->ln, "eth1", 3, SIDE);
	m->good_nic = card(m->good, "eth0", 4, GOOD);
	assert_int_equal(ln_nic_connect(m->side, m->good_nic), 0);
	family_add_neigh(family_is_ipv6, m->ln, "eth0", MOB, (u8[]){ 2, 0, 0, 0, 0, 2 });
	family_add_default(family_is_ipv6, m->ln, MOB);
	if (p->setup)
		p->setup(m->net);
	listen_on(m, p->backlog);
	tcp_mob_settle(m);
	return m;
}

static void no_leaks(struct ln_net *ln)
{
	struct ln_leaks leaks;

	ln_net_destroy(ln, &leaks);
	assert_int_equal(leaks.frames_unaccounted, 0);
	assert_int_equal(leaks.packets, 0);
	assert_int_equal(leaks.objects, 0);
	assert_int_equal(leaks.bytes, 0);
}

void tcp_mob_end(struct tcp_mob *m)
{
	tcp_mob_check(m);
	assert_int_equal(ln_nic_cable_run(m->side), 0);
	no_leaks(m->ln);
	no_leaks(m->good);
	free(m);
}
