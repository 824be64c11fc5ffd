/* SPDX-License-Identifier: MIT */
/*
 * The retransmission queue: what was sent and not yet acknowledged, oldest first, with the
 * scoreboard of RFC 6675: each may be SACKed, lost, sent again. An entry is a packet, or several
 * of one length that left together (gso_size). It is cut where they begin to differ: where a SACK
 * or a retransmission covers a part of it; what is acknowledged of it is taken off its front.
 *
 *	snd_una                                                      snd_nxt
 *	  | lost | SACKed SACKed SACKed | lost, again | SACKed |  -  |  -  |
 *	           `--- one run ---'
 *
 * Sending appends, an acknowledgement takes from the front: both O(1). SACKed neighbours form runs
 * (tcp_run.h), so looking up a sequence number steps over what is SACKed; a hint remembers the
 * last place, and one lookup takes at most TCP_RTXQ_STEPS_MAX steps: past that the SACK is
 * ignored, which is always safe and bounds what a hostile peer can cost.
 *
 * Counters are in packets (tcp_skb_pcount), as Linux's:
 *	in flight = packets_out - (sacked_out + lost_out) + retrans_out		(RFC 6675 pipe)
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RTXQ_H
#define LINNET_TRANSPORT_TCP_TCP_RTXQ_H

#include "transport/tcp/tcp_rack.h"
#include "transport/tcp/tcp_rate.h"
#include "transport/tcp/tcp_run.h"

#define TCP_RTXQ_STEPS_MAX 4096

struct tcp_rtxq {
	struct sk_buff_head q;
	u32 packets_out;
	u32 sacked_out;		/* without SACK: duplicate ACKs, each stands for one packet */
	u32 lost_out, retrans_out;
	u32 lost;		/* marked so far, and again when sent again in vain; goes round */
	struct sk_buff *highest_sack;	/* the SACKed one with the highest sequence, or NULL */
	struct sk_buff *retransmit_hint;	/* nothing to send again before it; NULL: nothing */
	struct sk_buff *find_hint;	/* last lookup; never inside a run; or NULL */
	struct sk_buff *lost_hint;	/* tcp_rtxq_mark_head_lost() is done with all before it */
	struct tcp_rate_newest newest;	/* of this ACK */
	struct sk_buff *undecided;	/* RACK is done with all before it; NULL: with all */
	struct list_head resent;	/* SACKED_RETRANS, in the order of sending */
};

void tcp_rtxq_init(struct tcp_rtxq *q);

static inline struct sk_buff *tcp_rtxq_head(const struct tcp_rtxq *q)
{
	return skb_peek(&q->q);
}

static inline u32 tcp_left_out(const struct tcp_rtxq *q)
{
	return q->sacked_out + q->lost_out;
}

static inline u32 tcp_packets_in_flight(const struct tcp_rtxq *q)
{
	return q->packets_out - tcp_left_out(q) + q->retrans_out;
}

/* Linux lets the first and the last one be cut however many they are. */
static inline bool tcp_rtxq_is_end(const struct tcp_rtxq *q, const struct sk_buff *skb)
{
	return skb == skb_peek(&q->q) || skb == skb_peek_tail(&q->q);
}

/* Without SACK: duplicates that cannot stand for packets any more are forgotten; what is lost, or
 * one packet at least, is no packet that arrived (Linux: tcp_limit_reno_sacked()). */
static inline void tcp_rtxq_limit_dups(struct tcp_rtxq *q)
{
	u32 holes = q->lost_out ? q->lost_out : 1;

	if (q->sacked_out + holes > q->packets_out)
		q->sacked_out = q->packets_out > holes ? q->packets_out - holes : 0;
}

/* A segment was sent for the first time. */
void tcp_rtxq_append(struct tcp_rtxq *q, struct sk_buff *skb);

/* End of the highest one that is SACKed, or una when none is. */
static inline u32 tcp_rtxq_fack(const struct tcp_rtxq *q, u32 una)
{
	return q->sacked_out && q->highest_sack ? TCP_SKB_CB(q->highest_sack)->end_seq : una;
}

/* head, the first one, is all that is in flight, was sent once, and nothing was said of it. */
static __always_inline bool tcp_rtxq_is_only(const struct tcp_rtxq *q, const struct sk_buff *head)
{
	return q->packets_out == 1 && !TCP_SKB_CB(head)->sacked && !q->highest_sack &&
	       !q->sacked_out;
}

/* That one is acknowledged: the queue is empty. Of a SYN no rate is known. */
static __always_inline void tcp_rtxq_take_only(struct tcp_rtxq *q, struct sk_buff *skb, bool syn)
{
	if (!syn)
		tcp_rate_skb_delivered(&q->newest, skb);
	q->packets_out = 0;
	q->retransmit_hint = q->lost_hint = q->find_hint = q->undecided = NULL;
	skb_unlink(skb, &q->q);
}

/* What an acknowledgement took off the queue. */
struct tcp_rtxq_acked {
	u32 pkts;		/* packets */
	u32 delivered;		/* of these, not SACKed before */
	u32 freed;		/* truesize that was freed, and how many sk_buffs */
	u32 freed_segs;
	ktime_t first_tstamp;	/* sent once: time of sending of the first and the last; -1 none */
	ktime_t last_tstamp;
	u32 reord;		/* lowest seq acknowledged though a higher one was SACKed first */
	bool retrans;		/* one had been sent again: no RTT from it */
	bool orig_before_high;	/* one sent once ended at or before high_seq */
	bool syn, data, reneged;	/* the head that is left is SACKed: the peer took it back */
	u32 last_end_seq;	/* of what last_tstamp is of */
};

struct tcp_rtxq_ack_in {
	u32 snd_una;
	u32 high_seq;		/* of the recovery */
	bool sack;
	const struct tcp_rack_ack *rack;	/* told of those that were sent again; or NULL */
};

/* Frees all that lies before snd_una, and what does of the next one when it is several packets. */
void tcp_rtxq_ack(struct tcp_rtxq *q, const struct tcp_rtxq_ack_in *in,
		  struct tcp_rtxq_acked *res);

/*
 * The first segment that ends after seq, or NULL: none, or too far away.
 * @steps: in and out, the steps that are left
 */
struct sk_buff *tcp_rtxq_find(struct tcp_rtxq *q, u32 seq, u32 *steps);

/* The next one that is not in the same run. */
struct sk_buff *tcp_rtxq_skip_run(const struct tcp_rtxq *q, const struct sk_buff *skb);

void tcp_rtxq_mark_sacked(struct tcp_rtxq *q, struct sk_buff *skb);
/* Lost: counted out of flight; one that was sent again must be sent once more. */
void tcp_rtxq_mark_lost(struct tcp_rtxq *q, struct sk_buff *skb);
void tcp_rtxq_mark_retrans(struct tcp_rtxq *q, struct sk_buff *skb);
/* It left once more, as a loss probe: what was sent again stays in the order of sending. */
void tcp_rtxq_sent_again(struct tcp_rtxq *q, struct sk_buff *skb);

/* RFC 6675 IsLost(): marks what has at least `dupthresh` SACKed packets above it. */
void tcp_rtxq_mark_head_lost(struct tcp_rtxq *q, u32 dupthresh);

/*
 * After a timeout: the head is lost, and all that was sent until sent_until.
 * @forget_sacks: what was SACKed too, whenever it was sent (RFC 2018 8)
 */
void tcp_rtxq_mark_timeout_lost(struct tcp_rtxq *q, bool forget_sacks, ktime_t sent_until);

/* The peer holds two copies of it (RFC 2883): the one that was sent again is not in flight. */
void tcp_rtxq_mark_duplicate(struct tcp_rtxq *q, struct sk_buff *skb);

/* The recovery was wrong: nothing is lost. */
void tcp_rtxq_unmark_lost(struct tcp_rtxq *q);

/* After a smaller MSS: everything longer is lost (simple retransmit). True: something is. */
bool tcp_rtxq_mark_longer_lost(struct tcp_rtxq *q, u32 mss);

/*
 * Cuts a queued one after len bytes of payload, fewer than it has. The remainder gets the marks
 * and stands behind it. pcounts are set by mss. Return: the remainder, an sk_buff more, which is
 * to be charged; NULL: no memory, and nothing happened.
 */
struct sk_buff *tcp_rtxq_cut(struct tcp_rtxq *q, struct sk_buff *skb, u32 len, u32 mss);

/* May the one behind skb become its end? Both are single packets, and neither is SACKed. */
bool tcp_rtxq_may_join(const struct tcp_rtxq *q, const struct sk_buff *skb);
/* Does so, and frees what is left of it: an sk_buff. False: too many pieces. */
bool tcp_rtxq_join(struct tcp_rtxq *q, struct sk_buff *skb);

/*
 * Linux's tcp_shift_skb_data(): what is SACKed, and was not sent again, becomes the end of its
 * neighbour before it, so that many small segments cost little. True: skb is gone, an sk_buff less
 * to be charged.
 */
bool tcp_rtxq_shift_sacked(struct tcp_rtxq *q, struct sk_buff *skb);

/* It is sent again in packets of another length. */
void tcp_rtxq_set_mss(struct tcp_rtxq *q, struct sk_buff *skb, u32 mss);

/* The first that is lost and not yet sent again, from the hint on; NULL: none. */
struct sk_buff *tcp_rtxq_next_lost(struct tcp_rtxq *q);

/* Ends all segments; returns nothing to anybody. */
void tcp_rtxq_purge(struct tcp_rtxq *q, enum skb_drop_reason reason);

#endif
