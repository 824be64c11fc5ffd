/* SPDX-License-Identifier: MIT */
#include "wire/eth.h"

enum wire_err eth_parse(const void *p, size_t len, struct eth_view *out)
{
	const struct ethhdr *eth = p;

	if (len < ETH_HLEN)
		return WIRE_SHORT;
	ether_addr_copy(out->dest, eth->h_dest);
	ether_addr_copy(out->source, eth->h_source);
	out->proto = be16_to_cpu(eth->h_proto);
	return WIRE_OK;
}

size_t eth_build(void *p, const struct eth_view *v)
{
	struct ethhdr *eth = p;

	ether_addr_copy(eth->h_dest, v->dest);
	ether_addr_copy(eth->h_source, v->source);
	eth->h_proto = cpu_to_be16(v->proto);
	return ETH_HLEN;
}
