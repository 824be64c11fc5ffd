/* SPDX-License-Identifier: MIT */
/* The tables of an instance, and elements past their time. */
#include "net/netfilter/nft_ingress.h"
#include "net/netfilter/nft_object.h"
#include "net/netfilter/nft_trans.h"

#define GC_PERIOD NSEC_PER_SEC

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
				nft_elem_remove(set, e);
				goto again;
			}
	nft_set_sort_again(net, set);
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

		nft_table_unhook(t);
		list_del_init(&t->list);
		nft_table_destroy(t);
	}
	net_timer_del(net, &nft->gc);
	unregister_netdevice_notifier(&nft->notifier);
	mem_free(&net->mem, nft, sizeof(*nft));
	net->ct->nft = NULL;
}
