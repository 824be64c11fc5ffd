/* SPDX-License-Identifier: MIT */
/*
 * Looking into ranges: what units of vectors have in common. They are macros, because what counts a
 * node's keys has to be inlined into functions for another processor than the rest. Many at once
 * are looked up step by step for all of them, and those that are not done are gathered without a
 * branch: so the processor takes as many of their loads at once as it can.
 */
#ifndef LINNET_NET_IPV6_IP6_RANGES_LOOK_H
#define LINNET_NET_IPV6_IP6_RANGES_LOOK_H

#include "net/ipv6/ip6_ranges.h"

#define RANGES_BULK 64u
#define RANGES_BYTES (FIB_DIRECT_MAX_BITS / 8)	/* of the direct table */
#define RANGES_NUMBER (~(FIB_DIRECT_LEAF | RANGES_FILLER))
#define RANGES_TURN 0x80000000u			/* of keys, in nodes */

struct ranges_look {			/* of those asked together */
	u32 entry[RANGES_BULK];		/* how far each is: done, when it is a number */
	u32 byte[RANGES_BULK];		/* what its last node looked at */
	u32 todo[RANGES_BULK];		/* those that are not done */
};

static __always_inline u32 ranges_key(const struct ip6_addr *a, u32 byte)
{
	return get_be32(a->s6_addr + byte);
}

/* What the direct table says; 0: that no prefix longer than 12 bits is there. */
static __always_inline u32 ranges_direct(const u32 *direct, const u32 *coarse, u32 bits)
{
	u32 e = direct[bits >> (32 - FIB_DIRECT_MAX_BITS)];

	return likely(e) ? e : FIB_DIRECT_LEAF | coarse[bits >> (32 - FIB_DIRECT_COARSE_BITS)];
}

#define RANGES_LOOK_IN(node, at, key, COUNT) ({ \
	const struct ranges_node *n_ = &(node)[(at) & RANGES_AT]; \
	prefetch(n_->to); \
	n_->to[COUNT(n_, key) - 1]; \
})

#define RANGES_LOOKUP(r, a, COUNT) ({ \
	u32 byte_ = (r)->start, e_ = (r)->root; \
	if (likely(byte_)) \
		e_ = ranges_direct((r)->direct.at24, (r)->direct.coarse, ranges_key(a, 0)); \
	while (!(e_ & FIB_DIRECT_LEAF)) { \
		e_ = RANGES_LOOK_IN((r)->node, e_, ranges_key(a, byte_), COUNT); \
		if (!(e_ & RANGES_SAME)) \
			byte_ = ranges_below(byte_); \
	} \
	e_ & RANGES_NUMBER; \
})

/* A node more for the first `left` of l->todo, which become those that are not done then. */
#define RANGES_LOOK_ON(node, a, l, left, COUNT) do { \
	u32 before_ = (left); \
	(left) = 0; \
	for (u32 k = 0; k < before_; k++) { \
		u32 i_ = (l)->todo[k], e_ = (l)->entry[i_], byte_ = (l)->byte[i_]; \
		if (!(e_ & RANGES_SAME)) \
			byte_ = ranges_below(byte_); \
		e_ = RANGES_LOOK_IN(node, e_, ranges_key((a)[i_], byte_), COUNT); \
		(l)->entry[i_] = e_; \
		(l)->byte[i_] = byte_; \
		(l)->todo[left] = i_; \
		(left) += (~e_) >> 31; \
	} \
} while (0)

/* ip6_ranges_wide.c: for processors with AVX-512. */
bool ip6_ranges_have_wide(void);
u32 ip6_ranges_lookup_wide(const struct ip6_ranges *r, const struct ip6_addr *a);
/* Up to RANGES_BULK, of ranges with a direct table. */
void ip6_ranges_bulk_wide(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			  const union ip6_prefix *of, void **value);

#endif
