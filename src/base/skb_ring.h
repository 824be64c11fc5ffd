/* SPDX-License-Identifier: MIT */
/* sk_buffs of a card's rings, which charge and free many at a time. */
#ifndef LINNET_BASE_SKB_RING_H
#define LINNET_BASE_SKB_RING_H

#include "base/skbuff.h"

/* build_skb() of a buffer that the ring has charged to this instance: the charge goes with it. */
struct sk_buff *build_charged_skb(struct net *net, struct buf *buf, u32 off, u32 len) __must_check;

/* alloc_skb(SKB_ROOM) of what goes to a card and no layer before it: cb is not cleared. */
struct sk_buff *alloc_frame_skb(struct net *net, u32 headroom) __must_check;

/* alloc_skb(SKB_ROOM), of which `headroom` is reserved: a segment that may be lent to a card. */
struct sk_buff *alloc_room_skb(struct net *net, u32 headroom) __must_check;
/* dev_consume_sent() of one that was (device/dev_lend.h). */
void dev_consume_lent(struct sk_buff *skb);

/* skb_add_frag() to a packet that has none, of what the ring has charged. */
static inline void skb_set_charged_frag(struct sk_buff *skb, struct buf *buf, u32 off, u32 len)
{
	skb->frags[0] = (struct skb_frag){ buf, off, len };
	skb->nr_frags = 1;
	skb->len += len;
	skb->data_len = len;
	skb->truesize += len;
}

/* Packets of one instance that end together. Zeroed at first. */
struct skb_bulk {
	struct slab_chain skbs;
	struct buf_chain bufs;
	size_t charged;
	struct sock *owner;	/* who sent the last of them, which it does not know of yet: */
	u32 owned;		/* so many */
	size_t owned_bytes;	/* their truesize, without the sk_buffs themselves */
};

/* A datagram as it was written: it stands in the sk_buff, and that is its writer's. */
static __always_inline bool skb_is_own_frame(const struct net *net, const struct sk_buff *skb)
{
	return skb->destructor == net->wfree && skb->destructor &&
	       !((uintptr_t)skb->head_buf | (uintptr_t)skb->frag_list | (uintptr_t)skb->dst |
		 skb->nfct | skb->nr_frags | skb->truesize);
}

/* dev_consume_sent() of what was one when it was posted: of it one line alone is looked at. */
void dev_consume_own_frame(struct net *net, struct skb_bulk *bulk, struct sk_buff *skb);
/* dev_consume_sent(), of which a part may wait until the bulk is freed. */
void dev_consume_bulk(struct net *net, struct skb_bulk *bulk, struct sk_buff *skb);
/* consume_skb() of what came in and was read, its destructor's work done: the same. */
void consume_skb_bulk(struct net *net, struct skb_bulk *bulk, struct sk_buff *skb);
/* The same of a frame that has no sk_buff, in a buffer that is charged to this instance. */
static inline void frame_consume_bulk(struct net *net, struct skb_bulk *bulk, struct buf *buf)
{
	net->frames.sent++;
	bulk->charged += buf_truesize(buf);
	if (likely(--buf->refcnt == 0))
		buf_chain_add(&bulk->bufs, buf);
}
void skb_bulk_free(struct net *net, struct skb_bulk *bulk);

#endif
