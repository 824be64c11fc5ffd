/* SPDX-License-Identifier: MIT */
/*
 * Changes of the ruleset. Each is done at once, and undone by nft_abort(), until nft_commit() says
 * that it shall stay. Objects that are taken out are freed by the commit.
 */
#ifndef LINNET_NET_NETFILTER_NFT_TABLE_H
#define LINNET_NET_NETFILTER_NFT_TABLE_H

#include "net/netfilter/nft.h"

int nft_net_init(struct net *net);
void nft_net_exit(struct net *net);

/* ---- to find ---- */

struct nft_table *nft_table_find(struct net *net, enum nft_family family, const char *name);
struct nft_chain *nft_chain_find(const struct nft_table *t, const char *name);
struct nft_set *nft_set_by_name(const struct nft_table *t, const char *name);
struct nft_obj *nft_obj_find(const struct nft_table *t, enum nft_stmt_kind kind, const char *name);
struct nft_flowtable *nft_flowtable_find(const struct nft_table *t, const char *name);
struct nft_rule *nft_rule_by_handle(const struct nft_chain *c, u64 handle);

/* ---- to change: -ENOMEM, and what is said ---- */

int nft_table_add(struct net *net, enum nft_family family, const char *name,
		  struct nft_table **t);
int nft_table_del(struct nft_table *t);
int nft_table_set_dormant(struct nft_table *t, bool dormant);

struct nft_base_chain {			/* what makes a base chain of a chain */
	u8 type, hook;
	s32 priority;
	bool policy_drop;
	u8 ndevices;			/* at ingress */
	const char (*devices)[16];	/* their names */
};

/* base NULL: one that is only called. */
int nft_chain_add(struct nft_table *t, const char *name, const struct nft_base_chain *base,
		  struct nft_chain **c);
int nft_chain_set_policy(struct nft_chain *c, bool drop);
int nft_chain_rename(struct nft_chain *c, const char *name);
int nft_chain_del(struct nft_chain *c);	/* -EBUSY: somebody jumps to it */

/* A rule made by nft_rule_new() with its statements stands before or behind `at`, or, with NULL,
 * first or last. It belongs to the transaction in every case. */
struct nft_rule *nft_rule_new(struct nft_chain *c);
int nft_rule_add(struct nft_rule *r, struct nft_rule *at, bool before);
int nft_rule_del(struct nft_rule *r);
void nft_rule_free(struct nft_rule *r);	/* one that was never added */

/* A set that was filled in, of the table; anonymous ones belong to their rule instead. */
struct nft_set *nft_set_new(struct nft_table *t);
int nft_set_add(struct nft_set *set);
int nft_set_del(struct nft_set *set);	/* -EBUSY: a rule looks into it */
int nft_elem_add(struct nft_set *set, struct nft_elem *e);	/* as nft_set_insert() */
int nft_elem_del(struct nft_set *set, struct nft_elem *e);
int nft_set_flush(struct nft_set *set);

/* One that has no name yet; added, it is the transaction's. -EBUSY: a rule refers to it. */
struct nft_obj *nft_obj_new(struct nft_table *t, enum nft_stmt_kind kind);
int nft_obj_add(struct nft_obj *o);
int nft_obj_del(struct nft_obj *o);
void nft_obj_destroy(struct net *net, struct nft_obj *o);

/*
 * A flowtable that stands at these devices; or, when there is one of that name, at these, too: its
 * priority must be the same (-EINVAL). -EEXIST: another one of the table stands at one of them.
 * *which: at which. -E2BIG: too many.
 */
int nft_flowtable_add(struct nft_table *t, const char *name, const struct nft_base_chain *base,
		      bool counter, u32 *which);
/* All of it (-EBUSY: a rule refers to it), or these devices alone (-ENOENT, *which). */
int nft_flowtable_del(struct nft_flowtable *f);
int nft_flowtable_del_devices(struct nft_flowtable *f, const char (*names)[16], u32 n, u32 *which);

char *nft_strdup(struct net *net, const char *s);	/* NULL: no memory */
void nft_strfree(struct net *net, char *s);

/* ---- the end ---- */

struct nft_problem {
	const char *what;
	const struct nft_chain *chain;	/* where, or NULL */
	const struct nft_rule *rule;
	const struct nft_set *set;
	const struct nft_elem *a, *b;	/* elements in each other's way */
};

/* Everything as a whole is right? 0, and it may stay. Else -ELOOP, -EOPNOTSUPP, -EEXIST, -ENOMEM
 * with *p filled, and the caller aborts. */
int nft_validate(struct net *net, struct nft_problem *p);
void nft_commit(struct net *net);	/* what nft_validate() found right stays */
void nft_abort(struct net *net);

#endif
