/* SPDX-License-Identifier: MIT */
/* Segments that no socket sends: RST, SYN-ACK, and the ACKs of TIME-WAIT and of requests. */
#ifndef LINNET_TRANSPORT_TCP_TCP_REPLY_H
#define LINNET_TRANSPORT_TCP_TCP_REPLY_H

#include "transport/tcp/tcp_minisocks.h"

/* RST in answer to skb (RFC 9293 3.10.7.1), which stays the caller's. sk: its socket or NULL. */
void tcp_send_reset(struct net *net, const struct sock *sk, const struct sk_buff *skb);
void tcp_timewait_reset(const struct tcp_timewait_sock *tw, const struct sk_buff *skb);
/* skb: what is answered. */
void tcp_timewait_ack(struct tcp_timewait_sock *tw, const struct sk_buff *skb, bool oow);
void tcp_reqsk_send_ack(const struct request_sock *req, const struct sk_buff *skb, u32 seq);
/* Sends the request's SYN-ACK; foc: with this cookie, or NULL. 0 or -errno. */
int tcp_reqsk_send_synack(struct request_sock *req, const struct tcp_fastopen_cookie *foc);

/* Its TOS, or its traffic class. */
u8 tcp_dsfield_of(const struct sk_buff *skb);

#endif
