/* SPDX-License-Identifier: MIT */
#include "link/veth.h"

#include "base/skb_share.h"
#include "device/tx_tstamp.h"
#include "link/ethernet.h"

struct veth_priv {
	struct net_device *peer;
};

static struct veth_priv *veth_priv(struct net_device *dev)
{
	return netdev_priv(dev);
}

struct net_device *veth_peer(struct net_device *dev)
{
	return veth_priv(dev)->peer;
}

static netdev_tx_t drop(struct sk_buff *skb, struct net_device *dev, enum skb_drop_reason reason)
{
	dev->stats.tx_dropped++;
	kfree_skb_reason(skb, reason);
	return NETDEV_TX_OK;
}

static netdev_tx_t veth_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_device *peer = veth_peer(dev);
	struct sk_buff *n;

	if (unlikely(!peer || !netif_running(peer) || peer->net->exiting))
		return drop(skb, dev, SKB_DROP_REASON_DEV_READY);
	skb_tstamp_tx(skb, SKBTX_SW_TSTAMP);
	n = skb_handover(peer->net, skb);
	if (unlikely(!n))
		return drop(skb, dev, SKB_DROP_REASON_NOMEM);
	dev->stats.tx_packets++;
	dev->stats.tx_bytes += skb->len;
	dev_consume_sent(skb);
	n->protocol = eth_type_trans(n, peer);
	if (unlikely(!n->protocol)) {
		kfree_skb_reason(n, SKB_DROP_REASON_HDR_TRUNC);
		return NETDEV_TX_OK;
	}
	peer->stats.rx_packets++;
	peer->stats.rx_bytes += n->len + ETH_HLEN;
	netif_rx(n);
	return NETDEV_TX_OK;
}

static int veth_open(struct net_device *dev)
{
	struct net_device *peer = veth_peer(dev);

	if (peer && netif_running(peer)) {
		netif_carrier_on(dev);
		netif_carrier_on(peer);
	}
	return 0;
}

static int veth_close(struct net_device *dev)
{
	struct net_device *peer = veth_peer(dev);

	netif_carrier_off(dev);
	if (peer)
		netif_carrier_off(peer);
	return 0;
}

static int veth_set_mac_address(struct net_device *dev, const u8 *mac)
{
	(void)dev;
	(void)mac;
	return 0;
}

static void veth_uninit(struct net_device *dev)
{
	struct net_device *peer = veth_peer(dev);

	if (!peer)
		return;
	veth_priv(dev)->peer = NULL;
	veth_priv(peer)->peer = NULL;
	unregister_netdevice(peer);
}

static const struct net_device_ops veth_ops = {
	.ndo_open = veth_open,
	.ndo_stop = veth_close,
	.ndo_start_xmit = veth_xmit,
	.ndo_set_mac_address = veth_set_mac_address,
	.ndo_uninit = veth_uninit,
};

bool netif_is_veth(const struct net_device *dev)
{
	return dev->netdev_ops == &veth_ops;
}

static int veth_create_one(struct net *net, const char *name, struct net_device **res)
{
	struct net_device *dev = alloc_netdev(net, sizeof(struct veth_priv), name);
	int err;

	if (!dev)
		return -ENOMEM;
	ether_setup(dev);
	dev->netdev_ops = &veth_ops;
	dev->no_queue = true;
	dev->carrier = false;
	dev->features = NETIF_F_SG;	/* sums are finished: the peer may send on to a real card */
	eth_random_addr(net, dev->dev_addr);
	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
		return err;
	}
	*res = dev;
	return 0;
}

int veth_newlink(struct net *a, const char *name_a, struct net *b, const char *name_b,
		 struct net_device **dev_a, struct net_device **dev_b)
{
	int err = veth_create_one(a, name_a, dev_a);

	if (err)
		return err;
	err = veth_create_one(b, name_b, dev_b);
	if (err) {
		unregister_netdevice(*dev_a);
		return err;
	}
	veth_priv(*dev_a)->peer = *dev_b;
	veth_priv(*dev_b)->peer = *dev_a;
	return 0;
}
