/* SPDX-License-Identifier: MIT */
/*
 * ICMPv4 (RFC 792; codes also RFC 1122, 1191, 1812). An ICMP message is an 8-byte
 * header and data; for error messages the data is the IP packet at fault, cut short.
 */
#ifndef LINNET_WIRE_ICMP_H
#define LINNET_WIRE_ICMP_H

#include "wire/ipv4.h"

#define ICMP_HLEN 8

enum icmp_type {
	ICMP_ECHOREPLY = 0,
	ICMP_DEST_UNREACH = 3,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_ECHO = 8,
	ICMP_ROUTER_ADVERT = 9,
	ICMP_ROUTER_SOLICIT = 10,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETERPROB = 12,
	ICMP_TIMESTAMP = 13,
	ICMP_TIMESTAMPREPLY = 14,
	ICMP_INFO_REQUEST = 15,
	ICMP_INFO_REPLY = 16,
	ICMP_ADDRESS = 17,
	ICMP_ADDRESSREPLY = 18,
};

/* Codes of ICMP_DEST_UNREACH. */
enum icmp_unreach {
	ICMP_NET_UNREACH = 0,
	ICMP_HOST_UNREACH = 1,
	ICMP_PROT_UNREACH = 2,
	ICMP_PORT_UNREACH = 3,
	ICMP_FRAG_NEEDED = 4,
	ICMP_SR_FAILED = 5,
	ICMP_NET_UNKNOWN = 6,
	ICMP_HOST_UNKNOWN = 7,
	ICMP_HOST_ISOLATED = 8,
	ICMP_NET_ANO = 9,	/* administratively prohibited */
	ICMP_HOST_ANO = 10,
	ICMP_NET_UNR_TOS = 11,
	ICMP_HOST_UNR_TOS = 12,
	ICMP_PKT_FILTERED = 13,
	ICMP_PREC_VIOLATION = 14,
	ICMP_PREC_CUTOFF = 15,
};
#define NR_ICMP_UNREACH 15	/* the highest code */

/* Codes of ICMP_TIME_EXCEEDED. */
#define ICMP_EXC_TTL 0
#define ICMP_EXC_FRAGTIME 1

/* Codes of ICMP_REDIRECT. */
#define ICMP_REDIR_NET 0
#define ICMP_REDIR_HOST 1
#define ICMP_REDIR_NETTOS 2
#define ICMP_REDIR_HOSTTOS 3

struct icmphdr {
	u8 type;
	u8 code;
	be16 checksum;
	union {
		struct {
			be16 id;
			be16 sequence;
		} __wire echo;
		be32 gateway;
		struct {
			be16 unused;
			be16 mtu;
		} __wire frag;
		u8 reserved[4];	/* [0]: pointer of Parameter Problem */
	} __wire un;
} __wire;

/* The second word is decoded by type; fields of other types are 0. */
struct icmp_view {
	u8 type;		/* enum icmp_type or any other */
	u8 code;
	u16 id, sequence;	/* echo, timestamp, information, address mask */
	u16 mtu;		/* fragmentation needed (RFC 1191 4); 0 = not told */
	u8 pointer;		/* parameter problem: offset in the quoted packet */
	be32 gateway;		/* redirect */
	u32 rest;		/* the second word as it came, of types with none of these */
	const u8 *data;		/* behind the header, in the bytes parsed */
	size_t data_len;
};

/* The packet that an error message quotes; only as much as came. */
struct icmp_quote {
	struct ipv4_view ip;	/* no checksum was checked: routers on the way changed it */
	const u8 *l4;		/* behind its header */
	size_t l4_len;		/* bytes quoted of it */
	bool has_ports;		/* ports below are set: TCP or UDP and no later fragment */
	be16 sport, dport;
};

/* Errors report trouble with a packet and are never answered with an error (RFC 1122 3.2.2). */
static inline bool icmp_is_error(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB;
}

/* The header alone, without the checksum, which covers data not at hand. Errors: WIRE_SHORT. */
enum wire_err icmp_parse_hdr(const void *p, size_t len, struct icmp_view *out) __must_check;

/* A whole message: len bytes, all of them covered by the checksum. Errors: + WIRE_CSUM. */
enum wire_err icmp_parse(const void *p, size_t len, struct icmp_view *out) __must_check;

/*
 * Reads the quoted packet at an error message's data. RFC 792 wants its header and 8
 * bytes more; less than the ports leaves has_ports false.
 * Errors: as ipv4_parse_hdr().
 */
enum wire_err icmp_parse_quote(const void *p, size_t len, struct icmp_quote *out) __must_check;

/* Writes ICMP_HLEN bytes at p with checksum 0, returns that number. v->data is not copied. */
size_t icmp_build_hdr(void *p, const struct icmp_view *v);

/* A whole message: header, v->data_len bytes of data, checksum. Returns its length. */
size_t icmp_build(void *p, const struct icmp_view *v);

#endif
