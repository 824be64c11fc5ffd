/* SPDX-License-Identifier: MIT */
/* Commands, tables, chains. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"

/* ---- chains ---- */

static const struct { char name[12]; s32 priority; } priorities[] = {
	{ "raw", NF_IP_PRI_RAW }, { "mangle", NF_IP_PRI_MANGLE },
	{ "dstnat", NF_IP_PRI_NAT_DST }, { "filter", NF_IP_PRI_FILTER },
	{ "security", NF_IP_PRI_SECURITY }, { "srcnat", NF_IP_PRI_NAT_SRC },
};

bool nft_priority_fits(s32 priority, u8 hook)
{
	if (hook == NF_NETDEV_INGRESS)
		return priority == NF_IP_PRI_FILTER;
	return (priority != NF_IP_PRI_NAT_DST || hook == NF_INET_PRE_ROUTING) &&
	       (priority != NF_IP_PRI_NAT_SRC || hook == NF_INET_POST_ROUTING);
}

bool nft_parse_priority(struct nft_parser *p, u8 hook, s32 *priority)
{
	bool minus, named = false;
	u64 v;

	*priority = 0;
	for (size_t i = 0; i < ARRAY_SIZE(priorities) && !named; i++)
		if (nft_is_word(p, priorities[i].name)) {
			if (!nft_priority_fits(priorities[i].priority, hook))
				return nft_error(p, "%s is no priority at hook %s: write %d",
						 priorities[i].name, nft_hook_name(hook),
						 priorities[i].priority);
			*priority = priorities[i].priority;
			named = true;
			nft_next(p);
		}
	minus = nft_is(p, "-");
	if (named && !minus && !nft_is(p, "+"))
		return true;
	if (minus || nft_is(p, "+"))
		nft_next(p);
	if (!nft_number(p, "a priority (a number, or raw, mangle, dstnat, filter, security, "
			"srcnat)", INT32_MAX, &v))
		return false;
	*priority += minus ? -(s32)v : (s32)v;
	return true;
}

const char *nft_hook_name(u8 hook)
{
	static const char names[][12] = { "prerouting", "input", "forward", "output",
					  "postrouting", "ingress" };

	return names[hook];
}

const char *nft_chain_type_name(u8 type)
{
	static const char names[][8] = { "filter", "route", "nat" };

	return names[type];
}

static bool parse_one_of(struct nft_parser *p, const char *(*name)(u8), u8 n, const char *want,
			 u8 *which)
{
	for (u8 i = 0; i < n; i++)
		if (nft_accept_word(p, name(i))) {
			*which = i;
			return true;
		}
	return nft_unexpected(p, want);
}

struct chain_said {			/* what stands in a chain's braces but rules */
	bool based, policied, policy_drop;
	struct nft_base_chain base;
	struct nft_device_names devices;
	char *comment;
};

static bool parse_device(struct nft_parser *p, struct nft_device_names *d)
{
	struct nft_tok at = *nft_tok(p);
	char name[NFT_NAME_MAX];

	if (d->n == NFT_DEVICES_MAX)
		return nft_error(p, "at most %d devices", NFT_DEVICES_MAX);
	if (!nft_name(p, "a device's name", name))
		return false;
	if (strlen(name) >= sizeof(d->name[0]) || !dev_get_by_name(p->net, name))
		return nft_error_at(p, &at, "no such device \"%s\"", name);
	for (u32 i = 0; i < d->n; i++)
		if (!strcmp(d->name[i], name))
			return true;
	memcpy(d->name[d->n++], name, sizeof(d->name[0]));
	return true;
}

bool nft_parse_device_list(struct nft_parser *p, struct nft_device_names *d)
{
	if (nft_accept_word(p, "device"))
		return parse_device(p, d);
	if (!nft_expect_word(p, "devices") || !nft_expect(p, "=") || !nft_expect(p, "{"))
		return false;
	do {
		if (!parse_device(p, d))
			return false;
	} while (nft_accept(p, ","));
	return nft_expect(p, "}");
}

/* "type filter hook input priority 0" */
static bool parse_base(struct nft_parser *p, const struct nft_table *t, struct chain_said *s)
{
	struct nft_base_chain *base = &s->base;

	*base = (struct nft_base_chain){ 0 };
	if (!parse_one_of(p, nft_chain_type_name, 3, "filter, route or nat", &base->type) ||
	    !nft_expect_word(p, "hook"))
		return false;
	if (nft_is_word(p, "egress"))
		return nft_error(p, "hook egress is not supported");
	if (t->family == NFT_NETDEV && !nft_is_word(p, "ingress"))
		return nft_error(p, "chains of a table netdev stand at hook ingress");
	if (t->family != NFT_NETDEV && t->family != NFT_INET && nft_is_word(p, "ingress"))
		return nft_error(p, "hook ingress is for tables netdev and inet");
	if (!parse_one_of(p, nft_hook_name, NF_NETDEV_INGRESS + 1,
			  "prerouting, input, forward, output, postrouting or ingress",
			  &base->hook))
		return false;
	if (base->hook == NF_NETDEV_INGRESS) {
		if (base->type != NFT_CHAIN_FILTER)
			return nft_error(p, "chains at hook ingress are of type filter");
		if (!nft_parse_device_list(p, &s->devices))
			return false;
		base->ndevices = s->devices.n;
		base->devices = s->devices.name;
	}
	if (base->type == NFT_CHAIN_ROUTE && base->hook != NF_INET_LOCAL_OUT)
		return nft_error(p, "chains of type route stand at hook output");
	if (base->type == NFT_CHAIN_NAT && base->hook == NF_INET_FORWARD)
		return nft_error(p, "chains of type nat stand at hooks prerouting, input, output "
				 "and postrouting");
	return nft_expect_word(p, "priority") && nft_parse_priority(p, base->hook, &base->priority);
}

static bool parse_policy(struct nft_parser *p, bool *drop)
{
	*drop = nft_is_word(p, "drop");
	if (!*drop && !nft_is_word(p, "accept"))
		return nft_unexpected(p, "accept or drop");
	nft_next(p);
	return true;
}

static bool add_rule(struct nft_parser *p, struct nft_chain *c, struct nft_rule *at, bool before)
{
	struct nft_rule *r = nft_rule_new(c);

	if (!r)
		return nft_nomem(p);
	p->table = c->table;
	if (!nft_parse_rule(p, r)) {
		nft_rule_free(r);
		return false;
	}
	return !nft_rule_add(r, at, before) || nft_nomem(p);
}

static bool same_base(const struct nft_chain *c, const struct nft_base_chain *b)
{
	return c->base && c->type == b->type && c->hook == b->hook && c->priority == b->priority;
}

static struct nft_chain *chain_of(struct nft_parser *p, struct nft_table *t, const char *name,
				  const struct chain_said *s)
{
	struct nft_chain *c = nft_chain_find(t, name);

	if (c) {
		if (s->based && !same_base(c, &s->base)) {
			nft_error(p, "chain \"%s\" exists with another type, hook or priority",
				  name);
			return NULL;
		}
		if (s->policied && c->policy_drop != s->policy_drop &&
		    nft_chain_set_policy(c, s->policy_drop))
			return nft_nomem(p), NULL;
		return c;
	}
	if (nft_chain_add(t, name, s->based ? &s->base : NULL, &c)) {
		nft_nomem(p);
		return NULL;
	}
	return c;
}

/* True when a line of the block was read that is no rule. */
static bool chain_attr(struct nft_parser *p, const struct nft_table *t, struct chain_said *s,
		       bool *ok)
{
	struct nft_lex lx = p->lx;

	if (nft_accept_word(p, "type")) {
		s->based = *ok = parse_base(p, t, s);
		return true;
	}
	if (nft_accept_word(p, "policy")) {
		*ok = parse_policy(p, &s->policy_drop);
		s->policied = true;
		s->base.policy_drop = s->policy_drop;
		if (*ok && !s->based)
			*ok = nft_error(p, "only base chains have a policy: \"type ... hook ...\" "
					"comes first");
		return true;
	}
	nft_lex_next(&lx);
	if (nft_is_word(p, "comment") && lx.tok.kind == NFT_TOK_STRING) {
		nft_next(p);
		*ok = nft_comment(p, &s->comment);
		return true;
	}
	return false;
}

/* Up to the end of the line, or of the block around it. */
static void skip_line(struct nft_parser *p)
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

/* A chain's block is read twice: first what it is, so that all chains are there when rules jump to
 * them, then its rules. */
static bool parse_chain_head(struct nft_parser *p, struct nft_table *t)
{
	struct chain_said said = { 0 };
	struct nft_chain *c = NULL;
	char name[NFT_NAME_MAX];
	bool ok = true;

	if (!nft_name(p, "a chain's name", name) || !nft_expect(p, "{"))
		return false;
	for (nft_skip_lines(p); ok && !nft_is(p, "}"); nft_skip_lines(p)) {
		if (nft_tok(p)->kind == NFT_TOK_END)
			ok = nft_unexpected(p, "\"}\"");
		else if (!chain_attr(p, t, &said, &ok))
			skip_line(p);
		ok &= !p->failed;
	}
	if (ok)
		c = chain_of(p, t, name, &said);
	if (c && said.comment) {
		nft_strfree(p->net, c->comment);
		c->comment = said.comment;
		said.comment = NULL;
	}
	nft_strfree(p->net, said.comment);
	return c && nft_expect(p, "}");
}

static bool parse_chain_rules(struct nft_parser *p, struct nft_table *t)
{
	struct chain_said said = { 0 };
	char name[NFT_NAME_MAX];
	struct nft_chain *c;
	bool ok = true;

	if (!nft_name(p, "a chain's name", name) || !nft_expect(p, "{"))
		return false;
	c = nft_chain_find(t, name);
	for (nft_skip_lines(p); ok && !nft_is(p, "}"); nft_skip_lines(p))
		if (!chain_attr(p, t, &said, &ok))
			ok = add_rule(p, c, NULL, false);
	nft_strfree(p->net, said.comment);
	return ok && nft_expect(p, "}");
}

static bool parse_chain_block(struct nft_parser *p, struct nft_table *t)
{
	struct nft_lex from = p->lx;

	if (!parse_chain_head(p, t))
		return false;
	p->lx = from;
	return parse_chain_rules(p, t);
}

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
			return parse_chain_head(p, t);
		if (pass == RULES)
			return parse_chain_rules(p, t);
		skip_line(p);
		return true;
	}
	if (map || nft_is_word(p, "set")) {
		nft_next(p);
		if (pass == SETS)
			return nft_parse_set_block(p, t, map);
		skip_line(p);
		return true;
	}
	if (nft_is_obj(p)) {
		enum nft_stmt_kind kind = nft_obj_kind(p);

		if (pass == SETS)
			return nft_parse_obj(p, t, kind, false);
		skip_line(p);
		return true;
	}
	if (nft_accept_word(p, "flowtable")) {
		if (pass == SETS)
			return nft_parse_flowtable(p, t, false);
		skip_line(p);
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
		return add_rule(p, c, r, false) && (!nft_rule_del(r) || nft_nomem(p));
	}
	return add_rule(p, c, r, cmd == CMD_INSERT);
}

static bool cmd_add_chain(struct nft_parser *p)
{
	struct nft_table *t = nft_find_table(p, true);
	struct nft_lex lx;

	if (!t)
		return false;
	/* "add chain ip t c { ... }" reads as in a table, and so does a bare name. */
	lx = p->lx;
	nft_lex_next(&lx);
	if (nft_tok_is(&lx, "{"))
		return parse_chain_block(p, t);
	return chain_of(p, t, nft_tok(p)->text, &(struct chain_said){ 0 }) && (nft_next(p), true);
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
		return cmd_add_chain(p);
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
