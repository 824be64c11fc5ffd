/* SPDX-License-Identifier: MIT */
/*
 * Finding an entry of the forwarding database. Inline, as each frame is looked up twice: its source
 * to learn, its destination to go there. The frames of a list have their keys made beforehand
 * (br_fdb_keys), so that where the table is larger than the cache the loads of all overlap.
 */
#ifndef LINNET_LINK_BRIDGE_BR_FDB_H
#define LINNET_LINK_BRIDGE_BR_FDB_H

#include "link/bridge/br_private.h"

_Static_assert(sizeof(void *) != 8 || sizeof(struct net_bridge_fdb_entry) == 64,
	       "an entry is one line of the cache");
_Static_assert(offsetof(struct net_bridge_fdb_entry, vid) ==
	       offsetof(struct net_bridge_fdb_entry, addr) + 6, "addr and vid are one key");

/* An address in a VLAN, and where it is to be looked for. */
struct br_fdb_key {
	u64 key;
	u64 hash;
};

/* Source and destination of a frame. */
struct br_fdb_keys {
	struct br_fdb_key source, dest;
};

/* An entry's eight bytes from addr on, so that one comparison does. */
static inline u64 fdb_key(const u8 *addr, u16 vid)
{
	u32 first;
	u16 last;

	memcpy(&first, addr, sizeof(first));
	memcpy(&last, addr + sizeof(first), sizeof(last));
	if (CONST_BE16(1) == 1)
		return (u64)first << 32 | (u64)last << 16 | vid;
	return (u64)vid << 48 | (u64)last << 32 | first;
}

static inline u64 fdb_entry_key(const struct net_bridge_fdb_entry *e)
{
	u64 key;

	memcpy(&key, e->addr, sizeof(key));
	return key;
}

static inline struct br_fdb_key fdb_hash_key(const struct net_bridge *br, u64 key)
{
	const struct siphash_key *secret = &br->dev->net->hash_key;
	u64 h = (key ^ secret->k[0]) * (secret->k[1] | 1);

	return (struct br_fdb_key){ key, (h ^ h >> 32) >> 8 };
}

static inline struct br_fdb_key br_fdb_key(const struct net_bridge *br, const u8 *addr, u16 vid)
{
	return fdb_hash_key(br, fdb_key(addr, vid));
}

static inline struct br_fdb_keys br_fdb_keys(const struct net_bridge *br,
					     const struct sk_buff *skb, u16 vid)
{
	return (struct br_fdb_keys){
		br_fdb_key(br, eth_hdr(skb)->h_source, vid),
		br_fdb_key(br, eth_hdr(skb)->h_dest, vid),
	};
}

/* Those of n frames, whose entries will be looked at soon. */
void br_fdb_keys_list(const struct net_bridge *br, struct sk_buff *const *skb, u32 n,
		      struct br_fdb_keys *to);

/* The entries of these will be looked at soon. */
void br_fdb_ahead(const struct net_bridge *br, struct br_fdb_keys *keys, u32 n);

static inline struct net_bridge_fdb_entry **fdb_head(const struct net_bridge *br,
						     const struct br_fdb_key *k)
{
	return &br->fdb[k->hash & br->fdb_mask];
}

static inline struct net_bridge_fdb_entry *fdb_lookup(const struct net_bridge *br,
						      const struct br_fdb_key *k)
{
	struct net_bridge_fdb_entry *e = *fdb_head(br, k);

	while (e && unlikely(fdb_entry_key(e) != k->key))
		e = e->next;
	return e;
}

static inline bool fdb_expired(const struct net_bridge *br, const struct net_bridge_fdb_entry *e)
{
	return !e->is_static && !e->is_local &&
	       e->updated + ms_to_ktime(br->ageing_ms) <= br->dev->net->now;
}

/* br_fdb_find() */
struct net_bridge_fdb_entry *br_fdb_find_local(const struct net_bridge *br, const u8 *addr,
					       u16 vid);

static inline struct net_bridge_fdb_entry *br_fdb_find_key(const struct net_bridge *br,
							   const struct br_fdb_key *k,
							   const u8 *addr, u16 vid)
{
	struct net_bridge_fdb_entry *e = fdb_lookup(br, k);

	if (unlikely(!e))
		return br_fdb_find_local(br, addr, vid);
	return fdb_expired(br, e) ? NULL : e;
}

/* Learning. */
void br_fdb_update_slow(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr, u16 vid,
			const struct sk_buff *skb);

/* The list of ages moves no more often than in steps of about a second. */
static inline u32 fdb_age_step(ktime_t now)
{
	return (u32)((u64)now >> 30);
}

/* To the end of the list that is in order of age. */
void br_fdb_requeue(struct net_bridge *br, struct net_bridge_fdb_entry *e, ktime_t now);

/* br_fdb_update() of one that is where it was. */
static inline void br_fdb_seen(struct net_bridge *br, struct net_bridge_fdb_entry *e, ktime_t now)
{
	if (unlikely(e->is_local | e->is_static || !br->ageing_ms))
		return;
	e->updated = now;
	if (unlikely(fdb_age_step(now) != e->queued))
		br_fdb_requeue(br, e, now);
}

static inline void br_fdb_update(struct net_bridge *br, struct net_bridge_port *p,
				 const struct br_fdb_key *k, const u8 *addr, u16 vid,
				 const struct sk_buff *skb)
{
	struct net_bridge_fdb_entry *e = fdb_lookup(br, k);
	ktime_t now = skb->net->now;

	/* Where it was, and not long ago. */
	if (likely(e && e->dst == p && !(e->is_local | e->is_static) && br->ageing_ms &&
		   fdb_age_step(now) == e->queued))
		e->updated = now;
	else
		br_fdb_update_slow(br, p, addr, vid, skb);
}

#endif
