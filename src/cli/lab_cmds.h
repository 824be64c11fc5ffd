/* SPDX-License-Identifier: MIT */
/*
 * What the files of `linnet lab` share.
 *
 *	cmd_lab.c	check, list, the way to the others
 *	lab_run.c	run: options, virtual time from the first to the last event
 *	lab_live.c	run --live: virtual time keeps pace with real time, with a control socket
 *	lab_print.c	what nodes print, line by line with time and node; the summary
 */
#ifndef LINNET_CLI_LAB_CMDS_H
#define LINNET_CLI_LAB_CMDS_H

#include "cli/lab_source.h"
#include "cli/watch.h"
#include "lab/lab.h"

#define LAB_PRINT_LINES 40	/* of a node at a stretch; what is more is only counted */

/* What a node printed since its last action, or without a pause of a second. */
struct lab_stretch {
	s64 last_ns;
	u64 lines, hidden;
};

struct lab_print {
	const struct lab *lab;		/* NULL while it is being made: then it is time 0 */
	const struct topo *topo;
	struct lab_stretch *stretches;	/* as topo->nodes */
	bool json, all;
	int width;			/* of the longest node name */
};

/* False: no memory. */
bool lab_print_init(struct lab_print *p, const struct topo *topo, bool json, bool all);
/* lab_params.output, .action; ctx is the lab_print. */
void lab_print_output(void *ctx, const struct lab_node *node, const char *text, size_t len);
void lab_print_action(void *ctx, const struct lab_node *node, const char *text);
/* Before the lab ends. */
void lab_print_exit(struct lab_print *p);

struct lab_sum {
	s64 virtual_ns, real_ns;
	u64 events;
	const struct topo *topo;
	struct link_stats (*links)[2];	/* as topo->links; owned */
	struct journey_totals totals;
	struct lab_ledger ledger;
	bool accounted;			/* lab_destroy() found everything */
	bool tty;			/* the summary goes to a terminal */
};

/* Takes the counts of a lab that is about to end. False: no memory. */
bool lab_sum_take(struct lab_sum *s, const struct topo *topo, struct lab *lab);
/* The summary: on standard error, or with json as the last object on standard output. */
void lab_sum_print(const struct lab_sum *s, bool json);
void lab_sum_free(struct lab_sum *s);

struct lab_run_opts {
	const struct cli *cli;
	const char *file;
	const char *name;		/* of the live lab's socket; NULL = the lab's */
	u64 seed;
	s64 duration_ns;		/* 0 = the file's */
	bool live, json, quiet, all;
	struct watch watch;
};

/* Keeps virtual time at the pace of real time until ^C or until_ns (virtual). Exit status. */
int lab_live(struct lab_run_opts *o, const struct topo *topo, struct lab *lab, s64 until_ns);

int lab_run_main(const struct cli *cli, int argc, char **argv);

#endif
