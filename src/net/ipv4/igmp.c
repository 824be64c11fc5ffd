/* SPDX-License-Identifier: MIT */
/*
 * Multicast groups that a device receives (RFC 1112 host side): who joined, counted. Membership
 * reports are not sent: a switch here floods multicast, and there is no multicast router.
 */
#include "net/ipv4/ip_impl.h"

static struct ip_mc_list *find_group(const struct in_device *in_dev, be32 group)
{
	struct ip_mc_list *im;

	list_for_each_entry(im, &in_dev->mc_list, list)
		if (im->group == group)
			return im;
	return NULL;
}

/* All hosts are in 224.0.0.1 from the start (RFC 1112 4). */
bool ip_check_mc(const struct in_device *in_dev, be32 group)
{
	return group == INADDR4_ALLHOSTS_GROUP || find_group(in_dev, group);
}

int ip_mc_join_group(struct net_device *dev, be32 group)
{
	struct in_device *in_dev = dev->ip_ptr;
	struct ip_mc_list *im;

	if (!in_dev || !ipv4_is_multicast(group))
		return -EINVAL;
	im = find_group(in_dev, group);
	if (!im) {
		im = mem_zalloc(&dev->net->mem, sizeof(*im));
		if (!im)
			return -ENOMEM;
		im->group = group;
		list_add_tail(&im->list, &in_dev->mc_list);
		rt_cache_flush(dev->net);
	}
	im->users++;
	return 0;
}

static void group_free(struct in_device *in_dev, struct ip_mc_list *im)
{
	list_del_init(&im->list);
	mem_free(&in_dev->dev->net->mem, im, sizeof(*im));
}

int ip_mc_leave_group(struct net_device *dev, be32 group)
{
	struct in_device *in_dev = dev->ip_ptr;
	struct ip_mc_list *im = in_dev ? find_group(in_dev, group) : NULL;

	if (!im)
		return -EADDRNOTAVAIL;
	if (--im->users == 0)
		group_free(in_dev, im);
	return 0;
}

void ip_mc_destroy_dev(struct in_device *in_dev)
{
	while (!list_empty(&in_dev->mc_list))
		group_free(in_dev, list_first_entry(&in_dev->mc_list, struct ip_mc_list, list));
}
