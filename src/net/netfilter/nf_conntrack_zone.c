/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_zone.h"

struct nf_ct_zone nf_ct_zone_of(const struct nf_conn *tmpl)
{
	return (struct nf_ct_zone){
		.id = nf_ct_zone_id(tmpl),
		.dir = (u8)((tmpl->tuplehash[0].tuple.zone ? NF_CT_ZONE_ORIG : 0) |
			    (tmpl->tuplehash[1].tuple.zone ? NF_CT_ZONE_REPL : 0)),
	};
}

/* One for each zone and direction that was ever set; nf_conn.master is the next one. */
static struct nf_conn *template_of(struct net *net, u16 id, u8 dir)
{
	u16 orig = dir & NF_CT_ZONE_ORIG ? id : 0, repl = dir & NF_CT_ZONE_REPL ? id : 0;
	struct nf_conn *t;

	for (t = net->ct->templates; t; t = t->master)
		if (t->tuplehash[0].tuple.zone == orig && t->tuplehash[1].tuple.zone == repl)
			return t;
	t = kmem_cache_alloc(&net->ct->cache);
	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->general.use = 1;
	/* So nobody confirms it or translates it, where a packet gets it behind tracking. */
	t->status = IPS_TEMPLATE | IPS_CONFIRMED;
	t->tuplehash[0].tuple.zone = orig;
	t->tuplehash[1].tuple.zone = repl;
	t->master = net->ct->templates;
	net->ct->templates = t;
	return t;
}

void nf_ct_zone_set(struct sk_buff *skb, u16 id, u8 dir)
{
	struct nf_conn *t;

	if (skb->nfct)
		return;
	t = template_of(skb->net, id, dir);
	if (!t)
		return;
	t->general.use++;
	nf_ct_set(skb, t, IP_CT_NEW);
}

struct nf_conntrack_tuple_hash *nf_ct_zone_find(struct net *net, struct nf_conntrack_tuple *tuple,
						struct nf_ct_zone zone)
{
	struct nf_conntrack_tuple_hash *h;

	tuple->zone = zone.dir & NF_CT_ZONE_ORIG ? zone.id : 0;
	h = nf_conntrack_find(net, tuple);
	if (zone.dir == NF_CT_ZONE_BOTH || !zone.id || (h && h->dir == IP_CT_DIR_ORIGINAL))
		return h;
	tuple->zone = zone.dir & NF_CT_ZONE_REPL ? zone.id : 0;
	h = nf_conntrack_find(net, tuple);
	return h && h->dir == IP_CT_DIR_REPLY ? h : NULL;
}

void nf_ct_zone_exit(struct net *net)
{
	struct nf_conn *t;

	/* One that a packet still holds is reported as a leak, with the packet. */
	while ((t = net->ct->templates)) {
		net->ct->templates = t->master;
		t->master = NULL;
		t->status |= IPS_DYING;		/* it was never counted */
		nfct_put(net, (uintptr_t)t);
	}
}
