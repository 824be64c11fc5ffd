/* SPDX-License-Identifier: MIT */
/*
 * Longest-prefix match of IPv6: prefix -> pointer, flat from ten prefixes to 200,000. Two stages:
 *
 *	tree	the prefixes themselves (ip6_tree.h). Exact lookups, walks in order and lookups of
 *		shorter prefixes always use it, others while there are few.
 *	index	for lookups alone (ip6_ranges.h), from 8 prefixes on where address space can be
 *		had, else from 48 on. When memory for it is short, the tree has to do.
 *
 * A prefix has a number, by which tree and index know it. The default route, ::/0, is in neither: 0
 * is its number, and the one of nothing, so it costs nothing to change.
 */
#ifndef LINNET_NET_IPV6_IP6_LPM_H
#define LINNET_NET_IPV6_IP6_LPM_H

#include "net/ipv6/ip6_ranges.h"
#include "net/ipv6/ip6_tree.h"

#define IP6_LPM_DIRECT_MIN 8		/* prefixes; half of it: back to the tree */
#define IP6_LPM_INDEX_MIN 48		/* without address space; a quarter of it */

struct ip6_lpm {
	struct ip6_tree tree;
	bool indexed;			/* the index stands */
	u32 wait;			/* changes, before an index is tried again */
	struct ip6_ranges index;
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

/* The value of the longest prefix that covers a. NULL: none. */
void *ip6_lpm_lookup(const struct ip6_lpm *lpm, const struct ip6_addr *a);

/* The same for n of them. */
void ip6_lpm_lookup_bulk(const struct ip6_lpm *lpm, const struct ip6_addr *const *a, u32 n,
			 void **value);

/* The same of at most max_plen bits, *plen its length. */
void *ip6_lpm_lookup_max(const struct ip6_lpm *lpm, const struct ip6_addr *a, int max_plen,
			 int *plen);

/* A lookup follows soon. */
static inline void ip6_lpm_prefetch(const struct ip6_lpm *lpm, const struct ip6_addr *a)
{
	ip6_ranges_prefetch(&lpm->index, a);
}

/* Calls fn for each value, a prefix after those within it, else in order of address, as Linux lists
 * routes; until fn returns non-zero, which is returned. fn may not change the tree. */
int ip6_lpm_walk(const struct ip6_lpm *lpm, int (*fn)(void *value, void *ctx), void *ctx);

#endif
