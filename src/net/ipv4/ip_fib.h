/* SPDX-License-Identifier: MIT */
/* Routes and rules as they are asked for and listed; net/ipv4/fib.h is how they are kept. */
#ifndef LINNET_NET_IPV4_IP_FIB_H
#define LINNET_NET_IPV4_IP_FIB_H

#include "base/netns.h"

struct dst_metrics;
struct fib_info;
struct fib_rule;
struct fib_rules;
struct flowi4;
struct net_device;

#define FIB_NH_MAX 64

/* What ip_route_output() found last (route.c). */
struct rt_last_output {
	struct dst_entry *dst;		/* NULL: nothing that may be remembered */
	be32 daddr, saddr;		/* as they were asked for: saddr 0 = choose it */
	be32 chosen;			/* the source that was found */
};

struct fib_nexthop {
	be32 gateway;
	u16 weight;		/* 1 .. 256 */
	bool onlink;
	bool dead;		/* its device is down; not for those who ask for a route */
	struct net_device *dev;	/* NULL: found by the gateway */
};

struct fib_config {		/* a route as it is asked for */
	be32 dst, gateway, prefsrc;
	/* table 0: main, or local for local and broadcast; type 0: unicast; scope 0 without a
	 * gateway: link, or host for local (as ip(8) fills them in). */
	u8 prefixlen, protocol, scope, type;
	u32 table;
	struct net_device *dev;	/* NULL: found by the gateway */
	u32 priority;		/* metric */
	u32 mtu;		/* 0 = the device's */
	const struct dst_metrics *metrics;	/* NULL: none; copied */
	bool onlink;
	u8 mp_n;		/* next hops at mp instead of gateway and dev; 0: none */
	const struct fib_nexthop *mp;
};

/* What becomes of those that have the same prefix, table and metric. */
enum fib_mode {
	FIB_ADD,		/* there may be none: -EEXIST */
	FIB_REPLACE,		/* the new one stands in the first one's place */
	FIB_CHANGE,		/* the same, and there must be one: -ENOENT */
	FIB_APPEND, FIB_PREPEND,	/* behind them, before them */
};
/* -EEXIST, -ENETUNREACH (gateway not reachable), -ENODEV, -ENETDOWN, -EINVAL, -ENOMEM, -ENOENT */
int fib_route_set(struct net *net, const struct fib_config *cfg, enum fib_mode mode);

static inline int fib_route_add(struct net *net, const struct fib_config *cfg)
{
	return fib_route_set(net, cfg, FIB_ADD);
}

static inline int fib_route_replace(struct net *net, const struct fib_config *cfg)
{
	return fib_route_set(net, cfg, FIB_REPLACE);
}

/* Fields that are zero match any. -ESRCH. */
int fib_route_del(struct net *net, const struct fib_config *cfg);

struct fib_route_info {		/* a route as it stands, for listings */
	be32 dst, gateway, prefsrc;	/* gateway, dev, onlink, dead: of the first next hop */
	u8 prefixlen, protocol, scope, type;
	u32 table;
	struct net_device *dev;
	u32 priority, mtu;
	const struct dst_metrics *metrics;	/* or NULL */
	bool dead, onlink, linkdown;
	u8 nhs;
	const struct fib_info *fi;
};
/* The i-th of r->nhs next hops. */
const struct fib_nexthop *fib_route_nexthop(const struct fib_route_info *r, u32 i);
/* In the order in which `ip route` prints: by prefix, then metric. Table 0: all, one by one. */
int fib_for_each(struct net *net, u32 table,
		 int (*fn)(const struct fib_route_info *r, void *ctx), void *ctx);

bool fib_table_exists(const struct net *net, u32 table);

/* The entry of a table that a lookup would come to. errno as fib_lookup(). */
int fib_route_match(struct net *net, const struct flowi4 *fl, struct fib_route_info *r);

/* ip rule: entered, and deleted; errno as fib_rule_add() and fib_rule_del(), -ENOMEM. */
int fib4_rule_add(struct net *net, const struct fib_rule *r);
int fib4_rule_del(struct net *net, const struct fib_rule *r);
void fib4_rules_flush(struct net *net, const struct fib_rule *asked);
const struct fib_rules *fib4_rules(const struct net *net);

#endif
