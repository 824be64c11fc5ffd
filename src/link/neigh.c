/* SPDX-License-Identifier: MIT */
/* The table of neighbours: lookup, making, garbage collection. Their states: neigh_nud.c. */
#include "link/neigh.h"

#include "base/assert.h"
#include "link/pneigh.h"

#define HASH_FIRST 16
/* The forced gc looks at so many entries at most; Linux for a millisecond. */
#define FORCED_GC_WALK 1024
#define FORCED_GC_AGE (5 * NSEC_PER_SEC)

static void neigh_periodic_work(struct timer *t);
static void neigh_managed_work(struct timer *t);

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

static const struct neigh_parms default_parms = {
	.base_reachable_time_ms = 30000,
	.retrans_time_ms = 1000,
	.gc_staletime_s = 60,
	.delay_probe_time_s = 5,
	.interval_probe_time_ms = 5000,
	.mcast_solicit = 3,
	.ucast_solicit = 3,
	.queue_len_bytes = 212992,
	.locktime_ms = 1000,
	.proxy_delay_ms = 800,
	.anycast_delay_ms = 1000,
	.proxy_qlen = 64,
};

int neigh_table_init(struct neigh_table *tbl, struct net *net)
{
	tbl->net = net;
	if (!tbl->gc_thresh3) {
		tbl->gc_thresh1 = &net->sysctl.neigh_gc_thresh1;
		tbl->gc_thresh2 = &net->sysctl.neigh_gc_thresh2;
		tbl->gc_thresh3 = &net->sysctl.neigh_gc_thresh3;
	}
	tbl->parms = default_parms;
	tbl->last_flush = net->now;
	tbl->hash = mem_zalloc(&net->mem, HASH_FIRST * sizeof(*tbl->hash));
	if (!tbl->hash)
		return -ENOMEM;
	tbl->hash_mask = HASH_FIRST - 1;
	tbl->entries = tbl->gc_entries = tbl->managed = 0;
	list_init(&tbl->gc_list);
	list_init(&tbl->exempt_list);
	timer_init(&tbl->gc_timer, neigh_periodic_work);
	timer_init(&tbl->managed_timer, neigh_managed_work);
	pneigh_init(tbl);
	slab_init(&tbl->slab, &net->mem, "neighbour", sizeof(struct neighbour));
	return 0;
}

void neigh_table_clear(struct neigh_table *tbl)
{
	if (!tbl->hash)
		return;
	neigh_ifdown(tbl, NULL);
	pneigh_exit(tbl);
	net_timer_del(tbl->net, &tbl->gc_timer);
	net_timer_del(tbl->net, &tbl->managed_timer);
	mem_free(&tbl->net->mem, tbl->hash, (tbl->hash_mask + 1) * sizeof(*tbl->hash));
	tbl->hash = NULL;
	slab_exit(&tbl->slab);
}

/* So that hosts part. */
void neigh_parms_draw(struct net *net, struct neigh_parms *p)
{
	ktime_t base = ms_to_ktime(p->base_reachable_time_ms);

	p->reachable_time = base / 2 + (ktime_t)(prng_u64(&net->prng) % (u64)(base + 1));
}

struct neigh_parms *neigh_parms_alloc(struct neigh_table *tbl)
{
	struct neigh_parms *p = mem_alloc(&tbl->net->mem, sizeof(*p));

	if (!p)
		return NULL;
	*p = tbl->parms;
	neigh_parms_draw(tbl->net, p);
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

static ktime_t gc_staletime(const struct neighbour *n)
{
	return sec_to_ktime(n->parms->gc_staletime_s);
}

/* n may be the next to go. */
static void gc_arm(const struct neighbour *n)
{
	struct neigh_table *tbl = n->tbl;

	if (tbl->entries >= (u32)*tbl->gc_thresh1 && !timer_pending(&tbl->gc_timer))
		net_timer_mod(tbl->net, &tbl->gc_timer, tbl->net->now + gc_staletime(n));
}

void neigh_release(struct neighbour *n)
{
	struct neigh_table *tbl = n->tbl;

	ln_assert(n->refcnt > 0);
	if (--n->refcnt) {
		/* The table holds it alone: from now on it may go. */
		if (!n->dead)
			gc_arm(n);
		return;
	}
	ln_assert(n->dead);
	tbl->stats.destroys++;
	slab_free(&tbl->slab, n);
}

void neigh_update_gc_list(struct neighbour *n)
{
	struct neigh_table *tbl = n->tbl;
	bool exempt = n->nud_state & NUD_PERMANENT || n->ext_learned ||
		      n->dev->flags & IFF_LOOPBACK_;

	if (n->dead || exempt == n->gc_exempt)
		return;
	n->gc_exempt = exempt;
	tbl->gc_entries += exempt ? -1u : 1u;
	list_move_tail(&n->node_gc, exempt ? &tbl->exempt_list : &tbl->gc_list);
	if (!exempt)
		gc_arm(n);
}

/* Out of the table; who holds it drops it when he sees that it is dead. */
static void neigh_unhash(struct neighbour *n, enum skb_drop_reason reason)
{
	hlist_del_init(&n->node);
	list_del_init(&n->node_gc);
	n->tbl->entries--;
	n->tbl->gc_entries -= !n->gc_exempt;
	n->tbl->managed -= n->managed;
	n->dead = true;
	neigh_nud_stop(n, reason);
	neigh_release(n);
}

static bool neigh_unused(const struct neighbour *n)
{
	return n->refcnt == 1 && !(n->nud_state & (NUD_PERMANENT | NUD_IN_TIMER));
}

/* Down to gc_thresh2 entries. Those looked at go to the end: next time it is the others' turn. */
static bool neigh_forced_gc(struct neigh_table *tbl)
{
	u32 before = tbl->gc_entries, walk = min_t(u32, before, FORCED_GC_WALK);
	u32 keep = (u32)*tbl->gc_thresh2;

	tbl->stats.forced_gc_runs++;
	while (walk--) {
		struct neighbour *n = list_first_entry(&tbl->gc_list, struct neighbour, node_gc);

		list_move_tail(&n->node_gc, &tbl->gc_list);
		if (!neigh_unused(n) || (!(n->nud_state & (NUD_FAILED | NUD_NOARP)) &&
					 tbl->net->now - n->updated <= FORCED_GC_AGE))
			continue;
		neigh_unhash(n, SKB_DROP_REASON_NEIGH_DEAD);
		if (tbl->gc_entries <= keep)
			break;
	}
	tbl->last_flush = tbl->net->now;
	return tbl->gc_entries < before;
}

static bool neigh_room(struct neigh_table *tbl)
{
	u32 n = tbl->gc_entries;

	if (n < (u32)*tbl->gc_thresh3 && (n < (u32)*tbl->gc_thresh2 ||
					  tbl->net->now <= tbl->last_flush + FORCED_GC_AGE))
		return true;
	return neigh_forced_gc(tbl) || n < (u32)*tbl->gc_thresh3;
}

/* Takes out what nobody used for gc_staletime; comes again when the next may be due. */
static void neigh_periodic_work(struct timer *t)
{
	struct neigh_table *tbl = container_of(t, struct neigh_table, gc_timer);
	ktime_t now = tbl->net->now, next = KTIME_MAX;
	struct neighbour *n, *tmp;

	tbl->stats.periodic_gc_runs++;
	if (tbl->entries < (u32)*tbl->gc_thresh1)
		return;		/* a new entry, or one that is let go, starts it again */
	list_for_each_entry_safe(n, tmp, &tbl->gc_list, node_gc) {
		ktime_t due;

		/* Who holds it asks for this work again when he lets go. */
		if (n->refcnt > 1)
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
	struct hlist_node *next;
	struct neighbour *n;

	grown = mem_zalloc(&tbl->net->mem, (mask + 1) * sizeof(*grown));
	if (!grown)
		return;
	tbl->hash = grown;
	tbl->hash_mask = mask;
	tbl->stats.hash_grows++;
	for (u32 i = 0; i <= old_mask; i++) {
		hlist_for_each_entry_safe(n, next, &old[i], node) {
			hlist_del_init(&n->node);
			hlist_add_head(&n->node, &grown[neigh_hash(tbl, n->primary_key, n->dev)]);
		}
	}
	mem_free(&tbl->net->mem, old, (old_mask + 1) * sizeof(*old));
}

static struct neighbour *neigh_create(struct neigh_table *tbl, const void *pkey,
				      struct net_device *dev)
{
	struct neighbour *n;

	if (!neigh_room(tbl)) {
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
	list_add_tail(&n->node_gc, &tbl->gc_list);
	tbl->entries++;
	tbl->gc_entries++;
	tbl->stats.allocs++;
	neigh_update_gc_list(n);
	gc_arm(n);
	return n;
}

/* ---- those that are kept resolved ---- */

static void managed_arm(struct neigh_table *tbl)
{
	ktime_t interval = ms_to_ktime(max(tbl->parms.interval_probe_time_ms, 1u));

	if (tbl->managed && !timer_pending(&tbl->managed_timer))
		net_timer_mod(tbl->net, &tbl->managed_timer, tbl->net->now + interval);
}

void neigh_update_managed(struct neighbour *n, bool on)
{
	if (on == n->managed)
		return;
	n->managed = on;
	n->tbl->managed += on ? 1u : -1u;
	managed_arm(n->tbl);
}

/* Sending may change the table: those are collected first that still have their turn. */
static void managed_list_work(struct list_head *list)
{
	struct neighbour *n;
	u32 left = 0;

	list_for_each_entry(n, list, node_gc)
		left++;
	while (left-- && !list_empty(list)) {
		n = list_first_entry(list, struct neighbour, node_gc);
		list_move_tail(&n->node_gc, list);
		if (n->managed)
			neigh_solicit_now(n);
	}
}

static void neigh_managed_work(struct timer *t)
{
	struct neigh_table *tbl = container_of(t, struct neigh_table, managed_timer);

	managed_list_work(&tbl->gc_list);
	managed_list_work(&tbl->exempt_list);
	managed_arm(tbl);
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

static void flush_list(struct list_head *list, struct net_device *dev, bool keep_exempt)
{
	struct neighbour *n, *tmp;

	list_for_each_entry_safe(n, tmp, list, node_gc) {
		if (dev && n->dev != dev)
			continue;
		if (keep_exempt && (n->nud_state & NUD_PERMANENT || n->ext_learned))
			continue;
		neigh_unhash(n, n->tbl->net->exiting ? SKB_DROP_REASON_NET_EXIT :
						       SKB_DROP_REASON_NEIGH_DEAD);
	}
}

void neigh_flush_dev(struct neigh_table *tbl, struct net_device *dev, bool keep_exempt)
{
	flush_list(&tbl->gc_list, dev, keep_exempt);
	flush_list(&tbl->exempt_list, dev, keep_exempt);
}

void neigh_ifdown(struct neigh_table *tbl, struct net_device *dev)
{
	neigh_flush_dev(tbl, dev, false);
	pneigh_ifdown(tbl, dev);
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

static void next_of(const struct list_head *list, int ifindex, const u8 *key,
		    struct neighbour **next)
{
	struct neighbour *n;

	list_for_each_entry(n, list, node_gc)
		if (neigh_cmp(n, ifindex, key) > 0 &&
		    (!*next || neigh_cmp(n, (*next)->dev->ifindex, (*next)->primary_key) < 0))
			*next = n;
}

/* Finds the next one each time: quadratic, but a listing needs no memory and survives deletion. */
int neigh_for_each(struct neigh_table *tbl, int (*fn)(struct neighbour *n, void *ctx), void *ctx)
{
	struct neighbour *next;
	u8 key[sizeof(next->primary_key)] = { 0 };
	int ifindex = 0, ret;

	for (;;) {
		next = NULL;
		next_of(&tbl->gc_list, ifindex, key, &next);
		next_of(&tbl->exempt_list, ifindex, key, &next);
		if (!next)
			return 0;
		ifindex = next->dev->ifindex;
		memcpy(key, next->primary_key, sizeof(key));
		ret = fn(next, ctx);
		if (ret)
			return ret;
	}
}
