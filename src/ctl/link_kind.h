/* SPDX-License-Identifier: MIT */
/* `ip link ... type KIND OPTIONS`: what each kind of device is told, and tells in `ip -d link`. */
#ifndef LINNET_CTL_LINK_KIND_H
#define LINNET_CTL_LINK_KIND_H

#include "ctl/args.h"

#define BR_OPTIONS_MAX 32

struct br_option;
struct net_bridge;

/* The words behind "type", all read before anything is done. */
struct link_kind_args {
	const char *kind;
	/* bridge */
	struct { const struct br_option *opt; u32 value; } br[BR_OPTIONS_MAX];
	u32 br_count;
	const char *peer;			/* veth */
	/* vlan */
	bool has_id, loose_binding;
	u32 id;
	be16 proto;
	struct { u32 from, to; } ingress[8], egress[16];
	u32 ingress_count, egress_count;
};

/* Reads KIND and what follows it, to the end of the words. */
int arg_link_kind(struct ctl *c, struct link_kind_args *k);
/* "802.1Q", "802.1ad" */
int arg_vlan_proto(struct ctl *c, be16 *proto);
const char *vlan_proto_name(be16 proto);
/* A device name. */
int arg_ifname(struct ctl *c, const char **name);

/* Makes the device; link: the one it stands on, or NULL. */
int link_kind_make(struct ctl *c, const char *name, struct net_device *link,
		   const struct link_kind_args *k, struct net_device **dev);
/* Options of a device that there is, of its kind. */
int link_kind_apply(struct ctl *c, struct net_device *dev, const struct link_kind_args *k);
/* May the device be deleted by hand? */
bool link_kind_deletable(const struct net_device *dev);
/* The line of `ip -d link`. */
void link_kind_print(struct ctl *c, const struct net_device *dev);

/* ---- ctl_link_bridge.c ---- */

int arg_link_bridge(struct ctl *c, struct link_kind_args *k);
int link_bridge_apply(struct ctl *c, struct net_bridge *br, const struct link_kind_args *k);
void link_bridge_print(struct ctl *c, const struct net_bridge *br);

#endif
