/* SPDX-License-Identifier: MIT */
/* What few sockets ask for: bits (sk->inet_flags), and what takes room (sk->rare). */
#ifndef LINNET_TRANSPORT_SOCK_RARE_H
#define LINNET_TRANSPORT_SOCK_RARE_H

#include "transport/sock.h"

enum inet_flags {
	INET_FREEBIND,			/* bind() to what is not here, or not yet; */
	INET_TRANSPARENT,		/* the same */
	INET_BIND_ADDRESS_NO_PORT,	/* bind() leaves the choice of the port to connect() */
	INET_AUTOLABEL_OFF, INET_AUTOLABEL_ON,	/* IPV6_AUTOFLOWLABEL was said; neither: not */
	INET_SNDFLOW,			/* IPV6_FLOWINFO_SEND: sin6_flowinfo has the label */
	INET_NO_TXREHASH,		/* SO_TXREHASH is 0 */
};

static inline bool inet_flag(const struct sock *sk, enum inet_flags f)
{
	return sk->inet_flags & BIT(f);
}

static inline void inet_flag_set(struct sock *sk, enum inet_flags f, bool on)
{
	sk->inet_flags = (u8)(on ? sk->inet_flags | BIT(f) : sk->inet_flags & ~BIT(f));
}

#define RESERVED_PORTS_BYTES (65536 / 8)

struct sock_rare {
	u16 port_low, port_high;	/* IP_LOCAL_PORT_RANGE; 0 = the instance's */
	int uc_oif, uc_oif6;		/* IP_UNICAST_IF, IPV6_UNICAST_IF; 0 = any */
	int pktinfo_oif6;		/* IPV6_PKTINFO, set once for all; 0 = any */
	u64 cookie;			/* SO_COOKIE; 0 = nobody asked */
};

extern const struct sock_rare sock_rare_none;

static inline const struct sock_rare *sock_rare(const struct sock *sk)
{
	return unlikely(sk->rare) ? sk->rare : &sock_rare_none;
}

/* To be written. NULL: no memory. */
struct sock_rare *sock_rare_get(struct sock *sk) __must_check;
void sock_rare_free(struct sock *sk);
/* A child has what its listener asked for, as far as there is memory. */
void sock_rare_inherit(struct sock *child, const struct sock *l);

/* May sk be bound to an address of that family that is not here? */
bool sock_nonlocal_bind(const struct sock *sk, u8 family);

#endif
