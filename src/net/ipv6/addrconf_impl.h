/* SPDX-License-Identifier: MIT */
/* What the files of a device's addresses tell each other. */
#ifndef LINNET_NET_IPV6_ADDRCONF_IMPL_H
#define LINNET_NET_IPV6_ADDRCONF_IMPL_H

#include "net/ipv6/addrconf_gen.h"

/* ---- addrconf.c ---- */

/* *out: the new one. Errors as of inet6_addr_add(). */
int addrconf_add(struct net_device *dev, const struct ip6_addr *addr, u8 plen, u16 flags,
		 struct inet6_ifaddr **out);
/* One of its own routes. -ENOMEM; that it is there already, or gone, is no error. */
int addrconf_kernel_route(struct net_device *dev, const struct ip6_addr *dst, u8 plen, u8 type,
			  bool add);
void addrconf_remove(struct inet6_ifaddr *ifp);
/* The route to an address, and to those on its link, where that is so. -ENOMEM. */
int addrconf_local_route(const struct inet6_ifaddr *ifp, bool add);
int addrconf_prefix_route(const struct inet6_ifaddr *ifp, bool add);

static inline bool addrconf_dev_ready(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

/* ---- addrconf_dad.c ---- */

/* The device of a tentative address is up. */
void addrconf_dad_start(struct inet6_ifaddr *ifp);
/* The same for all that wait for it. */
void addrconf_dad_run(struct inet6_dev *idev);
void addrconf_dad_timer_fn(struct timer *t);
/* RFC 4429: the flag of an address that comes by itself; 0: it waits until it is alone for sure. */
u16 addrconf_optimistic(const struct inet6_dev *idev);

/* ---- addrconf_temp.c ---- */

/* pub has new lifetimes, or (create) is new itself: so are its temporary addresses'. */
void addrconf_temp_manage(struct inet6_ifaddr *pub, bool create);
/* Makes those that are due. Return: when one will be. */
ktime_t addrconf_temp_verify(struct inet6_dev *idev);
void addrconf_temp_failed(struct inet6_ifaddr *ifp);	/* somebody has it; it goes */
void addrconf_temp_delete(struct inet6_ifaddr *pub);	/* those of one that is deleted by hand */
void addrconf_temp_forget(struct inet6_ifaddr *pub);	/* it goes; they live as long as they may */

#endif
