/* SPDX-License-Identifier: MIT */
/* A packet meets the instructions of rules (nft_prog.h), and the rules of chains. */
#include "net/netfilter/nft_prog.h"

#include "net/netfilter/nft_set_hash.h"

/* Its bytes; NULL: nft_statement() knows. */
static __always_inline const u8 *bytes_of(const struct nft_insn *i, const struct nft_pkt *p)
{
	u32 at = i->at + (i->from == NFT_FROM_TH ? p->thoff : 0);

	if (unlikely((p->what & i->what_mask) != i->what || at + i->len > skb_headlen(p->skb)))
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
			*v = nft_number(b, i->len);
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

/* Addresses and ports are looked up here. */
static __always_inline struct nft_elem *look_up(const struct nft_insn *i, const struct nft_pkt *p,
						const u8 *key)
{
	if (likely(i->hashed == 4))
		return nft_set_lookup_hashed(p->net, i->set, key, 4);
	if (i->hashed == 2)
		return nft_set_lookup_hashed(p->net, i->set, key, 2);
	return nft_set_lookup(p->net, i->set, key);
}

static __always_inline enum nft_code on_bytes(const struct nft_insn *i, const struct nft_pkt *p,
					      struct nft_verdict *v)
{
	const u8 *key = bytes_of(i, p);

	if (unlikely(!key))
		return by_statement(i, p, v);
	return go_on(!memcmp(key, i->st->match.a, i->len) != i->neg);
}

static __always_inline enum nft_code in_set(const struct nft_insn *i, const struct nft_pkt *p,
					    struct nft_verdict *v)
{
	const u8 *key = bytes_of(i, p);
	struct nft_elem *e;

	if (unlikely(!key))
		return by_statement(i, p, v);
	e = look_up(i, p, key);
	if (i->neg)
		return go_on(!e);
	return e && nft_elem_hit(e, i->set, p) ? NFT_CONTINUE : NFT_BREAK;
}

static __always_inline enum nft_code by_map(const struct nft_insn *i, const struct nft_pkt *p,
					    struct nft_verdict *v)
{
	const u8 *key = bytes_of(i, p);
	struct nft_elem *e;

	if (unlikely(!key))
		return by_statement(i, p, v);
	e = look_up(i, p, key);
	if (!e || !nft_elem_hit(e, i->set, p))
		return NFT_BREAK;
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
		return in_set(i, p, v);
	case NFT_INSN_VMAP:
		return by_map(i, p, v);
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

static __always_inline enum nft_code rule_run(const struct nft_rule *r, const struct nft_pkt *p,
					      struct nft_verdict *v)
{
	const struct nft_insn *end = r->insns + r->ninsns;
	enum nft_code code = NFT_CONTINUE;

	for (const struct nft_insn *i = r->insns; i < end && code == NFT_CONTINUE; i++)
		code = insn_run(i, p, v);
	return code;
}

enum nft_code nft_rule_run(const struct nft_rule *r, const struct nft_pkt *p,
			   struct nft_verdict *v)
{
	return rule_run(r, p, v);
}

/* ---- chains ---- */

struct place {
	struct nft_chain *chain;
	struct list_head *next;
};

/* NFT_ACCEPT or NFT_DROP; NFT_CONTINUE: no rule said anything. */
static __always_inline enum nft_code run_chains(struct nft_chain *base, const struct nft_pkt *p)
{
	struct place stack[NFT_JUMPS_MAX], at = { base, base->rules.next };
	struct nft_verdict v;
	enum nft_code code;
	u32 depth = 0;

	for (;;) {
		if (at.next == &at.chain->rules) {
			if (!depth)
				return NFT_CONTINUE;
			at = stack[--depth];
			continue;
		}
		code = rule_run(list_entry(at.next, struct nft_rule, list), p, &v);
		at.next = at.next->next;
		switch (code) {
		case NFT_CONTINUE:
		case NFT_BREAK:
			break;
		case NFT_JUMP:
			stack[depth++] = at;	/* nft_check() has counted how deep it goes */
			fallthrough;
		case NFT_GOTO:
			at = (struct place){ v.chain, v.chain->rules.next };
			break;
		case NFT_RETURN:
			at.next = &at.chain->rules;
			break;
		default:
			return code;
		}
	}
}

enum nft_code nft_chain_run(struct nft_chain *base, const struct nft_pkt *p)
{
	return run_chains(base, p);
}

enum nf_verdict nft_look(void *priv, struct nf_straight *s, const struct nf_hook_state *state)
{
	struct nft_chain *base = priv;
	struct nft_pkt p;
	enum nft_code code;

	if (base->table->dormant)
		return NF_ACCEPT;
	nft_pkt_init(&p, &s->skb, state);
	p.straight = s;
	code = run_chains(base, &p);
	if (unlikely(s->failed))
		return NF_STOLEN;
	return code == NFT_DROP || (code != NFT_ACCEPT && base->policy_drop) ? NF_DROP : NF_ACCEPT;
}
