/* SPDX-License-Identifier: MIT */
/*
 * Explicit congestion notification (RFC 3168): a queue that fills marks packets (CE) instead of
 * dropping them, the receiver says so (ECE) until the sender has answered (CWR) by reducing its
 * window as after a loss.
 *
 *	SYN		ECE CWR		"do you speak it?"
 *	SYN-ACK		ECE		"yes"
 *	data		ECT(0)		may be marked; not what is sent again (RFC 3168 6.1.5), no
 *					pure ACK (6.1.4), no window probe (6.1.6)
 *	after CE	ECE		in all that the receiver sends, until CWR comes
 *	after ECE	CWR		on the first new data after the window came down
 *
 * The reduction itself is tcp_recovery's, which also remembers that the peer is to be told of it
 * (tcp_recovery.cwr).
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_ECN_H
#define LINNET_TRANSPORT_TCP_TCP_ECN_H

#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_skb.h"

/* The sysctl tcp_ecn. */
enum {
	TCP_ECN_NONE = 0,
	TCP_ECN_IN_AND_OUT = 1,
	TCP_ECN_IN_ONLY = 2,	/* when the peer asks; the default */
	/* Accurate ECN when the peer asks for it (tcp_accecn.h), and itself asking for */
	TCP_ECN_ACCECN = 3,	/* accurate ECN, */
	TCP_ECN_ACCECN_OUT_ECN = 4,	/* RFC 3168's, */
	TCP_ECN_ACCECN_IN_ONLY = 5,	/* nothing */
};

/* tcp_sock.ecn_flags */
enum {
	TCP_ECN_MODE_RFC3168 = 1,	/* negotiated; before the SYN-ACK: asked for */
	TCP_ECN_DEMAND_CWR = 2,		/* CE came: ECE until CWR comes */
	TCP_ECN_SEEN = 4,		/* the peer does send ECT */
	TCP_ECN_MODE_ACCECN = 8,	/* accurate ECN; with RFC3168: which one is not known yet */
	TCP_ECN_MODE_PENDING = TCP_ECN_MODE_RFC3168 | TCP_ECN_MODE_ACCECN,
};

#define TCPHDR_SYN_ECN (TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR)

static inline bool tcp_ecn_mode_accecn(const struct tcp_sock *tp)
{
	return unlikely(tp->accecn != NULL) &&
	       (tp->ecn_flags & TCP_ECN_MODE_PENDING) == TCP_ECN_MODE_ACCECN;
}

static inline bool tcp_ecn_mode_rfc3168(const struct tcp_sock *tp)
{
	return (tp->ecn_flags & TCP_ECN_MODE_PENDING) == TCP_ECN_MODE_RFC3168;
}

static inline bool tcp_ca_needs_ecn(const struct tcp_sock *tp)
{
	return tp->cong.ops->without_ecn;
}

static inline u8 tcp_ecn_field(const struct sk_buff *skb)
{
	const u8 *h = skb_network_header(skb);

	/* The second byte of IPv4; of IPv6, the class stands 4 bits higher. */
	return (*h >> 4 == 4 ? h[1] : h[1] >> 4) & INET_ECN_MASK;
}

/* ---- handshake ---- */

/* Our SYN, cb set, about to be sent for the first time: asks for ECN when it is to. */
void tcp_ecn_send_syn(struct sock *sk, struct sk_buff *skb);
/* The SYN is sent again: without ECN, in case it was lost for that (RFC 3168 6.1.1.1). */
void tcp_ecn_clear_syn(const struct sock *sk, struct sk_buff *skb);
/* SYN-ACK of a simultaneous open. */
void tcp_ecn_send_synack(const struct sock *sk, struct sk_buff *skb);
/* What the peer's SYN-ACK, or its SYN that crossed ours, says. */
void tcp_ecn_rcv_synack(struct sock *sk, const struct sk_buff *skb,
			const struct tcp_options_received *opt);
void tcp_ecn_rcv_syn(struct sock *sk, const struct sk_buff *skb);
/* Does the SYN of a request ask for it, and do we take part? */
void tcp_ecn_create_request(const struct sock *listener, struct request_sock *req,
			    const struct sk_buff *skb, const struct dst_entry *dst);
/* What the ACK of a SYN cookie says, where its timestamp says ECN. */
void tcp_ecn_cookie(struct request_sock *req, const struct tcphdr *th);
/* The child of a request. False: no memory. */
bool tcp_ecn_openreq_child(struct sock *child, const struct request_sock *req);
/* And the ACK that completed it. */
void tcp_ecn_third_ack(struct sock *child, const struct sk_buff *skb,
		       const struct tcp_options_received *opt);

void __tcp_ecn_settled(struct sock *sk);

/* The handshake is through: a congestion control that needs ECN has it, or gives way. */
static inline void tcp_ecn_settled(struct sock *sk)
{
	if (unlikely(tcp_ca_needs_ecn(tcp_sk(sk))))
		__tcp_ecn_settled(sk);
}

/* The congestion control was chosen: what is sent is ECT, or is not, as it needs. */
void tcp_ecn_for_ca(struct sock *sk);

/* ---- segments of a connection ---- */

void __tcp_ecn_send(struct sock *sk, const struct sk_buff *skb, struct tcphdr *th, u32 payload);
void __tcp_data_ecn_check(struct sock *sk, const struct sk_buff *skb);
void __tcp_ecn_accept_cwr(struct sock *sk, const struct sk_buff *skb);

/* A segment leaves, header written, not summed: flags, and the ECN field for tcp_sock.sk.tos. */
static inline void tcp_ecn_send(struct sock *sk, const struct sk_buff *skb, u32 payload)
{
	if (unlikely(tcp_sk(sk)->ecn_flags))
		__tcp_ecn_send(sk, skb, (struct tcphdr *)(void *)skb_transport_header(skb),
			       payload);
}

/* Data came, in order or not. */
static inline void tcp_data_ecn_check(struct sock *sk, const struct sk_buff *skb)
{
	if (unlikely(tcp_sk(sk)->ecn_flags))
		__tcp_data_ecn_check(sk, skb);
}

/* An acceptable acknowledgement came, with CWR or not. */
static inline void tcp_ecn_accept_cwr(struct sock *sk, const struct sk_buff *skb)
{
	if (unlikely(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_CWR))
		__tcp_ecn_accept_cwr(sk, skb);
}

/* The peer tells of CE. */
static inline bool tcp_ecn_rcv_ecn_echo(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	return unlikely((TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_ECE | TCPHDR_SYN)) == TCPHDR_ECE) &&
	       tcp_ecn_mode_rfc3168(tp);
}

#endif
