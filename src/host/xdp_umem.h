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
	bool *posted;			/* receiving frames that are with the kernel */
	struct buf_pool *pool;
	u32 tx_free;
	u64 tx_addr[];			/* the first tx_free ones: sending frames at rest */
};

/* NULL: no memory. */
struct xdp_umem *xdp_umem_create(u32 chunk, u32 rx_frames, u32 tx_frames);

/* The queue is done with it, and the socket closed: frames that were with the kernel are free. */
void xdp_umem_put(struct xdp_umem *u);

/* A receiving frame, or NULL: all are out. */
static inline struct buf *xdp_umem_get(struct xdp_umem *u)
{
	return buf_alloc(u->pool, u->chunk - BUF_HEADER);
}

/* The frame goes to the kernel; its address there. */
static inline u64 xdp_umem_post(struct xdp_umem *u, const struct buf *b)
{
	u64 addr = (u64)((const u8 *)b - u->area);

	u->posted[addr / u->chunk] = true;
	return addr;
}

/* The receiving frame that holds this address comes back from the kernel. */
static inline struct buf *xdp_umem_take(struct xdp_umem *u, u64 addr)
{
	u64 index = addr / u->chunk;

	u->posted[index] = false;
	return (struct buf *)(void *)(u->area + index * u->chunk);
}

#endif
