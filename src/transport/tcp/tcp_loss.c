/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_loss.h"

#include "base/trace.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_tlp.h"

struct tcp_loss_ack tcp_loss_now(const struct tcp_sock *tp)
{
	return (struct tcp_loss_ack){
		.net = tcp_net(tp), .snd_una = tp->snd_una, .snd_nxt = tp->snd_nxt,
		.prior_snd_una = tp->snd_una, .mss = tp->mss_cache,
		.path = { .min_rtt_us = tcp_min_rtt(&tp->rtt), .srtt_us = tp->rtt.srtt_us >> 3 },
		.syn_sent = tp->sk.c.state == TCP_SYN_SENT,
	};
}

bool tcp_loss_do(struct sock *sk, const struct tcp_loss_todo *todo)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_wmem_charge(tp, todo->cuts * (u32)sizeof(struct sk_buff));
	if (todo->undone)
		tp->tm.retransmits = 0;
	if (todo->reneg_us)
		tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, todo->reneg_us);
	else if (todo->reo_timeout_us)
		tcp_reset_xmit_timer(sk, ICSK_TIME_REO_TIMEOUT, todo->reo_timeout_us);
	return todo->reneg_us || todo->reo_timeout_us;
}

s64 tcp_rto_delta_us(const struct tcp_sock *tp)
{
	const struct sk_buff *head = tcp_rtxq_head(&tp->rtxq);

	if (!head)
		return tp->rtt.rto_us;
	return (s64)tp->rtt.rto_us - ktime_to_us(tcp_net(tp)->now - head->tstamp);
}

void tcp_rearm_rto(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 us = tp->rtt.rto_us;

	if (unlikely(tp->fastopen_rsk))
		return;		/* the timer is the SYN-ACK's */
	if (!tp->rtxq.packets_out) {
		if (unlikely(tp->fin_unsent))
			tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0, TCP_RESOURCE_PROBE_MS * 1000);
		else
			tcp_clear_xmit_timer(sk);
		return;
	}
	/* What fired or was to fire before it does not put it off. */
	if (tp->tm.event == ICSK_TIME_REO_TIMEOUT || tp->tm.event == ICSK_TIME_LOSS_PROBE)
		us = (u32)max_t(s64, tcp_rto_delta_us(tp), 1);
	tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, us);
}

void tcp_set_xmit_timer(struct sock *sk)
{
	if (!tcp_sk(sk)->rtxq.packets_out || !tcp_schedule_loss_probe(sk, true))
		tcp_rearm_rto(sk);
}

void tcp_rack_reo_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_loss_ack a = tcp_loss_now(tp);
	struct tcp_loss_todo todo = { .cuts = 0 };
	u32 in_flight = tcp_packets_in_flight(&tp->rtxq), lost = tp->rtxq.lost;

	tp->rec.rack.advanced = 1;
	tcp_identify_packet_loss(&tp->rec, &tp->rtxq, &a, &todo);
	if (in_flight != tcp_packets_in_flight(&tp->rtxq)) {
		if (tp->rec.ca_state != TCP_CA_Recovery) {
			tcp_enter_recovery(&tp->rec, &tp->rtxq, &tp->cong, &a);
			if (!tcp_cong_models(&tp->cong))
				tcp_cwnd_reduction(&tp->rec, &tp->rtxq, &tp->cong, 1, false);
			tcp_trace_ca_state(sk);
		}
		tcp_trace_lost(sk, tp->rtxq.lost - lost);
		tcp_xmit_retransmit_queue(sk);
	}
	if (tp->tm.event != ICSK_TIME_RETRANS)
		tcp_rearm_rto(sk);
}
