/* SPDX-License-Identifier: MIT */
/* What the ruleset is made of: found, counted, hooked, freed. */
#include "net/netfilter/nft_object.h"

#include "net/netfilter/nft_flow.h"
#include "net/netfilter/nft_ingress.h"
#include "net/netfilter/nft_prog.h"

#include "base/assert.h"

/* ---- small things ---- */

char *nft_strdup(struct net *net, const char *s)
{
	char *copy = mem_alloc(&net->mem, strlen(s) + 1);

	if (copy)
		memcpy(copy, s, strlen(s) + 1);
	return copy;
}

void nft_strfree(struct net *net, char *s)
{
	if (s)
		mem_free(&net->mem, s, strlen(s) + 1);
}

void nft_copy_name(char to[NFT_NAME_MAX], const char *name)
{
	ln_assert(strlen(name) < NFT_NAME_MAX);
	memcpy(to, name, strlen(name) + 1);
}

/* ---- to find ---- */

struct nft_table *nft_table_find(struct net *net, enum nft_family family, const char *name)
{
	struct nft_table *t;

	list_for_each_entry(t, &net->ct->nft->tables, list)
		if (t->family == family && !strcmp(t->name, name))
			return t;
	return NULL;
}

struct nft_chain *nft_chain_find(const struct nft_table *t, const char *name)
{
	struct nft_chain *c;

	list_for_each_entry(c, &t->chains, list)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

struct nft_set *nft_set_by_name(const struct nft_table *t, const char *name)
{
	struct nft_set *s;

	list_for_each_entry(s, &t->sets, list)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

struct nft_obj *nft_obj_find(const struct nft_table *t, enum nft_stmt_kind kind, const char *name)
{
	struct nft_obj *o;

	list_for_each_entry(o, &t->objs, list)
		if (o->stmt.kind == kind && !strcmp(o->name, name))
			return o;
	return NULL;
}

struct nft_flowtable *nft_flowtable_find(const struct nft_table *t, const char *name)
{
	struct nft_flowtable *f;

	list_for_each_entry(f, &t->flowtables, list)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

struct nft_rule *nft_rule_by_handle(const struct nft_chain *c, u64 handle)
{
	struct nft_rule *r;

	list_for_each_entry(r, &c->rules, list)
		if (r->handle == handle)
			return r;
	return NULL;
}

/* ---- who uses what ---- */

void nft_elem_uses(const struct nft_elem *e, int by)
{
	if (e->verdict.chain)
		e->verdict.chain->use += (u32)by;
	if (e->obj)
		e->obj->use += (u32)by;
}

void nft_set_elems_use(struct nft_set *set, int by)
{
	struct hlist_head *head;
	struct nft_elem *e;

	for (u64 i = 0; (head = inet_table_chain(&set->hash, i)); i++)
		hlist_for_each_entry(e, head, node)
			if (!e->gone)
				nft_elem_uses(e, by);
	if (set->catchall && !set->catchall->gone)
		nft_elem_uses(set->catchall, by);
}

static void set_uses(struct nft_set *set, int by)
{
	if (!set)
		return;
	set->use += (u32)by;
	if (set->flags & NFT_SET_ANONYMOUS)
		nft_set_elems_use(set, by);
}

/* The sets that a statement looks into, up to two. */
static void sets_of(const struct nft_stmt *st, struct nft_set *set[2])
{
	set[0] = set[1] = NULL;
	switch (st->kind) {
	case NFT_STMT_MATCH:
		set[0] = st->match.rhs == NFT_RHS_SET ? st->match.set : NULL;
		break;
	case NFT_STMT_VMAP:
	case NFT_STMT_OBJMAP:
		set[0] = st->vmap.set;
		break;
	case NFT_STMT_DYNSET:
		set[0] = st->dynset.set;
		break;
	case NFT_STMT_NAT:
		set[0] = st->nat.addr.set;
		set[1] = st->nat.port.set;
		break;
	case NFT_STMT_SET:
		set[0] = st->set.value.set;
		break;
	default:
		break;
	}
}

void nft_rule_uses(struct nft_rule *r, int by)
{
	struct nft_set *set[2];

	for (const struct nft_stmt *st = r->stmts; st; st = st->next) {
		sets_of(st, set);
		set_uses(set[0], by);
		set_uses(set[1], by);
		if (st->kind == NFT_STMT_VERDICT && st->verdict.chain)
			st->verdict.chain->use += (u32)by;
		if (st->kind == NFT_STMT_OBJREF)
			st->obj->use += (u32)by;
		if (st->kind == NFT_STMT_FLOW)
			st->flowtable->use += (u32)by;
	}
}

static bool key_needs_ct(const struct nft_key *k)
{
	for (u32 i = 0; i < k->n; i++)
		if (k->field[i].sel->base == NFT_BASE_CT)
			return true;
	return false;
}

static bool stmts_need_ct(const struct nft_rule *r)
{
	for (const struct nft_stmt *st = r->stmts; st; st = st->next) {
		switch (st->kind) {
		case NFT_STMT_MATCH:
			if (key_needs_ct(&st->match.key))
				return true;
			break;
		case NFT_STMT_VMAP:
		case NFT_STMT_OBJMAP:
			if (key_needs_ct(&st->vmap.key) ||
			    st->vmap.set->objects == NFT_STMT_CT_HELPER)
				return true;
			break;
		case NFT_STMT_OBJREF:
			if (st->obj->stmt.kind == NFT_STMT_CT_HELPER)
				return true;
			break;
		case NFT_STMT_SET:
			if (st->set.to->base == NFT_BASE_CT || key_needs_ct(&st->set.value.key))
				return true;
			break;
		case NFT_STMT_DYNSET:
			if (key_needs_ct(&st->dynset.key) || nft_stats_track(&st->dynset.stats) ||
			    nft_stats_track(&st->dynset.set->stats))
				return true;
			break;
		case NFT_STMT_NAT:
		case NFT_STMT_NOTRACK:
		case NFT_STMT_CONNLIMIT:
		case NFT_STMT_FLOW:
			return true;
		default:
			break;
		}
	}
	return false;
}

u32 nft_rule_needs_ct(const struct nft_rule *r)
{
	static const u32 families[NFT_FAMILIES] = {
		[NFT_INET] = NF_CT_INET, [NFT_IP] = NF_CT_IPV4, [NFT_IP6] = NF_CT_IPV6,
	};

	return stmts_need_ct(r) ? families[r->chain->table->family] : 0;
}

/* ---- to free ---- */

static void free_anonymous(struct net *net, struct nft_set *set)
{
	if (set && set->flags & NFT_SET_ANONYMOUS)
		nft_set_destroy(net, set);
}

static void nft_stmt_exit(struct net *net, struct nft_stmt *st)
{
	if (st->kind == NFT_STMT_CONNLIMIT)
		nft_connlimit_free(net, &st->connlimit);
	else if (st->kind == NFT_STMT_DYNSET)
		nft_stats_free(net, &st->dynset.stats);
}

void nft_rule_free(struct nft_rule *r)
{
	struct net *net = r->chain->table->net;
	struct nft_stmt *st, *next;
	struct nft_set *set[2];

	for (st = r->stmts; st; st = next) {
		next = st->next;
		sets_of(st, set);
		nft_stmt_exit(net, st);
		free_anonymous(net, set[0]);
		free_anonymous(net, set[1]);
		mem_free(&net->mem, st, sizeof(*st));
	}
	nft_rule_uncompile(r);
	nft_strfree(net, r->comment);
	mem_free(&net->mem, r, sizeof(*r));
}

/* A rule that was in the ruleset and is out of use. */
void nft_rule_destroy(struct nft_rule *r)
{
	if (r->tracks)
		nf_ct_netns_put(r->chain->table->net, r->tracks);
	nft_rule_free(r);
}

void nft_chain_destroy(struct nft_chain *c)
{
	struct net *net = c->table->net;

	while (!list_empty(&c->rules)) {
		struct nft_rule *r = list_first_entry(&c->rules, struct nft_rule, list);

		list_del_init(&r->list);
		nft_rule_destroy(r);
	}
	nft_strfree(net, c->comment);
	nft_devices_free(net, &c->devices);
	mem_free(&net->mem, c, sizeof(*c));
}

void nft_obj_destroy(struct net *net, struct nft_obj *o)
{
	nft_strfree(net, o->comment);
	mem_free(&net->mem, o, sizeof(*o));
}

void nft_table_destroy(struct nft_table *t)
{
	struct net *net = t->net;

	while (!list_empty(&t->chains)) {
		struct nft_chain *c = list_first_entry(&t->chains, struct nft_chain, list);

		list_del_init(&c->list);
		nft_chain_destroy(c);
	}
	while (!list_empty(&t->sets)) {
		struct nft_set *s = list_first_entry(&t->sets, struct nft_set, list);

		list_del_init(&s->list);
		nft_set_destroy(net, s);
	}
	while (!list_empty(&t->objs)) {
		struct nft_obj *o = list_first_entry(&t->objs, struct nft_obj, list);

		list_del_init(&o->list);
		nft_obj_destroy(net, o);
	}
	while (!list_empty(&t->flowtables)) {
		struct nft_flowtable *f = list_first_entry(&t->flowtables, struct nft_flowtable,
							   list);

		list_del_init(&f->list);
		nft_flowtable_destroy(f);
	}
	nft_strfree(net, t->comment);
	mem_free(&net->mem, t, sizeof(*t));
}

/* ---- hooks ---- */

static enum nf_verdict nft_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return nft_do_chain(priv, skb, state);
}

static bool chain_has_pf(const struct nft_chain *c, u8 pf)
{
	if (c->table->family == NFT_INET)
		return true;
	return c->table->family == (pf == NFPROTO_IPV4 ? NFT_IP : NFT_IP6);
}

void nft_chain_unhook(struct nft_chain *c)
{
	nft_devices_unhook(&c->devices);
	for (u8 pf = 0; c->base && pf < NFPROTO_NUM; pf++) {
		if (!c->ops[pf].hook)
			continue;
		if (c->type == NFT_CHAIN_NAT)
			nf_nat_unregister_fn(c->table->net, &c->ops[pf]);
		else
			nf_unregister_net_hook(&c->ops[pf]);
		c->ops[pf].hook = NULL;
	}
}

int nft_chain_hook(struct nft_chain *c)
{
	if (c->base && c->hook == NF_NETDEV_INGRESS) {
		nft_chain_devices_hook(c);
		return 0;
	}
	for (u8 pf = 0; c->base && pf < NFPROTO_NUM; pf++) {
		if (!chain_has_pf(c, pf))
			continue;
		c->ops[pf] = (struct nf_hook_ops){
			.hook = nft_hook, .look = nft_look, .priv = c, .pf = pf,
			.hooknum = c->hook, .priority = c->priority,
		};
		if (c->type != NFT_CHAIN_NAT) {
			nf_register_net_hook(c->table->net, &c->ops[pf]);
		} else if (nf_nat_register_fn(c->table->net, &c->ops[pf])) {
			c->ops[pf].hook = NULL;
			nft_chain_unhook(c);
			return -ENOMEM;
		}
	}
	return 0;
}
