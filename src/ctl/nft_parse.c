/* SPDX-License-Identifier: MIT */
/* Commands, tables. */
#include "ctl/nft_parse.h"

/* ---- tables ---- */

const char *nft_family_name(u8 family)
{
	static const char names[NFT_FAMILIES][8] = { "inet", "ip", "ip6", "netdev" };

	return names[family];
}

u8 nft_accept_family(struct nft_parser *p)
{
	u8 family = 0;

	while (family < NFT_FAMILIES && !nft_accept_word(p, nft_family_name(family)))
		family++;
	return family;
}

/* Without a word for it: ip, as nft has it. */
static bool parse_family(struct nft_parser *p, enum nft_family *family)
{
	u8 named = nft_accept_family(p);

	*family = named < NFT_FAMILIES ? (enum nft_family)named : NFT_IP;
	if (named < NFT_FAMILIES)
		return true;
	if (nft_is_word(p, "arp") || nft_is_word(p, "bridge"))
		return nft_error(p, "family %s is not supported (inet, ip, ip6, netdev)",
				 nft_tok(p)->text);
	return true;
}

struct nft_table *nft_find_table(struct nft_parser *p, bool must)
{
	enum nft_family family;
	struct nft_tok at;
	char name[NFT_NAME_MAX];
	struct nft_table *t;

	if (!parse_family(p, &family))
		return NULL;
	at = *nft_tok(p);
	if (!nft_name(p, "a table's name", name))
		return NULL;
	t = nft_table_find(p->net, family, name);
	if (!t && must)
		nft_error_at(p, &at, "no such table %s %s", nft_family_name(family), name);
	if (!t && !must && nft_table_add(p->net, family, name, &t))
		nft_nomem(p);
	return p->failed ? NULL : t;
}

enum pass { CHAINS, SETS, RULES, PASSES };

static bool table_line(struct nft_parser *p, struct nft_table *t, enum pass pass)
{
	bool map = nft_is_word(p, "map");

	if (nft_accept_word(p, "chain")) {
		if (pass == CHAINS)
			return nft_parse_chain_head(p, t);
		if (pass == RULES)
			return nft_parse_chain_rules(p, t);
		nft_skip_rest(p);
		return true;
	}
	if (map || nft_is_word(p, "set")) {
		nft_next(p);
		if (pass == SETS)
			return nft_parse_set_block(p, t, map);
		nft_skip_rest(p);
		return true;
	}
	if (nft_is_obj(p)) {
		enum nft_stmt_kind kind = nft_obj_kind(p);

		if (pass == SETS)
			return nft_parse_obj(p, t, kind, false);
		nft_skip_rest(p);
		return true;
	}
	if (nft_accept_word(p, "flowtable")) {
		if (pass == SETS)
			return nft_parse_flowtable(p, t, false);
		nft_skip_rest(p);
		return true;
	}
	if (nft_accept_word(p, "comment"))
		return nft_comment(p, &t->comment);
	if (nft_accept_word(p, "flags")) {
		if (!nft_expect_word(p, "dormant"))
			return false;
		return !nft_table_set_dormant(t, true) || nft_nomem(p);
	}
	return nft_unexpected(p, "chain, set, map, flowtable, counter, quota, limit, flags or "
			      "comment");
}

/* A table may speak of what stands further down in it. */
static bool parse_table(struct nft_parser *p)
{
	struct nft_table *t = nft_find_table(p, false);
	struct nft_lex from;

	if (!t)
		return false;
	if (!nft_accept(p, "{"))
		return true;
	from = p->lx;
	for (enum pass pass = CHAINS; pass < PASSES; pass++) {
		p->lx = from;
		for (nft_skip_lines(p); !nft_is(p, "}"); nft_skip_lines(p))
			if (!table_line(p, t, pass) || p->failed)
				return false;
	}
	return nft_expect(p, "}");
}

/* ---- commands ---- */

enum command { CMD_ADD, CMD_CREATE, CMD_INSERT, CMD_REPLACE, CMD_DELETE, CMD_DESTROY, CMD_FLUSH,
	       CMD_LIST, CMD_RENAME, CMD_RESET, CMDS };

static const char commands[CMDS][8] = { "add", "create", "insert", "replace", "delete", "destroy",
					"flush", "list", "rename", "reset" };

struct nft_chain *nft_find_chain(struct nft_parser *p)
{
	struct nft_table *t = nft_find_table(p, true);
	struct nft_chain *c;

	if (!t)
		return NULL;
	c = nft_tok(p)->kind == NFT_TOK_WORD ? nft_chain_find(t, nft_tok(p)->text) : NULL;
	if (!c) {
		if (nft_tok(p)->kind == NFT_TOK_WORD)
			nft_error(p, "no such chain \"%s\" in table %s", nft_tok(p)->text, t->name);
		else
			nft_unexpected(p, "a chain's name");
		return NULL;
	}
	nft_next(p);
	return c;
}

struct nft_set *nft_find_set(struct nft_parser *p)
{
	struct nft_table *t = nft_find_table(p, true);
	struct nft_set *s;

	if (!t)
		return NULL;
	s = nft_tok(p)->kind == NFT_TOK_WORD ? nft_set_by_name(t, nft_tok(p)->text) : NULL;
	if (!s) {
		if (nft_tok(p)->kind == NFT_TOK_WORD)
			nft_error(p, "no such set \"%s\" in table %s", nft_tok(p)->text, t->name);
		else
			nft_unexpected(p, "a set's name");
		return NULL;
	}
	nft_next(p);
	return s;
}

/* "counter ip t c" */
struct nft_obj *nft_find_obj(struct nft_parser *p)
{
	enum nft_stmt_kind kind = nft_obj_kind(p);
	struct nft_table *t = nft_find_table(p, true);
	struct nft_obj *o;

	if (!t)
		return NULL;
	o = nft_obj_find(t, kind, nft_tok(p)->text);
	if (o)
		nft_next(p);
	else
		nft_error(p, "no such %s \"%s\" in table %s", nft_obj_word((u8)kind),
			  nft_tok(p)->text, t->name);
	return o;
}

/* "handle 4", "position 4", "index 0" */
static bool find_rule(struct nft_parser *p, const struct nft_chain *c, struct nft_rule **r)
{
	bool index = nft_is_word(p, "index");
	u64 v;

	*r = NULL;
	if (!index && !nft_is_word(p, "handle") && !nft_is_word(p, "position"))
		return true;
	nft_next(p);
	if (!nft_number(p, "a number", UINT32_MAX, &v))
		return false;
	if (!index) {
		*r = nft_rule_by_handle(c, v);
	} else {
		struct nft_rule *i;

		list_for_each_entry(i, &c->rules, list)
			if (!v-- && !*r)
				*r = i;
	}
	return *r || nft_error(p, "no such rule in chain %s", c->name);
}

static bool cmd_rule(struct nft_parser *p, enum command cmd)
{
	struct nft_chain *c = nft_find_chain(p);
	struct nft_rule *r;

	if (!c || !find_rule(p, c, &r))
		return false;
	if (cmd == CMD_DELETE || cmd == CMD_DESTROY) {
		if (!r)
			return nft_unexpected(p, "handle and a number");
		return !nft_rule_del(r) || nft_nomem(p);
	}
	if (cmd == CMD_REPLACE) {
		if (!r)
			return nft_unexpected(p, "handle and a number");
		return nft_parse_new_rule(p, c, r, false) && (!nft_rule_del(r) || nft_nomem(p));
	}
	return nft_parse_new_rule(p, c, r, cmd == CMD_INSERT);
}

static bool busy(struct nft_parser *p, const struct nft_tok *at, int err, const char *why)
{
	if (err == -EBUSY)
		return nft_error_at(p, at, "%s", why);
	return !err || nft_nomem(p);
}

static bool cmd_delete(struct nft_parser *p, bool destroy)
{
	struct nft_tok at = *nft_tok(p);
	struct nft_chain *c;
	struct nft_table *t;
	struct nft_obj *o;
	struct nft_set *s;

	(void)destroy;
	if (nft_accept_word(p, "table")) {
		t = nft_find_table(p, true);
		return t && (!nft_table_del(t) || nft_nomem(p));
	}
	if (nft_accept_word(p, "chain")) {
		c = nft_find_chain(p);
		return c && busy(p, &at, nft_chain_del(c), "a rule jumps to this chain");
	}
	if (nft_accept_word(p, "set") || nft_accept_word(p, "map")) {
		s = nft_find_set(p);
		return s && busy(p, &at, nft_set_del(s), "a rule looks into this set");
	}
	if (nft_accept_word(p, "element")) {
		s = nft_find_set(p);
		return s && nft_parse_elements(p, s, true);
	}
	if (nft_accept_word(p, "flowtable"))
		return nft_delete_flowtable(p);
	if (nft_is_obj(p)) {
		o = nft_find_obj(p);
		return o && busy(p, &at, nft_obj_del(o), "a rule refers to it");
	}
	return nft_unexpected(p, "table, chain, rule, set, map, element, flowtable, counter, "
			      "quota or limit");
}

static bool cmd_add(struct nft_parser *p, bool create)
{
	struct nft_tok at;
	struct nft_set *s;
	struct nft_table *t;
	enum nft_family family;
	struct nft_lex lx = p->lx;

	if (nft_accept_word(p, "table")) {
		at = *nft_tok(p);
		lx = p->lx;
		if (create && parse_family(p, &family) &&
		    nft_table_find(p->net, family, nft_tok(p)->text))
			return nft_error_at(p, &at, "the table exists");
		p->lx = lx;
		return parse_table(p);
	}
	if (nft_accept_word(p, "chain"))
		return nft_cmd_add_chain(p);
	if (nft_accept_word(p, "element")) {
		s = nft_find_set(p);
		return s && nft_parse_elements(p, s, false);
	}
	if (nft_is_word(p, "set") || nft_is_word(p, "map")) {
		bool map = nft_is_word(p, "map");

		nft_next(p);
		t = nft_find_table(p, true);
		return t && nft_parse_set_block(p, t, map);
	}
	if (nft_accept_word(p, "flowtable")) {
		t = nft_find_table(p, true);
		return t && nft_parse_flowtable(p, t, create);
	}
	if (nft_is_obj(p)) {
		enum nft_stmt_kind kind = nft_obj_kind(p);

		t = nft_find_table(p, true);
		return t && nft_parse_obj(p, t, kind, create);
	}
	return nft_unexpected(p, "table, chain, rule, set, map, element, flowtable, counter, "
			      "quota or limit");
}

static bool flush_chain(struct nft_chain *c)
{
	while (!list_empty(&c->rules))
		if (nft_rule_del(list_first_entry(&c->rules, struct nft_rule, list)))
			return false;
	return true;
}

static bool cmd_flush(struct nft_parser *p)
{
	struct nft_chain *c;
	struct nft_table *t;
	struct nft_set *s;

	if (nft_accept_word(p, "ruleset")) {
		while (!list_empty(&p->net->ct->nft->tables))
			if (nft_table_del(list_first_entry(&p->net->ct->nft->tables,
							   struct nft_table, list)))
				return nft_nomem(p);
		return true;
	}
	if (nft_accept_word(p, "table")) {
		t = nft_find_table(p, true);
		if (!t)
			return false;
		list_for_each_entry(c, &t->chains, list)
			if (!flush_chain(c))
				return nft_nomem(p);
		return true;
	}
	if (nft_accept_word(p, "chain")) {
		c = nft_find_chain(p);
		return c && (flush_chain(c) || nft_nomem(p));
	}
	if (nft_accept_word(p, "set") || nft_accept_word(p, "map")) {
		s = nft_find_set(p);
		return s && (!nft_set_flush(s) || nft_nomem(p));
	}
	return nft_unexpected(p, "ruleset, table, chain, set or map");
}

static bool cmd_rename(struct nft_parser *p)
{
	char name[NFT_NAME_MAX];
	struct nft_chain *c;

	if (!nft_expect_word(p, "chain"))
		return false;
	c = nft_find_chain(p);
	if (!c || !nft_name(p, "a chain's name", name))
		return false;
	if (nft_chain_find(c->table, name))
		return nft_error(p, "chain \"%s\" exists", name);
	return !nft_chain_rename(c, name) || nft_nomem(p);
}

static bool run_command(struct nft_parser *p, enum command cmd)
{
	if (nft_accept_word(p, "rule"))
		return cmd_rule(p, cmd);
	switch (cmd) {
	case CMD_ADD:
	case CMD_CREATE:
		return cmd_add(p, cmd == CMD_CREATE);
	case CMD_DELETE:
	case CMD_DESTROY:
		return cmd_delete(p, cmd == CMD_DESTROY);
	case CMD_FLUSH:
		return cmd_flush(p);
	case CMD_LIST:
		return nft_cmd_list(p);
	case CMD_RENAME:
		return cmd_rename(p);
	case CMD_RESET:
		return nft_cmd_reset(p);
	default:
		return nft_unexpected(p, "rule");
	}
}

static bool parse_define(struct nft_parser *p, bool again)
{
	struct nft_define *d;
	char name[NFT_NAME_MAX];

	if (p->ndefines == NFT_DEFINES_MAX)
		return nft_error(p, "at most %d variables are defined", NFT_DEFINES_MAX);
	d = &p->defines[p->ndefines];
	if (!nft_name(p, "a variable's name", name))
		return false;
	for (u32 i = 0; i < p->ndefines && !again; i++)
		if (!strcmp(p->defines[i].name, name))
			return nft_error(p, "variable \"%s\" is defined already (redefine)", name);
	memcpy(d->name, name, sizeof(name));
	if (!nft_is(p, "="))
		return nft_unexpected(p, "\"=\"");
	d->value = nft_lex_value(&p->lx);
	p->ndefines++;
	return true;
}

static bool command(struct nft_parser *p)
{
	if (nft_accept_word(p, "define"))
		return parse_define(p, false);
	if (nft_accept_word(p, "redefine"))
		return parse_define(p, true);
	if (nft_is_word(p, "include"))
		return nft_error(p, "include is not supported: give the files one after the other");
	if (nft_accept_word(p, "table"))
		return parse_table(p);
	for (u32 i = 0; i < CMDS; i++)
		if (nft_accept_word(p, commands[i]))
			return run_command(p, (enum command)i);
	return nft_unexpected(p, "table, add, create, insert, replace, delete, flush, list, "
			      "rename or define");
}

static void commit_error(struct nft_parser *p, const struct nft_problem *bad, int err)
{
	p->err = err;
	p->failed = true;
	sb_printf(p->out, "%s: Error: %s", p->source, bad->what ? bad->what : "out of memory");
	if (bad->chain)
		sb_printf(p->out, " (table %s, chain %s)", bad->chain->table->name,
			  bad->chain->name);
	if (bad->set)
		sb_printf(p->out, " (table %s, set %s)", bad->set->table->name, bad->set->name);
	sb_putc(p->out, '\n');
	if (bad->rule) {
		nft_print_rule(p, bad->rule);
		sb_putc(p->out, '\n');
	}
}

int nft_run(struct net *net, const char *source, const char *text, size_t len, u32 how,
	    struct strbuf *out)
{
	struct nft_parser *p = mem_zalloc(&net->mem, sizeof(*p));
	struct nft_problem bad;
	int err;

	if (!p)
		return -ENOMEM;
	*p = (struct nft_parser){ .net = net, .out = out, .source = source, .text = text,
				  .len = len, .how = how };
	nft_lex_init(&p->lx, text, len, p->defines, &p->ndefines);
	if (p->lx.bad)
		nft_error(p, "%s", p->lx.bad);
	for (nft_skip_lines(p); !p->failed && nft_tok(p)->kind != NFT_TOK_END; nft_skip_lines(p)) {
		if (!command(p))
			p->failed = true;
		else if (!p->failed && nft_tok(p)->kind != NFT_TOK_END &&
			 nft_tok(p)->kind != NFT_TOK_LINE)
			nft_unexpected(p, "the end of the line");
	}
	err = p->failed ? 0 : nft_validate(net, &bad);
	if (err)
		commit_error(p, &bad, err);
	if (p->failed || how & NFT_RUN_CHECK)
		nft_abort(net);
	else
		nft_commit(net);
	err = p->failed ? (p->err ? p->err : -EINVAL) : 0;
	mem_free(&net->mem, p, sizeof(*p));
	return err;
}
