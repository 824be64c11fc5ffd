/* SPDX-License-Identifier: MIT */
/*
 * Sets of concatenated intervals ("10.0.0.0/8 . 22-25"): boxes of as many dimensions as there are
 * fields, and a lookup asks in which one a point lies. Linux's pipapo looks at a bit of every
 * element; this is a tree, so that a lookup costs the logarithm of their number for each field.
 *
 * Of one field, all firsts and lasts cut its values into pieces. A segment tree stands over the
 * pieces: an element is noted at the few nodes that its interval is made of, and a value is in the
 * intervals noted between its piece and the root. Each node has such a tree for the next field over
 * what is noted there; at the last field a node has the element itself.
 *
 * Elements may overlap as in Linux: refused is who has his first or last point in one that was
 * there before. Whose elements lie around older ones is looked up after them.
 */
#ifndef LINNET_NET_NETFILTER_NFT_SET_CONCAT_H
#define LINNET_NET_NETFILTER_NFT_SET_CONCAT_H

#include "net/netfilter/nft_set.h"

static inline bool nft_set_is_concat(const struct nft_set *set)
{
	return set->flags & NFT_SET_INTERVAL && set->types > 1;
}

/* v, n: all elements. *tree: what lookups go by, NULL for none. -ENOMEM; -EEXIST: *a and *b
 * overlap, and there is no tree. */
int nft_concat_build(struct net *net, const struct nft_set *set, struct nft_elem **v, u32 n,
		     struct nft_concat **tree, struct nft_elem **a, struct nft_elem **b);
void nft_concat_free(struct net *net, struct nft_concat *tree);
/* The oldest of those that the key is in; NULL: none. */
struct nft_elem *nft_concat_lookup(const struct net *net, const struct nft_concat *tree,
				   const u8 *key);

#endif
