/* SPDX-License-Identifier: MIT */
/*
 * When and how fast a socket sends, where the device's qdisc keeps times of departure (fq;
 * device/edt.h):
 *
 *	SO_TXTIME	each message says when it is to leave, by the control message SCM_TXTIME, in
 *			ns of the instance's clock, whichever clock is named
 *	SO_MAX_PACING_RATE	of sockets that do not pace themselves, as TCP's do
 */
#ifndef LINNET_TRANSPORT_SOCK_TXTIME_H
#define LINNET_TRANSPORT_SOCK_TXTIME_H

#include "transport/sock_tstamp.h"

/* Of who asked for it: sock_txstamp.out. */
void sock_txout_init(struct sock_txout *out);

/* 0, -EINVAL (length, unknown flags or clock), -ENOMEM */
int sock_set_txtime(struct sock *sk, const void *val, u32 len);
void sock_get_txtime(const struct sock *sk, struct ln_sock_txtime *t);
/* sendmsg()'s control message. -EINVAL: its length, or SO_TXTIME is not set. */
int sock_txtime_cmsg(const struct sock *sk, const void *data, size_t len);
/* skb is the message that it was of. */
void sock_tx_time(struct sock_txstamp *st, struct sk_buff *skb);

/* A rate as users give it: an int, where all ones mean none, or 64 bits. -EINVAL. */
int pacing_rate_parse(const void *val, u32 len, u64 *rate);
void pacing_rate_put(u64 rate, void *val, u32 *len);
/* 0, -EINVAL, -ENOMEM */
int sock_set_max_pacing_rate(struct sock *sk, const void *val, u32 len);
u64 sock_max_pacing_rate(const struct sock *sk);

extern const struct tx_sender_ops sock_tx_sender_ops;

#endif
