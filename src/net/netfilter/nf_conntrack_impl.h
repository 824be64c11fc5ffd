/* SPDX-License-Identifier: MIT */
/* What the table of connections (nf_conntrack_core.c) tells a packet's way (nf_conntrack_in.c). */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_IMPL_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_IMPL_H

#include "net/netfilter/nf_conntrack.h"

/* nf_conntrack_find(), once for each packet. */
static __always_inline struct nf_conntrack_tuple_hash *
nf_ct_find(struct net *net, const struct nf_conntrack_tuple *tuple)
{
	u32 hash = nf_ct_tuple_hash(tuple, &net->hash_key);
	struct nf_conntrack_tuple_hash *h;

	inet_table_for_each(h, &net->ct->hash, hash, node) {
		struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

		if (h->hash != hash || !nf_ct_tuple_equal(&h->tuple, tuple))
			continue;
		if (likely(!nf_ct_is_expired(net, ct)))
			return h;
		nf_ct_kill(net, ct);
		return NULL;
	}
	return NULL;
}

/* A connection that begins with this packet; NULL: there is no place. */
struct nf_conn *nf_ct_new(struct net *net, const struct nf_conntrack_tuple *tuple,
			  const struct nf_conntrack_tuple *reply);
/* It stays: both tuples count. False: another one has its replies' tuple, or no memory. */
bool nf_ct_confirm(struct net *net, struct nf_conn *ct);

#endif
