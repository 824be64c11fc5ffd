/* SPDX-License-Identifier: MIT */
/*
 * The qdiscs that keep their queue short, codel and fq_codel: what tc sets and shows of them, and
 * what they have in common.
 */
#ifndef LINNET_DEVICE_QDISC_AQM_H
#define LINNET_DEVICE_QDISC_AQM_H

#include "device/codel.h"
#include "device/qdisc.h"

/* tc's parameters: conf of dev_set_qdisc(). */
struct aqm_conf {
	struct codel_params codel;
	u32 limit;			/* packets */
	u32 flows, quantum;		/* fq_codel: buckets; bytes of a turn */
	u32 memory_limit, drop_batch;	/* fq_codel: bytes; packets dropped at once when full */
};

struct aqm_show {			/* tc -s */
	struct codel_stats stats;
	const struct codel_vars *vars;	/* codel */
	u32 new_flows, old_flows, memory;	/* fq_codel: flows that wait; bytes */
	u64 new_flow_count, drop_overmemory;
};

extern const struct Qdisc_ops codel_qdisc_ops, fq_codel_qdisc_ops;

/* tc's defaults for a kind on a device. */
void aqm_conf_init(struct aqm_conf *conf, const struct Qdisc_ops *ops,
		   const struct net_device *dev);

/* NULL: sch is another kind. */
const struct aqm_conf *qdisc_aqm_conf(const struct Qdisc *sch);

/* Other parameters for what runs: nothing is lost but what a lower limit leaves no room for.
 * -EINVAL: another number of flows. */
int qdisc_aqm_change(struct Qdisc *sch, const struct aqm_conf *conf);

/* ---- for the kinds ---- */

/* A queue with its own judge. */
struct aqm_queue {
	struct sk_buff_head q;
	u32 backlog, memory;		/* bytes: on the wire; with what holds them */
	struct codel_vars vars;
};

void aqm_enqueue(struct aqm_queue *aq, struct sk_buff *skb);
/* The head, not judged; NULL: empty. Its time of arrival is in *since. */
struct sk_buff *aqm_pop(struct aqm_queue *aq, ktime_t *since);
/* The next that may leave; what is hit and cannot be marked is dropped. */
struct sk_buff *aqm_dequeue(struct Qdisc *sch, struct aqm_queue *aq,
			    const struct codel_params *params, struct codel_stats *stats);

/* An IPv4 packet that is ECT (or CE) becomes CE. False: it is not, or no memory. */
bool skb_set_ce(struct sk_buff *skb);

#endif
