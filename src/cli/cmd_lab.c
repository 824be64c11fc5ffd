/* SPDX-License-Identifier: MIT */
/* linnet lab: networks in a file. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "cli/lab_cmds.h"

const char help_lab[] =
"usage: linnet lab run LAB [OPTIONS]\n"
"       linnet lab check LAB ...\n"
"       linnet lab list\n"
"\n"
"LAB is a file (docs/LABS.md tells what stands in it), or the name of a lab that ships.\n"
"\n"
"run: makes the machines and cables and lets happen what the file says, in virtual time. Shows\n"
"the commands ($), what they print (|) and cables that are pulled (*), with time and node; at the\n"
"end, on standard error, what became of the frames.\n"
WATCH_HELP
"      --seed N         another seed than the file's; the same seed is the same run, to the byte\n"
"      --duration TIME  ends after so much virtual time; left out: the file's, or when nothing\n"
"                       is left to do\n"
"      --json           one JSON object for each event, the summary last\n"
"  -q, --quiet          no summary\n"
"  -a, --all            every line; left out: at most 40 of a node at a stretch\n"
"      --live           virtual time keeps pace with real time, until ^C or --duration; meanwhile\n"
"                       \"linnet -n NODE ip route\", \"linnet -n NODE ping HOST\" work\n"
"      --name NAME      of the live lab, for -N; left out: the lab's\n"
"\n"
"check: says what is wrong in a file, by line and column: its own mistakes, and those of the\n"
"commands that it runs at the start.\n"
"\n"
"Exit status: 0 it ran to its end, whatever its commands said; or the file is good. 1 the file is\n"
"wrong, by its own words or its commands'. 2 bad option, no such lab. 130 interrupted (^C).\n"
"\n"
"  linnet lab run two-hosts\n"
"  linnet lab run internet --journey --pcap /tmp/internet.pcapng\n"
"  linnet lab run internet --live &  linnet -n laptop traceroute www.server.com\n";

/* ---- check ---- */

/* more: what makes a plural of it, then what follows either. */
static void print_count(u32 n, const char *name, const char *more)
{
	size_t plural = strlen(more) - 1;

	printf(" %u %s%s", n, name, n == 1 ? more + plural : more);
}

static void print_facts(const struct topo *topo)
{
	u32 kinds[TOPO_ROUTER + 1] = { 0 };

	for (u32 i = 0; i < topo->node_count; i++)
		kinds[topo->nodes[i].kind]++;
	printf("%s: good: lab %s,", topo->file, topo->name);
	print_count(kinds[TOPO_HOST], "host", "s,");
	print_count(kinds[TOPO_SWITCH], "switch", "es,");
	print_count(kinds[TOPO_ROUTER], "router", "s,");
	print_count(topo->link_count, "link", "s,");
	print_count(topo->action_count, "timed action", "s\n");
}

static int check_one(const struct cli *cli, const char *file)
{
	const struct lab_params params = { .no_actions = true };
	struct lab_source source;
	char *errors = NULL;
	int status = lab_source_open(&source, cli, file);
	struct lab *lab;

	if (status)
		return status;
	lab = lab_create(source.topo, &params, &errors);
	if (lab) {
		print_facts(source.topo);
	} else {
		fflush(stdout);
		fputs(errors ? errors : "out of memory\n", stderr);
		status = CLI_OTHER;
	}
	free(errors);
	lab_destroy(lab, NULL);
	lab_source_close(&source);
	return status;
}

static int lab_check_main(const struct cli *cli, int argc, char **argv)
{
	int status = CLI_OK;

	if (argc < 2)
		return cli_fail(cli, CLI_USAGE, "a lab is missing: linnet lab check FILE");
	for (int i = 1; i < argc; i++) {
		int s = check_one(cli, argv[i]);

		status = status ? status : s;
	}
	return status;
}

/* ---- list ---- */

/* The first line of its comment after the licence says what it is. */
static void print_lab(const char *name, const char *text, size_t len)
{
	const char *end = text + len, *line = text;

	while (line < end && *line == '#') {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop ? stop : end) - line);

		if (n > 2 && !memmem(line, n, "SPDX", 4)) {
			printf("  %-16s %.*s\n", name, (int)n - 2, line + 2);
			return;
		}
		line += n + 1;
	}
	printf("  %s\n", name);
}

static int lab_list_main(const struct cli *cli, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return cli_fail(cli, CLI_USAGE, "lab list takes no arguments");
	lab_source_each(print_lab);
	return CLI_OK;
}

int cmd_lab(const struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct cli *cli, int argc, char **argv);
	} subs[] = {
		{ "run", lab_run_main }, { "check", lab_check_main }, { "list", lab_list_main },
	};

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			fputs(help_lab, stdout);
			return CLI_OK;
		}
	}
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(subs); i++)
		if (!strcmp(argv[1], subs[i].name))
			return subs[i].run(cli, argc - 1, argv + 1);
	return cli_fail(cli, CLI_USAGE, argc > 1 ? "\"%s\" is none of run, check, list" :
			"%s is missing: run, check or list", argc > 1 ? argv[1] : "what to do");
}
