/* SPDX-License-Identifier: MIT */
/* A line into words, with the quoting of a shell: '...', "...", and a backslash. */
#include "ctl/ctl.h"

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

struct split {
	const char *in;
	char *out, *end;	/* where the next byte of a word goes; the end of the room */
};

static bool put(struct split *s, char ch)
{
	if (s->out == s->end)
		return false;
	*s->out++ = ch;
	return true;
}

/* Copies what stands between quotes; s->in is behind the opening one. */
static int quoted(struct split *s, char quote)
{
	for (; *s->in != quote; s->in++) {
		if (quote == '"' && *s->in == '\\' && (s->in[1] == '"' || s->in[1] == '\\'))
			s->in++;
		if (!*s->in)
			return -EINVAL;
		if (!put(s, *s->in))
			return -E2BIG;
	}
	s->in++;
	return 0;
}

static int word(struct split *s)
{
	while (*s->in && !is_blank(*s->in)) {
		char ch = *s->in++;
		int err;

		if (ch == '\'' || ch == '"') {
			err = quoted(s, ch);
			if (err)
				return err;
			continue;
		}
		if (ch == '\\' && *s->in)
			ch = *s->in++;
		if (!put(s, ch))
			return -E2BIG;
	}
	return put(s, '\0') ? 0 : -E2BIG;
}

int ctl_split(const char *line, char *buf, size_t cap, const char **argv, int max)
{
	struct split s = { .in = line, .out = buf, .end = buf + cap };

	for (int n = 0;; n++) {
		int err;

		while (is_blank(*s.in))
			s.in++;
		if (!*s.in || *s.in == '#')
			return n;
		if (n == max)
			return -E2BIG;
		argv[n] = s.out;
		err = word(&s);
		if (err)
			return err;
	}
}
