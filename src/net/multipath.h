/* SPDX-License-Identifier: MIT */
/*
 * Flows shared between next hops (RFC 2992), as both families do it: a hash of 31 bits, never 0,
 * the same for both directions of a flow. What it is made of says fib_multipath_hash_policy: 0 the
 * addresses, 1 ports and protocol as well, but not of fragments, which have to stay together, 2 the
 * addresses inside, where a packet carries another one (IPv4 or IPv6 in IP, GRE without options), 3
 * what fib_multipath_hash_fields names, of the packet and of the one inside.
 */
#ifndef LINNET_NET_MULTIPATH_H
#define LINNET_NET_MULTIPATH_H

#include "base/netns.h"
#include "wire/flow_keys.h"

/* Two addresses of len bytes and what else counts. */
u32 multipath_hash(const struct net *net, const void *src, const void *dst, u32 len,
		   const struct flow_keys *ports);

/* Policy 2: the hash of the packet that stands in another one's payload, of protocol proto; 0:
 * there is none that could be read. */
u32 multipath_hash_inner(const struct net *net, u8 proto, const u8 *p, size_t len);

/* Linux's bits of fib_multipath_hash_fields; those of the packet inside stand six higher. */
enum {
	MULTIPATH_SRC_IP = 1, MULTIPATH_DST_IP = 2, MULTIPATH_IP_PROTO = 4, MULTIPATH_FLOWLABEL = 8,
	MULTIPATH_SRC_PORT = 16, MULTIPATH_DST_PORT = 32, MULTIPATH_OUTER = 63,
	MULTIPATH_INNER_SHIFT = 6,
};

/* Policy 3: of the packet whose IP header, of either family, is at p; 0: it cannot be read. */
u32 multipath_hash_custom(const struct net *net, u32 fields, const u8 *p, size_t len);
/* The same of what is known of a packet to be sent; src and dst point to len bytes. */
u32 multipath_hash_flow(const struct net *net, u32 fields, const void *src, const void *dst,
			u32 len, const struct flow_keys *k);

#endif
