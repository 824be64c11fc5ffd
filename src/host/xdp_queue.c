/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/xdp_queue.h"

#include <stdio.h>
#include <string.h>

#include "host/xdp_partial.h"

/* ---- opening ---- */

static void fill_put(struct xdp_queue *q, const struct buf *buf)
{
	struct xdp_ring *fill = &q->sock.ring[XDP_FILL];

	*xdp_ring_addr(fill, fill->prod++) = xdp_umem_post(q->umem, buf);
}

bool xdp_queue_open(struct xdp_queue *q, struct xdp_sock_params *sp, char *err, size_t cap)
{
	q->umem = xdp_umem_create(sp->chunk, XDP_RX_FRAMES, XDP_TX_ENTRIES);
	if (!q->umem) {
		snprintf(err, cap, "%s: out of memory", sp->dev->name);
		return false;
	}
	sp->umem = q->umem->area;
	sp->umem_len = q->umem->len;
	sp->rx_size = XDP_RX_ENTRIES;
	sp->tx_size = XDP_TX_ENTRIES;
	if (!xdp_sock_open(&q->sock, sp, err, cap))
		return false;
	for (u32 i = 0; i < XDP_RX_ENTRIES; i++)
		fill_put(q, xdp_umem_get(q->umem));
	xdp_ring_submit(&q->sock.ring[XDP_FILL]);
	return true;
}

void xdp_queue_close(struct xdp_queue *q)
{
	xdp_sock_close(&q->sock);
	if (q->umem)
		xdp_umem_put(q->umem);
}

/* ---- from the interface ---- */

/* As many frames as a received one takes, for the fill ring. False: the stack holds them all. */
static bool fresh_frames(struct xdp_queue *q, struct buf *fresh[XDP_SEGS_MAX], u32 n)
{
	for (u32 i = 0; i < n; i++) {
		fresh[i] = xdp_umem_get(q->umem);
		if (fresh[i])
			continue;
		while (i)
			buf_put(fresh[--i]);
		return false;
	}
	return true;
}

static void rx_frame(struct xdp_queue *q, struct nic *nic, bool veth, const struct xdp_frame *f,
		     u32 n)
{
	struct buf *fresh[XDP_SEGS_MAX];
	struct nic_seg seg[XDP_SEGS_MAX];
	struct nic_meta meta = { .packet = 0 };
	bool lend;
	u32 len = 0;

	for (u32 i = 0; i < n; i++) {
		seg[i] = (struct nic_seg){ .addr = q->umem->area + f[i].addr, .len = f[i].len,
					   .buf = xdp_umem_take(q->umem, f[i].addr) };
		len += f[i].len;
	}
	if (veth)
		xdp_is_partial(q->umem->area + f->addr, f->len, len, &meta);
	lend = fresh_frames(q, fresh, n);
	if (lend) {
		q->rx_lent++;
		nic_rx_lend(nic, seg, n, &meta);
	} else {
		q->rx_copied++;
		nic_rx_dma(nic, seg, n, &meta);
	}
	for (u32 i = 0; i < n; i++)
		fill_put(q, lend ? fresh[i] : seg[i].buf);
}

/* The next entry of a frame in several. True: it was the last, and all are there. */
static bool rx_gather(struct xdp_queue *q, struct nic *nic, const struct xdp_frame *f)
{
	if (likely(q->parts < XDP_SEGS_MAX))
		q->part[q->parts] = *f;
	else		/* longer than any MTU of ours */
		fill_put(q, xdp_umem_take(q->umem, f->addr));
	q->parts++;
	if (f->options & XDP_CONTINUED)
		return false;
	if (likely(q->parts <= XDP_SEGS_MAX))
		return true;
	for (u32 i = 0; i < XDP_SEGS_MAX; i++)
		fill_put(q, xdp_umem_take(q->umem, q->part[i].addr));
	q->parts = 0;
	nic_rx_drop(nic, 0, SKB_DROP_REASON_NIC_GIANT);
	return false;
}

u32 xdp_queue_rx(struct xdp_queue *q, struct nic *nic, bool veth, u32 budget)
{
	struct xdp_ring *rx = &q->sock.ring[XDP_RX];
	u32 entries = xdp_ring_ready(rx), frames = 0;

	budget = min(budget, nic_rx_free(nic));
	if (!entries || !budget)
		return 0;
	xdp_ring_room(&q->sock.ring[XDP_FILL], entries);	/* there is: it lacks what came */
	while (entries-- && frames < budget) {
		const struct xdp_frame f = *xdp_ring_frame(rx, rx->cons++);

		if (likely(!q->parts && !(f.options & XDP_CONTINUED))) {
			rx_frame(q, nic, veth, &f, 1);
			frames++;
		} else if (rx_gather(q, nic, &f)) {
			rx_frame(q, nic, veth, q->part, q->parts);
			q->parts = 0;
			frames++;
		}
	}
	xdp_ring_release(rx);
	xdp_ring_submit(&q->sock.ring[XDP_FILL]);
	if (xdp_sock_needs_wakeup(&q->sock, XDP_FILL))
		xdp_sock_receive(&q->sock);
	return frames;
}

/* ---- to the interface ---- */

/* Frames that were sent are ours again. */
static void tx_reap(struct xdp_queue *q)
{
	struct xdp_ring *comp = &q->sock.ring[XDP_COMP];
	u32 n = xdp_ring_ready(comp);

	if (!n)
		return;
	for (u32 i = 0; i < n; i++)
		q->umem->tx_addr[q->umem->tx_free++] = *xdp_ring_addr(comp, comp->cons++);
	xdp_ring_release(comp);
}

static bool tx_has_room(struct xdp_queue *q, u32 entries)
{
	return q->umem->tx_free >= entries &&
	       xdp_ring_room(&q->sock.ring[XDP_TX], entries) >= entries;
}

/* The frame's bytes, as many as a frame of the UMEM holds in each. */
static void tx_copy(struct xdp_queue *q, const struct nic_seg *segs, u32 n)
{
	struct xdp_ring *tx = &q->sock.ring[XDP_TX];
	const u32 chunk = q->umem->chunk;
	u64 addr = q->umem->tx_addr[--q->umem->tx_free];
	u32 len = 0;

	for (u32 i = 0; i < n; i++) {
		for (u32 at = 0, part; at < segs[i].len; at += part) {
			if (unlikely(len == chunk)) {
				*xdp_ring_frame(tx, tx->prod++) =
					(struct xdp_frame){ addr, len, XDP_CONTINUED };
				addr = q->umem->tx_addr[--q->umem->tx_free];
				len = 0;
			}
			part = min(segs[i].len - at, chunk - len);
			memcpy(q->umem->area + addr + len, segs[i].addr + at, part);
			len += part;
		}
	}
	*xdp_ring_frame(tx, tx->prod++) = (struct xdp_frame){ addr, len, 0 };
}

bool xdp_queue_put(struct xdp_queue *q, const struct nic_seg *segs, u32 n)
{
	u32 len = 0, entries = 1;

	if (q->sock.sg) {
		for (u32 i = 0; i < n; i++)
			len += segs[i].len;
		entries = (len + q->umem->chunk - 1) / q->umem->chunk;
	}
	if (!tx_has_room(q, entries) && (!xdp_queue_push(q) || !tx_has_room(q, entries)))
		return false;
	tx_copy(q, segs, n);
	q->tx_frames++;
	q->unsent = true;
	return true;
}

bool xdp_queue_push(struct xdp_queue *q)
{
	bool all;

	xdp_ring_submit(&q->sock.ring[XDP_TX]);
	all = xdp_sock_send(&q->sock);
	tx_reap(q);
	q->unsent = false;
	return all;
}
