/* SPDX-License-Identifier: MIT */
/*
 * Longest-prefix match of IPv6: prefix -> pointer. A tree bitmap (W. Eatherton, G. Varghese,
 * Z. Dittia, "Tree bitmap", CCR 2004) of six address bits a node:
 *
 *	node	32 bytes: a bit for each of the 63 prefixes of 0 to 5 bits that may end in it, a bit
 *		for each of the 64 children; values and children packed in two arrays, found by
 *		counting bits
 *	lookup	one node for every six bits, the deepest one that matches wins: 9 nodes for a /48,
 *		11 for a /64, however many prefixes there are
 *	change	rewrites one node's array, 64 entries at most
 *
 * The values themselves stand nowhere else: exact lookups and walks in the order of prefixes use
 * the same tree.
 */
#ifndef LINNET_NET_IPV6_IP6_LPM_H
#define LINNET_NET_IPV6_IP6_LPM_H

#include "base/mem.h"
#include "wire/ip6_addr.h"

struct lpm6_node {
	u64 inside, below;
	void **value;
	struct lpm6_node *child;
};

struct ip6_lpm {
	struct mem *mem;
	u32 prefixes;
	struct lpm6_node root;
};

void ip6_lpm_init(struct ip6_lpm *lpm, struct mem *mem);
void ip6_lpm_exit(struct ip6_lpm *lpm);		/* values are not looked at */

/* Where the value of this very prefix stands, until the next change; NULL: it is not there. */
void **ip6_lpm_find(const struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen);

/* The same, made with a NULL value when it is not there. NULL: no memory, nothing changed that a
 * lookup would see. */
void **ip6_lpm_add(struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen);

/* The prefix goes, if it is there. Never short of memory: an array may stay larger than needed. */
void ip6_lpm_del(struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen);

/* The value of the longest prefix of at most max_plen bits that covers a, *plen its length. NULL:
 * none. */
void *ip6_lpm_lookup(const struct ip6_lpm *lpm, const struct ip6_addr *a, int max_plen, int *plen);

/* Calls fn for each value, a prefix after those within it, else in order of address, as Linux lists
 * routes; until fn returns non-zero, which is returned. fn may not change the tree. */
int ip6_lpm_walk(const struct ip6_lpm *lpm, int (*fn)(void *value, void *ctx), void *ctx);

#endif
