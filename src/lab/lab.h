/* SPDX-License-Identifier: MIT */
/*
 * A lab that lives: the machines and links of a topo, in virtual time, in one process.
 *
 * Each node is an instance (struct net) with a nic_sim per interface; a switch has a bridge over
 * its ports. A link joins two cards and does to frames what its model says (el_link.h). Services,
 * exec lines and timed actions of the file run on the nodes. One event queue (sched.h) orders all:
 * frames that arrive, cards that are done sending, nodes that want to run, actions.
 *
 * Who is who, in these files:
 *
 *	lab.c		the whole: made, run, ended; sums
 *	lab_node.c	a machine: instance, cards, bridge; its turn in the queue
 *	lab_link.c	a cable: frames from card to card, losses, unplugging
 *	lab_service.c	name and web servers of the file; lab_docs.c  a web server's documents
 *	lab_program.c	command lines: of actions, of the caller
 *
 * A card of a lab has rings of LAB_RING descriptors and a FIFO of LAB_FIFO_BYTES, less than a
 * real one's 256 and 64 KiB, so that a thousand idle hosts fit; `ethtool -G` changes the rings.
 * Its MAC is 02:00:00:00:NN:II (node and interface number, from 1) when the file does not say.
 *
 * The same topo and seed give the same events to the nanosecond and the same bytes; nothing here
 * reads a clock. A caller that wants real time (lab run --live) paces lab_run() itself.
 *
 *	lab_create(topo, params) -> lab_run(until) ... lab_program(node, "ping ...") ... lab_destroy
 */
#ifndef LINNET_LAB_LAB_H
#define LINNET_LAB_LAB_H

#include "app/program.h"
#include "lab/sched.h"
#include "lab/topo.h"
#include "trace/journey.h"
#include "trace/pcapng.h"

#define LAB_RING 64
#define LAB_FIFO_BYTES 16384u
#define LAB_BUDGET_DEFAULT ((size_t)64 << 20)

struct lab;
struct lab_node;
struct dns_client;
struct http_browser;

struct lab_params {
	u64 seed;			/* 0 = the topo's */
	s64 wall_ns;			/* Unix time of the start, for captures; 0 = 2026-01-01 */
	struct journey *journey;	/* every node and link traces to it; NULL = off */
	struct pcapng *pcap;		/* begun; every device writes to it; NULL = off */
	size_t node_budget;		/* bytes; 0 = LAB_BUDGET_DEFAULT, more with many cards */
	bool no_actions;		/* leave the file's timed actions out */
	/* What programs, exec lines and actions print, in whole lines (longer than 4 KiB: in
	 * pieces; the last of a program perhaps without its end); NULL = nobody reads. */
	void (*output)(void *ctx, const struct lab_node *node, const char *text, size_t len);
	/* A timed action of the file begins: its command line, or "LINK down", "LINK up" with the
	 * link's name and node NULL. May be NULL. */
	void (*action)(void *ctx, const struct lab_node *node, const char *text);
	void *ctx;
};

/* Frames of the whole lab: what went in came out, or it is known where it is (law 6). */
struct lab_ledger {
	u64 offered;		/* frames that cards gave to links */
	u64 duplicated;
	u64 dropped;		/* by links, with a reason */
	u64 arrived;		/* given to cards */
	u64 in_flight;		/* offered + duplicated = dropped + arrived + in_flight */
	struct ln_leaks leaks;	/* sums over all nodes, filled in by lab_destroy() */
};

/*
 * Builds it all and runs the exec lines at time 0. topo is borrowed and must outlive the lab.
 * NULL: *errors holds lines "FILE:LINE:COL: ..." for exec lines and services that failed (free()).
 */
struct lab *lab_create(const struct topo *topo, const struct lab_params *params, char **errors);

/*
 * Closes everything without a word on the wire. lab and ledger may be NULL. 0, or -ENOTRECOVERABLE:
 * a frame or byte is missing.
 */
int lab_destroy(struct lab *lab, struct lab_ledger *ledger);

/* Virtual ns since the start. */
s64 lab_now(const struct lab *lab);

/* The next event, or SCHED_NEVER. Ever-repeating housekeeping (ARP aging) counts as an event. */
s64 lab_next(const struct lab *lab);

/* Events run so far: what the lab cost. */
u64 lab_events(const struct lab *lab);

/* Runs all that is due up to until_ns. */
void lab_run(struct lab *lab, s64 until_ns);

/* Runs until stop() says so (asked after each event), the limit, or nothing is left. */
void lab_run_while(struct lab *lab, bool (*go_on)(void *ctx), void *ctx, s64 limit_ns);

/* Is anything of the file still to happen: an action, a program that has not ended? */
bool lab_busy(const struct lab *lab);

struct lab_node *lab_node(struct lab *lab, const char *name);	/* NULL: none of that name */
u32 lab_node_count(const struct lab *lab);
struct lab_node *lab_node_at(struct lab *lab, u32 i);

const char *lab_node_name(const struct lab_node *node);
struct ln_net *lab_node_net(struct lab_node *node);
const struct topo_node *lab_node_topo(const struct lab_node *node);
/* Whether those of its cards that ask for an address by DHCP have one. */
bool lab_node_is_ready(const struct lab_node *node);
struct dns_client *lab_node_dns(struct lab_node *node);		/* its resolver */
struct http_browser *lab_node_browser(struct lab_node *node);	/* made at first use */

/*
 * Lets a node run at the present time and puts it into the queue again. To be called twice
 * by who calls into a node's instance from outside (a socket call, ln_ctl): before, because the
 * clock of a node that had nothing to do stands at its last event; and after, so that what was
 * asked for goes on its way. Inside a callback of the same node it does nothing and is not needed.
 */
void lab_node_kick(struct lab_node *node);

/*
 * A command line on a node (app/program.h); its output goes to params.output. done may be NULL and
 * is called from lab_run(). -ENOMEM.
 */
int lab_program(struct lab_node *node, const char *cmdline,
		void (*done)(void *ctx, struct lab_node *node, int status), void *ctx);

/* Unplugs or plugs a link by its index in the topo. */
void lab_link_set(struct lab *lab, u32 link, bool up);
const struct link_stats *lab_link_stats(const struct lab *lab, u32 link, u32 direction);

void lab_ledger(const struct lab *lab, struct lab_ledger *out);

/* Sums for the journey's last lines. */
void lab_totals(struct lab *lab, struct journey_totals *t);

#endif
