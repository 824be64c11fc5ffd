/* SPDX-License-Identifier: MIT */
/* Bit errors at geometric distances, from integers. */
#include "lab/el_ber.h"

typedef unsigned __int128 u128;

#define ONE ((u128)1 << 64)

static u64 draw_distance(struct el_ber *b)
{
	u64 distance = 0;

	for (unsigned k = 0; k < EL_BER_DIGITS; k++)
		if (prob_draw(&b->rng, b->digit[k]))
			distance |= 1ull << k;
	return distance;
}

void el_ber_init(struct el_ber *b, u64 p, u64 seed, const char *name)
{
	u128 q = ONE - p; /* in 2^-64; ONE when p is 0 */

	*b = (struct el_ber){ .p = p };
	el_prng_init(&b->rng, seed, name, "ber");
	if (!p)
		return;
	if (p == PROB_ALWAYS)
		q = 0;
	for (unsigned k = 0; k < EL_BER_DIGITS; k++) {
		b->digit[k] = (u64)((q << 64) / (ONE + q));
		q = (u128)(u64)q * (u64)q >> 64;
	}
	b->distance = draw_distance(b);
}

u32 el_ber_draw(struct el_ber *b, u32 bits, u32 *at, u32 cap)
{
	u32 found = 0;
	u64 pos;

	if (!b->p)
		return 0;
	for (pos = 0; b->distance < bits - pos; b->distance = draw_distance(b)) {
		pos += b->distance;
		if (found < cap)
			at[found] = (u32)pos;
		found++;
		if (++pos == bits) {
			b->distance = draw_distance(b);
			return found;
		}
	}
	b->distance -= bits - pos;
	return found;
}
