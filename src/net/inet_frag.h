/* SPDX-License-Identifier: MIT */
/*
 * Fragments of one datagram, collected: which bytes are there, whether a new piece is new, a
 * duplicate or an overlap, and the chain of all when they are complete. It knows offsets and
 * lengths, no header; net/ipv4/ip_fragment.c and net/ipv6/reassembly.c know the rest.
 *
 * Two bit maps, a bit for each 8 bytes of the largest datagram, say what is covered and where
 * pieces begin, so each new piece costs the same however many came before and in what order.
 * Pieces themselves lie in a list in order of arrival and are sorted once, at the end.
 *
 * What waits is kept by family (fqdir): at most high_thresh bytes, beyond which new fragments find
 * no place, and each datagram for `timeout` seconds at most.
 */
#ifndef LINNET_NET_INET_FRAG_H
#define LINNET_NET_INET_FRAG_H

#include "base/list.h"
#include "base/skbuff.h"
#include "base/timer.h"

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
	u16 nhoff;		/* IPv6: of the byte that names the fragment header */
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

/* ---- datagrams that wait ---- */

#define FRAG_HASH 64
#define FRAG_KEY_WORDS 5

struct fqdir;

struct inet_frag_queue {		/* one datagram */
	struct hlist_node node;
	struct list_head all;
	struct fqdir *dir;
	u64 key[FRAG_KEY_WORDS];
	int iif;			/* device that its last fragment came by */
	u8 ecn;				/* a bit for each value of the ECN field seen */
	u16 max_size;			/* IPv6: of the longest piece, with its headers */
	u32 bytes;			/* what it counts for */
	struct timer timer;
	struct inet_frags frags;
};

struct fqdir {				/* all of one family */
	struct net *net;
	const s32 *high_thresh, *timeout;	/* settings: bytes, s */
	u32 mib_fails;				/* counts what is dropped: MIB_IpReasmFails */
	/* Time is over. head: the first of what came, or NULL; borrowed. */
	void (*expired)(struct net *net, struct sk_buff *head, int iif);
	u32 bytes;
	u32 queues;
	struct list_head all;
	struct hlist_head hash[FRAG_HASH];
};

/* NULL: no memory. The caller sets the settings, mib_fails and expired. */
struct fqdir *fqdir_alloc(struct net *net);
void fqdir_free(struct fqdir *dir);	/* NULL is fine; what waits ends with NET_EXIT */

/* The datagram with this key, found or made for a piece of it. NULL: no memory, or too much waits
 * already; the piece is dropped, and counted. */
struct inet_frag_queue *inet_frag_find(struct fqdir *dir, const u64 key[FRAG_KEY_WORDS],
				       struct sk_buff *skb);
/* inet_frags_add(), and who is not taken over is dropped: a duplicate alone, others with their
 * datagram, which is counted. */
enum frag_verdict inet_frag_enter(struct inet_frag_queue *q, struct sk_buff *skb, u32 offset,
				  u32 len, bool more);
/* A piece, and its datagram with it, is dropped for that reason, and counted. */
void inet_frag_discard(struct inet_frag_queue *q, struct sk_buff *skb,
		       enum skb_drop_reason reason);
/* Ends it; what still waits in it is dropped for that reason. */
void inet_frag_kill(struct inet_frag_queue *q, enum skb_drop_reason reason);

/*
 * Joins the pieces of a complete datagram to the first, by reference: dev, length; nothing is known
 * of its checksum. Ends the queue, of which ecn and length are kept before by who needs them.
 */
struct sk_buff *inet_frag_reasm(struct inet_frag_queue *q, struct net_device *dev);

/* RFC 3168 5.3: of the values seen: 0, or INET_ECN_CE to be set; -EINVAL: they contradict. */
int inet_frag_ecn(u8 seen);

#endif
