/* SPDX-License-Identifier: MIT */
/*
 * The receive ring (row N2), the backend's side: frames fill posted buffers by DMA, or were written
 * there; what may not come in is dropped and counted. nic_rx_ring.c has the buffers, nic_handover.c
 * what comes in without a copy, nic_rx_take.c the driver's side.
 */
#include <linnet/nic.h>

#include "base/trace.h"
#include "driver/nic_impl.h"
#include "driver/nic_rss.h"
#include "wire/eth.h"

static const struct nic_meta no_meta;

static u64 *drop_counter(struct nic_stats *stats, enum skb_drop_reason reason)
{
	switch (reason) {
	case SKB_DROP_REASON_NIC_FCS:
		return &stats->rx_fcs_errors;
	case SKB_DROP_REASON_NIC_FILTER:
		return &stats->rx_filtered;
	case SKB_DROP_REASON_NIC_DOWN:
		return &stats->rx_down;
	case SKB_DROP_REASON_NIC_RUNT:
	case SKB_DROP_REASON_NIC_GIANT:
		return &stats->rx_length_errors;
	case SKB_DROP_REASON_NIC_FIFO:
		return &stats->rx_fifo_errors;
	case SKB_DROP_REASON_NIC_OVERRUN:
		return &stats->rx_missed_errors;
	case SKB_DROP_REASON_NOMEM:
		return &stats->rx_no_buffer;
	case SKB_DROP_REASON_SHARD_RING:
		return &stats->rx_shard_ring;
	default:
		return NULL;
	}
}

void nic_rx_drop(struct nic *nic, u64 packet, enum skb_drop_reason reason)
{
	u64 *counter = drop_counter(&nic->stats, reason);

	if (counter)
		++*counter;
	trace_dev(nic->net, nic_rx_drop, nic->dev, packet, reason);
	frame_drop(nic->net, nic->dev, packet, reason, NULL);
}

u32 nic_segs_len(const struct nic_seg *segs, u32 nsegs)
{
	u32 len = 0;

	for (u32 i = 0; i < nsegs; i++)
		len += segs[i].len;
	return len;
}

__cold bool nic_rx_refuse(struct nic *nic, u32 len, u32 len_max, u64 packet)
{
	enum skb_drop_reason reason = SKB_DROP_REASON_NIC_OVERRUN;

	if (!nic->up)
		reason = SKB_DROP_REASON_NIC_DOWN;
	else if (len < ETH_HLEN)
		reason = SKB_DROP_REASON_NIC_RUNT;
	else if (len > len_max)
		reason = SKB_DROP_REASON_NIC_GIANT;
	nic_rx_drop(nic, packet, reason);
	return false;
}

u8 *nic_rx_buffer(struct nic *nic, u32 *cap)
{
	const struct nic_rx_ring *rx = &nic->rx;
	const struct nic_rx_slot *slot;

	if (unlikely(!nic->up || nic_rx_free(nic) == 0))
		return NULL;
	slot = &rx->slot[rx->next_fill & rx->mask];
	if (unlikely(!slot->buf && !nic_rx_late_bufs(nic)))
		return NULL;
	*cap = rx->buf_len;
	return slot->buf->data + NIC_RX_HEADROOM;
}

/* A buffer of the ring's: charged to the instance while it is. */
static bool ring_new_buf(struct nic *nic, struct buf **at, u32 size)
{
	struct buf *buf = buf_alloc(nic->net->bufs, size);

	if (unlikely(!buf))
		return false;
	if (unlikely(!mem_charge(&nic->net->mem, buf_truesize(buf)))) {
		buf_put(buf);
		return false;
	}
	*at = buf;
	return true;
}

u32 nic_rx_pieces(struct nic *nic, struct nic_rx_piece piece[NIC_RX_PIECES])
{
	struct nic_rx_ring *rx = &nic->rx;
	u32 n = 1;

	piece[0].addr = nic_rx_buffer(nic, &piece[0].len);
	if (!piece[0].addr)
		return 0;
	for (u32 i = 0; i < NIC_RX_SPARES && rx->more; i++) {
		struct buf **spare = &rx->spares.buf[i];

		if (!*spare && unlikely(!ring_new_buf(nic, spare, NIC_RX_SPARE_LEN)))
			break;
		piece[n++] = (struct nic_rx_piece){ (*spare)->data, NIC_RX_SPARE_LEN };
	}
	return n;
}

/* How much longer than a posted buffer a frame may have become. */
static u32 spare_len(const struct nic_rx_ring *rx)
{
	u32 n = 0;

	while (n < NIC_RX_SPARES && rx->spares.buf[n])
		n++;
	return n * NIC_RX_SPARE_LEN;
}

/* The spare buffers that a frame of so many bytes more stands in become its slot's. */
static void take_spares(struct nic_rx_ring *rx, u32 len)
{
	struct nic_rx_spares *more = &rx->more[rx->next_fill & rx->mask];

	for (u32 i = 0; i * NIC_RX_SPARE_LEN < len; i++) {
		more->buf[i] = rx->spares.buf[i];
		rx->spares.buf[i] = NULL;
	}
}

/* The frame of len bytes that stands in the next slot, and in its spare buffers: true: it was
 * another shard's, and went there. */
static bool rx_steer(struct nic *nic, u32 len, struct nic_meta *meta)
{
	const struct nic_rx_ring *rx = &nic->rx;
	struct nic_seg seg[NIC_RX_PIECES];
	u32 n = 0;

	seg[n].addr = rx->slot[rx->next_fill & rx->mask].buf->data + NIC_RX_HEADROOM;
	seg[n++].len = min(len, rx->buf_len);
	for (u32 at = rx->buf_len; at < len; at += NIC_RX_SPARE_LEN, n++) {
		seg[n].addr = rx->spares.buf[n - 1]->data;
		seg[n].len = min(len - at, (u32)NIC_RX_SPARE_LEN);
	}
	return nic_rss_rx(nic, seg, n, meta);
}

/* A frame that was let in stands in the next slot's buffer. */
static __always_inline void rx_stands(struct nic *nic, u32 len, const struct nic_meta *meta)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct nic_rx_slot *slot = &rx->slot[rx->next_fill & rx->mask];

	slot->len = len;
	slot->bare = !meta;
	if (meta)
		rx->meta[slot - rx->slot] = *meta;
	if (unlikely(len > rx->buf_len))
		take_spares(rx, len - rx->buf_len);
	nic_rx_filled(nic, len);
	nic->net->copies.dma_in += len;
	trace_dev(nic->net, nic_rx_dma, nic->dev, nic_rx_slot_packet(rx, slot), len,
		  (rx->next_fill - 1) & rx->mask, nic_rx_ready(nic), rx->size);
}

/* The card is one of several shards'. */
static __noinline void rx_steered(struct nic *nic, u32 len, const struct nic_meta *meta)
{
	struct nic_meta steered = meta ? *meta : no_meta;

	if (!rx_steer(nic, len, &steered))
		rx_stands(nic, len, &steered);
}

static __always_inline void rx_commit(struct nic *nic, u32 len, const struct nic_meta *meta)
{
	if (unlikely(nic->rss))
		rx_steered(nic, len, meta);
	else
		rx_stands(nic, len, meta);
}

/* It had a descriptor, and no memory behind it. */
static __noinline __cold void rx_bufferless(struct nic *nic, const struct nic_meta *meta)
{
	nic->stats.rx_no_buffer++;
	nic_rx_drop(nic, meta ? meta->packet : 0, SKB_DROP_REASON_NIC_OVERRUN);
}

bool nic_rx_commit(struct nic *nic, u32 len, const struct nic_meta *meta)
{
	struct nic_rx_ring *rx = &nic->rx;
	u32 len_max = rx->buf_len;

	if (meta && meta->gso_size)
		len_max += spare_len(rx);
	if (!nic_rx_admit(nic, len, len_max, meta ? meta->packet : 0))
		return false;
	if (unlikely(!rx->slot[rx->next_fill & rx->mask].buf)) {
		rx_bufferless(nic, meta);
		return false;
	}
	rx_commit(nic, len, meta);
	return true;
}

bool nic_rx_dma(struct nic *nic, const struct nic_seg *segs, u32 nsegs, const struct nic_meta *meta)
{
	u32 len = likely(nsegs == 1) ? segs->len : nic_segs_len(segs, nsegs), i = 0;
	const struct nic_rx_slot *slot;
	u8 *to;

	if (!nic_rx_admit(nic, len, nic->rx.buf_len, meta ? meta->packet : 0))
		return false;
	slot = &nic->rx.slot[nic->rx.next_fill & nic->rx.mask];
	if (unlikely(!slot->buf && !nic_rx_late_bufs(nic))) {
		rx_bufferless(nic, meta);
		return false;
	}
	to = slot->buf->data + NIC_RX_HEADROOM;
	do {
		memcpy(to, segs[i].addr, segs[i].len);
		to += segs[i].len;
	} while (unlikely(++i < nsegs));
	rx_commit(nic, len, meta);
	return true;
}

u32 nic_rx_dma_many(struct nic *nic, const struct ln_frame *frames, u32 n)
{
	struct nic_rx_ring *rx = &nic->rx;
	u64 at = rx->next_fill, bytes = 0;
	u32 i, room = nic->up && !nic->rss && !nic->net->trace ? nic_rx_free(nic) : 0;

	for (i = 0; i < n && i < room; i++) {
		struct nic_rx_slot *slot = &rx->slot[(at + i) & rx->mask];
		u32 len = (u32)frames[i].len;

		if (unlikely(frames[i].len - ETH_HLEN > rx->buf_len - ETH_HLEN))
			break;
		rx->next_fill = at + i;		/* nic_rx_late_bufs() begins there */
		if (unlikely(!slot->buf) && !nic_rx_late_bufs(nic))
			break;
		memcpy(slot->buf->data + NIC_RX_HEADROOM, frames[i].data, len);
		slot->len = len;
		slot->bare = true;
		bytes += len;
	}
	rx->next_fill = at + i;
	nic->stats.rx_packets += i;
	nic->stats.rx_bytes += bytes;
	nic->net->copies.dma_in += bytes;
	return i;
}

void nic_rx_event(struct nic *nic, u32 n)
{
	/* Its poll is about to come, and takes these with those that it comes for. */
	if (likely(nic->irq_masked && nic->rx_waiting && n))
		nic->rx_waiting += n;
	else if (!n)
		nic_irq_raise(nic, NIC_IRQ_RX);
	else if (nic->up)
		nic_irq_frames(nic, NIC_IRQ_RX, n);
}
