/* SPDX-License-Identifier: MIT */
/*
 * What ip(7) shows of a datagram beside its bytes: control messages of recvmsg() and sendmsg(), and
 * the error queue (IP_RECVERR).
 */
#ifndef LINNET_TRANSPORT_IP_SOCKGLUE_H
#define LINNET_TRANSPORT_IP_SOCKGLUE_H

#include "transport/sock_tstamp.h"
#include "wire/ipv6.h"

/* Kept in skb->cb of a datagram that waits to be read: the headers may be gone by then. */
struct inet_rx_cb {
	be32 daddr;
	int iif;		/* index of the device it came in by */
	be32 saddr;		/* with sport on a line apart, for those who ask who it was */
	be16 sport;		/* 0 where the protocol has none */
	u8 ttl, tos;
};

static inline struct inet_rx_cb *inet_rx_cb(const struct sk_buff *skb)
{
	return (struct inet_rx_cb *)(void *)(uintptr_t)skb->cb;
}

/* The same of a datagram of IPv6. */
struct inet6_rx_cb {
	struct ip6_addr saddr, daddr;
	be16 sport;
	u8 hop_limit, tclass;
	int iif;
	u32 flowlabel;
};

static inline struct inet6_rx_cb *inet6_rx_cb(const struct sk_buff *skb)
{
	return (struct inet6_rx_cb *)(void *)(uintptr_t)skb->cb;
}

static inline bool skb_is_ipv6(const struct sk_buff *skb)
{
	return skb->protocol == CONST_BE16(0x86dd);
}

/* Linux's; of a socket with SOCK_RXOPT only, behind what the protocol has in skb->cb. */
struct sock_skb_cb {
	u32 dropcount;		/* SO_RXQ_OVFL: the socket's drops until it was queued */
	bool peeked;		/* an empty one, by MSG_PEEK with SO_PEEK_OFF */
};

static inline struct sock_skb_cb *SOCK_SKB_CB(const struct sk_buff *skb)
{
	return (struct sock_skb_cb *)(void *)((uintptr_t)skb->cb + sizeof(skb->cb) -
					      sizeof(struct sock_skb_cb));
}

/* From the IP header; skb->dev is still set. */
void inet_rx_cb_fill(struct sk_buff *skb, be16 sport);
void inet6_rx_cb_fill(struct sk_buff *skb, be16 sport);

#define GSO_OF_SOCK UINT32_MAX	/* the message does not say */

/* How one datagram is to be sent: the socket's settings, then what sendmsg() says of this one. */
struct ipcm {
	be32 daddr, saddr;	/* saddr 0 = the route's */
	be16 dport;
	int oif;		/* 0 = any */
	u8 ttl;			/* 0 = default */
	u8 tos;
	u32 gso_size;		/* UDP_SEGMENT; 0 = one datagram; or GSO_OF_SOCK */
	bool localroute;	/* to hosts on the link only */
	bool cmsg;		/* control data changed something: no cached route */
};

struct cmsg_walk {			/* at one of a message's control messages */
	const u8 *at;
	size_t left;
	struct ln_cmsghdr c;
	const void *data;
	size_t len;		/* of the data */
};
/* Gives those of SOL_SOCKET to sk, and all others to `one`, until that says an error. NULL: the
 * others mean nothing. -EINVAL: malformed. */
int cmsg_for_each(struct sock *sk, const struct msg *msg,
		  int (*one)(struct sock *sk, const struct cmsg_walk *w, void *ipc), void *ipc);
/* UDP_SEGMENT. -EINVAL: of this level, and not that. */
int udp_cmsg_send(const struct sock *sk, const struct cmsg_walk *w, struct ipcm *ipc);
/* Those of SOL_SOCKET: SO_TIMESTAMPING, SCM_TXTIME. -EINVAL, -ENOMEM. */
int sock_cmsgs_send(struct sock *sk, const struct msg *msg);

/* IP_PKTINFO, IP_TTL, IP_TOS of msg, and UDP_SEGMENT; of an AF_INET6 socket also IPV6_PKTINFO with
 * an IPv4 address. -EINVAL: unknown or malformed. */
int ip_cmsg_send(struct sock *sk, const struct msg *msg, struct ipcm *ipc);
struct ipcm6;
/* IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_TCLASS, IPV6_DONTFRAG and extension headers of msg, and
 * UDP_SEGMENT. As above. */
int ip6_cmsg_send(struct sock *sk, const struct msg *msg, struct ipcm6 *ipc);

/* The control messages that sk asked for, of a datagram that is given to the reader. */
void ip_cmsg_recv_slow(const struct sock *sk, struct msg *msg, const struct sk_buff *skb);

static inline void ip_cmsg_recv(const struct sock *sk, struct msg *msg, const struct sk_buff *skb)
{
	if (unlikely(sk->flags & (BIT(SOCK_PKTINFO) | BIT(SOCK_RECVTTL) | BIT(SOCK_UDP_GRO) |
				  BIT(SOCK_PKTINFO6) | BIT(SOCK_RECVHOPLIMIT) |
				  BIT(SOCK_RECVTCLASS) | BIT(SOCK_RECVTOS) |
				  BIT(SOCK_RXOPT) | SOCK_TSTAMP_ANY)))
		ip_cmsg_recv_slow(sk, msg, skb);
}

/* SO_RXQ_OVFL, if packets were lost before skb. */
void put_drops(struct msg *msg, const struct sk_buff *skb);

/* Appends one; MSG_CTRUNC when there is no room for all of it. */
void put_cmsg(struct msg *msg, int level, int type, const void *data, size_t len);

/* The peer's address to msg->name, cut at its room; namelen becomes the whole length. */
void msg_put_addr(struct msg *msg, be32 addr, be16 port);
/* Of a socket of AF_INET6; iif: of what the address is, where it is of a link. */
void msg_put_addr6(struct msg *msg, const struct ip6_addr *addr, be16 port, int iif);
void msg_put_sockaddr6(struct msg *msg, const struct ln_sockaddr_in6 *sin6);
void msg_put_sender6(struct msg *msg, const struct sk_buff *skb);
struct ln_sockaddr_in6 inet6_sockaddr(const struct ip6_addr *addr, be16 port, int iif);
/* Who sent a datagram that waits to be read, to a reader of AF_INET6. */
struct ln_sockaddr_in6 inet6_sender(const struct sk_buff *skb);
/* The control messages that only sockets of AF_INET6 ask for. */
void ip6_cmsg_recv(const struct sock *sk, struct msg *msg, const struct sk_buff *skb);

#define ZEROCOPY_NOTES_MAX 128	/* unread ones of a socket */

/* One more call may be told about later: its queue exists then and has room. */
bool sock_zerocopy_room(struct sock *sk);
/* The call's memory is the user's again. note: an empty packet, consumed. */
void sock_zerocopy_done(struct sock *sk, struct sk_buff *note, u32 call, bool copied);

/* SO_TIMESTAMPING: type (LN_SCM_TSTAMP_*) happened now to skb, of sk; key: what it is told by. */
void sock_queue_tstamp(struct sock *sk, const struct sk_buff *skb, u32 type, u32 key);

/* skb, of sk, is not sent: its time to leave cannot be kept. */
void sock_queue_txtime(struct sock *sk, const struct sk_buff *skb);

/* recvmsg(MSG_ERRQUEUE): the oldest error with the packet that it is about. -EAGAIN. */
ptrdiff_t ip_recv_error(struct sock *sk, struct msg *msg);

/* An error found here, before the packet left (EMSGSIZE): for IP_RECVERR readers. err: positive. */
void ip_local_error(struct sock *sk, int err, be32 daddr, be16 port, u32 info);
void ip6_local_error(struct sock *sk, int err, const struct ip6_addr *daddr, be16 port, u32 info);

/* As sock_queue_err(): data at the quoted IPv6 header, off: of the header behind it. */
void sock_queue_err6(struct sock *sk, const struct sk_buff *skb, int err, u8 type, u8 code,
		     u32 off, u32 info, be16 port);

#endif
