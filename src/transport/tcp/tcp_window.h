/* SPDX-License-Identifier: MIT */
/*
 * The receive window (row T4): what is advertised, how it opens, and how the buffer behind it
 * grows.
 *
 *	space = (rcvbuf - what waits) / 2: half of the buffer is left to overhead (Linux's
 *	tcp_adv_win_scale 1). rcv_ssthresh limits how fast the window opens: it grows with the
 *	payload that arrives, so that a peer of tiny segments cannot fill the buffer with
 *	overhead. The right edge moves back only where a segment found no memory
 *	(RFC 9293 3.8.6: a receiver should not do so). No update is sent for less than a
 *	segment (silly window avoidance, RFC 1122 4.2.3.3).
 *
 * Receive buffer autotuning (dynamic right-sizing): per round trip twice what the user read, and
 * room for growth, becomes the window, up to tcp_rmem[2].
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_WINDOW_H
#define LINNET_TRANSPORT_TCP_TCP_WINDOW_H

#include "base/ktime.h"
#include "transport/tcp/tcp_seq.h"

#define TCP_WSCALE_MAX 14
#define TCP_WINDOW_MAX (65535u << TCP_WSCALE_MAX)

struct tcp_rwin {
	u32 rcv_wnd;		/* last advertised, from rcv_wup */
	u32 rcv_wup;		/* rcv_nxt then */
	u32 rcv_ssthresh;	/* the most that is advertised for now */
	u32 window_clamp;	/* the most ever */
	u8 rcv_wscale;
};

static inline u32 tcp_win_from_space(u32 space)
{
	return space / 2;
}

static inline u32 tcp_space_from_win(u32 win)
{
	return win <= UINT32_MAX / 2 ? win * 2 : UINT32_MAX;
}

/* What of the advertised window is left. */
static inline u32 tcp_receive_window(const struct tcp_rwin *w, u32 rcv_nxt)
{
	s32 win = (s32)(w->rcv_wup + w->rcv_wnd - rcv_nxt);

	return win < 0 ? 0 : (u32)win;
}

/*
 * The window of our SYN.
 * @space: bytes of payload that the buffer takes
 * @mss: that we advertise
 * @space_max: what the buffer may grow to (as payload and overhead): chooses the scale
 */
void tcp_select_initial_window(struct tcp_rwin *w, u32 space, u32 mss, bool wscale_ok,
			       u32 space_max);

struct tcp_win_in {
	u32 free_space, full_space;	/* bytes of payload: now, and of the empty buffer */
	u32 rcv_mss;			/* estimate of the peer's segments */
	u32 advmss;
	bool pressure;			/* memory is short */
};

/* The window that would be right now. May lower rcv_ssthresh under pressure. */
u32 tcp_window_candidate(struct tcp_rwin *w, const struct tcp_win_in *in);

/* The buffer is empty enough that rcv_ssthresh alone says what tcp_window_candidate() is: */
static inline bool tcp_window_is_open(const struct tcp_rwin *w, u32 free_space, u32 rcv_mss)
{
	return w->rcv_wscale && rcv_mss &&
	       w->rcv_ssthresh - 1 < min(free_space, w->window_clamp) &&
	       free_space >= w->window_clamp / 2;
}

/* so much. */
static inline u32 tcp_window_open(const struct tcp_rwin *w)
{
	return (u32)round_up(w->rcv_ssthresh, 1u << w->rcv_wscale);
}

/* Takes the candidate as the advertised window; it shrinks only when it may, and is scaled. Returns
 * the header's field. */
static inline u16 tcp_select_window(struct tcp_rwin *w, u32 candidate, u32 rcv_nxt,
				    bool may_shrink)
{
	u32 current = tcp_receive_window(w, rcv_nxt), win = candidate;

	if (win < current && !(may_shrink && w->rcv_wscale))
		win = (u32)round_up(current, 1u << w->rcv_wscale);
	w->rcv_wnd = win;
	w->rcv_wup = rcv_nxt;
	/* Without scaling 65535 is all that can be said. */
	return (u16)min(win >> w->rcv_wscale, 65535u);
}

/* What was promised cannot be kept, as memory is short: nothing, until there is room again. */
static inline u16 tcp_close_window(struct tcp_rwin *w, u32 rcv_nxt)
{
	w->rcv_wnd = 0;
	w->rcv_wup = rcv_nxt;
	return 0;
}

/* len bytes of payload came in truesize bytes of memory: may the window open further?
 * Return: true when it grew. */
bool tcp_grow_window(struct tcp_rwin *w, u32 len, u32 truesize, u32 free_space, u32 advmss);

/* Autotuning's state. Times are us and wrap; a span of an hour and more is not measured right,
 * which costs one wrong guess. */
struct tcp_rcv_space {
	u32 rtt_us;		/* receiver's estimate, times 8; 0 = none */
	u32 rtt_seq, rtt_time;	/* without timestamps: a window's worth was awaited since */
	u32 last_tsecr;
	u32 space;		/* bytes read in the last round */
	u32 seq, time;		/* the round began here */
};

/* A shorter one holds at once, a longer one is smoothed. upper_bound: it may be too long, as one by
 * windows is, or when the user was slow: only shorter counts (Linux 6.16). */
void tcp_rcv_rtt_update(struct tcp_rcv_space *s, u32 sample_us, bool upper_bound);

/* No more than a window can come per round trip: an upper bound, with timestamps or without. */
void tcp_rcv_rtt_measure(struct tcp_rcv_space *s, u32 rcv_nxt, u32 rcv_wnd, ktime_t now);

/*
 * The user has read up to copied_seq. Return: the receive buffer (bytes of memory) that would suit;
 * 0: no change. Starts a new round where one is over.
 */
u32 tcp_rcv_space_adjust(struct tcp_rcv_space *s, u32 copied_seq, u32 advmss, ktime_t now);

#endif
