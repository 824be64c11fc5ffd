/* SPDX-License-Identifier: MIT */
#include "link/vlan.h"

#include "link/ethernet.h"

#define VLAN_ID_MAX 4094

static u8 egress_pcp(const struct vlan_dev_priv *v, u32 priority)
{
	for (u32 i = 0; i < v->egress_count; i++)
		if (v->egress[i].priority == priority)
			return v->egress[i].pcp;
	return 0;
}

static netdev_tx_t vlan_dev_xmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct vlan_dev_priv *v = vlan_dev_priv(dev);
	u32 packets = skb_packets(skb), len = skb->len;

	skb_vlan_put_tag(skb, v->vlan_proto,
			 (u16)(v->vlan_id | egress_pcp(v, skb->priority) << VLAN_PRIO_SHIFT));
	skb->dev = v->real_dev;
	if (likely(!dev_queue_xmit(skb))) {
		dev->stats.tx_packets += packets;
		dev->stats.tx_bytes += len;
	} else {
		dev->stats.tx_dropped += packets;
	}
	return NETDEV_TX_OK;
}

/* The carrier is the real device's, while that is up. */
static void follow_carrier(struct net_device *dev)
{
	const struct net_device *real = vlan_dev_priv(dev)->real_dev;

	if (netif_running(real) && netif_carrier_ok(real))
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
}

static int vlan_dev_open(struct net_device *dev)
{
	const struct vlan_dev_priv *v = vlan_dev_priv(dev);

	if (!netif_running(v->real_dev) && !v->loose_binding)
		return -ENETDOWN;
	follow_carrier(dev);
	return 0;
}

/* A card filters by one address only: for another it has to listen to all. */
static void listen_for(struct net_device *dev, const u8 *addr)
{
	struct vlan_dev_priv *v = vlan_dev_priv(dev);
	bool differs = !ether_addr_equal(addr, v->real_dev->dev_addr);

	if (differs != v->addr_differs)
		dev_set_promiscuity(v->real_dev, differs ? 1 : -1);
	v->addr_differs = differs;
}

static int vlan_set_mac_address(struct net_device *dev, const u8 *mac)
{
	listen_for(dev, mac);
	return 0;
}

/* What this device lets in, the real one must: it counts how many want it. */
static void vlan_set_rx_mode(struct net_device *dev)
{
	struct vlan_dev_priv *v = vlan_dev_priv(dev);
	bool promisc = dev->flags & IFF_PROMISC_, allmulti = dev->flags & IFF_ALLMULTI_;

	if (promisc != v->real_promisc)
		dev_set_promiscuity(v->real_dev, promisc ? 1 : -1);
	if (allmulti != v->real_allmulti)
		dev_set_allmulti(v->real_dev, allmulti ? 1 : -1);
	v->real_promisc = promisc;
	v->real_allmulti = allmulti;
	dev_mc_sync(v->real_dev, dev);
}

static int vlan_dev_stop(struct net_device *dev)
{
	dev_mc_unsync(vlan_dev_priv(dev)->real_dev, dev);
	return 0;
}

static int vlan_change_mtu(struct net_device *dev, u32 mtu)
{
	if (mtu > vlan_dev_priv(dev)->real_dev->mtu)
		return -ERANGE;
	dev->mtu = mtu;
	return 0;
}

static void vlan_dev_uninit(struct net_device *dev)
{
	struct vlan_dev_priv *v = vlan_dev_priv(dev);

	unregister_netdevice_notifier(&v->notifier);
	listen_for(dev, v->real_dev->dev_addr);
	if (v->real_promisc)
		dev_set_promiscuity(v->real_dev, -1);
	if (v->real_allmulti)
		dev_set_allmulti(v->real_dev, -1);
	vlan_dev_unlink(v->real_dev, dev);
}

static const struct net_device_ops vlan_netdev_ops = {
	.ndo_open = vlan_dev_open,
	.ndo_stop = vlan_dev_stop,
	.ndo_start_xmit = vlan_dev_xmit,
	.ndo_set_rx_mode = vlan_set_rx_mode,
	.ndo_set_mac_address = vlan_set_mac_address,
	.ndo_change_mtu = vlan_change_mtu,
	.ndo_uninit = vlan_dev_uninit,
};

bool netif_is_vlan(const struct net_device *dev)
{
	return dev->netdev_ops == &vlan_netdev_ops;
}

/* The real device's address is new: ours goes with it, if it was that. */
static void sync_address(struct net_device *dev, const struct net_device *real)
{
	struct vlan_dev_priv *v = vlan_dev_priv(dev);

	if (v->addr_differs || ether_addr_equal(dev->dev_addr, real->dev_addr)) {
		listen_for(dev, dev->dev_addr);
		return;
	}
	ether_addr_copy(dev->dev_addr, real->dev_addr);
	call_netdevice_notifiers(dev, NETDEV_CHANGEADDR);
}

static void vlan_device_event(struct notifier_block *nb, struct net_device *real,
			      enum netdev_event event)
{
	struct vlan_dev_priv *v = container_of(nb, struct vlan_dev_priv, notifier);
	struct net_device *dev = v->dev;

	if (real != v->real_dev)
		return;
	switch (event) {
	case NETDEV_UP:
		if (!v->loose_binding)
			dev_open(dev);
		follow_carrier(dev);
		break;
	case NETDEV_DOWN:
		if (!v->loose_binding)
			dev_close(dev);
		follow_carrier(dev);
		break;
	case NETDEV_CHANGE:
		follow_carrier(dev);
		break;
	case NETDEV_CHANGEMTU:
		if (dev->mtu > real->mtu)
			dev_set_mtu(dev, real->mtu);
		break;
	case NETDEV_CHANGEADDR:
		sync_address(dev, real);
		break;
	default:
		break;
	}
}

static void vlan_setup(struct net_device *dev, struct net_device *real, be16 proto, u16 vid)
{
	struct vlan_dev_priv *v = vlan_dev_priv(dev);

	ether_setup(dev);
	dev->netdev_ops = &vlan_netdev_ops;
	dev->no_queue = true;
	dev->carrier = netif_running(real) && netif_carrier_ok(real);
	dev->mtu = real->mtu;
	dev->max_mtu = real->max_mtu;
	dev->hard_header_len = (u16)(real->hard_header_len + VLAN_HLEN);
	dev->features = real->features & (NETIF_F_SG | NETIF_F_HW_CSUM);
	ether_addr_copy(dev->dev_addr, real->dev_addr);
	v->dev = dev;
	v->real_dev = real;
	v->vlan_proto = proto;
	v->vlan_id = vid;
	v->notifier.call = vlan_device_event;
	list_init(&v->notifier.list);
}

int vlan_newlink(struct net_device *real, const char *name, be16 proto, u16 vid,
		 struct net_device **res)
{
	struct net_device *dev;
	int err;

	if (real->header_ops != &eth_header_ops || real->flags & IFF_LOOPBACK_)
		return -EINVAL;
	if (vid > VLAN_ID_MAX)
		return -ERANGE;
	if (vlan_find_dev(real, proto, vid))
		return -EEXIST;
	dev = alloc_netdev(real->net, sizeof(struct vlan_dev_priv), name);
	if (!dev)
		return -ENOMEM;
	vlan_setup(dev, real, proto, vid);
	err = vlan_dev_link(real, dev);
	if (!err)
		err = register_netdevice(dev);
	if (err) {
		vlan_dev_unlink(real, dev);
		free_netdev(dev);
		return err;
	}
	list_add_tail(&vlan_dev_priv(dev)->notifier.list, &real->net->dev->notifiers);
	*res = dev;
	return 0;
}

int vlan_set_egress_priority(struct net_device *dev, u32 priority, u8 pcp)
{
	struct vlan_dev_priv *v = vlan_dev_priv(dev);
	u32 i = 0;

	if (pcp > 7)
		return -EINVAL;
	while (i < v->egress_count && v->egress[i].priority != priority)
		i++;
	if (i == VLAN_EGRESS_MAX)
		return -ENOSPC;
	v->egress[i].priority = priority;
	v->egress[i].pcp = pcp;
	if (i == v->egress_count)
		v->egress_count++;
	return 0;
}
