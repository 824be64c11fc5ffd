/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_recovery.h"

void tcp_recovery_init(struct tcp_recovery *r, u16 reordering)
{
	*r = (struct tcp_recovery){ .reordering = reordering, .undo_retrans = -1 };
}

const char *tcp_ca_state_name(u8 state)
{
	static const char names[][12] = { "Open", "Disorder", "CWR", "Recovery", "Loss" };

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

static void set_ca_state(struct tcp_recovery *r, struct tcp_cong *c, enum tcp_ca_state state)
{
	tcp_cong_set_state(c, state);
	r->ca_state = state;
}

/* ---- duplicate ACKs stand for SACKs where there are none ---- */

static void add_reno_sack(struct tcp_rtxq *q)
{
	q->sacked_out++;
	tcp_rtxq_limit_dups(q);
}

/* One of the acknowledged packets filled the hole; the others had sent duplicates. */
static void remove_reno_sacks(struct tcp_rtxq *q, u32 acked)
{
	if (acked)
		q->sacked_out = acked - 1 >= q->sacked_out ? 0 : q->sacked_out - (acked - 1);
	tcp_rtxq_limit_dups(q);
}

/* ---- undo ---- */

static void init_undo(struct tcp_recovery *r, const struct tcp_rtxq *q, u32 snd_una)
{
	r->undo_marker = snd_una;
	r->undo_retrans = q->retrans_out ? (s32)q->retrans_out : -1;
}

/* The ACK answers a segment sent before the first retransmission (RFC 3522). */
static bool packet_delayed(const struct tcp_recovery *r, const struct tcp_loss_ack *a)
{
	return r->retrans_ts && a->has_tsecr && before(a->tsecr, r->retrans_ts);
}

static bool may_undo(const struct tcp_recovery *r, const struct tcp_loss_ack *a)
{
	return r->undo_marker && (!r->undo_retrans || packet_delayed(r, a));
}

static void undo_cwnd_reduction(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
				bool unmark)
{
	if (unmark)
		tcp_rtxq_unmark_lost(q);
	if (r->prior_ssthresh) {
		c->snd_cwnd = tcp_cong_undo_cwnd(c);
		c->snd_ssthresh = max(c->snd_ssthresh, r->prior_ssthresh);
		r->cwr = min_t(u8, r->cwr, TCP_CWR_TOLD);
	}
	r->undo_marker = 0;
}

static bool try_undo_dsack(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   const struct tcp_loss_ack *a)
{
	if (!r->undo_marker || r->undo_retrans)
		return false;
	undo_cwnd_reduction(r, q, c, false);
	mib_inc(a->net, TcpExtTCPDSACKUndo);
	return true;
}

/* RFC 6582 3.2: without SACK the state is held until data beyond high_seq is acknowledged, so
 * that duplicates of the recovery do not start another. */
static bool hold_reno_state(struct tcp_recovery *r, const struct tcp_rtxq *q,
			    const struct tcp_loss_ack *a)
{
	if (r->sack || a->snd_una != r->high_seq)
		return false;
	if (!q->retrans_out)
		r->retrans_ts = 0;
	return true;
}

/* Recovery or Loss is over. True: the state must be kept for now. */
static bool try_undo_recovery(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			      const struct tcp_loss_ack *a)
{
	if (may_undo(r, a)) {
		if (r->ca_state == TCP_CA_Loss)
			mib_inc(a->net, TcpExtTCPLossUndo);
		else
			mib_inc(a->net, TcpExtTCPFullUndo);
		undo_cwnd_reduction(r, q, c, false);
	}
	if (hold_reno_state(r, q, a))
		return true;
	set_ca_state(r, c, TCP_CA_Open);
	r->retrans_ts = 0;
	return false;
}

/* ---- states ---- */

static void end_cwnd_reduction(struct tcp_recovery *r, struct tcp_cong *c, ktime_t now)
{
	if (c->snd_ssthresh < TCP_INFINITE_SSTHRESH &&
	    (r->ca_state == TCP_CA_CWR || r->undo_marker)) {
		c->snd_cwnd = c->snd_ssthresh;
		c->snd_cwnd_stamp = now;
	}
	tcp_cong_event(c, CA_EVENT_COMPLETE_CWR, now, 0);
}

/* RFC 3168 6.1.2: the next new data tells of it. */
static void queue_cwr(struct tcp_recovery *r)
{
	if (unlikely(r->cwr))
		r->cwr = TCP_CWR_DUE;
}

static void init_cwnd_reduction(struct tcp_recovery *r, struct tcp_cong *c, u32 snd_nxt)
{
	r->high_seq = snd_nxt;
	r->prr_delivered = r->prr_out = 0;
	c->snd_cwnd_cnt = 0;
	c->prior_cwnd = c->snd_cwnd;
	c->snd_ssthresh = tcp_cong_ssthresh(c);
	queue_cwr(r);
}

static u32 current_ssthresh(const struct tcp_recovery *r, const struct tcp_cong *c)
{
	if (tcp_in_cwnd_reduction(r))
		return c->snd_ssthresh;
	return max(c->snd_ssthresh, (c->snd_cwnd >> 1) + (c->snd_cwnd >> 2));
}

static void enter_recovery(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   const struct tcp_loss_ack *a)
{
	if (r->sack)
		mib_inc(a->net, TcpExtTCPSackRecovery);
	else
		mib_inc(a->net, TcpExtTCPRenoRecovery);
	r->prior_ssthresh = 0;
	init_undo(r, q, a->snd_una);
	if (!tcp_in_cwnd_reduction(r)) {
		r->prior_ssthresh = a->ece ? 0 : current_ssthresh(r, c);
		init_cwnd_reduction(r, c, a->snd_nxt);
	}
	set_ca_state(r, c, TCP_CA_Recovery);
}

void tcp_enter_cwr(struct tcp_recovery *r, struct tcp_cong *c, u32 snd_nxt)
{
	r->prior_ssthresh = 0;
	if (r->ca_state >= TCP_CA_CWR)
		return;
	r->undo_marker = 0;
	init_cwnd_reduction(r, c, snd_nxt);
	set_ca_state(r, c, TCP_CA_CWR);
}

/* What of it may be thought lost (RFC 6675 4, NextSeg's rule 1; first entry: at least one). */
static void update_scoreboard(struct tcp_recovery *r, struct tcp_rtxq *q, bool fast_rexmit)
{
	struct sk_buff *head = tcp_rtxq_head(q);

	if (r->sack)
		tcp_rtxq_mark_head_lost(q, r->reordering);
	if (fast_rexmit && head && !q->lost_out)
		tcp_rtxq_mark_lost(q, head);
}

static void try_to_open(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			const struct tcp_loss_ack *a)
{
	enum tcp_ca_state state = TCP_CA_Open;

	if (!q->retrans_out)
		r->retrans_ts = 0;
	if (unlikely(a->ece))
		tcp_enter_cwr(r, c, a->snd_nxt);
	if (r->ca_state == TCP_CA_CWR)
		return;
	if (tcp_left_out(q) || q->retrans_out)
		state = TCP_CA_Disorder;
	if (r->ca_state != state)
		set_ca_state(r, c, state);
}

/* In Loss. Return: lost segments may be sent. */
static bool process_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			 const struct tcp_loss_ack *a)
{
	if (a->una_advanced && may_undo(r, a)) {
		undo_cwnd_reduction(r, q, c, true);
		mib_inc(a->net, TcpExtTCPLossUndo);
		if (r->sack || after(a->snd_una, r->high_seq)) {
			set_ca_state(r, c, TCP_CA_Open);
			r->retrans_ts = 0;
			return false;
		}
	}
	if (!before(a->snd_una, r->high_seq)) {
		try_undo_recovery(r, q, c, a);
		return false;
	}
	if (!r->sack) {
		if (a->una_advanced)
			q->sacked_out = 0;
		else if (after(a->snd_nxt, r->high_seq) && a->dupack)
			add_reno_sack(q);
	}
	return true;
}

/* In Recovery. Return: false when the state was left. */
static bool process_recovery(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			     const struct tcp_loss_ack *a)
{
	struct sk_buff *head = tcp_rtxq_head(q);

	if (!a->una_advanced) {
		if (!r->sack && a->dupack)
			add_reno_sack(q);
	} else {
		if (!r->sack)
			remove_reno_sacks(q, a->acked);
		if (r->undo_marker && packet_delayed(r, a)) {
			/* A partial ACK of the original: the rest is late, not lost. */
			if (q->retrans_out)
				return false;
			undo_cwnd_reduction(r, q, c, true);
			mib_inc(a->net, TcpExtTCPPartialUndo);
			try_to_open(r, q, c, a);
			return false;
		}
		/* RFC 6582 3.2 (5): the next hole follows a partial ACK. */
		if (!r->sack && head) {
			tcp_rtxq_mark_lost(q, head);
			tcp_rtxq_limit_dups(q);
		}
	}
	if (try_undo_dsack(r, q, c, a)) {
		try_to_open(r, q, c, a);
		return false;
	}
	return true;
}

/* What had been sent when the state began is acknowledged. True: nothing more to do. */
static bool state_terminated(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			     const struct tcp_loss_ack *a)
{
	ktime_t now = a->net->now;

	if (before(a->snd_una, r->high_seq))
		return false;
	switch (r->ca_state) {
	case TCP_CA_CWR:
		if (a->snd_una != r->high_seq) {
			end_cwnd_reduction(r, c, now);
			set_ca_state(r, c, TCP_CA_Open);
		}
		return false;
	case TCP_CA_Recovery:
		if (!r->sack)
			q->sacked_out = 0;
		end_cwnd_reduction(r, c, now);
		return try_undo_recovery(r, q, c, a);
	default:
		return false;
	}
}

bool tcp_fastretrans_alert(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   const struct tcp_loss_ack *a)
{
	bool fast_rexmit = false;

	if (!q->packets_out)
		q->sacked_out = 0;
	if (a->dsack_undo && r->undo_marker && r->undo_retrans > 0)
		r->undo_retrans -= (s32)min_t(u32, a->dsack_segs, (u32)r->undo_retrans);
	if (unlikely(a->ece))
		r->prior_ssthresh = 0;	/* this reduction is not to be undone */
	if (r->ca_state == TCP_CA_Open)
		r->retrans_ts = 0;
	else if (state_terminated(r, q, c, a))
		return false;
	switch (r->ca_state) {
	case TCP_CA_Recovery:
		if (!process_recovery(r, q, c, a))
			return false;
		break;
	case TCP_CA_Loss:
		return process_loss(r, q, c, a);
	default:
		if (!r->sack) {
			if (a->una_advanced)
				q->sacked_out = 0;
			else if (a->dupack)
				add_reno_sack(q);
		}
		if (r->ca_state <= TCP_CA_Disorder)
			try_undo_dsack(r, q, c, a);
		if (!q->packets_out || (!q->lost_out && q->sacked_out + 1 <= r->reordering)) {
			try_to_open(r, q, c, a);
			return false;
		}
		enter_recovery(r, q, c, a);
		fast_rexmit = true;
	}
	update_scoreboard(r, q, fast_rexmit);
	return true;
}

void tcp_cwnd_reduction(struct tcp_recovery *r, const struct tcp_rtxq *q, struct tcp_cong *c,
			u32 newly_acked_sacked, bool may_grow)
{
	u32 in_flight = tcp_packets_in_flight(q);
	s32 delta = (s32)(c->snd_ssthresh - in_flight), sndcnt;

	if (!newly_acked_sacked || !c->prior_cwnd)
		return;
	r->prr_delivered += newly_acked_sacked;
	if (delta < 0) {
		u64 dividend = (u64)c->snd_ssthresh * r->prr_delivered + c->prior_cwnd - 1;

		sndcnt = (s32)(dividend / c->prior_cwnd - r->prr_out);
	} else {
		/* Below ssthresh: as much as was delivered, one more when things go well. */
		sndcnt = max((s32)(r->prr_delivered - r->prr_out), (s32)newly_acked_sacked);
		if (may_grow)
			sndcnt++;
		sndcnt = min(delta, sndcnt);
	}
	/* The first retransmission goes out at once. */
	sndcnt = max(sndcnt, r->prr_out ? 0 : 1);
	c->snd_cwnd = in_flight + (u32)sndcnt;
}

void tcp_enter_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		    u32 snd_una, u32 snd_nxt, u32 retransmits, u16 reordering)
{
	struct sk_buff *head = tcp_rtxq_head(q);
	/* RFC 2018 8: the head cannot have been SACKed unless the peer took it back. */
	bool reneged = r->sack && head && TCP_SKB_CB(head)->sacked & TCPCB_SACKED_ACKED;

	if (!r->sack)
		q->sacked_out = 0;
	tcp_rtxq_mark_all_lost(q, reneged);
	if (r->ca_state <= TCP_CA_Disorder || !after(r->high_seq, snd_una) ||
	    (r->ca_state == TCP_CA_Loss && !retransmits)) {
		r->prior_ssthresh = current_ssthresh(r, c);
		c->prior_cwnd = c->snd_cwnd;
		c->snd_ssthresh = tcp_cong_ssthresh(c);
		tcp_cong_event(c, CA_EVENT_LOSS, 0, 0);
		init_undo(r, q, snd_una);
	}
	c->snd_cwnd = tcp_packets_in_flight(q) + 1;
	c->snd_cwnd_cnt = 0;
	/* Timeouts with few SACKs: what was learned of reordering may be wrong. */
	if (r->ca_state <= TCP_CA_Disorder && q->sacked_out >= reordering)
		r->reordering = min(r->reordering, reordering);
	set_ca_state(r, c, TCP_CA_Loss);
	r->high_seq = snd_nxt;
	queue_cwr(r);
}

bool tcp_simple_retransmit(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   u32 snd_nxt, u32 mss)
{
	if (!tcp_rtxq_mark_longer_lost(q, mss))
		return false;
	if (!r->sack)
		q->sacked_out = min(q->sacked_out,
				    q->packets_out - min(q->lost_out, q->packets_out));
	/* The window stays as it is: ssthresh is what it is now. */
	if (r->ca_state != TCP_CA_Loss) {
		r->high_seq = snd_nxt;
		c->snd_ssthresh = current_ssthresh(r, c);
		r->prior_ssthresh = 0;
		r->undo_marker = 0;
		set_ca_state(r, c, TCP_CA_Loss);
	}
	return true;
}

void tcp_recovery_retransmitted(struct tcp_recovery *r, u32 pcount, u32 ts_now)
{
	if (!r->retrans_ts)
		r->retrans_ts = ts_now ? ts_now : 1;
	r->undo_retrans = max(r->undo_retrans, 0) + (s32)pcount;
	if (tcp_in_cwnd_reduction(r))
		r->prr_out += pcount;
}

void tcp_check_sack_reordering(struct tcp_recovery *r, u32 low_seq, u32 fack, u32 mss)
{
	u32 metric = fack - low_seq;

	if (!before(low_seq, fack) || !mss)
		return;
	r->reord_seen = true;
	if (metric > r->reordering * mss)
		r->reordering = (u16)min_t(u32, (metric + mss - 1) / mss, TCP_MAX_REORDERING);
}
