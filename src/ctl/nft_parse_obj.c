/* SPDX-License-Identifier: MIT */
/* What stands in a table under a name: counters, quotas, limits, helpers of connections. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"
#include "net/netfilter/nf_conntrack_helper.h"

static const struct { char one[8], all[12]; u8 kind; } words[] = {
	{ "counter", "counters", NFT_STMT_COUNTER }, { "quota", "quotas", NFT_STMT_QUOTA },
	{ "limit", "limits", NFT_STMT_LIMIT },
};

/* "ct helper" is two words. */
static bool is_ct(const struct nft_parser *p, const char *word)
{
	struct nft_lex lx = p->lx;

	nft_lex_next(&lx);
	return nft_is_word(p, "ct") && nft_tok_word(&lx, word);
}

const char *nft_obj_word(u8 kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].kind == kind)
			return words[i].one;
	return kind == NFT_STMT_CT_HELPER ? "ct helper" : "";
}

bool nft_is_obj(const struct nft_parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (nft_is_word(p, words[i].one))
			return true;
	return is_ct(p, "helper");
}

enum nft_stmt_kind nft_obj_kind(struct nft_parser *p)
{
	size_t i = 0;

	if (is_ct(p, "helper")) {
		nft_next(p);
		nft_next(p);
		return NFT_STMT_CT_HELPER;
	}
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
	if (!is_ct(p, "helpers"))
		return false;
	nft_next(p);
	nft_next(p);
	*kind = NFT_STMT_CT_HELPER;
	return true;
}

/* "type "ftp" protocol tcp" */
static bool parse_helper_type(struct nft_parser *p, struct nft_stmt *st)
{
	struct nft_tok at = *nft_tok(p);
	char name[NFT_NAME_MAX];
	u8 protonum;

	if (!nft_name(p, "a helper: ftp, tftp", name) || !nft_expect_word(p, "protocol"))
		return false;
	if (nft_tok(p)->kind != NFT_TOK_WORD ||
	    !nft_value_parse(p->net, NFT_TYPE_PROTO, nft_tok(p)->text, &protonum, 1))
		return nft_unexpected(p, "tcp or udp");
	nft_next(p);
	st->helper.of = nf_conntrack_helper_find(name, protonum);
	return st->helper.of ||
	       nft_error_at(p, &at, "no such helper: there are \"ftp\" protocol tcp and \"tftp\" "
			    "protocol udp");
}

static bool parse_helper_l3(struct nft_parser *p, const struct nft_obj *o, struct nft_stmt *st)
{
	u8 family = o->table->family;

	st->helper.l3 = nft_is_word(p, "ip") ? 4 : nft_is_word(p, "ip6") ? 6 : 0;
	if (!st->helper.l3 && !nft_is_word(p, "inet"))
		return nft_unexpected(p, "ip, ip6 or inet");
	if (family != NFT_INET && st->helper.l3 != (family == NFT_IP ? 4 : 6))
		return nft_error(p, "the table's connections are of another family");
	nft_next(p);
	return true;
}

static bool parse_helper(struct nft_parser *p, struct nft_obj *o)
{
	u8 family = o->table->family;

	if (family == NFT_NETDEV)
		return nft_error(p, "at a device there are no connections");
	o->stmt.helper.l3 = family == NFT_IP ? 4 : family == NFT_IP6 ? 6 : 0;
	if (!nft_expect(p, "{"))
		return false;
	for (nft_skip_lines(p); !nft_is(p, "}"); nft_skip_lines(p)) {
		if (nft_accept_word(p, "type")) {
			if (!parse_helper_type(p, &o->stmt))
				return false;
		} else if (nft_accept_word(p, "l3proto")) {
			if (!parse_helper_l3(p, o, &o->stmt))
				return false;
		} else if (nft_accept_word(p, "comment")) {
			if (!nft_comment(p, &o->comment))
				return false;
		} else {
			return nft_unexpected(p, "type, l3proto, comment or \"}\"");
		}
	}
	if (!o->stmt.helper.of)
		return nft_unexpected(p, "type");
	return nft_expect(p, "}");
}

static bool parse_body(struct nft_parser *p, struct nft_obj *o)
{
	bool said = false;

	if (o->stmt.kind == NFT_STMT_CT_HELPER)
		return parse_helper(p, o);
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

/* "ct helper set "f"", "ct helper set tcp dport map { 21 : "f" }": behind set */
bool nft_parse_helper_set(struct nft_parser *p, struct nft_stmt *st)
{
	memset(&st->vmap, 0, sizeof(st->vmap));
	if (nft_tok(p)->kind == NFT_TOK_WORD && nft_key_begins(p)) {
		st->kind = NFT_STMT_OBJMAP;
		if (!nft_parse_key(p, &st->vmap.key) || !nft_expect_word(p, "map"))
			return false;
		st->vmap.set = nft_parse_set_ref(p, &st->vmap.key, true, NFT_DATA_OBJECTS,
						 NFT_STMT_CT_HELPER);
		return st->vmap.set;
	}
	if (nft_tok(p)->kind != NFT_TOK_WORD && nft_tok(p)->kind != NFT_TOK_STRING)
		return nft_unexpected(p, "a helper's name");
	st->obj = nft_obj_find(p->table, NFT_STMT_CT_HELPER, nft_tok(p)->text);
	if (!st->obj)
		return nft_error(p, "no such ct helper \"%s\" in table %s", nft_tok(p)->text,
				 p->table->name);
	st->kind = NFT_STMT_OBJREF;
	nft_next(p);
	return true;
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
