/* SPDX-License-Identifier: MIT */
/* Chunks of memory, each at least as large as what was asked for. */
#include "lab/topo_arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES 16384u

struct topo_chunk {
	struct topo_chunk *next;
	size_t used, size;
	_Alignas(16) u8 bytes[];
};

void topo_arena_init(struct topo_arena *a, size_t limit)
{
	*a = (struct topo_arena){ .limit = limit };
}

void topo_arena_exit(struct topo_arena *a)
{
	while (a->chunks) {
		struct topo_chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
}

static struct topo_chunk *add_chunk(struct topo_arena *a, size_t size)
{
	struct topo_chunk *c;

	size = max(size, (size_t)CHUNK_BYTES);
	c = calloc(1, sizeof(*c) + size);
	if (!c)
		return NULL;
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *topo_alloc(struct topo_arena *a, size_t size)
{
	struct topo_chunk *c = a->chunks;
	void *p;

	if (size > a->limit - a->used || a->failed)
		goto refuse;
	a->used += size;
	size = round_up(size, 16);
	if (!c || c->size - c->used < size)
		c = add_chunk(a, size);
	if (!c)
		goto refuse;
	p = c->bytes + c->used;
	c->used += size;
	return p;
refuse:
	a->failed = true;
	return NULL;
}

void *topo_alloc_array(struct topo_arena *a, size_t count, size_t size)
{
	if (count > a->limit / size) {
		a->failed = true;
		return NULL;
	}
	return topo_alloc(a, count * size);
}

char *topo_memdup(struct topo_arena *a, const void *p, size_t len)
{
	char *copy = topo_alloc(a, len + 1);

	if (copy && len)
		memcpy(copy, p, len);
	return copy;
}

char *topo_strdup(struct topo_arena *a, const char *s)
{
	return topo_memdup(a, s, strlen(s));
}

char *topo_sprintf(struct topo_arena *a, const char *fmt, ...)
{
	va_list args;
	char *s;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	s = topo_alloc(a, (size_t)len + 1);
	if (!s)
		return NULL;
	va_start(args, fmt);
	vsnprintf(s, (size_t)len + 1, fmt, args);
	va_end(args);
	return s;
}
