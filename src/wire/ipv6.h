/* SPDX-License-Identifier: MIT */
/*
 * The IPv6 header (RFC 8200 3), its extension headers (4) and the options in them, each as a
 * checked step of a walk: nobody who walks counts offsets himself, and every step goes forward by 8
 * bytes at least, so a chain ends with the packet.
 */
#ifndef LINNET_WIRE_IPV6_H
#define LINNET_WIRE_IPV6_H

#include "base/csum.h"
#include "wire/ip6_addr.h"
#include "wire/ipv4.h"

#define IPV6_HLEN 40
#define IPV6_MIN_MTU 1280	/* RFC 8200 5 */
#define IPV6_MAXPLEN 65535	/* of what follows the header */
#define IPV6_FRAG_HLEN 8
#define IPV6_FLOWLABEL_MASK 0xfffffu
#define IPV6_NEXTHDR_OFF 6	/* of the field nexthdr in the header */

enum ipv6_nexthdr {
	NEXTHDR_HOP = 0,
	NEXTHDR_ROUTING = 43,
	NEXTHDR_FRAGMENT = 44,
	NEXTHDR_ESP = 50,
	NEXTHDR_AUTH = 51,
	NEXTHDR_NONE = 59,
	NEXTHDR_DEST = 60,
	NEXTHDR_MOBILITY = 135,
};

struct ipv6hdr {
	be32 flow;		/* version 4 bits, traffic class 8, flow label 20 */
	be16 payload_len;
	u8 nexthdr;
	u8 hop_limit;
	struct ip6_addr saddr;
	struct ip6_addr daddr;
} __wire;

struct ipv6_view {
	u8 tclass;
	u32 flowlabel;		/* 20 bits */
	u16 payload_len;	/* bytes behind the header, extension headers among them */
	u8 nexthdr;
	u8 hop_limit;
	struct ip6_addr saddr, daddr;
};

static inline unsigned ip6_version(const struct ipv6hdr *h)
{
	return be32_to_cpu(h->flow) >> 28;
}

static inline u8 ipv6_get_dsfield(const struct ipv6hdr *h)
{
	return (u8)(be32_to_cpu(h->flow) >> 20);
}

static inline u32 ip6_flowlabel(const struct ipv6hdr *h)
{
	return be32_to_cpu(h->flow) & IPV6_FLOWLABEL_MASK;
}

/* The ECN bits of an own or writable header become CE (RFC 3168). */
static inline void ipv6_set_ce(struct ipv6hdr *h)
{
	h->flow |= CONST_BE32((u32)INET_ECN_CE << 20);
}

/* Errors: WIRE_SHORT, WIRE_VERSION. payload_len is compared with nothing. */
enum wire_err ipv6_parse_hdr(const void *p, size_t len, struct ipv6_view *out) __must_check;

/* A received packet: + WIRE_TRUNC where payload_len goes beyond len. */
enum wire_err ipv6_parse(const void *p, size_t len, struct ipv6_view *out) __must_check;

/* Writes IPV6_HLEN bytes at p, returns that number. */
size_t ipv6_build(void *p, const struct ipv6_view *v);

/*
 * The IPv6 pseudo-header (RFC 8200 8.1) added to sum.
 * @len: of the upper-layer packet, bytes
 */
static inline wsum csum_ipv6_nofold(const struct ip6_addr *saddr, const struct ip6_addr *daddr,
				    u32 len, u8 proto, wsum sum)
{
	sum = csum_add(sum, csum_from64(ip6_word(saddr, 0)));
	sum = csum_add(sum, csum_from64(ip6_word(saddr, 1)));
	sum = csum_add(sum, csum_from64(ip6_word(daddr, 0)));
	sum = csum_add(sum, csum_from64(ip6_word(daddr, 1)));
	return csum_from64((u64)sum + cpu_to_be32(len) + cpu_to_be32(proto));
}

static inline be16 csum_ipv6_magic(const struct ip6_addr *saddr, const struct ip6_addr *daddr,
				   u32 len, u8 proto, wsum sum)
{
	return csum_fold(csum_ipv6_nofold(saddr, daddr, len, proto, sum));
}

/* ---- extension headers ---- */

/* Those with a next header behind them; ESP hides its own. */
static inline bool ipv6_ext_hdr(u8 nexthdr)
{
	return nexthdr == NEXTHDR_HOP || nexthdr == NEXTHDR_ROUTING ||
	       nexthdr == NEXTHDR_FRAGMENT || nexthdr == NEXTHDR_AUTH || nexthdr == NEXTHDR_DEST;
}

struct ipv6_frag_view {
	u8 nexthdr;
	u16 offset;		/* bytes, a multiple of 8 */
	bool more;
	u32 id;
};

enum wire_err ipv6_frag_parse(const void *p, size_t len, struct ipv6_frag_view *out) __must_check;
size_t ipv6_frag_build(void *p, const struct ipv6_frag_view *v);	/* IPV6_FRAG_HLEN */

/* Where a walk stands. */
struct ipv6_ext {
	u8 nexthdr;		/* what stands at off */
	u32 off;		/* from the IPv6 header's first byte */
	u32 nh_off;		/* of the byte that said so */
	bool frag;		/* a fragment header was passed, and ... */
	u16 frag_off;		/* ... its offset; a later fragment's walk ends there */
	bool more;
};

/* At the first header behind an IPv6 header whose nexthdr is this. */
static inline void ipv6_ext_start(struct ipv6_ext *e, u8 nexthdr)
{
	*e = (struct ipv6_ext){ .nexthdr = nexthdr, .off = IPV6_HLEN,
				.nh_off = IPV6_NEXTHDR_OFF };
}

/*
 * Goes past one extension header; p, len: the packet from its IPv6 header on, as much as is
 * there.
 * 1: done; 0: what stands at off is no extension header, or a later fragment's data; or
 * WIRE_SHORT.
 */
int ipv6_ext_next(struct ipv6_ext *e, const void *p, size_t len);

/* To the end of the chain: the upper-layer header, or as far as the bytes go. WIRE_SHORT */
enum wire_err ipv6_skip_exthdr(struct ipv6_ext *e, const void *p, size_t len) __must_check;

/* ---- options of hop-by-hop and destination headers (RFC 8200 4.2) ---- */

enum ipv6_opt_type {
	IPV6_TLV_PAD1 = 0,
	IPV6_TLV_PADN = 1,
	IPV6_TLV_ROUTERALERT = 5,	/* RFC 2711 */
	IPV6_TLV_JUMBO = 194,		/* RFC 2675 */
};

/* The highest two bits: what to do with an option that is not known. */
enum { IPV6_OPT_SKIP, IPV6_OPT_DISCARD, IPV6_OPT_PARAMPROB, IPV6_OPT_PARAMPROB_UNICAST };

static inline unsigned ipv6_opt_action(u8 type)
{
	return type >> 6;
}

struct ipv6_opt {
	u8 type;
	u8 len;			/* bytes with type and length */
	u32 off;		/* of the type byte, from the header's first byte */
	const u8 *data;		/* at the type byte */
};

struct ipv6_opt_iter {
	const u8 *hdr;
	u32 len, pos;
	u32 padding;		/* bytes of it in a row */
	u32 count;		/* options that are no padding */
};

/* hdr: the extension header, len its whole length. */
static inline void ipv6_opt_start(struct ipv6_opt_iter *it, const void *hdr, u32 len)
{
	*it = (struct ipv6_opt_iter){ .hdr = hdr, .len = len, .pos = 2 };
}

/*
 * 1 with *out filled, padding passed over; 0 at the end; WIRE_OPT: an option beyond the header,
 * more than 7 bytes of padding in a row, or PadN that holds something (as Linux refuses).
 */
int ipv6_opt_next(struct ipv6_opt_iter *it, struct ipv6_opt *out);

#endif
