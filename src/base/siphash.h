/* SPDX-License-Identifier: MIT */
/*
 * SipHash: a keyed hash whose results tell nothing of the key, for initial sequence numbers
 * (RFC 6528), ports (RFC 6056) and the like; and a lighter keyed hash for tables.
 */
#ifndef LINNET_BASE_SIPHASH_H
#define LINNET_BASE_SIPHASH_H

#include "base/types.h"

struct siphash_key {
	u64 k[2];
};

u64 siphash(const void *data, size_t len, const struct siphash_key *key);

/* The same over words at hand, without a buffer; SipHash-1-3 rounds as Linux's hsiphash. */
u64 siphash_2u64(u64 a, u64 b, const struct siphash_key *key);

/* The 128-bit product of two words, folded: every bit of both reaches every bit of the result. */
static inline u64 hash_mum(u64 a, u64 b)
{
	unsigned __int128 p = (unsigned __int128)a * b;

	return (u64)p ^ (u64)(p >> 64);
}

/*
 * A table index for a 4-tuple, for tables that peers can fill: keyed, so that they do not know who
 * meets whom; two multiplications, because every packet pays for it. Where a peer sees results
 * (sequence numbers, ports) siphash is used instead.
 */
static inline u32 hash_4tuple(be32 laddr, be16 lport, be32 faddr, be16 fport,
			      const struct siphash_key *key)
{
	u64 a = (u64)laddr << 32 | faddr, b = (u64)lport << 16 | fport;
	u64 h = hash_mum(a ^ key->k[0], b ^ key->k[1] ^ 0x9e3779b97f4a7c15ull);

	return (u32)hash_mum(h ^ key->k[1], a ^ 0xe7037ed1a0b428dbull);
}

#endif
