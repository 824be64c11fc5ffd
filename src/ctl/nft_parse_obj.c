/* SPDX-License-Identifier: MIT */
/* Counters, quotas and limits that stand in a table under a name. */
#include "ctl/nft_parse.h"

static const struct { char one[8], all[12]; u8 kind; } words[] = {
	{ "counter", "counters", NFT_STMT_COUNTER }, { "quota", "quotas", NFT_STMT_QUOTA },
	{ "limit", "limits", NFT_STMT_LIMIT },
};

const char *nft_obj_word(u8 kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].kind == kind)
			return words[i].one;
	return "";
}

bool nft_is_obj(const struct nft_parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (nft_is_word(p, words[i].one))
			return true;
	return false;
}

enum nft_stmt_kind nft_obj_kind(struct nft_parser *p)
{
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(words) && !nft_is_word(p, words[i].one))
		i++;
	nft_next(p);
	return (enum nft_stmt_kind)words[i].kind;
}

bool nft_accept_objs(struct nft_parser *p, enum nft_stmt_kind *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (nft_accept_word(p, words[i].all)) {
			*kind = (enum nft_stmt_kind)words[i].kind;
			return true;
		}
	return false;
}

static bool parse_body(struct nft_parser *p, struct nft_obj *o)
{
	bool said = false;

	if (!nft_accept(p, "{"))
		return nft_at_end(p) ? o->stmt.kind == NFT_STMT_COUNTER ||
				       nft_unexpected(p, "what it allows") :
				       nft_parse_counted(p, &o->stmt);
	for (nft_skip_lines(p); !nft_is(p, "}"); nft_skip_lines(p)) {
		if (nft_accept_word(p, "comment")) {
			if (!nft_comment(p, &o->comment))
				return false;
		} else if (said || nft_tok(p)->kind == NFT_TOK_END) {
			return nft_unexpected(p, "\"}\"");
		} else {
			said = true;
			if (!nft_parse_counted(p, &o->stmt))
				return false;
		}
	}
	if (!said && o->stmt.kind != NFT_STMT_COUNTER)
		return nft_unexpected(p, "what it allows");
	return nft_expect(p, "}");
}

bool nft_parse_obj(struct nft_parser *p, struct nft_table *t, enum nft_stmt_kind kind, bool create)
{
	struct nft_tok at = *nft_tok(p);
	struct nft_obj *o = nft_obj_new(t, kind);

	if (!o)
		return nft_nomem(p);
	if (!nft_name(p, "a name", o->name) || !parse_body(p, o)) {
		nft_obj_destroy(p->net, o);
		return false;
	}
	if (!nft_obj_find(t, kind, o->name))
		return !nft_obj_add(o) || nft_nomem(p);
	nft_obj_destroy(p->net, o);
	return !create || nft_error_at(p, &at, "it exists");
}

void nft_stmt_reset(struct nft_stmt *st)
{
	if (st->kind == NFT_STMT_COUNTER)
		st->counter.packets = st->counter.bytes = 0;
	else if (st->kind == NFT_STMT_QUOTA)
		st->quota.used = 0;
}

void nft_obj_reset(struct nft_obj *o)
{
	nft_stmt_reset(&o->stmt);
}
