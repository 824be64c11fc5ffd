/* SPDX-License-Identifier: MIT */
#include "wire/arp.h"

enum wire_err arp_parse(const void *p, size_t len, struct arp_view *out)
{
	const struct arp_eth_ipv4 *arp = p;

	if (len < ARP_HLEN)
		return WIRE_SHORT;
	/* RFC 826, packet reception: "Do I have the hardware type?" comes first. */
	if ((arp->ar_hrd != cpu_to_be16(ARPHRD_ETHER) &&
	     arp->ar_hrd != cpu_to_be16(ARPHRD_IEEE802)) || arp->ar_pro != cpu_to_be16(ETH_P_IP))
		return WIRE_PROTO;
	if (arp->ar_hln != ETH_ALEN || arp->ar_pln != 4)
		return WIRE_ADDRLEN;
	if (!arp->ar_op)
		return WIRE_PROTO;	/* reserved (RFC 5494 3) */
	out->op = be16_to_cpu(arp->ar_op);
	ether_addr_copy(out->sha, arp->ar_sha);
	ether_addr_copy(out->tha, arp->ar_tha);
	out->sip = arp->ar_sip;
	out->tip = arp->ar_tip;
	return WIRE_OK;
}

size_t arp_build(void *p, const struct arp_view *v)
{
	struct arp_eth_ipv4 *arp = p;

	arp->ar_hrd = cpu_to_be16(ARPHRD_ETHER);
	arp->ar_pro = cpu_to_be16(ETH_P_IP);
	arp->ar_hln = ETH_ALEN;
	arp->ar_pln = 4;
	arp->ar_op = cpu_to_be16(v->op);
	ether_addr_copy(arp->ar_sha, v->sha);
	ether_addr_copy(arp->ar_tha, v->tha);
	arp->ar_sip = v->sip;
	arp->ar_tip = v->tip;
	return ARP_HLEN;
}
