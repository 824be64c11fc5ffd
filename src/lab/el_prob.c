/* SPDX-License-Identifier: MIT */
/* One random stream for each element: the seed is mixed with both names. */
#include "lab/el_prob.h"

/* FNV-1a; the zero byte at the end keeps ("ab", "c") and ("a", "bc") apart. */
static u64 hash_name(u64 hash, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;

	do
		hash = (hash ^ *p) * 0x100000001b3ull;
	while (*p++);
	return hash;
}

void el_prng_init(struct prng *rng, u64 seed, const char *name, const char *element)
{
	u64 state = hash_name(hash_name(0xcbf29ce484222325ull, name), element);

	state ^= splitmix64(&seed);
	prng_init(rng, splitmix64(&state));
}
