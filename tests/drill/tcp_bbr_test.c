/* SPDX-License-Identifier: MIT */
/*
 * BBR and pacing over a link that has a rate, a delay and a buffer: how much of it is used, how
 * long the queue is, what a policer does to it. In virtual time, so all figures are exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/tcp_net.h"
#include "transport/tcp/tcp.h"

#define NSEC 1000000000ll
#define MSEC 1000000ll
#define FRAME_BITS (1538 * 8)		/* a full one with preamble and gap */
#define SLICES 6000			/* of 10 ms */

/* What one run showed of the data's direction. */
static struct seen {
	int64_t from;			/* after the beginning: */
	double queue_sum, queue_max;	/* s that frames waited */
	unsigned frames;
	unsigned slice[SLICES];		/* frames that were sent in each */
	int64_t begin, last, gap_min, gap_max;
	double loss;
	/* a policer: tokens are frames */
	double tokens, tokens_max, tokens_per_s;
	int64_t tokens_at;
	unsigned policed, passed;
} seen;

static bool police(int64_t now)
{
	if (seen.tokens_per_s <= 0)
		return false;
	seen.tokens += (double)(now - seen.tokens_at) / 1e9 * seen.tokens_per_s;
	seen.tokens_at = now;
	if (seen.tokens > seen.tokens_max)
		seen.tokens = seen.tokens_max;
	if (seen.tokens < 1) {
		seen.policed += now - seen.begin > seen.from;
		return true;
	}
	seen.tokens--;
	seen.passed += now - seen.begin > seen.from;
	return false;
}

/* Asked for each frame that found room in the queue, its own time on the wire included. */
static bool watch(struct tcp_two *w, int from, uint64_t nth)
{
	double waits = (double)(w->m[from].busy_until - w->now) / 1e9;
	int64_t since;

	(void)nth;
	if (from)
		return false;
	if (!seen.begin)
		seen.begin = seen.tokens_at = w->now;
	since = w->now - seen.begin;
	if (since / (10 * MSEC) < SLICES)
		seen.slice[since / (10 * MSEC)]++;
	if (since >= seen.from) {
		int64_t gap = w->now - seen.last;

		seen.frames++;
		seen.queue_sum += waits;
		seen.queue_max = waits > seen.queue_max ? waits : seen.queue_max;
		seen.gap_min = !seen.gap_min || gap < seen.gap_min ? gap : seen.gap_min;
		seen.gap_max = gap > seen.gap_max ? gap : seen.gap_max;
	}
	seen.last = w->now;
	if (police(w->now))
		return true;
	return seen.loss > 0 && (double)(prng_u64(&w->prng) >> 11) * 0x1p-53 < seen.loss;
}

struct run {
	const char *congestion;
	double rate_bps, delay_s;
	unsigned queue;
	size_t bytes;
	double limit_s;
	void (*setup)(struct net *net);
};

/* Share of the link's rate that was used; 0: it did not end in time. */
static double run(const struct run *r, struct ln_tcp_info *info)
{
	struct tcp_two w;
	struct tcp_transfer tr = { .up = r->bytes, .limit_s = r->limit_s,
				   .congestion = r->congestion };
	double s;

	tcp_two_init(&w, &(struct tcp_two_params){
		.cable = { .delay_s = r->delay_s, .rate_bps = r->rate_bps, .queue = r->queue },
		.seed = 7, .setup = r->setup });
	w.lose = watch;
	s = tcp_two_transfer(&w, &tr);
	if (info)
		*info = tr.info;
	tcp_two_end(&w);
	return s > 0 ? (double)r->bytes / 1448 * FRAME_BITS / r->rate_bps / s : 0;
}

/* Loss that is no congestion does not slow it down, as it does CUBIC. */
static void fills_a_lossy_link(void **state)
{
	struct run r = { .congestion = "bbr", .rate_bps = 10e6, .delay_s = .02, .queue = 100,
			 .bytes = 8000000, .limit_s = 200 };
	double bbr, cubic;

	(void)state;
	seen = (struct seen){ .loss = .01 };
	bbr = run(&r, NULL);
	r.congestion = "cubic";
	r.bytes = 3000000;
	seen = (struct seen){ .loss = .01 };
	cubic = run(&r, NULL);
	print_message("of 10 Mbit/s with 1 %% loss: bbr %.3f, cubic %.3f\n", bbr, cubic);
	assert_true(bbr > .95);
	assert_true(cubic < .6);
}

/* A buffer of 1.2 s stays nearly empty, and the link is full all the same. */
static void keeps_the_queue_short(void **state)
{
	struct run r = { .congestion = "bbr", .rate_bps = 10e6, .delay_s = .02, .queue = 1000,
			 .bytes = 8000000, .limit_s = 60 };
	double used, mean;

	(void)state;
	seen = (struct seen){ .from = 2 * NSEC };
	used = run(&r, NULL);
	mean = seen.queue_sum / seen.frames;
	print_message("used %.3f, queue %.1f ms in the mean, %.1f at most\n", used, mean * 1e3,
		      seen.queue_max * 1e3);
	assert_true(used > .96);
	assert_true(mean < .02);		/* half a round trip */
	assert_true(seen.queue_max < .045);	/* one, which is what cwnd_gain 2 allows */
	r.congestion = "reno";
	seen = (struct seen){ .from = 2 * NSEC };
	run(&r, NULL);
	assert_true(seen.queue_sum / seen.frames > .2);
}

/* Every 10 s four packets in flight for 200 ms: what the path is without a queue. */
static void looks_for_the_least_round_trip(void **state)
{
	struct run r = { .congestion = "bbr", .rate_bps = 4e6, .delay_s = .02, .queue = 1000,
			 .bytes = 17500000, .limit_s = 60 };
	struct ln_tcp_info info;
	unsigned dips = 0;
	bool was = false;

	(void)state;
	seen = (struct seen){ 0 };
	assert_true(run(&r, &info) > .9);
	/* 100 ms in which at most three windows of four left: else it is 32. */
	for (int i = 100; i < 3500; i += 10) {
		unsigned n = 0;

		for (int k = 0; k < 10; k++)
			n += seen.slice[i + k];
		dips += n < 13 && !was;
		was = n < 13;
	}
	assert_int_equal(dips, 3);
	assert_in_range(info.tcpi_min_rtt, 40000, 44000);
}

static void paced_at_a_megabit(struct net *net)
{
	net->sysctl.tcp_min_tso_segs = 1;
}

/* Segments leave one by one, each a packet's time after the one before. */
static void segments_are_spaced(void **state)
{
	struct tcp_two w;
	struct ln_sockaddr_in to = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(5001) };
	uint32_t rate = 1448 * 100, len = sizeof(rate);
	uint64_t rate64 = 0;
	uint32_t len64 = sizeof(rate64);
	static char data[1448 * 60];
	int l, fd, child;

	(void)state;
	seen = (struct seen){ 0 };
	tcp_two_init(&w, &(struct tcp_two_params){
		.cable = { .delay_s = .005, .rate_bps = 100e6 }, .seed = 7,
		.setup = paced_at_a_megabit });
	w.lose = watch;
	l = ln_socket(w.m[1].ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(w.m[1].ln, l, &to, sizeof(to)), 0);
	assert_int_equal(ln_listen(w.m[1].ln, l, 1), 0);
	fd = ln_socket(w.m[0].ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_setsockopt(w.m[0].ln, fd, LN_SOL_SOCKET, LN_SO_MAX_PACING_RATE, &rate,
				       len), 0);
	assert_int_equal(ln_getsockopt(w.m[0].ln, fd, LN_SOL_SOCKET, LN_SO_MAX_PACING_RATE,
				       &rate64, &len64), 0);
	assert_int_equal(rate64, rate);
	to.sin_addr = w.m[1].ip;
	ln_connect(w.m[0].ln, fd, &to, sizeof(to));
	tcp_two_run(&w, w.now + NSEC);
	child = ln_accept(w.m[1].ln, l, NULL, NULL);
	assert_true(child >= 0);
	assert_true(ln_send(w.m[0].ln, fd, data, 1448 * 12, 0) > 0);
	tcp_two_run(&w, w.now + NSEC / 2);
	/* Past the ten that are not: 100 a second. */
	assert_true(ln_send(w.m[0].ln, fd, data, 1448 * 20, 0) == 1448 * 20);
	tcp_two_step(&w, w.now);
	tcp_two_run(&w, w.now + 30 * MSEC);
	seen.from = w.now - seen.begin;
	seen.gap_min = seen.gap_max = 0;
	seen.frames = 0;
	tcp_two_run(&w, w.now + 150 * MSEC);
	assert_int_equal(seen.gap_min, 10 * MSEC);
	assert_int_equal(seen.gap_max, 10 * MSEC);
	assert_in_range(seen.frames, 14, 16);
	tcp_two_run(&w, w.now + NSEC);
	while (ln_recv(w.m[1].ln, child, data, sizeof(data), 0) > 0)
		;
	ln_close(w.m[0].ln, fd);
	ln_close(w.m[1].ln, child);
	ln_close(w.m[1].ln, l);
	tcp_two_run(&w, w.now + NSEC);
	tcp_two_end(&w);
}

/* 2 Mbit/s of a 20 Mbit/s link, after a bucket: with the bandwidth of the bucket half of all that
 * is sent would be lost for ever; it finds out. */
static void finds_a_policer(void **state)
{
	struct run r = { .congestion = "bbr", .rate_bps = 20e6, .delay_s = .02, .queue = 1000,
			 .bytes = 5000000, .limit_s = 120 };
	double lost;

	(void)state;
	seen = (struct seen){ .from = 8 * NSEC, .tokens = 300, .tokens_max = 300,
			      .tokens_per_s = 2e6 / FRAME_BITS };
	assert_true(run(&r, NULL) > 0);
	lost = (double)seen.policed / (seen.policed + seen.passed);
	print_message("policed %u of %u\n", seen.policed, seen.policed + seen.passed);
	assert_true(seen.passed > 1000);
	assert_true(lost < .1);
}

static void no_hystart(struct net *net)
{
	net->sysctl.tcp_cubic_hystart = 0;
}

/* Slow start alone fills a buffer of ten times the path's 98 packets and overflows it; HyStart++
 * sees the queue grow and has left before, by five rounds of a quarter. */
static void hystart_leaves_before_overflow(void **state)
{
	struct run r = { .congestion = "cubic", .rate_bps = 20e6, .delay_s = .03, .queue = 1000,
			 .bytes = 5000000, .limit_s = 60, .setup = no_hystart };
	struct ln_tcp_info info;

	(void)state;
	seen = (struct seen){ 0 };
	run(&r, &info);
	assert_true(info.tcpi_total_retrans > 20);
	r.setup = NULL;
	seen = (struct seen){ 0 };
	assert_true(run(&r, &info) > .6);
	print_message("ssthresh %u, cwnd %u, sent again %u\n", info.tcpi_snd_ssthresh,
		      info.tcpi_snd_cwnd, info.tcpi_total_retrans);
	assert_int_equal(info.tcpi_total_retrans, 0);
	assert_in_range(info.tcpi_snd_ssthresh, 98, 1000);
}

/* The same seed, the same phases. */
static void runs_are_the_same(void **state)
{
	struct run r = { .congestion = "bbr", .rate_bps = 10e6, .delay_s = .02, .queue = 50,
			 .bytes = 3000000, .limit_s = 60 };
	struct ln_tcp_info a, b;
	double first;

	(void)state;
	seen = (struct seen){ .loss = .005 };
	first = run(&r, &a);
	seen = (struct seen){ .loss = .005 };
	assert_true(run(&r, &b) == first);
	assert_memory_equal(&a, &b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_a_lossy_link),
		cmocka_unit_test(keeps_the_queue_short),
		cmocka_unit_test(looks_for_the_least_round_trip),
		cmocka_unit_test(segments_are_spaced),
		cmocka_unit_test(finds_a_policer),
		cmocka_unit_test(hystart_leaves_before_overflow),
		cmocka_unit_test(runs_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
