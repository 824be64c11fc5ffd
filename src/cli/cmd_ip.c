/* SPDX-License-Identifier: MIT */
/* linnet ip: as every other tool, but that the lines of `ip -batch FILE` go along. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/util/text.h"
#include "cli/cli.h"
#include "ctl/ip_batch.h"
#include "host/control.h"

/* Where -batch stands among the options; 0: nowhere. */
static int batch_at(int argc, char **argv)
{
	for (int i = 1; i < argc && argv[i][0] == '-'; i++)
		if (ip_is_batch(argv[i] + (argv[i][1] == '-')))
			return i;
	return 0;
}

/* What is done at once; between two pieces the instance has time for others. */
#define PIECE_BYTES (256u << 10)

struct batch {
	const struct cli *cli;
	char *head;		/* the command without its lines */
	struct text piece;
	u64 first, line;	/* of the piece, of what was read last */
	int status;
};

static int run_piece(struct batch *b)
{
	struct text t = { 0 };
	char err[1024] = "";
	int fd, status;
	char *cmd;

	text_addf(&t, "%s %llu\n", b->head, (unsigned long long)b->first);
	text_add(&t, b->piece.s, b->piece.len);
	t.failed |= b->piece.failed;
	cmd = text_steal(&t);
	text_consume(&b->piece, b->piece.len);
	b->first = b->line + 1;
	if (!cmd)
		return cli_fail(b->cli, CLI_OTHER, "out of memory");
	fd = control_connect(b->cli->instance, err, sizeof(err));
	status = fd < 0 ? -1 : control_exec(fd, b->cli->node, cmd, false, err, sizeof(err));
	free(cmd);
	if (fd >= 0)
		close(fd);
	return status < 0 ? cli_fail(b->cli, CLI_OTHER, "%s", err) : status;
}

/* In pieces that end where a command does. */
static void run_file(struct batch *b, FILE *f, const char *name, bool force)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n = 0;

	while ((!b->status || force) && (n = getline(&line, &cap, f)) > 0) {
		bool whole = n < 2 || line[n - 2] != '\\';

		text_add(&b->piece, line, (size_t)n);
		b->line++;
		if (whole && b->piece.len > PIECE_BYTES / 2)
			b->status |= run_piece(b);
	}
	if (n < 0 && !feof(f))	/* a folder, say */
		b->status |= cli_fail(b->cli, CLI_OTHER, "%s: %s", name, strerror(errno));
	if ((!b->status || force) && b->piece.len)
		b->status |= run_piece(b);
	free(line);
}

static int run_batch(const struct cli *cli, int argc, char **argv, bool force)
{
	const char *name = argv[argc - 1];
	FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
	struct batch b = { .cli = cli, .first = 1 };

	if (!f)
		return cli_fail(cli, CLI_OTHER, "%s: %s", name, strerror(errno));
	b.head = cli_join_words(argc, argv);
	if (b.head)
		run_file(&b, f, name, force);
	else
		b.status = cli_fail(cli, CLI_OTHER, "out of memory");
	free(b.head);
	text_free(&b.piece);
	if (f != stdin)
		fclose(f);
	return b.status;
}

int cmd_ip(const struct cli *cli, int argc, char **argv)
{
	int at = batch_at(argc, argv);
	bool force = false;

	if (!at)
		return cmd_ctl(cli, argc, argv);
	if (at + 2 != argc)
		return cli_fail(cli, CLI_USAGE, "-batch takes one file, and stands last");
	for (int i = 1; i < at; i++)
		force |= !strncmp(argv[i], "-fo", 3);
	return run_batch(cli, argc, argv, force);
}
