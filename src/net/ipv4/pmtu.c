/* SPDX-License-Identifier: MIT */
/* Path MTUs of IPv4 destinations, learned from ICMP (RFC 1191): net/pmtu.h by address. What was
 * told is kept, also when it is less than is believed. */
#include "net/ipv4/ip_impl.h"

void pmtu_net_exit(struct net *net)
{
	pmtu_cache_free(net, &net->ipv4->pmtu);
}

/* Apart: who asks for the MTU of a path that nobody complained about needs no registers for it. */
__noinline u32 pmtu_lookup(const struct net *net, be32 daddr)
{
	u32 told = pmtu_cache_lookup(net, &net->ipv4->pmtu, daddr);

	return told ? max(told, IP_PMTU_MIN) : 0;
}

u32 pmtu_left_s(const struct net *net, be32 daddr)
{
	return pmtu_cache_left_s(net, &net->ipv4->pmtu, daddr);
}

bool pmtu_is_locked(const struct net *net, be32 daddr)
{
	u32 told = pmtu_cache_lookup(net, &net->ipv4->pmtu, daddr);

	return told && told < IP_PMTU_MIN;
}

void ip_rt_update_pmtu(struct net *net, be32 daddr, u32 mtu)
{
	if (mtu > IPV4_MAX_LEN)
		return;
	pmtu_cache_learn(net, &net->ipv4->pmtu, daddr, max(mtu, 1u));
}
