/* SPDX-License-Identifier: MIT */
/*
 * Common ground of the readers of a lab file: from tree nodes to typed, checked values.
 *
 * A mapping is read by a table of keys: each names a reader and the field it fills. Readers
 * report what is wrong and leave the field as it was; the file fails at its end. A missing
 * value (null) counts as a key that is not there.
 */
#ifndef LINNET_LAB_TOPO_READ_H
#define LINNET_LAB_TOPO_READ_H

#include "lab/topo.h"
#include "lab/topo_errors.h"
#include "lab/topo_names.h"
#include "lab/topo_yaml.h"

struct side_file {
	struct side_file *next;
	const char *path;
	const char *text;
	size_t len;
};

struct action_item {
	struct action_item *next;
	struct topo_action action;
};

/* An end of a link as it is written, until all links are known. */
struct end_read {
	u32 node;		/* UINT32_MAX: it was wrong, and said so */
	const char *iface;
	bool has_mac;
	u8 mac[6];
	const struct ty_node *at;
};

struct topo_reader {
	struct topo *topo;		/* its arena takes what stays */
	struct topo_arena scratch;	/* the tree and the tables: gone after reading */
	struct topo_errors *errors;
	const struct topo_files *files;	/* may be NULL */
	const char *dir;		/* of the lab file, with '/', or "" */
	const char *key;		/* whose value is being read */
	u64 visits;			/* entries walked over, aliases each time */
	struct side_file *side_files;
	const struct ty_node *defaults, *kinds;
	const struct ty_node **node_maps;	/* what each node's name stands for */
	struct topo_names nodes;	/* name -> index */
	struct topo_names ends;		/* "laptop:eth0" -> link index */
	struct end_read (*end_reads)[2];
	struct action_item *actions, *last_action;
	u32 action_count;
	bool has_kind;			/* the node in hand said its kind */
};

typedef void tr_read_fn(struct topo_reader *r, const struct ty_node *n, void *field);

struct tr_key {
	const char *name;
	tr_read_fn *read;
	size_t offset;		/* of the field in the object */
};

#define tr_error(r, n, ...) topo_error((r)->errors, (n)->line, (n)->col, __VA_ARGS__)

/* "node "laptop" is a list; expected a mapping": type and null are checked, entries counted. */
bool tr_is_map(struct topo_reader *r, const struct ty_node *n, const char *what);
bool tr_is_seq(struct topo_reader *r, const struct ty_node *n, const char *what,
	       const char *expected);

/*
 * Reads a mapping into obj by a table of at most 64 keys; what = "a link". False: it is no
 * mapping.
 */
bool tr_map(struct topo_reader *r, const struct ty_node *n, const char *what,
	    const struct tr_key *keys, size_t count, void *obj);

/* The entry of a key, or NULL when it is missing or null; n may be any node. */
const struct ty_item *tr_find(const struct ty_node *n, const char *key);

/* The text of a scalar (in the tree), or NULL with a message that it should be @expected. */
const char *tr_text(struct topo_reader *r, const struct ty_node *n, const char *expected);
/* The same, kept in the lab's memory. */
const char *tr_keep_text(struct topo_reader *r, const struct ty_node *n, const char *expected);

/* on or off. False: reported. */
bool tr_on_off(struct topo_reader *r, const struct ty_node *n, bool *on);

tr_read_fn tr_ignore;			/* containerlab's keys that mean nothing here */
tr_read_fn tr_later;			/* keys that another round reads */
tr_read_fn tr_node;			/* const struct ty_node *: for later */
tr_read_fn tr_string;			/* const char * */
tr_read_fn tr_u64;			/* u64 */
tr_read_fn tr_duration;			/* s64 ns */
tr_read_fn tr_port;			/* u16 */
tr_read_fn tr_percent, tr_fraction;	/* u64 in 2^-64 */

bool tr_addr(struct topo_reader *r, const struct ty_node *n, const char *text,
	     struct ipaddr *addr);

/* Reports a name that no node has, with the nearest that one has. */
void tr_no_such_node(struct topo_reader *r, const struct ty_node *n, const char *name);

/* A name of a host or zone: RFC 1123 2.1 letters, digits, '-', and '_'; labels of 1 .. 63. */
bool tr_is_dns_name(const char *name);

/* One line of text: a command; or, at a time of its own, a program. */
void tr_cmd(struct topo_reader *r, const struct ty_node *n, bool timed, struct topo_cmd *cmd);

/* The file's path seen from where the program stands, in the lab's memory; NULL: no memory. */
const char *tr_path(struct topo_reader *r, const char *file);

/* Loads the file that the scalar n names; the same file is loaded once. False: reported. */
bool tr_file(struct topo_reader *r, const struct ty_node *n, const char **path,
	     const char **text, size_t *len);

/* The parts, in the order in which they run. */
void tr_nodes(struct topo_reader *r, const struct ty_node *n);
void tr_dhcpd(struct topo_reader *r, const struct ty_node *n, struct topo_service *s);
void tr_services(struct topo_reader *r, const struct ty_node *n, struct topo_node *node);
void tr_links(struct topo_reader *r, const struct ty_node *n);
void tr_link_params(struct topo_reader *r, const struct ty_node *n, struct link_params *params);
void tr_check(struct topo_reader *r);
void tr_node_actions(struct topo_reader *r);
void tr_timeline(struct topo_reader *r, const struct ty_node *n);
void tr_sort_actions(struct topo_reader *r);

#endif
