/* SPDX-License-Identifier: MIT */
/*
 * CoDel (RFC 8289): a queue is too long when no packet left it within `target` of its arrival for
 * a whole `interval`. Then one packet is hit, and another after interval / sqrt(number of hits),
 * until the delay is below target again. Who hits it may mark it (ECN) instead of dropping it.
 *
 * The judge sees each packet once, in the order in which they leave, and keeps no packets: qdiscs
 * (qdisc_codel.c, qdisc_fq_codel.c) and links of a lab (lab/el_aqm.h) ask it.
 */
#ifndef LINNET_DEVICE_CODEL_H
#define LINNET_DEVICE_CODEL_H

#include "base/ktime.h"

#define CODEL_DISABLED_THRESHOLD KTIME_MAX

struct codel_params {
	ktime_t target, interval;
	ktime_t ce_threshold;	/* all above it are marked (DCTCP); CODEL_DISABLED_THRESHOLD */
	bool ecn;		/* mark what can be marked */
	u32 mtu;		/* so many bytes behind the packet are no queue */
};

struct codel_vars {
	u32 count, lastcount;	/* hits since dropping began; when it began last */
	bool dropping;
	ktime_t first_above;	/* hit when above until then; 0 = it is below */
	ktime_t drop_next;
	ktime_t ldelay;		/* of the last packet: tc -s */
};

struct codel_stats {		/* tc -s qdisc */
	u64 drop_overlimit, ecn_mark, ce_mark;
	u32 maxpacket;
};

static inline void codel_params_init(struct codel_params *p)
{
	*p = (struct codel_params){
		.target = 5 * NSEC_PER_MSEC, .interval = 100 * NSEC_PER_MSEC,
		.ce_threshold = CODEL_DISABLED_THRESHOLD, .mtu = 1514,
	};
}

/**
 * codel_judge - a packet leaves the queue
 * @sojourn: how long it was there
 * @backlog: bytes behind it
 *
 * Return: it is hit: to be marked, or dropped, and the next one judged.
 */
bool codel_judge(struct codel_vars *v, const struct codel_params *p, ktime_t now, ktime_t sojourn,
		 u32 backlog);

/* The queue ran empty. */
static inline void codel_idle(struct codel_vars *v)
{
	v->first_above = 0;
	v->dropping = false;
}

#endif
