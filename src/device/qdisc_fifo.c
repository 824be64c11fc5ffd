/* SPDX-License-Identifier: MIT */
/* pfifo: first in, first out, tx_queue_len packets at most; and noqueue, which holds nothing. */
#include "device/netdevice.h"
#include "device/qdisc.h"

struct pfifo {
	struct sk_buff_head queue;
	u32 packets;
};

static int pfifo_init(struct Qdisc *sch, const void *conf)
{
	struct pfifo *q = qdisc_priv(sch);

	(void)conf;
	skb_queue_head_init(&q->queue);
	return 0;
}

static int pfifo_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	struct pfifo *q = qdisc_priv(sch);

	if (unlikely(q->packets >= sch->dev->tx_queue_len))
		return qdisc_drop(skb, sch);
	skb_queue_tail(&q->queue, skb);
	q->packets += skb_packets(skb);
	qdisc_count_in(sch, skb);
	return 0;
}

static struct sk_buff *pfifo_dequeue(struct Qdisc *sch)
{
	struct pfifo *q = qdisc_priv(sch);
	struct sk_buff *skb = skb_dequeue(&q->queue);

	if (!skb)
		return NULL;
	q->packets -= skb_packets(skb);
	qdisc_count_out(sch, skb);
	return skb;
}

static void pfifo_reset(struct Qdisc *sch, enum skb_drop_reason reason)
{
	struct sk_buff *skb;

	while ((skb = pfifo_dequeue(sch)))
		kfree_skb_reason(skb, reason);
}

const struct Qdisc_ops pfifo_qdisc_ops = {
	.id = "pfifo",
	.priv_size = sizeof(struct pfifo),
	.can_bypass = true,
	.init = pfifo_init,
	.enqueue = pfifo_enqueue,
	.dequeue = pfifo_dequeue,
	.reset = pfifo_reset,
};

const struct Qdisc_ops noqueue_qdisc_ops = {
	.id = "noqueue",
};
