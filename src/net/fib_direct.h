/* SPDX-License-Identifier: MIT */
/*
 * The first bits of an address to what is known of it, by one load: entries that replace the first
 * levels of fib_lpm's trie. Memory and nothing else: what the entries say is fib_lpm's.
 *
 *	full		all entries are written, all memory is taken at once
 *	sparse		24 bits, in address space that reads as zeros and costs memory only where it
 *			was written, a page of 4 KiB at a time, which is counted then. An entry of 0
 *			says that no prefix longer than 12 bits covers it: what the shorter ones say
 *			is in a second table (`coarse`), so that a /8 takes no more than a /24.
 *
 * A prefix longer than 12 bits writes one page or two, so n of them cost 8 KiB each at the most.
 */
#ifndef LINNET_NET_FIB_DIRECT_H
#define LINNET_NET_FIB_DIRECT_H

#include "base/mem.h"

#define FIB_DIRECT_MAX_BITS 24
#define FIB_DIRECT_COARSE_BITS 12
#define FIB_DIRECT_LEAF 0x80000000u	/* of an entry: the rest is a value, not a node */
#define FIB_DIRECT_PAGE_BYTES 4096u

enum fib_direct_kind {			/* the later one is the faster one, where it fits */
	FIB_DIRECT_NONE, FIB_DIRECT_12, FIB_DIRECT_18, FIB_DIRECT_SPARSE, FIB_DIRECT_24,
};

struct fib_direct_sparse;

struct fib_direct {
	u32 *at;			/* by the first bits of the address; NULL: none */
	const u32 *at24;		/* the same, when it is by the first 24 */
	const u32 *coarse;		/* values by the first 12; NULL: not sparse */
	u8 bits, shift;			/* of the address: index; 32 less that */
	u8 kind;
	bool short_of_memory;		/* a page could not be had: entries are missing */
	u32 pages;			/* of a sparse one, written */
	struct fib_direct_sparse *sparse;
};

/* False: no memory, or more than a quarter of what is left; nothing was changed. */
bool fib_direct_make(struct fib_direct *d, struct mem *mem, enum fib_direct_kind kind);
void fib_direct_free(struct fib_direct *d, struct mem *mem);

/* Writes e to n entries from first on. */
void fib_direct_put(struct fib_direct *d, struct mem *mem, u32 first, u32 n, u32 e);
/* Of a sparse table: what prefixes of up to 12 bits say of n entries from first on. */
void fib_direct_put_coarse(struct fib_direct *d, u32 first, u32 n, u32 value);

/* Of a sparse table: *first, or the next entry behind it on a page that was written. False: none
 * is. */
bool fib_direct_written(const struct fib_direct *d, u32 *first);

#endif
