/* SPDX-License-Identifier: MIT */
/*
 * Memory of one instance: an allocator given from outside, a budget, and a way to
 * make any allocation fail.
 *
 * Everything that an instance holds is counted in `used` and never passes `budget`:
 * objects by their size (frees say the size again, so no header is needed), packet
 * buffers by the truesize that skbs and rings charge while they hold them. What does
 * not fit is refused with NULL or false; the caller drops with a reason or returns
 * -ENOMEM. Nothing here blocks, and nothing is reserved beyond what is used.
 *
 * fail_after makes allocation failure a normal, tested event: when it is N > 0 the
 * N-th request from now fails, once, and `failed` counts it.
 */
#ifndef LINNET_BASE_MEM_H
#define LINNET_BASE_MEM_H

#include "base/assert.h"
#include "base/poison.h"

/* Where memory comes from. free gets the size that alloc was asked for. */
struct mem_ops {
	void *(*alloc)(void *ctx, size_t size);		/* 16-byte aligned, or NULL */
	void (*free)(void *ctx, void *p, size_t size);
	void *ctx;
	/* Address space that reads as zeros and takes memory where it is written; may be NULL. */
	void *(*reserve)(void *ctx, size_t size);
};

struct mem {
	struct mem_ops ops;
	size_t budget;		/* bytes; SIZE_MAX = none */
	size_t used;		/* bytes charged now */
	size_t peak;		/* highest `used` so far */
	size_t live;		/* objects not yet freed: a teardown expects 0 */
	u64 fail_after;		/* fault injection; 0 = off */
	u64 requests;		/* allocations and charges asked for since the start */
	u64 failed;		/* of these, refused */
};

void mem_init(struct mem *mem, const struct mem_ops *ops, size_t budget);

/* Returns size bytes (zeroed by mem_zalloc), or NULL. Owned by the caller. */
void *mem_alloc(struct mem *mem, size_t size) __must_check;
void *mem_zalloc(struct mem *mem, size_t size) __must_check;

/* p may be NULL; size as in the allocation. */
void mem_free(struct mem *mem, void *p, size_t size);

/*
 * Address space: nothing of it is counted, who writes to it charges what it writes. NULL: the
 * allocator has no such thing, or none left. Given back with mem_release().
 */
void *mem_reserve(struct mem *mem, size_t size) __must_check;
void mem_release(struct mem *mem, void *p, size_t size);

static inline bool mem_may_reserve(const struct mem *mem)
{
	return mem->ops.reserve;
}

/* Counts bytes that live elsewhere (a packet buffer in a ring). False: over the budget. */
bool mem_charge(struct mem *mem, size_t size) __must_check;
void mem_uncharge(struct mem *mem, size_t size);

/*
 * A slab: objects of one size, from chunks, with a free list. Freed objects stay in
 * the slab for the next allocation; chunks return to the allocator in slab_exit().
 */
struct slab {
	struct mem *mem;
	const char *name;
	void *free;		/* singly linked through the first word */
	void *chunks;
	u32 size;		/* bytes per object, rounded up to 16 */
	u32 per_chunk;
	u64 live;
};

/* Of a size that is a multiple of 64 they begin on a cache line of their own. */
void slab_init(struct slab *s, struct mem *mem, const char *name, size_t size);
void *slab_alloc_slow(struct slab *s) __must_check;

/* Not zeroed; NULL past the budget. */
static inline __must_check void *slab_alloc(struct slab *s)
{
	void *p = s->free;

	if (unlikely(!p || s->mem->fail_after))
		return slab_alloc_slow(s);
	unpoison(p, s->size);
	s->free = *(void **)p;
	s->live++;
	return p;
}

static inline void slab_free(struct slab *s, void *p)
{
	ln_assert(s->live > 0);
	s->live--;
	*(void **)p = s->free;
	s->free = p;
	poison(p, s->size);
}

/* Objects that are freed together: gathered, and then given back at once. */
struct slab_chain {
	void *first, *last;
	u32 n;
};

void slab_chain_add(struct slab_chain *c, void *p, u32 size);	/* of the slab's size */
void slab_free_chain(struct slab *s, struct slab_chain *c);
void slab_exit(struct slab *s);			/* chunks stay when objects are live: a leak */

#endif
