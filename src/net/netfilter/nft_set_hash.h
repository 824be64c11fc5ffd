/* SPDX-License-Identifier: MIT */
/* Sets without intervals: keys by their hash. Inline, for who knows how long they are. */
#ifndef LINNET_NET_NETFILTER_NFT_SET_HASH_H
#define LINNET_NET_NETFILTER_NFT_SET_HASH_H

#include "net/netfilter/nft_set.h"

/* Up to eight bytes; the lengths that there are make one load each. */
static __always_inline u64 nft_key_word(const u8 *key, u32 len)
{
	u64 w = 0;

	switch (len) {
	case 2:
		memcpy(&w, key, 2);
		break;
	case 4:
		memcpy(&w, key, 4);
		break;
	default:
		memcpy(&w, key, min(len, 8u));
		break;
	}
	return w;
}

static __always_inline u32 nft_key_hash(const struct net *net, const u8 *key, u32 len)
{
	u64 h = net->hash_key.k[0] ^ len;

	if (likely(len <= 8))
		return (u32)hash_mum(h ^ nft_key_word(key, len),
				     net->hash_key.k[1] ^ 0x9e3779b97f4a7c15ull);
	for (u32 i = 0; i < len; i += 8)
		h = hash_mum(h ^ nft_key_word(key + i, len - i),
			     net->hash_key.k[1] ^ 0x9e3779b97f4a7c15ull);
	return (u32)h;
}

static __always_inline bool nft_same_key(const u8 *a, const u8 *b, u32 len)
{
	return len <= 8 ? nft_key_word(a, len) == nft_key_word(b, len) : !memcmp(a, b, len);
}

static inline bool nft_elem_is_dead(const struct net *net, const struct nft_elem *e)
{
	return e->gone || e->expires <= net->now;
}

/* As nft_set_lookup(), of a set whose keys have len bytes. */
static __always_inline struct nft_elem *nft_set_lookup_hashed(const struct net *net,
							      const struct nft_set *set,
							      const u8 *key, u32 len)
{
	u32 hash = nft_key_hash(net, key, len);
	struct nft_elem *e;

	inet_table_for_each(e, &set->hash, hash, node)
		if (e->hash == hash && nft_same_key(e->raw, key, len))
			return likely(!nft_elem_is_dead(net, e)) ? e : set->catchall;
	return set->catchall;
}

#endif
