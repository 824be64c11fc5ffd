/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device/netdevice.h"
#include "harness/family.h"
#include "harness/tcp_line.h"
#include "harness/tcp_peer.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"
#include "wire/ipv4.h"

#define LOCAL INET_ADDR4(192, 168, 0, 1)
#define REMOTE INET_ADDR4(192, 168, 0, 2)
#define QUEUE 4096
#define FRAME_MAX 2048
#define MTU 1500

struct sent {
	int64_t at;
	uint32_t len;
	uint8_t frame[FRAME_MAX];
};

/* One connection, as the script numbers it. */
struct conn {
	uint16_t lport, rport;		/* 0 = not known yet */
	uint32_t local_isn, remote_isn, ts_off;
	bool local_known, ts_known;
	size_t written, read;		/* bytes of the pattern by tcp_write, tcp_read */
};

#define CONNS 8

struct tcp_peer {
	struct ln_net *ln;
	struct net *net;
	struct ln_nic *nic;
	int64_t now, zero, last_event;
	struct sent *queue;
	unsigned head, tail;
	char last[512];
	int line;
	struct conn conns[CONNS], *c;
	uint8_t mac[6], rmac[6];
	struct prng flood;		/* who sends the next SYN of a flood */
};

/* The byte at relative sequence number seq (the first of the stream is 1). */
static uint8_t pattern(uint32_t seq)
{
	return (uint8_t)(seq * 7 + (seq >> 8));
}

static void collect(struct tcp_peer *t)
{
	uint8_t frame[FRAME_MAX];
	ptrdiff_t n;

	while ((n = ln_nic_transmit(t->nic, frame, sizeof(frame))) > 0) {
		struct sent *s = &t->queue[t->tail % QUEUE];
		struct family_packet p;

		if (family_parse(frame, (uint32_t)n, &p) == FAMILY_OTHER)
			continue;
		assert_true(t->tail - t->head < QUEUE);
		s->at = t->now;
		s->len = (uint32_t)n;
		memcpy(s->frame, frame, s->len);
		t->tail++;
	}
	assert_int_equal(n, 0);
}

static void run_now(struct tcp_peer *t)
{
	do {
		ln_net_run(t->ln, t->now);
		collect(t);
	} while (ln_net_next_event(t->ln) <= t->now);
}

/* Until `end`, or until something was sent when stop is set. */
static void run_until(struct tcp_peer *t, int64_t end, bool stop)
{
	run_now(t);
	while (!(stop && t->head != t->tail)) {
		int64_t next = ln_net_next_event(t->ln);

		if (next > end)
			break;
		t->now = next > t->now ? next : t->now;
		run_now(t);
	}
	if (!(stop && t->head != t->tail) && t->now < end) {
		t->now = end;
		run_now(t);
	}
}

/* ---- segments, as text and as bytes ---- */

static void map_out(struct tcp_peer *t, struct tcp_line *l)
{
	l->seq -= t->c->local_isn;
	l->end = l->seq + l->len;
	if (l->flags & TCPHDR_ACK)
		l->ack -= t->c->remote_isn;
	for (unsigned i = 0; i < l->opt.num_sacks; i++) {
		l->opt.sacks[i].start -= t->c->remote_isn;
		l->opt.sacks[i].end -= t->c->remote_isn;
	}
	if (l->opt.saw_tstamp)
		l->opt.ts_val -= t->c->ts_off;
}

static void map_in(const struct tcp_peer *t, struct tcp_line *l)
{
	l->seq += t->c->remote_isn;
	if (l->flags & TCPHDR_ACK)
		l->ack += t->c->local_isn;
	for (unsigned i = 0; i < l->opt.num_sacks; i++) {
		l->opt.sacks[i].start += t->c->local_isn;
		l->opt.sacks[i].end += t->c->local_isn;
	}
	if (l->opt.saw_tstamp && l->opt.ts_ecr)
		l->opt.ts_ecr += t->c->ts_off;
}

static void check_payload(const struct tcp_peer *t, const struct tcp_line *l, const uint8_t *p)
{
	/* A RST carries none; what does is the pattern of its place. */
	for (uint32_t i = 0; i < l->len; i++)
		if (p[i] != pattern(l->seq + i))
			fail_msg("line %d: byte %u of %s is %u, not %u", t->line, l->seq + i,
				 t->last, p[i], pattern(l->seq + i));
}

/* Takes the next segment off the queue, checked, on the script's numbers. */
static struct tcp_line take(struct tcp_peer *t, const struct tcp_line *want)
{
	struct sent *s = &t->queue[t->head++ % QUEUE];
	struct family_packet p;
	struct tcp_line l;

	if (family_parse(s->frame, s->len, &p) != FAMILY_TCP)
		fail_msg("linnet sent a malformed IP packet");
	assert_true(p.daddr == REMOTE && p.saddr == LOCAL && p.v6 == family_is_ipv6);
	if (!p.sum_ok)
		fail_msg("linnet sent a wrong TCP checksum");
	if (!tcp_line_read(&l, p.tcp, p.len))
		fail_msg("linnet sent a malformed TCP header");
	if (!t->c->lport)
		t->c->lport = l.sport;
	if (!t->c->rport)
		t->c->rport = l.dport;
	assert_int_equal(l.sport, t->c->lport);
	assert_int_equal(l.dport, t->c->rport);
	if (!t->c->local_known && l.flags & TCPHDR_SYN) {
		t->c->local_known = true;
		t->c->local_isn = l.seq;
	}
	if (!t->c->ts_known && l.opt.saw_tstamp && want && want->opt.saw_tstamp) {
		t->c->ts_known = true;
		t->c->ts_off = l.opt.ts_val - want->opt.ts_val;
	}
	map_out(t, &l);
	l.at = s->at;
	tcp_line_print(&l, t->last, sizeof(t->last));
	check_payload(t, &l, p.tcp + tcph_hlen((const struct tcphdr *)(const void *)p.tcp));
	return l;
}

static void inject_ip(struct tcp_peer *t, be32 saddr, const uint8_t *payload, uint32_t len,
		      uint8_t protocol)
{
	uint8_t frame[FRAME_MAX + ETH_HLEN];
	uint32_t hlen = ETH_HLEN;

	memcpy(frame, t->mac, 6);
	memcpy(frame + 6, t->rmac, 6);
	put_be16(frame + 12, family_is_ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	hlen += family_build(family_is_ipv6, frame + hlen, saddr, LOCAL, protocol, len, 0);
	memcpy(frame + hlen, payload, len);
	assert_int_equal(ln_nic_receive(t->nic, frame, hlen + len), 0);
	run_now(t);
}

static void inject(struct tcp_peer *t, struct tcp_line *l)
{
	uint8_t seg[FRAME_MAX];
	uint32_t rel = l->seq, hlen;

	map_in(t, l);
	l->sport = t->c->rport ? t->c->rport : TCP_PEER_PORT;
	l->dport = t->c->lport ? t->c->lport : TCP_PEER_PORT;
	t->c->rport = l->sport;
	t->c->lport = l->dport;
	hlen = tcp_line_write(l, seg);
	for (uint32_t i = 0; i < l->len; i++)
		seg[hlen + i] = pattern(rel + i);
	((struct tcphdr *)(void *)seg)->check =
		family_check(family_is_ipv6, REMOTE, LOCAL, IP_PROTO_TCP, seg, hlen + l->len);
	seg[16] ^= l->badsum;
	inject_ip(t, REMOTE, seg, hlen + l->len, IP_PROTO_TCP);
}

/* ICMP destination unreachable about our segment that began at seq. */
static void inject_icmp(struct tcp_peer *t, const struct tcp_line *l)
{
	struct family_quote q = { LOCAL, REMOTE, t->c->lport, t->c->rport,
				  l->seq + t->c->local_isn };
	uint8_t p[FAMILY_ICMP_MAX];
	uint32_t len = family_unreach(family_is_ipv6, p, &q, l->icmp_code, l->icmp_mtu);

	inject_ip(t, REMOTE, p, len, family_icmp_protocol(family_is_ipv6));
}

/* ---- scripts ---- */

static void unexpected(struct tcp_peer *t)
{
	if (t->head == t->tail)
		return;
	take(t, NULL);
	fail_msg("line %d: linnet sent at %.6f, unexpected: %s", t->line,
		 (double)(t->queue[(t->head - 1) % QUEUE].at - t->zero) / 1e9, t->last);
}

static void expect(struct tcp_peer *t, const struct tcp_line *want, int64_t from, int64_t to)
{
	struct tcp_line got;
	char text[512], why[128];

	run_until(t, to, true);
	tcp_line_print(want, text, sizeof(text));
	if (t->head == t->tail)
		fail_msg("line %d: nothing was sent by %.6f; expected: %s", t->line,
			 (double)(to - t->zero) / 1e9, text);
	got = take(t, want);
	if (!tcp_line_match(want, &got, why, sizeof(why)))
		fail_msg("line %d: %s\n expected: %s\n      got: %s", t->line, why, text, t->last);
	if (got.at < from || got.at > to)
		fail_msg("line %d: sent at %.6f, expected %.6f to %.6f: %s", t->line,
			 (double)(got.at - t->zero) / 1e9, (double)(from - t->zero) / 1e9,
			 (double)(to - t->zero) / 1e9, t->last);
	t->last_event = got.at;
}

static void run_line(struct tcp_peer *t, const char *text)
{
	struct tcp_line l;
	char why[128];
	int64_t from, to;

	if (!tcp_line_parse(text, &l, why, sizeof(why)))
		fail_msg("line %d: %s: %s", t->line, why, text);
	from = l.relative ? t->last_event + l.at : t->zero + l.at;
	to = l.has_until ? (l.relative ? t->last_event + l.until : t->zero + l.until) : from;
	if (l.dir == '>') {
		expect(t, &l, from, to);
		return;
	}
	run_until(t, from, false);
	unexpected(t);
	t->last_event = from;
	if (l.dir == '<')
		inject(t, &l);
	else if (l.dir == 'i')
		inject_icmp(t, &l);
}

void tcp_script(struct tcp_peer *t, const char *script)
{
	char line[256];

	t->line = 0;
	run_now(t);
	while (*script) {
		size_t n = strcspn(script, "\n");

		assert_true(n < sizeof(line));
		memcpy(line, script, n);
		line[n] = 0;
		script += n + (script[n] == '\n');
		t->line++;
		if (line[strspn(line, " \t")])
			run_line(t, line);
	}
}

void tcp_quiet(struct tcp_peer *t, double seconds)
{
	run_until(t, t->last_event + (int64_t)(seconds * 1e9 + .5), false);
	unexpected(t);
	t->last_event = t->now;
}

unsigned tcp_skip(struct tcp_peer *t, double seconds)
{
	unsigned n;

	run_until(t, t->now + (int64_t)(seconds * 1e9 + .5), false);
	n = t->tail - t->head;
	t->head = t->tail;
	t->last_event = t->now;
	return n;
}

bool tcp_next(struct tcp_peer *t, double seconds, struct tcp_line *l)
{
	struct tcp_line got;

	run_until(t, t->now + (int64_t)(seconds * 1e9 + .5), true);
	t->last_event = t->now;
	if (t->head == t->tail)
		return false;
	got = take(t, NULL);
	if (l)
		*l = got;
	return true;
}

/* Random, and never the peer of the script. */
static be32 spoofed(struct prng *prng)
{
	return INET_ADDR4(11, 0, 0, 0) + cpu_to_be32(prng_below(prng, 1 << 24));
}

unsigned tcp_syn_flood(struct tcp_peer *t, unsigned n, const char *options)
{
	unsigned answers = 0;
	struct prng *prng = &t->flood;
	struct tcp_line l;
	char text[64 + LINE_OPTS_TEXT], why[128];
	uint8_t seg[FRAME_MAX];

	snprintf(text, sizeof(text), "+0 < S 0:0(0) win 65535 <%s>", options);
	if (!tcp_line_parse(text, &l, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	for (unsigned i = 0; i < n; i++) {
		be32 saddr = spoofed(prng);
		uint32_t hlen;

		l.seq = prng_u32(prng);
		l.sport = (u16)(1 + prng_below(prng, 65535));
		l.dport = TCP_PEER_PORT;
		hlen = tcp_line_write(&l, seg);
		((struct tcphdr *)(void *)seg)->check =
			family_check(family_is_ipv6, saddr, LOCAL, IP_PROTO_TCP, seg, hlen);
		inject_ip(t, saddr, seg, hlen, IP_PROTO_TCP);
		answers += t->tail - t->head;
		t->head = t->tail;
	}
	return answers;
}

void tcp_new_connection(struct tcp_peer *t, uint16_t peer_port)
{
	t->c->lport = 0;
	t->c->rport = peer_port;
	t->c->local_known = t->c->ts_known = false;
	t->c->ts_off = t->c->local_isn = 0;
	t->c->remote_isn += 1000003;
	t->c->written = t->c->read = 0;
}

void tcp_use_raw(struct tcp_peer *t, uint16_t local_port, uint16_t peer_port)
{
	*t->c = (struct conn){ .lport = local_port, .rport = peer_port, .local_known = true,
			       .ts_known = true };
}

void tcp_use(struct tcp_peer *t, unsigned n)
{
	assert_true(n < CONNS);
	t->c = &t->conns[n];
}

const char *tcp_last(const struct tcp_peer *t)
{
	return t->last;
}

/* ---- the machine ---- */

struct tcp_peer *tcp_peer_new(const struct tcp_peer_params *p)
{
	static const struct tcp_peer_params none;
	struct tcp_peer *t = calloc(1, sizeof(*t));
	struct ln_net_params np;
	struct ln_nic_params nicp = { .name = "eth0", .mac = { 2, 0, 0, 0, 0, 1 } };

	p = p ? p : &none;
	t->queue = malloc(QUEUE * sizeof(*t->queue));
	memcpy(t->mac, nicp.mac, 6);
	memcpy(t->rmac, (uint8_t[6]){ 2, 0, 0, 0, 0, 2 }, 6);
	ln_net_params_init(&np);
	np.seed = p->seed ? p->seed : 1;
	np.mem_budget = p->mem_budget;
	np.start_ns = t->now = t->zero = t->last_event = 1000000000;
	t->ln = ln_net_create(&np);
	assert_non_null(t->ln);
	t->net = net_of(t->ln);
	prng_init(&t->flood, np.seed);
	nicp.mtu = (u16)((p->mtu ? p->mtu : MTU) + (family_is_ipv6 ? FAMILY_MORE : 0));
	nicp.rx_ring = nicp.tx_ring = 1024;
	t->nic = ln_nic_create(t->ln, &nicp);
	assert_non_null(t->nic);
	assert_int_equal(dev_open(dev_get_by_name(t->net, "eth0")), 0);
	family_add_addr(family_is_ipv6, t->ln, "eth0", LOCAL);
	family_add_neigh(family_is_ipv6, t->ln, "eth0", REMOTE, t->rmac);
	if (p->setup)
		p->setup(t->net);
	for (unsigned i = 0; i < CONNS; i++) {
		t->conns[i].remote_isn = (p->remote_isn ? p->remote_isn : 0xfffff000u) + i * 77777;
		t->conns[i].rport = (uint16_t)(i ? TCP_PEER_PORT + i : 0);
	}
	tcp_use(t, 0);
	run_now(t);
	return t;
}

static void no_tlp(struct net *net)
{
	net->sysctl.tcp_early_retrans = 0;
}

static void no_rack(struct net *net)
{
	no_tlp(net);
	net->sysctl.tcp_recovery = 0;
}

struct tcp_peer *tcp_peer_without_tlp(void)
{
	return tcp_peer_new(&(struct tcp_peer_params){ .setup = no_tlp });
}

struct tcp_peer *tcp_peer_without_rack(void)
{
	return tcp_peer_new(&(struct tcp_peer_params){ .setup = no_rack });
}

void tcp_peer_end(struct tcp_peer *t)
{
	struct ln_leaks leaks;

	run_now(t);
	unexpected(t);
	ln_net_destroy(t->ln, &leaks);
	assert_int_equal(leaks.frames_unaccounted, 0);
	assert_int_equal(leaks.packets, 0);
	assert_int_equal(leaks.objects, 0);
	assert_int_equal(leaks.bytes, 0);
	free(t->queue);
	free(t);
}

struct ln_net *tcp_peer_net(struct tcp_peer *t)
{
	return t->ln;
}

int64_t tcp_peer_now(const struct tcp_peer *t)
{
	return t->now;
}

/* ---- sockets ---- */

int tcp_socket(struct tcp_peer *t)
{
	int fd = ln_socket(t->ln, family_domain(family_is_ipv6), LN_SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

int tcp_listen_backlog(struct tcp_peer *t, int backlog)
{
	union family_sockaddr any;
	u32 len = family_sockaddr(family_is_ipv6, 0, TCP_PEER_PORT, &any);
	int fd = tcp_socket(t);

	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, 1);
	assert_int_equal(ln_bind(t->ln, fd, &any, len), 0);
	assert_int_equal(ln_listen(t->ln, fd, backlog), 0);
	return fd;
}

int tcp_listen_on(struct tcp_peer *t)
{
	return tcp_listen_backlog(t, 4);
}

int tcp_connect_to(struct tcp_peer *t, int fd)
{
	union family_sockaddr to;
	u32 len = family_sockaddr(family_is_ipv6, REMOTE, TCP_PEER_PORT, &to);
	int err = ln_connect(t->ln, fd, &to, len);

	run_now(t);
	return err;
}

int tcp_accept_one(struct tcp_peer *t, int listener)
{
	int fd = ln_accept(t->ln, listener, NULL, NULL);

	assert_true(fd >= 0);
	return fd;
}

ptrdiff_t tcp_write(struct tcp_peer *t, int fd, size_t n, int flags)
{
	uint8_t *buf = malloc(n ? n : 1);
	ptrdiff_t r;

	for (size_t i = 0; i < n; i++)
		buf[i] = pattern((uint32_t)(t->c->written + i + 1));
	r = ln_send(t->ln, fd, buf, n, flags);
	if (r > 0)
		t->c->written += (size_t)r;
	free(buf);
	run_now(t);
	return r;
}

ptrdiff_t tcp_read(struct tcp_peer *t, int fd, size_t n)
{
	uint8_t *buf = malloc(n ? n : 1);
	ptrdiff_t r = ln_recv(t->ln, fd, buf, n, 0);

	for (ptrdiff_t i = 0; i < r; i++)
		assert_int_equal(buf[i], pattern((uint32_t)(t->c->read + (size_t)i + 1)));
	if (r > 0)
		t->c->read += (size_t)r;
	free(buf);
	run_now(t);
	return r;
}

int tcp_opt(struct tcp_peer *t, int fd, int level, int name, int val)
{
	int err = ln_setsockopt(t->ln, fd, level, name, &val, sizeof(val));

	run_now(t);
	return err;
}

int tcp_opt_get(struct tcp_peer *t, int fd, int level, int name)
{
	uint32_t len = sizeof(int);
	int val = -1;

	assert_int_equal(ln_getsockopt(t->ln, fd, level, name, &val, &len), 0);
	return val;
}

struct ln_tcp_info tcp_info_of(struct tcp_peer *t, int fd)
{
	struct ln_tcp_info info;
	uint32_t len = sizeof(info);

	assert_int_equal(ln_getsockopt(t->ln, fd, LN_SOL_TCP, LN_TCP_INFO, &info, &len), 0);
	return info;
}

unsigned tcp_events(struct tcp_peer *t, int fd)
{
	struct ln_pollfd p = { .fd = fd, .events = LN_POLLIN | LN_POLLPRI | LN_POLLOUT |
						   LN_POLLRDHUP };

	ln_poll(t->ln, &p, 1);
	return (unsigned)p.revents;
}

int tcp_so_error(struct tcp_peer *t, int fd)
{
	return tcp_opt_get(t, fd, LN_SOL_SOCKET, LN_SO_ERROR);
}

int tcp_established(struct tcp_peer *t, const char *options, unsigned win, double rtt)
{
	int listener = tcp_listen_on(t), fd;
	char script[512];

	if (strstr(options, "TS"))
		snprintf(script, sizeof(script),
			 "+0 < S 0:0(0) win %u <%s>\n"
			 "+0 > S. 0:0(0) ack 1 <mss *,sackOK,TS val 100 ecr 100,nop,wscale *>\n"
			 "+%.6f < . 1:1(0) ack 1 win %u <nop,nop,TS val 101 ecr 100>\n",
			 win, options, rtt, win);
	else
		snprintf(script, sizeof(script),
			 "+0 < S 0:0(0) win %u <%s>\n"
			 "+0 > S. 0:0(0) ack 1 <...>\n"
			 "+%.6f < . 1:1(0) ack 1 win %u\n",
			 win, options, rtt, win);
	tcp_script(t, script);
	fd = tcp_accept_one(t, listener);
	assert_int_equal(ln_close(t->ln, listener), 0);
	return fd;
}
