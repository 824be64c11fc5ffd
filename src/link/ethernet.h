/* SPDX-License-Identifier: MIT */
/* Ethernet as a kind of device: its header written and read (row L1). */
#ifndef LINNET_LINK_ETHERNET_H
#define LINNET_LINK_ETHERNET_H

#include "device/netdevice.h"
#include "wire/eth.h"

/* Ethernet's type, lengths, broadcast address, MTU 1500, header_ops; BROADCAST, MULTICAST. */
void ether_setup(struct net_device *dev);

/* A locally administered unicast address from the instance's random stream. */
void eth_random_addr(struct net *net, u8 addr[ETH_ALEN]);

extern const struct header_ops eth_header_ops;

/* header_ops.create: pushes the header; ETH_HLEN, or -ENOSPC when there is no room for it. */
int eth_header(struct sk_buff *skb, struct net_device *dev, u16 type, const void *daddr,
	       const void *saddr);

/*
 * A received frame: sets skb->dev, mac_header, pkt_type by destination MAC, pulls the header.
 * Return: the EtherType (network order); 0 when the frame is too short to have one (the caller
 * drops it with HDR_TRUNC). 802.3 frames, which have a length there, give Linux's ETH_P_802_2.
 */
be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev);

/* As {mac} of a trace point wants it: the first byte highest. */
static inline u64 eth_addr_u64(const u8 *mac)
{
	return (u64)get_be32(mac) << 16 | get_be16(mac + 4);
}

#endif
