/* SPDX-License-Identifier: MIT */
/* What a shell makes of a command line before it runs it: $((arithmetic)) and $VARIABLES. */
#include "drill/shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fmt.h"

/* ---- $(( )) ---- */

static s64 sum(const char **p);

static void blanks(const char **p)
{
	while (isspace((u8)**p))
		++*p;
}

static s64 factor(const char **p)
{
	s64 v;

	blanks(p);
	if (**p == '(') {
		++*p;
		v = sum(p);
		blanks(p);
		*p += **p == ')';
		return v;
	}
	if (**p == '-') {
		++*p;
		return -factor(p);
	}
	return strtoll(*p, (char **)(uintptr_t)p, 0);
}

static s64 product(const char **p)
{
	s64 v = factor(p), w;

	for (;;) {
		char op;

		blanks(p);
		op = **p;
		if (op != '*' && op != '/' && op != '%')
			return v;
		++*p;
		w = factor(p);
		if (op == '*')
			v = (s64)((u64)v * (u64)w);
		else if (w)
			v = op == '/' ? v / w : v % w;
	}
}

static s64 sum(const char **p)
{
	s64 v = product(p);

	for (;;) {
		blanks(p);
		if (**p == '+') {
			++*p;
			v = (s64)((u64)v + (u64)product(p));
		} else if (**p == '-') {
			++*p;
			v = (s64)((u64)v - (u64)product(p));
		} else {
			return v;
		}
	}
}

/* ---- $NAME ---- */

static void put_variable(const char **p, struct strbuf *sb)
{
	bool braced = **p == '{';
	size_t n = 0;

	*p += braced;
	while (isalnum((u8)(*p)[n]) || (*p)[n] == '_')
		n++;
	if ((n == 4 && !memcmp(*p, "PPID", 4)) || (n == 15 && !memcmp(*p, "PACKETDRILL_PID", 15)))
		sb_printf(sb, "%d", (int)getpid());
	*p += n;
	*p += braced && **p == '}';
}

void shell_expand(const char *line, char *out, size_t cap)
{
	struct strbuf sb;

	sb_init(&sb, out, cap);
	while (*line) {
		if (!strncmp(line, "$((", 3)) {
			line += 3;
			sb_printf(&sb, "%lld", (long long)sum(&line));
			line += *line == ')';
			line += *line == ')';
		} else if (*line == '$' && (line[1] == '{' || isalpha((u8)line[1]))) {
			line++;
			put_variable(&line, &sb);
		} else {
			sb_putc(&sb, *line++);
		}
	}
}
