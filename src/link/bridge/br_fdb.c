/* SPDX-License-Identifier: MIT */
/* The forwarding database (row W2): MAC -> port, learned, aged out, or set by hand. */
#include "base/trace.h"
#include "link/bridge/br_fdb.h"

#define FDB_HASH_FIRST 16
/* More than one entry in a bucket is a branch that nobody foretells, and another line to load. */
#define FDB_BUCKETS_PER_ENTRY 2
#define FDB_PREFETCH_MIN 511	/* hash mask: a smaller table is in the cache anyway */

static void br_fdb_cleanup(struct timer *t);

static struct net *br_net(const struct net_bridge *br)
{
	return br->dev->net;
}

int br_fdb_init(struct net_bridge *br)
{
	struct net *net = br_net(br);

	br->fdb = mem_zalloc(&net->mem, FDB_HASH_FIRST * sizeof(*br->fdb));
	if (!br->fdb)
		return -ENOMEM;
	br->fdb_mask = FDB_HASH_FIRST - 1;
	br->fdb_max_learned = BR_FDB_MAX_LEARNED;
	list_init(&br->fdb_age);
	timer_init(&br->gc_timer, br_fdb_cleanup);
	slab_init(&br->fdb_slab, &net->mem, "bridge fdb", sizeof(struct net_bridge_fdb_entry));
	br->ageing_ms = (u32)net->sysctl.bridge_ageing_ms;
	return 0;
}

static void fdb_insert(struct net_bridge *br, struct net_bridge_fdb_entry *e)
{
	struct br_fdb_key k = fdb_hash_key(br, fdb_entry_key(e));
	struct net_bridge_fdb_entry **head = fdb_head(br, &k);

	e->next = *head;
	*head = e;
}

static void fdb_unlink(struct net_bridge *br, struct net_bridge_fdb_entry *e)
{
	struct br_fdb_key k = fdb_hash_key(br, fdb_entry_key(e));
	struct net_bridge_fdb_entry **at = fdb_head(br, &k);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
}

static void fdb_delete(struct net_bridge *br, struct net_bridge_fdb_entry *e)
{
	fdb_unlink(br, e);
	list_del_init(&e->age);
	br->fdb_entries--;
	br->fdb_n_learned -= e->learned;
	slab_free(&br->fdb_slab, e);
}

void br_fdb_exit(struct net_bridge *br)
{
	struct net *net = br_net(br);

	if (!br->fdb)
		return;
	while (!list_empty(&br->fdb_age))
		fdb_delete(br, list_first_entry(&br->fdb_age, struct net_bridge_fdb_entry, age));
	net_timer_del(net, &br->gc_timer);
	slab_exit(&br->fdb_slab);
	mem_free(&net->mem, br->fdb, (br->fdb_mask + 1) * sizeof(*br->fdb));
	br->fdb = NULL;
}

static void fdb_grow(struct net_bridge *br)
{
	struct net *net = br_net(br);
	u32 old_mask = br->fdb_mask, mask = old_mask * 2 + 1;
	struct net_bridge_fdb_entry *e, **old = br->fdb, **grown;

	grown = mem_zalloc(&net->mem, (mask + 1) * sizeof(*grown));
	if (!grown)
		return;		/* longer chains, the same answers */
	br->fdb = grown;
	br->fdb_mask = mask;
	list_for_each_entry(e, &br->fdb_age, age)
		fdb_insert(br, e);
	mem_free(&net->mem, old, (old_mask + 1) * sizeof(*old));
}

static ktime_t ageing(const struct net_bridge *br)
{
	return ms_to_ktime(br->ageing_ms);
}

static struct net_bridge_fdb_entry *fdb_find(const struct net_bridge *br, const u8 *addr, u16 vid)
{
	struct br_fdb_key k = br_fdb_key(br, addr, vid);

	return fdb_lookup(br, &k);
}

/* A port's own address, in whichever VLAN. */
static __noinline struct net_bridge_fdb_entry *fdb_lookup_local(const struct net_bridge *br,
								const u8 *addr)
{
	struct net_bridge_fdb_entry *e = fdb_find(br, addr, 0);

	return e && e->is_local ? e : NULL;
}

/* The VLAN that the frame will be of, if its port is a member. */
static u16 prefetch_vid(const struct sk_buff *skb)
{
	u16 vid = skb_vlan_tag_get_id(skb);

	return vid ? vid : skb->dev->br_port->vg.pvid;
}


void br_fdb_keys_list(const struct net_bridge *br, struct sk_buff *const *skb, u32 n,
		      struct br_fdb_keys *to)
{
	for (u32 i = 0; i < n; i++)
		to[i] = br_fdb_keys(br, skb[i], br->vlan_enabled ? prefetch_vid(skb[i]) : 0);
	br_fdb_ahead(br, to, n);
}

void br_fdb_ahead(const struct net_bridge *br, struct br_fdb_keys *to, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		prefetch(fdb_head(br, &to[i].source));
		prefetch(fdb_head(br, &to[i].dest));
	}
	if (br->fdb_mask < FDB_PREFETCH_MIN)
		return;
	for (u32 i = 0; i < n; i++) {
		prefetchw(*fdb_head(br, &to[i].source));
		prefetchw(*fdb_head(br, &to[i].dest));
	}
}

struct net_bridge_fdb_entry *br_fdb_find_local(const struct net_bridge *br, const u8 *addr,
					       u16 vid)
{
	return vid ? fdb_lookup_local(br, addr) : NULL;
}

struct net_bridge_fdb_entry *br_fdb_find(struct net_bridge *br, const u8 *addr, u16 vid)
{
	struct br_fdb_key k = br_fdb_key(br, addr, vid);

	return br_fdb_find_key(br, &k, addr, vid);
}

static struct net_bridge_fdb_entry *fdb_create(struct net_bridge *br, struct net_bridge_port *p,
					       const u8 *addr, u16 vid)
{
	struct net *net = br_net(br);
	struct net_bridge_fdb_entry *e = slab_alloc(&br->fdb_slab);

	if (!e)
		return NULL;
	memset(e, 0, sizeof(*e));
	ether_addr_copy(e->addr, addr);
	e->vid = vid;
	e->dst = p;
	e->updated = e->used = net->now;
	e->queued = fdb_age_step(net->now);
	if (br->fdb_entries >= (br->fdb_mask + 1) / FDB_BUCKETS_PER_ENTRY)
		fdb_grow(br);
	fdb_insert(br, e);
	list_add_tail(&e->age, &br->fdb_age);
	br->fdb_entries++;
	return e;
}

/* NULL: as many are known as may be, or no memory. */
static struct net_bridge_fdb_entry *fdb_learn(struct net_bridge *br, struct net_bridge_port *p,
					      const u8 *addr, u16 vid)
{
	struct net_bridge_fdb_entry *e;

	if (br->fdb_max_learned && br->fdb_n_learned >= br->fdb_max_learned) {
		br->stats.table_full++;
		return NULL;
	}
	e = fdb_create(br, p, addr, vid);
	if (!e)
		return NULL;
	e->learned = true;
	br->fdb_n_learned++;
	br->stats.learned++;
	return e;
}

/* It is set by hand now. */
static void fdb_unlearn(struct net_bridge *br, struct net_bridge_fdb_entry *e)
{
	br->fdb_n_learned -= e->learned;
	e->learned = false;
}

/* Oldest first; the first that is young says when to come again. */
static void br_fdb_cleanup(struct timer *t)
{
	struct net_bridge *br = container_of(t, struct net_bridge, gc_timer);
	struct net_bridge_fdb_entry *e, *next;

	list_for_each_entry_safe(e, next, &br->fdb_age, age) {
		if (e->is_local || e->is_static)
			continue;
		if (!fdb_expired(br, e)) {
			net_timer_mod(br_net(br), t, e->updated + ageing(br));
			return;
		}
		br->stats.aged++;
		fdb_delete(br, e);
	}
}

/* The address was seen again: not old any more. */
static void fdb_refresh(struct net_bridge *br, struct net_bridge_fdb_entry *e, ktime_t now)
{
	e->updated = now;
	if (fdb_age_step(now) != e->queued)
		br_fdb_requeue(br, e, now);
}

void br_fdb_requeue(struct net_bridge *br, struct net_bridge_fdb_entry *e, ktime_t now)
{
	e->queued = fdb_age_step(now);
	list_move_tail(&e->age, &br->fdb_age);
}

void br_fdb_update_slow(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr, u16 vid,
			const struct sk_buff *skb)
{
	struct net_bridge_fdb_entry *e = fdb_find(br, addr, vid);
	struct net *net = br_net(br);

	if (!br->ageing_ms)
		return;
	if (likely(e && e->dst == p)) {
		if (!e->is_local && !e->is_static)
			fdb_refresh(br, e, net->now);
		return;
	}
	if (e) {
		if (e->is_local || e->is_static)
			return;		/* somebody sends with an address of ours: not believed */
		br->stats.moved++;
		e->dst = p;
		fdb_refresh(br, e, net->now);
	} else {
		if (vid && fdb_lookup_local(br, addr))
			return;
		e = fdb_learn(br, p, addr, vid);
		if (!e)
			return;
	}
	if (!timer_pending(&br->gc_timer))
		net_timer_mod(net, &br->gc_timer, net->now + ageing(br));
	trace_skb(net, br_fdb_update, skb, eth_addr_u64(addr), (u64)p->dev->ifindex, vid);
}

/* ---- by hand, and the ports' own addresses ---- */

int br_fdb_add(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr, u16 vid,
	       bool is_static)
{
	struct net_bridge_fdb_entry *e = fdb_find(br, addr, vid);

	if (!is_valid_ether_addr(addr))
		return -EINVAL;
	if (e && (e->is_local || e->is_static))
		return -EEXIST;
	if (!e)
		e = fdb_create(br, p, addr, vid);
	if (!e)
		return -ENOMEM;
	e->dst = p;
	fdb_unlearn(br, e);
	e->is_static = is_static;
	e->is_local = !p;
	fdb_refresh(br, e, br_net(br)->now);
	if (!is_static && p && !timer_pending(&br->gc_timer))
		net_timer_mod(br_net(br), &br->gc_timer, e->updated + ageing(br));
	return 0;
}

int br_fdb_add_local(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr)
{
	struct net_bridge_fdb_entry *e = fdb_find(br, addr, 0);

	if (!is_valid_ether_addr(addr))
		return -EINVAL;
	if (e && e->is_local)
		return 0;	/* two ports with one address: the first one's entry serves */
	if (!e)
		e = fdb_create(br, p, addr, 0);
	if (!e)
		return -ENOMEM;
	e->dst = p;
	fdb_unlearn(br, e);
	e->is_local = e->is_static = true;
	return 0;
}

int br_fdb_delete(struct net_bridge *br, const u8 *addr, u16 vid)
{
	struct net_bridge_fdb_entry *e = fdb_find(br, addr, vid);

	if (!e)
		return -ENOENT;
	fdb_delete(br, e);
	return 0;
}

void br_fdb_flush(struct net_bridge *br, const struct net_bridge_port *p)
{
	struct net_bridge_fdb_entry *e, *next;

	list_for_each_entry_safe(e, next, &br->fdb_age, age)
		if (!e->is_local && !e->is_static && (!p || e->dst == p))
			fdb_delete(br, e);
}

void br_fdb_flush_vlan(struct net_bridge *br, const struct net_bridge_port *p, u16 vid)
{
	struct net_bridge_fdb_entry *e, *next;

	list_for_each_entry_safe(e, next, &br->fdb_age, age)
		if (e->dst == p && e->vid == vid && !e->is_local)
			fdb_delete(br, e);
}

void br_fdb_delete_port(struct net_bridge *br, const struct net_bridge_port *p)
{
	struct net_bridge_fdb_entry *e, *next;

	list_for_each_entry_safe(e, next, &br->fdb_age, age)
		if (e->dst == p)
			fdb_delete(br, e);
}

/* The local entry of p (NULL: of the bridge) follows its device's address. */
void br_fdb_change_local(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr)
{
	struct net_bridge_fdb_entry *e, *next;

	list_for_each_entry_safe(e, next, &br->fdb_age, age)
		if (e->is_local && e->dst == p)
			fdb_delete(br, e);
	br_fdb_add_local(br, p, addr);
}

int br_fdb_for_each(struct net_bridge *br, int (*fn)(struct net_bridge_fdb_entry *e, void *ctx),
		    void *ctx)
{
	struct net_bridge_fdb_entry *e, *next;
	int ret;

	list_for_each_entry_safe(e, next, &br->fdb_age, age) {
		ret = fn(e, ctx);
		if (ret)
			return ret;
	}
	return 0;
}
