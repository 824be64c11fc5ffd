/* SPDX-License-Identifier: MIT */
/*
 * The routing tables inside: fib.c (adding, deleting), fib_table.c (the tables and their listing),
 * fib_semantics.c and fib_info.c (what a route may say), fib_lpm.c (finding it), fib_lookup.c
 * (which table is asked, which of several next hops is taken).
 *
 * A table is a tree of prefixes. A prefix has one or more routes (fib_alias), best first: by
 * metric, then in order of adding. What a route says apart from its prefix is a fib_info, shared
 * by all routes that say the same, so a million routes over ten gateways have ten; it also holds
 * the cached rtables of each next hop. The LPM's value is the id of the best route's fib_info.
 *
 * While the rules are those that come by themselves, the local table's routes stand in main's tree,
 * local ones first, so that one lookup answers (Linux merges them, too). The first rule of another
 * kind parts them; lookups then go from rule to table. fib.policy says which of both it is.
 */
#ifndef LINNET_NET_IPV4_FIB_H
#define LINNET_NET_IPV4_FIB_H

#include "net/fib_rules.h"
#include "net/ipv4/fib_lpm.h"
#include "net/ipv4/ip.h"

struct fib_nh {
	struct fib_nexthop via;
	u8 scope;			/* NOWHERE for local routes */
	s32 upper_bound;		/* of the flows' hashes that go here; -1: none */
	struct dst_entry *rth_output, *rth_input;
};

struct fib_info {
	struct hlist_node node;
	u32 id;
	u32 treeref;			/* routes that say this */
	u32 table;
	be32 prefsrc;
	u32 priority, mtu;
	struct dst_metrics *metrics;	/* or NULL */
	u8 protocol, scope, type;
	u8 nhs;				/* a route that refuses has one with no device */
	struct fib_nh nh[];
};

struct fib_alias {
	u32 fi;				/* id */
	u32 next;			/* 0: the last of its prefix */
};

struct fib_table {
	struct hlist_node node;
	u32 id;
	struct fib_lpm lpm;
};

#define FIB_TABLE_HASH 256		/* Linux's: listings go by it */

struct fib {
	struct net *net;
	bool policy;			/* the rules are to be asked */
	u32 multipath;			/* fib_infos with several next hops */
	struct fib_info **info;		/* by id; 0 is none */
	struct fib_table main;		/* with what is local, unless `local` stands */
	struct fib_table *local;
	struct hlist_head *tables;	/* all others; NULL: none was ever made */
	struct fib_alias *alias;	/* index 0 is none */
	u32 alias_cap, alias_top, alias_free;
	u32 info_cap, info_top, info_free, info_count;
	struct hlist_head *info_hash;
	u32 info_hash_mask;
	struct fib_rules rules;
};

int fib_net_init(struct net *net);
void fib_net_exit(struct net *net);

/* ---- looking up ---- */

/* Without rules: the best route to daddr: one flat lookup, any device, any scope. NULL: none. */
static inline struct fib_info *fib_lookup_fast(const struct fib *fib, be32 daddr)
{
	u32 id = fib_lpm_lookup(&fib->main.lpm, be32_to_cpu(daddr));

	return id ? fib->info[id] : NULL;
}

/* The errno of a route that refuses; 0 for others. */
int fib_type_error(u8 type);

struct fib_result {
	struct fib_info *fi;
	u32 nh;			/* which of its next hops */
};

/*
 * By rules and tables: the best route for fl with at least its scope and, when its oif is not 0,
 * out of that device. 0, -ENETUNREACH, or the errno of a rule or a route that refuses: of a route,
 * when res->fi is not NULL. The next hop is the first that will do; fib_select_path() chooses.
 */
int fib_lookup(const struct fib *fib, const struct flowi4 *fl, struct fib_result *res);

/* The same in one table; -EAGAIN: it has no answer. */
int fib_lookup_table(const struct fib *fib, u32 table, const struct flowi4 *fl,
		     struct fib_result *res);

/* One of several next hops, by the flow: skb's when there is one, else fl's. */
void fib_select_multipath(const struct fib *fib, struct fib_result *res, const struct flowi4 *fl,
			  const struct sk_buff *skb);

static inline void fib_select_path(const struct fib *fib, struct fib_result *res,
				   const struct flowi4 *fl, const struct sk_buff *skb)
{
	if (unlikely(res->fi->nhs > 1) && !fl->oif)
		fib_select_multipath(fib, res, fl, skb);
}

/* What flowi4's multipath_hash may say: that of a packet, when there is something to choose. */
u32 fib_multipath_hash(const struct net *net, const struct sk_buff *skb);

/* The type of what the local table knows of addr; 0: nothing. */
u8 fib_local_type(const struct fib *fib, be32 addr);
/* Is gw the gateway of some route out of dev? Looks at all that routes say. */
bool fib_has_gateway(const struct fib *fib, be32 gw, const struct net_device *dev);

/* The device of a local route to addr; NULL. */
struct net_device *fib_local_dev(const struct fib *fib, be32 addr);

/* ---- changing ---- */

/* Routes of a device that went down (force: that is removed, local ones too). */
void fib_flush_dev(struct net *net, struct net_device *dev, bool force);
/* Next hops of a device that came up again. */
void fib_sync_up(struct net *net, const struct net_device *dev);
/* Routes whose source address is no longer ours. */
void fib_flush_prefsrc(struct net *net, be32 local);

/* fib.c: the routes of one prefix, for fib_table.c. */
bool fib_alias_reserve(struct fib *fib);
u32 fib_alias_new(struct fib *fib, u32 fi, u32 next);	/* after fib_alias_reserve() */
void fib_alias_free(struct fib *fib, u32 i);
u32 fib_chain_head(const struct fib_table *tb, u32 key, u8 plen);
int fib_chain_store(struct fib *fib, struct fib_table *tb, u32 key, u8 plen, u32 head);

/* fib_table.c. The tree that holds table id's routes; NULL: there is none. */
struct fib_table *fib_get_table(const struct fib *fib, u32 id);
struct fib_table *fib_new_table(struct fib *fib, u32 id);	/* found or made; NULL: no memory */
void fib_table_changed(struct fib *fib, const struct fib_table *tb);
/* Calls fn for each tree until it returns non-zero. */
int fib_each_tree(struct fib *fib, int (*fn)(struct fib *fib, struct fib_table *tb, void *ctx),
		  void *ctx);
void fib_tables_exit(struct fib *fib);

/* fib_semantics.c, fib_info.c. fib_create_info: a reference to what cfg says, in *res. */
int fib_create_info(struct fib *fib, const struct fib_config *cfg, struct fib_info **res);
int fib_info_get(struct fib *fib, const struct fib_info *want, struct fib_info **res);
void fib_info_put(struct fib *fib, struct fib_info *fi);
static inline size_t fib_info_bytes(u32 nhs)
{
	return sizeof(struct fib_info) + nhs * sizeof(struct fib_nh);
}
/* Shares the flows among the next hops that live, by weight. */
void fib_rebalance(struct fib_info *fi);
/* Fills in what cfg leaves open: table, type, scope. -EINVAL. */
int fib_config_complete(struct fib_config *cfg);

#endif
