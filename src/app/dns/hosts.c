/* SPDX-License-Identifier: MIT */
#include "app/dns/hosts.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/util/inet.h"

struct hosts_entry {
	struct ipaddr addr;
	char *name;	/* without a dot at the end */
};

struct hosts {
	struct hosts_entry *entries;
	size_t n, cap;
};

struct hosts *hosts_new(void)
{
	return calloc(1, sizeof(struct hosts));
}

void hosts_free(struct hosts *h)
{
	size_t i;

	if (!h)
		return;
	for (i = 0; i < h->n; i++)
		free(h->entries[i].name);
	free(h->entries);
	free(h);
}

/* Without the dot at the end. */
static size_t name_len(const char *name, size_t len)
{
	return len && name[len - 1] == '.' ? len - 1 : len;
}

static bool name_is_good(const char *name, size_t len)
{
	size_t i;

	if (!len || len > HOSTS_NAME_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (name[i] == '.' ? !i || name[i - 1] == '.' :
		    !isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	}
	return name[len - 1] != '.';
}

static int hosts_grow(struct hosts *h)
{
	size_t cap = h->cap ? h->cap * 2 : 16;
	struct hosts_entry *entries;

	if (h->n < h->cap)
		return 0;
	if (h->n >= HOSTS_ENTRIES_MAX)
		return -ENOSPC;
	entries = realloc(h->entries, cap * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	h->entries = entries;
	h->cap = cap;
	return 0;
}

static int hosts_add_len(struct hosts *h, const struct ipaddr *addr, const char *name, size_t len)
{
	char *copy;
	int err;

	len = name_len(name, len);
	if (!name_is_good(name, len))
		return -EINVAL;
	err = hosts_grow(h);
	if (err)
		return err;
	copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, name, len);
	copy[len] = 0;
	h->entries[h->n++] = (struct hosts_entry){ .addr = *addr, .name = copy };
	return 0;
}

int hosts_add(struct hosts *h, const struct ipaddr *addr, const char *name)
{
	return hosts_add_len(h, addr, name, strlen(name));
}

/* The next word of [*p, end), or 0. */
static size_t next_word(const char **p, const char *end)
{
	const char *start;

	while (*p < end && isspace((unsigned char)**p))
		(*p)++;
	for (start = *p; start < end && !isspace((unsigned char)*start); start++)
		;
	return (size_t)(start - *p);
}

/* One line without its comment. Return: 0, -EINVAL when it is wrong, -ENOMEM, -ENOSPC. */
static int parse_line(struct hosts *h, const char *line, const char *end)
{
	char text[IPADDR_TEXT_MAX];
	struct ipaddr addr;
	unsigned names = 0;
	bool known;
	size_t len = next_word(&line, end);
	int err;

	if (!len)
		return 0;
	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, line, len);
	text[len] = 0;
	known = ipaddr_parse(NULL, text, &addr);
	if (!known && !strchr(text, '%'))
		return -EINVAL;
	for (line += len; (len = next_word(&line, end)); line += len, names++) {
		err = known ? hosts_add_len(h, &addr, line, len) : 0;
		if (err)
			return err;
	}
	return names ? 0 : -EINVAL;
}

int hosts_parse(struct hosts *h, const char *text, size_t len, unsigned *bad_line)
{
	const char *end = text + len;
	unsigned number = 0, bad = 0;
	int err = 0;

	while (text < end && err != -ENOMEM && err != -ENOSPC) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		const char *stop = eol ? eol : end;
		const char *comment = memchr(text, '#', (size_t)(stop - text));

		number++;
		err = parse_line(h, text, comment ? comment : stop);
		if (err == -EINVAL && !bad)
			bad = number;
		text = eol ? eol + 1 : end;
	}
	if (bad_line)
		*bad_line = bad;
	return err == -EINVAL ? 0 : err;
}

int hosts_lookup(const struct hosts *h, const char *name, uint16_t family, struct ipaddr *addrs,
		 size_t max)
{
	size_t len = name_len(name, strlen(name)), found = 0, i;
	bool there = false;

	for (i = 0; i < h->n && found < max; i++) {
		const struct hosts_entry *e = &h->entries[i];

		if (strncasecmp(e->name, name, len) || e->name[len])
			continue;
		there = true;
		if (!family || e->addr.family == family)
			addrs[found++] = e->addr;
	}
	return there ? (int)found : -ENOENT;
}

const char *hosts_lookup_addr(const struct hosts *h, const struct ipaddr *addr)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (ipaddr_equal(&h->entries[i].addr, addr))
			return h->entries[i].name;
	return NULL;
}
