/* SPDX-License-Identifier: MIT */
/* Ethernet header and 802.1Q tags: what is parsed is what is built; the FCS joins at any place. */
#include "base/assert.h"
#include "wire/eth.h"
#include "wire/vlan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eth_view eth;
	struct vlan_view vlan;
	u8 built[ETH_HLEN];
	size_t at = ETH_HLEN, cut = size ? data[0] % size : 0;
	u16 proto;

	ln_assert(eth_fcs(eth_fcs(0, data, cut), data + cut, size - cut) == eth_fcs(0, data, size));
	if (eth_parse(data, size, &eth)) {
		ln_assert(size < ETH_HLEN);
		return 0;
	}
	ln_assert(eth_build(built, &eth) == ETH_HLEN && !memcmp(built, data, ETH_HLEN));
	for (proto = eth.proto; proto == ETH_P_8021Q; proto = vlan.proto) {
		if (vlan_parse(data + at, size - at, &vlan)) {
			ln_assert(size - at < VLAN_HLEN);
			return 0;
		}
		ln_assert(vlan.vid < VLAN_N_VID && vlan.pcp < 8);
		ln_assert(vlan_build(built, &vlan) == VLAN_HLEN &&
			  !memcmp(built, data + at, VLAN_HLEN));
		at += VLAN_HLEN;
	}
	return 0;
}
