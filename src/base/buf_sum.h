/* SPDX-License-Identifier: MIT */
/*
 * Sums of what stands in a buffer, kept with it, so that who sends a piece of it need not read it
 * again. The table stands at the buffer's end and grows towards its front, in the order of the
 * pieces:
 *
 *	| piece 0 | piece 1 | piece 2 |   room   | sum 2 | sum 1 | sum 0 |
 *
 * It says the truth about the bytes that it tells of, whoever refers to them; a piece that has
 * other ends than one of the table is not found.
 */
#ifndef LINNET_BASE_BUF_SUM_H
#define LINNET_BASE_BUF_SUM_H

#include "base/buf.h"
#include "base/csum.h"

struct buf_sum {
	u16 off, len;
	wsum sum;
};

static inline struct buf_sum *buf_sum_entry(const struct buf *b, u32 i)
{
	return (struct buf_sum *)(void *)(b->data + b->size) - 1 - i;
}

/* What is left behind the first `used` bytes, with room for one more sum. */
static inline u32 buf_sum_room(const struct buf *b, u32 used)
{
	u32 taken = used + (b->nr_sums + 1u) * (u32)sizeof(struct buf_sum);

	return taken < b->size ? b->size - taken : 0;
}

/* Keeps the sum of a piece behind all those before; more: it continues the last one, if that ends
 * here. The caller left room, and offsets fit 16 bits. */
static inline void buf_sum_keep(struct buf *b, u32 off, u32 len, wsum sum, bool more)
{
	struct buf_sum *e = buf_sum_entry(b, b->nr_sums);

	if (more && b->nr_sums && e[1].off + e[1].len == off) {
		e[1].sum = csum_block_add(e[1].sum, sum, e[1].len);
		e[1].len = (u16)(e[1].len + len);
		return;
	}
	*e = (struct buf_sum){ (u16)off, (u16)len, sum };
	b->nr_sums++;
}

/* False: the sum of this piece is not known. */
bool buf_sum_find(struct buf *b, u32 off, u32 len, wsum *sum);

#endif
