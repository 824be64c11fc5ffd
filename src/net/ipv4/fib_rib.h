/* SPDX-License-Identifier: MIT */
/*
 * The set of prefixes of a routing table: a path-compressed binary trie (PATRICIA). It knows each
 * prefix exactly, gives them in order, and answers lookups for small tables; fib_lpm builds its
 * fast index from it.
 *
 * Nodes live in one array and refer to each other by index, 24 bytes each; index 0 is none. A
 * node without a value is a fork and always has two children, so n prefixes need fewer than 2n
 * nodes. Addresses are in host order here.
 */
#ifndef LINNET_NET_IPV4_FIB_RIB_H
#define LINNET_NET_IPV4_FIB_RIB_H

#include "base/mem.h"

struct rib_node {
	u32 key;		/* host bits are 0 */
	u32 child[2];		/* by the bit behind the prefix */
	u32 value;		/* what a lookup finds; 0: a fork, no prefix */
	u32 data;		/* the owner's own */
	u8 plen;
};

struct fib_rib {
	struct mem *mem;
	struct rib_node *node;
	u32 cap, top, free;	/* entries; first never used; list of freed ones */
	u32 root;
	u32 count;		/* prefixes */
};

static inline u32 rib_mask(unsigned plen)
{
	return plen ? ~0u << (32 - plen) : 0;
}

void rib_init(struct fib_rib *rib, struct mem *mem);
void rib_exit(struct fib_rib *rib);

/* The prefix exactly, or NULL. Valid until the next rib_add(). */
struct rib_node *rib_find(const struct fib_rib *rib, u32 key, unsigned plen);

/* Found or made; a new one has value 0 and must be given one. NULL: no memory. */
struct rib_node *rib_add(struct fib_rib *rib, u32 key, unsigned plen);

/* The prefix must be there. */
void rib_del(struct fib_rib *rib, u32 key, unsigned plen);

/* The value of the longest prefix of 1 .. max_plen bits that covers addr; 0: none. */
u32 rib_best(const struct fib_rib *rib, u32 addr, unsigned max_plen);

/* The topmost node at or below key/plen; 0: none. */
u32 rib_top(const struct fib_rib *rib, u32 key, unsigned plen);

/* Prefixes that cover addr, shortest first, into out[33]; returns how many. */
unsigned rib_path(const struct fib_rib *rib, u32 addr, const struct rib_node *out[33]);

/* The first prefix after key/plen in order of (key, plen); plen -1: from the start. NULL: end. */
const struct rib_node *rib_next(const struct fib_rib *rib, u32 key, int plen);

#endif
