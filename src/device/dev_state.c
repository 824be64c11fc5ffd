/* SPDX-License-Identifier: MIT */
/* A device's state: up and down, carrier, MTU, address, name, what its address filter lets in. */
#include "base/assert.h"
#include "device/dev_impl.h"
#include "device/qdisc.h"
#include "wire/eth.h"

void dev_update_running(struct net_device *dev)
{
	dev->flags &= ~(u32)(IFF_RUNNING_ | IFF_LOWER_UP_);
	if (netif_running(dev) && netif_carrier_ok(dev))
		dev->flags |= IFF_RUNNING_ | IFF_LOWER_UP_;
}

void dev_set_rx_mode(struct net_device *dev)
{
	if (netif_running(dev) && dev->netdev_ops->ndo_set_rx_mode)
		dev->netdev_ops->ndo_set_rx_mode(dev);
}

int dev_open(struct net_device *dev)
{
	int err;

	if (netif_running(dev))
		return 0;
	err = dev->netdev_ops->ndo_open ? dev->netdev_ops->ndo_open(dev) : 0;
	if (err)
		return err;
	dev->queue_stopped = false;
	dev->flags |= IFF_UP_;
	dev_update_running(dev);
	dev_set_rx_mode(dev);
	call_netdevice_notifiers(dev, NETDEV_UP);
	return 0;
}

void dev_close(struct net_device *dev)
{
	if (!netif_running(dev))
		return;
	call_netdevice_notifiers(dev, NETDEV_GOING_DOWN);
	dev->flags &= ~(u32)IFF_UP_;
	dev_update_running(dev);
	qdisc_reset(dev->qdisc, dev_exit_reason(dev->net, SKB_DROP_REASON_DEV_READY));
	if (dev->netdev_ops->ndo_stop)
		dev->netdev_ops->ndo_stop(dev);
	call_netdevice_notifiers(dev, NETDEV_DOWN);
}

int dev_set_mtu(struct net_device *dev, u32 mtu)
{
	int err = 0;

	if (mtu == dev->mtu)
		return 0;
	if (mtu < dev->min_mtu || (dev->max_mtu && mtu > dev->max_mtu))
		return -EINVAL;
	if (dev->netdev_ops->ndo_change_mtu)
		err = dev->netdev_ops->ndo_change_mtu(dev, mtu);
	else
		dev->mtu = mtu;
	if (!err)
		call_netdevice_notifiers(dev, NETDEV_CHANGEMTU);
	return err;
}

int dev_set_mac_address(struct net_device *dev, const u8 *mac)
{
	int err;

	if (!dev->netdev_ops->ndo_set_mac_address)
		return -EOPNOTSUPP;
	if (!is_valid_ether_addr(mac))
		return -EADDRNOTAVAIL;
	err = dev->netdev_ops->ndo_set_mac_address(dev, mac);
	if (err)
		return err;
	ether_addr_copy(dev->dev_addr, mac);
	call_netdevice_notifiers(dev, NETDEV_CHANGEADDR);
	return 0;
}

int dev_change_name(struct net_device *dev, const char *name)
{
	if (netif_running(dev))
		return -EBUSY;
	if (!dev_valid_name(name) || strchr(name, '%'))
		return -EINVAL;
	if (dev_get_by_name(dev->net, name))
		return -EEXIST;
	memset(dev->name, 0, sizeof(dev->name));
	memcpy(dev->name, name, strlen(name));
	return 0;
}

/* A count of who asked, with its flag; true when the flag changed. */
static bool count_flag(struct net_device *dev, int *count, int inc, u32 flag)
{
	u32 old = dev->flags;

	*count += inc;
	ln_assert(*count >= 0);
	if (*count)
		dev->flags |= flag;
	else
		dev->flags &= ~flag;
	return dev->flags != old;
}

void dev_set_promiscuity(struct net_device *dev, int inc)
{
	if (count_flag(dev, &dev->promiscuity, inc, IFF_PROMISC_))
		dev_set_rx_mode(dev);
}

void dev_set_allmulti(struct net_device *dev, int inc)
{
	if (count_flag(dev, &dev->allmulti, inc, IFF_ALLMULTI_))
		dev_set_rx_mode(dev);
}

static void carrier_changed(struct net_device *dev, bool on)
{
	dev->carrier = on;
	dev_update_running(dev);
	if (list_empty(&dev->list))
		return;		/* not registered yet: nobody knows it */
	if (!on)
		qdisc_reset(dev->qdisc, dev_exit_reason(dev->net, SKB_DROP_REASON_NIC_DOWN));
	if (netif_running(dev))
		call_netdevice_notifiers(dev, NETDEV_CHANGE);
}

void netif_carrier_on(struct net_device *dev)
{
	if (!dev->carrier)
		carrier_changed(dev, true);
}

void netif_carrier_off(struct net_device *dev)
{
	if (dev->carrier)
		carrier_changed(dev, false);
}
