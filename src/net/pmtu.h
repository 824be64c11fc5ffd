/* SPDX-License-Identifier: MIT */
/*
 * Path MTUs that ICMP taught (RFC 1191, RFC 8201): peer -> MTU, for ten minutes (RFC 1191 6.3),
 * then the device's MTU is tried again. A table of fixed size, four places to a bucket; the entry
 * that would expire first makes room, so whoever forges ICMP displaces, but cannot grow anything.
 *
 * A peer is an IPv4 address, or a keyed hash of an IPv6 one.
 */
#ifndef LINNET_NET_PMTU_H
#define LINNET_NET_PMTU_H

#include "base/netns.h"

struct pmtu_entry;

struct pmtu_cache {
	struct pmtu_entry *entry;	/* made with the first MTU learned */
	ktime_t latest;			/* nothing is known after that time */
};

/* What is known of the path to that peer, or 0. */
u32 pmtu_cache_lookup(const struct net *net, const struct pmtu_cache *cache, u64 peer);

/* s until it is forgotten; 0: nothing is known, or for less than that. */
u32 pmtu_cache_left_s(const struct net *net, const struct pmtu_cache *cache, u64 peer);

/* mtu is the most towards that peer; only time makes it larger again. */
void pmtu_cache_learn(struct net *net, struct pmtu_cache *cache, u64 peer, u32 mtu);

void pmtu_cache_free(struct net *net, struct pmtu_cache *cache);

#endif
