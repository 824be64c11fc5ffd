/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_check.h"

enum { UNSEEN, VISITING, SEEN };

struct walk {
	const struct nft_chain *base;
	struct nft_problem *p;
};

static int walk_chain(struct walk *w, struct nft_chain *c, u32 depth);

static int problem(struct walk *w, const struct nft_rule *r, const char *what, int err)
{
	*w->p = (struct nft_problem){ .what = what, .rule = r, .chain = r->chain };
	return err;
}

static u32 hook_bit(const struct nft_chain *base)
{
	return BIT(base->hook);
}

#define PRE BIT(NF_INET_PRE_ROUTING)
#define IN BIT(NF_INET_LOCAL_IN)
#define FWD BIT(NF_INET_FORWARD)
#define OUT BIT(NF_INET_LOCAL_OUT)
#define POST BIT(NF_INET_POST_ROUTING)

static int check_nat(struct walk *w, const struct nft_rule *r, u8 kind)
{
	static const u32 hooks[] = {
		[NFT_NAT_SNAT] = POST | IN, [NFT_NAT_DNAT] = PRE | OUT,
		[NFT_NAT_MASQUERADE] = POST, [NFT_NAT_REDIRECT] = PRE | OUT,
	};

	if (w->base->type != NFT_CHAIN_NAT)
		return problem(w, r, "NAT needs a base chain of type nat", -EOPNOTSUPP);
	if (!(hooks[kind] & hook_bit(w->base)))
		return problem(w, r, kind == NFT_NAT_SNAT || kind == NFT_NAT_MASQUERADE ?
			       "the source is rewritten at hook postrouting (snat also at input)" :
			       "the destination is rewritten at hooks prerouting and output",
			       -EOPNOTSUPP);
	return 0;
}

static bool needs_more(const struct nft_key *key)
{
	for (u32 i = 0; i < key->n; i++)
		switch (key->field[i].sel->base) {
		case NFT_BASE_CT:
		case NFT_BASE_FIB:
		case NFT_BASE_RT:
			return true;
		default:
			break;
		}
	return false;
}

/* A frame has no connection and no route yet. */
static int check_ingress(struct walk *w, const struct nft_rule *r, const struct nft_stmt *st)
{
	switch (st->kind) {
	case NFT_STMT_NAT:
	case NFT_STMT_REJECT:
	case NFT_STMT_NOTRACK:
		return problem(w, r, "nat, reject and notrack do not work at hook ingress",
			       -EOPNOTSUPP);
	case NFT_STMT_FLOW:
		return problem(w, r, "flow add works at hook forward", -EOPNOTSUPP);
	case NFT_STMT_CONNLIMIT:
		break;
	case NFT_STMT_OBJREF:
		if (st->obj->stmt.kind != NFT_STMT_CT_HELPER)
			return 0;
		break;
	case NFT_STMT_MATCH:
		if (!needs_more(&st->match.key))
			return 0;
		break;
	case NFT_STMT_VMAP:
	case NFT_STMT_OBJMAP:
		if (!needs_more(&st->vmap.key))
			return 0;
		break;
	case NFT_STMT_SET:
		if (st->set.to->base != NFT_BASE_CT && !needs_more(&st->set.value.key))
			return 0;
		break;
	default:
		return 0;
	}
	return problem(w, r, "ct, fib and rt are not known at hook ingress", -EOPNOTSUPP);
}

static int check_stmt(struct walk *w, const struct nft_rule *r, const struct nft_stmt *st)
{
	if (w->base->hook == NF_NETDEV_INGRESS)
		return check_ingress(w, r, st);
	switch (st->kind) {
	case NFT_STMT_NAT:
		return check_nat(w, r, st->nat.kind);
	case NFT_STMT_REJECT:
		if (!(hook_bit(w->base) & (IN | FWD | OUT)))
			return problem(w, r, "reject works at hooks input, forward and output",
				       -EOPNOTSUPP);
		return 0;
	case NFT_STMT_NOTRACK:
		if (!(hook_bit(w->base) & (PRE | OUT)) ||
		    w->base->priority >= NF_IP_PRI_CONNTRACK)
			return problem(w, r, "notrack must come before tracking: hooks prerouting "
				       "and output, priority below -200", -EOPNOTSUPP);
		return 0;
	case NFT_STMT_FLOW:
		if (!(hook_bit(w->base) & FWD))
			return problem(w, r, "flow add works at hook forward", -EOPNOTSUPP);
		return 0;
	case NFT_STMT_SET:
		if (st->set.value.kind && st->set.value.key.n &&
		    st->set.value.key.field[0].sel->base == NFT_BASE_RT &&
		    !(hook_bit(w->base) & (FWD | OUT | POST)))
			return problem(w, r, "rt mtu is known at hooks forward, output and "
				       "postrouting", -EOPNOTSUPP);
		return 0;
	default:
		return 0;
	}
}

static int walk_verdict(struct walk *w, const struct nft_verdict *v, u32 depth)
{
	return v->chain ? walk_chain(w, v->chain, depth + (v->code == NFT_JUMP)) : 0;
}

static int walk_set(struct walk *w, const struct nft_set *set, u32 depth)
{
	struct hlist_head *head;
	struct nft_elem *e;
	int err = 0;

	for (u64 i = 0; !err && (head = inet_table_chain(&set->hash, i)); i++)
		hlist_for_each_entry(e, head, node)
			if (!err && !e->gone)
				err = walk_verdict(w, &e->verdict, depth);
	if (!err && set->catchall)
		err = walk_verdict(w, &set->catchall->verdict, depth);
	return err;
}

static int walk_rule(struct walk *w, const struct nft_rule *r, u32 depth)
{
	int err = 0;

	for (const struct nft_stmt *st = r->stmts; st && !err; st = st->next) {
		err = check_stmt(w, r, st);
		if (!err && st->kind == NFT_STMT_VERDICT)
			err = walk_verdict(w, &st->verdict, depth);
		else if (!err && st->kind == NFT_STMT_VMAP)
			err = walk_set(w, st->vmap.set, depth);
		if (err && !w->p->rule)
			w->p->rule = r;
	}
	return err;
}

/* Each chain is walked once for each depth at which it was not yet met deeper. */
static int walk_chain(struct walk *w, struct nft_chain *c, u32 depth)
{
	struct nft_rule *r;
	int err = 0;

	if (c->visiting == VISITING || depth >= NFT_JUMPS_MAX) {
		*w->p = (struct nft_problem){
			.chain = c, .what = c->visiting == VISITING ?
				    "chains call each other in a circle" :
				    "jumps go deeper than 16 chains",
		};
		return -ELOOP;
	}
	if (c->visiting == SEEN && c->deepest >= depth)
		return 0;
	c->visiting = VISITING;
	c->deepest = (u8)depth;
	list_for_each_entry(r, &c->rules, list) {
		err = walk_rule(w, r, depth);
		if (err)
			break;
	}
	c->visiting = SEEN;
	return err;
}

static void unmark(struct nft_table *t)
{
	struct nft_chain *c;

	list_for_each_entry(c, &t->chains, list)
		c->visiting = UNSEEN;
}

int nft_check(struct net *net, struct nft_problem *p)
{
	struct nft_table *t;
	struct nft_chain *c;
	int err;

	list_for_each_entry(t, &net->ct->nft->tables, list)
		list_for_each_entry(c, &t->chains, list) {
			struct walk w = { c, p };

			if (!c->base)
				continue;
			unmark(t);
			err = walk_chain(&w, c, 0);
			if (err)
				return err;
		}
	return 0;
}
