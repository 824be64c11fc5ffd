/* SPDX-License-Identifier: MIT */
/*
 * How many ICMP errors may leave (RFC 1812 4.3.2.8, with Linux's two limits): a bucket for all
 * together (icmp_msgs_per_sec, icmp_msgs_burst) and one for each destination (icmp_ratelimit).
 *
 * Destinations share a table of fixed size: two with the same slot displace each other, so a
 * flood of forged sources costs no memory; the bucket for all bounds what it can draw.
 */
#ifndef LINNET_NET_ICMP_LIMIT_H
#define LINNET_NET_ICMP_LIMIT_H

#include "base/netns.h"

#define ICMP_LIMIT_SLOTS 256
#define XRLIM_BURST_FACTOR 6	/* messages at once to one destination */

struct icmp_limit_peer {
	u64 peer;		/* address, or a keyed hash of a longer one */
	u32 kind;		/* errors and redirects are counted apart */
	ktime_t last;
	ktime_t tokens;		/* time saved up, ns */
};

struct icmp_limit {
	ktime_t stamp;		/* when credit was last added */
	u32 credit;		/* messages that may go at once */
	bool used;
	struct icmp_limit_peer *peers;	/* made with the first error */
};

struct icmp_limit *icmp_limit_alloc(struct net *net);		/* NULL: no memory */
void icmp_limit_free(struct net *net, struct icmp_limit *limit);	/* NULL is fine */

enum { ICMP_LIMIT_ERROR, ICMP_LIMIT_REDIRECT };

/* Takes one message out of the bucket for all; false: it is empty. */
bool icmp_global_allow(struct net *net, struct icmp_limit *limit);

/* The same for one destination, where a message costs `timeout`. */
bool icmp_peer_allow(struct net *net, struct icmp_limit *limit, u64 peer, u32 kind,
		     ktime_t timeout);

/* Takes cost out of a destination's bucket, which holds burst at most: of what is saved up for its
 * errors. */
bool icmp_peer_take(struct net *net, struct icmp_limit *limit, u64 peer, u32 kind, ktime_t cost,
		    ktime_t burst);

#endif
