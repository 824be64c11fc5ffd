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

static bool block_is_valid(const struct tcp_sack_block *b, const struct tcp_sack_in *in, bool dsack)
{
	if (after(b->end, in->snd_nxt) || !before(b->start, b->end))
		return false;
	if (!before(b->start, in->prior_snd_una))
		return true;
	/* Below snd_una: a D-SACK only, and not older than the peer's window. */
	if (!dsack || after(b->end, in->prior_snd_una))
		return false;
	return !before(b->start, b->end - in->max_window);
}

static void sacktag_one(struct tcp_rtxq *q, struct sk_buff *skb, u32 high_seq,
			struct tcp_sack_result *res)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (!(cb->sacked & (TCPCB_EVER_RETRANS | TCPCB_SACKED_RETRANS))) {
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
		if (tag)
			sacktag_one(q, skb, high_seq, res);
	}
}

static void check_dsack(const struct tcp_sack_in *in, struct tcp_sack_result *res)
{
	const struct tcp_sack_block *b = in->blocks;

	res->dsack_segs = 1;
	res->dsack_ofo = !before(b->start, in->ack);
	/* Data sent again since the recovery began came twice: it was not lost. */
	if (in->undo_marker && !after(b->end, in->prior_snd_una) &&
	    after(b->end, in->undo_marker))
		res->dsack_undo = true;
}

void tcp_sacktag_write_queue(struct tcp_rtxq *q, const struct tcp_sack_in *in, u32 high_seq,
			     struct tcp_sack_result *res)
{
	u32 steps = TCP_RTXQ_STEPS_MAX;
	bool dsack = in->num && is_dsack(in);

	*res = (struct tcp_sack_result){ .first_tstamp = -1, .last_tstamp = -1 };
	res->prior_fack = q->highest_sack ? TCP_SKB_CB(q->highest_sack)->end_seq :
					    in->prior_snd_una;
	for (u32 i = 0; i < in->num; i++) {
		const struct tcp_sack_block *b = &in->blocks[i];

		if (!block_is_valid(b, in, dsack && i == 0)) {
			res->discarded++;
			continue;
		}
		if (dsack && i == 0)
			check_dsack(in, res);
		/* What is acknowledged is gone from the queue; the walk finds what is left. */
		if (after(b->end, in->ack))
			sacktag_walk(q, b, in, high_seq, &steps, res);
	}
}
