/* SPDX-License-Identifier: MIT */
/*
 * ACKs of out-of-order data, put together (Linux tcp_comp_sack_*): behind the first three for a
 * hole, which the peer's fast retransmit wants, one stands for those of 5 % of a round trip, 1 ms
 * at most. tcp_ack_state's deadline is theirs meanwhile; any segment that leaves tells all.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_COMP_SACK_H
#define LINNET_TRANSPORT_TCP_TCP_COMP_SACK_H

#include "transport/tcp/tcp_sock.h"

/* Data that is out of order came: its ACK leaves, now or with others. */
void tcp_comp_sack(struct sock *sk);
/* [seq, end) is about to be told of; what is held back and would not fit with it leaves first. */
void tcp_comp_sack_before(struct sock *sk, u32 seq, u32 end);
/* What is held back leaves. False: nothing is. */
bool tcp_comp_sack_flush(struct sock *sk);
/* A segment left that has told of it. */
void tcp_comp_sack_sent(struct tcp_sock *tp);

#endif
