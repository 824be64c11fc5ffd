/* SPDX-License-Identifier: MIT */
/* DNS as tcpdump shows it (RFC 1035 4.1): the head, then the question, or the answers. */
#include "wire/dissect_app.h"
#include "wire/dissect_l4.h"
#include "wire/inet_addr.h"

#define HEAD_LEN 12
#define NAME_MAX_BYTES 255
#define TEXT_MAX 2000		/* of a line; many records may point at one long name */

enum { CLASS_IN = 1, CLASS_CHAOS = 3, CLASS_ANY = 255 };
enum {
	TYPE_A = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_PTR = 12, TYPE_MX = 15, TYPE_TXT = 16,
	TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_DNAME = 39, TYPE_OPT = 41,
};

struct msg {
	const u8 *p;
	size_t len;		/* bytes that are here */
	bool verbose;
};

static const char *type_name(u16 type)
{
	static const struct {
		u16 type;
		char name[8];
	} names[] = {
		{ TYPE_A, "A" }, { TYPE_NS, "NS" }, { TYPE_CNAME, "CNAME" }, { 6, "SOA" },
		{ TYPE_PTR, "PTR" }, { 13, "HINFO" }, { TYPE_MX, "MX" }, { TYPE_TXT, "TXT" },
		{ TYPE_AAAA, "AAAA" }, { TYPE_SRV, "SRV" }, { 35, "NAPTR" },
		{ TYPE_DNAME, "DNAME" }, { TYPE_OPT, "OPT" }, { 43, "DS" }, { 44, "SSHFP" },
		{ 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 50, "NSEC3" }, { 99, "SPF" },
		{ 251, "IXFR" }, { 252, "AXFR" }, { 255, "ANY" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

static void put_type(struct strbuf *sb, u16 type)
{
	if (type_name(type))
		sb_printf(sb, " %s", type_name(type));
	else
		sb_printf(sb, " Type%u", type);
}

static void put_class(struct strbuf *sb, u16 class)
{
	if (class == CLASS_CHAOS)
		sb_puts(sb, " CHAOS");
	else if (class == CLASS_ANY)
		sb_puts(sb, " ANY");
	else if (class != CLASS_IN)
		sb_printf(sb, " (Class %u)", class);
}

/* As cat -v shows it. */
static void put_char(struct strbuf *sb, u8 c)
{
	if (c >= 0x80)
		sb_puts(sb, "M-");
	c &= 0x7f;
	if (c < 0x20 || c == 0x7f) {
		sb_putc(sb, '^');
		c ^= 0x40;
	}
	sb_putc(sb, (char)c);
}

/* Behind the name at that place; 0: it does not end here. */
static size_t skip_name(const struct msg *m, size_t at)
{
	while (at < m->len) {
		u8 n = m->p[at];

		if (n >= 0xc0)
			return at + 2 <= m->len ? at + 2 : 0;
		if (n >= 0x40)
			return 0;
		at += 1u + n;
		if (!n)
			return at;
	}
	return 0;
}

/* " example.org."; a pointer goes back, each further than the one before it (RFC 1035 4.1.4).
 * False: there is none. */
static bool put_name(struct strbuf *sb, const struct msg *m, size_t at)
{
	size_t lowest = at, total = 0;

	sb_putc(sb, ' ');
	if (at < m->len && !m->p[at])
		sb_putc(sb, '.');
	while (at < m->len && m->p[at]) {
		u8 n = m->p[at];

		if (n >= 0xc0) {
			size_t to = at + 2 <= m->len ? get_be16(m->p + at) & 0x3fff : lowest;

			if (to >= lowest) {
				sb_puts(sb, "<BAD PTR>");
				return false;
			}
			at = lowest = to;
			continue;
		}
		total += n + 1u;
		if (n >= 0x40 || at + 1 + n > m->len || total > NAME_MAX_BYTES)
			return false;
		for (u8 i = 1; i <= n; i++)
			put_char(sb, m->p[at + i]);
		sb_putc(sb, '.');
		at += 1u + n;
	}
	return at < m->len;
}

/* " A? example.org."; behind it, or 0. */
static size_t put_question(struct strbuf *sb, const struct msg *m, size_t at)
{
	size_t end = skip_name(m, at);

	if (!end || end + 4 > m->len)
		return 0;
	put_type(sb, get_be16(m->p + end));
	put_class(sb, get_be16(m->p + end + 2));
	sb_putc(sb, '?');
	return put_name(sb, m, at) ? end + 4 : 0;
}

static bool put_strings(struct strbuf *sb, const struct msg *m, size_t at, size_t end)
{
	while (at < end) {
		u8 n = m->p[at++];

		if (at + n > end)
			return false;
		sb_puts(sb, " \"");
		for (u8 i = 0; i < n; i++)
			put_char(sb, m->p[at + i]);
		sb_putc(sb, '"');
		at += n;
	}
	return true;
}

/* What a record says, of the types that people ask for. False: it is cut. */
static bool put_data(struct strbuf *sb, const struct msg *m, u16 type, size_t at, size_t len)
{
	const u8 *p = m->p + at;
	struct ip6_addr addr6;

	switch (type) {
	case TYPE_A:
		if (len < 4)
			return false;
		sb_putc(sb, ' ');
		sb_inet_addr(sb, cpu_to_be32(get_be32(p)));
		return true;
	case TYPE_AAAA:
		if (len < sizeof(addr6))
			return false;
		memcpy(&addr6, p, sizeof(addr6));
		sb_putc(sb, ' ');
		sb_ip6_addr(sb, &addr6);
		return true;
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_PTR:
	case TYPE_DNAME:
		return put_name(sb, m, at);
	case TYPE_MX:
		if (len < 3 || !put_name(sb, m, at + 2))
			return false;
		sb_printf(sb, " %u", get_be16(p));
		return true;
	case TYPE_SRV:
		if (len < 7 || !put_name(sb, m, at + 6))
			return false;
		sb_printf(sb, ":%u %u %u", get_be16(p + 4), get_be16(p), get_be16(p + 2));
		return true;
	case TYPE_TXT:
		return put_strings(sb, m, at, at + len);
	}
	return true;
}

/* Behind the record at that place; 0: it is cut. */
static size_t put_record(struct strbuf *sb, const struct msg *m, size_t at)
{
	size_t name = at, len;
	u16 type, class;

	at = skip_name(m, at);
	if (!at || at + 10 > m->len)
		return 0;
	type = get_be16(m->p + at);
	class = get_be16(m->p + at + 2);
	len = get_be16(m->p + at + 8);
	if (m->verbose && !put_name(sb, m, name))
		return 0;
	if (type != TYPE_OPT)
		put_class(sb, class);
	if (m->verbose && type != TYPE_OPT) {
		sb_puts(sb, " [");
		dissect_put_seconds(sb, get_be32(m->p + at + 4));
		sb_putc(sb, ']');
	}
	put_type(sb, type);
	if (type == TYPE_OPT)
		sb_printf(sb, " UDPsize=%u", class);
	at += 10;
	if (at + len > m->len || !put_data(sb, m, type, at, len))
		return 0;
	return at + len;
}

static void put_opcode(struct strbuf *sb, u8 opcode)
{
	static const char names[][8] = { "", " inv_q", " stat", " op3", " notify", " update" };

	if (opcode < ARRAY_SIZE(names))
		sb_puts(sb, names[opcode]);
	else
		sb_printf(sb, " op%u", opcode);
}

static void put_rcode(struct strbuf *sb, u8 rcode)
{
	static const char names[][10] = {
		"", " FormErr", " ServFail", " NXDomain", " NotImp", " Refused", " YXDomain",
		" YXRRSet", " NXRRSet", " NotAuth", " NotZone",
	};

	if (rcode < ARRAY_SIZE(names))
		sb_puts(sb, names[rcode]);
	else
		sb_printf(sb, " Resp%u", rcode);
}

/* The questions are behind the head; false: cut. */
static bool put_request(struct strbuf *sb, const struct msg *m)
{
	static const char what[][4] = { "q", "a", "n", "au" };
	u16 flags = get_be16(m->p + 2);
	size_t at = HEAD_LEN;

	sb_printf(sb, "%s%s", flags & 0x100 ? "+" : "", flags & 0x10 ? "%" : "");
	if (flags & 0x6cf)
		sb_printf(sb, " [b2&3=0x%x]", flags);
	for (unsigned i = 0; i < ARRAY_SIZE(what); i++) {
		static const u8 order[] = { 1, 0, 2, 3 };	/* as tcpdump has them */
		u16 n = get_be16(m->p + 4 + 2 * order[i]);

		if (n != (order[i] == 0))
			sb_printf(sb, " [%u%s]", n, what[order[i]]);
	}
	for (u16 n = get_be16(m->p + 4); n && sb->len < TEXT_MAX; n--) {
		at = put_question(sb, m, at);
		if (!at)
			return false;
	}
	return true;
}

/* " 1/0/0 A 192.0.2.80"; false: cut. */
static bool put_response(struct strbuf *sb, const struct msg *m)
{
	u16 flags = get_be16(m->p + 2), questions = get_be16(m->p + 4), n;
	size_t at = HEAD_LEN;

	put_rcode(sb, flags & 0xf);
	sb_printf(sb, "%s%s%s%s", flags & 0x400 ? "*" : "", flags & 0x80 ? "" : "-",
		  flags & 0x200 ? "|" : "", flags & 0x20 ? "$" : "");
	if (questions != 1)
		sb_printf(sb, " [%uq]", questions);
	n = get_be16(m->p + 6);
	sb_printf(sb, " %u/%u/%u", n, get_be16(m->p + 8), get_be16(m->p + 10));
	for (; questions; questions--) {
		at = skip_name(m, at);
		if (!at || at + 4 > m->len)
			return false;
		at += 4;
	}
	for (; n && sb->len < TEXT_MAX; n--) {
		at = put_record(sb, m, at);
		if (!at)
			return false;
		if (n > 1)
			sb_putc(sb, ',');
	}
	return true;
}

void dissect_put_dns(struct strbuf *sb, const u8 *p, size_t len, size_t payload, bool verbose)
{
	struct msg m = { p, len, verbose };
	u16 flags;
	bool whole;

	if (len < payload && len < HEAD_LEN) {
		sb_puts(sb, "[|domain]");
		return;
	}
	if (len < HEAD_LEN) {
		sb_printf(sb, "domain [length %zu < %u] (invalid)", payload, HEAD_LEN);
		return;
	}
	flags = get_be16(p + 2);
	sb_printf(sb, "%u", get_be16(p));
	put_opcode(sb, flags >> 11 & 0xf);
	whole = flags & 0x8000 ? put_response(sb, &m) : put_request(sb, &m);
	if (!whole)
		sb_puts(sb, " [|domain]");
	else if (sb->len >= TEXT_MAX)
		sb_puts(sb, " ...");
	else
		sb_printf(sb, " (%zu)", payload);
}

void dissect_put_dns_tcp(struct strbuf *sb, const u8 *p, size_t len, size_t payload, bool verbose)
{
	if (payload < 2)
		sb_printf(sb, "[DNS over TCP: length %zu < 2] (invalid)", payload);
	else if (len < 2)
		sb_puts(sb, "[|domain]");
	else if (get_be16(p) != payload - 2)
		sb_printf(sb, "[prefix length(%u) != length(%zu)] (invalid)", get_be16(p),
			  payload - 2);
	else
		dissect_put_dns(sb, p + 2, len - 2, payload - 2, verbose);
}
