/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_sack.h"

/* RFC 2883 4: the first block repeats what is acknowledged, or lies within the second. */
static bool is_dsack(const struct tcp_sack_in *in)
{
	const struct tcp_sack_block *b = in->blocks;

	if (before(b[0].start, in->ack))
		return true;
	return in->num > 1 && !after(b[0].end, b[1].end) && !before(b[0].start, b[1].start);
}

/* una: what is acknowledged, by this ACK or by an earlier one. */
static bool block_is_valid(const struct tcp_sack_block *b, const struct tcp_sack_in *in, u32 una,
			   bool dsack)
{
	if (after(b->end, in->snd_nxt) || !before(b->start, b->end) ||
	    !before(b->start, in->snd_nxt))
		return false;
	if (after(b->start, una))
		return true;
	/* Below: a D-SACK of what a recovery sent again only, and not older than the window. */
	if (!dsack || !in->undo_marker || after(b->end, una))
		return false;
	if (!before(b->start, in->undo_marker))
		return true;
	return after(b->end, in->undo_marker) && !before(b->start, b->end - in->max_window);
}

static void sacktag_one(struct tcp_rtxq *q, struct sk_buff *skb, const struct tcp_sack_in *in,
			u32 high_seq, struct tcp_sack_result *res)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (in->rack && cb->sacked & TCPCB_RETRANS)
		tcp_rack_advance_resent(in->rack, skb);
	else if (in->rack)
		tcp_rack_advance(in->rack->rack, cb->end_seq, skb->tstamp,
				 max_t(s64, ktime_to_us(in->rack->now - skb->tstamp), 0));
	if (!(cb->sacked & TCPCB_RETRANS)) {
		res->last_tstamp = skb->tstamp;
		if (res->first_tstamp < 0)
			res->first_tstamp = skb->tstamp;
		if (before(cb->seq, res->prior_fack) &&
		    (!res->has_reord || before(cb->seq, res->reord))) {
			res->has_reord = true;
			res->reord = cb->seq;
		}
		if (!after(cb->end_seq, high_seq))
			res->orig_before_high = true;
	}
	tcp_rate_skb_delivered(&q->newest, skb);
	tcp_rtxq_mark_sacked(q, skb);
	res->newly_sacked += cb->pcount;
}

/* Where a walk goes on behind skb, which is no run's inside. Asked before skb is marked: marking
 * joins the runs on both sides, and their inner ends lose their meaning. */
static struct sk_buff *sacktag_next(const struct tcp_rtxq *q, const struct sk_buff *skb)
{
	struct sk_buff *next;

	if (TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_ACKED)
		return tcp_rtxq_skip_run(q, skb);
	next = skb_peek_next(skb, &q->q);
	return next && TCP_SKB_CB(next)->sacked & TCPCB_SACKED_ACKED ?
	       tcp_rtxq_skip_run(q, next) : next;
}

/*
 * How much of skb, several packets of which the block covers a part, is to be cut off its front:
 * so that a SACK covers whole packets only. 0: none of them. @in: the front is what it covers.
 */
static u32 sacktag_cut_at(const struct sk_buff *skb, const struct tcp_sack_block *b, bool in)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 mss = skb->gso_size, n = (in ? b->end : b->start) - cb->seq;

	if (!in)
		n += mss - 1;
	n = n / mss * mss;
	return n < skb->len ? n : 0;
}

/* Linux's tcp_match_skb_to_sack(). True: the block covers skb, of which what it does not was cut
 * off. A part of a packet says nothing. */
static bool match_to_sack(struct tcp_rtxq *q, struct sk_buff *skb, const struct tcp_sack_block *b,
			  u32 cuts_max, struct tcp_sack_result *res)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool in = !before(cb->seq, b->start);
	u32 at;

	if (in && !after(cb->end_seq, b->end))
		return true;
	if (cb->pcount == 1)
		return false;
	at = sacktag_cut_at(skb, b, in);
	if (!at)
		return false;
	if (unlikely(res->cuts >= cuts_max && !tcp_rtxq_is_end(q, skb))) {
		res->uncut++;
		return false;
	}
	if (!tcp_rtxq_cut(q, skb, at, skb->gso_size))
		return false;
	res->cuts++;
	return in;
}

/* Into what is SACKed before it; and what is behind it, which it filled the hole before. */
static void shift(struct tcp_rtxq *q, struct sk_buff *skb, struct tcp_sack_result *res)
{
	struct sk_buff *next = skb_peek_next(skb, &q->q);

	res->shifted += tcp_rtxq_shift_sacked(q, skb);
	if (next)
		res->shifted += tcp_rtxq_shift_sacked(q, next);
}

/* Marks what lies whole inside the block. */
static void sacktag_walk(struct tcp_rtxq *q, const struct tcp_sack_block *b,
			 const struct tcp_sack_in *in, u32 high_seq, u32 *steps,
			 struct tcp_sack_result *res)
{
	struct sk_buff *skb = tcp_rtxq_find(q, b->start, steps), *next;

	for (; skb && *steps; skb = next, --*steps) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
		bool tag;

		if (!before(cb->seq, b->end))
			break;
		tag = !(cb->sacked & TCPCB_SACKED_ACKED) &&
		      match_to_sack(q, skb, b, in->cuts_max, res);
		next = sacktag_next(q, skb);
		if (tag) {
			sacktag_one(q, skb, in, high_seq, res);
			shift(q, skb, res);
		}
	}
}

/* Whether the first block reports a duplicate, and of how many packets. */
static bool check_dsack(const struct tcp_sack_in *in, struct tcp_sack_result *res)
{
	const struct tcp_sack_block *b = in->blocks;
	u32 len = b->end - b->start;

	if (!in->num || !is_dsack(in))
		return false;
	res->has_dsack = true;
	res->dsack_ofo = !before(b->start, in->ack);
	/* Of more than could be sent, or of what was never sent again: it tells nothing. */
	if (!before(b->start, b->end) || len > in->max_window)
		return false;
	res->dsack_dups = len > in->mss ? (len + in->mss - 1) / in->mss : 1;
	res->dsack_tlp = len <= in->mss && in->tlp_high_seq && in->tlp_high_seq == b->end;
	if (res->dsack_dups > in->dsacks_left)
		return false;
	res->dsack_segs = res->dsack_dups;
	/* Data sent again since the recovery began came twice: it was not lost. */
	if (in->undo_marker && !after(b->end, in->prior_snd_una) &&
	    after(b->end, in->undo_marker))
		res->dsack_undo = res->dsack_segs;
	return true;
}

/* Of packets that were sent again together one may have come twice. What is SACKed stays whole. */
static bool dsack_covers(struct tcp_rtxq *q, struct sk_buff *skb, const struct tcp_sack_block *b,
			 const struct tcp_sack_in *in, struct tcp_sack_result *res)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (cb->sacked & TCPCB_SACKED_ACKED)
		return !before(cb->seq, b->start) && !after(cb->end_seq, b->end);
	return after(cb->end_seq, b->start) && match_to_sack(q, skb, b, in->cuts_max, res);
}

/* The duplicate is of what is still queued. */
static void dsack_walk(struct tcp_rtxq *q, const struct tcp_sack_in *in, u32 *steps,
		       struct tcp_sack_result *res)
{
	const struct tcp_sack_block *b = in->blocks;
	struct sk_buff *skb = tcp_rtxq_find(q, b->start, steps);

	for (; skb && *steps; skb = skb_peek_next(skb, &q->q), --*steps) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		if (!before(cb->seq, b->end))
			break;
		if (!(cb->sacked & TCPCB_RETRANS) || !dsack_covers(q, skb, b, in, res))
			continue;
		if (in->undo_marker && after(cb->end_seq, in->undo_marker))
			res->dsack_undo += cb->pcount;
		if (cb->sacked & TCPCB_SACKED_ACKED) {
			if (before(cb->seq, res->prior_fack) &&
			    (!res->has_reord || before(cb->seq, res->reord)))
				res->reord = cb->seq;
			res->has_reord |= before(cb->seq, res->prior_fack);
			tcp_rtxq_mark_duplicate(q, skb);
		}
	}
}

static void discard(const struct tcp_sack_in *in, u32 una, u32 i, bool dsack,
		    struct tcp_sack_result *res)
{
	if (dsack && !in->undo_marker)
		res->dsack_no_undo = true;
	else if (dsack)
		res->dsack_old = true;
	/* An ACK that was overtaken tells what was true. */
	else if (in->ack == una || after(in->blocks[i].end, una))
		res->discarded++;
}

/* From the lowest on, for the newest may be told first: so the first packet that is SACKed is the
 * one that was sent first, whose round trip counts, and the queue is walked one way. */
static void sort_blocks(const struct tcp_sack_in *in, u8 order[])
{
	for (u32 i = 0; i < in->num; i++) {
		u32 j = i;

		for (; j && before(in->blocks[i].start, in->blocks[order[j - 1]].start); j--)
			order[j] = order[j - 1];
		order[j] = (u8)i;
	}
}

void tcp_sacktag_write_queue(struct tcp_rtxq *q, const struct tcp_sack_in *in, u32 high_seq,
			     struct tcp_sack_result *res)
{
	u32 steps = TCP_RTXQ_STEPS_MAX, una = seq_max(in->ack, in->prior_snd_una);
	u8 order[TCP_MAX_SACKS];
	bool dsack;

	*res = (struct tcp_sack_result){ .first_tstamp = -1, .last_tstamp = -1 };
	res->prior_fack = q->highest_sack ? TCP_SKB_CB(q->highest_sack)->end_seq :
					    in->prior_snd_una;
	dsack = check_dsack(in, res);
	if (!q->packets_out)	/* nothing that they could be about */
		return;
	sort_blocks(in, order);
	for (u32 n = 0; n < in->num; n++) {
		u32 i = order[n];
		const struct tcp_sack_block *b = &in->blocks[i];

		if (!block_is_valid(b, in, una, dsack && i == 0)) {
			discard(in, una, i, dsack && i == 0, res);
			continue;
		}
		/* Also of what this ACK is about to take from the queue. */
		if (dsack && i == 0)
			dsack_walk(q, in, &steps, res);
		if (!after(b->end, una))
			continue;
		sacktag_walk(q, b, in, high_seq, &steps, res);
	}
}
