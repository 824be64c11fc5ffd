/* SPDX-License-Identifier: MIT */
/*
 * The driver: joins a card (driver/nic) to a net_device. Its interrupt handler masks and schedules
 * NAPI; its poll cleans sent frames, takes received ones up the stack, refills the ring, and
 * unmasks when the ring is empty. Completions share the poll, so they raise NET_RX (row N6).
 */
#ifndef LINNET_DEVICE_DEV_NIC_H
#define LINNET_DEVICE_DEV_NIC_H

#include "device/netdevice.h"
#include "driver/nic.h"

/*
 * Registers an Ethernet device on the card, down; rx_ring and tx_ring may be 0 (what the card
 * says, else 256). `setup` is link's ether_setup(), given by the caller because link stands above;
 * `type_trans` is eth_type_trans() (0: too short a frame). The card is the device's from now on:
 * ops->destroy is called when it is unregistered. Returns NULL and leaves the card the caller's:
 * name taken or bad, no memory.
 */
struct dev_nic_link {
	void (*setup)(struct net_device *dev);
	be16 (*type_trans)(struct sk_buff *skb, struct net_device *dev);
};
struct net_device *dev_nic_create(struct net *net, struct nic *nic, const char *name,
				  u32 rx_ring, u32 tx_ring, const struct dev_nic_link *link);

/*
 * ethtool -G and -g, for devices of dev_nic_create(). Sizes are rounded up to powers of two, tx to
 * at least NIC_TX_RING_MIN. -EINVAL: not 1..4096; -ENOMEM: the device is down now. A device that
 * is up gets new rings at once; frames in the old ones end with NIC_DOWN.
 */
int dev_nic_set_ring(struct net_device *dev, u32 rx, u32 tx);
void dev_nic_get_ring(const struct net_device *dev, u32 *rx, u32 *tx);

#endif
