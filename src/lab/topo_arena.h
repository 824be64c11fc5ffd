/* SPDX-License-Identifier: MIT */
/*
 * Memory that is given back all at once, with a limit: what a lab file grows into.
 */
#ifndef LINNET_LAB_TOPO_ARENA_H
#define LINNET_LAB_TOPO_ARENA_H

#include "base/types.h"

struct topo_chunk;

struct topo_arena {
	struct topo_chunk *chunks;
	size_t used, limit;	/* bytes asked for in all */
	bool failed;		/* an allocation was refused: limit or no memory */
};

void topo_arena_init(struct topo_arena *a, size_t limit);
void topo_arena_exit(struct topo_arena *a);

/* Zeroed, 16-byte aligned; NULL past the limit, and a->failed says so from then on. */
void *topo_alloc(struct topo_arena *a, size_t size);
void *topo_alloc_array(struct topo_arena *a, size_t count, size_t size);

/* A copy with a NUL behind it. */
char *topo_memdup(struct topo_arena *a, const void *p, size_t len);
char *topo_strdup(struct topo_arena *a, const char *s);
char *topo_sprintf(struct topo_arena *a, const char *fmt, ...)
	__printf(2, 3) __attribute__((nonnull));

#endif
