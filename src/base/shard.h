/* SPDX-License-Identifier: MIT */
/*
 * What the shards of one machine know of each other: how many they are, and who holds which local
 * port. It is the only memory that instances on different threads share; every access is a single
 * atomic one, so nobody waits.
 *
 * A port that shards bound is theirs: packets to it come to one of them, chosen by the flow's hash,
 * its own shard where that is among them (driver/nic_rss.h). So listeners on all shards share a
 * port's flows as sockets with SO_REUSEPORT do, and a socket of one shard alone gets all. Ports
 * that connect() chose are held by many shards at once, each for flows that hash to it.
 *
 * A port stays a shard's while any of its sockets has it, TIME-WAIT included.
 */
#ifndef LINNET_BASE_SHARD_H
#define LINNET_BASE_SHARD_H

#include "base/types.h"

#define SHARDS_MAX 64
#define SHARD_PORTS 65536

struct net;

enum shard_proto { SHARD_NO_PROTO, SHARD_TCP, SHARD_UDP, SHARD_PROTOS };

struct shard_group {
	u32 count;
	bool together;			/* all stand still: listings show the sockets of all */
	struct net *net[SHARDS_MAX];
	u64 bound[SHARD_PROTOS][SHARD_PORTS];		/* a bit for each shard */
	u64 connected[SHARD_PROTOS][SHARD_PORTS];
};

/*
 * This shard takes a port: by bind() (chosen: the stack chose it, so it must be nobody else's), or
 * by connect(). False: others hold it otherwise. True without shards.
 */
bool shard_port_bind(struct net *net, enum shard_proto proto, u16 port, bool chosen);
bool shard_port_connect(struct net *net, enum shard_proto proto, u16 port);
void shard_port_release(struct net *net, enum shard_proto proto, u16 port);

/* The shard where packets to a port belong whose flow hashes to `home`. */
u32 shard_of_port(const struct shard_group *g, enum shard_proto proto, u16 port, u32 home,
		  u32 hash);

#endif
