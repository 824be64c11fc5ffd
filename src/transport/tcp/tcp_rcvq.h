/* SPDX-License-Identifier: MIT */
/*
 * Out-of-order data (row T3), and what we tell the peer of it (SACK, RFC 2018; D-SACK, RFC 2883).
 *
 *	rcv_nxt
 *	   |   hole   [ run: skb skb skb ]  hole  [ run: skb ]
 *
 * The queue is sorted and without overlaps; bytes that are there twice are cut from the newcomer.
 * Neighbours without a gap are one run (tcp_run.h): inserting looks at runs from both ends, so it
 * costs the number of holes to the nearer one: O(1) for a segment of the newest run, or one that
 * fills the first hole. After TCP_RCVQ_STEPS_MAX runs the segment is refused, which bounds what a
 * peer of tiny segments can cost (CVE-2018-5390); what fills the hole at rcv_nxt never comes here,
 * so all goes on. The queue's memory counts against the socket's receive buffer, whose owner
 * prunes it from the end.
 *
 * The object is made when the first such segment (or duplicate) comes and freed when there is
 * nothing more to tell, so a connection without loss has none.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RCVQ_H
#define LINNET_TRANSPORT_TCP_TCP_RCVQ_H

#include "transport/tcp/tcp_run.h"
#include "wire/tcp_opt.h"

#define TCP_RCVQ_STEPS_MAX 512	/* from each end */

struct tcp_rcvq {
	struct sk_buff_head q;
	struct tcp_sack_block sacks[TCP_MAX_SACKS];	/* runs, the last changed first */
	struct tcp_sack_block dup;			/* a D-SACK to send, when dsack */
	u8 num_sacks;
	bool dsack;
	u8 dup_acks;		/* tcp_comp_sack.h: sent at once for the hole at: */
	u32 compressed_rcv_nxt;
	u32 compressed;		/* ACKs that wait for others */
	u32 runs;
};

enum tcp_rcvq_result {
	TCP_RCVQ_QUEUED,	/* the queue has the skb */
	TCP_RCVQ_DUPLICATE,	/* all of it was there: the skb is the caller's to drop */
	TCP_RCVQ_TOO_FAR,	/* its place was not found in time: likewise */
};

void tcp_rcvq_init(struct tcp_rcvq *o);

static inline bool tcp_rcvq_idle(const struct tcp_rcvq *o)
{
	return skb_queue_empty(&o->q) && !o->dsack;
}

/*
 * Takes a segment that begins after rcv_nxt. Queued segments that it covers are dropped
 * (TCP_OFOMERGE); what was there twice becomes the D-SACK.
 */
enum tcp_rcvq_result tcp_rcvq_insert(struct tcp_rcvq *o, struct sk_buff *skb);

/*
 * The next segment that rcv_nxt has reached, off the queue and cut to begin at rcv_nxt; NULL: a
 * hole follows. Those that lie wholly before rcv_nxt are dropped.
 */
struct sk_buff *tcp_rcvq_pull(struct tcp_rcvq *o, u32 rcv_nxt);

/* Blocks that rcv_nxt has passed are told no more. */
void tcp_rcvq_sack_remove(struct tcp_rcvq *o, u32 rcv_nxt);

/* [start, end) came twice: the next ACK says so; a second one before that joins when it touches. */
void tcp_dsack_set(struct tcp_rcvq *o, u32 start, u32 end);

/* The blocks of the next ACK, at most max, D-SACK first; it is then forgotten. Return: how many. */
u32 tcp_rcvq_sack_blocks(struct tcp_rcvq *o, struct tcp_sack_block *out, u32 max);

/* Drops the last segment (OFO_QUEUE_PRUNE); false: the queue is empty. */
bool tcp_rcvq_prune_tail(struct tcp_rcvq *o);

void tcp_rcvq_purge(struct tcp_rcvq *o, enum skb_drop_reason reason);

/* Cuts n sequence numbers off the front of a received segment: SYN, payload, FIN. */
void tcp_skb_cut_front(struct sk_buff *skb, u32 n);

#endif
