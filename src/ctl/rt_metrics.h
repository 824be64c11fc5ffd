/* SPDX-License-Identifier: MIT */
/* The metrics of a route as ip(8) has them: "mtu lock 1400 initcwnd 4 features ecn ...". */
#ifndef LINNET_CTL_RT_METRICS_H
#define LINNET_CTL_RT_METRICS_H

#include "base/dst_metrics.h"
#include "ctl/args.h"

/* w, the last word taken, with the words of its value. 1: it names no metric. */
int arg_metric(struct ctl *c, const char *w, u32 *mtu, struct dst_metrics *m) __must_check;

/* mtu 0, m NULL: nothing is said. */
void rt_put_metrics(struct ctl *c, u32 mtu, const struct dst_metrics *m);
void rt_json_metrics(struct ctl *c, u32 mtu, const struct dst_metrics *m);

#endif
