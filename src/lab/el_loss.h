/* SPDX-License-Identifier: MIT */
/*
 * Frames that vanish: each on its own (a probability), or in bursts.
 *
 * Bursts follow Gilbert and Elliott: the link is in a good or a bad state; before each frame
 * it goes from good to bad with probability `enter`, from bad to good with `leave`; a frame
 * is lost with probability `good` or `bad` by the state. With good = 0 and bad = 1 the share
 * of lost frames is enter / (enter + leave), and a burst is 1 / leave frames long.
 */
#ifndef LINNET_LAB_EL_LOSS_H
#define LINNET_LAB_EL_LOSS_H

#include "lab/el_prob.h"

struct el_loss_params {
	bool burst;		/* false: only `good` counts, the state never changes */
	u64 enter, leave;	/* probabilities in 2^-64 */
	u64 good, bad;
};

struct el_loss {
	struct el_loss_params params;
	struct prng rng;
	bool in_burst;
};

/* Starts in the good state. */
void el_loss_init(struct el_loss *l, const struct el_loss_params *params, u64 seed,
		  const char *name);

/* One frame. True: it is lost. */
bool el_loss_draw(struct el_loss *l);

#endif
