/* SPDX-License-Identifier: MIT */
/*
 * Options of a command, and their values.
 *
 *	struct cli_opts o = CLI_OPTS(cli, argc, argv, "o:v", table);
 *
 *	while ((opt = cli_getopt(&o)) > 0)
 *		switch (opt) { ... }
 *	if (opt < 0)
 *		return cli_opts_status(opt);		help was printed, or a mistake was told
 *
 * -h and --help are understood by all. The value readers tell a mistake and return false.
 */
#ifndef LINNET_CLI_CLI_OPTS_H
#define LINNET_CLI_CLI_OPTS_H

#include <getopt.h>

#include "app/util/inet.h"
#include "cli/cli.h"

struct cli_opts {
	const struct cli *cli;
	int argc;
	char **argv;
	const char *shorts;		/* as getopt's */
	const struct option *longs;	/* values from CLI_OPT on for those without a letter */
	const char *name;		/* out: the option as the user would write it */
};

#define CLI_OPTS(cli_, argc_, argv_, shorts_, longs_) \
	{ .cli = (cli_), .argc = (argc_), .argv = (argv_), .shorts = (shorts_), .longs = (longs_) }

enum { CLI_OPT = 256 };
enum { CLI_OPTS_END = 0, CLI_OPTS_HELP = -1, CLI_OPTS_BAD = -2 };

/* The next option (its value in optarg), or one of the above; optind is the first argument. */
int cli_getopt(struct cli_opts *o);

static inline int cli_opts_status(int opt)
{
	return opt == CLI_OPTS_HELP ? CLI_OK : CLI_USAGE;
}

/* "2.5s", "100ms", "3" (seconds); more than 0. */
bool cli_time(const struct cli_opts *o, const char *arg, s64 *ns);
bool cli_number(const struct cli_opts *o, const char *arg, u64 least, u64 most, u64 *n);
bool cli_port(const struct cli_opts *o, const char *arg, u16 *port);
bool cli_addr(const struct cli_opts *o, const char *arg, struct ipaddr *addr);
/* An address with its network's length: "10.0.0.2/24", "2001:db8::2/64". */
bool cli_prefix(const struct cli_opts *o, const char *arg);
bool cli_mac(const struct cli_opts *o, const char *arg, u8 mac[6]);

/* A whole file as text (free()), at most 64 MiB; NULL: told. */
char *cli_read_file(const struct cli *cli, const char *path, size_t *len);

#endif
