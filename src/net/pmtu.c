/* SPDX-License-Identifier: MIT */
#include "net/pmtu.h"

#define PMTU_BUCKETS 256
#define PMTU_WAYS 4
#define PMTU_EXPIRES (600 * NSEC_PER_SEC)
#define PMTU_BYTES (PMTU_BUCKETS * PMTU_WAYS * sizeof(struct pmtu_entry))

struct pmtu_entry {
	u64 peer;
	u32 mtu;			/* 0: unused */
	ktime_t expires;
};

void pmtu_cache_free(struct net *net, struct pmtu_cache *cache)
{
	mem_free(&net->mem, cache->entry, PMTU_BYTES);
	cache->entry = NULL;
	cache->latest = 0;
}

static struct pmtu_entry *bucket(const struct net *net, const struct pmtu_cache *cache, u64 peer)
{
	u64 h = siphash_2u64(peer, 0, &net->hash_key);

	return cache->entry + h % PMTU_BUCKETS * PMTU_WAYS;
}

static const struct pmtu_entry *find(const struct net *net, const struct pmtu_cache *cache,
				     u64 peer)
{
	const struct pmtu_entry *e;

	if (cache->latest <= net->now || !cache->entry)
		return NULL;
	e = bucket(net, cache, peer);
	for (int i = 0; i < PMTU_WAYS; i++)
		if (e[i].mtu && e[i].peer == peer)
			return e[i].expires > net->now ? &e[i] : NULL;
	return NULL;
}

u32 pmtu_cache_lookup(const struct net *net, const struct pmtu_cache *cache, u64 peer)
{
	const struct pmtu_entry *e = find(net, cache, peer);

	return e ? e->mtu : 0;
}

u32 pmtu_cache_left_s(const struct net *net, const struct pmtu_cache *cache, u64 peer)
{
	const struct pmtu_entry *e = find(net, cache, peer);

	return e ? (u32)((e->expires - net->now) / NSEC_PER_SEC) : 0;
}

void pmtu_cache_learn(struct net *net, struct pmtu_cache *cache, u64 peer, u32 mtu)
{
	struct pmtu_entry *e, *victim;

	if (!cache->entry) {
		cache->entry = mem_zalloc(&net->mem, PMTU_BYTES);
		if (!cache->entry)
			return;		/* not learned: the next error tells again */
	}
	victim = e = bucket(net, cache, peer);
	for (int i = 0; i < PMTU_WAYS; i++) {
		if (e[i].mtu && e[i].peer == peer) {
			victim = &e[i];
			if (victim->expires > net->now && victim->mtu < mtu)
				return;
			break;
		}
		if (e[i].expires < victim->expires)
			victim = &e[i];
	}
	*victim = (struct pmtu_entry){ peer, mtu, net->now + PMTU_EXPIRES };
	cache->latest = victim->expires;
}
