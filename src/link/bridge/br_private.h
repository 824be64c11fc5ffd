/* SPDX-License-Identifier: MIT */
/* What the bridge's files tell each other. */
#ifndef LINNET_LINK_BRIDGE_BR_PRIVATE_H
#define LINNET_LINK_BRIDGE_BR_PRIVATE_H

#include "device/xmit_batch.h"
#include "link/bridge/br.h"
#include "link/ethernet.h"

static inline const struct ethhdr *eth_hdr(const struct sk_buff *skb)
{
	return (const void *)skb_mac_header(skb);
}

/* br_fdb.c; br_fdb.h has what looks up */
int br_fdb_init(struct net_bridge *br);				/* -ENOMEM */
void br_fdb_exit(struct net_bridge *br);
/* Learned and static ones of a VLAN that p leaves. */
void br_fdb_flush_vlan(struct net_bridge *br, const struct net_bridge_port *p, u16 vid);
int br_fdb_add_local(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr);
void br_fdb_delete_port(struct net_bridge *br, const struct net_bridge_port *p);
void br_fdb_change_local(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr);

/* br_input.c */
rx_handler_result_t br_handle_frame(struct sk_buff **pskb);
u32 br_handle_frame_list(struct sk_buff **skb, u32 n);
u32 br_pass_straight(struct straight_run *run);		/* br_straight.c */

/* br_forward.c: data at the network header, MAC header behind it. `keep`: the caller goes on with
 * the packet, so copies are sent; else it is consumed. */
void br_forward(struct net_bridge_port *to, struct sk_buff *skb, bool keep);
/* The same, consuming, but who needs nothing but to be sent is left in `out`. */
void br_forward_batch(struct net_bridge_port *to, struct sk_buff *skb, struct xmit_batch *out);
void br_flood(struct net_bridge *br, struct sk_buff *skb, bool keep);
/* To the members of mdst, which may be NULL, and to routers. */
void br_multicast_flood(struct net_bridge *br, const struct net_bridge_mdb_entry *mdst,
			struct sk_buff *skb, bool keep);

/* br_storm.c; false: skb was dropped */
bool br_storm_pass(struct net_bridge_port *p, enum br_storm_kind kind, struct sk_buff *skb);

/* br_vlan.c; all but the first two: false: skb was dropped */
void br_vlan_init(struct net_bridge *br);
void br_vlan_init_port(struct net_bridge_port *p);
/* The frame's VLAN, by its tag or the PVID; it has a tag beside it afterwards. */
bool br_allowed_ingress(struct net_bridge *br, const struct net_bridge_vlan_group *vg,
			struct sk_buff *skb, u16 *vid);
/* A frame with a tag leaves by `to`, data at its MAC header: with its tag in it, or without. */
bool br_handle_vlan(const struct net_bridge_port *to, struct sk_buff *skb);
/* A frame with a tag goes to the bridge's own stack. */
bool br_vlan_pass_up(const struct net_bridge *br, struct sk_buff *skb);
/* What the machine itself sends may have its tag in the frame. Data behind the MAC header. */
bool br_vlan_sent(struct net_bridge *br, struct sk_buff *skb, u16 *vid);

/* br_stp.c */
void br_stp_rcv(struct net_bridge_port *p, struct sk_buff *skb);	/* data at the LLC header */
void br_stp_port_carrier(struct net_bridge_port *p, bool on);
void br_stp_changed_addr(struct net_bridge *br);

/* br_if.c */
void br_port_carrier_check(struct net_bridge_port *p);
void br_port_state_selection(struct net_bridge *br);
void br_recalculate_addr(struct net_bridge *br);
void br_del_ports(struct net_bridge *br);
void br_device_event(struct notifier_block *nb, struct net_device *dev, enum netdev_event event);

#endif
