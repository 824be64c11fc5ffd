/* SPDX-License-Identifier: MIT */
/*
 * datagram.h's part of IPv6, for sockets of AF_INET6. What such a socket sends to ::ffff:a.b.c.d,
 * and all that it does when its addresses are such, goes the way of IPv4.
 */
#ifndef LINNET_TRANSPORT_DATAGRAM6_H
#define LINNET_TRANSPORT_DATAGRAM6_H

#include "net/ipv6/txoptions.h"
#include "transport/datagram.h"
#include "transport/inet6_key.h"
#include "transport/sock_rare.h"

/* An address as a user gives it, without sin6_scope_id (RFC 2133). */
#define SIN6_LEN_RFC2133 24

struct ipcm6 {			/* struct ipcm of a datagram of IPv6 */
	struct ipcm ipc;	/* ttl: hop limit; tos: traffic class; its addresses are unused */
	struct ip6_addr daddr, saddr;	/* saddr :: = the route's */
	u32 flowlabel;		/* 0 = the flow's own, if any */
	bool dontfrag;
	const struct ipv6_txoptions *opt;	/* extension headers, or NULL */
	struct ipv6_txoptions opt_space;	/* those of one message; opt may point here */
};

/*
 * Where one sendmsg() of an AF_INET6 socket goes. 1: by IPv4, *sin tells to whom (or msg has no
 * address, and the socket's peer is meant); 0: by IPv6, *ipc is filled in.
 * -EINVAL, -EDESTADDRREQ, -ENETUNREACH (IPV6_V6ONLY), -EOPNOTSUPP (MSG_OOB).
 */
int dgram6_dest(struct sock *sk, const struct msg *msg, int flags, struct ipcm6 *ipc,
		struct ln_sockaddr_in *sin);

/*
 * What raw and ping sockets, which do not speak IPv4, refuse of msg's address before they ask
 * dgram6_dest(): -EINVAL: too short, as one of IPv4 is; -EAFNOSUPPORT; mapped: an address of IPv4.
 */
int dgram6_name_ok(const struct msg *msg, int mapped);

/* As dgram_route(). */
int dgram6_route(struct sock *sk, const struct ipcm6 *ipc, struct flowi6 *fl,
		 struct rt6_info **rt);
/*
 * -EMSGSIZE: len bytes, transport header included, are not sent as one packet, which the error
 * queue (IPV6_RECVERR) and IPV6_RECVPATHMTU's reader are told. RFC 7112: the first thlen bytes of
 * them have to fit the path with all headers.
 */
int dgram6_check_len(struct sock *sk, const struct ipcm6 *ipc, const struct flowi6 *fl,
		     const struct dst_entry *dst, size_t len, u32 thlen);
/* MTU of the path, by the first address that it leads to. */
static inline u32 dgram6_mtu(const struct ipcm6 *ipc, const struct flowi6 *fl,
			     const struct rt6_info *rt)
{
	return ip6_dst_mtu(rt, ipv6_first_hop(ipc->opt, &fl->daddr));
}

/* What dgram6_check_len() left for IPV6_RECVPATHMTU, if it did. */
static inline bool dgram6_has_rxpmtu(const struct sock *sk)
{
	return sock_rxopt(sk, RXOPT_PATHMTU) && sk->rare->rxpmtu;
}

ptrdiff_t dgram6_recv_rxpmtu(struct sock *sk, struct msg *msg);	/* 0 */

/* As dgram_xmit(), the header included: consumes skb and the reference on rt. */
int dgram6_xmit(struct sock *sk, struct sk_buff *skb, struct rt6_info *rt,
		const struct ipcm6 *ipc, const struct flowi6 *fl);

/* dgram_connect() of an AF_INET6 socket. */
int dgram6_connect(struct sock *sk, const struct ln_sockaddr_in6 *addr, u32 len);

/*
 * To whom connect() goes: 1: by IPv4, *sin tells; 0: by IPv6, *daddr and the device that sk is
 * bound to from now on. -EINVAL, -EAFNOSUPPORT, -ENETUNREACH.
 */
int inet6_connect_addr(struct sock *sk, const struct ln_sockaddr_in6 *addr, u32 len,
		       struct ip6_addr *daddr, struct ln_sockaddr_in *sin);

/* As dgram_err(): skb's data at the quoted IPv6 header, off: of its upper layer's. */
void dgram6_err(struct sock *sk, const struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info,
		be16 port);

#endif
