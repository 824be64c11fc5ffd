/* SPDX-License-Identifier: MIT */
/*
 * A line of a bit rate: frames leave one after the other, each for as long as its bits last.
 *
 * On the wire a frame is longer than in memory: 8 bytes of preamble and start delimiter
 * before it, padding to 64 bytes with its 4 bytes of FCS, and a gap of 12 bytes after it
 * (IEEE 802.3 clauses 3 and 4.4.2). Fractions of a nanosecond are carried on while the line
 * stays busy, so a long transfer takes exactly its bits / rate.
 *
 * In front of the line there may be a buffer of so many bytes (counted as on the wire); a
 * frame that does not fit is refused (tail drop). A frame that finds the line free always
 * fits. Without a buffer the sender must wait for el_rate_is_free().
 */
#ifndef LINNET_LAB_EL_RATE_H
#define LINNET_LAB_EL_RATE_H

#include "base/types.h"

#define WIRE_PREAMBLE_BYTES 8
#define WIRE_FCS_BYTES 4
#define WIRE_GAP_BYTES 12
#define WIRE_FRAME_MIN 60		/* without FCS */
#define WIRE_OVERHEAD_BYTES (WIRE_PREAMBLE_BYTES + WIRE_FCS_BYTES + WIRE_GAP_BYTES)

struct el_rate {
	u64 bps;		/* bits per second; 0 = no limit, frames take no time */
	u64 queue_bytes;	/* 0 = no buffer of its own */
	s64 free_ns;		/* when the line is free, the gap included */
	u64 frac;		/* the part of a ns that free_ns leaves out, in 1/bps ns */
};

struct el_rate_slot {
	s64 start_ns;		/* first bit of the preamble leaves */
	s64 end_ns;		/* last bit of the FCS has left */
};

void el_rate_init(struct el_rate *r, u64 bps, u64 queue_bytes);

/* Bytes that a frame of len bytes (without FCS) takes on the wire, the gap included. */
static inline u64 wire_bytes(u32 len)
{
	return max(len, (u32)WIRE_FRAME_MIN) + WIRE_OVERHEAD_BYTES;
}

/* Bytes that wait or are being sent at now_ns. */
u64 el_rate_backlog(const struct el_rate *r, s64 now_ns);

static inline bool el_rate_is_free(const struct el_rate *r, s64 now_ns)
{
	return r->free_ns <= now_ns;
}

/* Puts a frame on the line. False: the buffer is full and nothing has changed. */
bool el_rate_send(struct el_rate *r, s64 now_ns, u32 len, struct el_rate_slot *slot);

#endif
