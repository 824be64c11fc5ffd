/* SPDX-License-Identifier: MIT */
/*
 * Groups that a device receives (RFC 4291 2.8): who joined, counted. Listener reports (MLD) are not
 * sent: a switch here floods multicast, and there is no multicast router.
 */
#include "net/ipv6/ip6_impl.h"

static struct ipv6_mc_list *find_group(const struct inet6_dev *idev, const struct ip6_addr *group)
{
	struct ipv6_mc_list *mc;

	list_for_each_entry(mc, &idev->mc_list, list)
		if (ipv6_addr_equal(&mc->group, group))
			return mc;
	return NULL;
}

/* All nodes are in ff01::1 and ff02::1 from the start. */
bool ipv6_chk_mcast_addr(const struct inet6_dev *idev, const struct ip6_addr *group)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;

	if (ipv6_addr_equal(group, &all))
		return true;
	all.s6_addr[1] = IPV6_ADDR_SCOPE_NODELOCAL;
	return ipv6_addr_equal(group, &all) || find_group(idev, group);
}

int ipv6_dev_mc_inc(struct net_device *dev, const struct ip6_addr *group)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ipv6_mc_list *mc;

	if (!idev || !ipv6_addr_is_multicast(group))
		return -EINVAL;
	mc = find_group(idev, group);
	if (!mc) {
		mc = mem_zalloc(&dev->net->mem, sizeof(*mc));
		if (!mc)
			return -ENOMEM;
		mc->group = *group;
		list_add_tail(&mc->list, &idev->mc_list);
	}
	mc->users++;
	return 0;
}

static void group_free(struct inet6_dev *idev, struct ipv6_mc_list *mc)
{
	list_del_init(&mc->list);
	mem_free(&idev->dev->net->mem, mc, sizeof(*mc));
}

int ipv6_dev_mc_dec(struct net_device *dev, const struct ip6_addr *group)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ipv6_mc_list *mc = idev ? find_group(idev, group) : NULL;

	if (!mc)
		return -EADDRNOTAVAIL;
	if (--mc->users == 0)
		group_free(idev, mc);
	return 0;
}

void ipv6_mc_destroy_dev(struct inet6_dev *idev)
{
	while (!list_empty(&idev->mc_list))
		group_free(idev, list_first_entry(&idev->mc_list, struct ipv6_mc_list, list));
}
