/* SPDX-License-Identifier: MIT */
/* The scoreboard against a full walk of the retransmission queue, and what recovery knows of it. */
#include "harness/tcp_oracle_impl.h"

/* What a walk finds. */
struct walk {
	u32 out, sacked, lost, retrans, resent;
	const struct sk_buff *highest;		/* the last one that is SACKed */
	const struct sk_buff *run;		/* the run that the walk is in: its first one */
	bool retransmit, find, head_lost, undecided;	/* that hint has come */
};

static bool has(const struct sk_buff *skb, u8 mark)
{
	return TCP_SKB_CB(skb)->sacked & mark;
}

/* Of one sk_buff. */
static void check_marks(struct tcp_oracle *o, const struct tcp_sock *tp, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	/* A retransmission whose loss was undone counts until it arrives, as in Linux. */
	CHECK(!has(skb, TCPCB_SACKED_ACKED) || !has(skb, TCPCB_LOST));
	CHECK(!has(skb, TCPCB_SACKED_RETRANS) || has(skb, TCPCB_EVER_RETRANS));
	CHECK(!cb->resent || has(skb, TCPCB_EVER_RETRANS));
	CHECK(tcp_is_sack(tp) || !has(skb, TCPCB_SACKED_ACKED));
	CHECK(cb->pcount == (skb->gso_size ? (skb->len + skb->gso_size - 1u) / skb->gso_size : 1));
}

/* The ends of a run point to each other. */
static void check_run(struct tcp_oracle *o, const struct tcp_sock *tp, const struct sk_buff *skb,
		      struct walk *w)
{
	const struct sk_buff *next = skb_peek_next(skb, &tp->rtxq.q);

	if (!has(skb, TCPCB_SACKED_ACKED)) {
		w->run = NULL;
		return;
	}
	w->highest = skb;
	if (!w->run)
		w->run = skb;
	else
		CHECK(skb != tp->rtxq.find_hint);	/* it is never inside one */
	if (next && has(next, TCPCB_SACKED_ACKED))
		return;
	CHECK(TCP_SKB_CB(w->run)->run == skb);
	CHECK(TCP_SKB_CB(skb)->run == w->run);
}

/* Each hint is of the queue, and what it says of those before it is so. NULL is its end. */
static void check_hints(struct tcp_oracle *o, const struct tcp_sock *tp, const struct sk_buff *skb,
			struct walk *w)
{
	const struct tcp_rtxq *q = &tp->rtxq;

	w->retransmit |= skb == q->retransmit_hint;
	w->find |= skb == q->find_hint;
	w->head_lost |= skb == q->lost_hint;
	w->undecided |= skb == q->undecided;
	if (!w->retransmit)
		CHECK(!has(skb, TCPCB_LOST) || has(skb, TCPCB_SACKED_RETRANS));
	if (!w->head_lost && q->lost_hint)
		CHECK(has(skb, TCPCB_LOST | TCPCB_SACKED_ACKED));
	if (!w->undecided)
		CHECK(has(skb, TCPCB_DECIDED));
}

/* Those that were sent again, in the order of sending. */
static void check_resent(struct tcp_oracle *o, const struct tcp_sock *tp, u32 want)
{
	const struct list_head *pos;
	ktime_t last = 0;
	u32 n = 0;

	for (pos = tp->rtxq.resent.next; pos != &tp->rtxq.resent; pos = pos->next) {
		const struct sk_buff *skb = container_of(pos, struct sk_buff, resent);

		CHECK(n++ < want);
		CHECK(has(skb, TCPCB_SACKED_RETRANS));
		CHECK(skb->tstamp >= last);
		last = skb->tstamp;
	}
	CHECK(n == want);
}

static void check_recovery(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	const struct tcp_recovery *r = &tp->rec;

	CHECK(r->undo_retrans >= -1);
	CHECK(r->undo_retrans <= 0 || (u32)r->undo_retrans <= tp->total_retrans);
	CHECK(r->reordering > 0);
	CHECK(!r->tlp_high_seq || between(r->tlp_high_seq, tp->snd_una, tp->snd_nxt));
	CHECK(r->rack.reo_wnd_steps > 0);
	CHECK(r->rack.reo_wnd_persist <= TCP_RACK_RECOVERY_THRESH);
	CHECK(!r->rack.mstamp || !after(r->rack.end_seq, tp->snd_nxt));
	if (r->ca_state == TCP_CA_Open)
		return;
	CHECK(!after(r->high_seq, tp->snd_nxt));
	/* With a head that is SACKed the state waits for what becomes of it (RFC 2018 8). */
	if (r->ca_state < TCP_CA_Recovery ||
	    (tcp_rtxq_head(&tp->rtxq) && has(tcp_rtxq_head(&tp->rtxq), TCPCB_SACKED_ACKED)))
		return;
	CHECK(!r->undo_marker || !after(r->undo_marker, tp->snd_una));
	CHECK(r->ca_state != TCP_CA_Loss || !r->undo_marker || !r->tlp_high_seq);
	/* It would have ended: only without SACK it is held, as in Linux. A recovery that began
	 * from CWR keeps that one's high_seq, which may be acknowledged: the next ACK ends it. */
	CHECK(before(tp->snd_una, r->high_seq) || !tcp_is_sack(tp) ||
	      (r->high_seq == tp->snd_una && r->undo_marker == tp->snd_una));
}

void tcp_oracle_scoreboard(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	const struct tcp_rtxq *q = &tp->rtxq;
	const struct sk_buff *skb;
	struct walk w = { 0 };

	skb_queue_walk(&q->q, skb) {
		u32 pcount = TCP_SKB_CB(skb)->pcount;

		CHECK(pcount > 0);
		w.out += pcount;
		w.sacked += has(skb, TCPCB_SACKED_ACKED) ? pcount : 0;
		w.lost += has(skb, TCPCB_LOST) ? pcount : 0;
		w.retrans += has(skb, TCPCB_SACKED_RETRANS) ? pcount : 0;
		w.resent += has(skb, TCPCB_SACKED_RETRANS);
		check_marks(o, tp, skb);
		check_run(o, tp, skb, &w);
		check_hints(o, tp, skb, &w);
	}
	CHECK(w.out == q->packets_out);
	CHECK(!tcp_is_sack(tp) || w.sacked == q->sacked_out);
	CHECK(q->sacked_out <= q->packets_out);
	CHECK(w.lost == q->lost_out);
	CHECK(w.retrans == q->retrans_out);
	CHECK((s32)tcp_packets_in_flight(q) >= 0);
	CHECK(w.highest == q->highest_sack);
	CHECK(w.retransmit || !q->retransmit_hint);
	CHECK(w.find || !q->find_hint);
	CHECK(w.head_lost || !q->lost_hint);
	CHECK(w.undecided || !q->undecided);
	if (tp != &o->view)	/* the list of one at rest is not the picture's */
		check_resent(o, tp, w.resent);
	check_recovery(o, tp);
}
