/* SPDX-License-Identifier: MIT */
/*
 * The 802.1Q tag: four bytes between the source address and the EtherType, which then
 * is ETH_P_8021Q. Seen from behind the Ethernet header it is TCI, then the inner type.
 */
#ifndef LINNET_WIRE_VLAN_H
#define LINNET_WIRE_VLAN_H

#include "wire/wire.h"

#define VLAN_HLEN 4
#define VLAN_PRIO_MASK 0xe000
#define VLAN_PRIO_SHIFT 13
#define VLAN_CFI_MASK 0x1000	/* DEI since 802.1Q-2011 */
#define VLAN_VID_MASK 0x0fff
#define VLAN_N_VID 4096

struct vlan_hdr {
	be16 h_vlan_TCI;
	be16 h_vlan_encapsulated_proto;
} __wire;

struct vlan_view {
	u16 vid;	/* 0 = priority tag only, 4095 reserved */
	u8 pcp;		/* priority 0 .. 7 */
	bool dei;	/* drop eligible */
	u16 proto;	/* EtherType of what follows */
};

/* @p: behind the Ethernet header. Errors: WIRE_SHORT. */
enum wire_err vlan_parse(const void *p, size_t len, struct vlan_view *out) __must_check;

/* Writes VLAN_HLEN bytes at p and returns that number. */
size_t vlan_build(void *p, const struct vlan_view *v);

#endif
