/* SPDX-License-Identifier: MIT */
/* What ifconfig, netstat -i and /proc/net/dev have in common. */
#ifndef LINNET_CTL_IFCONFIG_H
#define LINNET_CTL_IFCONFIG_H

#include "ctl/link.h"

struct in_ifaddr;

struct ifstats {
	u64 rx_packets, rx_bytes, rx_errors, rx_dropped, rx_overruns, rx_frame, multicast;
	u64 tx_packets, tx_bytes, tx_errors, tx_dropped, tx_overruns, tx_carrier, collisions;
};

void ifstats_get(const struct net_device *dev, struct ifstats *out);

/* The device of "eth0" or of an alias "eth0:1"; NULL: there is none. */
struct net_device *ifconfig_dev(struct ctl *c, const char *name);
struct in_ifaddr *ifa_by_label(const struct net_device *dev, const char *label);

/* The rest of the words change the device. */
int ifconfig_set(struct ctl *c, const char *name);

void ifconfig_show(struct ctl *c, bool all);
/* The table of ifconfig -s under a heading; only: of one device, or NULL. */
int ifconfig_short(struct ctl *c, const char *head, bool all, struct net_device *only);

#endif
