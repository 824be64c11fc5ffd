/* SPDX-License-Identifier: MIT */
/*
 * The control socket: command lines for an instance that runs in another process (row V1).
 *
 * `linnet up` and `linnet lab run --live` listen on DIR/NAME.sock; `linnet ip addr` and its kin
 * connect, send one command line and show what comes back. DIR is $XDG_RUNTIME_DIR/linnet, else
 * /run/linnet for root, else /tmp/linnet-UID; it belongs to the user and nobody else may enter.
 *
 * A message is a type byte, the length of what follows in network order (4 bytes), the bytes.
 *
 *	client	'n' node of a lab    'c' command line    's' input (empty: its end)    'i' ^C
 *	server	'o' output           'e' of a tool that failed: standard error
 *		'x' exit status (1 byte; then the server sends no more)
 *
 * One command line for each connection. A client that leaves ends its program. Nothing blocks
 * the instance: output waits here; a program that has more to say when CONTROL_OUT_MAX bytes wait
 * ends. What a tool shows is one piece, of any length.
 */
#ifndef LINNET_HOST_CONTROL_H
#define LINNET_HOST_CONTROL_H

#include "base/types.h"
#include "host/loop.h"

#define CONTROL_CLIENTS_MAX 64
#define CONTROL_COMMAND_MAX (16u << 20)	/* of a command line, with a ruleset in it */
#define CONTROL_PIECE_MAX 16384u	/* of any other message: bytes */
#define CONTROL_HEAD 5
#define CONTROL_OUT_MAX (16u << 20)
#define CONTROL_PATH_MAX 108		/* sun_path */
#define CONTROL_NAME_MAX 63

struct control;
struct dns_client;
struct ln_net;

/* Where a command line runs. */
struct control_target {
	struct ln_net *net;
	struct dns_client *dns;		/* NULL = names cannot be resolved */
	/* Runs what is no program; NULL = ln_ctl(net, ...). ctx: node. */
	int (*ctl)(void *node, const char *cmd, char *out, size_t cap, size_t *len);
	void *node;			/* the owner's own */
};

struct control_ops {
	/* node: "" when the client named none. 0; -ENOENT and a message at err. */
	int (*find)(void *ctx, const char *node, struct control_target *target, char *err,
		    size_t cap);
	/* Called before and after something is done to the target's instance; may be NULL. */
	void (*kick)(void *ctx, const struct control_target *target);
	void *ctx;
};

/* ---- the server ---- */

/* ops is copied. NULL: err says why (a running instance has the name, no right to the folder). */
struct control *control_open(struct loop *loop, const char *name, const struct control_ops *ops,
			     char *err, size_t cap);
/* To be called in each turn of the loop: ends what is over, retries input that did not fit. */
void control_run(struct control *c);
/* Programs under way are killed. May be NULL. */
void control_close(struct control *c);
const char *control_path(const struct control *c);

/* ---- the client ---- */

/*
 * Connects to the instance called name; "" = to the only one that runs.
 * A descriptor, or -1: err says what to do.
 */
int control_connect(const char *name, char *err, size_t cap);

/*
 * Runs a command line: its output goes to standard output, ^C interrupts it. with_input: standard
 * input is sent along. The exit status; -1 with a message when the connection broke.
 */
int control_exec(int fd, const char *node, const char *cmdline, bool with_input, char *err,
		 size_t cap);

/* ---- where sockets are (control_path.c) ---- */

/* The folder for new sockets, made when it is not there. 0 or -errno with a message. */
int control_dir(char *dir, size_t dir_cap, char *err, size_t cap);

/* The n-th folder to look for sockets in; false: no more. */
bool control_dir_at(unsigned n, char *dir, size_t cap);

/* Letters, digits, '-', '_', '.', not first a dot; at most CONTROL_NAME_MAX. */
bool control_name_is_good(const char *name);

/* Connects to a socket file; -1 with errno. */
int control_dial(const char *path);

#endif
