/* SPDX-License-Identifier: MIT */
/*
 * Better first hops that routers told (RFC 1122 3.2.2.2): exceptions of the next hop they were told
 * for, by destination, for five minutes, as Linux keeps them. A table of fixed size, four places to
 * a bucket; what would end first makes room.
 *
 * Believed is who is the first hop now (RFC 1122 3.3.1.3), where conf.DEV.accept_redirects and
 * conf.all's say so: of a host one of them, of a router both; ip_forward 1 sets conf.all's to 0.
 * What is forwarded goes by the routes alone.
 */
#ifndef LINNET_NET_IPV4_REDIRECT_H
#define LINNET_NET_IPV4_REDIRECT_H

#include "base/netns.h"
#include "base/skbuff.h"

struct fib_nexthop;
struct rtable;

struct rt_redirect {
	be32 daddr, told_by;		/* told_by: the route's gateway, by device ifindex */
	be32 gateway;			/* daddr itself: it is on the link */
	int ifindex;
	ktime_t expires;		/* 0: unused */
	struct dst_entry *dst;		/* NULL until somebody goes that way */
};

struct rt_redirects {
	struct rt_redirect *entry;	/* made with the first that is believed */
	ktime_t latest;			/* none is known after that time */
	struct net *net;
	struct timer timer;
};

/* A redirect said that `to` is the better first hop for the packet that it quotes, where skb's data
 * are. For error handlers, once they believe that the quoted packet was theirs. */
void ip_rt_redirect(const struct sk_buff *skb, u8 code, be32 to);

/* The exception for daddr where the route says `via`, or NULL. */
struct rt_redirect *rt_redirect_find(const struct net *net, const struct fib_nexthop *via,
				     be32 daddr);

/* s until the one by which rt came is forgotten; 0: there is none. */
u32 rt_redirect_left_s(const struct net *net, const struct rtable *rt, be32 daddr);

void rt_redirect_flush(struct net *net);
/* What ICMP taught of paths is forgotten: MTUs and redirects. */
void ip_route_flush_cache(struct net *net);

#endif
