/* SPDX-License-Identifier: MIT */
/*
 * A routing table as the Internet's is cut (six of ten prefixes are /24, a few longer, most others
 * /16 to /23), and addresses that it covers. The same for every contender.
 */
#ifndef LINNET_BENCH_COMMON_PREFIXES_H
#define LINNET_BENCH_COMMON_PREFIXES_H

#include <stdint.h>

struct prefix {
	uint32_t addr;		/* host order, host bits 0 */
	uint8_t len;
	uint32_t value;		/* 1 .. 250: next hop */
};

/* n different prefixes, of the default route's children: none is /0. free() it; NULL: no memory. */
struct prefix *make_prefixes(unsigned n);
/* n addresses, each within one of the prefixes, in no order. */
uint32_t *make_addresses(const struct prefix *p, unsigned prefixes, unsigned n);

#endif
