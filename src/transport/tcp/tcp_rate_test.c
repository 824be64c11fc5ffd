/* SPDX-License-Identifier: MIT */
/* Delivery rate samples on flights whose times are known, and the window of three samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "transport/tcp/tcp_minmax.h"
#include "transport/tcp/tcp_rate.h"

#define MSS 1000u
#define FLIGHT 40u

struct flow {
	struct tcp_rate r;
	struct tcp_rate_newest n;
	struct sk_buff seg[FLIGHT];
	u32 sent, acked, in_flight;
	ktime_t now;
	struct tcp_rate_sample rs;
};

static void begin(struct flow *f)
{
	memset(f, 0, sizeof(*f));
	f->now = sec_to_ktime(5000);	/* above 2^32 us: the clock wrapped */
	tcp_rate_init(&f->r);
}

static void send_at(struct flow *f, s64 us, u32 n)
{
	for (; n; n--) {
		struct sk_buff *skb = &f->seg[f->sent % FLIGHT];

		skb->tstamp = f->now + us_to_ktime(us);
		TCP_SKB_CB(skb)->end_seq = ++f->sent * MSS;
		tcp_rate_skb_sent(&f->r, skb, !f->in_flight++);
	}
}

/* The sample of an ACK for n more. */
static void ack_at(struct flow *f, s64 us, u32 n)
{
	f->rs.delivered = -1;
	f->rs.interval_us = -1;
	for (u32 i = 0; i < n; i++)
		tcp_rate_skb_delivered(&f->n, &f->seg[f->acked++ % FLIGHT]);
	f->in_flight -= n;
	tcp_rate_gen(&f->r, &f->n, n, f->now + us_to_ktime(us), 100000, &f->rs);
}

static void is_sample(const struct flow *f, s32 delivered, s64 interval_us)
{
	assert_int_equal(f->rs.delivered, delivered);
	assert_int_equal(f->rs.interval_us, interval_us);
}

/* Sent at once, acknowledged over 20 ms after 100 ms: the ACKs show the rate. */
static void acks_that_are_spread_count(void **state)
{
	struct flow f;

	(void)state;
	begin(&f);
	send_at(&f, 0, 10);
	ack_at(&f, 100000, 1);
	is_sample(&f, 1, 100000);
	ack_at(&f, 110000, 5);
	is_sample(&f, 6, 110000);
	ack_at(&f, 120000, 4);
	is_sample(&f, 10, 120000);
	assert_int_equal(tcp_delivery_rate(&f.r, MSS), 10ull * MSS * 1000000 / 120000);
	assert_int_equal(f.r.now.delivered, 10);
}

/* Sent over 50 ms, acknowledged in one ms: the sending shows the rate. */
static void acks_in_a_bunch_do_not(void **state)
{
	struct flow f;

	(void)state;
	begin(&f);
	send_at(&f, 0, 1);
	ack_at(&f, 100000, 1);
	/* From the segment acknowledged last (sent at 0) to the newest one. */
	send_at(&f, 100000, 1);
	for (s64 us = 110000; us <= 150000; us += 10000)
		send_at(&f, us, 1);
	ack_at(&f, 249000, 1);
	is_sample(&f, 1, 149000);
	ack_at(&f, 250000, 5);
	is_sample(&f, 6, 150000);
}

/* A flight's second half: both phases begin with the segment that was delivered before. */
static void phases_begin_with_the_one_before(void **state)
{
	struct flow f;

	(void)state;
	begin(&f);
	send_at(&f, 0, 2);
	send_at(&f, 60000, 2);
	ack_at(&f, 100000, 2);
	send_at(&f, 100000, 2);		/* take along: 2 delivered at 100 ms, sent at 0 */
	ack_at(&f, 160000, 2);
	is_sample(&f, 4, 160000);
	ack_at(&f, 200000, 2);
	/* 4 since 100 ms; sent from 0 to 100 ms. */
	is_sample(&f, 4, 100000);
}

static void shorter_than_a_round_trip_is_none(void **state)
{
	struct flow f;

	(void)state;
	begin(&f);
	send_at(&f, 0, 4);
	ack_at(&f, 99999, 4);
	assert_int_equal(f.rs.interval_us, -1);
	assert_int_equal(tcp_delivery_rate(&f.r, MSS), 0);
}

/* What is app-limited counts in TCP_INFO only when it is faster. */
static void app_limited_samples_only_raise(void **state)
{
	struct flow f;

	(void)state;
	begin(&f);
	f.r.now.app_limited = 0;
	send_at(&f, 0, 10);
	ack_at(&f, 100000, 10);
	assert_false(f.rs.app_limited);
	assert_false(f.r.rate_app_limited);
	tcp_rate_app_limited(&f.r, 0);
	send_at(&f, 200000, 2);
	ack_at(&f, 300000, 2);
	assert_true(f.rs.app_limited);
	assert_int_equal(f.r.rate_delivered, 10);	/* 2 in 100 ms is less */
	assert_false(f.r.rate_app_limited);
	assert_int_equal(f.r.now.app_limited, 0);	/* the bubble is gone */
	tcp_rate_app_limited(&f.r, 0);
	send_at(&f, 400000, 20);
	ack_at(&f, 500000, 20);
	assert_int_equal(f.r.rate_delivered, 20);
	assert_true(f.r.rate_app_limited);
	/* No more: the next sample is taken although it is less. */
	send_at(&f, 500000, 5);
	ack_at(&f, 600000, 5);
	assert_int_equal(f.r.rate_delivered, 5);
	assert_false(f.r.rate_app_limited);
}

/* Of what one ACK delivers the one sent last counts, in whatever order they are looked at; of two
 * sent at once the later in sequence. */
static void the_newest_counts(void **state)
{
	struct tcp_rate_newest n = { .any = false };
	struct sk_buff a = { .tstamp = 5 }, b = { .tstamp = 7 }, c = { .tstamp = 7 };

	(void)state;
	TCP_SKB_CB(&a)->end_seq = 3000;		/* sent before, though higher */
	TCP_SKB_CB(&b)->end_seq = 1000;
	TCP_SKB_CB(&c)->end_seq = 2000;
	tcp_rate_skb_delivered(&n, &a);
	tcp_rate_skb_delivered(&n, &c);
	tcp_rate_skb_delivered(&n, &b);
	assert_int_equal(n.end_seq, 2000);
	assert_int_equal(n.tstamp, 7);
}

/* ---- the window ---- */

struct naive {
	u32 t[4000], v[4000], n;
};

/* The best of the samples not older than the window. */
static u32 naive_best(const struct naive *w, u32 from, bool largest)
{
	u32 best = 0;
	bool any = false;

	for (u32 i = 0; i < w->n; i++) {
		if (w->t[i] < from)
			continue;
		if (!any || (largest ? w->v[i] > best : w->v[i] < best))
			best = w->v[i];
		any = true;
	}
	return best;
}

/* Three samples are not all of them: the answer may be of a shorter window, a quarter of it at
 * least, but never of a longer one. */
static void test_window(bool largest)
{
	struct naive *w = test_calloc(1, sizeof(*w));
	struct minmax m = { .s = { { 0, 0 } } };
	struct prng p;
	u32 t = 100000;

	prng_init(&p, 3);
	for (w->n = 0; w->n < ARRAY_SIZE(w->t); ) {
		u32 v = 1000 + prng_below(&p, 1000), got, whole, quarter;

		t += prng_below(&p, 30);
		w->t[w->n] = t;
		w->v[w->n] = v;
		if (!w->n)
			minmax_reset(&m, t, v);
		w->n++;
		got = largest ? minmax_running_max(&m, 200, t, v) :
				minmax_running_min(&m, 200, t, v);
		whole = naive_best(w, t - 200, largest);
		quarter = naive_best(w, t - 50, largest);
		assert_int_equal(got, minmax_get(&m));
		if (largest)
			assert_in_range(got, quarter, whole);
		else
			assert_in_range(got, whole, quarter);
	}
	test_free(w);
}

static void the_window_keeps_the_largest(void **state)
{
	(void)state;
	test_window(true);
}

static void the_window_keeps_the_least(void **state)
{
	(void)state;
	test_window(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acks_that_are_spread_count),
		cmocka_unit_test(acks_in_a_bunch_do_not),
		cmocka_unit_test(phases_begin_with_the_one_before),
		cmocka_unit_test(shorter_than_a_round_trip_is_none),
		cmocka_unit_test(app_limited_samples_only_raise),
		cmocka_unit_test(the_newest_counts),
		cmocka_unit_test(the_window_keeps_the_largest),
		cmocka_unit_test(the_window_keeps_the_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
