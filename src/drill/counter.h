/* SPDX-License-Identifier: MIT */
/*
 * The machine's counters in %{ }%: those of nstat by its names (TcpExtTCPMD5Failure), and why
 * packets were dropped (SKB_DROP_REASON_TCP_MD5FAILURE), which linnet alone counts.
 */
#ifndef LINNET_DRILL_COUNTER_H
#define LINNET_DRILL_COUNTER_H

#include "drill/drill.h"

enum counter_kind { COUNTER_NONE, COUNTER_READ, COUNTER_NOT_KEPT };

/* NOT_KEPT: this machine does not count it. */
enum counter_kind counter_value(struct drill *d, const char *name, size_t len, double *v);

void counter_free(struct drill *d);

#endif
