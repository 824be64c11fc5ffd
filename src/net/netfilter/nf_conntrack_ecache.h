/* SPDX-License-Identifier: MIT */
/*
 * Events of connections, for who watches (conntrack -E): a new one was confirmed, one changed, one
 * ended.
 *
 * What a packet changes is noted in the connection, and told once, when the packet has got through
 * (nf_confirm): a SYN-ACK that is the first reply and moves the state is one event. An end is told
 * at once.
 *
 * Nothing is noted while nobody watches. Who watches makes packets take the long way through
 * nf_conntrack_in(), since what changes on the straight one is not told.
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_ECACHE_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_ECACHE_H

#include "net/netfilter/nf_conntrack.h"

enum ip_conntrack_events {	/* Linux's numbers */
	IPCT_NEW, IPCT_RELATED, IPCT_DESTROY, IPCT_REPLY, IPCT_ASSURED, IPCT_PROTOINFO,
	IPCT_HELPER, IPCT_MARK, IPCT_SEQADJ, IPCT_SECMARK, IPCT_LABEL,
};

struct nf_conntrack_expect;

struct nf_ct_watcher {
	struct list_head list;		/* of netns_ct.watchers */
	/* events: bits of IPCT_*. Called from within the stack: changes nothing there. */
	void (*event)(struct nf_ct_watcher *w, const struct nf_conn *ct, u32 events);
	/* A helper expects it from now on, or no more. Either may be NULL. */
	void (*expect)(struct nf_ct_watcher *w, const struct nf_conntrack_expect *e, bool gone);
};

/* w stays the caller's, and must be taken off before it goes. */
void nf_ct_watch(struct net *net, struct nf_ct_watcher *w);
void nf_ct_unwatch(struct nf_ct_watcher *w);

static inline bool nf_ct_is_watched(const struct net *net)
{
	return !list_empty(&net->ct->watchers);
}

/* Something changed, to be told with the packet. */
static inline void nf_conntrack_event_cache(const struct net *net, struct nf_conn *ct,
					    enum ip_conntrack_events event)
{
	if (unlikely(nf_ct_is_watched(net)))
		ct->events |= (u16)BIT(event);
}

/* What was noted; the caller looks first whether there is anything. */
void nf_ct_deliver_cached_events(struct net *net, struct nf_conn *ct);
/* One by itself: an end, a change by hand. */
void nf_conntrack_event(struct net *net, const struct nf_conn *ct, u32 events);
void nf_ct_expect_event(struct net *net, const struct nf_conntrack_expect *e, bool gone);

#endif
