/* SPDX-License-Identifier: MIT */
/*
 * Fragments of one datagram, collected: which bytes are there, whether a new piece is new, a
 * duplicate or an overlap, and the chain of all when they are complete. It knows offsets and
 * lengths, no header; net/ipv4/ip_fragment.c knows the rest.
 *
 * Two bit maps, a bit for each 8 bytes of the largest datagram, say what is covered and where
 * pieces begin, so each new piece costs the same however many came before and in what order.
 * Pieces themselves lie in a list in order of arrival and are sorted once, at the end.
 */
#ifndef LINNET_NET_INET_FRAG_H
#define LINNET_NET_INET_FRAG_H

#include "base/skbuff.h"

#define FRAG_BLOCKS 8192		/* of 8 bytes: 65,536 */

enum frag_verdict { FRAG_QUEUED, FRAG_COMPLETE, FRAG_DUPLICATE, FRAG_OVERLAPS, FRAG_BAD_LENGTH };

struct inet_frags {
	u32 len;			/* of the datagram, so far as seen: bytes */
	u32 meat;			/* bytes that are there */
	bool last_in, first_in;
	struct sk_buff *head, *tail;	/* linked by next, in order of arrival */
	u64 covered[FRAG_BLOCKS / 64];
	u64 begins[FRAG_BLOCKS / 64];
};

/* In skb->cb: where the piece belongs. */
struct frag_cb {
	u32 offset, len;
};

static inline struct frag_cb *FRAG_CB(struct sk_buff *skb)
{
	return (struct frag_cb *)(void *)skb->cb;
}

/*
 * Enters a piece of len bytes at offset (a multiple of 8), more: others follow it. It is taken over
 * for FRAG_QUEUED and FRAG_COMPLETE, else it stays the caller's; after FRAG_OVERLAPS and
 * FRAG_BAD_LENGTH the whole datagram is to be dropped (RFC 5722 4).
 */
enum frag_verdict inet_frags_add(struct inet_frags *f, struct sk_buff *skb, u32 offset, u32 len,
				 bool more);

/* All pieces in order of their offset, linked by next; f is empty afterwards. */
struct sk_buff *inet_frags_take(struct inet_frags *f);

#endif
