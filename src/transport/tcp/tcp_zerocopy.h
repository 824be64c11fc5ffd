/* SPDX-License-Identifier: MIT */
/* MSG_ZEROCOPY of TCP: around the calls that take bytes (transport/zerocopy.h). */
#ifndef LINNET_TRANSPORT_TCP_TCP_ZEROCOPY_H
#define LINNET_TRANSPORT_TCP_TCP_ZEROCOPY_H

#include "transport/tcp/tcp_sock.h"
#include "transport/zerocopy.h"

/* tcp_sendmsg() with msg->zc set. -ENOBUFS. */
ptrdiff_t tcp_sendmsg_zerocopy(struct sock *sk, struct msg *msg, int flags);

/* What is around it, and around another call that takes bytes: the call n bytes of which were taken
 * (<= 0: none) is told about later. */
int tcp_zerocopy_begin(struct sock *sk, struct msg *msg);
void tcp_zerocopy_end(struct sock *sk, struct msg *msg, ptrdiff_t n);

#endif
