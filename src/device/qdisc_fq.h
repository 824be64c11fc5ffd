/* SPDX-License-Identifier: MIT */
/*
 * fq: fair queueing with pacing, as Linux's sch_fq (tc-fq(8)). Each flow has a queue, flows take
 * turns of `quantum` bytes, and a flow whose packet is not due is out of the round until it is:
 *
 *	 internal	first of all: priority 7, and what finds nobody waiting (the fast way)
 *	 band 0, 1, 2	by priority, in turns of their weights; in each
 *	    new		flows that just got a packet: before the others, for `initial_quantum`
 *	    old		the others with packets that are due
 *	 throttled	flows whose next packet has its time in the future: each with a timer
 *	 idle		flows without packets, remembered for their credit, oldest first
 *
 * When a packet is due: its own time (edt.h), by which a flow's queue is sorted; for packets
 * without one the time that the flow's rate leaves for it (the socket's SO_MAX_PACING_RATE and
 * `maxrate`); TCP gives times itself where its device has this discipline.
 *
 * A flow is a socket's packets to its peer, told apart by 64 bits of a keyed hash; of packets that
 * are nobody's (forwarded) and of sockets without a peer it is a hash under `orphan_mask`.
 *
 * Bounds: `limit` sk_buffs in each band, `flow_limit` in a flow (one sk_buff of several segments
 * counts as one, as in Linux); idle flows are let go after FQ_IDLE_MAX once there are two for each
 * bucket, and at once beyond four.
 */
#ifndef LINNET_DEVICE_QDISC_FQ_H
#define LINNET_DEVICE_QDISC_FQ_H

#include "device/qdisc.h"

#define FQ_BANDS 3
#define FQ_PRIO_MAX 15
#define FQ_BUCKETS_MAX (256u * 1024)
#define FQ_WEIGHT_MIN 16384u
#define FQ_NO_RATE UINT64_MAX

/* tc's parameters: conf of dev_set_qdisc(). */
struct fq_conf {
	u32 limit, flow_limit;			/* sk_buffs of a band, of a flow */
	u32 buckets, orphan_mask;
	u32 quantum, initial_quantum;		/* bytes */
	u64 maxrate, low_rate_threshold;	/* bytes/s; FQ_NO_RATE */
	ktime_t refill_delay, horizon;
	ktime_t ce_threshold;			/* later than its time by this: marked; KTIME_MAX */
	ktime_t timer_slack;			/* told, and not needed: timers here are exact */
	bool pacing, horizon_drop;
	u8 priomap[FQ_PRIO_MAX + 1];
	u32 weights[FQ_BANDS];
};

struct fq_stats {			/* tc -s */
	u64 gc_flows, internal_packets, fastpath_packets, throttled, ce_mark, flows_plimit;
	u64 pkts_too_long, allocation_errors, horizon_drops, horizon_caps;
	u64 band_drops[FQ_BANDS];
	u32 band_pkts[FQ_BANDS];	/* that wait now */
	u32 flows, inactive_flows, throttled_flows;
};

extern const struct Qdisc_ops fq_qdisc_ops;

/* tc's defaults on a device. */
void fq_conf_init(struct fq_conf *conf, const struct net_device *dev);
/* -EINVAL: not such that fq can run with it. */
int fq_conf_check(const struct fq_conf *conf);

/* NULL: sch is another kind. */
const struct fq_conf *qdisc_fq_conf(const struct Qdisc *sch);
/* Other parameters for what runs: nothing is lost but what a lower limit leaves no room for.
 * -ENOMEM. */
int qdisc_fq_change(struct Qdisc *sch, const struct fq_conf *conf);
/* next_delay: until the first throttled flow goes on; 0 = there is none. */
void qdisc_fq_stats(const struct Qdisc *sch, struct fq_stats *stats, ktime_t *next_delay);

#endif
