/* SPDX-License-Identifier: MIT */
/* Segments of established connections: the predicted path, and the checks of all others. */
#include "transport/tcp/tcp_input.h"

#include "base/trace.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_comp_sack.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_metrics.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

/* ---- options, PAWS ---- */

void tcp_parse_segment_options(const struct tcp_sock *tp, const struct sk_buff *skb,
			       struct tcp_options_received *opt)
{
	const struct tcphdr *th = tcp_hdr(skb);
	size_t len = tcph_hlen(th) - TCP_HLEN;

	bool syn = th->flags & TCPHDR_SYN;

	if (unlikely(syn) || !tcp_fast_parse_options((const u8 *)(th + 1), len, opt))
		tcp_parse_options((const u8 *)(th + 1), len, syn, opt);
	if (!opt->saw_tstamp)
		return;
	if (!tp->tstamp_ok) {
		opt->saw_tstamp = false;
		return;
	}
	if (opt->ts_ecr)
		opt->ts_ecr -= tp->tsoffset;
}

void tcp_store_ts_recent(struct tcp_sock *tp, u32 tsval)
{
	u32 now_s = tcp_now_s(tcp_net(tp));

	/* Not back in time, unless what is stored is older than 24 days (RFC 7323 5.5). */
	if ((s32)(tsval - tp->ts_recent) < 0 &&
	    now_s - tp->ts_recent_stamp_s < TCP_PAWS_24DAYS_S)
		return;
	tp->ts_recent = tsval;
	tp->ts_recent_stamp_s = now_s;
}

bool tcp_paws_reject(u32 ts_recent, u32 ts_recent_stamp_s, u32 tsval, u32 now_s, bool rst)
{
	if ((s32)(ts_recent - tsval) <= 0 || !ts_recent)
		return false;
	if (now_s - ts_recent_stamp_s >= TCP_PAWS_24DAYS_S)
		return false;
	/* RFC 7323 5.2: a RST of a peer that lost its clock is believed after a while. */
	return !rst || now_s - ts_recent_stamp_s < TCP_TIMEWAIT_LEN_MS / 1000;
}

static bool may_update_window(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 nwin = (u32)be16_to_cpu(tcp_hdr(skb)->window) << tp->snd_wscale;
	u32 seq = TCP_SKB_CB(skb)->seq;

	return after(seq, tp->snd_wl1) || (seq == tp->snd_wl1 && (nwin > tp->snd_wnd || !nwin));
}

/* With an older timestamp than the last: SKB_CONSUMED: a pure ACK that was overtaken, which changes
 * nothing and is no reason to answer it; else why it does not count. */
static enum skb_drop_reason disordered_ack_check(const struct tcp_sock *tp,
						 const struct sk_buff *skb, u32 tsval)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 slack = tp->rtt.rto_us / 1000 * 6 / 5;	/* ticks: some clocks have 1200 a second */

	if (!(cb->tcp_flags & TCPHDR_ACK) || cb->seq != cb->end_seq)
		return SKB_DROP_REASON_TCP_RFC7323_PAWS;
	if (before(cb->seq, tp->rcv_nxt))
		return SKB_DROP_REASON_TCP_RFC7323_PAWS_ACK;
	if (cb->seq == tp->rcv_nxt && cb->ack_seq == tp->snd_una && !may_update_window(tp, skb) &&
	    (s32)(tp->ts_recent - tsval) <= (s32)slack)
		return SKB_CONSUMED;
	return SKB_DROP_REASON_TCP_RFC7323_PAWS;
}

static enum skb_drop_reason paws_discard(const struct tcp_sock *tp, const struct sk_buff *skb,
					 const struct tcp_options_received *opt)
{
	/* One tick of slack, as Linux: segments of two CPUs may cross. */
	if (!opt->saw_tstamp || (s32)(tp->ts_recent - opt->ts_val) <= TCP_PAWS_WINDOW ||
	    !tcp_paws_reject(tp->ts_recent, tp->ts_recent_stamp_s, opt->ts_val,
			     tcp_now_s(tcp_net(tp)), false))
		return SKB_CONSUMED;
	return disordered_ack_check(tp, skb, opt->ts_val);
}

/* ---- answers to what is not acceptable ---- */

bool tcp_oow_rate_limited(struct net *net, const struct sk_buff *skb, u64 *mib, u32 *last)
{
	u32 now = tcp_stamp(tcp_ms(net));

	/* Data wants its ACK, or the peer would send it for ever. */
	if (skb && TCP_SKB_CB(skb)->seq != TCP_SKB_CB(skb)->end_seq &&
	    !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		return false;
	if (*last && now - *last < (u32)net->sysctl.tcp_invalid_ratelimit) {
		++*mib;
		return true;
	}
	*last = now;
	return false;
}

/* RFC 5961 7: so many in a second, of all connections. As a sum it would leak to others what one
 * connection sees (CVE-2016-5696): so, as Linux, half of it and a random part of the other. */
static bool may_challenge(struct net *net)
{
	struct netns_tcp *ns = net->tcp;
	u32 limit = (u32)net->sysctl.tcp_challenge_ack_limit;

	if (ns->challenge_second != tcp_now_s(net)) {
		ns->challenge_second = tcp_now_s(net);
		ns->challenge_left = (limit + 1) / 2 + prng_below(&net->prng, limit);
	}
	if (!ns->challenge_left)
		return false;
	ns->challenge_left--;
	return true;
}

bool tcp_may_challenge(struct net *net, u32 *last)
{
	if (tcp_oow_rate_limited(net, NULL, &net->mib[MIB_TcpExtTCPACKSkippedChallenge], last))
		return false;
	if (net->sysctl.tcp_challenge_ack_limit != INT32_MAX && !may_challenge(net))
		return false;
	mib_inc(net, TcpExtTCPChallengeACK);
	return true;
}

void tcp_send_challenge_ack(struct sock *sk)
{
	if (tcp_may_challenge(sock_net(sk), &tcp_sk(sk)->last_oow_ack_time))
		tcp_send_ack(sk);
}

void tcp_reset(struct sock *sk)
{
	int err = ECONNRESET;

	if (sk->c.state == TCP_SYN_SENT)
		err = ECONNREFUSED;
	else if (sk->c.state == TCP_CLOSE_WAIT)
		err = EPIPE;
	else if (sk->c.state == TCP_CLOSE)
		return;
	sk->err = (s16)err;
	tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_RESET);
	tcp_done(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->error_report(sk);
}

/* Within what we advertised (RFC 9293 3.10.7.4, first). */
static enum skb_drop_reason tcp_sequence(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 end = tp->rcv_nxt + tcp_receive_window(&tp->rwin, tp->rcv_nxt);

	if (before(cb->end_seq, tp->rwin.rcv_wup))
		return SKB_DROP_REASON_TCP_OLD_SEQUENCE;
	if (after(cb->seq, end))
		return SKB_DROP_REASON_TCP_INVALID_SEQUENCE;
	/* As Linux: what ends beyond it is taken when nothing is in the queue, a FIN always. */
	if (unlikely(after(cb->end_seq - !!(cb->tcp_flags & TCPHDR_FIN), end)) &&
	    !skb_queue_empty(&tp->sk.receive_queue))
		return SKB_DROP_REASON_TCP_INVALID_END_SEQUENCE;
	return SKB_CONSUMED;
}

/* After our FIN's peer closed, some send RST with the number of their FIN. */
static bool reset_check(const struct sock *sk, const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->seq == tcp_sk(sk)->rcv_nxt - 1 &&
	       tcp_state_in(sk, TCPF(CLOSE_WAIT) | TCPF(LAST_ACK) | TCPF(CLOSING));
}

/* RFC 5961 3.2: exactly the next, or the end of the highest data that we told of by SACK. */
static bool reset_is_exact(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 seq = TCP_SKB_CB(skb)->seq, high;

	if (seq == tp->rcv_nxt || reset_check(sk, skb))
		return true;
	if (!tcp_is_sack(tp) || !tp->ooo || !tp->ooo->num_sacks)
		return false;
	high = tp->ooo->sacks[0].end;
	for (u8 i = 1; i < tp->ooo->num_sacks; i++)
		high = seq_max(high, tp->ooo->sacks[i].end);
	return seq == high;
}

static void syn_challenge(struct sock *sk, struct sk_buff *skb)
{
	mib_inc(sock_net(sk), TcpExtTCPSYNChallenge);
	if (sk->c.state == TCP_ESTABLISHED)
		mib_inc(sock_net(sk), TcpInErrs);	/* Linux: only there */
	/* A SYN-ACK again: our ACK of it was lost, so it is told again how it came. */
	tcp_accecn_reflect(sk, skb, true);
	tcp_send_challenge_ack(sk);
	tcp_accecn_reflect(sk, skb, false);
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_INVALID_SYN);
}

static void reject_paws(struct sock *sk, struct sk_buff *skb, enum skb_drop_reason reason)
{
	struct net *net = sock_net(sk);

	/* Common, and the peer knows what it would be told. */
	if (reason == SKB_DROP_REASON_TCP_RFC7323_PAWS_ACK) {
		mib_inc(net, TcpExtPAWSOldAck);
		kfree_skb_reason(skb, reason);
		return;
	}
	mib_inc(net, TcpExtPAWSEstab);
	if (!tcp_oow_rate_limited(net, skb, &net->mib[MIB_TcpExtTCPACKSkippedPAWS],
				  &tcp_sk(sk)->last_oow_ack_time))
		tcp_send_dupack(sk, skb);
	kfree_skb_reason(skb, reason);
}

static void reject_sequence(struct sock *sk, struct sk_buff *skb, enum skb_drop_reason reason)
{
	struct net *net = sock_net(sk);

	/* RFC 9293 3.10.7.4: an ACK, but never for a RST. */
	if (!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST)) {
		if (!before(TCP_SKB_CB(skb)->end_seq, tcp_sk(sk)->rwin.rcv_wup))
			mib_inc(net, TcpExtBeyondWindow);
		if (!tcp_oow_rate_limited(net, skb, &net->mib[MIB_TcpExtTCPACKSkippedSeq],
					  &tcp_sk(sk)->last_oow_ack_time))
			tcp_send_dupack(sk, skb);
	} else if (reset_check(sk, skb)) {
		tcp_reset(sk);
		reason = SKB_DROP_REASON_TCP_RESET;
	}
	kfree_skb_reason(skb, reason);
}

/*
 * RFC 9293 3.5, figure 7: both sides opened, and the other's SYN-ACK is the ACK of our SYN. Its own
 * SYN is that which came before.
 */
static bool crossed_synack(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	return sk->c.state == TCP_SYN_RECV &&
	       (cb->tcp_flags & (TCPHDR_SYN | TCPHDR_ACK | TCPHDR_RST)) ==
	       (TCPHDR_SYN | TCPHDR_ACK) &&
	       cb->seq + 1 == cb->end_seq && cb->end_seq == tcp_sk(sk)->rcv_nxt &&
	       cb->ack_seq == tcp_sk(sk)->snd_nxt;
}

bool tcp_validate_incoming(struct sock *sk, struct sk_buff *skb, struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;
	enum skb_drop_reason reason;

	/* RFC 7323 5.3 R1: before the window. A RST passes: its timestamp may be anything. */
	reason = paws_discard(tp, skb, opt);
	if (unlikely(reason) && !(flags & TCPHDR_RST)) {
		if (flags & TCPHDR_SYN)
			syn_challenge(sk, skb);
		else
			reject_paws(sk, skb, reason);
		return false;
	}
	/* First: the sequence number. */
	reason = tcp_sequence(tp, skb);
	if (unlikely(reason)) {
		if (flags & TCPHDR_SYN && !(flags & TCPHDR_RST))
			syn_challenge(sk, skb);
		else
			reject_sequence(sk, skb, reason);
		return false;
	}
	/* Second: RST. */
	if (unlikely(flags & TCPHDR_RST)) {
		if (reset_is_exact(sk, skb))
			tcp_reset(sk);
		else
			tcp_send_challenge_ack(sk);
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_RESET);
		return false;
	}
	/* Fourth: SYN (RFC 5961 4.2). Third, security, is not implemented by anybody. */
	if (unlikely(flags & TCPHDR_SYN) && !crossed_synack(sk, skb)) {
		syn_challenge(sk, skb);
		return false;
	}
	return true;
}

/* ---- the predicted path ---- */

void tcp_fast_path_check(struct tcp_sock *tp)
{
	if (tcp_ofo_empty(tp) && tp->rwin.rcv_wnd && tp->sk.rmem < tp->sk.rcvbuf &&
	    !(tp->cold && tp->cold->urg_data))
		tcp_fast_path_on(tp);
}

void tcp_data_snd_check(struct sock *sk)
{
	tcp_push_pending_frames(sk);
	tcp_check_space(sk);
}

/* Now, or with what may come: RFC 5681 4.2, RFC 1122 4.2.3.2. */
static __always_inline void __tcp_ack_snd_check(struct sock *sk, bool ofo_possible)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 unacked = tp->rcv_nxt - tp->rwin.rcv_wup;

	/* More than one full segment, and the window would move; or it was asked for. */
	if ((unacked > tp->ack.rcv_mss &&
	     (tp->rcv_nxt - tp->copied_seq < sk->rcvlowat ||
	      __tcp_select_window(sk) >= tp->rwin.rcv_wnd)) ||
	    tcp_in_quickack_mode(tp) || tp->ack.pending & ICSK_ACK_NOW)
		tcp_send_ack(sk);
	else if (ofo_possible && !tcp_ofo_empty(tp))
		tcp_comp_sack(sk);
	else
		tcp_send_delayed_ack(sk);
}

void tcp_ack_snd_check(struct sock *sk)
{
	if (inet_csk_ack_scheduled(tcp_sk(sk)))
		__tcp_ack_snd_check(sk, true);
}

/*
 * Doff, flags (PSH aside) and window are what they were: nothing special about the segment. What it
 * acknowledges is in flight; Linux takes any ACK of what was sent ever, so data with a guessed one.
 */
static bool header_is_predicted(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	const u8 *word = (const u8 *)tcp_hdr(skb) + offsetof(struct tcphdr, doff_res);
	be32 bits;

	memcpy(&bits, word, sizeof(bits));
	bits &= CONST_BE32(0xf1f7ffffu);
	return bits == tp->pred_flags && TCP_SKB_CB(skb)->seq == tp->rcv_nxt &&
	       TCP_SKB_CB(skb)->ack_seq - tp->snd_una <= tp->snd_nxt - tp->snd_una;
}

static void trace_established(struct sock *sk, const struct sk_buff *skb, u32 payload,
			      const char *how)
{
	trace_skb(sock_net(sk), tcp_rcv_established, skb, TCP_SKB_CB(skb)->seq, payload,
		  TCP_SKB_CB(skb)->ack_seq, (u32)be16_to_cpu(tcp_hdr(skb)->window),
		  tcp_sk(sk)->rcv_nxt, TRACE_STR(how));
}

static void fast_pure_ack(struct sock *sk, struct sk_buff *skb,
			  const struct tcp_options_received *opt)
{
	enum skb_drop_reason reason = tcp_ack_predicted(sk, skb, opt, 0);

	kfree_skb_reason(skb, reason);
	tcp_data_snd_check(sk);
}

static void fast_data(struct sock *sk, struct sk_buff *skb, const struct tcp_options_received *opt,
		      u32 hlen)
{
	struct tcp_sock *tp = tcp_sk(sk);

	mib_inc(sock_net(sk), TcpExtTCPHPHits);
	tcp_rcv_rtt_measure_ts(sk, skb, opt);
	tcp_event_data_recv(sk, skb);
	skb_pull(skb, hlen);
	tcp_queue_rcv(sk, skb);	/* first, so that what the ACK sets free carries the new rcv_nxt */
	if (TCP_SKB_CB(skb)->ack_seq != tp->snd_una) {
		tcp_ack_predicted(sk, skb, opt, FLAG_DATA);
		tcp_data_snd_check(sk);
	} else {
		tp->snd_wl1 = TCP_SKB_CB(skb)->seq;
	}
	if (inet_csk_ack_scheduled(tp))
		__tcp_ack_snd_check(sk, false);
	sk->ops->data_ready(sk);
}

/* True: skb was taken. */
static bool fast_path(struct sock *sk, struct sk_buff *skb, struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 hlen = tp->tcp_header_len;

	if (!header_is_predicted(tp, skb))
		return false;
	if (hlen > TCP_HLEN) {
		/* Predicted length: the timestamp and nothing else, or it is not predicted. */
		if (!tcp_fast_parse_options((const u8 *)(tcp_hdr(skb) + 1), hlen - TCP_HLEN, opt))
			return false;
		if ((s32)(opt->ts_val - tp->ts_recent) < 0)
			return false;
		if (opt->ts_ecr)
			opt->ts_ecr -= tp->tsoffset;
	} else {
		opt->saw_tstamp = false;
		opt->num_sacks = 0;
	}
	if (skb->len > hlen && (sk->rmem + sk_truesize(skb) > sk->rcvbuf ||
				after(TCP_SKB_CB(skb)->end_seq,
				      tp->rwin.rcv_wup + tp->rwin.rcv_wnd) ||
				tcp_memory_short(sock_net(sk))))
		return false;
	trace_established(sk, skb, skb->len - hlen, "as predicted");
	tcp_accecn_received(sk, skb, skb->len - hlen);
	if (opt->saw_tstamp && tp->rcv_nxt == tp->rwin.rcv_wup)
		tcp_store_ts_recent(tp, opt->ts_val);
	if (skb->len == hlen)
		fast_pure_ack(sk, skb, opt);
	else
		fast_data(sk, skb, opt, hlen);
	return true;
}

void tcp_rcv_established(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_options_received opt;
	enum skb_drop_reason reason;

	if (likely(tcp_sk(sk)->pred_flags) && fast_path(sk, skb, &opt))
		return;
	trace_established(sk, skb, skb->len - tcph_hlen(tcp_hdr(skb)), "step by step");
	if (!(TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_ACK | TCPHDR_RST | TCPHDR_SYN))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_FLAGS);
		return;
	}
	tcp_parse_segment_options(tcp_sk(sk), skb, &opt);
	if (!tcp_validate_incoming(sk, skb, &opt))
		return;
	tcp_accecn_received(sk, skb, skb->len - tcph_hlen(tcp_hdr(skb)));
	/* Fifth: ACK. */
	reason = tcp_ack(sk, skb, &opt, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT);
	if (reason) {
		kfree_skb_reason(skb, reason);
		return;
	}
	if (unlikely(sk->c.state != TCP_ESTABLISHED)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_CLOSE);
		return;
	}
	tcp_rcv_rtt_measure_ts(sk, skb, &opt);
	/* Sixth: URG. Seventh: the text. Eighth: FIN. */
	tcp_urg(sk, skb);
	tcp_data_queue(sk, skb);
	tcp_data_snd_check(sk);
	tcp_ack_snd_check(sk);
}

/* ---- becoming established ---- */

static void init_metrics(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* What the handshake lost says nothing of how much the path takes. */
	tp->cong.snd_ssthresh = TCP_INFINITE_SSTHRESH;
	tcp_init_metrics(sk);
	/* RFC 5681 3.1: a lost SYN or SYN-ACK makes the initial window one segment. */
	tp->cong.snd_cwnd = tp->total_retrans > 1 && tp->rec.undo_marker ? 1 : tcp_init_cwnd(tp);
	tp->cong.snd_cwnd_stamp = sock_net(sk)->now;
	if (unlikely(tp->cong.pacing))
		tcp_update_pacing_rate(tp);
}

static void init_buffer_space(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 full = tcp_full_space(sk);

	if (!sock_flag(sk, SOCK_SNDBUF_LOCK) && !tcp_budget_pressure(sock_net(sk)))
		tcp_sndbuf_expand(sk);
	tp->rcvq_space.space = min(tp->rwin.rcv_wnd, TCP_INIT_CWND * (u32)tp->advmss);
	tp->rcvq_space.time = (u32)ktime_to_us(sock_net(sk)->now);
	tp->rcvq_space.seq = tp->copied_seq;
	tp->rwin.window_clamp = min(tp->rwin.window_clamp, full);
	/* As Linux: a segment of the buffer is kept free, when there are some. */
	if (tp->rwin.window_clamp > 2u * tp->advmss &&
	    tp->rwin.window_clamp + tp->advmss > full)
		tp->rwin.window_clamp = max(2u * tp->advmss, full - tp->advmss);
	tp->rwin.rcv_ssthresh = min(tp->rwin.rcv_ssthresh, tp->rwin.window_clamp);
}

void tcp_init_transfer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_route(sk))
		tcp_sync_mss(tp, tcp_sk(sk)->pmtu_cookie);
	init_metrics(sk);
	init_buffer_space(sk);
	tcp_ecn_settled(sk);
	tp->lsndtime = tp->rcv_tstamp = tcp_ms(sock_net(sk));
	tp->ack.lrcvtime = tp->lsndtime;
}

void tcp_finish_connect(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_set_state(sk, TCP_ESTABLISHED);
	tcp_init_transfer(sk);
	if (sock_flag(sk, SOCK_KEEPOPEN))
		tcp_reset_keepalive_timer(sk, keepalive_time_ms(tp));
	if (!tp->snd_wscale)
		tcp_fast_path_on(tp);
	else
		tp->pred_flags = 0;
}
