/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_txstamp.h"

#include "device/tx_tstamp.h"
#include "transport/ip_sockglue.h"
#include "transport/tcp/tcp_seq.h"
#include "transport/tcp/tcp_skb.h"

int tcp_tskey(struct sock *sk, bool written, u32 *key)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)))
		return -EINVAL;
	*key = written ? tp->write_seq : tp->snd_una;
	return 0;
}

static u8 record_flags(u32 tsflags)
{
	return (tsflags & LN_SOF_TIMESTAMPING_TX_SOFTWARE ? SKBTX_SW_TSTAMP : 0) |
	       (tsflags & LN_SOF_TIMESTAMPING_TX_SCHED ? SKBTX_SCHED_TSTAMP : 0) |
	       (tsflags & LN_SOF_TIMESTAMPING_TX_ACK ? TX_RECORD_ACK : 0);
}

void tcp_tx_timestamp(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sock_txstamp *st = sk->txstamp;
	const struct sk_buff *tail = skb_peek_tail(&tp->write_queue);
	u32 tsflags = sock_txstamp_take(st), key = tp->write_seq - 1;
	struct tcp_tx_record *r;

	if (!tail)
		tail = skb_peek_tail(&tp->rtxq.q);
	/* tcp_cold: so that tcp_is_plain() sends no segment past tcp_tx_mark(). */
	if (!tail || !tsflags || !tcp_cold_get(tp))
		return;
	r = st->first ? st->last : NULL;
	if (r && !before(r->key, TCP_SKB_CB(tail)->seq)) {
		r->key = key;
		r->flags |= record_flags(tsflags);
		return;
	}
	r = mem_alloc(&sock_net(sk)->mem, sizeof(*r));
	if (!r)
		return;
	*r = (struct tcp_tx_record){ NULL, key, record_flags(tsflags) };
	if (st->first)
		st->last->next = r;
	else
		st->first = r;
	st->last = r;
}

static void let_go(struct sk_buff *skb)
{
	sock_put(skb->sk);
}

void tcp_tx_mark(struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sock_txstamp *st = sk->txstamp;
	struct tcp_tx_record *r = st->sent, *hit = NULL;

	/* What is new begins behind what was found last; what is sent again, at the beginning. */
	if (!r || after(r->key, cb->seq))
		r = st->first;
	for (; r && before(r->key, cb->end_seq); r = r->next) {
		st->sent = r;
		if (!before(r->key, cb->seq))
			hit = r;
	}
	if (!hit || !(hit->flags & (u8)~TX_RECORD_ACK))
		return;
	skb->tx_flags = hit->flags & (u8)~TX_RECORD_ACK;
	skb->tskey = hit->key;
	skb->sk = sock_hold(sk);
	skb->destructor = let_go;
}

/* From skb on, which is not behind it. */
static const struct sk_buff *packet_of(const struct tcp_sock *tp, const struct sk_buff *skb,
				       u32 seq)
{
	while (skb && !before(seq, TCP_SKB_CB(skb)->end_seq))
		skb = skb_peek_next(skb, &tp->rtxq.q);
	return skb;
}

void tcp_tx_acked(struct sock *sk, u32 ack)
{
	const struct sk_buff *skb = skb_peek(&tcp_sk(sk)->rtxq.q);
	struct sock_txstamp *st = sk->txstamp;
	struct tcp_tx_record *r;

	/* Both stand in the order of their numbers: one walk for all that an ACK is about. */
	while ((r = st->first) && before(r->key, ack)) {
		skb = packet_of(tcp_sk(sk), skb, r->key);
		st->first = r->next;
		if (st->sent == r)
			st->sent = NULL;
		if (skb && r->flags & TX_RECORD_ACK)
			sock_queue_tstamp(sk, skb, LN_SCM_TSTAMP_ACK, r->key);
		mem_free(&sock_net(sk)->mem, r, sizeof(*r));
	}
}
