/* SPDX-License-Identifier: MIT */
/*
 * Peers who play tricks: tiny segments behind holes (CVE-2018-5390), SACKs of everything but the
 * first byte (CVE-2019-11477 to 11479), options at every limit, ACKs that claim too much or too
 * often, D-SACKs of nothing, ICMP by guess (RFC 5927), fragments without end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_mob.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"

#define MIB(m, name) ((m)->net->mib[MIB_TcpExt##name])

static void syn_of(struct mob_seg *s, u16 mss)
{
	*s = (struct mob_seg){ .win = 65535 };
	mob_opt_mss(s, mss);
	mob_opt(s, (u8[]){ TCPOPT_SACK_PERM, 2, TCPOPT_NOP, TCPOPT_NOP, TCPOPT_NOP, TCPOPT_WINDOW,
			   3, 7 }, 8);
}

static struct ln_tcp_info info_of(struct tcp_mob *m, int fd)
{
	struct ln_tcp_info info;
	u32 len = sizeof(info);

	assert_int_equal(ln_getsockopt(m->ln, fd, LN_SOL_TCP, LN_TCP_INFO, &info, &len), 0);
	return info;
}

/* ---- tiny segments ---- */

static void large_buffers(struct net *net)
{
	net->sysctl.tcp_rmem_default = net->sysctl.tcp_rmem_max = 4 << 20;
	net->sysctl.tcp_wmem_default = net->sysctl.tcp_wmem_max = 2 << 20;
	net->sysctl.tcp_congestion_control = 0;		/* slow start to the end */
}

static void one_byte(struct tcp_mob *m, struct mob_conn *c, u32 at)
{
	struct mob_seg s = { .port = c->port, .seq = c->seq + at, .ack = c->ack, .win = 1000,
			     .flags = TCPHDR_ACK, .len = 1 };

	mob_send_raw(m, &s);
}

/* Each byte behind a hole of its own, from the end to the beginning and anywhere. */
static void tiny_segments_behind_holes(void **state)
{
	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){ .setup = large_buffers });
	struct mob_seg syn;
	struct mob_conn *c;
	u8 buf[65536];

	(void)state;
	syn_of(&syn, 1460);
	c = mob_connect(m, &syn);
	for (u32 i = 0; i < 8000; i++)
		one_byte(m, c, 60000 - 2 * i);
	for (u32 i = 0; i < 8000; i++)
		one_byte(m, c, 1 + prng_below(&m->prng, 60000));
	tcp_mob_check(m);
	assert_true(m->net->sock->memory <= 4u << 20);
	assert_true(m->peak < 6u << 20);
	/* Their places were not looked for without end (tcp_rcvq_test). */
	assert_true(MIB(m, TCPOFODrop) > 0);
	/* The good client does not notice, and who fills the hole is heard. */
	tcp_mob_good(m, 100000, 1);
	for (u32 at = 0; at < 60001; at += 1000)
		mob_send(m, c, TCPHDR_ACK, 1000, NULL);
	for (u32 got = 0; got < 61000;) {
		ptrdiff_t n = ln_recv(m->ln, m->fd[0], buf, sizeof(buf), 0);

		assert_true(n > 0);
		for (ptrdiff_t i = 0; i < n; i++)
			assert_int_equal(buf[i], (u8)(1001 + got + (u32)i));
		got += (u32)n;
	}
	tcp_mob_end(m);
}

/* ---- SACKs ---- */

/* How far it has sent; nothing is acknowledged by itself. */
static void on_data(struct tcp_mob *m, struct mob_conn *c, const struct tcp_view *v, u32 len)
{
	u32 *top = m->ctx;

	if (c && after(v->seq + len, *top))
		*top = v->seq + len;
}

static void fill(struct tcp_mob *m, int fd, size_t n)
{
	static const u8 zeros[65536];

	while (n) {
		ptrdiff_t r = ln_send(m->ln, fd, zeros, min(n, sizeof(zeros)), 0);

		if (r == -EAGAIN)
			break;
		assert_true(r > 0);
		n -= (size_t)r;
	}
	tcp_mob_settle(m);
}

static void sack_every_other(struct tcp_mob *m, struct mob_conn *c, u32 from, u32 to, u32 mss)
{
	struct tcp_sack_block b[4];
	unsigned n = 0;

	for (u32 at = from; before(at + 2 * mss, to); at += 2 * mss) {
		struct mob_seg s = { 0 };

		/* Edges that are no segment's, too: what was sent as one has to be cut. */
		b[n % 4] = (struct tcp_sack_block){ at + mss + (n & 3), at + 2 * mss };
		if (n++ < 4)
			continue;
		mob_opt_sack(&s, b, 4);
		mob_send(m, c, TCPHDR_ACK, 0, &s);
	}
}

/* The smallest MSS, a large window, a hole after each packet: bounded in memory, and it ends. */
static void sack_bombs(void **state)
{
	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){ .setup = large_buffers });
	struct mob_seg syn;
	struct mob_conn *c;
	u32 mss, top;

	(void)state;
	syn_of(&syn, 48);
	c = mob_connect(m, &syn);
	top = c->ack;
	m->on_segment = on_data;
	m->ctx = &top;
	m->win = 8191;			/* times 128: a megabyte */
	/* One ACK for all that flies: the window opens, as far as the device's queue is long. */
	for (int i = 0; i < 20; i++) {
		fill(m, m->fd[0], 1000000);
		mob_send(m, c, TCPHDR_ACK, 0, NULL);
		tcp_mob_run(m, .01);
	}
	mss = info_of(m, m->fd[0]).tcpi_snd_mss;
	assert_in_range(mss, 1, 48);
	fill(m, m->fd[0], 1000000);
	assert_true(info_of(m, m->fd[0]).tcpi_unacked > 1000);
	c->ack -= 1000;			/* a hole at the front, too */
	for (int round = 0; round < 5; round++) {
		sack_every_other(m, c, top - 1200 * mss, top, mss);
		tcp_mob_check(m);
		tcp_mob_run(m, .1);
	}
	assert_true(m->peak < 16u << 20);
	tcp_mob_good(m, 100000, 1);
	/* After all that it ends well. */
	for (int i = 0; i < 5000 && info_of(m, m->fd[0]).tcpi_unacked; i++) {
		c->ack = top;
		mob_send(m, c, TCPHDR_ACK, 0, NULL);
		tcp_mob_run(m, 1);
	}
	assert_int_equal(info_of(m, m->fd[0]).tcpi_unacked, 0);
	tcp_mob_end(m);
}

/* ---- claims ---- */

static struct mob_conn *ten_in_flight(struct tcp_mob *m)
{
	struct mob_seg syn;
	struct mob_conn *c;

	syn_of(&syn, 1000);
	c = mob_connect(m, &syn);
	m->win = 1000;
	fill(m, m->fd[0], 10000);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_unacked, 10);
	return c;
}

static void ack_of(struct tcp_mob *m, struct mob_conn *c, u32 ack, const struct mob_seg *how)
{
	u32 keep = c->ack;

	c->ack = ack;
	mob_send(m, c, TCPHDR_ACK, 0, how);
	c->ack = keep;
}

/* RFC 3465 1, RFC 9438: a window grows by what arrived, not by how often that is said. */
static void acks_of_a_byte_each(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_conn *c = ten_in_flight(m);
	u32 una = c->ack - 10000;

	(void)state;
	for (u32 i = 1; i <= 1000; i++)
		ack_of(m, c, una + i, NULL);
	assert_in_range(info_of(m, m->fd[0]).tcpi_snd_cwnd, 10, 11);
	tcp_mob_end(m);
}

/* What was not sent cannot have come. */
static void acks_of_the_future(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_conn *c = ten_in_flight(m);

	(void)state;
	for (u32 i = 1; i <= 1000; i++)
		ack_of(m, c, c->ack + i * 1000, NULL);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_snd_cwnd, 10);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_unacked, 10);
	tcp_mob_end(m);
}

/* RFC 2883 4: of what was sent once nothing is a duplicate; of what was never sent neither. */
static void dsacks_of_nothing(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_conn *c = ten_in_flight(m);
	u32 una = c->ack - 10000;

	(void)state;
	for (u32 i = 0; i < 1000; i++) {
		struct tcp_sack_block b = { una - 1000 * (i % 50) - 1000,
					    una - 1000 * (i % 50) };
		struct mob_seg s = { 0 };

		mob_opt_sack(&s, &b, 1);
		ack_of(m, c, una, &s);
	}
	tcp_mob_check(m);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_snd_cwnd, 10);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_reordering, 3);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_total_retrans, 0);
	assert_int_equal(MIB(m, TCPFullUndo) + MIB(m, TCPDSACKUndo) + MIB(m, TCPLossUndo), 0);
	tcp_mob_end(m);
}

/* ---- options ---- */

/* Signatures (19, 29) are not among them: who signs for somebody without keys is not heard. */
static const struct {
	u8 len, bytes[TCP_OPTLEN_MAX];
} odd_options[] = {
	{ 1, { TCPOPT_EOL } },
	{ 2, { TCPOPT_MSS, 0 } }, { 2, { TCPOPT_MSS, 1 } }, { 2, { TCPOPT_MSS, 255 } },
	{ 3, { TCPOPT_MSS, 4, 5 } }, { 1, { TCPOPT_MSS } },
	{ 4, { TCPOPT_MSS, 4, 0, 0 } }, { 4, { TCPOPT_MSS, 4, 0, 1 } },
	{ 4, { TCPOPT_MSS, 4, 255, 255 } },
	{ 8, { TCPOPT_MSS, 4, 1, 0, TCPOPT_MSS, 4, 2, 0 } },
	{ 4, { TCPOPT_WINDOW, 3, 255, TCPOPT_NOP } }, { 4, { TCPOPT_WINDOW, 4, 7, 7 } },
	{ 4, { TCPOPT_SACK_PERM, 3, 0, 0 } }, { 2, { TCPOPT_SACK_PERM, 0 } },
	{ 12, { TCPOPT_TIMESTAMP, 9, 1, 1, 1, 1, 1, 1, 1 } },
	{ 12, { TCPOPT_TIMESTAMP, 12, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ 24, { TCPOPT_TIMESTAMP, 10, 0, 0, 0, 9, 0, 0, 0, 0, TCPOPT_NOP, TCPOPT_NOP,
		TCPOPT_TIMESTAMP, 10, 0, 0, 0, 7, 0, 0, 0, 0, TCPOPT_NOP, TCPOPT_NOP } },
	{ 4, { TCPOPT_SACK, 2, 0, 0 } }, { 8, { TCPOPT_SACK, 7, 1, 2, 3, 4, 5 } },
	{ 40, { TCPOPT_SACK, 40, 1 } }, { 40, { TCPOPT_SACK, 38 } }, { 40, { 254, 40 } },
	{ 40, { 34, 2, 34, 3, 0, 34, 18 } }, { 40, { 30, 4, 0, 0 } },
	{ 40, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
};

/* Nobody is turned away for odd options, and what is odd about them has no meaning. */
static void odd_options_in_a_syn(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	u8 buf[4096] = { 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(odd_options); i++) {
		struct mob_seg s = { .win = 65535 };
		struct mob_conn *c;

		mob_opt(&s, odd_options[i].bytes, odd_options[i].len);
		c = mob_connect(m, &s);
		assert_non_null(c);
		mob_send(m, c, TCPHDR_ACK, 100, NULL);
		assert_int_equal(ln_recv(m->ln, m->fd[i], buf, sizeof(buf), 0), 100);
		assert_int_equal(ln_send(m->ln, m->fd[i], buf, 3000, 0), 3000);
		for (int k = 0; k < 200 && info_of(m, m->fd[i]).tcpi_unacked; k++)
			mob_send(m, c, TCPHDR_ACK, 0, NULL);
		assert_int_equal(info_of(m, m->fd[i]).tcpi_unacked, 0);
	}
	tcp_mob_end(m);
}

static void odd_options_later(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_seg syn;
	struct mob_conn *c;
	u8 buf[4096];

	(void)state;
	syn_of(&syn, 1460);
	c = mob_connect(m, &syn);
	for (unsigned i = 0; i < ARRAY_SIZE(odd_options); i++) {
		struct mob_seg s = { 0 };

		mob_opt(&s, odd_options[i].bytes, odd_options[i].len);
		mob_send(m, c, TCPHDR_ACK, 50, &s);
		assert_int_equal(ln_recv(m->ln, m->fd[0], buf, sizeof(buf), 0), 50);
		tcp_mob_check(m);
	}
	tcp_mob_end(m);
}

/* Linux's tcp_min_snd_mss is the least that a peer may talk us into, whatever he says. */
static void mss_at_its_limits(void **state)
{
	static const u16 told[] = { 0, 1, 47, 48, 49, 536, 1460, 1461, 9000, 65535 };
	struct tcp_mob *m = tcp_mob_new(NULL);

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(told); i++) {
		struct mob_seg s = { .win = 65535 };
		/* 0 is as if it were not there (RFC 9293 3.7.1). */
		u32 want = told[i] ? told[i] : family_is_ipv6 ? 1220 : 536;

		mob_opt_mss(&s, told[i]);
		assert_non_null(mob_connect(m, &s));
		assert_int_equal(info_of(m, m->fd[i]).tcpi_snd_mss, clamp_t(u32, want, 48, 1460));
	}
	tcp_mob_end(m);
}

/* ---- ICMP (RFC 5927 4, 6, 7) ---- */

static void icmp_by_guess(void **state)
{
	struct tcp_mob *m = tcp_mob_new(NULL);
	struct mob_conn *c = ten_in_flight(m);
	u32 una = c->ack - 10000, pmtu;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		u32 seq = c->ack + 1 + prng_below(&m->prng, UINT32_MAX - 10001);

		mob_icmp(m, c, (u8)prng_below(&m->prng, 16), (u16)prng_below(&m->prng, 1500), seq);
	}
	assert_int_equal(MIB(m, OutOfWindowIcmps), 2000);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_snd_mss, 1000);
	/* Who sees our packets may tell of errors, but a connection that stands bears them. */
	for (u8 code = 0; code < 16; code++)
		if (code != ICMP_FRAG_NEEDED)
			mob_icmp(m, c, code, 0, una);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_state, TCP_ESTABLISHED);
	/* ... and makes segments no smaller than min_pmtu allows, nor ever larger. What IPv6 says
	 * of less than 1280 counts for nothing. */
	pmtu = info_of(m, m->fd[0]).tcpi_pmtu;
	mob_icmp(m, c, ICMP_FRAG_NEEDED, 68, una);
	mob_icmp(m, c, ICMP_FRAG_NEEDED, 65535, una);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_pmtu, family_is_ipv6 ? pmtu : 552);
	ack_of(m, c, c->ack, NULL);
	assert_int_equal(info_of(m, m->fd[0]).tcpi_unacked, 0);
	tcp_mob_end(m);
}

/* ---- fragments ---- */

/* First fragments of ever new datagrams, and pieces all over: no more than ipfrag_high_thresh. */
static void fragments_without_end(void **state)
{
	family_ipv4_only("fragments of IPv4; exthdrs_test has those of IPv6");

	struct tcp_mob *m = tcp_mob_new(NULL);
	u8 payload[1400] = { 0 };

	(void)state;
	m->net->sysctl.ipfrag_high_thresh = 500000;
	for (u32 i = 0; i < 20000; i++) {
		struct ipv4_view ip = {
			.protocol = IP_PROTO_TCP, .id = (u16)i, .mf = i % 7 != 0,
			.saddr = INET_ADDR4(11, 1, (u8)(i >> 16), (u8)(i >> 8)),
			.frag_off = (u16)(i % 3 ? 0 : 8 * prng_below(&m->prng, 1000)),
		};

		mob_send_ip(m, &ip, payload, 8 * (1 + prng_below(&m->prng, 170)));
	}
	assert_true(m->peak < 4u << 20);
	tcp_mob_good(m, 100000, 1);
	tcp_mob_run(m, 60);
	tcp_mob_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiny_segments_behind_holes),
		cmocka_unit_test(sack_bombs),
		cmocka_unit_test(acks_of_a_byte_each),
		cmocka_unit_test(acks_of_the_future),
		cmocka_unit_test(dsacks_of_nothing),
		cmocka_unit_test(odd_options_in_a_syn),
		cmocka_unit_test(odd_options_later),
		cmocka_unit_test(mss_at_its_limits),
		cmocka_unit_test(icmp_by_guess),
		cmocka_unit_test(fragments_without_end),
	};

	return family_run_both(tests);
}
