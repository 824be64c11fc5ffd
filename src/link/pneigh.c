/* SPDX-License-Identifier: MIT */
#include "link/pneigh.h"

struct pneigh_cb {
	ktime_t due;
	struct neigh_parms *parms;
};

static struct pneigh_cb *pneigh_cb(struct sk_buff *skb)
{
	return (void *)skb->cb;
}

/* ---- entries ---- */

static struct hlist_head *chain_of(struct neigh_table *tbl, const void *pkey)
{
	u32 h = get_be32((const u8 *)pkey + tbl->key_len - 4);

	h ^= h >> 16;
	h ^= h >> 8;
	h ^= h >> 4;
	return &tbl->proxies[h % ARRAY_SIZE(tbl->proxies)];
}

struct pneigh_entry *pneigh_lookup_exact(struct neigh_table *tbl, const void *pkey,
					 const struct net_device *dev)
{
	struct pneigh_entry *p;

	if (!tbl->nr_proxies)
		return NULL;
	hlist_for_each_entry(p, chain_of(tbl, pkey), node)
		if (p->dev == dev && !memcmp(p->key, pkey, tbl->key_len))
			return p;
	return NULL;
}

struct pneigh_entry *pneigh_lookup(struct neigh_table *tbl, const void *pkey,
				   const struct net_device *dev)
{
	struct pneigh_entry *p = pneigh_lookup_exact(tbl, pkey, dev);

	return p ? p : pneigh_lookup_exact(tbl, pkey, NULL);
}

struct pneigh_entry *pneigh_create(struct neigh_table *tbl, const void *pkey,
				   struct net_device *dev)
{
	struct pneigh_entry *p = pneigh_lookup_exact(tbl, pkey, dev);

	if (p)
		return p;
	p = mem_zalloc(&tbl->net->mem, sizeof(*p));
	if (!p)
		return NULL;
	p->dev = dev;
	memcpy(p->key, pkey, tbl->key_len);
	if (tbl->pconstructor && tbl->pconstructor(p)) {
		mem_free(&tbl->net->mem, p, sizeof(*p));
		return NULL;
	}
	hlist_add_head(&p->node, chain_of(tbl, pkey));
	tbl->nr_proxies++;
	return p;
}

static void pneigh_remove(struct neigh_table *tbl, struct pneigh_entry *p)
{
	hlist_del_init(&p->node);
	tbl->nr_proxies--;
	if (tbl->pdestructor)
		tbl->pdestructor(p);
	mem_free(&tbl->net->mem, p, sizeof(*p));
}

int pneigh_delete(struct neigh_table *tbl, const void *pkey, const struct net_device *dev)
{
	struct pneigh_entry *p = pneigh_lookup_exact(tbl, pkey, dev);

	if (!p)
		return -ENOENT;
	pneigh_remove(tbl, p);
	return 0;
}

static int pneigh_cmp(const struct pneigh_entry *p, const struct neigh_table *tbl, int ifindex,
		      const u8 *key)
{
	int index = p->dev ? p->dev->ifindex : 0;

	return index != ifindex ? (index < ifindex ? -1 : 1) : memcmp(p->key, key, tbl->key_len);
}

int pneigh_for_each(struct neigh_table *tbl, int (*fn)(struct pneigh_entry *p, void *ctx),
		    void *ctx)
{
	struct pneigh_entry *p, *next;
	u8 key[sizeof(p->key)] = { 0 };
	int ifindex = -1, ret;

	for (;;) {
		next = NULL;
		for (size_t i = 0; i < ARRAY_SIZE(tbl->proxies); i++)
			hlist_for_each_entry(p, &tbl->proxies[i], node)
				if (pneigh_cmp(p, tbl, ifindex, key) > 0 &&
				    (!next || pneigh_cmp(p, tbl, next->dev ? next->dev->ifindex : 0,
							 next->key) < 0))
					next = p;
		if (!next)
			return 0;
		ifindex = next->dev ? next->dev->ifindex : 0;
		memcpy(key, next->key, sizeof(key));
		ret = fn(next, ctx);
		if (ret)
			return ret;
	}
}

/* ---- questions that wait ---- */

static void proxy_arm(struct neigh_table *tbl)
{
	ktime_t next = KTIME_MAX;
	struct sk_buff *skb;

	skb_queue_walk(&tbl->proxy_queue, skb)
		next = min(next, pneigh_cb(skb)->due);
	if (next != KTIME_MAX)
		net_timer_mod(tbl->net, &tbl->proxy_timer, next);
}

/* The first that is due; NULL: none. */
static struct sk_buff *proxy_take(struct neigh_table *tbl)
{
	struct sk_buff *skb;

	skb_queue_walk(&tbl->proxy_queue, skb) {
		if (pneigh_cb(skb)->due > tbl->net->now)
			continue;
		skb_unlink(skb, &tbl->proxy_queue);
		pneigh_cb(skb)->parms->proxy_queued--;
		return skb;
	}
	return NULL;
}

static void proxy_timer_fn(struct timer *t)
{
	struct neigh_table *tbl = container_of(t, struct neigh_table, proxy_timer);
	struct sk_buff *skb;

	while ((skb = proxy_take(tbl)))
		tbl->proxy_redo(skb);
	proxy_arm(tbl);
}

void pneigh_enqueue(struct neigh_table *tbl, struct neigh_parms *p, struct sk_buff *skb)
{
	struct net *net = tbl->net;

	skb_dst_drop(skb);
	if (p->proxy_queued > p->proxy_qlen) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_QUEUEFULL);
		return;
	}
	*pneigh_cb(skb) = (struct pneigh_cb){
		.due = net->now + (ktime_t)(prng_u64(&net->prng) %
					    (u64)ms_to_ktime(p->proxy_delay_ms)),
		.parms = p,
	};
	p->proxy_queued++;
	skb_queue_tail(&tbl->proxy_queue, skb);
	proxy_arm(tbl);
}

/* ---- coming and going ---- */

void pneigh_ifdown(struct neigh_table *tbl, const struct net_device *dev)
{
	struct pneigh_entry *p;
	struct hlist_node *next;
	struct sk_buff *skb, *after;

	for (size_t i = 0; i < ARRAY_SIZE(tbl->proxies); i++)
		hlist_for_each_entry_safe(p, next, &tbl->proxies[i], node)
			if (!dev || p->dev == dev)
				pneigh_remove(tbl, p);
	skb_queue_walk_safe(&tbl->proxy_queue, skb, after) {
		if (dev && skb->dev != dev)
			continue;
		skb_unlink(skb, &tbl->proxy_queue);
		pneigh_cb(skb)->parms->proxy_queued--;
		kfree_skb_reason(skb, tbl->net->exiting ? SKB_DROP_REASON_NET_EXIT :
							  SKB_DROP_REASON_NEIGH_DEAD);
	}
}

void pneigh_init(struct neigh_table *tbl)
{
	for (size_t i = 0; i < ARRAY_SIZE(tbl->proxies); i++)
		tbl->proxies[i].first = NULL;
	tbl->nr_proxies = 0;
	skb_queue_head_init(&tbl->proxy_queue);
	timer_init(&tbl->proxy_timer, proxy_timer_fn);
}

void pneigh_exit(struct neigh_table *tbl)
{
	pneigh_ifdown(tbl, NULL);
	net_timer_del(tbl->net, &tbl->proxy_timer);
}
