/* SPDX-License-Identifier: MIT */
#ifndef LINNET_BENCH_PEERS_DPDK_ROUTES6_H
#define LINNET_BENCH_PEERS_DPDK_ROUTES6_H

#include <stdint.h>

struct prefix6 {
	uint8_t addr[16];	/* host bits are 0 */
	uint8_t len;
	uint32_t value;		/* 1 .. 250: next hop */
};

struct lookup6_peer {
	const char *name;
	int (*load)(const struct prefix6 *p, unsigned n);
	void (*unload)(void);
	/* The sums of the answers; n is a multiple of 32. */
	uint32_t (*independent)(uint8_t (*a)[16], unsigned n);
	uint32_t (*bulk)(uint8_t (*a)[16], unsigned n);
	uint32_t (*dependent)(uint8_t (*a)[16], unsigned n);
};

/* Which address is next, but not before v is known; values are below 2^31. */
static inline unsigned index_after(unsigned i, uint32_t v)
{
	__asm__ volatile("" : "+r"(v));
	return i + (v >> 31);
}

#ifdef HAVE_DPDK
/* How many there are; 0 when DPDK does not start here. */
unsigned dpdk_peers6(const struct lookup6_peer **peers);
#else
static inline unsigned dpdk_peers6(const struct lookup6_peer **peers)
{
	*peers = 0;
	return 0;
}
#endif

#endif
