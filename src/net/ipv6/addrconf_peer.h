/* SPDX-License-Identifier: MIT */
#ifndef LINNET_NET_IPV6_ADDRCONF_PEER_H
#define LINNET_NET_IPV6_ADDRCONF_PEER_H

#include "net/ipv6/ip6.h"

/* An address of the device gets this peer; any: none. -EADDRNOTAVAIL. */
int inet6_addr_set_peer(struct net_device *dev, const struct ip6_addr *addr,
			const struct ip6_addr *peer);
/* The route to its peer, where it has one. */
void addrconf_peer_route(const struct inet6_ifaddr *ifp, bool add);

#endif
