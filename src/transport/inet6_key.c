/* SPDX-License-Identifier: MIT */
#include "transport/inet6_key.h"

#include "base/assert.h"

const struct inet6_key inet6_key_none;

struct inet6_key *inet6_key_own(struct sock_common *c)
{
	struct inet6_key *k = c->key6;

	ln_assert(c->v6);
	if (k && k->refcnt == 1)
		return k;
	k = slab_alloc(&c->net->sock->key6_slab);
	if (!k)
		return NULL;
	*k = *inet6_key(c);
	k->refcnt = 1;
	if (c->key6)
		c->key6->refcnt--;
	c->key6 = k;
	return k;
}

void inet6_key_share(struct sock_common *to, const struct sock_common *from)
{
	to->v6 = from->v6;
	to->key6 = from->key6;
	if (from->v6 && from->key6)
		from->key6->refcnt++;
}

void inet6_key_drop(struct sock_common *c)
{
	struct inet6_key *k = c->key6;

	if (c->v6 && k && --k->refcnt == 0)
		slab_free(&c->net->sock->key6_slab, k);
	c->key6 = NULL;
}

void inet6_key_set_kind(struct sock_common *c, bool v6)
{
	inet6_key_drop(c);
	c->v6 = v6;
}

static void forget_addresses6(struct sock *sk)
{
	struct inet6_key *k;

	if (!sock_flag(sk, SOCK_BINDADDR_LOCK)) {
		inet6_key_set_kind(&sk->c, true);
	} else if (!sk->c.v6) {
		sk->c.daddr = 0;
	} else {
		/* Without memory it stays, and nobody asks for it. */
		k = inet6_key_own(&sk->c);
		if (k)
			k->daddr = IN6ADDR_ANY;
	}
}

void inet_forget_addresses(struct sock *sk)
{
	bool bound = sock_flag(sk, SOCK_BINDADDR_LOCK);

	if (!bound)
		sk->saddr = 0;
	if (unlikely(sk->c.family == LN_AF_INET6)) {
		forget_addresses6(sk);
		return;
	}
	sk->c.daddr = 0;
	if (!bound)
		sk->c.rcv_saddr = 0;
}

struct ip6_addr inet6_shown_daddr(const struct sock_common *c)
{
	return c->v6 ? inet6_key(c)->daddr : ipv6_addr_v4mapped_of(c->daddr);
}

struct ip6_addr inet6_shown_rcv_saddr(const struct sock_common *c)
{
	return c->v6 ? inet6_key(c)->rcv_saddr : ipv6_addr_v4mapped_of(c->rcv_saddr);
}
