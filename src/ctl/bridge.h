/* SPDX-License-Identifier: MIT */
/* bridge OBJECT: the words behind the object. */
#ifndef LINNET_CTL_BRIDGE_H
#define LINNET_CTL_BRIDGE_H

#include "ctl/args.h"

int ctl_bridge_link(struct ctl *c);
int ctl_bridge_mdb(struct ctl *c);
/* ranges: -c, neighbours of the same kind in one line */
int ctl_bridge_vlan(struct ctl *c, bool ranges);

#endif
