/* SPDX-License-Identifier: MIT */
/*
 * The routes that come by themselves: for each address the local, broadcast and connected ones,
 * as devices and addresses come and go; and the check of a packet's source against the table.
 */
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"

/* The primary address of a secondary one's subnet; of a primary one, itself. */
static const struct in_ifaddr *ifa_primary(const struct in_ifaddr *ifa)
{
	const struct in_ifaddr *other;

	if (!ifa->secondary)
		return ifa;
	list_for_each_entry(other, &ifa->in_dev->ifa_list, list)
		if (!other->secondary && other->prefixlen == ifa->prefixlen &&
		    inet_ifa_match(ifa->address, other))
			return other;
	return ifa;
}

/* The kernel's own route type dst/plen for ifa. */
static struct fib_config magic_config(const struct in_ifaddr *ifa, u8 type, be32 dst, u8 plen)
{
	return (struct fib_config){
		.dst = dst,
		.prefixlen = plen,
		.prefsrc = ifa_primary(ifa)->local,
		.type = type,
		.table = type == RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL,
		.protocol = RTPROT_KERNEL,
		.scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK,
		.dev = ifa->in_dev->dev,
	};
}

static int magic_add(const struct in_ifaddr *ifa, u8 type, be32 dst, u8 plen)
{
	struct fib_config cfg = magic_config(ifa, type, dst, plen);
	int err = fib_route_add(ifa->in_dev->dev->net, &cfg);

	return err == -EEXIST ? 0 : err;
}

static void magic_del(const struct in_ifaddr *ifa, u8 type, be32 dst, u8 plen)
{
	struct fib_config cfg = magic_config(ifa, type, dst, plen);

	fib_route_del(ifa->in_dev->dev->net, &cfg);
}

static be32 ifa_network(const struct in_ifaddr *ifa)
{
	return inet_network(ifa->address, ifa->prefixlen);
}

static bool wants_broadcast(const struct in_ifaddr *ifa)
{
	return ifa->broadcast && !ipv4_is_lbcast(ifa->broadcast);
}

static bool wants_network(const struct in_ifaddr *ifa)
{
	return !ipv4_is_zeronet(ifa_network(ifa)) && !ifa->secondary &&
	       (ifa_network(ifa) != ifa->local || ifa->prefixlen < 32);
}

/* Adding what is there already is no error, so this may be repeated. */
int fib_add_ifaddr(const struct in_ifaddr *ifa)
{
	struct net_device *dev = ifa->in_dev->dev;
	u8 plen = ifa->prefixlen;
	int err = magic_add(ifa, RTN_LOCAL, ifa->local, 32);

	if (err || !netif_running(dev))
		return err;
	if (wants_broadcast(ifa))
		err = magic_add(ifa, RTN_BROADCAST, ifa->broadcast, 32);
	if (err || !wants_network(ifa))
		return err;
	err = magic_add(ifa, dev->flags & IFF_LOOPBACK_ ? RTN_LOCAL : RTN_UNICAST,
			ifa_network(ifa), plen);
	if (!err && plen < 31)	/* RFC 3021: a /31 has no broadcast */
		err = magic_add(ifa, RTN_BROADCAST, inet_broadcast(ifa->address, plen), 32);
	return err;
}

/* Routes that a remaining address has in common with the deleted one come back. */
static void readd_others(const struct in_ifaddr *gone)
{
	struct net_device *dev;
	struct in_ifaddr *ifa;

	for_each_netdev(gone->in_dev->dev->net, dev) {
		if (!dev->ip_ptr)
			continue;
		list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
			if (ifa->local == gone->local || ifa->in_dev == gone->in_dev)
				fib_add_ifaddr(ifa);
	}
}

void fib_del_ifaddr(const struct in_ifaddr *ifa)
{
	struct net *net = ifa->in_dev->dev->net;
	u8 plen = ifa->prefixlen;

	if (wants_network(ifa)) {
		magic_del(ifa, ifa->in_dev->dev->flags & IFF_LOOPBACK_ ? RTN_LOCAL : RTN_UNICAST,
			  ifa_network(ifa), plen);
		if (plen < 31)
			magic_del(ifa, RTN_BROADCAST, inet_broadcast(ifa->address, plen), 32);
	}
	if (wants_broadcast(ifa))
		magic_del(ifa, RTN_BROADCAST, ifa->broadcast, 32);
	magic_del(ifa, RTN_LOCAL, ifa->local, 32);
	if (!inet_lookup_ifaddr(net, ifa->local))
		fib_flush_prefsrc(net, ifa->local);
	readd_others(ifa);
	rt_cache_flush(net);
}

void fib_device_up(struct in_device *in_dev)
{
	const struct in_ifaddr *ifa;

	fib_sync_up(in_dev->dev->net, in_dev->dev);
	list_for_each_entry(ifa, &in_dev->ifa_list, list)
		fib_add_ifaddr(ifa);	/* without memory: as after `ip route del` */
	rt_cache_flush(in_dev->dev->net);
}

/* Local routes stay while the device is only down: the address is still this machine's. */
void fib_device_down(struct in_device *in_dev, bool force)
{
	fib_flush_dev(in_dev->dev->net, in_dev->dev, force);
	rt_cache_flush(in_dev->dev->net);
}

static bool leads_by(const struct fib_info *fi, const struct net_device *dev)
{
	for (u32 i = 0; i < fi->nhs; i++)
		if (fi->nh[i].via.dev == dev)
			return true;
	return false;
}

/* RFC 3704 2.2 strict (1), 2.4 loose (2). */
static enum skb_drop_reason check_reverse_path(struct net *net, be32 saddr,
					       const struct in_device *in_dev, u8 rpf)
{
	struct flowi4 fl = { .daddr = saddr, .iif = in_dev->dev->ifindex };
	const struct fib *fib = net->ipv4->fib;
	struct fib_result res, by_dev;
	int err = fib_lookup(fib, &fl, &res);
	bool local = !err && res.fi->type == RTN_LOCAL;

	if (local && !IN_DEV_ORCONF(in_dev, net, accept_local))
		return SKB_DROP_REASON_IP_LOCAL_SOURCE;
	if (err || (!local && res.fi->type != RTN_UNICAST))
		return SKB_DROP_REASON_IP_RPFILTER;
	if (leads_by(res.fi, in_dev->dev) || rpf == 2)
		return SKB_CONSUMED;
	/* Another route of the same prefix may lead back there. */
	fl.oif = in_dev->dev->ifindex;
	if (!fib_lookup(fib, &fl, &by_dev) && by_dev.fi->priority == res.fi->priority)
		return SKB_CONSUMED;
	return SKB_DROP_REASON_IP_RPFILTER;
}

enum skb_drop_reason fib_validate_source(struct net *net, be32 saddr, struct in_device *in_dev)
{
	u8 rpf = IN_DEV_MAXCONF(in_dev, net, rp_filter);

	if (unlikely(rpf && !(in_dev->dev->flags & IFF_LOOPBACK_)))
		return check_reverse_path(net, saddr, in_dev, rpf);
	if (unlikely(inet_lookup_ifaddr(net, saddr)) &&
	    !IN_DEV_ORCONF(in_dev, net, accept_local) && !(in_dev->dev->flags & IFF_LOOPBACK_))
		return SKB_DROP_REASON_IP_LOCAL_SOURCE;
	return SKB_CONSUMED;
}
