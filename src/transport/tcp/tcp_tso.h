/* SPDX-License-Identifier: MIT */
/*
 * Segments of the write queue that leave together, as one packet that is cut behind the device
 * (NETIF_F_TSO). The queues keep one sk_buff for each segment, so that acknowledgement, SACK, loss
 * and retransmission know nothing of it; only the packet on its way is larger.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_TSO_H
#define LINNET_TRANSPORT_TCP_TCP_TSO_H

#include "transport/tcp/tcp_sock.h"

/* Payload of one such packet, at most: IPv4's tot_len less the longest headers. */
#define TCP_TSO_BYTES_MAX (65535u - 120u)

/* Whether the route's device takes them, and nothing else speaks against it. */
bool tcp_may_tso(const struct tcp_sock *tp);

/* How much makes a packet worth sending while more is being copied: bytes. */
u32 tcp_tso_goal(const struct tcp_sock *tp);

/*
 * How many segments from skb on, the head of the write queue, may leave as one: full ones and one
 * shorter at the end, within the peer's window and `quota` packets; at least 1.
 * @hold_last: a short last one has to wait (Nagle)
 */
u32 tcp_tso_segs(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss, u32 quota,
		 bool hold_last);

/* The first n segments from skb on as one packet, as a clone of the first. NULL: no memory. */
struct sk_buff *tcp_tso_build(const struct sk_buff *skb, u32 n, u32 mss);

#endif
