/* SPDX-License-Identifier: MIT */
#include "link/loopback.h"

#include "base/skb_share.h"
#include "device/tx_tstamp.h"
#include "link/ethernet.h"

#define LOOPBACK_MTU 65536
#define ARPHRD_LOOPBACK_ 772

/* Frames on lo have an Ethernet header with zero addresses, as Linux's captures show. */
static netdev_tx_t loopback_xmit(struct sk_buff *skb, struct net_device *dev)
{
	u32 len = skb->len;

	skb_tstamp_tx(skb, SKBTX_SW_TSTAMP);
	skb_orphan(skb);
	if (unlikely(!skb_orphan_frags(skb))) {
		dev->stats.tx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NETDEV_TX_OK;
	}
	skb->protocol = eth_type_trans(skb, dev);
	/* It never leaves the machine: what was not summed need not be checked either. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	dev->stats.tx_packets++;
	dev->stats.tx_bytes += len;
	/* The route stays with it: the receive path need not look it up again. */
	if (!netif_rx(skb)) {
		dev->stats.rx_packets++;
		dev->stats.rx_bytes += len;
	}
	return NETDEV_TX_OK;
}

static const struct net_device_ops loopback_ops = { .ndo_start_xmit = loopback_xmit };

int loopback_net_init(struct net *net)
{
	struct net_device *dev = alloc_netdev(net, 0, "lo");
	int err;

	if (!dev)
		return -ENOMEM;
	ether_setup(dev);
	dev->type = ARPHRD_LOOPBACK_;
	dev->flags = IFF_LOOPBACK_;
	dev->mtu = dev->max_mtu = LOOPBACK_MTU;
	dev->features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_LOOPBACK |
			NETIF_F_GSO_UDP_L4;
	dev->netdev_ops = &loopback_ops;
	dev->carrier = true;
	memset(dev->broadcast, 0, sizeof(dev->broadcast));
	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
		return err;
	}
	net->dev->loopback = dev;
	return 0;
}
