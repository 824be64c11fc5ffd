/* SPDX-License-Identifier: MIT */
/*
 * Chance on a link, the same on every machine: integers only.
 *
 * A probability is a u64 in units of 2^-64; UINT64_MAX is "always". Each element of each
 * direction of each link draws from its own stream, seeded by (lab seed, link, element):
 * adding a link, or jitter to a link, does not change which frames another element loses.
 */
#ifndef LINNET_LAB_EL_PROB_H
#define LINNET_LAB_EL_PROB_H

#include "base/prng.h"
#include "base/types.h"

#define PROB_NEVER 0ull
#define PROB_ALWAYS UINT64_MAX

/* From 0.0 .. 1.0; values outside are held at the ends. */
static inline u64 prob_from_double(double p)
{
	if (!(p > 0))
		return PROB_NEVER;
	return p >= 1 ? PROB_ALWAYS : (u64)(p * 18446744073709551616.0);
}

/* Draws once, whatever p is, so that a stream's place does not hang on its parameters. */
static inline bool prob_draw(struct prng *rng, u64 p)
{
	u64 v = prng_u64(rng);

	return p == PROB_ALWAYS || v < p;
}

/* Uniform in [0, n), n > 0. */
static inline u64 prob_below(struct prng *rng, u64 n)
{
	return (u64)(((unsigned __int128)prng_u64(rng) * n) >> 64);
}

/*
 * Seeds a stream from the lab's seed, a name ("laptop:eth0>sw1:p1") and an element ("loss").
 */
void el_prng_init(struct prng *rng, u64 seed, const char *name, const char *element);

#endif
