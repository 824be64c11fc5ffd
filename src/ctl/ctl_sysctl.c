/* SPDX-License-Identifier: MIT */
/* sysctl: settings shown and changed; echo and cat of /proc/sys; hostname. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/procfs.h"
#include "ctl/sysctl.h"

struct sysctl_words {
	struct ctl *c;
	bool all, write, names_only, values_only, no_newline, quiet, ignore;
	const char *pattern;
	const char *prefix;		/* everything below it */
	u32 shown;
};

/*
 * The part of regular expressions that is used for names: ^ $ . * and | between alternatives. All
 * places in the pattern that may come next are kept as bits, so a name takes one pass.
 */
#define PATTERN_ITEMS_MAX 63

struct pattern {
	u32 n;
	bool at_start, at_end;			/* ^ and $ */
	struct { char ch; bool any, star; } item[PATTERN_ITEMS_MAX];
};

/* One alternative, up to `end`. False: too long. */
static bool pattern_parse(struct pattern *p, const char *re, const char *end)
{
	*p = (struct pattern){ .at_start = re < end && *re == '^' };
	for (re += p->at_start; re < end; re++) {
		if (*re == '$' && re + 1 == end) {
			p->at_end = true;
			break;
		}
		if (p->n == PATTERN_ITEMS_MAX)
			return false;
		p->item[p->n].any = *re == '.';
		if (*re == '\\' && re + 1 < end)
			re++;
		p->item[p->n].ch = *re;
		p->item[p->n].star = re + 1 < end && re[1] == '*';
		re += p->item[p->n++].star;
	}
	return true;
}

/* A starred item may be left out: what stands behind it may come as well. */
static u64 pattern_skip_stars(const struct pattern *p, u64 next)
{
	for (u32 i = 0; i < p->n; i++)
		if ((next & BIT64(i)) && p->item[i].star)
			next |= BIT64(i + 1);
	return next;
}

static bool pattern_match_one(const struct pattern *p, const char *s)
{
	u64 next = pattern_skip_stars(p, 1), done = BIT64(p->n);

	for (; *s; s++) {
		u64 then = 0;

		if ((next & done) && !p->at_end)
			return true;
		for (u32 i = 0; i < p->n; i++)
			if ((next & BIT64(i)) && (p->item[i].any || p->item[i].ch == *s))
				then |= BIT64(p->item[i].star ? i : i + 1);
		if (!p->at_start)
			then |= 1;
		next = pattern_skip_stars(p, then);
	}
	return next & done;
}

static bool pattern_match(const char *re, const char *name)
{
	for (;;) {
		const char *bar = strchr(re, '|');
		struct pattern p;

		if (pattern_parse(&p, re, bar ? bar : re + strlen(re)) &&
		    pattern_match_one(&p, name))
			return true;
		if (!bar)
			return false;
		re = bar + 1;
	}
}

static void put_value(const struct sysctl_words *sw, const char *name, const struct sysctl_var *var)
{
	struct strbuf *out = sw->c->out;

	if (sw->names_only) {
		sb_printf(out, "%s\n", name);
		return;
	}
	if (!sw->values_only)
		sb_printf(out, "%s = ", name);
	sysctl_get(var, out);
	if (!sw->no_newline)
		sb_putc(out, '\n');
}

static bool below(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && (name[len] == '.' || prefix[len - 1] == '.');
}

static void show_name(const char *name, void *ctx)
{
	struct sysctl_words *sw = ctx;
	struct sysctl_var var;

	if (sw->pattern && !pattern_match(sw->pattern, name))
		return;
	if (sw->prefix && !below(name, sw->prefix))
		return;
	if (sysctl_lookup(sw->c->net, name, &var))
		return;
	sw->shown++;
	put_value(sw, name, &var);
}

static int no_such(const struct sysctl_words *sw, const char *name)
{
	if (sw->ignore)
		return 0;
	sb_puts(sw->c->out, "sysctl: cannot stat /proc/sys/");
	for (; *name; name++)
		sb_putc(sw->c->out, *name == '.' ? '/' : *name == '/' ? '.' : *name);
	return ctl_fail(sw->c, -ENOENT, ": No such file or directory");
}

static int show_word(struct sysctl_words *sw, const char *word)
{
	char name[SYSCTL_NAME_MAX];
	struct sysctl_var var;

	if (!sysctl_normalize(word, name))
		return no_such(sw, word);
	if (!sysctl_lookup(sw->c->net, name, &var)) {
		put_value(sw, name, &var);
		return 0;
	}
	sw->prefix = name;
	sw->shown = 0;
	sysctl_for_each(sw->c->net, show_name, sw);
	sw->prefix = NULL;
	return sw->shown ? 0 : no_such(sw, name);
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* "name=value", blanks around both. */
static int set_word(struct sysctl_words *sw, const char *word)
{
	const char *equals = strchr(word, '='), *value = skip_blanks(equals + 1);
	char text[SYSCTL_NAME_MAX], name[SYSCTL_NAME_MAX];
	size_t len = (size_t)(equals - word);
	struct sysctl_var var;
	int err;

	while (len && (word[len - 1] == ' ' || word[len - 1] == '\t'))
		len--;
	if (!len || len >= sizeof(text))
		return ctl_fail(sw->c, -EINVAL,
				"sysctl: command line(0): invalid syntax, continuing...");
	memcpy(text, word, len);
	text[len] = '\0';
	if (!sysctl_normalize(skip_blanks(text), name) ||
	    sysctl_lookup(sw->c->net, name, &var))
		return no_such(sw, text);
	err = sysctl_set(&var, value);
	if (err)
		return ctl_fail(sw->c, err, "sysctl: setting key \"%s\": %s", name,
				errno_text(err == -EACCES ? -EINVAL : err));
	if (!sw->quiet)
		sb_printf(sw->c->out, "%s = %s\n", name, value);
	return 0;
}

/* Letters of an option word. -EINVAL: unknown, printed. */
static int sysctl_option(struct sysctl_words *sw, const char *w)
{
	for (w++; *w; w++) {
		switch (*w) {
		case 'a':
		case 'A':
		case 'X':
			sw->all = true;
			break;
		case 'w':
			sw->write = true;
			break;
		case 'n':
			sw->values_only = true;
			break;
		case 'N':
			sw->names_only = true;
			break;
		case 'b':
			sw->values_only = sw->no_newline = true;
			break;
		case 'q':
			sw->quiet = true;
			break;
		case 'e':
			sw->ignore = true;
			break;
		case 'r':
			sw->pattern = arg_next(sw->c);
			if (!sw->pattern)
				return ctl_usage(sw->c, HELP_SYSCTL);
			break;
		default:
			sb_printf(sw->c->out, "sysctl: invalid option -- '%c'\n", *w);
			return ctl_usage(sw->c, HELP_SYSCTL);
		}
	}
	return 0;
}

static int sysctl_word(struct sysctl_words *sw, const char *w)
{
	if (strchr(w, '='))
		return set_word(sw, w);
	if (sw->write)
		return ctl_fail(sw->c, -EINVAL,
				"sysctl: command line(0): invalid syntax, continuing...");
	return show_word(sw, w);
}

int ctl_sysctl(struct ctl *c)
{
	static const struct { char name[12]; char opt[4]; } longs[] = {
		{ "--all", "-a" }, { "--write", "-w" }, { "--values", "-n" }, { "--names", "-N" },
		{ "--quiet", "-q" }, { "--ignore", "-e" }, { "--binary", "-b" },
		{ "--pattern", "-r" },
	};
	struct sysctl_words sw = { .c = c };
	const char *w;
	int err = 0;

	for (w = arg_next(c); w && *w == '-'; w = arg_next(c)) {
		if (arg_wants_help(w) || arg_is(w, "-d"))
			return ctl_print(c, HELP_SYSCTL);
		for (size_t i = 0; i < ARRAY_SIZE(longs); i++)
			if (arg_is(w, longs[i].name))
				w = longs[i].opt;
		err = sysctl_option(&sw, w);
		if (err)
			return err;
	}
	if (arg_is(w, "help"))
		return ctl_print(c, HELP_SYSCTL);
	if (sw.all) {
		sysctl_for_each(c->net, show_name, &sw);
		return 0;
	}
	if (!w)
		return ctl_usage(c, HELP_SYSCTL);
	/* The first error is the answer; the rest is done nevertheless, as sysctl does. */
	for (; w; w = arg_next(c)) {
		int r = sysctl_word(&sw, w);

		err = err ? err : r;
	}
	return err;
}

/* ---- /proc/sys, by path ---- */

int proc_sys_cat(struct ctl *c, const char *path)
{
	char name[SYSCTL_NAME_MAX];
	struct sysctl_var var;

	if (!sysctl_normalize(path, name) || sysctl_lookup(c->net, name, &var))
		return -ENOENT;
	sysctl_get(&var, c->out);
	sb_putc(c->out, '\n');
	return 0;
}

#define PROC_SYS "/proc/sys/"

/* echo TEXT, and echo VALUE > /proc/sys/... */
int ctl_echo(struct ctl *c)
{
	char text[256], name[SYSCTL_NAME_MAX];
	const char *w, *path = NULL;
	struct sysctl_var var;
	struct strbuf sb;
	int err;

	sb_init(&sb, text, sizeof(text));
	if (arg_is(arg_peek(c), "-n"))
		c->pos++;
	while ((w = arg_next(c))) {
		if (*w == '>') {
			path = w[1] ? w + 1 : arg_next(c);
			break;
		}
		sb_printf(&sb, "%s%s", sb.len ? " " : "", w);
	}
	if (!w) {
		sb_printf(c->out, "%s\n", text);
		return 0;
	}
	if (!path || strncmp(path, PROC_SYS, strlen(PROC_SYS)) ||
	    !sysctl_normalize(path + strlen(PROC_SYS), name) || sysctl_lookup(c->net, name, &var))
		return ctl_fail(c, -ENOENT, "%s: No such file or directory", path ? path : "echo");
	err = sysctl_set(&var, text);
	return err ? ctl_fail(c, err, "echo: write error: %s", errno_text(err)) : 0;
}

int ctl_hostname(struct ctl *c)
{
	const char *w = arg_next(c);
	struct sysctl_var var;

	if (arg_wants_help(w))
		return ctl_print(c, HELP_HOSTNAME);
	if (!w || *w == '-') {
		sb_printf(c->out, "%s\n", c->net->name);
		return 0;
	}
	if (sysctl_lookup(c->net, "kernel.hostname", &var) || sysctl_set(&var, w))
		return ctl_fail(c, -EINVAL, "hostname: the specified hostname is invalid");
	return 0;
}
