/* SPDX-License-Identifier: MIT */
/* tc's qdiscs with parameters: codel, fq_codel, and fq (tc_fq.h). */
#ifndef LINNET_CTL_TC_QDISC_H
#define LINNET_CTL_TC_QDISC_H

#include "ctl/args.h"
#include "device/qdisc_aqm.h"

enum tc_verb { TC_ADD, TC_CHANGE, TC_REPLACE };

/* The words after the verb. */
int tc_qdisc_set(struct ctl *c, enum tc_verb verb);
/* The words after delete: the default again. */
int tc_qdisc_delete(struct ctl *c);

/* "limit 1000p target 5ms ...", and of tc -s what only this kind counts. */
void tc_put_aqm(struct ctl *c, const struct aqm_conf *conf);
void tc_put_aqm_stats(struct ctl *c, const struct Qdisc *q);

#endif
