/* SPDX-License-Identifier: MIT */
/* Errors with their place, and the next token. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"

/* ---- errors ---- */

static void show_line(struct nft_parser *p, const struct nft_tok *t)
{
	const char *at = p->text, *end = p->text + p->len;
	u32 line = 1, n = 0, col = 1;

	while (at < end && line < t->line)
		line += *at++ == '\n';
	while (at + n < end && at[n] != '\n')
		n++;
	sb_putn(p->out, at, n);
	sb_putc(p->out, '\n');
	for (; col < t->col; col++)
		sb_putc(p->out, col <= n && at[col - 1] == '\t' ? '\t' : ' ');
	for (; col <= t->end; col++)
		sb_putc(p->out, '^');
	sb_putc(p->out, '\n');
}

static void tell(struct nft_parser *p, const struct nft_tok *t, const char *fmt, va_list ap)
{
	if (p->failed)
		return;
	p->failed = true;
	if (!p->err)
		p->err = -EINVAL;
	sb_printf(p->out, "%s:%u:%u-%u: Error: ", p->source, t->line, t->col, t->end);
	sb_vprintf(p->out, fmt, ap);
	sb_putc(p->out, '\n');
	show_line(p, t);
}

bool nft_error(struct nft_parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(p, nft_tok(p), fmt, ap);
	va_end(ap);
	return false;
}

bool nft_error_at(struct nft_parser *p, const struct nft_tok *tok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(p, tok, fmt, ap);
	va_end(ap);
	return false;
}

bool nft_nomem(struct nft_parser *p)
{
	p->err = -ENOMEM;
	return nft_error(p, "out of memory");
}

/* ---- tokens ---- */

void nft_next(struct nft_parser *p)
{
	nft_lex_next(&p->lx);
	if (p->lx.bad)
		nft_error(p, "%s", p->lx.bad);
}

bool nft_accept(struct nft_parser *p, const char *sign)
{
	if (!nft_is(p, sign))
		return false;
	nft_next(p);
	return true;
}

bool nft_accept_word(struct nft_parser *p, const char *word)
{
	if (!nft_is_word(p, word))
		return false;
	nft_next(p);
	return true;
}

bool nft_unexpected(struct nft_parser *p, const char *want)
{
	const struct nft_tok *t = nft_tok(p);

	switch (t->kind) {
	case NFT_TOK_END:
		return nft_error(p, "syntax error, the text ends: %s was expected", want);
	case NFT_TOK_LINE:
		return nft_error(p, "syntax error, the line ends: %s was expected", want);
	case NFT_TOK_SIGN:
		return nft_error(p, "syntax error, unexpected %c%s: %s was expected", t->sign[0],
				 t->sign[1] ? "=" : "", want);
	default:
		return nft_error(p, "syntax error, unexpected \"%s\": %s was expected", t->text,
				 want);
	}
}

bool nft_expect(struct nft_parser *p, const char *sign)
{
	char want[8] = { '"', sign[0], '"' };

	return nft_accept(p, sign) || nft_unexpected(p, want);
}

bool nft_expect_word(struct nft_parser *p, const char *word)
{
	return nft_accept_word(p, word) || nft_unexpected(p, word);
}

bool nft_name(struct nft_parser *p, const char *what, char name[NFT_NAME_MAX])
{
	const struct nft_tok *t = nft_tok(p);

	if ((t->kind != NFT_TOK_WORD && t->kind != NFT_TOK_STRING) || !*t->text)
		return nft_unexpected(p, what);
	if (strlen(t->text) >= NFT_NAME_MAX)
		return nft_error(p, "%s has at most %d characters", what, NFT_NAME_MAX - 1);
	memcpy(name, t->text, strlen(t->text) + 1);
	nft_next(p);
	return true;
}

bool nft_number(struct nft_parser *p, const char *what, u64 max, u64 *v)
{
	if (nft_tok(p)->kind != NFT_TOK_WORD || !nft_number_parse(nft_tok(p)->text, v))
		return nft_unexpected(p, what);
	if (*v > max)
		return nft_error(p, "%s is at most %llu", what, (unsigned long long)max);
	nft_next(p);
	return true;
}

bool nft_comment(struct nft_parser *p, char **comment)
{
	if (nft_tok(p)->kind != NFT_TOK_STRING && nft_tok(p)->kind != NFT_TOK_WORD)
		return nft_unexpected(p, "a comment in quotes");
	nft_strfree(p->net, *comment);
	*comment = nft_strdup(p->net, nft_tok(p)->text);
	if (!*comment)
		return nft_nomem(p);
	nft_next(p);
	return true;
}

void nft_skip_lines(struct nft_parser *p)
{
	while (p->lx.tok.kind == NFT_TOK_LINE && !p->failed)
		nft_next(p);
}

void nft_skip_rest(struct nft_parser *p)
{
	u32 depth = 0;

	while (!p->failed && nft_tok(p)->kind != NFT_TOK_END) {
		if (!depth && nft_at_end(p))
			return;
		depth += nft_is(p, "{");
		depth -= nft_is(p, "}");
		nft_next(p);
	}
}
