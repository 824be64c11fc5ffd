/* SPDX-License-Identifier: MIT */
/* Several next hops in ip -6 route. */
#ifndef LINNET_CTL_NEXTHOP6_H
#define LINNET_CTL_NEXTHOP6_H

#include "ctl/inet6.h"
#include "net/ipv4/ip_fib.h"

struct nexthops6 {
	u32 n;
	struct fib6_config nh[FIB_NH_MAX];
};

/* "nexthop via ADDR dev DEV weight N onlink ...", one after the other, behind the first word. */
int arg_nexthops6(struct ctl *c, struct nexthops6 *all) __must_check;
/* What the route says goes for each of them. */
void nexthops6_complete(struct nexthops6 *all, const struct fib6_config *route);

void nexthop6_put(struct ctl *c, const struct fib6_config *r);	/* its line */
void nexthop6_json(struct ctl *c, const struct fib6_config *r);

#endif
