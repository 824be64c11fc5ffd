/* SPDX-License-Identifier: MIT */
/* All changes of a transaction, or none of them. */
#include "net/netfilter/nft_trans.h"

#include "net/netfilter/nft_check.h"
#include "net/netfilter/nft_flow.h"
#include "net/netfilter/nft_ingress.h"
#include "net/netfilter/nft_object.h"

struct nft_trans *nft_trans_alloc(struct net *net, enum nft_trans_op op)
{
	struct nft_trans *t = mem_zalloc(&net->mem, sizeof(*t));

	if (!t)
		return NULL;
	t->op = op;
	list_add_tail(&t->list, &net->ct->nft->trans);
	return t;
}

void nft_trans_destroy(struct net *net, struct nft_trans *t)
{
	list_del_init(&t->list);
	if (t->devices)
		mem_free(&net->mem, t->devices, sizeof(*t->devices));
	mem_free(&net->mem, t, sizeof(*t));
}

void nft_elem_remove(struct nft_set *set, struct nft_elem *e)
{
	nft_set_remove(set->table->net, set, e);
	nft_elem_free(set->table->net, set, e);
}

static void undo_set(struct nft_trans *n)
{
	switch (n->op) {
	case NFT_ADD_SET:
		list_del_init(&n->set->list);
		nft_set_destroy(n->set->table->net, n->set);
		break;
	case NFT_DEL_SET:
		list_add(&n->set->list, n->prev);
		nft_set_elems_use(n->set, 1);
		break;
	case NFT_ADD_ELEM:
		nft_elem_uses(n->elem, -1);
		nft_elem_remove(n->set, n->elem);
		break;
	case NFT_DEL_ELEM:
		n->elem->gone = false;
		n->set->dirty = true;
		nft_elem_uses(n->elem, 1);
		break;
	default:
		break;
	}
}

static void undo_flowtable(struct nft_trans *n)
{
	struct nft_flowtable *f = n->flowtable;

	switch (n->op) {
	case NFT_ADD_FLOWTABLE:
		list_del_init(&f->list);
		nft_flowtable_destroy(f);
		break;
	case NFT_DEL_FLOWTABLE:
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
	case NFT_ADD_TABLE:
		list_del_init(&n->table->list);
		nft_table_destroy(n->table);
		break;
	case NFT_DEL_TABLE:
		list_add(&n->table->list, n->prev);
		nft_table_hook(n->table);
		break;
	case NFT_DORMANT:
		n->table->dormant = n->was;
		break;
	case NFT_ADD_CHAIN:
		nft_chain_unhook(n->chain);
		list_del_init(&n->chain->list);
		nft_chain_destroy(n->chain);
		break;
	case NFT_DEL_CHAIN:
		list_add(&n->chain->list, n->prev);
		nft_chain_hook(n->chain);
		break;
	case NFT_POLICY:
		n->chain->policy_drop = n->was;
		break;
	case NFT_RENAME:
		nft_copy_name(n->chain->name, n->name);
		break;
	case NFT_ADD_RULE:
		nft_rule_uses(n->rule, -1);
		list_del_init(&n->rule->list);
		nft_rule_destroy(n->rule);
		break;
	case NFT_DEL_RULE:
		list_add(&n->rule->list, n->prev);
		nft_rule_uses(n->rule, 1);
		break;
	case NFT_ADD_SET:
	case NFT_DEL_SET:
	case NFT_ADD_ELEM:
	case NFT_DEL_ELEM:
		undo_set(n);
		break;
	case NFT_ADD_OBJ:
		list_del_init(&n->obj->list);
		nft_obj_destroy(n->obj->table->net, n->obj);
		break;
	case NFT_DEL_OBJ:
		list_add(&n->obj->list, n->prev);
		break;
	case NFT_ADD_FLOWTABLE:
	case NFT_DEL_FLOWTABLE:
	case NFT_FLOW_DEVICES:
		undo_flowtable(n);
		break;
	}
}

/* Those that were taken out are freed, in the order in which that was done. */
static void finish(struct nft_trans *n)
{
	bool dirty;

	switch (n->op) {
	case NFT_DEL_TABLE:
		nft_table_destroy(n->table);
		break;
	case NFT_DEL_CHAIN:
		nft_chain_destroy(n->chain);
		break;
	case NFT_DEL_RULE:
		nft_rule_destroy(n->rule);
		break;
	case NFT_DEL_SET:
		nft_set_destroy(n->set->table->net, n->set);
		break;
	case NFT_DEL_ELEM:
		dirty = n->set->dirty;
		nft_elem_remove(n->set, n->elem);
		n->set->dirty = dirty;	/* nft_commit() sorted without it */
		break;
	case NFT_DEL_OBJ:
		nft_obj_destroy(n->obj->table->net, n->obj);
		break;
	case NFT_DEL_FLOWTABLE:
		nft_flowtable_destroy(n->flowtable);
		break;
	default:
		break;
	}
}

void nft_set_sort_again(struct net *net, struct nft_set *set)
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
		nft_trans_destroy(net, n);
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
		nft_trans_destroy(net, n);
	}
	list_for_each_entry(t, &net->ct->nft->tables, list)
		list_for_each_entry(s, &t->sets, list)
			nft_set_sort_again(net, s);
}
