/* SPDX-License-Identifier: MIT */
/* ARP for IPv4 over Ethernet (RFC 826), the only pair of address families there is here. */
#ifndef LINNET_WIRE_ARP_H
#define LINNET_WIRE_ARP_H

#include "wire/eth.h"

#define ARP_HLEN 28		/* the whole message for this pair */
#define ARPHRD_ETHER 1
#define ARPHRD_IEEE802 6	/* taken for Ethernet (RFC 1122 2.3.3 names both encapsulations) */
#define ARPOP_REQUEST 1
#define ARPOP_REPLY 2

struct arp_eth_ipv4 {
	be16 ar_hrd;
	be16 ar_pro;
	u8 ar_hln;
	u8 ar_pln;
	be16 ar_op;
	u8 ar_sha[ETH_ALEN];
	be32 ar_sip;
	u8 ar_tha[ETH_ALEN];
	be32 ar_tip;
} __wire;

struct arp_view {
	u16 op;			/* ARPOP_*; others are parsed too, never 0 */
	u8 sha[ETH_ALEN];
	u8 tha[ETH_ALEN];
	be32 sip;
	be32 tip;
};

/*
 * Errors: WIRE_SHORT, WIRE_PROTO, WIRE_ADDRLEN. Bytes after the message are padding.
 * Whether the addresses make sense is the neighbour's business.
 */
enum wire_err arp_parse(const void *p, size_t len, struct arp_view *out) __must_check;

/* Writes ARP_HLEN bytes at p and returns that number. */
size_t arp_build(void *p, const struct arp_view *v);

#endif
