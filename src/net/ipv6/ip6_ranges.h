/* SPDX-License-Identifier: MIT */
/*
 * From an address to the longest prefix that covers it, in two or three loads however many prefixes
 * there are: the index that ip6_lpm.c makes when there are more than a few. A prefix is known by a
 * number here, its own alone; 0: none.
 *
 *	direct	the first 24 bits, as IPv4 has them (net/fib_direct.h): the number, or where to look
 *	ranges	the 32 bits behind them, where prefixes longer than 24 begin with the same 24: the
 *		first address of each stretch that belongs to one prefix, and whose it is, in
 *		order. Up to 16 stretches in a node of two cache lines; more are a B-tree.
 *	again	a stretch of one value, where prefixes longer than 56 begin, has ranges of its own
 *		for the next 32 bits; and so on, the last ones for bits 96 to 127
 *
 *	direct[addr >> 104] -> ranges (bits 24..55) -> ranges (56..87) -> ...
 *
 * So a /48 is found by the direct entry and one node, wherever it lies, where a trie needs a node
 * for each few bits between. A prefix adds two stretches at most to each tree on its way: memory
 * grows with the prefixes, not with how they lie. Without address space for a direct table the
 * ranges begin with bit 0.
 *
 * Ranges by address, as in M. Zec, L. Rizzo, M. Mikuc, "DXR: towards a billion routing lookups per
 * second in software", CCR 2012; there they are searched by halves.
 */
#ifndef LINNET_NET_IPV6_IP6_RANGES_H
#define LINNET_NET_IPV6_IP6_RANGES_H

#include "net/fib_direct.h"
#include "net/ipv6/ip6_tree.h"

/*
 * An entry, of the direct table or of a node: FIB_DIRECT_LEAF and a number, or a node. What a node
 * does not need repeats the last entry with the highest key. Keys have their first bit turned,
 * since vectors compare with a sign.
 */
#define RANGES_SAME 0x40000000u		/* the node is by the same 32 bits as the one above */
#define RANGES_FILLER 0x20000000u	/* it only repeats */
#define RANGES_AT 0x1fffffffu		/* the node */
#define RANGES_SLOTS 16u

struct ranges_node {
	u32 key[RANGES_SLOTS];
	u32 to[RANGES_SLOTS];
};

struct ip6_ranges {
	struct mem *mem;
	struct ranges_node *node;	/* on a boundary of cache lines, within: */
	void *block;
	u32 cap, top, free;		/* nodes; first never used; list of freed ones */
	u32 root;			/* without a direct table: the entry for all */
	u32 start;			/* first byte that nodes look at: 0, or behind `direct` */
	bool wide;			/* the processor compares 16 keys at once */
	struct fib_direct direct;
};

/* The byte that the nodes below those by `byte` and the three behind it begin with. */
static inline u32 ranges_below(u32 byte)
{
	return min(byte + 4, (u32)IP6_ADDR_LEN - 4);
}

/* Empty. direct: with a table for the first bits. False: no memory, nothing is left behind. */
bool ip6_ranges_init(struct ip6_ranges *r, struct mem *mem, bool direct);
void ip6_ranges_exit(struct ip6_ranges *r);

/*
 * What belonged to prefix `from` within a/plen belongs to `to` now: a prefix comes (from the next
 * longer one that covers it), or goes (back to that). plen is 1 or more. False: no memory, and
 * the index is good for nothing but ip6_ranges_exit().
 */
bool ip6_ranges_change(struct ip6_ranges *r, const struct ip6_addr *a, unsigned plen, u32 from,
		       u32 to);

/* Deleted prefixes left more behind than the n that there are can need. */
static inline bool ip6_ranges_is_worn(const struct ip6_ranges *r, u32 n)
{
	return r->top > 256 + 8 * n || r->direct.pages > 64 + 4 * n;
}

/* Whose address a is. */
u32 ip6_ranges_lookup(const struct ip6_ranges *r, const struct ip6_addr *a);

/* The same for n of them, as what stands in `of` by these numbers. */
void ip6_ranges_lookup_bulk(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			    const union ip6_prefix *of, void **value);

/* A lookup follows soon. */
static inline void ip6_ranges_prefetch(const struct ip6_ranges *r, const struct ip6_addr *a)
{
	if (r->direct.at)
		prefetch(&r->direct.at[ip6_u32(a, 0) >> r->direct.shift]);
}

#endif
