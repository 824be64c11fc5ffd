/* SPDX-License-Identifier: MIT */
/*
 * MSG_ZEROCOPY: packets refer to the user's memory (struct buf_outside) instead of a copy. One
 * struct zerocopy for each such call, with the notification that it will end in, so that the
 * end needs no memory; it lives until the last buf_outside of the call is released: sent (of TCP
 * acknowledged, too) and off every card, or purged with the socket. The segments that a packet is
 * cut into hold it as the packet does.
 */
#ifndef LINNET_TRANSPORT_ZEROCOPY_H
#define LINNET_TRANSPORT_ZEROCOPY_H

#include "transport/sock.h"

struct zerocopy;

/* The socket's call of this number begins; NULL: no memory, or too many notifications are unread
 * (-ENOBUFS). */
struct zerocopy *zerocopy_begin(struct sock *sk, u32 call) __must_check;

/* It ends. taken: its bytes were, and its user is told when they are his again. */
void zerocopy_end(struct zerocopy *zc, bool taken);

/* At most n bytes from the iterator become part of skb, which is charged for them; they are not
 * read. Return: how many; 0: no memory, or skb is full. */
u32 zerocopy_append(struct zerocopy *zc, struct sk_buff *skb, struct iov_iter *it, u32 n);

/* The same of all n. -ENOBUFS; -EMSGSIZE: they are in more pieces than a packet holds. */
int zerocopy_fill(struct zerocopy *zc, struct sk_buff *skb, struct iov_iter *it, u32 n);

/* Whether any of its bytes are part of a packet. */
bool zerocopy_in_use(const struct zerocopy *zc);

/* They were copied after all: SO_EE_CODE_ZEROCOPY_COPIED. */
void zerocopy_copied(struct zerocopy *zc);

#endif
