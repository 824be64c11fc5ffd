/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <fcntl.h>
#include <linnet/linnet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/util/text.h"
#include "base/fmt.h"
#include "base/near_word.h"

#define DISTANCE_MAX 2

static const char usage_head[] =
"usage: linnet [-N NAME] [-n NODE] COMMAND [ARGUMENTS]\n"
"\n";

static const char usage_tail[] =
"\n"
"-N NAME picks a running instance when there are several, -n NODE a node of a running lab.\n"
"linnet help COMMAND tells more of each; linnet --version its version.\n"
"\n"
"Begin with:  linnet get http://www.server.com/ --journey\n";

static const char help_exit[] =
"Exit statuses of linnet get (others: 0, 1 or 2, and the status of what ran):\n"
CLI_EXIT_HELP;

const char help_help[] =
"usage: linnet help [COMMAND | exit]\n"
"\n"
"Lists the commands, tells about one of them, or about exit statuses.\n";

int cli_fail(const struct cli *cli, int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "linnet%s%s: ", cli->cmd ? " " : "", cli->cmd ? cli->cmd->name : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

void cli_tell_leaks(const struct cli *cli, const struct ln_leaks *leaks)
{
	cli_fail(cli, 0, "a defect in linnet: at the end %zu bytes, %zu objects, %llu packets were "
		 "left, %llu borrowed and %lld frames not accounted for", leaks->bytes,
		 leaks->objects, (unsigned long long)leaks->packets,
		 (unsigned long long)leaks->borrowed, (long long)leaks->frames_unaccounted);
}

/* ---- words ---- */

const char *cli_closest(const char *word, const char *const *names)
{
	unsigned least = DISTANCE_MAX + 1;
	const char *best = NULL;

	for (; *names; names++) {
		unsigned d = word_distance(word, *names);

		if (d < least && d < strlen(*names)) {
			least = d;
			best = *names;
		}
	}
	return best;
}

char *cli_join_words(int argc, char **argv)
{
	struct text t = { 0 };

	for (int i = 0; i < argc; i++) {
		const char *p = argv[i];

		text_adds(&t, i ? " " : "");
		if (*p && strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "-_./:=,@%+") == strlen(p)) {
			text_adds(&t, p);
			continue;
		}
		text_adds(&t, "'");
		for (; *p; p++)
			text_add(&t, *p == '\'' ? "'\"'\"'" : p, *p == '\'' ? 5 : 1);
		text_adds(&t, "'");
	}
	return text_steal(&t);
}

/* ---- help ---- */

static const struct cli_command *find_command(const struct cli *cli, const char *name)
{
	for (const struct cli_command *c = cli->commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int unknown_command(const struct cli *cli, const char *name)
{
	const char *names[64], *best;
	size_t n = 0;

	for (const struct cli_command *c = cli->commands; c->name && n < 63; c++)
		names[n++] = c->name;
	names[n] = NULL;
	best = cli_closest(name, names);
	fprintf(stderr, "linnet: there is no command \"%s\"", name);
	if (best)
		fprintf(stderr, "; did you mean \"%s\"?", best);
	fprintf(stderr, "%s", best ? "\n" : "; \"linnet help\" lists them\n");
	return CLI_USAGE;
}

static void print_commands(const struct cli *cli, FILE *f)
{
	fputs(usage_head, f);
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		if (c->help && c->brief)
			fprintf(f, "  %-10s  %s\n", c->name, c->brief);
	}
	fputs("\nTo a running instance (linnet up), or a node of a running lab (linnet lab run "
	      "--live):\n", f);
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		if (!c->help)
			fprintf(f, "  %-10s  %s\n", c->name, c->brief);
	}
	fputs(usage_tail, f);
}

static int help_on(const struct cli *cli, const char *name)
{
	const struct cli_command *cmd = find_command(cli, name);
	char *help_arg[] = { (char *)(uintptr_t)name, (char *)(uintptr_t)"--help", NULL };
	struct cli sub = *cli;

	if (!strcmp(name, "exit")) {
		fputs(help_exit, stdout);
		return CLI_OK;
	}
	if (!cmd)
		return unknown_command(cli, name);
	sub.cmd = cmd;
	return cmd->run(&sub, 2, help_arg);
}

int cmd_help(const struct cli *cli, int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(help_help, stdout);
		return CLI_OK;
	}
	if (argc > 1)
		return help_on(cli, argv[1]);
	print_commands(cli, stdout);
	return CLI_OK;
}

/* ---- the start ---- */

/* -n NODE, -nNODE and the like; moves *argv past it. False: its value is missing. */
static bool take_name(int *argc, char ***argv, const char **value)
{
	if ((*argv)[0][2]) {
		*value = (*argv)[0] + 2;
	} else {
		if (*argc < 2)
			return false;
		*value = (*argv)[1];
		(*argv)++;
		(*argc)--;
	}
	(*argv)++;
	(*argc)--;
	return true;
}

/* What every command line may begin with. -1: go on with the command. */
static int global_options(struct cli *cli, int *argc, char ***argv)
{
	while (*argc && (*argv)[0][0] == '-') {
		const char *word = (*argv)[0];
		const char **value = !strncmp(word, "-n", 2) ? &cli->node :
				     !strncmp(word, "-N", 2) ? &cli->instance : NULL;

		if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
			puts("linnet " LINNET_VERSION);
			return CLI_OK;
		}
		if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
			print_commands(cli, stdout);
			return CLI_OK;
		}
		if (!value)
			return cli_fail(cli, CLI_USAGE, "unknown option \"%s\"; \"linnet help\" "
					"tells how to use it", word);
		if (!take_name(argc, argv, value))
			return cli_fail(cli, CLI_USAGE, "%s needs a name: -n NODE, -N INSTANCE",
					word);
	}
	return -1;
}

static int run_words(struct cli *cli, int argc, char **argv)
{
	int status = global_options(cli, &argc, &argv);

	if (status >= 0)
		return status;
	if (!argc) {
		print_commands(cli, stderr);
		return CLI_USAGE;
	}
	cli->cmd = find_command(cli, argv[0]);
	if (!cli->cmd)
		return unknown_command(cli, argv[0]);
	return cli->cmd->run(cli, argc, argv);
}

/*
 * A standard descriptor that was closed is the number of the next file that is opened: the page
 * would go into the capture. What is put there fails as one that is closed does.
 */
static void fill_closed_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

int cli_main(const struct cli_command *commands, int argc, char **argv)
{
	struct cli cli = { .commands = commands, .node = "", .instance = "" };
	int status;

	fill_closed_descriptors();
	status = run_words(&cli, argc - 1, argv + 1);
	if ((fflush(stdout) || ferror(stdout)) && !status)
		status = cli_fail(&cli, CLI_OTHER, "standard output: %s", strerror(errno));
	return status;
}
