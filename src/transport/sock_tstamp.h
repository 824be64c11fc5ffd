/* SPDX-License-Identifier: MIT */
/*
 * When a packet arrived, told to its reader by control messages: SO_TIMESTAMP, SO_TIMESTAMPNS,
 * SO_TIMESTAMPING with RX_SOFTWARE. Times are of the instance's clock; a stream's are of the
 * packet whose bytes were read last. There are no times of sending, and none of a card.
 */
#ifndef LINNET_TRANSPORT_SOCK_TSTAMP_H
#define LINNET_TRANSPORT_SOCK_TSTAMP_H

#include "transport/sock.h"

/* One of these is set where a reader wants to know. */
#define SOCK_TSTAMP_ANY (BIT(SOCK_RCVTSTAMP) | BIT(SOCK_TIMESTAMPING_RX))

/* Is it one of these options? */
bool sock_is_timestamp(int name);
/* 0, -EINVAL (unknown flags), -EOPNOTSUPP (times of sending). */
int sock_set_timestamp(struct sock *sk, int name, int val);
int sock_get_timestamp(const struct sock *sk, int name);

/* What sk asked for, of a packet that arrived then. */
void sock_recv_timestamp(const struct sock *sk, struct msg *msg, ktime_t tstamp);

#endif
