/* SPDX-License-Identifier: MIT */
#include "transport/sock_txtime.h"

#include "device/edt.h"
#include "transport/ip_sockglue.h"

enum { CLOCK_REALTIME_ = 0, CLOCK_MONOTONIC_ = 1, CLOCK_TAI_ = 11 };
#define TXTIME_FLAGS (LN_SOF_TXTIME_DEADLINE_MODE | LN_SOF_TXTIME_REPORT_ERRORS)

void sock_txout_init(struct sock_txout *out)
{
	*out = (struct sock_txout){ .rate = UINT64_MAX, .max_rate = UINT64_MAX };
}

/* ---- SO_TXTIME ---- */

int sock_set_txtime(struct sock *sk, const void *val, u32 len)
{
	struct ln_sock_txtime t;
	struct sock_txstamp *st;

	if (len != sizeof(t))
		return -EINVAL;
	memcpy(&t, val, sizeof(t));
	if (t.flags & ~(u32)TXTIME_FLAGS ||
	    (t.clockid != CLOCK_REALTIME_ && t.clockid != CLOCK_MONOTONIC_ &&
	     t.clockid != CLOCK_TAI_))
		return -EINVAL;
	st = sock_txstamp_get(sk);
	if (!st)
		return -ENOMEM;
	st->out.txtime = t;
	st->out.has_txtime = true;
	return 0;
}

void sock_get_txtime(const struct sock *sk, struct ln_sock_txtime *t)
{
	*t = (struct ln_sock_txtime){ 0 };
	if (sk->txstamp)
		*t = sk->txstamp->out.txtime;
}

int sock_txtime_cmsg(const struct sock *sk, const void *data, size_t len)
{
	struct sock_txstamp *st = sk->txstamp;

	if (!st || !st->out.has_txtime || len != sizeof(st->out.when))
		return -EINVAL;
	memcpy(&st->out.when, data, sizeof(st->out.when));
	return 0;
}

void sock_tx_time(struct sock_txstamp *st, struct sk_buff *skb)
{
	if (!st->out.when)
		return;
	skb->tstamp = st->out.when;
	skb->edt = SKB_EDT_TXTIME;
	st->out.when = 0;
}

static void report_missed(const struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	if (sk->txstamp && sk->txstamp->out.txtime.flags & LN_SOF_TXTIME_REPORT_ERRORS)
		sock_queue_txtime(sk, skb);
}

/* ---- SO_MAX_PACING_RATE ---- */

int pacing_rate_parse(const void *val, u32 len, u64 *rate)
{
	u32 v;

	if (len < sizeof(v))
		return -EINVAL;
	if (len >= sizeof(*rate)) {
		memcpy(rate, val, sizeof(*rate));
	} else {
		memcpy(&v, val, sizeof(v));
		*rate = v == UINT32_MAX ? UINT64_MAX : v;
	}
	return 0;
}

void pacing_rate_put(u64 rate, void *val, u32 *len)
{
	u32 v = (u32)min_t(u64, rate, UINT32_MAX);

	if (*len >= sizeof(rate)) {
		*len = sizeof(rate);
		memcpy(val, &rate, sizeof(rate));
	} else {
		*len = min_t(u32, *len, sizeof(v));
		memcpy(val, &v, *len);
	}
}

int sock_set_max_pacing_rate(struct sock *sk, const void *val, u32 len)
{
	struct sock_txstamp *st;
	u64 rate;
	int err = pacing_rate_parse(val, len, &rate);

	if (err || (rate == UINT64_MAX && !sk->txstamp))
		return err;
	st = sock_txstamp_get(sk);
	if (!st)
		return -ENOMEM;
	/* As Linux: what is paced by may fall, and not rise again. */
	st->out.max_rate = rate;
	st->out.rate = min(st->out.rate, rate);
	return 0;
}

u64 sock_max_pacing_rate(const struct sock *sk)
{
	return sk->txstamp ? sk->txstamp->out.max_rate : UINT64_MAX;
}

/* ---- asked by the qdisc ---- */

static void sender_of(const struct sk_buff *skb, struct tx_sender *sender)
{
	const struct sock *sk = skb->sk;

	*sender = (struct tx_sender){
		.rate = sk->txstamp ? sk->txstamp->out.rate : UINT64_MAX,
		.own_flow = sk->c.state == TCP_ESTABLISHED,
	};
}

const struct tx_sender_ops sock_tx_sender_ops = { .of = sender_of, .missed = report_missed };
