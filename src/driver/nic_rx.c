/* SPDX-License-Identifier: MIT */
/* The receive ring (row N2): buffers posted, filled by DMA or passed by hand-over, taken. */
#include <linnet/nic.h>

#include "base/assert.h"
#include "base/skb_ring.h"
#include "base/trace.h"
#include "driver/nic_impl.h"
#include "driver/nic_rss.h"
#include "wire/eth.h"

#define VLAN_TAG_LEN 4
#define LOOK_AHEAD 4
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

static void free_spares(struct nic *nic, struct nic_rx_spares *s)
{
	for (u32 i = 0; i < NIC_RX_SPARES; i++)
		ring_free_buf(nic, &s->buf[i]);
}

/* 0: it came from outside and has no number yet. */
static u64 slot_packet(const struct nic_rx_ring *rx, const struct nic_rx_slot *slot)
{
	if (unlikely(slot->handed))
		return rx->handed[slot - rx->slot].packet;
	return slot->bare ? 0 : rx->meta[slot - rx->slot].packet;
}

void nic_rx_ring_exit(struct nic *nic, enum skb_drop_reason reason)
{
	struct nic_rx_ring *rx = &nic->rx;

	for (; rx->next_take != rx->next_fill; rx->next_take++) {
		struct nic_rx_slot *slot = &rx->slot[rx->next_take & rx->mask];

		if (slot->skb)
			kfree_skb_reason(slot->skb, reason);
		else
			frame_drop(nic->net, nic->dev, slot_packet(rx, slot), reason, NULL);
		if (slot->handed)
			nic_rx_free_handed(nic, &rx->handed[slot - rx->slot]);
	}
	for (u32 i = 0; i < rx->size; i++) {
		ring_free_buf(nic, &rx->slot[i].buf);
		if (rx->more)
			free_spares(nic, &rx->more[i]);
	}
	free_spares(nic, &rx->spares);
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
	trace_dev(nic->net, nic_rx_dma, nic->dev, slot_packet(rx, slot), len,
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

/* ---- the driver's side ---- */

/* What did not fit into the slot's buffer goes on in others. False: no memory. */
static bool add_spares(struct nic *nic, struct nic_rx_spares *more, struct sk_buff *skb, u32 len)
{
	for (u32 i = 0; len; i++) {
		u32 n = min_t(u32, len, NIC_RX_SPARE_LEN), size = buf_truesize(more->buf[i]);

		mem_uncharge(&nic->net->mem, size);
		if (unlikely(!skb_add_frag(skb, more->buf[i], 0, n, size))) {
			buf_put(more->buf[i]);
			more->buf[i] = NULL;
			return false;
		}
		more->buf[i] = NULL;
		len -= n;
	}
	return true;
}

/* The rest of a frame that is longer than a buffer; skb, which may be NULL, is its beginning. */
static __noinline struct sk_buff *slot_add_rest(struct nic *nic, const struct nic_rx_slot *slot,
						struct sk_buff *skb)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct nic_rx_spares *more = &rx->more[slot - rx->slot];

	if (skb && likely(add_spares(nic, more, skb, slot->len - rx->buf_len)))
		return skb;
	if (skb) {
		nic->stats.rx_no_buffer++;
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	}
	free_spares(nic, more);
	return NULL;
}

/* What is known of each frame. */
static __always_inline void skb_set_bare(struct nic *nic, struct sk_buff *skb)
{
	skb->dev = nic->dev;
	skb->id = net_next_packet_id(nic->net);
	skb->tstamp = nic->net->now;
}

/* The ring's buffers become the sk_buff's, and their charge with them. Without memory for it the
 * first one stays in the ring. */
static __always_inline struct sk_buff *slot_build_skb(struct nic *nic, struct nic_rx_slot *slot)
{
	const struct nic_rx_ring *rx = &nic->rx;
	u32 head = min(slot->len, rx->buf_len);
	struct sk_buff *skb = build_charged_skb(nic->net, slot->buf, NIC_RX_HEADROOM, head);

	if (unlikely(!skb)) {
		nic_rx_drop(nic, slot_packet(rx, slot), SKB_DROP_REASON_NOMEM);
	} else {
		slot->buf = NULL;
		if (likely(slot->bare))
			skb_set_bare(nic, skb);
		else
			nic_skb_set_meta(nic, skb, &rx->meta[slot - rx->slot]);
	}
	return likely(head == slot->len) ? skb : slot_add_rest(nic, slot, skb);
}

/* NULL: it was dropped. */
static __always_inline struct sk_buff *slot_take(struct nic *nic, struct nic_rx_slot *slot)
{
	struct sk_buff *skb = slot->skb;

	if (!skb)
		return slot->handed ? nic_rx_build_handed(nic, slot) : slot_build_skb(nic, slot);
	slot->skb = NULL;
	return skb;
}

struct sk_buff *nic_rx_take(struct nic *nic)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct sk_buff *skb = NULL;

	while (rx->next_take != rx->next_fill && !skb)
		skb = slot_take(nic, &rx->slot[rx->next_take++ & rx->mask]);
	return skb;
}

/* What eth_type_trans() and GRO will read: of a handed-over frame its sk_buff, headers included. */
static __always_inline void prefetch_slot(const struct nic_rx_ring *rx,
					  const struct nic_rx_slot *slot)
{
	const u8 *skb = (const u8 *)slot->skb;

	if (skb) {	/* up to the first fragment; a loop would cost more than what is in it */
		_Static_assert(offsetof(struct sk_buff, frags) / 64 == 6, "the lines below");
		prefetch(skb + 64);
		prefetch(skb + 128);
		prefetch(skb + 192);
		prefetch(skb + 256);
		prefetch(skb + 320);
		prefetch(skb + 384);
		prefetch(skb + 448);
	} else if (slot->handed) {
		prefetch(rx->handed[slot - rx->slot].header.addr);
	} else if (slot->buf) {
		prefetch(slot->buf->data + NIC_RX_HEADROOM);
	}
}

u32 nic_rx_take_many(struct nic *nic, struct sk_buff **to, u32 max)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct nic_rx_slot *slot = rx->slot;
	u64 at = rx->next_take, end = rx->next_fill;
	u32 n = 0, mask = rx->mask;

	for (; n < max && at != end; at++) {
		prefetch_slot(rx, &slot[(at + LOOK_AHEAD) & mask]);
		to[n] = slot_take(nic, &slot[at & mask]);
		n += to[n] != NULL;
	}
	rx->next_take = at;
	return n;
}

/* ---- frames that are passed on without an sk_buff ---- */

/* One that came with a meta which says nothing that a packet would have to carry. */
static __noinline bool slot_has_frame(const struct nic_rx_ring *rx, const struct nic_rx_slot *slot)
{
	const struct nic_meta *meta = &rx->meta[slot - rx->slot];

	return !slot->skb && !slot->handed && slot->len <= rx->buf_len &&
	       !(meta->gso_size | meta->csum_partial | meta->bystander);
}

u32 nic_rx_peek_frames(const struct nic *nic, struct nic_frame *to, u32 max)
{
	const struct nic_rx_ring *rx = &nic->rx;
	u32 n = 0, ready = min(nic_rx_ready(nic), max);

	for (; n < ready; n++) {
		const struct nic_rx_slot *slot = &rx->slot[(rx->next_take + n) & rx->mask];

		if (unlikely(!slot->bare) && !slot_has_frame(rx, slot))
			break;
		to[n].data = slot->buf->data + NIC_RX_HEADROOM;
		to[n].buf = slot->buf;
		to[n].len = slot->len;
	}
	return n;
}

void nic_rx_take_frames(struct nic *nic, const struct nic_frame *f, u32 n)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct net *net = nic->net;
	u64 at = rx->next_take;

	for (u32 i = 0; i < n; i++, at++) {
		struct nic_rx_slot *slot = &rx->slot[at & rx->mask];
		u64 packet = likely(slot->bare) ? 0 : slot_packet(rx, slot);

		f[i].buf->packet = likely(!packet) ? net_next_packet_id(net) : packet;
		slot->buf = NULL;
	}
	rx->next_take = at;
	net->frames.rx += n;
	nic->stats.rx_straight += n;
}
