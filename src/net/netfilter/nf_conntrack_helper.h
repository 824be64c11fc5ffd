/* SPDX-License-Identifier: MIT */
/*
 * Helpers read what a connection carries: where its protocol says that another connection will
 * come, that one is expected (nf_conntrack_expect.h), and with NAT what is said is rewritten. A
 * rule gives a connection its helper while it is new:
 *
 *	ct helper ftp-std { type "ftp" protocol tcp; }
 *	tcp dport 21 ct helper set "ftp-std"
 *
 * They stand last at LOCAL_IN and POST_ROUTING, behind NAT, before the connection is confirmed. A
 * rewritten text of another length moves the sequence numbers behind it (nf_conntrack_seqadj.h).
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_HELPER_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_HELPER_H

#include "net/netfilter/nf_conntrack_extend.h"

struct nf_conntrack_expect;

struct nf_ct_payload {			/* what a helper reads */
	struct net *net;
	struct sk_buff *skb;
	struct nf_conn *ct;
	enum ip_conntrack_info info;
	u32 protoff, dataoff;		/* of the transport's header, of what it carries */
};

struct nf_conntrack_helper {
	char name[16];
	u8 protonum;
	u8 expect_max;			/* of a connection, at a time */
	s64 timeout;			/* ns that an expectation has */
	/* NF_DROP: a part of what it looks for came, or there is no place for what it says. */
	enum nf_verdict (*help)(const struct nf_ct_payload *p);
};

extern const struct nf_conntrack_helper nf_conntrack_helper_ftp, nf_conntrack_helper_tftp;

const struct nf_conntrack_helper *nf_conntrack_helper_find(const char *name, u8 protonum);
/* It has none yet, is new, and of the helper's protocol: else nothing changes. */
void nf_ct_helper_set(struct net *net, struct nf_conn *ct, const struct nf_conntrack_helper *h);
/* What connections that have a nf_ct_ext need last: helper, sequence numbers. */
enum nf_verdict nf_ct_ext_confirm(struct sk_buff *skb, struct nf_conn *ct,
				  enum ip_conntrack_info info, const struct nf_hook_state *state);

/* nf_nat_helper.c */

/* Instead of match bytes at off behind the TCP header, with: sums and lengths follow. False: no
 * memory, or no packet may be so long. */
bool nf_nat_mangle_tcp(const struct nf_ct_payload *p, u32 off, u32 match, const char *with,
		       u32 len);
/* As nf_ct_expect_related(), for a master that is translated: with the port of e, or another one
 * that is free. Return: the port, 0: none, or no memory. */
u16 nf_nat_expect(struct net *net, struct nf_conntrack_expect *e);
/* The connection that was expected is translated as its master. */
void nf_nat_follow_master(struct net *net, struct nf_conn *ct,
			  const struct nf_conntrack_expect *e);

#endif
