/* SPDX-License-Identifier: MIT */
/*
 * SO_TIMESTAMPING of a stream: the last byte of each call of a user who asked for it has a record,
 * until it is acknowledged. What sends that byte tells of its queue and driver, each time that it
 * is sent. As in Linux, of calls whose bytes leave in one segment only the last is told.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_TXSTAMP_H
#define LINNET_TRANSPORT_TCP_TCP_TXSTAMP_H

#include "transport/sock_tstamp.h"
#include "transport/tcp/tcp_sock.h"

/* A call wrote bytes, which are not pushed yet. */
void tcp_tx_timestamp(struct sock *sk);
/* skb, about to be sent, tells if it has such a byte. */
void tcp_tx_mark(struct sock *sk, struct sk_buff *skb);
/* All before ack is acknowledged, and still in the queue. */
void tcp_tx_acked(struct sock *sk, u32 ack);

/* As struct proto's. */
int tcp_tskey(struct sock *sk, bool written, u32 *key);

#endif
