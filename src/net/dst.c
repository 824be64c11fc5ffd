/* SPDX-License-Identifier: MIT */
#include "net/dst.h"
#include "link/neigh.h"

struct dst_entry *dst_alloc(struct dst_ops *ops, struct net *net, struct net_device *dev)
{
	struct dst_entry *dst = slab_alloc(&ops->slab);

	if (!dst)
		return NULL;
	memset(dst, 0, ops->slab.size);
	dst->refcnt = 1;
	dst->net = net;
	dst->dev = dev;
	dst->destroy = ops->destroy;
	dst->output = ops->output;
	list_add_tail(&dst->node, &ops->list);
	return dst;
}

void dst_free(struct dst_ops *ops, struct dst_entry *dst)
{
	list_del_init(&dst->node);
	if (dst->neigh)
		neigh_release(dst->neigh);
	dst_metrics_put(dst->metrics);
	slab_free(&ops->slab, dst);
}

void dst_set_neigh(struct dst_entry *dst, struct neighbour *n)
{
	neigh_hold(n);
	if (dst->neigh)
		neigh_release(dst->neigh);
	dst->neigh = n;
}

void dst_flush_slot(struct dst_entry **slot)
{
	struct dst_entry *dst = *slot;

	if (!dst)
		return;
	*slot = NULL;
	dst->slot = NULL;
	dst->obsolete = true;
	dst_release(dst);
}

void dst_flush(struct dst_ops *ops)
{
	struct dst_entry *dst, *next;

	list_for_each_entry_safe(dst, next, &ops->list, node)
		if (dst->slot)
			dst_flush_slot(dst->slot);
}

static int dst_discard(struct sk_buff *skb)
{
	kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
	return -ENETUNREACH;
}

static int dst_discard_out(struct net *net, struct sk_buff *skb)
{
	(void)net;
	return dst_discard(skb);
}

/* What is held beyond its device's life must not point to it, and leads nowhere. */
void dst_flush_dev(struct dst_ops *ops, struct net_device *dev)
{
	struct net_device *lo = dev->net->dev->loopback;
	struct dst_entry *dst;

	dst_flush(ops);
	list_for_each_entry(dst, &ops->list, node) {
		if (dst->dev != dev)
			continue;
		dst->dev = lo != dev ? lo : NULL;
		dst->input = dst_discard;
		dst->output = dst_discard_out;
		if (dst->neigh)
			neigh_release(dst->neigh);
		dst->neigh = NULL;
	}
}

/* No route has an error of its own; so have rules that refuse. */
struct dst_entry *dst_no_route(struct dst_ops *ops, struct net *net, int err)
{
	struct dst_entry **slot = &ops->refused[err == -EACCES ? 0 : 1];
	struct dst_entry *dst;

	if (err == -ENETUNREACH)
		return ops->null;
	if (*slot)
		return *slot;
	dst = ops->refuse(net, err);
	if (dst)
		dst_cache(slot, dst);
	return dst;
}

int dst_ops_init(struct dst_ops *ops, struct net *net, const char *name, size_t size)
{
	list_init(&ops->list);
	slab_init(&ops->slab, &net->mem, name, size);
	ops->null = ops->refuse(net, -ENETUNREACH);
	return ops->null ? 0 : -ENOMEM;
}

void dst_ops_exit(struct dst_ops *ops)
{
	dst_release(ops->null);
	ops->null = NULL;
	for (u32 i = 0; i < ARRAY_SIZE(ops->refused); i++)
		dst_flush_slot(&ops->refused[i]);
	slab_exit(&ops->slab);
}
