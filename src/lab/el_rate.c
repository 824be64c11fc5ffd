/* SPDX-License-Identifier: MIT */
/* Serialisation at a bit rate, and the buffer in front of it. */
#include "lab/el_rate.h"

typedef unsigned __int128 u128;

#define NS_PER_S 1000000000ull

void el_rate_init(struct el_rate *r, u64 bps, u64 queue_bytes)
{
	*r = (struct el_rate){ .bps = bps, .queue_bytes = queue_bytes, .free_ns = INT64_MIN };
}

u64 el_rate_backlog(const struct el_rate *r, s64 now_ns)
{
	u128 bits;

	if (el_rate_is_free(r, now_ns))
		return 0;
	bits = (u128)(r->free_ns - now_ns) * r->bps / NS_PER_S;
	return (u64)((bits + 7) / 8);
}

bool el_rate_send(struct el_rate *r, s64 now_ns, u32 len, struct el_rate_slot *slot)
{
	u64 bytes = wire_bytes(len);
	u128 work;

	if (!r->bps) {
		slot->start_ns = slot->end_ns = r->free_ns = now_ns;
		return true;
	}
	if (el_rate_is_free(r, now_ns)) {
		r->free_ns = now_ns;
		r->frac = 0;
	} else if (r->queue_bytes && el_rate_backlog(r, now_ns) + bytes > r->queue_bytes) {
		return false;
	}
	slot->start_ns = r->free_ns;
	work = (u128)bytes * 8 * NS_PER_S + r->frac;
	r->free_ns += (s64)(u64)(work / r->bps);
	r->frac = (u64)(work % r->bps);
	slot->end_ns = r->free_ns - (s64)(WIRE_GAP_BYTES * 8 * NS_PER_S / r->bps);
	return true;
}
