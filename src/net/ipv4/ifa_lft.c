/* SPDX-License-Identifier: MIT */
/* Lifetimes of IPv4 addresses, as who leases them sets them: past the preferred one an address is
 * shown as deprecated, which IPv4 does nothing about; past the valid one it goes. */
#include "net/ipv4/ifaddr.h"
#include "net/ipv4/ip_impl.h"

static ktime_t until(const struct net *net, u32 seconds)
{
	return seconds == UINT32_MAX ? KTIME_MAX : net->now + sec_to_ktime(seconds);
}

static void lft_timer_fn(struct timer *t)
{
	struct in_ifaddr *ifa = container_of(t, struct in_ifaddr, lft_timer);

	inet_del_ifa(ifa);
}

void inet_ifa_lft_init(struct in_ifaddr *ifa)
{
	ifa->valid_until = ifa->preferred_until = KTIME_MAX;
	timer_init(&ifa->lft_timer, lft_timer_fn);
}

void inet_ifa_lft_exit(struct in_ifaddr *ifa)
{
	net_timer_del(ifa->in_dev->dev->net, &ifa->lft_timer);
}

void inet_ifa_set_lft(struct in_ifaddr *ifa, u32 valid_s, u32 preferred_s)
{
	struct net *net = ifa->in_dev->dev->net;

	ifa->valid_until = until(net, valid_s);
	ifa->preferred_until = until(net, preferred_s);
	if (ifa->valid_until == KTIME_MAX)
		net_timer_del(net, &ifa->lft_timer);
	else
		net_timer_mod(net, &ifa->lft_timer, ifa->valid_until);
}
