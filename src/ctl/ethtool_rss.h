/* SPDX-License-Identifier: MIT */
/* ethtool -x and -X: how a card that several shards share spreads flows over them. */
#ifndef LINNET_CTL_ETHTOOL_RSS_H
#define LINNET_CTL_ETHTOOL_RSS_H

#include "ctl/args.h"

int ethtool_show_rxfh(struct ctl *c, struct net_device *dev);
int ethtool_set_rxfh(struct ctl *c, struct net_device *dev);

#endif
