/* SPDX-License-Identifier: MIT */
/* For tests of whole instances with random frames. */
#ifndef LINNET_STACK_RANDOM_H
#define LINNET_STACK_RANDOM_H

#include "base/prng.h"

#define FRAME_MAX 1514

struct frame {
	u32 len;
	u8 data[FRAME_MAX];
};

static inline u32 rnd(struct prng *r, u32 n)
{
	return prng_u32(r) % n;
}

static inline bool one_in(struct prng *r, u32 n)
{
	return rnd(r, n) == 0;
}

#endif
