/* SPDX-License-Identifier: MIT */
/*
 * Routers and hosts of a link.
 *
 *	ra_host.c	solicits routers once the link-local address is ours, takes their
 *			advertisements (RFC 4861 6.3, 4191, 8106): routes, hop limit, MTU, timers,
 *			resolvers; the end of what has a lifetime
 *	addrconf.c	their prefixes made addresses (RFC 4862 5.5)
 *	radv.c		advertises (RFC 4861 6.2): the prefixes of the device's own addresses
 *	redirect6.c	sends and takes redirects (RFC 4861 8)
 */
#ifndef LINNET_NET_IPV6_RA_H
#define LINNET_NET_IPV6_RA_H

#include "net/ipv6/ip6_impl.h"
#include "wire/ndp_router.h"

#define RA_ROUTES_MAX 64	/* of a device: routers, routes, prefixes, redirects */

struct ra_route {		/* a route that a router told of, in the table meanwhile */
	struct list_head list;	/* newest last */
	struct fib6_config cfg;
	ktime_t until;
};

void ra_dev_init(struct inet6_dev *idev);
void ra_dev_down(struct inet6_dev *idev);	/* all of it is forgotten */
/* The link-local address is ours: routers may be asked, or this one speaks. */
void ra_dev_ready(struct inet6_dev *idev);
/* Routes by routers end: it is one itself now. */
void ra_forget_routers(struct inet6_dev *idev);

/* And what was told of that destination by redirects. */
void ra_forget_redirect(struct inet6_dev *idev, const struct ip6_addr *dest);

/* Entered, or its end put off; until not after now: deleted. */
void ra_route_set(struct inet6_dev *idev, const struct fib6_config *cfg, ktime_t until);
/* Something ends at another time than before: the timer is set anew. */
void ra_schedule(struct inet6_dev *idev);
/* When seconds from now are over; KTIME_MAX for NDISC_INFINITY. */
ktime_t ra_until(const struct net *net, u32 seconds);

/* Messages from this link, by ndisc.c; p: skb's bytes from the ICMPv6 header on, in one piece.
 * Borrow. */
enum skb_drop_reason ra_host_rcv(struct sk_buff *skb, struct net_device *dev, const u8 *p);
enum skb_drop_reason radv_rcv_rs(struct sk_buff *skb, struct net_device *dev, const u8 *p);
enum skb_drop_reason redirect6_rcv(struct sk_buff *skb, struct net_device *dev, const u8 *p);

void radv_timer_fn(struct timer *t);

/* ---- addrconf.c ---- */

/* RFC 4862 5.5.3: an address of a router's prefix is made, or lives on. */
void addrconf_prefix_rcv(struct inet6_dev *idev, const struct ndisc_prefix *p);
/* Deletes what is over, deprecates; the next time that something ends. */
ktime_t addrconf_verify(struct inet6_dev *idev);
/* An address that somebody gave has that prefix: its route stays. */
bool addrconf_prefix_in_use(const struct inet6_dev *idev, const struct ip6_addr *prefix, u8 plen);

#endif
