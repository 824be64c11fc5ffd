/* SPDX-License-Identifier: MIT */
/*
 * Sequence space (RFC 9293 3.4): 32 bits that wrap. No other comparison of sequence numbers is
 * right; these hold while the two are less than 2^31 apart.
 */
#ifndef LINNET_WIRE_TCP_SEQ_H
#define LINNET_WIRE_TCP_SEQ_H

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

#endif
