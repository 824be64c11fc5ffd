/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_ecn.h"

#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"

/* The ECN field of what the sock sends. As Linux: getsockopt(IP_TOS) shows it. */
static void set_ecn_field(struct sock *sk, u8 ecn)
{
	sk->tos = (u8)((sk->tos & ~INET_ECN_MASK) | ecn);
}

static void set_mode(struct tcp_sock *tp, u8 mode)
{
	if (tp->ecn_flags == mode)
		return;
	tp->ecn_flags = mode;
	tp->rec.cwr = mode == TCP_ECN_MODE_RFC3168 ? TCP_CWR_TOLD : TCP_CWR_NOT_TOLD;
	if (!(mode & TCP_ECN_MODE_ACCECN))
		tcp_accecn_stop(tp);
}

void tcp_ecn_for_ca(struct sock *sk)
{
	set_ecn_field(sk, tcp_ca_needs_ecn(tcp_sk(sk)) ? INET_ECN_ECT_0 : INET_ECN_NOT_ECT);
}

/* ---- handshake ---- */

void tcp_ecn_send_syn(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int how = sock_net(sk)->sysctl.tcp_ecn;

	set_mode(tp, 0);
	if (how != TCP_ECN_IN_AND_OUT && how != TCP_ECN_ACCECN && how != TCP_ECN_ACCECN_OUT_ECN &&
	    !tcp_ca_needs_ecn(tp) && !(dst_metric(sk->dst, RTAX_FEATURES) & RTAX_FEATURE_ECN))
		return;
	if (tcp_ca_needs_ecn(tp))
		set_ecn_field(sk, INET_ECN_ECT_0);
	/* AE is added on the way out, where the mode is pending. */
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_ECE | TCPHDR_CWR;
	set_mode(tp, how == TCP_ECN_ACCECN && tcp_accecn_start(tp) ? TCP_ECN_MODE_PENDING :
								     TCP_ECN_MODE_RFC3168);
}

void tcp_ecn_clear_syn(const struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!sock_net(sk)->sysctl.tcp_ecn_fallback)
		return;
	/* RFC 9768 3.1.4.1: accurate ECN is asked for once more. */
	if ((tp->ecn_flags & TCP_ECN_MODE_PENDING) == TCP_ECN_MODE_PENDING &&
	    tp->tm.retransmits <= 1)
		return;
	/* The mode stays: an answer to the first SYN may still come. */
	TCP_SKB_CB(skb)->tcp_flags &= (u8)~(TCPHDR_ECE | TCPHDR_CWR);
}

void tcp_ecn_send_synack(const struct sock *sk, struct sk_buff *skb)
{
	TCP_SKB_CB(skb)->tcp_flags &= (u8)~TCPHDR_CWR;
	if (!tcp_sk(sk)->ecn_flags)
		TCP_SKB_CB(skb)->tcp_flags &= (u8)~TCPHDR_ECE;
}

void tcp_ecn_rcv_synack(struct sock *sk, const struct sk_buff *skb,
			const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 ace = tcp_accecn_ace(tcp_hdr(skb));
	bool accurate = tp->accecn && ace != 0 && ace != 1 && ace != 7;

	if (accurate) {
		set_mode(tp, TCP_ECN_MODE_ACCECN);
		tcp_accecn_rcv_synack(tp, skb, opt);
	} else if ((TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_ECE | TCPHDR_CWR)) == TCPHDR_ECE &&
		   tp->ecn_flags) {
		set_mode(tp, TCP_ECN_MODE_RFC3168);
	} else {
		/* ECE and CWR both is no answer: a host that reflects flags (RFC 3168 6.1.1). */
		set_mode(tp, 0);
	}
}

void tcp_ecn_rcv_syn(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcphdr *th = tcp_hdr(skb);

	if (tp->accecn && tcp_accecn_syn_asks(th)) {
		tp->accecn->syn_ect_rcv = tp->accecn->prev_field = tcp_ecn_field(skb);
		set_mode(tp, TCP_ECN_MODE_ACCECN);
	} else if (tp->ecn_flags && tcph_has(th, TCPHDR_ECE | TCPHDR_CWR)) {
		set_mode(tp, TCP_ECN_MODE_RFC3168);
	} else {
		set_mode(tp, 0);
	}
}

void tcp_ecn_create_request(const struct sock *listener, struct request_sock *req,
			    const struct sk_buff *skb, const struct dst_entry *dst)
{
	u32 of_dst = dst_metric(dst, RTAX_FEATURES) & RTAX_FEATURE_ECN_MASK;
	const struct tcphdr *th = tcp_hdr(skb);
	int how = req->c.net->sysctl.tcp_ecn;

	if (tcp_accecn_syn_asks(th) && how >= TCP_ECN_ACCECN) {
		req->ecn_ok = req->accecn_ok = true;
		req->syn_ect_rcv = tcp_ecn_field(skb);
		return;
	}
	/* As Linux: a SYN with ECT went through something that sets it on all packets, so its CE
	 * would say nothing; unless a reserved bit tells of a later version of the protocol. */
	req->ecn_ok = tcph_has(th, TCPHDR_ECE | TCPHDR_CWR) &&
		      (((how || of_dst) && (!tcp_ecn_field(skb) || th->doff_res & 0xf)) ||
		       tcp_ca_needs_ecn(tcp_sk(listener)) || of_dst & RTAX_FEATURE_ECN_CA);
}

void tcp_ecn_cookie(struct request_sock *req, const struct tcphdr *th)
{
	/* RFC 9768 5.1: of RFC 3168's the ACK has no such flags. */
	req->accecn_ok = req->ecn_ok && tcp_accecn_ace(th) > 1 &&
			 req->c.net->sysctl.tcp_ecn >= TCP_ECN_ACCECN;
}

bool tcp_ecn_openreq_child(struct sock *child, const struct request_sock *req)
{
	struct tcp_sock *tp = tcp_sk(child);

	if (!req->accecn_ok) {
		set_mode(tp, req->ecn_ok ? TCP_ECN_MODE_RFC3168 : 0);
		return true;
	}
	if (!tcp_accecn_start(tp))
		return false;
	set_mode(tp, TCP_ECN_MODE_ACCECN);
	tp->accecn->syn_ect_snt = req->tos & INET_ECN_MASK;
	tp->accecn->syn_ect_rcv = tp->accecn->prev_field = req->syn_ect_rcv;
	tp->accecn->opt_demand = 1;
	return true;
}

void tcp_ecn_third_ack(struct sock *child, const struct sk_buff *skb,
		       const struct tcp_options_received *opt)
{
	if (tcp_sk(child)->accecn)
		tcp_accecn_third_ack(tcp_sk(child), skb, opt);
}

void __tcp_ecn_settled(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->ecn_flags & TCP_ECN_MODE_PENDING)
		return;
	tcp_cong_switch(&tcp_net(tp)->tcp->cong, &tp->cong, tp->cong.ops->without_ecn);
	set_ecn_field(sk, INET_ECN_NOT_ECT);
}

/* ---- segments ---- */

/* A SYN that asks for accurate ECN, or the SYN-ACK of a simultaneous open that grants it. */
static void syn_ace(const struct tcp_sock *tp, struct tcphdr *th)
{
	if (th->flags & TCPHDR_ACK && tcp_ecn_mode_accecn(tp))
		tcp_accecn_set_ace(th, tcp_accecn_reflector(tp->accecn->syn_ect_rcv));
	else if (th->flags & TCPHDR_CWR && tp->accecn)
		tcp_accecn_set_ace(th, 7);
}

void __tcp_ecn_send(struct sock *sk, const struct sk_buff *skb, struct tcphdr *th, u32 payload)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (th->flags & TCPHDR_SYN) {
		syn_ace(tp, th);
		return;
	}
	if (tcp_ecn_mode_accecn(tp)) {
		tcp_accecn_send(sk, th);
		return;
	}
	if (payload && !before(TCP_SKB_CB(skb)->seq, tp->snd_nxt)) {
		set_ecn_field(sk, INET_ECN_ECT_0);
		if (tp->rec.cwr == TCP_CWR_DUE) {
			tp->rec.cwr = TCP_CWR_TOLD;
			th->flags |= TCPHDR_CWR;
		}
	} else if (!tcp_ca_needs_ecn(tp)) {
		set_ecn_field(sk, INET_ECN_NOT_ECT);
	}
	if (tp->ecn_flags & TCP_ECN_DEMAND_CWR)
		th->flags |= TCPHDR_ECE;
}

/* ECE from now on; accurate ECN has counters in its place. */
static void demand_cwr(struct tcp_sock *tp, bool on)
{
	tp->ecn_flags = (u8)((tp->ecn_flags & ~TCP_ECN_DEMAND_CWR) |
			     (on && tcp_ecn_mode_rfc3168(tp) ? TCP_ECN_DEMAND_CWR : 0));
}

/* RFC 8257 3.2 */
static __noinline void ca_rcv_ce(struct sock *sk, bool ce)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_cong_begin(&tcp_net(tp)->tcp->cong, &tp->cong, tcp_net(tp)->now);
	if (!tp->cong.priv)
		return;
	if (tp->cong.ops->rcv_ce(&tp->cong, ce)) {
		/* rcv_nxt is not yet moved by what came now. */
		if (tp->ack.pending & ICSK_ACK_TIMER) {
			demand_cwr(tp, !ce);
			tcp_send_ack(sk);
		}
		tp->ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_NOW;
	}
	demand_cwr(tp, ce);
}

void __tcp_data_ecn_check(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (unlikely(tp->cong.ops->rcv_ce) && tcp_ecn_field(skb) != INET_ECN_NOT_ECT)
		ca_rcv_ce(sk, tcp_ecn_field(skb) == INET_ECN_CE);
	switch (tcp_ecn_field(skb)) {
	case INET_ECN_NOT_ECT:
		/* Without ECT where there was: sent again, so the peer waits for this ACK. */
		if (tp->ecn_flags & TCP_ECN_SEEN)
			tcp_enter_quickack_mode(sk, 2);
		return;
	case INET_ECN_CE:
		if (!(tp->ecn_flags & TCP_ECN_DEMAND_CWR) && tcp_ecn_mode_rfc3168(tp)) {
			/* The peer's window may be so low that it waits for this ACK. */
			tcp_enter_quickack_mode(sk, 2);
			tp->ecn_flags |= TCP_ECN_DEMAND_CWR;
		}
		break;
	}
	if (tcp_ecn_mode_rfc3168(tp))
		tp->ecn_flags |= TCP_ECN_SEEN;
}

void __tcp_ecn_accept_cwr(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_ecn_mode_rfc3168(tp))
		return;
	/* On a pure ACK too, where the RFC has it on new data only: some peers send it there. */
	tp->ecn_flags &= (u8)~TCP_ECN_DEMAND_CWR;
	if (TCP_SKB_CB(skb)->seq != TCP_SKB_CB(skb)->end_seq)
		tp->ack.pending |= ICSK_ACK_NOW;
}
