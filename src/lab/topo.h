/* SPDX-License-Identifier: MIT */
/*
 * A lab as it is written down: read from a YAML file, checked, handed over as plain structs.
 *
 * The layout is containerlab's (`name`, `topology: nodes:, links: - endpoints:`), with what
 * a link does to frames beside its endpoints; docs/LABS.md tells every key. Reading is
 * strict: unknown keys, wrong types, bad units, endpoints that do not exist are mistakes.
 * Each mistake is a line
 *
 *	FILE:LINE:COL: what was wrong; expected what
 *
 * and reading goes on after it, so that one run shows them all (up to TOPO_ERRORS_MAX).
 *
 * What the file names beside itself (zone files, pages, document roots) is relative to it and
 * comes through struct topo_files: from disk, or from a table in the program (the built-in
 * internet). Zones and root hints are loaded here, document roots are looked into when
 * somebody asks the server.
 *
 * Limits, so that a hostile file costs a bounded amount: TOPO_FILE_MAX bytes of YAML, nesting
 * TOPO_DEPTH_MAX, TOPO_ANCHORS_MAX anchors, TOPO_MEMORY_MAX bytes for the result.
 *
 *	topo.c        the file as a whole, defaults and kinds
 *	topo_node.c   one node		topo_service.c	its services, topo_dhcpd.c one of them
 *	topo_link.c   one link		topo_action.c	what happens at which time
 *	topo_check.c  names that must fit together: endpoints, nodes, interfaces
 *	topo_read.h   the readers' common ground: typed values, tables of keys
 *	topo_yaml.h   text to tree; topo_units.h  "1gbit", "2ms"; topo_errors.h  the mistakes
 */
#ifndef LINNET_LAB_TOPO_H
#define LINNET_LAB_TOPO_H

#include "app/util/inet.h"
#include "lab/el_link.h"
#include "lab/topo_arena.h"
#include "lab/topo_files.h"

#define TOPO_FILE_MAX (4u << 20)
#define TOPO_SIDE_FILE_MAX (4u << 20)	/* of one zone or page */
#define TOPO_MEMORY_MAX (256u << 20)
#define TOPO_DEPTH_MAX 32
#define TOPO_ANCHORS_MAX 256
#define TOPO_ERRORS_MAX 50
#define TOPO_SERVICES_MAX 64		/* per node */

#define TOPO_NODE_NAME_MAX 63
#define TOPO_IFACE_NAME_MAX 15		/* Linux: IFNAMSIZ - 1 */
#define TOPO_SEED_DEFAULT 1
#define TOPO_HTTP_PORT 80

/* Where something stands in the file, for messages at run time; 0 = nowhere. */
struct topo_pos {
	u32 line, col;
};

enum topo_kind { TOPO_HOST, TOPO_SWITCH, TOPO_ROUTER };
enum topo_ipv6 { TOPO_IPV6_BY_USE, TOPO_IPV6_ON, TOPO_IPV6_OFF };

struct topo_cmd {
	const char *text;		/* "ip route add default via 10.0.0.1" */
	struct topo_pos pos;
};

struct topo_host_entry {
	const char *name;
	struct ipaddr addr;
};

/* A card; it exists because a link names it. In the order of the file's links. */
struct topo_iface {
	const char *name;
	bool has_mac;			/* else the lab gives it one */
	u8 mac[6];
	u32 link;			/* index into links */
	u32 end;			/* 0 or 1: which end of it */
};

struct topo_zone {
	const char *name;		/* as written: "server.com." */
	const char *text;		/* master-file format (RFC 1035 5), NUL after len bytes */
	size_t len;
	const char *file;		/* where it came from, or NULL: the lab file itself */
	struct topo_pos pos;
};

struct topo_page {
	const char *path;		/* "/index.html"; never ends in '/' */
	const char *text;
	size_t len;
};

enum topo_service_type { TOPO_SERVICE_DNS, TOPO_SERVICE_RESOLVER, TOPO_SERVICE_HTTP,
			 TOPO_SERVICE_RADVD, TOPO_SERVICE_DHCPD };

/* What a router tells the hosts of a link; negative: as the stack has it. */
struct topo_radvd {
	const char *interface;
	s64 interval_ns, lifetime_ns, valid_ns, preferred_ns;
	s32 mtu, preference;		/* preference: of net.ipv6.conf.DEV.adv_preference */
	s32 managed, other, rdnss;	/* 0, 1 */
};

#define TOPO_DHCPD_ADDRS_MAX 4		/* DHCP_ADDRS_MAX */

/* What a DHCP server gives; addresses in network byte order. */
struct topo_dhcpd {
	const char *interface, *domain;	/* domain: NULL = none */
	be32 first, last, router;	/* router: 0 = none */
	be32 dns[TOPO_DHCPD_ADDRS_MAX];
	u32 dns_count;
	s64 lease_ns;			/* 0 = an hour */
	u32 mtu;			/* 0 = not told */
};

struct topo_service {
	enum topo_service_type type;
	u16 port;			/* radvd, dhcpd: 0 */
	struct topo_pos pos;
	/* dns: authoritative for these; resolver: one, the root hints */
	struct topo_zone *zones;
	u32 zone_count;
	/* http: a document root (read through topo->files), or pages */
	const char *root;		/* joined with the lab's own folder; NULL = pages */
	struct topo_page *pages;
	u32 page_count;
	struct topo_radvd radvd;
	struct topo_dhcpd dhcpd;
};

struct topo_node {
	const char *name;
	enum topo_kind kind;
	struct topo_pos pos;
	enum topo_ipv6 ipv6;		/* by use: see topo_node_has_ipv6() */
	bool dhcp;			/* each card asks for an address */
	struct topo_cmd *exec;		/* run at the start, in this order */
	u32 exec_count;
	struct topo_host_entry *hosts;	/* its hosts file */
	u32 host_count;
	struct ipaddr *dns;		/* its resolver's servers */
	u32 dns_count;
	struct topo_service *services;
	u32 service_count;
	struct topo_iface *ifaces;
	u32 iface_count;
	u32 frame_cost_ns;		/* CPU time per frame; 0 = none */
};

struct topo_end {
	u32 node, iface;		/* indexes into nodes, nodes[node].ifaces */
};

struct topo_link {
	const char *name;		/* "laptop:eth0--sw1:p1" */
	struct topo_pos pos;
	struct topo_end end[2];
	struct link_params params[2];	/* [0]: frames from end[0] to end[1]; [1]: the other way */
	const char *dir_name[2];	/* "laptop:eth0>sw1:p1", "sw1:p1>laptop:eth0": seeds */
};

/* A command's bytes. "nft -f NAME" and "ip -batch NAME" have the file's text behind a newline. */
#define TOPO_CMD_MAX 1000

enum topo_action_type { TOPO_RUN, TOPO_LINK_DOWN, TOPO_LINK_UP };

struct topo_action {
	s64 at_ns;			/* since the start */
	enum topo_action_type type;
	u32 node;			/* TOPO_RUN: where */
	struct topo_cmd cmd;		/* TOPO_RUN: what; pos is set for all */
	u32 link;			/* TOPO_LINK_*: which */
};

struct topo {
	const char *name;
	const char *file;		/* as it was named by the caller */
	u64 seed;
	s64 duration_ns;		/* 0 = until nothing is left to do */
	struct topo_node *nodes;
	u32 node_count;
	struct topo_link *links;
	u32 link_count;
	struct topo_action *actions;	/* by time, then in the order of the file */
	u32 action_count;
	const struct topo_files *files;	/* borrowed: outlives the topo */
	struct topo_arena arena;	/* owns all of the above */
};

/**
 * topo_read - read a lab file
 * @file: its name, opened through @files; messages begin with it
 * @files: borrowed, and used by servers with a document root as long as the lab lives
 * @errors: on failure the mistakes, one per line, each ended by a newline; free() it
 *
 * Return: the lab, for topo_free(), or NULL. *errors may then still be NULL: no memory.
 */
struct topo *topo_read(const char *file, const struct topo_files *files, char **errors);

/* The same from memory. @files may be NULL: the text must name no other files. */
struct topo *topo_read_text(const char *file, const char *text, size_t len,
			    const struct topo_files *files, char **errors);

/* May be NULL. */
void topo_free(struct topo *topo);

/* The node's index, or -ENOENT. Walks all of them. */
int topo_find_node(const struct topo *topo, const char *name);

/* Whether its devices have IPv6 from the start: as the file says, or since something needs it. */
bool topo_node_has_ipv6(const struct topo_node *node);

/* "host", "switch", "router" */
const char *topo_kind_name(enum topo_kind kind);

/**
 * topo_read_link_params - what a link does, from one line of text
 * @text: the keys of a link, "rate: 100mbit, loss: 1%"; with or without braces
 * @params: starts from link_params_init()
 * @errors: as in topo_read(), positions in @text
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int topo_read_link_params(const char *text, struct link_params *params, char **errors);

#endif
