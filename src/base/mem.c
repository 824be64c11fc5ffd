/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include "base/assert.h"
#include "base/poison.h"

#define SLAB_CHUNK_BYTES 16384u
#define LINE 64u			/* bytes of the cache */

void mem_init(struct mem *mem, const struct mem_ops *ops, size_t budget)
{
	*mem = (struct mem){ .ops = *ops, .budget = budget };
}

static bool mem_admit(struct mem *mem, size_t size)
{
	mem->requests++;
	if (unlikely(mem->fail_after) && --mem->fail_after == 0) {
		mem->failed++;
		return false;
	}
	if (unlikely(size > mem->budget - mem->used)) {
		mem->failed++;
		return false;
	}
	return true;
}

static void mem_count(struct mem *mem, size_t size)
{
	mem->used += size;
	if (mem->used > mem->peak)
		mem->peak = mem->used;
}

bool mem_charge(struct mem *mem, size_t size)
{
	if (!mem_admit(mem, size))
		return false;
	mem_count(mem, size);
	return true;
}

void mem_uncharge(struct mem *mem, size_t size)
{
	ln_assert(size <= mem->used);
	mem->used -= size;
}

void *mem_alloc(struct mem *mem, size_t size)
{
	void *p;

	if (!mem_admit(mem, size))
		return NULL;
	p = mem->ops.alloc(mem->ops.ctx, size);
	if (unlikely(!p)) {
		mem->failed++;
		return NULL;
	}
	mem_count(mem, size);
	mem->live++;
	return p;
}

void *mem_zalloc(struct mem *mem, size_t size)
{
	void *p = mem_alloc(mem, size);

	if (p)
		memset(p, 0, size);
	return p;
}

void mem_free(struct mem *mem, void *p, size_t size)
{
	if (!p)
		return;
	ln_assert(mem->live > 0);
	mem->live--;
	mem_uncharge(mem, size);
	mem->ops.free(mem->ops.ctx, p, size);
}

void *mem_reserve(struct mem *mem, size_t size)
{
	void *p = NULL;

	if (mem->ops.reserve && mem_admit(mem, 0))
		p = mem->ops.reserve(mem->ops.ctx, size);
	if (p)
		mem->live++;
	return p;
}

void mem_release(struct mem *mem, void *p, size_t size)
{
	ln_assert(mem->live > 0);
	mem->live--;
	mem->ops.free(mem->ops.ctx, p, size);
}

/* A chunk: a link to the next one, its size, then the objects. */
struct slab_chunk {
	struct slab_chunk *next;
	size_t size;
};

void slab_init(struct slab *s, struct mem *mem, const char *name, size_t size)
{
	size = round_up(max_t(size_t, size, sizeof(void *)), 16);
	*s = (struct slab){ .mem = mem, .name = name, .size = (u32)size };
	/* The first chunk is small: an instance that needs two objects pays for four. */
	s->per_chunk = 4;
}

static bool slab_grow(struct slab *s)
{
	size_t objects = (size_t)s->per_chunk * s->size, spare = s->size % LINE ? 0 : LINE;
	size_t size = sizeof(struct slab_chunk) + spare + objects;
	struct slab_chunk *c = mem_alloc(s->mem, size);
	char *obj;

	if (!c)
		return false;
	c->next = s->chunks;
	c->size = size;
	s->chunks = c;
	obj = (char *)(c + 1);
	if (spare)
		obj += -(uintptr_t)obj % LINE;
	obj += objects;
	for (u32 i = 0; i < s->per_chunk; i++) {
		obj -= s->size;
		*(void **)(void *)obj = s->free;
		s->free = obj;
		poison(obj, s->size);
	}
	if ((size_t)s->per_chunk * s->size < SLAB_CHUNK_BYTES)
		s->per_chunk *= 2;
	return true;
}

void *slab_alloc_slow(struct slab *s)
{
	void *p;

	if (unlikely(s->mem->fail_after)) {
		/* Let each object's allocation fail in its turn, not only each chunk's. */
		if (!mem_charge(s->mem, 0))
			return NULL;
	}
	if (unlikely(!s->free) && !slab_grow(s))
		return NULL;
	p = s->free;
	unpoison(p, s->size);
	s->free = *(void **)p;
	s->live++;
	return p;
}

void slab_chain_add(struct slab_chain *c, void *p, u32 size)
{
	*(void **)p = c->first;
	c->first = p;
	if (!c->last)
		c->last = p;
	c->n++;
	poison(p, size);
}

void slab_free_chain(struct slab *s, struct slab_chain *c)
{
	if (!c->n)
		return;
	ln_assert(s->live >= c->n);
	s->live -= c->n;
	unpoison(c->last, s->size);
	*(void **)c->last = s->free;
	poison(c->last, s->size);
	s->free = c->first;
	*c = (struct slab_chain){ 0 };
}

void slab_exit(struct slab *s)
{
	struct slab_chunk *c = s->chunks, *next;

	if (s->live)
		return;		/* a leak: net_destroy() reports it from the memory count */
	for (; c; c = next) {
		next = c->next;
		unpoison(c, c->size);
		mem_free(s->mem, c, c->size);
	}
	s->chunks = NULL;
	s->free = NULL;
}
