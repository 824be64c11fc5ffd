/* SPDX-License-Identifier: MIT */
/*
 * wire/ knows what headers look like, and nothing else: no state, no skb, no device.
 *
 * Each header H has, in H.h:
 *   struct Hhdr	its layout with Linux's field names, for code that writes or reads
 *			a field in place once the header has been checked;
 *   struct H_view	its fields decoded: numbers in host order, IPv4 addresses as be32
 *			(they are keys, not numbers), lengths in bytes;
 *   H_parse()		bytes -> view, with every check that needs only these bytes. A view
 *			exists only after WIRE_OK; *out is not to be read otherwise;
 *   H_build()		view -> bytes, so that parse(build(v)) gives v again.
 *
 * Nobody outside this folder adds a header offset by hand.
 *
 * Layouts have alignment 1 and may alias anything: an IP header behind 14 bytes of
 * Ethernet sits at any address. Take a field's value, not its address.
 */
#ifndef LINNET_WIRE_WIRE_H
#define LINNET_WIRE_WIRE_H

#include "base/types.h"

#define __wire __attribute__((packed, may_alias))

/* Why bytes are not a header. The caller turns it into a drop reason and a counter. */
enum wire_err {
	WIRE_OK = 0,
	WIRE_SHORT = -1,	/* fewer bytes than the header needs or says it has */
	WIRE_VERSION = -2,	/* IP version is another */
	WIRE_IHL = -3,		/* IPv4 header length below 20 */
	WIRE_TOTLEN = -4,	/* length field below the header's own length */
	WIRE_TRUNC = -5,	/* length field beyond the bytes that came */
	WIRE_CSUM = -6,		/* checksum is wrong */
	WIRE_DOFF = -7,		/* TCP data offset below 20 or beyond the segment */
	WIRE_OPT = -8,		/* malformed option */
	WIRE_PROTO = -9,	/* ARP for another hardware or protocol type, or op 0 */
	WIRE_ADDRLEN = -10,	/* ARP address lengths are not 6 and 4 */
};

/* "short", "version", ...; "ok" for WIRE_OK. */
const char *wire_err_name(enum wire_err err);

#endif
