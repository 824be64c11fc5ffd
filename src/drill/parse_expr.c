/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "drill/call.h"
#include "drill/parse.h"
#include "wire/inet_addr.h"

static struct expr *new_expr(struct parser *p, enum expr_kind kind)
{
	struct expr *e = arena_alloc(&p->s->arena, sizeof(*e));

	e->kind = kind;
	e->at = p->t->at;
	return e;
}

/* ---- strings ---- */

static size_t unescape(char *out, const char *s, size_t len)
{
	static const char from[] = "ntr0\\\"", to[] = "\n\t\r\0\\\"";
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at;

		if (s[i] != '\\' || i + 1 == len) {
			out[n++] = s[i];
		} else if (s[i + 1] == 'x' && i + 3 < len) {
			char hex[3] = { s[i + 2], s[i + 3], 0 };
			unsigned v = 0;

			sscanf(hex, "%2x", &v);
			out[n++] = (char)v;
			i += 3;
		} else {
			at = strchr(from, s[++i]);
			out[n++] = at ? to[at - from] : s[i];
		}
	}
	return n;
}

static struct expr *string(struct parser *p)
{
	struct expr *e = new_expr(p, EXPR_STRING);
	char *text = arena_alloc(&p->s->arena, p->t->len + 1);

	e->len = unescape(text, p->t->s, p->t->len);
	e->text = text;
	p->t++;
	return e;
}

/* ---- numbers, names, htons() ---- */

static struct expr *host_to_net(struct parser *p)
{
	struct expr *e = new_expr(p, EXPR_NUMBER);
	bool is_short = token_word(p->t, "htons");
	u32 v;

	p->t += 2;
	if (!parse_u32(p, "a number", &v) || !parse_need(p, ')'))
		return NULL;
	e->number = is_short ? cpu_to_be16((u16)v) : (s64)cpu_to_be32(v);
	return e;
}

static struct expr *address(struct parser *p)
{
	struct expr *e = new_expr(p, EXPR_NUMBER);
	char text[32];
	be32 addr;

	p->t += 2;
	snprintf(text, sizeof(text), "%.*s", (int)min_t(size_t, p->t->len, 31), p->t->s);
	if (p->t->kind != TOKEN_STRING || !inet_addr_parse(text, &addr)) {
		parse_expected(p, "an IPv4 address in quotes");
		return NULL;
	}
	p->t++;
	e->number = addr;
	return parse_need(p, ')') ? e : NULL;
}

/*
 * What the runners of packetdrill's scripts define, so that one script is of each version. The
 * cookies are those of the key a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4 and of the key 0.
 */
static const char *family_name(const struct parser *p, const struct token *t)
{
	static const struct { const char *name, *values[3]; } names[] = {
		{ "CMSG_LEVEL_IP", { "SOL_IP", "SOL_IPV6", "SOL_IPV6" } },
		{ "CMSG_TYPE_RECVERR", { "IP_RECVERR", "IPV6_RECVERR", "IPV6_RECVERR" } },
		{ "TFO_COOKIE", { "3021b9d889017eeb", "3021b9d889017eeb", "c1d1e9742a47a9bc" } },
		{ "TFO_COOKIE_ZERO",
		  { "b7c12350a90dc8f5", "b7c12350a90dc8f5", "82af1a8f9a205c34" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (token_word(t, names[i].name))
			return names[i].values[p->s->version];
	return NULL;
}

const char *parse_defined(const struct parser *p, const struct token *t)
{
	for (const struct script_define *def = p->s->defines; def; def = def->next)
		if (token_word(t, def->name))
			return def->value;
	return family_name(p, t);
}

/* A name of --define, or one that all know. */
static bool name_value(const struct parser *p, const struct token *t, s64 *v)
{
	const char *value = parse_defined(p, t);
	char *end;

	if (!value)
		return name_lookup(t->s, t->len, v);
	*v = strtoll(value, &end, 0);
	return (end != value && !*end) || name_lookup(value, strlen(value), v);
}

static struct expr *name(struct parser *p)
{
	struct expr *e = new_expr(p, EXPR_NUMBER);
	const struct token *t = p->t;
	const char *near;

	if (!name_value(p, t, &e->number)) {
		near = name_closest(t->s, t->len);
		parse_fail(p, t, "\"%.*s\" is no constant that is known%s%s%s", (int)t->len, t->s,
			   near ? "; perhaps " : "", near ? near : "", near ? "" :
			   "; expected one as in the manual page of the call");
		return NULL;
	}
	p->t++;
	return e;
}

static struct expr *number(struct parser *p, bool minus)
{
	struct expr *e = new_expr(p, EXPR_NUMBER);
	u64 v;

	if (!parse_number(p, UINT64_MAX, "a value", &v))
		return NULL;
	e->number = minus ? -(s64)v : (s64)v;
	return e;
}

static struct expr *one(struct parser *p)
{
	const struct token *t = p->t;

	if (parse_punct(p, '-'))
		return number(p, true);
	if (t->kind == TOKEN_WORD && isdigit((u8)t->s[0]))
		return number(p, false);
	if ((token_word(t, "htons") || token_word(t, "htonl")) && token_is(t + 1, '('))
		return host_to_net(p);
	if (token_word(t, "inet_addr") && token_is(t + 1, '('))
		return address(p);
	if (t->kind == TOKEN_WORD)
		return name(p);
	parse_expected(p, "a value");
	return NULL;
}

/* a | b << 2 */
static struct expr *ored(struct parser *p)
{
	const struct token *from = p->t;
	struct expr *e = one(p), *more;
	u64 shift;

	for (;;) {
		if (e && token_is(p->t, '<') && token_is(p->t + 1, '<')) {
			p->t += 2;
			if (!parse_number(p, 31, "a shift", &shift))
				return NULL;
			e->number <<= shift;
		} else if (e && parse_punct(p, '|')) {
			more = one(p);
			if (!more)
				return NULL;
			e->number |= more->number;
		} else {
			break;
		}
	}
	if (e) {
		e->len = (size_t)(p->t[-1].s + p->t[-1].len - from->s);
		e->text = arena_text(&p->s->arena, from->s, e->len);
	}
	return e;
}

/* ---- [..] and {..} ---- */

#define MEMBERS_MAX 64
#define DEPTH_MAX 8

/* inet_pton(AF_INET6, "::1", &sin6_addr), a member of that name. */
static bool member_pton(struct parser *p, struct member *m)
{
	static const char what[] = "AF_INET6, \"an address\", &sin6_addr)";

	if (!token_word(p->t, "inet_pton"))
		return false;
	p->t++;
	if (!parse_need(p, '(') || !parse_word(p, "AF_INET6") || !parse_need(p, ',') ||
	    p->t->kind != TOKEN_STRING)
		return parse_expected(p, what);
	m->name = "sin6_addr";
	m->value = string(p);
	return (parse_need(p, ',') && parse_need(p, '&') && parse_word(p, "sin6_addr") &&
		parse_need(p, ')')) || parse_expected(p, what);
}

/* name = , name(size) = , or nothing. */
static const char *member_name(struct parser *p)
{
	const struct token *t = p->t;
	const char *text;
	bool sized = token_is(t + 1, '(') && t[2].kind != TOKEN_END && token_is(t + 3, ')');

	if (t->kind != TOKEN_WORD || !token_is(t + (sized ? 4 : 1), '='))
		return NULL;
	text = arena_text(&p->s->arena, t->s, t->len);
	p->t += sized ? 5 : 2;
	return text;
}

static struct expr *compound(struct parser *p, enum expr_kind kind, char close)
{
	struct expr *e = new_expr(p, kind);
	struct member members[MEMBERS_MAX];

	p->t++;
	if (++p->depth > DEPTH_MAX) {
		parse_expected(p, "lists and structs at most 8 deep");
		return NULL;
	}
	while (!parse_punct(p, close)) {
		if (e->n == MEMBERS_MAX) {
			parse_expected(p, "at most 64 members");
			return NULL;
		}
		if (kind != EXPR_STRUCT || !member_pton(p, &members[e->n])) {
			members[e->n].name = kind == EXPR_STRUCT ? member_name(p) : NULL;
			members[e->n].value = parse_expr(p);
		}
		if (!members[e->n++].value || p->failed)
			return NULL;
		if (!parse_punct(p, ',') && !token_is(p->t, close)) {
			parse_expected(p, close == ']' ? "\",\" or \"]\"" : "\",\" or \"}\"");
			return NULL;
		}
	}
	p->depth--;
	e->members = arena_alloc(&p->s->arena, (e->n + 1) * sizeof(*members));
	memcpy(e->members, members, e->n * sizeof(*members));
	return e;
}

/* The value of a name, with its quotes. */
static struct expr *defined_string(struct parser *p, const char *value)
{
	struct expr *e = new_expr(p, EXPR_STRING);
	size_t len = strcspn(value + 1, "\"");
	char *text = arena_alloc(&p->s->arena, len + 1);

	e->len = unescape(text, value + 1, len);
	e->text = text;
	p->t++;
	return e;
}

struct expr *parse_expr(struct parser *p)
{
	struct expr *e;
	const char *value;

	if (p->t->kind == TOKEN_STRING)
		return string(p);
	value = p->t->kind == TOKEN_WORD ? parse_defined(p, p->t) : NULL;
	if (value && value[0] == '"')
		return defined_string(p, value);
	if (token_is(p->t, '['))
		return compound(p, EXPR_LIST, ']');
	if (token_is(p->t, '{'))
		return compound(p, EXPR_STRUCT, '}');
	if (p->t->kind == TOKEN_ELLIPSIS) {
		e = new_expr(p, EXPR_ANY);
		p->t++;
		return e;
	}
	return ored(p);
}

/* ---- name(args) = result ERRNO (any words) ---- */

static bool parse_args(struct parser *p, struct script_call *c)
{
	struct expr *args[CALL_ARGS_MAX];

	while (!parse_punct(p, ')')) {
		if (c->n == c->def->most)
			return parse_fail(p, p->t, "%s() has %u arguments; expected \")\"",
					  c->def->name, c->def->most);
		args[c->n] = parse_expr(p);
		if (!args[c->n++])
			return false;
		if (!parse_punct(p, ',') && !token_is(p->t, ')'))
			return parse_expected(p, "\",\" or \")\"");
	}
	if (c->n < c->def->least)
		return parse_fail(p, p->t - 1, "%s() has %u arguments; %u are missing",
				  c->def->name, c->def->least, c->def->least - c->n);
	c->args = arena_alloc(&p->s->arena, (c->n + 1) * sizeof(*args));
	memcpy(c->args, args, c->n * sizeof(*args));
	return true;
}

static void skip_note(struct parser *p)
{
	unsigned depth = 0;

	if (!token_is(p->t, '('))
		return;
	do {
		depth += token_is(p->t, '(');
		depth -= token_is(p->t, ')');
		p->t++;
	} while (depth && p->t->kind != TOKEN_END);
}

bool parse_call(struct parser *p, struct script_call *c)
{
	const struct token *t = p->t;
	const char *near;

	c->def = call_find(t->s, t->len);
	if (!c->def) {
		near = call_closest(t->s, t->len);
		return parse_fail(p, t, "there is no call %.*s()%s%s", (int)t->len, t->s,
				  near ? "; perhaps " : "", near ? near : "");
	}
	p->t += 2;
	if (!parse_args(p, c) || !parse_need(p, '='))
		return false;
	c->result = parse_expr(p);
	if (!c->result)
		return false;
	if (p->t->kind == TOKEN_WORD && p->t->s[0] == 'E') {
		if (!errno_lookup(p->t->s, p->t->len, &c->err))
			return parse_expected(p, "an errno, as EAGAIN");
		c->err_name = errno_name(c->err);
		p->t++;
	}
	skip_note(p);
	return true;
}
