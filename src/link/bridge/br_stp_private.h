/* SPDX-License-Identifier: MIT */
/* What the files of spanning tree have of each other. A machine's function does one step and says
 * whether there was one to do. */
#ifndef LINNET_LINK_BRIDGE_BR_STP_PRIVATE_H
#define LINNET_LINK_BRIDGE_BR_STP_PRIVATE_H

#include "link/bridge/br_private.h"

static inline u16 stp_seconds(u16 time)
{
	return (u16)((time + BPDU_TIME_SECOND - 1) / BPDU_TIME_SECOND);
}

static inline bool stp_rapid(const struct net_bridge *br)
{
	return br->stp.version >= 2;
}

/* Machines wait while roles are chosen anew, and until what follows from them is written down. */
static inline bool stp_ready(const struct br_stp_port *s)
{
	return s->selected && !s->updt_info;
}

void br_stp_run(struct net_bridge *br);

/* br_stp_info.c */
bool stp_port_information(struct net_bridge_port *p);
bool stp_role_selection(struct net_bridge *br);

/* br_stp_role.c */
bool stp_role_transitions(struct net_bridge_port *p);
bool stp_state_transition(struct net_bridge_port *p);
bool stp_topology_change(struct net_bridge_port *p);

#endif
