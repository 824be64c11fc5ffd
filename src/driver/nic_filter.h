/* SPDX-License-Identifier: MIT */
/*
 * The card's address filter (row N1): its own address, broadcast, and the groups that somebody
 * joined. As in real cards groups are known by a hash of 64 bins, so that a few others come in with
 * them, which the network layer drops; IFF_ALLMULTI lets all groups in, IFF_PROMISC everything.
 * What stays out is counted (rx_filtered) and dropped with NIC_FILTER.
 */
#ifndef LINNET_DRIVER_NIC_FILTER_H
#define LINNET_DRIVER_NIC_FILTER_H

#include "driver/nic.h"

/* The filter's bin of a group, one bit. */
u64 nic_mc_bin(const u8 *mac);
/* Is the frame with this destination for the card? Shards share what arrives at any of them. */
bool nic_filter_accepts(const struct nic *nic, const u8 *dest);

#endif
