/* SPDX-License-Identifier: MIT */
/*
 * Acknowledgements: what left the queue, what was lost, how long it took, how large the windows
 * are now. Each question has its mechanism; this file asks them in order and acts on the answers.
 */
#include "base/trace.h"
#include "link/neigh.h"
#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_ack_plain.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_loss.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_sack.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_tlp.h"
#include "transport/tcp/tcp_txstamp.h"
#include "transport/tcp/tcp_user.h"

/* What is known of the ACK that is being processed. */
struct ack_ctx {
	const struct sk_buff *skb;
	const struct tcp_options_received *opt;
	u32 ack, ack_seq;
	u32 prior_snd_una, prior_in_flight;
	u32 prior_fack;			/* where the highest SACKed one ended */
	u32 delivered;			/* packets, newly ACKed or SACKed */
	s64 rtt_us;			/* of the newest packet ACKed or SACKed; -1 */
	int flag;
	bool no_dupack;			/* it may not count as a duplicate */
	const struct tcp_sack_result *sack;
	const struct tcp_rtxq_acked *acked;	/* of clean_rtx_queue(): what the queue lost */
};

static const struct tcp_sack_result no_sack = { .first_tstamp = -1, .last_tstamp = -1 };
static const struct tcp_rtxq_acked none_acked = { .first_tstamp = -1, .last_tstamp = -1 };

/* ---- the peer's window ---- */

static bool may_update_window(const struct tcp_sock *tp, u32 ack, u32 ack_seq, u32 nwin)
{
	return after(ack, tp->snd_una) || after(ack_seq, tp->snd_wl1) ||
	       (ack_seq == tp->snd_wl1 && (nwin > tp->snd_wnd || !nwin));
}

static int ack_update_window(struct sock *sk, const struct sk_buff *skb, u32 ack, u32 ack_seq)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 nwin = be16_to_cpu(tcp_hdr(skb)->window);

	if (!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		nwin <<= tp->snd_wscale;
	if (!may_update_window(tp, ack, ack_seq, nwin))
		return 0;
	tp->snd_wl1 = ack_seq;
	if (tp->snd_wnd == nwin)
		return FLAG_WIN_UPDATE;
	tp->snd_wnd = nwin;
	tp->pred_flags = 0;
	tcp_fast_path_check(tp);
	if (tcp_send_head(sk))
		tcp_slow_start_after_idle_check(sk);
	if (nwin > tp->max_window) {
		tp->max_window = nwin;
		tcp_sync_mss(tp, tp->pmtu_cookie);
	}
	return FLAG_WIN_UPDATE;
}

/* Probing a closed window: is it open enough for what waits? */
static void ack_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *head = tcp_send_head(sk);

	if (!head)
		return;
	if (!after(TCP_SKB_CB(head)->end_seq, tcp_wnd_end(tp))) {
		tp->tm.backoff = 0;
		tp->tm.probes_ms = 0;
		tcp_clear_xmit_timer(sk);
		/* Data follows; the push arms the timer it needs. */
	} else {
		u32 us = tcp_probe0_when(tp);

		tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0,
				     tcp_clamp_probe0_to_user_timeout(tp, us));
	}
}

/* ---- RTT ---- */

s64 tcp_tsecr_rtt_us(const struct tcp_sock *tp, const struct tcp_options_received *opt)
{
	u32 delta;

	if (!opt->saw_tstamp || !opt->ts_ecr)
		return -1;
	delta = tcp_ts_clock(tcp_net(tp)) - opt->ts_ecr;
	return delta < INT32_MAX / 1000 ? (s64)max(delta, 1u) * 1000 : -1;
}

/* Return: there was a sample. */
static bool ack_update_rtt(struct sock *sk, struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	s64 seq_rtt = -1, newest = -1;

	if (c->acked->last_tstamp >= 0) {
		s64 last = since_us(net, c->acked->last_tstamp);

		if (tcp_is_sack(tp) || sk->c.state == TCP_SYN_SENT)
			tcp_rack_advance(&tp->rec.rack, c->acked->last_end_seq,
					 c->acked->last_tstamp, last);
		/* Karn: nothing from what was sent more than once. */
		if (!c->acked->retrans) {
			newest = seq_rtt = last;
			if (c->acked->first_tstamp != c->acked->last_tstamp)
				seq_rtt = since_us(net, c->acked->first_tstamp);
		}
	}
	if (c->sack->first_tstamp >= 0) {
		newest = since_us(net, c->sack->last_tstamp);
		if (seq_rtt < 0)
			seq_rtt = since_us(net, c->sack->first_tstamp);
	}
	if (seq_rtt < 0 && c->flag & FLAG_ACKED)
		seq_rtt = newest = tcp_tsecr_rtt_us(tp, c->opt);
	c->rtt_us = newest;
	if (seq_rtt < 0)
		return false;
	tcp_rtt_update_min(&tp->rtt, (u32)min_t(s64, newest, TCP_RTO_MAX_US), tp->rcv_tstamp,
			   (u32)net->sysctl.tcp_min_rtt_wlen * 1000u);
	tcp_rtt_sample(&tp->rtt, (u32)min_t(s64, seq_rtt, TCP_RTO_MAX_US), tp->snd_una, tp->snd_nxt,
		       tcp_rto_min(tp));
	tp->tm.backoff = 0;
	return true;
}

/* ---- the queue ---- */

static struct tcp_rack_ack rack_ack(struct tcp_sock *tp, const struct tcp_options_received *opt)
{
	return (struct tcp_rack_ack){
		.rack = &tp->rec.rack, .now = tcp_net(tp)->now, .min_rtt_us = tcp_min_rtt(&tp->rtt),
		.tsecr = opt->ts_ecr, .has_tsecr = opt->saw_tstamp && opt->ts_ecr,
	};
}

/* RFC 2883. What was reported more often than sent again is not believed. */
static void count_dsack(struct sock *sk, struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	const struct tcp_sack_result *res = c->sack;

	if (res->dsack_ofo)
		mib_inc(net, TcpExtTCPDSACKOfoRecv);
	else
		mib_inc(net, TcpExtTCPDSACKRecv);
	tp->dsack_dups += res->dsack_dups;
	mib_add(net, TcpExtTCPDSACKIgnoredOld, res->dsack_old);
	mib_add(net, TcpExtTCPDSACKIgnoredNoUndo, res->dsack_no_undo);
	if (!res->dsack_segs) {
		mib_inc(net, TcpExtTCPDSACKIgnoredDubious);
		return;
	}
	mib_add(net, TcpExtTCPDSACKRecvSegs, res->dsack_segs);
	c->flag |= FLAG_DSACKING_ACK | (res->dsack_tlp ? FLAG_DSACK_TLP : 0);
	c->delivered += res->dsack_segs;
	/* A probe's duplicate does not tell that RACK was hasty, nor one without reordering. */
	if (tp->rec.reord_seen && !res->dsack_tlp)
		tp->rec.rack.dsack_seen = 1;
}

static void check_reordering(struct sock *sk, u32 low_seq)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_check_sack_reordering(&tp->rec, sock_net(sk), low_seq,
				      tcp_rtxq_fack(&tp->rtxq, tp->snd_una), tp->mss_cache))
		mib_inc(sock_net(sk), TcpExtTCPSACKReorder);
}

/* res is for c to refer to, as long as it is used. */
static __noinline void sacktag(struct sock *sk, struct ack_ctx *c, struct tcp_sack_result *res)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct tcp_rack_ack rack = rack_ack(tp, c->opt);
	struct tcp_sack_in in = {
		.blocks = c->opt->sacks, .num = c->opt->num_sacks, .ack = c->ack,
		.prior_snd_una = c->prior_snd_una, .snd_nxt = tp->snd_nxt,
		.max_window = tp->max_window, .undo_marker = tp->rec.undo_marker,
		.tlp_high_seq = tp->rec.tlp_high_seq, .mss = tp->mss_cache,
		.dsacks_left = tp->total_retrans -
			       min(tp->dsack_dups, tp->total_retrans),
		.cuts_max = tcp_cuts_left(tp), .rack = &rack,
	};

	*res = no_sack;
	c->sack = res;
	tcp_sacktag_write_queue(&tp->rtxq, &in, tp->rec.high_seq, res);
	tcp_wmem_charge(tp, res->cuts * (u32)sizeof(struct sk_buff));
	tcp_wmem_uncharge(tp, res->shifted * (u32)sizeof(struct sk_buff));
	mib_add(net, TcpExtTCPSACKDiscard, res->discarded);
	mib_add(net, TcpExtTCPWqueueTooBig, res->uncut);
	if (unlikely(res->has_dsack))
		count_dsack(sk, c);
	if (res->newly_sacked)
		c->flag |= FLAG_DATA_SACKED;
	if (res->orig_before_high)
		c->flag |= FLAG_ORIG_SACK_ACKED;
	if (res->has_reord && (tp->rec.ca_state != TCP_CA_Loss || tp->rec.undo_marker))
		check_reordering(sk, res->reord);
	c->delivered += res->newly_sacked;
}

/* a is for c to refer to, as long as it is used. */
static void clean_rtx_queue(struct sock *sk, struct ack_ctx *c, struct tcp_rtxq_acked *a)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_rtxq_ack_in in = {
		.snd_una = tp->snd_una, .high_seq = tp->rec.high_seq, .sack = tcp_is_sack(tp),
	};
	struct tcp_rack_ack rack;

	if (unlikely(tp->cold) && sk->txstamp)
		tcp_tx_acked(sk, tp->snd_una);
	if (unlikely(tp->total_retrans) && in.sack) {
		rack = rack_ack(tp, c->opt);
		in.rack = &rack;
	}
	tcp_rtxq_ack(&tp->rtxq, &in, a);
	c->acked = a;
	tcp_wmem_uncharge(tp, a->freed + a->freed_segs * (u32)sizeof(struct sk_buff));
	if (!a->pkts)
		return;
	c->flag |= (a->data ? FLAG_DATA_ACKED : 0) | (a->syn ? FLAG_SYN_ACKED : 0) |
		   (a->retrans ? FLAG_RETRANS_DATA_ACKED : 0) |
		   (a->orig_before_high ? FLAG_ORIG_SACK_ACKED : 0);
	if (tcp_is_sack(tp)) {
		c->delivered += a->delivered;
		/* Acknowledged without having been sent again, after higher ones were SACKed: by
		 * earlier ACKs, since what one ACK tells may have come in order. */
		if (before(a->reord, c->prior_fack) && a->first_tstamp >= 0)
			check_reordering(sk, a->reord);
	} else {
		c->delivered += tcp_remove_reno_sacks(&tp->rec, &tp->rtxq, sock_net(sk), a->pkts);
		/* Without SACK nothing tells which of them were sent again. */
		if (a->retrans)
			c->flag &= ~FLAG_ORIG_SACK_ACKED;
	}
	tp->retrans_stamp = 0;
	/* As Linux: an acknowledged SYN forgets when it was sent again. */
	if (unlikely(a->syn))
		tp->rec.retrans_ts = 0;
	if (unlikely(tp->cold))
		tcp_mtup_acked(sk);
	if (tp->cold && tp->cold->urg_mode && !before(tp->snd_una, tp->cold->snd_up))
		tp->cold->urg_mode = false;
	if (!tp->rtxq.packets_out)
		all_acked(tp);
}

/* ---- congestion ---- */

static bool ack_is_dubious(const struct tcp_sock *tp, int flag)
{
	return !(flag & FLAG_NOT_DUP) || flag & FLAG_CA_ALERT || tp->rec.ca_state != TCP_CA_Open;
}

void tcp_trace_ca_state(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	trace_net(sock_net(sk), tcp_fastretrans_alert,
		  TRACE_STR(tcp_ca_state_name(tp->rec.ca_state)), tp->cong.snd_cwnd,
		  tp->cong.snd_ssthresh, tp->rtxq.sacked_out, tp->rtxq.lost_out);
}

void tcp_trace_lost(const struct sock *sk, u32 packets)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool rack = sock_net(sk)->sysctl.tcp_recovery & TCP_RACK_LOSS_DETECTION;

	if (packets)
		trace_net(sock_net(sk), tcp_mark_skb_lost, packets,
			  TRACE_STR(!tp->rec.sack ? "duplicate ACKs" : rack ? "RACK" : "SACKs"),
			  tp->rtxq.lost_out, tp->rtxq.retrans_out,
			  (u64)tp->rec.rack.rtt_us * 1000u);
}

/* Apart, as sacktag(): an ACK as awaited needs neither their room nor their registers. */
static __noinline enum tcp_rexmit fastretrans_alert(struct sock *sk, struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_loss_ack a = tcp_loss_now(tp);
	struct tcp_loss_todo todo;
	u8 before_state = tp->rec.ca_state;
	u32 lost = tp->rtxq.lost;
	enum tcp_rexmit rexmit;

	a.prior_snd_una = c->prior_snd_una;
	a.tsecr = c->opt->ts_ecr;
	a.has_tsecr = c->opt->saw_tstamp && c->opt->ts_ecr;
	a.una_advanced = c->flag & FLAG_SND_UNA_ADVANCED;
	a.ece = c->flag & FLAG_ECE;
	a.dupack = !c->no_dupack && !(c->flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP |
					     FLAG_DSACKING_ACK));
	a.sacked = c->flag & FLAG_DATA_SACKED;
	a.orig_acked = c->flag & FLAG_ORIG_SACK_ACKED;
	a.reneging = c->acked->reneged;
	a.may_send_new = tcp_send_head(sk) && after(tcp_wnd_end(tp), tp->snd_nxt);
	a.dsack_undo = c->sack->dsack_undo;
	a.probe = unlikely(tp->cold) && tcp_mtup_is_probe(tp);
	rexmit = tcp_fastretrans_alert(&tp->rec, &tp->rtxq, &tp->cong, &a, &todo);
	if (tcp_loss_do(sk, &todo))
		c->flag |= FLAG_LOSS_TIMER;
	c->delivered += todo.delivered;
	if (unlikely(todo.probe_lost))
		tcp_mtup_failed(sk);
	if (unlikely(tp->rto_stamp) && tp->rec.ca_state != TCP_CA_Loss) {
		tp->total_rto_ms += tcp_ms(sock_net(sk)) - tp->rto_stamp;
		tp->rto_stamp = 0;
	}
	if (unlikely(sock_net(sk)->trace)) {
		tcp_trace_lost(sk, tp->rtxq.lost - lost);
		if (tp->rec.ca_state != before_state)
			tcp_trace_ca_state(sk);
	}
	return rexmit;
}

/* One packet alone, shorter than others: the peer may have held back its ACK. */
static bool ack_may_be_delayed(const struct tcp_sock *tp, const struct ack_ctx *c)
{
	return c->acked->pkts == 1 && !tp->rtxq.sacked_out &&
	       tp->snd_una - c->prior_snd_una < tp->mss_cache && c->delivered == 1 &&
	       !(c->flag & (FLAG_CA_ALERT | FLAG_SYN_ACKED));
}

static void count_delivered(struct sock *sk, const struct ack_ctx *c)
{
	mib_add(sock_net(sk), TcpExtTCPDelivered, c->delivered);
	if (likely(!(c->flag & FLAG_ECE)) || !tcp_ecn_mode_rfc3168(tcp_sk(sk)))
		return;
	tcp_sk(sk)->delivered_ce += c->delivered;
	mib_add(sock_net(sk), TcpExtTCPDeliveredCE, c->delivered);
}

/* A congestion control that models the path gets all that the ACK tells of it. */
static void model_control(struct sock *sk, const struct ack_ctx *c, u32 losses)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_rate_sample rs = {
		.net = sock_net(sk), .now = sock_net(sk)->now, .delivered = -1, .interval_us = -1,
		.losses = losses, .acked_sacked = c->delivered,
		.prior_in_flight = c->prior_in_flight,
		.in_flight = tcp_packets_in_flight(&tp->rtxq), .packets_out = tp->rtxq.packets_out,
		.rtt_us = c->rtt_us, .srtt_us = tp->rtt.srtt_us,
		.min_rtt_us = tcp_min_rtt(&tp->rtt), .mss = tp->mss_cache,
		.ca_state = tp->rec.ca_state, .ack_delayed = ack_may_be_delayed(tp, c),
	};

	if (c->delivered)
		tcp_rate_gen(&tp->cong.rate, &tp->rtxq.newest, c->delivered, rs.now,
			     rs.min_rtt_us, &rs);
	count_delivered(sk, c);
	tp->cong.ops->cong_control(&tp->cong, &rs);
}

/* The packets that it delivered, and how fast the path is, as far as they tell. */
static void update_rate(struct sock *sk, const struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (c->delivered)
		tcp_rate_gen(&tp->cong.rate, &tp->rtxq.newest, c->delivered, sock_net(sk)->now,
			     tcp_min_rtt(&tp->rtt), NULL);
	count_delivered(sk, c);
}

static void window_control(struct sock *sk, struct ack_ctx *c, u32 prior_lost)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_cong_ack a = {
		.net = sock_net(sk), .now = sock_net(sk)->now, .acked = c->delivered,
		.rtt_us = (s32)c->rtt_us, .snd_una = tp->snd_una, .snd_nxt = tp->snd_nxt,
		.in_flight = c->prior_in_flight,
		.cwnd_limited = tcp_is_cwnd_limited(tp),
	};

	update_rate(sk, c);
	if (c->flag & FLAG_ACKED)
		tcp_cong_pkts_acked(&tp->cong, &a);
	if (tcp_in_cwnd_reduction(&tp->rec)) {
		tcp_cwnd_reduction(&tp->rec, &tp->rtxq, &tp->cong, c->delivered,
				   c->flag & FLAG_SND_UNA_ADVANCED &&
				   tp->rtxq.lost == prior_lost);
	} else if (c->flag & FLAG_DATA_ACKED ||
		   (tp->rec.reordering > sock_net(sk)->sysctl.tcp_reordering &&
		    c->flag & (FLAG_ACKED | FLAG_DATA_SACKED))) {
		tcp_cong_avoid(&tp->cong, &a);
		tp->cong.snd_cwnd_stamp = a.now;
	}
}

static void cong_control(struct sock *sk, struct ack_ctx *c, u32 prior_lost)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 losses = take_newly_lost(tp);

	if (likely(!tp->cong.pacing)) {
		window_control(sk, c, prior_lost);
	} else if (tcp_cong_models(&tp->cong)) {
		model_control(sk, c, losses);
	} else {
		window_control(sk, c, prior_lost);
		tcp_update_pacing_rate(tp);
	}
}

static __noinline __cold void trace_ack(struct sock *sk, const struct ack_ctx *c)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	trace_net(sock_net(sk), tcp_ack, c->ack - c->prior_snd_una,
		  tcp_packets_in_flight(&tp->rtxq), tp->cong.snd_cwnd, tp->cong.snd_ssthresh,
		  (u64)(c->rtt_us < 0 ? tp->rtt.srtt_us / 8 : c->rtt_us) * 1000u);
}

/* The RTO begins anew with each ACK that moves on; with a SACK only of what was sent before the
 * head, which was sent again since: else it would be put off again and again. */
static bool must_rearm(const struct tcp_sock *tp, const struct ack_ctx *c, bool sampled)
{
	const struct sk_buff *head = tcp_rtxq_head(&tp->rtxq);

	return c->flag & FLAG_ACKED ||
	       (sampled && head && c->sack->first_tstamp >= 0 &&
		c->sack->first_tstamp < head->tstamp);
}

static __noinline void accecn_process(struct sock *sk, struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 una = tp->snd_una - c->prior_snd_una, n;
	struct tcp_accecn_ack a = {
		.skb = c->skb, .opt = c->opt, .delivered = c->delivered,
		/* With SACK what is acknowledged may be known long since: in whole segments. */
		.delivered_bytes = tp->rec.ca_state == TCP_CA_Open ? una :
				   c->delivered * tp->mss_cache,
		.progress = c->flag & (FLAG_ACKED | FLAG_DATA_SACKED),
		.slow = c->flag & FLAG_SLOWPATH, .syn = c->flag & FLAG_SYN_ACKED,
	};

	n = tcp_accecn_process(sk, &a);
	if (!n)
		return;
	c->flag |= FLAG_ECE;
	mib_add(sock_net(sk), TcpExtTCPDeliveredCE, n);
}

/* A connection with ECN: what the ACK says of marks. */
static __noinline void ecn_process(struct sock *sk, struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 marked = tp->delivered_ce;
	struct tcp_cong_ecn e = { .snd_una = tp->snd_una, .snd_nxt = tp->snd_nxt };

	if (tcp_ecn_mode_accecn(tp))
		accecn_process(sk, c);
	if (!tp->cong.ops->in_ack || c->flag & FLAG_SYN_ACKED)
		return;
	tcp_cong_begin(&sock_net(sk)->tcp->cong, &tp->cong, sock_net(sk)->now);
	if (!tp->cong.priv)
		return;
	e.newly = c->delivered;
	e.newly_ce = c->flag & FLAG_ECE && tcp_ecn_mode_rfc3168(tp) ? c->delivered :
		     tp->delivered_ce - marked;
	e.delivered = tp->cong.rate.now.delivered + e.newly;
	e.delivered_ce = marked + e.newly_ce;
	tp->cong.ops->in_ack(&tp->cong, &e);
}

/* What is in flight was acknowledged, SACKed, or asked for again. */
static void ack_queue(struct sock *sk, struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);
	enum tcp_rexmit rexmit = REXMIT_NONE;
	u32 prior_lost = tp->rtxq.lost;
	struct tcp_rtxq_acked acked;
	bool dubious, rearm;

	clean_rtx_queue(sk, c, &acked);
	rearm = must_rearm(tp, c, ack_update_rtt(sk, c));
	if (unlikely(tcp_rack_may_update_reo_wnd(&tp->rec.rack)) &&
	    c->flag & (FLAG_ACKED | FLAG_DATA_SACKED))
		tcp_rack_update_reo_wnd(&tp->rec.rack, sock_net(sk)->now,
					sock_net(sk)->sysctl.tcp_recovery);
	if (unlikely(tp->ecn_flags))
		ecn_process(sk, c);
	if (unlikely(tp->rec.tlp_high_seq))
		tcp_process_tlp_ack(sk, c->ack, c->flag);
	dubious = ack_is_dubious(tp, c->flag);
	if (unlikely(!tp->cong.priv) &&
	    (dubious || c->flag & (FLAG_DATA_ACKED | FLAG_DATA_SACKED)))
		tcp_cong_begin(&sock_net(sk)->tcp->cong, &tp->cong, sock_net(sk)->now);
	if (dubious)
		rexmit = fastretrans_alert(sk, c);
	if (unlikely(tp->rtxq.sacked_out) && !tcp_is_sack(tp))
		tcp_rtxq_limit_dups(&tp->rtxq);		/* an undo leaves some behind */
	if (rearm && !(c->flag & FLAG_LOSS_TIMER))
		tcp_set_xmit_timer(sk);
	cong_control(sk, c, prior_lost);
	if (c->flag & (FLAG_ACKED | FLAG_DATA_SACKED))
		confirm_neighbour(sk);
	if (rexmit)
		tcp_xmit_recovery(sk, rexmit);
}

static enum skb_drop_reason old_ack(struct sock *sk, struct ack_ctx *c)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 window = min_t(u64, tp->max_window, tp->bytes_acked);

	/* RFC 5961 5.2: so old that it cannot be late: a guess. */
	if (before(c->ack, c->prior_snd_una - window)) {
		if (!(c->flag & FLAG_NO_CHALLENGE_ACK))
			tcp_send_challenge_ack(sk);
		return SKB_DROP_REASON_TCP_TOO_OLD_ACK;
	}
	/* Late, but its SACKs may still tell something. */
	if (c->opt->num_sacks && tcp_is_sack(tp) && tp->rtxq.packets_out) {
		struct tcp_sack_result sack;
		enum tcp_rexmit rexmit;

		c->no_dupack = true;
		sacktag(sk, c, &sack);
		if (tcp_ecn_mode_accecn(tp))
			accecn_process(sk, c);
		rexmit = fastretrans_alert(sk, c);
		update_rate(sk, c);
		tcp_xmit_recovery(sk, rexmit);
	}
	return SKB_CONSUMED;
}

/* ---- most ACKs: tcp_ack_plain.h ---- */

__noinline void tcp_confirm_hop(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct neighbour *n;

	if (!sk->dst)
		return;
	tp->confirm_ms = tp->rcv_tstamp;
	n = tcp_af(&sk->c)->next_hop(sk);
	if (n)
		neigh_confirm(n);
}

enum skb_drop_reason tcp_ack_predicted(struct sock *sk, const struct sk_buff *skb,
				       const struct tcp_options_received *opt, int flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 ack = TCP_SKB_CB(skb)->ack_seq;
	struct sk_buff *acked = tcp_only_acked(sk, ack, 0);

	if (unlikely(!acked || TCP_SKB_CB(acked)->tcp_flags & TCPHDR_SYN || !tp->cong.priv))
		return tcp_ack(sk, skb, opt, flag);
	tp->tm.retransmits = 0;
	tp->tm.probes_out = 0;
	tp->snd_wl1 = TCP_SKB_CB(skb)->seq;
	snd_una_update(tp, ack);
	mib_inc(sock_net(sk), TcpExtTCPHPAcks);
	sk->err_soft = 0;
	tp->rcv_tstamp = tcp_ms(sock_net(sk));
	tcp_ack_only(sk, acked, false);
	return SKB_CONSUMED;
}

static __always_inline void ack_nothing(struct sock *sk, const struct sk_buff *skb,
					const struct tcp_options_received *opt, int flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 seq = TCP_SKB_CB(skb)->seq;

	if (flag & FLAG_UPDATE_TS_RECENT && opt->saw_tstamp && !after(seq, tp->rwin.rcv_wup))
		tcp_store_ts_recent(tp, opt->ts_val);
	if (seq == TCP_SKB_CB(skb)->end_seq)
		mib_inc(sock_net(sk), TcpExtTCPPureAcks);
	ack_update_window(sk, skb, tp->snd_una, seq);
	sk->err_soft = 0;
	tp->tm.probes_out = 0;
	tp->rcv_tstamp = tcp_ms(sock_net(sk));
}

static __always_inline void ack_in_flight(struct sock *sk, struct ack_ctx *c)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *acked = tcp_only_acked(sk, c->ack, (u32)(c->flag & FLAG_CA_ALERT) |
							   (c->sack != &no_sack));

	/* What models the path begins with the first ACK of data, and wants to know of it. */
	if (likely(acked && !tp->cong.ops->cong_control &&
		   tp->rec.reordering <= sock_net(sk)->sysctl.tcp_reordering))
		tcp_ack_only(sk, acked, TCP_SKB_CB(acked)->tcp_flags & TCPHDR_SYN);
	else
		ack_queue(sk, c);
}

static enum skb_drop_reason ack_any(struct sock *sk, const struct sk_buff *skb,
				    const struct tcp_options_received *opt, int flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct tcp_sack_result sack;
	struct ack_ctx c = {
		.skb = skb, .opt = opt,
		.ack = TCP_SKB_CB(skb)->ack_seq, .ack_seq = TCP_SKB_CB(skb)->seq,
		.prior_snd_una = tp->snd_una, .prior_in_flight = tcp_packets_in_flight(&tp->rtxq),
		.prior_fack = tcp_rtxq_fack(&tp->rtxq, tp->snd_una),
		.rtt_us = -1, .flag = flag, .sack = &no_sack, .acked = &none_acked,
	};

	if (before(c.ack, tp->snd_una))
		return old_ack(sk, &c);
	/* RFC 9293 3.10.7.4: of what was never sent. */
	if (after(c.ack, tp->snd_nxt)) {
		if (!(flag & FLAG_NO_CHALLENGE_ACK))
			tcp_send_challenge_ack(sk);
		return SKB_DROP_REASON_TCP_ACK_UNSENT_DATA;
	}
	if (after(c.ack, tp->snd_una)) {
		c.flag |= FLAG_SND_UNA_ADVANCED;
		tp->tm.retransmits = 0;
	}
	if (flag & FLAG_UPDATE_TS_RECENT && opt->saw_tstamp &&
	    !after(TCP_SKB_CB(skb)->seq, tp->rwin.rcv_wup))
		tcp_store_ts_recent(tp, opt->ts_val);
	if ((c.flag & (FLAG_SLOWPATH | FLAG_SND_UNA_ADVANCED)) == FLAG_SND_UNA_ADVANCED) {
		/* Predicted: the window is what it was. */
		tp->snd_wl1 = c.ack_seq;
		snd_una_update(tp, c.ack);
		c.flag |= FLAG_WIN_UPDATE;
		mib_inc(net, TcpExtTCPHPAcks);
	} else {
		if (c.ack_seq != TCP_SKB_CB(skb)->end_seq)
			c.flag |= FLAG_DATA;
		else
			mib_inc(net, TcpExtTCPPureAcks);
		c.flag |= ack_update_window(sk, skb, c.ack, c.ack_seq);
		snd_una_update(tp, c.ack);
		if (opt->num_sacks && tcp_is_sack(tp))
			sacktag(sk, &c, &sack);
		if (tcp_ecn_rcv_ecn_echo(tp, skb))
			c.flag |= FLAG_ECE;
	}
	tcp_ecn_accept_cwr(sk, skb);
	sk->err_soft = 0;
	tp->tm.probes_out = 0;
	tp->rcv_tstamp = tcp_ms(net);
	if (tp->rtxq.packets_out) {
		ack_in_flight(sk, &c);
	} else {
		if (unlikely(tcp_ecn_mode_accecn(tp)))
			accecn_process(sk, &c);
		/* A late D-SACK: what was sent again had arrived. */
		if (unlikely(c.flag & FLAG_DSACKING_ACK)) {
			c.no_dupack = true;
			fastretrans_alert(sk, &c);
			update_rate(sk, &c);
		}
		ack_probe(sk);
		if (unlikely(tp->rec.tlp_high_seq))
			tcp_process_tlp_ack(sk, c.ack, c.flag);
	}
	if (unlikely(net->trace))
		trace_ack(sk, &c);
	return SKB_CONSUMED;
}

enum skb_drop_reason tcp_ack(struct sock *sk, const struct sk_buff *skb,
			     const struct tcp_options_received *opt, int flag)
{
	if (!tcp_acks_nothing(sk, skb, opt))
		return ack_any(sk, skb, opt, flag);
	ack_nothing(sk, skb, opt, flag);
	return SKB_CONSUMED;
}

/* ---- the send buffer ---- */

/* Twice what is in flight: one half travels while the other is being filled. */
void tcp_sndbuf_expand(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 per_mss = max_t(u32, tp->mss_clamp, tp->mss_cache) + MAX_HEADER +
		      sizeof(struct sk_buff);
	u32 segs = max(max_t(u32, TCP_INIT_CWND, tp->cong.snd_cwnd), tp->rec.reordering + 1u);
	u32 windows = tp->cong.ops->sndbuf_expand ? tp->cong.ops->sndbuf_expand : 2;
	u64 want = windows * per_mss * segs, most = (u64)sock_net(sk)->sysctl.tcp_wmem_max;

	if (sk->sndbuf < want)
		sk->sndbuf = (u32)max_t(u64, sk->sndbuf, min(want, most));
}

void tcp_check_space(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (likely(!sock_flag(sk, SOCK_NOSPACE)))
		return;
	if (!sock_flag(sk, SOCK_SNDBUF_LOCK) && !tcp_under_memory_pressure(sock_net(sk)) &&
	    !tcp_mem_moderate(sock_net(sk)) &&
	    tcp_packets_in_flight(&tp->rtxq) < tp->cong.snd_cwnd)
		tcp_sndbuf_expand(sk);
	if (!tcp_stream_is_writeable(sk))
		return;
	sock_reset_flag(sk, SOCK_NOSPACE);
	tcp_chrono_stop(&tp->chrono, TCP_CHRONO_SNDBUF_LIMITED, sock_net(sk)->now);
	sk->ops->write_space(sk);
}
