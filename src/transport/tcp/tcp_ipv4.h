/* SPDX-License-Identifier: MIT */
/* TCP over IPv4: where segments come in and replies without a socket go out. */
#ifndef LINNET_TRANSPORT_TCP_TCP_IPV4_H
#define LINNET_TRANSPORT_TCP_TCP_IPV4_H

#include "transport/tcp/tcp_minisocks.h"

/* A segment from IP; data at its header. Consumes. */
int tcp_v4_rcv(struct sk_buff *skb);
/* An ICMP error about a segment of ours (rows PI-03, PI-04; path MTU). */
void tcp_v4_err(struct sk_buff *skb, u8 type, u8 code, u32 info);

/* RST in answer to skb (RFC 9293 3.10.7.1), which stays the caller's. sk: its socket or NULL. */
void tcp_v4_send_reset(struct net *net, const struct sock *sk, const struct sk_buff *skb);
void tcp_v4_timewait_ack(struct tcp_timewait_sock *tw, bool oow);
void tcp_v4_reqsk_send_ack(const struct request_sock *req);
/* Sends the request's SYN-ACK; foc: with this cookie, or NULL. 0 or -errno. */
int tcp_v4_send_synack(struct request_sock *req, const struct tcp_fastopen_cookie *foc);

/* connect(): chooses route, source and port, and sends SYN. */
int tcp_v4_connect(struct sock *sk, const void *addr, u32 len);

/* RFC 6528: initial sequence number and timestamp offset of a four-tuple. */
u32 tcp_v4_init_seq(const struct net *net, be32 saddr, be32 daddr, be16 sport, be16 dport);
u32 tcp_v4_init_ts_off(const struct net *net, be32 saddr, be32 daddr);
/* What that offset is while tcp_timestamps is 1; the same for ever. */
u32 tcp_v4_ts_hash(const struct net *net, be32 saddr, be32 daddr);

#endif
