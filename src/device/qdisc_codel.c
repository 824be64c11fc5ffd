/* SPDX-License-Identifier: MIT */
/* codel: one queue, kept short by CoDel (RFC 8289). */
#include "device/netdevice.h"
#include "device/qdisc_aqm.h"

struct codel_qdisc {
	struct aqm_conf conf;		/* first: qdisc_aqm_conf() */
	struct aqm_queue queue;
	struct codel_stats stats;
	u32 packets;
};

static int codel_init(struct Qdisc *sch, const void *conf)
{
	struct codel_qdisc *q = qdisc_priv(sch);

	skb_queue_head_init(&q->queue.q);
	if (conf)
		q->conf = *(const struct aqm_conf *)conf;
	else
		aqm_conf_init(&q->conf, sch->ops, sch->dev);
	return 0;
}

static int codel_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	struct codel_qdisc *q = qdisc_priv(sch);

	if (unlikely(q->packets >= q->conf.limit)) {
		q->stats.drop_overlimit++;
		return qdisc_drop(skb, sch);
	}
	q->packets += skb_packets(skb);
	aqm_enqueue(&q->queue, skb);
	qdisc_count_in(sch, skb);
	return 0;
}

static struct sk_buff *codel_dequeue(struct Qdisc *sch)
{
	struct codel_qdisc *q = qdisc_priv(sch);
	u32 before = sch->stats.qlen;
	struct sk_buff *skb = aqm_dequeue(sch, &q->queue, &q->conf.codel, &q->stats);

	/* What was dropped on the way has left, too. */
	q->packets -= before - sch->stats.qlen;
	return skb;
}

static void codel_reset(struct Qdisc *sch, enum skb_drop_reason reason)
{
	struct codel_qdisc *q = qdisc_priv(sch);
	struct sk_buff *skb;
	ktime_t since;

	while ((skb = aqm_pop(&q->queue, &since))) {
		qdisc_count_out(sch, skb);
		kfree_skb_reason(skb, reason);
	}
	q->packets = 0;
	q->queue.vars = (struct codel_vars){ 0 };
}

static void codel_show(const struct Qdisc *sch, struct aqm_show *show)
{
	const struct codel_qdisc *q = (const void *)sch->priv;

	*show = (struct aqm_show){ .stats = q->stats, .vars = &q->queue.vars };
}

const struct Qdisc_ops codel_qdisc_ops = {
	.id = "codel",
	.priv_size = sizeof(struct codel_qdisc),
	.can_bypass = true,
	.init = codel_init,
	.enqueue = codel_enqueue,
	.dequeue = codel_dequeue,
	.reset = codel_reset,
	.aqm_show = codel_show,
};
