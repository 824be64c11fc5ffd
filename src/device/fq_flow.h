/* SPDX-License-Identifier: MIT */
/* The flows of fq (qdisc_fq.h): which packet is whose, and what is remembered of each. */
#ifndef LINNET_DEVICE_FQ_FLOW_H
#define LINNET_DEVICE_FQ_FLOW_H

#include "base/timer.h"
#include "device/edt.h"
#include "device/qdisc_fq.h"

#define FQ_IDLE_MAX (3 * NSEC_PER_SEC)
#define FQ_GC_BATCH 8u

struct fq_sched;

enum fq_flow_state { FQ_FLOW_IDLE, FQ_FLOW_WAITS, FQ_FLOW_THROTTLED };

struct fq_paced_flow {
	struct hlist_node node;		/* of its bucket */
	struct list_head list;		/* of a band, of idle, of throttled */
	struct sk_buff_head q;		/* by fq_skb_cb.due */
	struct timer timer;		/* of a throttled one */
	struct fq_sched *fq;
	u64 id;
	ktime_t time_next;		/* no packet before it; 0 = none was paced yet */
	ktime_t idle_since;
	s32 credit;			/* bytes that it may still send in its turn */
	u8 state, band;
};

struct fq_flows {
	struct mem *mem;
	struct hlist_head *bucket;
	u32 buckets;
	u32 n, inactive;		/* flows; of them without packets */
	struct list_head idle;		/* those out of the round, too; longest first */
	u64 gc;
};

/* 0 or -ENOMEM. */
int fq_flows_init(struct fq_flows *t, struct mem *mem, u32 buckets);
/* All flows are idle and go; the table stays. */
void fq_flows_clear(struct fq_flows *t);
void fq_flows_exit(struct fq_flows *t);
/* 0 or -ENOMEM: as it was. */
int fq_flows_resize(struct fq_flows *t, u32 buckets);

/* skb is a frame; s: its sender, NULL for a packet of nobody's. */
u64 fq_flow_id(const struct sk_buff *skb, const struct tx_sender *s, u32 orphan_mask);

/* The flow of that id, made when it is not there (*made); NULL: no memory. */
struct fq_paced_flow *fq_flow_get(struct fq_flows *t, u64 id, ktime_t now, bool *made);

/* It leaves the round. */
static inline void fq_flow_rest(struct fq_flows *t, struct fq_paced_flow *f, ktime_t now)
{
	f->state = FQ_FLOW_IDLE;
	f->idle_since = now;
	list_move_tail(&f->list, &t->idle);
}

#endif
