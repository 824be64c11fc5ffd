/* SPDX-License-Identifier: MIT */
/* The IPv4 side of a device: its addresses and settings, and which address to send from. */
#include "base/assert.h"
#include "net/ipv4/ifaddr.h"
#include "net/ipv4/ip_impl.h"

#define ADDR_HASH_FIRST 8

/* ---- the instance's own addresses, by address ---- */

static u32 addr_hash(const struct net *net, be32 a)
{
	u64 h = (a ^ net->hash_key.k[0]) * (net->hash_key.k[1] | 1);

	return (u32)(h >> 32) & net->ipv4->inet_addr_mask;
}

static bool addr_hash_grow(struct net *net)
{
	struct netns_ipv4 *v4 = net->ipv4;
	struct hlist_head *old = v4->inet_addr_lst, *grown;
	u32 n = old ? v4->inet_addr_mask + 1 : 0, size = n ? n * 2 : ADDR_HASH_FIRST;
	struct in_ifaddr *ifa;
	struct hlist_node *next;

	grown = mem_zalloc(&net->mem, size * sizeof(*grown));
	if (!grown)
		return false;
	v4->inet_addr_lst = grown;
	v4->inet_addr_mask = size - 1;
	for (u32 i = 0; i < n; i++) {
		hlist_for_each_entry_safe(ifa, next, &old[i], hash) {
			hlist_del_init(&ifa->hash);
			hlist_add_head(&ifa->hash, &grown[addr_hash(net, ifa->local)]);
		}
	}
	mem_free(&net->mem, old, n * sizeof(*old));
	return true;
}

static bool addr_hash_add(struct net *net, struct in_ifaddr *ifa)
{
	struct netns_ipv4 *v4 = net->ipv4;

	if (!v4->inet_addr_lst || v4->inet_addr_count >= 2 * (v4->inet_addr_mask + 1))
		if (!addr_hash_grow(net) && !v4->inet_addr_lst)
			return false;
	hlist_add_head(&ifa->hash, &v4->inet_addr_lst[addr_hash(net, ifa->local)]);
	v4->inet_addr_count++;
	return true;
}

struct in_ifaddr *inet_lookup_ifaddr(const struct net *net, be32 local)
{
	struct in_ifaddr *ifa;

	if (!net->ipv4->inet_addr_count)
		return NULL;
	hlist_for_each_entry(ifa, &net->ipv4->inet_addr_lst[addr_hash(net, local)], hash)
		if (ifa->local == local)
			return ifa;
	return NULL;
}

/* ---- adding and deleting ---- */

bool inet_ifa_match(be32 addr, const struct in_ifaddr *ifa)
{
	return inet_same_network(addr, ifa->address, ifa->prefixlen);
}

static void ifa_free(struct in_ifaddr *ifa)
{
	struct net *net = ifa->in_dev->dev->net;

	if (!hlist_unhashed(&ifa->hash)) {
		hlist_del_init(&ifa->hash);
		net->ipv4->inet_addr_count--;
	}
	mem_free(&net->mem, ifa, sizeof(*ifa));
}

/* Decides between primary and secondary, as inet_insert_ifa. -EEXIST: the address is there. */
static int ifa_classify(const struct in_device *in_dev, struct in_ifaddr *ifa)
{
	struct in_ifaddr *other;

	ifa->secondary = false;
	list_for_each_entry(other, &in_dev->ifa_list, list) {
		if (other->prefixlen != ifa->prefixlen || !inet_ifa_match(ifa->address, other))
			continue;
		if (other->local == ifa->local)
			return -EEXIST;
		if (other->scope != ifa->scope)
			return -EINVAL;
		ifa->secondary = true;
	}
	return 0;
}

/* Primary ones stand before all secondary ones, each in order of adding. */
static void ifa_link(struct in_device *in_dev, struct in_ifaddr *ifa)
{
	struct in_ifaddr *other;

	if (!ifa->secondary) {
		list_for_each_entry(other, &in_dev->ifa_list, list) {
			if (other->secondary) {
				list_add_tail(&ifa->list, &other->list);
				return;
			}
		}
	}
	list_add_tail(&ifa->list, &in_dev->ifa_list);
}

int inet_addr_add(struct net_device *dev, be32 local, u8 prefixlen, be32 broadcast, u8 scope)
{
	return inet_insert_ifa(dev, &(struct ifaddr_config){
		.local = local, .address = local, .broadcast = broadcast, .prefixlen = prefixlen,
		.scope = scope,
	});
}

int inet_insert_ifa(struct net_device *dev, const struct ifaddr_config *cfg)
{
	struct in_device *in_dev = dev->ip_ptr;
	be32 local = cfg->local;
	struct net *net = dev->net;
	struct in_ifaddr *ifa;
	int err;

	if (!in_dev || cfg->prefixlen > 32 || !local || ipv4_is_multicast(local) ||
	    ipv4_is_lbcast(local))
		return -EINVAL;
	ifa = mem_zalloc(&net->mem, sizeof(*ifa));
	if (!ifa)
		return -ENOMEM;
	ifa->in_dev = in_dev;
	ifa->local = local;
	ifa->address = cfg->address;
	ifa->prefixlen = cfg->prefixlen;
	ifa->broadcast = cfg->broadcast;
	ifa->scope = ipv4_is_loopback(local) ? RT_SCOPE_HOST : cfg->scope;
	memcpy(ifa->label, dev->name, sizeof(ifa->label));
	acd_addr_init(ifa);
	inet_ifa_lft_init(ifa);
	err = ifa_classify(in_dev, ifa);
	if (!err && !addr_hash_add(net, ifa))
		err = -ENOMEM;
	if (err) {
		ifa_free(ifa);
		return err;
	}
	ifa_link(in_dev, ifa);
	err = fib_add_ifaddr(ifa);
	if (err)
		inet_del_ifa(ifa);
	else
		acd_addr_ready(ifa);
	return err;
}

static void ifa_remove(struct in_ifaddr *ifa)
{
	struct in_device *in_dev = ifa->in_dev;
	struct net_device *dev = in_dev->dev;

	acd_addr_exit(ifa);
	inet_ifa_lft_exit(ifa);
	list_del_init(&ifa->list);
	hlist_del_init(&ifa->hash);
	dev->net->ipv4->inet_addr_count--;
	fib_del_ifaddr(ifa);
	ifa_free(ifa);
	/* It was the last: as Linux, IPv4 is over on the device, its routes and neighbours go. */
	if (list_empty(&in_dev->ifa_list)) {
		fib_device_down(in_dev, true);
		neigh_ifdown(&dev->net->neigh->arp, dev);
	}
	call_netdevice_notifiers(dev, NETDEV_ADDR_REMOVED);
}

/* Secondary addresses go with their primary (Linux's default, promote_secondaries off). */
void inet_del_ifa(struct in_ifaddr *ifa)
{
	struct in_ifaddr *other, *next;

	if (!ifa->secondary) {
		list_for_each_entry_safe(other, next, &ifa->in_dev->ifa_list, list)
			if (other->secondary && other->prefixlen == ifa->prefixlen &&
			    inet_ifa_match(other->address, ifa))
				ifa_remove(other);
	}
	ifa_remove(ifa);
}

struct in_ifaddr *inet_find_ifa(const struct net_device *dev, be32 local, be32 address,
				u8 prefixlen)
{
	struct in_ifaddr *ifa;

	if (!dev->ip_ptr)
		return NULL;
	list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
		if (ifa->local == local && ifa->prefixlen == prefixlen &&
		    inet_ifa_match(address, ifa))
			return ifa;
	return NULL;
}

int inet_addr_del(struct net_device *dev, be32 local, u8 prefixlen)
{
	struct in_ifaddr *ifa = inet_find_ifa(dev, local, local, prefixlen);

	if (!ifa)
		return -EADDRNOTAVAIL;
	inet_del_ifa(ifa);
	return 0;
}

/* ---- choosing ---- */

bool inet_addr_onlink(const struct in_device *in_dev, be32 a, be32 b)
{
	const struct in_ifaddr *ifa;

	list_for_each_entry(ifa, &in_dev->ifa_list, list)
		if (inet_ifa_match(a, ifa) && (!b || inet_ifa_match(b, ifa)))
			return true;
	return false;
}

/* The primary address on dst's subnet, else the first whose scope is wide enough. */
static be32 select_on_dev(const struct in_device *in_dev, be32 dst, u8 scope)
{
	const struct in_ifaddr *ifa;
	be32 first = 0;

	list_for_each_entry(ifa, &in_dev->ifa_list, list) {
		if (ifa->secondary || ifa->scope > scope)
			continue;
		if (!dst || inet_ifa_match(dst, ifa))
			return ifa->local;
		if (!first)
			first = ifa->local;
	}
	return first;
}

/* No address on the device itself: any other will do that is not of a link alone. */
static be32 select_any(const struct net *net, u8 scope)
{
	const struct net_device *dev;
	const struct in_ifaddr *ifa;

	for_each_netdev(net, dev) {
		if (!dev->ip_ptr)
			continue;
		list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
			if (!ifa->secondary && ifa->scope != RT_SCOPE_LINK && ifa->scope <= scope)
				return ifa->local;
	}
	return 0;
}

be32 inet_select_addr(const struct net_device *dev, be32 dst, u8 scope)
{
	be32 a = dev->ip_ptr ? select_on_dev(dev->ip_ptr, dst, scope) : 0;

	return a ? a : select_any(dev->net, scope);
}

/* ---- settings ---- */

void inet_forward_change(struct net *net, bool on)
{
	struct net_device *dev;

	if (net->sysctl.ip_forward == on)
		return;
	net->sysctl.ip_forward = on;
	net->ipv4->conf_all->accept_redirects = !on;
	net->ipv4->conf_default->forwarding = on;
	for_each_netdev(net, dev)
		if (dev->ip_ptr)
			dev->ip_ptr->forwarding = on;
}

/* ---- the device comes and goes ---- */

int inetdev_init(struct net_device *dev)
{
	struct net *net = dev->net;
	struct in_device *in_dev;

	if (dev->ip_ptr)
		return 0;
	in_dev = mem_alloc(&net->mem, sizeof(*in_dev));
	if (!in_dev)
		return -ENOMEM;
	*in_dev = *net->ipv4->conf_default;
	in_dev->dev = dev;
	list_init(&in_dev->ifa_list);
	dev->arp_parms = neigh_parms_alloc(&net->neigh->arp);
	if (!dev->arp_parms) {
		mem_free(&net->mem, in_dev, sizeof(*in_dev));
		return -ENOMEM;
	}
	dev->ip_ptr = in_dev;
	ip_mc_init_dev(in_dev);
	return 0;
}

/* Addresses, routes and neighbours of the device go, then its settings. */
void inetdev_destroy(struct net_device *dev)
{
	struct in_device *in_dev = dev->ip_ptr;
	struct net *net = dev->net;

	if (!in_dev)
		return;
	while (!list_empty(&in_dev->ifa_list))
		inet_del_ifa(list_first_entry(&in_dev->ifa_list, struct in_ifaddr, list));
	ip_mc_destroy_dev(in_dev);
	fib_device_down(in_dev, true);
	dst_flush_dev(&net->ipv4->dst_ops, dev);
	neigh_ifdown(&net->neigh->arp, dev);
	neigh_parms_free(net, dev->arp_parms);
	dev->arp_parms = NULL;
	dst_keep(&in_dev->last.dst, NULL);
	mem_free(&net->mem, in_dev, sizeof(*in_dev));
	dev->ip_ptr = NULL;
}

static void arp_notify(const struct in_device *in_dev)
{
	if (IN_DEV_ORCONF(in_dev, in_dev->dev->net, arp_notify))
		inetdev_send_gratuitous_arp(in_dev->dev);
}

void inetdev_event(struct net_device *dev, enum netdev_event event)
{
	struct in_device *in_dev = dev->ip_ptr;
	struct in_ifaddr *ifa;

	if (event == NETDEV_REGISTER)
		inetdev_init(dev);	/* without memory the device has no IPv4 */
	if (!in_dev)
		return;
	switch (event) {
	case NETDEV_UP:
		if (dev->flags & IFF_LOOPBACK_ && list_empty(&in_dev->ifa_list))
			inet_addr_add(dev, INADDR4_LOOPBACK, 8, 0, RT_SCOPE_HOST);
		fib_device_up(in_dev);
		mc_dev_up(&in_dev->mc);
		arp_notify(in_dev);
		list_for_each_entry(ifa, &in_dev->ifa_list, list)
			acd_addr_ready(ifa);
		break;
	case NETDEV_CHANGEADDR:
		arp_notify(in_dev);
		break;
	case NETDEV_DOWN:
		mc_dev_down(&in_dev->mc);
		fib_device_down(in_dev, false);
		break;
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGE:
		rt_cache_flush(dev->net);
		break;
	case NETDEV_UNREGISTER:
		inetdev_destroy(dev);
		break;
	default:
		break;
	}
}
