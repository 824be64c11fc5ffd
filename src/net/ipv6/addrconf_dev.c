/* SPDX-License-Identifier: MIT */
/*
 * The IPv6 side of a device as a whole: it begins with the device, gets its first routes and
 * addresses when the device is up (RFC 4862 5.3), loses all when it is down, is switched off and on
 * (disable_ipv6), and is a host's or a router's (forwarding).
 */
#include "net/ipv6/addrconf_impl.h"
#include "net/ipv6/addrconf_peer.h"
#include "net/ipv6/ra.h"

static void dev_routes(struct net_device *dev)
{
	struct ip6_addr all = { { 0xff } };

	if (!(dev->flags & IFF_LOOPBACK_))
		addrconf_kernel_route(dev, &all, 8, RTN_MULTICAST, true);
}

static void addrs_flush(struct inet6_dev *idev)
{
	while (!list_empty(&idev->addr_list))
		addrconf_remove(list_first_entry(&idev->addr_list, struct inet6_ifaddr, list));
}

static void add_linklocal(struct net_device *dev)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ip6_addr a = { { 0xfe, 0x80 } };
	struct inet6_ifaddr *ifp;
	u8 retry = 0;

	if (idev->cnf.addr_gen_mode == ADDR_GEN_NONE || addrconf_generate(idev, &a, &retry))
		return;
	inet6_addr_add(dev, &a, 64, (u16)(addrconf_optimistic(idev) |
		       (addrconf_is_stable(idev) ? IFA_F_STABLE_PRIVACY : 0)));
	ifp = ipv6_get_ifaddr(dev->net, &a, dev);
	if (ifp)
		ifp->stable_retry = retry;
}

void addrconf_stable_secret(struct net *net, struct net_device *dev, const struct ip6_addr *secret)
{
	struct ipv6_devconf *cnf = dev ? &dev->ip6_ptr->cnf : &net->ipv6->conf_default;
	struct net_device *d;

	cnf->stable_secret = *secret;
	cnf->has_secret = true;
	cnf->addr_gen_mode = ADDR_GEN_STABLE;
	for_each_netdev(net, d)
		if (!dev && d->ip6_ptr)
			d->ip6_ptr->cnf.addr_gen_mode = ADDR_GEN_STABLE;
}

static void dev_up(struct net_device *dev)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ip6_addr loopback = IN6ADDR_LOOPBACK;
	struct inet6_ifaddr *ifp;

	if (idev->cnf.disable_ipv6)
		return;
	dev_routes(dev);
	list_for_each_entry(ifp, &idev->addr_list, list) {
		addrconf_prefix_route(ifp, true);
		addrconf_peer_route(ifp, true);
	}
	if (dev->flags & IFF_LOOPBACK_)
		inet6_addr_add(dev, &loopback, 128, 0);
	else if (!dev->br_port)
		add_linklocal(dev);
	if (addrconf_dev_ready(dev))
		addrconf_dad_run(idev);
}

static void dev_down(struct net_device *dev)
{
	ra_dev_down(dev->ip6_ptr);
	mc_dev_down(&dev->ip6_ptr->mc);
	addrs_flush(dev->ip6_ptr);
	fib6_flush_dev(dev->net, dev);
}

/* What only a device with IPv6 needs; false: no memory. */
static bool dev_parms(struct net_device *dev)
{
	if (!dev->nd_parms)
		dev->nd_parms = neigh_parms_alloc(&dev->net->ipv6->nd_tbl);
	return dev->nd_parms;
}

void addrconf_disable_ipv6(struct net_device *dev, bool off)
{
	struct inet6_dev *idev = in6_dev_get(dev);

	if (!idev || idev->cnf.disable_ipv6 == off || (!off && !dev_parms(dev)))
		return;
	idev->cnf.disable_ipv6 = off;
	if (off)
		dev_down(dev);
	else if (netif_running(dev))
		dev_up(dev);
}

void addrconf_disable_ipv6_all(struct net *net, bool off)
{
	struct net_device *dev;

	net->ipv6->conf_all.disable_ipv6 = net->ipv6->conf_default.disable_ipv6 = off;
	for_each_netdev(net, dev)
		addrconf_disable_ipv6(dev, off);
}

/* A router is in the routers' group (RFC 4291 2.8). */
void addrconf_dev_forward(struct net_device *dev, bool on)
{
	struct ip6_addr routers = IN6ADDR_LINKLOCAL_ALLROUTERS;

	if (!dev->ip6_ptr || dev->ip6_ptr->cnf.forwarding == on)
		return;
	dev->ip6_ptr->cnf.forwarding = on;
	if (on && dev->ip6_ptr->cnf.accept_ra != 2)
		ra_forget_routers(dev->ip6_ptr);
	if (on)
		ipv6_dev_mc_inc(dev, &routers);
	else
		ipv6_dev_mc_dec(dev, &routers);
}

void addrconf_forward_change(struct net *net, bool on)
{
	struct net_device *dev;

	net->ipv6->conf_all.forwarding = net->ipv6->conf_default.forwarding = on;
	for_each_netdev(net, dev)
		addrconf_dev_forward(dev, on);
}

int inet6_dev_init(struct net_device *dev)
{
	struct net *net = dev->net;
	struct inet6_dev *idev;

	if (dev->ip6_ptr)
		return 0;
	idev = mem_zalloc(&net->mem, sizeof(*idev));
	if (!idev)
		return -ENOMEM;
	idev->dev = dev;
	idev->cnf = net->ipv6->conf_default;
	list_init(&idev->addr_list);
	ipv6_mc_init_dev(idev);
	ra_dev_init(idev);
	if (!idev->cnf.disable_ipv6 && !dev_parms(dev)) {
		ipv6_mc_destroy_dev(idev);
		mem_free(&net->mem, idev, sizeof(*idev));
		return -ENOMEM;
	}
	dev->ip6_ptr = idev;
	if (idev->cnf.forwarding) {
		idev->cnf.forwarding = false;
		addrconf_dev_forward(dev, true);
	}
	return 0;
}

void inet6_dev_destroy(struct net_device *dev)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct net *net = dev->net;

	if (!idev)
		return;
	dev_down(dev);
	ipv6_mc_destroy_dev(idev);
	dst_flush_dev(&dev->net->ipv6->dst_ops, dev);
	neigh_ifdown(&net->ipv6->nd_tbl, dev);
	if (dev->nd_parms)
		neigh_parms_free(net, dev->nd_parms);
	dev->nd_parms = NULL;
	dst_keep(&idev->last.dst, NULL);
	mem_free(&net->mem, idev, sizeof(*idev));
	dev->ip6_ptr = NULL;
}

void addrconf_event(struct net_device *dev, enum netdev_event event)
{
	if (event == NETDEV_REGISTER)
		inet6_dev_init(dev);	/* without memory the device has no IPv6 */
	if (!dev->ip6_ptr)
		return;
	switch (event) {
	case NETDEV_UP:
		dev_up(dev);
		break;
	case NETDEV_DOWN:
		dev_down(dev);
		break;
	case NETDEV_CHANGE:
		if (addrconf_dev_ready(dev))
			addrconf_dad_run(dev->ip6_ptr);
		rt6_cache_flush(dev->net);
		break;
	case NETDEV_CHANGEMTU:
		dev->ip6_ptr->cnf.mtu6 = 0;
		rt6_cache_flush(dev->net);
		break;
	case NETDEV_UNREGISTER:
		inet6_dev_destroy(dev);
		break;
	default:
		break;
	}
}
