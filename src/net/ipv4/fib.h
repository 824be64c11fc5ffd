/* SPDX-License-Identifier: MIT */
/*
 * The routing table inside: fib.c (adding, deleting, listing), fib_semantics.c (what a route may
 * say), fib_lpm.c (finding it).
 *
 * A prefix has one or more routes (fib_alias), best first: local table before main, then by
 * metric. What a route says apart from its prefix is a fib_info, shared by all routes that say
 * the same, so a million routes over ten gateways have ten; it also holds the two cached rtables.
 * The LPM's value is the id of the best route's fib_info.
 */
#ifndef LINNET_NET_IPV4_FIB_H
#define LINNET_NET_IPV4_FIB_H

#include "net/ipv4/fib_lpm.h"
#include "net/ipv4/ip.h"

struct fib_info {
	struct hlist_node node;
	u32 id;
	u32 treeref;			/* routes that say this */
	be32 gateway, prefsrc;
	struct net_device *dev;		/* NULL: a route that refuses */
	u32 priority, mtu;
	u8 table, protocol, scope, type;
	u8 nh_scope;			/* of the next hop; NOWHERE for local routes */
	bool onlink;
	struct rtable *rth_output, *rth_input;
};

struct fib_alias {
	u32 fi;				/* id */
	u32 next;			/* 0: the last of its prefix */
};

struct fib_table {
	struct net *net;
	struct fib_lpm lpm;
	struct fib_alias *alias;	/* index 0 is none */
	u32 alias_cap, alias_top, alias_free;
	struct fib_info **info;		/* by id; 0 is none */
	u32 info_cap, info_top, info_free, info_count;
	struct hlist_head *info_hash;
	u32 info_hash_mask;
};

int fib_net_init(struct net *net);
void fib_net_exit(struct net *net);

/* The best route to daddr: one flat lookup, any device, any scope. NULL: none. */
static inline struct fib_info *fib_lookup_fast(const struct fib_table *tb, be32 daddr)
{
	u32 id = fib_lpm_lookup(&tb->lpm, be32_to_cpu(daddr));

	return id ? tb->info[id] : NULL;
}

/* The errno of a route that refuses; 0 for others. */
int fib_type_error(u8 type);

/* The best route with at least this scope and, when oif is not 0, out of that device.
 * 0, -ENETUNREACH, or the errno of a route that refuses. */
int fib_lookup(const struct fib_table *tb, be32 daddr, int oif, u8 scope, struct fib_info **res);

/* Routes of a device that went down (force: that is removed, local ones too). */
void fib_flush_dev(struct net *net, struct net_device *dev, bool force);
/* Routes whose source address is no longer ours. */
void fib_flush_prefsrc(struct net *net, be32 local);

/* fib_semantics.c. fib_create_info: a reference to what cfg says, in *res. */
int fib_create_info(struct fib_table *tb, const struct fib_config *cfg, struct fib_info **res);
void fib_info_put(struct fib_table *tb, struct fib_info *fi);
/* Fills in what cfg leaves open: table, type, scope. -EINVAL. */
int fib_config_complete(struct fib_config *cfg);

#endif
