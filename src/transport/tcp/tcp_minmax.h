/* SPDX-License-Identifier: MIT */
/*
 * The largest or smallest of the samples of a sliding window of time, from three of them (Linux's
 * win_minmax, after Kathleen Nichols): the best one, the best one after it, and the best one after
 * that, each of another part of the window. When the first is too old the second takes its place;
 * so the answer is never older than the window, and O(1) in time and memory.
 *
 * Time is any count that goes up: ms, round trips; it may wrap.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_MINMAX_H
#define LINNET_TRANSPORT_TCP_TCP_MINMAX_H

#include "base/types.h"

struct minmax_sample {
	u32 t, v;
};

struct minmax {
	struct minmax_sample s[3];
};

static inline u32 minmax_get(const struct minmax *m)
{
	return m->s[0].v;
}

/* One sample is all that is known. */
static inline u32 minmax_reset(struct minmax *m, u32 t, u32 v)
{
	m->s[0] = m->s[1] = m->s[2] = (struct minmax_sample){ t, v };
	return v;
}

/* A sample of time t. Return: the largest (the least) of those since t - window. */
u32 minmax_running_max(struct minmax *m, u32 window, u32 t, u32 v);
u32 minmax_running_min(struct minmax *m, u32 window, u32 t, u32 v);

#endif
