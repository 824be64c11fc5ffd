/* SPDX-License-Identifier: MIT */
#include "app/dhcp/dhcp_search.h"

#include <string.h>

#define POINTER 0xc0
#define LABEL_MAX 63
#define NAME_MAX_BYTES 255
#define NAMES_MAX 32			/* that are written */

/* ---- reading ---- */

static bool good_label(const uint8_t *p, size_t n)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_";

	for (size_t i = 0; i < n; i++)
		if (!p[i] || !strchr(good, p[i]))
			return false;
	return true;
}

struct name {
	char text[NAME_MAX_BYTES + 1];
	size_t len;
	bool usable;
};

static void name_add(struct name *n, const uint8_t *label, size_t len)
{
	n->usable &= good_label(label, len) && n->len + len + 2 <= sizeof(n->text);
	if (!n->usable)
		return;
	if (n->len)
		n->text[n->len++] = '.';
	memcpy(n->text + n->len, label, len);
	n->len += len;
}

/* Pointers lead backwards only, each further than the one before: no ring. *at: behind the name. */
static bool read_name(const uint8_t *p, size_t len, size_t *at, struct name *n)
{
	size_t i = *at, before = i;
	bool moved = false;

	*n = (struct name){ .usable = true };
	while (i < len) {
		size_t label = p[i];

		if (label <= LABEL_MAX) {
			if (i + 1 + label > len)
				return false;
			if (label)
				name_add(n, p + i + 1, label);
			i += 1 + label;
			if (!moved)
				*at = i;
			if (!label)
				return true;
			continue;
		}
		if (label < POINTER || i + 2 > len)
			return false;
		if (!moved)
			*at = i + 2;
		moved = true;
		i = (label & ~(size_t)POINTER) << 8 | p[i + 1];
		if (i >= before)
			return false;
		before = i;
	}
	return false;
}

bool dhcp_search_read(const uint8_t *p, size_t len, char text[DHCP_SEARCH_MAX])
{
	size_t at = 0, used = 0;
	struct name n;

	text[0] = '\0';
	while (at < len) {
		if (!read_name(p, len, &at, &n)) {
			text[0] = '\0';
			return false;
		}
		if (!n.usable || !n.len || used + n.len + 2 > DHCP_SEARCH_MAX)
			continue;
		if (used)
			text[used++] = ' ';
		memcpy(text + used, n.text, n.len);
		used += n.len;
		text[used] = '\0';
	}
	return true;
}

/* ---- writing ---- */

struct suffix {			/* what was written, and where */
	const char *text;
	size_t len, at;
};

struct writer {
	uint8_t *p;
	size_t len, cap;
	struct suffix seen[NAMES_MAX * 4];
	size_t nseen;
};

static const struct suffix *find(const struct writer *w, const char *text, size_t len)
{
	for (size_t i = 0; i < w->nseen; i++)
		if (w->seen[i].len == len && !memcmp(w->seen[i].text, text, len))
			return &w->seen[i];
	return NULL;
}

static bool write_name(struct writer *w, const char *text, size_t len)
{
	while (len) {
		const char *dot = memchr(text, '.', len);
		size_t label = dot ? (size_t)(dot - text) : len;
		const struct suffix *s = find(w, text, len);

		if (!label || label > LABEL_MAX || w->len + label + 2 > w->cap)
			return false;
		if (s) {
			w->p[w->len++] = (uint8_t)(POINTER | s->at >> 8);
			w->p[w->len++] = (uint8_t)s->at;
			return true;
		}
		if (w->nseen < sizeof(w->seen) / sizeof(w->seen[0]))
			w->seen[w->nseen++] = (struct suffix){ text, len, w->len };
		w->p[w->len++] = (uint8_t)label;
		memcpy(w->p + w->len, text, label);
		w->len += label;
		text += label + (dot != NULL);
		len -= label + (dot != NULL);
	}
	w->p[w->len++] = 0;
	return true;
}

size_t dhcp_search_write(const char *text, uint8_t *p, size_t cap)
{
	struct writer w = { .p = p, .cap = cap };

	while (*(text += strspn(text, " "))) {
		size_t n = strcspn(text, " ");

		if (!write_name(&w, text, n))
			return 0;
		text += n;
	}
	return w.len;
}
