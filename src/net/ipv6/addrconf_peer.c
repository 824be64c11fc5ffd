/* SPDX-License-Identifier: MIT */
/* Addresses with a peer: the other end of the line has a route of its own. */
#include "net/ipv6/addrconf_peer.h"

#include "net/ipv6/addrconf_impl.h"

void addrconf_peer_route(const struct inet6_ifaddr *ifp, bool add)
{
	struct net_device *dev = ifp->idev->dev;

	if (!ipv6_addr_any(&ifp->peer_addr) && (!add || netif_running(dev)))
		addrconf_kernel_route(dev, &ifp->peer_addr, 128, RTN_UNICAST, add);
}

int inet6_addr_set_peer(struct net_device *dev, const struct ip6_addr *addr,
			const struct ip6_addr *peer)
{
	struct inet6_ifaddr *ifp = ipv6_get_ifaddr(dev->net, addr, dev);

	if (!ifp)
		return -EADDRNOTAVAIL;
	if (ipv6_addr_equal(&ifp->peer_addr, peer))
		return 0;
	addrconf_peer_route(ifp, false);
	ifp->peer_addr = *peer;
	addrconf_peer_route(ifp, true);
	return 0;
}
