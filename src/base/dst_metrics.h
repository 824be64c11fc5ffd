/* SPDX-License-Identifier: MIT */
/*
 * What a route says of its path beside the MTU: Linux's RTAX_*, set by `ip route`. Most routes say
 * nothing and have none. Shared by a route and all that was found by it; never changed.
 */
#ifndef LINNET_BASE_DST_METRICS_H
#define LINNET_BASE_DST_METRICS_H

#include "base/dst.h"
#include "base/mem.h"

enum dst_metric {
	RTAX_LOCK = 1,		/* BIT() of those that nothing but the route changes */
	RTAX_MTU,		/* its lock only: the value stands with the route */
	RTAX_WINDOW,		/* most to advertise, bytes */
	RTAX_RTT,		/* ms times 8 */
	RTAX_RTTVAR,		/* ms times 4 */
	RTAX_SSTHRESH, RTAX_CWND,	/* packets */
	RTAX_ADVMSS,
	RTAX_REORDERING,	/* packets */
	RTAX_HOPLIMIT,
	RTAX_INITCWND,		/* packets */
	RTAX_FEATURES,		/* RTAX_FEATURE_* */
	RTAX_RTO_MIN,		/* ms */
	RTAX_INITRWND,		/* segments */
	RTAX_QUICKACK,		/* 1: no ACK waits */
	RTAX_CC_ALGO,		/* place in the table of algorithms, from 1 on */
	RTAX_FASTOPEN_NO_COOKIE,
	RTAX_MAX = RTAX_FASTOPEN_NO_COOKIE,
};

enum {
	RTAX_FEATURE_ECN = 1,
	RTAX_FEATURE_ECN_CA = 2,	/* the algorithm needs it; not shown */
	RTAX_FEATURE_ECN_MASK = 3,
};

struct dst_metrics {
	struct mem *mem;
	u32 refcnt;
	u32 val[RTAX_MAX + 1];
};

/* A copy with one reference, in *res; NULL where there is nothing to say. False: no memory. */
bool dst_metrics_dup(struct mem *mem, const struct dst_metrics *from, struct dst_metrics **res);
bool dst_metrics_equal(const struct dst_metrics *a, const struct dst_metrics *b);
void dst_metrics_put(struct dst_metrics *m);	/* NULL is fine, here and below */

static inline struct dst_metrics *dst_metrics_get(struct dst_metrics *m)
{
	if (m)
		m->refcnt++;
	return m;
}

/* 0: the route says nothing of it. dst may be NULL. */
static inline u32 dst_metric(const struct dst_entry *dst, enum dst_metric which)
{
	return unlikely(dst && dst->metrics) ? dst->metrics->val[which] : 0;
}

static inline bool dst_metric_locked(const struct dst_entry *dst, enum dst_metric which)
{
	return dst_metric(dst, RTAX_LOCK) & BIT(which);
}

#endif
