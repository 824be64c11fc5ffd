/* SPDX-License-Identifier: MIT */
/* The link-layer groups that a device is to let in: who asked for them, counted (row L1). */
#include "device/dev_impl.h"
#include "wire/eth.h"

static struct netdev_hw_addr *find(const struct net_device *dev, const u8 *mac)
{
	struct netdev_hw_addr *ha;

	list_for_each_entry(ha, &dev->mc, list)
		if (ether_addr_equal(ha->addr, mac))
			return ha;
	return NULL;
}

int dev_mc_add(struct net_device *dev, const u8 *mac)
{
	struct netdev_hw_addr *ha = find(dev, mac);

	if (!ha) {
		ha = mem_zalloc(&dev->net->mem, sizeof(*ha));
		if (!ha)
			return -ENOMEM;
		ether_addr_copy(ha->addr, mac);
		list_add_tail(&ha->list, &dev->mc);
	}
	if (!ha->users++)
		dev_set_rx_mode(dev);
	return 0;
}

static void hw_addr_free(struct net_device *dev, struct netdev_hw_addr *ha)
{
	list_del_init(&ha->list);
	mem_free(&dev->net->mem, ha, sizeof(*ha));
}

void dev_mc_del(struct net_device *dev, const u8 *mac)
{
	struct netdev_hw_addr *ha = find(dev, mac);

	if (!ha || --ha->users)
		return;
	dev_set_rx_mode(dev);
	hw_addr_free(dev, ha);
}

/* Without memory a group is not let in below; it is tried again with the next change. */
void dev_mc_sync(struct net_device *to, struct net_device *from)
{
	struct netdev_hw_addr *ha;

	list_for_each_entry(ha, &from->mc, list) {
		if (ha->users && !ha->synced)
			ha->synced = !dev_mc_add(to, ha->addr);
		else if (!ha->users && ha->synced)
			dev_mc_del(to, ha->addr);
	}
}

void dev_mc_unsync(struct net_device *to, struct net_device *from)
{
	struct netdev_hw_addr *ha;

	list_for_each_entry(ha, &from->mc, list) {
		if (ha->synced)
			dev_mc_del(to, ha->addr);
		ha->synced = false;
	}
}

void dev_mc_flush(struct net_device *dev)
{
	while (!list_empty(&dev->mc))
		hw_addr_free(dev, list_first_entry(&dev->mc, struct netdev_hw_addr, list));
}
