/* SPDX-License-Identifier: MIT */
#include "drill/lex.h"

#include <ctype.h>
#include <stdlib.h>

struct lexer {
	struct tokens *out;
	const char *p;
	struct place here;
	bool spaced;
	struct place *at;
	const char **why;
};

static void step(struct lexer *l, size_t n)
{
	for (; n; n--, l->p++) {
		if (*l->p == '\n') {
			l->here.line++;
			l->here.column = 1;
		} else {
			l->here.column++;
		}
	}
}

static bool fail(struct lexer *l, const char *why)
{
	*l->at = l->here;
	*l->why = why;
	return false;
}

static void push(struct lexer *l, enum token_kind kind, const char *s, size_t len)
{
	struct tokens *t = l->out;

	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		t->list = realloc(t->list, t->cap * sizeof(*t->list));
		if (!t->list)
			abort();
	}
	t->list[t->n++] = (struct token){ .kind = kind, .s = s, .len = len, .at = l->here,
					  .spaced = l->spaced };
	l->spaced = false;
}

/* Blanks and comments. */
static bool skip(struct lexer *l)
{
	for (;;) {
		if (isspace((u8)*l->p)) {
			step(l, 1);
		} else if (*l->p == '#' || (l->p[0] == '/' && l->p[1] == '/')) {
			step(l, strcspn(l->p, "\n"));
		} else if (l->p[0] == '/' && l->p[1] == '*') {
			const char *end = strstr(l->p + 2, "*/");

			if (!end)
				return fail(l, "the comment has no end; expected */");
			step(l, (size_t)(end + 2 - l->p));
		} else {
			return true;
		}
		l->spaced = true;
	}
}

/* From an opening of `open` bytes to a closing text. */
static bool enclosed(struct lexer *l, enum token_kind kind, size_t open, const char *close,
		     const char *why)
{
	const char *s = l->p + open, *end = strstr(s, close);

	if (!end)
		return fail(l, why);
	push(l, kind, s, (size_t)(end - s));
	step(l, (size_t)(end - l->p) + strlen(close));
	return true;
}

static bool string(struct lexer *l)
{
	const char *s = l->p + 1, *end = s;

	while (*end && *end != '"' && *end != '\n')
		end += *end == '\\' && end[1] ? 2 : 1;
	if (*end != '"')
		return fail(l, "the string has no end; expected \"");
	push(l, TOKEN_STRING, s, (size_t)(end - s));
	step(l, (size_t)(end + 1 - l->p));
	return true;
}

static size_t option_length(const char *p)
{
	size_t n = 0;
	bool quoted = false;

	for (; p[n] && p[n] != '\n' && (quoted || !isspace((u8)p[n])); n++)
		quoted ^= p[n] == '"';
	return n;
}

static bool word_char(char c)
{
	return isalnum((u8)c) || c == '_';
}

static bool next(struct lexer *l)
{
	const char *p = l->p;
	size_t n = 0;

	if (*p == '"')
		return string(l);
	if (*p == '`')
		return enclosed(l, TOKEN_COMMAND, 1, "`", "the command has no end; expected `");
	if (p[0] == '%' && p[1] == '{')
		return enclosed(l, TOKEN_CODE, 2, "}%", "the code has no end; expected }%");
	if (p[0] == '-' && p[1] == '-') {
		n = option_length(p);
		push(l, TOKEN_OPTION, p, n);
	} else if (!strncmp(p, "...", 3)) {
		n = 3;
		push(l, TOKEN_ELLIPSIS, p, n);
	} else if (word_char(*p)) {
		while (word_char(p[n]))
			n++;
		push(l, TOKEN_WORD, p, n);
	} else if (isprint((u8)*p)) {
		n = 1;
		push(l, TOKEN_PUNCT, p, n);
	} else {
		return fail(l, "a character that no line has");
	}
	step(l, n);
	return true;
}

bool lex(struct tokens *t, const char *text, struct place *at, const char **why)
{
	struct lexer l = { .out = t, .p = text, .here = { 1, 1 }, .at = at, .why = why,
			   .spaced = true };

	*t = (struct tokens){ 0 };
	for (;;) {
		if (!skip(&l))
			return false;
		if (!*l.p)
			break;
		if (!next(&l))
			return false;
	}
	for (unsigned i = 0; i < LEX_AHEAD; i++)
		push(&l, TOKEN_END, l.p, 0);
	return true;
}
