/* SPDX-License-Identifier: MIT */
/*
 * Routers' messages of neighbour discovery: solicitations, advertisements (RFC 4861 4.1, 4.2),
 * redirects (4.5), and the options that only they have: prefixes, MTU, routes (RFC 4191 2.3),
 * resolvers (RFC 8106 5.1).
 *
 * Options are walked after ndisc_parse_options() (ndp.h) found them whole. Lifetimes are in
 * seconds; NDISC_INFINITY has no end.
 */
#ifndef LINNET_WIRE_NDP_ROUTER_H
#define LINNET_WIRE_NDP_ROUTER_H

#include "wire/ndp.h"

#define NDISC_RS_LEN 8
#define NDISC_RA_LEN 16
#define NDISC_REDIRECT_LEN 40
#define NDISC_PREFIX_OPT_LEN 32
#define NDISC_MTU_OPT_LEN 8
#define NDISC_RDNSS_OPT_LEN 24		/* with one address */
#define NDISC_INFINITY UINT32_MAX

/* RFC 4191 2.1: the two bits as they are. */
enum { ICMPV6_ROUTER_PREF_MEDIUM = 0, ICMPV6_ROUTER_PREF_HIGH = 1, ICMPV6_ROUTER_PREF_INVALID = 2,
       ICMPV6_ROUTER_PREF_LOW = 3 };

struct ndisc_ra {
	u8 hop_limit;		/* 0: does not say */
	u8 pref;		/* ICMPV6_ROUTER_PREF_*, never INVALID */
	bool managed, other;	/* addresses, other settings: by DHCPv6 */
	u16 lifetime_s;		/* as default router; 0: is none */
	u32 reachable_ms, retrans_ms;	/* 0: does not say */
	const u8 *opts;
	size_t opts_len;
};

struct ndisc_prefix {
	struct ip6_addr prefix;
	u8 plen;
	bool onlink, autoconf;
	u32 valid_s, preferred_s;
};

struct ndisc_route {
	struct ip6_addr prefix;
	u8 plen, pref;
	u32 lifetime_s;
};

struct ndisc_redirect {
	struct ip6_addr target, dest;
	const u8 *opts;
	size_t opts_len;
};

/* From the ICMPv6 header on. WIRE_SHORT. */
enum wire_err ndisc_ra_parse(const void *p, size_t len, struct ndisc_ra *out) __must_check;
enum wire_err ndisc_redirect_parse(const void *p, size_t len,
				   struct ndisc_redirect *out) __must_check;

/* The option at *p of *left bytes, after which both stand behind it; NULL: there is no more. */
const u8 *ndisc_opt_next(const u8 **p, size_t *left);

/* False: not of the length that it must have, or a prefix length beyond 128. */
bool ndisc_prefix_opt(const u8 *opt, struct ndisc_prefix *out) __must_check;
bool ndisc_route_opt(const u8 *opt, struct ndisc_route *out) __must_check;
bool ndisc_mtu_opt(const u8 *opt, u32 *mtu) __must_check;
/* How many addresses, from *addrs on. */
u32 ndisc_rdnss_opt(const u8 *opt, u32 *lifetime_s, const struct ip6_addr **addrs);

/* Each writes at p, checksum 0, and returns the length. opts of the message are not looked at. */
size_t ndisc_rs_build(void *p);
size_t ndisc_ra_build(void *p, const struct ndisc_ra *ra);
size_t ndisc_redirect_build(void *p, const struct ip6_addr *target, const struct ip6_addr *dest);
size_t ndisc_lladdr_opt_build(void *p, u8 type, const u8 *lladdr);
size_t ndisc_prefix_opt_build(void *p, const struct ndisc_prefix *v);
size_t ndisc_mtu_opt_build(void *p, u32 mtu);
size_t ndisc_rdnss_opt_build(void *p, u32 lifetime_s, const struct ip6_addr *addr);

#endif
