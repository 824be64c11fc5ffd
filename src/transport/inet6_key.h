/* SPDX-License-Identifier: MIT */
/*
 * The addresses of what speaks IPv6 (sock_common.key6). They stand apart, so that what speaks IPv4
 * is no larger for them; the objects that stand for one connection share them. A socket that is
 * bound to no address has none.
 */
#ifndef LINNET_TRANSPORT_INET6_KEY_H
#define LINNET_TRANSPORT_INET6_KEY_H

#include "transport/sock.h"
#include "wire/ip6_addr.h"

struct inet6_key {
	struct ip6_addr daddr;		/* peer; :: = none */
	struct ip6_addr rcv_saddr;	/* bound; :: = any */
	struct ip6_addr saddr;		/* source to send from; :: = the route's */
	u32 refcnt;
};

extern const struct inet6_key inet6_key_none;

/* Of an entry with c->v6. */
static inline const struct inet6_key *inet6_key(const struct sock_common *c)
{
	return c->key6 ? c->key6 : &inet6_key_none;
}

/* To be written: made, or copied where others have it too. NULL: no memory, and nothing changed. */
struct inet6_key *inet6_key_own(struct sock_common *c) __must_check;
/* to, which has none, has the addresses of from too. */
void inet6_key_share(struct sock_common *to, const struct sock_common *from);
/* Harmless without; afterwards the addresses are none and any, of the kind that they were. */
void inet6_key_drop(struct sock_common *c);

/* No addresses any more, and those to come are of this kind. */
void inet6_key_set_kind(struct sock_common *c, bool v6);

/* disconnect(): no peer any more, and but for what bind() gave, no address. */
void inet_forget_addresses(struct sock *sk);

/* As a socket of AF_INET6 shows them: IPv4's are mapped. */
struct ip6_addr inet6_shown_daddr(const struct sock_common *c);
struct ip6_addr inet6_shown_rcv_saddr(const struct sock_common *c);

#endif
