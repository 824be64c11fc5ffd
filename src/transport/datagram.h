/* SPDX-License-Identifier: MIT */
/*
 * What UDP, raw and ping sockets do alike: choose a route for one datagram, fill an sk_buff from
 * the user (copy 1, with the checksum in the same pass), read one, connect, take an ICMP error.
 *
 * A datagram is one sk_buff of any size up to 64 KiB: small ones wholly inline, larger ones with
 * their payload in one or two buffers; IP fragments it where it does not fit (row I4).
 */
#ifndef LINNET_TRANSPORT_DATAGRAM_H
#define LINNET_TRANSPORT_DATAGRAM_H

#include "net/ipv4/ip.h"
#include "transport/ip_sockglue.h"

#define DGRAM_MAX_LEN 0xffffu	/* IP's total length; what is longer is -EMSGSIZE */
#define DGRAM_HEADROOM 80u	/* Ethernet with two VLAN tags, IP, 8 bytes of UDP or ICMP, room */

#define DGRAM_FRAME_HLEN 42	/* Ethernet, IP, UDP */

/* Frames that leave together by the straight way (udp_run.c), and what they have alike. */
struct dgram_train {
	struct neighbour *to;	/* NULL: to be asked whether the next one may go straight */
	struct sock *sk;	/* whose those that wait are, and is not charged for yet: */
	u32 bytes, octets;	/* memory; IP packets */
	u32 len_max;		/* of a payload */
	bool sums;		/* we make them, not the card */
	wsum ip_sum, pseudo_sum, udp_sum;	/* of header and pseudo-header without lengths */
	u8 header[DGRAM_FRAME_HLEN] __aligned(8);
	struct xmit_batch out;
};

/* What one sendmmsg() found for a destination: good for the next message to it. */
struct dgram_run {
	struct rtable *rt;	/* a reference; NULL: nothing yet */
	struct ipcm ipc;
	struct flowi4 fl;
	u32 mtu;		/* of the path */
	bool to_peer;		/* the connected one: messages without an address */
	struct dgram_train train;
};

static inline void dgram_run_init(struct dgram_run *run)
{
	run->rt = NULL;
	run->train.to = NULL;
	run->train.bytes = run->train.octets = 0;
	run->train.out.n = 0;
}

/* What waits leaves. */
void dgram_train_leave(struct dgram_train *train);

/* ... and the run may begin anew. */
static inline void dgram_run_end(struct dgram_run *run)
{
	dgram_train_leave(&run->train);
	if (run->rt)
		dst_release(&run->rt->dst);
	run->rt = NULL;
}

/*
 * The destination of one sendmsg(): msg->name, else the connected peer. Fills ipc from sk too.
 * -EINVAL (short address, control data), -EAFNOSUPPORT, -EDESTADDRREQ, -EOPNOTSUPP (MSG_OOB),
 * -EMSGSIZE.
 */
int dgram_dest(struct sock *sk, const struct msg *msg, int flags, struct ipcm *ipc);

/*
 * A route for ipc, with a reference; fl is filled in (source address, device). A connected
 * socket's own is used while it is good. -EACCES: broadcast without SO_BROADCAST; else as
 * ip_route_output().
 */
int dgram_route(struct sock *sk, const struct ipcm *ipc, struct flowi4 *fl, struct rtable **rt);

/* A packet may be made: takes the pending error; -EPIPE after shutdown, -EAGAIN without room. */
int dgram_may_send(struct sock *sk);

/* An empty packet with DGRAM_HEADROOM, or NULL; its payload comes by dgram_append(). */
struct sk_buff *dgram_alloc(struct sock *sk);

/*
 * Appends n bytes of the user's. Where skb->csum_valid, their checksum is added to skb->csum in the
 * same pass. -ENOBUFS: what was appended before stays, of this call an unknown part.
 */
int dgram_append_slow(struct sk_buff *skb, struct iov_iter *it, u32 n);

static __always_inline int dgram_append(struct sk_buff *skb, struct iov_iter *it, u32 n)
{
	/* All of a small one, as dgram_alloc() made it. */
	if (skb->len || n > SKB_ROOM - DGRAM_HEADROOM)
		return dgram_append_slow(skb, it, n);
	if (likely(skb->csum_valid && !it->off && n == it->iov->iov_len)) {
		skb->csum = csum_and_copy(skb->data, it->iov->iov_base, n, 0);
		skb->net->copies.user_in += n;
		it->off = n;
		it->count -= n;
	} else if (skb->csum_valid)
		skb->csum = csum_and_copy_from_iter(skb->net, skb->data, n, it, 0);
	else
		copy_from_iter(skb->net, skb->data, n, it);
	skb->tail += n;
	skb->len = n;
	return 0;
}

/* How the IP header is to be; fits: the packet is not larger than the path MTU (DF). */
struct ip_xmit dgram_ip_xmit(const struct sock *sk, const struct ipcm *ipc,
			     const struct flowi4 *fl, const struct dst_entry *dst, bool fits);

/*
 * Sends through ip_queue_xmit() on sk's account; consumes skb and the reference on rt. A full
 * device queue (-ENOBUFS) is told only to who asked for it by IP_RECVERR.
 */
int dgram_xmit(struct sock *sk, struct sk_buff *skb, struct rtable *rt, const struct ip_xmit *x);

/*
 * Reads the oldest datagram: payload, address, control messages. Its length as copied (with
 * MSG_TRUNC: as it was), -EAGAIN, a pending error. After shutdown: 0, but -EAGAIN with
 * MSG_DONTWAIT, as Linux tells apart who would have waited.
 */
ptrdiff_t dgram_recvmsg(struct sock *sk, struct msg *msg, int flags);
/* The same where one waits, no error does, and it is not by MSG_PEEK, MSG_OOB or MSG_ERRQUEUE. */
ptrdiff_t dgram_recv_next(struct sock *sk, struct msg *msg, int flags);
/* The oldest, skb, as one of many and not by MSG_PEEK; it is run's then. */
ptrdiff_t dgram_recv_run(struct sock *sk, struct sk_buff *skb, struct msg *msg, int flags,
			 struct sock_read_run *run);

extern const struct rx_borrow_ops dgram_borrow_ops;

/* proto functions that need nothing more */
int dgram_connect(struct sock *sk, const void *addr, u32 len);
int dgram4_connect(struct sock *sk, const struct ln_sockaddr_in *addr, u32 len);
int dgram_disconnect(struct sock *sk);
unsigned dgram_poll(struct sock *sk);
int dgram_ioctl(struct sock *sk, unsigned long request, int *value);
void dgram_close(struct sock *sk);

/*
 * An ICMP error about a packet of sk's: IP_RECVERR readers get all, a connected socket the hard
 * ones, others none (RFC 1122 4.1.3.3). skb: data at the quoted IP header. Borrows.
 */
void dgram_err(struct sock *sk, const struct sk_buff *skb, u8 type, u8 code, u32 info, be16 port);

#endif
