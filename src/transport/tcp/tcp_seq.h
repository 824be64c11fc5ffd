/* SPDX-License-Identifier: MIT */
/*
 * Sequence space (RFC 9293 3.4): 32 bits that wrap. No other comparison of sequence numbers is
 * right; these hold while the two are less than 2^31 apart.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_SEQ_H
#define LINNET_TRANSPORT_TCP_TCP_SEQ_H

#include "base/types.h"

static inline bool before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool after(u32 a, u32 b)
{
	return before(b, a);
}

/* low <= seq <= high */
static inline bool between(u32 seq, u32 low, u32 high)
{
	return high - low >= seq - low;
}

static inline u32 seq_max(u32 a, u32 b)
{
	return after(a, b) ? a : b;
}

static inline u32 seq_min(u32 a, u32 b)
{
	return before(a, b) ? a : b;
}

/*
 * Is a segment [seq, end_seq) acceptable to a window [s_win, e_win) (RFC 9293 3.10.7.4, table 6)?
 * For mini-sockets; a connection uses tcp_sequence().
 */
static inline bool tcp_in_window(u32 seq, u32 end_seq, u32 s_win, u32 e_win)
{
	if (seq == s_win)
		return true;
	if (after(end_seq, s_win) && before(seq, e_win))
		return true;
	return seq == e_win && seq == end_seq;
}

#endif
