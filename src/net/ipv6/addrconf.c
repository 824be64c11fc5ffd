/* SPDX-License-Identifier: MIT */
/*
 * A device's IPv6 addresses, found by what they are, each with its routes:
 *
 *	up ---> fe80::/64 and ff00::/8 routes, link-local address from the MAC, ::1 on loopback
 *		(addrconf_dev.c)
 *	add --> joins the solicited-node group; 0 .. 1 s later asks who has it (NS from ::), 1 s
 *		later it is ours: its local route is entered (addrconf_dad.c)
 *	down -> all of it goes, addresses given by hand too (Linux's keep_addr_on_down 0)
 *
 * An address that a router's prefix makes lives as long as the router says (RFC 4862 5.5, ra.h).
 */
#include "net/ipv6/addrconf_impl.h"
#include "net/ipv6/addrconf_peer.h"
#include "net/ipv6/ra.h"

#define ADDR_HASH_FIRST 8
#define MIN_VALID_S 7200		/* RFC 4862 5.5.3 e */

/* ---- the instance's own addresses, by address ---- */

static u32 addr_hash(const struct net *net, const struct ip6_addr *a)
{
	return (u32)ip6_peer(net, a) & net->ipv6->addr_mask;
}

static bool addr_hash_grow(struct net *net)
{
	struct netns_ipv6 *v6 = net->ipv6;
	struct hlist_head *old = v6->addr_lst, *grown;
	u32 n = old ? v6->addr_mask + 1 : 0, size = n ? n * 2 : ADDR_HASH_FIRST;
	struct inet6_ifaddr *ifp;
	struct hlist_node *next;

	grown = mem_zalloc(&net->mem, size * sizeof(*grown));
	if (!grown)
		return false;
	v6->addr_lst = grown;
	v6->addr_mask = size - 1;
	for (u32 i = 0; i < n; i++) {
		hlist_for_each_entry_safe(ifp, next, &old[i], hash) {
			hlist_del_init(&ifp->hash);
			hlist_add_head(&ifp->hash, &grown[addr_hash(net, &ifp->addr)]);
		}
	}
	mem_free(&net->mem, old, n * sizeof(*old));
	return true;
}

static bool addr_hash_add(struct net *net, struct inet6_ifaddr *ifp)
{
	struct netns_ipv6 *v6 = net->ipv6;

	if (!v6->addr_lst || v6->addr_count >= 2 * (v6->addr_mask + 1))
		if (!addr_hash_grow(net) && !v6->addr_lst)
			return false;
	hlist_add_head(&ifp->hash, &v6->addr_lst[addr_hash(net, &ifp->addr)]);
	v6->addr_count++;
	return true;
}

struct inet6_ifaddr *ipv6_get_ifaddr(const struct net *net, const struct ip6_addr *addr,
				     const struct net_device *dev)
{
	struct inet6_ifaddr *ifp;

	if (!net->ipv6->addr_count)
		return NULL;
	hlist_for_each_entry(ifp, &net->ipv6->addr_lst[addr_hash(net, addr)], hash)
		if (ipv6_addr_equal(&ifp->addr, addr) && (!dev || ifp->idev->dev == dev))
			return ifp;
	return NULL;
}

bool ipv6_chk_addr(const struct net *net, const struct ip6_addr *addr, const struct net_device *dev)
{
	const struct inet6_ifaddr *ifp = ipv6_get_ifaddr(net, addr, dev);

	return ifp && ip6_ifa_is_usable(ifp);
}

/* ---- routes of addresses and devices ---- */

int addrconf_kernel_route(struct net_device *dev, const struct ip6_addr *dst, u8 plen, u8 type,
			  bool add)
{
	struct fib6_config cfg = {
		.dst = ipv6_addr_prefix(dst, plen), .plen = plen, .dev = dev, .type = type,
		.table = type == RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL,
		.protocol = RTPROT_KERNEL,
		.metric = type == RTN_LOCAL ? 0 : IP6_RT_PRIO_ADDRCONF,
	};

	int err = add ? ip6_route_add(dev->net, &cfg) : ip6_route_del(dev->net, &cfg);

	return err == -ENOMEM ? err : 0;
}

int addrconf_local_route(const struct inet6_ifaddr *ifp, bool add)
{
	return addrconf_kernel_route(ifp->idev->dev, &ifp->addr, 128, RTN_LOCAL, add);
}

/* Where a prefix is on the link, its router says so, and not its addresses. */
static bool has_prefix_route(const struct inet6_ifaddr *ifp)
{
	return !(ifp->flags & (IFA_F_NOPREFIXROUTE | IFA_F_TEMPORARY | IFA_F_OF_ROUTER));
}

bool addrconf_prefix_in_use(const struct inet6_dev *idev, const struct ip6_addr *prefix, u8 plen)
{
	const struct inet6_ifaddr *ifp;

	list_for_each_entry(ifp, &idev->addr_list, list)
		if (ifp->prefix_len == plen && has_prefix_route(ifp) &&
		    ipv6_prefix_equal(&ifp->addr, prefix, plen))
			return true;
	return false;
}

int addrconf_prefix_route(const struct inet6_ifaddr *ifp, bool add)
{
	struct net_device *dev = ifp->idev->dev;

	if (!has_prefix_route(ifp) || ipv6_addr_loopback(&ifp->addr) || !netif_running(dev))
		return 0;
	return addrconf_kernel_route(dev, &ifp->addr, ifp->prefix_len, RTN_UNICAST, add);
}

/* ---- adding and deleting ---- */

static u8 rt_scope(const struct ip6_addr *a)
{
	if (ipv6_addr_loopback(a))
		return RT_SCOPE_HOST;
	switch (ipv6_addr_scope(a)) {
	case IPV6_ADDR_SCOPE_LINKLOCAL:
		return RT_SCOPE_LINK;
	case IPV6_ADDR_SCOPE_SITELOCAL:
		return RT_SCOPE_SITE;
	default:
		return RT_SCOPE_UNIVERSE;
	}
}

/* Wider scopes first; of one scope the newest. */
static void link_addr(struct inet6_dev *idev, struct inet6_ifaddr *ifp)
{
	struct inet6_ifaddr *other;

	list_for_each_entry(other, &idev->addr_list, list) {
		if (ipv6_addr_scope(&ifp->addr) >= ipv6_addr_scope(&other->addr)) {
			list_add_tail(&ifp->list, &other->list);
			return;
		}
	}
	list_add_tail(&ifp->list, &idev->addr_list);
}

static bool addr_usable(const struct net_device *dev, const struct ip6_addr *a)
{
	return !ipv6_addr_any(a) && !ipv6_addr_is_multicast(a) &&
	       (!ipv6_addr_loopback(a) || dev->flags & IFF_LOOPBACK_);
}

void addrconf_remove(struct inet6_ifaddr *ifp)
{
	struct ip6_addr group = addrconf_addr_solict_mult(&ifp->addr);
	struct net_device *dev = ifp->idev->dev;
	struct net *net = dev->net;

	if (!(ifp->flags & IFA_F_TENTATIVE) || ifp->flags & IFA_F_OPTIMISTIC)
		addrconf_local_route(ifp, false);
	list_del_init(&ifp->list);
	if (ifp->flags & IFA_F_MANAGETEMPADDR)
		addrconf_temp_forget(ifp);
	if (!addrconf_prefix_in_use(ifp->idev, &ifp->addr, ifp->prefix_len))
		addrconf_prefix_route(ifp, false);
	addrconf_peer_route(ifp, false);
	ipv6_dev_mc_dec(dev, &group);
	net_timer_del(net, &ifp->dad_timer);
	hlist_del_init(&ifp->hash);
	net->ipv6->addr_count--;
	rt6_cache_flush(net);
	mem_free(&net->mem, ifp, sizeof(*ifp));
	call_netdevice_notifiers(dev, NETDEV_ADDR_REMOVED);
}

/* *out: the new one. */
int addrconf_add(struct net_device *dev, const struct ip6_addr *addr, u8 plen, u16 flags,
		 struct inet6_ifaddr **out)
{
	struct ip6_addr group = addrconf_addr_solict_mult(addr);
	struct inet6_dev *idev = in6_dev_get(dev);
	struct net *net = dev->net;
	struct inet6_ifaddr *ifp;

	if (!idev || idev->cnf.disable_ipv6)
		return -EACCES;
	if (plen > 128)
		return -EINVAL;
	if (!addr_usable(dev, addr))
		return -EADDRNOTAVAIL;
	if (ipv6_get_ifaddr(net, addr, dev))
		return -EEXIST;
	ifp = mem_zalloc(&net->mem, sizeof(*ifp));
	if (!ifp)
		return -ENOMEM;
	ifp->idev = idev;
	ifp->addr = *addr;
	ifp->prefix_len = plen;
	ifp->scope = rt_scope(addr);
	ifp->flags = flags | IFA_F_TENTATIVE;
	ifp->valid_until = ifp->preferred_until = KTIME_MAX;
	timer_init(&ifp->dad_timer, addrconf_dad_timer_fn);
	/* nobody asks who has an address of the loopback device */
	if ((!(dev->flags & IFF_LOOPBACK_) && ipv6_dev_mc_inc(dev, &group)) ||
	    !addr_hash_add(net, ifp)) {
		ipv6_dev_mc_dec(dev, &group);
		mem_free(&net->mem, ifp, sizeof(*ifp));
		return -ENOMEM;
	}
	link_addr(idev, ifp);
	if (addrconf_prefix_route(ifp, true)) {
		addrconf_remove(ifp);
		return -ENOMEM;
	}
	*out = ifp;
	if (addrconf_dev_ready(dev))
		addrconf_dad_start(ifp);
	return 0;
}

int inet6_addr_add(struct net_device *dev, const struct ip6_addr *addr, u8 plen, u16 flags)
{
	return inet6_addr_add_lft(dev, addr, plen, flags, NDISC_INFINITY, NDISC_INFINITY);
}

int inet6_addr_add_lft(struct net_device *dev, const struct ip6_addr *addr, u8 plen, u16 flags,
		       u32 valid_s, u32 preferred_s)
{
	struct inet6_ifaddr *ifp;
	int err;

	if (!valid_s || preferred_s > valid_s || (flags & IFA_F_MANAGETEMPADDR && plen != 64))
		return -EINVAL;
	if (valid_s == NDISC_INFINITY)
		flags |= IFA_F_PERMANENT;
	err = addrconf_add(dev, addr, plen, flags, &ifp);
	if (err)
		return err;
	ifp->valid_until = ra_until(dev->net, valid_s);
	ifp->preferred_until = ra_until(dev->net, preferred_s);
	addrconf_temp_manage(ifp, true);
	ra_schedule(ifp->idev);
	return 0;
}

int inet6_addr_modify(struct net_device *dev, const struct ip6_addr *addr, u16 flags, u32 valid_s,
		      u32 preferred_s)
{
	struct inet6_ifaddr *ifp = ipv6_get_ifaddr(dev->net, addr, dev);
	bool was = ifp && has_prefix_route(ifp);

	if (!ifp)
		return -EADDRNOTAVAIL;
	if (flags & IFA_F_MANAGETEMPADDR &&
	    (ifp->flags & IFA_F_TEMPORARY || ifp->prefix_len != 64))
		return -EINVAL;
	if (ifp->flags & IFA_F_MANAGETEMPADDR && !(flags & IFA_F_MANAGETEMPADDR))
		addrconf_temp_delete(ifp);
	ifp->flags &= (u16)~(IFA_F_PERMANENT | IFA_F_DEPRECATED | IFA_F_NOPREFIXROUTE |
			     IFA_F_MANAGETEMPADDR);
	ifp->flags |= flags | (valid_s == NDISC_INFINITY ? IFA_F_PERMANENT : 0);
	ifp->valid_until = ra_until(dev->net, valid_s);
	ifp->preferred_until = ra_until(dev->net, preferred_s);
	if (was && !addrconf_prefix_in_use(ifp->idev, addr, ifp->prefix_len))
		addrconf_kernel_route(dev, addr, ifp->prefix_len, RTN_UNICAST, false);
	else if (!was)
		addrconf_prefix_route(ifp, true);
	addrconf_temp_manage(ifp, false);
	ra_schedule(ifp->idev);
	return 0;
}

int inet6_addr_del(struct net_device *dev, const struct ip6_addr *addr, u8 plen)
{
	struct inet6_ifaddr *ifp = ipv6_get_ifaddr(dev->net, addr, dev);

	if (!ifp || ifp->prefix_len != plen)
		return -EADDRNOTAVAIL;
	if (ifp->flags & IFA_F_MANAGETEMPADDR)
		addrconf_temp_delete(ifp);
	addrconf_remove(ifp);
	return 0;
}

/* ---- lifetimes, and addresses of routers' prefixes ---- */

static ktime_t verify_all(struct inet6_dev *idev)
{
	ktime_t next = KTIME_MAX, now = idev->dev->net->now;
	struct inet6_ifaddr *ifp, *tmp;

	list_for_each_entry_safe(ifp, tmp, &idev->addr_list, list) {
		if (ifp->valid_until <= now) {
			addrconf_remove(ifp);
			continue;
		}
		if (ifp->preferred_until <= now)
			ifp->flags |= IFA_F_DEPRECATED;
		else
			next = min(next, ifp->preferred_until);
		next = min(next, ifp->valid_until);
	}
	return next;
}

ktime_t addrconf_verify(struct inet6_dev *idev)
{
	ktime_t temp = addrconf_temp_verify(idev), all = verify_all(idev);

	return min(temp, all);
}

/* RFC 4862 5.5.3 e: nobody can end an address sooner than in two hours, but it may by itself. */
static void addr_live_on(struct inet6_ifaddr *ifp, const struct ndisc_prefix *p)
{
	const struct net *net = ifp->idev->dev->net;
	ktime_t least = min(ifp->valid_until, net->now + MIN_VALID_S * NSEC_PER_SEC);

	ifp->valid_until = max(ra_until(net, p->valid_s), least);
	ifp->preferred_until = ra_until(net, p->preferred_s);
	if (p->preferred_s)
		ifp->flags &= (u16)~IFA_F_DEPRECATED;
}

static u32 addr_count(const struct inet6_dev *idev)
{
	const struct inet6_ifaddr *ifp;
	u32 n = 0;

	list_for_each_entry(ifp, &idev->addr_list, list)
		n++;
	return n;
}

/* The one there is, however many duplicates it had. */
static struct inet6_ifaddr *stable_of_prefix(struct inet6_dev *idev, const struct ip6_addr *prefix)
{
	struct inet6_ifaddr *ifp;

	list_for_each_entry(ifp, &idev->addr_list, list)
		if (ifp->flags & IFA_F_STABLE_PRIVACY && ifp->flags & IFA_F_MANAGETEMPADDR &&
		    ipv6_prefix_equal(&ifp->addr, prefix, 64))
			return ifp;
	return NULL;
}

void addrconf_prefix_rcv(struct inet6_dev *idev, const struct ndisc_prefix *p)
{
	struct net_device *dev = idev->dev;
	u16 stable = addrconf_is_stable(idev) ? IFA_F_STABLE_PRIVACY : 0;
	struct ip6_addr addr = p->prefix;
	struct inet6_ifaddr *ifp;
	u8 retry = 0;

	if (p->plen != 64 || addrconf_generate(idev, &addr, &retry))
		return;
	ifp = stable ? stable_of_prefix(idev, &addr) : NULL;
	if (!ifp)
		ifp = ipv6_get_ifaddr(dev->net, &addr, dev);
	if (ifp) {
		if (!(ifp->flags & IFA_F_PERMANENT)) {
			addr_live_on(ifp, p);
			addrconf_temp_manage(ifp, false);
		}
		return;
	}
	if (!p->valid_s || (idev->cnf.max_addresses &&
			    addr_count(idev) >= (u32)idev->cnf.max_addresses) ||
	    addrconf_add(dev, &addr, 64, (u16)(IFA_F_MANAGETEMPADDR | IFA_F_OF_ROUTER |
					       addrconf_optimistic(idev) | stable), &ifp))
		return;
	ifp->stable_retry = retry;
	ifp->valid_until = ra_until(dev->net, p->valid_s);
	ifp->preferred_until = ra_until(dev->net, p->preferred_s);
	addrconf_temp_manage(ifp, true);
}
