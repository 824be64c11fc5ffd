/* SPDX-License-Identifier: MIT */
/* The table of groups: who is a member, until when. */
#include "link/bridge/br_multicast_private.h"

#define MDB_HASH_FIRST 16

static struct hlist_head *mdb_head(const struct net_bridge *br, const struct br_ip *g)
{
	const struct siphash_key *key = &br->dev->net->hash_key;
	u64 h = (ip6_word(&g->addr, 0) ^ key->k[0]) * (key->k[1] | 1);

	h = ((h ^ h >> 32) + ip6_word(&g->addr, 1) + ((u64)g->proto << 16 | g->vid)) *
	    (key->k[0] | 1);
	return &br->mcast.hash[(h ^ h >> 32) >> 8 & br->mcast.hash_mask];
}

static bool same_group(const struct br_ip *a, const struct br_ip *b)
{
	return ipv6_addr_equal(&a->addr, &b->addr) && a->proto == b->proto && a->vid == b->vid;
}

static struct net *br_net(const struct net_bridge *br)
{
	return br->dev->net;
}

int br_mdb_init(struct net_bridge *br)
{
	struct br_mcast *mc = &br->mcast;
	struct net *net = br_net(br);

	list_init(&mc->mdb);
	mc->hash = mem_zalloc(&net->mem, MDB_HASH_FIRST * sizeof(*mc->hash));
	if (!mc->hash)
		return -ENOMEM;
	mc->hash_mask = MDB_HASH_FIRST - 1;
	slab_init(&mc->entry_slab, &net->mem, "bridge mdb", sizeof(struct net_bridge_mdb_entry));
	slab_init(&mc->group_slab, &net->mem, "bridge mdb ports",
		  sizeof(struct net_bridge_port_group));
	return 0;
}

struct net_bridge_mdb_entry *br_mdb_find(const struct net_bridge *br, const struct br_ip *group)
{
	struct net_bridge_mdb_entry *mp;

	hlist_for_each_entry(mp, mdb_head(br, group), node)
		if (same_group(&mp->addr, group))
			return mp;
	return NULL;
}

static void mdb_grow(struct net_bridge *br)
{
	struct br_mcast *mc = &br->mcast;
	struct mem *mem = &br_net(br)->mem;
	u32 old_mask = mc->hash_mask, mask = old_mask * 2 + 1;
	struct hlist_head *old = mc->hash, *grown;
	struct net_bridge_mdb_entry *mp;

	grown = mem_zalloc(mem, (mask + 1) * sizeof(*grown));
	if (!grown)
		return;		/* longer chains, the same answers */
	mc->hash = grown;
	mc->hash_mask = mask;
	list_for_each_entry(mp, &mc->mdb, list) {
		hlist_del_init(&mp->node);
		hlist_add_head(&mp->node, mdb_head(br, &mp->addr));
	}
	mem_free(mem, old, (old_mask + 1) * sizeof(*old));
}

/* ---- entries ---- */

static void mdb_free_if_unused(struct net_bridge_mdb_entry *mp)
{
	struct net_bridge *br = mp->br;

	if (mp->host_joined || !list_empty(&mp->ports))
		return;
	hlist_del_init(&mp->node);
	list_del_init(&mp->list);
	net_timer_del(br_net(br), &mp->timer);
	br->mcast.entries--;
	slab_free(&br->mcast.entry_slab, mp);
}

static void host_expired(struct timer *t)
{
	struct net_bridge_mdb_entry *mp = container_of(t, struct net_bridge_mdb_entry, timer);

	mp->host_joined = false;
	mdb_free_if_unused(mp);
}

static void group_expired(struct timer *t)
{
	br_mdb_del_group(container_of(t, struct net_bridge_port_group, timer));
}

static struct net_bridge_mdb_entry *new_entry(struct net_bridge *br, const struct br_ip *group,
					      int *err)
{
	struct net_bridge_mdb_entry *mp;
	struct br_mcast *mc = &br->mcast;

	*err = -E2BIG;
	if (mc->entries >= mc->hash_max) {
		mc->snooping = false;
		return NULL;
	}
	*err = -ENOMEM;
	mp = slab_alloc(&mc->entry_slab);
	if (!mp)
		return NULL;
	*mp = (struct net_bridge_mdb_entry){ .br = br, .addr = *group };
	list_init(&mp->ports);
	timer_init(&mp->timer, host_expired);
	if (mc->entries > mc->hash_mask)
		mdb_grow(br);
	hlist_add_head(&mp->node, mdb_head(br, group));
	list_add(&mp->list, &mc->mdb);
	mc->entries++;
	*err = 0;
	return mp;
}

/* ---- members ---- */

struct net_bridge_port_group *br_mdb_find_port(const struct net_bridge_mdb_entry *mp,
					       const struct net_bridge_port *p)
{
	struct net_bridge_port_group *pg;

	list_for_each_entry(pg, &mp->ports, list)
		if (pg->port == p)
			return pg;
	return NULL;
}

static struct net_bridge_port_group *new_group(struct net_bridge_mdb_entry *mp,
					       struct net_bridge_port *p)
{
	struct net_bridge_port_group *pg = slab_alloc(&mp->br->mcast.group_slab), *other;

	if (!pg)
		return NULL;
	*pg = (struct net_bridge_port_group){ .mp = mp, .port = p };
	timer_init(&pg->timer, group_expired);
	list_for_each_entry(other, &mp->ports, list)
		if (other->port->port_no < p->port_no)
			break;
	list_add_tail(&pg->list, &other->list);
	list_add_tail(&pg->mglist, &p->mcast.mglist);
	return pg;
}

void br_mdb_del_group(struct net_bridge_port_group *pg)
{
	struct net_bridge_mdb_entry *mp = pg->mp;

	net_timer_del(br_net(mp->br), &pg->timer);
	list_del_init(&pg->list);
	list_del_init(&pg->mglist);
	slab_free(&mp->br->mcast.group_slab, pg);
	mdb_free_if_unused(mp);
}

static ktime_t membership_end(const struct net_bridge *br)
{
	return br_net(br)->now + ms_to_ktime(br->mcast.membership_ms);
}

/* *pg: the port's membership, which may be new; NULL for the machine's. */
static int join(struct net_bridge *br, struct net_bridge_port *p, const struct br_ip *group,
		struct net_bridge_port_group **pg)
{
	struct net_bridge_mdb_entry *mp = br_mdb_find(br, group);
	int err = 0;

	*pg = NULL;
	if (!mp)
		mp = new_entry(br, group, &err);
	if (!mp)
		return err;
	if (!p) {
		mp->host_joined = true;
		net_timer_mod(br_net(br), &mp->timer, membership_end(br));
		return 0;
	}
	*pg = br_mdb_find_port(mp, p);
	if (!*pg)
		*pg = new_group(mp, p);
	if (*pg)
		return 0;
	mdb_free_if_unused(mp);
	return -ENOMEM;
}

int br_mdb_join(struct net_bridge *br, struct net_bridge_port *p, const struct br_ip *group)
{
	struct net_bridge_port_group *pg;
	int err = join(br, p, group, &pg);

	if (pg && !pg->permanent)
		net_timer_mod(br_net(br), &pg->timer, membership_end(br));
	return err;
}

static void expire_by(struct net *net, struct timer *t, ktime_t by)
{
	if (timer_pending(t) && t->expires > by)
		net_timer_mod(net, t, by);
}

void br_mdb_host_expire_by(struct net_bridge_mdb_entry *mp, ktime_t by)
{
	expire_by(br_net(mp->br), &mp->timer, by);
}

void br_mdb_expire_by(struct net_bridge_mdb_entry *mp, const struct net_bridge_port *p, ktime_t by)
{
	struct net_bridge_port_group *pg;

	list_for_each_entry(pg, &mp->ports, list)
		if (!p || pg->port == p)
			expire_by(br_net(mp->br), &pg->timer, by);
	if (!p)
		br_mdb_host_expire_by(mp, by);
}

void br_mdb_flush_port(struct net_bridge_port *p, bool all)
{
	struct net_bridge_port_group *pg, *next;

	list_for_each_entry_safe(pg, next, &p->mcast.mglist, mglist)
		if (all || !pg->permanent)
			br_mdb_del_group(pg);
}

/* The ports are gone. */
void br_mdb_exit(struct net_bridge *br)
{
	struct net_bridge_mdb_entry *mp, *next;
	struct br_mcast *mc = &br->mcast;

	if (!mc->hash)
		return;
	list_for_each_entry_safe(mp, next, &mc->mdb, list) {
		mp->host_joined = false;
		mdb_free_if_unused(mp);
	}
	slab_exit(&mc->entry_slab);
	slab_exit(&mc->group_slab);
	mem_free(&br_net(br)->mem, mc->hash, (mc->hash_mask + 1) * sizeof(*mc->hash));
	mc->hash = NULL;
}

/* ---- by hand ---- */

int br_mdb_add(struct net_bridge *br, struct net_bridge_port *p, const struct br_ip *group,
	       bool permanent)
{
	struct net_bridge_mdb_entry *mp = br_mdb_find(br, group);
	struct net_bridge_port_group *pg;
	int err;

	if (mp && (p ? br_mdb_find_port(mp, p) != NULL : mp->host_joined))
		return -EEXIST;
	err = join(br, p, group, &pg);
	if (!pg)
		return err;
	pg->permanent = permanent;
	pg->by_hand = true;
	if (!permanent)
		net_timer_mod(br_net(br), &pg->timer, membership_end(br));
	return 0;
}

int br_mdb_delete(struct net_bridge *br, struct net_bridge_port *p, const struct br_ip *group)
{
	struct net_bridge_mdb_entry *mp = br_mdb_find(br, group);
	struct net_bridge_port_group *pg = mp && p ? br_mdb_find_port(mp, p) : NULL;

	if (pg) {
		br_mdb_del_group(pg);
		return 0;
	}
	if (p || !mp || !mp->host_joined)
		return -ENOENT;
	mp->host_joined = false;
	mdb_free_if_unused(mp);
	return 0;
}
