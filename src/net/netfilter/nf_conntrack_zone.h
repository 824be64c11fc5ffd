/* SPDX-License-Identifier: MIT */
/*
 * Zones: networks that have the same addresses are told apart. A rule before tracking says to which
 * zone a packet belongs (ct zone set); only connections of that zone are looked for. With one
 * direction alone ("ct original zone set 5") the tuple of that direction has the zone, and the
 * other one's is common to all, so that its addresses have to be unique (NAT sees to it).
 *
 * A packet carries its zone from the rule to tracking as a template: a connection that is nobody's.
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_ZONE_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_ZONE_H

#include "net/netfilter/nf_conntrack.h"

enum { NF_CT_ZONE_ORIG = BIT(IP_CT_DIR_ORIGINAL), NF_CT_ZONE_REPL = BIT(IP_CT_DIR_REPLY),
       NF_CT_ZONE_BOTH = NF_CT_ZONE_ORIG | NF_CT_ZONE_REPL };

struct nf_ct_zone {
	u16 id;
	u8 dir;				/* NF_CT_ZONE_* */
};

static inline bool nf_ct_is_template(const struct nf_conn *ct)
{
	return ct->status & IPS_TEMPLATE;
}

static inline u16 nf_ct_zone_id(const struct nf_conn *ct)
{
	u16 orig = ct->tuplehash[0].tuple.zone;

	return orig ? orig : ct->tuplehash[1].tuple.zone;
}

/* What is tracked already, or shall not be, keeps what it has. */
void nf_ct_zone_set(struct sk_buff *skb, u16 id, u8 dir);
/* Of a template. */
struct nf_ct_zone nf_ct_zone_of(const struct nf_conn *tmpl);
/* As nf_conntrack_find(), in a zone. */
struct nf_conntrack_tuple_hash *nf_ct_zone_find(struct net *net, struct nf_conntrack_tuple *tuple,
						struct nf_ct_zone zone);
void nf_ct_zone_exit(struct net *net);

#endif
