/* SPDX-License-Identifier: MIT */
/* tc's fq. */
#ifndef LINNET_CTL_TC_FQ_H
#define LINNET_CTL_TC_FQ_H

#include "ctl/args.h"
#include "device/qdisc_fq.h"

/* The words behind the kind, which change what is in conf. */
int tc_fq_words(struct ctl *c, struct fq_conf *conf);

/* "limit 10000p flow_limit 100p ...", and of tc -s what only this kind counts. */
void tc_put_fq(struct ctl *c, const struct fq_conf *conf);
void tc_put_fq_stats(struct ctl *c, const struct Qdisc *q);

#endif
