/* SPDX-License-Identifier: MIT */
/*
 * MSG_ZEROCOPY: segments refer to the user's memory (struct buf_outside) instead of a copy. One
 * struct tcp_zerocopy for each such call, with the notification that it will end in, so that the
 * end needs no memory; it lives until the last buf_outside of the call is released: acknowledged
 * and off every card, or purged with the connection.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_ZEROCOPY_H
#define LINNET_TRANSPORT_TCP_TCP_ZEROCOPY_H

#include "transport/tcp/tcp_sock.h"

/* tcp_sendmsg() with msg->zc set. -ENOBUFS. */
ptrdiff_t tcp_sendmsg_zerocopy(struct sock *sk, struct msg *msg, int flags);

/* What is around it, and around another call that takes bytes: the call n bytes of which were taken
 * (<= 0: none) is told about later. */
int tcp_zerocopy_begin(struct sock *sk, struct msg *msg);
void tcp_zerocopy_end(struct sock *sk, struct msg *msg, ptrdiff_t n);

/* At most n bytes from the iterator become part of skb, which is charged for them; they are not
 * read. Return: how many; 0: no memory, or skb is full. */
u32 tcp_zerocopy_append(struct tcp_zerocopy *zc, struct sk_buff *skb, struct iov_iter *it, u32 n);

#endif
