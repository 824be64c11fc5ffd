/* SPDX-License-Identifier: MIT */
/* Words of "ip route get" that both families have. */
#ifndef LINNET_CTL_ROUTE_QUERY_H
#define LINNET_CTL_ROUTE_QUERY_H

#include "ctl/args.h"

struct route_query_flow {		/* where to write */
	u32 *mark;
	be16 *sport, *dport;
	u8 *proto, *tos;
	u32 *uid;
	bool *fibmatch;
	struct net_device **iif, **oif;
};

/* w and its value, when it is one of them. 1: it is not; negative: the value is wrong, as said. */
int route_query_flow(struct ctl *c, const char *w, const struct route_query_flow *to);

#endif
