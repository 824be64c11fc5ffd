/* SPDX-License-Identifier: MIT */
/*
 * All states but ESTABLISHED: RFC 9293 3.10.7 step by step, in its order. LISTEN answers SYN with
 * a request_sock (tcp_request.c); SYN-RCVD here is the full socket that a request became, or a
 * simultaneous open.
 */
#include "base/trace.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_metrics.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

/* 3.10.7.2 */
static enum skb_drop_reason rcv_listen(struct sock *sk, struct sk_buff *skb)
{
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;

	if (flags & TCPHDR_RST) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_RESET);
		return SKB_CONSUMED;
	}
	if (flags & TCPHDR_ACK)
		return SKB_DROP_REASON_TCP_FLAGS;	/* answered with RST */
	if (!(flags & TCPHDR_SYN) || flags & TCPHDR_FIN) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_FLAGS);
		return SKB_CONSUMED;
	}
	tcp_conn_request(sk, skb, 0);
	return SKB_CONSUMED;
}

/* What the SYN or SYN-ACK of the peer said. */
static void take_syn_options(struct sock *sk, const struct sk_buff *skb,
			     const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct net *net = sock_net(sk);
	u32 user = tcp_cold(tp)->user_mss, mss;

	mss = opt->mss_ok ? opt->mss : tcp_mss_default(&sk->c);
	if (user && user < mss)
		mss = user;
	tp->mss_clamp = (u16)mss;
	tp->tcp_header_len = (u16)(TCP_HLEN + tcp_auth_header_len(tp->auth, &sk->c));
	tp->tstamp_ok = opt->ts_ok && net->sysctl.tcp_timestamps;
	if (tp->tstamp_ok) {
		tp->tcp_header_len += TCPOLEN_TSTAMP_ALIGNED;
		tp->ts_recent = opt->ts_val;
		tp->ts_recent_stamp_s = tcp_now_s(net);
	}
	tp->wscale_ok = opt->wscale_ok && net->sysctl.tcp_window_scaling;
	if (tp->wscale_ok) {
		tp->snd_wscale = opt->wscale;
	} else {
		tp->snd_wscale = tp->rwin.rcv_wscale = 0;
		tp->rwin.window_clamp = min(tp->rwin.window_clamp, 65535u);
		tcp_signed_windows(net, &tp->rwin);
	}
	tp->rec.sack = opt->sack_ok && net->sysctl.tcp_sack;
	tp->irs = TCP_SKB_CB(skb)->seq;
	tp->rcv_nxt = tp->copied_seq = tp->rwin.rcv_wup = tp->irs + 1;
	tp->snd_wnd = be16_to_cpu(tcp_hdr(skb)->window);	/* never scaled in a SYN */
	tp->snd_wl1 = TCP_SKB_CB(skb)->seq;
	tp->max_window = tp->snd_wnd;
	tcp_mtup_init(tp);
	tcp_sync_mss(tp, tp->pmtu_cookie);
	tcp_initialize_rcv_mss(tp);
}

/* The answer echoes the first SYN or SYN-ACK: those that were sent again were for nothing, and the
 * initial window is as usual (RFC 5681 3.1). */
static void tcp_try_undo_spurious_syn(struct tcp_sock *tp, const struct tcp_options_received *opt)
{
	if (tp->rec.undo_marker && tp->retrans_stamp && opt->saw_tstamp &&
	    opt->ts_ecr == tp->retrans_stamp)
		tp->rec.undo_marker = 0;
}

/* What the peer sends at most, and windows reckon with, is shorter by each segment's option. */
static void take_timestamp_room(struct tcp_sock *tp)
{
	if (tp->tstamp_ok)
		tp->advmss -= TCPOLEN_TSTAMP_ALIGNED;
}

/* The SYN-ACK for our SYN. */
static void synsent_synack(struct sock *sk, struct sk_buff *skb,
			   const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool fastopen = unlikely(tp->cold) && (tp->cold->fo.syn || tp->cold->fo.syn_data);
	bool again, wait;

	tcp_ecn_rcv_synack(sk, skb, opt);
	tcp_try_undo_spurious_syn(tp, opt);
	/* Known before: without SACK a timeout's state would be held (RFC 6582 3.2). */
	tp->rec.sack = opt->sack_ok && sock_net(sk)->sysctl.tcp_sack;
	tcp_ack(sk, skb, opt, FLAG_SLOWPATH);
	take_syn_options(sk, skb, opt);
	take_timestamp_room(tp);
	tp->retrans_stamp = 0;
	tcp_finish_connect(sk);
	again = unlikely(fastopen) && tcp_rcv_fastopen_synack(sk, opt);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->state_change(sk);
	if (unlikely(again)) {
		consume_skb(skb);
		tcp_data_snd_check(sk);
		return;
	}
	/* Data that waits, or a server that speaks first: the ACK may ride on it. */
	wait = tcp_send_head(sk) || tcp_cold(tp)->defer_accept ||
	       tcp_in_pingpong_mode(tp);
	if (unlikely(fastopen))
		tcp_fastopen_add_skb(sk, skb);
	else
		consume_skb(skb);
	if (wait) {
		inet_csk_schedule_ack(tp);
		tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
		tp->ack.pending |= ICSK_ACK_TIMER;
		tcp_reset_delack_timer(sk, sock_net(sk)->now + ms_to_ktime(TCP_DELACK_MAX_MS));
	} else {
		tcp_accecn_reflect(sk, NULL, true);
		tcp_send_ack(sk);
		tcp_accecn_reflect(sk, NULL, false);
	}
	tcp_data_snd_check(sk);
}

/* A SYN crossed ours (RFC 9293 3.5, figure 7): answer with SYN-ACK. */
static void synsent_syn(struct sock *sk, struct sk_buff *skb,
			const struct tcp_options_received *opt)
{
	tcp_set_state(sk, TCP_SYN_RECV);
	take_syn_options(sk, skb, opt);
	tcp_ecn_rcv_syn(sk, skb);
	tcp_send_synack(sk);
	consume_skb(skb);
}

/* 3.10.7.3 */
static enum skb_drop_reason rcv_synsent(struct sock *sk, struct sk_buff *skb,
					struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool ack = cb->tcp_flags & TCPHDR_ACK;

	/* First: the ACK. */
	if (ack && (!after(cb->ack_seq, tp->snd_una) || after(cb->ack_seq, tp->snd_nxt))) {
		/* As Linux: the RST below ends the old incarnation that answers so; ask again. */
		if (!tp->tm.retransmits)
			tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, TCP_TIMEOUT_MIN_US);
		return SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE;
	}
	if (ack && opt->saw_tstamp && opt->ts_ecr &&
	    !between(opt->ts_ecr, tp->retrans_stamp, tcp_ts_clock(sock_net(sk)))) {
		mib_inc(sock_net(sk), TcpExtPAWSActive);
		return SKB_DROP_REASON_TCP_RFC7323_PAWS;
	}
	/* Second: RST. */
	if (cb->tcp_flags & TCPHDR_RST) {
		if (ack)
			tcp_reset(sk);
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_RESET);
		return SKB_CONSUMED;
	}
	/* Fourth: SYN. Fifth: neither. */
	if (!(cb->tcp_flags & TCPHDR_SYN)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_FLAGS);
		return SKB_CONSUMED;
	}
	if (ack)
		synsent_synack(sk, skb, opt);
	else if (unlikely(tp->ts_recent_stamp_s) && opt->saw_tstamp &&
		 tcp_paws_reject(tp->ts_recent, tp->ts_recent_stamp_s, opt->ts_val,
				 tcp_now_s(sock_net(sk)), false))
		/* What TIME-WAIT left to us says that it is old. */
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_RFC7323_PAWS);
	else
		synsent_syn(sk, skb, opt);
	return SKB_CONSUMED;
}

/* The ACK of a SYN-ACK, when it is unknown when that was sent: a cookie, or it was sent again. What
 * it echoes tells. */
static void synack_rtt_by_echo(struct sock *sk, const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	s64 rtt = tp->rtt.srtt_us ? -1 : tcp_tsecr_rtt_us(tp, opt);
	u32 us = (u32)min_t(s64, rtt, TCP_RTO_MAX_US);

	if (rtt < 0)
		return;
	tcp_rtt_update_min(&tp->rtt, us, tcp_ms(sock_net(sk)),
			   (u32)sock_net(sk)->sysctl.tcp_min_rtt_wlen * 1000u);
	tcp_rtt_sample(&tp->rtt, us, tp->snd_una, tp->snd_nxt, tcp_rto_min(tp));
}

/* SYN-RCVD: our SYN is acknowledged. */
static void synrecv_established(struct sock *sk, const struct sk_buff *skb,
				const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->cong.rate.now.delivered++;
	tp->snd_una = TCP_SKB_CB(skb)->ack_seq;
	tp->snd_wnd = (u32)be16_to_cpu(tcp_hdr(skb)->window) << tp->snd_wscale;
	tp->snd_wl1 = TCP_SKB_CB(skb)->seq;
	tp->max_window = max(tp->max_window, tp->snd_wnd);
	take_timestamp_room(tp);
	if (tp->fastopen_rsk) {
		tcp_fastopen_synack_acked(sk, opt);
		tcp_set_state(sk, TCP_ESTABLISHED);
		tp->lsndtime = tcp_ms(sock_net(sk));
	} else {
		tcp_try_undo_spurious_syn(tp, opt);
		tp->retrans_stamp = 0;
		tcp_set_state(sk, TCP_ESTABLISHED);
		tcp_init_transfer(sk);
	}
	synack_rtt_by_echo(sk, opt);
	tcp_mtup_init(tp);
	tcp_initialize_rcv_mss(tp);
	if (sock_flag(sk, SOCK_KEEPOPEN))
		tcp_reset_keepalive_timer(sk, keepalive_time_ms(tp));
	tcp_fast_path_on(tp);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->state_change(sk);
	if (sk->shutdown & SEND_SHUTDOWN && tcp_state_in(sk, TCPF(ESTABLISHED))) {
		tcp_set_state(sk, TCP_FIN_WAIT1);
		tcp_send_fin(sk);
	}
}

/* Our FIN is acknowledged. Return: not 0 when data came for a user who is gone: RST. */
static enum skb_drop_reason finwait1_acked(struct sock *sk, const struct sk_buff *skb, bool *done)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool fin = cb->tcp_flags & TCPHDR_FIN;
	u32 ms;

	tcp_set_state(sk, TCP_FIN_WAIT2);
	sk->shutdown |= SEND_SHUTDOWN;
	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->ops->state_change(sk);
		return SKB_CONSUMED;
	}
	if (tcp_cold(tp)->linger2_s < 0) {
		tcp_done(sk);
		mib_inc(sock_net(sk), TcpExtTCPAbortOnData);
		return SKB_DROP_REASON_TCP_ABORT_ON_DATA;
	}
	if (cb->end_seq != cb->seq && after(cb->end_seq - fin, tp->rcv_nxt)) {
		tcp_done(sk);
		mib_inc(sock_net(sk), TcpExtTCPAbortOnData);
		return SKB_DROP_REASON_TCP_ABORT_ON_DATA;
	}
	ms = tcp_fin_time(tp);
	if (ms > TCP_TIMEWAIT_LEN_MS) {
		tcp_reset_keepalive_timer(sk, ms - TCP_TIMEWAIT_LEN_MS);
	} else if (fin) {
		/* Its FIN is in this segment: TIME-WAIT follows at once. */
		tcp_reset_keepalive_timer(sk, ms);
	} else {
		tcp_time_wait(sk, TCP_FIN_WAIT2, ms);
		*done = true;
	}
	return SKB_CONSUMED;
}

/* What an acknowledgement means to the state. *done: the segment needs no more. */
static enum skb_drop_reason ack_by_state(struct sock *sk, const struct sk_buff *skb,
					 const struct tcp_options_received *opt, bool *done)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool all = tp->snd_una == tp->write_seq;	/* with the FIN, where there is one */

	switch (sk->c.state) {
	case TCP_SYN_RECV:
		synrecv_established(sk, skb, opt);
		break;
	case TCP_FIN_WAIT1:
		if (tp->fastopen_rsk)
			tcp_fastopen_synack_acked(sk, opt);
		if (all && !tp->fin_unsent)
			return finwait1_acked(sk, skb, done);
		break;
	case TCP_CLOSING:
		if (all) {
			tcp_time_wait(sk, TCP_TIME_WAIT, 0);
			*done = true;
		}
		break;
	case TCP_LAST_ACK:
		if (all && !tp->fin_unsent) {
			tcp_update_metrics(sk);
			tcp_done(sk);
			*done = true;
		}
		break;
	}
	return SKB_CONSUMED;
}

/* Seventh and eighth. Return: not 0: RST. */
static enum skb_drop_reason text_by_state(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool fin = cb->tcp_flags & TCPHDR_FIN;

	switch (sk->c.state) {
	case TCP_CLOSE_WAIT:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		/* After its FIN the peer has nothing to say; only old data is acknowledged. */
		if (!before(cb->seq, tp->rcv_nxt)) {
			consume_skb(skb);
			break;
		}
		fallthrough;
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
		/* RFC 1122 4.2.2.13: data for a user who closed is answered with RST. */
		if (sk->shutdown & RCV_SHUTDOWN && cb->end_seq != cb->seq &&
		    after(cb->end_seq - fin, tp->rcv_nxt)) {
			mib_inc(sock_net(sk), TcpExtTCPAbortOnData);
			tcp_reset(sk);
			return SKB_DROP_REASON_TCP_ABORT_ON_DATA;
		}
		tcp_data_queue(sk, skb);
		break;
	case TCP_ESTABLISHED:
		tcp_data_queue(sk, skb);
		break;
	default:
		consume_skb(skb);
	}
	if (sk->c.state != TCP_CLOSE) {
		tcp_data_snd_check(sk);
		tcp_ack_snd_check(sk);
	}
	return SKB_CONSUMED;
}

/* 3.10.7.4 for what is neither LISTEN nor SYN-SENT. */
static enum skb_drop_reason rcv_synchronized(struct sock *sk, struct sk_buff *skb,
					     struct tcp_options_received *opt)
{
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;
	bool done = false;
	enum skb_drop_reason reason;

	if (unlikely(tcp_sk(sk)->fastopen_rsk) && !tcp_fastopen_check_req(sk, skb))
		return SKB_CONSUMED;
	if (!(flags & (TCPHDR_ACK | TCPHDR_RST | TCPHDR_SYN))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_FLAGS);
		return SKB_CONSUMED;
	}
	/* First to fourth. */
	if (!tcp_validate_incoming(sk, skb, opt))
		return SKB_CONSUMED;
	tcp_accecn_received(sk, skb, skb->len - tcph_hlen(tcp_hdr(skb)));
	/* Fifth: ACK. */
	reason = tcp_ack(sk, skb, opt, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT |
			 FLAG_NO_CHALLENGE_ACK);
	if (!reason && sk->c.state == TCP_SYN_RECV &&
	    !after(TCP_SKB_CB(skb)->ack_seq, tcp_sk(sk)->iss))
		reason = SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE;
	if (reason) {
		if (sk->c.state == TCP_SYN_RECV)
			return reason;	/* answered with RST */
		tcp_send_challenge_ack(sk);
		kfree_skb_reason(skb, reason);
		return SKB_CONSUMED;
	}
	reason = ack_by_state(sk, skb, opt, &done);
	if (reason)
		return reason;
	if (done || sk->c.state == TCP_CLOSE) {
		consume_skb(skb);
		return SKB_CONSUMED;
	}
	tcp_rcv_rtt_measure_ts(sk, skb, opt);
	/* Sixth: URG. */
	tcp_urg(sk, skb);
	return text_by_state(sk, skb);
}

enum skb_drop_reason tcp_rcv_state_process(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_options_received opt;

	trace_skb(sock_net(sk), tcp_rcv_state_process, skb, sk->c.state,
		  TCP_SKB_CB(skb)->tcp_flags, TCP_SKB_CB(skb)->seq, TCP_SKB_CB(skb)->ack_seq,
		  (u32)be16_to_cpu(tcp_hdr(skb)->window));
	switch (sk->c.state) {
	case TCP_CLOSE:
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_CLOSE);
		return SKB_CONSUMED;
	case TCP_LISTEN:
		return rcv_listen(sk, skb);
	case TCP_SYN_SENT:
		/* Not negotiated yet: what the SYN-ACK says counts. */
		tcp_sk(sk)->tstamp_ok = sock_net(sk)->sysctl.tcp_timestamps > 0;
		tcp_parse_segment_options(tcp_sk(sk), skb, &opt);
		tcp_sk(sk)->tstamp_ok = false;
		return rcv_synsent(sk, skb, &opt);
	default:
		tcp_parse_segment_options(tcp_sk(sk), skb, &opt);
		return rcv_synchronized(sk, skb, &opt);
	}
}
