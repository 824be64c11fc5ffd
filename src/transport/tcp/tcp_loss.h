/* SPDX-License-Identifier: MIT */
/*
 * Where the loss mechanisms (tcp_recovery.h, tcp_rack.h, tcp_tlp.h), which know no socket, meet the
 * connection: what they are told of it, and the timer that they share with retransmission. That
 * timer is for one thing at a time: first RACK's look at what is late, or the loss probe; behind
 * either comes the RTO, counted from when the head was sent.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_LOSS_H
#define LINNET_TRANSPORT_TCP_TCP_LOSS_H

#include "transport/tcp/tcp_sock.h"

/* The connection at this moment, without an acknowledgement. */
struct tcp_loss_ack tcp_loss_now(const struct tcp_sock *tp);

/* What an alert asked for. True: it took the timer. */
bool tcp_loss_do(struct sock *sk, const struct tcp_loss_todo *todo);

/* us until the RTO counted from when the head was sent; 0 and less: it is over. */
s64 tcp_rto_delta_us(const struct tcp_sock *tp);

/* Something was acknowledged, or a loss timer is done: the RTO begins, or is not needed. */
void tcp_rearm_rto(struct sock *sk);

/* The same, or the loss probe's timer where one may be sent. */
void tcp_set_xmit_timer(struct sock *sk);

/* ICSK_TIME_REO_TIMEOUT: what was late has had its time (RFC 8985 6.3). */
void tcp_rack_reo_timeout(struct sock *sk);

#endif
