/* SPDX-License-Identifier: MIT */
#include "wire/ip6_addr.h"

#include "wire/inet_addr.h"

u8 ipv6_addr_scope(const struct ip6_addr *a)
{
	if (ipv6_addr_is_multicast(a))
		return a->s6_addr[1] & 15;
	/* RFC 6724 3.1, 3.2: loopback counts as link-local; IPv4's 169.254/16 and 127/8 too. */
	if (ipv6_addr_is_linklocal(a) || ipv6_addr_loopback(a))
		return IPV6_ADDR_SCOPE_LINKLOCAL;
	if ((ip6_u32(a, 0) & 0xffc00000u) == 0xfec00000u)
		return IPV6_ADDR_SCOPE_SITELOCAL;
	if (ipv6_addr_v4mapped(a)) {
		be32 v4 = cpu_to_be32(ip6_u32(a, 3));

		if (ipv4_is_loopback(v4) || ipv4_is_linklocal_169(v4))
			return IPV6_ADDR_SCOPE_LINKLOCAL;
	}
	return IPV6_ADDR_SCOPE_GLOBAL;
}

unsigned ipv6_addr_diff(const struct ip6_addr *a, const struct ip6_addr *b)
{
	for (unsigned i = 0; i < 4; i++) {
		u32 x = ip6_u32(a, i) ^ ip6_u32(b, i);

		if (x)
			return 32 * i + (unsigned)__builtin_clz(x);
	}
	return 128;
}

bool ipv6_prefix_equal(const struct ip6_addr *a, const struct ip6_addr *b, unsigned plen)
{
	return ipv6_addr_diff(a, b) >= plen;
}

struct ip6_addr ipv6_addr_prefix(const struct ip6_addr *a, unsigned plen)
{
	struct ip6_addr p = IN6ADDR_ANY;

	memcpy(p.s6_addr, a->s6_addr, plen / 8);
	if (plen % 8)
		p.s6_addr[plen / 8] = (u8)(a->s6_addr[plen / 8] & 0xff00u >> plen % 8);
	return p;
}

struct ip6_addr ipv6_linklocal_eui64(const u8 mac[6])
{
	return (struct ip6_addr){ { 0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe,
				    mac[3], mac[4], mac[5] } };
}

/* ---- reading ---- */

struct ip6_reader {
	u8 bytes[IP6_ADDR_LEN];
	unsigned n;		/* bytes read */
	unsigned gap;		/* where "::" stood; IP6_ADDR_LEN + 1: nowhere */
};

/* A dotted quad in place of the last two groups. */
static bool read_tail_v4(struct ip6_reader *r, const char *s)
{
	be32 v4;

	if (r->n > IP6_ADDR_LEN - 4 || !inet_addr_parse(s, &v4))
		return false;
	memcpy(r->bytes + r->n, &v4, 4);
	r->n += 4;
	return true;
}

/* One group; the place behind it, or NULL. A quad ends the text. */
static const char *read_group(struct ip6_reader *r, const char *s)
{
	const char *from = s;
	unsigned v = 0;

	for (; hex_digit(*s) >= 0 && s - from < 4; s++)
		v = v << 4 | (unsigned)hex_digit(*s);
	if (*s == '.')
		return read_tail_v4(r, from) ? from + strlen(from) : NULL;
	if (s == from || r->n > IP6_ADDR_LEN - 2)
		return NULL;
	put_be16(r->bytes + r->n, (u16)v);
	r->n += 2;
	return s;
}

static bool read_groups(struct ip6_reader *r, const char *s)
{
	if (s[0] == ':' && s[1] != ':')
		return false;
	if (*s == ':')
		s++;
	while (*s) {
		if (*s == ':') {	/* the second of "::" */
			if (r->gap <= IP6_ADDR_LEN)
				return false;
			r->gap = r->n;
			if (!*++s)
				return true;
		}
		s = read_group(r, s);
		if (!s)
			return false;
		if (!*s)
			return true;
		if (*s++ != ':' || !*s)
			return false;
	}
	return false;
}

bool ip6_addr_parse(const char *s, struct ip6_addr *out)
{
	struct ip6_reader r = { .gap = IP6_ADDR_LEN + 1 };
	unsigned tail;

	if (!read_groups(&r, s))
		return false;
	if (r.gap > IP6_ADDR_LEN) {
		if (r.n != IP6_ADDR_LEN)
			return false;
		memcpy(out->s6_addr, r.bytes, IP6_ADDR_LEN);
		return true;
	}
	if (r.n == IP6_ADDR_LEN)
		return false;		/* "::" stands for one group at least */
	tail = r.n - r.gap;
	memset(out->s6_addr, 0, IP6_ADDR_LEN);
	memcpy(out->s6_addr, r.bytes, r.gap);
	memcpy(out->s6_addr + IP6_ADDR_LEN - tail, r.bytes + r.gap, tail);
	return true;
}

bool ip6_prefix_parse(const char *s, struct ip6_addr *addr, u8 *plen)
{
	char text[IP6_STR_MAX];
	size_t n = strcspn(s, "/");
	struct ip6_addr a;
	u64 len = 128;

	if (!strcmp(s, "default")) {
		*addr = IN6ADDR_ANY;
		*plen = 0;
		return true;
	}
	if (n >= sizeof(text) || (s[n] && !parse_u64(s + n + 1, 128, &len)))
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	if (!ip6_addr_parse(text, &a))
		return false;
	*addr = a;
	*plen = (u8)len;
	return true;
}

/* ---- writing ---- */

/* RFC 5952 4.2: the first of the longest runs of two or more zero groups. */
static unsigned longest_zeros(const struct ip6_addr *a, unsigned *at)
{
	unsigned best = 1, run = 0;

	*at = 8;
	for (unsigned i = 0; i < 8; i++) {
		run = get_be16(a->s6_addr + 2 * i) ? 0 : run + 1;
		if (run > best) {
			best = run;
			*at = i + 1 - run;
		}
	}
	return best;
}

void sb_ip6_addr(struct strbuf *sb, const struct ip6_addr *a)
{
	unsigned at, zeros = longest_zeros(a, &at);
	be32 v4;

	if (ipv6_addr_v4mapped(a)) {	/* RFC 5952 5 */
		memcpy(&v4, a->s6_addr + 12, 4);
		sb_puts(sb, "::ffff:");
		sb_inet_addr(sb, v4);
		return;
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == at) {
			sb_puts(sb, "::");
			i += zeros - 1;
			continue;
		}
		if (i && i != at + zeros)
			sb_putc(sb, ':');
		sb_printf(sb, "%x", get_be16(a->s6_addr + 2 * i));
	}
}

const char *ip6_addr_str(const struct ip6_addr *a, char buf[IP6_STR_MAX])
{
	struct strbuf sb;

	sb_init(&sb, buf, IP6_STR_MAX);
	sb_ip6_addr(&sb, a);
	return buf;
}
