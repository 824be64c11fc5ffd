/* SPDX-License-Identifier: MIT */
/*
 * %{ ... }%: assertions on TCP_INFO. The part of Python that scripts use: one statement a line (or
 * after ;), `assert EXPR[, EXPR]`, `print(...)`, `name = EXPR`; and or not, comparisons (also
 * a <= b < c, in), | ^ & << >> + - * / // %, abs min max, numbers, True, False, tuples, strings.
 *
 * Names are fields of tcp_info and counters (counter.h); an assertion on a counter that a machine
 * does not keep is left out. Values are numbers. Strings and tuples are there to be told when an
 * assertion fails; where one is compared or asserted it is refused, as what comes of it would not
 * be what it looks like. What else there is of Python python.c runs.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "drill/counter.h"
#include "drill/info.h"

struct code {
	struct drill *d;
	const char *p, *end;		/* of the statement */
	struct ln_tcp_info info;
	bool failed;
	bool refused;			/* it is no mistake to Python, but to who wrote it */
	bool no_number;			/* the last value is a tuple or a string */
	bool not_kept;			/* it is a counter that this machine does not have */
	char said[256];			/* strings of the message */
};

static double expression(struct code *c);

static double bad(struct code *c, const char *what)
{
	if (!c->failed) {
		c->failed = c->d->bad = true;
		drill_fail(c->d, "in %%{ }%%: expected %s, not \"%.*s\"", what,
			   (int)min_t(ptrdiff_t, c->end - c->p, 30), c->p);
	}
	c->p = c->end;
	return 0;
}

static void blanks(struct code *c)
{
	while (c->p < c->end && isspace((u8)*c->p))
		c->p++;
}

static bool name_char(char ch)
{
	return isalnum((u8)ch) || ch == '_';
}

/* An operator or a word that stands next. */
static bool take(struct code *c, const char *what)
{
	size_t n = strlen(what);

	blanks(c);
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, what, n) != 0)
		return false;
	if (name_char(what[0]) && c->p + n < c->end && name_char(c->p[n]))
		return false;
	c->p += n;
	return true;
}

/* The same for an operator that is not the beginning of a longer one. */
static bool take_but(struct code *c, const char *what, const char *not_before)
{
	const char *from = c->p;

	if (!take(c, what))
		return false;
	if (c->p < c->end && strchr(not_before, *c->p)) {
		c->p = from;
		return false;
	}
	return true;
}

/* ---- what a value is made of ---- */

static double string(struct code *c)
{
	char quote = *c->p++;
	size_t n = strlen(c->said);

	while (c->p < c->end && *c->p != quote) {
		if (n + 2 < sizeof(c->said))
			c->said[n++] = *c->p;
		c->p++;
	}
	if (n + 1 < sizeof(c->said))
		c->said[n++] = ' ';
	c->said[n] = 0;
	if (c->p == c->end)
		return bad(c, "the end of the string");
	c->p++;
	c->no_number = true;
	return 0;
}

static double number(struct code *c)
{
	char text[64], *end;
	size_t n = 0;
	double v;

	while (c->p + n < c->end && n + 1 < sizeof(text) && (name_char(c->p[n]) || c->p[n] == '.'))
		n++;
	memcpy(text, c->p, n);
	text[n] = 0;
	v = text[0] == '0' && (text[1] | 32) == 'x' ? (double)strtoull(text, &end, 16) :
						      strtod(text, &end);
	if (*end)
		return bad(c, "a number");
	c->p += n;
	return v;
}

static double call(struct code *c, const char *name)
{
	double v = expression(c), w;

	while (take(c, ",")) {
		w = expression(c);
		v = !strcmp(name, "min") ? fmin(v, w) : fmax(v, w);
	}
	if (!take(c, ")"))
		return bad(c, "\")\"");
	return !strcmp(name, "abs") ? fabs(v) : !strcmp(name, "int") ? trunc(v) : v;
}

static double word(struct code *c)
{
	static const char *const functions[] = { "abs", "min", "max", "int" };
	const char *from = c->p;
	size_t len;
	double v;

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		if (take(c, functions[i])) {
			if (take(c, "("))
				return call(c, functions[i]);
			c->p = from;
		}
	}
	blanks(c);
	from = c->p;
	while (c->p < c->end && name_char(*c->p))
		c->p++;
	len = (size_t)(c->p - from);
	if (info_value(&c->info, from, len, &v) || cc_info_value(c->d, from, len, &v))
		return v;
	for (const struct code_var *x = c->d->vars; x; x = x->next)
		if (strlen(x->name) == len && !memcmp(x->name, from, len))
			return x->v;
	switch (counter_value(c->d, from, len, &v)) {
	case COUNTER_READ:
		return v;
	case COUNTER_NOT_KEPT:
		c->not_kept = true;
		return 0;
	case COUNTER_NONE:
		break;
	}
	c->p = from;
	return bad(c, "a field of tcp_info, as tcpi_snd_cwnd, or a counter, as TcpOutRsts");
}

/* ( a ), or a tuple. */
static double parenthesis(struct code *c)
{
	double v = expression(c);
	bool tuple = false;

	while (take(c, ",")) {
		tuple = true;
		blanks(c);
		if (c->p < c->end && *c->p != ')')
			expression(c);
	}
	c->no_number |= tuple;
	return take(c, ")") ? v : bad(c, "\")\"");
}

static double value(struct code *c)
{
	blanks(c);
	if (take(c, "("))
		return parenthesis(c);
	if (take(c, "-"))
		return -value(c);
	if (take(c, "~"))
		return (double)~(s64)value(c);
	if (c->p == c->end)
		return bad(c, "a value");
	if (*c->p == '"' || *c->p == '\'')
		return string(c);
	if (isdigit((u8)*c->p) || *c->p == '.')
		return number(c);
	if (isalpha((u8)*c->p) || *c->p == '_')
		return word(c);
	return bad(c, "a value");
}

/* ---- operators, the tightest first ---- */

static double product(struct code *c)
{
	double v = value(c), w;

	for (;;) {
		if (take(c, "//")) {
			w = value(c);
			v = w ? floor(v / w) : bad(c, "a divisor that is not 0");
		} else if (take_but(c, "*", "*")) {
			v *= value(c);
		} else if (take(c, "/")) {
			w = value(c);
			v = w ? v / w : bad(c, "a divisor that is not 0");
		} else if (take(c, "%")) {
			w = value(c);
			v = w ? fmod(v, w) : bad(c, "a divisor that is not 0");
		} else {
			return v;
		}
	}
}

static double sum(struct code *c)
{
	double v = product(c);

	for (;;) {
		if (take(c, "+"))
			v += product(c);
		else if (take(c, "-"))
			v -= product(c);
		else
			return v;
	}
}

static double bits(struct code *c)
{
	double v = sum(c);

	for (;;) {
		if (take(c, "<<"))
			v = (double)((s64)v << ((s64)sum(c) & 63));
		else if (take(c, ">>"))
			v = (double)((s64)v >> ((s64)sum(c) & 63));
		else if (take(c, "&"))
			v = (double)((s64)v & (s64)sum(c));
		else if (take(c, "^"))
			v = (double)((s64)v ^ (s64)sum(c));
		else if (take(c, "|"))
			v = (double)((s64)v | (s64)sum(c));
		else
			return v;
	}
}

/* x in (a, b) */
static bool within(struct code *c, double v)
{
	bool found = false;

	if (!take(c, "(") && !take(c, "["))
		return bad(c, "a list after in");
	do {
		found |= bits(c) == v;
	} while (take(c, ","));
	if (!take(c, ")") && !take(c, "]"))
		bad(c, "\")\"");
	return found;
}

static double compared(struct code *c)
{
	double v = bits(c);

	return c->no_number ? bad(c, "numbers to compare, not tuples or strings") : v;
}

static double comparison(struct code *c)
{
	bool some = false, holds = true;
	double v, w;

	c->no_number = false;
	v = bits(c);
	for (;; some = true) {
		blanks(c);
		if (c->no_number && c->p < c->end && strchr("=!<>", *c->p))
			bad(c, "numbers to compare, not tuples or strings");
		if (take(c, "==")) {
			w = compared(c);
			holds &= v == w;
		} else if (take(c, "!=")) {
			w = compared(c);
			holds &= v != w;
		} else if (take(c, "<=")) {
			w = compared(c);
			holds &= v <= w;
		} else if (take(c, ">=")) {
			w = compared(c);
			holds &= v >= w;
		} else if (take(c, "<")) {
			w = compared(c);
			holds &= v < w;
		} else if (take(c, ">")) {
			w = compared(c);
			holds &= v > w;
		} else if (take(c, "in")) {
			w = v;
			holds &= within(c, v);
		} else {
			return some ? holds : v;
		}
		v = w;
	}
}

static double negation(struct code *c)
{
	return take(c, "not") ? !negation(c) : comparison(c);
}

static double conjunction(struct code *c)
{
	double v = negation(c);

	while (take(c, "and")) {
		double w = negation(c);

		v = v && w;
	}
	return v;
}

static double expression(struct code *c)
{
	double v = conjunction(c);

	while (take(c, "or")) {
		double w = conjunction(c);

		v = v || w;
	}
	return v;
}

/* ---- statements ---- */

static void assertion(struct code *c)
{
	const char *from = c->p, *end;
	double v, said = 0;
	bool told = false;

	c->not_kept = false;
	v = expression(c);
	if (c->no_number) {
		bad(c, "a condition, not a tuple or a string, which always holds");
		c->refused = true;
	}
	end = c->p;
	c->said[0] = 0;
	while (!c->failed && take(c, ",")) {
		said = expression(c);
		told = true;
	}
	if (v || c->failed || c->not_kept)
		return;
	c->failed = true;
	while (from < end && isspace((u8)*from))
		from++;
	if (c->said[0])
		drill_fail(c->d, "does not hold: %.*s; %s", (int)(end - from), from, c->said);
	else if (told)
		drill_fail(c->d, "does not hold: %.*s; it is %g", (int)(end - from), from, said);
	else
		drill_fail(c->d, "does not hold: %.*s", (int)(end - from), from);
}

static void print(struct code *c)
{
	bool open = take(c, "(");

	do {
		double v;

		c->said[0] = 0;
		v = expression(c);
		if (c->said[0])
			fprintf(c->d->o->out, "%s", c->said);
		else
			fprintf(c->d->o->out, "%.15g ", v);
	} while (take(c, ","));
	fputc('\n', c->d->o->out);
	if (open && !take(c, ")"))
		bad(c, "\")\"");
}

static bool assignment(struct code *c)
{
	const char *from = c->p, *name;
	struct code_var *x;
	size_t len;

	blanks(c);
	name = c->p;
	while (c->p < c->end && name_char(*c->p))
		c->p++;
	len = (size_t)(c->p - name);
	if (!len || !take_but(c, "=", "=")) {
		c->p = from;
		return false;
	}
	x = arena_alloc(&c->d->s->arena, sizeof(*x));
	x->name = arena_text(&c->d->s->arena, name, len);
	x->v = expression(c);
	x->next = c->d->vars;	/* the latest of a name is found first */
	c->d->vars = x;
	return true;
}

static void statement(struct code *c)
{
	if (take(c, "assert"))
		assertion(c);
	else if (take(c, "print"))
		print(c);
	else if (!assignment(c))
		bad(c, "assert, print() or name = value");
	blanks(c);
	if (c->p < c->end && !c->failed)
		bad(c, "the end of the statement");
}

/* The end of a statement: a newline or ; outside parentheses and strings, or a comment. */
static const char *statement_end(const char *p)
{
	unsigned depth = 0;
	char quote = 0;

	for (; *p; p++) {
		if (quote) {
			quote = *p == quote ? 0 : quote;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (*p == '(' || *p == '[') {
			depth++;
		} else if (*p == ')' || *p == ']') {
			depth -= depth > 0;
		} else if (*p == '#' || ((*p == '\n' || *p == ';') && !depth)) {
			break;
		}
	}
	return p;
}

/* What is no statement here is Python's, where that is installed. */
static bool run_in_python(struct code *c, const char *text)
{
	struct drill *d = c->d;
	char why[sizeof(d->why)];
	bool is_there, ok;

	memcpy(why, d->why, sizeof(why));
	d->bad = false;
	d->why[0] = 0;
	ok = run_python(d, &c->info, text, &is_there);
	if (is_there && (!d->bad || !why[0]))
		return ok;
	d->bad = true;		/* it is neither's: what was told first is the better word */
	memcpy(d->why, why, sizeof(why));
	return false;
}

static void run_statements(struct code *c)
{
	while (*c->p && !c->failed) {
		c->end = statement_end(c->p);
		blanks(c);
		if (c->p < c->end)
			statement(c);
		c->p = c->end;
		if (*c->p == '#')
			c->p += strcspn(c->p, "\n");
		if (*c->p)
			c->p++;
	}
}

bool run_code(struct drill *d, const struct script_code *s)
{
	struct code c = { .d = d, .p = s->text };

	if (!info_read(d, &c.info))
		return drill_fail(d, "there is no TCP connection whose TCP_INFO could be read");
	if (d->python)
		return run_in_python(&c, s->text);
	run_statements(&c);
	return c.failed && d->bad && !c.refused ? run_in_python(&c, s->text) : !c.failed;
}
