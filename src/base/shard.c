/* SPDX-License-Identifier: MIT */
#include "base/shard.h"

#include "base/netns.h"

static u64 others(const struct net *net, const u64 *mask)
{
	return __atomic_load_n(mask, __ATOMIC_SEQ_CST) & ~BIT64(net->shard);
}

static void set_self(const struct net *net, u64 *mask)
{
	__atomic_fetch_or(mask, BIT64(net->shard), __ATOMIC_SEQ_CST);
}

static void clear_self(const struct net *net, u64 *mask)
{
	if (__atomic_load_n(mask, __ATOMIC_RELAXED) & BIT64(net->shard))
		__atomic_fetch_and(mask, ~BIT64(net->shard), __ATOMIC_SEQ_CST);
}

/* First said, then looked at: of two that want the same at once, at least one sees the other. */
bool shard_port_bind(struct net *net, enum shard_proto proto, u16 port, bool chosen)
{
	struct shard_group *g = net->shards;
	u64 had;

	if (!g)
		return true;
	had = __atomic_fetch_or(&g->bound[proto][port], BIT64(net->shard), __ATOMIC_SEQ_CST);
	if (!others(net, &g->connected[proto][port]) &&
	    !(chosen && others(net, &g->bound[proto][port])))
		return true;
	if (!(had & BIT64(net->shard)))
		clear_self(net, &g->bound[proto][port]);
	return false;
}

bool shard_port_connect(struct net *net, enum shard_proto proto, u16 port)
{
	struct shard_group *g = net->shards;

	if (!g)
		return true;
	set_self(net, &g->connected[proto][port]);
	if (!others(net, &g->bound[proto][port]))
		return true;
	clear_self(net, &g->connected[proto][port]);
	return false;
}

void shard_port_release(struct net *net, enum shard_proto proto, u16 port)
{
	struct shard_group *g = net->shards;

	if (!g)
		return;
	clear_self(net, &g->bound[proto][port]);
	clear_self(net, &g->connected[proto][port]);
}

static u32 nth_bit(u64 mask, u32 n)
{
	while (n--)
		mask &= mask - 1;
	return (u32)__builtin_ctzll(mask);
}

u32 shard_of_port(const struct shard_group *g, enum shard_proto proto, u16 port, u32 home,
		  u32 hash)
{
	u64 mask = __atomic_load_n(&g->bound[proto][port], __ATOMIC_RELAXED);

	if (likely(!mask || mask & BIT64(home)))
		return home;
	return nth_bit(mask, hash % (u32)__builtin_popcountll(mask));
}
