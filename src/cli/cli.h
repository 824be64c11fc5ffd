/* SPDX-License-Identifier: MIT */
/*
 * The program `linnet`: a table of commands (main.c), each in its own cmd_*.c, and what they share.
 *
 *	cli.c		finds the command, helps, tells errors
 *	cli_opts.c	options and their values
 *	net_opts.c	the options of a real machine: --dev, --addr, ...
 *	watch.c		--journey and --pcap
 *	lab_source.c	labs by file or by the name of one that ships
 *
 * Results go to standard output; messages, progress and the journey to standard error, as
 * "linnet COMMAND: what is wrong; what would mend it".
 */
#ifndef LINNET_CLI_CLI_H
#define LINNET_CLI_CLI_H

#include <linnet/net.h>

#include "base/types.h"

/* Exit statuses; `linnet help exit` and `linnet get --help` print them. */
enum {
	CLI_OK = 0,
	CLI_OTHER = 1,
	CLI_USAGE = 2,
	CLI_NO_NAME = 3,
	CLI_DNS = 4,
	CLI_NO_ROUTE = 5,
	CLI_UNREACHABLE = 6,
	CLI_REFUSED = 7,
	CLI_TIMED_OUT = 8,
	CLI_BROKEN = 9,
	CLI_HTTP = 22,
	CLI_INTERRUPTED = 130,		/* as a shell tells of SIGINT */
};

#define CLI_EXIT_HELP \
"   0  the page is there\n" \
"   1  something else: a file, memory, rights\n" \
"   2  bad option, bad URL\n" \
"   3  the name does not exist (NXDOMAIN)\n" \
"   4  the name could not be resolved: no server, no answer, no address\n" \
"   5  no route to the server: none here, or at a router on the way\n" \
"   6  the server's host, or one on the way, is unreachable\n" \
"   7  connection refused\n" \
"   8  timed out\n" \
"   9  the connection broke off, or what came is not HTTP\n" \
"  22  HTTP error: the server answered with a status of 400 or above\n" \
" 130  interrupted (^C)\n"

struct cli;

struct cli_command {
	const char *name;
	int (*run)(const struct cli *cli, int argc, char **argv);
	const char *brief;		/* one line for `linnet help` */
	const char *help;		/* what --help prints; NULL: the running instance's help */
};

struct cli {
	const struct cli_command *commands;	/* ends with a name of NULL */
	const struct cli_command *cmd;		/* that runs */
	const char *node, *instance;		/* -n, -N before the command; "" = not given */
};

int cli_main(const struct cli_command *commands, int argc, char **argv);

/* "linnet CMD: ..." on standard error. Return: status. */
int cli_fail(const struct cli *cli, int status, const char *fmt, ...) __printf(3, 4);

/* What ln_net_destroy() found: a defect, and the user should know. */
void cli_tell_leaks(const struct cli *cli, const struct ln_leaks *leaks);

/* The closest word of the list (near enough to be meant), or NULL. names ends with NULL. */
const char *cli_closest(const char *word, const char *const *names);

/* Quoted so that the other side's splitter gives the same words back. NULL: no memory. */
char *cli_join_words(int argc, char **argv);

/* ---- the commands ---- */

int cmd_get(const struct cli *cli, int argc, char **argv);
int cmd_lab(const struct cli *cli, int argc, char **argv);
int cmd_up(const struct cli *cli, int argc, char **argv);
int cmd_drill(const struct cli *cli, int argc, char **argv);
int cmd_calc(const struct cli *cli, int argc, char **argv);
int cmd_ctl(const struct cli *cli, int argc, char **argv);
int cmd_ip(const struct cli *cli, int argc, char **argv);
int cmd_nft(const struct cli *cli, int argc, char **argv);
int cmd_tcpdump(const struct cli *cli, int argc, char **argv);
int cmd_help(const struct cli *cli, int argc, char **argv);

extern const char help_get[], help_lab[], help_up[], help_drill[], help_calc[], help_help[];

#endif
