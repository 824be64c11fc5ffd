/* SPDX-License-Identifier: MIT */
/*
 * Who looks addresses up (core_routes.c), of either family. What it has of its own are two
 * functions, x_one() and x_some(); LOOKUP_SUMS(x) makes its three loops around them, which differ
 * by nothing else.
 */
#ifndef LINNET_BENCH_COMMON_LOOKUP_H
#define LINNET_BENCH_COMMON_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOKUP_BULK 32

struct lookup_peer {
	const char *name;
	unsigned max;		/* prefixes that it can be given in reasonable time; 0: any */
	int (*load)(const void *prefixes, unsigned n);
	void (*unload)(void);
	/* The sum of the answers; n is a multiple of 32. */
	uint32_t (*independent)(const void *addrs, unsigned n);
	uint32_t (*bulk)(const void *addrs, unsigned n);
	uint32_t (*dependent)(const void *addrs, unsigned n);
};

/* 0, but not before v is known; values are below 2^31. */
static inline uint32_t after(uint32_t v)
{
	__asm__ volatile("" : "+r"(v));
	return v >> 31;
}

/*
 * uint32_t x_one(const void *addrs, unsigned i, uint32_t zero): the answer for the i-th of addrs;
 *	it waits for zero, which is 0
 * uint32_t x_some(const void *addrs, unsigned i): the sum of the answers for 32 from the i-th on
 */
#define LOOKUP_SUMS(x) \
	static uint32_t x##_independent(const void *addrs, unsigned n) \
	{ \
		uint32_t sum = 0; \
\
		for (unsigned i = 0; i < n; i++) \
			sum += x##_one(addrs, i, 0); \
		return sum; \
	} \
\
	static uint32_t x##_bulk(const void *addrs, unsigned n) \
	{ \
		uint32_t sum = 0; \
\
		for (unsigned i = 0; i < n; i += LOOKUP_BULK) \
			sum += x##_some(addrs, i); \
		return sum; \
	} \
\
	static uint32_t x##_dependent(const void *addrs, unsigned n) \
	{ \
		uint32_t sum = 0, v = 0; \
\
		for (unsigned i = 0; i < n; i++) { \
			v = x##_one(addrs, i, after(v)); \
			sum += v; \
		} \
		return sum; \
	}

#define LOOKUP_PEER(name, max, x) \
	{ name, max, x##_load, x##_unload, x##_independent, x##_bulk, x##_dependent }

#endif
