/* SPDX-License-Identifier: MIT */
/*
 * ICMPv6 (RFC 4443): an 8-byte header and data; for errors, types below 128, the data is as much
 * of the packet at fault as fits into 1280 bytes. Neighbour discovery's messages: ndp.h.
 */
#ifndef LINNET_WIRE_ICMP6_H
#define LINNET_WIRE_ICMP6_H

#include "wire/ipv6.h"

#define ICMPV6_HLEN 8

enum icmp6_type {
	ICMPV6_DEST_UNREACH = 1,
	ICMPV6_PKT_TOOBIG = 2,
	ICMPV6_TIME_EXCEED = 3,
	ICMPV6_PARAMPROB = 4,
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,
	ICMPV6_MGM_QUERY = 130,
	ICMPV6_MGM_REPORT = 131,
	ICMPV6_MGM_REDUCTION = 132,
	NDISC_ROUTER_SOLICITATION = 133,
	NDISC_ROUTER_ADVERTISEMENT = 134,
	NDISC_NEIGHBOUR_SOLICITATION = 135,
	NDISC_NEIGHBOUR_ADVERTISEMENT = 136,
	NDISC_REDIRECT = 137,
	ICMPV6_MLD2_REPORT = 143,
};

enum icmp6_unreach {
	ICMPV6_NOROUTE = 0,
	ICMPV6_ADM_PROHIBITED = 1,
	ICMPV6_NOT_NEIGHBOUR = 2,	/* beyond the scope of the source */
	ICMPV6_ADDR_UNREACH = 3,
	ICMPV6_PORT_UNREACH = 4,
	ICMPV6_POLICY_FAIL = 5,
	ICMPV6_REJECT_ROUTE = 6,
};

/* Codes of ICMPV6_TIME_EXCEED and ICMPV6_PARAMPROB. */
#define ICMPV6_EXC_HOPLIMIT 0
#define ICMPV6_EXC_FRAGTIME 1
#define ICMPV6_HDR_FIELD 0
#define ICMPV6_UNK_NEXTHDR 1
#define ICMPV6_UNK_OPTION 2

struct icmp6hdr {
	u8 icmp6_type;
	u8 icmp6_code;
	be16 icmp6_cksum;
	u8 rest[4];		/* by type: id and sequence, MTU, pointer, flags */
} __wire;

struct icmp6_view {
	u8 type, code;
	u16 id, sequence;	/* echo */
	u32 info;		/* the second word: MTU, pointer, or as it came */
	const u8 *data;		/* behind the header */
	size_t data_len;
};

static inline bool icmpv6_is_err(u8 type)
{
	return type < 128;
}

/* The packet that an error quotes, as much as came. */
struct icmp6_quote {
	struct ipv6_view ip;
	struct ipv6_ext ext;	/* at its upper-layer header, or where the quote ends */
	bool has_ports;
	be16 sport, dport;
	const u8 *l4;
	size_t l4_len;
};

/* The header alone; the checksum covers a pseudo-header too (csum_ipv6_magic). WIRE_SHORT */
enum wire_err icmp6_parse_hdr(const void *p, size_t len, struct icmp6_view *out) __must_check;
enum wire_err icmp6_parse_quote(const void *p, size_t len, struct icmp6_quote *out) __must_check;

/* Writes ICMPV6_HLEN bytes with checksum 0. */
size_t icmp6_build_hdr(void *p, const struct icmp6_view *v);

#endif
