/* SPDX-License-Identifier: MIT */
/*
 * Packet buffers: where payload lives. Reference counted, without a lock, and each carries
 * the pool that it returns to, so a buffer may end its life on another machine of the same
 * thread: a cable or a veth hands it over instead of copying it.
 *
 * Rule: bytes of a buffer that anybody else may hold (refcnt > 1) are never written.
 *
 * A pool has size classes (powers of two from 256 bytes to 128 KiB, header included) and
 * keeps freed buffers for the next packet, up to cache_max. What is held is counted by the
 * holders (skb truesize, ring charge) against the budget of their instance; the pool itself
 * lives as long as any instance or buffer refers to it.
 */
#ifndef LINNET_BASE_BUF_H
#define LINNET_BASE_BUF_H

#include "base/mem.h"

#define BUF_CLASSES 10
#define BUF_CLASS_MIN_SHIFT 8
#define BUF_HEADER 64
#define BUF_SIZE_MAX ((1u << (BUF_CLASS_MIN_SHIFT + BUF_CLASSES - 1)) - BUF_HEADER)

struct buf_pool;

struct buf {
	u32 refcnt;
	u32 size;		/* bytes at data */
	u8 *data;		/* BUF_HEADER behind the buf; of BUF_OUTSIDE anywhere */
	struct buf_pool *pool;
	union {
		struct buf *next_free;
		u64 packet;	/* id of the frame in it, while that has no sk_buff */
	};
	u32 class_;		/* or BUF_OUTSIDE */
	u16 nr_sums, next_sum;	/* base/buf_sum.h: how many, and where to look first */
};

/*
 * Memory that is not ours (MSG_ZEROCOPY): the last reference calls release, and its owner may write
 * it then. Until that he may write it too, so it goes to nobody but a card: who is to read it here,
 * or on another machine, gets a copy (skb_orphan_frags).
 */
#define BUF_OUTSIDE UINT32_MAX

struct buf_outside {
	struct buf b;
	void (*release)(struct buf_outside *o);	/* frees it */
	bool copied;		/* somebody needed a copy */
};

struct buf_pool {
	struct mem_ops ops;
	u32 users;		/* instances and live buffers; freed at 0 */
	u64 live;
	size_t cached, cache_max;	/* bytes on the free lists */
	struct buf *free[BUF_CLASSES];
};

/* A pool with one user, or NULL. */
struct buf_pool *buf_pool_create(const struct mem_ops *ops, size_t cache_max);
void buf_pool_get(struct buf_pool *pool);
void buf_pool_put(struct buf_pool *pool);

/* A buffer of at least size bytes (at most BUF_SIZE_MAX) with one reference, or NULL. */
struct buf *buf_alloc(struct buf_pool *pool, u32 size) __must_check;
/* Up to n of them; returns how many. Each has a truesize of buf_alloc_truesize(size). */
u32 buf_alloc_bulk(struct buf_pool *pool, u32 size, struct buf **to, u32 n);
u32 buf_alloc_truesize(u32 size);
void buf_release(struct buf *b);

/* Buffers of one pool and size, whose last reference is gone, that go back together. */
struct buf_chain {
	struct buf *first, *last;
	u32 n;
};

void buf_release_chain(struct buf_chain *c);

/* Not one of BUF_OUTSIDE. */
static inline void buf_chain_add(struct buf_chain *c, struct buf *b)
{
	if (unlikely(c->n && (b->pool != c->last->pool || b->class_ != c->last->class_)))
		buf_release_chain(c);
	b->next_free = c->first;
	c->first = b;
	if (!c->n++)
		c->last = b;
	poison(b->data, b->size);
}

static inline struct buf *buf_get(struct buf *b)
{
	b->refcnt++;
	return b;
}

static inline void buf_put(struct buf *b)
{
	if (--b->refcnt == 0)
		buf_release(b);
}

static inline bool buf_is_outside(const struct buf *b)
{
	return b->class_ == BUF_OUTSIDE;
}

static inline bool buf_shared(const struct buf *b)
{
	return b->refcnt > 1;
}

/* What a holder charges for it: data and header. */
static inline u32 buf_truesize(const struct buf *b)
{
	return b->size + BUF_HEADER;
}

#endif
