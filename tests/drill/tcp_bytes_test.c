/* SPDX-License-Identifier: MIT */
/*
 * A sequence number stands for one byte, however often and in whatever segments it is sent: the
 * harness compares each payload byte with what the user wrote there. Segments are cut by a smaller
 * path MTU, by a window that takes a part, and at the front by ACKs that end within them (rows T3,
 * T5, PI-17 to PI-20).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/prng.h"
#include "harness/family.h"
#include "harness/tcp_peer.h"

#define SACK "mss 1000,sackOK,nop,nop,nop,wscale 0"

/* Sent as two, cut anew by ICMP, and the pieces cut at odd places by ACKs. */
static void pieces_of_a_segment_carry_its_bytes(void **state)
{
	family_ipv4_only("a path narrower than IPv6's least");

	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 60000, .1);

	(void)state;
	tcp_write(t, fd, 2000, 0);
	tcp_script(t,
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 > P. 1001:2001(1000) ack 1\n"
		   "+.1 icmp 4 mtu 640 seq 1\n"
		   "+0 > . 1:601(600) ack 1\n"
		   "+0 > P. 601:1201(600) ack 1\n"
		   "+0 > . 1201:1801(600) ack 1\n"
		   "+0 > P. 1801:2001(200) ack 1\n"
		   "+.1 < . 1:1(0) ack 334 win 60000\n"
		   "+0~+2 > . 334:934(600) ack 1\n"
		   "+.1 < . 1:1(0) ack 1600 win 60000\n"
		   "+0~+2 > P. 1600:2001(401) ack 1\n");
	while (tcp_next(t, 1, NULL))
		;
	tcp_script(t, "+.1 < . 1:1(0) ack 2001 win 60000\n");
	tcp_peer_end(t);
}

/* The window takes 33 bytes of a segment: these leave, and go again as they are; the rest later. */
static void a_small_window_takes_a_piece(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 0, .1);

	(void)state;
	tcp_write(t, fd, 700, 0);
	tcp_script(t,
		   "+.3~+.5 > . 0:0(0) ack 1\n"		/* a probe brings no byte */
		   "+0 < . 1:1(0) ack 1 win 33\n"
		   "+0~+2 > P. 1:34(33) ack 1\n"
		   "+.1~+2 > P. 1:34(33) ack 1\n"
		   "+.1 < . 1:1(0) ack 20 win 14\n"
		   "+0~+3 > P. 20:34(14) ack 1\n"
		   "+.1 < . 1:1(0) ack 34 win 60000\n"
		   "+0 > P. 34:701(667) ack 1\n"
		   "+.1 < . 1:1(0) ack 701 win 60000\n");
	tcp_peer_end(t);
}

/* The FIN stays behind the last byte when what carries it is cut at either end. */
static void the_fin_stays_in_its_place(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 500, .1);

	(void)state;
	tcp_write(t, fd, 900, 0);
	assert_int_equal(ln_shutdown(tcp_peer_net(t), fd, LN_SHUT_WR), 0);
	while (tcp_next(t, .1, NULL))
		;
	tcp_script(t,
		   "+0 < . 1:1(0) ack 1 win 60000\n"
		   "+0 > FP. 501:901(400) ack 1\n"
		   "+.1 icmp 4 mtu 300 seq 1\n");
	while (tcp_next(t, .1, NULL))
		;
	tcp_script(t,
		   "+0 < . 1:1(0) ack 800 win 60000\n"
		   "+0~+3 > FP. 800:901(101) ack 1\n"
		   "+.1 < . 1:1(0) ack 901 win 60000\n"
		   "+0~+3 > FP. 901:901(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 902 win 60000\n");
	ln_close(tcp_peer_net(t), fd);
	tcp_peer_end(t);
}

struct chaos {
	struct tcp_peer *t;
	struct prng prng;
	int fd;
	uint32_t written, una, top;	/* top: behind the highest number seen */
	uint32_t fin;			/* its number; 0: not seen */
	uint32_t again;			/* segments that carry a number a second time */
	uint32_t mtu;
};

static void chaos_see(struct chaos *c, const struct tcp_line *l)
{
	uint32_t end = l->seq + l->len;

	assert_true(end <= c->written + 1);
	c->again += l->len && l->seq < c->top;
	if (l->flags & TCPHDR_FIN) {
		assert_true(!c->fin || c->fin == end);
		c->fin = end;
		end++;
	}
	assert_true(!c->fin || l->seq + l->len <= c->fin);
	if (end > c->top)
		c->top = end;
}

static void chaos_watch(struct chaos *c, double seconds)
{
	struct tcp_line l;

	while (tcp_next(c->t, seconds, &l))
		chaos_see(c, &l);
}

/* An ACK of any number sent, some with a SACK block above it, any window; or a smaller MTU. */
static void chaos_answer(struct chaos *c)
{
	uint32_t flight = c->top - c->una, to, win = prng_below(&c->prng, 3000);
	char line[160], sack[64] = "";

	if (prng_below(&c->prng, 12) == 0 && c->mtu > 560 && flight) {
		c->mtu -= 10 + prng_below(&c->prng, 100);
		snprintf(line, sizeof(line), "+0 icmp 4 mtu %u seq %u\n", c->mtu, c->una);
		tcp_script(c->t, line);
		return;
	}
	to = c->una + prng_below(&c->prng, flight + 1);
	if (c->top - to > 20 && prng_below(&c->prng, 2)) {
		uint32_t first = to + 1 + prng_below(&c->prng, c->top - to - 10);

		snprintf(sack, sizeof(sack), " <sack %u:%u,nop,nop>", first,
			 first + 1 + prng_below(&c->prng, c->top - first));
	}
	c->una = to;
	snprintf(line, sizeof(line), "+0 < . 1:1(0) ack %u win %u%s\n", to, win, sack);
	tcp_script(c->t, line);
}

static uint32_t chaos_seed(uint64_t seed)
{
	struct chaos c = { .una = 1, .top = 1, .mtu = 1400 };
	char line[80];
	unsigned rounds = 0;

	prng_init(&c.prng, seed);
	c.t = tcp_peer_new(&(struct tcp_peer_params){ .seed = seed });
	c.fd = tcp_established(c.t, seed & 1 ? SACK : "mss 1000", 5000, .01);
	tcp_opt(c.t, c.fd, LN_SOL_TCP, LN_TCP_NODELAY, (int)prng_below(&c.prng, 2));
	for (unsigned i = 0; i < 60; i++) {
		ptrdiff_t n = tcp_write(c.t, c.fd, 1 + prng_below(&c.prng, 1500), 0);

		c.written += n > 0 ? (uint32_t)n : 0;
		chaos_watch(&c, prng_below(&c.prng, 4) ? .001 : .4);
		chaos_answer(&c);
		chaos_watch(&c, .0005);
	}
	assert_int_equal(ln_shutdown(tcp_peer_net(c.t), c.fd, LN_SHUT_WR), 0);
	/* Half of what is in flight is acknowledged each time: the end comes. */
	while (!c.fin || c.una <= c.fin) {
		assert_true(rounds++ < 1000);
		chaos_watch(&c, prng_below(&c.prng, 3) ? .001 : .3);
		c.una += (c.top - c.una + 1) / 2;
		snprintf(line, sizeof(line), "+0 < . 1:1(0) ack %u win 4000\n", c.una);
		tcp_script(c.t, line);
	}
	assert_int_equal(c.fin, c.written + 1);
	chaos_watch(&c, .001);
	ln_close(tcp_peer_net(c.t), c.fd);
	tcp_peer_end(c.t);
	return c.again;
}

static void every_number_is_one_byte_whatever_is_acknowledged(void **state)
{
	uint32_t again = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++)
		again += chaos_seed(seed);
	assert_true(again > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_of_a_segment_carry_its_bytes),
		cmocka_unit_test(a_small_window_takes_a_piece),
		cmocka_unit_test(the_fin_stays_in_its_place),
		cmocka_unit_test(every_number_is_one_byte_whatever_is_acknowledged),
	};

	return family_run_both(tests);
}
