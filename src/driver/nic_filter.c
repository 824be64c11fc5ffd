/* SPDX-License-Identifier: MIT */
#include "driver/nic_filter.h"

#include "wire/eth.h"

u64 nic_mc_bin(const u8 *mac)
{
	return 1ull << (eth_fcs(0, mac, ETH_ALEN) >> 26);
}

bool nic_filter_accepts(const struct nic *nic, const u8 *dest)
{
	if (ether_addr_equal(dest, nic->mac) || nic->promisc)
		return true;
	if (!is_multicast_ether_addr(dest))
		return false;
	return nic->allmulti || nic->rss || is_broadcast_ether_addr(dest) ||
	       nic->mc_bins & nic_mc_bin(dest);
}
