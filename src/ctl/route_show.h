/* SPDX-License-Identifier: MIT */
/* Choosing and printing routes: ip route show and flush. */
#ifndef LINNET_CTL_ROUTE_SHOW_H
#define LINNET_CTL_ROUTE_SHOW_H

#include "ctl/args.h"
#include "net/ipv4/ip.h"

struct route_filter {
	struct arg_prefix root, match;	/* at or below root; at or above match; both: exactly */
	bool has_root, has_match, has_proto, has_scope, has_type, has_via, has_src;
	bool all_tables;
	u8 proto, scope, type;
	u32 table;
	be32 via, src;
	struct net_device *dev;
};

/* Reads the words of a choice. 1: nothing to show (the route cache). Errors are printed. */
int route_filter_parse(struct ctl *c, struct route_filter *f);
bool route_filter_ok(const struct route_filter *f, const struct fib_route_info *r);

void route_print(struct ctl *c, const struct route_filter *f, const struct fib_route_info *r);
void route_json(struct ctl *c, const struct route_filter *f, const struct fib_route_info *r);

/* "default", or the prefix without a /32. */
void route_put_dst(struct strbuf *sb, be32 dst, u8 plen);

/* Over the chosen table, or all: main, local, others. */
int route_for_each(struct ctl *c, const struct route_filter *f,
		   int (*fn)(const struct fib_route_info *r, void *ctx), void *ctx);

/* "nexthop via ADDR dev DEV weight N onlink ...", one after the other, behind the first word. */
struct nexthop_words {
	struct fib_nexthop nh[FIB_NH_MAX];
	u8 n;
};
int arg_nexthops(struct ctl *c, struct nexthop_words *nw) __must_check;

/* What both families say of a next hop, beside "via ADDR". */
struct nexthop_said {
	struct net_device *dev;		/* or NULL */
	bool onlink;
	u16 weight;			/* 1 to 256 */
};

/* Takes the address of next hop i, behind "via". */
typedef int (*nexthop_via_fn)(struct ctl *c, void *ctx, u32 i);
/* "nexthop ... nexthop ..." up to the line's end, behind the first word; *n = how many. */
int arg_nexthop_list(struct ctl *c, struct nexthop_said said[FIB_NH_MAX], u32 *n,
		     nexthop_via_fn via, void *ctx) __must_check;
/* The next hops of a route that has several. */
void route_put_nexthops(struct ctl *c, const struct fib_route_info *r);
void route_json_nexthops(struct ctl *c, const struct fib_route_info *r);

int arg_ipproto(struct ctl *c, u8 *proto) __must_check;
int ctl_route_add(struct ctl *c, const char *verb);
int ctl_route_get(struct ctl *c);

#endif
