/* SPDX-License-Identifier: MIT */
#ifndef LINNET_BENCH_PEERS_DPDK_ROUTES_H
#define LINNET_BENCH_PEERS_DPDK_ROUTES_H

#include <stdint.h>

#include "common/prefixes.h"

struct lookup_peer {
	const char *name;
	unsigned max;		/* prefixes that it can be given in reasonable time; 0: any */
	int (*load)(const struct prefix *p, unsigned n);
	void (*unload)(void);
	uint32_t (*one)(uint32_t addr);
	/* The sum of the answers; n is a multiple of 32. */
	uint32_t (*independent)(const uint32_t *a, unsigned n);
	uint32_t (*bulk)(const uint32_t *a, unsigned n);
	uint32_t (*dependent)(const uint32_t *a, unsigned n);
};

/* a, but not before v is known; values are below 2^31. */
static inline uint32_t after(uint32_t a, uint32_t v)
{
	__asm__ volatile("" : "+r"(v));
	return a + (v >> 31);
}

#ifdef HAVE_DPDK
/* How many there are; 0 when DPDK does not start here. */
unsigned dpdk_peers(const struct lookup_peer **peers);
#else
static inline unsigned dpdk_peers(const struct lookup_peer **peers)
{
	*peers = 0;
	return 0;
}
#endif

#endif
