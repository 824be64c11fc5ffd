/* SPDX-License-Identifier: MIT */
/*
 * Expectations: a helper read in a connection (its master) that another one will follow, and from
 * where to where. The connection that fits is related to the master, has its mark, and goes the
 * master's way through NAT. An expectation is met once; it ends with its time, with its master, or
 * when a newer one needs its place.
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_EXPECT_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_EXPECT_H

#include "net/netfilter/nf_conntrack_extend.h"

struct nf_conntrack_helper;

struct nf_conntrack_expect {
	struct list_head list;			/* of netns_ct.expects, the oldest first */
	struct nf_conn *master;			/* who tells us before it goes */
	struct nf_conntrack_tuple tuple;	/* any source port; source 0: any */
	bool any_src;
	ktime_t expires;
	const struct nf_conntrack_helper *helper;	/* of the master: whose it is */
	/* NAT: as its master. dir: the direction of the master whose reply it is; port: that of the
	 * destination as its owner said it. */
	bool nat;
	u8 dir;
	be16 saved_port;
};

/* What is expected: from src (NULL: anybody), to dst and its port, in master's zone. */
void nf_ct_expect_init(struct nf_conntrack_expect *e, struct nf_conn *master,
		       const union nf_inet_addr *src, const union nf_inet_addr *dst, u8 protonum,
		       be16 port);
/* A copy of it is expected from now on. -EBUSY: another connection expects what could be this one;
 * -EALREADY: the very same; -EMFILE: too many; -ENOMEM. */
int nf_ct_expect_related(struct net *net, const struct nf_conntrack_expect *e);
/* The one that fits is taken out, and the caller has it; NULL: none. */
struct nf_conntrack_expect *nf_ct_expect_take(struct net *net,
					      const struct nf_conntrack_tuple *tuple);
/* It is not expected after all. */
void nf_ct_expect_cancel(struct net *net, const struct nf_conntrack_expect *e);
void nf_ct_expect_free(struct net *net, struct nf_conntrack_expect *e);
void nf_ct_expect_master_gone(struct net *net, const struct nf_conn *master);
void nf_ct_expect_flush(struct net *net);
void nf_ct_expect_gc(struct net *net);		/* those whose time is over end */
/* Those whose time is not over; stops when fn returns non-zero, and returns that. */
int nf_ct_expect_for_each(struct net *net,
			  int (*fn)(const struct nf_conntrack_expect *e, void *ctx), void *ctx);

#endif
