/* SPDX-License-Identifier: MIT */
/*
 * What a route tells TCP of its path (`ip route ... initcwnd 4 rto_min 50ms`), beside the MTU. As
 * in Linux rtt, rttvar, ssthresh, cwnd and reordering are where what is remembered of a destination
 * begins (tcp_metrics.h), not a connection.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_DST_H
#define LINNET_TRANSPORT_TCP_TCP_DST_H

#include "base/dst_metrics.h"
#include "transport/tcp/tcp_sock.h"

/* The least RTO, us. */
static inline u32 tcp_rto_min(const struct tcp_sock *tp)
{
	const struct dst_entry *dst = tp->sk.dst;

	if (unlikely(dst_metric_locked(dst, RTAX_RTO_MIN)))
		return (u32)min_t(u64, (u64)dst_metric(dst, RTAX_RTO_MIN) * 1000u, TCP_RTO_MAX_US);
	return tp->rtt.rto_min_us;
}

/* ms that an ACK may wait: a peer as near as that may have the same least RTO. */
static inline u32 tcp_delack_max(const struct tcp_sock *tp)
{
	u32 rto_min_ms = tcp_rto_min(tp) / 1000;

	if (likely(rto_min_ms >= TCP_DELACK_MAX_MS))
		return tp->ack.delack_max_ms;
	return min_t(u32, tp->ack.delack_max_ms, max(rto_min_ms, 2u) - 1);
}

static inline u32 tcp_init_cwnd(const struct tcp_sock *tp)
{
	u32 n = dst_metric(tp->sk.dst, RTAX_INITCWND);

	return tcp_cwnd_clamped(&tp->cong, unlikely(n) ? n : TCP_INIT_CWND);
}

/* What a new connection may tell at most, 0 = no limit: the user's clamp, and his buffer. */
static inline u32 tcp_initial_clamp(const struct sock *sk, const struct dst_entry *dst)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 clamp = tp->app_clamp ? tp->rwin.window_clamp : dst_metric(dst, RTAX_WINDOW);
	u32 full = tcp_full_space(sk);

	return sock_flag(sk, SOCK_RCVBUF_LOCK) && (!clamp || clamp > full) ? full : clamp;
}

/* The window of our SYN is so many segments at most. */
static inline void tcp_limit_initial_window(struct tcp_rwin *w, const struct dst_entry *dst,
					    u32 mss)
{
	u32 segs = dst_metric(dst, RTAX_INITRWND);

	if (unlikely(segs && (u64)segs * mss < w->rcv_wnd))
		w->rcv_wnd = w->rcv_ssthresh = segs * mss;
}

/* For peers that take a window for a signed number. */
static inline void tcp_signed_windows(const struct net *net, struct tcp_rwin *w)
{
	if (likely(!net->sysctl.tcp_workaround_signed_windows))
		return;
	w->rcv_wnd = w->rcv_ssthresh = min(w->rcv_wnd, 32767u);
	if (!w->rcv_wscale)
		w->window_clamp = min(w->window_clamp, 32767u);
}

/* The MSS to advertise for a path of that MTU. */
static inline u32 tcp_dst_advmss(const struct dst_entry *dst, u32 mtu, u32 headers)
{
	u32 mss = dst_metric(dst, RTAX_ADVMSS);

	return unlikely(mss) ? mss : clamp_t(u32, mtu, 256, 65535) - headers;
}

/* So many answers make a connection interactive: ACKs ride on data. */
static inline bool tcp_in_pingpong_mode(const struct tcp_sock *tp)
{
	return tp->ack.pingpong >= tcp_net(tp)->sysctl.tcp_pingpong_thresh;
}

static inline void tcp_enter_pingpong_mode(struct tcp_sock *tp)
{
	tp->ack.pingpong = (u8)tcp_net(tp)->sysctl.tcp_pingpong_thresh;
}

static inline bool tcp_in_quickack_mode(const struct tcp_sock *tp)
{
	return (tp->ack.quick && !tcp_in_pingpong_mode(tp)) ||
	       unlikely(dst_metric(tp->sk.dst, RTAX_QUICKACK));
}

/* The route's algorithm takes over. */
void __tcp_ca_of_dst(struct sock *sk);

static inline void tcp_ca_of_dst(struct sock *sk)
{
	if (unlikely(dst_metric(sk->dst, RTAX_CC_ALGO)))
		__tcp_ca_of_dst(sk);
}

#endif
