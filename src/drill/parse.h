/* SPDX-License-Identifier: MIT */
/*
 * The parser's own state. The first mistake counts: parse_fail() keeps it and moves to the end of
 * the tokens, so that the callers come to rest by themselves.
 */
#ifndef LINNET_DRILL_PARSE_H
#define LINNET_DRILL_PARSE_H

#include "drill/lex.h"

struct parser {
	struct script *s;
	struct token *t;		/* the next token */
	bool failed;
	unsigned depth;			/* of [ and { */
	struct place *at;
	char *why;
	size_t cap;
};

/* False. expected: "a number"; the token that stands there is told with it. */
bool parse_fail(struct parser *p, const struct token *t, const char *fmt, ...) __printf(3, 4);
/* parse_fail() with "expected X, not Y". */
bool parse_expected(struct parser *p, const char *what);

/* The next token when it is this, which is then taken. */
bool parse_punct(struct parser *p, char c);
bool parse_word(struct parser *p, const char *word);
/* The same, or a mistake. */
bool parse_need(struct parser *p, char c);
/* Decimal or 0x; what: for the message. */
bool parse_number(struct parser *p, u64 most, const char *what, u64 *v);
bool parse_u32(struct parser *p, const char *what, u32 *v);

/* The value of a name that --define or the IP version gives; NULL: neither does. */
const char *parse_defined(const struct parser *p, const struct token *t);

bool parse_packet(struct parser *p, struct packet *out);
struct expr *parse_expr(struct parser *p);
bool parse_call(struct parser *p, struct script_call *c);

#endif
