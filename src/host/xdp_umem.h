/* SPDX-License-Identifier: MIT */
/*
 * The memory that a queue shares with the kernel, cut into frames of one size. The first ones are
 * for receiving, and each is a struct buf of a pool of their own, so a received frame goes up the
 * stack where the kernel (or the card) wrote it and comes back by buf_put(). The rest is for
 * sending.
 *
 *	chunk:   | struct buf, 64 bytes | headroom | frame, XDP_FRAME_OFF behind the chunk's start
 *
 * The memory lives as long as its pool: until the last frame is back.
 */
#ifndef LINNET_HOST_XDP_UMEM_H
#define LINNET_HOST_XDP_UMEM_H

#include "base/buf.h"

#define XDP_FRAME_OFF 256		/* the kernel's XDP_PACKET_HEADROOM */

struct xdp_umem {
	u8 *area;
	size_t len;
	u32 chunk;			/* bytes: 2048 or 4096 */
	u32 rx_frames, tx_frames;
	u32 rx_cut;			/* frames that the pool has had */
	struct buf_pool *pool;
	u32 tx_free;
	u64 tx_addr[];			/* the first tx_free ones: sending frames at rest */
};

/* NULL: no memory. */
struct xdp_umem *xdp_umem_create(u32 chunk, u32 rx_frames, u32 tx_frames);

/* The queue is done with it. */
void xdp_umem_put(struct xdp_umem *u);

/* A receiving frame, or NULL: all are out. */
static inline struct buf *xdp_umem_get(struct xdp_umem *u)
{
	return buf_alloc(u->pool, u->chunk - BUF_HEADER);
}

static inline u64 xdp_umem_addr(const struct xdp_umem *u, const struct buf *b)
{
	return (u64)((const u8 *)b - u->area);
}

/* The receiving frame that holds this address. */
static inline struct buf *xdp_umem_buf(const struct xdp_umem *u, u64 addr)
{
	return (struct buf *)(void *)(u->area + (addr & ~(u64)(u->chunk - 1)));
}

#endif
