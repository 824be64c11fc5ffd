/* SPDX-License-Identifier: MIT */
/* Collecting, sorting and printing mistakes; the nearest word. */
#include "lab/topo_errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/near_word.h"
#include "lab/topo.h"

#define NEAR_EDITS_MAX 2
#define QUOTE_BYTES_MAX 40

void topo_errors_init(struct topo_errors *e, const char *file)
{
	*e = (struct topo_errors){ .file = file };
}

void topo_errors_exit(struct topo_errors *e)
{
	for (u32 i = 0; i < e->count; i++)
		free(e->v[i].text);
	free(e->v);
}

static __printf(1, 0) char *format(const char *fmt, va_list args)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	vfprintf(out, fmt, args);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

static bool told_before(const struct topo_errors *e, u32 line, u32 col, const char *text)
{
	for (u32 i = 0; i < e->count; i++)
		if (e->v[i].line == line && e->v[i].col == col && !strcmp(e->v[i].text, text))
			return true;
	return false;
}

static bool make_room(struct topo_errors *e)
{
	u32 cap = e->cap ? 2 * e->cap : 8;
	struct topo_error *v;

	if (e->count < e->cap)
		return true;
	v = realloc(e->v, cap * sizeof(*v));
	if (!v)
		return false;
	e->v = v;
	e->cap = cap;
	return true;
}

void topo_error(struct topo_errors *e, u32 line, u32 col, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	if (!text || !make_room(e)) {
		e->lost = true;
	} else if (told_before(e, line, col, text)) {
		/* through defaults:, or an alias */
	} else if (e->count == TOPO_ERRORS_MAX) {
		e->more++;
	} else {
		e->v[e->count] = (struct topo_error){ line, col, e->count, text };
		e->count++;
		return;
	}
	free(text);
}

static int by_place(const void *pa, const void *pb)
{
	const struct topo_error *a = pa, *b = pb;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->col != b->col)
		return a->col < b->col ? -1 : 1;
	return a->seq < b->seq ? -1 : 1;
}

char *topo_errors_text(struct topo_errors *e)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (e->count)
		qsort(e->v, e->count, sizeof(*e->v), by_place);
	for (u32 i = 0; i < e->count; i++) {
		if (e->v[i].line)
			fprintf(out, "%s:%u:%u: %s\n", e->file, e->v[i].line, e->v[i].col,
				e->v[i].text);
		else
			fprintf(out, "%s: %s\n", e->file, e->v[i].text);
	}
	if (e->more)
		fprintf(out, "%s: and %u more\n", e->file, e->more);
	if (e->lost)
		fprintf(out, "%s: out of memory\n", e->file);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

struct topo_quoted topo_quote(const char *s)
{
	struct topo_quoted q;
	size_t n = 0;

	for (size_t i = 0; s[i]; i++) {
		unsigned char c = (unsigned char)s[i];

		if (i == QUOTE_BYTES_MAX) {
			memcpy(q.s + n, "...", 3);
			n += 3;
			break;
		}
		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(q.s + n, 5, "\\x%02x", c);
		else
			q.s[n++] = (char)c;
	}
	q.s[n] = '\0';
	return q;
}

const char *topo_nearest(const char *word, const char *const *words, size_t count)
{
	const char *nearest = NULL;
	unsigned best = NEAR_EDITS_MAX + 1;

	for (size_t i = 0; i < count; i++) {
		unsigned d = word_distance(word, words[i]);

		if (d < best && 2 * d < strlen(words[i])) {
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}
