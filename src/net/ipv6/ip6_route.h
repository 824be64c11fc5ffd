/* SPDX-License-Identifier: MIT */
/*
 * Routes of IPv6: what is configured (ip6_fib.c, a tree for each table over ip6_lpm.c), the rules
 * that choose a table (ip6_rules.c), and what a lookup yields (route6.c).
 */
#ifndef LINNET_NET_IPV6_IP6_ROUTE_H
#define LINNET_NET_IPV6_IP6_ROUTE_H

#include "base/dst_metrics.h"
#include "device/netdevice.h"
#include "link/neigh.h"
#include "net/rtnetlink.h"
#include "wire/ipv6.h"

struct inet6_dev;

struct fib6_config {		/* a route as it is asked for, and as it is listed */
	struct ip6_addr dst, gateway, prefsrc;
	u8 plen, protocol, type;	/* 0: boot, unicast */
	u32 table;			/* 0: main */
	bool has_gateway, onlink;
	bool excl;			/* add: there must be none of that metric yet */
	u16 weight;			/* among siblings; 0: 1 */
	u16 siblings;			/* listed: it is one of so many; 0: it is alone */
	struct net_device *dev;		/* NULL: found by the gateway */
	u32 metric;			/* 0: 1024 */
	u32 mtu;			/* 0: the device's */
	const struct dst_metrics *metrics;	/* NULL: none; copied */
	u8 pref;			/* of equal metrics (RFC 4191): 1 high, 0 medium, 3 low */
};

/* -EEXIST, -EHOSTUNREACH (gateway not reachable), -ENODEV, -ENETDOWN, -EINVAL, -ENOMEM */
int ip6_route_add(struct net *net, const struct fib6_config *cfg);
int ip6_route_replace(struct net *net, const struct fib6_config *cfg);
/* n next hops of one route, all or none; replace: in the place of what was there. */
int ip6_route_add_multi(struct net *net, const struct fib6_config *cfg, u32 n, bool replace);
int ip6_route_del(struct net *net, const struct fib6_config *cfg);	/* zero: any. -ESRCH */
int fib6_for_each(struct net *net, int (*fn)(const struct fib6_config *r, void *ctx), void *ctx);

bool fib6_table_exists(struct net *net, u32 table);

/* ip -6 rule; errno as fib_rule_add() and fib_rule_del(), -ENOMEM. */
struct fib_rule;
struct fib_rules;
int fib6_rule_add(struct net *net, const struct fib_rule *r);
int fib6_rule_del(struct net *net, const struct fib_rule *r);
void fib6_rules_flush(struct net *net, const struct fib_rule *asked);
const struct fib_rules *fib6_rules(const struct net *net);

struct flowi6 {			/* the key of a lookup; saddr :: = choose it */
	struct ip6_addr daddr, saddr;
	int oif, iif;		/* 0: any; made here */
	u32 mark;
	be16 sport, dport;
	u8 proto, tclass;
	bool saddr_any;		/* :: it is (duplicate address detection) */
	u32 multipath_hash;	/* which of several next hops; 0: by the fields above */
};

struct rt6_info {		/* the result: a dst */
	struct dst_entry dst;
	struct ip6_addr gateway, prefsrc;	/* :: none */
	bool has_gateway, is_input;
	u8 type, plen, protocol;
	u32 table, metric;
	u32 mtu;			/* the route's own; 0 = the device's */
	struct ip6_addr neigh_key;	/* whose dst.neigh is */
};

static inline struct rt6_info *dst_rt6_info(const struct dst_entry *dst)
{
	return (struct rt6_info *)(void *)(uintptr_t)dst;
}

static inline struct dst_entry *rt6_dst(struct rt6_info *rt)
{
	return rt ? &rt->dst : NULL;
}

/* For a packet made here: fills fl->saddr and fl->oif, a reference in *rt. -ENETUNREACH,
 * -EADDRNOTAVAIL (no source), -EINVAL, -EACCES, -EHOSTUNREACH, -ENODEV, -ENOMEM. */
int ip6_route_output(struct net *net, struct flowi6 *fl, struct rt6_info **rt);
/* RTN_LOCAL, RTN_MULTICAST; else what the route to it is. */
u8 inet6_addr_type(struct net *net, const struct ip6_addr *addr);
/* For a received packet: sets skb->dst. */
enum skb_drop_reason ip6_route_input(struct sk_buff *skb);

/* The most towards daddr by this route: its own, the device's, or what ICMP said. */
u32 ip6_dst_mtu(const struct rt6_info *rt, const struct ip6_addr *daddr);
/* s until the MTU that was learned of the path is forgotten; 0: none was. */
u32 ip6_pmtu_left_s(const struct net *net, const struct ip6_addr *daddr);
void ip6_update_pmtu(struct net *net, const struct ip6_addr *daddr, u32 mtu);

/* When a route ends that a router told of; false: it is none, or has no end. */
bool ipv6_ra_route(const struct fib6_config *cfg, ktime_t *until);
u32 ipv6_ra_dns(const struct net *net, struct ip6_addr *out, u32 max);	/* resolvers; how many */
void radv_change(struct inet6_dev *idev);	/* adv_send was set */

#endif
