/* SPDX-License-Identifier: MIT */
/*
 * The way to the other end: delay, jitter, and frames that are held back.
 *
 * A frame is under way for `delay` plus a value drawn evenly from -jitter .. +jitter. Jitter
 * never changes the order: a frame that would overtake arrives right behind the one before
 * it, no closer than its own bits last. A frame drawn for reordering is held back by
 * `hold` more and does not hold up those behind it, so these overtake it.
 */
#ifndef LINNET_LAB_EL_DELAY_H
#define LINNET_LAB_EL_DELAY_H

#include "lab/el_prob.h"

struct el_delay_params {
	s64 delay_ns;
	s64 jitter_ns;		/* 0 .. delay_ns */
	u64 reorder;		/* probability in 2^-64 */
	s64 hold_ns;
};

struct el_delay {
	struct el_delay_params params;
	struct prng jitter_rng, reorder_rng;
	s64 last_ns;		/* arrival of the last frame that kept its place */
};

void el_delay_init(struct el_delay *d, const struct el_delay_params *params, u64 seed,
		   const char *name);

/**
 * el_delay_arrival - when a frame's last bit arrives
 * @sent_ns: when it left; not before that of the frame before
 * @tx_ns: how long its bits last
 * @held: set when it was drawn for reordering
 */
s64 el_delay_arrival(struct el_delay *d, s64 sent_ns, s64 tx_ns, bool *held);

#endif
