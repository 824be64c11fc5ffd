/* SPDX-License-Identifier: MIT */
/* Inside ip6_ranges: the trees of ranges, each for 32 bits of the address. */
#ifndef LINNET_NET_IPV6_IP6_RANGES_TREE_H
#define LINNET_NET_IPV6_IP6_RANGES_TREE_H

#include "net/ipv6/ip6_ranges.h"

struct ranges_change {		/* ip6_ranges_change() */
	const struct ip6_addr *addr;
	u32 plen;
	u32 from, to;		/* entries */
};

static inline bool ranges_is_leaf(u32 entry)
{
	return entry & FIB_DIRECT_LEAF;
}

/* The change, within the tree that begins at *entry and looks at four bytes from `byte` on. False:
 * no memory. */
bool ranges_tree_change(struct ip6_ranges *r, u32 *entry, u32 byte, const struct ranges_change *c);

/* All that is `from` in the tree becomes `to`. */
void ranges_tree_rename(struct ip6_ranges *r, u32 entry, u32 from, u32 to);

bool ranges_pool_init(struct ip6_ranges *r);	/* false: no memory */
void ranges_pool_exit(struct ip6_ranges *r);

#endif
