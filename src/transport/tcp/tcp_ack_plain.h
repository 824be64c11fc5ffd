/* SPDX-License-Identifier: MIT */
/*
 * What most ACKs are: of all that is in flight, which is one packet that was sent once, or of
 * nothing new. What tcp_ack.c would find out step by step is known then; what is left of it is here
 * (src/stack_straight_test.c and src/stack_straight_wire_test.c compare). For tcp_ack.c only.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_ACK_PLAIN_H
#define LINNET_TRANSPORT_TCP_TCP_ACK_PLAIN_H

#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_loss.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_user.h"

/* tcp_ack.c: sk's next hop is there. */
void tcp_confirm_hop(struct sock *sk);

/* ---- what tcp_ack.c does, too ---- */

static inline void snd_una_update(struct tcp_sock *tp, u32 ack)
{
	tp->bytes_acked += ack - tp->snd_una;
	tp->snd_una = ack;
}

/* As Linux, 0 of what is acknowledged before the time that it should have left at (fq). */
static inline s64 since_us(const struct net *net, ktime_t t)
{
	if (unlikely(t > net->now))
		return 0;
	return t < 0 ? -1 : (s64)((u64)(net->now - t) / NSEC_PER_USEC);
}

/* If the user had queued no more, an almost full page goes back, and any when memory is short. */
static __always_inline void all_acked(struct tcp_sock *tp)
{
	if (!skb_queue_empty(&tp->write_queue))
		return;
	tcp_chrono_end(&tp->chrono, tcp_net(tp)->now);
	tcp_frag_trim(tp);
}

/* Packets found lost since the last ACK. */
static inline u32 take_newly_lost(struct tcp_sock *tp)
{
	u32 lost = tp->rtxq.lost - tp->cong.rate.lost;

	tp->cong.rate.lost = tp->rtxq.lost;
	return lost;
}

/* RFC 4861 7.3.1's forward progress: the next hop is there. Asked at most once a second. */
static inline void confirm_neighbour(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (unlikely(tp->rcv_tstamp - tp->confirm_ms >= 1000))
		tcp_confirm_hop(sk);
}

/* ---- one packet ---- */

/*
 * ack is of all that is in flight, which is one packet that was sent once, and nothing goes on but
 * that: no recovery, probe, ECN, pacing or trace. trouble: not 0, and so does the ACK tell of
 * something else. Return: the packet, or NULL.
 */
static __always_inline struct sk_buff *tcp_only_acked(const struct sock *sk, u32 ack, u32 trouble)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = skb_peek(&tp->rtxq.q);

	if (!tcp_rtxq_is_only(&tp->rtxq, skb) || ack != tp->snd_nxt ||
	    TCP_SKB_CB(skb)->end_seq != ack)
		return NULL;
	_Static_assert(TCP_CA_Open == 0, "one of those that are 0");
	if (unlikely(((uintptr_t)tp->cold | (uintptr_t)tp->cong.pacing | tp->rec.ca_state |
		      tp->ecn_flags | tp->total_retrans | tp->rec.tlp_high_seq | trouble) ||
		     !tcp_is_sack(tp) || tcp_rack_may_update_reo_wnd(&tp->rec.rack) ||
		     sock_net(sk)->trace))
		return NULL;
	return skb;
}

/* Return: the RTT, us. */
static __always_inline s64 tcp_only_rtt(struct tcp_sock *tp, const struct sk_buff *skb)
{
	const struct net *net = tcp_net(tp);
	s64 rtt = since_us(net, skb->tstamp);
	u32 us = (u32)min_t(s64, rtt, TCP_RTO_MAX_US);

	tcp_rack_advance(&tp->rec.rack, TCP_SKB_CB(skb)->end_seq, skb->tstamp, rtt);
	tcp_rtt_update_min(&tp->rtt, us, tp->rcv_tstamp,
			   (u32)net->sysctl.tcp_min_rtt_wlen * 1000u);
	tcp_rtt_sample(&tp->rtt, us, tp->snd_una, tp->snd_nxt, tcp_rto_min(tp));
	tp->tm.backoff = 0;
	return rtt;
}

/* data: not a SYN, which opens no window. */
static __always_inline void tcp_only_cong(struct sock *sk, s64 rtt, bool data)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_cong_ack a = {
		.net = sock_net(sk), .now = sock_net(sk)->now, .acked = 1, .rtt_us = (s32)rtt,
		.snd_una = tp->snd_una, .snd_nxt = tp->snd_nxt, .in_flight = 1,
		.cwnd_limited = tcp_is_cwnd_limited(tp),
	};

	take_newly_lost(tp);
	mib_inc(sock_net(sk), TcpExtTCPDelivered);
	tcp_rate_gen(&tp->cong.rate, &tp->rtxq.newest, 1, a.now, tcp_min_rtt(&tp->rtt), NULL);
	tcp_cong_pkts_acked(&tp->cong, &a);
	if (!data)
		return;
	tcp_cong_avoid(&tp->cong, &a);
	tp->cong.snd_cwnd_stamp = a.now;
}

static __always_inline void tcp_ack_only(struct sock *sk, struct sk_buff *acked, bool syn)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 freed = sk_truesize(acked);
	s64 rtt;

	tcp_rtxq_take_only(&tp->rtxq, acked, syn);
	rtt = tcp_only_rtt(tp, acked);
	consume_skb(acked);
	tcp_wmem_uncharge(tp, freed);
	tp->retrans_stamp = 0;
	if (syn)	/* as Linux: it forgets when it was sent again */
		tp->rec.retrans_ts = 0;
	all_acked(tp);
	if (!syn && unlikely(!tp->cong.priv))
		tcp_cong_begin(&sock_net(sk)->tcp->cong, &tp->cong, sock_net(sk)->now);
	tcp_set_xmit_timer(sk);
	tcp_only_cong(sk, rtt, !syn);
	confirm_neighbour(sk);
}

/* ---- nothing ---- */

/* Nothing is in flight or waits, and nothing new is acknowledged: what came is data, a FIN, or the
 * end of a handshake. Of the ACK only its window and its timestamp are looked at. */
static __always_inline bool tcp_acks_nothing(const struct sock *sk, const struct sk_buff *skb,
					     const struct tcp_options_received *opt)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return !(tp->rtxq.packets_out | (TCP_SKB_CB(skb)->ack_seq ^ tp->snd_una) |
		 opt->num_sacks | tp->ecn_flags | tp->rec.tlp_high_seq |
		 (TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_ECE | TCPHDR_CWR))) &&
	       skb_queue_empty(&tp->write_queue) && !sock_net(sk)->trace;
}

#endif
