/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_prog.h"

/* ---- to make them ---- */

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

	i->l3 = s->l3;
	i->l4 = s->l4;
	i->len = s->len;
	if (s->base == NFT_BASE_NH || s->base == NFT_BASE_TH) {
		i->from = s->base == NFT_BASE_NH ? NFT_FROM_NH : NFT_FROM_TH;
		i->at = s->at / 8;
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

static u32 number(const u8 *p, u32 len)
{
	return len == 1 ? *p : len == 2 ? get_be16(p) : get_be32(p);
}

/* The numbers for which it is true. */
static bool range_of(struct nft_insn *i, const struct nft_match *m)
{
	u32 a = number(m->a, i->len), bits = i->len * 8u;

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
		i->span = number(m->b, i->len) - a;
		return number(m->b, i->len) >= a;
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
		i->mask &= number(m->key.mask, i->len);
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
		i->set = m->set;
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
	i->set = st->vmap.set;
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

/* ---- to run them ---- */

static __always_inline bool has_it(const struct nft_insn *i, const struct nft_pkt *p)
{
	if (i->l3 && unlikely(i->l3 != p->l3))
		return false;
	return i->l4 == NFT_L4_ANY ||
	       (p->has_l4 && (i->l4 == NFT_L4_PORTS || i->l4 == p->l4));
}

/* Its bytes; NULL: nft_statement() knows. */
static __always_inline const u8 *bytes_of(const struct nft_insn *i, const struct nft_pkt *p)
{
	u32 at = i->at;

	if (i->from == NFT_FROM_TH) {
		if (unlikely(!p->has_l4 || !p->first))
			return NULL;
		at += p->thoff;
	}
	if (unlikely(!has_it(i, p) || at + i->len > skb_headlen(p->skb)))
		return NULL;
	return p->skb->data + at;
}

static __always_inline bool number_of(const struct nft_insn *i, const struct nft_pkt *p, u32 *v)
{
	const u8 *b;

	switch (i->from) {
	case NFT_FROM_L4PROTO:
		*v = p->l4;
		return p->has_l4;
	case NFT_FROM_NFPROTO:
		*v = p->l3 == 4 ? 2 : p->l3 == 6 ? 10 : 5;
		return true;
	case NFT_FROM_MARK:
		*v = p->skb->mark;
		return true;
	case NFT_FROM_IIF:
		*v = p->state->in ? (u32)p->state->in->ifindex : 0;
		return true;
	case NFT_FROM_OIF:
		*v = p->state->out ? (u32)p->state->out->ifindex : 0;
		return true;
	case NFT_FROM_CT_STATE:
		*v = nft_ct_state(p->skb);
		return true;
	default:
		b = bytes_of(i, p);
		if (likely(b))
			*v = number(b, i->len);
		return b;
	}
}

static __noinline enum nft_code by_statement(const struct nft_insn *i, const struct nft_pkt *p,
					     struct nft_verdict *v)
{
	if (p->straight && !i->plain) {
		nf_straight_fail(p->straight);
		return NFT_DROP;
	}
	nft_statement(i->st, p, v);
	return (enum nft_code)v->code;
}

static bool same_name(const struct nft_insn *i, const struct nft_pkt *p)
{
	const struct net_device *dev = i->from == NFT_FROM_IIF ? p->state->in : p->state->out;

	return !strncmp(dev ? dev->name : "", (const char *)i->st->match.a, i->len);
}

static __always_inline enum nft_code go_on(bool yes)
{
	return likely(yes) ? NFT_CONTINUE : NFT_BREAK;
}

/* What looks into the packet's bytes. */
static __always_inline enum nft_code on_bytes(const struct nft_insn *i, const struct nft_pkt *p,
					      struct nft_verdict *v)
{
	const u8 *key = bytes_of(i, p);
	struct nft_elem *e;

	if (unlikely(!key))
		return by_statement(i, p, v);
	if (i->op == NFT_INSN_BYTES)
		return go_on(!memcmp(key, i->st->match.a, i->len) != i->neg);
	e = nft_set_lookup(p->net, i->set, key);
	if (i->op == NFT_INSN_SET && i->neg)
		return go_on(!e);
	if (!e || !nft_elem_hit(e, i->set, p))
		return NFT_BREAK;
	if (i->op == NFT_INSN_SET)
		return NFT_CONTINUE;
	*v = e->verdict;
	return (enum nft_code)v->code;
}

static __always_inline enum nft_code insn_run(const struct nft_insn *i, const struct nft_pkt *p,
					      struct nft_verdict *v)
{
	u32 n;

	switch (i->op) {
	case NFT_INSN_CMP:
		if (unlikely(!number_of(i, p, &n)))
			return by_statement(i, p, v);
		return go_on(((n & i->mask) - i->lo <= i->span) != i->neg);
	case NFT_INSN_SET:
	case NFT_INSN_VMAP:
	case NFT_INSN_BYTES:
		return on_bytes(i, p, v);
	case NFT_INSN_NAME:
		return go_on(same_name(i, p) != i->neg);
	case NFT_INSN_COUNTER:
		nft_count(p, &i->st->counter.packets, &i->st->counter.bytes);
		return NFT_CONTINUE;
	case NFT_INSN_VERDICT:
		*v = i->st->verdict;
		return (enum nft_code)v->code;
	default:
		return by_statement(i, p, v);
	}
}

enum nft_code nft_rule_run(const struct nft_rule *r, const struct nft_pkt *p,
			   struct nft_verdict *v)
{
	const struct nft_insn *end = r->insns + r->ninsns;
	enum nft_code code = NFT_CONTINUE;

	for (const struct nft_insn *i = r->insns; i < end && code == NFT_CONTINUE; i++)
		code = insn_run(i, p, v);
	return code;
}
