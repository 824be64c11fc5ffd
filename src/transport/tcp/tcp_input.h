/* SPDX-License-Identifier: MIT */
/* What the input files tell each other. See tcp.h for the way of a segment. */
#ifndef LINNET_TRANSPORT_TCP_TCP_INPUT_H
#define LINNET_TRANSPORT_TCP_TCP_INPUT_H

#include "transport/tcp/tcp_sock.h"

/* ---- tcp_input.c ---- */

/* A segment for a connection in ESTABLISHED; data at the TCP header, cb filled. Consumes. */
void tcp_rcv_established(struct sock *sk, struct sk_buff *skb);

/*
 * PAWS, sequence, RST, SYN (RFC 9293 3.10.7.4 first to fourth, RFC 5961, RFC 7323 5).
 * Return: true: go on; false: skb is consumed, and the answer is sent.
 */
bool tcp_validate_incoming(struct sock *sk, struct sk_buff *skb,
			   struct tcp_options_received *opt);

/* Options of a segment of this connection, tsecr on our clock. */
void tcp_parse_segment_options(const struct tcp_sock *tp, const struct sk_buff *skb,
			       struct tcp_options_received *opt);

/* RFC 7323 4.3: remembers the timestamp of the segment that ACKs will echo. */
void tcp_store_ts_recent(struct tcp_sock *tp, u32 tsval);

/* A timestamp is too old (RFC 7323 5.3 R1). */
bool tcp_paws_reject(u32 ts_recent, u32 ts_recent_stamp_s, u32 tsval, u32 now_s, bool rst);

/* A valid RST (RFC 9293 3.10.7.4): tells the user, ends the connection. */
void tcp_reset(struct sock *sk);

/* RFC 5961 7: whether one more challenge ACK may go out, which is counted. last: when the last one
 * of the connection did. */
bool tcp_may_challenge(struct net *net, u32 *last);
void tcp_send_challenge_ack(struct sock *sk);

/*
 * May an invalid segment be answered? One answer per tcp_invalid_ratelimit; data segments always.
 * @last: ms of the last answer; mib: counts those not sent
 */
bool tcp_oow_rate_limited(struct net *net, const struct sk_buff *skb, u64 *mib, u32 *last);

/* The ACE counter that the next segment will have if nothing more was marked (tcp_accecn.h), in its
 * place in the word; 0 without it. */
u32 tcp_accecn_predict(const struct tcp_sock *tp);

static inline void tcp_fast_path_on(struct tcp_sock *tp)
{
	u32 wnd = min(tp->snd_wnd >> tp->snd_wscale, 65535u);

	tp->pred_flags = cpu_to_be32((u32)(tp->tcp_header_len / 4) << 28 |
				     (u32)TCPHDR_ACK << 16 | wnd |
				     (unlikely(tp->accecn) ? tcp_accecn_predict(tp) : 0));
}

/* Header prediction holds while nothing is special: no hole, a window, room, no urgent data. */
void tcp_fast_path_check(struct tcp_sock *tp);

/* Established: sets up what needs both sides' options (RTT, windows, buffers, congestion). */
void tcp_init_transfer(struct sock *sk);
void tcp_finish_connect(struct sock *sk);
void tcp_data_snd_check(struct sock *sk);
void tcp_ack_snd_check(struct sock *sk);

/* ---- tcp_ack.c ---- */

enum {				/* flag of tcp_ack() */
	FLAG_DATA = 0x01,		/* carried data */
	FLAG_WIN_UPDATE = 0x02,
	FLAG_DATA_ACKED = 0x04,
	FLAG_RETRANS_DATA_ACKED = 0x08,
	FLAG_SYN_ACKED = 0x10,
	FLAG_DATA_SACKED = 0x20,
	FLAG_ECE = 0x40,
	FLAG_LOSS_TIMER = 0x80,		/* a loss mechanism has set the timer */
	FLAG_SLOWPATH = 0x100,
	FLAG_ORIG_SACK_ACKED = 0x200,
	FLAG_SND_UNA_ADVANCED = 0x400,
	FLAG_DSACKING_ACK = 0x800,
	FLAG_UPDATE_TS_RECENT = 0x4000,
	FLAG_NO_CHALLENGE_ACK = 0x8000,
	FLAG_DSACK_TLP = 0x20000,	/* the duplicate is the loss probe */
};

#define FLAG_ACKED (FLAG_DATA_ACKED | FLAG_SYN_ACKED)
#define FLAG_NOT_DUP (FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED)
#define FLAG_CA_ALERT (FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACKING_ACK)

/* The RTT by the echoed timestamp, which is exact to a ms (RFC 7323 4.1); -1: there is none. */
s64 tcp_tsecr_rtt_us(const struct tcp_sock *tp, const struct tcp_options_received *opt);

/*
 * The acknowledgement field (RFC 9293 3.10.7.4 fifth, RFC 5961 5).
 * Return: 0: acceptable; else why not: the caller drops the segment.
 */
enum skb_drop_reason tcp_ack(struct sock *sk, const struct sk_buff *skb,
			     const struct tcp_options_received *opt, int flag);
/* The same of a segment whose header is as predicted: flag 0 or FLAG_DATA. */
enum skb_drop_reason tcp_ack_predicted(struct sock *sk, const struct sk_buff *skb,
				       const struct tcp_options_received *opt, int flag);

/* For the journey: the state of congestion, and packets that were found lost. */
void tcp_trace_ca_state(const struct sock *sk);
void tcp_trace_lost(const struct sock *sk, u32 packets);
/* The user has room again? Wakes the writer. */
void tcp_check_space(struct sock *sk);
void tcp_sndbuf_expand(struct sock *sk);

/* ---- tcp_data.c ---- */

/* Payload and FIN of an acceptable segment; data at the TCP header. Consumes. */
void tcp_data_queue(struct sock *sk, struct sk_buff *skb);
/* The common case: payload at rcv_nxt, room is checked; data at the payload. Consumes. */
void tcp_queue_rcv(struct sock *sk, struct sk_buff *skb);
void tcp_event_data_recv(struct sock *sk, const struct sk_buff *skb);
/* Room in the receive buffer, pruned if need be. False: drop. */
bool tcp_try_rmem_schedule(struct sock *sk, const struct sk_buff *skb);
/* Our FIN's counterpart came: half-close from the peer. */
void tcp_fin(struct sock *sk);
void tcp_urg(struct sock *sk, const struct sk_buff *skb);
void tcp_enter_quickack_mode(struct sock *sk, u32 max_quickacks);
void tcp_incr_quickack(struct tcp_sock *tp, u32 max_quickacks);
void tcp_initialize_rcv_mss(struct tcp_sock *tp);
void tcp_rcv_rtt_measure_ts(struct sock *sk, const struct sk_buff *skb,
			    const struct tcp_options_received *opt);
/* A duplicate or invalid segment: ACK at once, with a D-SACK where it was old data. */
void tcp_send_dupack(struct sock *sk, const struct sk_buff *skb);
void tcp_dsack(struct tcp_sock *tp, u32 start, u32 end);

static inline void inet_csk_schedule_ack(struct tcp_sock *tp)
{
	tp->ack.pending |= ICSK_ACK_SCHED;
}

static inline bool inet_csk_ack_scheduled(const struct tcp_sock *tp)
{
	return tp->ack.pending & ICSK_ACK_SCHED;
}

/* ---- tcp_state.c ---- */

/*
 * All states but ESTABLISHED, TIME-WAIT, LISTEN's children: RFC 9293 3.10.7 in its order.
 * Return: 0: consumed; else the caller answers with RST, and drops for this reason.
 */
enum skb_drop_reason tcp_rcv_state_process(struct sock *sk, struct sk_buff *skb);

#endif
