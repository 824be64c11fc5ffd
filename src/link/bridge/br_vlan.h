/* SPDX-License-Identifier: MIT */
/*
 * VLANs of a bridge (IEEE 802.1Q 8.6, 8.8), as Linux's: with vlan_filtering 1 every frame inside
 * the bridge belongs to a VLAN. At the port where it came in (ingress) that is the VLAN of its tag,
 * or the port's PVID when it has none or a priority tag; it is dropped when the port has no PVID or
 * is no member. It leaves by members of the VLAN only (egress), without a tag where the port's
 * membership says "untagged". The table of addresses is one for each VLAN. The bridge itself, which
 * is the machine's own port, is a member like any other.
 *
 * A new port is a member of VLAN 1 (vlan_default_pvid), untagged, and so is the bridge: that holds
 * with filtering off too, where nobody looks at it and tags pass through.
 *
 * Meanwhile the frame's tag stands beside it (device/vlan_core.h); from one untagged port to
 * another it is never written.
 */
#ifndef LINNET_LINK_BRIDGE_BR_VLAN_H
#define LINNET_LINK_BRIDGE_BR_VLAN_H

#include "device/vlan_core.h"

#define BR_VLAN_MAX 4094u

enum { BRIDGE_VLAN_PVID = 1, BRIDGE_VLAN_UNTAGGED = 2 };

struct net_bridge;
struct net_bridge_port;

/* The VLANs that a port, or the bridge itself, is a member of. */
struct net_bridge_vlan_group {
	u16 pvid;				/* 0: none */
	u16 num_vlans;
	u64 member[VLAN_N_VID / 64], untagged[VLAN_N_VID / 64];
};

static inline bool br_vlan_member(const struct net_bridge_vlan_group *vg, u16 vid)
{
	return vg->member[vid / 64] >> vid % 64 & 1;
}

static inline bool br_vlan_untagged(const struct net_bridge_vlan_group *vg, u16 vid)
{
	return vg->untagged[vid / 64] >> vid % 64 & 1;
}

/*
 * p NULL: the bridge itself. flags: BRIDGE_VLAN_*; those that it had before are replaced, but a
 * PVID remains until another VLAN is. -EINVAL: no VLAN (1 .. 4094).
 */
int br_vlan_add(struct net_bridge *br, struct net_bridge_port *p, u16 vid, unsigned flags);
int br_vlan_delete(struct net_bridge *br, struct net_bridge_port *p, u16 vid);	/* -ENOENT */

void br_vlan_filter_toggle(struct net_bridge *br, bool on);
/* -EPERM: filtering is on. -EINVAL: no VLAN, nor 0 (none). */
int br_vlan_set_default_pvid(struct net_bridge *br, u16 pvid);
/* ETH_P_8021Q or ETH_P_8021AD as on the wire: -EPROTONOSUPPORT */
int br_vlan_set_proto(struct net_bridge *br, be16 proto);

#endif
