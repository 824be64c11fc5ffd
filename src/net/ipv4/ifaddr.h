/* SPDX-License-Identifier: MIT */
/*
 * Addresses with all that may be said of them. One with a peer (a line that has two ends) stands
 * for the peer's network: `local` is this machine's, and the route to address/prefixlen goes out
 * by the device. Without a peer the two are the same.
 */
#ifndef LINNET_NET_IPV4_IFADDR_H
#define LINNET_NET_IPV4_IFADDR_H

#include "net/ipv4/ip.h"

struct ifaddr_config {
	be32 local, address, broadcast;
	u8 prefixlen, scope;
};

/* As inet_addr_add(), which is that without a peer. */
int inet_insert_ifa(struct net_device *dev, const struct ifaddr_config *cfg);
/* The one with this address on the network that `address` is of; NULL: there is none. */
struct in_ifaddr *inet_find_ifa(const struct net_device *dev, be32 local, be32 address,
				u8 prefixlen);
/* With its secondary ones. */
void inet_del_ifa(struct in_ifaddr *ifa);

#endif
