/* SPDX-License-Identifier: MIT */
/* What queued packets cost their socket. Part of transport/sock.h, which includes it. */
#ifndef LINNET_TRANSPORT_SOCK_MEM_H
#define LINNET_TRANSPORT_SOCK_MEM_H

#define SOCK_MIN_RCVBUF 2304	/* Linux: one small packet with its sk_buff */
#define SOCK_MIN_SNDBUF (2 * SOCK_MIN_RCVBUF)

/* Its buffers, and the sk_buff itself (Linux's truesize). */
static inline u32 sk_truesize(const struct sk_buff *skb)
{
	return skb->truesize + (u32)sizeof(*skb);
}

/* What was charged by skb_set_owner_r(). */
static inline void sk_rmem_uncharge(struct sock *sk, u32 bytes)
{
	ln_assert(bytes <= sk->rmem);
	sk->rmem -= bytes;
	sock_net(sk)->sock->memory -= bytes;
}

/* Charges skb to sk->rmem until it is freed or orphaned; its truesize may not change until then. */
void skb_set_owner_r(struct sk_buff *skb, struct sock *sk);
/* Charges skb to sk->wmem; freeing it wakes the writer (write_space). Holds a reference on sk. */
void skb_set_owner_w(struct sk_buff *skb, struct sock *sk);

/* A datagram may be sent: half of the send buffer is free (Linux's rule for POLLOUT). */
static inline bool sock_writeable(const struct sock *sk)
{
	return sk->wmem < sk->sndbuf / 2;
}

#endif
