/* SPDX-License-Identifier: MIT */
#include "wire/inet_addr.h"

/* One decimal number of at most max, without leading zeros. NULL: there is none. */
static const char *read_decimal(const char *s, u32 max, u32 *out)
{
	const char *first = s;
	u32 v = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (u32)(*s - '0');
		if (v > max || (s > first && *first == '0'))
			return NULL;
	}
	*out = v;
	return s > first ? s : NULL;
}

/* A dotted quad at the start of s. */
static const char *read_quad(const char *s, be32 *out)
{
	u32 addr = 0, part;

	for (int i = 0; i < 4; i++) {
		if (i && *s++ != '.')
			return NULL;
		s = read_decimal(s, 255, &part);
		if (!s)
			return NULL;
		addr = addr << 8 | part;
	}
	*out = cpu_to_be32(addr);
	return s;
}

bool inet_addr_parse(const char *s, be32 *out)
{
	be32 addr;

	s = read_quad(s, &addr);
	if (!s || *s)
		return false;
	*out = addr;
	return true;
}

bool inet_mask_parse(const char *s, u8 *plen)
{
	const char *end;
	be32 mask;
	u32 n;

	if (inet_addr_parse(s, &mask)) {
		if (!inet_mask_is_contiguous(mask))
			return false;
		*plen = (u8)inet_mask_len(mask);
		return true;
	}
	end = read_decimal(s, 32, &n);
	if (!end || *end)
		return false;
	*plen = (u8)n;
	return true;
}

bool inet_prefix_parse(const char *s, be32 *addr, u8 *plen)
{
	const char *rest;
	u8 len = 32;
	be32 a;

	if (!strcmp(s, "default")) {
		*addr = 0;
		*plen = 0;
		return true;
	}
	rest = read_quad(s, &a);
	if (!rest || (*rest && *rest != '/'))
		return false;
	if (*rest && !inet_mask_parse(rest + 1, &len))
		return false;
	*addr = a;
	*plen = len;
	return true;
}

bool mac_parse(const char *s, u8 mac[ETH_ALEN])
{
	u8 bytes[ETH_ALEN];
	char sep = 0;

	for (int i = 0; i < ETH_ALEN; i++) {
		int hi, lo;

		if (i == 1)
			sep = *s;	/* the first one decides for all */
		if (i && (*s++ != sep || (sep != ':' && sep != '-')))
			return false;
		hi = hex_digit(s[0]);
		lo = hi < 0 ? -1 : hex_digit(s[1]);
		if (lo < 0)
			return false;
		bytes[i] = (u8)(hi << 4 | lo);
		s += 2;
	}
	if (*s)
		return false;
	memcpy(mac, bytes, ETH_ALEN);
	return true;
}

void sb_inet_addr(struct strbuf *sb, be32 addr)
{
	u32 a = be32_to_cpu(addr);

	sb_printf(sb, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

void sb_inet_prefix(struct strbuf *sb, be32 addr, u8 plen)
{
	sb_inet_addr(sb, addr);
	sb_printf(sb, "/%u", plen);
}

void sb_mac(struct strbuf *sb, const u8 mac[ETH_ALEN])
{
	for (int i = 0; i < ETH_ALEN; i++)
		sb_printf(sb, i ? ":%02x" : "%02x", mac[i]);
}

const char *inet_addr_str(be32 addr, char buf[INET_STR_MAX])
{
	struct strbuf sb;

	sb_init(&sb, buf, INET_STR_MAX);
	sb_inet_addr(&sb, addr);
	return buf;
}

const char *inet_prefix_str(be32 addr, u8 plen, char buf[INET_PREFIX_STR_MAX])
{
	struct strbuf sb;

	sb_init(&sb, buf, INET_PREFIX_STR_MAX);
	sb_inet_prefix(&sb, addr, plen);
	return buf;
}

const char *mac_str(const u8 mac[ETH_ALEN], char buf[MAC_STR_MAX])
{
	struct strbuf sb;

	sb_init(&sb, buf, MAC_STR_MAX);
	sb_mac(&sb, mac);
	return buf;
}
