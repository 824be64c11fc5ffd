/* SPDX-License-Identifier: MIT */
/* What is asked of a packet, and what it is compared with. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"
#include "device/nf_hook.h"

#define WORDS_MAX 4			/* of a selector */

/* ---- selectors ---- */

static const struct {
	char said[24], meant[24];
} aliases[] = {
	{ "mark", "meta mark" }, { "pkttype", "meta pkttype" }, { "l4proto", "meta l4proto" },
	{ "nfproto", "meta nfproto" }, { "meta iif", "iif" }, { "meta oif", "oif" },
	{ "meta iifname", "iifname" }, { "meta oifname", "oifname" },
	{ "iiftype", "meta iiftype" }, { "oiftype", "meta oiftype" },
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

	return nft_is_word(p, "fib") || selector_next(p, &words);
}

/* "fib daddr type", "fib saddr . iif oif" */
static const struct nft_selector *parse_fib(struct nft_parser *p)
{
	bool daddr;

	nft_next(p);
	daddr = nft_is_word(p, "daddr");
	if (!daddr && !nft_is_word(p, "saddr")) {
		nft_error(p, "fib asks for \"saddr type\", \"daddr type\" or \"saddr . iif oif\"");
		return NULL;
	}
	nft_next(p);
	if (nft_accept_word(p, "type"))
		return nft_selector_named(daddr ? "fib daddr type" : "fib saddr type");
	if (daddr || !nft_expect(p, ".") || !nft_expect_word(p, "iif") ||
	    !nft_expect_word(p, "oif")) {
		nft_error(p, "fib asks for \"saddr type\", \"daddr type\" or \"saddr . iif oif\"");
		return NULL;
	}
	return nft_selector_named("fib saddr . iif oif");
}

/* "numgen random mod 4 offset 1", "jhash ip saddr . ip daddr mod 2" */
static bool parse_generator(struct nft_parser *p, struct nft_field *f)
{
	bool hash = f->sel->base == NFT_BASE_HASH;
	u64 v;

	if (hash) {
		while (!nft_at_end(p) && !nft_is_word(p, "mod"))
			nft_next(p);
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
	if (nft_accept_word(p, "offset")) {
		if (!nft_number(p, "an offset", UINT32_MAX, &v))
			return false;
		f->offset = (u32)v;
	}
	return true;
}

static bool parse_field(struct nft_parser *p, struct nft_field *f)
{
	u32 words = 0;

	if (nft_is_word(p, "fib")) {
		f->sel = parse_fib(p);
		return f->sel;
	}
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
		if (!parse_field(p, &key->field[key->n]))
			return false;
		key->n++;
	} while (nft_accept(p, "."));
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

/* ---- values ---- */

static bool not_a_value(struct nft_parser *p, enum nft_type type)
{
	char names[400] = "";
	struct strbuf sb;

	if (nft_tok(p)->kind != NFT_TOK_WORD && nft_tok(p)->kind != NFT_TOK_STRING)
		return nft_error(p, "syntax error: a value of type %s was expected",
				 nft_type_name(type));
	sb_init(&sb, names, sizeof(names));
	nft_value_names(&sb, type);
	return nft_error(p, "\"%s\" is no %s%s%s%s", nft_tok(p)->text, nft_type_name(type),
			 *names && !sb_truncated(&sb) ? " (" : "",
			 sb_truncated(&sb) ? "" : names,
			 *names && !sb_truncated(&sb) ? ")" : "");
}

static bool parse_value(struct nft_parser *p, enum nft_type type, u32 len, u8 *to)
{
	const struct nft_tok *t = nft_tok(p);

	if ((t->kind != NFT_TOK_WORD && t->kind != NFT_TOK_STRING) ||
	    !nft_value_parse(p->net, type, t->text, to, len))
		return not_a_value(p, type);
	nft_next(p);
	return true;
}

/* "syn,ack", "(syn | ack)": their bits together. */
static bool parse_flags(struct nft_parser *p, enum nft_type type, u32 len, u8 *to, bool *list)
{
	bool open = nft_accept(p, "(");
	u8 v[NFT_VALUE_MAX];

	memset(to, 0, len);
	*list = open;
	do {
		if (!parse_value(p, type, len, v))
			return false;
		for (u32 i = 0; i < len; i++)
			to[i] |= v[i];
		if (!nft_is(p, ",") && !nft_is(p, "|"))
			break;
		*list |= nft_is(p, "|");
		nft_next(p);
	} while (true);
	return !open || nft_expect(p, ")");
}

static void fill_prefix(u8 *a, u8 *b, u32 len, u32 plen)
{
	for (u32 i = 0; i < len; i++) {
		u32 bits = plen > i * 8 ? min(plen - i * 8, 8u) : 0;
		u8 host = (u8)(0xffu >> bits);

		b[i] = a[i] | host;
		a[i] &= (u8)~host;
	}
}

/* An interface's name that ends with '*'. */
static bool wildcard(struct nft_parser *p, enum nft_type type, u8 *a, u8 *b, u8 *plen)
{
	size_t n = strlen(nft_tok(p)->text);

	if (type != NFT_TYPE_IFNAME || !n || nft_tok(p)->text[n - 1] != '*' || n > NFT_VALUE_MAX)
		return false;
	memset(a, 0, NFT_VALUE_MAX);
	memcpy(a, nft_tok(p)->text, n - 1);
	*plen = (u8)((n - 1) * 8);
	fill_prefix(a, b, NFT_VALUE_MAX, *plen);
	nft_next(p);
	return true;
}

bool nft_parse_range(struct nft_parser *p, enum nft_type type, u32 len, u8 *a, u8 *b, u8 *kind,
		     u8 *plen)
{
	u64 bits;

	*plen = 0;
	*kind = NFT_RHS_PREFIX;
	if ((nft_tok(p)->kind == NFT_TOK_WORD || nft_tok(p)->kind == NFT_TOK_STRING) &&
	    wildcard(p, type, a, b, plen))
		return true;
	if (!parse_value(p, type, len, a))
		return false;
	memcpy(b, a, len);
	*kind = NFT_RHS_VALUE;
	if (nft_accept(p, "-")) {
		*kind = NFT_RHS_RANGE;
		if (!parse_value(p, type, len, b))
			return false;
		return memcmp(a, b, len) <= 0 ||
		       nft_error(p, "a range goes from the smaller to the greater");
	}
	if (nft_accept(p, "/")) {
		*kind = NFT_RHS_PREFIX;
		if (!nft_number(p, "a prefix length", len * 8, &bits))
			return false;
		*plen = (u8)bits;
		fill_prefix(a, b, len, (u32)bits);
	}
	return true;
}

/* ---- relations ---- */

static bool parse_op(struct nft_parser *p, u8 *op)
{
	static const struct { char sign[3], word[3]; u8 op; } ops[] = {
		{ "==", "eq", NFT_OP_EQ }, { "!=", "ne", NFT_OP_NEQ }, { "<", "lt", NFT_OP_LT },
		{ "<=", "le", NFT_OP_LE }, { ">", "gt", NFT_OP_GT }, { ">=", "ge", NFT_OP_GE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (nft_is(p, ops[i].sign) || nft_is_word(p, ops[i].word)) {
			nft_next(p);
			*op = ops[i].op;
			return true;
		}
	return false;
}

/* "& (syn|ack)", "and 0xff" */
static bool parse_mask(struct nft_parser *p, struct nft_match *m)
{
	bool list;

	if (!nft_is(p, "&") && !nft_is_word(p, "and"))
		return true;
	nft_next(p);
	if (m->key.n > 1)
		return nft_error(p, "a concatenation cannot be masked");
	m->masked = true;
	return parse_flags(p, nft_key_type(&m->key, 0), m->key.len, m->mask, &list);
}

/* "syn", "syn,ack", "syn / syn,ack" */
static bool parse_flag_match(struct nft_parser *p, struct nft_match *m, bool said)
{
	enum nft_type type = nft_key_type(&m->key, 0);
	bool list = false;

	if (!parse_flags(p, type, m->key.len, m->a, &list))
		return false;
	if (!m->masked && nft_accept(p, "/")) {
		m->masked = true;
		return parse_flags(p, type, m->key.len, m->mask, &list);
	}
	if (!said && !m->masked)
		m->op = NFT_OP_ANY;
	return true;
}

static bool parse_concat(struct nft_parser *p, struct nft_match *m)
{
	u8 *at = m->a, unused[NFT_VALUE_MAX], kind, plen;

	for (u32 i = 0; i < m->key.n; i++) {
		if (i && !nft_expect(p, "."))
			return false;
		if (!nft_parse_range(p, nft_key_type(&m->key, i), m->key.field[i].sel->len, at,
				     unused, &kind, &plen))
			return false;
		if (kind != NFT_RHS_VALUE)
			return nft_error(p, "ranges and prefixes cannot be concatenated");
		at += nft_field_len(&m->key, i);
	}
	return true;
}

static bool parse_rhs(struct nft_parser *p, struct nft_match *m, bool said)
{
	if (nft_is(p, "@") || nft_is(p, "{")) {
		if (m->op != NFT_OP_EQ && m->op != NFT_OP_NEQ)
			return nft_error(p, "a set is compared by == or !=");
		m->rhs = NFT_RHS_SET;
		m->set = nft_parse_set_ref(p, &m->key, false, -1, 0);
		return m->set;
	}
	if (m->key.n > 1)
		return parse_concat(p, m);
	if (nft_type_is_flags(nft_key_type(&m->key, 0)))
		return parse_flag_match(p, m, said);
	if (!nft_parse_range(p, nft_key_type(&m->key, 0), m->key.len, m->a, m->b, &m->rhs,
			     &m->plen))
		return false;
	if (m->rhs != NFT_RHS_VALUE && m->op != NFT_OP_EQ && m->op != NFT_OP_NEQ)
		return nft_error(p, "a range is compared by == or !=");
	return true;
}

static void count_in_place(struct nft_stmt *st, struct nft_key *key)
{
	/* numgen inc keeps its count where the statement is. */
	for (u32 i = 0; i < key->n; i++)
		if (key->field[i].inc)
			key->field[i].counter = &st->counted;
}

static bool parse_set_stmt(struct nft_parser *p, struct nft_stmt *st, const struct nft_key *key)
{
	const struct nft_selector *to = key->field[0].sel;

	if (key->n > 1 ||
	    !((to->base == NFT_BASE_META && (to->at == NFT_META_MARK ||
					     to->at == NFT_META_PRIORITY)) ||
	      (to->base == NFT_BASE_CT && to->at == NFT_CT_MARK) ||
	      to->base == NFT_BASE_TCPOPT ||
	      (to->base == NFT_BASE_NH && to->l3 == 4 && to->at >= 8 && to->at < 72) ||
	      (to->base == NFT_BASE_NH && to->l3 == 6 &&
	       ((to->at >= 4 && to->at < 32) || to->at == 56))))
		return nft_error(p, "\"%s\" cannot be set; what can: meta mark, meta priority, "
				 "ct mark, ip dscp, ip ecn, ip id, ip ttl, ip6 dscp, ip6 ecn, "
				 "ip6 flowlabel, ip6 hoplimit, tcp option maxseg size", to->text);
	nft_next(p);
	st->kind = NFT_STMT_SET;
	memset(&st->set, 0, sizeof(st->set));
	st->set.to = to;
	if (!nft_parse_expr(p, to->type, to->len, &st->set.value))
		return false;
	count_in_place(st, &st->set.value.key);
	return true;
}

static bool parse_vmap(struct nft_parser *p, struct nft_stmt *st, const struct nft_key *key)
{
	st->kind = NFT_STMT_VMAP;
	memset(&st->vmap, 0, sizeof(st->vmap));
	st->vmap.key = *key;
	count_in_place(st, &st->vmap.key);
	st->vmap.set = nft_parse_set_ref(p, key, true, NFT_TYPE_VERDICT, 0);
	return st->vmap.set;
}

bool nft_parse_match(struct nft_parser *p, struct nft_stmt *st)
{
	struct nft_match *m = &st->match;
	struct nft_key key;
	bool said;

	if (!nft_parse_key(p, &key))
		return false;
	if (nft_accept_word(p, "vmap"))
		return parse_vmap(p, st, &key);
	if (nft_is_word(p, "set"))
		return parse_set_stmt(p, st, &key);
	memset(m, 0, sizeof(*m));
	m->key = key;
	count_in_place(st, &m->key);
	if (!parse_mask(p, m))
		return false;
	if (nft_accept(p, "!")) {	/* none of these bits */
		m->masked = true;
		m->op = NFT_OP_EQ;
		return parse_flags(p, nft_key_type(&key, 0), key.len, m->mask, &said);
	}
	said = parse_op(p, &m->op);
	return parse_rhs(p, m, said);
}

/* ---- a statement's value ---- */

bool nft_parse_expr(struct nft_parser *p, enum nft_type type, u32 len, struct nft_expr *x)
{
	bool list;
	u8 kind;

	x->type = (u8)type;
	x->len = (u8)len;
	if (nft_key_begins(p)) {
		if (!nft_parse_key(p, &x->key))
			return false;
		if (nft_accept_word(p, "map")) {
			x->kind = NFT_EXPR_MAP;
			x->set = nft_parse_set_ref(p, &x->key, true, type, len);
			return x->set;
		}
		if (x->key.n > 1 || x->key.len != len)
			return nft_error(p, "\"%s\" has not the length of what it is for",
					 x->key.field[0].sel->text);
		x->kind = NFT_EXPR_KEY;
		return true;
	}
	x->kind = NFT_EXPR_VALUE;
	if (nft_type_is_flags(type))
		return parse_flags(p, type, len, x->a, &list);
	if (!nft_parse_range(p, type, len, x->a, x->b, &kind, &x->plen))
		return false;
	if (kind != NFT_RHS_VALUE)
		x->kind = NFT_EXPR_RANGE;
	return true;
}
