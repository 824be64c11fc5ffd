/* SPDX-License-Identifier: MIT */
/* A socket's life: made, connected, closed, freed; and TCP's part of an instance. */
#include "transport/tcp/tcp.h"

#include "base/assert.h"
#include "base/trace.h"
#include "net/ipv4/ip.h"
#include "transport/sock_poll.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_save_syn.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_txstamp.h"
#include "transport/tcp/tcp_user.h"

/* ---- what is allocated when used ---- */

static const struct tcp_cold cold_defaults;

const struct tcp_cold *tcp_cold(const struct tcp_sock *tp)
{
	return tp->cold ? tp->cold : &cold_defaults;
}

struct tcp_cold *tcp_cold_get(struct tcp_sock *tp)
{
	if (!tp->cold) {
		tp->cold = slab_alloc(&tcp_net(tp)->tcp->cold_slab);
		if (tp->cold)
			memset(tp->cold, 0, sizeof(*tp->cold));
	}
	return tp->cold;
}

struct tcp_rcvq *tcp_rcvq_get(struct tcp_sock *tp)
{
	if (!tp->ooo) {
		tp->ooo = slab_alloc(&tcp_net(tp)->tcp->rcvq_slab);
		if (tp->ooo)
			tcp_rcvq_init(tp->ooo);
	}
	return tp->ooo;
}

void tcp_rcvq_put_idle(struct tcp_sock *tp)
{
	if (!tp->ooo || !tcp_rcvq_idle(tp->ooo))
		return;
	slab_free(&tcp_net(tp)->tcp->rcvq_slab, tp->ooo);
	tp->ooo = NULL;
}

/* ---- birth and death ---- */

static void begin_now(struct tcp_sock *tp)
{
	tp->lsndtime = tp->rcv_tstamp = tp->ack.lrcvtime = tcp_ms(tcp_net(tp));
	tp->confirm_ms = tp->lsndtime - 1000;
}

/* A connection's variables before its SYN; what is zero by default is zero already. */
static void init_connection(struct tcp_sock *tp, const struct tcp_congestion_ops *ca)
{
	struct net *net = tcp_net(tp);

	tcp_init_xmit_timers(&tp->sk);
	list_init(&tp->rest_node);
	tcp_rtxq_init(&tp->rtxq);
	skb_queue_head_init(&tp->write_queue);
	tcp_rtt_init(&tp->rtt, (u32)net->sysctl.tcp_rto_min_us,
		     (u32)net->sysctl.tcp_rto_max_ms * 1000u);
	tp->ack.delack_max_ms = TCP_DELACK_MAX_MS;
	tcp_cong_init(&tp->cong, ca);
	tcp_recovery_init(&tp->rec, (u16)net->sysctl.tcp_reordering);
	tp->mss_cache = TCP_MSS_DEFAULT;
	tp->mss_clamp = UINT16_MAX;
	tp->advmss = TCP_MSS_DEFAULT;
	tp->tcp_header_len = TCP_HLEN;
	begin_now(tp);
}

int tcp_init_sock(struct sock *sk)
{
	struct net *net = sock_net(sk);
	const struct tcp_cong_table *ct = &net->tcp->cong;

	init_connection(tcp_sk(sk), ct->ops[min_t(u32, (u32)net->sysctl.tcp_congestion_control,
						  ct->n - 1)]);
	if (unlikely(tcp_ca_needs_ecn(tcp_sk(sk))))
		tcp_ecn_for_ca(sk);
	if (unlikely(tcp_budget_pressure(net))) {
		sk->rcvbuf = (u32)net->sysctl.tcp_rmem_min;
		sk->sndbuf = (u32)net->sysctl.tcp_wmem_min;
	} else {
		sk->rcvbuf = (u32)net->sysctl.tcp_rmem_default;
		sk->sndbuf = (u32)net->sysctl.tcp_wmem_default;
	}
	return 0;
}

/* What a new connection of this socket must not inherit from the last goes; options stay. */
void tcp_reset_connection(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_congestion_ops *ca = tp->cong.ops;
	struct tcp_cold *cold = tp->cold;
	struct tcp_listen *listen = tp->listen;
	struct tcp_auth *auth = tp->auth;
	struct tcp_pacing *pacing = tp->cong.pacing;
	u32 clamp = tp->app_clamp ? tp->rwin.window_clamp : 0;
	u32 rto_min_us = tp->rtt.rto_min_us, rto_max_us = tp->rtt.rto_max_us;
	u16 delack_max_ms = tp->ack.delack_max_ms;
	bool orphan = tp->orphan_counted, app_clamp = tp->app_clamp, over = tp->over;
	bool ca_chosen = tp->ca_chosen;
	u8 nonagle = tp->nonagle;

	tp->cong.pacing = NULL;
	tcp_cong_exit(&sock_net(sk)->tcp->cong, &tp->cong);
	tcp_accecn_stop(tp);
	memset((u8 *)tp + sizeof(tp->sk), 0, sizeof(*tp) - sizeof(tp->sk));
	init_connection(tp, ca);
	tp->cold = cold;
	tp->listen = listen;
	tp->auth = auth;
	tp->cong.pacing = pacing;
	if (pacing)
		*pacing = (struct tcp_pacing){ .rate = pacing->max_rate,
					       .max_rate = pacing->max_rate,
					       .queued = pacing->queued,
					       .needed = pacing->needed };
	tp->rtt.rto_min_us = rto_min_us;
	tp->rtt.rto_max_us = rto_max_us;
	tp->ack.delack_max_ms = delack_max_ms;
	tp->rwin.window_clamp = clamp;
	tp->app_clamp = app_clamp;
	tp->orphan_counted = orphan;
	tp->over = over;
	tp->ca_chosen = ca_chosen;
	tp->nonagle = nonagle;
	if (cold) {
		cold->urg_data = 0;
		cold->urg_mode = false;
		tcp_fastopen_reset(&cold->fo);
		cold->mtup = (struct tcp_mtup){ 0 };
	}
}

void tcp_begin_connection(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* The first one of a socket to which nothing was said but what stays finds all as it was
	 * made. */
	if (unlikely(tp->begun || tp->cold || tp->cong.pacing || tp->app_clamp))
		tcp_reset_connection(sk);
	else
		begin_now(tp);
	tp->begun = true;
}

void tcp_write_queue_purge(struct sock *sk, enum skb_drop_reason reason)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sock_net(sk)->exiting)
		reason = SKB_DROP_REASON_NET_EXIT;
	skb_queue_purge_reason(&tp->write_queue, reason);
	tcp_rtxq_purge(&tp->rtxq, reason);
	tcp_wmem_uncharge(tp, sk->wmem);
	tcp_frag_release(tp);
	sock_txstamp_purge(sk);
	tcp_clear_xmit_timer(sk);
	tp->tm.backoff = tp->tm.retransmits = 0;
	tcp_chrono_end(&tp->chrono, sock_net(sk)->now);
}

/* What is over is none, though packets or what it lent may keep it a while. */
static void orphan_uncount(struct tcp_sock *tp)
{
	if (tp->orphan_counted)
		tcp_net(tp)->sock->orphans--;
	tp->orphan_counted = false;
}

/* Of a connection at which nobody looks any more; mostly there is nothing left. */
static void write_queue_end(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!skb_queue_empty(&tp->write_queue) || !skb_queue_empty(&tp->rtxq.q) ||
	    unlikely(sk->wmem | (uintptr_t)tp->frag | (uintptr_t)sk->txstamp))
		tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_CLOSE);
}

void tcp_destroy_sock(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct netns_tcp *ns = sock_net(sk)->tcp;

	tcp_clear_xmit_timers(sk);
	tcp_rest_unwatch(sk);
	write_queue_end(sk);
	if (tp->cold)
		tcp_fastopen_active_disable_ofo_check(sk);
	if (tp->ooo) {
		tcp_rcvq_purge(tp->ooo, sock_net(sk)->exiting ? SKB_DROP_REASON_NET_EXIT :
			       SKB_DROP_REASON_TCP_CLOSE);
		tcp_rcvq_put_idle(tp);
	}
	inet_ehash_remove(&ns->hash, &sk->c);
	inet_put_port(&ns->hash, sk);
	tcp_cong_exit(&ns->cong, &tp->cong);
	tcp_accecn_stop(tp);
	if (tp->cold) {
		tcp_fastopen_release(sk);
		tcp_saved_syn_free(sock_net(sk), &tp->cold->saved_syn);
		slab_free(&ns->cold_slab, tp->cold);
	}
	tp->cold = NULL;
	tcp_auth_free(sock_net(sk), &tp->auth);
	orphan_uncount(tp);
}

static void unhash(struct sock *sk)
{
	struct inet_hashinfo *h = &sock_net(sk)->tcp->hash;

	if (sk->c.state == TCP_LISTEN)
		inet_listen_unhash(h, sk);
	else
		inet_ehash_remove(h, &sk->c);
}

static void trace_state(const struct sock_common *c, u8 old, u8 state)
{
	if (likely(!c->v6))
		trace_net(c->net, tcp_set_state, c->rcv_saddr, c->num, c->daddr,
			  be16_to_cpu(c->dport), old, state);
	else if (c->net->trace)
		tcp_v6_trace_state(c, old, state);
}

void tcp_trace_state(const struct sock_common *c, u8 old, u8 state)
{
	if (old != state)
		trace_state(c, old, state);
}

void tcp_set_state(struct sock *sk, u8 state)
{
	struct net *net = sock_net(sk);
	u8 old = sk->c.state;

	if (old == state)
		return;
	/* A connection in no table: a TIME-WAIT took its place and tells for itself. */
	if (old == TCP_LISTEN || !hlist_unhashed(&sk->c.node))
		tcp_trace_state(&sk->c, old, state);
	if (state == TCP_ESTABLISHED) {
		mib_inc(net, TcpCurrEstab);
		if (sk->socket)		/* else when it is accepted */
			tcp_rest_watch(sk);
	} else if (state == TCP_CLOSE) {
		if (old == TCP_CLOSE_WAIT || old == TCP_ESTABLISHED)
			mib_inc(net, TcpEstabResets);
		unhash(sk);
		if (!sock_flag(sk, SOCK_BINDPORT_LOCK))
			inet_put_port(&net->tcp->hash, sk);
		if (unlikely(tcp_sk(sk)->fastopen_rsk))
			tcp_fastopen_remove(sk, false);
	}
	if (old == TCP_ESTABLISHED)
		tcp_rest_unwatch(sk);
	/* RFC 4022: CLOSE-WAIT counts as established. */
	if ((old == TCP_ESTABLISHED && state != TCP_CLOSE_WAIT) || old == TCP_CLOSE_WAIT)
		mib_dec(net, TcpCurrEstab);
	sk->c.state = state;
}

void tcp_report_error(struct sock *sk, int err)
{
	sk->err = (s16)err;
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->error_report(sk);
}

/* The user is gone and the connection over: the reference that was the user's goes too. */
static void destroy_orphan(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->over)
		return;
	tp->over = true;
	orphan_uncount(tp);
	tcp_clear_xmit_timers(sk);
	/* What it lent (ln_recv_borrow) may keep the sock, and so does memory that it borrowed
	 * (tcp_zerocopy.c): that goes back now. The port is free. */
	write_queue_end(sk);
	inet_put_port(&sock_net(sk)->tcp->hash, sk);
	sock_put(sk);
}

void tcp_done(struct sock *sk)
{
	if (sk->c.state == TCP_CLOSE)
		return;
	if (tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV)))
		mib_inc(sock_net(sk), TcpAttemptFails);
	tcp_set_state(sk, TCP_CLOSE);
	tcp_clear_xmit_timers(sk);
	sk->shutdown = SHUTDOWN_MASK;
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->state_change(sk);
	else
		destroy_orphan(sk);
}

/* ---- closing ---- */

/* What close or shutdown makes of a state, and whether a FIN goes out. */
static bool close_state(struct sock *sk)
{
	switch (sk->c.state) {
	case TCP_ESTABLISHED:
	case TCP_SYN_RECV:
		tcp_set_state(sk, TCP_FIN_WAIT1);
		return true;
	case TCP_CLOSE_WAIT:
		tcp_set_state(sk, TCP_LAST_ACK);
		return true;
	case TCP_SYN_SENT:
		tcp_set_state(sk, TCP_CLOSE);
		return false;
	default:
		return false;
	}
}

int tcp_shutdown(struct sock *sk, int how)
{
	if (!(how & SEND_SHUTDOWN))
		return 0;
	if (tcp_state_in(sk, TCPF(ESTABLISHED) | TCPF(SYN_SENT) | TCPF(CLOSE_WAIT))) {
		bool fin = close_state(sk);

		if (sk->c.state == TCP_CLOSE) {
			tcp_clear_xmit_timers(sk);
			tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_CLOSE);
		} else if (fin) {
			tcp_send_fin(sk);
		}
	}
	return 0;
}

static bool need_reset(u8 state)
{
	return BIT(state) & (TCPF(ESTABLISHED) | TCPF(CLOSE_WAIT) | TCPF(FIN_WAIT1) |
			     TCPF(FIN_WAIT2) | TCPF(SYN_RECV));
}

int tcp_disconnect(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u8 old = sk->c.state;

	if (old == TCP_LISTEN) {
		tcp_listen_stop(sk);
	} else if (need_reset(old) || (tp->snd_nxt != tp->write_seq &&
				       BIT(old) & (TCPF(CLOSING) | TCPF(LAST_ACK)))) {
		/* The user gives up: the peer must know (RFC 9293 3.10.5). */
		tcp_send_active_reset(sk);
		sk->err = ECONNRESET;
	} else if (old == TCP_SYN_SENT) {
		sk->err = ECONNRESET;
	}
	tcp_set_state(sk, TCP_CLOSE);
	tcp_clear_xmit_timers(sk);
	sock_purge(&sk->receive_queue, net);
	tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_CLOSE);
	if (tp->ooo) {
		tcp_rcvq_purge(tp->ooo, SKB_DROP_REASON_TCP_CLOSE);
		tcp_rcvq_put_idle(tp);
	}
	sk->c.dport = 0;
	inet_forget_addresses(sk);
	sk->shutdown = 0;
	sock_reset_flag(sk, SOCK_DONE);
	sock_reset_flag(sk, SOCK_DEFER_CONNECT);
	sk->err_soft = 0;
	sk_dst_reset(sk);
	tcp_reset_connection(sk);
	/* As Linux: not the instance's, and TCP_RTO_MAX_MS stays. */
	tp->rtt.rto_min_us = TCP_RTO_MIN_US;
	tp->ack.delack_max_ms = TCP_DELACK_MAX_MS;
	sk->ops->error_report(sk);
	return 0;
}

/* Bytes that nobody will read. */
static bool drop_unread(struct sock *sk)
{
	struct sk_buff *skb;
	bool unread = false;

	while ((skb = skb_dequeue(&sk->receive_queue))) {
		u32 end = TCP_SKB_CB(skb)->end_seq - !!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN);

		unread |= after(end, tcp_sk(sk)->copied_seq);
		kfree_skb_reason(skb, sock_net(sk)->exiting ? SKB_DROP_REASON_NET_EXIT :
				 SKB_DROP_REASON_QUEUE_PURGE);
	}
	return unread;
}

static void say_goodbye(struct sock *sk)
{
	struct net *net = sock_net(sk);

	if (drop_unread(sk) && sk->c.state != TCP_CLOSE) {
		/* RFC 1122 4.2.2.13, RFC 2525 2.17: the peer must learn that its data was lost. */
		mib_inc(net, TcpExtTCPAbortOnClose);
		tcp_send_active_reset(sk);
		tcp_set_state(sk, TCP_CLOSE);
	} else if (sock_flag(sk, SOCK_LINGER) && !sk->linger_s && sk->c.state != TCP_CLOSE) {
		tcp_disconnect(sk);
		mib_inc(net, TcpExtTCPAbortOnData);
	} else if (close_state(sk)) {
		tcp_send_fin(sk);
	}
}

/* As sk_stream_wait_close(): until all was acknowledged with the FIN. The user is still there. */
bool tcp_linger(struct sock *sk)
{
	if (!sock_flag(sk, SOCK_LINGER) || !sk->linger_s || sk->c.state == TCP_LISTEN)
		return false;
	sk->shutdown = SHUTDOWN_MASK;
	say_goodbye(sk);
	return tcp_state_in(sk, TCPF(FIN_WAIT1) | TCPF(CLOSING) | TCPF(LAST_ACK));
}

/* FIN-WAIT-2 without a user: how long may it last? */
static void orphan_fin_wait2(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_cold(tp)->linger2_s < 0) {
		tcp_send_active_reset(sk);
		tcp_set_state(sk, TCP_CLOSE);
		mib_inc(sock_net(sk), TcpExtTCPAbortOnLinger);
	} else {
		u32 ms = tcp_fin_time(tp);

		if (ms > TCP_TIMEWAIT_LEN_MS)
			tcp_reset_keepalive_timer(sk, ms - TCP_TIMEWAIT_LEN_MS);
		else
			tcp_time_wait(sk, TCP_FIN_WAIT2, ms);
	}
}

void tcp_close(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);

	sock_hold(sk);
	sk->shutdown = SHUTDOWN_MASK;
	sock_orphan(sk);
	tp->orphan_counted = true;
	net->sock->orphans++;
	if (net->exiting) {
		if (sk->c.state == TCP_LISTEN)
			tcp_listen_stop(sk);
		drop_unread(sk);
		tcp_set_state(sk, TCP_CLOSE);
	} else if (sk->c.state == TCP_LISTEN) {
		tcp_listen_stop(sk);
		tcp_set_state(sk, TCP_CLOSE);
	} else {
		say_goodbye(sk);
		if (sk->c.state == TCP_FIN_WAIT2)
			orphan_fin_wait2(sk);
		else if (sk->c.state != TCP_CLOSE && tcp_check_oom(sk, 0)) {
			tcp_send_active_reset(sk);
			tcp_set_state(sk, TCP_CLOSE);
			mib_inc(net, TcpExtTCPAbortOnMemory);
		}
	}
	/* From here on the user's reference is the connection's own. */
	if (sk->c.state == TCP_CLOSE)
		destroy_orphan(sk);
	sock_put(sk);
}

/* ---- poll, ioctl ---- */

static bool stream_is_readable(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 avail = tp->rcv_nxt - tp->copied_seq, target = max(sk->rcvlowat, 1u);

	if (sock_flag(sk, SOCK_DONE) && avail)
		avail--;	/* the FIN */
	if (tp->cold && tp->cold->urg_data & TCP_URG_VALID && !sock_flag(sk, SOCK_URGINLINE) &&
	    tp->cold->urg_seq == tp->copied_seq)
		target++;
	/* No more will come before some is read. */
	return avail >= target ||
	       (avail && (sk->rmem > sk->rcvbuf / 8 * 7 ||
			  tcp_receive_window(&tp->rwin, tp->rcv_nxt) <= tp->ack.rcv_mss));
}

void tcp_set_rcvlowat(struct sock *sk, u32 bytes)
{
	struct tcp_rwin *w = &tcp_sk(sk)->rwin;
	bool locked = sock_flag(sk, SOCK_RCVBUF_LOCK);
	u32 most = locked ? sk->rcvbuf : (u32)sock_net(sk)->sysctl.tcp_rmem_max, space;

	/* Less than what the buffer takes, or the reader would never be woken. */
	sk->rcvlowat = max(min(bytes, most / 2), 1u);
	if (stream_is_readable(sk))
		sk->ops->data_ready(sk);
	space = tcp_space_from_win(sk->rcvlowat);
	if (locked || space <= sk->rcvbuf)
		return;
	sk->rcvbuf = space;
	if (w->window_clamp)
		w->window_clamp = max(w->window_clamp,
				      min(sk->rcvlowat, 65535u << w->rcv_wscale));
}

unsigned tcp_poll(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	unsigned mask = 0;

	if (sk->c.state == TCP_LISTEN)
		return tp->listen->accept_head ? SOCK_POLL_READ : 0;
	if (sk->shutdown == SHUTDOWN_MASK || sk->c.state == TCP_CLOSE)
		mask |= LN_POLLHUP;
	if (sk->shutdown & RCV_SHUTDOWN)
		mask |= SOCK_POLL_READ | LN_POLLRDHUP;
	if (!tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV)) || tp->fastopen_rsk) {
		if (stream_is_readable(sk))
			mask |= SOCK_POLL_READ;
		if (sk->shutdown & SEND_SHUTDOWN || tcp_stream_is_writeable(sk))
			mask |= SOCK_POLL_WRITE;
		else
			sock_set_flag(sk, SOCK_NOSPACE);
		if (tp->cold && tp->cold->urg_data & TCP_URG_VALID)
			mask |= LN_POLLPRI;
	} else if (sock_flag(sk, SOCK_DEFER_CONNECT)) {
		mask |= SOCK_POLL_WRITE;	/* the first write connects */
	}
	if (sk->err || unlikely(sk->error_queue && !skb_queue_empty(sk->error_queue)))
		mask |= LN_POLLERR;
	return mask;
}

static u32 inq(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 n = tp->rcv_nxt - tp->copied_seq;

	if (tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV)) || (sk->c.state == TCP_CLOSE && !n))
		return 0;
	if (n && sock_flag(sk, SOCK_DONE))
		n--;
	/* Up to the urgent byte, which stands apart. */
	if (tp->cold && tp->cold->urg_data && !sock_flag(sk, SOCK_URGINLINE) &&
	    between(tp->cold->urg_seq, tp->copied_seq, tp->rcv_nxt))
		n = tp->cold->urg_seq - tp->copied_seq;
	return n;
}

int tcp_ioctl(struct sock *sk, unsigned long request, int *value)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	bool early = tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV));

	if (sk->c.state == TCP_LISTEN && request != LN_SIOCATMARK)
		return request == LN_SIOCINQ || request == LN_SIOCOUTQ ||
		       request == LN_SIOCOUTQNSD ? -EINVAL : -ENOTTY;
	switch (request) {
	case LN_SIOCINQ:
		*value = (int)inq(sk);
		return 0;
	case LN_SIOCOUTQ:
		*value = early ? 0 : (int)(tp->write_seq - tp->snd_una);
		return 0;
	case LN_SIOCOUTQNSD:
		*value = early ? 0 : (int)(tp->write_seq - tp->snd_nxt);
		return 0;
	case LN_SIOCATMARK:
		*value = tp->cold && tp->cold->urg_data && tp->cold->urg_seq == tp->copied_seq;
		return 0;
	default:
		return -ENOTTY;
	}
}
