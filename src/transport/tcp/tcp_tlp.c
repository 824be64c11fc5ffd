/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_tlp.h"

#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_loss.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"

bool tcp_schedule_loss_probe(struct sock *sk, bool advancing_rto)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 us = TCP_TIMEOUT_INIT_US;
	s64 rto;

	/* Fast Open: until the handshake is over the timer is the SYN-ACK's. */
	if (unlikely(tp->fastopen_rsk))
		return false;
	if (sock_net(sk)->sysctl.tcp_early_retrans < 3 || !tp->rtxq.packets_out ||
	    !tcp_is_sack(tp) || !(BIT(tp->rec.ca_state) & (BIT(TCP_CA_Open) | BIT(TCP_CA_CWR))))
		return false;
	/* Two round trips; and the peer may delay the ACK of a single one. */
	if (likely(tp->rtt.srtt_us))
		us = (tp->rtt.srtt_us >> 2) + (tp->rtxq.packets_out == 1 ?
			tcp_rto_min(tp) : TCP_TIMEOUT_MIN_US);
	rto = advancing_rto ? tp->rtt.rto_us : tcp_rto_delta_us(tp);
	if (rto > 0)
		us = (u32)min_t(s64, us, rto);
	tcp_reset_xmit_timer(sk, ICSK_TIME_LOSS_PROBE, us);
	return true;
}

/* The last packet that has not arrived of what was sent, cut off where it is one of several; Linux
 * takes one that was SACKed too. NULL: there is none, or no memory. */
static struct sk_buff *last_packet(struct sock *sk, u32 mss)
{
	const struct tcp_rtxq *q = &tcp_sk(sk)->rtxq;
	struct sk_buff *skb = skb_peek_tail(&q->q);
	u32 pcount;

	while (skb && unlikely(TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_ACKED))
		skb = skb_peek_prev(skb, &q->q);
	pcount = skb ? tcp_skb_pcount(skb) : 0;
	if (pcount > 1 && skb->len > (pcount - 1) * mss) {
		if (tcp_fragment_sent(sk, skb, (pcount - 1) * mss, mss))
			return NULL;
		skb = skb_peek_next(skb, &q->q);
	}
	return skb;
}

/* True: a probe is out. */
static bool send_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mss = tcp_current_mss(sk), out = tp->rtxq.packets_out;
	struct sk_buff *skb = tcp_send_head(sk);

	tp->rec.tlp_retrans = 0;
	if (skb && tcp_snd_wnd_test(tp, skb, mss)) {
		tcp_write_xmit(sk, mss, TCP_NAGLE_OFF, TCP_XMIT_PROBE);
		return tp->rtxq.packets_out > out;
	}
	skb = last_packet(sk, mss);
	if (!skb || tcp_send_again(sk, skb, 1, "tail loss probe"))
		return false;
	tp->rec.tlp_retrans = 1;
	return true;
}

void tcp_send_loss_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->rec.tlp_high_seq && send_probe(sk)) {
		tp->rec.tlp_high_seq = tp->snd_nxt;
		mib_inc(sock_net(sk), TcpExtTCPLossProbes);
		tp->tm.event = ICSK_TIME_NONE;	/* the RTO counts from the probe */
	}
	tcp_rearm_rto(sk);
}

void tcp_process_tlp_ack(struct sock *sk, u32 ack, int flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_recovery *r = &tp->rec;

	if (before(ack, r->tlp_high_seq))
		return;
	/* New data, or both came: nothing was lost. */
	if (!r->tlp_retrans || flag & FLAG_DSACK_TLP) {
		r->tlp_high_seq = 0;
	} else if (after(ack, r->tlp_high_seq)) {
		/* RFC 8985 7.4.2: no report of a duplicate: the probe filled a hole. */
		struct tcp_loss_ack a = tcp_loss_now(tp);

		tcp_cwr_for_probe(r, &tp->rtxq, &tp->cong, &a);
		mib_inc(sock_net(sk), TcpExtTCPLossProbeRecovery);
	} else if (!(flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DATA_SACKED))) {
		r->tlp_high_seq = 0;	/* a mere duplicate: both came */
	}
}
