/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/xdp_umem.h"

#include <stdlib.h>
#include <sys/mman.h>

static bool in_area(const struct xdp_umem *u, const void *p)
{
	return (const u8 *)p >= u->area && (const u8 *)p < u->area + u->len;
}

/* What the pool asks for is a frame, or once its own struct. */
static void *umem_alloc(void *ctx, size_t size)
{
	struct xdp_umem *u = ctx;

	if (size != u->chunk)
		return malloc(size);
	return u->rx_cut < u->rx_frames ? u->area + (size_t)u->chunk * u->rx_cut++ : NULL;
}

static void umem_end(struct xdp_umem *u)
{
	if (u->area)
		munmap(u->area, u->len);
	free(u->posted);
	free(u);
}

/* The pool frees frames when it ends, and then itself: nobody has a frame any more. */
static void umem_free(void *ctx, void *p, size_t size)
{
	struct xdp_umem *u = ctx;

	(void)size;
	if (in_area(u, p))
		return;
	free(p);
	umem_end(u);
}

static bool umem_map(struct xdp_umem *u)
{
	void *area = mmap(NULL, u->len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (area == MAP_FAILED)
		return false;
	u->area = area;
	return true;
}

struct xdp_umem *xdp_umem_create(u32 chunk, u32 rx_frames, u32 tx_frames)
{
	struct xdp_umem *u = calloc(1, sizeof(*u) + tx_frames * sizeof(u->tx_addr[0]));
	const struct mem_ops ops = { .alloc = umem_alloc, .free = umem_free, .ctx = u };

	if (!u)
		return NULL;
	u->chunk = chunk;
	u->rx_frames = rx_frames;
	u->tx_frames = u->tx_free = tx_frames;
	u->len = (size_t)chunk * (rx_frames + tx_frames);
	for (u32 i = 0; i < tx_frames; i++)
		u->tx_addr[i] = (u64)chunk * (rx_frames + i);
	u->posted = calloc(rx_frames, sizeof(*u->posted));
	u->pool = u->posted && umem_map(u) ? buf_pool_create(&ops, u->len) : NULL;
	if (!u->pool) {
		umem_end(u);
		return NULL;
	}
	return u;
}

void xdp_umem_put(struct xdp_umem *u)
{
	for (u64 i = 0; i < u->rx_cut; i++)
		if (u->posted[i])
			buf_put(xdp_umem_take(u, i * u->chunk));
	buf_pool_put(u->pool);
}
