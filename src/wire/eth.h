/* SPDX-License-Identifier: MIT */
/*
 * Ethernet frames (IEEE 802.3, DIX): addresses, EtherType, sizes, FCS.
 *
 *   preamble+SFD 8 | dest 6 | source 6 | type 2 | payload 46..1500 | FCS 4 | gap 12
 *                  '---------------- a frame in linnet ----------'
 */
#ifndef LINNET_WIRE_ETH_H
#define LINNET_WIRE_ETH_H

#include "wire/wire.h"

#define ETH_ALEN 6
#define ETH_HLEN 14
#define ETH_ZLEN 60		/* least frame, without FCS */
#define ETH_DATA_LEN 1500	/* most payload of a standard frame */
#define ETH_FRAME_LEN 1514	/* most bytes of a standard frame, without FCS */
#define ETH_FCS_LEN 4
#define ETH_MIN_MTU 68		/* RFC 791 3.2: every internet module forwards 68 bytes */
#define ETH_MAX_MTU 65535
#define ETH_PREAMBLE_LEN 8	/* with the start-of-frame delimiter */
#define ETH_IFG_LEN 12		/* gap between frames, in byte times */

/* EtherTypes, host order. */
#define ETH_P_802_3_MIN 0x0600	/* below: an 802.3 length, not a type */
#define ETH_P_802_2 0x0004	/* Linux's number for "a length, not a type" */
#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_8021Q 0x8100
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021AD 0x88a8

struct ethhdr {
	u8 h_dest[ETH_ALEN];
	u8 h_source[ETH_ALEN];
	be16 h_proto;
} __wire;

struct eth_view {
	u8 dest[ETH_ALEN];
	u8 source[ETH_ALEN];
	u16 proto;		/* EtherType, or an 802.3 length below ETH_P_802_3_MIN */
};

/* Errors: WIRE_SHORT. The header is ETH_HLEN bytes. */
enum wire_err eth_parse(const void *p, size_t len, struct eth_view *out) __must_check;

/* Writes ETH_HLEN bytes at p and returns that number. */
size_t eth_build(void *p, const struct eth_view *v);

/*
 * The frame check sequence (802.3 3.2.9) of len bytes that follow on those whose FCS is
 * `crc` (0 at the start). On the wire its bytes go least significant first.
 */
u32 eth_fcs(u32 crc, const void *p, size_t len);

/* Addresses. Both arguments are ETH_ALEN bytes. */

static inline bool ether_addr_equal(const void *a, const void *b)
{
	return !memcmp(a, b, ETH_ALEN);
}

static inline void ether_addr_copy(void *dst, const void *src)
{
	memcpy(dst, src, ETH_ALEN);
}

static inline void eth_broadcast_addr(void *addr)
{
	memset(addr, 0xff, ETH_ALEN);
}

/* The group bit, broadcast included. */
static inline bool is_multicast_ether_addr(const void *addr)
{
	return ((const u8 *)addr)[0] & 1;
}

static inline bool is_broadcast_ether_addr(const void *addr)
{
	return get_be32(addr) == 0xffffffffu && get_be16((const u8 *)addr + 4) == 0xffffu;
}

static inline bool is_zero_ether_addr(const void *addr)
{
	return !get_be32(addr) && !get_be16((const u8 *)addr + 4);
}

/* One station's address: neither a group's nor all zero. */
static inline bool is_valid_ether_addr(const void *addr)
{
	return !is_multicast_ether_addr(addr) && !is_zero_ether_addr(addr);
}

static inline bool is_local_ether_addr(const void *addr)
{
	return ((const u8 *)addr)[0] & 2;
}

/* 01:80:c2:00:00:00 .. 0f: bridges do not forward these (802.1D 7.12.6). */
static inline bool is_link_local_ether_addr(const void *addr)
{
	return get_be32(addr) == 0x0180c200u && (get_be16((const u8 *)addr + 4) & 0xfff0) == 0;
}

static inline bool eth_proto_is_802_3(be16 proto)
{
	return be16_to_cpu(proto) >= ETH_P_802_3_MIN;
}

#endif
