/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_recovery.h"

#include "transport/tcp/tcp_rtt.h"
#include "transport/tcp/tcp_undo.h"

#define TCP_RENEG_DELAY_MIN_US 10000u

void tcp_recovery_init(struct tcp_recovery *r, u16 reordering)
{
	*r = (struct tcp_recovery){ .reordering = reordering, .undo_retrans = -1 };
	tcp_rack_init(&r->rack);
}

const char *tcp_ca_state_name(u8 state)
{
	static const char names[][12] = { "Open", "Disorder", "CWR", "Recovery", "Loss" };

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

void tcp_set_ca_state(struct tcp_recovery *r, struct tcp_cong *c, enum tcp_ca_state state)
{
	tcp_cong_set_state(c, state);
	r->ca_state = state;
}

/* ---- reordering ---- */

static void raise_reordering(struct tcp_recovery *r, const struct net *net, u32 packets)
{
	u32 most = (u32)net->sysctl.tcp_max_reordering;

	r->reordering = (u16)min(packets, most);
}

bool tcp_check_sack_reordering(struct tcp_recovery *r, const struct net *net, u32 low_seq, u32 fack,
			       u32 mss)
{
	u32 metric = fack - low_seq;

	if (!before(low_seq, fack))
		return false;
	if (mss && metric > r->reordering * mss)
		raise_reordering(r, net, (metric + mss - 1) / mss);
	r->reord_seen++;
	return true;
}

/* ---- duplicate ACKs stand for SACKs where there are none ---- */

/* More of them than can be: they came late, `acked` packets after what they were about. */
static void check_reno_reordering(struct tcp_recovery *r, struct tcp_rtxq *q, struct net *net,
				  u32 acked)
{
	u32 holes = min(max(q->lost_out, 1u), q->packets_out);

	if (q->sacked_out + holes <= q->packets_out)
		return;
	q->sacked_out = q->packets_out - holes;
	raise_reordering(r, net, q->packets_out + acked);
	r->reord_seen++;
	mib_inc(net, TcpExtTCPRenoReorder);
}

static void add_reno_sack(struct tcp_recovery *r, struct tcp_rtxq *q, const struct tcp_loss_ack *a,
			  struct tcp_loss_todo *todo)
{
	u32 had = q->sacked_out;

	if (!a->dupack)
		return;
	q->sacked_out++;
	check_reno_reordering(r, q, a->net, 0);
	todo->delivered += q->sacked_out > had;
}

u32 tcp_remove_reno_sacks(struct tcp_recovery *r, struct tcp_rtxq *q, struct net *net, u32 pkts)
{
	u32 delivered = pkts > q->sacked_out ? pkts - q->sacked_out : 1;

	/* One of them filled the hole; the others had sent duplicates. */
	q->sacked_out = pkts - 1 >= q->sacked_out ? 0 : q->sacked_out - (pkts - 1);
	check_reno_reordering(r, q, net, pkts);
	return delivered;
}

/* ---- what is lost ---- */

/* RFC 6582: the head, after three duplicates or a partial ACK; one packet of it. */
static void newreno_mark_lost(struct tcp_recovery *r, struct tcp_rtxq *q,
			      const struct tcp_loss_ack *a, struct tcp_loss_todo *todo)
{
	struct sk_buff *head = tcp_rtxq_head(q);
	bool first = r->ca_state < TCP_CA_Recovery && q->sacked_out >= r->reordering;
	bool partial = r->ca_state == TCP_CA_Recovery && a->una_advanced;

	if ((!first && !partial) || TCP_SKB_CB(head)->sacked & TCPCB_LOST)
		return;
	if (tcp_skb_pcount(head) > 1 && head->len > head->gso_size)
		todo->cuts += !!tcp_rtxq_cut(q, head, head->gso_size, head->gso_size);
	tcp_rtxq_mark_lost(q, head);
	tcp_rtxq_limit_dups(q);
}

/* Nothing was seen reordered, and it is time to be quick (RFC 8985 6.2 step 4). */
static bool rack_is_eager(const struct tcp_recovery *r, const struct tcp_rtxq *q,
			  const struct net *net)
{
	return !r->reord_seen &&
	       (r->ca_state >= TCP_CA_Recovery ||
		(q->sacked_out >= r->reordering &&
		 !(net->sysctl.tcp_recovery & TCP_RACK_NO_DUPTHRESH)));
}

void tcp_identify_packet_loss(struct tcp_recovery *r, struct tcp_rtxq *q,
			      const struct tcp_loss_ack *a, struct tcp_loss_todo *todo)
{
	u32 window, wait;

	if (!tcp_rtxq_head(q))
		return;
	if (!r->sack) {
		newreno_mark_lost(r, q, a, todo);
		return;
	}
	if (!(a->net->sysctl.tcp_recovery & TCP_RACK_LOSS_DETECTION)) {
		tcp_rtxq_mark_head_lost(q, r->reordering);
		return;
	}
	if (!r->rack.advanced)
		return;
	r->rack.advanced = 0;
	window = tcp_rack_reo_wnd(&r->rack, rack_is_eager(r, q, a->net), &a->path);
	wait = tcp_rack_detect_loss(&r->rack, q, window, a->net->now);
	if (wait)
		todo->reo_timeout_us = wait + TCP_TIMEOUT_MIN_US;
}

/* ---- states ---- */

static void end_cwnd_reduction(struct tcp_recovery *r, struct tcp_cong *c, ktime_t now)
{
	if (!tcp_cong_models(c) && c->snd_ssthresh < TCP_INFINITE_SSTHRESH &&
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
	r->tlp_high_seq = 0;
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

void tcp_enter_recovery(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			const struct tcp_loss_ack *a)
{
	/* The clock of Eifel starts with the first retransmission of this recovery. */
	if (!tcp_any_retrans_done(q))
		r->retrans_ts = 0;
	if (r->sack)
		mib_inc(a->net, TcpExtTCPSackRecovery);
	else
		mib_inc(a->net, TcpExtTCPRenoRecovery);
	r->prior_ssthresh = 0;
	tcp_init_undo(r, q, a->snd_una);
	if (!tcp_in_cwnd_reduction(r)) {
		r->prior_ssthresh = a->ece ? 0 : current_ssthresh(r, c);
		init_cwnd_reduction(r, c, a->snd_nxt);
	}
	tcp_set_ca_state(r, c, TCP_CA_Recovery);
}

void tcp_enter_cwr(struct tcp_recovery *r, struct tcp_cong *c, u32 snd_nxt)
{
	r->prior_ssthresh = 0;
	if (r->ca_state >= TCP_CA_CWR)
		return;
	r->undo_marker = 0;
	init_cwnd_reduction(r, c, snd_nxt);
	tcp_set_ca_state(r, c, TCP_CA_CWR);
}

void tcp_cwr_for_probe(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		       const struct tcp_loss_ack *a)
{
	init_cwnd_reduction(r, c, a->snd_nxt);
	tcp_set_ca_state(r, c, TCP_CA_CWR);
	end_cwnd_reduction(r, c, a->net->now);
	tcp_try_keep_open(r, q, c, a->snd_nxt);
}

void tcp_try_keep_open(struct tcp_recovery *r, const struct tcp_rtxq *q, struct tcp_cong *c,
		       u32 snd_nxt)
{
	enum tcp_ca_state state = TCP_CA_Open;

	if (tcp_left_out(q) || tcp_any_retrans_done(q))
		state = TCP_CA_Disorder;
	if (r->ca_state == state)
		return;
	tcp_set_ca_state(r, c, state);
	r->high_seq = snd_nxt;
}

static void try_to_open(struct tcp_recovery *r, const struct tcp_rtxq *q, struct tcp_cong *c,
			const struct tcp_loss_ack *a)
{
	if (!tcp_any_retrans_done(q))
		r->retrans_ts = 0;
	if (unlikely(a->ece))
		tcp_enter_cwr(r, c, a->snd_nxt);
	if (r->ca_state != TCP_CA_CWR)
		tcp_try_keep_open(r, q, c, a->snd_nxt);
}

/*
 * RFC 5682: the timeout was spurious when what was never sent again is acknowledged. Without SACK
 * it takes new data and its ACK to know. Return: done with this ACK; *rexmit is what to send.
 */
static bool process_frto(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			 const struct tcp_loss_ack *a, enum tcp_rexmit *rexmit)
{
	/* 2.1 step 3b, 3.1 step 3b */
	if (a->orig_acked && tcp_try_undo_loss(r, q, c, a, true))
		return true;
	if (after(a->snd_nxt, r->high_seq)) {
		/* Step 3a: of the new data only. */
		if (a->sacked || a->dupack)
			r->frto = 0;
	} else if (a->una_advanced && before(a->snd_una, r->high_seq)) {
		/* Step 2b: new data instead of what is thought lost. */
		r->high_seq = a->snd_nxt;
		if (a->may_send_new) {
			*rexmit = REXMIT_NEW;
			return true;
		}
		r->frto = 0;
	}
	return false;
}

/* In Loss. */
static enum tcp_rexmit process_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
				    const struct tcp_loss_ack *a, struct tcp_loss_todo *todo)
{
	bool recovered = !before(a->snd_una, r->high_seq);
	enum tcp_rexmit rexmit = REXMIT_NONE;

	todo->undone = a->una_advanced && tcp_try_undo_loss(r, q, c, a, false);
	if (todo->undone)
		return REXMIT_NONE;
	if (r->frto && process_frto(r, q, c, a, &rexmit)) {
		todo->undone = rexmit == REXMIT_NONE;
		return rexmit;
	}
	if (recovered) {
		tcp_try_undo_recovery(r, q, c, a);
		return REXMIT_NONE;
	}
	if (!r->sack) {
		/* A duplicate means that new data of F-RTO arrived. */
		if (after(a->snd_nxt, r->high_seq) && a->dupack)
			add_reno_sack(r, q, a, todo);
		else if (a->una_advanced)
			q->sacked_out = 0;
	}
	return REXMIT_LOST;
}

/* What had been sent when the state began is acknowledged. True: nothing more to do. */
static bool state_terminated(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			     const struct tcp_loss_ack *a)
{
	if (before(a->snd_una, r->high_seq))
		return false;
	switch (r->ca_state) {
	case TCP_CA_CWR:
		/* Held until something above it is acknowledged: by then the peer saw CWR. */
		if (a->snd_una != r->high_seq) {
			end_cwnd_reduction(r, c, a->net->now);
			tcp_set_ca_state(r, c, TCP_CA_Open);
		}
		return false;
	case TCP_CA_Recovery:
		if (!r->sack)
			q->sacked_out = 0;
		if (tcp_try_undo_recovery(r, q, c, a))
			return true;
		end_cwnd_reduction(r, c, a->net->now);
		return false;
	default:
		return false;
	}
}

/* In Recovery. */
static enum tcp_rexmit process_recovery(struct tcp_recovery *r, struct tcp_rtxq *q,
					struct tcp_cong *c, const struct tcp_loss_ack *a,
					struct tcp_loss_todo *todo)
{
	if (!a->una_advanced) {
		if (!r->sack)
			add_reno_sack(r, q, a, todo);
	} else if (tcp_try_undo_partial(r, q, c, a)) {
		return REXMIT_NONE;
	}
	if (tcp_try_undo_dsack(r, q, c, a))
		try_to_open(r, q, c, a);
	tcp_identify_packet_loss(r, q, a, todo);
	if (r->ca_state != TCP_CA_Recovery) {
		if (!q->lost_out)
			return REXMIT_NONE;
		/* One recovery was undone, and what is lost now begins another. */
		tcp_enter_recovery(r, q, c, a);
	}
	return REXMIT_LOST;
}

/* In Open, Disorder and CWR, and in Loss when a retransmission was lost. */
static enum tcp_rexmit process_other(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
				     const struct tcp_loss_ack *a, struct tcp_loss_todo *todo)
{
	if (!r->sack) {
		if (a->una_advanced)
			q->sacked_out = 0;
		add_reno_sack(r, q, a, todo);
	}
	if (r->ca_state <= TCP_CA_Disorder)
		tcp_try_undo_dsack(r, q, c, a);
	tcp_identify_packet_loss(r, q, a, todo);
	if (!q->lost_out) {
		try_to_open(r, q, c, a);
		return REXMIT_NONE;
	}
	if (unlikely(a->probe) && r->ca_state < TCP_CA_CWR) {
		todo->probe_lost = true;
		return REXMIT_NONE;
	}
	tcp_enter_recovery(r, q, c, a);
	return REXMIT_LOST;
}

/* RFC 2018 8: the head cannot have been SACKed unless the peer took it back. It gets a little time:
 * SACKs that were overtaken do not look different. */
static bool check_sack_reneging(const struct tcp_loss_ack *a, struct tcp_loss_todo *todo)
{
	if (!a->reneging || !a->una_advanced)
		return false;
	todo->reneg_us = max(a->path.srtt_us / 2, TCP_RENEG_DELAY_MIN_US);
	return true;
}

enum tcp_rexmit tcp_fastretrans_alert(struct tcp_recovery *r, struct tcp_rtxq *q,
				      struct tcp_cong *c, const struct tcp_loss_ack *a,
				      struct tcp_loss_todo *todo)
{
	u32 retrans_out = q->retrans_out;
	enum tcp_rexmit rexmit;

	*todo = (struct tcp_loss_todo){ .cuts = 0 };
	if (!q->packets_out)
		q->sacked_out = 0;
	if (a->dsack_undo && r->undo_marker && r->undo_retrans > 0)
		r->undo_retrans -= (s32)min_t(u32, a->dsack_undo, (u32)r->undo_retrans);
	if (unlikely(a->ece))
		r->prior_ssthresh = 0;	/* this reduction is not to be undone */
	if (check_sack_reneging(a, todo))
		return REXMIT_NONE;
	if (r->ca_state == TCP_CA_Open)
		r->retrans_ts = 0;
	else if (state_terminated(r, q, c, a))
		return REXMIT_NONE;
	switch (r->ca_state) {
	case TCP_CA_Recovery:
		return process_recovery(r, q, c, a, todo);
	case TCP_CA_Loss:
		rexmit = process_loss(r, q, c, a, todo);
		tcp_identify_packet_loss(r, q, a, todo);
		/* Undone; or retransmissions are lost, which is more than the timeout was for. */
		if (r->ca_state != TCP_CA_Open && q->retrans_out >= retrans_out)
			return rexmit;
		fallthrough;
	default:
		return process_other(r, q, c, a, todo);
	}
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

/* All when the peer took SACKs back or nothing is known of time; else what is due. */
static void timeout_mark_lost(struct tcp_recovery *r, struct tcp_rtxq *q,
			      const struct tcp_loss_ack *a)
{
	const struct sk_buff *head = tcp_rtxq_head(q);
	bool reneged = r->sack && head && TCP_SKB_CB(head)->sacked & TCPCB_SACKED_ACKED;
	ktime_t until = a->net->now;

	if (r->sack && a->net->sysctl.tcp_recovery & TCP_RACK_LOSS_DETECTION)
		until -= us_to_ktime(r->rack.rtt_us);
	if (reneged) {
		mib_inc(a->net, TcpExtTCPSACKReneging);
		r->sack_reneg = 1;
	} else if (!r->sack) {
		q->sacked_out = 0;
	}
	tcp_rtxq_mark_timeout_lost(q, reneged, until);
}

void tcp_enter_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		    const struct tcp_loss_ack *a, u32 retransmits)
{
	u16 reordering = (u16)a->net->sysctl.tcp_reordering;
	bool new_recovery = r->ca_state < TCP_CA_Recovery;

	timeout_mark_lost(r, q, a);
	if (r->ca_state <= TCP_CA_Disorder || !after(r->high_seq, a->snd_una) ||
	    (r->ca_state == TCP_CA_Loss && !retransmits)) {
		r->prior_ssthresh = current_ssthresh(r, c);
		c->prior_cwnd = c->snd_cwnd;
		c->snd_ssthresh = tcp_cong_ssthresh(c);
		tcp_cong_event(c, CA_EVENT_LOSS, 0, 0);
		tcp_init_undo(r, q, a->snd_una);
	}
	c->snd_cwnd = tcp_packets_in_flight(q) + 1;
	c->snd_cwnd_cnt = 0;
	c->snd_cwnd_stamp = a->net->now;
	/* Timeouts with few SACKs: what was learned of reordering may be wrong. */
	if (r->ca_state <= TCP_CA_Disorder && q->sacked_out >= reordering)
		r->reordering = min(r->reordering, reordering);
	tcp_set_ca_state(r, c, TCP_CA_Loss);
	r->high_seq = a->snd_nxt;
	r->tlp_high_seq = 0;
	queue_cwr(r);
	/* As Linux, also when a recovery went on: what was sent again is known for ever. */
	r->frto = a->net->sysctl.tcp_frto && (new_recovery || retransmits);
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
		tcp_set_ca_state(r, c, TCP_CA_Loss);
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
