/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_pacing.h"

#include "device/edt.h"
#include "transport/sock_txtime.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"

#define UNPACED_SEGS 10u
#define SMALL_QUEUE_MIN 2u	/* packets that may always wait */

bool tcp_pacing_check(struct sock *sk)
{
	const struct tcp_pacing *p = tcp_sk(sk)->cong.pacing;

	if (p->fq || !p->needed || p->wstamp <= sock_net(sk)->now)
		return false;
	tcp_reset_pacing_timer(sk, p->wstamp);
	return true;
}

void tcp_pacing_sent(struct tcp_sock *tp, u32 len)
{
	struct tcp_pacing *p = tp->cong.pacing;
	ktime_t now = tcp_net(tp)->now, late = 0, ns;

	if (!p->fq && !p->needed)
		return;
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

/* ---- times that the device keeps ---- */

/* Any connection is paced there. False: no memory, so that it goes unpaced. */
static bool pace_all(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_pacing_get(&sock_net(sk)->tcp->cong, &tp->cong))
		return false;
	if (!tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN) | TCPF(SYN_SENT)))
		tcp_update_pacing_rate(tp);
	return true;
}

bool tcp_keeps_departure(struct sock *sk)
{
	const struct dst_entry *dst = likely(sk->dst) ? sk->dst : tcp_route(sk);
	struct tcp_pacing *p = tcp_sk(sk)->cong.pacing;
	bool fq = dst && dst->dev && dev_keeps_edt(dst->dev);

	if (p)
		p->fq = fq;
	else if (unlikely(fq) && pace_all(sk))
		tcp_sk(sk)->cong.pacing->fq = true;
	else
		return false;
	return fq;
}

ktime_t tcp_departure(const struct sock *sk)
{
	return max(sock_net(sk)->now, tcp_sk(sk)->cong.pacing->wstamp);
}

/* A packet left fq, or was dropped there. */
static void tcp_left_queue(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;
	struct tcp_pacing *p = tcp_sk(sk)->cong.pacing;

	if (p && p->queued)
		p->queued--;
	if (p && p->throttled && sk->c.state != TCP_CLOSE) {
		p->throttled = false;
		tcp_reset_pacing_timer(sk, sock_net(sk)->now);
	}
	sock_put(sk);
}

void tcp_set_departure(struct sock *sk, struct sk_buff *skb, ktime_t when, bool queued)
{
	skb->tstamp = when + us_to_ktime(tcp_cold(tcp_sk(sk))->tx_delay_us);
	skb->edt = SKB_EDT_TCP;
	if (!queued)
		return;
	if (!skb->sk)
		skb->sk = sock_hold(sk);
	skb->destructor = tcp_left_queue;
	tcp_sk(sk)->cong.pacing->queued++;
}

/* How many bytes may wait: what leaves in a millisecond, and what TCP_TX_DELAY keeps. */
static u64 small_queue_bytes(const struct tcp_sock *tp, u32 factor)
{
	u64 rate = min_t(u64, tp->cong.pacing->rate, 1ull << 40);
	u64 bytes = min_t(u64, rate >> 10, (u32)tcp_net(tp)->sysctl.tcp_limit_output_bytes);

	return (bytes << factor) + (rate >> 10) * tcp_cold(tp)->tx_delay_us / 1000u;
}

bool tcp_small_queue_check(struct sock *sk, const struct sk_buff *skb, u32 factor)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_pacing *p = tp->cong.pacing;

	if (p->queued <= SMALL_QUEUE_MIN << factor ||
	    p->queued <= small_queue_bytes(tp, factor) / max(skb->len, 1u))
		return false;
	p->throttled = true;
	return true;
}

/* ---- rates ---- */

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
	int err = pacing_rate_parse(val, len, &rate);

	if (err)
		return err;
	if (!tp->cong.pacing) {
		if (rate == UINT64_MAX)
			return 0;
		if (!tcp_pacing_get(&sock_net(sk)->tcp->cong, &tp->cong))
			return -ENOMEM;
		if (!tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)))
			tcp_update_pacing_rate(tp);
	}
	tp->cong.pacing->needed |= rate != UINT64_MAX;
	tp->cong.pacing->max_rate = rate;
	tp->cong.pacing->rate = min(tp->cong.pacing->rate, rate);
	return 0;
}

int tcp_get_max_pacing_rate(const struct sock *sk, void *val, u32 *len)
{
	const struct tcp_pacing *p = tcp_sk(sk)->cong.pacing;

	pacing_rate_put(p ? p->max_rate : UINT64_MAX, val, len);
	return 0;
}

void tcp_pacing_inherit(struct tcp_sock *child, const struct tcp_sock *listener)
{
	struct tcp_cong *c = &child->cong;

	/* Without memory it goes unpaced: the limit is a courtesy of the sender. */
	if (!listener->cong.pacing || !tcp_pacing_get(&tcp_net(child)->tcp->cong, c))
		return;
	c->pacing->rate = c->pacing->max_rate = listener->cong.pacing->max_rate;
	c->pacing->needed = listener->cong.pacing->needed;
}
