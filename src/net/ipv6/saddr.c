/* SPDX-License-Identifier: MIT */
/*
 * Which address to send from (RFC 6724 5): for groups and what is of a link, among those of the
 * device that the packet leaves by; else among all. Rules 4 (home addresses) and 5.5 have nothing
 * to say here; rule 7 prefers temporary addresses where use_tempaddr is 2, and else the others.
 */
#include "net/ipv6/ip6_impl.h"

/* RFC 6724 2.1, longest first. */
static const struct {
	struct ip6_addr prefix;
	u8 plen, label;
} policy[] = {
	{ { { [15] = 1 } }, 128, 0 },				/* ::1 */
	{ { { [10] = 0xff, [11] = 0xff } }, 96, 4 },		/* IPv4 */
	{ { { 0 } }, 96, 3 },					/* IPv4-compatible */
	{ { { 0x20, 0x01 } }, 32, 5 },				/* Teredo */
	{ { { 0x20, 0x02 } }, 16, 2 },				/* 6to4 */
	{ { { 0x3f, 0xfe } }, 16, 12 },				/* 6bone */
	{ { { 0xfe, 0xc0 } }, 10, 11 },				/* site-local */
	{ { { 0xfc } }, 7, 13 },				/* unique local */
	{ { { 0 } }, 0, 1 },
};

static u8 label_of(const struct ip6_addr *a)
{
	size_t i = 0;

	while (!ipv6_prefix_equal(a, &policy[i].prefix, policy[i].plen))
		i++;
	return policy[i].label;
}

struct saddr_choice {
	const struct ip6_addr *daddr;
	const struct net_device *dev;
	const struct inet6_ifaddr *best;
	u8 scope;		/* of the destination */
};

/* Rule 2: of two scopes the smaller one that is enough; of two that are not, the larger. */
static int by_scope(u8 a, u8 b, u8 d)
{
	if (a == b)
		return 0;
	if (a < b)
		return a < d ? -1 : 1;
	return b < d ? 1 : -1;
}

static int by_flag(bool a, bool b)
{
	return (int)a - (int)b;
}

static bool is_wanted(const struct inet6_ifaddr *a)
{
	return !(a->flags & IFA_F_TEMPORARY) == (a->idev->cnf.use_tempaddr < 2);
}

/* RFC 4429 3.1: what may yet have to be given up is as what is about to end. */
static bool is_avoided(const struct inet6_ifaddr *a)
{
	bool optimistic_is_good = a->idev->cnf.use_optimistic ||
				  a->idev->dev->net->ipv6->conf_all.use_optimistic;

	return a->flags & IFA_F_DEPRECATED ||
	       (a->flags & IFA_F_OPTIMISTIC && !optimistic_is_good);
}

/* More than 0: a is to be preferred to b. */
static int compare(const struct saddr_choice *c, const struct inet6_ifaddr *a,
		   const struct inet6_ifaddr *b)
{
	int r = by_flag(ipv6_addr_equal(&a->addr, c->daddr), ipv6_addr_equal(&b->addr, c->daddr));
	u8 label;

	if (!r)
		r = by_scope(ipv6_addr_scope(&a->addr), ipv6_addr_scope(&b->addr), c->scope);
	if (!r)
		r = by_flag(is_avoided(b), is_avoided(a));
	if (!r)
		r = by_flag(a->idev->dev == c->dev, b->idev->dev == c->dev);
	if (!r) {
		label = label_of(c->daddr);
		r = by_flag(label_of(&a->addr) == label, label_of(&b->addr) == label);
	}
	if (!r)
		r = by_flag(is_wanted(a), is_wanted(b));
	if (!r)		/* Linux: no farther than the address's own prefix */
		r = (int)min_t(unsigned, ipv6_addr_diff(&a->addr, c->daddr), a->prefix_len) -
		    (int)min_t(unsigned, ipv6_addr_diff(&b->addr, c->daddr), b->prefix_len);
	return r;
}

static void choose_on(struct saddr_choice *c, const struct inet6_dev *idev)
{
	struct inet6_ifaddr *ifp;

	list_for_each_entry(ifp, &idev->addr_list, list)
		if (ip6_ifa_is_usable(ifp) &&
		    (!c->best || compare(c, ifp, c->best) > 0))
			c->best = ifp;
}

int ipv6_dev_get_saddr(const struct net *net, const struct net_device *dev,
		       const struct ip6_addr *daddr, struct ip6_addr *saddr)
{
	struct saddr_choice c = { .daddr = daddr, .dev = dev, .scope = ipv6_addr_scope(daddr) };
	struct net_device *d;

	/* RFC 6724 4: for a group, and for what is of a link, only the link's own. */
	if (dev && dev->ip6_ptr && (ipv6_addr_is_multicast(daddr) ||
				    c.scope <= IPV6_ADDR_SCOPE_LINKLOCAL)) {
		choose_on(&c, dev->ip6_ptr);
	} else {
		for_each_netdev(net, d)
			if (d->ip6_ptr && netif_running(d))
				choose_on(&c, d->ip6_ptr);
	}
	if (!c.best)
		return -EADDRNOTAVAIL;
	*saddr = c.best->addr;
	return 0;
}

int ipv6_get_lladdr(const struct net_device *dev, struct ip6_addr *addr)
{
	struct inet6_ifaddr *ifp;

	if (!dev->ip6_ptr)
		return -EADDRNOTAVAIL;
	list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list) {
		if (!ipv6_addr_is_linklocal(&ifp->addr) ||
		    ifp->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
			continue;
		*addr = ifp->addr;
		return 0;
	}
	return -EADDRNOTAVAIL;
}
