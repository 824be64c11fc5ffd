/* SPDX-License-Identifier: MIT */
/*
 * What commands show of a machine that is several shards: sockets, counters and neighbours of all
 * of them, while they stand still (ln_shards_ctl); else an instance's own.
 */
#ifndef LINNET_CTL_MACHINE_H
#define LINNET_CTL_MACHINE_H

#include "base/shard.h"
#include "device/napi.h"
#include "link/neigh.h"
#include "transport/sock.h"

/* The i-th instance of net's machine; NULL past the last. */
static inline struct net *machine_net(struct net *net, u32 i)
{
	const struct shard_group *g = net->shards;

	if (!g || !g->together)
		return i ? NULL : net;
	return i < g->count ? g->net[i] : NULL;
}

/* An instance to read counters from: sums of all shards' frames, drops, copies, mib and memory. */
struct machine_view {
	struct net net;
	struct netns_sock sock;
	struct softnet_data softnet;
};
void machine_view_init(struct machine_view *v, struct net *net);

/* A counter of the machine (base/mib.h). */
u64 machine_mib(struct net *net, unsigned i);

/* neigh_for_each() over all; one that several shards know is shown once. */
int machine_neigh_for_each(struct net *net, int (*fn)(struct neighbour *n, void *ctx), void *ctx);

#endif
