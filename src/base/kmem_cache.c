/* SPDX-License-Identifier: MIT */
#include "base/kmem_cache.h"

#include "base/assert.h"
#include "base/poison.h"

/* Then the objects; each is followed by a pointer to its chunk. */
struct kmem_chunk {
	struct list_head node;	/* of partial; points to itself while no object is free */
	void *free;		/* singly linked through the first word */
	u32 used, objects;
};

#define ALIGN 16u		/* what mem_alloc() gives */

_Static_assert(sizeof(struct kmem_chunk) % ALIGN == 0, "objects are aligned, too");

static struct kmem_chunk **chunk_of(const struct kmem_cache *s, void *obj)
{
	return (struct kmem_chunk **)(void *)((char *)obj + s->size);
}

static size_t chunk_bytes(const struct kmem_cache *s, u32 objects)
{
	return sizeof(struct kmem_chunk) + (s->align - ALIGN) + (size_t)objects * s->stride;
}

static void init(struct kmem_cache *s, struct mem *mem, const char *name, size_t size, u32 align)
{
	size = round_up(max_t(size_t, size, sizeof(void *)), sizeof(void *));
	*s = (struct kmem_cache){
		.mem = mem, .name = name, .size = (u32)size,
		.stride = (u32)round_up(size + sizeof(void *), align), .align = align,
		.per_chunk = 4,	/* an instance that needs two objects pays for four */
	};
	list_init(&s->partial);
}

void kmem_cache_init(struct kmem_cache *s, struct mem *mem, const char *name, size_t size)
{
	init(s, mem, name, size, ALIGN);
}

void kmem_cache_init_lines(struct kmem_cache *s, struct mem *mem, const char *name, size_t size)
{
	init(s, mem, name, size, CACHE_LINE);
}

static struct kmem_chunk *chunk_alloc(struct kmem_cache *s, u32 objects)
{
	struct kmem_chunk *c = mem_alloc(s->mem, chunk_bytes(s, objects));

	if (c)
		*c = (struct kmem_chunk){ .objects = objects };
	return c;
}

static u32 huge_chunk_objects(const struct kmem_cache *s)
{
	return (u32)((KMEM_HUGE_BYTES - chunk_bytes(s, 0)) / s->stride);
}

static struct kmem_chunk *chunk_new(struct kmem_cache *s)
{
	struct kmem_chunk *c = NULL;
	char *obj;

	if (s->live * s->stride >= KMEM_HUGE_FROM)
		c = chunk_alloc(s, huge_chunk_objects(s));
	if (!c)		/* the last of a budget, too */
		c = chunk_alloc(s, s->per_chunk);
	if (!c)
		return NULL;
	obj = (char *)round_up((uintptr_t)(c + 1), (uintptr_t)s->align) +
	      (size_t)c->objects * s->stride;
	for (u32 i = 0; i < c->objects; i++) {
		obj -= s->stride;
		*(void **)(void *)obj = c->free;
		*chunk_of(s, obj) = c;
		c->free = obj;
		poison(obj, s->size);
	}
	list_add(&c->node, &s->partial);
	s->per_chunk = (u32)min(s->per_chunk * 2ull, div_round_up(KMEM_CHUNK_BYTES, s->stride));
	return c;
}

static void chunk_free(struct kmem_cache *s, struct kmem_chunk *c)
{
	size_t bytes = chunk_bytes(s, c->objects);

	list_del_init(&c->node);
	unpoison(c, bytes);
	mem_free(s->mem, c, bytes);
}

/* Each object's allocation fails in its turn, not only each chunk's. */
static bool fails_now(struct mem *mem)
{
	mem->requests++;
	if (--mem->fail_after)
		return false;
	mem->failed++;
	return true;
}

void *kmem_cache_alloc(struct kmem_cache *s)
{
	struct kmem_chunk *c;
	void *p;

	if (unlikely(s->mem->fail_after) && fails_now(s->mem))
		return NULL;
	if (likely(!list_empty(&s->partial)))
		c = list_first_entry(&s->partial, struct kmem_chunk, node);
	else
		c = chunk_new(s);
	if (unlikely(!c))
		return NULL;
	if (c == s->empty)
		s->empty = NULL;
	p = c->free;
	unpoison(p, s->size);
	c->free = *(void **)p;
	if (++c->used == c->objects)
		list_del_init(&c->node);
	s->live++;
	return p;
}

/* Of busier times. Half of what made it: who comes and goes at the border maps nothing. */
static bool is_too_large(const struct kmem_cache *s, const struct kmem_chunk *c)
{
	return c->objects > s->per_chunk && s->live * s->stride < KMEM_HUGE_FROM / 2;
}

static void chunk_is_empty(struct kmem_cache *s, struct kmem_chunk *c)
{
	if (s->empty && is_too_large(s, s->empty))
		kmem_cache_shrink(s);
	if (s->empty || is_too_large(s, c)) {
		chunk_free(s, c);
		return;
	}
	s->empty = c;
	list_move_tail(&c->node, &s->partial);
}

void kmem_cache_free(struct kmem_cache *s, void *p)
{
	struct kmem_chunk *c = *chunk_of(s, p);

	ln_assert(s->live > 0 && c->used > 0);
	s->live--;
	if (c->used-- == c->objects)
		list_add(&c->node, &s->partial);
	*(void **)p = c->free;
	c->free = p;
	poison(p, s->size);
	if (!c->used)
		chunk_is_empty(s, c);
}

void kmem_cache_shrink(struct kmem_cache *s)
{
	if (s->empty)
		chunk_free(s, s->empty);
	s->empty = NULL;
}

void kmem_cache_exit(struct kmem_cache *s)
{
	if (!s->live)	/* else a leak: net_destroy() reports it from the memory count */
		kmem_cache_shrink(s);
}
