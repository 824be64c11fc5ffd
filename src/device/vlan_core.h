/* SPDX-License-Identifier: MIT */
/*
 * 802.1Q tags on their way through the device layer (IEEE 802.1Q 9). Inside the stack a tag stands
 * beside the frame, in skb->vlan_proto and vlan_tci ("accelerated" in Linux): netif_receive_skb()
 * takes it out, whoever sends gives it there, and dev_queue_xmit() writes it into the frame, which
 * no card here does. Only the outermost tag is ever beside the frame.
 *
 * A device knows its VLAN devices by tag; a frame with one of these tags is theirs, before any
 * rx_handler looks. A tag that nobody took makes the frame another host's, as in Linux; a priority
 * tag (VLAN 0) is just taken off.
 */
#ifndef LINNET_DEVICE_VLAN_CORE_H
#define LINNET_DEVICE_VLAN_CORE_H

#include "device/netdevice.h"
#include "wire/eth.h"
#include "wire/vlan.h"

static inline bool eth_type_vlan(be16 type)
{
	return type == CONST_BE16(ETH_P_8021Q) || type == CONST_BE16(ETH_P_8021AD);
}

static inline bool skb_vlan_tag_present(const struct sk_buff *skb)
{
	return skb->vlan_proto;
}

static inline u16 skb_vlan_tag_get_id(const struct sk_buff *skb)
{
	return skb->vlan_tci & VLAN_VID_MASK;
}

static inline void skb_vlan_put_tag(struct sk_buff *skb, be16 proto, u16 tci)
{
	skb->vlan_proto = proto;
	skb->vlan_tci = tci;
}

static inline void skb_vlan_clear_tag(struct sk_buff *skb)
{
	skb->vlan_proto = 0;
	skb->vlan_tci = 0;
}

/* Data behind the Ethernet header, which says that a tag follows: it goes beside the frame, and the
 * protocol is what follows it. False: cut short, or no memory; skb was dropped. */
bool skb_vlan_untag(struct sk_buff *skb) __must_check;

/* Data at the Ethernet header: the tag beside the frame goes into it. False: no memory; skb was
 * dropped. */
bool skb_vlan_push_tag(struct sk_buff *skb) __must_check;

/* What vlan_do_receive() did: nothing, the frame is a VLAN device's, it was dropped. */
enum vlan_rx { VLAN_RX_NONE, VLAN_RX_MOVED, VLAN_RX_DROPPED };

/* The tag is beside the frame: when skb->dev has a device for this VLAN, skb is that device's, and
 * the tag is gone. */
enum vlan_rx vlan_do_receive(struct sk_buff *skb);

/* ---- a device's VLAN devices ---- */

#define VLAN_EGRESS_MAX 16

/* What a VLAN device (link/vlan.h) has as its priv. */
struct vlan_dev_priv {
	struct net_device *real_dev;
	struct net_device *dev;
	struct notifier_block notifier;
	be16 vlan_proto;
	u16 vlan_id;
	bool loose_binding;		/* up and down only by hand */
	bool addr_differs;		/* from real_dev's, which listens to all for it */
	bool real_promisc, real_allmulti;	/* asked of real_dev for its own users */
	u32 ingress_priority[8];	/* PCP -> skb->priority */
	struct { u32 priority; u8 pcp; } egress[VLAN_EGRESS_MAX];	/* 0 where none is told */
	u32 egress_count;
};

/* -EEXIST, -ENOMEM. */
int vlan_dev_link(struct net_device *real, struct net_device *dev);
void vlan_dev_unlink(struct net_device *real, struct net_device *dev);
struct net_device *vlan_find_dev(const struct net_device *real, be16 proto, u16 vid);
/* They go with the device that they are on. */
void vlan_unregister_all(struct net_device *real);

#endif
