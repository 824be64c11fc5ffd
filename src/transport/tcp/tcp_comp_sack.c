/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_comp_sack.h"

#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"

#define DUP_ACKS_AT_ONCE 3	/* RFC 5681 3.2 */
#define SACKS_EXPECTED 2	/* blocks that surely fit, and come again when an ACK is lost */

static bool may_wait(struct tcp_sock *tp)
{
	struct tcp_rcvq *o = tp->ooo;

	if (!tcp_is_sack(tp) || o->compressed >= (u32)tcp_net(tp)->sysctl.tcp_comp_sack_nr)
		return false;
	if (o->compressed_rcv_nxt != tp->rcv_nxt) {
		o->compressed_rcv_nxt = tp->rcv_nxt;
		o->dup_acks = 0;
	}
	if (o->dup_acks == DUP_ACKS_AT_ONCE)
		return true;
	o->dup_acks++;
	return false;
}

/* ns: a twentieth of the round trip. */
static u64 delay(const struct tcp_sock *tp)
{
	u32 rtt8 = tp->rcvq_space.rtt_us;

	if (tp->rtt.srtt_us)
		rtt8 = min(rtt8, tp->rtt.srtt_us);
	return min_t(u64, (u64)tcp_net(tp)->sysctl.tcp_comp_sack_delay_ns,
		     (u64)rtt8 * (NSEC_PER_USEC / 8) / 20);
}

void tcp_comp_sack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!may_wait(tp))
		tcp_send_ack(sk);
	else if (!tp->ooo->compressed++)
		tcp_reset_delack_timer(sk, sock_net(sk)->now + (ktime_t)delay(tp));
}

bool tcp_comp_sack_flush(struct sock *sk)
{
	struct tcp_rcvq *o = tcp_sk(sk)->ooo;

	if (!o || !o->compressed)
		return false;
	o->compressed--;	/* this one is sent */
	tcp_comp_sack_sent(tcp_sk(sk));
	tcp_send_ack(sk);
	return true;
}

void tcp_comp_sack_before(struct sock *sk, u32 seq, u32 end)
{
	const struct tcp_rcvq *o = tcp_sk(sk)->ooo;
	u8 i = 0;

	if (likely(!o || !o->compressed))
		return;
	while (i < o->num_sacks &&
	       (after(seq, o->sacks[i].end) || after(o->sacks[i].start, end)))
		i++;
	if (i >= SACKS_EXPECTED)
		tcp_comp_sack_flush(sk);
}

void tcp_comp_sack_sent(struct tcp_sock *tp)
{
	mib_add(tcp_net(tp), TcpExtTCPAckCompressed, tp->ooo->compressed);
	tp->ooo->compressed = 0;
}
