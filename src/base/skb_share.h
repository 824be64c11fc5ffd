/* SPDX-License-Identifier: MIT */
/*
 * Payload of one packet in another, by reference: fragments of a datagram, the packet that an
 * ICMP error quotes, a frame handed through a veth pair. What stands in a buffer is shared; what
 * stands inside the sk_buff itself (short packets made here) is copied.
 */
#ifndef LINNET_BASE_SKB_SHARE_H
#define LINNET_BASE_SKB_SHARE_H

#include "base/skbuff.h"

/*
 * Appends len bytes of from, starting at off, to `to`, which may belong to another instance on the
 * same thread. 0, -EINVAL (beyond the end), -ENOMEM: `to` may then hold a part of it.
 */
int skb_share_bits(struct sk_buff *to, const struct sk_buff *from, u32 off, u32 len);

/* n's fragments, of which it has none, are skb's too. */
static inline void skb_get_frags(struct sk_buff *n, const struct sk_buff *skb)
{
	u32 i = 0;

	if (!skb->nr_frags)
		return;
	do {
		n->frags[i] = skb->frags[i];
		buf_get(n->frags[i].buf);
	} while (unlikely(++i < skb->nr_frags));
}

/* Some of its payload is the sender's own memory (MSG_ZEROCOPY). */
static inline bool skb_has_outside(const struct sk_buff *skb)
{
	u32 i = 0;

	if (!skb->nr_frags)
		return false;
	do {
		if (unlikely(buf_is_outside(skb->frags[i].buf)))
			return true;
	} while (unlikely(++i < skb->nr_frags));
	return false;
}

/*
 * Linux's skb_orphan_frags_rx(): a packet that somebody here will read has a copy of what its
 * sender may still change. skb has no socket that is charged for it. False: no memory.
 */
bool skb_orphan_frags_slow(struct sk_buff *skb) __must_check;

static inline bool skb_orphan_frags(struct sk_buff *skb)
{
	return likely(!skb_has_outside(skb)) || skb_orphan_frags_slow(skb);
}

/* All that is not linear becomes one piece, by a copy: for who takes only so many. skb has no
 * owner. False: no memory, it is as before. */
bool skb_gather(struct sk_buff *skb) __must_check;

#define SKB_HANDOVER_HEADER 128	/* of a shared linear part: copied, the receiver may write it */
#define SKB_HANDOVER_HEADROOM (SKB_ROOM - SKB_HANDOVER_HEADER)

/*
 * The same frame as a received sk_buff of another instance on the same thread (cable, veth):
 * headers are copied, payload is shared and charged there by its length. Has the id and what is
 * known of checksum and segmentation; no device, no route. NULL: no memory there, which is counted
 * there as a drop.
 */
struct sk_buff *skb_handover(struct net *net, const struct sk_buff *skb) __must_check;

/*
 * The same of a frame that is whole in its sk_buff, short, and has its sum: SKB_HANDOVER_HEADER
 * bytes are copied however long it is, to the beginning of a line of the cache.
 */
static inline bool skb_is_small(const struct sk_buff *skb)
{
	return !((uintptr_t)skb->head_buf | skb->data_len | skb->gso_size) &&
	       skb->ip_summed != CHECKSUM_PARTIAL && skb->len <= SKB_HANDOVER_HEADER;
}

struct sk_buff *skb_handover_small(struct net *net, const struct sk_buff *skb) __must_check;

/* The beginning of such a frame: a header of at most SKB_HANDOVER_HEADER bytes, behind which as
 * many may be read. */
struct sk_buff *skb_handover_header(struct net *net, const u8 *header, u32 len,
				    u64 id) __must_check;

/* The same, where it is done for each packet. */
static __always_inline struct sk_buff *__skb_handover_header(struct net *net, const u8 *header,
							     u32 len, u64 id)
{
	struct sk_buff *n = alloc_rx_skb(net);

	if (unlikely(!n)) {
		frame_drop(net, NULL, id, SKB_DROP_REASON_NOMEM, NULL);
		return NULL;
	}
	n->data = n->room + SKB_HANDOVER_HEADROOM;
	n->tail = SKB_HANDOVER_HEADROOM + len;
	n->len = len;
	memcpy(n->data, header, SKB_HANDOVER_HEADER);
	net->copies.header += len;
	n->id = id;
	n->tstamp = net->now;
	return n;
}

#endif
