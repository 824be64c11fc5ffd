/* SPDX-License-Identifier: MIT */
/* Sending: tcp_output.c decides what may leave, tcp_xmit.c builds and sends it. */
#ifndef LINNET_TRANSPORT_TCP_TCP_OUTPUT_H
#define LINNET_TRANSPORT_TCP_TCP_OUTPUT_H

#include "transport/tcp/tcp_sock.h"

/* ---- tcp_output.c ---- */

enum tcp_xmit_mode {
	TCP_XMIT_ALL,
	TCP_XMIT_ONE,
	TCP_XMIT_PROBE,		/* one, also when cwnd is full (RFC 8985 7.3) */
};

/* Sends what window, cwnd and Nagle allow. nonagle: TCP_NAGLE_*, or 0. True: nothing could leave
 * although something waits and nothing is in flight (the caller arms the probe). */
bool tcp_write_xmit(struct sock *sk, u32 mss_now, u8 nonagle, enum tcp_xmit_mode mode);
/* What tcp_write_xmit() does when skb, a segment of at most the MSS that is on no queue, has left
 * and is all that there is: nothing waits, nothing was in flight. */
void tcp_sent_alone(struct sock *sk, struct sk_buff *skb);
/* The peer's window takes skb, or its first segment when it is longer than mss. */
bool tcp_snd_wnd_test(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss);
void __tcp_push_pending_frames(struct sock *sk, u32 mss_now, u8 nonagle);
void tcp_push_pending_frames(struct sock *sk);
/* Sends lost segments again as far as cwnd goes (tcp_retransmit.c). */
void tcp_xmit_retransmit_queue(struct sock *sk);
/* Those, or new data: what an alert decided. */
void tcp_xmit_recovery(struct sock *sk, enum tcp_rexmit rexmit);
/* Sends up to segs segments of skb again; what is longer is cut. 0, or -errno: nothing was sent. */
int tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, u32 segs, const char *why);
/* The same for a probe: the scoreboard does not know of it. */
int tcp_send_again(struct sock *sk, struct sk_buff *skb, u32 segs, const char *why);
/* How many more pieces of what was sent the send buffer bears: a peer chooses where it is cut. */
u32 tcp_cuts_left(const struct tcp_sock *tp);
/* Cuts what is not yet sent; the rest stays behind it. 0, -ENOMEM. */
int tcp_fragment_unsent(struct sock *sk, struct sk_buff *skb, u32 len);
/* skb was sent for the first time: from the write queue to the retransmission queue. */
void tcp_event_new_data_sent(struct sock *sk, struct sk_buff *skb);
/* Cuts one that was sent after len bytes, into packets of mss. 0, -ENOMEM. */
int tcp_fragment_sent(struct sock *sk, struct sk_buff *skb, u32 len, u32 mss);
/* The path's MTU fell below what is in flight: send again in smaller pieces. */
void tcp_simple_retransmit_now(struct sock *sk);
/* Window probe (RFC 9293 3.8.6.1) or, keepalive, one segment that wants an ACK. 0: sent;
 * < 0: it was not. */
int tcp_write_wakeup(struct sock *sk, u64 *mib);
void tcp_send_probe0(struct sock *sk);
void tcp_check_probe_timer(struct sock *sk);
void tcp_send_fin(struct sock *sk);
void tcp_send_active_reset(struct sock *sk);
/* Sends SYN. -ENOMEM, -EHOSTUNREACH ... */
int tcp_connect_xmit(struct sock *sk);
/* Simultaneous open: SYN-ACK for our SYN. */
void tcp_send_synack(struct sock *sk);
void tcp_send_ack(struct sock *sk);
void tcp_send_delayed_ack(struct sock *sk);

/* After an RTO without sending the old window says nothing of the path (RFC 5681 4.1): asked when
 * the user begins a segment, and when the peer's window changes while one waits. */
void tcp_slow_start_after_idle_check(struct sock *sk);

/* The window was what held the sender back. In slow start it may be twice of what was used. */
static inline bool tcp_is_cwnd_limited(const struct tcp_sock *tp)
{
	return tp->is_cwnd_limited ||
	       (tcp_in_slow_start(&tp->cong) && tp->cong.snd_cwnd < 2 * tp->max_packets_out);
}

static inline struct sk_buff *tcp_send_head(const struct sock *sk)
{
	return skb_peek(&tcp_sk(sk)->write_queue);
}

/* No more than what the peer's window and the path take; without SACK blocks. */
u32 tcp_sync_mss(struct tcp_sock *tp, u32 pmtu);
/* MSS for the next segment: sees a changed path MTU and the SACK blocks that ride along. */
u32 tcp_current_mss(struct sock *sk);
u32 tcp_mtu_to_mss(const struct tcp_sock *tp, u32 pmtu);
/* MSS option of our SYN. */
u16 tcp_advertise_mss(const struct sock *sk);
/* The window that the next segment would advertise; the other one where there is less room. */
u32 tcp_select_other_window(struct sock *sk, u32 free_space);

static inline u32 __tcp_select_window(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 free_space = tcp_space(sk);

	return likely(tcp_window_is_open(&tp->rwin, free_space, tp->ack.rcv_mss)) ?
	       tcp_window_open(&tp->rwin) : tcp_select_other_window(sk, free_space);
}

/* ---- tcp_xmit.c ---- */

/*
 * Writes the header and hands the segment to IP.
 * @clone: skb stays (in the rtxq); else it is consumed
 * Return: 0; -ENOBUFS (no memory, or dropped by the device: local congestion), -EHOSTUNREACH...
 */
int tcp_transmit_skb(struct sock *sk, struct sk_buff *skb, bool clone);
/* The same of an ACK without payload, which is asked about in one go. Consumes. */
int tcp_transmit_ack(struct sock *sk, struct sk_buff *skb);

/* A segment without payload, cb set; NULL: no memory. */
struct sk_buff *tcp_alloc_skb(struct net *net, u32 seq, u8 flags);

/* Bytes of options that the next segment has beside the timestamp, with accurate ECN. */
u32 tcp_accecn_room(struct tcp_sock *tp);

/* The cached route, looked up anew when it is obsolete. NULL: none. */
struct dst_entry *tcp_route(struct sock *sk);

#endif
