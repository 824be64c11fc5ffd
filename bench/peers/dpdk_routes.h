/* SPDX-License-Identifier: MIT */
#ifndef LINNET_BENCH_PEERS_DPDK_ROUTES_H
#define LINNET_BENCH_PEERS_DPDK_ROUTES_H

#include "common/lookup.h"
#include "common/prefixes.h"

#ifdef HAVE_DPDK
/* How many there are of that family; 0 when DPDK does not start here. */
unsigned dpdk_peers(bool inet6, const struct lookup_peer **peers);
#else
static inline unsigned dpdk_peers(bool inet6, const struct lookup_peer **peers)
{
	(void)inet6;
	*peers = 0;
	return 0;
}
#endif

#endif
