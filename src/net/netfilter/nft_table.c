/* SPDX-License-Identifier: MIT */
/* Tables, chains, rules and sets come and go; nft_trans.c says whether that stands. */
#include "net/netfilter/nft_table.h"

#include "net/netfilter/nft_flow.h"
#include "net/netfilter/nft_ingress.h"
#include "net/netfilter/nft_object.h"
#include "net/netfilter/nft_prog.h"
#include "net/netfilter/nft_trans.h"

void nft_table_hook(struct nft_table *t)
{
	struct nft_flowtable *f;
	struct nft_chain *c;

	list_for_each_entry(c, &t->chains, list)
		nft_chain_hook(c);
	list_for_each_entry(f, &t->flowtables, list)
		nft_flowtable_hook(f);
}

void nft_table_unhook(struct nft_table *t)
{
	struct nft_flowtable *f;
	struct nft_chain *c;

	list_for_each_entry(c, &t->chains, list)
		nft_chain_unhook(c);
	list_for_each_entry(f, &t->flowtables, list)
		nft_devices_unhook(&f->devices);
}

int nft_table_add(struct net *net, enum nft_family family, const char *name,
		  struct nft_table **out)
{
	struct nft_table *t = mem_zalloc(&net->mem, sizeof(*t));
	struct nft_trans *n = t ? nft_trans_alloc(net, NFT_ADD_TABLE) : NULL;

	if (!n) {
		mem_free(&net->mem, t, sizeof(*t));
		return -ENOMEM;
	}
	t->net = net;
	t->family = (u8)family;
	t->handle = ++net->ct->nft->next_handle;
	nft_copy_name(t->name, name);
	list_init(&t->chains);
	list_init(&t->sets);
	list_init(&t->objs);
	list_init(&t->flowtables);
	list_add_tail(&t->list, &net->ct->nft->tables);
	n->table = *out = t;
	return 0;
}

int nft_table_del(struct nft_table *t)
{
	struct nft_trans *n = nft_trans_alloc(t->net, NFT_DEL_TABLE);

	if (!n)
		return -ENOMEM;
	n->table = t;
	n->prev = t->list.prev;
	nft_table_unhook(t);
	list_del_init(&t->list);
	return 0;
}

int nft_table_set_dormant(struct nft_table *t, bool dormant)
{
	struct nft_trans *n = nft_trans_alloc(t->net, NFT_DORMANT);

	if (!n)
		return -ENOMEM;
	n->table = t;
	n->was = t->dormant;
	t->dormant = dormant;
	return 0;
}

int nft_chain_add(struct nft_table *t, const char *name, const struct nft_base_chain *base,
		  struct nft_chain **out)
{
	struct nft_chain *c = mem_zalloc(&t->net->mem, sizeof(*c));
	struct nft_trans *n = NULL;

	if (c && (!base || !base->ndevices ||
		  nft_devices_set(t->net, &c->devices, base->devices, base->ndevices)))
		n = nft_trans_alloc(t->net, NFT_ADD_CHAIN);
	if (!n) {
		if (c)
			nft_devices_free(t->net, &c->devices);
		mem_free(&t->net->mem, c, sizeof(*c));
		return -ENOMEM;
	}
	c->table = t;
	c->handle = ++t->next_handle;
	nft_copy_name(c->name, name);
	list_init(&c->rules);
	if (base) {
		c->base = true;
		c->type = base->type;
		c->hook = base->hook;
		c->priority = base->priority;
		c->policy_drop = base->policy_drop;
	}
	list_add_tail(&c->list, &t->chains);
	n->chain = *out = c;
	return nft_chain_hook(c);
}

int nft_chain_set_policy(struct nft_chain *c, bool drop)
{
	struct nft_trans *n = nft_trans_alloc(c->table->net, NFT_POLICY);

	if (!n)
		return -ENOMEM;
	n->chain = c;
	n->was = c->policy_drop;
	c->policy_drop = drop;
	return 0;
}

int nft_chain_rename(struct nft_chain *c, const char *name)
{
	struct nft_trans *n = nft_trans_alloc(c->table->net, NFT_RENAME);

	if (!n)
		return -ENOMEM;
	n->chain = c;
	nft_copy_name(n->name, c->name);
	nft_copy_name(c->name, name);
	return 0;
}

int nft_chain_del(struct nft_chain *c)
{
	struct nft_trans *n;
	int err;

	if (c->use)
		return -EBUSY;
	while (!list_empty(&c->rules)) {
		err = nft_rule_del(list_first_entry(&c->rules, struct nft_rule, list));
		if (err)
			return err;
	}
	n = nft_trans_alloc(c->table->net, NFT_DEL_CHAIN);
	if (!n)
		return -ENOMEM;
	n->chain = c;
	n->prev = c->list.prev;
	nft_chain_unhook(c);
	list_del_init(&c->list);
	return 0;
}

struct nft_rule *nft_rule_new(struct nft_chain *c)
{
	struct nft_rule *r = mem_zalloc(&c->table->net->mem, sizeof(*r));

	if (!r)
		return NULL;
	r->chain = c;
	list_init(&r->list);
	return r;
}

int nft_rule_add(struct nft_rule *r, struct nft_rule *at, bool before)
{
	struct net *net = r->chain->table->net;
	struct nft_trans *n = nft_trans_alloc(net, NFT_ADD_RULE);
	u32 families = nft_rule_needs_ct(r);

	if (!n || nft_rule_compile(r) || (families && nf_ct_netns_get(net, families))) {
		if (n)
			nft_trans_destroy(net, n);
		nft_rule_free(r);
		return -ENOMEM;
	}
	r->tracks = families;
	r->handle = ++r->chain->table->next_handle;
	n->rule = r;
	nft_rule_uses(r, 1);
	if (before)
		list_add_tail(&r->list, at ? &at->list : r->chain->rules.next);
	else
		list_add(&r->list, at ? &at->list : r->chain->rules.prev);
	return 0;
}

int nft_rule_del(struct nft_rule *r)
{
	struct nft_trans *n = nft_trans_alloc(r->chain->table->net, NFT_DEL_RULE);

	if (!n)
		return -ENOMEM;
	n->rule = r;
	n->prev = r->list.prev;
	nft_rule_uses(r, -1);
	list_del_init(&r->list);
	return 0;
}

struct nft_set *nft_set_new(struct nft_table *t)
{
	struct nft_set *s = mem_zalloc(&t->net->mem, sizeof(*s));

	if (!s)
		return NULL;
	s->table = t;
	list_init(&s->list);
	return s;
}

int nft_set_add(struct nft_set *set)
{
	struct nft_table *t = set->table;
	struct nft_trans *n = nft_trans_alloc(t->net, NFT_ADD_SET);

	if (!n) {
		nft_set_destroy(t->net, set);
		return -ENOMEM;
	}
	set->handle = (u32)++t->next_handle;
	list_add_tail(&set->list, &t->sets);
	n->set = set;
	return 0;
}

int nft_set_del(struct nft_set *set)
{
	struct nft_trans *n;

	if (set->use)
		return -EBUSY;
	n = nft_trans_alloc(set->table->net, NFT_DEL_SET);
	if (!n)
		return -ENOMEM;
	n->set = set;
	n->prev = set->list.prev;
	nft_set_elems_use(set, -1);
	list_del_init(&set->list);
	return 0;
}

int nft_elem_add(struct nft_set *set, struct nft_elem *e)
{
	struct net *net = set->table->net;
	struct nft_trans *n = NULL;
	int err;

	if (!(set->flags & NFT_SET_ANONYMOUS)) {
		n = nft_trans_alloc(net, NFT_ADD_ELEM);
		if (!n)
			return -ENOMEM;
	}
	err = nft_set_insert(net, set, e);
	if (err) {
		if (n)
			nft_trans_destroy(net, n);
		return err;
	}
	if (!n)
		return 0;
	n->set = set;
	n->elem = e;
	nft_elem_uses(e, 1);
	return 0;
}

int nft_elem_del(struct nft_set *set, struct nft_elem *e)
{
	struct nft_trans *n = nft_trans_alloc(set->table->net, NFT_DEL_ELEM);

	if (!n)
		return -ENOMEM;
	n->set = set;
	n->elem = e;
	e->gone = true;
	set->dirty = true;
	nft_elem_uses(e, -1);
	return 0;
}

int nft_set_flush(struct nft_set *set)
{
	struct hlist_head *head;
	struct nft_elem *e;
	int err = 0;

	for (u64 i = 0; !err && (head = inet_table_chain(&set->hash, i)); i++)
		hlist_for_each_entry(e, head, node)
			if (!err && !e->gone)
				err = nft_elem_del(set, e);
	if (!err && set->catchall && !set->catchall->gone)
		err = nft_elem_del(set, set->catchall);
	return err;
}

struct nft_obj *nft_obj_new(struct nft_table *t, enum nft_stmt_kind kind)
{
	struct nft_obj *o = mem_zalloc(&t->net->mem, sizeof(*o));

	if (!o)
		return NULL;
	o->table = t;
	o->stmt.kind = (u8)kind;
	list_init(&o->list);
	return o;
}

int nft_obj_add(struct nft_obj *o)
{
	struct nft_table *t = o->table;
	struct nft_trans *n = nft_trans_alloc(t->net, NFT_ADD_OBJ);

	if (!n) {
		nft_obj_destroy(t->net, o);
		return -ENOMEM;
	}
	o->handle = ++t->next_handle;
	list_add_tail(&o->list, &t->objs);
	n->obj = o;
	return 0;
}

int nft_obj_del(struct nft_obj *o)
{
	struct nft_trans *n;

	if (o->use)
		return -EBUSY;
	n = nft_trans_alloc(o->table->net, NFT_DEL_OBJ);
	if (!n)
		return -ENOMEM;
	n->obj = o;
	n->prev = o->list.prev;
	list_del_init(&o->list);
	return 0;
}

/* ---- flowtables ---- */

/* Another flowtable of the table stands at one of them: *which. */
static bool device_taken(const struct nft_table *t, const struct nft_flowtable *but,
			 const struct nft_base_chain *base, u32 *which)
{
	const struct nft_flowtable *f;

	for (*which = 0; *which < base->ndevices; ++*which)
		list_for_each_entry(f, &t->flowtables, list)
			if (f != but && nft_devices_have(&f->devices, base->devices[*which]))
				return true;
	return false;
}

static void names_of(const struct nft_devices *d, struct nft_names *names)
{
	names->n = d->n;
	for (u32 i = 0; i < d->n; i++)
		memcpy(names->name[i], d->at[i].name, sizeof(names->name[i]));
}

static int change_devices(struct nft_flowtable *f, const struct nft_names *to)
{
	struct net *net = f->table->net;
	struct nft_trans *n = nft_trans_alloc(net, NFT_FLOW_DEVICES);

	if (!n)
		return -ENOMEM;
	n->devices = mem_alloc(&net->mem, sizeof(*n->devices));
	if (!n->devices) {
		nft_trans_destroy(net, n);
		return -ENOMEM;
	}
	n->flowtable = f;
	names_of(&f->devices, n->devices);
	return nft_flowtable_set_devices(f, to->name, to->n) ? 0 : -ENOMEM;
}

static int add_devices(struct nft_flowtable *f, const struct nft_base_chain *base)
{
	struct nft_names names;

	names_of(&f->devices, &names);
	for (u32 i = 0; i < base->ndevices; i++) {
		if (nft_devices_have(&f->devices, base->devices[i]))
			continue;
		if (names.n == NFT_DEVICES_MAX)
			return -E2BIG;
		memcpy(names.name[names.n++], base->devices[i], sizeof(names.name[0]));
	}
	return change_devices(f, &names);
}

int nft_flowtable_add(struct nft_table *t, const char *name, const struct nft_base_chain *base,
		      bool counter, u32 *which)
{
	struct nft_flowtable *f = nft_flowtable_find(t, name);
	struct nft_trans *n;

	if (device_taken(t, f, base, which))
		return -EEXIST;
	if (f)
		return base->priority == f->priority ? add_devices(f, base) : -EINVAL;
	f = nft_flowtable_new(t, name);
	n = f ? nft_trans_alloc(t->net, NFT_ADD_FLOWTABLE) : NULL;
	if (!n) {
		if (f)
			nft_flowtable_destroy(f);
		return -ENOMEM;
	}
	f->priority = base->priority;
	f->flows.counter = counter;
	f->handle = ++t->next_handle;
	list_add_tail(&f->list, &t->flowtables);
	n->flowtable = f;
	return nft_flowtable_set_devices(f, base->devices, base->ndevices) ? 0 : -ENOMEM;
}

int nft_flowtable_del_devices(struct nft_flowtable *f, const char (*names)[16], u32 n, u32 *which)
{
	struct nft_names left;
	u32 j;

	names_of(&f->devices, &left);
	for (*which = 0; *which < n; ++*which) {
		for (j = 0; j < left.n && strcmp(left.name[j], names[*which]); j++)
			;
		if (j == left.n)
			return -ENOENT;
		left.n--;
		memmove(left.name[j], left.name[j + 1], (left.n - j) * sizeof(left.name[0]));
	}
	return change_devices(f, &left);
}

int nft_flowtable_del(struct nft_flowtable *f)
{
	struct nft_trans *n;

	if (f->use)
		return -EBUSY;
	n = nft_trans_alloc(f->table->net, NFT_DEL_FLOWTABLE);
	if (!n)
		return -ENOMEM;
	n->flowtable = f;
	n->prev = f->list.prev;
	nft_devices_unhook(&f->devices);
	list_del_init(&f->list);
	return 0;
}
