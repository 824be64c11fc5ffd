/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_window.h"

static void the_first_window(void **state)
{
	struct tcp_rwin w = { .rcv_wnd = 0 };

	(void)state;
	tcp_select_initial_window(&w, 65536, 1460, true, 6291456);
	assert_int_equal(w.rcv_wnd, 64240);	/* whole segments: 44 of 1460 */
	assert_int_equal(w.rcv_wscale, 7);	/* 6 MB in 16 bits (Linux's default) */
	w = (struct tcp_rwin){ .rcv_wnd = 0 };
	tcp_select_initial_window(&w, 300000, 1460, false, 6291456);
	assert_int_equal(w.rcv_wscale, 0);
	assert_int_equal(w.rcv_wnd, 65535);
	w = (struct tcp_rwin){ .window_clamp = 5000 };
	tcp_select_initial_window(&w, 65536, 1460, true, 6291456);
	assert_int_equal(w.rcv_wscale, 0);
	assert_int_equal(w.rcv_wnd, 4380);
	w = (struct tcp_rwin){ .rcv_wnd = 0 };
	tcp_select_initial_window(&w, 1u << 30, 1460, true, 1u << 31);
	assert_int_equal(w.rcv_wscale, 14);
	assert_true(w.rcv_wnd <= TCP_WINDOW_MAX);
}

/* RFC 9293 3.8.6: the right edge never moves back. */
static void it_never_shrinks(void **state)
{
	struct tcp_rwin w = { .rcv_wnd = 8192, .rcv_wup = 1000, .rcv_wscale = 7 };

	(void)state;
	assert_int_equal(tcp_receive_window(&w, 3000), 6192);
	/* Rounded up to the unit; or taken back, where that is allowed. */
	assert_int_equal(tcp_select_window(&w, 0, 3000, false), 6272 >> 7);
	assert_int_equal(w.rcv_wnd, 6272);
	assert_int_equal(w.rcv_wup, 3000);
	assert_int_equal(tcp_receive_window(&w, 3000 + 7000), 0);
	assert_int_equal(tcp_select_window(&w, 65536, 3000, false), 512);
	/* Unscaled never, even where it is allowed. */
	w = (struct tcp_rwin){ .rcv_wnd = 5000, .rcv_wup = 1000 };
	assert_int_equal(tcp_select_window(&w, 0, 3000, true), 3000);
}

static struct tcp_win_in in(u32 free, u32 full)
{
	return (struct tcp_win_in){ .free_space = free, .full_space = full, .rcv_mss = 1000,
				    .advmss = 1460 };
}

/* RFC 1122 4.2.3.3: no silly windows. */
static void small_openings_are_not_told(void **state)
{
	struct tcp_rwin w = { .rcv_wnd = 0, .rcv_ssthresh = 60000, .window_clamp = 65535 };
	struct tcp_win_in i = in(900, 20000);

	(void)state;
	assert_int_equal(tcp_window_candidate(&w, &i), 0);	/* less than a segment */
	i = in(1200, 40000);
	assert_int_equal(tcp_window_candidate(&w, &i), 0);	/* less than a sixteenth */
	i = in(5300, 20000);
	assert_int_equal(tcp_window_candidate(&w, &i), 5000);	/* whole segments */
	w.rcv_wnd = 5000;
	i = in(5900, 20000);
	assert_int_equal(tcp_window_candidate(&w, &i), 5000);	/* not worth it */
	i = in(6000, 20000);
	assert_int_equal(tcp_window_candidate(&w, &i), 6000);
	w.rcv_ssthresh = 3000;
	assert_int_equal(tcp_window_candidate(&w, &i), 3000);
	i.pressure = true;
	w.rcv_ssthresh = 60000;
	i.free_space = 9000;
	tcp_window_candidate(&w, &i);
	assert_int_equal(w.rcv_ssthresh, 4 * 1460);
}

/* It takes no segment whole: half of it is worth telling. */
static void a_tiny_buffer_opens_by_half(void **state)
{
	struct tcp_rwin w = { .rcv_wnd = 0, .rcv_ssthresh = 60000, .window_clamp = 900 };
	struct tcp_win_in i = in(450, 900);

	(void)state;
	assert_int_equal(tcp_window_candidate(&w, &i), 0);
	i = in(451, 900);
	assert_int_equal(tcp_window_candidate(&w, &i), 451);
	w.rcv_wnd = 451;
	i = in(900, 900);
	assert_int_equal(tcp_window_candidate(&w, &i), 451);
}

/* Where a window closes, and where not yet: a sixteenth, a segment, the scale's unit. */
static void the_edges_of_silly_windows(void **state)
{
	struct tcp_rwin w = { .rcv_wnd = 0, .rcv_ssthresh = 1u << 20, .window_clamp = 1u << 20,
			      .rcv_wscale = 7 };
	struct tcp_win_in i = in(4096, 65536);

	(void)state;
	assert_int_equal(tcp_window_candidate(&w, &i), 4096);
	i.free_space = 4095;
	assert_int_equal(tcp_window_candidate(&w, &i), 0);
	i = in(1024, 8192);
	i.rcv_mss = 1024;
	assert_int_equal(tcp_window_candidate(&w, &i), 1024);
	i.rcv_mss = 1025;
	assert_int_equal(tcp_window_candidate(&w, &i), 0);
	/* Less than half: rounded down to the unit; half and more: up. */
	i = in(4000, 8192);
	assert_int_equal(tcp_window_candidate(&w, &i), 3968);
	i = in(4097, 8192);
	assert_int_equal(tcp_window_candidate(&w, &i), 4224);
	/* Nothing fits. */
	i = in(0, 0);
	assert_int_equal(tcp_window_candidate(&w, &i), 0);
}

static void the_edges_of_the_first_window(void **state)
{
	struct tcp_rwin w = { .rcv_wscale = 9 };

	(void)state;
	tcp_select_initial_window(&w, 65535, 1460, true, 65535);
	assert_int_equal(w.rcv_wscale, 0);
	assert_int_equal(w.rcv_wnd, 64240);
	assert_int_equal(w.rcv_ssthresh, 64240);
	assert_int_equal(w.window_clamp, 65535);
	w = (struct tcp_rwin){ .rcv_wscale = 9 };
	tcp_select_initial_window(&w, 65535, 1460, true, 65536);
	assert_int_equal(w.rcv_wscale, 1);
	w = (struct tcp_rwin){ .rcv_wscale = 9 };
	tcp_select_initial_window(&w, 65535, 1460, false, 65536);
	assert_int_equal(w.rcv_wscale, 0);
}

static void scaled_windows_are_rounded_up(void **state)
{
	struct tcp_rwin w = { .rcv_wnd = 0, .rcv_ssthresh = 60000, .window_clamp = 1u << 20,
			      .rcv_wscale = 7 };
	struct tcp_win_in i = in(40001, 65536);

	(void)state;
	assert_int_equal(tcp_window_candidate(&w, &i), 40064);
}

/* Where there is room enough, rcv_ssthresh alone says what would be worked out. */
static void an_open_window_is_the_candidate(void **state)
{
	static const u32 sizes[] = { 0, 1, 500, 1460, 4096, 65535, 65536, 100000, 3u << 20 };
	u32 x = 1, open = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct tcp_rwin w = { .rcv_wnd = 1000 };
		struct tcp_win_in space = in(0, 0);
		u32 *field[] = { &space.free_space, &space.full_space, &space.rcv_mss,
				 &w.rcv_ssthresh, &w.window_clamp };

		for (size_t j = 0; j < ARRAY_SIZE(field); j++) {
			x = x * 1664525 + 1013904223;
			*field[j] = sizes[(x >> 16) % ARRAY_SIZE(sizes)];
		}
		w.rcv_wscale = (u8)(x >> 28);
		space.pressure = x >> 27 & 1;
		if (space.free_space > space.full_space ||
		    !tcp_window_is_open(&w, space.free_space, space.rcv_mss))
			continue;
		assert_int_equal(tcp_window_open(&w), tcp_window_candidate(&w, &space));
		open++;
	}
	assert_true(open > 1000);
}

static void it_grows_with_payload_not_with_overhead(void **state)
{
	struct tcp_rwin w = { .rcv_ssthresh = 10000, .window_clamp = 100000 };

	(void)state;
	assert_true(tcp_grow_window(&w, 1448, 2736, 90000, 1460));
	assert_int_equal(w.rcv_ssthresh, 10000 + 2920);
	assert_false(tcp_grow_window(&w, 1, 2736, 90000, 1460));	/* a byte in 2.7 KB */
	assert_false(tcp_grow_window(&w, 1448, 2736, 12000, 1460));	/* no room */
	for (int n = 0; n < 100; n++)
		tcp_grow_window(&w, 1448, 2736, 90000, 1460);
	assert_int_equal(w.rcv_ssthresh, 90000);
	/* Half payload, half overhead: as far as a quarter of the buffer. */
	w = (struct tcp_rwin){ .rcv_ssthresh = 5000, .window_clamp = 20000 };
	assert_true(tcp_grow_window(&w, 700, 2736, 90000, 1460));
	w.rcv_ssthresh = 5001;
	assert_false(tcp_grow_window(&w, 700, 2736, 90000, 1460));
}

/* The user reads more each round trip: the buffer follows at twice that. */
static void the_buffer_follows_the_reader(void **state)
{
	struct tcp_rcv_space s = { .space = 14600, .time = 1 };
	ktime_t now = 0;
	u32 seq = 0, got;

	(void)state;
	/* No RTT yet. */
	assert_int_equal(tcp_rcv_space_adjust(&s, 100000, 1460, NSEC_PER_SEC), 0);
	s.seq = 0;
	tcp_rcv_rtt_update(&s, 50000, false);
	assert_int_equal(s.rtt_us >> 3, 50000);
	now += 20 * NSEC_PER_MSEC;
	assert_int_equal(tcp_rcv_space_adjust(&s, 9000, 1460, now), 0);	/* the round is not over */
	now += 40 * NSEC_PER_MSEC;
	got = tcp_rcv_space_adjust(&s, seq += 40000, 1460, now);
	assert_true(got >= 2 * 2 * 40000);
	now += 60 * NSEC_PER_MSEC;
	assert_int_equal(tcp_rcv_space_adjust(&s, seq += 30000, 1460, now), 0);	/* less: it stays */
	assert_int_equal(s.space, 40000);
	assert_int_equal(s.seq, seq);
}

/* What the reading grew counts twice, and a round lasts an eighth of the estimate. */
static void the_buffer_that_is_asked_for(void **state)
{
	struct tcp_rcv_space s = { .space = 10000, .time = 1000 };

	(void)state;
	tcp_rcv_rtt_update(&s, 8000, false);
	assert_int_equal(tcp_rcv_space_adjust(&s, 10001, 1000, 8999 * NSEC_PER_USEC), 0);
	assert_int_equal(tcp_rcv_space_adjust(&s, 10000, 1000, 9000 * NSEC_PER_USEC), 0);
	assert_int_equal(s.seq, 10000);
	assert_int_equal(s.time, 9000);
	/* 2 * 20000 + 16 * 1000 = 56000, and twice 56000 * 10000 / 10000. */
	assert_int_equal(tcp_rcv_space_adjust(&s, 30000, 1000, 17000 * NSEC_PER_USEC),
			 tcp_space_from_win(3 * 56000));
	assert_int_equal(s.space, 20000);
}

static void rtt_by_echoes_is_smoothed(void **state)
{
	struct tcp_rcv_space s = { .rtt_us = 0 };

	(void)state;
	tcp_rcv_rtt_update(&s, 0, true);
	assert_int_equal(s.rtt_us, 8);
	s.rtt_us = 8 * 1000;
	tcp_rcv_rtt_update(&s, 9000, false);
	assert_int_equal(s.rtt_us, 8 * 2000);
	tcp_rcv_rtt_update(&s, 9000, true);
	assert_int_equal(s.rtt_us, 8 * 2000);
	tcp_rcv_rtt_update(&s, 500, false);
	assert_int_equal(s.rtt_us, 8 * 500);
}

static void rtt_by_windows_is_an_upper_bound(void **state)
{
	struct tcp_rcv_space s = { .rtt_us = 0 };
	ktime_t now = NSEC_PER_SEC;

	(void)state;
	tcp_rcv_rtt_measure(&s, 1000, 5000, now);
	tcp_rcv_rtt_measure(&s, 3000, 5000, now + 10 * NSEC_PER_MSEC);
	assert_int_equal(s.rtt_us, 0);
	tcp_rcv_rtt_measure(&s, 6000, 5000, now + 30 * NSEC_PER_MSEC);
	assert_int_equal(s.rtt_us >> 3, 30000);
	tcp_rcv_rtt_measure(&s, 11000, 5000, now + 130 * NSEC_PER_MSEC);
	assert_int_equal(s.rtt_us >> 3, 30000);		/* longer: the sender paused */
	tcp_rcv_rtt_update(&s, 20000, true);
	assert_int_equal(s.rtt_us >> 3, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_window),
		cmocka_unit_test(the_edges_of_the_first_window),
		cmocka_unit_test(the_edges_of_silly_windows),
		cmocka_unit_test(the_buffer_that_is_asked_for),
		cmocka_unit_test(rtt_by_echoes_is_smoothed),
		cmocka_unit_test(it_never_shrinks),
		cmocka_unit_test(small_openings_are_not_told),
		cmocka_unit_test(a_tiny_buffer_opens_by_half),
		cmocka_unit_test(scaled_windows_are_rounded_up),
		cmocka_unit_test(an_open_window_is_the_candidate),
		cmocka_unit_test(it_grows_with_payload_not_with_overhead),
		cmocka_unit_test(the_buffer_follows_the_reader),
		cmocka_unit_test(rtt_by_windows_is_an_upper_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
