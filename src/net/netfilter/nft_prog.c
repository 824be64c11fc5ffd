/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_prog.h"

/* The packets that have the field. */
static void whose(struct nft_insn *i, const struct nft_selector *s)
{
	bool th = s->base == NFT_BASE_TH;

	i->what_mask = nft_what(s->l3 ? 0xff : 0,
				s->l4 == NFT_L4_ANY || s->l4 == NFT_L4_PORTS ? 0 : 0xff,
				th || s->l4 != NFT_L4_ANY, th);
	i->what = nft_what(s->l3, s->l4, true, true) & i->what_mask;
}

/* Where the field is. False: it takes more than a load. */
static bool place(struct nft_insn *i, const struct nft_selector *s)
{
	static const struct { u8 base, from; u16 at; } numbers[] = {
		{ NFT_BASE_META, NFT_FROM_L4PROTO, NFT_META_L4PROTO },
		{ NFT_BASE_META, NFT_FROM_NFPROTO, NFT_META_NFPROTO },
		{ NFT_BASE_META, NFT_FROM_MARK, NFT_META_MARK },
		{ NFT_BASE_META, NFT_FROM_IIF, NFT_META_IIF },
		{ NFT_BASE_META, NFT_FROM_OIF, NFT_META_OIF },
		{ NFT_BASE_CT, NFT_FROM_CT_STATE, NFT_CT_STATE },
	};

	i->len = s->len;
	if (s->base == NFT_BASE_NH || s->base == NFT_BASE_TH) {
		i->from = s->base == NFT_BASE_NH ? NFT_FROM_NH : NFT_FROM_TH;
		i->at = s->at / 8;
		whose(i, s);
		return !s->hdr && s->at % 8 == 0 && s->bits == s->len * 8u;
	}
	for (size_t k = 0; k < ARRAY_SIZE(numbers); k++)
		if (numbers[k].base == s->base && numbers[k].at == s->at) {
			i->from = numbers[k].from;
			return true;
		}
	return false;
}

static bool in_packet(const struct nft_insn *i)
{
	return i->from == NFT_FROM_NH || i->from == NFT_FROM_TH;
}

/* The numbers for which it is true. */
static bool range_of(struct nft_insn *i, const struct nft_match *m)
{
	u32 a = nft_number(m->a, i->len), bits = i->len * 8u;

	if (m->op == NFT_OP_ANY) {
		i->mask &= a;
		i->neg = true;
		return true;		/* 0 .. 0 */
	}
	i->neg = m->op == NFT_OP_NEQ;
	i->lo = a;
	if (m->rhs == NFT_RHS_PREFIX) {
		u32 prefix = (u32)(~0ull << (bits - m->plen));

		i->mask &= prefix;
		i->lo &= prefix;
		return true;
	}
	if (m->rhs == NFT_RHS_RANGE) {
		i->span = nft_number(m->b, i->len) - a;
		return nft_number(m->b, i->len) >= a;
	}
	switch (m->op) {
	case NFT_OP_EQ:
	case NFT_OP_NEQ:
		return true;
	case NFT_OP_LT:
	case NFT_OP_LE:
		i->lo = 0;
		i->span = a - (m->op == NFT_OP_LT);
		return m->op == NFT_OP_LE || a;
	default:
		i->lo = a + (m->op == NFT_OP_GT);
		i->span = UINT32_MAX - i->lo;
		return i->lo >= a;
	}
}

static bool compile_number(struct nft_insn *i, const struct nft_match *m)
{
	i->op = NFT_INSN_CMP;
	i->mask = i->len == 4 ? UINT32_MAX : (1u << i->len * 8) - 1;
	for (u32 k = 0; m->key.masked && k < i->len; k++)
		if (m->key.xor[k])
			return false;
	if (m->key.masked)
		i->mask &= nft_number(m->key.mask, i->len);
	return range_of(i, m);
}

static bool is_equality(const struct nft_match *m)
{
	return m->rhs == NFT_RHS_VALUE && (m->op == NFT_OP_EQ || m->op == NFT_OP_NEQ) &&
	       !m->key.masked;
}

/* Zeros behind its end: as names are compared. */
static bool is_name(const u8 *v, u32 len)
{
	for (u32 i = (u32)strnlen((const char *)v, len); i < len; i++)
		if (v[i])
			return false;
	return true;
}

static void look_into(struct nft_insn *i, struct nft_set *set)
{
	i->set = set;
	i->hashed = nft_set_is_interval(set) ? 0 : set->klen;
}

static bool compile_match(struct nft_insn *i, const struct nft_match *m)
{
	const struct nft_selector *s = m->key.field[0].sel;

	if (m->key.n != 1)
		return false;
	i->neg = m->op == NFT_OP_NEQ;
	if (s->base == NFT_BASE_META && (s->at == NFT_META_IIFNAME || s->at == NFT_META_OIFNAME)) {
		i->op = NFT_INSN_NAME;
		i->from = s->at == NFT_META_IIFNAME ? NFT_FROM_IIF : NFT_FROM_OIF;
		i->len = s->len;
		return is_equality(m) && is_name(m->a, s->len);
	}
	if (!place(i, s))
		return false;
	if (m->rhs == NFT_RHS_SET && m->op != NFT_OP_ANY) {
		i->op = NFT_INSN_SET;
		look_into(i, m->set);
		return in_packet(i) && !m->key.masked;
	}
	if (i->len == 1 || i->len == 2 || i->len == 4)
		return compile_number(i, m);
	i->op = NFT_INSN_BYTES;
	return in_packet(i) && is_equality(m);
}

static bool compile_vmap(struct nft_insn *i, const struct nft_stmt *st)
{
	i->op = NFT_INSN_VMAP;
	look_into(i, st->vmap.set);
	return st->vmap.key.n == 1 && !st->vmap.key.masked &&
	       place(i, st->vmap.key.field[0].sel) && in_packet(i);
}

static bool is_plain(const struct nft_stmt *st)
{
	return (st->kind == NFT_STMT_MATCH && nft_key_is_plain(&st->match.key)) ||
	       (st->kind == NFT_STMT_VMAP && nft_key_is_plain(&st->vmap.key));
}

static void compile(struct nft_insn *i, struct nft_stmt *st)
{
	bool known = false;

	*i = (struct nft_insn){ .st = st };
	switch (st->kind) {
	case NFT_STMT_MATCH:
		known = compile_match(i, &st->match);
		break;
	case NFT_STMT_VMAP:
		known = compile_vmap(i, st);
		break;
	case NFT_STMT_VERDICT:
		i->op = NFT_INSN_VERDICT;
		known = true;
		break;
	case NFT_STMT_COUNTER:
		i->op = NFT_INSN_COUNTER;
		known = true;
		break;
	default:
		break;
	}
	if (!known)
		*i = (struct nft_insn){ .op = NFT_INSN_STMT, .st = st };
	i->plain = is_plain(st);
}

int nft_rule_compile(struct nft_rule *r)
{
	struct net *net = r->chain->table->net;
	u32 n = 0;

	for (const struct nft_stmt *st = r->stmts; st; st = st->next)
		n++;
	if (!n)
		return 0;
	r->insns = mem_alloc(&net->mem, n * sizeof(*r->insns));
	if (!r->insns)
		return -ENOMEM;
	for (struct nft_stmt *st = r->stmts; st; st = st->next)
		compile(&r->insns[r->ninsns++], st);
	return 0;
}

void nft_rule_uncompile(struct nft_rule *r)
{
	if (r->insns)
		mem_free(&r->chain->table->net->mem, r->insns, r->ninsns * sizeof(*r->insns));
	r->insns = NULL;
	r->ninsns = 0;
}
