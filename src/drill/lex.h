/* SPDX-License-Identifier: MIT */
/* Text of a script as tokens. The tokens point into the text. */
#ifndef LINNET_DRILL_LEX_H
#define LINNET_DRILL_LEX_H

#include "drill/script.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,		/* letters, digits and _: names, numbers, flags */
	TOKEN_STRING,		/* without its quotes, escapes not yet read */
	TOKEN_COMMAND,		/* `...` without the backticks */
	TOKEN_CODE,		/* %{ ... }% without them */
	TOKEN_OPTION,		/* --name=value */
	TOKEN_ELLIPSIS,		/* ... */
	TOKEN_PUNCT,		/* one character */
};

struct token {
	enum token_kind kind;
	const char *s;
	size_t len;
	struct place at;
	bool spaced;		/* something stands between it and the one before */
};

#define LEX_AHEAD 8		/* so far may be looked beyond a token */

struct tokens {
	struct token *list;	/* ends with LEX_AHEAD of TOKEN_END */
	size_t n, cap;
};

/* False: *at and why. free() list either way. */
bool lex(struct tokens *t, const char *text, struct place *at, const char **why);

static inline bool token_is(const struct token *t, char punct)
{
	return t->kind == TOKEN_PUNCT && t->s[0] == punct;
}

static inline bool token_word(const struct token *t, const char *word)
{
	return t->kind == TOKEN_WORD && t->len == strlen(word) && !memcmp(t->s, word, t->len);
}

#endif
