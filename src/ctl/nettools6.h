/* SPDX-License-Identifier: MIT */
/* What route, netstat and ifconfig show and change of IPv6, and its files in /proc/net. */
#ifndef LINNET_CTL_NETTOOLS6_H
#define LINNET_CTL_NETTOOLS6_H

#include "ctl/args.h"

struct net_device;

/* route -6, netstat -6 -r. As these, names none but "::" where it is not numeric. */
void route6_table_print(struct ctl *c, bool numeric);
int route6_modify(struct ctl *c, bool add);	/* the words behind add and del */

void ifconfig6_show(struct ctl *c, const struct net_device *dev);
int ifconfig6_change(struct ctl *c, struct net_device *dev, bool add);

int proc_net_if_inet6(struct ctl *c);
int proc_net_ipv6_route(struct ctl *c);

#endif
