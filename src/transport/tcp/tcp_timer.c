/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_timer.h"

#include "base/trace.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp_comp_sack.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_loss.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_tlp.h"
#include "transport/tcp/tcp_user.h"

/* ---- the one timer ---- */

static ktime_t first_deadline(const struct tcp_timers *tm)
{
	return min(min(tm->xmit, tm->pace), min(tm->ack, tm->keep));
}

/* A deadline came nearer: the timer must not fire later. One that moved away is left to the
 * timer's function, so that an ACK does not touch the wheel. */
static void arm(struct sock *sk, ktime_t when)
{
	struct tcp_timers *tm = &tcp_sk(sk)->tm;

	if (!timer_pending(&tm->timer) || when < tm->timer.expires)
		net_timer_mod(sock_net(sk), &tm->timer, when);
}

void tcp_reset_xmit_timer(struct sock *sk, u8 event, u32 us)
{
	struct tcp_timers *tm = &tcp_sk(sk)->tm;

	tm->event = event;
	tm->xmit = sock_net(sk)->now + us_to_ktime(min(us, tcp_sk(sk)->rtt.rto_max_us));
	if (unlikely(tcp_sk(sk)->cong.pacing))
		tm->xmit += tcp_pacing_delay(tcp_sk(sk));
	arm(sk, tm->xmit);
}

void tcp_clear_xmit_timer(struct sock *sk)
{
	tcp_sk(sk)->tm.event = ICSK_TIME_NONE;
	tcp_sk(sk)->tm.xmit = KTIME_MAX;
}

void tcp_reset_pacing_timer(struct sock *sk, ktime_t when)
{
	tcp_sk(sk)->tm.pace = when;
	arm(sk, when);
}

void tcp_reset_delack_timer(struct sock *sk, ktime_t when)
{
	tcp_sk(sk)->tm.ack = when;
	arm(sk, when);
}

void tcp_clear_delack_timer(struct sock *sk)
{
	tcp_sk(sk)->ack.pending = 0;
	tcp_sk(sk)->tm.ack = KTIME_MAX;
}

void tcp_reset_keepalive_timer(struct sock *sk, u32 ms)
{
	struct tcp_timers *tm = &tcp_sk(sk)->tm;

	tm->keep = sock_net(sk)->now + ms_to_ktime(ms);
	arm(sk, tm->keep);
}

void tcp_delete_keepalive_timer(struct sock *sk)
{
	tcp_sk(sk)->tm.keep = KTIME_MAX;
}

void tcp_clear_xmit_timers(struct sock *sk)
{
	struct tcp_timers *tm = &tcp_sk(sk)->tm;

	tcp_clear_xmit_timer(sk);
	tcp_clear_delack_timer(sk);
	tcp_delete_keepalive_timer(sk);
	tm->pace = KTIME_MAX;
	net_timer_del(sock_net(sk), &tm->timer);
}

/* ---- settings ---- */

u32 keepalive_time_ms(const struct tcp_sock *tp)
{
	u32 s = tcp_cold(tp)->keepalive_time_s;

	return (s ? s : (u32)tcp_net(tp)->sysctl.tcp_keepalive_time) * 1000u;
}

u32 keepalive_intvl_ms(const struct tcp_sock *tp)
{
	u32 s = tcp_cold(tp)->keepalive_intvl_s;

	return (s ? s : (u32)tcp_net(tp)->sysctl.tcp_keepalive_intvl) * 1000u;
}

u32 keepalive_probes(const struct tcp_sock *tp)
{
	u32 n = tcp_cold(tp)->keepalive_probes;

	return n ? n : (u32)tcp_net(tp)->sysctl.tcp_keepalive_probes;
}

u32 tcp_fin_time(const struct tcp_sock *tp)
{
	s32 linger2 = tcp_cold(tp)->linger2_s;
	u32 s = linger2 > 0 ? (u32)linger2 : (u32)tcp_net(tp)->sysctl.tcp_fin_timeout;
	u64 ms = (u64)s * 1000u, rto_ms = tp->rtt.rto_us / 1000u;

	/* Long enough for the peer's FIN to be sent again: 3.5 RTO. */
	return (u32)max_t(u64, ms, (rto_ms << 2) - (rto_ms >> 1));
}

u32 tcp_probe0_base(const struct tcp_sock *tp)
{
	return max(tp->rtt.rto_us, TCP_RTO_MIN_US);
}

u32 tcp_probe0_when(const struct tcp_sock *tp)
{
	return tcp_rto_shift(tcp_probe0_base(tp), tp->tm.backoff, tp->rtt.rto_max_us);
}

/* What of TCP_USER_TIMEOUT is left, counted from start_ms; at least 1 ms, as Linux. */
static u32 clamp_to_user_timeout(const struct tcp_sock *tp, u32 start_ms, u32 us)
{
	u32 timeout = tcp_cold(tp)->user_timeout_ms, elapsed;

	if (!timeout || !start_ms)
		return us;
	elapsed = tcp_ms(tcp_net(tp)) - start_ms;
	if (elapsed >= timeout)
		return 1000;
	return (u32)min_t(u64, us, (u64)(timeout - elapsed) * 1000u);
}

u32 tcp_clamp_probe0_to_user_timeout(const struct tcp_sock *tp, u32 us)
{
	return clamp_to_user_timeout(tp, tp->tm.probes_ms, us);
}

/* ---- giving up ---- */

void tcp_write_err(struct sock *sk)
{
	int err = sk->err_soft ? sk->err_soft : ETIMEDOUT;

	tcp_report_error(sk, err);
	tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_CLOSE);
	tcp_done(sk);
	mib_inc(sock_net(sk), TcpExtTCPAbortOnTimeout);
}

/*
 * Orphans may not take all memory: true when this one had to go. As Linux: one that has long been
 * silent, or that ICMP speaks ill of, counts for two, one of both kinds for four; and who sent not
 * long ago, or waits for a window, is told.
 */
static bool tcp_out_of_resources(struct sock *sk, bool do_reset)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 silent_ms = tcp_ms(net) - tp->lsndtime;
	unsigned dubious = (silent_ms > 2 * (tp->rtt.rto_max_us / 1000) || !do_reset) +
			   !!sk->err_soft;

	if (!tcp_check_oom(sk, dubious))
		return false;
	if (do_reset || silent_ms <= TCP_TIMEWAIT_LEN_MS ||
	    (!tp->snd_wnd && !tp->rtxq.packets_out))
		tcp_send_active_reset(sk);
	tcp_done(sk);
	mib_inc(net, TcpExtTCPAbortOnMemory);
	return true;
}

static u32 orphan_retries(const struct sock *sk, bool alive)
{
	u32 n = (u32)sock_net(sk)->sysctl.tcp_orphan_retries;

	/* The peer told us that we are wasting our time. */
	if (sk->err_soft && !alive)
		return 0;
	return n || !alive ? n : 8;
}

/* Has the oldest segment been tried for as long as `boundary` back-offs (or timeout_ms) take? */
static bool retransmits_timed_out(const struct tcp_sock *tp, u32 boundary, u32 timeout_ms)
{
	u32 base = tp->sk.c.state == TCP_SYN_SENT || tp->sk.c.state == TCP_SYN_RECV ?
		   TCP_TIMEOUT_INIT_US : TCP_RTO_MIN_US;
	u64 limit_ms = timeout_ms;

	if (!tp->tm.retransmits)
		return false;
	if (!limit_ms)
		limit_ms = tcp_model_timeout_us(boundary, base, tp->rtt.rto_max_us) / 1000;
	return tcp_ms(tcp_net(tp)) - tp->retrans_stamp >= limit_ms;
}

/* True: the connection was given up. */
static bool tcp_write_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	const struct tcp_cold *cold = tcp_cold(tp);
	u32 until, linear = 0;
	bool expired;

	if (tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV))) {
		until = cold->syn_retries ? cold->syn_retries : (u32)net->sysctl.tcp_syn_retries;
		if (sk->c.state == TCP_SYN_SENT)
			linear = (u32)net->sysctl.tcp_syn_linear_timeouts;
		expired = tp->tm.retransmits >= until + linear ||
			  retransmits_timed_out(tp, until, cold->user_timeout_ms);
	} else {
		if (retransmits_timed_out(tp, (u32)net->sysctl.tcp_retries1, 0)) {
			tcp_mtup_black_hole(sk);
			sk_dst_reset(sk);	/* the route may have failed (RFC 1122 R1) */
		}
		until = (u32)net->sysctl.tcp_retries2;
		if (sock_flag(sk, SOCK_DEAD)) {
			bool alive = tp->rtt.rto_us < tp->rtt.rto_max_us;

			until = orphan_retries(sk, alive);
			if (tcp_out_of_resources(sk, alive ||
						 !retransmits_timed_out(tp, until, 0)))
				return true;
		}
		expired = retransmits_timed_out(tp, until, cold->user_timeout_ms);
	}
	if (unlikely(tp->cold))
		tcp_fastopen_detect_blackhole(sk, expired);
	if (expired)
		tcp_write_err(sk);
	return expired;
}

/* ---- retransmission ---- */

#define TCP_THIN_LINEAR_RETRIES 6

static void count_first_timeout(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);

	switch (tp->rec.ca_state) {
	case TCP_CA_Recovery:
		if (tcp_is_sack(tp))
			mib_inc(net, TcpExtTCPSackRecoveryFail);
		else
			mib_inc(net, TcpExtTCPRenoRecoveryFail);
		break;
	case TCP_CA_Loss:
		mib_inc(net, TcpExtTCPLossFailures);
		break;
	default:
		if (tp->rec.ca_state != TCP_CA_Disorder && !tp->rtxq.sacked_out)
			break;
		if (tcp_is_sack(tp))
			mib_inc(net, TcpExtTCPSackFailures);
		else
			mib_inc(net, TcpExtTCPRenoFailures);
	}
}

void tcp_count_timeout(struct tcp_sock *tp)
{
	if (!tp->tm.retransmits) {
		tp->total_rto_recoveries++;
		tp->rto_stamp = tcp_stamp(tcp_ms(tcp_net(tp)));
	}
	tp->tm.retransmits += tp->tm.retransmits < UINT8_MAX;
	tp->total_rto++;
}

/* Linux: the first SYNs follow each other without back-off. */
static bool is_linear_syn(const struct tcp_sock *tp)
{
	return tp->sk.c.state == TCP_SYN_SENT &&
	       tp->total_rto <= tcp_net(tp)->sysctl.tcp_syn_linear_timeouts;
}

/* So little in flight that loss shows by timeouts only; not while the window is still growing. */
static bool is_thin(const struct tcp_sock *tp)
{
	return tp->rtxq.packets_out < 4 && tp->cong.snd_ssthresh < TCP_INFINITE_SSTHRESH;
}

/* For those who asked for it the first timeouts of a thin stream come without back-off. */
static bool is_linear(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return (sock_net(sk)->sysctl.tcp_thin_linear_timeouts || tcp_cold(tp)->thin_lto) &&
	       sk->c.state == TCP_ESTABLISHED && is_thin(tp) &&
	       tp->tm.retransmits <= TCP_THIN_LINEAR_RETRIES;
}

static void rearm_backed_off(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (unlikely(is_linear(sk))) {
		tp->tm.backoff = 0;
		tcp_set_rto(&tp->rtt);
	} else if (!is_linear_syn(tp)) {
		tp->tm.backoff += tp->tm.backoff < UINT8_MAX;
		tcp_rto_backoff(&tp->rtt);
	}
	tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
			     clamp_to_user_timeout(tp, tp->retrans_stamp, tp->rtt.rto_us));
}

static void enter_loss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_loss_ack a = tcp_loss_now(tp);

	tcp_cong_begin(&sock_net(sk)->tcp->cong, &tp->cong, sock_net(sk)->now);
	tcp_enter_loss(&tp->rec, &tp->rtxq, &tp->cong, &a, tp->tm.retransmits);
	tp->cong.rate.lost = tp->rtxq.lost;
}

/* As Linux: it was silent for long, and long sent to; or the user's time is over, ACKs or not. */
static bool rtx_probe0_timed_out(const struct tcp_sock *tp, const struct sk_buff *head)
{
	u32 user = tcp_cold(tp)->user_timeout_ms, limit_ms = 2 * (tp->rtt.rto_max_us / 1000);
	u32 now = tcp_ms(tcp_net(tp));
	u32 since = tp->retrans_stamp ? tp->retrans_stamp : (u32)ktime_to_ms(head->tstamp);

	if (user) {
		if (now - since >= user)
			return true;
		limit_ms = min(limit_ms, user);
	}
	return now - tp->rcv_tstamp > limit_ms && now - since > limit_ms;
}

/*
 * The peer closed its window over data in flight (which it should not, RFC 9293 3.8.6): it is
 * alive while it ACKs, so the retransmissions are probes.
 */
static void retransmit_into_zero_window(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *head = tcp_rtxq_head(&tp->rtxq);

	if (rtx_probe0_timed_out(tp, head)) {
		tcp_write_err(sk);
		return;
	}
	enter_loss(sk);
	tcp_retransmit_skb(sk, head, 1, "window probe");
	rearm_backed_off(sk);
}

static void tcp_retransmit_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct sk_buff *head = tcp_rtxq_head(&tp->rtxq);

	if (unlikely(tp->fastopen_rsk)) {
		/* Nothing else is sent again before its ACK. */
		if (tp->tm.retransmits == 1)
			enter_loss(sk);
		tcp_fastopen_synack_timer(sk);
		return;
	}
	if (!head)
		return;
	if (!tp->snd_wnd && !sock_flag(sk, SOCK_DEAD) &&
	    !tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV))) {
		retransmit_into_zero_window(sk);
		return;
	}
	mib_inc(net, TcpExtTCPTimeouts);
	if (tcp_write_timeout(sk))
		return;
	if (!tp->tm.retransmits)
		count_first_timeout(sk);
	enter_loss(sk);
	tcp_count_timeout(tp);
	/* As Linux: another path may do (IPv6: by another flow label, tcp_ipv6.c). */
	if (!inet_flag(sk, INET_NO_TXREHASH))
		mib_inc(net, TcpExtTcpTimeoutRehash);
	if (tcp_retransmit_skb(sk, head, 1, "timeout")) {
		/* Nothing left the machine: try again soon, without back-off. */
		tp->retrans_stamp = tp->retrans_stamp ? tp->retrans_stamp : tcp_stamp(tcp_ms(net));
		tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
				     min(tp->rtt.rto_us, TCP_RESOURCE_PROBE_MS * 1000u));
		return;
	}
	rearm_backed_off(sk);
}

void tcp_revert_backoff(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct sk_buff *head = tcp_rtxq_head(&tp->rtxq);
	ktime_t due, now = sock_net(sk)->now;

	if (!head || !tp->tm.retransmits || !tp->tm.backoff)
		return;
	tp->tm.backoff--;
	if (tp->rtt.srtt_us)
		tcp_set_rto(&tp->rtt);
	else
		tp->rtt.rto_us = TCP_TIMEOUT_INIT_US;
	tp->rtt.rto_us = tcp_rto_shift(tp->rtt.rto_us, tp->tm.backoff, tp->rtt.rto_max_us);
	due = head->tstamp + us_to_ktime(tp->rtt.rto_us);
	if (due > now) {
		tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, (u32)ktime_to_us(due - now));
		return;
	}
	tcp_clear_xmit_timer(sk);
	tcp_retransmit_timer(sk);
}

/* ---- window probes ---- */

static void tcp_probe_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 max_probes = (u32)net->sysctl.tcp_retries2, user, now = tcp_stamp(tcp_ms(net));

	if (unlikely(tp->fin_unsent))
		tcp_send_fin(sk);
	if (tp->rtxq.packets_out || !tcp_send_head(sk)) {
		tp->tm.probes_out = 0;
		tp->tm.probes_ms = 0;
		return;
	}
	/* Unlike retransmissions, probes may be ACKed and go on for ever; the user's timeout
	 * counts from the first that found the window closed, whenever it was set. */
	user = tcp_cold(tp)->user_timeout_ms;
	if (!tp->tm.probes_ms)
		tp->tm.probes_ms = now;
	else if (user && now - tp->tm.probes_ms >= user)
		goto abort;
	if (sock_flag(sk, SOCK_DEAD)) {
		bool alive = tcp_probe0_when(tp) < tp->rtt.rto_max_us;

		max_probes = orphan_retries(sk, alive);
		if (!alive && tp->tm.backoff >= max_probes)
			goto abort;
		if (tcp_out_of_resources(sk, true))
			return;
	}
	if (tp->tm.probes_out < max_probes) {
		tcp_send_probe0(sk);
		return;
	}
abort:
	tcp_write_err(sk);
}

/* ---- delayed ACK ---- */

static void tcp_delack_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);

	tp->ack.pending &= (u8)~ICSK_ACK_TIMER;
	if (unlikely(tp->ooo) && tcp_comp_sack_flush(sk))
		return;
	if (tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)) || !inet_csk_ack_scheduled(tp))
		return;
	if (!tcp_in_pingpong_mode(tp)) {
		/* Nobody answered in that time: wait longer next time. */
		tp->ack.ato_ms = (u16)min_t(u32, tp->ack.ato_ms * 2u, tp->rtt.rto_us / 1000);
	} else {
		tp->ack.pingpong = 0;
		tp->ack.ato_ms = TCP_DELACK_MIN_MS;
	}
	tcp_send_ack(sk);
	mib_inc(net, TcpExtDelayedACKs);
}

/* ---- keepalive, and FIN-WAIT-2 of orphans ---- */

static void fin_wait2_timeout(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_cold(tp)->linger2_s >= 0) {
		u32 ms = tcp_fin_time(tp);

		if (ms > TCP_TIMEWAIT_LEN_MS) {
			tcp_time_wait(sk, TCP_FIN_WAIT2, ms - TCP_TIMEWAIT_LEN_MS);
			return;
		}
	}
	tcp_send_active_reset(sk);
	tcp_done(sk);
}

static u32 keepalive_elapsed_ms(const struct tcp_sock *tp)
{
	u32 now = tcp_ms(tcp_net(tp));

	return min(now - tp->ack.lrcvtime, now - tp->rcv_tstamp);
}

static void tcp_keepalive_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 user = tcp_cold(tp)->user_timeout_ms, elapsed, next = keepalive_time_ms(tp);

	if (sk->c.state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)) {
		fin_wait2_timeout(sk);
		return;
	}
	if (!sock_flag(sk, SOCK_KEEPOPEN) ||
	    tcp_state_in(sk, TCPF(CLOSE) | TCPF(SYN_SENT) | TCPF(LISTEN)))
		return;
	/* Data that waits or flies finds out by itself. */
	if (tp->rtxq.packets_out || tcp_send_head(sk)) {
		tcp_reset_keepalive_timer(sk, next);
		return;
	}
	elapsed = keepalive_elapsed_ms(tp);
	if (elapsed < next) {
		tcp_reset_keepalive_timer(sk, next - elapsed);
		return;
	}
	if (user ? elapsed >= user && tp->tm.probes_out :
		   tp->tm.probes_out >= keepalive_probes(tp)) {
		tcp_send_active_reset(sk);
		tcp_write_err(sk);
		return;
	}
	next = TCP_RESOURCE_PROBE_MS;
	if (tcp_write_wakeup(sk, &net->mib[MIB_TcpExtTCPKeepAlive]) != -ENOBUFS) {
		tp->tm.probes_out += tp->tm.probes_out < UINT8_MAX;
		next = keepalive_intvl_ms(tp);
	}
	tcp_reset_keepalive_timer(sk, next);
}

void tcp_set_keepalive(struct sock *sk, bool on)
{
	if (tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)))
		return;
	if (on)
		tcp_reset_keepalive_timer(sk, keepalive_time_ms(tcp_sk(sk)));
	else
		tcp_delete_keepalive_timer(sk);
}

/* ---- firing ---- */

static bool is_due(ktime_t *deadline, ktime_t now)
{
	if (*deadline > now)
		return false;
	*deadline = KTIME_MAX;
	return true;
}

static void trace_fire(struct sock *sk, const char *what)
{
	trace_net(sock_net(sk), tcp_timer, TRACE_STR(what), sk->c.state, tcp_sk(sk)->tm.backoff);
}

static void fire_xmit(struct sock *sk)
{
	struct tcp_timers *tm = &tcp_sk(sk)->tm;

	switch (tm->event) {
	case ICSK_TIME_REO_TIMEOUT:
		trace_fire(sk, "reordering window");
		tcp_rack_reo_timeout(sk);
		break;
	case ICSK_TIME_LOSS_PROBE:
		trace_fire(sk, "tail loss probe");
		tcp_send_loss_probe(sk);
		break;
	case ICSK_TIME_RETRANS:
		tm->event = ICSK_TIME_NONE;
		trace_fire(sk, "retransmission");
		tcp_retransmit_timer(sk);
		break;
	case ICSK_TIME_PROBE0:
		tm->event = ICSK_TIME_NONE;
		trace_fire(sk, "window probe");
		tcp_probe_timer(sk);
		break;
	}
}

static void tcp_timer_fn(struct timer *t)
{
	struct tcp_sock *tp = container_of(t, struct tcp_sock, tm.timer);
	struct tcp_timers *tm = &tp->tm;
	struct sock *sk = &tp->sk;
	struct net *net = sock_net(sk);
	ktime_t next;

	sock_hold(sk);
	if (is_due(&tm->ack, net->now)) {
		trace_fire(sk, "delayed ACK");
		tcp_delack_timer(sk);
	}
	if (is_due(&tm->xmit, net->now))
		fire_xmit(sk);
	if (is_due(&tm->pace, net->now))
		tcp_pace_kick(sk);
	if (is_due(&tm->keep, net->now)) {
		trace_fire(sk, "keepalive");
		tcp_keepalive_timer(sk);
	}
	next = first_deadline(tm);
	if (next != KTIME_MAX && sk->c.state != TCP_CLOSE)
		arm(sk, next);
	/* Nothing is awaited: it may come to rest after all. */
	if (tm->xmit == KTIME_MAX && tm->ack == KTIME_MAX && sk->c.state == TCP_ESTABLISHED &&
	    sk->socket)
		tcp_rest_watch(sk);
	sock_put(sk);
}

void tcp_init_xmit_timers(struct sock *sk)
{
	struct tcp_timers *tm = &tcp_sk(sk)->tm;

	timer_init(&tm->timer, tcp_timer_fn);
	tm->xmit = tm->ack = tm->keep = tm->pace = KTIME_MAX;
}
