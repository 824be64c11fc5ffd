/* SPDX-License-Identifier: MIT */
/*
 * The dst_entries of a family. One is made per answer of the tables and kept where the answer
 * stands, in a slot: at a next hop, at a device. Any change of routes, addresses or devices empties
 * the slots; packets and sockets keep what they hold and see that it is obsolete.
 *
 * It is the first member of the family's own struct, so an empty slot is NULL for both.
 */
#ifndef LINNET_NET_DST_H
#define LINNET_NET_DST_H

#include "base/dst_metrics.h"
#include "base/netns.h"
#include "base/skbuff.h"

struct dst_ops {
	/* One for packets that have no route (-ENETUNREACH), or that a rule refuses. NULL: no
	 * memory. */
	struct dst_entry *(*refuse)(struct net *net, int err);
	void (*destroy)(struct dst_entry *dst);		/* dst_free() and what else there is */
	int (*output)(struct net *net, struct sk_buff *skb);	/* what they begin with */
	struct list_head list;
	struct slab slab;
	struct dst_entry *null;		/* no route */
	struct dst_entry *refused[2];	/* prohibit, blackhole; or NULL */
};

/* The functions are set. size: of the family's struct. -ENOMEM; dst_ops_exit() then, too. */
int dst_ops_init(struct dst_ops *ops, struct net *net, const char *name, size_t size);
void dst_ops_exit(struct dst_ops *ops);

/* A reference to one that nothing else is said of: 0. dev may be NULL. NULL: no memory. */
struct dst_entry *dst_alloc(struct dst_ops *ops, struct net *net, struct net_device *dev);
void dst_free(struct dst_ops *ops, struct dst_entry *dst);

static inline void dst_cache(struct dst_entry **slot, struct dst_entry *dst)
{
	*slot = dst;
	dst->slot = slot;
}

void dst_flush_slot(struct dst_entry **slot);
void dst_flush(struct dst_ops *ops);
void dst_flush_dev(struct dst_ops *ops, struct net_device *dev);	/* dev goes */

/* For packets whose lookup ended with err; borrowed. NULL: no memory. */
struct dst_entry *dst_no_route(struct dst_ops *ops, struct net *net, int err);

/* The next packets go to n, which may be the same as before. */
void dst_set_neigh(struct dst_entry *dst, struct neighbour *n);

/* *at keeps dst from now on, not what it kept; either may be NULL. */
static inline void dst_keep(struct dst_entry **at, struct dst_entry *dst)
{
	struct dst_entry *old = *at;

	*at = dst ? dst_hold(dst) : NULL;
	dst_release(old);
}

/* A received packet goes that way. dst NULL: there was no memory for one. */
static inline enum skb_drop_reason dst_give(struct sk_buff *skb, struct dst_entry *dst)
{
	if (unlikely(!dst))
		return SKB_DROP_REASON_NOMEM;
	skb_dst_set(skb, dst_hold(dst));
	return SKB_CONSUMED;
}

#endif
