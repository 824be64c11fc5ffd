/* SPDX-License-Identifier: MIT */
/*
 * Neighbour discovery on the wire (RFC 4861 4): solicitations and advertisements of neighbours, and
 * the options behind each of its messages. Routers' messages have the same options.
 */
#ifndef LINNET_WIRE_NDP_H
#define LINNET_WIRE_NDP_H

#include "wire/eth.h"
#include "wire/icmp6.h"

#define NDISC_NEIGH_LEN 24	/* NS and NA without options: ICMPv6 header and target */
#define NDISC_LLADDR_OPT_LEN 8
#define NDISC_NONCE_OPT_LEN 8	/* of a nonce of 6 bytes, the shortest (RFC 3971 5.3.2) */

enum ndisc_opt {
	ND_OPT_SOURCE_LL_ADDR = 1,
	ND_OPT_TARGET_LL_ADDR = 2,
	ND_OPT_PREFIX_INFO = 3,
	ND_OPT_REDIRECT_HDR = 4,
	ND_OPT_MTU = 5,
	ND_OPT_NONCE = 14,
	ND_OPT_ROUTE_INFO = 24,		/* RFC 4191 */
	ND_OPT_RDNSS = 25,		/* RFC 8106 */
};

/* Flags of an advertisement, in the first byte behind the checksum. */
#define NDISC_NA_ROUTER 0x80
#define NDISC_NA_SOLICITED 0x40
#define NDISC_NA_OVERRIDE 0x20

/* The first of each kind; NULL: none. All point into the bytes parsed, at the option's type. */
struct ndisc_options {
	const u8 *src_lladdr, *tgt_lladdr, *mtu, *nonce;
};

struct ndisc_neigh {		/* NS or NA */
	u8 flags;		/* NDISC_NA_*; 0 in solicitations */
	struct ip6_addr target;
	struct ndisc_options opts;
};

/* RFC 4861 4.6: what is not known is skipped; WIRE_OPT: a length of 0, or beyond the end. */
enum wire_err ndisc_parse_options(const void *p, size_t len,
				  struct ndisc_options *out) __must_check;

/* An NS or NA from its ICMPv6 header on. WIRE_SHORT, WIRE_OPT. */
enum wire_err ndisc_neigh_parse(const void *p, size_t len, struct ndisc_neigh *out) __must_check;

/*
 * Writes an NS or NA with checksum 0; lladdr (6 bytes, NULL: none) goes into the option that its
 * type has. Returns its length, at most NDISC_NEIGH_LEN + NDISC_LLADDR_OPT_LEN.
 */
size_t ndisc_neigh_build(void *p, u8 type, u8 flags, const struct ip6_addr *target,
			 const u8 *lladdr);

/* The MAC address in such an option; NULL: it has none of an Ethernet's length. */
static inline const u8 *ndisc_opt_lladdr(const u8 *opt)
{
	return opt && opt[1] == 1 ? opt + 2 : NULL;
}

/* Writes the option with the low 48 bits of a nonce, and reads them; 0: none, or a longer one. */
size_t ndisc_nonce_build(void *p, u64 nonce);
u64 ndisc_opt_nonce(const u8 *opt);

#endif
