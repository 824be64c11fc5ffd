/* SPDX-License-Identifier: MIT */
#include "device/qdisc.h"

#include "base/fmt.h"
#include "base/trace.h"
#include "device/dev_impl.h"
#include "device/edt.h"
#include "device/gro.h"

/* ---- life ---- */

struct Qdisc *qdisc_create(struct net_device *dev, const struct Qdisc_ops *ops, const void *conf)
{
	struct mem *mem = &dev->net->mem;
	struct Qdisc *sch = mem_zalloc(mem, sizeof(*sch) + ops->priv_size);

	if (!sch)
		return NULL;
	sch->ops = ops;
	sch->dev = dev;
	list_init(&sch->sched);
	skb_queue_head_init(&sch->requeued);
	if (ops->init && ops->init(sch, conf)) {
		mem_free(mem, sch, sizeof(*sch) + ops->priv_size);
		return NULL;
	}
	return sch;
}

void qdisc_reset(struct Qdisc *sch, enum skb_drop_reason reason)
{
	struct sk_buff *skb;

	list_del_init(&sch->sched);
	while ((skb = skb_dequeue(&sch->requeued))) {
		qdisc_count_out(sch, skb);
		kfree_skb_reason(skb, reason);
	}
	if (sch->ops->reset)
		sch->ops->reset(sch, reason);
}

void qdisc_destroy(struct Qdisc *sch)
{
	qdisc_reset(sch, sch->dev->net->exiting ? SKB_DROP_REASON_NET_EXIT :
						  SKB_DROP_REASON_QDISC_DROP);
	if (sch->ops->destroy)
		sch->ops->destroy(sch);
	mem_free(&sch->dev->net->mem, sch, sizeof(*sch) + sch->ops->priv_size);
}

int dev_set_qdisc(struct net_device *dev, const struct Qdisc_ops *ops, const void *conf)
{
	struct Qdisc *sch = qdisc_create(dev, ops, conf), *old = dev->qdisc;

	if (!sch)
		return -ENOMEM;
	dev->qdisc = sch;
	if (old)
		qdisc_destroy(old);
	dev_update_keeps_edt(dev);
	return 0;
}

/* ---- work ---- */

void netif_schedule_qdisc(struct Qdisc *sch)
{
	struct net *net = sch->dev->net;

	if (list_empty(&sch->sched))
		list_add_tail(&sch->sched, &net->softnet->output_queue);
	raise_softirq(net, NET_TX_SOFTIRQ);
}

u32 qdisc_pkt_len_gso(const struct sk_buff *skb)
{
	u32 seglen = skb_gso_network_seglen(skb);

	if (seglen == UINT32_MAX)
		return skb->len;
	return skb->len + (skb_packets(skb) - 1) *
	       (skb->network_header - skb_headroom(skb) + seglen - skb->gso_size);
}

/* Linux's validate_xmit_skb(): its frames are the next to go. */
static __noinline void cut_packet(struct Qdisc *sch, struct sk_buff *skb)
{
	struct sk_buff_head segs;
	struct sk_buff *seg;

	skb_queue_head_init(&segs);
	if (dev_gso_segment(skb, sch->dev, &segs))
		return;
	while ((seg = skb_dequeue(&segs))) {
		qdisc_count_in(sch, seg);
		skb_queue_tail(&sch->requeued, seg);
	}
}

/* n: counts what is taken from the discipline. NULL: it is empty. */
static struct sk_buff *next_packet(struct Qdisc *sch, int *n)
{
	struct sk_buff *skb;

	while (skb_queue_empty(&sch->requeued)) {
		skb = sch->ops->dequeue(sch);
		++*n;
		if (likely(!skb || !dev_must_cut(skb, sch->dev)))
			return skb;
		cut_packet(sch, skb);
	}
	skb = skb_dequeue(&sch->requeued);
	qdisc_count_out(sch, skb);
	return skb;
}

void qdisc_requeue(struct Qdisc *sch, struct sk_buff *skb)
{
	skb_queue_head(&sch->requeued, skb);
	sch->stats.requeues++;
	qdisc_count_in(sch, skb);
	if (!netif_queue_stopped(sch->dev))
		netif_schedule_qdisc(sch);
}

/* To the driver; false: it is full, and the packet waits at the head. */
static bool give_to_driver(struct Qdisc *sch, struct sk_buff *skb)
{
	u32 packets = skb_packets(skb), len = qdisc_pkt_len(skb);

	if (unlikely(dev_hard_start_xmit(skb, sch->dev) == NETDEV_TX_BUSY)) {
		qdisc_requeue(sch, skb);
		return false;
	}
	qdisc_count_sent(sch, packets, len);
	return !netif_queue_stopped(sch->dev);
}

static void drain(struct Qdisc *sch)
{
	int n = 0;

	while (sch->stats.qlen && !netif_queue_stopped(sch->dev)) {
		struct sk_buff *skb;

		if (n >= QDISC_TX_WEIGHT && skb_queue_empty(&sch->requeued)) {
			netif_schedule_qdisc(sch);
			break;
		}
		skb = next_packet(sch, &n);
		if (!skb || !give_to_driver(sch, skb))
			break;
	}
}

void qdisc_run(struct Qdisc *sch)
{
	if (sch->running || !sch->stats.qlen || netif_queue_stopped(sch->dev))
		return;
	sch->running = true;
	drain(sch);
	dev_xmit_done(sch->dev);
	sch->running = false;
}

static __noinline __cold void trace_queued(const struct Qdisc *sch, const struct sk_buff *skb)
{
	char text[64];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	sb_printf(&sb, "%s: %u packets wait, limit %u", sch->ops->id, sch->stats.qlen,
		  sch->dev->tx_queue_len);
	trace_skb(skb->net, dev_queue_xmit, skb, skb->queue_mapping, TRACE_STR(text));
}

int qdisc_xmit(struct sk_buff *skb, struct Qdisc *sch)
{
	int err;

	if (unlikely(skb->net->trace))
		trace_queued(sch, skb);
	err = sch->ops->enqueue(skb, sch);
	qdisc_run(sch);
	return err;
}
