/* SPDX-License-Identifier: MIT */
/*
 * IPv6 addresses (RFC 4291): what one is by its bits, and how people write it (RFC 5952). The
 * struct has the bytes of the wire and alignment 1, so one may be read where it stands in a packet.
 * Its name is not Linux's, since the system's headers have that one.
 */
#ifndef LINNET_WIRE_IP6_ADDR_H
#define LINNET_WIRE_IP6_ADDR_H

#include "base/fmt.h"
#include "wire/wire.h"

#define IP6_ADDR_LEN 16
#define IP6_STR_MAX 46		/* "ffff:" seven times, a dotted quad, NUL */
#define IP6_PREFIX_STR_MAX 50	/* with "/128" */

#undef s6_addr		/* a macro of <netinet/in.h>, for programs that include both */

struct ip6_addr {
	u8 s6_addr[IP6_ADDR_LEN];
} __attribute__((may_alias));

#define IN6ADDR_ANY ((struct ip6_addr){ { 0 } })
#define IN6ADDR_LOOPBACK ((struct ip6_addr){ { [15] = 1 } })
#define IN6ADDR_LINKLOCAL_ALLNODES ((struct ip6_addr){ { 0xff, 0x02, [15] = 1 } })
#define IN6ADDR_LINKLOCAL_ALLROUTERS ((struct ip6_addr){ { 0xff, 0x02, [15] = 2 } })

/* RFC 4291 2.7: the scope of a group; of unicast addresses, RFC 6724 3.1. */
enum {
	IPV6_ADDR_SCOPE_NODELOCAL = 0x1, IPV6_ADDR_SCOPE_LINKLOCAL = 0x2,
	IPV6_ADDR_SCOPE_SITELOCAL = 0x5, IPV6_ADDR_SCOPE_ORGLOCAL = 0x8,
	IPV6_ADDR_SCOPE_GLOBAL = 0xe,
};

/* The bytes as two words, in memory's order: for comparing and hashing. */
static inline u64 ip6_word(const struct ip6_addr *a, unsigned i)
{
	u64 w;

	memcpy(&w, a->s6_addr + 8 * i, sizeof(w));
	return w;
}

/* 32 bits of it, host order; i in 0 .. 3. */
static inline u32 ip6_u32(const struct ip6_addr *a, unsigned i)
{
	return get_be32(a->s6_addr + 4 * i);
}

static inline bool ipv6_addr_equal(const struct ip6_addr *a, const struct ip6_addr *b)
{
	return !((ip6_word(a, 0) ^ ip6_word(b, 0)) | (ip6_word(a, 1) ^ ip6_word(b, 1)));
}

static inline bool ipv6_addr_any(const struct ip6_addr *a)
{
	return !(ip6_word(a, 0) | ip6_word(a, 1));
}

static inline bool ipv6_addr_loopback(const struct ip6_addr *a)
{
	return !ip6_word(a, 0) && !ip6_u32(a, 2) && ip6_u32(a, 3) == 1;
}

static inline bool ipv6_addr_is_multicast(const struct ip6_addr *a)	/* ff00::/8 */
{
	return a->s6_addr[0] == 0xff;
}

static inline bool ipv6_addr_is_linklocal(const struct ip6_addr *a)	/* fe80::/10 */
{
	return (ip6_u32(a, 0) & 0xffc00000u) == 0xfe800000u;
}

static inline bool ipv6_addr_v4mapped(const struct ip6_addr *a)		/* ::ffff:0:0/96 */
{
	return !ip6_word(a, 0) && ip6_u32(a, 2) == 0xffffu;
}

/* What is of a link or less: its interface has to be known too. */
static inline bool ipv6_addr_needs_scope_id(const struct ip6_addr *a)
{
	return ipv6_addr_is_linklocal(a) ||
	       (ipv6_addr_is_multicast(a) &&
		(a->s6_addr[1] & 15) <= IPV6_ADDR_SCOPE_LINKLOCAL);
}

/* IPV6_ADDR_SCOPE_* or another number of a group. */
u8 ipv6_addr_scope(const struct ip6_addr *a);

/* Do the first plen bits agree? plen 0 .. 128. */
bool ipv6_prefix_equal(const struct ip6_addr *a, const struct ip6_addr *b, unsigned plen);

/* How many leading bits agree, 0 .. 128. */
unsigned ipv6_addr_diff(const struct ip6_addr *a, const struct ip6_addr *b);

/* The first plen bits of a; the others are zero. */
struct ip6_addr ipv6_addr_prefix(const struct ip6_addr *a, unsigned plen);

static inline struct ip6_addr ipv6_addr_v4mapped_of(be32 v4)
{
	struct ip6_addr a = { { [10] = 0xff, [11] = 0xff } };

	memcpy(a.s6_addr + 12, &v4, sizeof(v4));
	return a;
}

/* The IPv4 address that is mapped in it. */
static inline be32 ipv6_addr_v4_of(const struct ip6_addr *a)
{
	be32 v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return v4;
}

/* RFC 4291 2.7.1: ff02::1:ff and the last 24 bits. */
static inline struct ip6_addr addrconf_addr_solict_mult(const struct ip6_addr *a)
{
	return (struct ip6_addr){ { 0xff, 0x02, [11] = 1, [12] = 0xff, a->s6_addr[13],
				    a->s6_addr[14], a->s6_addr[15] } };
}

/* RFC 2464 7: 33:33 and the last 32 bits. */
static inline void ipv6_eth_mc_map(const struct ip6_addr *group, u8 mac[6])
{
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, group->s6_addr + 12, 4);
}

/* RFC 4291 appendix A: the link-local address that a MAC makes. */
struct ip6_addr ipv6_linklocal_eui64(const u8 mac[6]);

/* As inet_addr_parse(): the whole string, *out untouched on false. RFC 4291 2.2; no zone. */
bool ip6_addr_parse(const char *s, struct ip6_addr *out) __must_check;

/* "2001:db8::1/64", "2001:db8::1" (= /128), "default" (= ::/0). */
bool ip6_prefix_parse(const char *s, struct ip6_addr *addr, u8 *plen) __must_check;

void sb_ip6_addr(struct strbuf *sb, const struct ip6_addr *a);	/* RFC 5952 4, 5 */
const char *ip6_addr_str(const struct ip6_addr *a, char buf[IP6_STR_MAX]);

#endif
