/* SPDX-License-Identifier: MIT */
/* What the files of a living lab share; lab.h tells what it is. */
#ifndef LINNET_LAB_LAB_PRIV_H
#define LINNET_LAB_LAB_PRIV_H

#include "base/buf.h"
#include "base/list.h"
#include "device/netdevice.h"
#include "driver/nic_sim.h"
#include "lab/lab.h"

struct capture;
struct lab_dir;
struct lab_service;
struct text;

/* A frame under way on a link: an event that is due when its last bit arrives. */
struct lab_frame {
	struct sched_event arrive;
	struct list_head list;		/* in_flight of its direction, or the lab's idle ones */
	struct lab_dir *dir;
	struct wire_frame frame;	/* holds a reference on its buffer */
};

/* A card of a node, at one end of a link. */
struct lab_port {
	struct lab_node *node;
	struct nic_sim *sim;
	u64 arrived;			/* frames that links gave to it */
};

/* One direction of a link. */
struct lab_dir {
	struct lab_link *link;
	const char *name;		/* "laptop:eth0>sw1:p1" */
	struct lab_port *from, *to;
	struct nic_sim_wire wire;	/* what the sending card sees */
	struct link_model model;
	struct sched_event tx_done;	/* the card's frame has left: it may send the next */
	struct list_head in_flight;
	u64 cut;			/* frames that were under way as the cable was unplugged */
	u64 no_memory;			/* frames that this program had no memory to hold */
};

struct lab_link {
	struct lab *lab;
	const struct topo_link *topo;
	struct lab_dir dir[2];
	bool up;
};

struct lab_node {
	struct lab *lab;
	const struct topo_node *topo;
	struct ln_net *net;
	struct buf_pool *bufs;		/* the instance's; held until all frames are gone */
	struct sched_event turn;	/* when the instance wants to run */
	struct lab_port *ports;		/* as topo->ifaces */
	struct capture *capture;
	struct dns_client *dns;		/* made at first use, as the browser */
	struct http_browser *browser;
	struct program_env env;
	struct lab_service *services;
	u32 service_count;		/* that were started */
	struct dhcp_client **dhcp;	/* as topo->ifaces; NULL: none */
	struct list_head programs;
};

struct lab_action {
	struct sched_event ev;
	struct lab *lab;
	const struct topo_action *topo;
};

struct lab {
	const struct topo *topo;
	struct lab_params params;
	u64 seed;
	u64 packet_ids;			/* shared by all nodes */
	struct sched sched;
	struct lab_node *nodes;
	struct lab_link *links;
	struct lab_action *actions;
	u32 actions_left, programs_left;
	struct list_head idle_frames;
	u32 frames_made;		/* so many events of frames may be armed at once */
	struct buf_pool *bufs;		/* for frames whose bits are flipped */
};

/* ---- nodes (lab_node.c) ---- */

/* Makes a node with its cards (all up) and, of a switch, its bridge. -ENOMEM, -EINVAL. */
int lab_node_create(struct lab_node *node, u32 index);
/* Runs the exec lines; mistakes go to errors. */
void lab_node_exec(struct lab_node *node, struct text *errors);
/* Tells the capture which names the node's addresses have. */
void lab_node_tell_names(struct lab_node *node);
/* Ends everything that lives on the node, and leaves the instance. Also for one half made. */
void lab_node_close(struct lab_node *node);
/* Ends the instance. 0 or -ENOTRECOVERABLE. */
int lab_node_destroy(struct lab_node *node, struct ln_leaks *leaks);
/* After all are ended: 0, or -ENOTRECOVERABLE when a packet buffer of it is still alive. */
int lab_node_release_bufs(struct lab_node *node);
/* Did the cards account for each frame that they were given? */
bool lab_node_cards_agree(const struct lab_node *node);

/* Brings a node's clock to the present, before something is done to it; what was due has run. */
void lab_node_advance(struct lab_node *node);
/* Puts it into the queue for when it wants to run, after something was done to it. */
void lab_node_arm(struct lab_node *node);

/* "FILE:LINE:COL: on NODE: " of a message, which the caller completes with a newline. */
void lab_node_error_at(const struct lab_node *node, const struct topo_pos *pos,
		       struct text *errors);

/* ---- IPv6 (lab_ipv6.c) ---- */

/* Before the exec lines: IPv6 is on, or not; what they give need not be asked for. */
void lab_ipv6_begin(struct lab_node *node);
/* Behind them: from now on addresses are tested for duplicates as everywhere. */
void lab_ipv6_end(struct lab_node *node);
/* Advertises as the service says. -errno, and the message of what failed. */
int lab_radvd_start(struct lab_node *node, const struct topo_radvd *radvd, char *err, size_t cap);

/* ---- links (lab_link.c) ---- */

void lab_link_init(struct lab *lab, u32 index);
/* Frees what is under way. */
void lab_link_exit(struct lab_link *link);
void lab_link_plug(struct lab_link *link);
void lab_link_ledger(const struct lab_link *link, struct lab_ledger *sum);
void lab_link_drops(const struct lab_link *link, u64 drops[SKB_DROP_REASON_MAX]);

/* ---- services (lab_service.c, lab_docs.c) ---- */

/* Starts those of the file; mistakes go to errors. */
void lab_services_start(struct lab_node *node, struct text *errors);
void lab_services_stop(struct lab_node *node);

struct http_docs;
/* A folder of the lab's files as a web server's documents. Return: 0, -ENOMEM. */
int lab_docs_open(struct http_docs *docs, const struct topo_files *files, const char *root);

/* ---- DHCP (lab_dhcp.c) ---- */

struct dhcp_server;
int lab_dhcpd_start(struct lab_node *node, const struct topo_dhcpd *d, struct dhcp_server **out,
		    char *err, size_t cap);

/* One on each card of a node that asks for its addresses; mistakes go to errors. */
void lab_dhcp_start(struct lab_node *node, struct text *errors);
void lab_dhcp_stop(struct lab_node *node);

/* ---- programs (lab_program.c) ---- */

void lab_programs_kill(struct lab_node *node);
void lab_action_fire(struct sched_event *ev, s64 now_ns);

#endif
