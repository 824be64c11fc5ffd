/* SPDX-License-Identifier: MIT */
/* Sending again: what was marked lost, the head after a timeout, all after a smaller MTU. */
#include "base/trace.h"
#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_rcvq.h"
#include "transport/tcp/tcp_timer.h"

/* Too long for the path now: cut. */
static int fragment_sent(struct sock *sk, struct sk_buff *skb, u32 mss)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *rest = tcp_alloc_skb(sock_net(sk), 0, 0);

	if (!rest)
		return -ENOMEM;
	tcp_rtxq_split(&tp->rtxq, skb, rest, mss, mss);
	tcp_wmem_charge(tp, sizeof(*rest));
	return 0;
}

static int prepare(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 mss;

	if (!tcp_route(sk))
		return -EHOSTUNREACH;
	mss = tcp_current_mss(sk);
	/* A part of it was acknowledged. */
	if (before(cb->seq, tp->snd_una))
		tcp_skb_cut_front(skb, tp->snd_una - cb->seq);
	/* The peer took its window back: only the first goes, as a probe. */
	if (!before(cb->seq, tcp_wnd_end(tp)) && cb->seq != tp->snd_una)
		return -EAGAIN;
	if (skb->len > mss)
		return fragment_sent(sk, skb, mss);
	return 0;
}

int tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, const char *why)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 pcount;
	int err = prepare(sk, skb);

	if (err)
		return err;
	pcount = tcp_skb_pcount(skb);
	if (!tp->retrans_stamp)
		tp->retrans_stamp = tcp_stamp((u32)ktime_to_ms(skb->tstamp));
	mib_add(net, TcpRetransSegs, pcount);
	if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)
		mib_inc(net, TcpExtTCPSynRetrans);
	tp->total_retrans += pcount;
	tp->bytes_retrans += skb->len;
	TCP_SKB_CB(skb)->resent += TCP_SKB_CB(skb)->resent < UINT16_MAX;
	trace_skb(net, tcp_retransmit_skb, skb, TCP_SKB_CB(skb)->seq, skb->len,
		  TCP_SKB_CB(skb)->resent, TRACE_STR(why));
	err = tcp_transmit_skb(sk, skb, true);
	/* No sample from it, whether it got out or not. */
	TCP_SKB_CB(skb)->sacked |= TCPCB_EVER_RETRANS;
	if (err) {
		mib_add(net, TcpExtTCPRetransFail, pcount);
		return err;
	}
	tcp_rtxq_mark_retrans(&tp->rtxq, skb);
	tcp_recovery_retransmitted(&tp->rec, pcount, tcp_ts_clock(net));
	return 0;
}

void tcp_xmit_retransmit_queue(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	bool rearm = false;
	struct sk_buff *skb;

	while (tcp_packets_in_flight(&tp->rtxq) < tp->cong.snd_cwnd) {
		bool loss = tp->rec.ca_state == TCP_CA_Loss;

		skb = tcp_rtxq_next_lost(&tp->rtxq);
		if (!skb)
			break;
		if (tcp_retransmit_skb(sk, skb, loss ? "slow start after a timeout" :
				       "fast retransmit"))
			break;
		if (loss)
			mib_add(net, TcpExtTCPSlowStartRetrans, tcp_skb_pcount(skb));
		else
			mib_add(net, TcpExtTCPFastRetrans, tcp_skb_pcount(skb));
		rearm |= skb == tcp_rtxq_head(&tp->rtxq);
	}
	if (rearm)
		tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, tp->rtt.rto_us);
}

void tcp_simple_retransmit_now(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_simple_retransmit(&tp->rec, &tp->rtxq, &tp->cong, tp->snd_nxt,
				  tcp_current_mss(sk)))
		tcp_xmit_retransmit_queue(sk);
}
