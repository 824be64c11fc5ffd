/* SPDX-License-Identifier: MIT */
/* What is listed, and reset: of the ruleset, a table, a kind of things. */
#include "ctl/nft_parse.h"

static bool list_ruleset(struct nft_parser *p)
{
	const struct nft_table *t;
	u8 family = nft_accept_family(p);

	list_for_each_entry(t, &p->net->ct->nft->tables, list)
		if (family == NFT_FAMILIES || t->family == family)
			nft_print_table(p, t);
	return true;
}

/* "counters [FAMILY] [table NAME]", the same of others: from the word on. */
static bool list_part(struct nft_parser *p, enum nft_part part, enum nft_stmt_kind kind, bool reset)
{
	const struct nft_table *t, *only = NULL;
	struct nft_obj *o;
	u8 family;

	if (nft_accept_word(p, "table")) {
		only = nft_find_table(p, true);
		if (!only)
			return false;
	}
	family = nft_accept_family(p);
	list_for_each_entry(t, &p->net->ct->nft->tables, list) {
		if ((only && t != only) || (family != NFT_FAMILIES && t->family != family))
			continue;
		nft_print_part(p, t, part, (u8)kind);
		list_for_each_entry(o, &t->objs, list)
			if (reset && o->stmt.kind == kind)
				nft_obj_reset(o);
	}
	return true;
}

static bool list_obj(struct nft_parser *p, bool reset)
{
	struct nft_obj *o = nft_find_obj(p);

	if (!o)
		return false;
	nft_print_obj(p, o);
	if (reset)
		nft_obj_reset(o);
	return true;
}

static void reset_chain(const struct nft_chain *c)
{
	struct nft_rule *r;

	list_for_each_entry(r, &c->rules, list)
		for (struct nft_stmt *st = r->stmts; st; st = st->next)
			nft_stmt_reset(st);
}

static void reset_table(const struct nft_table *t)
{
	struct nft_chain *c;

	list_for_each_entry(c, &t->chains, list)
		reset_chain(c);
}

/* "rules", "rules table ip t", "rules chain ip t c": listed, and what they counted is 0. */
static bool reset_rules(struct nft_parser *p, bool really)
{
	struct nft_table *t;
	struct nft_chain *c;

	if (nft_accept_word(p, "chain")) {
		c = nft_find_chain(p);
		if (!c)
			return false;
		nft_print_chain(p, c);
		if (really)
			reset_chain(c);
		return true;
	}
	if (nft_accept_word(p, "table")) {
		t = nft_find_table(p, true);
		if (!t)
			return false;
		nft_print_table(p, t);
		if (really)
			reset_table(t);
		return true;
	}
	if (!list_ruleset(p))
		return false;
	list_for_each_entry(t, &p->net->ct->nft->tables, list)
		if (really)
			reset_table(t);
	return true;
}

bool nft_cmd_reset(struct nft_parser *p)
{
	bool really = !(p->how & NFT_RUN_CHECK);
	enum nft_stmt_kind kind;

	if (nft_is_word(p, "counter") || nft_is_word(p, "quota"))
		return list_obj(p, really);
	if (!nft_is_word(p, "limits") && nft_accept_objs(p, &kind))
		return list_part(p, NFT_PART_OBJS, kind, really);
	if (nft_accept_word(p, "rules"))
		return reset_rules(p, really);
	return nft_unexpected(p, "counter, counters, quota, quotas or rules");
}

/* "meter ip t m" */
static bool list_meter(struct nft_parser *p)
{
	const struct nft_table *t = nft_find_table(p, true);
	struct nft_set *s;

	if (!t)
		return false;
	if (nft_tok(p)->kind != NFT_TOK_WORD)
		return nft_unexpected(p, "a meter's name");
	list_for_each_entry(s, &p->net->ct->nft->meters, list) {
		if (s->table != t || strcmp(s->name, nft_tok(p)->text))
			continue;
		nft_next(p);
		nft_print_set(p, s);
		return true;
	}
	return nft_error(p, "no such meter \"%s\" in table %s", nft_tok(p)->text, t->name);
}

bool nft_cmd_list(struct nft_parser *p)
{
	static const struct { char word[8]; u8 part; } parts[] = {
		{ "sets", NFT_PART_SETS }, { "maps", NFT_PART_MAPS },
		{ "meters", NFT_PART_METERS }, { "chains", NFT_PART_CHAINS },
	};
	enum nft_stmt_kind kind = NFT_STMT_COUNTER;
	const struct nft_table *t;
	struct nft_chain *c;
	struct nft_set *s;

	if (nft_accept_word(p, "ruleset"))
		return list_ruleset(p);
	if (nft_accept_word(p, "tables")) {
		list_for_each_entry(t, &p->net->ct->nft->tables, list)
			sb_printf(p->out, "table %s %s\n", nft_family_name(t->family), t->name);
		return true;
	}
	if (nft_accept_word(p, "table")) {
		t = nft_find_table(p, true);
		if (t)
			nft_print_table(p, t);
		return t;
	}
	if (nft_accept_word(p, "chain")) {
		c = nft_find_chain(p);
		if (c)
			nft_print_chain(p, c);
		return c;
	}
	if (nft_accept_word(p, "set") || nft_accept_word(p, "map")) {
		s = nft_find_set(p);
		if (s)
			nft_print_set(p, s);
		return s;
	}
	if (nft_accept_word(p, "meter"))
		return list_meter(p);
	if (nft_accept_word(p, "flowtable"))
		return nft_list_flowtable(p);
	if (nft_accept_word(p, "flowtables"))
		return nft_list_flowtables(p);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (nft_accept_word(p, parts[i].word))
			return list_part(p, (enum nft_part)parts[i].part, kind, false);
	if (nft_accept_objs(p, &kind))
		return list_part(p, NFT_PART_OBJS, kind, false);
	if (nft_is_obj(p))
		return list_obj(p, false);
	return nft_unexpected(p, "ruleset, tables, chains, sets, maps, meters, flowtables, "
			      "counters, quotas, limits or one of them");
}
