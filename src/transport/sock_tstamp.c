/* SPDX-License-Identifier: MIT */
#include "transport/sock_tstamp.h"

#include "base/ktime.h"
#include "device/tx_tstamp.h"
#include "transport/ip_sockglue.h"
#include "transport/sock_txtime.h"

/* Linux's SOF_TIMESTAMPING_*: all there are, and those that are refused: what the kernel counted
 * (OPT_STATS), a card's clock by its number (BIND_PHC), when a card is through (TX_COMPLETION). */
#define SOF_MASK ((1 << 19) - 1)
#define SOF_REFUSED (1 << 12 | 1 << 15 | 1 << 18)
#define SOF_OF_RECEIVING (LN_SOF_TIMESTAMPING_RX_SOFTWARE | LN_SOF_TIMESTAMPING_SOFTWARE)

static bool is_new(int name)
{
	return name == LN_SO_TIMESTAMP_NEW || name == LN_SO_TIMESTAMPNS_NEW ||
	       name == LN_SO_TIMESTAMPING_NEW;
}

static bool is_ns(int name)
{
	return name == LN_SO_TIMESTAMPNS || name == LN_SO_TIMESTAMPNS_NEW;
}

bool sock_is_timestamping(int name)
{
	return name == LN_SO_TIMESTAMPING || name == LN_SO_TIMESTAMPING_NEW;
}

bool sock_is_timestamp(int name)
{
	return name == LN_SO_TIMESTAMP || name == LN_SO_TIMESTAMPNS ||
	       name == LN_SO_TIMESTAMPING || is_new(name);
}

static void flag_if(struct sock *sk, enum sock_flags f, bool on)
{
	if (on)
		sock_set_flag(sk, f);
	else
		sock_reset_flag(sk, f);
}

static int set_tsflags(struct sock *sk, u32 val)
{
	struct sock_txstamp *st = sk->txstamp;
	u32 key = 0;
	int err;

	if (!st && !(val & ~(u32)SOF_OF_RECEIVING))
		return 0;
	/* From 0 on: each time that it is switched on. */
	if (val & LN_SOF_TIMESTAMPING_OPT_ID &&
	    !(st && st->tsflags & LN_SOF_TIMESTAMPING_OPT_ID) && sk->prot->tskey) {
		err = sk->prot->tskey(sk, val & LN_SOF_TIMESTAMPING_OPT_ID_TCP, &key);
		if (err)
			return err;
	}
	st = sock_txstamp_get(sk);
	if (!st)
		return -ENOMEM;
	if (val & LN_SOF_TIMESTAMPING_OPT_ID && !(st->tsflags & LN_SOF_TIMESTAMPING_OPT_ID))
		st->key = key;
	st->tsflags = val;
	return 0;
}

int sock_set_timestamp(struct sock *sk, int name, int val)
{
	int err;

	if (!sock_is_timestamping(name)) {
		flag_if(sk, SOCK_RCVTSTAMP, val);
		flag_if(sk, SOCK_RCVTSTAMPNS, val && is_ns(name));
		if (val)
			flag_if(sk, SOCK_TSTAMP_NEW, is_new(name));
		return 0;
	}
	if (val & ~SOF_MASK)
		return -EINVAL;
	if (val & LN_SOF_TIMESTAMPING_OPT_ID_TCP && !(val & LN_SOF_TIMESTAMPING_OPT_ID))
		return -EINVAL;
	if (val & SOF_REFUSED)
		return -EOPNOTSUPP;
	err = set_tsflags(sk, (u32)val);
	if (err)
		return err;
	flag_if(sk, SOCK_TIMESTAMPING_RX, val & LN_SOF_TIMESTAMPING_RX_SOFTWARE);
	flag_if(sk, SOCK_TIMESTAMPING_SW, val & LN_SOF_TIMESTAMPING_SOFTWARE);
	flag_if(sk, SOCK_TSTAMP_NEW, is_new(name));
	return 0;
}

int sock_get_timestamp(const struct sock *sk, int name)
{
	if (sock_is_timestamping(name) && sk->txstamp)
		return (int)sk->txstamp->tsflags;
	if (sock_is_timestamping(name))
		return (sock_flag(sk, SOCK_TIMESTAMPING_RX) ? LN_SOF_TIMESTAMPING_RX_SOFTWARE : 0) |
		       (sock_flag(sk, SOCK_TIMESTAMPING_SW) ? LN_SOF_TIMESTAMPING_SOFTWARE : 0);
	return sock_flag(sk, SOCK_RCVTSTAMP) && sock_flag(sk, SOCK_RCVTSTAMPNS) == is_ns(name) &&
	       sock_flag(sk, SOCK_TSTAMP_NEW) == is_new(name);
}

static void recv_timestamp(const struct sock *sk, struct msg *msg, ktime_t tstamp, bool three)
{
	bool new = sock_flag(sk, SOCK_TSTAMP_NEW), ns = sock_flag(sk, SOCK_RCVTSTAMPNS);
	struct {
		s64 sec, part;
	} t[3] = { { tstamp / NSEC_PER_SEC, tstamp % NSEC_PER_SEC } };

	/* As Linux: told to the datagram's reader before all else. */
	if (sock_flag(sk, SOCK_RCVTSTAMP)) {
		s64 v[2] = { t[0].sec, ns ? t[0].part : t[0].part / NSEC_PER_USEC };
		int type = new ? LN_SO_TIMESTAMP_NEW : LN_SO_TIMESTAMP;

		if (ns)
			type = new ? LN_SO_TIMESTAMPNS_NEW : LN_SO_TIMESTAMPNS;
		put_cmsg(msg, LN_SOL_SOCKET, type, v, sizeof(v));
	}
	if (three)
		put_cmsg(msg, LN_SOL_SOCKET, new ? LN_SO_TIMESTAMPING_NEW : LN_SO_TIMESTAMPING, t,
			 sizeof(t));
}

void sock_recv_timestamp(const struct sock *sk, struct msg *msg, ktime_t tstamp)
{
	recv_timestamp(sk, msg, tstamp, sock_flag(sk, SOCK_TIMESTAMPING_RX) &&
					sock_flag(sk, SOCK_TIMESTAMPING_SW));
}

void sock_recv_tx_timestamp(const struct sock *sk, struct msg *msg, ktime_t tstamp)
{
	recv_timestamp(sk, msg, tstamp, sock_flag(sk, SOCK_TIMESTAMPING_SW));
}

/* ---- of what is sent ---- */

struct sock_txstamp *sock_txstamp_get(struct sock *sk)
{
	if (sk->txstamp)
		return sk->txstamp;
	sk->txstamp = mem_zalloc(&sock_net(sk)->mem, sizeof(*sk->txstamp));
	if (sk->txstamp)
		sock_txout_init(&sk->txstamp->out);
	return sk->txstamp;
}

void sock_txstamp_purge(struct sock *sk)
{
	struct sock_txstamp *st = sk->txstamp;
	struct tcp_tx_record *r;

	if (st)
		st->sent = NULL;
	while (st && (r = st->first)) {
		st->first = r->next;
		mem_free(&sock_net(sk)->mem, r, sizeof(*r));
	}
}

void sock_txstamp_free(struct sock *sk)
{
	if (likely(!sk->txstamp))
		return;
	sock_txstamp_purge(sk);
	mem_free(&sock_net(sk)->mem, sk->txstamp, sizeof(*sk->txstamp));
	sk->txstamp = NULL;
}

void sock_txstamp_inherit(struct sock *child, const struct sock *l)
{
	struct sock_txstamp *st = l->txstamp ? sock_txstamp_get(child) : NULL;

	if (st)
		st->tsflags = l->txstamp->tsflags;
}

int sock_tstamp_cmsg(struct sock *sk, const void *data, size_t len)
{
	struct sock_txstamp *st;
	u32 tsflags;

	if (len != sizeof(tsflags))
		return -EINVAL;
	memcpy(&tsflags, data, sizeof(tsflags));
	if (tsflags & ~(u32)SOF_TIMESTAMPING_TX_RECORD)
		return -EINVAL;
	st = sock_txstamp_get(sk);
	if (!st)
		return -ENOMEM;
	st->once = tsflags;
	st->has_once = true;
	return 0;
}

u32 sock_txstamp_take(struct sock_txstamp *st)
{
	u32 tsflags = st->has_once ? st->once : st->tsflags;

	st->has_once = false;
	return tsflags & SOF_TIMESTAMPING_TX_RECORD;
}

void sock_tx_timestamp(struct sock *sk, struct sk_buff *skb)
{
	struct sock_txstamp *st = sk->txstamp;
	u32 tsflags = sock_txstamp_take(st);

	skb->tx_flags = (tsflags & LN_SOF_TIMESTAMPING_TX_SOFTWARE ? SKBTX_SW_TSTAMP : 0) |
			(tsflags & LN_SOF_TIMESTAMPING_TX_SCHED ? SKBTX_SCHED_TSTAMP : 0);
	if (tsflags && st->tsflags & LN_SOF_TIMESTAMPING_OPT_ID)
		skb->tskey = st->key++;
	sock_tx_time(st, skb);
}

/* A stream's packets have an owner for this alone, and drivers prefer those without. */
static void let_go(struct sk_buff *skb)
{
	if (!skb->tx_flags && skb->sk->type == LN_SOCK_STREAM)
		skb_orphan(skb);
}

void sock_tstamp_tx(struct sk_buff *skb, u8 flag)
{
	skb->tx_flags &= (u8)~flag;
	if (!skb->sk)
		return;		/* another machine's, or a part of the packet that tells */
	sock_queue_tstamp(skb->sk, skb, flag == SKBTX_SCHED_TSTAMP ? LN_SCM_TSTAMP_SCHED :
								    LN_SCM_TSTAMP_SND,
			  skb->tskey);
	let_go(skb);
}
