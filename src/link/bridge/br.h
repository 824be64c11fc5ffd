/* SPDX-License-Identifier: MIT */
/*
 * The bridge: a switch (rows W1-W3). As in Linux it is a device of its own with ports that are
 * other devices; a lab's switch is an instance with one bridge over all its cards.
 *
 * A frame that arrives at a port leaves the port's own stack by the rx_handler: its source MAC is
 * learned (br_fdb), its destination looked up: forwarded to that port, filtered when that is the
 * port it came from, flooded when unknown, broadcast or unknown multicast; delivered to the bridge
 * device itself when it is for its MAC. Ports are promiscuous and need no address.
 *
 * Without spanning tree (br_stp.h) a port forwards as soon as its device is up and has a carrier,
 * and forgets what it learned when either goes. The bridge's own MAC is the lowest of its ports'.
 *
 * Limits: fdb_max_learned MACs, BR_FDB_MAX_LEARNED by default, 0: what the budget holds; past that
 * new ones are not learned (their frames are flooded).
 * Entries age out after bridge_ageing_ms. 802.1D link-local frames (01:80:c2:00:00:0X) are not
 * forwarded, but those of spanning tree are where it is off, so that others find the loop.
 */
#ifndef LINNET_LINK_BRIDGE_BR_H
#define LINNET_LINK_BRIDGE_BR_H

#include "device/netdevice.h"
#include "link/bridge/br_multicast.h"
#include "link/bridge/br_storm.h"
#include "link/bridge/br_stp.h"
#include "link/bridge/br_vlan.h"

#define BR_FDB_MAX_LEARNED 65536u
#define BR_PORTS_MAX 1024

enum { BR_STATE_DISABLED, BR_STATE_LISTENING, BR_STATE_LEARNING, BR_STATE_FORWARDING,
       BR_STATE_BLOCKING };

struct net_bridge_port {
	struct list_head list;
	struct net_bridge *br;
	struct net_device *dev;
	u16 port_no;			/* from 1 */
	u8 state;
	bool learning;
	bool flood, mcast_flood, bcast_flood;	/* is sent what is unknown */
	bool hairpin;			/* is sent what it sent */
	bool isolated;			/* from others that are */
	bool storm_limits;		/* one at least is set */
	bool vlan_filter;		/* as br->vlan_enabled */
	struct net_bridge_vlan_group vg;
	struct br_stp_port stp;
	struct br_storms storms;
	struct br_mcast_port mcast;
};

struct net_bridge_fdb_entry {
	struct net_bridge_fdb_entry *next;	/* of its bucket */
	struct list_head age;		/* in order of `queued`, oldest first */
	u8 addr[6];
	u16 vid;			/* behind addr: see fdb_key(); 0: VLANs are not looked at */
	struct net_bridge_port *dst;	/* NULL: the bridge itself */
	ktime_t updated, used;		/* last frame from it, last frame to it */
	u32 queued;			/* fdb_age_step() of when it went to the end of the list */
	bool is_local, is_static;
	bool learned;			/* counts against fdb_max_learned */
};

struct net_bridge {
	struct net_device *dev;
	struct list_head port_list;
	u32 nr_ports;
	struct net_bridge_fdb_entry **fdb;	/* buckets */
	u32 fdb_mask, fdb_entries;
	u32 fdb_n_learned, fdb_max_learned;	/* 0: no limit */
	struct list_head fdb_age;
	struct slab fdb_slab;
	struct timer gc_timer;
	struct notifier_block notifier;
	u32 ageing_ms;			/* 0: nothing is remembered */
	bool addr_set;			/* somebody chose its MAC */
	bool vlan_enabled;		/* vlan_filtering */
	be16 vlan_proto;
	u16 default_pvid;
	struct net_bridge_vlan_group vg;	/* of the machine's own port */
	struct br_stp stp;
	struct br_mcast mcast;
	struct { u64 learned, aged, moved, table_full; } stats;
};

/* A bridge device, registered and down, or NULL: name, memory. */
struct net_device *br_add_bridge(struct net *net, const char *name);
/* -EBUSY (in a bridge), -EINVAL (loopback, a bridge), -ENOMEM */
int br_add_if(struct net_bridge *br, struct net_device *dev);
int br_del_if(struct net_bridge *br, struct net_device *dev);	/* -EINVAL: no port of it */
const char *br_state_name(u8 state);

/*
 * vid is 0 with filtering off. The ports' own addresses are known under 0 alone, and are local in
 * every VLAN. NULL: not known, or aged out.
 */
struct net_bridge_fdb_entry *br_fdb_find(struct net_bridge *br, const u8 *addr, u16 vid);
/* By hand; p NULL: the bridge itself. -EEXIST, -EINVAL (no station's address), -ENOMEM. */
int br_fdb_add(struct net_bridge *br, struct net_bridge_port *p, const u8 *addr, u16 vid,
	       bool is_static);
int br_fdb_delete(struct net_bridge *br, const u8 *addr, u16 vid);	/* -ENOENT */
/* Forgets what was learned behind p (NULL: everywhere). */
void br_fdb_flush(struct net_bridge *br, const struct net_bridge_port *p);
/* In order of age. fn may delete the entry that it is given. */
int br_fdb_for_each(struct net_bridge *br, int (*fn)(struct net_bridge_fdb_entry *e, void *ctx),
		    void *ctx);

#endif
