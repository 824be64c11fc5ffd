/* SPDX-License-Identifier: MIT */
/*
 * fq_codel (RFC 8290): each flow has a queue (as far as hashes tell flows apart) with its own
 * CoDel, and they take turns of `quantum` bytes; one that was empty is served before those that
 * always wait. When all is full the longest loses.
 *
 *	new	flows that just got their first packet: a turn at once, then they are old
 *	old	the others that wait, in turns
 */
#include "base/siphash.h"
#include "device/netdevice.h"
#include "device/qdisc_aqm.h"
#include "wire/flow_keys.h"
#include "wire/ip6_addr.h"

struct fq_flow {
	struct aqm_queue queue;
	struct list_head list;		/* of new or old; points to itself in neither */
	s32 deficit;			/* bytes that it may still send in its turn */
};

struct fq_codel {
	struct aqm_conf conf;		/* first: qdisc_aqm_conf() */
	struct fq_flow *flows;
	struct list_head new_flows, old_flows;
	struct codel_stats stats;
	u32 packets, memory;
	u64 new_flow_count, drop_overmemory;
};

static int fq_codel_init(struct Qdisc *sch, const void *conf)
{
	struct fq_codel *q = qdisc_priv(sch);

	if (conf)
		q->conf = *(const struct aqm_conf *)conf;
	else
		aqm_conf_init(&q->conf, sch->ops, sch->dev);
	list_init(&q->new_flows);
	list_init(&q->old_flows);
	q->flows = mem_zalloc(&sch->dev->net->mem, q->conf.flows * sizeof(*q->flows));
	if (!q->flows)
		return -ENOMEM;
	for (u32 i = 0; i < q->conf.flows; i++) {
		skb_queue_head_init(&q->flows[i].queue.q);
		list_init(&q->flows[i].list);
	}
	return 0;
}

static void fq_codel_destroy(struct Qdisc *sch)
{
	struct fq_codel *q = qdisc_priv(sch);

	mem_free(&sch->dev->net->mem, q->flows, q->conf.flows * sizeof(*q->flows));
}

/* Two IPv6 addresses in a word, in a way that a sender cannot foresee. */
static u64 fold_addrs6(const struct net *net, const u8 *addrs)
{
	const struct ip6_addr *a = (const void *)addrs;

	return siphash_2u64(siphash_2u64(ip6_word(&a[0], 0), ip6_word(&a[0], 1), &net->secret),
			    siphash_2u64(ip6_word(&a[1], 0), ip6_word(&a[1], 1), &net->secret),
			    &net->secret);
}

static struct fq_flow *flow_of(struct fq_codel *q, const struct sk_buff *skb)
{
	const struct net *net = skb->net;
	struct flow_keys k;
	u64 hash, addrs;

	if (!flow_keys_parse(skb->data, skb_headlen(skb), &k))
		k = (struct flow_keys){ .proto = 0 };	/* they all are one flow */
	addrs = likely(!k.addrs6) ? (u64)k.src << 32 | k.dst : fold_addrs6(net, k.addrs6);
	hash = siphash_2u64(addrs, (u64)k.proto << 32 | (u32)k.sport << 16 | k.dport, &net->secret);
	return &q->flows[(u32)hash % q->conf.flows];
}

/* The head of the longest queue goes, and more of it, up to half: one walk for many packets. */
static void drop_longest(struct Qdisc *sch, struct fq_codel *q)
{
	struct fq_flow *worst = q->flows;
	u32 most = 0, half, n = 0;
	struct sk_buff *skb;
	ktime_t since;

	for (u32 i = 0; i < q->conf.flows; i++) {
		if (q->flows[i].queue.backlog > most) {
			most = q->flows[i].queue.backlog;
			worst = &q->flows[i];
		}
	}
	half = most / 2;
	while (n++ < q->conf.drop_batch && worst->queue.backlog > half &&
	       (skb = aqm_pop(&worst->queue, &since))) {
		u32 packets = skb_packets(skb);

		q->packets -= packets;
		q->memory -= skb->truesize;
		q->stats.drop_overlimit += packets;
		qdisc_count_out(sch, skb);
		qdisc_drop(skb, sch);
	}
}

static int fq_codel_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	struct fq_codel *q = qdisc_priv(sch);
	struct fq_flow *flow = flow_of(q, skb);

	q->packets += skb_packets(skb);
	q->memory += skb->truesize;
	qdisc_count_in(sch, skb);
	aqm_enqueue(&flow->queue, skb);
	if (list_empty(&flow->list)) {
		list_add_tail(&flow->list, &q->new_flows);
		q->new_flow_count++;
		flow->deficit = (s32)q->conf.quantum;
	}
	if (unlikely(q->packets > q->conf.limit || q->memory > q->conf.memory_limit)) {
		q->drop_overmemory += q->memory > q->conf.memory_limit;
		drop_longest(sch, q);
	}
	return 0;
}

/* Whose turn it is; NULL: nobody waits. */
static struct fq_flow *next_flow(struct fq_codel *q, bool *is_new)
{
	for (;;) {
		struct list_head *head = list_empty(&q->new_flows) ? &q->old_flows :
					 &q->new_flows;
		struct fq_flow *flow;

		if (list_empty(head))
			return NULL;
		flow = list_first_entry(head, struct fq_flow, list);
		*is_new = head == &q->new_flows;
		if (flow->deficit > 0)
			return flow;
		flow->deficit += (s32)q->conf.quantum;
		list_move_tail(&flow->list, &q->old_flows);
	}
}

static struct sk_buff *fq_codel_dequeue(struct Qdisc *sch)
{
	struct fq_codel *q = qdisc_priv(sch);
	struct fq_flow *flow;
	bool is_new;

	while ((flow = next_flow(q, &is_new))) {
		u32 before = sch->stats.qlen, memory = flow->queue.memory;
		struct sk_buff *skb = aqm_dequeue(sch, &flow->queue, &q->conf.codel, &q->stats);

		q->packets -= before - sch->stats.qlen;
		q->memory -= memory - flow->queue.memory;
		if (skb) {
			flow->deficit -= (s32)qdisc_pkt_len(skb);
			return skb;
		}
		/* Empty: a new one waits one round as an old one, so that it does not gain by
		 * sending a packet at a time. */
		if (is_new && !list_empty(&q->old_flows))
			list_move_tail(&flow->list, &q->old_flows);
		else
			list_del_init(&flow->list);
	}
	return NULL;
}

static void fq_codel_reset(struct Qdisc *sch, enum skb_drop_reason reason)
{
	struct fq_codel *q = qdisc_priv(sch);

	for (u32 i = 0; i < q->conf.flows; i++) {
		struct fq_flow *flow = &q->flows[i];
		struct sk_buff *skb;
		ktime_t since;

		while ((skb = aqm_pop(&flow->queue, &since))) {
			qdisc_count_out(sch, skb);
			kfree_skb_reason(skb, reason);
		}
		list_del_init(&flow->list);
		flow->queue.vars = (struct codel_vars){ 0 };
	}
	q->packets = q->memory = 0;
}

static void fq_codel_show(const struct Qdisc *sch, struct aqm_show *show)
{
	const struct fq_codel *q = (const void *)sch->priv;
	const struct fq_flow *flow;

	*show = (struct aqm_show){
		.stats = q->stats, .memory = q->memory, .new_flow_count = q->new_flow_count,
		.drop_overmemory = q->drop_overmemory,
	};
	list_for_each_entry(flow, &q->new_flows, list)
		show->new_flows++;
	list_for_each_entry(flow, &q->old_flows, list)
		show->old_flows++;
}

const struct Qdisc_ops fq_codel_qdisc_ops = {
	.id = "fq_codel",
	.priv_size = sizeof(struct fq_codel),
	.can_bypass = true,
	.init = fq_codel_init,
	.enqueue = fq_codel_enqueue,
	.dequeue = fq_codel_dequeue,
	.reset = fq_codel_reset,
	.destroy = fq_codel_destroy,
	.aqm_show = fq_codel_show,
};
