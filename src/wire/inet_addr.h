/* SPDX-License-Identifier: MIT */
/*
 * Addresses as people write them, and what an IPv4 address is by its number. All
 * addresses and masks are be32; prefix lengths are 0 .. 32.
 */
#ifndef LINNET_WIRE_INET_ADDR_H
#define LINNET_WIRE_INET_ADDR_H

#include "base/fmt.h"
#include "wire/eth.h"

#define INET_STR_MAX 16		/* "255.255.255.255" and NUL */
#define INET_PREFIX_STR_MAX 19	/* with "/32" */
#define MAC_STR_MAX 18		/* "02:00:00:00:00:01" and NUL */

#define INADDR4_ANY ((be32)0)
#define INADDR4_BROADCAST ((be32)0xffffffffu)
#define INADDR4_LOOPBACK CONST_BE32(0x7f000001u)
#define INADDR4_ALLHOSTS_GROUP CONST_BE32(0xe0000001u)

/* a.b.c.d as one number in wire order. */
#define INET_ADDR4(a, b, c, d) \
	CONST_BE32(((u32)(a) << 24) | ((u32)(b) << 16) | ((u32)(c) << 8) | (u32)(d))

/*
 * The readers take the whole string and leave *out untouched when they return false.
 * Four decimal parts, no leading zeros (some take them for octal), nothing else.
 */
bool inet_addr_parse(const char *s, be32 *out) __must_check;

/* "10.0.0.1/24", "10.0.0.1/255.255.255.0", "10.0.0.1" (= /32), "default" (= 0.0.0.0/0). */
bool inet_prefix_parse(const char *s, be32 *addr, u8 *plen) __must_check;

/* "255.255.255.0" or "24", a contiguous mask. */
bool inet_mask_parse(const char *s, u8 *plen) __must_check;

/* "02:00:00:00:00:01" or with '-'; two hexadecimal digits each. */
bool mac_parse(const char *s, u8 mac[ETH_ALEN]) __must_check;

void sb_inet_addr(struct strbuf *sb, be32 addr);
void sb_inet_prefix(struct strbuf *sb, be32 addr, u8 plen);
void sb_mac(struct strbuf *sb, const u8 mac[ETH_ALEN]);

/* The same into the caller's buffer, which is returned: for use as a %s argument. */
const char *inet_addr_str(be32 addr, char buf[INET_STR_MAX]);
const char *inet_prefix_str(be32 addr, u8 plen, char buf[INET_PREFIX_STR_MAX]);
const char *mac_str(const u8 mac[ETH_ALEN], char buf[MAC_STR_MAX]);

static inline be32 inet_make_mask(unsigned plen)
{
	return plen ? cpu_to_be32(0xffffffffu << (32 - plen)) : 0;
}

/* Ones, then zeros. */
static inline bool inet_mask_is_contiguous(be32 mask)
{
	u32 hole = ~be32_to_cpu(mask);

	return !(hole & (hole + 1));
}

/* The prefix length of a contiguous mask. */
static inline unsigned inet_mask_len(be32 mask)
{
	return mask ? (unsigned)(32 - __builtin_ctz(be32_to_cpu(mask))) : 0;
}

/* The network of addr: its host bits cleared. */
static inline be32 inet_network(be32 addr, unsigned plen)
{
	return addr & inet_make_mask(plen);
}

/* The directed broadcast address of addr's network: its host bits set. */
static inline be32 inet_broadcast(be32 addr, unsigned plen)
{
	return addr | ~inet_make_mask(plen);
}

static inline bool inet_same_network(be32 a, be32 b, unsigned plen)
{
	return !((a ^ b) & inet_make_mask(plen));
}

/* "This host on this network" (RFC 1122 3.2.1.3); the rest of 0.0.0.0/8 is unicast, as in Linux. */
static inline bool ipv4_is_zeronet(be32 addr)
{
	return !addr;
}

static inline bool ipv4_is_loopback(be32 addr)		/* 127.0.0.0/8 */
{
	return (addr & CONST_BE32(0xff000000u)) == CONST_BE32(0x7f000000u);
}

static inline bool ipv4_is_multicast(be32 addr)		/* 224.0.0.0/4, RFC 1112 4 */
{
	return (addr & CONST_BE32(0xf0000000u)) == CONST_BE32(0xe0000000u);
}

static inline bool ipv4_is_local_multicast(be32 addr)	/* 224.0.0.0/24, RFC 5771 4 */
{
	return (addr & CONST_BE32(0xffffff00u)) == CONST_BE32(0xe0000000u);
}

static inline bool ipv4_is_lbcast(be32 addr)		/* 255.255.255.255 */
{
	return addr == INADDR4_BROADCAST;
}

static inline bool ipv4_is_linklocal_169(be32 addr)	/* 169.254.0.0/16, RFC 3927 */
{
	return (addr & CONST_BE32(0xffff0000u)) == CONST_BE32(0xa9fe0000u);
}

static inline bool ipv4_is_class_e(be32 addr)		/* 240.0.0.0/4, RFC 1112 4 */
{
	return (addr & CONST_BE32(0xf0000000u)) == CONST_BE32(0xf0000000u);
}

/* The group's MAC: 01:00:5e and the low 23 bits (RFC 1112 6.4). */
static inline void ip_eth_mc_map(be32 group, u8 mac[ETH_ALEN])
{
	u32 g = be32_to_cpu(group);

	put_be32(mac, 0x01005e00u | (g >> 16 & 0x7f));
	put_be16(mac + 4, (u16)g);
}

#endif
