/* SPDX-License-Identifier: MIT */
/*
 * A slab that gives memory back: for objects of which there may be very many, and then few again
 * (socks: those of idle connections go away). Each object says behind itself which chunk it is
 * of, so a chunk of which all objects are free is known at once and returns to the allocator; one
 * such chunk is kept for the next object. Everything is O(1).
 *
 * struct slab (base/mem.h) has no such word, counts nothing per chunk and is cheaper: what comes
 * and goes with each packet stays there.
 *
 * Chunks grow with the number of objects up to KMEM_CHUNK_BYTES, from which size on the usual
 * malloc() maps and unmaps: what is given back leaves the process. Where KMEM_HUGE_FROM bytes are
 * in use, a chunk is a huge page: of so many objects each one looked at misses the TLB, too, and
 * what small pages take for their tables is no longer in the cache.
 */
#ifndef LINNET_BASE_KMEM_CACHE_H
#define LINNET_BASE_KMEM_CACHE_H

#include "base/list.h"
#include "base/mem.h"

#define KMEM_CHUNK_BYTES (128u << 10)
#define KMEM_HUGE_BYTES (2u << 20)
#define KMEM_HUGE_FROM (32u << 20)

struct kmem_chunk;

struct kmem_cache {
	struct mem *mem;
	const char *name;
	struct list_head partial;	/* kmem_chunk.node: has free objects; `empty` is the last */
	struct kmem_chunk *empty;	/* all of its objects are free; NULL: there is none */
	u32 size;			/* bytes of an object, without what stands behind it */
	u32 stride;			/* bytes from one to the next */
	u32 align;			/* bytes */
	u32 per_chunk;			/* objects of the next chunk */
	u64 live;
};

void kmem_cache_init(struct kmem_cache *s, struct mem *mem, const char *name, size_t size);
/* Each begins with a line of the cache: of so many that to look at one is a miss. */
void kmem_cache_init_lines(struct kmem_cache *s, struct mem *mem, const char *name, size_t size);
/* Not zeroed; NULL past the budget. */
void *kmem_cache_alloc(struct kmem_cache *s) __must_check;
void kmem_cache_free(struct kmem_cache *s, void *p);
void kmem_cache_shrink(struct kmem_cache *s);	/* gives back the chunk that is kept, too */
void kmem_cache_exit(struct kmem_cache *s);	/* chunks stay when objects are live: a leak */

#endif
