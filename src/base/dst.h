/* SPDX-License-Identifier: MIT */
/*
 * struct dst_entry: what a routing lookup found, carried by the packet. The lookup chooses
 * the functions, so the way of a packet has no switch on what kind of packet it is:
 * input is ip_local_deliver, ip_forward or ip_error; output is ip_output.
 *
 * It stands in base because every sk_buff holds a reference. Reference counted; `destroy`
 * gives it back to its owner at zero.
 */
#ifndef LINNET_BASE_DST_H
#define LINNET_BASE_DST_H

#include "base/list.h"

struct neighbour;
struct net;
struct net_device;
struct sk_buff;
struct dst_entry;
struct dst_metrics;

struct dst_entry {
	u32 refcnt;
	bool obsolete;		/* the tables changed: look up again (dst_check) */
	s16 error;		/* negative errno for routes that refuse */
	int iif;		/* of what stays here: its address's device; 0: by which it came */
	struct net_device *dev;	/* the device to leave by; for input routes, loopback */
	int (*input)(struct sk_buff *skb);			/* consumes */
	int (*output)(struct net *net, struct sk_buff *skb);	/* consumes */
	void (*destroy)(struct dst_entry *dst);
	struct dst_metrics *metrics;	/* dst_metrics.h; a reference, or NULL */
	struct net *net;
	struct neighbour *neigh;	/* the last one used, held; NULL */
	struct dst_entry **slot;	/* where it is cached; NULL: no longer (net/dst.h) */
	struct list_head node;		/* of all of its family, cached or only held */
};

static inline struct dst_entry *dst_hold(struct dst_entry *dst)
{
	dst->refcnt++;
	return dst;
}

/* dst may be NULL. */
static inline void dst_release(struct dst_entry *dst)
{
	if (dst && --dst->refcnt == 0)
		dst->destroy(dst);
}

#endif
