/* SPDX-License-Identifier: MIT */
#include "net/dev_rss.h"

#include "base/netns.h"
#include "driver/nic.h"
#include "link/bridge/br.h"
#include "link/vlan.h"

static bool is_port_of(const struct net_device *port, const struct net_device *dev)
{
	return port->br_port && port->br_port->br->dev == dev;
}

const struct nic_rss *dev_rss(const struct net_device *dev)
{
	const struct net_device *port;

	if (likely(dev->nic))
		return dev->nic->rss;
	if (!dev->net->shards)
		return NULL;
	while (netif_is_vlan(dev))
		dev = vlan_dev_priv(dev)->real_dev;
	if (dev->nic)
		return dev->nic->rss;
	for_each_netdev(dev->net, port)
		if (is_port_of(port, dev) && port->nic && port->nic->rss)
			return port->nic->rss;
	return NULL;
}

bool dev_rss_is_home(struct sk_buff *skb, const struct nic_rss *rss, struct rss_verdict v)
{
	bool all = v.all || skb->pkt_type != PACKET_HOST; /* its frames had a group's MAC address */

	if (v.ring != rss->self && !all)
		return false;
	skb->bystander = v.ring != rss->self;
	skb->hash = v.hash;
	return true;
}
