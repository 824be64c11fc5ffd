/* SPDX-License-Identifier: MIT */
/*
 * Chance: xoshiro256** seeded through splitmix64. Good for everything but secrets that an
 * attacker may probe; those (sequence numbers, hash keys, ports) go through siphash with a
 * key drawn from here, so an embedder on a real wire must seed with real entropy.
 */
#ifndef LINNET_BASE_PRNG_H
#define LINNET_BASE_PRNG_H

#include "base/types.h"

struct prng {
	u64 s[4];
};

/* The next value of a splitmix64 stream; also a fine mixing function for seeds. */
static inline u64 splitmix64(u64 *state)
{
	u64 z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static inline void prng_init(struct prng *p, u64 seed)
{
	for (int i = 0; i < 4; i++)
		p->s[i] = splitmix64(&seed);
}

static inline u64 rotl64(u64 x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static inline u64 prng_u64(struct prng *p)
{
	u64 r = rotl64(p->s[1] * 5, 7) * 9;
	u64 t = p->s[1] << 17;

	p->s[2] ^= p->s[0];
	p->s[3] ^= p->s[1];
	p->s[1] ^= p->s[2];
	p->s[0] ^= p->s[3];
	p->s[2] ^= t;
	p->s[3] = rotl64(p->s[3], 45);
	return r;
}

static inline u32 prng_u32(struct prng *p)
{
	return (u32)(prng_u64(p) >> 32);
}

/* Uniform in [0, n), n > 0, by multiply-and-shift (bias below 2^-32). */
static inline u32 prng_below(struct prng *p, u32 n)
{
	return (u32)(((u64)prng_u32(p) * n) >> 32);
}

#endif
