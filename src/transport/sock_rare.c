/* SPDX-License-Identifier: MIT */
#include "transport/sock_rare.h"

#include "base/netns.h"

const struct sock_rare sock_rare_none = { 0 };

struct sock_rare *sock_rare_get(struct sock *sk)
{
	if (!sk->rare)
		sk->rare = mem_zalloc(&sock_net(sk)->mem, sizeof(*sk->rare));
	return sk->rare;
}

void sock_rare_free(struct sock *sk)
{
	if (sk->rare)
		mem_free(&sock_net(sk)->mem, sk->rare, sizeof(*sk->rare));
	sk->rare = NULL;
}

void sock_rare_inherit(struct sock *child, const struct sock *l)
{
	struct sock_rare *r = l->rare ? sock_rare_get(child) : NULL;

	child->inet_flags = l->inet_flags;
	if (!r)
		return;
	*r = *l->rare;
	r->cookie = 0;
}

bool sock_nonlocal_bind(const struct sock *sk, u8 family)
{
	const struct netns_sysctl *s = &sock_net(sk)->sysctl;

	return inet_flag(sk, INET_FREEBIND) || inet_flag(sk, INET_TRANSPARENT) ||
	       (family == LN_AF_INET6 ? s->ip6_nonlocal_bind : s->ip_nonlocal_bind);
}
