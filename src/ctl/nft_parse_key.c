/* SPDX-License-Identifier: MIT */
/* What is asked of a packet. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"

#define WORDS_MAX 5			/* of a selector */

/* ---- selectors ---- */

static const struct {
	char said[28], meant[28];
} aliases[] = {
	{ "mark", "meta mark" }, { "pkttype", "meta pkttype" }, { "l4proto", "meta l4proto" },
	{ "nfproto", "meta nfproto" }, { "meta iif", "iif" }, { "meta oif", "oif" },
	{ "meta iifname", "iifname" }, { "meta oifname", "oifname" },
	{ "iiftype", "meta iiftype" }, { "oiftype", "meta oiftype" },
	{ "meta iifgroup", "iifgroup" }, { "meta oifgroup", "oifgroup" },
	{ "skuid", "meta skuid" }, { "skgid", "meta skgid" }, { "cpu", "meta cpu" },
	{ "tcp option sack0 left", "tcp option sack left" },
	{ "tcp option sack0 right", "tcp option sack right" },
	{ "tcp option sack0", "tcp option sack" },
	{ "tcp option sack-permitted", "tcp option sack-perm" },
	{ "ct original l3proto", "ct l3proto" }, { "ct reply l3proto", "ct l3proto" },
	{ "ct original protocol", "ct protocol" }, { "ct reply protocol", "ct protocol" },
	{ "ct original saddr", "ct original ip saddr" },
	{ "ct original daddr", "ct original ip daddr" },
	{ "ct reply saddr", "ct reply ip saddr" }, { "ct reply daddr", "ct reply ip daddr" },
};

const struct nft_selector *nft_selector_named(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].said, text))
			text = aliases[i].meant;
	for (u32 i = 0; i < nft_selectors_n; i++)
		if (!strcmp(nft_selectors[i].text, text))
			return &nft_selectors[i];
	return NULL;
}

/* The selector that the next words are, the longest; *words: how many. */
static const struct nft_selector *selector_next(const struct nft_parser *p, u32 *words)
{
	const struct nft_selector *found = NULL, *s;
	struct nft_lex lx = p->lx;
	char text[WORDS_MAX * 24];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	for (u32 n = 1; n <= WORDS_MAX; n++) {
		if (lx.tok.kind != NFT_TOK_WORD)
			break;
		sb_printf(&sb, "%s%s", n > 1 ? " " : "", lx.tok.text);
		if (sb_truncated(&sb))
			break;
		s = nft_selector_named(text);
		if (s) {
			found = s;
			*words = n;
		}
		nft_lex_next(&lx);
	}
	return found;
}

bool nft_key_begins(const struct nft_parser *p)
{
	u32 words;

	return nft_is_word(p, "fib") || nft_raw_begins(p) || selector_next(p, &words);
}

static bool fib_error(struct nft_parser *p)
{
	return nft_error(p, "fib goes by saddr or daddr, and mark, iif or oif with it (\" . \" "
			 "between), and asks for type, oif or oifname");
}

/* "saddr . mark . iif": what the lookup goes by. */
static bool parse_fib_by(struct nft_parser *p, struct nft_field *f)
{
	static const struct { char word[8]; u8 bit; } by[] = {
		{ "saddr", NFT_FIB_SADDR }, { "daddr", NFT_FIB_DADDR }, { "mark", NFT_FIB_MARK },
		{ "iif", NFT_FIB_IIF }, { "oif", NFT_FIB_OIF },
	};
	size_t i;

	do {
		for (i = 0; i < ARRAY_SIZE(by) && !nft_is_word(p, by[i].word); i++)
			;
		if (i == ARRAY_SIZE(by) || f->fib & by[i].bit)
			return fib_error(p);
		f->fib |= by[i].bit;
		nft_next(p);
	} while (nft_accept(p, "."));
	if (!(f->fib & NFT_FIB_SADDR) == !(f->fib & NFT_FIB_DADDR) ||
	    (f->fib & NFT_FIB_IIF && f->fib & NFT_FIB_OIF))
		return fib_error(p);
	return true;
}

/* "fib daddr type", "fib saddr . iif oif" */
static bool parse_fib(struct nft_parser *p, struct nft_field *f)
{
	nft_next(p);
	if (!parse_fib_by(p, f))
		return false;
	if (nft_accept_word(p, "type")) {
		f->sel = nft_selector_named("fib type");
	} else if (nft_accept_word(p, "oifname")) {
		f->sel = nft_selector_named("fib oifname");
	} else if (nft_accept_word(p, "oif")) {
		f->sel = nft_selector_named(nft_is_word(p, "exists") || nft_is_word(p, "missing") ?
					    "fib oif exists" : "fib oif");
	} else {
		return fib_error(p);
	}
	return true;
}

/* "ip saddr . ip daddr", for jhash */
static bool parse_hashed(struct nft_parser *p, struct nft_field *f)
{
	const struct nft_selector *s;
	u32 words;

	do {
		s = selector_next(p, &words);
		if (!s || f->hashed_n == NFT_FIELDS_MAX || s->base == NFT_BASE_HASH ||
		    s->base == NFT_BASE_NUMGEN)
			return nft_error(p, "jhash goes over up to %d fields of the packet",
					 NFT_FIELDS_MAX);
		while (words--)
			nft_next(p);
		f->hashed[f->hashed_n++] = (u8)(s - nft_selectors);
	} while (nft_accept(p, "."));
	return true;
}

/* "numgen random mod 4 offset 1", "jhash ip saddr . ip daddr mod 2 seed 5" */
static bool parse_generator(struct nft_parser *p, struct nft_field *f)
{
	u64 v;

	if (f->sel->base == NFT_BASE_HASH) {
		if (!parse_hashed(p, f))
			return false;
	} else {
		f->inc = nft_is_word(p, "inc");
		if (!f->inc && !nft_is_word(p, "random"))
			return nft_error(p, "numgen is \"inc\" or \"random\"");
		nft_next(p);
	}
	if (!nft_expect_word(p, "mod") || !nft_number(p, "a modulus", UINT32_MAX, &v))
		return false;
	if (!v)
		return nft_error(p, "a modulus is at least 1");
	f->mod = (u32)v;
	if (f->sel->base == NFT_BASE_HASH && nft_accept_word(p, "seed")) {
		if (!nft_number(p, "a seed", UINT32_MAX, &v))
			return false;
		f->seeded = true;
		f->seed = (u32)v;
	}
	if (nft_accept_word(p, "offset")) {
		if (!nft_number(p, "an offset", UINT32_MAX, &v))
			return false;
		f->offset = (u32)v;
	}
	return true;
}

static bool parse_field(struct nft_parser *p, struct nft_key *key, struct nft_field *f)
{
	u32 words = 0;

	if (nft_raw_begins(p))
		return nft_parse_raw(p, key, f);
	if (nft_is_word(p, "fib"))
		return parse_fib(p, f);
	f->sel = selector_next(p, &words);
	if (!f->sel)
		return nft_error(p, "\"%s\" is nothing that a packet can be asked for",
				 nft_tok(p)->text);
	while (words--)
		nft_next(p);
	if (f->sel->base == NFT_BASE_NUMGEN || f->sel->base == NFT_BASE_HASH)
		return parse_generator(p, f);
	return true;
}

bool nft_parse_key(struct nft_parser *p, struct nft_key *key)
{
	u32 len = 0;

	*key = (struct nft_key){ 0 };
	do {
		if (key->n == NFT_FIELDS_MAX)
			return nft_error(p, "at most %d fields are concatenated", NFT_FIELDS_MAX);
		if (!parse_field(p, key, &key->field[key->n]))
			return false;
		key->n++;
	} while (nft_accept(p, "."));
	if (key->n > 1 && key->masked)
		return nft_error(p, "of a concatenation each field is whole bytes");
	for (u32 i = 0; i < key->n; i++)
		len += nft_field_len(key, i);
	if (len > NFT_KEY_MAX)
		return nft_error(p, "the fields have more than %d bytes together", NFT_KEY_MAX);
	key->len = (u8)len;
	return true;
}

u8 nft_key_type(const struct nft_key *key, u32 i)
{
	return key->field[i].sel->type;
}
