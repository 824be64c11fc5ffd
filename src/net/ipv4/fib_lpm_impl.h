/* SPDX-License-Identifier: MIT */
/* What the files of fib_lpm share. */
#ifndef LINNET_NET_IPV4_FIB_LPM_IMPL_H
#define LINNET_NET_IPV4_FIB_LPM_IMPL_H

#include "net/ipv4/fib_lpm.h"

#define STRIDE 6
#define SLOTS 64
#define DIRECT_LEAF FIB_DIRECT_LEAF

static inline struct lpm_node *node_at(const struct fib_lpm *lpm, u32 i)
{
	return (struct lpm_node *)lpm->nodes.at + i;
}

static inline u32 *leaf_at(const struct fib_lpm *lpm, u32 i)
{
	return (u32 *)lpm->leaves.at + i;
}

/* The compiler's builtin would call the runtime where the instruction is not certain. */
static inline u32 bits_generic(u64 v)
{
	v -= v >> 1 & 0x5555555555555555ull;
	v = (v & 0x3333333333333333ull) + (v >> 2 & 0x3333333333333333ull);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (u32)(v * 0x0101010101010101ull >> 56);
}

/* Bits of all slots up to and with slot. */
static inline u64 upto(u64 bits, u32 slot)
{
	return bits & ((2ull << slot) - 1);
}

static inline u32 slot_at(u32 addr, unsigned depth)
{
	return (u32)(((u64)addr << 32) << depth >> (64 - STRIDE));
}

/* ---- fib_lpm_trie.c ---- */

/* Without memory the table stays as it is: slower, never wrong; the next change tries again. */
void lpm_index_build(struct fib_lpm *lpm);
void lpm_index_drop(struct fib_lpm *lpm);
/* Brings the trie up to date after key/plen came, went or changed. False: no memory. */
bool lpm_index_update(struct fib_lpm *lpm, u32 key, unsigned plen, bool gone);

/* What most routes are: one value more in a node that is there, nothing below it. */
enum lpm_quick { QUICK_NO, QUICK_DONE, QUICK_NOMEM };

enum lpm_quick lpm_quick_update(struct fib_lpm *lpm, u32 key, unsigned plen, u32 value);
/* Moves what lives in half-empty pools together. Without memory they stay as they are. */
void lpm_compact(struct fib_lpm *lpm);

/* ---- fib_lpm_direct.c ---- */

/* All entries, of the whole trie. */
void lpm_direct_fill(struct fib_lpm *lpm);
/* Slots from .. from + n - 1 of node `at` changed; moved: the run of its children did, too. */
void lpm_direct_update(struct fib_lpm *lpm, u32 at, u32 key, unsigned depth, u32 from, u32 n,
		       bool moved);
/* The best that fits: where one does not, the next lesser one, down to the one there is. */
void lpm_direct_choose(struct fib_lpm *lpm);

#endif
