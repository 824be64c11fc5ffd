/* SPDX-License-Identifier: MIT */
/*
 * A command line that runs on a node: what a shell would start there.
 *
 *	ping traceroute host nslookup dig curl get nc perf dhclient dhcpd tcpdump sleep conntrack -E
 *
 * are programs that live on the instance for a while; every other command is configuration
 * or state and goes to ln_ctl(). program_usage() lists them.
 *
 * Callbacks come from ln_net_run() only, never from inside program_start().
 */
#ifndef LINNET_APP_PROGRAM_H
#define LINNET_APP_PROGRAM_H

#include <linnet/net.h>
#include <stdbool.h>
#include <stddef.h>

struct dhcp_store;
struct dns_client;
struct program;

typedef void (*program_out_fn)(void *ctx, const char *text, size_t len);

/* What a program finds on its host. Must outlive it. */
struct program_env {
	struct dns_client *dns;		/* the host's resolver; NULL = names cannot be resolved */
	/* What runs configuration in the place of ln_ctl(); NULL = that. */
	int (*ctl)(void *ctx, const char *cmd, char *out, size_t cap, size_t *len);
	void *ctl_ctx;
	const struct dhcp_store *leases;	/* of dhcpd; NULL = they end with it */
	program_out_fn err;		/* of a tool that failed; NULL = as its output */
	/* So much output waits that more had better wait, too; NULL = never. ctx: the program's. */
	bool (*full)(void *ctx);
};

/* The program is over and no longer exists. Status as a shell's $?: 0 good, 127 no such command. */
typedef void (*program_exit_fn)(void *ctx, int status);

/**
 * program_start - run a command line
 * @cmdline: words as in a shell: blanks separate, '...' and "..." quote; copied
 * @out: what it prints, standard error included unless @env has a place for that
 *
 * Return: the program, to stop it; NULL: no memory, nothing is called.
 */
struct program *program_start(struct ln_net *net, const char *cmdline,
			      const struct program_env *env, program_out_fn out,
			      program_exit_fn exit_fn, void *ctx);
/* As ^C: it prints its summary and ends; exit_fn is called from ln_net_run(). */
void program_interrupt(struct program *p);
/* Input for those that read it (nc): bytes, or its end with @len 0. 0, -ENOBUFS, -ENOTSUP. */
int program_input(struct program *p, const void *bytes, size_t len);
/* Ends it without a word. */
void program_kill(struct program *p);

/* The i-th program's name; NULL past the last. */
const char *program_name(size_t i);
/* A line for each program, for help texts. */
const char *program_usage(void);

#endif
