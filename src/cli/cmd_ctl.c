/* SPDX-License-Identifier: MIT */
/* linnet ip, route, ping, ...: a command line for a running instance, over its control socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/program.h"
#include "app/util/text.h"
#include "cli/cli.h"
#include "ctl/ctl.h"
#include "host/control.h"

static const char where[] =
"It runs on an instance of `linnet up`, or on a node of `linnet lab run --live`:\n"
"  linnet [-N INSTANCE] [-n NODE] ";

static bool is_word_at(const char *line, const char *at, size_t len)
{
	return (at == line || strchr("| ", at[-1])) && strchr("| ", at[len]);
}

/* The lines of program_usage() in which the program's name is a word. */
static void print_usage(const char *name)
{
	size_t len = strlen(name);

	for (const char *line = program_usage(), *end; *line; line = end + 1) {
		const char *at = strstr(line, name);

		end = strchr(line, '\n');
		while (at && at < end && !is_word_at(line, at, len))
			at = strstr(at + 1, name);
		if (at && at < end)
			printf("%.*s\n", (int)(end - line), line);
	}
}

static int print_help(const struct cli *cli)
{
	const struct ctl_command *tool = ctl_command_find(cli->cmd->name);

	printf("linnet %s: %s\n\n", cli->cmd->name, cli->cmd->brief);
	printf("%s%s ...\n\n", where, cli->cmd->name);
	if (tool)
		fputs(tool->help, stdout);
	else
		print_usage(cli->cmd->name);
	return CLI_OK;
}

/* Only these read; others must not eat the input of a script around them. */
static bool reads_input(const char *name)
{
	return !strcmp(name, "nc");
}

/* line is freed; NULL: no memory. */
static int exec_line(const struct cli *cli, char *line, bool with_input)
{
	char err[1024] = "";
	int fd, status;

	if (!line)
		return cli_fail(cli, CLI_OTHER, "out of memory");
	fd = control_connect(cli->instance, err, sizeof(err));
	status = fd < 0 ? -1 : control_exec(fd, cli->node, line, with_input, err, sizeof(err));
	free(line);
	if (fd >= 0)
		close(fd);
	return status < 0 ? cli_fail(cli, CLI_OTHER, "%s", err) : status;
}

int cmd_ctl(const struct cli *cli, int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return print_help(cli);
	return exec_line(cli, cli_join_words(argc, argv), reads_input(argv[0]));
}

/* ---- nft ---- */

/* All of a file, or with "-" of what is piped in. */
static bool add_file(struct text *t, const char *name)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
	char bytes[4096];
	bool ok;
	size_t n;

	if (!f)
		return false;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		text_add(t, bytes, n);
	ok = !ferror(f) && !t->failed;
	if (f != stdin)
		fclose(f);
	return ok;
}

/* The words are nft's own language, so nothing is quoted; the text of files goes along. */
int cmd_nft(const struct cli *cli, int argc, char **argv)
{
	struct text t = { 0 };

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return print_help(cli);
	text_adds(&t, "nft");
	for (int i = 1; i < argc; i++) {
		bool file = !strcmp(argv[i], "-f") || !strcmp(argv[i], "--file");

		text_adds(&t, " ");
		text_adds(&t, argv[i]);
		if (!file)
			continue;
		if (i + 2 != argc) {
			free(text_steal(&t));
			return cli_fail(cli, CLI_USAGE, "-f takes one file, and stands last");
		}
		text_adds(&t, " ");
		text_adds(&t, argv[++i]);
		text_adds(&t, "\n");
		if (!add_file(&t, argv[i])) {
			free(text_steal(&t));
			return cli_fail(cli, CLI_OTHER, "%s: %s", argv[i], strerror(errno));
		}
	}
	return exec_line(cli, text_steal(&t), false);
}
