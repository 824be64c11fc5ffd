/* SPDX-License-Identifier: MIT */
/*
 * ip -batch: the commands of a file, one a line, as fast as they are read. The text stands on the
 * lines behind the command itself: "ip -batch NAME [FIRST]\nroute add ...\n". FIRST is the number
 * of its first line, for a file that comes in pieces.
 */
#include "ctl/args.h"
#include "ctl/ip_batch.h"

#define LINE_MAX 1024
#define LINE_WORDS_MAX 64

struct batch {
	const char *at;			/* the text that is left */
	u64 line;			/* of what was read last */
	char text[LINE_MAX];		/* a line, as it is */
	char words[LINE_MAX];		/* and cut */
	const char *argv[LINE_WORDS_MAX];
};

/* The next line into b->text, continued ones as one. False: the end. *err: -E2BIG. */
static bool next_line(struct batch *b, int *err)
{
	size_t len = 0;
	bool more = true;

	if (!*b->at)
		return false;
	while (more && *b->at) {
		size_t n = strcspn(b->at, "\n");

		more = n && b->at[n - 1] == '\\';
		if (len + n >= LINE_MAX)
			*err = -E2BIG;
		else
			memcpy(b->text + len, b->at, n);
		len += *err ? 0 : n - more;
		b->at += n + (b->at[n] == '\n');
		b->line++;
	}
	b->text[len] = '\0';
	return true;
}

static int run_line(const struct ctl *c, struct batch *b, int (*run)(struct ctl *c))
{
	struct ctl one = *c;

	one.argv = b->argv;
	one.pos = 0;
	one.argc = ctl_split(b->text, b->words, sizeof(b->words), b->argv, LINE_WORDS_MAX);
	if (one.argc < 0)
		return one.argc;
	return one.argc ? run(&one) : 0;
}

int ip_batch_run(struct ctl *c, bool force, int (*run)(struct ctl *c))
{
	const char *name = arg_next(c);
	struct batch b = { .at = c->text };
	u64 first = 1;
	int ret = 0, err = 0;

	if (!name || !b.at)
		return ctl_fail(c, -EINVAL, "ip: -batch takes its commands from the lines behind "
				"it");
	if (arg_more(c) && !parse_u64(arg_peek(c), UINT32_MAX, &first))
		return ctl_fail(c, -EINVAL, "ip: -batch takes one file");
	b.line = first - 1;
	while (next_line(&b, &err)) {
		if (!err)
			err = run_line(c, &b, run);
		if (!err)
			continue;
		sb_printf(c->out, "Command failed %s:%llu\n", name, ull(b.line));
		ret = err;
		err = 0;
		if (!force)
			break;
	}
	return ret;
}
