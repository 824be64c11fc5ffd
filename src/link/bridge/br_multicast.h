/* SPDX-License-Identifier: MIT */
/*
 * Snooping: which ports want which groups (RFC 4541), as Linux's br_multicast. Hosts tell routers
 * by IGMP and MLD; the bridge listens and remembers, per port and VLAN (the MDB), and a frame to a
 * group goes to its members and to routers instead of everywhere.
 *
 *	report ----------> the port is a member for mcast_membership_interval
 *	leave -----------> ... for mcast_last_member_count x _interval, unless a report comes; with
 *			   fast_leave no longer at all. While another asks (querier), its question
 *			   for the group says when
 *	query, PIM hello-> behind the port is a router, for mcast_querier_interval
 *
 * That holds only while somebody asks: without a querier (RFC 3376 6.6.2: the lowest address of
 * those that ask) members say nothing after their first report, so all is flooded. The bridge asks
 * by itself with mcast_querier, from 0.0.0.0 resp. the link-local address that its MAC makes, as
 * long as it hears nobody else. After the first question of another everything is flooded until
 * hosts had time to answer.
 *
 * Known groups go to members and routers; unknown ones to routers, when they are IP, and everywhere
 * (mcast_flood) else. 224.0.0.0/24 and ff02::1 are nobody's groups: they always go everywhere, and
 * so do reports of IGMPv3 and MLDv2, leaves and queries; reports of the older versions go to
 * routers only, or other hosts would be silent.
 *
 * Versions 3 and 2 are heard in the way that Linux has by default (mcast_igmp_version 2,
 * mcast_mld_version 1): a report from "none but these sources, of which there is none" is a leave,
 * any other one a membership in the whole group. Sources are not told apart.
 *
 * Limits: hash_max groups; as in Linux the report that would be one too many is dropped
 * (BRIDGE_MDB_FULL) and snooping ends, so that all is flooded again; what is known stays in the
 * table.
 */
#ifndef LINNET_LINK_BRIDGE_BR_MULTICAST_H
#define LINNET_LINK_BRIDGE_BR_MULTICAST_H

#include "base/timer.h"
#include "device/netdevice.h"
#include "wire/ip6_addr.h"

#define BR_MDB_HASH_MAX 4096u

enum { BR_MC_IP4, BR_MC_IP6, BR_MC_FAMILIES };

/* mcast_router: of a port, or of the machine itself. TEMP: as if a router had just been heard. */
enum { MDB_RTR_TYPE_DISABLED, MDB_RTR_TYPE_TEMP_QUERY, MDB_RTR_TYPE_PERM, MDB_RTR_TYPE_TEMP };

struct net_bridge;
struct net_bridge_port;

struct br_ip {				/* a group in a VLAN */
	struct ip6_addr addr;		/* IPv4's are mapped; of another protocol, the MAC first */
	be16 proto;			/* EtherType; 0: the group is a MAC */
	u16 vid;			/* 0: VLANs are not looked at */
};

struct net_bridge_mdb_entry {
	struct hlist_node node;
	struct list_head list;		/* of the bridge, newest first */
	struct net_bridge *br;
	struct br_ip addr;
	struct list_head ports;		/* struct net_bridge_port_group, highest port first */
	bool host_joined;		/* the machine itself */
	struct timer timer;		/* its membership */
};

struct net_bridge_port_group {
	struct list_head list, mglist;	/* of the entry; of the port */
	struct net_bridge_mdb_entry *mp;
	struct net_bridge_port *port;
	bool permanent, by_hand;
	struct timer timer;
};

struct br_mc_port {			/* of one family */
	struct net_bridge_port *port;
	struct list_head rlist;		/* when behind it is a router */
	struct timer router_timer, query_timer;
	u32 queries;
};

struct br_mc_family {
	struct net_bridge *br;
	struct list_head routers;	/* struct br_mc_port, highest port first */
	struct timer router_timer;	/* the machine itself is one */
	struct timer query_timer;	/* the next question of ours */
	u32 queries;
	struct timer other_timer;	/* somebody else asks */
	ktime_t delay_until;		/* hosts have not had the time to answer him */
	struct ip6_addr querier;	/* who asks; IPv4's are mapped */
	u16 querier_port;		/* 0: the machine itself */
};

struct br_mcast {
	bool snooping, querier_on;
	u8 router;
	u32 hash_max, last_member_count, startup_query_count;
	u32 last_member_ms, membership_ms, querier_ms, query_ms, response_ms, startup_query_ms;
	struct hlist_head *hash;
	u32 hash_mask, entries;
	struct list_head mdb;
	struct slab entry_slab, group_slab;
	struct br_mc_family family[BR_MC_FAMILIES];
};

/* What a port has for both families; embedded in it. */
struct br_mcast_port {
	bool on;			/* it has a carrier */
	bool fast_leave;
	u8 router;
	struct list_head mglist;
	struct br_mc_port family[BR_MC_FAMILIES];
};

struct net_bridge_mdb_entry *br_mdb_find(const struct net_bridge *br, const struct br_ip *group);
/* By hand; p NULL: the machine itself, never permanent. Else it is a member as if it had reported.
 * -EEXIST, -E2BIG (hash_max), -ENOMEM; -ENOENT */
int br_mdb_add(struct net_bridge *br, struct net_bridge_port *p, const struct br_ip *group,
	       bool permanent);
int br_mdb_delete(struct net_bridge *br, struct net_bridge_port *p, const struct br_ip *group);

void br_multicast_toggle(struct net_bridge *br, bool on);	/* mcast_snooping */
void br_multicast_set_querier(struct net_bridge *br, bool on);
int br_multicast_set_router(struct net_bridge *br, u32 type);		/* -EINVAL */
int br_multicast_set_port_router(struct net_bridge_port *p, u32 type);	/* -EINVAL */
/* Is anybody asking, for frames of that family? */
bool br_multicast_querier_exists(const struct net_bridge *br, int family);

#endif
