/* SPDX-License-Identifier: MIT */
/*
 * How much leaves together (row T6). The queues hold packets of up to 64 KB, of which the device,
 * or GSO in front of it, makes frames; so what costs by the packet is paid once for dozens of
 * segments. How large they are filled, how much of one may leave now, and when it is better to
 * wait a little are Linux's rules; the frames are those that segments sent one by one would be.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_TSO_H
#define LINNET_TRANSPORT_TCP_TCP_TSO_H

#include "transport/tcp/tcp_sock.h"

/* Payload of one, at most: IPv4's tot_len less the longest headers. */
#define TCP_GSO_BYTES_MAX (65535u - 120u)

/* Packets that wait to be sent as one for so many more, without tcp_tso_win_divisor. */
#define TCP_TSO_DEFERRED_MAX 3

/* Linux's tcp_xmit_size_goal(): how far one is filled, in bytes; whole segments. */
u32 tcp_xmit_size_goal(const struct tcp_sock *tp, u32 mss);

/* Where it goes takes it as it is: nobody needs sums of segments. */
bool tcp_leaves_uncut(const struct tcp_sock *tp);

/* Linux's tcp_tso_autosize(): how many segments may leave as one. About what the path carries in a
 * ms; more where the round trip is short. */
u32 tcp_tso_segs(const struct tcp_sock *tp, u32 mss);

/* Linux's tcp_mss_split_point(): how many bytes of skb, several segments, leave now. */
u32 tcp_mss_split_point(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss, u32 segs,
			u8 nonagle);

enum tcp_tso_defer { TCP_TSO_SEND, TCP_TSO_DEFER, TCP_TSO_DEFER_CWND };

/* Linux's tcp_tso_should_defer(): an ACK is near that lets more of it go at once. _CWND: the
 * congestion window is what it waits for. */
enum tcp_tso_defer tcp_tso_should_defer(const struct tcp_sock *tp, const struct sk_buff *skb,
					u32 max_segs);

/* Minshall: only a small segment in flight holds back the next small one. */
static inline bool tcp_minshall_check(const struct tcp_sock *tp)
{
	return after(tp->snd_sml, tp->snd_una) && !after(tp->snd_sml, tp->snd_nxt);
}

#endif
