/* SPDX-License-Identifier: MIT */
#include "drill/parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- memory ---- */

struct arena_block {
	struct arena_block *next;
	_Alignas(16) char bytes[];
};

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		abort();
	b->next = a->blocks;
	a->blocks = b;
	return b->bytes;
}

char *arena_text(struct arena *a, const char *s, size_t len)
{
	char *t = arena_alloc(a, len + 1);

	memcpy(t, s, len);
	return t;
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
}

/* ---- mistakes ---- */

bool parse_fail(struct parser *p, const struct token *t, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return false;
	p->failed = true;
	*p->at = t->at;
	va_start(ap, fmt);
	vsnprintf(p->why, p->cap, fmt, ap);
	va_end(ap);
	while (p->t->kind != TOKEN_END)
		p->t++;
	return false;
}

bool parse_expected(struct parser *p, const char *what)
{
	const struct token *t = p->t;

	if (t->kind == TOKEN_END)
		return parse_fail(p, t, "expected %s, not the end of the script", what);
	return parse_fail(p, t, "expected %s, not \"%.*s\"", what, (int)min_t(size_t, t->len, 40),
			  t->s);
}

bool parse_punct(struct parser *p, char c)
{
	if (!token_is(p->t, c))
		return false;
	p->t++;
	return true;
}

bool parse_word(struct parser *p, const char *word)
{
	if (!token_word(p->t, word))
		return false;
	p->t++;
	return true;
}

bool parse_need(struct parser *p, char c)
{
	char what[] = "\" \"";

	what[1] = c;
	return parse_punct(p, c) || parse_expected(p, what);
}

static bool read_u64(const struct token *t, u64 *v)
{
	char text[32], *end;

	if (t->kind != TOKEN_WORD || t->len >= sizeof(text) || !isdigit((u8)t->s[0]))
		return false;
	memcpy(text, t->s, t->len);
	text[t->len] = 0;
	errno = 0;
	*v = strtoull(text, &end, text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10);
	return !*end && !errno;
}

bool parse_number(struct parser *p, u64 most, const char *what, u64 *v)
{
	if (!read_u64(p->t, v))
		return parse_expected(p, what);
	if (*v > most)
		return parse_fail(p, p->t, "%.*s is too large for %s: at most %llu",
				  (int)p->t->len, p->t->s, what, (unsigned long long)most);
	p->t++;
	return true;
}

bool parse_u32(struct parser *p, const char *what, u32 *v)
{
	u64 n = 0;
	bool ok = parse_number(p, UINT32_MAX, what, &n);

	*v = (u32)n;
	return ok;
}

/* ---- times ---- */

/* Digits of a fraction as ns; more than nine are cut. */
static s64 fraction(const struct token *t)
{
	s64 ns = 0;

	for (size_t i = 0; i < 9; i++)
		ns = ns * 10 + (i < t->len ? t->s[i] - '0' : 0);
	return ns;
}

static bool digits(const struct token *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (!isdigit((u8)t->s[i]))
			return false;
	return t->kind == TOKEN_WORD;
}

/* 0 .1 2. 3.25 */
static bool parse_seconds(struct parser *p, s64 *ns)
{
	u64 whole = 0;
	bool some = digits(p->t);

	*ns = 0;
	if (some && !parse_number(p, 1000000000, "seconds", &whole))
		return false;
	if (token_is(p->t, '.') && (!some || !p->t->spaced)) {
		p->t++;
		if (digits(p->t) && !p->t->spaced) {
			*ns = fraction(p->t++);
			some = true;
		}
	}
	*ns += (s64)whole * NSEC_PER_SEC;
	return some || parse_expected(p, "a time");
}

static bool parse_when(struct parser *p, struct when *w)
{
	*w = (struct when){ .kind = WHEN_ABSOLUTE };
	if (parse_punct(p, '*')) {
		w->kind = WHEN_ANY;
		return true;
	}
	if (parse_punct(p, '+'))
		w->kind = WHEN_RELATIVE;
	if (!parse_seconds(p, &w->from))
		return false;
	w->to = w->from;
	if (parse_punct(p, '~')) {
		w->range = true;
		parse_punct(p, '+');
		if (!parse_seconds(p, &w->to))
			return false;
		return w->to >= w->from || parse_fail(p, p->t, "the range ends before it begins");
	}
	if (p->t->kind == TOKEN_ELLIPSIS) {
		p->t++;
		w->blocking = true;
		parse_punct(p, '+');
		return parse_seconds(p, &w->end);
	}
	return true;
}

/* ---- events ---- */

static bool parse_event_what(struct parser *p, struct event *e)
{
	const struct token *t = p->t;

	if (token_is(t, '<') || token_is(t, '>')) {
		e->kind = EVENT_PACKET;
		if (e->when.blocking)
			return parse_fail(p, t, "a packet has no end time; expected a socket call");
		return parse_packet(p, &e->packet);
	}
	if (t->kind == TOKEN_WORD && token_is(t + 1, '(')) {
		e->kind = EVENT_CALL;
		return parse_call(p, &e->call);
	}
	if (t->kind == TOKEN_COMMAND) {
		e->kind = EVENT_COMMAND;
		e->command = arena_text(&p->s->arena, t->s, t->len);
	} else if (t->kind == TOKEN_CODE) {
		e->kind = EVENT_CODE;
		e->code.text = arena_text(&p->s->arena, t->s, t->len);
		e->code.at = t->at;
	} else {
		return parse_expected(p, "<, >, a socket call, `command` or %{ code }%");
	}
	p->t++;
	return true;
}

/* The event's text on one line. */
static const char *event_text(struct parser *p, const struct token *from, const struct token *to)
{
	bool quoted = to->kind == TOKEN_COMMAND || to->kind == TOKEN_STRING;
	const char *end = to->s + to->len + (quoted ? 1 : to->kind == TOKEN_CODE ? 2 : 0);
	char *text = arena_alloc(&p->s->arena, (size_t)(end - from->s) + 1);
	size_t n = 0;

	for (const char *s = from->s; s < end; s++) {
		if (!isspace((u8)*s))
			text[n++] = *s;
		else if (n && text[n - 1] != ' ')
			text[n++] = ' ';
	}
	return text;
}

static struct event *parse_event(struct parser *p)
{
	struct event *e = arena_alloc(&p->s->arena, sizeof(*e));
	const struct token *from = p->t;

	e->at = from->at;
	if (!parse_when(p, &e->when) || !parse_event_what(p, e))
		return NULL;
	if (e->when.kind == WHEN_ANY && !(e->kind == EVENT_PACKET && !e->packet.inbound)) {
		parse_fail(p, from, "* is for packets that are sent (>); expected a time");
		return NULL;
	}
	e->text = event_text(p, from, p->t - 1);
	return e;
}

bool script_define(struct script *s, const char *text)
{
	const char *eq = strchr(text, '=');
	struct script_define *def;

	if (!eq || eq == text)
		return false;
	def = arena_alloc(&s->arena, sizeof(*def));
	def->name = arena_text(&s->arena, text, (size_t)(eq - text));
	def->value = arena_text(&s->arena, eq + 1, strlen(eq + 1));
	def->next = s->defines;
	s->defines = def;
	return true;
}

static void parse_option(struct parser *p, struct script_option ***last)
{
	const struct token *t = p->t++;
	const char *name = t->s + 2, *end = t->s + t->len;
	const char *eq = memchr(name, '=', (size_t)(end - name));
	struct script_option *o = arena_alloc(&p->s->arena, sizeof(*o));
	const char *value = eq ? eq + 1 : end;

	if (value < end - 1 && *value == '"' && end[-1] == '"') {
		value++;
		end--;
	}
	o->at = t->at;
	o->name = arena_text(&p->s->arena, name, (size_t)((eq ? eq : end) - name));
	o->value = arena_text(&p->s->arena, value, (size_t)(end - value));
	if (!strcmp(o->name, "define")) {
		if (!script_define(p->s, o->value))
			parse_fail(p, t, "expected --define=NAME=VALUE");
		return;
	}
	if (!strcmp(o->name, "ip_version") && !p->s->version_given)
		ip_version_parse(o->value, &p->s->version);
	**last = o;
	*last = &o->next;
}

static void parse_all(struct parser *p)
{
	struct script_option **option = &p->s->options;
	struct event **last = &p->s->events;

	while (p->t->kind == TOKEN_OPTION)
		parse_option(p, &option);
	if (p->t->kind == TOKEN_COMMAND) {
		p->s->init = arena_text(&p->s->arena, p->t->s, p->t->len);
		p->t++;
	}
	while (p->t->kind != TOKEN_END) {
		if (p->t->kind == TOKEN_COMMAND && p->t[1].kind == TOKEN_END) {
			p->s->cleanup = arena_text(&p->s->arena, p->t->s, p->t->len);
			p->t++;
			break;
		}
		*last = parse_event(p);
		if (!*last)
			return;
		last = &(*last)->next;
	}
	if (!p->s->events)
		parse_fail(p, p->t, "the script is empty");
}

bool script_parse(struct script *s, const char *text, struct place *at, char *why, size_t cap)
{
	struct parser p = { .s = s, .at = at, .why = why, .cap = cap };
	struct tokens tokens;
	const char *bad = "";

	if (lex(&tokens, text, at, &bad)) {
		p.t = tokens.list;
		parse_all(&p);
	} else {
		snprintf(why, cap, "%s", bad);
		p.failed = true;
	}
	free(tokens.list);
	return !p.failed;
}

void script_free(struct script *s)
{
	arena_free(&s->arena);
}
