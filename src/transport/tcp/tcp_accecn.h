/* SPDX-License-Identifier: MIT */
/*
 * Accurate ECN (RFC 9768): the receiver tells how many packets came with CE, not only that there
 * was one. Negotiated by three flags of the SYN, AE CWR ECE; a SYN-ACK and the ACK of it tell with
 * which ECN field the other's packet came; from then on the flags are a counter, ACE:
 *
 *	ACE	packets with CE that came, + 5, modulo 8: in every segment
 *	option	bytes of payload that came with ECT(1), CE and ECT(0), 24 bits each, in the order of
 *		kind 174 or the reverse of kind 172; so many of them as there is room for
 *
 * All packets are ECT(0), those sent again and pure ACKs too. When the ECN field of what comes
 * changes it is acknowledged at once. A path that clears flags or the option is found out by values
 * that are never 0 at first.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_ACCECN_H
#define LINNET_TRANSPORT_TCP_TCP_ACCECN_H

#include "transport/tcp/tcp_ecn.h"

/* What the counters begin with (RFC 9768 3.2.1), so that 0 is never a first value. */
#define TCP_ACCECN_CEP_INIT 5u
#define TCP_ACCECN_E1B_INIT 1u
#define TCP_ACCECN_CEB_INIT 0u
#define TCP_ACCECN_E0B_INIT 1u

/* fail_mode, Linux's numbers (TCP_INFO) */
enum {
	TCP_ACCECN_ACE_FAIL_RECV = 2,	/* flags do not get here: send no ECT */
	TCP_ACCECN_OPT_FAIL_RECV = 8,	/* options come altered */
};

/* saw_opt, too */
enum {
	TCP_ACCECN_OPT_NOT_SEEN, TCP_ACCECN_OPT_EMPTY_SEEN, TCP_ACCECN_OPT_COUNTER_SEEN,
	TCP_ACCECN_OPT_FAIL_SEEN,
};

struct tcp_accecn {
	u32 received_ce;		/* packets */
	u32 received_bytes[3];		/* payload by ECN field - 1: ECT(1), ECT(0), CE */
	u32 delivered_bytes[3];		/* the same of what we sent, as the peer says */
	u32 opt_us;			/* the option was last sent */
	u32 ts_seen;			/* newest timestamp of an ACK; an older one tells nothing */
	u16 acked_ewma;			/* packets per ACK, 1/64 */
	u8 ce_pending;			/* packets with CE since a segment left, at most 15 */
	u8 opt_demand;			/* so many segments are to have the option */
	u8 minlen;			/* with at least so many counters */
	u8 est_field;			/* ECN field that ours are taken to arrive with; 0 = ? */
	u8 prev_field;			/* of the last packet that came */
	u8 syn_ect_snt, syn_ect_rcv;
	u8 saw_opt, fail_mode;
	bool reflect;			/* the next ACK has the answer to a SYN-ACK for ACE */
};

/* AE CWR ECE as a number */
static inline u8 tcp_accecn_ace(const struct tcphdr *th)
{
	return (u8)((th->doff_res & 1) << 2 | th->flags >> 6);
}

static inline void tcp_accecn_set_ace(struct tcphdr *th, u8 ace)
{
	th->doff_res = (u8)((th->doff_res & ~1) | (ace >> 2 & 1));
	th->flags = (u8)((th->flags & 0x3f) | ace << 6);
}

/* RFC 9768 3.1.2: any SYN with other flags than none and those of RFC 3168 asks for it. */
static inline bool tcp_accecn_syn_asks(const struct tcphdr *th)
{
	return tcp_accecn_ace(th) && tcp_accecn_ace(th) != 3;
}

/* The flags that answer a SYN or SYN-ACK that came with this ECN field (table 2). */
u8 tcp_accecn_reflector(u8 ect);

/* Zeroed state in tp->accecn. False: no memory. */
bool tcp_accecn_start(struct tcp_sock *tp);
void tcp_accecn_stop(struct tcp_sock *tp);

/* The SYN-ACK has taken it up. */
void tcp_accecn_rcv_synack(struct tcp_sock *tp, const struct sk_buff *skb,
			   const struct tcp_options_received *opt);
/* The ACK of a SYN-ACK that did (table 4). */
void tcp_accecn_third_ack(struct tcp_sock *tp, const struct sk_buff *skb,
			  const struct tcp_options_received *opt);

/* What is sent from now on, or no longer, tells with which ECN field skb, a SYN-ACK, came. NULL:
 * that of tcp_accecn_rcv_synack(). */
void tcp_accecn_reflect(struct sock *sk, const struct sk_buff *skb, bool on);

/* A segment leaves: its flags. */
void tcp_accecn_send(struct sock *sk, struct tcphdr *th);
/* Puts the option beside o's others, as far as 40 bytes go: with `required` counters at least, for
 * which SACK blocks may have to go. a: NULL in a SYN-ACK, where the counters begin. */
void tcp_accecn_fit(const struct tcp_accecn *a, struct tcp_out_options *o, u8 required);
void tcp_accecn_options(struct tcp_sock *tp, struct tcp_out_options *o);
/* It was sent with these options. */
void tcp_accecn_sent(struct tcp_sock *tp, const struct tcp_out_options *o);

/* An acceptable segment came, payload bytes long. */
void __tcp_accecn_received(struct sock *sk, const struct sk_buff *skb, u32 payload);

static inline void tcp_accecn_received(struct sock *sk, const struct sk_buff *skb, u32 payload)
{
	if (unlikely(tcp_ecn_mode_accecn(tcp_sk(sk))))
		__tcp_accecn_received(sk, skb, payload);
}

struct tcp_accecn_ack {
	const struct sk_buff *skb;
	const struct tcp_options_received *opt;
	u32 delivered, delivered_bytes;	/* by this ACK */
	bool progress;		/* it acknowledged or SACKed something new */
	bool slow;		/* it was parsed in full */
	bool syn;		/* it acknowledged our SYN: no counter yet */
};

/* Return: packets that this ACK says arrived with CE. */
u32 tcp_accecn_process(struct sock *sk, const struct tcp_accecn_ack *ack);

#endif
