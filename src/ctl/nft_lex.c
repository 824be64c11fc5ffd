/* SPDX-License-Identifier: MIT */
#include "ctl/nft_lex.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static struct nft_span *span(struct nft_lex *lx)
{
	return &lx->at[lx->depth];
}

static char peek(const struct nft_span *s, size_t i)
{
	return (size_t)(s->end - s->p) > i ? s->p[i] : '\0';
}

static void skip(struct nft_span *s, size_t n)
{
	while (n--) {
		if (*s->p == '\n') {
			s->line++;
			s->col = 0;
		}
		s->p++;
		s->col++;
	}
}

/* Blanks, comments, lines that go on behind a backslash. */
static void skip_blanks(struct nft_span *s)
{
	for (;;) {
		char c = peek(s, 0);

		if (c == ' ' || c == '\t' || c == '\r')
			skip(s, 1);
		else if (c == '\\' && peek(s, 1) == '\n')
			skip(s, 2);
		else if (c == '#')
			while (s->p < s->end && *s->p != '\n')
				skip(s, 1);
		else
			return;
	}
}

/* Addresses with colons: "fe80::1", "::", "02:00:00:00:00:01". 0: it is none; a number or a name
 * may have one colon behind it that is not its own. */
static size_t colon_word(const struct nft_span *s)
{
	u32 colons = 0;
	bool two = false;
	size_t n = 0;

	while (is_hex(peek(s, n)) || peek(s, n) == ':' ||
	       (colons >= 2 && peek(s, n) == '.')) {
		if (peek(s, n) == ':') {
			colons++;
			two |= peek(s, n + 1) == ':';
		}
		n++;
	}
	if (!two && colons != 5 && colons != 7)
		return 0;
	if (is_letter(peek(s, n)))
		return 0;
	while (n && peek(s, n - 1) == ':' && !(n >= 2 && peek(s, n - 2) == ':'))
		n--;		/* "fe80::1:": what separates it from its value */
	return n;
}

static size_t plain_word(const struct nft_span *s)
{
	size_t n = 0;

	if (is_digit(peek(s, 0))) {
		while (is_letter(peek(s, n)) || is_digit(peek(s, n)) ||
		       (peek(s, n) == '.' && is_digit(peek(s, n + 1))))
			n++;
		return n;
	}
	if (!is_letter(peek(s, 0)))
		return 0;
	while (is_letter(peek(s, n)) || is_digit(peek(s, n)) ||
	       ((peek(s, n) == '-' || peek(s, n) == '.' || peek(s, n) == '/') &&
		(is_letter(peek(s, n + 1)) || is_digit(peek(s, n + 1)))))
		n++;
	return n + (peek(s, n) == '*');
}

static void take(struct nft_lex *lx, size_t from, size_t n, size_t all)
{
	struct nft_span *s = span(lx);

	if (n >= NFT_WORD_MAX) {
		lx->bad = "longer than 127 characters";
		n = NFT_WORD_MAX - 1;
	}
	memcpy(lx->tok.text, s->p + from, n);
	lx->tok.text[n] = '\0';
	skip(s, all);
}

static void read_string(struct nft_lex *lx)
{
	struct nft_span *s = span(lx);
	size_t n = 1;

	while (peek(s, n) && peek(s, n) != '"' && peek(s, n) != '\n')
		n++;
	if (peek(s, n) != '"')
		lx->bad = "a string without its second quote";
	lx->tok.kind = NFT_TOK_STRING;
	take(lx, 1, n - 1, n + (peek(s, n) == '"'));
}

static void read_sign(struct nft_lex *lx)
{
	static const char two[][3] = { "==", "!=", "<=", ">=", "<<", ">>" };
	struct nft_span *s = span(lx);
	char c = peek(s, 0);

	lx->tok.kind = NFT_TOK_SIGN;
	lx->tok.sign[0] = (u8)c;
	lx->tok.sign[1] = 0;
	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
		if (c == two[i][0] && peek(s, 1) == two[i][1])
			lx->tok.sign[1] = (u8)two[i][1];
	if (!strchr("{}(),:=<>&|^~!@/-+.*[]", c))
		lx->bad = "no such sign in the language";
	skip(s, lx->tok.sign[1] ? 2 : 1);
}

/* $NAME: its value is read in its place. */
static bool enter_variable(struct nft_lex *lx)
{
	struct nft_span *s = span(lx);
	size_t n = 1;

	while (is_letter(peek(s, n)) || is_digit(peek(s, n)))
		n++;
	for (u32 i = *lx->ndefines; i-- > 0;) {
		const struct nft_define *d = &lx->defines[i];

		if (strlen(d->name) != n - 1 || memcmp(d->name, s->p + 1, n - 1))
			continue;
		skip(s, n);
		if (lx->depth + 1 == NFT_NESTED_MAX) {
			lx->bad = "variables are nested too deep";
			return false;
		}
		lx->at[++lx->depth] = d->value;
		return true;
	}
	lx->bad = "no such variable: write `define NAME = value` before";
	lx->tok.kind = NFT_TOK_SIGN;
	lx->tok.sign[0] = '$';
	skip(s, n);
	return false;
}

void nft_lex_next(struct nft_lex *lx)
{
	struct nft_span *s;
	size_t n;
	char c;

	lx->bad = NULL;
	for (;;) {
		s = span(lx);
		skip_blanks(s);
		if (s->p < s->end || !lx->depth)
			break;
		lx->depth--;
	}
	memset(&lx->tok, 0, sizeof(lx->tok));
	lx->tok.line = s->line;
	lx->tok.col = s->col;
	c = peek(s, 0);
	if (s->p == s->end) {
		lx->tok.kind = NFT_TOK_END;
	} else if (c == '\n' || c == ';') {
		lx->tok.kind = NFT_TOK_LINE;
		skip(s, 1);
		lx->tok.end = lx->tok.col;
		return;
	} else if (c == '$') {
		if (enter_variable(lx)) {
			nft_lex_next(lx);
			return;
		}
	} else if (c == '"') {
		read_string(lx);
	} else if ((n = colon_word(s)) || (n = plain_word(s))) {
		lx->tok.kind = NFT_TOK_WORD;
		take(lx, 0, n, n);
	} else {
		read_sign(lx);
	}
	lx->tok.end = s->col > lx->tok.col ? s->col - 1 : lx->tok.col;
}

void nft_lex_init(struct nft_lex *lx, const char *text, size_t len,
		  const struct nft_define *defines, const u32 *ndefines)
{
	*lx = (struct nft_lex){ .defines = defines, .ndefines = ndefines };
	lx->at[0] = (struct nft_span){ text, text + len, 1, 1 };
	nft_lex_next(lx);
}

struct nft_span nft_lex_value(struct nft_lex *lx)
{
	struct nft_span *s = span(lx), value;
	u32 braces = 0;

	skip_blanks(s);
	value = *s;
	while (s->p < s->end && (braces || (*s->p != '\n' && *s->p != ';' && *s->p != '#'))) {
		braces += *s->p == '{';
		braces -= *s->p == '}' && braces;
		skip(s, 1);
	}
	value.end = s->p;
	nft_lex_next(lx);
	return value;
}
