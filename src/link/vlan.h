/* SPDX-License-Identifier: MIT */
/*
 * VLAN devices (802.1Q): eth0.10 is this machine's part of VLAN 10 on eth0. What it sends leaves by
 * the real device with its tag, and what comes there with this tag is received here, untagged
 * (device/vlan_core.h). It may stand on a card, a bridge, a veth or on another VLAN device.
 *
 * It is up while the real device is (and follows it up and down unless bound loosely), its MTU is
 * at most the real one's: the four bytes of the tag are not counted, as in Linux, and cards take
 * them. Its address is the real device's until it is given another.
 *
 * In software here as what a card would do in Linux: tags are written by the processor, and a
 * packet for several frames is cut before the tag's device.
 */
#ifndef LINNET_LINK_VLAN_H
#define LINNET_LINK_VLAN_H

#include "device/vlan_core.h"

/* -EINVAL (real is no Ethernet), -ERANGE (vid is 4095 or more), -EEXIST, -ENOMEM. name may end in
 * "%d"; proto is ETH_P_8021Q or ETH_P_8021AD as on the wire. */
int vlan_newlink(struct net_device *real, const char *name, be16 proto, u16 vid,
		 struct net_device **res);
bool netif_is_vlan(const struct net_device *dev);

static inline struct vlan_dev_priv *vlan_dev_priv(const struct net_device *dev)
{
	return (struct vlan_dev_priv *)(uintptr_t)dev->priv;
}

/* Packets of this skb->priority leave with this PCP. -EINVAL (above 7), -ENOSPC. */
int vlan_set_egress_priority(struct net_device *dev, u32 priority, u8 pcp);

#endif
