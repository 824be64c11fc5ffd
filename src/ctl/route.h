/* SPDX-License-Identifier: MIT */
/* What route, netstat -r and /proc/net/route have in common. */
#ifndef LINNET_CTL_ROUTE_H
#define LINNET_CTL_ROUTE_H

#include "ctl/args.h"

struct fib_route_info;

enum { RTF_UP = 0x1, RTF_GATEWAY = 0x2, RTF_HOST = 0x4, RTF_REJECT = 0x200 };	/* Linux's */

u32 route_flags(const struct fib_route_info *r);

/* ext 1: with metric; 2: with MSS, window, irtt (netstat -r); 3: with all. */
void route_table_print(struct ctl *c, unsigned ext, bool numeric);

#endif
