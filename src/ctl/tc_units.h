/* SPDX-License-Identifier: MIT */
/* Numbers with units, as tc reads and writes them. What is wrong is printed: Illegal "limit". */
#ifndef LINNET_CTL_TC_UNITS_H
#define LINNET_CTL_TC_UNITS_H

#include "base/ktime.h"
#include "ctl/args.h"

/* The next word. -EINVAL. */
int tc_arg_u32(struct ctl *c, const char *what, u32 *value);	/* bare */
int tc_arg_time(struct ctl *c, const char *what, ktime_t *ns);	/* without a unit: us; < 2^32 us */
int tc_arg_size(struct ctl *c, const char *what, u32 *bytes);
int tc_arg_rate(struct ctl *c, const char *what, u64 *bytes_per_s);	/* without a unit: bit/s */

/* " name 1.5ms", three digits of it; of less than 1 us: "10ns". */
void tc_put_time(struct ctl *c, const char *name, ktime_t ns);
void tc_put_size(struct ctl *c, const char *name, u32 bytes);	/* "1Kb", "1514b" */
void tc_put_rate(struct ctl *c, const char *name, u64 bytes_per_s);	/* "10Mbit" */

#endif
