/* SPDX-License-Identifier: MIT */
/*
 * The IPv4 header (RFC 791 3.1) and a checked walk over its options.
 *
 * Received packets go through ipv4_parse(). Where the bytes behind the header are not
 * all at hand (a header quoted by ICMP, an skb with fragments) ipv4_parse_hdr() checks
 * the header alone, and the caller compares tot_len with what it has.
 */
#ifndef LINNET_WIRE_IPV4_H
#define LINNET_WIRE_IPV4_H

#include "base/csum.h"
#include "wire/wire.h"

#define IPV4_HLEN 20		/* without options */
#define IPV4_HLEN_MAX 60
#define IPV4_OPTLEN_MAX 40
#define IPV4_MIN_MTU 68	/* RFC 791 3.2: every link carries so much */
#define IPV4_MAX_LEN 65535
#define IPDEFTTL 64		/* RFC 1700 */

/* Bits of frag_off, host order. */
#define IP_CE 0x8000		/* reserved, must be zero */
#define IP_DF 0x4000
#define IP_MF 0x2000
#define IP_OFFSET 0x1fff	/* in units of 8 bytes */

/* Own names: the system's headers use IPPROTO_*. */
enum ip_proto {
	IP_PROTO_ICMP = 1,
	IP_PROTO_IGMP = 2,
	IP_PROTO_IPIP = 4,
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
	IP_PROTO_DCCP = 33,
	IP_PROTO_IPV6 = 41,
	IP_PROTO_GRE = 47,
	IP_PROTO_ESP = 50,
	IP_PROTO_AH = 51,
	IP_PROTO_ICMPV6 = 58,
	IP_PROTO_COMP = 108,
	IP_PROTO_SCTP = 132,
	IP_PROTO_UDPLITE = 136,
	IP_PROTO_RAW = 255,
};

/* ECN field of tos (RFC 3168 5). */
#define INET_ECN_MASK 3
#define INET_ECN_NOT_ECT 0
#define INET_ECN_ECT_1 1
#define INET_ECN_ECT_0 2
#define INET_ECN_CE 3

struct iphdr {
	u8 ver_ihl;		/* iph_version(), iph_hlen() */
	u8 tos;
	be16 tot_len;
	be16 id;
	be16 frag_off;
	u8 ttl;
	u8 protocol;
	be16 check;
	be32 saddr;
	be32 daddr;
} __wire;

/* An ECT packet becomes CE, its checksum kept right (RFC 3168 5). */
static inline void ipv4_set_ce(struct iphdr *iph)
{
	be16 from = cpu_to_be16((u16)(iph->ver_ihl << 8 | iph->tos));

	iph->tos |= INET_ECN_CE;
	csum_replace2(&iph->check, from, cpu_to_be16((u16)(iph->ver_ihl << 8 | iph->tos)));
}

struct ipv4_view {
	u16 tot_len;		/* bytes, header and payload; >= hlen */
	u16 id;
	u16 frag_off;		/* bytes, a multiple of 8 */
	bool df, mf;
	bool ce;		/* the reserved bit (RFC 791); kept, not judged */
	u8 hlen;		/* bytes, 20 .. 60, a multiple of 4 */
	u8 tos;
	u8 ttl;
	u8 protocol;		/* enum ip_proto or any other */
	be32 saddr;
	be32 daddr;
	const u8 *opts;		/* hlen - 20 bytes in the packet parsed; NULL when none */
};

static inline unsigned iph_version(const struct iphdr *iph)
{
	return iph->ver_ihl >> 4;
}

/* Header length in bytes as the header says it; checked only after a parse. */
static inline unsigned iph_hlen(const struct iphdr *iph)
{
	return (iph->ver_ihl & 15u) * 4;
}

/* For a header that goes out: version 4 and hlen bytes (20 .. 60, a multiple of 4). */
static inline void iph_set_hlen(struct iphdr *iph, unsigned hlen)
{
	iph->ver_ihl = (u8)(0x40 | hlen / 4);
}

static inline bool ip_is_fragment(const struct iphdr *iph)
{
	return (iph->frag_off & cpu_to_be16(IP_MF | IP_OFFSET)) != 0;
}

/*
 * A whole header without options, its checksum made from the values: reading them back would wait
 * for the stores. tot_len in host order.
 */
static inline void iph_write(struct iphdr *iph, u8 tos, u16 tot_len, be16 id, be16 frag_off, u8 ttl,
			     u8 protocol, be32 saddr, be32 daddr)
{
	be16 first = cpu_to_be16((u16)(0x4500 | tos)), len = cpu_to_be16(tot_len);
	be16 ttl_protocol = cpu_to_be16((u16)(ttl << 8 | protocol));

	memcpy(&iph->ver_ihl, &first, 2);
	iph->tot_len = len;
	iph->id = id;
	iph->frag_off = frag_off;
	memcpy(&iph->ttl, &ttl_protocol, 2);
	iph->saddr = saddr;
	iph->daddr = daddr;
	iph->check = csum_fold(csum_from64((u64)first + len + id + frag_off + ttl_protocol +
					   saddr + daddr));
}

static inline void ip_send_check(struct iphdr *iph)
{
	iph->check = 0;
	iph->check = ip_fast_csum(iph, iph->ver_ihl & 15u);
}

/* One hop less, the checksum put right with it (RFC 1812 5.3.1); ttl > 0 before. */
static inline void ip_decrease_ttl(struct iphdr *iph)
{
	u32 check = iph->check + (u32)CONST_BE16(0x0100);

	iph->ttl--;
	iph->check = (be16)(check + (check >= 0xffff));	/* RFC 1624: the carry comes in again */
}

/* Whether the sum over a header of 20 bytes, not all zero, is right: ones' complement sums are
 * remainders of 65535, and a multiplication tells whether there is one. */
static inline bool ipv4_csum_ok(const struct iphdr *iph)
{
	return csum_20_bytes((const u8 *)iph) % 0xffff == 0;
}

/* The common case of ipv4_check(): 20 bytes at least are there, no options, nothing is wrong. */
static inline bool ipv4_is_plain(const struct iphdr *iph, size_t len)
{
	u32 tot_len = be16_to_cpu(iph->tot_len);

	return iph->ver_ihl == 0x45 && tot_len >= IPV4_HLEN && tot_len <= len &&
	       ipv4_csum_ok(iph);
}

/*
 * The header alone: version, IHL, all hlen bytes present, tot_len not below hlen.
 * Errors: WIRE_SHORT, WIRE_VERSION, WIRE_IHL, WIRE_TOTLEN.
 */
enum wire_err ipv4_parse_hdr(const void *p, size_t len, struct ipv4_view *out) __must_check;

/*
 * What ipv4_parse() checks, for who reads the fields in place: the header is whole (iph_hlen()
 * bytes of it are within len), its checksum right, and tot_len between header and len.
 */
enum wire_err ipv4_check(const void *p, size_t len) __must_check;

/*
 * A received packet (RFC 1122 3.2.1.1-2, in ip_rcv's order): as ipv4_parse_hdr(), the header's
 * checksum, tot_len within len. Bytes past tot_len are link padding.
 * Errors: WIRE_SHORT, WIRE_VERSION, WIRE_IHL, WIRE_CSUM, WIRE_TRUNC, WIRE_TOTLEN.
 */
enum wire_err ipv4_parse(const void *p, size_t len, struct ipv4_view *out) __must_check;

/*
 * Writes v->hlen bytes at p, checksum included, and returns v->hlen. opts is copied;
 * with opts NULL and hlen > 20 the option space is filled with IPOPT_END.
 */
size_t ipv4_build(void *p, const struct ipv4_view *v);

/* Options (RFC 791 3.1, RFC 2113). */

#define IPOPT_COPY 0x80		/* type bit: goes into every fragment */
enum ip_opt_type {
	IPOPT_END = 0,
	IPOPT_NOOP = 1,
	IPOPT_RR = 7,
	IPOPT_TIMESTAMP = 68,
	IPOPT_SEC = 130,
	IPOPT_LSRR = 131,
	IPOPT_CIPSO = 134,
	IPOPT_SID = 136,
	IPOPT_SSRR = 137,
	IPOPT_RA = 148,		/* router alert */
};

/* Flags of the timestamp option, the low half of its fourth byte. */
#define IPOPT_TS_TSONLY 0
#define IPOPT_TS_TSANDADDR 1
#define IPOPT_TS_PRESPEC 3

struct ip_opt {
	u8 type;
	u8 len;			/* bytes with type and length; 1 for NOOP */
	u8 off;			/* of the type byte, from the start of the IP header */
	const u8 *data;		/* at the type byte */
	u8 ptr;			/* RR, LSRR, SSRR, TIMESTAMP: next slot, 1-based; else 0 */
	bool full;		/* of these four: no slot is left */
};

struct ip_opt_iter {
	const u8 *opts;
	u8 len;			/* of the option area, at most 40 */
	u8 pos;
	u8 seen;		/* options that may come only once */
	u8 bad;			/* after WIRE_OPT: offending byte, for Parameter Problem */
};

/* Starts a walk over the options of a parsed header. */
static inline void ip_opt_start(struct ip_opt_iter *it, const struct ipv4_view *v)
{
	it->opts = v->opts;
	it->len = v->opts ? (u8)(v->hlen - IPV4_HLEN) : 0;
	it->pos = it->seen = it->bad = 0;
}

/*
 * Return: 1 with *out filled (NOOPs too), 0 at the end or at IPOPT_END, WIRE_OPT when
 * the option at hand is malformed: lengths, pointers and flags of the ones above, and
 * a second RR, TIMESTAMP or source route. it->bad is then the offset for the ICMP
 * Parameter Problem pointer (RFC 792), from the start of the IP header.
 */
int ip_opt_next(struct ip_opt_iter *it, struct ip_opt *out);

#endif
