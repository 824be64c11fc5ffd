/* SPDX-License-Identifier: MIT */
/*
 * The prefixes of a table, each with its number: a tree bitmap (W. Eatherton, G. Varghese,
 * Z. Dittia, "Tree bitmap", CCR 2004) of six address bits a node:
 *
 *	node	32 bytes: a bit for each of the 63 prefixes of 0 to 5 bits that may end in it, a bit
 *		for each of the 64 children; prefixes and children packed in two arrays, found by
 *		counting bits
 *	lookup	one node for every six bits, the deepest one that matches wins: 9 nodes for a /48,
 *		11 for a /64, however many prefixes there are
 *	change	rewrites one node's array, 64 entries at most
 */
#ifndef LINNET_NET_IPV6_IP6_TREE_H
#define LINNET_NET_IPV6_IP6_TREE_H

#include "base/mem.h"
#include "wire/ip6_addr.h"

#define IP6_TREE_STRIDE 6
#define IP6_TREE_DEPTH 22		/* 132 bits */

union ip6_prefix {			/* by number */
	void *value;
	u32 next;			/* a number that is free; 0: the last one */
};

struct ip6_tree_node {
	u64 inside, below;
	u32 *id;
	struct ip6_tree_node *child;
};

struct ip6_tree {
	struct mem *mem;
	u32 prefixes;
	union ip6_prefix *prefix;	/* number 0 is the owner's; NULL: there was never one */
	u32 cap, top, free;		/* entries; first never used; list of freed ones */
	struct ip6_tree_node root;
};

void ip6_tree_init(struct ip6_tree *t, struct mem *mem);
void ip6_tree_exit(struct ip6_tree *t);

/* The number of this very prefix; 0: it is not there. */
u32 ip6_tree_find(const struct ip6_tree *t, const struct ip6_addr *a, unsigned plen);

/* Of a prefix that is not there, its value not set. 0: no memory, nothing is seen of it. */
u32 ip6_tree_add(struct ip6_tree *t, const struct ip6_addr *a, unsigned plen);

/* A prefix that is there. False: no memory; it stays, and lookups pass it over while it has no
 * value. */
bool ip6_tree_del(struct ip6_tree *t, const struct ip6_addr *a, unsigned plen);

/* Of the longest prefix of at most max_plen bits that covers a and has a value; 0: none. */
u32 ip6_tree_lookup(const struct ip6_tree *t, const struct ip6_addr *a, int max_plen, int *plen);

/* Room for more numbers. False: no memory. */
bool ip6_tree_ids_grow(struct ip6_tree *t);

/* Where a walk stands: the nodes on its way from the root. A prefix comes after those within it. */
struct ip6_tree_walk {
	const struct ip6_tree_node *node[IP6_TREE_DEPTH + 1];
	u8 at[IP6_TREE_DEPTH + 1];
	int d;
};

u32 ip6_tree_next(struct ip6_tree_walk *w);		/* a number; 0: it was the last */
/* The prefix that a walk came to: its bits, and how many. */
unsigned ip6_tree_prefix(const struct ip6_tree_walk *w, struct ip6_addr *a);

#endif
