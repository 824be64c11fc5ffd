/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_window.h"

#define TCP_INIT_WINDOW_SEGS 10

static u32 round_down(u32 v, u32 n)
{
	return v - v % n;
}

/* The least scale with which a 16-bit field can say `space`. */
static u8 wscale_for(u32 space)
{
	if (space <= 65535)
		return 0;
	return (u8)min(16u - (unsigned)__builtin_clz(space), (unsigned)TCP_WSCALE_MAX);
}

void tcp_select_initial_window(struct tcp_rwin *w, u32 space, u32 mss, bool wscale_ok,
			       u32 space_max)
{
	u32 clamp = w->window_clamp ? w->window_clamp : TCP_WINDOW_MAX;

	space = min(space, clamp);
	if (space > mss)
		space = round_down(space, mss);
	w->rcv_wscale = 0;
	if (wscale_ok)
		w->rcv_wscale = wscale_for(min(max(space, space_max), clamp));
	w->rcv_wnd = space;
	w->window_clamp = min(65535u << w->rcv_wscale, clamp);
	/* A SYN's window is never scaled (RFC 7323 2.2). */
	w->rcv_wnd = min(w->rcv_wnd, w->window_clamp);
	w->rcv_ssthresh = w->rcv_wnd;
}

u32 tcp_window_candidate(struct tcp_rwin *w, const struct tcp_win_in *in)
{
	u32 free = in->free_space, full = min(w->window_clamp, in->full_space);
	u32 mss = min(in->rcv_mss, full), window = w->rcv_wnd, unit = 1u << w->rcv_wscale;

	if (!mss)
		return 0;
	if (free < full / 2) {
		if (in->pressure)
			w->rcv_ssthresh = min(w->rcv_ssthresh, 4 * in->advmss);
		/* Less than a segment, or less than a sixteenth: a silly window. Close. */
		free = round_down(free, unit);
		if (free < in->full_space / 16 || free < mss)
			return 0;
	}
	free = min(free, w->rcv_ssthresh);
	if (w->rcv_wscale)
		return (u32)round_up(free, unit);
	/* Unscaled: move in whole segments, and only when it is worth it. */
	if (window + mss <= free || window > free)
		return round_down(free, mss);
	if (mss == full && free > window + full / 2)
		return free;
	return window;
}

/* Small segments: grow while the buffer would hold a window of them. */
static u32 grow_small(const struct tcp_rwin *w, u32 len, u32 truesize, u32 rcv_mss_twice)
{
	u32 window = w->window_clamp / 2, size = tcp_win_from_space(truesize);

	while (w->rcv_ssthresh <= window) {
		if (size <= len)
			return rcv_mss_twice;
		size /= 2;
		window /= 2;
	}
	return 0;
}

bool tcp_grow_window(struct tcp_rwin *w, u32 len, u32 truesize, u32 free_space, u32 advmss)
{
	u32 limit = min(w->window_clamp, free_space), incr;

	if (limit <= w->rcv_ssthresh)
		return false;
	if (tcp_win_from_space(truesize) <= len)
		incr = 2 * advmss;
	else
		incr = grow_small(w, len, truesize, 2 * advmss);
	if (!incr)
		return false;
	incr = max(incr, 2 * len);
	w->rcv_ssthresh += min(limit - w->rcv_ssthresh, incr);
	return true;
}

void tcp_rcv_rtt_update(struct tcp_rcv_space *s, u32 sample_us, bool upper_bound)
{
	u32 m = max(sample_us, 1u), old = s->rtt_us;

	if (!old || m << 3 < old)
		s->rtt_us = m << 3;
	else if (!upper_bound)
		s->rtt_us = old - (old >> 3) + m;
}

void tcp_rcv_rtt_measure(struct tcp_rcv_space *s, u32 rcv_nxt, u32 rcv_wnd, ktime_t now)
{
	u32 us;

	if (likely(s->rtt_time && before(rcv_nxt, s->rtt_seq)))
		return;
	us = ktime_us32(now);
	if (s->rtt_time)
		tcp_rcv_rtt_update(s, us - s->rtt_time, true);
	s->rtt_seq = rcv_nxt + rcv_wnd;
	s->rtt_time = us ? us : 1;
}

u32 tcp_rcv_space_adjust(struct tcp_rcv_space *s, u32 copied_seq, u32 advmss, ktime_t now)
{
	u32 us = ktime_us32(now), copied = copied_seq - s->seq, win = 0;

	if (!s->rtt_us || us - s->time < s->rtt_us >> 3)
		return 0;
	if (copied > s->space) {
		/* Twice, for slow start doubles; more where it grew faster than that. */
		u64 want = 2 * (u64)copied + 16 * (u64)advmss;

		if (s->space)
			want += 2 * (want * (copied - s->space) / s->space);
		win = (u32)min_t(u64, want, TCP_WINDOW_MAX);
		s->space = copied;
	}
	s->seq = copied_seq;
	s->time = us;
	return win ? tcp_space_from_win(win) : 0;
}
