/* SPDX-License-Identifier: MIT */
/* How the frames of a device are shared out among shards (driver/nic_rss.h). */
#ifndef LINNET_NET_DEV_RSS_H
#define LINNET_NET_DEV_RSS_H

#include "base/skbuff.h"
#include "driver/nic_rss.h"

struct net_device;

/* A card's own; a VLAN device's is the real device's; a bridge's is that of a port, as a machine's
 * cards hash alike unless ethtool -X made them differ. NULL: whatever comes by it is ours. */
const struct nic_rss *dev_rss(const struct net_device *dev);

/* A datagram is whole that every shard put together, and would be steered by v. False: it is
 * another's. */
bool dev_rss_is_home(struct sk_buff *skb, const struct nic_rss *rss, struct rss_verdict v);

#endif
