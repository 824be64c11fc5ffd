/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_rcvq.h"

void tcp_rcvq_init(struct tcp_rcvq *o)
{
	*o = (struct tcp_rcvq){ .num_sacks = 0 };
	skb_queue_head_init(&o->q);
}

void tcp_skb_cut_front(struct sk_buff *skb, u32 n)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	cb->seq += n;
	if (n && cb->tcp_flags & TCPHDR_SYN) {
		cb->tcp_flags &= (u8)~TCPHDR_SYN;
		n--;
	}
	skb_eat(skb, min(n, skb->len));
}

/* Cuts the end so that the segment stops before end_seq; a FIN goes with it. */
static void cut_tail(struct sk_buff *skb, u32 end_seq)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	cb->end_seq = end_seq;
	cb->tcp_flags &= (u8)~TCPHDR_FIN;
	skb_trim(skb, end_seq - cb->seq);
}

void tcp_dsack_set(struct tcp_rcvq *o, u32 start, u32 end)
{
	if (!o->dsack) {
		o->dsack = true;
		o->dup = (struct tcp_sack_block){ start, end };
	} else if (!after(start, o->dup.end) && !after(o->dup.start, end)) {
		o->dup.start = seq_min(o->dup.start, start);
		o->dup.end = seq_max(o->dup.end, end);
	}
}

/* The last segment of the last run that begins at or before seq; NULL: none does. False: there are
 * too many runs on either side of it. */
static bool find_run(const struct tcp_rcvq *o, u32 seq, struct sk_buff **found)
{
	struct sk_buff *last = skb_peek_tail(&o->q);
	struct sk_buff *first = skb_peek(&o->q), *prev = NULL;

	for (unsigned steps = 0; last && steps < TCP_RCVQ_STEPS_MAX; steps++) {
		const struct sk_buff *start = tcp_run_end(last);

		if (likely(!before(seq, TCP_SKB_CB(start)->seq))) {
			*found = last;
			return true;
		}
		if (before(seq, TCP_SKB_CB(first)->seq)) {
			*found = prev;
			return true;
		}
		last = skb_peek_prev(start, &o->q);
		prev = tcp_run_end(first);
		first = skb_peek_next(prev, &o->q);
	}
	*found = NULL;
	return !last;
}

static void drop_first_of_run(struct tcp_rcvq *o, struct sk_buff *skb)
{
	if (tcp_run_end(skb) == skb)
		o->runs--;
	tcp_run_pop_first(skb);
	skb_unlink(skb, &o->q);
	mib_inc(skb->net, TcpExtTCPOFOMerge);
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_OFOMERGE);
}

/* skb is in its place; what stands behind gives way, or its end does. True: it touches. */
static bool settle_right(struct tcp_rcvq *o, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sk_buff *next;

	while ((next = skb_peek_next(skb, &o->q))) {
		const struct tcp_skb_cb *ncb = TCP_SKB_CB(next);

		if (!before(ncb->seq, cb->end_seq))
			return ncb->seq == cb->end_seq;
		if (after(ncb->end_seq, cb->end_seq)) {
			tcp_dsack_set(o, ncb->seq, cb->end_seq);
			cut_tail(skb, ncb->seq);
			return true;
		}
		tcp_dsack_set(o, ncb->seq, ncb->end_seq);
		drop_first_of_run(o, next);
	}
	return false;
}

/* The run that changed is told first (RFC 2018 4); what it swallowed is told no more. */
static void sack_update(struct tcp_rcvq *o, u32 start, u32 end)
{
	struct tcp_sack_block keep[TCP_MAX_SACKS];
	u8 n = 1;

	keep[0] = (struct tcp_sack_block){ start, end };
	for (u8 i = 0; i < o->num_sacks && n < TCP_MAX_SACKS; i++) {
		const struct tcp_sack_block *b = &o->sacks[i];

		if (before(b->start, start) || after(b->end, end))
			keep[n++] = *b;
	}
	memcpy(o->sacks, keep, n * sizeof(keep[0]));
	o->num_sacks = n;
}

enum tcp_rcvq_result tcp_rcvq_insert(struct tcp_rcvq *o, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sk_buff *prev, *first, *last;
	bool left = false, right;

	if (unlikely(!find_run(o, cb->seq, &prev)))
		return TCP_RCVQ_TOO_FAR;
	if (prev) {
		u32 end = TCP_SKB_CB(prev)->end_seq;

		if (!after(cb->end_seq, end)) {
			tcp_dsack_set(o, cb->seq, cb->end_seq);
			/* RFC 2883 4: the block that has it follows the D-SACK. */
			sack_update(o, TCP_SKB_CB(tcp_run_end(prev))->seq, end);
			return TCP_RCVQ_DUPLICATE;
		}
		if (before(cb->seq, end)) {
			tcp_dsack_set(o, cb->seq, end);
			tcp_skb_cut_front(skb, end - cb->seq);
		}
		left = cb->seq == end;
	}
	skb_queue_insert_after(&o->q, prev ? prev : skb_queue_end(&o->q), skb);
	right = settle_right(o, skb);
	if (left)
		first = tcp_run_end(prev);
	else
		first = skb;
	last = right ? tcp_run_end(skb->next) : skb;
	tcp_run_join(skb, left, right);
	o->runs += 1u - left - right;
	sack_update(o, TCP_SKB_CB(first)->seq, TCP_SKB_CB(last)->end_seq);
	return TCP_RCVQ_QUEUED;
}

struct sk_buff *tcp_rcvq_pull(struct tcp_rcvq *o, u32 rcv_nxt)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&o->q)) && !after(TCP_SKB_CB(skb)->seq, rcv_nxt)) {
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		if (before(cb->seq, rcv_nxt))
			tcp_dsack_set(o, cb->seq, seq_min(rcv_nxt, cb->end_seq));
		if (!after(cb->end_seq, rcv_nxt)) {
			drop_first_of_run(o, skb);
			continue;
		}
		if (tcp_run_end(skb) == skb)
			o->runs--;
		tcp_run_pop_first(skb);
		skb_unlink(skb, &o->q);
		tcp_skb_cut_front(skb, rcv_nxt - cb->seq);
		return skb;
	}
	return NULL;
}

void tcp_rcvq_sack_remove(struct tcp_rcvq *o, u32 rcv_nxt)
{
	u8 n = 0;

	for (u8 i = 0; i < o->num_sacks; i++)
		if (after(o->sacks[i].start, rcv_nxt))
			o->sacks[n++] = o->sacks[i];
	o->num_sacks = n;
}

u32 tcp_rcvq_sack_blocks(struct tcp_rcvq *o, struct tcp_sack_block *out, u32 max)
{
	u32 n = 0;

	if (o->dsack && max)
		out[n++] = o->dup;
	o->dsack = false;
	for (u8 i = 0; i < o->num_sacks && n < max; i++)
		out[n++] = o->sacks[i];
	return n;
}

bool tcp_rcvq_prune_tail(struct tcp_rcvq *o)
{
	struct sk_buff *skb = skb_peek_tail(&o->q);

	if (!skb)
		return false;
	if (tcp_run_end(skb) == skb)
		o->runs--;
	tcp_run_pop_last(skb);
	skb_unlink(skb, &o->q);
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_OFO_QUEUE_PRUNE);
	/* Reneging is allowed (RFC 2018 8); the peer learns it by our saying nothing more. */
	o->num_sacks = 0;
	return true;
}

void tcp_rcvq_purge(struct tcp_rcvq *o, enum skb_drop_reason reason)
{
	skb_queue_purge_reason(&o->q, reason);
	o->num_sacks = 0;
	o->runs = 0;
	o->dsack = false;
}
