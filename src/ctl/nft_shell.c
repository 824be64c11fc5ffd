/* SPDX-License-Identifier: MIT */
#include "ctl/nft_shell.h"

struct shell {
	const char *begin, *in;
	char *out, *end;
};

static void put(struct shell *s, const char *from, size_t n)
{
	if (n <= (size_t)(s->end - s->out))
		memcpy(s->out, from, n);
	else
		n = (size_t)(s->end - s->out);
	s->out += n;
}

/* Is NAME the word before what stands at s->in? */
static bool behind(const struct shell *s, const char *name)
{
	size_t n = strlen(name);
	const char *at = s->in;

	while (at > s->begin && at[-1] == ' ')
		at--;
	return (size_t)(at - s->begin) > n && !memcmp(at - n, name, n) &&
	       at[-(ptrdiff_t)n - 1] == ' ';
}

/* The quote that ends what the one at s opens, or NULL. */
static const char *closing(const char *s)
{
	char quote = *s++;

	for (; *s && *s != quote; s++) {
		if (quote == '"' && *s == '\\' && s[1])
			s++;
	}
	return *s ? s : NULL;
}

static bool is_whole_command(const struct shell *s, const char *close)
{
	return s->in == s->begin && !close[1 + strspn(close + 1, " \t\n")];
}

static bool is_block(const struct shell *s, const char *close)
{
	return s->in[1] == '{' && close[-1] == '}' && !behind(s, "comment") && !behind(s, "prefix");
}

static void double_quoted(struct shell *s)
{
	const char *close = closing(s->in);

	if (!close || !(is_whole_command(s, close) || is_block(s, close))) {
		size_t n = close ? (size_t)(close + 1 - s->in) : strlen(s->in);

		put(s, s->in, n);
		s->in += n;
		return;
	}
	for (s->in++; s->in < close; s->in++) {
		if (*s->in == '\\' && s->in[1] == '"')
			s->in++;
		put(s, s->in, 1);
	}
	s->in++;
}

static void single_quoted(struct shell *s)
{
	const char *close = closing(s->in);

	if (!close) {
		put(s, s->in++, 1);
		return;
	}
	put(s, s->in + 1, (size_t)(close - s->in - 1));
	s->in = close + 1;
}

static void take(struct shell *s)
{
	size_t n = 1;

	switch (*s->in) {
	case '\'':
		single_quoted(s);
		return;
	case '"':
		double_quoted(s);
		return;
	case '\\':
		s->in += s->in[1] && s->in[1] != '\n';
		break;
	case '#':
		n = strcspn(s->in, "\n");
		break;
	}
	put(s, s->in, n);
	s->in += n;
}

const char *nft_without_quotes(const char *text, char *buf, size_t cap)
{
	struct shell s = { .begin = text, .in = text, .out = buf, .end = buf + cap - 1 };

	if (!strpbrk(text, "'\"\\"))
		return text;
	while (*s.in) {
		if (s.out == s.end)
			return text;
		take(&s);
	}
	*s.out = '\0';
	return buf;
}
