/* SPDX-License-Identifier: MIT */
/* Sending again: what was marked lost, the head after a timeout, all after a smaller MTU. */
#include "base/trace.h"
#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_rcvq.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_tso.h"

u32 tcp_cuts_left(const struct tcp_sock *tp)
{
	/* As Linux's tcp_fragment(): what a call may have queued beyond sndbuf, and that twice. */
	u64 limit = 2 * (tp->sk.sndbuf + 2 * (65536ull + sizeof(struct sk_buff)));

	return tp->sk.wmem < limit ? (u32)((limit - tp->sk.wmem) / sizeof(struct sk_buff)) : 0;
}

int tcp_fragment_sent(struct sock *sk, struct sk_buff *skb, u32 len, u32 mss)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (unlikely(!tcp_cuts_left(tp) && !tcp_rtxq_is_end(&tp->rtxq, skb))) {
		mib_inc(sock_net(sk), TcpExtTCPWqueueTooBig);
		return -ENOMEM;
	}
	if (!tcp_rtxq_cut(&tp->rtxq, skb, len, mss))
		return -ENOMEM;
	tcp_wmem_charge(tp, sizeof(*skb));
	return 0;
}

/* Of segs segments, what the peer's window takes: whole ones, or a part of the first. */
static u32 within_window(const struct tcp_sock *tp, u32 seq, u32 segs, u32 mss)
{
	u32 len = segs * mss, room = mss;

	if (before(seq, tcp_wnd_end(tp)))
		room = tcp_wnd_end(tp) - seq;
	if (len <= room)
		return len;
	return room > mss ? room - room % mss : room;
}

/* What stands behind skb goes along, as far as there is room for it in one packet. */
static void collapse(struct sock *sk, struct sk_buff *skb, u32 room)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!sock_net(sk)->sysctl.tcp_retrans_collapse ||
	    TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)
		return;
	while (tcp_rtxq_may_join(&tp->rtxq, skb)) {
		const struct sk_buff *next = skb_peek_next(skb, &tp->rtxq.q);

		if (skb->len + next->len > room ||
		    after(TCP_SKB_CB(next)->end_seq, tcp_wnd_end(tp)) ||
		    !tcp_rtxq_join(&tp->rtxq, skb))
			return;
		tcp_wmem_uncharge(tp, sizeof(*skb));
	}
}

/* Without SACK: of the duplicates some stood for packets that are now one (Linux:
 * tcp_adjust_pcount()). */
static void forget_dups(struct tcp_rtxq *q, u32 before)
{
	if (q->packets_out < before)
		q->sacked_out -= min(before - q->packets_out, q->sacked_out);
}

/* Leaves in skb what is to be sent again now. */
static int prepare(struct sock *sk, struct sk_buff *skb, u32 segs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 mss, len;

	if (!tcp_route(sk))
		return -EHOSTUNREACH;
	mss = tcp_current_mss(sk);
	/* A part of it was acknowledged. */
	if (before(cb->seq, tp->snd_una))
		tcp_skb_cut_front(skb, tp->snd_una - cb->seq);
	/* The peer took its window back: only the first goes, as a probe. */
	if (!before(cb->seq, tcp_wnd_end(tp)) && cb->seq != tp->snd_una)
		return -EAGAIN;
	len = within_window(tp, cb->seq, segs, mss);
	if (skb->len > len)
		return tcp_fragment_sent(sk, skb, len, mss);
	if (unlikely(skb->len > mss || skb->gso_size))
		tcp_rtxq_set_mss(&tp->rtxq, skb, mss);
	if (skb->len < min(len, mss))
		collapse(sk, skb, min(len, mss));
	return 0;
}

int tcp_send_again(struct sock *sk, struct sk_buff *skb, u32 segs, const char *why)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 pcount, out = tp->rtxq.packets_out;
	/* An urgent pointer is one segment's. */
	int err = prepare(sk, skb, unlikely(tp->cold && tp->cold->urg_mode) ? 1 : segs);

	tcp_mtup_inconclusive(tp);
	if (unlikely(tp->rtxq.sacked_out) && !tcp_is_sack(tp))
		forget_dups(&tp->rtxq, out);
	if (err)
		return err;
	pcount = tcp_skb_pcount(skb);
	if ((TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN_ECN) == TCPHDR_SYN_ECN)
		tcp_ecn_clear_syn(sk, skb);
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
	if (err)
		mib_add(net, TcpExtTCPRetransFail, pcount);
	else
		tcp_rtxq_sent_again(&tp->rtxq, skb);
	return err;
}

int tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, u32 segs, const char *why)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err = tcp_send_again(sk, skb, segs, why);

	if (err)
		return err;
	if (!tp->retrans_stamp)
		tp->retrans_stamp = tcp_stamp(tcp_ms(sock_net(sk)));
	tcp_rtxq_mark_retrans(&tp->rtxq, skb);
	tcp_recovery_retransmitted(&tp->rec, tcp_skb_pcount(skb), tcp_ts_clock(sock_net(sk)));
	return 0;
}

void tcp_xmit_retransmit_queue(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 max_segs = 0, in_flight;
	bool rearm = false;
	struct sk_buff *skb;

	while ((in_flight = tcp_packets_in_flight(&tp->rtxq)) < tp->cong.snd_cwnd) {
		bool loss = tp->rec.ca_state == TCP_CA_Loss;
		u32 segs = tp->cong.snd_cwnd - in_flight;

		skb = tcp_rtxq_next_lost(&tp->rtxq);
		if (!skb || (unlikely(tp->cong.pacing) && tcp_pacing_check(sk)))
			break;
		if (!max_segs)
			max_segs = tcp_tso_segs(tp, tcp_current_mss(sk));
		segs = min(segs, max_segs);
		if (unlikely(tp->cong.pacing) && tcp_small_queue_check(sk, skb, 1))
			break;
		if (tcp_retransmit_skb(sk, skb, segs, !loss ? "fast retransmit" :
				       tp->rec.undo_marker ? "slow start after a timeout" :
				       "the path takes smaller packets"))
			break;
		if (loss)
			mib_add(net, TcpExtTCPSlowStartRetrans, tcp_skb_pcount(skb));
		else
			mib_add(net, TcpExtTCPFastRetrans, tcp_skb_pcount(skb));
		rearm |= skb == tcp_rtxq_head(&tp->rtxq);
	}
	/* RACK's timer comes first, and the RTO after it. */
	if (rearm && tp->tm.event != ICSK_TIME_REO_TIMEOUT)
		tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, tp->rtt.rto_us);
}

void tcp_xmit_recovery(struct sock *sk, enum tcp_rexmit rexmit)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (rexmit == REXMIT_NONE || sk->c.state == TCP_SYN_SENT)
		return;
	if (rexmit == REXMIT_NEW) {
		__tcp_push_pending_frames(sk, tcp_current_mss(sk), TCP_NAGLE_OFF);
		if (after(tp->snd_nxt, tp->rec.high_seq))
			return;
		tp->rec.frto = 0;
	}
	tcp_xmit_retransmit_queue(sk);
}

void tcp_simple_retransmit_now(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_simple_retransmit(&tp->rec, &tp->rtxq, &tp->cong, tp->snd_nxt,
				  tcp_current_mss(sk)))
		tcp_xmit_retransmit_queue(sk);
}
