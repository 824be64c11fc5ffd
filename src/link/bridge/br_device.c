/* SPDX-License-Identifier: MIT */
/* The bridge as a device of its own: what the machine itself sends through it. */
#include "link/bridge/br_multicast_private.h"

/* Consumes. */
static void xmit_to_many(struct net_bridge *br, struct sk_buff *skb, u16 vid)
{
	struct net_bridge_mdb_entry *mdst;
	struct br_mc_frame f;

	if (is_broadcast_ether_addr(eth_hdr(skb)->h_dest)) {
		br_flood(br, skb, false);
		return;
	}
	if (!br_multicast_rcv(br, NULL, skb, vid, &f))
		return;
	if (br_multicast_selective(br, skb, vid, &f, &mdst))
		br_multicast_flood(br, mdst, skb, false);
	else
		br_flood(br, skb, false);
}

static netdev_tx_t br_dev_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_bridge *br = dev->bridge;
	struct net_bridge_fdb_entry *to;
	u16 vid = 0;

	dev->stats.tx_packets++;
	dev->stats.tx_bytes += skb->len;
	if (unlikely(!pskb_may_pull(skb, ETH_HLEN))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_HDR_TRUNC);
		return NETDEV_TX_OK;
	}
	skb_reset_mac_header(skb);
	skb_pull(skb, ETH_HLEN);
	if (unlikely(!br_vlan_sent(br, skb, &vid)))
		return NETDEV_TX_OK;
	if (is_multicast_ether_addr(eth_hdr(skb)->h_dest)) {
		xmit_to_many(br, skb, vid);
		return NETDEV_TX_OK;
	}
	to = br_fdb_find(br, eth_hdr(skb)->h_dest, vid);
	if (to)
		br_forward(to->dst, skb, false);
	else
		br_flood(br, skb, false);
	return NETDEV_TX_OK;
}

static int br_set_mac_address(struct net_device *dev, const u8 *mac)
{
	dev->bridge->addr_set = true;
	br_fdb_change_local(dev->bridge, NULL, mac);
	ether_addr_copy(dev->dev_addr, mac);
	br_stp_changed_addr(dev->bridge);
	return 0;
}

/* The last step of unregistering: ports become free devices again. */
static void br_dev_uninit(struct net_device *dev)
{
	struct net_bridge *br = dev->bridge;

	unregister_netdevice_notifier(&br->notifier);
	br_stp_exit(br);
	br_del_ports(br);
	br_multicast_exit(br);
	br_fdb_exit(br);
	dev->bridge = NULL;
}

static const struct net_device_ops br_netdev_ops = {
	.ndo_start_xmit = br_dev_xmit,
	.ndo_set_mac_address = br_set_mac_address,
	.ndo_uninit = br_dev_uninit,
};

struct net_device *br_add_bridge(struct net *net, const char *name)
{
	struct net_device *dev = alloc_netdev(net, sizeof(struct net_bridge), name);
	struct net_bridge *br;

	if (!dev)
		return NULL;
	ether_setup(dev);
	dev->netdev_ops = &br_netdev_ops;
	dev->no_queue = true;
	dev->carrier = false;
	dev->features = NETIF_F_SG | NETIF_F_HW_CSUM;	/* the port's device does the sums */
	eth_random_addr(net, dev->dev_addr);
	br = netdev_priv(dev);
	br->dev = dev;
	list_init(&br->port_list);
	list_init(&br->notifier.list);
	br_vlan_init(br);
	br_stp_init(br);
	br_multicast_init(br);
	dev->bridge = br;
	if (br_fdb_init(br) || br_mdb_init(br) || br_fdb_add_local(br, NULL, dev->dev_addr) ||
	    register_netdevice(dev)) {
		br_multicast_exit(br);
		br_fdb_exit(br);
		free_netdev(dev);
		return NULL;
	}
	br->notifier.call = br_device_event;
	register_netdevice_notifier(net, &br->notifier);
	return dev;
}
