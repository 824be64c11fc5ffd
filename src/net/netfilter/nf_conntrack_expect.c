/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_expect.h"

#include "net/netfilter/nf_conntrack_ecache.h"
#include "net/netfilter/nf_conntrack_helper.h"

void nf_ct_expect_init(struct nf_conntrack_expect *e, struct nf_conn *master,
		       const union nf_inet_addr *src, const union nf_inet_addr *dst, u8 protonum,
		       be16 port)
{
	const struct nf_conntrack_tuple *t = nf_ct_tuple(master, IP_CT_DIR_ORIGINAL);

	*e = (struct nf_conntrack_expect){
		.master = master, .any_src = !src, .helper = master->ext->helper,
		.tuple = { .dst = *dst, .dport = port, .l3num = t->l3num, .protonum = protonum,
			   .zone = t->zone },
	};
	if (src)
		e->tuple.src = *src;
}

void nf_ct_expect_free(struct net *net, struct nf_conntrack_expect *e)
{
	mem_free(&net->mem, e, sizeof(*e));
}

static void remove(struct net *net, struct nf_conntrack_expect *e)
{
	nf_ct_expect_event(net, e, true);
	list_del_init(&e->list);
	net->ct->expect_count--;
	if (e->master->ext)
		e->master->ext->expecting--;
}

static void forget(struct net *net, struct nf_conntrack_expect *e)
{
	remove(net, e);
	nf_ct_expect_free(net, e);
}

static bool is_over(const struct net *net, const struct nf_conntrack_expect *e)
{
	return e->expires <= net->now;
}

/* A connection that could be either. */
static bool clash(const struct nf_conntrack_expect *a, const struct nf_conntrack_expect *b)
{
	const struct nf_conntrack_tuple *x = &a->tuple, *y = &b->tuple;

	return x->dport == y->dport && x->protonum == y->protonum && x->l3num == y->l3num &&
	       x->zone == y->zone && !memcmp(&x->dst, &y->dst, sizeof(x->dst)) &&
	       (a->any_src || b->any_src || !memcmp(&x->src, &y->src, sizeof(x->src)));
}

static struct nf_conntrack_expect *oldest_of(struct net *net, const struct nf_conn *master)
{
	struct nf_conntrack_expect *e;

	list_for_each_entry(e, &net->ct->expects, list)
		if (e->master == master)
			return e;
	return NULL;
}

void nf_ct_expect_gc(struct net *net)
{
	struct list_head *at, *next;

	for (at = net->ct->expects.next; at != &net->ct->expects; at = next) {
		struct nf_conntrack_expect *e = list_entry(at, struct nf_conntrack_expect, list);

		next = at->next;
		if (is_over(net, e))
			forget(net, e);
	}
}

/* Whether there is a place for it; what is past its time goes, and what it takes the place of. */
static int make_room(struct net *net, const struct nf_conntrack_expect *e)
{
	struct list_head *at, *next;

	for (at = net->ct->expects.next; at != &net->ct->expects; at = next) {
		struct nf_conntrack_expect *o = list_entry(at, struct nf_conntrack_expect, list);

		next = at->next;
		if (is_over(net, o)) {
			forget(net, o);
		} else if (clash(o, e)) {
			if (o->master != e->master)
				return -EBUSY;
			forget(net, o);
		}
	}
	if (e->master->ext->expecting >= e->helper->expect_max)
		forget(net, oldest_of(net, e->master));
	return net->ct->expect_count < (u32)net->sysctl.nf_ct_expect_max ? 0 : -EMFILE;
}

int nf_ct_expect_related(struct net *net, const struct nf_conntrack_expect *e)
{
	struct nf_conntrack_expect *copy;
	int err = make_room(net, e);

	if (err)
		return err;
	copy = mem_alloc(&net->mem, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *e;
	copy->expires = net->now + e->helper->timeout;
	list_add_tail(&copy->list, &net->ct->expects);
	net->ct->expect_count++;
	e->master->ext->expecting++;
	nf_ct_expect_event(net, copy, false);
	return 0;
}

void nf_ct_expect_cancel(struct net *net, const struct nf_conntrack_expect *e)
{
	struct nf_conntrack_expect *o;

	list_for_each_entry(o, &net->ct->expects, list)
		if (o->master == e->master && nf_ct_tuple_equal(&o->tuple, &e->tuple)) {
			forget(net, o);
			return;
		}
}

struct nf_conntrack_expect *nf_ct_expect_take(struct net *net,
					      const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_expect probe = { .tuple = *tuple }, *e;

	list_for_each_entry(e, &net->ct->expects, list) {
		if (is_over(net, e) || !clash(e, &probe))
			continue;
		if (!nf_ct_is_confirmed(e->master) || e->master->status & IPS_DYING)
			return NULL;
		remove(net, e);
		return e;
	}
	return NULL;
}

void nf_ct_expect_master_gone(struct net *net, const struct nf_conn *master)
{
	struct nf_conntrack_expect *e;

	while (master->ext->expecting && (e = oldest_of(net, master)))
		forget(net, e);
}

void nf_ct_expect_flush(struct net *net)
{
	while (!list_empty(&net->ct->expects))
		forget(net, list_first_entry(&net->ct->expects, struct nf_conntrack_expect, list));
}

int nf_ct_expect_for_each(struct net *net,
			  int (*fn)(const struct nf_conntrack_expect *e, void *ctx), void *ctx)
{
	struct nf_conntrack_expect *e;
	int r;

	list_for_each_entry(e, &net->ct->expects, list) {
		r = is_over(net, e) ? 0 : fn(e, ctx);
		if (r)
			return r;
	}
	return 0;
}
