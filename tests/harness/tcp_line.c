/* SPDX-License-Identifier: MIT */
#include "harness/tcp_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char flag_letters[] = "FSRP.UEW";

/* ---- from text ---- */

static const char *skip(const char *s)
{
	return s + strspn(s, " \t");
}

static bool parse_time(const char **s, s64 *at, bool *relative)
{
	char *end;
	double v;

	*s = skip(*s);
	*relative = **s == '+';
	v = strtod(*s + *relative, &end);
	if (end == *s + *relative)
		return false;
	*at = (s64)(v * 1e9 + .5);
	*s = end;
	return true;
}

static bool parse_flags(const char **s, u8 *flags)
{
	*s = skip(*s);
	*flags = 0;
	if (**s == '-') {
		++*s;
		return true;
	}
	for (; **s && **s != ' '; ++*s) {
		const char *f = strchr(flag_letters, **s);

		if (!f)
			return false;
		*flags |= (u8)(1u << (f - flag_letters));
	}
	return *flags != 0;
}

static bool parse_seq(const char **s, struct tcp_line *l)
{
	unsigned a, b, n;
	int used = 0;

	if (sscanf(skip(*s), "%u:%u(%u)%n", &a, &b, &n, &used) != 3 || !used || b - a != n)
		return false;
	l->seq = a;
	l->end = b;
	l->len = n;
	*s = skip(*s) + used;
	return true;
}

/* One option; its bytes and its meaning. */
static bool parse_option(const char *o, struct tcp_line *l)
{
	u8 *p = l->raw + l->raw_len;
	unsigned a, b;
	int used = 0;

	if (!strcmp(o, "nop") || !strcmp(o, "eol")) {
		*p = o[0] == 'n';
		l->raw_len++;
	} else if (sscanf(o, "mss %u%n", &a, &used) == 1) {
		p[0] = TCPOPT_MSS;
		p[1] = TCPOLEN_MSS;
		put_be16(p + 2, (u16)a);
		l->raw_len += 4;
	} else if (!strcmp(o, "sackOK")) {
		p[0] = TCPOPT_SACK_PERM;
		p[1] = 2;
		l->raw_len += 2;
	} else if (sscanf(o, "wscale %u%n", &a, &used) == 1) {
		p[0] = TCPOPT_WINDOW;
		p[1] = 3;
		p[2] = (u8)a;
		l->raw_len += 3;
	} else if (sscanf(o, "TS val %u ecr %u%n", &a, &b, &used) == 2) {
		p[0] = TCPOPT_TIMESTAMP;
		p[1] = 10;
		put_be32(p + 2, a);
		put_be32(p + 6, b);
		l->raw_len += 10;
	} else if (!strncmp(o, "sack ", 5)) {
		u8 *len = p + 1;

		p[0] = TCPOPT_SACK;
		*len = 2;
		for (o += 5; sscanf(o, "%u:%u%n", &a, &b, &used) == 2; o = skip(o + used)) {
			put_be32(p + *len, a);
			put_be32(p + *len + 4, b);
			*len += 8;
		}
		l->raw_len += *len;
		return !*o && *len > 2;
	} else {
		return strchr(o, '*') != NULL;	/* compared as text only */
	}
	return !used || !o[used];
}

static bool parse_options(const char **s, struct tcp_line *l)
{
	const char *end = strchr(*s, '>');
	char copy[LINE_OPTS_TEXT], *save = NULL;
	size_t n;

	if (!end || (n = (size_t)(end - *s - 1)) >= sizeof(copy))
		return false;
	memcpy(l->text, *s + 1, n);
	l->text[n] = 0;
	*s = end + 1;
	if (!strcmp(l->text, "..."))
		return true;
	l->has |= LINE_OPTIONS;
	strcpy(copy, l->text);
	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save))
		if (l->raw_len + 34u > sizeof(l->raw) + 34u || !parse_option(skip(o), l))
			return false;
	while (l->raw_len % 4)
		l->raw[l->raw_len++] = 0;
	tcp_parse_options(l->raw, l->raw_len, true, &l->opt);
	return true;
}

static bool parse_words(const char *s, struct tcp_line *l)
{
	for (s = skip(s); *s; s = skip(s)) {
		unsigned v;
		int used = 0;

		if (*s == '<') {
			if (!parse_options(&s, l))
				return false;
		} else if (sscanf(s, "ack %u%n", &v, &used) == 1) {
			l->ack = v;
			l->has |= LINE_ACK;
		} else if (sscanf(s, "win %u%n", &v, &used) == 1) {
			l->win = v;
			l->has |= LINE_WIN;
		} else if (sscanf(s, "urg %u%n", &v, &used) == 1) {
			l->urg = v;
			l->has |= LINE_URG;
		} else if (!strncmp(s, "badsum", 6)) {
			l->badsum = true;
			used = 6;
		} else if (sscanf(s, "mtu %u%n", &v, &used) == 1) {
			l->icmp_mtu = v;
		} else if (sscanf(s, "seq %u%n", &v, &used) == 1) {
			l->seq = v;
		} else {
			return false;
		}
		s += used;
	}
	return true;
}

static bool bad(char *why, size_t cap, const char *what)
{
	snprintf(why, cap, "expected %s", what);
	return false;
}

bool tcp_line_parse(const char *s, struct tcp_line *l, char *why, size_t cap)
{
	unsigned code;
	int used = 0;
	bool rel;

	memset(l, 0, sizeof(*l));
	if (!parse_time(&s, &l->at, &l->relative))
		return bad(why, cap, "a time");
	if (*s == '~') {
		s++;
		if (!parse_time(&s, &l->until, &rel))
			return bad(why, cap, "a time after ~");
		l->has_until = true;
	}
	s = skip(s);
	if (!strncmp(s, "quiet", 5)) {
		l->dir = 'q';
		return true;
	}
	if (sscanf(s, "icmp %u%n", &code, &used) == 1) {
		l->dir = 'i';
		l->icmp_code = (u8)code;
		return parse_words(s + used, l) || bad(why, cap, "mtu N or seq N");
	}
	if (*s != '<' && *s != '>')
		return bad(why, cap, "< or >");
	l->dir = *s++;
	if (!parse_flags(&s, &l->flags))
		return bad(why, cap, "flags");
	if (!parse_seq(&s, l))
		return bad(why, cap, "first:last(length)");
	if (!parse_words(s, l))
		return bad(why, cap, "ack, win, urg or <options>");
	return true;
}

/* ---- from and to bytes ---- */

bool tcp_line_read(struct tcp_line *l, const u8 *seg, u32 len)
{
	struct tcp_view v;

	memset(l, 0, sizeof(*l));
	if (tcp_parse(seg, len, &v) != WIRE_OK)
		return false;
	l->dir = '>';
	l->sport = v.sport;
	l->dport = v.dport;
	l->flags = v.flags;
	l->seq = v.seq;
	l->len = len - v.hlen;
	l->end = l->seq + l->len;
	l->ack = v.ack_seq;
	l->win = v.window;
	l->urg = v.urg_ptr;
	l->has = (v.flags & TCPHDR_ACK ? LINE_ACK : 0) | LINE_WIN | LINE_OPTIONS |
		 (v.flags & TCPHDR_URG ? LINE_URG : 0);
	l->raw_len = (u8)(v.hlen - TCP_HLEN);
	if (l->raw_len)
		memcpy(l->raw, v.opts, l->raw_len);
	tcp_parse_options(l->raw, l->raw_len, true, &l->opt);
	return true;
}

/* Puts the mapped values of opt back into the raw bytes. */
static void refresh_raw(struct tcp_line *l)
{
	for (u32 i = 0; i < l->raw_len;) {
		u8 kind = l->raw[i], n = kind < 2 ? 1 : l->raw[i + 1];

		if (kind == TCPOPT_TIMESTAMP) {
			put_be32(l->raw + i + 2, l->opt.ts_val);
			put_be32(l->raw + i + 6, l->opt.ts_ecr);
		} else if (kind == TCPOPT_SACK) {
			for (u8 k = 0; k < l->opt.num_sacks; k++) {
				put_be32(l->raw + i + 2 + 8 * k, l->opt.sacks[k].start);
				put_be32(l->raw + i + 6 + 8 * k, l->opt.sacks[k].end);
			}
		} else if (!kind) {
			return;
		}
		i += n ? n : 1;
	}
}

u32 tcp_line_write(struct tcp_line *l, u8 *seg)
{
	struct tcp_view v = {
		.sport = l->sport, .dport = l->dport, .seq = l->seq, .ack_seq = l->ack,
		.window = (u16)l->win, .urg_ptr = (u16)l->urg, .flags = l->flags,
		.hlen = (u8)(TCP_HLEN + l->raw_len),
	};

	refresh_raw(l);
	v.opts = l->raw_len ? l->raw : NULL;
	return (u32)tcp_build(seg, &v);
}

/* ---- to text ---- */

static int print_option(const struct tcp_line *l, const u8 *o, char *out, size_t cap)
{
	int n = 0;

	switch (o[0]) {
	case TCPOPT_EOL:
		return snprintf(out, cap, "eol");
	case TCPOPT_NOP:
		return snprintf(out, cap, "nop");
	case TCPOPT_MSS:
		return snprintf(out, cap, "mss %u", get_be16(o + 2));
	case TCPOPT_WINDOW:
		return snprintf(out, cap, "wscale %u", o[2]);
	case TCPOPT_SACK_PERM:
		return snprintf(out, cap, "sackOK");
	case TCPOPT_TIMESTAMP:
		return snprintf(out, cap, "TS val %u ecr %u", l->opt.ts_val, l->opt.ts_ecr);
	case TCPOPT_SACK:
		n = snprintf(out, cap, "sack");
		for (u8 i = 0; i < l->opt.num_sacks; i++)
			n += snprintf(out + n, cap - (size_t)n, " %u:%u", l->opt.sacks[i].start,
				      l->opt.sacks[i].end);
		return n;
	default:
		return snprintf(out, cap, "kind %u", o[0]);
	}
}

static void print_options(const struct tcp_line *l, char *out, size_t cap)
{
	int n = 0;

	out[0] = 0;
	for (u32 i = 0; i < l->raw_len;) {
		u8 len = l->raw[i] < 2 ? 1 : l->raw[i + 1];

		n += snprintf(out + n, cap - (size_t)n, "%s", n ? "," : "");
		n += print_option(l, l->raw + i, out + n, cap - (size_t)n);
		if (!l->raw[i])
			return;
		i += len ? len : 1;
	}
}

void tcp_line_print(const struct tcp_line *l, char *out, size_t cap)
{
	char opts[LINE_OPTS_TEXT], flags[10];
	int n = 0;

	for (unsigned i = 0; i < 8; i++)
		if (l->flags & 1u << i)
			flags[n++] = flag_letters[i];
	if (!n)
		flags[n++] = '-';
	flags[n] = 0;
	n = snprintf(out, cap, "%c %s %u:%u(%u)", l->dir, flags, l->seq, l->end, l->len);
	if (l->has & LINE_ACK)
		n += snprintf(out + n, cap - (size_t)n, " ack %u", l->ack);
	if (l->has & LINE_WIN)
		n += snprintf(out + n, cap - (size_t)n, " win %u", l->win);
	if (l->has & LINE_URG)
		n += snprintf(out + n, cap - (size_t)n, " urg %u", l->urg);
	if (!(l->has & LINE_OPTIONS))
		return;
	if (l->text[0])
		snprintf(opts, sizeof(opts), "%s", l->text);
	else
		print_options(l, opts, sizeof(opts));
	if (opts[0])
		snprintf(out + n, cap - (size_t)n, " <%s>", opts);
}

/* ---- comparing ---- */

/* * in want stands for a number (or for anything up to the next comma). */
static bool match_text(const char *want, const char *got)
{
	while (*want) {
		if (*want == '*') {
			want++;
			got += strcspn(got, ", ");
			continue;
		}
		if (*want != *got)
			return false;
		want++;
		got++;
	}
	return !*got;
}

bool tcp_line_match(const struct tcp_line *want, const struct tcp_line *got, char *why, size_t cap)
{
	char opts[LINE_OPTS_TEXT];

	if (want->flags != got->flags)
		return snprintf(why, cap, "flags differ") < 0;
	if (want->seq != got->seq || want->len != got->len)
		return snprintf(why, cap, "sequence numbers differ") < 0;
	if (want->has & LINE_ACK && want->ack != got->ack)
		return snprintf(why, cap, "ack differs") < 0;
	if (want->has & LINE_WIN && want->win != got->win)
		return snprintf(why, cap, "win differs") < 0;
	if (want->has & LINE_URG && want->urg != got->urg)
		return snprintf(why, cap, "urg differs") < 0;
	if (want->has & LINE_OPTIONS) {
		print_options(got, opts, sizeof(opts));
		if (!match_text(want->text, opts))
			return snprintf(why, cap, "options differ") < 0;
	}
	return true;
}
