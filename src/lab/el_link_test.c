/* SPDX-License-Identifier: MIT */
#include "lab/el_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/eth.h"
#include "wire/ipv6.h"

#define FRAME 1514u		/* MTU 1500 and the header: 1538 bytes on the wire */
#define MS 1000000ll

static struct link_params perfect(u64 rate_bps)
{
	struct link_params p;

	link_params_init(&p);
	p.rate_bps = rate_bps;
	p.delay.delay_ns = 0;
	return p;
}

static struct link_model *model(const struct link_params *p, u64 seed)
{
	static struct link_model m;

	link_model_init(&m, p, seed, "a:eth0>b:eth0");
	return &m;
}

/* Four standard deviations around n * p, for draws that are independent. */
static void assert_binomial(u64 got, double n, double p)
{
	double mean = n * p, var = n * p * (1 - p);
	double off = (double)got - mean;

	if (off * off > 16 * var)
		fail_msg("%llu of %.0f; expected %.1f", (unsigned long long)got, n, mean);
}

static void serialisation_takes_the_bits(void **state)
{
	struct link_params p = perfect(1000000000);
	struct link_model *m = model(&p, 1);
	struct link_fate f;

	(void)state;
	assert_int_equal(link_model_frame(m, 0, FRAME, false, &f), 1);
	assert_int_equal(f.start_ns, 0);
	assert_int_equal(f.end_ns, (8 + 1514 + 4) * 8);	/* the FCS's last bit */
	assert_int_equal(f.done_ns, 1538 * 8);		/* and the gap */
	assert_int_equal(f.arrive_ns[0], f.end_ns);
	/* a short frame is padded to 64 bytes with its FCS */
	assert_int_equal(link_model_frame(m, 20000, 42, false, &f), 1);
	assert_int_equal(f.end_ns, 20000 + (8 + 64) * 8);
	assert_int_equal(f.done_ns, 20000 + 84 * 8);
}

static void frames_queue_behind_each_other(void **state)
{
	struct link_params p = perfect(10000000);
	struct link_model *m;
	struct link_fate f;

	(void)state;
	p.delay.delay_ns = 5 * MS;
	m = model(&p, 1);
	for (s64 i = 0; i < 100; i++) {
		link_model_frame(m, 0, FRAME, false, &f);
		assert_int_equal(f.start_ns, i * 1538 * 800);
		assert_int_equal(f.arrive_ns[0], f.end_ns + 5 * MS);
	}
	assert_int_equal(link_model_free_at(m), 100 * 1538 * 800);
}

/* 3 bits/ns do not divide: over a second not one nanosecond goes astray. */
static void fractions_of_ns_are_carried(void **state)
{
	struct link_params p = perfect(3000000000);
	struct link_model *m = model(&p, 1);
	struct link_fate f;

	(void)state;
	for (u32 i = 0; i < 3000; i++)
		link_model_frame(m, 0, FRAME, false, &f);
	assert_int_equal(link_model_free_at(m), 1538 * 8 * 1000);
}

static void no_rate_no_time(void **state)
{
	struct link_params p = perfect(0);
	struct link_model *m = model(&p, 1);
	struct link_fate f;

	(void)state;
	for (u32 i = 0; i < 3; i++) {
		link_model_frame(m, 7, FRAME, false, &f);
		assert_int_equal(f.arrive_ns[0], 7);
		assert_int_equal(f.done_ns, 7);
	}
}

static void full_buffer_drops_the_tail(void **state)
{
	struct link_params p = perfect(8000000); /* a byte each us */
	struct link_model *m;
	struct link_fate f;

	(void)state;
	p.queue_bytes = 3 * 1538;
	m = model(&p, 1);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(link_model_frame(m, 0, FRAME, false, &f), 1);
		assert_int_equal(f.done_ns, 0);	/* the buffer took it at once */
	}
	assert_int_equal(el_rate_backlog(&m->rate, 0), 3 * 1538);
	assert_int_equal(link_model_frame(m, 0, FRAME, false, &f), 0);
	assert_int_equal(f.drop, LINK_DROP_QUEUE);
	/* one frame later there is room for one */
	assert_int_equal(link_model_frame(m, 1538000 - 1000, FRAME, false, &f), 0);
	assert_int_equal(link_model_frame(m, 1538000, FRAME, false, &f), 1);
	assert_int_equal(f.start_ns, 3 * 1538000);
	assert_int_equal(m->stats.drops[LINK_DROP_QUEUE], 2);
}

static void small_buffer_still_passes_a_frame(void **state)
{
	struct link_params p = perfect(8000000);
	struct link_fate f;

	(void)state;
	p.queue_bytes = 100;
	assert_int_equal(link_model_frame(model(&p, 1), 0, FRAME, false, &f), 1);
}

static void giants_and_unplugged_cables_drop(void **state)
{
	struct link_params p = perfect(0);
	struct link_model *m;
	struct link_fate f;

	(void)state;
	p.mtu = 1400;
	m = model(&p, 1);
	assert_int_equal(link_model_frame(m, 0, 1414, false, &f), 1);
	assert_int_equal(link_model_frame(m, 0, 1415, false, &f), 0);
	assert_int_equal(f.drop, LINK_DROP_GIANT);
	m->down = true;
	assert_int_equal(link_model_frame(m, 0, 60, false, &f), 0);
	assert_int_equal(f.drop, LINK_DROP_DOWN);
	assert_string_equal(link_drop_name(f.drop), "down");
}

static void loss_has_its_share(void **state)
{
	struct link_params p = perfect(0);
	struct link_model *m;
	struct link_fate f;

	(void)state;
	p.loss.good = prob_from_double(0.01);
	m = model(&p, 42);
	for (u32 i = 0; i < 100000; i++)
		link_model_frame(m, i, FRAME, false, &f);
	assert_binomial(m->stats.drops[LINK_DROP_LOSS], 100000, 0.01);
	assert_int_equal(m->stats.drops[LINK_DROP_LOSS], 992); /* with seed 42, everywhere */
	assert_int_equal(m->stats.delivered, 100000 - 992);
}

static void all_or_nothing(void **state)
{
	struct link_params p = perfect(0);
	struct link_model *m;
	struct link_fate f;

	(void)state;
	p.loss.good = PROB_ALWAYS;
	m = model(&p, 1);
	for (u32 i = 0; i < 1000; i++)
		assert_int_equal(link_model_frame(m, i, FRAME, false, &f), 0);
	p.loss.good = PROB_NEVER;
	p.duplicate = PROB_ALWAYS;
	m = model(&p, 1);
	for (u32 i = 0; i < 1000; i++)
		assert_int_equal(link_model_frame(m, i, FRAME, false, &f), 2);
}

static void bursts_have_their_length(void **state)
{
	struct link_params p = perfect(0);
	struct link_model *m;
	struct link_fate f;
	u32 lost = 0, bursts = 0;
	bool in_burst = false;

	(void)state;
	p.loss = (struct el_loss_params){
		.burst = true, .enter = prob_from_double(0.01), .leave = prob_from_double(0.25),
		.bad = PROB_ALWAYS,
	};
	m = model(&p, 7);
	for (u32 i = 0; i < 200000; i++) {
		bool drop = !link_model_frame(m, i, FRAME, false, &f);

		lost += drop;
		bursts += drop && !in_burst;
		in_burst = drop;
	}
	/* share 0.01 / 0.26; bursts of four on average */
	assert_in_range(lost, 7692 - 600, 7692 + 600);
	assert_in_range(lost * 100 / bursts, 380, 420);
	assert_int_equal(lost, 7718);
	assert_int_equal(bursts, 1934);
}

static void bit_errors_have_their_rate(void **state)
{
	struct link_params p = perfect(0);
	struct link_model *m;
	struct link_fate f;
	double bits = 50000.0 * (FRAME + 4) * 8, clean = 1;

	(void)state;
	p.ber = prob_from_double(1e-6);
	m = model(&p, 3);
	for (u32 i = 0; i < 50000; i++) {
		link_model_frame(m, i, FRAME, false, &f);
		for (u32 k = 0; k < f.flips; k++)
			assert_true(f.flip_bit[k] < (FRAME + 4) * 8 &&
				    (!k || f.flip_bit[k] > f.flip_bit[k - 1]));
	}
	for (u32 i = 0; i < (FRAME + 4) * 8; i++)
		clean *= 1 - 1e-6;
	assert_binomial(m->stats.flips, bits, 1e-6);
	assert_binomial(m->stats.corrupted, 50000, 1 - clean);
	assert_int_equal(m->stats.flips, 599);
}

/* Distances between errors: mean and spread of a geometric variable, also for a large p. */
static void bit_errors_are_geometric(void **state)
{
	struct el_ber b;
	double sum = 0, squares = 0, mean, n = 20000;

	(void)state;
	el_ber_init(&b, prob_from_double(0.1), 5, "x");
	for (u32 i = 0; i < (u32)n; i++) {
		u64 d = b.distance;
		u32 at;

		assert_int_equal(el_ber_draw(&b, (u32)d + 1, &at, 1), 1);
		assert_int_equal(at, d);
		sum += (double)d;
		squares += (double)d * (double)d;
	}
	mean = sum / n;
	assert_true(mean > 8.7 && mean < 9.3);			/* (1 - p) / p */
	assert_true(squares / n - mean * mean > 84 &&
		    squares / n - mean * mean < 96);		/* (1 - p) / p^2 */
}

static void every_bit_wrong(void **state)
{
	struct el_ber b;
	u32 at[8];

	(void)state;
	el_ber_init(&b, PROB_ALWAYS, 5, "x");
	assert_int_equal(el_ber_draw(&b, 100, at, 8), 100);
	assert_int_equal(at[7], 7);
	assert_int_equal(el_ber_draw(&b, 0, at, 8), 0);
}

static void flips_are_real(void **state)
{
	struct link_fate f = { .flips = 3, .flip_bit = { 0, 15, 8 * 60 + 9 } };
	u8 frame[60] = { 0 }, fcs[4] = { 0 };

	(void)state;
	link_fate_corrupt(&f, frame, sizeof(frame), fcs);
	assert_int_equal(frame[0], 1);
	assert_int_equal(frame[1], 0x80);
	assert_int_equal(fcs[0], 0);
	assert_int_equal(fcs[1], 2);
}

static void jitter_keeps_the_order(void **state)
{
	struct link_params p = perfect(1000000000);
	struct link_model *m;
	struct link_fate f;
	s64 last = 0, low = INT64_MAX, high = 0;

	(void)state;
	p.delay = (struct el_delay_params){ .delay_ns = 2 * MS, .jitter_ns = MS };
	m = model(&p, 9);
	for (u32 i = 0; i < 20000; i++) {
		s64 took;

		link_model_frame(m, (s64)i * 20000, FRAME, false, &f);
		took = f.arrive_ns[0] - f.end_ns;
		low = min(low, took);
		high = max(high, took);
		/* never closer to the one before than its bits last */
		assert_true(!i || f.arrive_ns[0] >= last + (f.end_ns - f.start_ns));
		last = f.arrive_ns[0];
	}
	assert_true(low >= MS && high <= 3 * MS && high > 29 * MS / 10);
}

/* Far apart, frames are not held up by each other: the whole width is seen, evenly. */
static void jitter_is_even(void **state)
{
	struct link_params p = perfect(0);
	struct link_model *m;
	struct link_fate f;
	u32 quarter[4] = { 0 };

	(void)state;
	p.delay = (struct el_delay_params){ .delay_ns = 2 * MS, .jitter_ns = MS };
	m = model(&p, 9);
	for (s64 i = 0; i < 40000; i++) {
		link_model_frame(m, i * 10 * MS, FRAME, false, &f);
		quarter[min((f.arrive_ns[0] - f.end_ns - MS) * 2 / MS, 3ll)]++;
	}
	for (u32 i = 0; i < 4; i++)
		assert_binomial(quarter[i], 40000, 0.25);
}

static void held_frames_are_overtaken(void **state)
{
	struct link_params p = perfect(1000000000);
	struct link_model *m;
	struct link_fate f;
	s64 last = 0;
	u32 held = 0, late = 0;

	(void)state;
	p.delay.reorder = prob_from_double(0.02);
	m = model(&p, 11);
	assert_int_equal(m->params.delay.hold_ns, MS); /* the least, at 1 Gbit/s */
	for (u32 i = 0; i < 20000; i++) {
		link_model_frame(m, 0, FRAME, false, &f);
		if (f.held) {
			held++;
			late += f.arrive_ns[0] >= f.end_ns + MS;
			continue;
		}
		assert_true(f.arrive_ns[0] > last);
		last = f.arrive_ns[0];
	}
	assert_int_equal(late, held);
	assert_int_equal(m->stats.reordered, held);
	assert_binomial(held, 20000, 0.02);
	p.rate_bps = 1000000;
	assert_int_equal(link_params_hold_ns(&p), 3 * 1538 * 8000); /* three frames' time */
}

/* 1 Mbit/s, a frame of 1000 bytes (8.2 ms) each 8 ms: the queue grows by 0.2 ms a frame. */
static void codel_keeps_the_buffer_short(void **state)
{
	struct link_params params = { .rate_bps = 1000000, .queue_bytes = 1000000,
				      .codel = { .on = true } };
	struct link_model marking, dropping;
	struct link_fate f;

	(void)state;
	link_model_init(&marking, &params, 1, "a>b");
	link_model_init(&dropping, &params, 1, "a>b");
	for (s64 i = 0; i < 1000; i++) {
		link_model_frame(&marking, i * 8000000, 1000, true, &f);
		assert_int_equal(f.copies, 1);
		link_model_frame(&dropping, i * 8000000, 1000, false, &f);
		assert_false(f.marked);
	}
	assert_true(marking.stats.marked > 20);
	assert_int_equal(marking.stats.drops[LINK_DROP_CODEL], 0);
	assert_true(dropping.stats.drops[LINK_DROP_CODEL] > 5);
	/* Each drop takes 8.2 ms out of it. */
	assert_true(el_rate_backlog(&dropping.rate, 8000000000ll) < 10 * 1024);
	assert_true(el_rate_backlog(&marking.rate, 8000000000ll) > 20 * 1024);
	params.codel.ce_ns = 1000000;
	link_model_init(&marking, &params, 1, "a>b");
	for (s64 i = 0; i < 3; i++) {
		link_model_frame(&marking, 0, 1000, true, &f);
		assert_int_equal(f.marked, i > 0);
	}
}

static void same_seed_same_fate(void **state)
{
	static struct link_model a, b, c;
	struct link_params p = perfect(0);
	struct link_fate fa, fb, fc;
	u32 differ = 0;

	(void)state;
	p.loss.good = prob_from_double(0.5);
	link_model_init(&a, &p, 1, "a:eth0>b:eth0");
	link_model_init(&c, &p, 1, "b:eth0>a:eth0");
	/* what another element does leaves the losses alone */
	p.duplicate = prob_from_double(0.5);
	p.delay = (struct el_delay_params){ .delay_ns = 10, .jitter_ns = 5 };
	link_model_init(&b, &p, 1, "a:eth0>b:eth0");
	for (u32 i = 0; i < 1000; i++) {
		link_model_frame(&a, i, FRAME, false, &fa);
		link_model_frame(&b, i, FRAME, false, &fb);
		link_model_frame(&c, i, FRAME, false, &fc);
		assert_int_equal(fa.drop, fb.drop);
		differ += fa.drop != fc.drop;
	}
	assert_binomial(differ, 1000, 0.5); /* another direction is another stream */
}

static void frames_are_conserved(void **state)
{
	struct link_params p = perfect(10000000);
	const struct link_stats *st;
	struct link_model *m;
	struct link_fate f;
	u64 copies = 0, drops = 0;

	(void)state;
	p.mtu = 1000;
	p.queue_bytes = 20000;
	p.loss.good = p.duplicate = prob_from_double(0.1);
	m = model(&p, 5);
	for (u32 i = 0; i < 5000; i++)
		copies += (u64)link_model_frame(m, (s64)i * 500000, i % 1100, false, &f);
	st = &m->stats;
	for (u32 d = 1; d < LINK_DROP_COUNT; d++)
		drops += st->drops[d];
	assert_true(st->drops[LINK_DROP_GIANT] && st->drops[LINK_DROP_QUEUE] &&
		    st->drops[LINK_DROP_LOSS]);
	assert_int_equal(st->delivered, copies);
	assert_int_equal(st->frames + st->duplicated, st->delivered + drops);
}

/* Who may be marked, and that nothing but the mark changes. */
static void frames_of_both_families_are_marked(void **state)
{
	static const u8 ect0_4 = INET_ECN_ECT_0, ect0_6[2] = { 0x60, INET_ECN_ECT_0 << 4 };
	u8 frame[60], before[60];

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		u32 hlen = i ? IPV6_HLEN : IPV4_HLEN;

		memset(frame, 0, sizeof(frame));
		put_be16(frame + 12, i ? ETH_P_IPV6 : ETH_P_IP);
		frame[14] = i ? 0x60 : 0x45;
		assert_false(el_frame_is_ect(frame, sizeof(frame)));
		if (i)
			memcpy(frame + 14, ect0_6, 2);
		else
			frame[15] = ect0_4;
		memcpy(before, frame, sizeof(frame));
		assert_true(el_frame_is_ect(frame, sizeof(frame)));
		assert_true(el_frame_is_ect(frame, ETH_HLEN + hlen));
		assert_false(el_frame_is_ect(frame, ETH_HLEN + hlen - 1));
		el_frame_mark(frame);
		before[15] |= i ? INET_ECN_CE << 4 : INET_ECN_CE;
		if (!i)		/* and the header's checksum */
			memcpy(before + 24, frame + 24, 2);
		assert_memory_equal(frame, before, sizeof(frame));
		put_be16(frame + 12, ETH_P_ARP);
		assert_false(el_frame_is_ect(frame, sizeof(frame)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serialisation_takes_the_bits),
		cmocka_unit_test(frames_queue_behind_each_other),
		cmocka_unit_test(fractions_of_ns_are_carried),
		cmocka_unit_test(no_rate_no_time),
		cmocka_unit_test(full_buffer_drops_the_tail),
		cmocka_unit_test(small_buffer_still_passes_a_frame),
		cmocka_unit_test(giants_and_unplugged_cables_drop),
		cmocka_unit_test(loss_has_its_share),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(bursts_have_their_length),
		cmocka_unit_test(bit_errors_have_their_rate),
		cmocka_unit_test(bit_errors_are_geometric),
		cmocka_unit_test(every_bit_wrong),
		cmocka_unit_test(flips_are_real),
		cmocka_unit_test(jitter_keeps_the_order),
		cmocka_unit_test(jitter_is_even),
		cmocka_unit_test(held_frames_are_overtaken),
		cmocka_unit_test(codel_keeps_the_buffer_short),
		cmocka_unit_test(frames_of_both_families_are_marked),
		cmocka_unit_test(same_seed_same_fate),
		cmocka_unit_test(frames_are_conserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
