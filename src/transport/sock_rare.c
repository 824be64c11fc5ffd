/* SPDX-License-Identifier: MIT */
#include "transport/sock_rare.h"

#include "base/netns.h"
#include "net/ipv6/txoptions.h"
#include "transport/flowlabel.h"

const struct sock_rare sock_rare_none = { 0 };

struct sock_rare *sock_rare_get(struct sock *sk)
{
	if (!sk->rare)
		sk->rare = mem_zalloc(&sock_net(sk)->mem, sizeof(*sk->rare));
	return sk->rare;
}

void sock_rare_free(struct sock *sk)
{
	struct mem *mem = &sock_net(sk)->mem;

	if (!sk->rare)
		return;
	fl6_free_socklist(sk);
	ipv6_txopt_free(sock_net(sk), sk->rare->opt6);
	mem_free(mem, sk->rare->rxpmtu, sizeof(*sk->rare->rxpmtu));
	mem_free(mem, sk->rare, sizeof(*sk->rare));
	sk->rare = NULL;
}

int sock_set_rxopt(struct sock *sk, enum sock_rxopt what, bool on)
{
	struct sock_rare *r = sock_rare_get(sk);

	if (!r)
		return -ENOMEM;
	r->rxopt = (u8)(on ? r->rxopt | BIT(what) : r->rxopt & ~BIT(what));
	if (r->rxopt)
		sock_set_flag(sk, SOCK_RXOPT);
	else
		sock_reset_flag(sk, SOCK_RXOPT);
	return 0;
}

void sock_rare_inherit(struct sock *child, const struct sock *l)
{
	struct sock_rare *r = l->rare ? sock_rare_get(child) : NULL;

	child->inet_flags = (u8)(l->inet_flags & ~BIT(INET_TXOPTIONS));
	if (!r)
		return;
	*r = *l->rare;
	r->cookie = 0;
	r->rxpmtu = NULL;
	r->fl_list = NULL;
	if (r->opt6)
		r->opt6 = ipv6_dup_options(sock_net(child), r->opt6);
	inet_flag_set(child, INET_TXOPTIONS, r->opt6);
}

bool sock_nonlocal_bind(const struct sock *sk, u8 family)
{
	const struct netns_sysctl *s = &sock_net(sk)->sysctl;

	return inet_flag(sk, INET_FREEBIND) || inet_flag(sk, INET_TRANSPARENT) ||
	       (family == LN_AF_INET6 ? s->ip6_nonlocal_bind : s->ip_nonlocal_bind);
}
