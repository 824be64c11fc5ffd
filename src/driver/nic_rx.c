/* SPDX-License-Identifier: MIT */
/* The receive ring (row N2): buffers posted, filled by DMA or passed by hand-over, taken. */
#include <linnet/nic.h>

#include "base/assert.h"
#include "base/trace.h"
#include "driver/nic_impl.h"
#include "driver/nic_rss.h"
#include "wire/eth.h"

#define VLAN_TAG_LEN 4
#define REFILL_BULK 32		/* buffers that are charged and allocated in one go */

static const struct nic_meta no_meta;

static void free_arrays(struct nic *nic, const struct nic_rx_ring *rx)
{
	struct mem *mem = &nic->net->mem;

	mem_free(mem, rx->more, rx->size * sizeof(*rx->more));
	mem_free(mem, rx->handed, rx->size * sizeof(*rx->handed));
	mem_free(mem, rx->meta, rx->size * sizeof(*rx->meta));
	mem_free(mem, rx->slot, rx->size * sizeof(*rx->slot));
}

int nic_rx_ring_init(struct nic *nic, u32 size)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct mem *mem = &nic->net->mem;

	*rx = (struct nic_rx_ring){
		.slot = mem_zalloc(mem, size * sizeof(*rx->slot)),
		.meta = mem_alloc(mem, size * sizeof(*rx->meta)),
		.size = size,
		.mask = size - 1,
		.buf_len = nic->mtu + ETH_HLEN + VLAN_TAG_LEN,
	};
	if (nic->rx_gso)
		rx->more = mem_zalloc(mem, size * sizeof(*rx->more));
	if (!rx->slot || !rx->meta || (nic->rx_gso && !rx->more)) {
		free_arrays(nic, rx);
		*rx = (struct nic_rx_ring){ 0 };
		return -ENOMEM;
	}
	if (!nic_rx_refill(nic)) {
		nic_rx_ring_exit(nic, SKB_DROP_REASON_NIC_DOWN);
		net_timer_del(nic->net, &nic->refill_timer);
		return -ENOMEM;
	}
	return 0;
}

static void ring_free_buf(struct nic *nic, struct buf **buf)
{
	if (!*buf)
		return;
	mem_uncharge(&nic->net->mem, buf_truesize(*buf));
	buf_put(*buf);
	*buf = NULL;
}

void nic_rx_free_spares(struct nic *nic, struct nic_rx_spares *s)
{
	for (u32 i = 0; i < NIC_RX_SPARES; i++)
		ring_free_buf(nic, &s->buf[i]);
}

void nic_rx_ring_exit(struct nic *nic, enum skb_drop_reason reason)
{
	struct nic_rx_ring *rx = &nic->rx;

	for (; rx->next_take != rx->next_fill; rx->next_take++) {
		struct nic_rx_slot *slot = &rx->slot[rx->next_take & rx->mask];

		if (slot->skb)
			kfree_skb_reason(slot->skb, reason);
		else
			frame_drop(nic->net, nic->dev, nic_rx_slot_packet(rx, slot), reason, NULL);
		if (slot->handed)
			nic_rx_free_handed(nic, &rx->handed[slot - rx->slot]);
	}
	for (u32 i = 0; i < rx->size; i++) {
		ring_free_buf(nic, &rx->slot[i].buf);
		if (rx->more)
			nic_rx_free_spares(nic, &rx->more[i]);
	}
	nic_rx_free_spares(nic, &rx->spares);
	free_arrays(nic, rx);
	*rx = (struct nic_rx_ring){ 0 };
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

/* How many slots in a row have no buffer, up to max. */
static u32 slots_without_buf(const struct nic_rx_ring *rx, u64 from, u32 max)
{
	u32 n = 0;

	while (n < max && !rx->slot[(from + n) & rx->mask].buf)
		n++;
	return n;
}

/* Buffers for n slots from `at` on, which have none; returns for how many. */
static __noinline u32 fill_slots(struct nic *nic, u64 at, u32 n)
{
	u32 size = NIC_RX_HEADROOM + nic->rx.buf_len, truesize = buf_alloc_truesize(size), got;
	struct nic_rx_ring *rx = &nic->rx;
	struct mem *mem = &nic->net->mem;
	struct buf *buf[REFILL_BULK];

	/* Each buffer fails in its turn, as with slabs; and the last one within the budget fits. */
	if (unlikely(mem->fail_after) || unlikely(!mem_charge(mem, (size_t)n * truesize))) {
		n = 1;
		if (!mem_charge(mem, truesize))
			return 0;
	}
	got = buf_alloc_bulk(nic->net->bufs, size, buf, n);
	mem_uncharge(mem, (size_t)(n - got) * truesize);
	for (u32 i = 0; i < got; i++)
		rx->slot[(at + i) & rx->mask].buf = buf[i];
	return got;
}

/* The next slots that have none, up to `end`; returns how many were posted. */
static u32 post_bufs(struct nic *nic, u64 end)
{
	struct nic_rx_ring *rx = &nic->rx;
	u32 n = slots_without_buf(rx, rx->next_post,
				  (u32)min_t(u64, end - rx->next_post, REFILL_BULK));

	n = fill_slots(nic, rx->next_post, n);
	rx->next_post += n;
	return n;
}

/* The same from the first slot on that has none. */
static __noinline void refill_slots(struct nic *nic, u64 end)
{
	struct nic_rx_ring *rx = &nic->rx;

	while (rx->next_post != end) {
		if (rx->slot[rx->next_post & rx->mask].buf) {
			rx->next_post++;
		} else if (unlikely(!post_bufs(nic, end))) {
			nic->stats.rx_no_buffer++;
			break;
		}
	}
}

static void retry_later(struct nic *nic)
{
	net_timer_mod(nic->net, &nic->refill_timer,
		      nic->net->now + ms_to_ktime(NIC_REFILL_RETRY_MS));
}

/*
 * A few that are there before their frames: an instance without memory gets what is left of it back
 * by an ACK, which has to come in.
 */
static void keep_stock(struct nic *nic)
{
	struct nic_rx_ring *rx = &nic->rx;
	u32 max = min_t(u32, nic->rx_late, nic_rx_free(nic)), have = 0;

	if (max < 2 || rx->slot[(rx->next_fill + max / 2) & rx->mask].buf)
		return;
	while (rx->slot[(rx->next_fill + have) & rx->mask].buf)
		have++;
	fill_slots(nic, rx->next_fill + have,
		   slots_without_buf(rx, rx->next_fill + have, max - have));
}

u32 nic_rx_refill(struct nic *nic)
{
	struct nic_rx_ring *rx = &nic->rx;
	u64 end = rx->next_take + rx->size, start = rx->next_post;

	if (nic->rx_late) {
		rx->next_post = end;
		keep_stock(nic);
	}
	/* Handed-over frames left their slots' buffers unused. */
	while (rx->next_post != end && rx->slot[rx->next_post & rx->mask].buf)
		rx->next_post++;
	if (rx->next_post != end)
		refill_slots(nic, end);
	if (unlikely(rx->next_post == rx->next_take))
		retry_later(nic);
	return (u32)(rx->next_post - start);
}

void nic_refill_timer_fn(struct timer *t)
{
	struct nic *nic = container_of(t, struct nic, refill_timer);

	if (nic->up && nic_rx_refill(nic) && nic->ops->rx_poll)
		nic_rx_event(nic, 0);
}

/* ---- the backend's side ---- */

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

/* The next posted slot has a buffer now, as have those behind it. False: no memory. */
static __noinline bool late_bufs(struct nic *nic)
{
	const struct nic_rx_ring *rx = &nic->rx;
	u32 n = min_t(u32, nic->rx_late, nic_rx_free(nic));

	return fill_slots(nic, rx->next_fill, slots_without_buf(rx, rx->next_fill, n));
}

bool nic_rx_has_room(struct nic *nic)
{
	const struct nic_rx_ring *rx = &nic->rx;

	if (!nic_rx_free(nic))
		return false;
	if (likely(rx->slot[rx->next_fill & rx->mask].buf || late_bufs(nic)))
		return true;
	nic->stats.rx_no_buffer++;
	retry_later(nic);
	return false;
}

u8 *nic_rx_buffer(struct nic *nic, u32 *cap)
{
	const struct nic_rx_ring *rx = &nic->rx;
	const struct nic_rx_slot *slot;

	if (unlikely(!nic->up || nic_rx_free(nic) == 0))
		return NULL;
	slot = &rx->slot[rx->next_fill & rx->mask];
	if (unlikely(!slot->buf && !late_bufs(nic)))
		return NULL;
	*cap = rx->buf_len;
	return slot->buf->data + NIC_RX_HEADROOM;
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
	if (unlikely(!slot->buf && !late_bufs(nic))) {
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
		rx->next_fill = at + i;		/* late_bufs() begins there */
		if (unlikely(!slot->buf) && !late_bufs(nic))
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
