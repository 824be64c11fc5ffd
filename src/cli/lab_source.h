/* SPDX-License-Identifier: MIT */
/* A lab to run: a file, or one of those that ship with the program, by its name. */
#ifndef LINNET_CLI_LAB_SOURCE_H
#define LINNET_CLI_LAB_SOURCE_H

#include "cli/cli.h"
#include "lab/topo.h"

#define LAB_INTERNET "internet"		/* what `linnet get` uses */
#define LAB_INTERNET6 "internet6"

struct lab_source {
	struct topo_builtin builtin;
	struct topo *topo;
};

/*
 * file: a path, or "internet" for the lab of that name that is compiled in. Stays where it is
 * until lab_source_close(). 0, or an exit status: told.
 */
int lab_source_open(struct lab_source *s, const struct cli *cli, const char *file);
void lab_source_close(struct lab_source *s);

/* Node names, for a message about one that does not exist. */
void lab_source_no_node(const struct lab_source *s, const struct cli *cli, const char *name);

/* Calls fn with each lab that ships: its name and its text. */
void lab_source_each(void (*fn)(const char *name, const char *text, size_t len));

#endif
