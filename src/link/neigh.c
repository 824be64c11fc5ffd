/* SPDX-License-Identifier: MIT */
/* The table of neighbours: lookup, making, garbage collection. Their states: neigh_nud.c. */
#include "link/neigh.h"

#include "base/assert.h"

#define HASH_FIRST 16
/* The forced gc looks at so many entries, the least recently made or looked at first. */
#define FORCED_GC_WALK 64
#define FORCED_GC_AGE (5 * NSEC_PER_SEC)

static void neigh_periodic_work(struct timer *t);

static u32 neigh_hash(const struct neigh_table *tbl, const void *pkey, const struct net_device *dev)
{
	const struct siphash_key *key = &tbl->net->hash_key;
	u64 h = key->k[0] ^ (u32)dev->ifindex;

	for (u32 i = 0; i < tbl->key_len; i += 4) {
		h = (h ^ get_be32((const u8 *)pkey + i)) * (key->k[1] | 1);
		h ^= h >> 32;
	}
	return (u32)h & tbl->hash_mask;
}

int neigh_table_init(struct neigh_table *tbl, struct net *net)
{
	tbl->net = net;
	if (!tbl->gc_thresh3)
		tbl->gc_thresh3 = &net->sysctl.neigh_gc_thresh3;
	tbl->hash = mem_zalloc(&net->mem, HASH_FIRST * sizeof(*tbl->hash));
	if (!tbl->hash)
		return -ENOMEM;
	tbl->hash_mask = HASH_FIRST - 1;
	tbl->entries = 0;
	list_init(&tbl->lru);
	timer_init(&tbl->gc_timer, neigh_periodic_work);
	slab_init(&tbl->slab, &net->mem, "neighbour", sizeof(struct neighbour));
	return 0;
}

void neigh_table_clear(struct neigh_table *tbl)
{
	if (!tbl->hash)
		return;
	neigh_ifdown(tbl, NULL);
	net_timer_del(tbl->net, &tbl->gc_timer);
	mem_free(&tbl->net->mem, tbl->hash, (tbl->hash_mask + 1) * sizeof(*tbl->hash));
	tbl->hash = NULL;
	slab_exit(&tbl->slab);
}

/* RFC 4861 6.3.2: uniform between half and one and a half of the base, so that hosts part. */
static ktime_t draw_reachable_time(struct net *net, const struct neigh_parms *p)
{
	ktime_t base = ms_to_ktime(p->base_reachable_time_ms);

	return base / 2 + (ktime_t)(prng_u64(&net->prng) % (u64)(base + 1));
}

struct neigh_parms *neigh_parms_alloc(struct net *net)
{
	struct neigh_parms *p = mem_alloc(&net->mem, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct neigh_parms){
		.base_reachable_time_ms = 30000,
		.retrans_time_ms = 1000,
		.gc_staletime_s = 60,
		.delay_probe_time_s = 5,
		.mcast_solicit = 3,
		.ucast_solicit = 3,
		.queue_len_bytes = 212992,
		.locktime_ms = 1000,
	};
	p->reachable_time = draw_reachable_time(net, p);
	return p;
}

void neigh_parms_free(struct net *net, struct neigh_parms *p)
{
	mem_free(&net->mem, p, sizeof(*p));
}

struct neighbour *neigh_lookup(struct neigh_table *tbl, const void *pkey, struct net_device *dev)
{
	struct neighbour *n;

	tbl->stats.lookups++;
	hlist_for_each_entry(n, &tbl->hash[neigh_hash(tbl, pkey, dev)], node) {
		if (n->dev == dev && !memcmp(n->primary_key, pkey, tbl->key_len)) {
			tbl->stats.hits++;
			return n;
		}
	}
	return NULL;
}

static void gc_arm(struct neigh_table *tbl, ktime_t delay)
{
	net_timer_mod(tbl->net, &tbl->gc_timer, tbl->net->now + delay);
}

static ktime_t gc_staletime(const struct neighbour *n)
{
	return sec_to_ktime(n->parms->gc_staletime_s);
}

void neigh_release(struct neighbour *n)
{
	struct neigh_table *tbl = n->tbl;

	ln_assert(n->refcnt > 0);
	if (--n->refcnt) {
		/* The table holds it alone: from now on it may go. */
		if (!n->dead && !timer_pending(&tbl->gc_timer))
			gc_arm(tbl, gc_staletime(n));
		return;
	}
	ln_assert(n->dead);
	tbl->stats.destroys++;
	slab_free(&tbl->slab, n);
}

/* Out of the table; who holds it drops it when he sees that it is dead. */
static void neigh_unhash(struct neighbour *n, enum skb_drop_reason reason)
{
	hlist_del_init(&n->node);
	list_del_init(&n->lru);
	n->tbl->entries--;
	n->dead = true;
	neigh_nud_stop(n, reason);
	neigh_release(n);
}

static bool neigh_unused(const struct neighbour *n)
{
	return n->refcnt == 1 && !(n->nud_state & (NUD_PERMANENT | NUD_IN_TIMER));
}

static bool neigh_forced_gc(struct neigh_table *tbl)
{
	u32 before = tbl->entries, walk = min_t(u32, tbl->entries, FORCED_GC_WALK);

	tbl->stats.forced_gc_runs++;
	while (walk--) {
		struct neighbour *n = list_first_entry(&tbl->lru, struct neighbour, lru);

		list_move_tail(&n->lru, &tbl->lru);
		if (neigh_unused(n) && (n->nud_state & (NUD_FAILED | NUD_NOARP) ||
					tbl->net->now - n->updated > FORCED_GC_AGE))
			neigh_unhash(n, SKB_DROP_REASON_NEIGH_DEAD);
	}
	return tbl->entries < before;
}

/* Takes out what nobody used for gc_staletime; comes again when the next may be due. */
static void neigh_periodic_work(struct timer *t)
{
	struct neigh_table *tbl = container_of(t, struct neigh_table, gc_timer);
	ktime_t now = tbl->net->now, next = KTIME_MAX;
	struct neighbour *n, *tmp;

	list_for_each_entry_safe(n, tmp, &tbl->lru, lru) {
		ktime_t due;

		/* Who holds it asks for this work again when he lets go. */
		if (n->nud_state & NUD_PERMANENT || n->refcnt > 1)
			continue;
		n->used = max(n->used, n->confirmed);
		due = n->used + gc_staletime(n);
		if (neigh_unused(n) && (n->nud_state == NUD_FAILED || due <= now)) {
			neigh_unhash(n, SKB_DROP_REASON_NEIGH_DEAD);
			continue;
		}
		next = min(next, max(due, now + ms_to_ktime(n->parms->base_reachable_time_ms / 2)));
	}
	if (next != KTIME_MAX)
		net_timer_mod(tbl->net, &tbl->gc_timer, next);
}

/* Twice the buckets when the chains grow long. Without memory they stay long. */
static void hash_grow(struct neigh_table *tbl)
{
	u32 old_mask = tbl->hash_mask, mask = old_mask * 2 + 1;
	struct hlist_head *old = tbl->hash, *grown;
	struct neighbour *n;

	grown = mem_zalloc(&tbl->net->mem, (mask + 1) * sizeof(*grown));
	if (!grown)
		return;
	tbl->hash = grown;
	tbl->hash_mask = mask;
	list_for_each_entry(n, &tbl->lru, lru) {
		hlist_del_init(&n->node);
		hlist_add_head(&n->node, &grown[neigh_hash(tbl, n->primary_key, n->dev)]);
	}
	mem_free(&tbl->net->mem, old, (old_mask + 1) * sizeof(*old));
}

static struct neighbour *neigh_create(struct neigh_table *tbl, const void *pkey,
				      struct net_device *dev)
{
	struct neighbour *n;

	if (tbl->entries >= (u32)*tbl->gc_thresh3 && !neigh_forced_gc(tbl)) {
		tbl->stats.table_fulls++;
		return NULL;
	}
	n = slab_alloc(&tbl->slab);
	if (!n)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->tbl = tbl;
	n->dev = dev;
	n->parms = tbl->family == LN_AF_INET6 ? dev->nd_parms : dev->arp_parms;
	n->refcnt = 1;
	memcpy(n->primary_key, pkey, tbl->key_len);
	n->updated = n->used = tbl->net->now;
	neigh_nud_init(n);
	if (tbl->constructor(n)) {
		slab_free(&tbl->slab, n);
		return NULL;
	}
	/* Not confirmed by anything yet. */
	n->confirmed = tbl->net->now - 2 * ms_to_ktime(n->parms->base_reachable_time_ms);
	if (tbl->entries >= 2 * (tbl->hash_mask + 1))
		hash_grow(tbl);
	hlist_add_head(&n->node, &tbl->hash[neigh_hash(tbl, pkey, dev)]);
	list_add_tail(&n->lru, &tbl->lru);
	tbl->entries++;
	tbl->stats.allocs++;
	if (!timer_pending(&tbl->gc_timer))
		gc_arm(tbl, gc_staletime(n));
	return n;
}

struct neighbour *neigh_get_or_create(struct neigh_table *tbl, const void *pkey,
				      struct net_device *dev)
{
	struct neighbour *n = neigh_lookup(tbl, pkey, dev);

	return n ? n : neigh_create(tbl, pkey, dev);
}

struct neighbour *neigh_event_ns(struct neigh_table *tbl, const u8 *lladdr, const void *pkey,
				 struct net_device *dev)
{
	struct neighbour *n = neigh_get_or_create(tbl, pkey, dev);

	if (n)
		neigh_update(n, lladdr, NUD_STALE, NEIGH_UPDATE_F_OVERRIDE);
	return n;
}

void neigh_flush_dev(struct neigh_table *tbl, struct net_device *dev, bool keep_permanent)
{
	enum skb_drop_reason reason = tbl->net->exiting ? SKB_DROP_REASON_NET_EXIT :
							  SKB_DROP_REASON_NEIGH_DEAD;
	struct neighbour *n, *tmp;

	list_for_each_entry_safe(n, tmp, &tbl->lru, lru) {
		if (dev && n->dev != dev)
			continue;
		if (keep_permanent && n->nud_state & NUD_PERMANENT)
			continue;
		neigh_unhash(n, reason);
	}
}

void neigh_ifdown(struct neigh_table *tbl, struct net_device *dev)
{
	neigh_flush_dev(tbl, dev, false);
}

void neigh_device_event(struct neigh_table *tbl, struct net_device *dev, enum netdev_event event)
{
	if (event == NETDEV_DOWN)
		neigh_ifdown(tbl, dev);
	else if (event == NETDEV_CHANGEADDR)
		neigh_flush_dev(tbl, dev, false);
	else if (event == NETDEV_CHANGE && !netif_carrier_ok(dev))
		neigh_flush_dev(tbl, dev, true);
}

int neigh_delete(struct neigh_table *tbl, const void *pkey, struct net_device *dev)
{
	struct neighbour *n = neigh_lookup(tbl, pkey, dev);

	if (!n)
		return -ENOENT;
	neigh_unhash(n, SKB_DROP_REASON_NEIGH_DEAD);
	return 0;
}

static int neigh_cmp(const struct neighbour *n, int ifindex, const u8 *key)
{
	if (n->dev->ifindex != ifindex)
		return n->dev->ifindex < ifindex ? -1 : 1;
	return memcmp(n->primary_key, key, n->tbl->key_len);
}

/* Finds the next one each time: quadratic, but a listing needs no memory and survives deletion. */
int neigh_for_each(struct neigh_table *tbl, int (*fn)(struct neighbour *n, void *ctx), void *ctx)
{
	struct neighbour *n, *next;
	u8 key[sizeof(n->primary_key)] = { 0 };
	int ifindex = 0, ret;

	for (;;) {
		next = NULL;
		list_for_each_entry(n, &tbl->lru, lru)
			if (neigh_cmp(n, ifindex, key) > 0 &&
			    (!next || neigh_cmp(n, next->dev->ifindex, next->primary_key) < 0))
				next = n;
		if (!next)
			return 0;
		ifindex = next->dev->ifindex;
		memcpy(key, next->primary_key, sizeof(key));
		ret = fn(next, ctx);
		if (ret)
			return ret;
	}
}
