/* SPDX-License-Identifier: MIT */
/* The receive ring (row N2): buffers posted, filled by DMA or passed by hand-over, taken. */
#include "base/assert.h"
#include "base/skb_ring.h"
#include "base/skb_share.h"
#include "base/trace.h"
#include "driver/nic_impl.h"
#include "driver/nic_rss.h"
#include "wire/eth.h"

#define VLAN_TAG_LEN 4
#define LOOK_AHEAD 4
#define REFILL_BULK 32		/* buffers that are charged and allocated in one go */

static const struct nic_meta no_meta;

int nic_rx_ring_init(struct nic *nic, u32 size)
{
	struct nic_rx_ring *rx = &nic->rx;

	*rx = (struct nic_rx_ring){
		.slot = mem_zalloc(&nic->net->mem, size * sizeof(*rx->slot)),
		.size = size,
		.mask = size - 1,
		.buf_len = nic->mtu + ETH_HLEN + VLAN_TAG_LEN,
	};
	if (nic->rx_gso)
		rx->more = mem_zalloc(&nic->net->mem, size * sizeof(*rx->more));
	if (!rx->slot || (nic->rx_gso && !rx->more)) {
		mem_free(&nic->net->mem, rx->slot, size * sizeof(*rx->slot));
		mem_free(&nic->net->mem, rx->more, size * sizeof(*rx->more));
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

void nic_rx_ring_exit(struct nic *nic, enum skb_drop_reason reason)
{
	struct nic_rx_ring *rx = &nic->rx;

	for (; rx->next_take != rx->next_fill; rx->next_take++) {
		struct nic_rx_slot *slot = &rx->slot[rx->next_take & rx->mask];

		if (slot->skb)
			kfree_skb_reason(slot->skb, reason);
		else
			frame_drop(nic->net, nic->dev, slot->meta.packet, reason, NULL);
	}
	for (u32 i = 0; i < rx->size; i++) {
		ring_free_buf(nic, &rx->slot[i].buf);
		if (rx->more)
			free_spares(nic, &rx->more[i]);
	}
	free_spares(nic, &rx->spares);
	mem_free(&nic->net->mem, rx->more, rx->size * sizeof(*rx->more));
	mem_free(&nic->net->mem, rx->slot, rx->size * sizeof(*rx->slot));
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

/* Buffers for the next slots, which have none, up to `end`; returns for how many. */
static __noinline u32 post_bufs(struct nic *nic, u64 end)
{
	u32 size = NIC_RX_HEADROOM + nic->rx.buf_len, truesize = buf_alloc_truesize(size), n, got;
	struct nic_rx_ring *rx = &nic->rx;
	struct mem *mem = &nic->net->mem;
	struct buf *buf[REFILL_BULK];

	/* Each buffer fails in its turn, as with slabs; and the last one within the budget fits. */
	n = slots_without_buf(rx, rx->next_post, (u32)min_t(u64, end - rx->next_post, REFILL_BULK));
	if (unlikely(mem->fail_after) || unlikely(!mem_charge(mem, (size_t)n * truesize))) {
		n = 1;
		if (!mem_charge(mem, truesize))
			return 0;
	}
	got = buf_alloc_bulk(nic->net->bufs, size, buf, n);
	mem_uncharge(mem, (size_t)(n - got) * truesize);
	for (u32 i = 0; i < got; i++)
		rx->slot[rx->next_post++ & rx->mask].buf = buf[i];
	return got;
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

u32 nic_rx_refill(struct nic *nic)
{
	struct nic_rx_ring *rx = &nic->rx;
	u64 end = rx->next_take + rx->size, start = rx->next_post;

	if (nic->rx_late)
		rx->next_post = end;
	/* Handed-over frames left their slots' buffers unused. */
	while (rx->next_post != end && rx->slot[rx->next_post & rx->mask].buf)
		rx->next_post++;
	if (rx->next_post != end)
		refill_slots(nic, end);
	if (unlikely(rx->next_post == rx->next_take))
		net_timer_mod(nic->net, &nic->refill_timer,
			      nic->net->now + ms_to_ktime(NIC_REFILL_RETRY_MS));
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

static u32 segs_len(const struct nic_seg *segs, u32 nsegs)
{
	u32 len = 0;

	for (u32 i = 0; i < nsegs; i++)
		len += segs[i].len;
	return len;
}

/* Whether a frame may enter the ring; false: it was dropped. */
static bool rx_admit(struct nic *nic, u32 len, u32 len_max, const struct nic_meta *meta)
{
	enum skb_drop_reason reason;

	if (unlikely(!nic->up))
		reason = SKB_DROP_REASON_NIC_DOWN;
	else if (unlikely(len < ETH_HLEN))
		reason = SKB_DROP_REASON_NIC_RUNT;
	else if (unlikely(len > len_max))
		reason = SKB_DROP_REASON_NIC_GIANT;
	else if (unlikely(nic_rx_free(nic) == 0))
		reason = SKB_DROP_REASON_NIC_OVERRUN;
	else
		return true;
	nic_rx_drop(nic, meta->packet, reason);
	return false;
}

static void rx_filled(struct nic *nic, u32 len)
{
	nic->rx.next_fill++;
	nic->stats.rx_packets++;
	nic->stats.rx_bytes += len;
}

/* The next posted slot has a buffer now. False: no memory. */
static bool late_buf(struct nic *nic)
{
	struct nic_rx_slot *slot = &nic->rx.slot[nic->rx.next_fill & nic->rx.mask];

	return slot->buf || ring_new_buf(nic, &slot->buf, NIC_RX_HEADROOM + nic->rx.buf_len);
}

u8 *nic_rx_buffer(const struct nic *nic, u32 *cap)
{
	const struct nic_rx_ring *rx = &nic->rx;

	if (unlikely(!nic->up || nic_rx_free(nic) == 0))
		return NULL;
	*cap = rx->buf_len;
	return rx->slot[rx->next_fill & rx->mask].buf->data + NIC_RX_HEADROOM;
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

bool nic_rx_commit(struct nic *nic, u32 len, const struct nic_meta *meta)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct nic_rx_slot *slot;
	struct nic_meta steered;
	u32 len_max = rx->buf_len;

	if (!meta)
		meta = &no_meta;
	if (meta->gso_size)
		len_max += spare_len(rx);
	if (!rx_admit(nic, len, len_max, meta))
		return false;
	if (unlikely(nic->rss)) {
		steered = *meta;
		meta = &steered;
		if (rx_steer(nic, len, &steered))
			return true;
	}
	slot = &rx->slot[rx->next_fill & rx->mask];
	slot->len = len;
	slot->meta = *meta;
	if (len > rx->buf_len)
		take_spares(rx, len - rx->buf_len);
	rx_filled(nic, len);
	nic->net->copies.dma_in += len;
	trace_dev(nic->net, nic_rx_dma, nic->dev, meta->packet, len,
		  (rx->next_fill - 1) & rx->mask, nic_rx_ready(nic), rx->size);
	return true;
}

bool nic_rx_dma(struct nic *nic, const struct nic_seg *segs, u32 nsegs, const struct nic_meta *meta)
{
	u32 len = segs_len(segs, nsegs), cap;
	u8 *to;

	if (nic->rx_late && nic->up && nic_rx_free(nic) && unlikely(!late_buf(nic))) {
		nic->stats.rx_no_buffer++;
		nic_rx_drop(nic, meta ? meta->packet : 0, SKB_DROP_REASON_NIC_OVERRUN);
		return false;
	}
	to = nic_rx_buffer(nic, &cap);
	for (u32 i = 0; i < nsegs && likely(to && len <= cap); i++) {
		memcpy(to, segs[i].addr, segs[i].len);
		to += segs[i].len;
	}
	return nic_rx_commit(nic, len, meta);	/* tells why not, too */
}

static void skb_set_meta(struct nic *nic, struct sk_buff *skb, const struct nic_meta *meta)
{
	struct net *net = nic->net;

	skb->dev = nic->dev;
	skb->id = meta->packet ? meta->packet : net_next_packet_id(net);
	skb->tstamp = meta->tstamp ? meta->tstamp : net->now;
	if (meta->csum_partial) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = (u16)(skb_headroom(skb) + meta->csum_start);
		skb->csum_offset = meta->csum_offset;
	} else if (meta->csum_verified) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	}
	skb->gso_size = meta->gso_size;
	skb->gso_segs = meta->gso_segs;
	skb->gso_type = meta->gso_type;
	skb->hash = meta->hash;
	skb->bystander = meta->bystander;
}

/*
 * A cable to a card that shards share: what is this ring's alone goes on as it is; the rest is made
 * contiguous, as if it came by DMA, and steered there; segments go on in the ring's spare buffers.
 */
static bool handover_is_ours(struct nic *nic, const u8 *head, u32 len, u32 *hash)
{
	struct rss_verdict v = nic_rss_steer(nic->rss, head, len);

	*hash = v.hash;
	return v.ring == nic->rss->self && !v.all;
}

static bool handover_flat(struct nic *nic, const struct sk_buff *frame)
{
	struct nic_meta meta = {
		.packet = frame->id,
		.gso_size = frame->gso_size,
		.gso_segs = frame->gso_segs,
		.gso_type = frame->gso_type,
		.csum_partial = frame->ip_summed == CHECKSUM_PARTIAL,
		.csum_start = (u16)(frame->csum_start - skb_headroom(frame)),
		.csum_offset = frame->csum_offset,
	};
	struct nic_rx_piece piece[NIC_RX_PIECES];
	u32 n = nic_rx_pieces(nic, piece), at = 0;

	for (u32 i = 0; i < n && at < frame->len; i++) {
		u32 part = min(frame->len - at, piece[i].len);

		skb_copy_bits(frame, at, piece[i].addr, part);
		at += part;
	}
	return nic_rx_commit(nic, frame->len, &meta);
}

bool nic_rx_handover(struct nic *nic, const struct sk_buff *frame)
{
	const struct nic_meta meta = { .packet = frame->id };
	struct nic_rx_ring *rx = &nic->rx;
	struct sk_buff *skb;
	u32 hash = frame->hash;

	if (unlikely(nic->rss) &&
	    !handover_is_ours(nic, frame->data, skb_headlen(frame), &hash))
		return handover_flat(nic, frame);
	/* Merged segments are longer than a frame, and need no buffer of ours. */
	if (!rx_admit(nic, frame->len, frame->gso_size ? UINT32_MAX : rx->buf_len, &meta))
		return false;
	skb = skb_handover(nic->net, frame);
	if (unlikely(!skb || !pskb_may_pull(skb, ETH_HLEN))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);	/* a NULL one was counted */
		nic->stats.rx_no_buffer++;
		return false;
	}
	skb->dev = nic->dev;
	skb->hash = hash;
	rx->slot[rx->next_fill & rx->mask].skb = skb;
	rx_filled(nic, skb->len);
	trace_skb(nic->net, nic_rx_handover, skb, (rx->next_fill - 1) & rx->mask,
		  nic_rx_ready(nic), rx->size);
	return true;
}

bool nic_rx_handover_pieces(struct nic *nic, const struct nic_seg *segs, u32 nsegs,
			    const struct nic_meta *meta)
{
	u32 len = segs_len(segs, nsegs);
	struct nic_rx_ring *rx = &nic->rx;
	struct sk_buff *skb;
	u32 hash = 0;

	if (unlikely(nic->rss) && !handover_is_ours(nic, segs->addr, segs->len, &hash))
		return nic_rx_dma(nic, segs, nsegs, meta);
	if (!rx_admit(nic, len, rx->buf_len, meta))
		return false;
	skb = skb_handover_header(nic->net, segs[0].addr, segs[0].len, meta->packet);
	if (unlikely(!skb)) {
		nic->stats.rx_no_buffer++;
		return false;
	}
	for (u32 i = 1; i < nsegs; i++) {
		struct buf *b = buf_get(segs[i].buf);

		if (likely(skb_add_frag(skb, b, (u32)(segs[i].addr - b->data), segs[i].len,
					segs[i].len)))
			continue;
		buf_put(b);
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		nic->stats.rx_no_buffer++;
		return false;
	}
	skb->dev = nic->dev;
	skb->hash = hash;
	rx->slot[rx->next_fill & rx->mask].skb = skb;
	rx_filled(nic, len);
	trace_skb(nic->net, nic_rx_handover, skb, (rx->next_fill - 1) & rx->mask,
		  nic_rx_ready(nic), rx->size);
	return true;
}

static void put_bufs(const struct nic_seg *segs, u32 nsegs)
{
	for (u32 i = 0; i < nsegs; i++)
		buf_put(segs[i].buf);
}

/* Pieces of lent buffers as a packet; NULL: no memory, it was dropped. */
static struct sk_buff *lent_skb(struct nic *nic, const struct nic_seg *segs, u32 nsegs,
				u64 packet)
{
	struct buf *buf = segs->buf;
	struct sk_buff *skb = build_skb(nic->net, buf, (u32)(segs->addr - buf->data), segs->len);

	if (unlikely(!skb)) {
		put_bufs(segs, nsegs);
		nic_rx_drop(nic, packet, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	for (u32 i = 1; i < nsegs; i++) {
		buf = segs[i].buf;
		if (likely(skb_add_frag(skb, buf, (u32)(segs[i].addr - buf->data), segs[i].len,
					buf_truesize(buf))))
			continue;
		put_bufs(segs + i, nsegs - i);
		nic->stats.rx_no_buffer++;
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	return skb;
}

void nic_rx_lend(struct nic *nic, const struct nic_seg *segs, u32 nsegs,
		 const struct nic_meta *meta)
{
	const u32 len = nsegs == 1 ? segs->len : segs_len(segs, nsegs);
	struct nic_rx_ring *rx = &nic->rx;
	struct nic_meta steered = *meta;
	struct sk_buff *skb;

	if (!rx_admit(nic, len, rx->buf_len, meta) ||
	    (unlikely(nic->rss) && nic_rss_rx(nic, segs, nsegs, &steered))) {
		put_bufs(segs, nsegs);
		return;
	}
	meta = &steered;
	skb = lent_skb(nic, segs, nsegs, meta->packet);
	if (unlikely(!skb))
		return;
	skb_set_meta(nic, skb, meta);
	rx->slot[rx->next_fill & rx->mask].skb = skb;
	rx_filled(nic, len);
	nic->net->copies.dma_in += len;
	trace_dev(nic->net, nic_rx_dma, nic->dev, meta->packet, len,
		  (rx->next_fill - 1) & rx->mask, nic_rx_ready(nic), rx->size);
}

void nic_rx_event(struct nic *nic, u32 n)
{
	if (!n)
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

/* The ring's buffers become the sk_buff's, and their charge with them. Without memory for it the
 * first one stays in the ring. */
static __always_inline struct sk_buff *slot_build_skb(struct nic *nic, struct nic_rx_slot *slot)
{
	u32 head = min(slot->len, nic->rx.buf_len);
	struct sk_buff *skb = build_charged_skb(nic->net, slot->buf, NIC_RX_HEADROOM, head);

	if (unlikely(!skb)) {
		nic_rx_drop(nic, slot->meta.packet, SKB_DROP_REASON_NOMEM);
	} else {
		slot->buf = NULL;
		skb_set_meta(nic, skb, &slot->meta);
	}
	return likely(head == slot->len) ? skb : slot_add_rest(nic, slot, skb);
}

static __always_inline struct sk_buff *rx_take(struct nic *nic)
{
	struct nic_rx_ring *rx = &nic->rx;

	while (rx->next_take != rx->next_fill) {
		struct nic_rx_slot *slot = &rx->slot[rx->next_take++ & rx->mask];
		struct sk_buff *skb = slot->skb;

		if (skb)
			slot->skb = NULL;
		else
			skb = slot_build_skb(nic, slot);
		if (likely(skb))
			return skb;
	}
	return NULL;
}

struct sk_buff *nic_rx_take(struct nic *nic)
{
	return rx_take(nic);
}

/* What eth_type_trans() and GRO will read: of a handed-over frame its sk_buff, headers included. */
static __always_inline void prefetch_slot(const struct nic_rx_slot *slot)
{
	const u8 *skb = (const u8 *)slot->skb;

	if (skb) {
		for (u32 i = 64; i < offsetof(struct sk_buff, frags) + 64; i += 64)
			prefetch(skb + i);
	} else if (slot->buf) {
		prefetch(slot->buf->data + NIC_RX_HEADROOM);
	}
}

u32 nic_rx_take_many(struct nic *nic, struct sk_buff **to, u32 max)
{
	const struct nic_rx_ring *rx = &nic->rx;
	u32 n = 0;

	for (; n < max; n++) {
		prefetch_slot(&rx->slot[(rx->next_take + LOOK_AHEAD) & rx->mask]);
		to[n] = rx_take(nic);
		if (!to[n])
			break;
	}
	return n;
}
