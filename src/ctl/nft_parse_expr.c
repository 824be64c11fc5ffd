/* SPDX-License-Identifier: MIT */
/* What a packet is compared with, and values. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"
#include "device/nf_hook.h"
#include "net/netfilter/nft_ct.h"

/* ---- values ---- */

/* A number that is too large for a field of so many bits. */
static bool is_too_large(const char *text, u32 bits, u64 *max)
{
	u64 v;

	*max = bits < 64 ? (1ull << bits) - 1 : UINT64_MAX;
	return nft_number_parse(text, &v) && v > *max;
}

static bool not_a_value(struct nft_parser *p, enum nft_type type, u32 len)
{
	char names[400] = "";
	struct strbuf sb;
	u64 max;

	if (nft_tok(p)->kind != NFT_TOK_WORD && nft_tok(p)->kind != NFT_TOK_STRING)
		return nft_error(p, "syntax error: a value of type %s was expected",
				 nft_type_name(type));
	if (is_too_large(nft_tok(p)->text, 8 * len, &max))
		return nft_error(p, "value %s is out of the range 0-%llu", nft_tok(p)->text,
				 (unsigned long long)max);
	sb_init(&sb, names, sizeof(names));
	nft_value_names(&sb, type);
	return nft_error(p, "\"%s\" is no %s%s%s%s", nft_tok(p)->text, nft_type_name(type),
			 *names && !sb_truncated(&sb) ? " (" : "",
			 sb_truncated(&sb) ? "" : names,
			 *names && !sb_truncated(&sb) ? ")" : "");
}

/* "1:2" is three tokens, or, with letters, perhaps one. */
static bool parse_classid(struct nft_parser *p, u8 *to, u32 len)
{
	char text[2 * NFT_WORD_MAX];
	struct nft_tok at = *nft_tok(p);
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	sb_puts(&sb, at.text);
	nft_next(p);
	if (nft_accept(p, ":")) {
		sb_printf(&sb, ":%s", nft_tok(p)->text);
		nft_next(p);
	}
	return nft_value_parse(p->net, NFT_TYPE_CLASSID, text, to, len) ||
	       nft_error_at(p, &at, "\"%s\" is no classid, as 1:2, none or root", text);
}

static bool parse_value(struct nft_parser *p, enum nft_type type, u32 len, u8 *to)
{
	const struct nft_tok *t = nft_tok(p);

	if (type == NFT_TYPE_CLASSID && t->kind == NFT_TOK_WORD)
		return parse_classid(p, to, len);
	if ((t->kind != NFT_TOK_WORD && t->kind != NFT_TOK_STRING) ||
	    (!nft_value_parse(p->net, type, t->text, to, len) &&
	     !(p->raw && nft_value_parse(p->net, NFT_TYPE_RAW, t->text, to, len))))
		return not_a_value(p, type, len);
	nft_next(p);
	return true;
}

bool nft_raw_fits(struct nft_parser *p, const struct nft_tok *at, const u8 *v, u32 len)
{
	for (u32 i = p->raw_width; p->raw_width && i < 8 * len; i++)
		if (v[len - 1 - i / 8] & BIT(i % 8))
			return nft_error_at(p, at, "value %s is out of the range 0-%llu", at->text,
					    (1ull << p->raw_width) - 1);
	return true;
}

/* "syn,ack", "(syn | ack)": their bits together; of what is no set of bits, one value. */
static bool parse_flags(struct nft_parser *p, enum nft_type type, u32 len, u8 *to, bool *list)
{
	bool open = nft_accept(p, "("), many = open || nft_type_is_flags(type);
	u8 v[NFT_VALUE_MAX];

	memset(to, 0, len);
	*list = open;
	do {
		if (!parse_value(p, type, len, v))
			return false;
		for (u32 i = 0; i < len; i++)
			to[i] |= v[i];
		if (!many || (!nft_is(p, ",") && !nft_is(p, "|")))
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

enum binop { BINOP_NONE, BINOP_AND, BINOP_XOR, BINOP_OR };

static enum binop parse_binop(struct nft_parser *p)
{
	static const struct { char sign[2], word[4]; u8 op; } ops[] = {
		{ "&", "and", BINOP_AND }, { "^", "xor", BINOP_XOR }, { "|", "or", BINOP_OR },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (nft_accept(p, ops[i].sign) || nft_accept_word(p, ops[i].word))
			return (enum binop)ops[i].op;
	return BINOP_NONE;
}

/* The key's mask and xor with one operation more. */
static void apply(struct nft_key *key, enum binop op, const u8 *v)
{
	for (u32 i = 0; i < key->len; i++) {
		key->mask[i] &= op == BINOP_AND ? v[i] : op == BINOP_OR ? (u8)~v[i] : 0xff;
		key->xor[i] = op == BINOP_AND ? key->xor[i] & v[i] :
			      op == BINOP_OR ? (key->xor[i] & (u8)~v[i]) | v[i] :
					       key->xor[i] ^ v[i];
	}
}

/* "& (syn|ack)", "and 0xff or 0x100" */
static bool parse_binops(struct nft_parser *p, struct nft_key *key)
{
	enum binop op, before = BINOP_NONE;
	u8 v[NFT_VALUE_MAX];
	bool list;

	while ((op = parse_binop(p)) != BINOP_NONE) {
		if (key->field[0].raw_shift)
			return nft_error(p, "bits that are no whole bytes cannot be masked");
		if (key->n > 1)
			return nft_error(p, "a concatenation cannot be masked");
		if (op < before)
			return nft_error(p, "of & ^ | each binds tighter than the next: write "
					 "them in this order");
		before = op;
		if (!key->masked)
			memset(key->mask, 0xff, sizeof(key->mask));
		key->masked = true;
		if (!parse_flags(p, nft_key_type(key, 0), key->len, v, &list))
			return false;
		apply(key, op, v);
	}
	return true;
}

/* The bits that a transformed key's value has whatever the packet. */
static bool has_or(const struct nft_key *key)
{
	for (u32 i = 0; i < key->len; i++)
		if (key->xor[i] & (u8)~key->mask[i])
			return true;
	return false;
}

/* "mark ^ 3 == 1" is "mark == 2", and "saddr & 255.0.0.0 == 10.0.0.0" is "saddr 10.0.0.0/8". */
static void simplify(struct nft_match *m)
{
	enum nft_type type = nft_key_type(&m->key, 0);
	bool all = true, ones = true;
	u32 plen = 0;

	if (!m->key.masked || m->rhs != NFT_RHS_VALUE || m->op > NFT_OP_NEQ || has_or(&m->key))
		return;
	for (u32 i = 0; i < m->key.len; i++) {
		m->a[i] ^= m->key.xor[i];
		m->key.xor[i] = 0;
		all &= m->key.mask[i] == 0xff;
	}
	if (all)
		m->key.masked = false;
	if (all || (type != NFT_TYPE_IPV4 && type != NFT_TYPE_IPV6))
		return;
	while (plen < m->key.len * 8u && m->key.mask[plen / 8] & (0x80 >> plen % 8))
		plen++;
	for (u32 i = plen; i < m->key.len * 8u; i++)
		ones &= !((m->key.mask[i / 8] | m->a[i / 8]) & (0x80 >> i % 8));
	if (!ones)
		return;
	m->key.masked = false;
	m->rhs = NFT_RHS_PREFIX;
	m->plen = (u8)plen;
}

/* "syn", "syn,ack", "syn / syn,ack" */
static bool parse_flag_match(struct nft_parser *p, struct nft_match *m, bool said)
{
	enum nft_type type = nft_key_type(&m->key, 0);
	bool list = false;

	if (!parse_flags(p, type, m->key.len, m->a, &list))
		return false;
	if (!m->key.masked && nft_accept(p, "/")) {
		m->key.masked = true;
		return parse_flags(p, type, m->key.len, m->key.mask, &list);
	}
	if (!said && !m->key.masked)
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

static void is_value(struct nft_match *m, const u8 *a, const u8 *b)
{
	u32 plen = 0, len = m->key.len;

	memcpy(m->a, a, len);
	memcpy(m->b, b, len);
	m->rhs = memcmp(a, b, len) ? NFT_RHS_RANGE : NFT_RHS_VALUE;
	while (plen < len * 8 && !((a[plen / 8] ^ b[plen / 8]) & (0x80 >> plen % 8)))
		plen++;
	for (u32 i = plen; i < len * 8; i++)
		if (a[i / 8] & (0x80 >> i % 8) || !(b[i / 8] & (0x80 >> i % 8)))
			return;
	if (m->rhs == NFT_RHS_RANGE && m->key.field[0].sel->type != NFT_TYPE_SERVICE) {
		m->rhs = NFT_RHS_PREFIX;
		m->plen = (u8)plen;
	}
}

/* "{ 22 }" is 22, as for nft. */
static void unwrap(struct nft_parser *p, struct nft_match *m)
{
	struct nft_set *set = m->set;
	struct nft_elem **v;
	u32 n;

	if (!(set->flags & NFT_SET_ANONYMOUS) || set->hash.count != 1 || set->catchall ||
	    m->key.n > 1)
		return;
	v = nft_set_sorted(p->net, set, &n);
	if (!v)
		return;		/* it is right as it stands, too */
	is_value(m, nft_elem_key(v[0]), set->flags & NFT_SET_INTERVAL ? nft_elem_end(set, v[0]) :
									nft_elem_key(v[0]));
	mem_free(&p->net->mem, v, 2 * sizeof(struct nft_elem *));
	nft_set_destroy(p->net, set);
	m->set = NULL;
}

static bool parse_rhs(struct nft_parser *p, struct nft_match *m, bool said)
{
	struct nft_tok at;

	if (nft_is(p, "@") || nft_is(p, "{")) {
		if (m->op != NFT_OP_EQ && m->op != NFT_OP_NEQ)
			return nft_error(p, "a set is compared by == or !=");
		m->rhs = NFT_RHS_SET;
		m->set = nft_parse_set_ref(p, &m->key, false, -1, 0);
		if (m->set)
			unwrap(p, m);
		return m->set || m->rhs != NFT_RHS_SET;
	}
	if (m->key.n > 1)
		return parse_concat(p, m);
	if (nft_type_is_flags(nft_key_type(&m->key, 0)))
		return parse_flag_match(p, m, said);
	at = *nft_tok(p);
	if (!nft_parse_range(p, nft_key_type(&m->key, 0), m->key.len, m->a, m->b, &m->rhs,
			     &m->plen) ||
	    !nft_raw_fits(p, &at, m->b, m->key.len))
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

	if (key->n == 1 && to->base == NFT_BASE_CT && to->at == NFT_CT_HELPER) {
		nft_next(p);
		return nft_parse_helper_set(p, st);
	}
	if (key->n > 1 ||
	    !((to->base == NFT_BASE_META && (to->at == NFT_META_MARK ||
					     to->at == NFT_META_PRIORITY)) ||
	      (to->base == NFT_BASE_CT && nft_ct_may_set(to)) ||
	      to->base == NFT_BASE_TCPOPT ||
	      (to->base == NFT_BASE_NH && to->l3 == 4 && to->at >= 8 && to->at < 72) ||
	      (to->base == NFT_BASE_NH && to->l3 == 6 &&
	       ((to->at >= 4 && to->at < 32) || to->at == 56))))
		return nft_error(p, "\"%s\" cannot be set; what can: meta mark, meta priority, "
				 "ct mark, ct zone, ct label, ip dscp, ip ecn, ip id, ip ttl, "
				 "ip6 dscp, ip6 ecn, ip6 flowlabel, ip6 hoplimit, "
				 "tcp option maxseg size", to->text);
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

	if (!nft_parse_key(p, &key) || !parse_binops(p, &key))
		return false;
	if (key.field[0].raw_shift && (nft_is_word(p, "vmap") || nft_is_word(p, "set")))
		return nft_raw_refuse(p);
	if (nft_accept_word(p, "vmap"))
		return parse_vmap(p, st, &key);
	if (nft_is_word(p, "set"))
		return parse_set_stmt(p, st, &key);
	memset(m, 0, sizeof(*m));
	m->key = key;
	count_in_place(st, &m->key);
	if (p->raw_width && nft_is(p, "!"))
		return nft_raw_refuse(p);
	if (nft_accept(p, "!")) {	/* none of these bits */
		m->key.masked = true;
		m->op = NFT_OP_EQ;
		return parse_flags(p, nft_key_type(&key, 0), key.len, m->key.mask, &said);
	}
	said = parse_op(p, &m->op);
	if (!parse_rhs(p, m, said))
		return false;
	if (p->raw_width && !nft_raw_settle(p, m))
		return false;
	simplify(m);
	return true;
}

/* ---- a statement's value ---- */

bool nft_parse_expr(struct nft_parser *p, enum nft_type type, u32 len, struct nft_expr *x)
{
	bool list;
	u8 kind;

	x->type = (u8)type;
	x->len = (u8)len;
	if (nft_key_begins(p)) {
		if (!nft_parse_key(p, &x->key) || !parse_binops(p, &x->key))
			return false;
		if (x->key.field[0].raw_shift)
			return nft_raw_refuse(p);
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
