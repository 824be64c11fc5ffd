/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_ecache.h"

void nf_ct_watch(struct net *net, struct nf_ct_watcher *w)
{
	list_add_tail(&w->list, &net->ct->watchers);
}

void nf_ct_unwatch(struct nf_ct_watcher *w)
{
	list_del_init(&w->list);
}

void nf_conntrack_event(struct net *net, const struct nf_conn *ct, u32 events)
{
	struct nf_ct_watcher *w;

	list_for_each_entry(w, &net->ct->watchers, list)
		if (w->event)
			w->event(w, ct, events);
}

void nf_ct_expect_event(struct net *net, const struct nf_conntrack_expect *e, bool gone)
{
	struct nf_ct_watcher *w;

	list_for_each_entry(w, &net->ct->watchers, list)
		if (w->expect)
			w->expect(w, e, gone);
}

void nf_ct_deliver_cached_events(struct net *net, struct nf_conn *ct)
{
	u32 events = ct->events;

	ct->events = 0;
	if (nf_ct_is_confirmed(ct) && !(ct->status & IPS_DYING))
		nf_conntrack_event(net, ct, events);
}
