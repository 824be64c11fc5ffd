/* SPDX-License-Identifier: MIT */
/* What few sockets ask for: bits (sk->inet_flags), and what takes room (sk->rare). */
#ifndef LINNET_TRANSPORT_SOCK_RARE_H
#define LINNET_TRANSPORT_SOCK_RARE_H

#include "transport/sock.h"
#include "wire/ip6_addr.h"

enum inet_flags {
	INET_FREEBIND,			/* bind() to what is not here, or not yet; */
	INET_TRANSPARENT,		/* the same */
	INET_BIND_ADDRESS_NO_PORT,	/* bind() leaves the choice of the port to connect() */
	INET_AUTOLABEL_OFF, INET_AUTOLABEL_ON,	/* IPV6_AUTOFLOWLABEL was said; neither: not */
	INET_SNDFLOW,			/* IPV6_FLOWINFO_SEND: sin6_flowinfo has the label */
	INET_NO_TXREHASH,		/* SO_TXREHASH is 0 */
	INET_TXOPTIONS,			/* rare->opt6 is there */
};

static inline bool inet_flag(const struct sock *sk, enum inet_flags f)
{
	return sk->inet_flags & BIT(f);
}

static inline void inet_flag_set(struct sock *sk, enum inet_flags f, bool on)
{
	sk->inet_flags = (u8)(on ? sk->inet_flags | BIT(f) : sk->inet_flags & ~BIT(f));
}

enum sock_rxopt {	/* more that a reader wants to be told; IPv6's but for the first three */
	RXOPT_ORIGDST, RXOPT_FLOWINFO, RXOPT_OVFL, RXOPT_HOPOPTS, RXOPT_DSTOPTS, RXOPT_RTHDR,
	RXOPT_PATHMTU,
	RXOPT_PEEK_OFF,	/* MSG_PEEK reads from peek_off on */
};

#define RESERVED_PORTS_BYTES (65536 / 8)

struct rxpmtu {			/* a datagram was too long: */
	struct ip6_addr daddr;
	u32 scope_id, mtu;
};

struct sock_rare {
	u16 port_low, port_high;	/* IP_LOCAL_PORT_RANGE; 0 = the instance's */
	int uc_oif, uc_oif6;		/* IP_UNICAST_IF, IPV6_UNICAST_IF; 0 = any */
	int pktinfo_oif6;		/* IPV6_PKTINFO, set once for all; 0 = any */
	u64 cookie;			/* SO_COOKIE; 0 = nobody asked */
	struct ipv6_txoptions *opt6;	/* headers of what is sent, its own; NULL: none */
	struct ipv6_fl_socklist *fl_list;	/* flow labels that it holds; flowlabel.h */
	struct rxpmtu *rxpmtu;		/* IPV6_RECVPATHMTU: not yet told; NULL */
	int not_peek_off;		/* ~SO_PEEK_OFF; 0 = -1: not set */
	u8 rxopt;			/* BIT(enum sock_rxopt) */
};

extern const struct sock_rare sock_rare_none;

static inline const struct sock_rare *sock_rare(const struct sock *sk)
{
	return unlikely(sk->rare) ? sk->rare : &sock_rare_none;
}

static inline bool sock_rxopt(const struct sock *sk, enum sock_rxopt what)
{
	return sock_flag(sk, SOCK_RXOPT) && sk->rare->rxopt & BIT(what);
}

/* SO_PEEK_OFF, where the next MSG_PEEK reads; negative: at the beginning, as ever. */
static inline int sk_peek_off(const struct sock *sk)
{
	return sock_rxopt(sk, RXOPT_PEEK_OFF) ? ~sk->rare->not_peek_off : -1;
}

/* n bytes were peeked at; or read, and are before it no more. */
static inline void sk_peek_offset_fwd(struct sock *sk, size_t n)
{
	if (unlikely(sk_peek_off(sk) >= 0))
		sk->rare->not_peek_off -= (int)n;
}

static inline void sk_peek_offset_bwd(struct sock *sk, size_t n)
{
	int off = sk_peek_off(sk);

	if (unlikely(off >= 0))
		sk->rare->not_peek_off = ~((size_t)off > n ? off - (int)n : 0);
}

int sock_set_rxopt(struct sock *sk, enum sock_rxopt what, bool on);	/* -ENOMEM */

static inline const struct ipv6_txoptions *sock_txopt(const struct sock *sk)
{
	return unlikely(inet_flag(sk, INET_TXOPTIONS)) ? sk->rare->opt6 : NULL;
}

/* To be written. NULL: no memory. */
struct sock_rare *sock_rare_get(struct sock *sk) __must_check;
void sock_rare_free(struct sock *sk);
/* A child has what its listener asked for, as far as there is memory. */
void sock_rare_inherit(struct sock *child, const struct sock *l);

/* May sk be bound to an address of that family that is not here? */
bool sock_nonlocal_bind(const struct sock *sk, u8 family);

#endif
