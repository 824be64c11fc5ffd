/* SPDX-License-Identifier: MIT */
#include "ctl/nft_value.h"

#include "ctl/nft_types.h"
#include "device/netdevice.h"
#include "wire/inet_addr.h"
#include "wire/ip6_addr.h"

/* ---- numbers ---- */

bool nft_number_parse(const char *word, u64 *v)
{
	return parse_u64(word, UINT64_MAX, v);
}

static bool put_number(u8 *to, u32 len, u64 v)
{
	if (len < 8 && v >> (8 * len))
		return false;
	for (u32 i = len; i-- > 0; v >>= 8)
		to[i] = (u8)v;
	return true;
}

static u64 get_number(const u8 *p, u32 len)
{
	u64 v = 0;

	for (u32 i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

/* ---- times ---- */

static const struct {
	char unit[4];
	s64 ns;
} units[] = {
	{ "w", 7 * 86400 * NSEC_PER_SEC }, { "d", 86400 * NSEC_PER_SEC },
	{ "h", 3600 * NSEC_PER_SEC }, { "ms", NSEC_PER_MSEC }, { "m", 60 * NSEC_PER_SEC },
	{ "s", NSEC_PER_SEC },
};

bool nft_time_parse(const char *word, s64 *ns)
{
	s64 sum = 0, n;
	size_t u;

	if (!*word)
		return false;
	while (*word) {
		if (*word < '0' || *word > '9')
			return false;
		for (n = 0; *word >= '0' && *word <= '9' && n < 1000000000; word++)
			n = n * 10 + (*word - '0');
		for (u = 0; u < ARRAY_SIZE(units); u++)
			if (!strncmp(word, units[u].unit, strlen(units[u].unit)))
				break;
		if (!*word) {
			sum += n * NSEC_PER_SEC;	/* a bare number: seconds */
			break;
		}
		if (u == ARRAY_SIZE(units) || n > INT64_MAX / 4 / units[u].ns)
			return false;
		sum += n * units[u].ns;
		word += strlen(units[u].unit);
	}
	*ns = sum;
	return true;
}

void nft_time_print(struct strbuf *out, s64 ns)
{
	static const struct { char unit[3]; s64 ns; } steps[] = {
		{ "d", 86400 * NSEC_PER_SEC }, { "h", 3600 * NSEC_PER_SEC },
		{ "m", 60 * NSEC_PER_SEC }, { "s", NSEC_PER_SEC }, { "ms", NSEC_PER_MSEC },
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (ns < steps[i].ns)
			continue;
		sb_printf(out, "%lld%s", (long long)(ns / steps[i].ns), steps[i].unit);
		ns %= steps[i].ns;
		any = true;
	}
	if (!any)
		sb_puts(out, "0s");
}

/* ---- values ---- */

static bool parse_name(const char *word, u8 *to)
{
	size_t len = strlen(word);

	if (!len || len >= NFT_VALUE_MAX)
		return false;
	memset(to, 0, NFT_VALUE_MAX);
	memcpy(to, word, len);
	return true;
}

/* "1:2", in hexadecimal. */
static bool parse_classid(const char *word, u8 *to, u32 len)
{
	u32 part[2] = { 0, 0 }, n = 0, digits = 0;

	for (; *word; word++) {
		int d = hex_digit(*word);

		if (*word == ':' && !n) {
			n = 1;
			digits = 0;
		} else if (d < 0 || ++digits > 4) {
			return false;
		} else {
			part[n] = part[n] << 4 | (u32)d;
		}
	}
	return n && put_number(to, len, part[0] << 16 | part[1]);
}

/* Decimal, or hexadecimal of any length. */
static bool parse_raw(const char *word, u8 *to, u32 len)
{
	size_t n;
	u64 v;

	if (word[0] != '0' || (word[1] | 32) != 'x')
		return nft_number_parse(word, &v) && put_number(to, len, v);
	for (word += 2; *word == '0' && word[1]; word++)
		;
	n = strlen(word);
	if (!n || n > len * 2)
		return false;
	memset(to, 0, len);
	for (size_t i = len * 2 - n; *word; word++, i++) {
		int d = hex_digit(*word);

		if (d < 0)
			return false;
		to[i / 2] |= (u8)(i % 2 ? d : d << 4);
	}
	return true;
}

static void print_raw(struct strbuf *out, const u8 *v, u32 len)
{
	u32 i = 0;

	while (i + 1 < len && !v[i])
		i++;
	sb_printf(out, "0x%x", v[i]);
	while (++i < len)
		sb_printf(out, "%02x", v[i]);
}

/* A bit by its number, as labels have them: 0 is the lowest. */
static bool parse_bit(const char *word, u8 *to, u32 len)
{
	u64 bit;

	if (!nft_number_parse(word, &bit) || bit >= 8 * len)
		return false;
	memset(to, 0, len);
	to[len - 1 - bit / 8] = (u8)BIT(bit % 8);
	return true;
}

static void print_bits(struct strbuf *out, const u8 *v, u32 len, const char *between)
{
	const char *sep = "";

	for (u32 i = 0; i < len * 8; i++)
		if (v[len - 1 - i / 8] & BIT(i % 8)) {
			sb_printf(out, "%s%u", sep, i);
			sep = between;
		}
	if (!*sep)
		sb_puts(out, "0x0");
}

static bool parse_by_base(const struct net *net, u8 base, const char *word, u8 *to, u32 len)
{
	const struct net_device *dev;
	be32 a;
	s64 ns;
	u64 v;

	switch (base) {
	case NFT_WRITE_ADDR4:
		if (!inet_addr_parse(word, &a))
			return false;
		memcpy(to, &a, 4);
		return true;
	case NFT_WRITE_ADDR6:
		return ip6_addr_parse(word, (struct ip6_addr *)(void *)to);
	case NFT_WRITE_MAC:
		return mac_parse(word, to);
	case NFT_WRITE_NAME:
		return parse_name(word, to);
	case NFT_WRITE_INDEX:
		dev = dev_get_by_name(net, word);
		if (dev)
			return put_number(to, len, (u32)dev->ifindex);
		break;
	case NFT_WRITE_TIME:
		return nft_time_parse(word, &ns) && put_number(to, len, (u64)(ns / NSEC_PER_MSEC));
	case NFT_WRITE_CLASSID:
		return parse_classid(word, to, len);
	case NFT_WRITE_RAW:
		return parse_raw(word, to, len);
	case NFT_WRITE_BITS:
		return parse_bit(word, to, len);
	case NFT_WRITE_NONE:
		return false;
	default:
		break;
	}
	return nft_number_parse(word, &v) && put_number(to, len, v);
}

bool nft_value_parse(const struct net *net, enum nft_type type, const char *word, u8 *to, u32 len)
{
	const struct nft_symbol *s = nft_types[type].symbols;

	for (; s && *s->name; s++)
		if (!strcmp(s->name, word))
			return put_number(to, len, s->value);
	return parse_by_base(net, nft_types[type].base, word, to, len);
}

static const char *symbol_of(enum nft_type type, u64 v)
{
	const struct nft_symbol *s = nft_types[type].numeric ? NULL : nft_types[type].symbols;

	for (; s && *s->name; s++)
		if (s->value == v)
			return s->name;
	return NULL;
}

void nft_flags_print(struct strbuf *out, enum nft_type type, const u8 *bytes, u32 len,
		     const char *between)
{
	u64 v = get_number(bytes, len);
	const char *sep = "";
	bool none = !v;

	if (nft_types[type].base == NFT_WRITE_BITS) {
		print_bits(out, bytes, len, between);
		return;
	}
	for (u32 i = 0; i < 32; i++) {
		const char *name = v & BIT(i) ? symbol_of(type, BIT(i)) : NULL;

		if (!name)
			continue;
		sb_printf(out, "%s%s", sep, name);
		sep = between;
		v &= ~(u64)BIT(i);
	}
	if (v || none)
		sb_printf(out, "%s0x%llx", sep, (unsigned long long)v);
}

static void print_by_base(const struct net *net, struct strbuf *out, u8 base, const u8 *v, u32 len)
{
	struct ip6_addr a6;
	const struct net_device *dev;
	be32 a;

	switch (base) {
	case NFT_WRITE_ADDR4:
		memcpy(&a, v, 4);
		sb_inet_addr(out, a);
		break;
	case NFT_WRITE_ADDR6:
		memcpy(&a6, v, sizeof(a6));
		sb_ip6_addr(out, &a6);
		break;
	case NFT_WRITE_MAC:
		sb_mac(out, v);
		break;
	case NFT_WRITE_NAME:
		sb_printf(out, "\"%.*s\"", (int)len, (const char *)v);
		break;
	case NFT_WRITE_INDEX:
		dev = dev_get_by_index(net, (int)get_number(v, len));
		if (dev)
			sb_printf(out, "\"%s\"", dev->name);
		else
			sb_printf(out, "%llu", (unsigned long long)get_number(v, len));
		break;
	case NFT_WRITE_TIME:
		nft_time_print(out, (s64)get_number(v, len) * NSEC_PER_MSEC);
		break;
	case NFT_WRITE_CLASSID:
		sb_printf(out, "%x:%x", get_be16(v), get_be16(v + 2));
		break;
	case NFT_WRITE_RAW:
		print_raw(out, v, len);
		break;
	case NFT_WRITE_HEX:
		sb_printf(out, "0x%0*llx", (int)len * 2, (unsigned long long)get_number(v, len));
		break;
	default:
		sb_printf(out, "%llu", (unsigned long long)get_number(v, len));
		break;
	}
}

void nft_value_print(const struct net *net, struct strbuf *out, enum nft_type type, const u8 *v,
		     u32 len)
{
	const char *name;

	if (nft_types[type].flags) {
		nft_flags_print(out, type, v, len, ",");
		return;
	}
	name = nft_types[type].symbols && len <= 8 ? symbol_of(type, get_number(v, len)) : NULL;
	if (name)
		sb_printf(out, type == NFT_TYPE_DEVGROUP ? "\"%s\"" : "%s", name);
	else
		print_by_base(net, out, nft_types[type].base, v, len);
}

void nft_number_print(const struct net *net, struct strbuf *out, enum nft_type type, const u8 *v,
		      u32 len)
{
	print_by_base(net, out, nft_types[type].base, v, len);
}

void nft_value_names(struct strbuf *out, enum nft_type type)
{
	const char *sep = "";

	for (const struct nft_symbol *s = nft_types[type].symbols; s && *s->name; s++) {
		sb_printf(out, "%s%s", sep, s->name);
		sep = ", ";
	}
}
