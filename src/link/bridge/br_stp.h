/* SPDX-License-Identifier: MIT */
/*
 * Spanning tree: a mesh of switches becomes a tree, so that no frame runs in a circle. It is rapid
 * spanning tree (IEEE 802.1D-2004 17), which falls back to spanning tree (802.1D-1998) on a port
 * where an older bridge speaks; the names of states and variables are the standard's.
 *
 * Bridges tell each other (BPDUs) the best path to a root that they know; the lowest bridge id
 * (priority, MAC) is the root. A port's role follows: root (the way to the root), designated (the
 * way to the root for those behind it), alternate or backup (discarding, in reserve). A new root or
 * designated port forwards at once where that is safe: when no host but another bridge's agreement,
 * or nobody at all (an edge), stands behind it; otherwise after two forward delays. A designated
 * port proposes; the bridge below blocks its own designated ports (sync) and agrees. Where the tree
 * changed, what was learned is forgotten (topology change).
 *
 * br_stp_info.c: what is known, and the roles that follow (port information, role selection)
 * br_stp_role.c: from role to state (role and state transitions, topology changes)
 * br_stp.c: clock, BPDUs in and out (migration, edge detection, transmit), what is set by hand
 *
 * The machines run until none moves (br_stp_run), after each BPDU, each second, each change. Timers
 * count seconds. Limits: at most STP_TX_HOLD BPDUs a second and port.
 */
#ifndef LINNET_LINK_BRIDGE_BR_STP_H
#define LINNET_LINK_BRIDGE_BR_STP_H

#include "device/netdevice.h"
#include "wire/bpdu.h"

#define STP_TX_HOLD 6
#define STP_MIGRATE_TIME 3

struct net_bridge;
struct net_bridge_port;

enum stp_role { STP_DISABLED_PORT, STP_ROOT_PORT, STP_DESIGNATED_PORT, STP_ALTERNATE_PORT,
		STP_BACKUP_PORT };
enum stp_info { STP_INFO_DISABLED, STP_INFO_AGED, STP_INFO_MINE, STP_INFO_RECEIVED };

struct br_stp_port {
	u32 path_cost;
	u8 priority;			/* of 64: the port id's upper bits, in steps of 16 */
	bool cost_set, admin_edge, bpdu_guard;
	bool guarded;			/* a BPDU came where none may: off until the next link-up */
	u8 role, selected_role, info_is, ppm, tcm;
	/* 17.19; settled: the port is where its role wants it (DISABLED_PORT, ALTERNATE_PORT) */
	bool enabled, agree, agreed, disputed, forward, forwarding, learn, learning, mcheck;
	bool new_info, oper_edge, proposed, proposing, rcvd_msg, rcvd_rstp, rcvd_stp, rcvd_tc;
	bool rcvd_tc_ack, rcvd_tcn, re_root, reselect, selected, send_rstp, sync, synced, tc_ack;
	bool tc_prop, updt_info, settled;
	/* 17.17, seconds */
	u16 edge_delay_while, fd_while, hello_when, mdelay_while, rb_while, rcvd_info_while,
	    rr_while, tc_while;
	u8 tx_count;
	struct stp_vector designated, port;	/* what we say; what holds on this cable */
	struct stp_times designated_times, port_times;
	struct bpdu_view msg;			/* while rcvd_msg */
	u32 bpdus_in, bpdus_out;
};

struct br_stp {
	bool on;			/* stp_state */
	u8 version;			/* 2: rapid; 0: spanning tree only */
	u16 priority;
	struct stp_times times;		/* what we would say as the root */
	struct stp_vector root;		/* with the cost from here */
	struct stp_times root_times;
	u16 root_port;			/* its port_no; 0: we are the root */
	u32 changes;			/* topology changes seen */
	ktime_t changed_at;
	struct timer tick;
};

void br_stp_init(struct net_bridge *br);
void br_stp_exit(struct net_bridge *br);
void br_stp_init_port(struct net_bridge_port *p);
/* Chooses all roles anew. */
void br_stp_reselect(struct net_bridge *br);

void br_stp_set_enabled(struct net_bridge *br, bool on);
/* -ERANGE: not within what 802.1D 17.14 allows. Times in 1/100 s. */
int br_stp_set_version(struct net_bridge *br, u32 version);
int br_stp_set_priority(struct net_bridge *br, u32 priority);
int br_stp_set_hello_time(struct net_bridge *br, u32 cs);
int br_stp_set_max_age(struct net_bridge *br, u32 cs);
int br_stp_set_forward_delay(struct net_bridge *br, u32 cs);
int br_stp_set_path_cost(struct net_bridge_port *p, u32 cost);
int br_stp_set_port_priority(struct net_bridge_port *p, u32 priority);	/* 0 .. 63 */

/* "root", "designated" ...; "disabled" */
const char *br_stp_role_name(u8 role);
u64 br_stp_bridge_id(const struct net_bridge *br);
u16 br_stp_port_id(const struct net_bridge_port *p);
/* Is there an ongoing change? */
bool br_stp_topology_changing(const struct net_bridge *br);

#endif
