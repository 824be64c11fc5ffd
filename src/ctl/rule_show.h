/* SPDX-License-Identifier: MIT */
#ifndef LINNET_CTL_RULE_SHOW_H
#define LINNET_CTL_RULE_SHOW_H

#include "ctl/ctl.h"
#include "net/fib_rules.h"

/* One rule as `ip rule` lists it: a line, or with -j an object. */
void rule_print(struct ctl *c, const struct fib_rules *rules, const struct fib_rule *r);

#endif
