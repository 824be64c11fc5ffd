/* SPDX-License-Identifier: MIT */
/* The user's calls, and a socket's life: tcp.c, tcp_sendmsg.c, tcp_recvmsg.c, tcp_sockopt.c. */
#ifndef LINNET_TRANSPORT_TCP_TCP_USER_H
#define LINNET_TRANSPORT_TCP_TCP_USER_H

#include "transport/tcp/tcp_sock.h"

/* ---- tcp.c ---- */

int tcp_init_sock(struct sock *sk);
void tcp_destroy_sock(struct sock *sk);
/* As before the first connection; options stay. Queues and timers are empty. */
void tcp_reset_connection(struct sock *sk);
/* The same before a SYN: nothing is left of another connection. */
void tcp_begin_connection(struct sock *sk);
/* Tells whose state changes; nothing where it does not. */
void tcp_trace_state(const struct sock_common *c, u8 old, u8 state);
/* Counts, traces, leaves the tables on CLOSE. */
void tcp_set_state(struct sock *sk, u8 state);
/* The connection is over: nothing more is sent or taken. An orphan is freed. */
void tcp_done(struct sock *sk);
void tcp_close(struct sock *sk);
bool tcp_linger(struct sock *sk);
int tcp_shutdown(struct sock *sk, int how);
int tcp_disconnect(struct sock *sk);
unsigned tcp_poll(struct sock *sk);
void tcp_set_rcvlowat(struct sock *sk, u32 bytes);
int tcp_ioctl(struct sock *sk, unsigned long request, int *value);
void tcp_write_queue_purge(struct sock *sk, enum skb_drop_reason reason);
/* The error is told to the user, at once. */
void tcp_report_error(struct sock *sk, int err);

/* ---- tcp_sendmsg.c, tcp_recvmsg.c ---- */

ptrdiff_t tcp_sendmsg(struct sock *sk, struct msg *msg, int flags);
ptrdiff_t tcp_recvmsg(struct sock *sk, struct msg *msg, int flags);
extern const struct rx_borrow_ops tcp_borrow_ops;
/* Of the user's bytes, as many as go into a SYN with room for space; skb is charged. */
u32 tcp_fill_syn(struct tcp_sock *tp, struct sk_buff *skb, struct msg *msg, u32 space);
bool tcp_stream_memory_free(const struct sock *sk);
/* Poll says POLLOUT: a third of the buffer is free, and notsent_lowat. */
bool tcp_stream_is_writeable(const struct sock *sk);
/* The user read: is an ACK or a window update due? */
void tcp_cleanup_rbuf(struct sock *sk, u32 copied);
/* Gives back the rest of the send page. */
void tcp_frag_release(struct tcp_sock *tp);
/* When nothing of it is in flight: if it is nearly full or memory is short. */
void tcp_frag_trim(struct tcp_sock *tp);

/* ---- tcp_sockopt.c, tcp_info.c ---- */

int tcp_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len);
int tcp_getsockopt(struct sock *sk, int level, int name, void *val, u32 *len);
void tcp_get_info(const struct sock *sk, struct ln_tcp_info *info);

#endif
