/* SPDX-License-Identifier: MIT */
/* Queues of packets: Linux's sk_buff_head, a ring through next and prev. Without a lock. */
#ifndef LINNET_BASE_SKB_QUEUE_H
#define LINNET_BASE_SKB_QUEUE_H

#include "base/skbuff.h"

struct sk_buff_head {
	struct sk_buff *next, *prev;	/* first two members as in sk_buff */
	u32 qlen;
} __aligned(_Alignof(struct sk_buff));

_Static_assert(offsetof(struct sk_buff, next) == offsetof(struct sk_buff_head, next) &&
	       offsetof(struct sk_buff, prev) == offsetof(struct sk_buff_head, prev),
	       "a queue head stands in for an sk_buff in its ring");

static inline struct sk_buff *skb_queue_end(const struct sk_buff_head *q)
{
	return (struct sk_buff *)(void *)(uintptr_t)q;
}

static inline void skb_queue_head_init(struct sk_buff_head *q)
{
	q->next = q->prev = skb_queue_end(q);
	q->qlen = 0;
}

static inline bool skb_queue_empty(const struct sk_buff_head *q)
{
	return q->next == skb_queue_end(q);
}

static inline struct sk_buff *skb_peek(const struct sk_buff_head *q)
{
	return skb_queue_empty(q) ? NULL : q->next;
}

static inline struct sk_buff *skb_peek_tail(const struct sk_buff_head *q)
{
	return skb_queue_empty(q) ? NULL : q->prev;
}

/* The only one; NULL: there is none, or there are more. */
static inline struct sk_buff *skb_peek_only(const struct sk_buff_head *q)
{
	return q->qlen == 1 ? q->next : NULL;
}

/* The neighbour in the queue, or NULL at its end. */
static inline struct sk_buff *skb_peek_next(const struct sk_buff *skb, const struct sk_buff_head *q)
{
	return skb->next == skb_queue_end(q) ? NULL : skb->next;
}

static inline struct sk_buff *skb_peek_prev(const struct sk_buff *skb, const struct sk_buff_head *q)
{
	return skb->prev == skb_queue_end(q) ? NULL : skb->prev;
}

/* Puts n behind pos, which is in q (or is q's end: at the front). */
static inline void skb_queue_insert_after(struct sk_buff_head *q, struct sk_buff *pos,
					  struct sk_buff *n)
{
	n->prev = pos;
	n->next = pos->next;
	pos->next->prev = n;
	pos->next = n;
	q->qlen++;
}

static inline void skb_queue_tail(struct sk_buff_head *q, struct sk_buff *skb)
{
	skb_queue_insert_after(q, q->prev, skb);
}

static inline void skb_queue_head(struct sk_buff_head *q, struct sk_buff *skb)
{
	skb_queue_insert_after(q, skb_queue_end(q), skb);
}

static inline void skb_unlink(struct sk_buff *skb, struct sk_buff_head *q)
{
	q->qlen--;
	skb->prev->next = skb->next;
	skb->next->prev = skb->prev;
	skb->next = skb->prev = NULL;
}

static inline struct sk_buff *skb_dequeue(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek(q);

	if (skb)
		skb_unlink(skb, q);
	return skb;
}

#define skb_queue_walk(q, skb) \
	for (skb = (q)->next; skb != skb_queue_end(q); skb = skb->next)
#define skb_queue_walk_safe(q, skb, tmp) \
	for (skb = (q)->next, tmp = skb->next; skb != skb_queue_end(q); \
	     skb = tmp, tmp = skb->next)

/* Ends all of them for one reason. */
static inline void skb_queue_purge_reason(struct sk_buff_head *q, enum skb_drop_reason reason)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(q)))
		kfree_skb_reason(skb, reason);
}

#endif
