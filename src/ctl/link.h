/* SPDX-License-Identifier: MIT */
/* Devices as the tools show them: what ip, ifconfig, netstat and /proc have in common. */
#ifndef LINNET_CTL_LINK_H
#define LINNET_CTL_LINK_H

#include "ctl/args.h"

/* IFF_* as a program sees them: with RUNNING and LOWER_UP, PROMISC only when a user asked. */
u32 link_flags(const struct net_device *dev);
const char *link_operstate(const struct net_device *dev);
struct net_device *link_master(const struct net_device *dev);	/* its bridge, or NULL */
const char *link_kind(const struct net_device *dev);		/* "bridge", or NULL */
const char *link_type(const struct net_device *dev);		/* "ether", "loopback" */
const char *link_qdisc(const struct net_device *dev);

/* The first lines of ip link and ip addr, up to the hardware address. */
void link_print(struct ctl *c, struct net_device *dev, bool with_mode);
void link_print_brief(struct ctl *c, struct net_device *dev);	/* name and state, padded */
void link_print_stats(struct ctl *c, const struct net_device *dev);
void link_json_head(struct ctl *c, struct net_device *dev);	/* index, names, flags, MTU */
void link_json(struct ctl *c, struct net_device *dev, bool with_mode);	/* in an open object */
void link_json_stats(struct ctl *c, const struct net_device *dev);

/* What `ip link show` and `ip addr show` choose devices by. */
struct link_filter {
	struct net_device *dev, *master;
	const char *kind;
	bool up, nomaster;
};
/* One keyword of such a choice; 1: it was one, 0: not. */
int link_filter_word(struct ctl *c, const char *w, struct link_filter *f);
/* The device's name, with or without "dev". */
int link_filter_dev(struct ctl *c, const char *name, struct link_filter *f);
bool link_filter_ok(const struct link_filter *f, const struct net_device *dev);

/* Changes of flags; errors of the layers below. */
int link_set_up(struct net_device *dev, bool up);
void link_set_promisc(struct net_device *dev, bool on);
void link_set_allmulti(struct net_device *dev, bool on);
void link_set_flag(struct net_device *dev, u32 flag, bool on);	/* NOARP, MULTICAST */

/* ip link set, add, delete: the words behind */
int ctl_link_set(struct ctl *c);
int ctl_link_add(struct ctl *c);
int ctl_link_del(struct ctl *c);

/* In the order of ip and /proc/net/dev: by index. */
#define for_each_link(c, pos) for_each_netdev((c)->net, pos)

#endif
