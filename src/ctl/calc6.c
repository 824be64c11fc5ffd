/* SPDX-License-Identifier: MIT */
#include "ctl/calc.h"

/* As IANA's registry of special addresses has them (RFC 6890), longest prefix first. */
static const struct {
	struct ip6_addr addr;
	u8 plen;
	char text[56];
} blocks[] = {
	{ { { 0 } }, 128, "unspecified (RFC 4291)" },
	{ { { [15] = 1 } }, 128, "loopback (RFC 4291)" },
	{ { { [10] = 0xff, [11] = 0xff } }, 96, "an IPv4 address, mapped (RFC 4291)" },
	{ { { 0, 0x64, 0xff, 0x9b } }, 96, "IPv4 behind NAT64 (RFC 6052)" },
	{ { { 1 } }, 64, "to be discarded (RFC 6666)" },
	{ { { 0, 0x64, 0xff, 0x9b, 0, 1 } }, 48, "IPv4 behind a NAT64 of one's own (RFC 8215)" },
	{ { { 0x20, 1, 0, 2 } }, 48, "for benchmarks (RFC 5180)" },
	{ { { 0x20, 1 } }, 32, "Teredo (RFC 4380)" },
	{ { { 0x20, 1, 0x0d, 0xb8 } }, 32, "for documentation (RFC 3849)" },
	{ { { 0x20, 1, 0, 0x20 } }, 28, "no locator: ORCHIDv2 (RFC 7343)" },
	{ { { 0x3f, 0xff } }, 20, "for documentation (RFC 9637)" },
	{ { { 0x20, 2 } }, 16, "6to4 (RFC 3056)" },
	{ { { 0xfe, 0x80 } }, 10, "link-local (RFC 4291)" },
	{ { { 0xfe, 0xc0 } }, 10, "site-local, given up (RFC 3879)" },
	{ { { 0xff } }, 8, "multicast (RFC 4291)" },
	{ { { 0xfc } }, 7, "unique local (RFC 4193)" },
	{ { { 0x20 } }, 3, "global" },
	{ { { 0 } }, 0, "reserved (RFC 4291)" },
};

static const char *block_text(const struct ip6_addr *a)
{
	size_t i = 0;

	while (!ipv6_prefix_equal(a, &blocks[i].addr, blocks[i].plen))
		i++;		/* the last one fits all */
	return blocks[i].text;
}

/* RFC 7346 2 */
static const char *scope_text(const struct ip6_addr *a)
{
	static const char *const names[16] = {
		[1] = "of the interface", [2] = "of the link", [3] = "of the realm",
		[4] = "of the administrator's domain", [5] = "of the site",
		[8] = "of the organization", [14] = "global",
	};

	return names[a->s6_addr[1] & 15];
}

static const char *note(const struct ip6_addr *a, const struct ip6_addr *host, u8 plen)
{
	if (ipv6_addr_is_multicast(a))
		return scope_text(a);
	if (plen == 127)
		return "a link between two (RFC 6164)";
	if (plen < 127 && ipv6_addr_any(host) && !ipv6_addr_any(a))
		return "the anycast address of the network's routers (RFC 4291 2.6.1)";
	return NULL;
}

static void put_addr(struct calc_out *o, const char *name, const char *key,
		     const struct ip6_addr *a)
{
	char text[IP6_STR_MAX];

	calc_row(o, name, key, ip6_addr_str(a, text), NULL);
}

static void put_mac(struct calc_out *o, const char *name, const char *key, const u8 mac[6])
{
	char text[18];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	for (unsigned i = 0; i < 6; i++)
		sb_printf(&sb, "%s%02x", i ? ":" : "", mac[i]);
	calc_row(o, name, key, text, NULL);
}

static void put_expanded(struct calc_out *o, const struct ip6_addr *a)
{
	char text[40];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	for (unsigned i = 0; i < 8; i++)
		sb_printf(&sb, "%s%04x", i ? ":" : "", get_be16(a->s6_addr + 2 * i));
	calc_row(o, "Expanded", "expanded", text, NULL);
}

/* RFC 3596 2.5: of the first n nibbles. */
static void put_reverse(struct calc_out *o, const char *name, const char *key,
			const struct ip6_addr *a, unsigned n)
{
	char text[80];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	while (n--)
		sb_printf(&sb, "%x.", a->s6_addr[n / 2] >> (n % 2 ? 0 : 4) & 15);
	sb_puts(&sb, "ip6.arpa");
	calc_row(o, name, key, text, NULL);
}

static void put_count(struct calc_out *o, u8 plen)
{
	char text[8];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	sb_printf(&sb, plen == 128 ? "1" : "2^%u", 128 - plen);
	calc_row(o, "Addresses", "addresses", text, NULL);
}

/* RFC 4291 appendix A, where "fffe" in the middle shows it. */
static void put_eui64(struct calc_out *o, const struct ip6_addr *a)
{
	const u8 *id = a->s6_addr + 8;
	u8 mac[6] = { id[0] ^ 2, id[1], id[2], id[5], id[6], id[7] };

	if (id[3] == 0xff && id[4] == 0xfe)
		put_mac(o, "EUI-64 of", "eui64_mac", mac);
}

/* The group of neighbour discovery, or a group's own MAC. */
static void put_groups(struct calc_out *o, const struct ip6_addr *a)
{
	struct ip6_addr group = *a;
	u8 mac[6];

	if (!ipv6_addr_is_multicast(a)) {
		group = addrconf_addr_solict_mult(a);
		put_addr(o, "Solicited", "solicited_node", &group);
	}
	ipv6_eth_mc_map(&group, mac);
	put_mac(o, "Group's MAC", "group_mac", mac);
}

void calc6(struct calc_out *o, const struct ip6_addr *addr, u8 plen)
{
	struct ip6_addr mask, prefix = ipv6_addr_prefix(addr, plen), host, last, ones;
	char text[IP6_PREFIX_STR_MAX];
	struct strbuf sb;

	memset(&ones, 0xff, sizeof(ones));
	mask = ipv6_addr_prefix(&ones, plen);
	for (unsigned i = 0; i < IP6_ADDR_LEN; i++) {
		host.s6_addr[i] = addr->s6_addr[i] & (u8)~mask.s6_addr[i];
		last.s6_addr[i] = prefix.s6_addr[i] | (u8)~mask.s6_addr[i];
	}
	put_addr(o, "Address", "address", addr);
	put_expanded(o, addr);
	if (o->js)
		json_uint(o->js, "prefixlen", plen);
	sb_init(&sb, text, sizeof(text));
	sb_ip6_addr(&sb, &prefix);
	sb_printf(&sb, "/%u", plen);
	calc_row(o, "Prefix", "prefix", text, NULL);
	put_addr(o, "Mask", "mask", &mask);
	put_addr(o, "First", "first", &prefix);
	put_addr(o, "Last", "last", &last);
	put_count(o, plen);
	put_addr(o, "Host", "host", &host);
	put_eui64(o, addr);
	put_groups(o, addr);
	put_reverse(o, "Reverse", "reverse", addr, 32);
	if (plen < 128 && plen % 4 == 0)
		put_reverse(o, "Its zone", "reverse_zone", &prefix, plen / 4);
	calc_row(o, "Kind", "kind", block_text(addr), note(addr, &host, plen));
}
