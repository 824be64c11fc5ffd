/* SPDX-License-Identifier: MIT */
/*
 * A ring that is shared with the kernel (Documentation/networking/af_xdp.rst), from our side: of
 * the fill and transmit rings we are the producer, of the completion and receive rings the
 * consumer.
 *
 * Indexes count up and wrap at 2^32; an entry is index & mask. `prod` and `cons` are ours: of the
 * two the one that we write runs ahead of what the kernel was told, the other is what the kernel
 * told last. The kernel's word is read again only when the old one is not enough, so that a batch
 * costs one look at the kernel's cache line.
 */
#ifndef LINNET_HOST_XDP_RING_H
#define LINNET_HOST_XDP_RING_H

#include "base/types.h"

struct xdp_ring {
	u32 *producer, *consumer;	/* in the shared memory */
	const u32 *flags;
	void *entries;
	u32 size, mask;			/* a power of two */
	u32 prod, cons;
};

/* ---- we produce ---- */

/* How many entries may be written, at least `wanted` where the kernel left so many. */
static inline u32 xdp_ring_room(struct xdp_ring *r, u32 wanted)
{
	if (r->size - (r->prod - r->cons) < wanted)
		r->cons = __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
	return r->size - (r->prod - r->cons);
}

/* Shows the kernel all that was written. */
static inline void xdp_ring_submit(struct xdp_ring *r)
{
	__atomic_store_n(r->producer, r->prod, __ATOMIC_RELEASE);
}

/* Entries that the kernel has not taken yet. */
static inline u32 xdp_ring_pending(struct xdp_ring *r)
{
	r->cons = __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
	return r->prod - r->cons;
}

/* ---- we consume ---- */

/* How many entries may be read. */
static inline u32 xdp_ring_ready(struct xdp_ring *r)
{
	if (r->prod == r->cons)
		r->prod = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	return r->prod - r->cons;
}

/* Gives back all that was read. */
static inline void xdp_ring_release(struct xdp_ring *r)
{
	__atomic_store_n(r->consumer, r->cons, __ATOMIC_RELEASE);
}

/* ---- entries ---- */

/* The fill and completion rings hold addresses in the UMEM. */
static inline u64 *xdp_ring_addr(const struct xdp_ring *r, u32 index)
{
	return (u64 *)r->entries + (index & r->mask);
}

struct xdp_frame {			/* the kernel's struct xdp_desc */
	u64 addr;			/* in the UMEM */
	u32 len;
	u32 options;
};

#define XDP_CONTINUED 1u		/* options: the frame goes on in the next (XDP_PKT_CONTD) */

/* The receive and transmit rings hold frames. */
static inline struct xdp_frame *xdp_ring_frame(const struct xdp_ring *r, u32 index)
{
	return (struct xdp_frame *)r->entries + (index & r->mask);
}

#endif
