/* SPDX-License-Identifier: MIT */
/*
 * Frames that come into the receive ring without being copied there: from the card at the other end
 * of a cable (hand-over), or in the backend's own buffers (lent).
 */
#include "base/skb_ring.h"
#include "base/skb_share.h"
#include "base/trace.h"
#include "driver/nic_impl.h"
#include "driver/nic_lent.h"
#include "driver/nic_rss.h"

void nic_skb_set_meta(struct nic *nic, struct sk_buff *skb, const struct nic_meta *meta)
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

/* Of frames that come from a cable together: what is done for each alike, where nobody has to be
 * asked or told. */
static __always_inline bool is_simple(const struct nic_tx_sw *sw, u32 len_max)
{
	return sw->len >= ETH_HLEN && sw->len <= len_max &&
	       (sw->own || (!sw->part && !sw->lent && sw->skb && skb_is_small(sw->skb)));
}

u32 nic_rx_handover_run(struct nic *nic, struct nic *from, u64 *sent, u32 *taken)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct nic_tx_ring *tx = &from->tx;
	u64 at = rx->next_fill, read = tx->next_read, bytes = 0, got = 0;
	u32 len_max = min_t(u32, rx->buf_len, SKB_HANDOVER_HEADER);
	u32 moved = 0, most = nic_rx_free(nic);

	if (unlikely(!nic->up || nic->rss || nic->net->trace))
		return 0;
	for (; moved < most && read != tx->doorbell; moved++) {
		const struct nic_tx_sw *sw = &tx->sw[read & tx->mask];
		struct sk_buff *skb;

		if (!is_simple(sw, len_max))
			break;
		read += sw->ndesc;
		bytes += sw->len;
		skb = skb_handover_small(nic->net, sw->skb);
		if (unlikely(!skb)) {
			nic->stats.rx_no_buffer++;
			continue;
		}
		got += sw->len;
		skb->dev = nic->dev;
		rx->slot[at & rx->mask].skb = skb;
		nic_pass_buf_on(nic, at++);
	}
	nic->stats.rx_packets += at - rx->next_fill;
	nic->stats.rx_bytes += got;
	*taken += (u32)(at - rx->next_fill);
	*sent += bytes;
	rx->next_fill = at;
	tx->next_read = read;
	return moved;
}

bool nic_rx_handover(struct nic *nic, const struct sk_buff *frame)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct sk_buff *skb;
	u32 hash = frame->hash;

	if (unlikely(nic->rss) &&
	    !handover_is_ours(nic, frame->data, skb_headlen(frame), &hash))
		return handover_flat(nic, frame);
	/* Merged segments are longer than a frame, and need no buffer of ours. */
	if (!nic_rx_admit(nic, frame->len, frame->gso_size ? UINT32_MAX : rx->buf_len, frame->id))
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
	nic_rx_handed_over(nic, skb->len);
	trace_skb(nic->net, nic_rx_handover, skb, (rx->next_fill - 1) & rx->mask,
		  nic_rx_ready(nic), rx->size);
	return true;
}

/* A header and what is behind it stay what they are until the poll. False: no memory. */
static bool hand_two(struct nic *nic, const struct nic_seg *segs, u64 packet)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct mem *mem = &nic->net->mem;
	u64 at = rx->next_fill & rx->mask;

	if (unlikely(!rx->handed)) {
		rx->handed = mem_alloc(mem, rx->size * sizeof(*rx->handed));
		if (!rx->handed)
			return false;
	}
	if (unlikely(!mem_charge(mem, segs[1].len)))
		return false;
	rx->handed[at] = (struct nic_rx_handed){ segs[0], segs[1], packet, nic->net->now };
	buf_get(segs[0].buf);
	buf_get(segs[1].buf);
	rx->slot[at].handed = true;
	nic_rx_handed_over(nic, segs[0].len + segs[1].len);
	return true;
}

bool nic_rx_handover_pieces(struct nic *nic, const struct nic_seg *segs, u32 nsegs,
			    const struct nic_meta *meta)
{
	u32 len = nic_segs_len(segs, nsegs);
	struct nic_rx_ring *rx = &nic->rx;
	struct sk_buff *skb;
	u32 hash = 0;

	if (unlikely(nic->rss) && !handover_is_ours(nic, segs->addr, segs->len, &hash))
		return nic_rx_dma(nic, segs, nsegs, meta);
	if (!nic_rx_admit(nic, len, rx->buf_len, meta->packet))
		return false;
	/* A header without a buffer stands where its sender will write the next one. */
	if (nsegs == 2 && segs->buf && !nic->net->trace && !hash &&
	    likely(hand_two(nic, segs, meta->packet)))
		return true;
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
	nic_rx_handed_over(nic, len);
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
	const u32 len = nsegs == 1 ? segs->len : nic_segs_len(segs, nsegs);
	struct nic_rx_ring *rx = &nic->rx;
	struct nic_meta steered = *meta;
	struct sk_buff *skb;

	if (!nic_rx_admit(nic, len, rx->buf_len, meta->packet) ||
	    (unlikely(nic->rss) && nic_rss_rx(nic, segs, nsegs, &steered))) {
		put_bufs(segs, nsegs);
		return;
	}
	meta = &steered;
	skb = lent_skb(nic, segs, nsegs, meta->packet);
	if (unlikely(!skb))
		return;
	nic_skb_set_meta(nic, skb, meta);
	rx->slot[rx->next_fill & rx->mask].skb = skb;
	nic_rx_handed_over(nic, len);
	nic->net->copies.dma_in += len;
	trace_dev(nic->net, nic_rx_dma, nic->dev, meta->packet, len,
		  (rx->next_fill - 1) & rx->mask, nic_rx_ready(nic), rx->size);
}

/* ---- the driver's side ---- */

void nic_rx_free_handed(struct nic *nic, const struct nic_rx_handed *h)
{
	mem_uncharge(&nic->net->mem, h->piece.len);
	buf_put(h->header.buf);
	buf_put(h->piece.buf);
}

struct sk_buff *nic_rx_build_handed(struct nic *nic, struct nic_rx_slot *slot)
{
	const struct nic_rx_handed *h = &nic->rx.handed[slot - nic->rx.slot];
	struct sk_buff *skb = skb_handover_header(nic->net, h->header.addr, h->header.len,
						  h->packet);

	slot->handed = false;
	if (unlikely(!skb)) {
		nic->stats.rx_no_buffer++;
		nic_rx_free_handed(nic, h);
		return NULL;
	}
	buf_put(h->header.buf);
	skb_set_charged_frag(skb, h->piece.buf, (u32)(h->piece.addr - h->piece.buf->data),
			     h->piece.len);
	skb->dev = nic->dev;
	skb->tstamp = h->tstamp;
	return skb;
}
