/* SPDX-License-Identifier: MIT */
/*
 * Longest-prefix match, flat from ten routes to a million: prefix -> value (1 .. 2^31 - 1).
 *
 * Three stages, by size; each is right alone, the later ones are faster:
 *
 *	fib_rib		the prefixes themselves; lookups walk it while there are few, and when
 *			memory for the index is short
 *	trie		six address bits a node. A node is 24 bytes: a bit per slot says whether a
 *			child node or a value stands there; children and values lie packed in two
 *			arrays, found by counting bits. Runs of equal values are stored once.
 *			Six levels at most; small enough to stay in the cache.
 *	direct		entries that replace the trie's first levels by one load (fib_direct.h): two
 *			levels (16 KiB) from 256 routes on, three (1 MiB) from 4,096, four (64 MiB)
 *			from 65,536. With four nearly every answer is that one load: the tables of
 *			the Internet have few prefixes longer than 24 bits. Where address space can
 *			be had that costs memory only where it is written, four from 8 routes on.
 *
 *	direct[addr >> 14] -> node (bits 18..23) -> node (24..29) -> node (30, 31)
 *
 * Where a full table begins it takes 64, 256 and 1,024 bytes a route, a sparse one a page or two
 * for each; one that would take more than a quarter of the memory that is left is not made, and a
 * lesser one has to do. Four levels miss the cache once where three miss it two or three times, and
 * branch by nothing that differs from packet to packet.
 *
 * A change touches one node's runs and, below it, the nodes that the prefix covers; the node
 * itself stays where it is. When half of an array is freed runs, the live ones are moved together,
 * which costs a change no more than it freed before. The default route is kept beside the trie, so
 * it costs nothing to change. Addresses are in host order.
 *
 * The trie: H. Asai, Y. Ohara, "Poptrie", SIGCOMM 2015.
 */
#ifndef LINNET_NET_IPV4_FIB_LPM_H
#define LINNET_NET_IPV4_FIB_LPM_H

#include "net/fib_direct.h"
#include "net/ipv4/fib_rib.h"

#define FIB_LPM_TRIE_MIN 48		/* routes; a quarter of it: back to the stage before */
#define FIB_LPM_SPARSE_MIN 8		/* the trie's, where a sparse table goes with it */
#define FIB_LPM_12_MIN 256
#define FIB_LPM_18_MIN 4096
#define FIB_LPM_24_MIN 65536
#define FIB_LPM_WORN_MIN 64		/* pages of a sparse table, before it is made anew */
#define FIB_LPM_VALUE_MAX 0x7fffffffu

struct lpm_node {
	u64 vector;		/* slot holds a child */
	u64 leafvec;		/* a run of equal values starts at this slot */
	u32 base0, base1;	/* first of its values, of its children */
};

struct lpm_pool {		/* runs of 1 .. 64 entries in one growing array */
	void *at;
	u32 entry_bytes, cap, top;
	u32 idle;		/* entries in freed runs */
	u32 free[65];		/* by length: index + 1 of the first, linked through the entries */
};

struct fib_lpm {
	struct mem *mem;
	bool popcnt;		/* the processor counts bits in one instruction */
	bool indexed;		/* the trie stands */
	u32 default_value;
	bool no_sparse;		/* memory was short of its pages: not before few routes are left */
	struct fib_direct direct;
	struct lpm_pool nodes, leaves;
	struct fib_rib rib;
};

void fib_lpm_init(struct fib_lpm *lpm, struct mem *mem);
void fib_lpm_exit(struct fib_lpm *lpm);

/* Adds the prefix or changes its value. -ENOMEM: nothing was changed. */
int fib_lpm_set(struct fib_lpm *lpm, u32 key, unsigned plen, u32 value, u32 data);

/* -ENOENT. Never short of memory: without it lookups fall back to the prefixes themselves. */
int fib_lpm_del(struct fib_lpm *lpm, u32 key, unsigned plen);

/* The same where no direct entry says it. */
u32 fib_lpm_walk(const struct fib_lpm *lpm, u32 addr);

/* The value of the longest prefix that covers addr; 0: none. */
static inline u32 fib_lpm_lookup(const struct fib_lpm *lpm, u32 addr)
{
	u32 e;

	if (likely(lpm->direct.at24)) {
		e = lpm->direct.at24[addr >> 8];
		if (likely(e > FIB_DIRECT_LEAF))
			return e & ~FIB_DIRECT_LEAF;
	}
	return fib_lpm_walk(lpm, addr);
}

/* The same for n of them (fib_lpm_bulk.c). */
void fib_lpm_lookup_bulk(const struct fib_lpm *lpm, const u32 *addr, u32 n, u32 *value);

/* The same by one unit of the machine; all but the first need a table by 24 bits. */
struct fib_lpm_unit {
	char name[8];
	void (*lookup_bulk)(const struct fib_lpm *lpm, const u32 *addr, u32 n, u32 *value);
};

/* The i-th that works here, from the narrowest; NULL: there are no more. */
const struct fib_lpm_unit *fib_lpm_units(unsigned i);

/* A lookup follows soon: its first load is far apart for each address. */
static inline void fib_lpm_prefetch(const struct fib_lpm *lpm, u32 addr)
{
	if (lpm->direct.at)
		prefetch(&lpm->direct.at[addr >> lpm->direct.shift]);
}

#endif
