/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_pacing.h"

#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"

#define UNPACED_SEGS 10u

bool tcp_pacing_check(struct sock *sk)
{
	const struct tcp_pacing *p = tcp_sk(sk)->cong.pacing;

	if (p->wstamp <= sock_net(sk)->now)
		return false;
	tcp_reset_pacing_timer(sk, p->wstamp);
	return true;
}

void tcp_pacing_sent(struct tcp_sock *tp, u32 len)
{
	struct tcp_pacing *p = tp->cong.pacing;
	ktime_t now = tcp_net(tp)->now, late = 0, ns;

	if (p->wstamp < now) {
		late = now - p->wstamp;
		p->wstamp = now;
	}
	if (!len || !p->rate || p->rate == UINT64_MAX || tp->data_segs_out < UNPACED_SEGS)
		return;
	ns = (ktime_t)((u64)len * NSEC_PER_SEC / p->rate);
	/* One that left late lets the next follow a bit sooner. */
	p->wstamp += ns - min(ns / 2, late);
}

ktime_t tcp_pacing_delay(const struct tcp_sock *tp)
{
	return max_t(ktime_t, tp->cong.pacing->wstamp - tcp_net(tp)->now, 0);
}

static u64 rate_by_window(const struct tcp_sock *tp)
{
	const struct tcp_cong *c = &tp->cong;
	const struct net *net = tcp_net(tp);
	u64 rate = (u64)tp->mss_cache * (1000000u / 100 * 8);

	rate *= (u32)(c->snd_cwnd < c->snd_ssthresh / 2 ? net->sysctl.tcp_pacing_ss_ratio :
							  net->sysctl.tcp_pacing_ca_ratio);
	rate *= max(c->snd_cwnd, tp->rtxq.packets_out);
	return tp->rtt.srtt_us ? rate / tp->rtt.srtt_us : rate;
}

void tcp_update_pacing_rate(struct tcp_sock *tp)
{
	tp->cong.pacing->rate = min(rate_by_window(tp), tp->cong.pacing->max_rate);
}

u64 tcp_pacing_rate(const struct tcp_sock *tp)
{
	return unlikely(tp->cong.pacing) ? tp->cong.pacing->rate : rate_by_window(tp);
}

void tcp_pace_kick(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_state_in(sk, TCPF(ESTABLISHED) | TCPF(FIN_WAIT1) | TCPF(CLOSING) |
			      TCPF(CLOSE_WAIT) | TCPF(LAST_ACK)))
		return;
	if (tp->rtxq.lost_out > tp->rtxq.retrans_out &&
	    tcp_packets_in_flight(&tp->rtxq) < tp->cong.snd_cwnd)
		tcp_xmit_retransmit_queue(sk);
	tcp_push_pending_frames(sk);
}

/* ---- SO_MAX_PACING_RATE ---- */

int tcp_set_max_pacing_rate(struct sock *sk, const void *val, u32 len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 rate;
	u32 v;

	if (len < sizeof(v))
		return -EINVAL;
	if (len >= sizeof(rate)) {
		memcpy(&rate, val, sizeof(rate));
	} else {
		memcpy(&v, val, sizeof(v));
		rate = v == UINT32_MAX ? UINT64_MAX : v;
	}
	if (!tp->cong.pacing) {
		if (rate == UINT64_MAX)
			return 0;
		if (!tcp_pacing_get(&sock_net(sk)->tcp->cong, &tp->cong))
			return -ENOMEM;
		if (!tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)))
			tcp_update_pacing_rate(tp);
	}
	tp->cong.pacing->max_rate = rate;
	tp->cong.pacing->rate = min(tp->cong.pacing->rate, rate);
	return 0;
}

int tcp_get_max_pacing_rate(const struct sock *sk, void *val, u32 *len)
{
	const struct tcp_pacing *p = tcp_sk(sk)->cong.pacing;
	u64 rate = p ? p->max_rate : UINT64_MAX;
	u32 v = (u32)min_t(u64, rate, UINT32_MAX);

	if (*len >= sizeof(rate)) {
		*len = sizeof(rate);
		memcpy(val, &rate, sizeof(rate));
	} else {
		*len = min_t(u32, *len, sizeof(v));
		memcpy(val, &v, *len);
	}
	return 0;
}

void tcp_pacing_inherit(struct tcp_sock *child, const struct tcp_sock *listener)
{
	struct tcp_cong *c = &child->cong;

	/* Without memory it goes unpaced: the limit is a courtesy of the sender. */
	if (listener->cong.pacing && tcp_pacing_get(&tcp_net(child)->tcp->cong, c))
		c->pacing->rate = c->pacing->max_rate = listener->cong.pacing->max_rate;
}
