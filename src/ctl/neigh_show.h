/* SPDX-License-Identifier: MIT */
/* What ip neigh, arp and /proc/net/arp have in common. */
#ifndef LINNET_CTL_NEIGH_SHOW_H
#define LINNET_CTL_NEIGH_SHOW_H

#include "link/neigh.h"

be32 neigh_addr(const struct neighbour *n);	/* its IPv4 address */

#endif
