/* SPDX-License-Identifier: MIT */
/* Tables, chains, rules and sets come and go, all together or not at all. */
#include "net/netfilter/nft_table.h"

#include "net/netfilter/nft_check.h"
#include "net/netfilter/nft_flow.h"
#include "net/netfilter/nft_ingress.h"
#include "net/netfilter/nft_object.h"
#include "net/netfilter/nft_prog.h"

#define GC_PERIOD NSEC_PER_SEC

enum op { ADD_TABLE, DEL_TABLE, DORMANT, ADD_CHAIN, DEL_CHAIN, POLICY, RENAME, ADD_RULE, DEL_RULE,
	  ADD_SET, DEL_SET, ADD_ELEM, DEL_ELEM, ADD_OBJ, DEL_OBJ, ADD_FLOWTABLE, DEL_FLOWTABLE,
	  FLOW_DEVICES };

struct device_names {
	u32 n;
	char name[NFT_DEVICES_MAX][16];
};

struct nft_trans {			/* one change that was made */
	struct list_head list;
	enum op op;
	bool was;			/* DORMANT, POLICY */
	char name[NFT_NAME_MAX];	/* RENAME: the old one */
	struct list_head *prev;		/* behind which it stood */
	struct nft_table *table;
	struct nft_chain *chain;
	struct nft_rule *rule;
	struct nft_set *set;
	struct nft_elem *elem;
	struct nft_obj *obj;
	struct nft_flowtable *flowtable;
	struct device_names *devices;	/* FLOW_DEVICES: those it had */
};

static struct nft_trans *note(struct net *net, enum op op)
{
	struct nft_trans *t = mem_zalloc(&net->mem, sizeof(*t));

	if (!t)
		return NULL;
	t->op = op;
	list_add_tail(&t->list, &net->ct->nft->trans);
	return t;
}

static void forget(struct net *net, struct nft_trans *t)
{
	list_del_init(&t->list);
	if (t->devices)
		mem_free(&net->mem, t->devices, sizeof(*t->devices));
	mem_free(&net->mem, t, sizeof(*t));
}

/* What of a table meets packets. */
static void table_hook(struct nft_table *t)
{
	struct nft_flowtable *f;
	struct nft_chain *c;

	list_for_each_entry(c, &t->chains, list)
		nft_chain_hook(c);
	list_for_each_entry(f, &t->flowtables, list)
		nft_flowtable_hook(f);
}

static void table_unhook(struct nft_table *t)
{
	struct nft_flowtable *f;
	struct nft_chain *c;

	list_for_each_entry(c, &t->chains, list)
		nft_chain_unhook(c);
	list_for_each_entry(f, &t->flowtables, list)
		nft_devices_unhook(&f->devices);
}

/* ---- changes ---- */

int nft_table_add(struct net *net, enum nft_family family, const char *name,
		  struct nft_table **out)
{
	struct nft_table *t = mem_zalloc(&net->mem, sizeof(*t));
	struct nft_trans *n = t ? note(net, ADD_TABLE) : NULL;

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
	struct nft_trans *n = note(t->net, DEL_TABLE);

	if (!n)
		return -ENOMEM;
	n->table = t;
	n->prev = t->list.prev;
	table_unhook(t);
	list_del_init(&t->list);
	return 0;
}

int nft_table_set_dormant(struct nft_table *t, bool dormant)
{
	struct nft_trans *n = note(t->net, DORMANT);

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
		n = note(t->net, ADD_CHAIN);
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
	struct nft_trans *n = note(c->table->net, POLICY);

	if (!n)
		return -ENOMEM;
	n->chain = c;
	n->was = c->policy_drop;
	c->policy_drop = drop;
	return 0;
}

int nft_chain_rename(struct nft_chain *c, const char *name)
{
	struct nft_trans *n = note(c->table->net, RENAME);

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
	n = note(c->table->net, DEL_CHAIN);
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
	struct nft_trans *n = note(net, ADD_RULE);
	u32 families = nft_rule_needs_ct(r);

	if (!n || nft_rule_compile(r) || (families && nf_ct_netns_get(net, families))) {
		if (n)
			forget(net, n);
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
	struct nft_trans *n = note(r->chain->table->net, DEL_RULE);

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
	struct nft_trans *n = note(t->net, ADD_SET);

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
	n = note(set->table->net, DEL_SET);
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
		n = note(net, ADD_ELEM);
		if (!n)
			return -ENOMEM;
	}
	err = nft_set_insert(net, set, e);
	if (err) {
		if (n)
			forget(net, n);
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
	struct nft_trans *n = note(set->table->net, DEL_ELEM);

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
	struct nft_trans *n = note(t->net, ADD_OBJ);

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
	n = note(o->table->net, DEL_OBJ);
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

static void names_of(const struct nft_devices *d, struct device_names *names)
{
	names->n = d->n;
	for (u32 i = 0; i < d->n; i++)
		memcpy(names->name[i], d->at[i].name, sizeof(names->name[i]));
}

static int change_devices(struct nft_flowtable *f, const struct device_names *to)
{
	struct net *net = f->table->net;
	struct nft_trans *n = note(net, FLOW_DEVICES);

	if (!n)
		return -ENOMEM;
	n->devices = mem_alloc(&net->mem, sizeof(*n->devices));
	if (!n->devices) {
		forget(net, n);
		return -ENOMEM;
	}
	n->flowtable = f;
	names_of(&f->devices, n->devices);
	return nft_flowtable_set_devices(f, to->name, to->n) ? 0 : -ENOMEM;
}

static int add_devices(struct nft_flowtable *f, const struct nft_base_chain *base)
{
	struct device_names names;

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
	n = f ? note(t->net, ADD_FLOWTABLE) : NULL;
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
	struct device_names left;
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
	n = note(f->table->net, DEL_FLOWTABLE);
	if (!n)
		return -ENOMEM;
	n->flowtable = f;
	n->prev = f->list.prev;
	nft_devices_unhook(&f->devices);
	list_del_init(&f->list);
	return 0;
}

/* ---- the end of a transaction ---- */

/* What is sorted does not have it (nft_commit), or will be sorted again. */
static void elem_end(struct nft_set *set, struct nft_elem *e)
{
	nft_set_remove(set->table->net, set, e);
	nft_elem_free(set->table->net, set, e);
}

static void undo_flowtable(struct nft_trans *n)
{
	struct nft_flowtable *f = n->flowtable;

	switch (n->op) {
	case ADD_FLOWTABLE:
		list_del_init(&f->list);
		nft_flowtable_destroy(f);
		break;
	case DEL_FLOWTABLE:
		list_add(&f->list, n->prev);
		nft_flowtable_hook(f);
		break;
	default:	/* its place for names is there */
		(void)nft_flowtable_set_devices(f, n->devices->name, n->devices->n);
		break;
	}
}

static void undo(struct nft_trans *n)
{
	switch (n->op) {
	case ADD_TABLE:
		list_del_init(&n->table->list);
		nft_table_destroy(n->table);
		break;
	case DEL_TABLE:
		list_add(&n->table->list, n->prev);
		table_hook(n->table);
		break;
	case DORMANT:
		n->table->dormant = n->was;
		break;
	case ADD_CHAIN:
		nft_chain_unhook(n->chain);
		list_del_init(&n->chain->list);
		nft_chain_destroy(n->chain);
		break;
	case DEL_CHAIN:
		list_add(&n->chain->list, n->prev);
		nft_chain_hook(n->chain);
		break;
	case POLICY:
		n->chain->policy_drop = n->was;
		break;
	case RENAME:
		nft_copy_name(n->chain->name, n->name);
		break;
	case ADD_RULE:
		nft_rule_uses(n->rule, -1);
		list_del_init(&n->rule->list);
		nft_rule_destroy(n->rule);
		break;
	case DEL_RULE:
		list_add(&n->rule->list, n->prev);
		nft_rule_uses(n->rule, 1);
		break;
	case ADD_SET:
		list_del_init(&n->set->list);
		nft_set_destroy(n->set->table->net, n->set);
		break;
	case DEL_SET:
		list_add(&n->set->list, n->prev);
		nft_set_elems_use(n->set, 1);
		break;
	case ADD_ELEM:
		nft_elem_uses(n->elem, -1);
		elem_end(n->set, n->elem);
		break;
	case DEL_ELEM:
		n->elem->gone = false;
		n->set->dirty = true;
		nft_elem_uses(n->elem, 1);
		break;
	case ADD_OBJ:
		list_del_init(&n->obj->list);
		nft_obj_destroy(n->obj->table->net, n->obj);
		break;
	case DEL_OBJ:
		list_add(&n->obj->list, n->prev);
		break;
	case ADD_FLOWTABLE:
	case DEL_FLOWTABLE:
	case FLOW_DEVICES:
		undo_flowtable(n);
		break;
	}
}

/* Those that were taken out are freed, in the order in which that was done. */
static void finish(struct nft_trans *n)
{
	bool dirty;

	switch (n->op) {
	case DEL_TABLE:
		nft_table_destroy(n->table);
		break;
	case DEL_CHAIN:
		nft_chain_destroy(n->chain);
		break;
	case DEL_RULE:
		nft_rule_destroy(n->rule);
		break;
	case DEL_SET:
		nft_set_destroy(n->set->table->net, n->set);
		break;
	case DEL_ELEM:
		dirty = n->set->dirty;
		elem_end(n->set, n->elem);
		n->set->dirty = dirty;	/* nft_commit() sorted without it */
		break;
	case DEL_OBJ:
		nft_obj_destroy(n->obj->table->net, n->obj);
		break;
	case DEL_FLOWTABLE:
		nft_flowtable_destroy(n->flowtable);
		break;
	default:
		break;
	}
}

/* Elements went. Without memory none is found rather than one that is not there any more. */
static void sort_again(struct net *net, struct nft_set *set)
{
	struct nft_elem *a, *b;

	if (nft_set_commit(net, set, &a, &b))
		nft_set_unsort(net, set);
}

static int commit_sets(struct net *net, struct nft_problem *p)
{
	struct nft_elem *a = NULL, *b = NULL;
	struct nft_table *t;
	struct nft_set *s;
	int err;

	list_for_each_entry(t, &net->ct->nft->tables, list)
		list_for_each_entry(s, &t->sets, list) {
			err = nft_set_commit(net, s, &a, &b);
			if (err) {
				*p = (struct nft_problem){
					.what = err == -EEXIST ?
						"conflicting intervals specified" : "out of memory",
					.set = s, .a = a, .b = b,
				};
				return err;
			}
		}
	return 0;
}

int nft_validate(struct net *net, struct nft_problem *p)
{
	int err;

	*p = (struct nft_problem){ 0 };
	err = nft_check(net, p);
	return err ? err : commit_sets(net, p);
}

void nft_commit(struct net *net)
{
	struct list_head *trans = &net->ct->nft->trans;

	while (!list_empty(trans)) {
		struct nft_trans *n = list_first_entry(trans, struct nft_trans, list);

		finish(n);
		forget(net, n);
	}
	nft_gc_arm(net);
}

void nft_abort(struct net *net)
{
	struct list_head *trans = &net->ct->nft->trans;
	struct nft_table *t;
	struct nft_set *s;

	while (!list_empty(trans)) {
		struct nft_trans *n = list_entry(trans->prev, struct nft_trans, list);

		undo(n);
		forget(net, n);
	}
	list_for_each_entry(t, &net->ct->nft->tables, list)
		list_for_each_entry(s, &t->sets, list)
			sort_again(net, s);
}

/* ---- elements past their time ---- */

static u32 set_gc(struct net *net, struct nft_set *set)
{
	struct hlist_head *head;
	struct nft_elem *e;
	u64 i = 0;

again:
	for (; (head = inet_table_chain(&set->hash, i)); i++)
		hlist_for_each_entry(e, head, node)
			if (e->expires <= net->now || nft_stats_idle(net, &e->stats)) {
				nft_elem_uses(e, -1);
				elem_end(set, e);
				goto again;
			}
	sort_again(net, set);
	return set->hash.count;
}

static void gc_run(struct timer *timer)
{
	struct netns_nft *nft = container_of(timer, struct netns_nft, gc);
	u32 left = 0;
	struct nft_table *t;
	struct nft_set *s;

	list_for_each_entry(t, &nft->tables, list)
		list_for_each_entry(s, &t->sets, list)
			if (s->flags & (NFT_SET_TIMEOUT | NFT_SET_DYNAMIC))
				left += set_gc(nft->net, s);
	list_for_each_entry(s, &nft->meters, list)
		left += set_gc(nft->net, s);
	if (left)
		nft_gc_arm(nft->net);
}

static bool has_timed(const struct netns_nft *nft)
{
	const struct nft_table *t;
	const struct nft_set *s;

	list_for_each_entry(t, &nft->tables, list)
		list_for_each_entry(s, &t->sets, list)
			if (s->flags & (NFT_SET_TIMEOUT | NFT_SET_DYNAMIC) && s->hash.count)
				return true;
	list_for_each_entry(s, &nft->meters, list)
		if (s->hash.count)
			return true;
	return false;
}

void nft_gc_arm(struct net *net)
{
	struct netns_nft *nft = net->ct->nft;

	if (!timer_pending(&nft->gc) && has_timed(nft))
		net_timer_mod(net, &nft->gc, net->now + GC_PERIOD);
}

int nft_net_init(struct net *net)
{
	struct netns_nft *nft = mem_zalloc(&net->mem, sizeof(*nft));

	if (!nft)
		return -ENOMEM;
	list_init(&nft->tables);
	list_init(&nft->trans);
	list_init(&nft->meters);
	timer_init(&nft->gc, gc_run);
	nft->net = net;
	net->ct->nft = nft;
	nft_devices_begin(net);
	return 0;
}

void nft_net_exit(struct net *net)
{
	struct netns_nft *nft = net->ct ? net->ct->nft : NULL;

	if (!nft)
		return;
	while (!list_empty(&nft->tables)) {
		struct nft_table *t = list_first_entry(&nft->tables, struct nft_table, list);

		table_unhook(t);
		list_del_init(&t->list);
		nft_table_destroy(t);
	}
	net_timer_del(net, &nft->gc);
	unregister_netdevice_notifier(&nft->notifier);
	mem_free(&net->mem, nft, sizeof(*nft));
	net->ct->nft = NULL;
}
