/* SPDX-License-Identifier: MIT */
/*
 * Routing tables as the Internet's are cut (of IPv4 six of ten prefixes are /24, a few longer, most
 * others /16 to /23; of IPv6 half are /48, a fifth /32, others between), and addresses that they
 * cover. The same for every contender.
 */
#ifndef LINNET_BENCH_COMMON_PREFIXES_H
#define LINNET_BENCH_COMMON_PREFIXES_H

#include <stdint.h>

static inline uint32_t draw_from(uint64_t *state)
{
	uint64_t x;

	*state += 0x9e3779b97f4a7c15;
	x = (*state ^ (*state >> 30)) * 0xbf58476d1ce4e5b9;
	return (uint32_t)(x >> 32);
}

struct prefix {
	uint32_t addr;		/* host order, host bits 0 */
	uint8_t len;
	uint32_t value;		/* 1 .. 250: next hop */
};

/* n different prefixes, of the default route's children: none is /0. free() it; NULL: no memory. */
struct prefix *make_prefixes(unsigned n);
/* n addresses, each within one of the prefixes, in no order. */
uint32_t *make_addresses(const struct prefix *p, unsigned prefixes, unsigned n);

struct prefix6 {
	uint8_t addr[16];	/* host bits 0 */
	uint8_t len;
	uint32_t value;		/* 1 .. 250: next hop */
};

struct prefix6 *make_prefixes6(unsigned n);
uint8_t (*make_addresses6(const struct prefix6 *p, unsigned prefixes, unsigned n))[16];

#endif
