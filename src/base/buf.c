/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/assert.h"
#include "base/buf_sum.h"
#include "base/poison.h"

_Static_assert(sizeof(struct buf) <= BUF_HEADER, "buffer header is one cache line");

struct buf_pool *buf_pool_create(const struct mem_ops *ops, size_t cache_max)
{
	struct buf_pool *pool = ops->alloc(ops->ctx, sizeof(*pool));

	if (!pool)
		return NULL;
	*pool = (struct buf_pool){ .ops = *ops, .users = 1, .cache_max = cache_max };
	return pool;
}

void buf_pool_get(struct buf_pool *pool)
{
	pool->users++;
}

static size_t class_bytes(u32 class_)
{
	return (size_t)1 << (BUF_CLASS_MIN_SHIFT + class_);
}

static void pool_drain(struct buf_pool *pool)
{
	for (u32 c = 0; c < BUF_CLASSES; c++) {
		while (pool->free[c]) {
			struct buf *b = pool->free[c];

			pool->free[c] = b->next_free;
			pool->cached -= class_bytes(c);
			unpoison(b->data, b->size);
			pool->ops.free(pool->ops.ctx, b, class_bytes(c));
		}
	}
}

void buf_pool_put(struct buf_pool *pool)
{
	ln_assert(pool->users > 0);
	if (--pool->users)
		return;
	pool_drain(pool);
	pool->ops.free(pool->ops.ctx, pool, sizeof(*pool));
}

static u32 class_of(u32 size)
{
	u64 need = roundup_pow2((u64)size + BUF_HEADER);
	u32 class_ = need <= class_bytes(0) ? 0 :
		     (u32)__builtin_ctzll(need) - BUF_CLASS_MIN_SHIFT;

	ln_assert(class_ < BUF_CLASSES);
	return class_;
}

/* One that nobody kept; the caller counts it. */
static __noinline struct buf *class_new(struct buf_pool *pool, u32 class_)
{
	struct buf *b = pool->ops.alloc(pool->ops.ctx, class_bytes(class_));

	if (!b)
		return NULL;
	b->data = (u8 *)b + BUF_HEADER;
	b->pool = pool;
	b->class_ = class_;
	b->size = (u32)class_bytes(class_) - BUF_HEADER;
	return b;
}

static __always_inline struct buf *buf_begin(struct buf *b)
{
	b->refcnt = 1;
	b->nr_sums = b->next_sum = 0;
	return b;
}

static __always_inline struct buf *class_alloc(struct buf_pool *pool, u32 class_)
{
	struct buf *b = pool->free[class_];

	if (likely(b)) {
		pool->free[class_] = b->next_free;
		pool->cached -= class_bytes(class_);
		unpoison(b->data, b->size);
	} else {
		b = class_new(pool, class_);
		if (!b)
			return NULL;
	}
	pool->live++;
	pool->users++;
	return buf_begin(b);
}

struct buf *buf_alloc(struct buf_pool *pool, u32 size)
{
	return class_alloc(pool, class_of(size));
}

/* As many of those that were kept as there are, up to n. */
static u32 take_kept(struct buf_pool *pool, u32 class_, struct buf **to, u32 n)
{
	struct buf *b = pool->free[class_];
	u32 i = 0;

	for (; i < n && b; i++) {
		to[i] = buf_begin(b);
		b = b->next_free;
		unpoison(to[i]->data, to[i]->size);
	}
	pool->free[class_] = b;
	pool->cached -= i * class_bytes(class_);
	pool->live += i;
	pool->users += i;
	return i;
}

u32 buf_alloc_bulk(struct buf_pool *pool, u32 size, struct buf **to, u32 n)
{
	u32 class_ = class_of(size), i = take_kept(pool, class_, to, n);

	for (; i < n; i++) {
		to[i] = class_alloc(pool, class_);
		if (unlikely(!to[i]))
			break;
	}
	return i;
}

u32 buf_alloc_truesize(u32 size)
{
	return (u32)class_bytes(class_of(size));
}

void buf_release(struct buf *b)
{
	struct buf_pool *pool = b->pool;
	size_t bytes;

	if (unlikely(buf_is_outside(b))) {
		struct buf_outside *o = container_of(b, struct buf_outside, b);

		o->release(o);
		return;
	}
	bytes = class_bytes(b->class_);

	pool->live--;
	if (pool->cached + bytes <= pool->cache_max) {
		b->next_free = pool->free[b->class_];
		pool->free[b->class_] = b;
		pool->cached += bytes;
		poison(b->data, b->size);
	} else {
		pool->ops.free(pool->ops.ctx, b, bytes);
	}
	buf_pool_put(pool);
}

/* More than the pool keeps. */
static __noinline void release_each(struct buf_chain *c)
{
	while (c->n--) {
		struct buf *b = c->first;

		c->first = b->next_free;
		buf_release(b);
	}
	*c = (struct buf_chain){ 0 };
}

void buf_release_chain(struct buf_chain *c)
{
	struct buf_pool *pool;
	size_t bytes;
	u32 class_;

	if (!c->n)
		return;
	pool = c->last->pool;
	class_ = c->last->class_;
	bytes = c->n * class_bytes(class_);
	/* The last user of a pool lets go of it, too. */
	if (unlikely(pool->cached + bytes > pool->cache_max || pool->users <= c->n)) {
		release_each(c);
		return;
	}
	c->last->next_free = pool->free[class_];
	pool->free[class_] = c->first;
	pool->cached += bytes;
	pool->live -= c->n;
	pool->users -= c->n;
	*c = (struct buf_chain){ 0 };
}

/* The index of the first that begins at off or behind. */
static u32 sum_search(const struct buf *b, u32 off)
{
	u32 from = 0, to = b->nr_sums;

	while (from < to) {
		u32 mid = (from + to) / 2;

		if (buf_sum_entry(b, mid)->off < off)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

bool buf_sum_find(struct buf *b, u32 off, u32 len, wsum *sum)
{
	const struct buf_sum *e;
	u32 i = b->next_sum;

	if (unlikely(i >= b->nr_sums || buf_sum_entry(b, i)->off != off))
		i = sum_search(b, off);
	e = buf_sum_entry(b, i);
	if (i >= b->nr_sums || e->off != off || e->len != len)
		return false;
	b->next_sum = (u16)(i + 1);
	*sum = e->sum;
	return true;
}
