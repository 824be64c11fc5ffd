/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_ecn.h"

#include "transport/tcp/tcp_input.h"

/* The ECN field of what the sock sends. As Linux: getsockopt(IP_TOS) shows it. */
static void set_ecn_field(struct sock *sk, u8 ecn)
{
	sk->tos = (u8)((sk->tos & ~INET_ECN_MASK) | ecn);
}

static void set_mode(struct tcp_sock *tp, u8 mode)
{
	tp->ecn_flags = mode;
	tp->rec.cwr = mode & TCP_ECN_MODE_RFC3168 ? TCP_CWR_TOLD : TCP_CWR_NOT_TOLD;
}

/* ---- handshake ---- */

void tcp_ecn_send_syn(struct sock *sk, struct sk_buff *skb)
{
	set_mode(tcp_sk(sk), 0);
	if (sock_net(sk)->sysctl.tcp_ecn != TCP_ECN_IN_AND_OUT)
		return;
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_ECE | TCPHDR_CWR;
	set_mode(tcp_sk(sk), TCP_ECN_MODE_RFC3168);
}

void tcp_ecn_clear_syn(const struct sock *sk, struct sk_buff *skb)
{
	/* The mode stays: an answer to the first SYN may still come. */
	if (sock_net(sk)->sysctl.tcp_ecn_fallback)
		TCP_SKB_CB(skb)->tcp_flags &= (u8)~(TCPHDR_ECE | TCPHDR_CWR);
}

void tcp_ecn_send_synack(const struct sock *sk, struct sk_buff *skb)
{
	TCP_SKB_CB(skb)->tcp_flags &= (u8)~TCPHDR_CWR;
	if (!tcp_sk(sk)->ecn_flags)
		TCP_SKB_CB(skb)->tcp_flags &= (u8)~TCPHDR_ECE;
}

void tcp_ecn_rcv_synack(struct sock *sk, const struct sk_buff *skb)
{
	/* ECE and CWR both is no answer: a host that reflects flags (RFC 3168 6.1.1). */
	if ((TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_ECE | TCPHDR_CWR)) != TCPHDR_ECE)
		set_mode(tcp_sk(sk), 0);
}

void tcp_ecn_rcv_syn(struct sock *sk, const struct sk_buff *skb)
{
	if (!tcph_has(tcp_hdr(skb), TCPHDR_ECE | TCPHDR_CWR))
		set_mode(tcp_sk(sk), 0);
}

bool tcp_ecn_syn_asks(const struct sock *listener, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);

	if (!tcph_has(th, TCPHDR_ECE | TCPHDR_CWR) || !sock_net(listener)->sysctl.tcp_ecn)
		return false;
	/* As Linux: a SYN with ECT went through something that sets it on all packets, so its CE
	 * would say nothing; unless a reserved bit tells of a later version of the protocol. */
	return !tcp_ecn_field(skb) || th->doff_res & 0xf;
}

void tcp_ecn_openreq_child(struct sock *child)
{
	set_mode(tcp_sk(child), TCP_ECN_MODE_RFC3168);
}

/* ---- segments ---- */

void __tcp_ecn_send(struct sock *sk, const struct sk_buff *skb, struct tcphdr *th, u32 payload)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (th->flags & TCPHDR_SYN)
		return;
	if (payload && !before(TCP_SKB_CB(skb)->seq, tp->snd_nxt)) {
		set_ecn_field(sk, INET_ECN_ECT_0);
		if (tp->rec.cwr == TCP_CWR_DUE) {
			tp->rec.cwr = TCP_CWR_TOLD;
			th->flags |= TCPHDR_CWR;
		}
	} else {
		set_ecn_field(sk, INET_ECN_NOT_ECT);
	}
	if (tp->ecn_flags & TCP_ECN_DEMAND_CWR)
		th->flags |= TCPHDR_ECE;
}

void __tcp_data_ecn_check(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	switch (tcp_ecn_field(skb)) {
	case INET_ECN_NOT_ECT:
		/* Without ECT where there was: sent again, so the peer waits for this ACK. */
		if (tp->ecn_flags & TCP_ECN_SEEN)
			tcp_enter_quickack_mode(sk, 2);
		return;
	case INET_ECN_CE:
		if (!(tp->ecn_flags & TCP_ECN_DEMAND_CWR)) {
			/* The peer's window may be so low that it waits for this ACK. */
			tcp_enter_quickack_mode(sk, 2);
			tp->ecn_flags |= TCP_ECN_DEMAND_CWR;
		}
		break;
	}
	tp->ecn_flags |= TCP_ECN_SEEN;
}

void __tcp_ecn_accept_cwr(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!(tp->ecn_flags & TCP_ECN_MODE_RFC3168))
		return;
	/* On a pure ACK too, where the RFC has it on new data only: some peers send it there. */
	tp->ecn_flags &= (u8)~TCP_ECN_DEMAND_CWR;
	if (TCP_SKB_CB(skb)->seq != TCP_SKB_CB(skb)->end_seq)
		tp->ack.pending |= ICSK_ACK_NOW;
}
