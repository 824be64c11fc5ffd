/* SPDX-License-Identifier: MIT */
/* linnet ip, route, ping, ...: a command line for a running instance, over its control socket. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/program.h"
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

int cmd_ctl(const struct cli *cli, int argc, char **argv)
{
	char err[1024] = "", *line;
	int fd, status;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return print_help(cli);
	fd = control_connect(cli->instance, err, sizeof(err));
	if (fd < 0)
		return cli_fail(cli, CLI_OTHER, "%s", err);
	line = cli_join_words(argc, argv);
	if (!line) {
		close(fd);
		return cli_fail(cli, CLI_OTHER, "out of memory");
	}
	status = control_exec(fd, cli->node, line, reads_input(argv[0]), err, sizeof(err));
	free(line);
	close(fd);
	return status < 0 ? cli_fail(cli, CLI_OTHER, "%s", err) : status;
}
