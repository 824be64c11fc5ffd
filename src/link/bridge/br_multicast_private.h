/* SPDX-License-Identifier: MIT */
/* What the files of snooping have of each other, and the bridge of them. */
#ifndef LINNET_LINK_BRIDGE_BR_MULTICAST_PRIVATE_H
#define LINNET_LINK_BRIDGE_BR_MULTICAST_PRIVATE_H

#include "link/bridge/br_private.h"

struct br_mc_frame {
	bool message;			/* IGMP or MLD: goes by its kind, not by its group */
	bool routers_only;
};

/* ---- br_multicast.c: for the bridge ---- */

/* A frame to many, data at the network header; p NULL: the machine's own. False: it was dropped. */
bool br_multicast_rcv(struct net_bridge *br, struct net_bridge_port *p, struct sk_buff *skb,
		      u16 vid, struct br_mc_frame *f);
/* True: it goes to the members of *mdst, which may be NULL, and to routers. False: everywhere. */
bool br_multicast_selective(const struct net_bridge *br, const struct sk_buff *skb, u16 vid,
			    const struct br_mc_frame *f, struct net_bridge_mdb_entry **mdst);

/* ---- br_mdb.c ---- */

int br_mdb_init(struct net_bridge *br);			/* -ENOMEM */
void br_mdb_exit(struct net_bridge *br);
/* all: permanent ones, too. */
void br_mdb_flush_port(struct net_bridge_port *p, bool all);
/* The port (NULL: the machine) is a member from now on, for the membership interval. -E2BIG,
 * -ENOMEM. */
int br_mdb_join(struct net_bridge *br, struct net_bridge_port *p, const struct br_ip *group);
struct net_bridge_port_group *br_mdb_find_port(const struct net_bridge_mdb_entry *mp,
					       const struct net_bridge_port *p);
void br_mdb_del_group(struct net_bridge_port_group *pg);
/* Members are heard of by then, or go. p NULL: all ports and the machine. */
void br_mdb_expire_by(struct net_bridge_mdb_entry *mp, const struct net_bridge_port *p, ktime_t by);
void br_mdb_host_expire_by(struct net_bridge_mdb_entry *mp, ktime_t by);

/* ---- br_mc_querier.c ---- */

void br_multicast_init(struct net_bridge *br);
void br_multicast_exit(struct net_bridge *br);
void br_multicast_init_port(struct net_bridge_port *p);
void br_multicast_exit_port(struct net_bridge_port *p);
void br_multicast_port_carrier(struct net_bridge_port *p, bool on);
/* A general query of another; p NULL: the machine itself runs a router. */
void br_multicast_query_heard(struct net_bridge *br, struct net_bridge_port *p, int family,
			      const struct ip6_addr *from, ktime_t max_delay);
void br_multicast_mark_router(struct net_bridge *br, struct net_bridge_port *p, int family);
bool br_multicast_is_router(const struct net_bridge *br, int family);
/* Asks at p (NULL: the machine itself) for the group; NULL: for all. */
void br_multicast_send_query(struct net_bridge *br, struct net_bridge_port *p, int family,
			     const struct ip6_addr *group);

#endif
