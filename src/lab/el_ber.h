/* SPDX-License-Identifier: MIT */
/*
 * Bit errors: each bit on the wire is flipped with one probability, whatever frame it is in.
 *
 * Drawing once per bit would be slow, so the distance to the next error is drawn instead: a
 * geometric variable. Its binary digits are independent, digit k being one with probability
 * q^(2^k) / (1 + q^(2^k)) where q = 1 - p; so a draw needs neither log() nor floating point,
 * and gives the same bits on every machine. The distance runs on from frame to frame.
 */
#ifndef LINNET_LAB_EL_BER_H
#define LINNET_LAB_EL_BER_H

#include "lab/el_prob.h"

#define EL_BER_DIGITS 63	/* the distance stays below 2^63 */

struct el_ber {
	struct prng rng;
	u64 p;				/* probability of one bit, in 2^-64 */
	u64 digit[EL_BER_DIGITS];	/* probability of each binary digit of the distance */
	u64 distance;			/* good bits before the next error */
};

void el_ber_init(struct el_ber *b, u64 p, u64 seed, const char *name);

/**
 * el_ber_draw - the errors in the next @bits bits
 * @at: filled with the first @cap positions, ascending
 *
 * Return: how many errors there are, which may be more than @cap.
 */
u32 el_ber_draw(struct el_ber *b, u32 bits, u32 *at, u32 cap);

#endif
