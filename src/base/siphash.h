/* SPDX-License-Identifier: MIT */
/*
 * SipHash-2-4 and the lighter HalfSip-like use of it: keyed hashes for tables that a peer
 * can fill, for initial sequence numbers (RFC 6528) and for ports (RFC 6056).
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

/* A table index for a 4-tuple: one fast keyed mix. */
static inline u32 hash_4tuple(be32 laddr, be16 lport, be32 faddr, be16 fport,
			      const struct siphash_key *key)
{
	return (u32)siphash_2u64(((u64)laddr << 32) | faddr, ((u64)lport << 16) | fport, key);
}

#endif
