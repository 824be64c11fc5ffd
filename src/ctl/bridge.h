/* SPDX-License-Identifier: MIT */
/* bridge OBJECT: the words behind the object. */
#ifndef LINNET_CTL_BRIDGE_H
#define LINNET_CTL_BRIDGE_H

#include "ctl/args.h"

/* -j: the array around all that is shown. */
void bridge_json_begin(struct ctl *c);
void bridge_json_end(struct ctl *c);

int ctl_bridge_link(struct ctl *c);
int ctl_bridge_mdb(struct ctl *c);
/* ranges: -c, neighbours of the same kind in one line */
int ctl_bridge_vlan(struct ctl *c, bool ranges);

#endif
