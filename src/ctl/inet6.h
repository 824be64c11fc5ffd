/* SPDX-License-Identifier: MIT */
/* What ip addr, ip route and ip neigh do for IPv6. */
#ifndef LINNET_CTL_INET6_H
#define LINNET_CTL_INET6_H

#include "ctl/args.h"
#include "net/ipv6/ip6.h"

/* As ip(8) finds the family: -6, or one of the words that follow is such an address or prefix. */
bool ctl_wants_inet6(const struct ctl *c);
int arg_addr6(struct ctl *c, struct ip6_addr *addr) __must_check;
int arg_prefix6(struct ctl *c, struct ip6_addr *addr, u8 *plen) __must_check;

/* The line of lifetimes of both families, and what is left of one in s; UINT32_MAX: for ever. */
void addr_put_lft(struct ctl *c, ktime_t valid_until, ktime_t preferred_until);
u32 addr_lft_left(const struct net *net, ktime_t until);
/* valid_lft and preferred_lft, which w is, behind it. */
int arg_lft(struct ctl *c, const char *w, u32 *valid_s, u32 *preferred_s);
int addr_lft_check(struct ctl *c, u32 valid_s, u32 preferred_s);

struct addr6_filter {
	bool none, has_scope;	/* none: chosen by what these addresses have not */
	u8 scope;
};

bool addr6_any(const struct addr6_filter *f, const struct net_device *dev);
void addr6_show(struct ctl *c, const struct addr6_filter *f, const struct net_device *dev);
void addr6_json(struct ctl *c, const struct addr6_filter *f, const struct net_device *dev);
u32 addr6_flush(const struct addr6_filter *f, struct net_device *dev);
int ctl_addr6_change(struct ctl *c, bool add, bool replace);	/* the words behind */

int ctl_ip_route6(struct ctl *c);
int ctl_route6_get(struct ctl *c);	/* the words behind get */
/* The entry that rt, for daddr, came of, as it is listed. */
void route6_show_match(struct ctl *c, const struct ip6_addr *daddr, const struct rt6_info *rt);
void route6_show_all(struct ctl *c);	/* of all tables, behind those of IPv4 */

#endif
