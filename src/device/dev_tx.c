/* SPDX-License-Identifier: MIT */
/* A packet's way out of the stack: dev_queue_xmit -> qdisc -> dev_hard_start_xmit (row L4). */
#include "base/skb_share.h"
#include "base/trace.h"
#include "device/dev_impl.h"
#include "device/dev_lend.h"
#include "device/gro.h"
#include "device/qdisc.h"
#include "device/tx_tstamp.h"
#include "device/vlan_core.h"
#include "device/xmit_batch.h"

#define XMIT_RECURSION_LIMIT 8

/* Each tap sees the frame as it goes to the driver: a clone, data at the MAC header. */
static __noinline void dev_queue_xmit_nit(struct sk_buff *skb, struct net_device *dev)
{
	struct packet_type *pt, *next;

	list_for_each_entry_safe(pt, next, &dev->net->dev->ptype_all, list) {
		struct sk_buff *clone;

		if (pt->dev && pt->dev != dev)
			continue;
		clone = skb_clone(skb);
		if (!clone)
			return;
		if (!skb_orphan_frags(clone)) {
			kfree_skb_reason(clone, SKB_DROP_REASON_NOMEM);
			return;
		}
		skb_reset_mac_header(clone);
		clone->pkt_type = PACKET_OUTGOING;
		clone->tstamp = dev->net->now;
		clone->edt = 0;
		pt->func(clone, dev, pt);
	}
}

static __always_inline netdev_tx_t hard_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	/* What is cut behind the device gets its sums there. */
	if (skb->ip_summed == CHECKSUM_PARTIAL && !skb->gso_size &&
	    !(dev->features & (NETIF_F_HW_CSUM | NETIF_F_LOOPBACK)) &&
	    unlikely(!skb_checksum_help(skb))) {
		dev->stats.tx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_SKB_CSUM);
		return NETDEV_TX_OK;
	}
	if (unlikely(!list_empty(&dev->net->dev->ptype_all)))
		dev_queue_xmit_nit(skb, dev);
	trace_skb(dev->net, dev_hard_start_xmit, skb, skb->len);
	return dev->netdev_ops->ndo_start_xmit(skb, dev);
}

netdev_tx_t dev_hard_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	return hard_start_xmit(skb, dev);
}

/* A device that only passes packets on may pass them to another of its kind, and so in a circle. */
static int xmit_noqueue(struct sk_buff *skb, struct net_device *dev)
{
	struct softnet_data *sd = dev->net->softnet;
	int err = 0;

	trace_skb(dev->net, dev_queue_xmit, skb, skb->queue_mapping, TRACE_STR("no queue"));
	if (unlikely(sd->xmit_recursion == XMIT_RECURSION_LIMIT)) {
		dev->stats.tx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_RECURSION_LIMIT);
		return -ENETDOWN;
	}
	sd->xmit_recursion++;
	if (unlikely(dev_hard_start_xmit(skb, dev) == NETDEV_TX_BUSY)) {
		dev->stats.tx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_FULL_RING);
		err = -ENOBUFS;
	}
	dev_xmit_done(dev);
	sd->xmit_recursion--;
	return err;
}

/* ---- batches ---- */

void dev_xmit_more_begin(struct net *net)
{
	net->softnet->xmit_more++;
}

void dev_xmit_more_end(struct net *net)
{
	struct softnet_data *sd = net->softnet;
	struct net_device *dev = sd->xmit_pending;

	ln_assert(sd->xmit_more > 0);
	if (--sd->xmit_more || !dev)
		return;
	sd->xmit_pending = NULL;
	dev_xmit_flush(dev);
}

/*
 * One device at a time waits; when the next one sends, it goes. A stopped queue means that the ring
 * is full: the card must be told, or nothing would ever make room (Linux: netif_xmit_stopped).
 */
void dev_xmit_defer(struct net_device *dev)
{
	struct softnet_data *sd = dev->net->softnet;
	struct net_device *before = sd->xmit_pending;

	if (!dev->netdev_ops->ndo_xmit_flush)
		return;
	sd->xmit_pending = netif_queue_stopped(dev) ? NULL : dev;
	if (before && before != dev)
		dev_xmit_flush(before);
	if (netif_queue_stopped(dev))
		dev_xmit_flush(dev);
}

void dev_xmit_forget(const struct net_device *dev)
{
	struct softnet_data *sd = dev->net->softnet;

	if (sd->xmit_pending == dev)
		sd->xmit_pending = NULL;
}

static int xmit_refused(struct sk_buff *skb, struct net_device *dev)
{
	enum skb_drop_reason reason = dev->net->exiting ? SKB_DROP_REASON_NET_EXIT :
							  SKB_DROP_REASON_DEV_READY;

	dev->stats.tx_dropped += skb_packets(skb);
	kfree_skb_reason(skb, reason);
	return -ENETDOWN;
}

/* Nothing waits: past the queue to the driver. What a nested call queues meanwhile follows. */
static __always_inline int xmit_straight(struct sk_buff *skb, struct net_device *dev,
					 struct Qdisc *sch)
{
	u32 packets = skb_packets(skb), len = qdisc_pkt_len(skb);

	trace_skb(dev->net, dev_queue_xmit, skb, skb->queue_mapping,
		  TRACE_STR("nothing waits: straight to the driver"));
	sch->running = true;
	if (likely(hard_start_xmit(skb, dev) == NETDEV_TX_OK))
		qdisc_count_sent(sch, packets, len);
	else
		qdisc_requeue(sch, skb);
	dev_xmit_done(dev);
	sch->running = false;
	if (unlikely(sch->stats.qlen && skb_queue_empty(&sch->requeued)))
		qdisc_run(sch);
	return 0;
}

/* The driver makes frames without sk_buffs (Linux: net/core/tso.c): nobody is there to see them. */
bool dev_makes_frames(const struct sk_buff *skb, const struct net_device *dev)
{
	const struct net *net = dev->net;

	return dev->netdev_ops->ndo_may_xmit_frames && !(dev->features & NETIF_F_HW_CSUM) &&
	       list_empty(&net->dev->ptype_all) && !net->trace && skb_gso_plain(skb) &&
	       !(skb->gso_type & SKB_GSO_UDP_L4) &&
	       dev->netdev_ops->ndo_may_xmit_frames(skb, dev);
}

int dev_gso_segment(struct sk_buff *skb, struct net_device *dev, struct sk_buff_head *segs)
{
	int err = skb_gso_segment(skb, dev->features, segs);

	if (likely(!err)) {
		skb_gso_pass_owner(skb, skb_peek_tail(segs));
		consume_skb(skb);
		return 0;
	}
	dev->stats.tx_dropped += skb_packets(skb);
	kfree_skb_reason(skb, err == -ENOMEM ? SKB_DROP_REASON_NOMEM :
					       SKB_DROP_REASON_PKT_TOO_BIG);
	return err;
}

/* Each segment for itself. Return: what became of the last. */
static __noinline int xmit_segments(struct sk_buff *skb, struct net_device *dev)
{
	struct sk_buff_head segs;
	struct sk_buff *seg;
	int err;

	skb_queue_head_init(&segs);
	err = dev_gso_segment(skb, dev, &segs);
	while ((seg = skb_dequeue(&segs)))
		err = dev_queue_xmit(seg);
	return err;
}

int dev_queue_xmit(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	if (unlikely(!netif_running(dev) || dev->net->exiting))
		return xmit_refused(skb, dev);
	if (unlikely(skb_vlan_tag_present(skb)) && !skb_vlan_push_tag(skb)) {
		dev->stats.tx_dropped++;
		return -ENOMEM;
	}
	skb_reset_mac_header(skb);
	skb_tstamp_tx(skb, SKBTX_SCHED_TSTAMP);
	/* Only loopback gives the packet back to the stack, which then knows its route. */
	if (!(dev->flags & IFF_LOOPBACK_))
		skb_dst_drop(skb);
	if (!dev->qdisc->ops->enqueue)
		return unlikely(dev_must_cut(skb, dev)) ? xmit_segments(skb, dev) :
							  xmit_noqueue(skb, dev);
	if (unlikely(!netif_carrier_ok(dev))) {
		/* As Linux's noop queue: the sender is not told that the cable is out. */
		dev->qdisc->stats.drops += skb_packets(skb);
		kfree_skb_reason(skb, SKB_DROP_REASON_NIC_DOWN);
		return 0;
	}
	if (likely(qdisc_may_bypass(dev->qdisc) && !netif_queue_stopped(dev) &&
		   !dev_must_cut(skb, dev)))
		return xmit_straight(skb, dev, dev->qdisc);
	return qdisc_xmit(skb, dev->qdisc);
}

/* ---- lists ---- */

bool dev_may_go_straight(const struct net_device *dev)
{
	const struct net *net = dev->net;

	return netif_running(dev) && netif_carrier_ok(dev) && !netif_queue_stopped(dev) &&
	       !net->exiting && !net->trace && list_empty(&net->dev->ptype_all) &&
	       qdisc_may_bypass(dev->qdisc);
}

static u64 bytes_of(struct sk_buff *const *skb, u32 n)
{
	u64 bytes = 0;

	for (u32 i = 0; i < n; i++)
		bytes += skb[i]->len;
	return bytes;
}

/* How many frames the driver took; the others go through dev_queue_xmit(). */
static u32 xmit_list_straight(struct sk_buff **skb, u32 n, struct net_device *dev)
{
	struct Qdisc *sch = dev->qdisc;
	u64 bytes = 0;
	u32 i, taken;

	for (i = 0; i < n; i++) {
		struct sk_buff *s = skb[i];

		if (unlikely(s->gso_size || s->ip_summed == CHECKSUM_PARTIAL))
			break;
		skb_dst_drop(s);
		bytes += s->len;
	}
	sch->running = true;
	taken = dev->netdev_ops->ndo_xmit_list(skb, i, dev);
	if (unlikely(taken < n))
		bytes = bytes_of(skb, taken);
	sch->stats.packets += taken;
	sch->stats.bytes += bytes;
	dev_xmit_done(dev);
	sch->running = false;
	return taken;
}

int dev_xmit_frame(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	if (likely(dev->netdev_ops->ndo_xmit_list && dev_may_go_straight(dev) &&
		   xmit_list_straight(&skb, 1, dev)))
		return 0;
	return dev_queue_xmit(skb);
}

void xmit_batch_flush(struct xmit_batch *b)
{
	struct net_device *dev;
	u32 i = 0;

	if (!b->n)
		return;
	dev = b->dev;
	dev_xmit_more_begin(dev->net);
	if (likely(dev->netdev_ops->ndo_xmit_list && dev_may_go_straight(dev)))
		i = xmit_list_straight(b->skb, b->n, dev);
	for (; i < b->n; i++)
		dev_queue_xmit(b->skb[i]);
	dev_xmit_more_end(dev->net);
	b->n = 0;
}

/* ---- lent ---- */

bool dev_may_lend(const struct net_device *dev)
{
	return dev->netdev_ops->ndo_may_lend && dev_may_go_straight(dev) &&
	       dev->netdev_ops->ndo_may_lend(dev);
}

void dev_xmit_lent(struct sk_buff *skb, struct net_device *dev, const u8 *header, u32 hlen)
{
	struct Qdisc *sch = dev->qdisc;

	sch->running = true;
	qdisc_count_sent(sch, 1, hlen + skb->len);
	dev->netdev_ops->ndo_xmit_lent(skb, header, hlen, dev);
	sch->running = false;
	if (unlikely(sch->stats.qlen && skb_queue_empty(&sch->requeued)))
		qdisc_run(sch);
}

/* What dev_queue_xmit() and the driver would ask of it one by one. */
static __always_inline bool is_all_room(const struct sk_buff *skb)
{
	return !((uintptr_t)skb->head_buf | (uintptr_t)skb->frag_list | (uintptr_t)skb->dst |
		 skb->data_len | skb->gso_size | skb->vlan_proto | skb->tx_flags | skb->edt) &&
	       skb->ip_summed != CHECKSUM_PARTIAL;
}

int dev_xmit_room(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct Qdisc *sch = dev->qdisc;

	if (unlikely(!is_all_room(skb) || !dev_may_lend(dev)))
		return dev_queue_xmit(skb);
	skb_reset_mac_header(skb);
	sch->running = true;
	qdisc_count_sent(sch, 1, skb->len);
	dev->netdev_ops->ndo_xmit_room(skb, dev);
	sch->running = false;
	if (unlikely(sch->stats.qlen && skb_queue_empty(&sch->requeued)))
		qdisc_run(sch);
	return 0;
}

void netif_stop_queue(struct net_device *dev)
{
	dev->queue_stopped = true;
}

void netif_wake_queue(struct net_device *dev)
{
	if (!dev->queue_stopped)
		return;
	dev->queue_stopped = false;
	netif_schedule_qdisc(dev->qdisc);
}

void dev_consume_skb_irq(struct sk_buff *skb)
{
	struct net *net = skb->net;

	skb_queue_tail(&net->softnet->completion_queue, skb);
	raise_softirq(net, NET_TX_SOFTIRQ);
}

void net_tx_action(struct net *net)
{
	struct softnet_data *sd = net->softnet;
	struct list_head queues;
	u32 freed = 0, restarted = 0;
	struct sk_buff *skb;

	for (; (skb = skb_dequeue(&sd->completion_queue)); freed++)
		dev_consume_sent(skb);
	list_init(&queues);
	list_splice_tail_init(&sd->output_queue, &queues);
	for (; !list_empty(&queues); restarted++) {
		struct Qdisc *sch = list_first_entry(&queues, struct Qdisc, sched);

		list_del_init(&sch->sched);
		qdisc_run(sch);
	}
	trace_net(net, net_tx_action, freed, restarted);
}
