/* SPDX-License-Identifier: MIT */
/* Words of nftables' language, and where they stand. */
#ifndef LINNET_CTL_NFT_LEX_H
#define LINNET_CTL_NFT_LEX_H

#include "base/fmt.h"

#define NFT_WORD_MAX 128	/* bytes of a word, with the 0 */
#define NFT_DEFINES_MAX 64
#define NFT_NESTED_MAX 8	/* variables within variables */

enum nft_tok_kind { NFT_TOK_END, NFT_TOK_LINE /* newline or ; */, NFT_TOK_WORD, NFT_TOK_STRING,
		    NFT_TOK_SIGN };

struct nft_tok {
	u8 kind;
	u8 sign[2];			/* of NFT_TOK_SIGN: "==", or one character */
	u32 line, col, end;		/* from 1; the last column */
	char text[NFT_WORD_MAX];	/* of words and strings */
};

struct nft_span {			/* a part of the text */
	const char *p, *end;
	u32 line, col;
};

struct nft_define {
	char name[NFT_WORD_MAX];
	struct nft_span value;
};

struct nft_lex {
	struct nft_span at[NFT_NESTED_MAX];	/* the innermost last */
	u32 depth;
	struct nft_tok tok;			/* the next one */
	const struct nft_define *defines;
	const u32 *ndefines;
	const char *bad;			/* what is wrong with tok, or NULL */
};

/* Reads the first token. */
void nft_lex_init(struct nft_lex *lx, const char *text, size_t len,
		  const struct nft_define *defines, const u32 *ndefines);
void nft_lex_next(struct nft_lex *lx);
/* From the next token to the end of the value: of a define. */
struct nft_span nft_lex_value(struct nft_lex *lx);

static inline bool nft_tok_is(const struct nft_lex *lx, const char *sign)
{
	return lx->tok.kind == NFT_TOK_SIGN && lx->tok.sign[0] == (u8)sign[0] &&
	       lx->tok.sign[1] == (u8)sign[1];
}

static inline bool nft_tok_word(const struct nft_lex *lx, const char *word)
{
	return lx->tok.kind == NFT_TOK_WORD && !strcmp(lx->tok.text, word);
}

#endif
