/* SPDX-License-Identifier: MIT */
/*
 * What stands in backticks: command lines, each on its own line or after ; or &&. sysctl, ip,
 * ethtool and their kin are the machine's own; a script that is called by its path is read when it
 * is there, and its sysctl lines are obeyed. A setting that linnet does not have is noted and told
 * when the script fails, since it may be the reason.
 */
#include <ctype.h>
#include <stdlib.h>

#include "drill/drill.h"
#include "drill/shell.h"

#define LINE_MAX_ 1024

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool word_is(const char *s, const char *word)
{
	size_t n = strlen(word);

	return starts(s, word) && (!s[n] || isspace((u8)s[n]));
}

static bool run_text(struct drill *d, const char *text, unsigned depth);

/* ---- sysctl ---- */

/* name=value, name with slashes or dots. */
static bool set_one(struct drill *d, const char *name, size_t len, const char *value)
{
	char line[LINE_MAX_], out[256] = "";
	int err;

	if (starts(name, "/proc/sys/")) {
		name += 10;
		len -= 10;
	}
	snprintf(line, sizeof(line), "sysctl -w %.*s='%s'", (int)len, name, value);
	err = d->w->ops->command(d->w, line, out, sizeof(out));
	if (err)
		drill_note(d, "  note:     %s has no %.*s = %s\n", d->w->ops->name, (int)len, name,
			   value);
	return true;
}

/* The next word, quotes taken away. */
static const char *next_word(const char *s, char *out, size_t cap)
{
	char quote = 0;
	size_t n = 0;

	while (isspace((u8)*s))
		s++;
	for (; *s && (quote || !isspace((u8)*s)); s++) {
		if (quote ? *s == quote : *s == '"' || *s == '\'')
			quote = quote ? 0 : *s;
		else if (n + 1 < cap)
			out[n++] = *s;
	}
	out[n] = 0;
	return s;
}

static bool run_sysctl(struct drill *d, const char *s)
{
	char word[LINE_MAX_], value[LINE_MAX_];

	for (;;) {
		const char *eq;
		size_t len;

		s = next_word(s, word, sizeof(word));
		if (!word[0])
			return true;
		eq = strchr(word, '=');
		if (word[0] == '-' || word[0] == '>' || !eq)
			continue;
		len = (size_t)(eq - word);
		snprintf(value, sizeof(value), "%s", eq + 1);
		if (!value[0])	/* name= value */
			s = next_word(s, value, sizeof(value));
		if (!set_one(d, word, len, value))
			return false;
	}
}

/* echo VALUE > /proc/sys/NAME */
static bool run_echo(struct drill *d, const char *s)
{
	const char *to = strstr(s, "/proc/sys/"), *gt = strchr(s, '>');
	char value[LINE_MAX_], name[LINE_MAX_];

	if (!to || !gt || gt > to)
		return true;
	snprintf(value, sizeof(value), "%.*s", (int)(gt - s), s);
	for (size_t n = strlen(value); n && isspace((u8)value[n - 1]); n--)
		value[n - 1] = 0;
	next_word(to, name, sizeof(name));
	return set_one(d, name, strlen(name), value + strspn(value, " \t\"'"));
}

/* ---- scripts by their path ---- */

static bool run_file(struct drill *d, const char *line, unsigned depth)
{
	char name[512], path[1024], *text;
	const char *slash = strrchr(d->s->path, '/');
	const char *args = next_word(line, name, sizeof(name));
	bool ok;
	size_t n;
	FILE *f;

	if (strstr(name, "set_sysctls"))
		return run_sysctl(d, args);
	if (strstr(name, "/sysctl_restore_"))	/* set_sysctls.py's; the machine ends anyway */
		return true;
	snprintf(path, sizeof(path), "%.*s%s", name[0] == '/' || !slash ? 0 :
		 (int)(slash + 1 - d->s->path), d->s->path, name);
	f = depth < 4 ? fopen(path, "rb") : NULL;
	if (!f) {
		drill_note(d, "  note:     %s is not there\n", path);
		return true;
	}
	text = calloc(1, 65536);
	if (!text)
		abort();
	n = fread(text, 1, 65535, f);
	fclose(f);
	text[n] = 0;
	ok = run_text(d, text, depth + 1);
	free(text);
	return ok;
}

/* ---- one line ---- */

static bool run_machine(struct drill *d, const char *line)
{
	char out[512] = "", text[LINE_MAX_];
	size_t n = strcspn(line, ">");	/* what it prints is not looked at */
	int err;

	snprintf(text, sizeof(text), "%.*s", (int)n, line);
	if (n > 2 && n < strlen(line) && line[n - 1] == '2')
		text[min(n, sizeof(text)) - 1] = 0;
	err = d->w->ops->command(d->w, text, out, sizeof(out));
	out[strcspn(out, "\n")] = 0;
	if (err)
		drill_note(d, "  note:     \"%s\": %s\n", text, out[0] ? out : strerror(-err));
	return true;
}

static bool run_line(struct drill *d, const char *raw, unsigned depth)
{
	char line[LINE_MAX_];

	static const char *const machine[] = { "ip", "ethtool", "tc", "route", "ifconfig", "arp",
					       "hostname", "nstat", "ss", "nft" };

	shell_expand(raw, line, sizeof(line));
	if (d->o->verbose)
		fprintf(d->o->out, "%s: `%s`\n", d->s->path, line);
	if (word_is(line, "sysctl"))
		return run_sysctl(d, line + 6);
	if (word_is(line, "echo"))
		return run_echo(d, line + 4);
	for (size_t i = 0; i < ARRAY_SIZE(machine); i++)
		if (word_is(line, machine[i]))
			return run_machine(d, line);
	if (line[0] == '.' || line[0] == '/')
		return run_file(d, line, depth);
	if (word_is(line, "sleep") && depth == 0)
		return drill_wait(d, drill_now(d) + (s64)(atof(line + 5) * 1e9), false);
	if (!word_is(line, "true") && !word_is(line, "sync") && depth == 0)
		drill_note(d, "  note:     \"%s\" is not a command here\n", line);
	return true;
}

/* Where a command ends: newline, ;, && or || outside quotes; a backslash joins lines. */
static size_t line_length(const char *s)
{
	char quote = 0;
	size_t n = 0;

	for (; s[n]; n++) {
		if (quote)
			quote = s[n] == quote ? 0 : quote;
		else if (s[n] == '"' || s[n] == '\'')
			quote = s[n];
		else if (s[n] == '\n' || s[n] == ';' || !strncmp(s + n, "&&", 2) ||
			 !strncmp(s + n, "||", 2))
			break;
		else if (s[n] == '\\' && s[n + 1] == '\n')
			n++;
	}
	return n;
}

static bool run_text(struct drill *d, const char *text, unsigned depth)
{
	char line[LINE_MAX_];

	while (*text) {
		size_t n, m = 0;

		text += strspn(text, " \t\r\n;&|");
		if (*text == '#') {
			text += strcspn(text, "\n");
			continue;
		}
		n = line_length(text);
		for (size_t i = 0; i < n && m + 1 < sizeof(line); i++)
			if (text[i] != '\\' && (text[i] != '\n' || m))
				line[m++] = text[i] == '\n' ? ' ' : text[i];
		line[m] = 0;
		text += n;
		if (m && !run_line(d, line, depth))
			return false;
	}
	return true;
}

bool run_commands(struct drill *d, const char *text)
{
	return run_text(d, text, 0);
}

bool run_init_scripts(struct drill *d)
{
	const char *s = d->init_scripts;

	for (size_t n; s && *s; s += n + (s[n] == ',')) {
		char name[512];

		n = strcspn(s, ",");
		snprintf(name, sizeof(name), "%.*s", (int)n, s);
		if (n && !run_file(d, name, 0))
			return false;
	}
	return true;
}
