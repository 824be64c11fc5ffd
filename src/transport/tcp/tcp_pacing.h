/* SPDX-License-Identifier: MIT */
/*
 * Pacing: what may leave leaves at a rate, not as fast as the window lets it. On most devices only
 * for who needs it: a congestion control that models the path (BBR), and a socket with
 * SO_MAX_PACING_RATE; all others have no struct tcp_pacing. Then a timer does it (Linux's internal
 * pacing):
 *
 *	tcp_write_xmit -- before wstamp: not now, arm tm.pace --> tcp_pace_kick --> tcp_write_xmit
 *	tcp_transmit_skb -- wstamp += payload / rate
 *
 * On a device whose qdisc keeps times of departure (fq; device/edt.h) all are paced, and without a
 * timer: each segment says when it is to leave, which is the time that RTTs are measured from, and
 * waits there. A few of them (Linux's TCP small queues): then the connection goes on when one has
 * left. Which device it is, is asked for each segment.
 *
 *	tcp_departure -- max(now, wstamp): the segment's time
 *	tcp_small_queue_check -- enough wait --> tcp_left_queue, arm tm.pace --> tcp_pace_kick
 *
 * The first ten segments of a connection are not paced, as in Linux: they are the initial window.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_PACING_H
#define LINNET_TRANSPORT_TCP_TCP_PACING_H

#include "transport/tcp/tcp_sock.h"

/* True: it is too early for the next segment, and a timer is armed for when it is not. */
bool tcp_pacing_check(struct sock *sk);

/* The device that sk sends by keeps times; false also where there is no memory for them. */
bool tcp_keeps_departure(struct sock *sk);
/* When a segment that is sent now may leave. */
ktime_t tcp_departure(const struct sock *sk);
/* skb, about to be sent, shall leave at `when` and TCP_TX_DELAY. queued: it has data, and counts
 * as waiting until it leaves fq. */
void tcp_set_departure(struct sock *sk, struct sk_buff *skb, ktime_t when, bool queued);

/* True: enough packets wait in fq before skb, and it is known when one leaves it. factor: of how
 * much is enough, as a power of 2. */
bool tcp_small_queue_check(struct sock *sk, const struct sk_buff *skb, u32 factor);

/* A segment left; len: bytes of payload, 0 for an ACK. */
void tcp_pacing_sent(struct tcp_sock *tp, u32 len);

/* ns until the next one may leave. */
ktime_t tcp_pacing_delay(const struct tcp_sock *tp);

/* The rate by window and round trip, for congestion controls without one of their own. */
void tcp_update_pacing_rate(struct tcp_sock *tp);

/* Linux's sk_pacing_rate, bytes/s: of who is paced, else what it would be. */
u64 tcp_pacing_rate(const struct tcp_sock *tp);

/* It is time. */
void tcp_pace_kick(struct sock *sk);

/* SO_MAX_PACING_RATE: an int, where all ones mean no limit, or 64 bits. 0, -EINVAL, -ENOMEM. */
int tcp_set_max_pacing_rate(struct sock *sk, const void *val, u32 len);
int tcp_get_max_pacing_rate(const struct sock *sk, void *val, u32 *len);

/* What a listener's child has of it. */
void tcp_pacing_inherit(struct tcp_sock *child, const struct tcp_sock *listener);

#endif
