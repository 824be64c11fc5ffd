/* SPDX-License-Identifier: MIT */
/*
 * FTP (RFC 959, 2428): the client says where it listens (PORT, EPRT), or the server does in an
 * answer (227, 229); the data connection goes there. As Linux's nf_conntrack_ftp: only what begins
 * right behind a newline is read, so that nobody makes such a line out of the middle of another
 * one; a line that is cut off is dropped, and comes again whole. A line that says nothing within
 * LINE_MAX bytes goes through and is not understood.
 */
#include "net/netfilter/nf_conntrack_expect.h"
#include "net/netfilter/nf_conntrack_helper.h"
#include "wire/ipv4.h"
#include "wire/ip6_addr.h"
#include "wire/tcp.h"
#include "wire/tcp_seq.h"

#define LINE_MAX 512u			/* of a command or an answer; no more is looked at */

enum ftp_form { FTP_PORT, FTP_EPRT, FTP_PASV, FTP_EPSV };

struct said {				/* where the data connection goes */
	enum ftp_form form;
	bool v6;
	union nf_inet_addr addr;
	u16 port;
	u32 off, len;			/* of what says it */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- forms of it: each returns the length of what says it, 0: it is not whole, or wrong ---- */

/* n numbers with sep between; term: what must follow, 0: anything. */
static u32 numbers(const char *p, u32 len, u32 *v, u32 n, char sep, char term)
{
	u32 i = 0;

	memset(v, 0, n * sizeof(*v));
	for (u32 at = 0; at < len && i < n; at++) {
		if (is_digit(p[at]))
			v[i] = v[i] * 10 + (u32)(p[at] - '0');
		else if (p[at] == sep)
			i++;
		else
			return (p[at] == term || !term) && i == n - 1 ? at : 0;
	}
	return 0;
}

static be32 addr_of(const u32 v[4])
{
	return cpu_to_be32(v[0] << 24 | v[1] << 16 | v[2] << 8 | v[3]);
}

/* "10,0,1,2,7,208": RFC 959 */
static u32 rfc959(const char *p, u32 len, struct said *s, char term)
{
	u32 v[6], n = numbers(p, len, v, 6, ',', term);

	if (!n)
		return 0;
	s->v6 = false;
	s->addr = (union nf_inet_addr){ .ip = addr_of(v) };
	s->port = (u16)(v[4] << 8 | v[5]);
	return n;
}

/* "2000|": up to the delimiter, which belongs to it. */
static u32 port_up_to(const char *p, u32 start, u32 len, char delim, u16 *port)
{
	u32 v = 0;

	for (u32 i = start; i < len; i++) {
		if (p[i] == delim) {
			*port = (u16)v;
			return v ? i + 1 : 0;
		}
		if (!is_digit(p[i]))
			return 0;
		v = (v * 10 + (u32)(p[i] - '0')) & UINT16_MAX;
	}
	return 0;
}

static bool is_delim(char c)
{
	return !is_digit(c) && c >= 33 && c <= 126;
}

static u32 addr6(const char *p, u32 len, struct said *s, char delim)
{
	char text[64];
	struct ip6_addr a;
	u32 n = 0;

	while (n < len && n + 1 < sizeof(text) && p[n] != delim)
		n++;
	if (n == len || p[n] != delim)
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	if (!ip6_addr_parse(text, &a))
		return 0;
	memcpy(&s->addr, &a, sizeof(s->addr));
	return n;
}

/* "|1|10.0.1.2|2000|", "|2|fd00::1|2000|": RFC 2428 2 */
static u32 eprt(const char *p, u32 len, struct said *s)
{
	u32 v[4], n;

	if (len <= 3 || !is_delim(p[0]) || p[2] != p[0] || p[1] != (s->v6 ? '2' : '1'))
		return 0;
	if (s->v6) {
		n = addr6(p + 3, len - 3, s, p[0]);
	} else {
		n = numbers(p + 3, len - 3, v, 4, '.', p[0]);
		s->addr = (union nf_inet_addr){ .ip = addr_of(v) };
	}
	return n ? port_up_to(p, 3 + n + 1, len, p[0], &s->port) : 0;
}

/* "|||2000|": RFC 2428 3 */
static u32 epsv(const char *p, u32 len, struct said *s)
{
	if (len <= 3 || !is_delim(p[0]) || p[1] != p[0] || p[2] != p[0])
		return 0;
	return port_up_to(p, 3, len, p[0], &s->port);
}

static u32 read_form(const char *p, u32 len, struct said *s)
{
	u32 skip = 0, n;

	switch (s->form) {
	case FTP_PORT:
		return rfc959(p, len, s, '\r');
	case FTP_EPRT:
		return eprt(p, len, s);
	case FTP_EPSV:
		return epsv(p, len, s);
	default:		/* RFC 1123 4.1.2.6: wherever the first digit is */
		while (skip < len && !is_digit(p[skip]))
			skip++;
		n = skip < len ? rfc959(p + skip, len - skip, s, 0) : 0;
		s->off += skip;
		return n;
	}
}

/* ---- lines ---- */

enum found { FOUND_NONE, FOUND_PART, FOUND };

static bool same_word(const char *p, const char *word, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if ((p[i] >= 'a' && p[i] <= 'z' ? p[i] - 32 : p[i]) != word[i])
			return false;
	return true;
}

/* The line begins with this word, and says where, behind `skip`. */
static enum found find(const char *p, u32 len, const char *word, char skip, struct said *s)
{
	u32 n = (u32)strlen(word);

	if (len <= n)
		return same_word(p, word, len) ? FOUND_PART : FOUND_NONE;
	if (!same_word(p, word, n))
		return FOUND_NONE;
	if (skip) {
		while (n < len && p[n] != skip)
			n++;
		if (n++ >= len - 1)
			return FOUND_PART;
	}
	s->off = n;
	s->len = read_form(p + n, len - n, s);
	return s->len ? FOUND : FOUND_PART;
}

static enum found read_line(const char *p, u32 len, enum ip_conntrack_dir dir, struct said *s)
{
	static const struct { u8 form; char word[5], skip; } forms[IP_CT_DIR_MAX][2] = {
		{ { FTP_PORT, "PORT", ' ' }, { FTP_EPRT, "EPRT", ' ' } },
		{ { FTP_PASV, "227 ", 0 }, { FTP_EPSV, "229 ", '(' } },
	};
	const struct said begin = *s;
	enum found f;

	for (u32 i = 0; i < 2; i++) {
		*s = begin;
		s->form = (enum ftp_form)forms[dir][i].form;
		f = find(p, len, forms[dir][i].word, forms[dir][i].skip, s);
		if (f != FOUND_NONE)
			return f;
	}
	return FOUND_NONE;
}

static bool begins_line(const struct nf_ct_ext *x, enum ip_conntrack_dir dir, u32 seq)
{
	for (u32 i = 0; i < x->ftp_lines[dir]; i++)
		if (x->ftp_line[dir][i] == seq)
			return true;
	return false;
}

static void remember_line(struct nf_ct_ext *x, enum ip_conntrack_dir dir, u32 seq)
{
	u32 *line = x->ftp_line[dir], oldest;

	if (begins_line(x, dir, seq))
		return;
	if (x->ftp_lines[dir] < FTP_LINES) {
		line[x->ftp_lines[dir]++] = seq;
		return;
	}
	oldest = !before(line[0], line[1]);
	if (after(seq, line[oldest]))
		line[oldest] = seq;
}

/* ---- NAT ---- */

/* %pI6: all digits. */
static void put_addr6(struct strbuf *sb, const union nf_inet_addr *a)
{
	for (u32 i = 0; i < 16; i += 2)
		sb_printf(sb, "%s%02x%02x", i ? ":" : "", a->ip6[i], a->ip6[i + 1]);
}

/* What is said instead; NF_DROP: no port is free, or no memory. */
static enum nf_verdict translate(const struct nf_ct_payload *p, const struct said *s,
				 struct nf_conntrack_expect *e)
{
	enum ip_conntrack_dir dir = ctinfo2dir(p->info);
	const union nf_inet_addr *to = &nf_ct_tuple(p->ct, !dir)->dst;
	const u8 *a = to->ip6;
	char text[80];
	struct strbuf sb;
	u16 port;

	e->nat = true;
	e->saved_port = e->tuple.dport;
	e->dir = (u8)!dir;
	e->tuple.dst = *to;
	port = nf_nat_expect(p->net, e);
	if (!port)
		return NF_DROP;
	sb_init(&sb, text, sizeof(text));
	if (s->form == FTP_EPSV) {
		sb_printf(&sb, "|||%u|", port);
	} else if (s->form == FTP_EPRT && s->v6) {
		sb_puts(&sb, "|2|");
		put_addr6(&sb, to);
		sb_printf(&sb, "|%u|", port);
	} else if (s->form == FTP_EPRT) {
		sb_printf(&sb, "|1|%u.%u.%u.%u|%u|", a[0], a[1], a[2], a[3], port);
	} else {
		sb_printf(&sb, "%u,%u,%u,%u,%u,%u", a[0], a[1], a[2], a[3], port >> 8, port & 255);
	}
	if (nf_nat_mangle_tcp(p, s->off, s->len, text, (u32)sb.len))
		return NF_ACCEPT;
	nf_ct_expect_cancel(p->net, e);	/* nobody was told of it */
	return NF_DROP;
}

static enum nf_verdict expect(const struct nf_ct_payload *p, const struct said *s)
{
	enum ip_conntrack_dir dir = ctinfo2dir(p->info);
	const struct nf_conntrack_tuple *t = nf_ct_tuple(p->ct, dir);
	const struct nf_conntrack_tuple *back = nf_ct_tuple(p->ct, !dir);
	struct nf_conntrack_expect e;

	/* To somebody else: that opens holes to whom nobody asked (the bounce of RFC 2577 3). */
	if (memcmp(&s->addr, &t->src, sizeof(s->addr)))
		return NF_ACCEPT;
	nf_ct_expect_init(&e, p->ct, &back->src, &back->dst, IP_PROTO_TCP, cpu_to_be16(s->port));
	if (p->ct->status & IPS_NAT_MASK)
		return translate(p, s, &e);
	return nf_ct_expect_related(p->net, &e) ? NF_DROP : NF_ACCEPT;
}

static enum nf_verdict ftp_help(const struct nf_ct_payload *p)
{
	enum ip_conntrack_dir dir = ctinfo2dir(p->info);
	u32 seq = get_be32(p->skb->data + p->protoff + offsetof(struct tcphdr, seq));
	u32 len = p->skb->len - p->dataoff;
	struct nf_ct_ext *x = p->ct->ext;
	enum nf_verdict v = NF_ACCEPT;
	char line[LINE_MAX], last;
	struct said s = { .v6 = nf_ct_tuple(p->ct, dir)->l3num == NFPROTO_IPV6 };

	if ((p->info != IP_CT_ESTABLISHED && p->info != IP_CT_ESTABLISHED_REPLY) ||
	    p->dataoff >= p->skb->len)
		return NF_ACCEPT;
	if (skb_copy_bits(p->skb, p->dataoff, line, min(len, LINE_MAX)) ||
	    skb_copy_bits(p->skb, p->skb->len - 1, &last, 1))
		return NF_ACCEPT;
	if (begins_line(x, dir, seq)) {
		s.addr = nf_ct_tuple(p->ct, dir)->src;
		switch (read_line(line, min(len, LINE_MAX), dir, &s)) {
		case FOUND_PART:	/* of a line that is longer than any, no more comes */
			if (len <= LINE_MAX)
				return NF_DROP;
			break;
		case FOUND:
			v = expect(p, &s);
			break;
		case FOUND_NONE:
			break;
		}
	}
	if (last == '\n')
		remember_line(x, dir, seq + len);
	return v;
}

const struct nf_conntrack_helper nf_conntrack_helper_ftp = {
	.name = "ftp", .protonum = IP_PROTO_TCP, .expect_max = 1, .timeout = 300 * NSEC_PER_SEC,
	.help = ftp_help,
};
