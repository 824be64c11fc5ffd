/* SPDX-License-Identifier: MIT */
/*
 * What code.c cannot read of %{ ... }%: python3 runs it, where it is installed. As in packetdrill
 * all blocks are one program: each run repeats those that went before with the values of their
 * time, and only what the last one says is heard.
 */
#include <ctype.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drill/counter.h"
#include "drill/info.h"

#define ASSERTION_EXIT 3
#define NO_PYTHON_EXIT 127

static const char driver[] = "import os, sys, textwrap\n"
			     "names = {}\n"
			     "def run(values, code):\n"
			     "\tcode = bytes.fromhex(code).decode()\n"
			     "\tfirst, newline, rest = code.partition('\\n')\n"
			     "\tcode = textwrap.dedent(rest if not first.strip() else\n"
			     "\t\tfirst.strip() + newline + textwrap.dedent(rest))\n"
			     "\tnames.update(values)\n"
			     "\ttry:\n"
			     "\t\texec(compile(code, '%{ }%', 'exec'), names)\n"
			     "\texcept BaseException as e:\n"
			     "\t\tsys.stdout.flush()\n"
			     "\t\tprint('\\0%s: %s' % (type(e).__name__, e), end='')\n"
			     "\t\tsys.stdout.flush()\n"
			     "\t\tos._exit(3 if isinstance(e, AssertionError) else 1)\n";

static bool name_char(char ch)
{
	return isalnum((u8)ch) || ch == '_';
}

static bool value_of(struct drill *d, const struct ln_tcp_info *info, const char *s, size_t len,
		     double *v)
{
	return info_value(info, s, len, v) || cc_info_value(d, s, len, v) ||
	       counter_value(d, s, len, v) == COUNTER_READ;
}

static bool is_keyword(const char *s, size_t len)
{
	return (len == 4 && !memcmp(s, "True", 4)) || (len == 5 && !memcmp(s, "False", 5));
}

/* The names in the code that the machine has values for. */
static void write_values(struct drill *d, const struct ln_tcp_info *info, const char *s, FILE *f)
{
	double v;

	while (*s) {
		size_t n = 0;

		while (name_char(s[n]))
			n++;
		if (n && !is_keyword(s, n) && value_of(d, info, s, n, &v))
			fprintf(f, "'%.*s': %.0f, ", (int)n, s, v);
		s += n ? n : 1;
	}
}

/* Of code.c, the oldest first. */
static void write_vars(const struct code_var *x, FILE *f)
{
	if (!x)
		return;
	write_vars(x->next, f);
	fprintf(f, "'%s': %.17g, ", x->name, x->v);
}

/* What this block adds to the program. */
static const char *as_call(struct drill *d, const struct ln_tcp_info *info, const char *code)
{
	char *text = NULL;
	const char *kept;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fputs("run({", f);
	write_vars(d->python ? NULL : d->vars, f);
	write_values(d, info, code, f);
	fputs("}, '", f);
	for (; *code; code++)
		fprintf(f, "%02x", (u8)*code);
	fputs("')\n", f);
	fclose(f);
	kept = arena_text(&d->s->arena, text, len);
	free(text);
	return kept;
}

static bool write_program(struct drill *d, int fd, const char *call)
{
	FILE *f = fdopen(fd, "w");

	if (!f)
		return false;
	fprintf(f, "%ssys.stdout = open(os.devnull, 'w')\n%ssys.stdout = sys.__stdout__\n%s",
		driver, d->python ? d->python : "", call);
	return !fclose(f);
}

/* Passes on what it prints. What stands behind the 0 is why it failed. */
static int run_program(struct drill *d, const char *path, char *why, size_t cap)
{
	char line[sizeof("python3 ") + 64];
	size_t n = 0;
	bool told = false;
	FILE *f;
	int c;

	snprintf(line, sizeof(line), "python3 %s 2>/dev/null", path);
	f = popen(line, "r");
	if (!f)
		return NO_PYTHON_EXIT;
	while ((c = fgetc(f)) != EOF) {
		if (!c)
			told = true;
		else if (!told)
			fputc(c, d->o->out);
		else if (n + 1 < cap)
			why[n++] = (char)c;
	}
	why[n] = 0;
	c = pclose(f);
	return WIFEXITED(c) ? WEXITSTATUS(c) : 1;
}

bool run_python(struct drill *d, const struct ln_tcp_info *info, const char *code, bool *is_there)
{
	char path[] = "/tmp/linnet-drill-XXXXXX", why[256] = "";
	const char *call = as_call(d, info, code);
	int fd = mkstemp(path), status = NO_PYTHON_EXIT;
	char *all;
	size_t n;

	if (fd >= 0 && write_program(d, fd, call))
		status = run_program(d, path, why, sizeof(why));
	if (fd >= 0)
		unlink(path);
	*is_there = status != NO_PYTHON_EXIT;
	if (!*is_there)
		return false;
	n = d->python ? strlen(d->python) : 0;
	all = arena_alloc(&d->s->arena, n + strlen(call) + 1);
	memcpy(all, d->python ? d->python : "", n);
	memcpy(all + n, call, strlen(call));
	d->python = all;
	if (!status)
		return true;
	d->bad |= status != ASSERTION_EXIT;
	return drill_fail(d, "in %%{ }%%: %s", why[0] ? why : "python3 failed");
}
