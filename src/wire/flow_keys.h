/* SPDX-License-Identifier: MIT */
/*
 * Who talks to whom in a frame, read quickly: for receive hashing, queue choice and
 * capture comments. No checksum is looked at; a later layer judges the packet.
 */
#ifndef LINNET_WIRE_FLOW_KEYS_H
#define LINNET_WIRE_FLOW_KEYS_H

#include "wire/wire.h"

struct flow_keys {
	be32 src, dst;
	const u8 *addrs6;	/* IPv6: source and destination, 32 bytes there; NULL: IPv4 */
	be16 sport, dport;	/* TCP and UDP, 0 in fragments: all of a datagram's hash alike */
	u8 proto;		/* enum ip_proto */
	bool frag;		/* a fragment, the first or a later one */
	u16 l3_off;		/* bytes from the start of the frame to the IP header */
	u16 l4_off;		/* and to what it carries, behind extension headers */
};

/* An Ethernet frame with at most two VLAN tags. False: neither IPv4 nor IPv6, or the header is
 * broken. */
bool flow_keys_parse(const void *frame, size_t len, struct flow_keys *out) __must_check;

/* The same from the IP header on; l3_off is 0. */
bool flow_keys_parse_ipv4(const void *p, size_t len, struct flow_keys *out) __must_check;
/* Of IPv6; where headers end beyond len, proto is the last one's that is there. */
bool flow_keys_parse_ipv6(const void *p, size_t len, struct flow_keys *out) __must_check;

#endif
