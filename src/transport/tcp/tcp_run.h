/* SPDX-License-Identifier: MIT */
/*
 * Runs: neighbours in a queue that belong together (out-of-order bytes without a gap; segments
 * that the peer holds). The first and the last of a run point to each other (cb->run), so a run is
 * skipped or joined to its neighbours in O(1); a run of one points to itself, and what stands
 * between the ends has no meaning. Cost follows the number of holes, not of segments.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RUN_H
#define LINNET_TRANSPORT_TCP_TCP_RUN_H

#include "transport/tcp/tcp_skb.h"

/* The other end: of the first the last, of the last the first. */
static inline struct sk_buff *tcp_run_end(const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->run;
}

/* skb, linked in its queue, becomes a run; left, right: it belongs to that neighbour's. */
static inline void tcp_run_join(struct sk_buff *skb, bool left, bool right)
{
	struct sk_buff *first = left ? tcp_run_end(skb->prev) : skb;
	struct sk_buff *last = right ? tcp_run_end(skb->next) : skb;

	TCP_SKB_CB(first)->run = last;
	TCP_SKB_CB(last)->run = first;
}

/* The first of a run leaves it (and is still linked). */
static inline void tcp_run_pop_first(struct sk_buff *skb)
{
	struct sk_buff *last = tcp_run_end(skb);

	if (last == skb)
		return;
	TCP_SKB_CB(skb->next)->run = last;
	TCP_SKB_CB(last)->run = skb->next;
}

/* The last of a run leaves it (and is still linked). */
static inline void tcp_run_pop_last(struct sk_buff *skb)
{
	struct sk_buff *first = tcp_run_end(skb);

	if (first == skb)
		return;
	TCP_SKB_CB(skb->prev)->run = first;
	TCP_SKB_CB(first)->run = skb->prev;
}

#endif
