/* SPDX-License-Identifier: MIT */
/* The UDP header (RFC 768). */
#ifndef LINNET_WIRE_UDP_H
#define LINNET_WIRE_UDP_H

#include "base/csum.h"
#include "wire/wire.h"

#define UDP_HLEN 8

struct udphdr {
	be16 source;
	be16 dest;
	be16 len;
	be16 check;
} __wire;

struct udp_view {
	u16 sport, dport;
	u32 len;		/* bytes, header and payload; >= 8 */
	bool has_check;		/* false: the sender made no checksum */
};

/*
 * @len: bytes of the IP payload. Bytes past the view's len are not part of the datagram.
 * A length field of 0 is refused like any below 8.
 * Errors: WIRE_SHORT, WIRE_TOTLEN, WIRE_TRUNC. The checksum is udp_v4_check()'s.
 */
enum wire_err udp_parse(const void *p, size_t len, struct udp_view *out) __must_check;

/* Over IPv6 a length field of 0 says: all that there is, as in jumbograms (RFC 2675 4). */
enum wire_err udp6_parse(const void *p, size_t len, struct udp_view *out) __must_check;

/* The header alone, as ICMP quotes it: its length field is not compared with len. */
enum wire_err udp_parse_hdr(const void *p, size_t len, struct udp_view *out) __must_check;

/* Writes UDP_HLEN bytes at p with check 0, returns that number. */
size_t udp_build(void *p, const struct udp_view *v);

/*
 * The check field for a datagram of len bytes whose sum, check as 0, is `sum`; a
 * computed 0 goes out as all ones (RFC 768), since 0 says that there is none.
 */
static inline be16 udp_v4_check(u32 len, be32 saddr, be32 daddr, wsum sum)
{
	be16 check = csum_tcpudp_magic(saddr, daddr, len, 17, sum);

	return check ? check : CSUM_MANGLED_0;
}

/* True when the len bytes at p (length field and all) carry the right checksum or none. */
bool udp_v4_csum_ok(const void *p, size_t len, be32 saddr, be32 daddr);

#endif
