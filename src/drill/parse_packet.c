/* SPDX-License-Identifier: MIT */
#include <ctype.h>

#include "drill/parse.h"
#include "drill/sign.h"

/* ---- [ect0], [tos 0x10, ttl 32] ---- */

static bool ip_item(struct parser *p, struct packet *k)
{
	static const struct { const char *name; u8 ecn; bool any; } ecns[] = {
		{ "noecn", 0, false }, { "ect1", 1, false }, { "ect0", 2, false },
		{ "ce", 3, false }, { "ect01", 2, true },
	};
	u64 v;

	for (size_t i = 0; i < ARRAY_SIZE(ecns); i++) {
		if (!parse_word(p, ecns[i].name))
			continue;
		k->ecn = ecns[i].ecn;
		k->has |= HAS_ECN | (ecns[i].any ? ANY_ECT : 0);
		return true;
	}
	if (parse_word(p, "again")) {
		k->has |= SAME_PORT;
		return true;
	}
	if (parse_word(p, "tos")) {
		k->has |= HAS_TOS;
		if (!parse_number(p, 255, "tos", &v))
			return false;
		k->tos = (u8)v;
		return true;
	}
	if (parse_word(p, "ttl")) {
		k->has |= HAS_TTL;
		if (!parse_number(p, 255, "ttl", &v))
			return false;
		k->ttl = (u8)v;
		return true;
	}
	if (parse_word(p, "flowlabel")) {
		k->has |= HAS_FLOW;
		if (!parse_number(p, 0xfffff, "flowlabel", &v))
			return false;
		k->flow = (u32)v;
		return true;
	}
	if (token_word(p->t, "df") || token_word(p->t, "nodf")) {
		k->has |= HAS_DF;
		k->df = token_word(p->t++, "df");
		return true;
	}
	if (!k->inbound && parse_word(p, "newid")) {
		k->has |= NEW_IP_ID;
		return true;
	}
	return parse_expected(p, "noecn, ect0, ect1, ect01, ce, tos, ttl, flowlabel, df, nodf, "
			      "newid or again");
}

static bool parse_ip(struct parser *p, struct packet *k, char close)
{
	do {
		if (!ip_item(p, k))
			return false;
	} while (parse_punct(p, ','));
	return parse_need(p, close);
}

/* ---- options ---- */

static bool opt_number(struct parser *p, struct tcp_opt *o, unsigned i, u64 most, const char *what)
{
	u64 v = 0;

	if (parse_punct(p, '*')) {
		o->any |= (u8)BIT(i);
		return true;
	}
	if (!parse_number(p, most, what, &v))
		return false;
	o->v[i] = (u32)v;
	return true;
}

static bool opt_sack(struct parser *p, struct tcp_opt *o)
{
	while (p->t->kind == TOKEN_WORD && o->n < 4) {
		if (!opt_number(p, o, o->n * 2u, UINT32_MAX, "a sequence number") ||
		    !parse_need(p, ':') ||
		    !opt_number(p, o, o->n * 2u + 1, UINT32_MAX, "a sequence number"))
			return false;
		o->n++;
	}
	return o->n || parse_expected(p, "first:last of a SACK block");
}

static bool opt_ts(struct parser *p, struct tcp_opt *o)
{
	if (!parse_word(p, "val"))
		return parse_expected(p, "val");
	if (!opt_number(p, o, 0, UINT32_MAX, "a timestamp"))
		return false;
	if (!parse_word(p, "ecr"))
		return parse_expected(p, "ecr");
	return opt_number(p, o, 1, UINT32_MAX, "a timestamp");
}

#define OPT_HEX_MAX 16 /* bytes of a cookie, of a signature */

static bool opt_hex(struct parser *p, struct tcp_opt *o, size_t most)
{
	const char *s = parse_defined(p, p->t);
	size_t len = s ? strlen(s) : p->t->len;

	if (p->t->kind != TOKEN_WORD)
		return true;
	s = s ? s : p->t->s;
	for (size_t i = 0; i < len; i++)
		if (hex_digit(s[i]) < 0 || len % 2 || len > most * 2)
			return parse_expected(p, most == OPT_HEX_MAX ?
							 "pairs of hexadecimal digits, at most 16" :
							 "pairs of hexadecimal digits, at most 38");
	for (size_t i = 0; i < len; i += 2)
		o->bytes[o->n++] = (u8)(hex_digit(s[i]) << 4 | hex_digit(s[i + 1]));
	p->t++;
	return true;
}

/* A "secret", or a name of --define that stands for one. */
static bool opt_secret(struct parser *p, struct tcp_opt *o, struct sign_key key)
{
	const char *s = p->t->kind == TOKEN_STRING ? p->t->s : parse_defined(p, p->t);
	size_t len = p->t->len;
	struct sign_key *k;

	if (p->t->kind != TOKEN_STRING) {
		if (p->t->kind != TOKEN_WORD || !s || s[0] != '"')
			return false;
		len = strcspn(++s, "\"");
	}
	k = arena_alloc(&p->s->arena, sizeof(*k));
	*k = key;
	k->secret = arena_text(&p->s->arena, s, len);
	k->len = (u8)min(len, (size_t)UINT8_MAX);
	o->key = k;
	p->t++;
	return true;
}

/* A key that signs, digits, or * for any. */
static bool opt_mac(struct parser *p, struct tcp_opt *o)
{
	if (opt_secret(p, o, (struct sign_key){ 0 })) {
		o->n = SIGN_MD5_LEN;
		return true;
	}
	if (!parse_punct(p, '*'))
		return opt_hex(p, o, OPT_HEX_MAX);
	o->any |= OPT_ANY_MAC;
	return true;
}

/* sha1 (which need not be said), sha256 or cmac; the MAC's length; exclude_options; the key. */
static bool opt_ao_key(struct parser *p, struct tcp_opt *o)
{
	static const char *const algs[] = { "sha1", "sha256", "cmac" };
	struct sign_key key = { .alg = SIGN_SHA1 };
	u64 len = SIGN_AO_LEN;

	for (u8 i = 0; i < ARRAY_SIZE(algs); i++)
		if (parse_word(p, algs[i]))
			key.alg = i;
	if (parse_word(p, "maclen") && !parse_number(p, SIGN_AO_LEN_MAX, "maclen", &len))
		return false;
	key.exclude_options = parse_word(p, "exclude_options");
	if (!opt_secret(p, o, key))
		return parse_expected(p, "sha1, sha256, cmac, maclen N, exclude_options and the "
				      "\"key\"");
	o->n = (u8)len;
	return true;
}

/* ao KeyID RNextKeyID and its MAC, or what makes it */
static bool opt_ao(struct parser *p, struct tcp_opt *o)
{
	if (!opt_number(p, o, 0, 255, "KeyID") || !opt_number(p, o, 1, 255, "RNextKeyID"))
		return false;
	if (p->t->kind == TOKEN_STRING || parse_defined(p, p->t) ||
	    token_word(p->t, "sha1") || token_word(p->t, "sha256") || token_word(p->t, "cmac") ||
	    token_word(p->t, "maclen") || token_word(p->t, "exclude_options"))
		return opt_ao_key(p, o);
	return opt_mac(p, o);
}

/* ECN e1b 1 ceb 0 e0b 1, or e0b first; fewer at the end. None: kind 174, as Linux sends it. */
static bool opt_accecn(struct parser *p, struct tcp_opt *o)
{
	static const char *const names[] = { "e0b", "ceb", "e1b" };

	o->kind = token_word(p->t, "e0b") ? OPT_ACCECN0 : OPT_ACCECN1;
	while (o->n < 3 && parse_word(p, names[o->kind == OPT_ACCECN0 ? o->n : 2 - o->n])) {
		if (!opt_number(p, o, o->n, 0xffffff, "a counter of 24 bits"))
			return false;
		o->n++;
	}
	return true;
}

/* kind 30 0081...: any option by its bytes, as of MPTCP. */
static bool opt_raw(struct parser *p, struct tcp_opt *o)
{
	u64 kind;

	if (!parse_number(p, UINT8_MAX, "the option's kind", &kind))
		return false;
	o->kind = (u8)kind;
	o->raw = true;
	return opt_hex(p, o, sizeof(o->bytes) - 2);
}

static bool parse_opt(struct parser *p, struct tcp_opt *o)
{
	static const struct { const char *name; u8 kind; } names[] = {
		{ "eol", OPT_EOL }, { "nop", OPT_NOP }, { "mss", OPT_MSS },
		{ "wscale", OPT_WSCALE }, { "sackOK", OPT_SACKOK }, { "sack", OPT_SACK },
		{ "TS", OPT_TS }, { "ECN", OPT_ACCECN1 },
		{ "md5", OPT_MD5 }, { "ao", OPT_AO }, { "FO", OPT_FO }, { "FOEXP", OPT_EXP },
	};
	size_t i = 0;

	if (parse_word(p, "kind"))
		return opt_raw(p, o);
	while (i < ARRAY_SIZE(names) && !parse_word(p, names[i].name))
		i++;
	if (i == ARRAY_SIZE(names))
		return parse_expected(p, "eol, nop, mss, wscale, sackOK, sack, TS, ECN, FO, FOEXP, "
					 "md5, ao, kind or ...");
	o->kind = names[i].kind;
	switch (o->kind) {
	case OPT_MSS:
		return opt_number(p, o, 0, 65535, "mss");
	case OPT_WSCALE:
		return opt_number(p, o, 0, 255, "wscale");
	case OPT_SACK:
		return opt_sack(p, o);
	case OPT_TS:
		return opt_ts(p, o);
	case OPT_ACCECN1:
		return opt_accecn(p, o);
	case OPT_AO:
		return opt_ao(p, o);
	case OPT_MD5:
		return opt_mac(p, o);
	case OPT_FO:
	case OPT_EXP:
		return opt_hex(p, o, OPT_HEX_MAX);
	}
	return true;
}

static bool parse_opts(struct parser *p, struct packet *k)
{
	struct tcp_opt opts[PACKET_OPTS_MAX] = { 0 };

	if (p->t->kind == TOKEN_ELLIPSIS) {
		if (k->inbound)
			return parse_expected(p, "the options of a packet that comes in");
		p->t++;
		k->has |= ANY_OPTIONS;
		return parse_need(p, '>');
	}
	do {
		if (k->n_opts == PACKET_OPTS_MAX)
			return parse_expected(p, "at most 40 options");
		if (!parse_opt(p, &opts[k->n_opts++]))
			return false;
	} while (parse_punct(p, ','));
	k->opts = arena_alloc(&p->s->arena, k->n_opts * sizeof(*opts));
	memcpy(k->opts, opts, k->n_opts * sizeof(*opts));
	return parse_need(p, '>');
}

/* ---- first:last(length) ---- */

static bool parse_seq(struct parser *p, u32 *seq, u32 *len)
{
	const struct token *at = p->t;
	u32 end;

	if (!parse_u32(p, "first:last(length)", seq) || !parse_need(p, ':') ||
	    !parse_u32(p, "the last sequence number", &end) || !parse_need(p, '(') ||
	    !parse_u32(p, "the length", len) || !parse_need(p, ')'))
		return false;
	if (end - *seq != *len)
		return parse_fail(p, at, "%u:%u is %u long; expected (%u), not (%u)", *seq, end,
				  end - *seq, end - *seq, *len);
	if (*len > IPV4_MAX_LEN * 16u)
		return parse_fail(p, at, "a packet is not so long");
	return true;
}

/* 1234>8080: whose packet it is, where a script has several connections. */
static bool parse_ports(struct parser *p, struct packet *k)
{
	u64 from, to;

	if (p->t->kind != TOKEN_WORD || !isdigit((u8)p->t->s[0]))
		return true;
	if (!parse_number(p, 65535, "a port", &from) || !parse_need(p, '>') ||
	    !parse_number(p, 65535, "a port", &to))
		return false;
	k->has |= HAS_PORTS;
	k->sport = (u16)from;
	k->dport = (u16)to;
	return true;
}

/* ---- TCP ---- */

static bool parse_flags(struct parser *p, struct packet *k)
{
	static const char letters[] = "FSRP.UEW";
	const struct token *first = p->t;

	if (parse_punct(p, '-'))
		return true;
	while (p->t == first || !p->t->spaced) {
		const struct token *t = p->t;

		if (!token_is(t, '.') && t->kind != TOKEN_WORD)
			break;
		for (size_t i = 0; i < t->len; i++) {
			const char *at = strchr(letters, t->s[i]);

			if (t->s[i] == 'A')
				k->res |= 1;
			else if (at)
				k->flags |= (u8)BIT(at - letters);
			else
				return parse_expected(p, "flags, of S F R P . U E W A or -");
		}
		p->t++;
	}
	return p->t > first || parse_expected(p, "flags, of S F R P . U E W A or -");
}

static bool parse_tcp(struct parser *p, struct packet *k)
{
	u64 v;

	k->protocol = IP_PROTO_TCP;
	if (!parse_ports(p, k) || !parse_flags(p, k) || !parse_seq(p, &k->seq, &k->len))
		return false;
	if (parse_word(p, "ack")) {
		k->has |= HAS_ACK;
		if (!parse_u32(p, "the acknowledgement", &k->ack))
			return false;
	}
	if (parse_word(p, "win")) {
		k->has |= HAS_WIN;
		if (!parse_number(p, 65535, "win", &v))
			return false;
		k->win = (u16)v;
	}
	if (parse_word(p, "urg")) {
		k->has |= HAS_URG;
		if (!parse_number(p, 65535, "urg", &v))
			return false;
		k->urg = (u16)v;
	}
	return !parse_punct(p, '<') || parse_opts(p, k);
}

/* ---- UDP, ICMP ---- */

static bool parse_udp(struct parser *p, struct packet *k)
{
	k->protocol = IP_PROTO_UDP;
	return parse_ports(p, k) && parse_need(p, '(') && parse_u32(p, "the length", &k->len) &&
	       parse_need(p, ')');
}

/* What an ICMP error is about: [1:1001(1000)] or [udp (1000)]. */
static bool parse_quote(struct parser *p, struct packet *k)
{
	k->quoted = IP_PROTO_TCP;
	if (parse_word(p, "udp")) {
		k->quoted = IP_PROTO_UDP;
		if (!parse_need(p, '(') || !parse_u32(p, "the length", &k->quoted_len) ||
		    !parse_need(p, ')'))
			return false;
	} else if (!parse_seq(p, &k->quoted_seq, &k->quoted_len)) {
		return false;
	}
	return parse_need(p, ']');
}

static bool parse_icmp_code(struct parser *p, struct packet *k, const struct icmp_name *type)
{
	bool alone = true;

	for (const struct icmp_name *n = type; n->type && !strcmp(n->type, type->type); n++) {
		alone = alone && !n->code[0];
		if (n->code[0] && parse_word(p, n->code)) {
			k->icmp = n;
			return true;
		}
	}
	return alone || parse_expected(p, "the ICMP code, as host_unreachable");
}

static bool parse_icmp(struct parser *p, struct packet *k)
{
	const struct icmp_name *n = icmp_names;
	u64 v;

	k->protocol = IP_PROTO_ICMP;	/* the family is not known yet: packet_set_family() */
	while (n->type && !token_word(p->t, n->type))
		n++;
	if (!n->type)
		return parse_expected(p, "unreachable, packet_too_big, time_exceeded, "
				      "parameter_problem, source_quench, echo_request or "
				      "echo_reply");
	p->t++;
	k->icmp = n;
	if (!parse_icmp_code(p, k, n))
		return false;
	packet_set_family(k, false);
	if (parse_word(p, "mtu")) {
		if (!parse_number(p, 65535, "mtu", &v))
			return false;
		k->icmp_mtu = (u16)v;
	}
	if (parse_word(p, "id")) {
		if (!parse_number(p, 65535, "id", &v))
			return false;
		k->has |= HAS_ID;
		k->icmp_id = (u16)v;
	}
	return k->quoted || !parse_punct(p, '[') || parse_quote(p, k);
}

/* ---- all ---- */

static bool parse_brackets(struct parser *p, struct packet *k)
{
	if (token_is(p->t, '[') && p->t[1].kind == TOKEN_WORD &&
	    (isdigit((u8)p->t[1].s[0]) || token_word(&p->t[1], "udp"))) {
		p->t++;
		if (!parse_quote(p, k))
			return false;
		return token_word(p->t, "icmp") || parse_expected(p, "icmp");
	}
	if (parse_punct(p, '['))
		return parse_ip(p, k, ']');
	if (parse_punct(p, '('))
		return parse_ip(p, k, ')');
	return true;
}

bool parse_packet(struct parser *p, struct packet *k)
{
	static const char *const outer[] = { "gre", "mpls", "ipv4", "ipv6", "mptcp", "sctp" };

	*k = (struct packet){ .inbound = token_is(p->t, '<') };
	p->t++;
	if (!parse_brackets(p, k))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(outer); i++)
		if (token_word(p->t, outer[i]))
			return parse_fail(p, p->t,
					  "%s is not there: a packet is TCP, UDP or "
					  "ICMP; the machine has no tunnels",
					  outer[i]);
	if (parse_word(p, "icmp"))
		return parse_icmp(p, k);
	if (parse_word(p, "udp"))
		return parse_udp(p, k);
	return parse_tcp(p, k);
}
