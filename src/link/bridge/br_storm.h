/* SPDX-License-Identifier: MIT */
/*
 * Storm control: how much broadcast, multicast and unicast to unknown stations a port takes in, as
 * switches with a management have it. Linux has no such thing in its bridge (tc's police filter
 * does it there, or the chip).
 *
 * A rate is in frames or in bits (of frames without FCS) a second. A frame goes while the port has
 * not taken more than the rate in the last BR_STORM_BURST: it is counted as taking its share of a
 * second, and the sum may be so far ahead of the clock. What is more is dropped (BRIDGE_STORM); its
 * sender was learned.
 */
#ifndef LINNET_LINK_BRIDGE_BR_STORM_H
#define LINNET_LINK_BRIDGE_BR_STORM_H

#include "base/ktime.h"

#define BR_STORM_BURST (100 * NSEC_PER_MSEC)
#define BR_STORM_RATE_MAX 1000000000000ull	/* bits */

enum br_storm_kind { BR_STORM_BROADCAST, BR_STORM_MULTICAST, BR_STORM_UNKNOWN, BR_STORM_KINDS };

struct net_bridge_port;

struct br_storm {
	u64 rate;		/* a second; 0: no limit */
	bool bits;
	ktime_t paid_until;
	u64 dropped;		/* since the limit was set */
};

struct br_storms {
	struct br_storm kind[BR_STORM_KINDS];
};

/* -ERANGE: more than BR_STORM_RATE_MAX. */
int br_storm_set(struct net_bridge_port *p, enum br_storm_kind kind, u64 rate, bool bits);

#endif
