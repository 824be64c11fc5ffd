/* SPDX-License-Identifier: MIT */
/*
 * The routing table inside. A prefix has one or more routes, the best first: of the local table
 * before main, then by metric, then in order of adding. Local and main are one tree, as in IPv4;
 * lookups by rules (ip -6 rule) tell them apart by the route. Every other table has its own.
 */
#ifndef LINNET_NET_IPV6_IP6_FIB_H
#define LINNET_NET_IPV6_IP6_FIB_H

#include "net/fib_rules.h"
#include "net/ipv6/ip6_impl.h"
#include "net/ipv6/ip6_lpm.h"

struct fib6_table {
	struct list_head list;
	u32 id;
	struct ip6_lpm lpm;		/* prefix -> struct fib6_info, the best one */
};

struct ip6_fib {
	struct ip6_lpm lpm;		/* local and main */
	struct list_head tables;	/* the others, by id */
	struct fib_rules rules;
	struct slab info_slab;
};

/* ip6_rules.c. The tree of a table; NULL: there is none. */
struct ip6_lpm *fib6_tree(struct ip6_fib *fib, u32 table);
struct ip6_lpm *fib6_tree_make(struct net *net, u32 table);	/* NULL: no memory */
/* For each value of each tree, until fn returns non-zero, which is returned. */
int fib6_walk(struct ip6_fib *fib, int (*fn)(void *value, void *ctx), void *ctx);
void fib6_tables_exit(struct net *net);
/* Whose device is up: the best route in a tree, of that table (0: any). NULL: none. */
struct fib6_info *fib6_tree_lookup(const struct ip6_lpm *lpm, u32 table,
				   const struct ip6_addr *daddr, int oif);
/* The same, when `best` is what ip6_lpm_lookup() says. */
struct fib6_info *fib6_tree_choose(const struct ip6_lpm *lpm, struct fib6_info *best, u32 table,
				   const struct ip6_addr *daddr, int oif);

/* ip6_multipath.c: who shares flows with whom. */
bool fib6_may_share(const struct fib6_config *cfg);
bool fib6_are_siblings(const struct fib6_config *a, const struct fib6_config *b);
void fib6_count_siblings(struct fib6_info *list);	/* after a change of a prefix's list */

#endif
