/* SPDX-License-Identifier: MIT */
/*
 * A datagram by the straight way (net/ipv4/ip_straight.h): it fits the link, nothing about it or
 * its socket is special, and its three headers are written at once. For udp_output.c.
 */
#ifndef LINNET_TRANSPORT_UDP_STRAIGHT_H
#define LINNET_TRANSPORT_UDP_STRAIGHT_H

#include "net/ipv4/ip_straight.h"
#include "transport/udp.h"
#include "wire/udp.h"

#define UDP_STRAIGHT_HLEN (IP_STRAIGHT_HLEN + UDP_HLEN)

/* A datagram's ends; a reference on the route is the caller's. */
struct udp_to {
	const struct rtable *rt;
	be32 saddr, daddr;
	be16 dport;
};

/* Nothing but copying it is to be done before it leaves, and its writer has room. */
static __always_inline bool udp_is_plain(struct sock *sk, const struct msg *msg, int flags)
{
	const struct udp_sock *up = udp_sk(sk);

	return !(flags & ~(LN_MSG_DONTWAIT | LN_MSG_NOSIGNAL)) && !msg->controllen &&
	       msg->iter.count <= DGRAM_MAX_LEN && !up->cork && !up->corked && !up->gso_size &&
	       sk->pmtudisc == LN_IP_PMTUDISC_WANT && !sk->err && !sk->txstamp &&
	       !(sk->shutdown & SEND_SHUTDOWN) && sk->wmem < sk->sndbuf;
}

static __always_inline struct neighbour *udp_straight(const struct udp_to *to,
						      const struct msg *msg)
{
	return ip_straight(to->rt, to->daddr, msg->iter.count + UDP_HLEN + IPV4_HLEN);
}

/* skb has the sum of its payload (csum_valid), or the card makes it. */
static __always_inline void udp_straight_check(struct sk_buff *skb, struct udphdr *uh,
					       const struct udp_to *to, u32 len)
{
	if (unlikely(!skb->csum_valid)) {
		uh->check = (be16)~csum_tcpudp_magic(to->saddr, to->daddr, len, LN_IPPROTO_UDP, 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb->transport_header;
		skb->csum_offset = offsetof(struct udphdr, check);
		return;
	}
	uh->check = csum_tcpudp_magic(to->saddr, to->daddr, len, LN_IPPROTO_UDP,
				      csum_from64((u64)skb->csum + uh->source + uh->dest +
						  uh->len));
	if (unlikely(!uh->check))
		uh->check = CSUM_MANGLED_0;
	skb->csum_valid = false;
}

static __always_inline void udp_straight_headers(struct sock *sk, struct sk_buff *skb,
						 const struct neighbour *n,
						 const struct udp_to *to)
{
	struct ip_xmit x = {
		.saddr = to->saddr, .daddr = to->daddr, .protocol = LN_IPPROTO_UDP,
		.ttl = sk->ttl, .tos = sk->tos, .df = true,
	};
	u8 *p = skb->data - UDP_STRAIGHT_HLEN;
	u32 len = skb->len + UDP_HLEN, at = (u32)(p - skb->head);
	struct udphdr *uh = (void *)(p + IP_STRAIGHT_HLEN);

	*uh = (struct udphdr){
		.source = cpu_to_be16(sk->c.num), .dest = to->dport, .len = cpu_to_be16((u16)len),
	};
	skb->transport_header = (u16)(at + IP_STRAIGHT_HLEN);
	udp_straight_check(skb, uh, to, len);
	ip_straight_write(sock_net(sk), n, p, &x, len + IPV4_HLEN);
	skb->data = p;
	skb->len = len + IP_STRAIGHT_HLEN;
	skb->network_header = (u16)(at + ETH_HLEN);
	skb->dev = n->dev;
}

/* A whole frame, on sk's account; NULL: no memory. */
static __always_inline struct sk_buff *udp_straight_frame(struct sock *sk, struct msg *msg,
							  const struct neighbour *n,
							  const struct udp_to *to)
{
	struct sk_buff *skb = dgram_alloc(sk);

	if (unlikely(!skb))
		return NULL;
	skb->csum_valid = !(n->dev->features & (NETIF_F_HW_CSUM | NETIF_F_LOOPBACK));
	if (unlikely(dgram_append(skb, &msg->iter, (u32)msg->iter.count))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	udp_straight_headers(sk, skb, n, to);
	skb_set_owner_w(skb, sk);
	return skb;
}

/* Between udp_output.c and udp_run.c: where to; a message by the plain way; one by the run's route
 * (0 or -errno); no memory for one. */
int udp_dest(struct sock *sk, const struct msg *msg, int flags, struct ipcm *ipc);
ptrdiff_t udp_sendmsg_slow(struct sock *sk, struct msg *msg, int flags);
int udp_run_send(struct sock *sk, struct msg *msg, const struct dgram_run *run);

static inline ptrdiff_t udp_no_memory(struct sock *sk)
{
	mib_inc(sock_net(sk), UdpSndbufErrors);
	return -ENOBUFS;
}

#endif
