/* SPDX-License-Identifier: MIT */
#include "wire/ndp_router.h"

#define RA_MANAGED 0x80
#define RA_OTHER 0x40
#define PREFIX_ONLINK 0x80
#define PREFIX_AUTOCONF 0x40

/* RFC 4191 2.2: the reserved value means medium. */
static u8 pref_of(u8 flags)
{
	u8 pref = flags >> 3 & 3;

	return pref == ICMPV6_ROUTER_PREF_INVALID ? ICMPV6_ROUTER_PREF_MEDIUM : pref;
}

enum wire_err ndisc_ra_parse(const void *p, size_t len, struct ndisc_ra *out)
{
	const u8 *b = p;

	if (len < NDISC_RA_LEN)
		return WIRE_SHORT;
	*out = (struct ndisc_ra){
		.hop_limit = b[4], .pref = pref_of(b[5]), .managed = b[5] & RA_MANAGED,
		.other = b[5] & RA_OTHER, .lifetime_s = get_be16(b + 6),
		.reachable_ms = get_be32(b + 8), .retrans_ms = get_be32(b + 12),
		.opts = b + NDISC_RA_LEN, .opts_len = len - NDISC_RA_LEN,
	};
	return WIRE_OK;
}

enum wire_err ndisc_redirect_parse(const void *p, size_t len, struct ndisc_redirect *out)
{
	const u8 *b = p;

	if (len < NDISC_REDIRECT_LEN)
		return WIRE_SHORT;
	memcpy(&out->target, b + ICMPV6_HLEN, IP6_ADDR_LEN);
	memcpy(&out->dest, b + ICMPV6_HLEN + IP6_ADDR_LEN, IP6_ADDR_LEN);
	out->opts = b + NDISC_REDIRECT_LEN;
	out->opts_len = len - NDISC_REDIRECT_LEN;
	return WIRE_OK;
}

/* ---- options ---- */

static size_t opt_len(const u8 *opt)
{
	return opt[1] * 8u;
}

const u8 *ndisc_opt_next(const u8 **p, size_t *left)
{
	const u8 *opt = *p;
	size_t n;

	if (*left < 8)
		return NULL;
	n = opt_len(opt);
	if (!n || n > *left)
		return NULL;
	*p += n;
	*left -= n;
	return opt;
}

bool ndisc_prefix_opt(const u8 *opt, struct ndisc_prefix *out)
{
	if (opt_len(opt) != NDISC_PREFIX_OPT_LEN || opt[2] > 128)
		return false;
	*out = (struct ndisc_prefix){
		.plen = opt[2], .onlink = opt[3] & PREFIX_ONLINK,
		.autoconf = opt[3] & PREFIX_AUTOCONF,
		.valid_s = get_be32(opt + 4), .preferred_s = get_be32(opt + 8),
	};
	memcpy(&out->prefix, opt + 16, IP6_ADDR_LEN);
	return true;
}

/* RFC 4191 2.3: as much of the prefix as there is, and at least as much as counts. */
bool ndisc_route_opt(const u8 *opt, struct ndisc_route *out)
{
	size_t room = opt_len(opt) - 8;

	if (room > IP6_ADDR_LEN || opt[2] > 128 || opt[2] > room * 8 ||
	    (opt[3] >> 3 & 3) == ICMPV6_ROUTER_PREF_INVALID)
		return false;
	*out = (struct ndisc_route){ .plen = opt[2], .pref = pref_of(opt[3]),
				     .lifetime_s = get_be32(opt + 4) };
	memcpy(&out->prefix, opt + 8, room);
	return true;
}

bool ndisc_mtu_opt(const u8 *opt, u32 *mtu)
{
	if (opt_len(opt) != NDISC_MTU_OPT_LEN)
		return false;
	*mtu = get_be32(opt + 4);
	return true;
}

u32 ndisc_rdnss_opt(const u8 *opt, u32 *lifetime_s, const struct ip6_addr **addrs)
{
	*lifetime_s = get_be32(opt + 4);
	*addrs = (const void *)(opt + 8);
	return opt[1] / 2u;		/* a half address does not count */
}

/* ---- building ---- */

size_t ndisc_rs_build(void *p)
{
	const struct icmp6_view v = { .type = NDISC_ROUTER_SOLICITATION };

	return icmp6_build_hdr(p, &v);
}

size_t ndisc_ra_build(void *p, const struct ndisc_ra *ra)
{
	const struct icmp6_view v = { .type = NDISC_ROUTER_ADVERTISEMENT };
	u8 *b = p;

	icmp6_build_hdr(p, &v);
	b[4] = ra->hop_limit;
	b[5] = (u8)((ra->managed ? RA_MANAGED : 0) | (ra->other ? RA_OTHER : 0) | ra->pref << 3);
	put_be16(b + 6, ra->lifetime_s);
	put_be32(b + 8, ra->reachable_ms);
	put_be32(b + 12, ra->retrans_ms);
	return NDISC_RA_LEN;
}

size_t ndisc_redirect_build(void *p, const struct ip6_addr *target, const struct ip6_addr *dest)
{
	const struct icmp6_view v = { .type = NDISC_REDIRECT };
	u8 *b = p;

	icmp6_build_hdr(p, &v);
	memcpy(b + ICMPV6_HLEN, target, IP6_ADDR_LEN);
	memcpy(b + ICMPV6_HLEN + IP6_ADDR_LEN, dest, IP6_ADDR_LEN);
	return NDISC_REDIRECT_LEN;
}

static u8 *opt_begin(void *p, u8 type, size_t len)
{
	u8 *b = p;

	memset(b, 0, len);
	b[0] = type;
	b[1] = (u8)(len / 8);
	return b;
}

size_t ndisc_lladdr_opt_build(void *p, u8 type, const u8 *lladdr)
{
	ether_addr_copy(opt_begin(p, type, NDISC_LLADDR_OPT_LEN) + 2, lladdr);
	return NDISC_LLADDR_OPT_LEN;
}

size_t ndisc_prefix_opt_build(void *p, const struct ndisc_prefix *v)
{
	u8 *b = opt_begin(p, ND_OPT_PREFIX_INFO, NDISC_PREFIX_OPT_LEN);

	b[2] = v->plen;
	b[3] = (u8)((v->onlink ? PREFIX_ONLINK : 0) | (v->autoconf ? PREFIX_AUTOCONF : 0));
	put_be32(b + 4, v->valid_s);
	put_be32(b + 8, v->preferred_s);
	memcpy(b + 16, &v->prefix, IP6_ADDR_LEN);
	return NDISC_PREFIX_OPT_LEN;
}

size_t ndisc_mtu_opt_build(void *p, u32 mtu)
{
	put_be32(opt_begin(p, ND_OPT_MTU, NDISC_MTU_OPT_LEN) + 4, mtu);
	return NDISC_MTU_OPT_LEN;
}

size_t ndisc_rdnss_opt_build(void *p, u32 lifetime_s, const struct ip6_addr *addr)
{
	u8 *b = opt_begin(p, ND_OPT_RDNSS, NDISC_RDNSS_OPT_LEN);

	put_be32(b + 4, lifetime_s);
	memcpy(b + 8, addr, IP6_ADDR_LEN);
	return NDISC_RDNSS_OPT_LEN;
}
