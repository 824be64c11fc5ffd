/* SPDX-License-Identifier: MIT */
/*
 * Chains: what makes one a base chain (type, hook, priority, policy, devices), and its block, which
 * is read twice, first for what the chain is and then for its rules.
 */
#include "ctl/nft_parse.h"

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

bool nft_parse_new_rule(struct nft_parser *p, struct nft_chain *c, struct nft_rule *at, bool before)
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

/* A chain's block is read twice: first what it is, so that all chains are there when rules jump to
 * them, then its rules. */
bool nft_parse_chain_head(struct nft_parser *p, struct nft_table *t)
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
			nft_skip_rest(p);
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

bool nft_parse_chain_rules(struct nft_parser *p, struct nft_table *t)
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
			ok = nft_parse_new_rule(p, c, NULL, false);
	nft_strfree(p->net, said.comment);
	return ok && nft_expect(p, "}");
}

static bool parse_chain_block(struct nft_parser *p, struct nft_table *t)
{
	struct nft_lex from = p->lx;

	if (!nft_parse_chain_head(p, t))
		return false;
	p->lx = from;
	return nft_parse_chain_rules(p, t);
}

bool nft_cmd_add_chain(struct nft_parser *p)
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
