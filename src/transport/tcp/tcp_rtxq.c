/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_rtxq.h"

#include "base/assert.h"

void tcp_rtxq_init(struct tcp_rtxq *q)
{
	*q = (struct tcp_rtxq){ .packets_out = 0 };
	skb_queue_head_init(&q->q);
	list_init(&q->resent);
}

void tcp_rtxq_append(struct tcp_rtxq *q, struct sk_buff *skb)
{
	skb_queue_tail(&q->q, skb);
	q->packets_out += tcp_skb_pcount(skb);
	if (!q->undecided)
		q->undecided = skb;
}

static bool skb_is_sacked(const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_ACKED;
}

/* A pcount changed: put right what counts packets. */
static void rtxq_recount(struct tcp_rtxq *q, u32 from, u32 to, u8 sacked)
{
	q->packets_out += to - from;
	if (sacked & TCPCB_SACKED_ACKED)
		q->sacked_out += to - from;
	if (sacked & TCPCB_LOST)
		q->lost_out += to - from;
	if (sacked & TCPCB_SACKED_RETRANS)
		q->retrans_out += to - from;
}

/* It is no more in flight after having been sent again: off the list, whose links stand where a
 * destructor would. */
static void rtxq_clear_resent(struct tcp_rtxq *q, struct sk_buff *skb)
{
	if (!(TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_RETRANS))
		return;
	TCP_SKB_CB(skb)->sacked &= (u8)~TCPCB_SACKED_RETRANS;
	q->retrans_out -= tcp_skb_pcount(skb);
	list_del_init(&skb->resent);
	skb->sk = NULL;
	skb->destructor = NULL;
}

/* The counters and hints forget skb, the head of the queue. */
static void rtxq_forget_head(struct tcp_rtxq *q, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sk_buff *next = skb_peek_next(skb, &q->q);

	rtxq_clear_resent(q, skb);
	rtxq_recount(q, cb->pcount, 0, cb->sacked);
	if (cb->sacked & TCPCB_SACKED_ACKED) {
		tcp_run_pop_first(skb);
		if (q->highest_sack == skb)
			q->highest_sack = NULL;
	}
	if (q->retransmit_hint == skb)
		q->retransmit_hint = next;
	if (q->lost_hint == skb)
		q->lost_hint = next;
	if (q->find_hint == skb)
		q->find_hint = NULL;
	if (q->undecided == skb)
		q->undecided = next;
}

/* pkts of its packets are acknowledged, from seq on. */
static void rtxq_account_acked(struct tcp_rtxq *q, const struct sk_buff *skb, u32 seq,
			       u32 pkts, const struct tcp_rtxq_ack_in *in,
			       struct tcp_rtxq_acked *res)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool sacked = cb->sacked & TCPCB_SACKED_ACKED;

	if (cb->sacked & TCPCB_RETRANS) {
		res->retrans = true;
		if (in->rack && !sacked)
			tcp_rack_advance_resent(in->rack, skb);
	} else if (!sacked) {
		res->last_tstamp = skb->tstamp;
		res->last_end_seq = cb->end_seq;
		if (res->first_tstamp < 0)
			res->first_tstamp = skb->tstamp;
		if (q->highest_sack && before(seq, res->reord))
			res->reord = seq;
		if (!after(cb->end_seq, in->high_seq))
			res->orig_before_high = true;
	}
	if (!sacked && in->sack)
		res->delivered += pkts;
	res->pkts += pkts;
	if (cb->tcp_flags & TCPHDR_SYN) {
		res->syn = true;
		return;
	}
	res->data = true;
	if (!sacked)
		tcp_rate_skb_delivered(&q->newest, skb);
}

/* Linux's tcp_tso_acked(): the front of several packets. Return: how many of them are gone. */
static u32 rtxq_trim_head(struct tcp_rtxq *q, struct sk_buff *skb, u32 snd_una,
			  struct tcp_rtxq_acked *res)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 had = cb->pcount, n = snd_una - cb->seq, charged = min(n, skb->truesize);

	skb_eat(skb, n);
	cb->seq = snd_una;
	skb->truesize -= charged;
	mem_uncharge(&skb->net->mem, charged);
	res->freed += charged;
	tcp_set_skb_tso_segs(skb, skb->gso_size);
	rtxq_recount(q, had, cb->pcount, cb->sacked);
	return had - cb->pcount;
}

static __noinline void rtxq_ack_part(struct tcp_rtxq *q, struct sk_buff *skb,
				     const struct tcp_rtxq_ack_in *in, struct tcp_rtxq_acked *res)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 seq = cb->seq, pkts;

	if (cb->pcount == 1 || !after(in->snd_una, cb->seq))
		return;
	pkts = rtxq_trim_head(q, skb, in->snd_una, res);
	if (pkts)
		rtxq_account_acked(q, skb, seq, pkts, in, res);
}

void tcp_rtxq_ack(struct tcp_rtxq *q, const struct tcp_rtxq_ack_in *in, struct tcp_rtxq_acked *res)
{
	struct sk_buff *skb;

	*res = (struct tcp_rtxq_acked){ .first_tstamp = -1, .last_tstamp = -1 };
	/* Reordering shows below the highest SACKed one only. */
	res->reord = in->snd_una;
	while ((skb = skb_peek(&q->q))) {
		if (after(TCP_SKB_CB(skb)->end_seq, in->snd_una)) {
			rtxq_ack_part(q, skb, in, res);
			break;
		}
		rtxq_account_acked(q, skb, TCP_SKB_CB(skb)->seq, tcp_skb_pcount(skb), in, res);
		rtxq_forget_head(q, skb);
		skb_unlink(skb, &q->q);
		res->freed += skb->truesize;
		res->freed_segs++;
		consume_skb(skb);
	}
	if (skb && skb_is_sacked(skb))
		res->reneged = true;
	if (!skb)
		q->highest_sack = NULL;
}

struct sk_buff *tcp_rtxq_skip_run(const struct tcp_rtxq *q, const struct sk_buff *skb)
{
	if (skb_is_sacked(skb))
		skb = tcp_run_end(skb);
	return skb_peek_next(skb, &q->q);
}

struct sk_buff *tcp_rtxq_find(struct tcp_rtxq *q, u32 seq, u32 *steps)
{
	struct sk_buff *skb = q->find_hint;

	if (!skb || after(TCP_SKB_CB(skb)->seq, seq))
		skb = skb_peek(&q->q);
	while (skb && *steps) {
		const struct sk_buff *last = skb_is_sacked(skb) ? tcp_run_end(skb) : skb;

		q->find_hint = skb;
		if (after(TCP_SKB_CB(last)->end_seq, seq))
			return skb;
		skb = skb_peek_next(last, &q->q);
		--*steps;
	}
	return NULL;
}

void tcp_rtxq_mark_sacked(struct tcp_rtxq *q, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sk_buff *prev = skb_peek_prev(skb, &q->q), *next = skb_peek_next(skb, &q->q);
	bool left = prev && skb_is_sacked(prev), right = next && skb_is_sacked(next);
	struct sk_buff *first = left ? tcp_run_end(prev) : skb;

	/* Sent again without having been lost, it is in flight once more than the peer holds. */
	if (cb->sacked & TCPCB_LOST) {
		rtxq_clear_resent(q, skb);
		q->lost_out -= cb->pcount;
	}
	cb->sacked &= (u8)~TCPCB_LOST;
	cb->sacked |= TCPCB_SACKED_ACKED;
	q->sacked_out += cb->pcount;
	tcp_run_join(skb, left, right);
	if (q->find_hint == skb || (right && q->find_hint == next))
		q->find_hint = first;
	if (q->undecided == skb)
		q->undecided = tcp_rtxq_skip_run(q, first);
	if (!q->highest_sack || after(cb->seq, TCP_SKB_CB(q->highest_sack)->seq))
		q->highest_sack = skb;
}

void tcp_rtxq_mark_duplicate(struct tcp_rtxq *q, struct sk_buff *skb)
{
	rtxq_clear_resent(q, skb);
}

void tcp_rtxq_mark_lost(struct tcp_rtxq *q, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (cb->sacked & TCPCB_SACKED_ACKED)
		return;
	if (!(cb->sacked & TCPCB_LOST)) {
		cb->sacked |= TCPCB_LOST;
		q->lost_out += cb->pcount;
		q->lost += cb->pcount;
	} else if (cb->sacked & TCPCB_SACKED_RETRANS) {
		rtxq_clear_resent(q, skb);
		q->lost += cb->pcount;
		mib_add(skb->net, TcpExtTCPLostRetransmit, cb->pcount);
	}
	if (!q->retransmit_hint || before(cb->seq, TCP_SKB_CB(q->retransmit_hint)->seq))
		q->retransmit_hint = skb;
}

void tcp_rtxq_mark_retrans(struct tcp_rtxq *q, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	rtxq_clear_resent(q, skb);
	q->retrans_out += cb->pcount;
	cb->sacked &= (u8)~TCPCB_RACK_DONE;
	cb->sacked |= TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS;
	list_add_tail(&skb->resent, &q->resent);
}

void tcp_rtxq_sent_again(struct tcp_rtxq *q, struct sk_buff *skb)
{
	if (TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_RETRANS)
		list_move_tail(&skb->resent, &q->resent);
}

void tcp_rtxq_mark_head_lost(struct tcp_rtxq *q, u32 dupthresh)
{
	struct sk_buff *top = q->highest_sack, *skb;
	u32 above = 0, steps = TCP_RTXQ_STEPS_MAX;

	if (q->sacked_out < dupthresh)
		return;
	/* The lowest SACKed one that still has enough SACKed ones from it upwards. */
	for (; top && steps--; top = skb_peek_prev(top, &q->q)) {
		if (skb_is_sacked(top))
			above += tcp_skb_pcount(top);
		if (above >= dupthresh)
			break;
	}
	if (!top || above < dupthresh)
		return;
	skb = q->lost_hint ? q->lost_hint : skb_peek(&q->q);
	for (; skb && before(TCP_SKB_CB(skb)->seq, TCP_SKB_CB(top)->seq);
	     skb = skb_peek_next(skb, &q->q))
		if (!(TCP_SKB_CB(skb)->sacked & (TCPCB_SACKED_ACKED | TCPCB_LOST)))
			tcp_rtxq_mark_lost(q, skb);
	q->lost_hint = skb;
}

void tcp_rtxq_mark_timeout_lost(struct tcp_rtxq *q, bool forget_sacks, ktime_t sent_until)
{
	struct sk_buff *head = skb_peek(&q->q), *skb;

	if (forget_sacks) {
		q->sacked_out = 0;
		q->highest_sack = NULL;
	}
	skb_queue_walk(&q->q, skb) {
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		/* When it is SACKed or acknowledged later, that says nothing of the RTT. */
		if (forget_sacks && cb->sacked & TCPCB_SACKED_ACKED) {
			cb->sacked |= TCPCB_EVER_RETRANS;
			cb->sacked &= (u8)~TCPCB_SACKED_ACKED;
		}
		if (forget_sacks || skb == head || skb->tstamp <= sent_until)
			tcp_rtxq_mark_lost(q, skb);
	}
	q->find_hint = q->lost_hint = NULL;
	q->retransmit_hint = q->undecided = head;
}

void tcp_rtxq_unmark_lost(struct tcp_rtxq *q)
{
	struct sk_buff *skb;

	skb_queue_walk(&q->q, skb)
		TCP_SKB_CB(skb)->sacked &= (u8)~TCPCB_LOST;
	q->lost_out = 0;
	q->retransmit_hint = q->lost_hint = NULL;
	q->undecided = skb_peek(&q->q);
}

bool tcp_rtxq_mark_longer_lost(struct tcp_rtxq *q, u32 mss)
{
	struct sk_buff *skb;

	skb_queue_walk(&q->q, skb)
		if (tcp_skb_seglen(skb) > mss)
			tcp_rtxq_mark_lost(q, skb);
	return q->lost_out;
}

struct sk_buff *tcp_rtxq_cut(struct tcp_rtxq *q, struct sk_buff *skb, u32 len, u32 mss)
{
	struct sk_buff *rest = alloc_skb(skb->net, SKB_ROOM);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb), *rcb;
	u32 had = cb->pcount;

	if (!rest)
		return NULL;
	ln_assert(!(cb->sacked & TCPCB_SACKED_ACKED));	/* it needs no sending any more */
	skb_reserve(rest, MAX_HEADER);
	skb_split(skb, rest, len);
	rcb = TCP_SKB_CB(rest);
	*rcb = *cb;
	rcb->seq = cb->end_seq = cb->seq + len;
	cb->tcp_flags &= (u8)~(TCPHDR_FIN | TCPHDR_PSH);
	cb->sacked &= (u8)~TCPCB_EOR;
	rest->id = skb->id;
	rest->tstamp = skb->tstamp;
	rtxq_recount(q, had, tcp_set_skb_tso_segs(skb, mss) + tcp_set_skb_tso_segs(rest, mss),
		     cb->sacked);
	skb_queue_insert_after(&q->q, skb, rest);
	if (cb->sacked & TCPCB_SACKED_RETRANS)
		list_add(&rest->resent, &skb->resent);
	return rest;
}

bool tcp_rtxq_may_join(const struct tcp_rtxq *q, const struct sk_buff *skb)
{
	const struct sk_buff *next = skb_peek_next(skb, &q->q);

	return next && tcp_skb_pcount(skb) == 1 && tcp_skb_pcount(next) == 1 &&
	       !skb_is_sacked(skb) && !skb_is_sacked(next) &&
	       !(TCP_SKB_CB(skb)->sacked & TCPCB_EOR);
}

bool tcp_rtxq_join(struct tcp_rtxq *q, struct sk_buff *skb)
{
	struct sk_buff *next = skb_peek_next(skb, &q->q);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb), *ncb = TCP_SKB_CB(next);

	if (!skb_shift(skb, next))
		return false;
	cb->end_seq = ncb->end_seq;
	cb->tcp_flags |= ncb->tcp_flags;
	cb->sacked |= ncb->sacked & (TCPCB_EVER_RETRANS | TCPCB_EOR);
	rtxq_clear_resent(q, next);
	rtxq_recount(q, ncb->pcount, 0, ncb->sacked);
	if (q->retransmit_hint == next)
		q->retransmit_hint = skb;
	if (q->undecided == next)
		q->undecided = skb_peek_next(next, &q->q);
	if (q->find_hint == next)
		q->find_hint = NULL;
	if (q->lost_hint == next)
		q->lost_hint = NULL;
	skb_unlink(next, &q->q);
	consume_skb(next);
	return true;
}

/* Both were sent once, in packets of one length; only the last one of them all may be shorter. */
static bool may_shift(const struct sk_buff *prev, const struct sk_buff *skb)
{
	const u8 but = TCPCB_LOST | TCPCB_RETRANS;
	u32 seglen = tcp_skb_seglen(prev);

	return skb_is_sacked(prev) && skb_is_sacked(skb) &&
	       !((TCP_SKB_CB(prev)->sacked | TCP_SKB_CB(skb)->sacked) & but) &&
	       !((TCP_SKB_CB(prev)->tcp_flags | TCP_SKB_CB(skb)->tcp_flags) &
		 (TCPHDR_SYN | TCPHDR_FIN)) &&
	       prev->len % seglen == 0 && prev->len + skb->len <= 65535 &&
	       (tcp_skb_seglen(skb) == seglen || (tcp_skb_pcount(skb) == 1 && skb->len < seglen));
}

bool tcp_rtxq_shift_sacked(struct tcp_rtxq *q, struct sk_buff *skb)
{
	struct sk_buff *prev = skb_peek_prev(skb, &q->q), *next = skb_peek_next(skb, &q->q);
	u32 seglen, pcount;

	if (!prev || !may_shift(prev, skb))
		return false;
	seglen = tcp_skb_seglen(prev);
	pcount = tcp_skb_pcount(prev) + tcp_skb_pcount(skb);
	if (!skb_shift(prev, skb))
		return false;
	TCP_SKB_CB(prev)->end_seq = TCP_SKB_CB(skb)->end_seq;
	TCP_SKB_CB(prev)->tcp_flags |= TCP_SKB_CB(skb)->tcp_flags;
	TCP_SKB_CB(prev)->sacked |= TCP_SKB_CB(skb)->sacked & TCPCB_EOR;
	tcp_set_skb_tso_segs(prev, seglen);
	ln_assert(tcp_skb_pcount(prev) == pcount);
	if (!next || !skb_is_sacked(next))
		tcp_run_pop_last(skb);
	if (q->highest_sack == skb)
		q->highest_sack = prev;
	if (q->retransmit_hint == skb)
		q->retransmit_hint = next;
	if (q->lost_hint == skb)
		q->lost_hint = next;
	if (q->undecided == skb)
		q->undecided = next;
	if (q->find_hint == skb)
		q->find_hint = NULL;
	skb_unlink(skb, &q->q);
	consume_skb(skb);
	return true;
}

void tcp_rtxq_set_mss(struct tcp_rtxq *q, struct sk_buff *skb, u32 mss)
{
	u32 had = tcp_skb_pcount(skb);

	rtxq_recount(q, had, tcp_set_skb_tso_segs(skb, mss), TCP_SKB_CB(skb)->sacked);
}

struct sk_buff *tcp_rtxq_next_lost(struct tcp_rtxq *q)
{
	struct sk_buff *skb = q->retransmit_hint;

	while (skb) {
		u8 sacked = TCP_SKB_CB(skb)->sacked;

		if ((sacked & TCPCB_LOST) && !(sacked & TCPCB_SACKED_RETRANS))
			break;
		/* From inside a run its end is not known: step. */
		skb = skb_peek_next(skb, &q->q);
	}
	q->retransmit_hint = skb;
	return skb;
}

void tcp_rtxq_purge(struct tcp_rtxq *q, enum skb_drop_reason reason)
{
	struct sk_buff *skb, *next;

	list_for_each_entry_safe(skb, next, &q->resent, resent)
		rtxq_clear_resent(q, skb);
	skb_queue_purge_reason(&q->q, reason);
	tcp_rtxq_init(q);
}
