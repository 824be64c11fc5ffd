/* SPDX-License-Identifier: MIT */
/*
 * Whole transfers between two instances over a cable that loses, doubles, reorders and corrupts:
 * every byte arrives once and in order, every segment that was sent carries the bytes that stand at
 * its sequence numbers, the connection always ends, frames are conserved and no memory is left.
 * Every failure names its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_net.h"
#include "transport/sock.h"
#include "transport/tcp/tcp.h"

#define NSEC 1000000000ll

static void clean_link_is_filled(void **state)
{
	struct tcp_two w;
	struct tcp_transfer tr = { .up = 4000000, .limit_s = 60 };
	double s;

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){
		.cable = { .delay_s = .01, .rate_bps = 100e6, .queue = 300 }, .seed = 1 });
	s = tcp_two_transfer(&w, &tr);
	/* 4 MB at 100 Mbit/s is 0.34 s with headers; slow start takes some round trips more. */
	if (s < .3 || s > .6)
		fail_msg("4 MB took %.3f s", s);
	tcp_two_end(&w);
}

/* Law 5: payload is copied once in, once out, and never between. */
static void copies_are_two(void **state)
{
	struct tcp_two w;
	struct tcp_transfer tr = { .up = 1000000, .down = 300000, .limit_s = 60 };

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){ .cable = { .delay_s = .001 }, .seed = 1 });
	assert_true(tcp_two_transfer(&w, &tr) > 0);
	assert_int_equal(w.m[0].net->copies.user_in, 1000000);
	assert_int_equal(w.m[1].net->copies.user_out, 1000000);
	assert_int_equal(w.m[1].net->copies.user_in, 300000);
	assert_int_equal(w.m[0].net->copies.user_out, 300000);
	for (int i = 0; i < 2; i++)
		assert_int_equal(w.m[i].net->copies.linearized, 0);
	tcp_two_end(&w);
}

static void no_sack(struct net *net)
{
	net->sysctl.tcp_sack = 0;
}

static void no_timestamps(struct net *net)
{
	net->sysctl.tcp_timestamps = 0;
}

static void small_buffers(struct net *net)
{
	net->sysctl.tcp_rmem_default = 8192;
	net->sysctl.tcp_rmem_max = 16384;
	net->sysctl.tcp_wmem_default = 8192;
	net->sysctl.tcp_wmem_max = 16384;
}

static void no_scaling(struct net *net)
{
	net->sysctl.tcp_window_scaling = 0;
}

static void nothing_special(struct net *net)
{
	(void)net;
}

static struct tcp_cable cable_of(struct prng *p)
{
	struct tcp_cable c = {
		.delay_s = (1 + prng_below(p, 50)) * 1e-3,
		.rate_bps = 1e6 * (1 + prng_below(p, 100)),
		.loss = prng_below(p, 80) * 1e-3,
		.reorder = prng_below(p, 3) ? 0 : .05,
		.duplicate = prng_below(p, 3) ? 0 : .05,
		.corrupt = prng_below(p, 4) ? 0 : .02,
		.queue = 10 + prng_below(p, 500),
	};

	c.jitter_s = c.delay_s;
	return c;
}

/* Return: segments that carried bytes a second time. */
static uint64_t run_seed(uint64_t seed)
{
	uint64_t again;
	static void (*const setups[])(struct net *) = { nothing_special, no_sack, no_timestamps,
							small_buffers, no_scaling };
	struct tcp_two w;
	struct prng p;
	struct tcp_two_params params = { .seed = seed, .setup = setups[seed % 5] };
	struct tcp_transfer tr = { .limit_s = 3000, .congestion = seed & 1 ? "cubic" : "reno" };

	prng_init(&p, seed);
	params.cable = cable_of(&p);
	tr.up = prng_below(&p, 300000);
	tr.down = prng_below(&p, 100000);
	tr.chunk = 1 + prng_below(&p, 20000);
	tr.nodelay = prng_below(&p, 2);
	tr.reader_pause_us = prng_below(&p, 4) ? 0 : 20000;
	tcp_two_init(&w, &params);
	if (tcp_two_transfer(&w, &tr) < 0)
		fail_msg("seed %llu: did not end (error %d)", (unsigned long long)seed, tr.err);
	tcp_two_run(&w, w.now + 200 * NSEC);	/* FINs, TIME-WAIT */
	for (int i = 0; i < 2; i++) {
		if (w.m[i].net->sock->sockets)
			fail_msg("seed %llu: a socket is left", (unsigned long long)seed);
		assert_int_equal(w.m[i].net->tcp->tw_count, 0);
		assert_int_equal(w.m[i].net->sock->memory, 0);
	}
	again = w.m[0].watch.again + w.m[1].watch.again;
	tcp_two_end(&w);
	return again;
}

static void seeds(void **state)
{
	uint64_t again = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++)
		again += run_seed(seed);
	assert_true(again > 1000);
}

/* The same seed: the same run. */
static void a_seed_is_a_run(void **state)
{
	uint64_t frames[2], now[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tcp_two w;
		struct tcp_transfer tr = { .up = 200000, .down = 200000, .limit_s = 600 };

		tcp_two_init(&w, &(struct tcp_two_params){
			.cable = { .delay_s = .01, .rate_bps = 10e6, .loss = .03, .reorder = .02 },
			.seed = 42 });
		assert_true(tcp_two_transfer(&w, &tr) > 0);
		frames[i] = w.m[0].frames * 100000 + w.m[1].frames;
		now[i] = (uint64_t)w.now;
		tcp_two_end(&w);
	}
	assert_int_equal(frames[0], frames[1]);
	assert_int_equal(now[0], now[1]);
}

/* Each allocation fails once, in turn: calls may fail, connections may end, nothing else. */
static void allocations_fail_in_turn(void **state)
{
	unsigned finished = 0;

	(void)state;
	for (uint64_t nth = 1; nth < 1200; nth += nth < 200 ? 1 : 7) {
		for (int who = 0; who < 2; who++) {
			struct tcp_two w;
			struct tcp_transfer tr = { .up = 30000, .down = 10000, .limit_s = 100 };

			tcp_two_init(&w, &(struct tcp_two_params){
				.cable = { .delay_s = .01, .loss = nth % 3 ? 0 : .05 },
				.seed = nth });
			ln_net_fail_alloc(w.m[who].ln, nth + 8);
			finished += tcp_two_transfer(&w, &tr) > 0;
			tcp_two_run(&w, w.now + 300 * NSEC);
			tcp_two_end(&w);
		}
	}
	assert_true(finished > 500);	/* most are repaired by sending again */
}

/* Very little memory: slow, but it ends. */
static void a_small_budget_is_kept(void **state)
{
	struct tcp_two w;
	struct tcp_transfer tr = { .up = 500000, .limit_s = 600, .reader_pause_us = 10000 };

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){
		.cable = { .delay_s = .01, .rate_bps = 100e6 }, .seed = 1,
		.mem_budget = 6 << 20 });
	assert_true(tcp_two_transfer(&w, &tr) > 0);
	for (int i = 0; i < 2; i++)
		assert_true(w.m[i].net->mem.peak <= 6 << 20);
	tcp_two_end(&w);
}

static bool first_try_lost(struct tcp_two *w, int from, uint64_t nth)
{
	return from == 0 && nth > 20 && nth < 30 && w->now < 2 * NSEC;
}

static void a_burst_of_loss_is_repaired(void **state)
{
	struct tcp_two w;
	struct tcp_transfer tr = { .up = 400000, .limit_s = 60 };
	double s;

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){
		.cable = { .delay_s = .01, .rate_bps = 100e6 }, .seed = 1 });
	w.lose = first_try_lost;
	s = tcp_two_transfer(&w, &tr);
	assert_true(s > 0 && s < 1.5);
	assert_int_equal(tr.info.tcpi_total_retrans, 9);	/* nothing that was not lost */
	tcp_two_end(&w);
}

static bool blackout(struct tcp_two *w, int from, uint64_t nth)
{
	(void)from;
	(void)nth;
	return w->now > NSEC + NSEC / 20 && w->now < 61 * NSEC;
}

static void a_minute_of_blackout_is_survived(void **state)
{
	struct tcp_two w;
	struct tcp_transfer tr = { .up = 3000000, .limit_s = 300 };

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){
		.cable = { .delay_s = .01, .rate_bps = 100e6 }, .seed = 1 });
	w.lose = blackout;
	assert_true(tcp_two_transfer(&w, &tr) > 60);
	tcp_two_end(&w);
}

/* Autotuning: a long fat path is filled though the buffers begin small. */
static void buffers_grow_with_the_path(void **state)
{
	struct tcp_two w;
	struct tcp_transfer tr = { .up = 20000000, .limit_s = 60, .chunk = 65536 };
	double s;

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){
		.cable = { .delay_s = .05, .rate_bps = 100e6, .queue = 1500 }, .seed = 1 });
	s = tcp_two_transfer(&w, &tr);
	if (s < 1.6 || s > 4)
		fail_msg("20 MB over 100 Mbit/s, 100 ms took %.2f s", s);
	assert_true(tr.info.tcpi_snd_wnd > 1000000);
	tcp_two_end(&w);
}

static void connect_and_close_once(struct tcp_two *w, int listener)
{
	union family_sockaddr to;
	u32 len = family_sockaddr(family_is_ipv6, w->m[1].ip, 80, &to);
	int c = ln_socket(w->m[0].ln, to.family, LN_SOCK_STREAM, 0), s;

	assert_true(c >= 0);
	assert_int_equal(ln_connect(w->m[0].ln, c, &to, len), -EINPROGRESS);
	tcp_two_run(w, w->now + 10000000);
	s = ln_accept(w->m[1].ln, listener, NULL, NULL);
	if (s < 0)
		fail_msg("accept: %d", s);
	assert_int_equal(ln_send(w->m[0].ln, c, "x", 1, 0), 1);
	tcp_two_run(w, w->now + 5000000);
	ln_close(w->m[0].ln, c);
	tcp_two_run(w, w->now + 5000000);
	assert_int_equal(ln_recv(w->m[1].ln, s, &(char){ 0 }, 1, 0), 1);
	ln_close(w->m[1].ln, s);
}

/* Thousands of connections leave thousands of TIME-WAITs, small, for 60 s. */
static void many_connections(void **state)
{
	union family_sockaddr any;
	u32 len = family_sockaddr(family_is_ipv6, 0, 80, &any);
	struct tcp_two w;
	int l;

	(void)state;
	tcp_two_init(&w, &(struct tcp_two_params){ .cable = { .delay_s = .001 }, .seed = 1 });
	l = ln_socket(w.m[1].ln, any.family, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(w.m[1].ln, l, &any, len), 0);
	assert_int_equal(ln_listen(w.m[1].ln, l, 16), 0);
	for (int i = 0; i < 1000; i++)
		connect_and_close_once(&w, l);
	tcp_two_run(&w, w.now + NSEC);
	assert_int_equal(w.m[0].net->tcp->tw_count, 1000);
	assert_int_equal(w.m[0].net->sock->sockets, 0);
	tcp_two_run(&w, w.now + 61 * NSEC);
	assert_int_equal(w.m[0].net->tcp->tw_count, 0);
	assert_int_equal(w.m[0].net->mib[MIB_TcpExtTW], 1000);
	assert_int_equal(w.m[0].net->mib[MIB_TcpCurrEstab], 0);
	assert_int_equal(w.m[1].net->mib[MIB_TcpCurrEstab], 0);
	tcp_two_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_link_is_filled),
		cmocka_unit_test(copies_are_two),
		cmocka_unit_test(seeds),
		cmocka_unit_test(a_seed_is_a_run),
		cmocka_unit_test(allocations_fail_in_turn),
		cmocka_unit_test(a_small_budget_is_kept),
		cmocka_unit_test(a_burst_of_loss_is_repaired),
		cmocka_unit_test(a_minute_of_blackout_is_survived),
		cmocka_unit_test(buffers_grow_with_the_path),
		cmocka_unit_test(many_connections),
	};

	return family_run_both(tests);
}
