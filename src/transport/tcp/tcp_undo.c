/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_undo.h"

void tcp_init_undo(struct tcp_recovery *r, const struct tcp_rtxq *q, u32 snd_una)
{
	r->undo_marker = snd_una;
	r->undo_retrans = (s32)q->retrans_out + (r->tlp_high_seq && r->tlp_retrans);
	if (!r->undo_retrans)
		r->undo_retrans = -1;	/* 0 would mean: all came twice */
}

bool tcp_any_retrans_done(const struct tcp_rtxq *q)
{
	const struct sk_buff *head = tcp_rtxq_head(q);

	return q->retrans_out || (head && TCP_SKB_CB(head)->sacked & TCPCB_EVER_RETRANS);
}

/* The ACK answers a segment sent before the first retransmission (RFC 3522). */
static bool packet_delayed(const struct tcp_recovery *r, const struct tcp_loss_ack *a)
{
	/* A SYN that was sent again: tcp_try_undo_spurious_syn(). */
	if (a->syn_sent)
		return false;
	if (r->retrans_ts)
		return a->has_tsecr && before(a->tsecr, r->retrans_ts);
	/* None was sent, or hold_reno_state() has forgotten when. */
	return r->sack || before(a->snd_una, r->high_seq);
}

static bool may_undo(const struct tcp_recovery *r, const struct tcp_loss_ack *a)
{
	return r->undo_marker && (!r->undo_retrans || packet_delayed(r, a));
}

static void undo_cwnd_reduction(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
				ktime_t now, bool unmark)
{
	if (unmark)
		tcp_rtxq_unmark_lost(q);
	if (r->prior_ssthresh) {
		c->snd_cwnd = tcp_cong_undo_cwnd(c);
		/* As Linux: where nothing comes back of it, the peer is told of the reduction. */
		if (r->prior_ssthresh > c->snd_ssthresh) {
			c->snd_ssthresh = r->prior_ssthresh;
			r->cwr = min_t(u8, r->cwr, TCP_CWR_TOLD);
		}
	}
	c->snd_cwnd_stamp = now;
	r->undo_marker = 0;
	r->rack.advanced = 1;	/* it looks again at what is late */
}

/* RFC 6582 3.2: without SACK the state is held until data beyond high_seq is acknowledged, so
 * that duplicates of the recovery do not start another. */
static bool hold_reno_state(struct tcp_recovery *r, const struct tcp_rtxq *q,
			    const struct tcp_loss_ack *a)
{
	if (r->sack || a->snd_una != r->high_seq)
		return false;
	if (!tcp_any_retrans_done(q))
		r->retrans_ts = 0;
	return true;
}

bool tcp_try_undo_recovery(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   const struct tcp_loss_ack *a)
{
	if (may_undo(r, a)) {
		undo_cwnd_reduction(r, q, c, a->net->now, false);
		if (r->ca_state == TCP_CA_Loss)
			mib_inc(a->net, TcpExtTCPLossUndo);
		else
			mib_inc(a->net, TcpExtTCPFullUndo);
	} else if (r->rack.reo_wnd_persist) {
		r->rack.reo_wnd_persist--;
	}
	if (hold_reno_state(r, q, a))
		return true;
	tcp_set_ca_state(r, c, TCP_CA_Open);
	r->sack_reneg = 0;
	return false;
}

bool tcp_try_undo_partial(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			  const struct tcp_loss_ack *a)
{
	if (!r->undo_marker || !packet_delayed(r, a))
		return false;
	/* The original filled the hole: it was reordered by that much. */
	if (tcp_check_sack_reordering(r, a->net, a->prior_snd_una, tcp_rtxq_fack(q, a->snd_una),
				      a->mss))
		mib_inc(a->net, TcpExtTCPTSReorder);
	if (q->retrans_out)
		return true;
	if (!tcp_any_retrans_done(q))
		r->retrans_ts = 0;
	undo_cwnd_reduction(r, q, c, a->net->now, true);
	mib_inc(a->net, TcpExtTCPPartialUndo);
	tcp_try_keep_open(r, q, c, a->snd_nxt);
	return false;
}

bool tcp_try_undo_dsack(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			const struct tcp_loss_ack *a)
{
	if (!r->undo_marker || r->undo_retrans)
		return false;
	/* A wider reordering window may have been what was missing: it stays longer. */
	r->rack.reo_wnd_persist = (u8)min(TCP_RACK_RECOVERY_THRESH, r->rack.reo_wnd_persist + 1);
	undo_cwnd_reduction(r, q, c, a->net->now, false);
	mib_inc(a->net, TcpExtTCPDSACKUndo);
	return true;
}

bool tcp_try_undo_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		       const struct tcp_loss_ack *a, bool frto)
{
	if (!frto && !may_undo(r, a))
		return false;
	undo_cwnd_reduction(r, q, c, a->net->now, true);
	mib_inc(a->net, TcpExtTCPLossUndo);
	if (frto)
		mib_inc(a->net, TcpExtTCPSpuriousRTOs);
	if (!hold_reno_state(r, q, a) && (frto || r->sack)) {
		tcp_set_ca_state(r, c, TCP_CA_Open);
		r->sack_reneg = 0;
	}
	return true;
}
