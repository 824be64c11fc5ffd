/* SPDX-License-Identifier: MIT */
/*
 * Time as Linux's ktime_t: signed nanoseconds. The core never asks for the time;
 * it comes in through net_run() and is read from net->now.
 */
#ifndef LINNET_BASE_KTIME_H
#define LINNET_BASE_KTIME_H

#include "base/types.h"

typedef s64 ktime_t;

#define KTIME_MAX INT64_MAX
#define NSEC_PER_USEC 1000ll
#define NSEC_PER_MSEC 1000000ll
#define NSEC_PER_SEC 1000000000ll

static inline ktime_t us_to_ktime(s64 us)
{
	return us * NSEC_PER_USEC;
}

static inline ktime_t ms_to_ktime(s64 ms)
{
	return ms * NSEC_PER_MSEC;
}

static inline ktime_t sec_to_ktime(s64 s)
{
	return s * NSEC_PER_SEC;
}

static inline s64 ktime_to_us(ktime_t t)
{
	return t / NSEC_PER_USEC;
}

static inline s64 ktime_to_ms(ktime_t t)
{
	return t / NSEC_PER_MSEC;
}

/* Of a clock, never negative, which is the cheaper division; it wraps. */
static inline u32 ktime_us32(ktime_t t)
{
	return (u32)((u64)t / NSEC_PER_USEC);
}

/* a + b, held at KTIME_MAX instead of wrapping; b >= 0. */
static inline ktime_t ktime_add_safe(ktime_t a, ktime_t b)
{
	return a > KTIME_MAX - b ? KTIME_MAX : a + b;
}

#endif
