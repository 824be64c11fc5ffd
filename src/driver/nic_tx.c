/* SPDX-License-Identifier: MIT */
/* The transmit ring (rows N5, N6): the driver's array of sk_buffs, the card's of descriptors. */
#include "base/assert.h"
#include "base/skb_ring.h"
#include "base/trace.h"
#include "driver/nic_impl.h"
#include "driver/nic_lent.h"

int nic_tx_ring_init(struct nic *nic, u32 size)
{
	struct mem *mem = &nic->net->mem;
	struct nic_tx_ring *tx = &nic->tx;

	*tx = (struct nic_tx_ring){
		.desc = mem_zalloc(mem, size * sizeof(*tx->desc)),
		.sw = mem_zalloc(mem, size * sizeof(*tx->sw)),
		.size = size,
		.mask = size - 1,
	};
	if (tx->desc && tx->sw)
		return 0;
	nic_tx_ring_exit(nic, SKB_DROP_REASON_NIC_DOWN);
	return -ENOMEM;
}

void nic_tx_ring_exit(struct nic *nic, enum skb_drop_reason reason)
{
	struct mem *mem = &nic->net->mem;
	struct nic_tx_ring *tx = &nic->tx;

	nic_tx_clean(nic, UINT32_MAX);
	nic_tx_abort(nic, reason);
	mem_free(mem, tx->desc, tx->size * sizeof(*tx->desc));
	mem_free(mem, tx->sw, tx->size * sizeof(*tx->sw));
	*tx = (struct nic_tx_ring){ 0 };
}

static void post_seg(struct nic_tx_ring *tx, const u8 *addr, u32 len, struct buf *buf)
{
	tx->desc[tx->next_post++ & tx->mask] = (struct nic_seg){
		.addr = addr, .len = len, .buf = buf,
	};
}

/* Its header and its fragments; next_post is read and written once. */
static __always_inline void post_skb(struct nic_tx_ring *tx, const struct sk_buff *skb)
{
	u64 at = tx->next_post;
	u32 i = 0;

	if (likely(skb_headlen(skb)))
		tx->desc[at++ & tx->mask] = (struct nic_seg){
			.addr = skb->data, .len = skb_headlen(skb), .buf = skb->head_buf,
		};
	if (skb->nr_frags) {
		do {
			const struct skb_frag *f = &skb->frags[i];

			tx->desc[at++ & tx->mask] = (struct nic_seg){
				.addr = f->buf->data + f->off, .len = f->len, .buf = f->buf,
			};
		} while (unlikely(++i < skb->nr_frags));
	}
	tx->next_post = at;
}

void nic_tx_post_lent(struct nic *nic, struct sk_buff *skb, const u8 *header, u32 hlen)
{
	struct nic_tx_ring *tx = &nic->tx;
	const struct skb_frag *f = skb->frags;
	u64 at = tx->next_post;

	ln_assert(nic_tx_room(nic) >= 2 && skb->nr_frags <= 1 && !skb->lent);
	tx->sw[at & tx->mask] = (struct nic_tx_sw){
		.skb = skb, .ndesc = (u16)(1 + skb->nr_frags), .len = hlen + skb->len,
		.part = true, .lent = true,
	};
	tx->desc[at++ & tx->mask] = (struct nic_seg){
		.addr = header, .len = hlen, .eop = !skb->nr_frags,
	};
	if (likely(skb->nr_frags))	/* TCP may cut or join what it has sent */
		tx->desc[at++ & tx->mask] = (struct nic_seg){
			.addr = f->buf->data + f->off, .len = f->len, .eop = true,
			.buf = buf_get(f->buf),
		};
	tx->next_post = at;
	skb->lent = true;
	nic->net->frames.cloned++;
}

/* The frame whose first descriptor stands at `at` has no use any more for what it was lent. */
static __always_inline void give_back(const struct nic_tx_ring *tx, const struct nic_tx_sw *sw,
				      u64 at)
{
	if (sw->lent && likely(sw->ndesc == 2))
		buf_put(tx->desc[(at + 1) & tx->mask].buf);
}

static int count_piece(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	(void)p;
	(void)len;
	(void)buf;
	++*(u32 *)ctx;
	return 0;
}

static int post_piece(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	post_seg(ctx, p, len, buf);
	return 0;
}

static u32 count_segs(const struct sk_buff *skb)
{
	u32 n = (skb_headlen(skb) != 0) + (u32)skb->nr_frags;

	if (unlikely(skb->frag_list)) {
		n = 0;
		skb_for_each_piece(skb, 0, skb->len, count_piece, &n);
	}
	return n;
}

int nic_tx_post(struct nic *nic, struct sk_buff *skb)
{
	struct nic_tx_ring *tx = &nic->tx;
	u32 n = count_segs(skb);
	struct nic_tx_sw *sw;

	ln_assert(n > 0);
	if (unlikely(n > NIC_SEGS_MAX))
		return -EMSGSIZE;
	if (unlikely(n > nic_tx_room(nic)))
		return -ENOSPC;
	sw = &tx->sw[tx->next_post & tx->mask];
	*sw = (struct nic_tx_sw){ .skb = skb, .ndesc = (u16)n, .len = skb->len };
	if (unlikely(skb->frag_list))
		skb_for_each_piece(skb, 0, skb->len, post_piece, tx);
	else
		post_skb(tx, skb);
	tx->desc[(tx->next_post - 1) & tx->mask].eop = true;
	return 0;
}

/* The next n bytes of skb's fragments. Return: in how many descriptors. */
static u32 post_payload(struct nic_tx_ring *tx, const struct sk_buff *skb, struct skb_cursor *at,
			u32 n)
{
	u32 descs = 0;

	while (n) {
		const struct skb_frag *f = &skb->frags[at->frag];
		u32 len = min(n, f->len - at->off);

		post_seg(tx, f->buf->data + f->off + at->off, len, f->buf);
		descs++;
		n -= len;
		at->off += len;
		if (at->off == f->len) {
			at->frag++;
			at->off = 0;
		}
	}
	return descs;
}

u32 nic_tx_frames_descs(const struct sk_buff *skb)
{
	return 2 * skb_packets(skb) + skb->nr_frags;
}

void nic_tx_post_frames(struct nic *nic, struct sk_buff *skb, struct buf *headers, u32 hlen,
			u32 stride)
{
	struct nic_tx_ring *tx = &nic->tx;
	struct skb_cursor at = { 0, 0 };
	u32 left = skb->data_len, frames = 0;

	ln_assert(nic_tx_frames_descs(skb) <= nic_tx_room(nic));

	while (left) {
		struct nic_tx_sw *sw = &tx->sw[tx->next_post & tx->mask];
		u32 n = min_t(u32, left, skb->gso_size);

		left -= n;
		post_seg(tx, headers->data + frames * stride, hlen, headers);
		*sw = (struct nic_tx_sw){
			.skb = skb, .ndesc = (u16)(1 + post_payload(tx, skb, &at, n)),
			.len = hlen + n, .part = true, .more = left,
		};
		tx->desc[(tx->next_post - 1) & tx->mask].eop = true;
		frames++;
	}
	nic->net->frames.cloned += frames - 1;
}

/* The frame's that begins at this descriptor. */
static u64 frame_packet(const struct nic_tx_ring *tx, u64 at)
{
	const struct sk_buff *skb = tx->sw[at & tx->mask].skb;

	return skb ? skb->id : tx->desc[at & tx->mask].buf->packet;
}

void nic_bare_drop(struct nic *nic, struct buf *buf, enum skb_drop_reason reason)
{
	nic->net->frames.dropped++;
	frame_drop(nic->net, nic->dev, buf->packet, reason, NULL);
	mem_uncharge(&nic->net->mem, buf_truesize(buf));
	buf_put(buf);
}

static void frame_aborted(struct nic *nic, u64 at, enum skb_drop_reason reason)
{
	const struct nic_tx_ring *tx = &nic->tx;
	const struct nic_tx_sw *sw = &tx->sw[at & tx->mask];

	if (!sw->skb) {
		nic_bare_drop(nic, tx->desc[at & tx->mask].buf, reason);
		return;
	}
	if (sw->more) {
		nic->net->frames.dropped++;
		frame_drop(nic->net, nic->dev, sw->skb->id, reason, NULL);
		return;
	}
	if (sw->part)
		sw->skb->gso_segs = 0;	/* the others were counted */
	kfree_skb_reason(sw->skb, reason);
}

u32 nic_tx_post_linear(struct nic *nic, struct sk_buff **skb, u32 n)
{
	struct nic_tx_ring *tx = &nic->tx;
	u64 at = tx->next_post;
	u32 i;

	for (i = 0; i < n; i++, at++) {
		const struct sk_buff *s = skb[i];

		if (unlikely(s->data_len || !s->len))
			break;
		tx->sw[at & tx->mask] = (struct nic_tx_sw){
			.skb = skb[i], .ndesc = 1, .len = s->len,
			.own = skb_is_own_frame(nic->net, s),
		};
		tx->desc[at & tx->mask] = (struct nic_seg){
			.addr = s->data, .len = s->len, .eop = true, .buf = s->head_buf,
		};
	}
	tx->next_post = at;
	return i;
}

u64 nic_tx_post_bare(struct nic *nic, const struct nic_frame *f, u32 n)
{
	struct nic_tx_ring *tx = &nic->tx;
	u64 at = tx->next_post, bytes = 0;

	ln_assert(n <= nic_tx_room(nic));
	for (u32 i = 0; i < n; i++, at++) {
		tx->sw[at & tx->mask] = (struct nic_tx_sw){ .ndesc = 1, .len = f[i].len };
		tx->desc[at & tx->mask] = (struct nic_seg){
			.addr = f[i].data, .len = f[i].len, .eop = true, .buf = f[i].buf,
		};
		bytes += f[i].len;
	}
	tx->next_post = at;
	return bytes;
}

static __noinline __cold void trace_doorbell(struct nic *nic)
{
	const struct nic_tx_ring *tx = &nic->tx;

	for (u64 at = tx->doorbell; at != tx->next_post; at += tx->sw[at & tx->mask].ndesc) {
		const struct nic_tx_sw *sw = &tx->sw[at & tx->mask];

		trace_skb(nic->net, nic_doorbell, sw->skb, at & tx->mask, sw->ndesc,
			  tx->next_post - tx->next_clean, tx->size);
	}
}

void nic_tx_doorbell(struct nic *nic)
{
	if (nic->tx.doorbell == nic->tx.next_post)
		return;
	if (unlikely(nic->net->trace))
		trace_doorbell(nic);
	nic->tx.doorbell = nic->tx.next_post;
	if (nic->ops->tx_doorbell)
		nic->ops->tx_doorbell(nic);
}

/* What ends with many others. */
static __noinline u32 clean_bulk(struct nic *nic, u32 budget)
{
	struct nic_tx_ring *tx = &nic->tx;
	struct skb_bulk bulk = { .charged = 0 };
	u32 n = 0;

	while (tx->next_clean != tx->next_done && n < budget) {
		u64 at = tx->next_clean & tx->mask;
		const struct nic_tx_sw *sw = &tx->sw[at];

		if (sw->lent)
			break;
		tx->next_clean += sw->ndesc;
		/* The frames of one packet end with the last of them. */
		if (sw->own)
			dev_consume_own_frame(nic->net, &bulk, sw->skb);
		else if (!sw->skb)
			frame_consume_bulk(nic->net, &bulk, tx->desc[at].buf);
		else if (likely(!sw->more))
			dev_consume_bulk(nic->net, &bulk, sw->skb);
		else
			nic->net->frames.sent++;
		n++;
	}
	if (bulk.charged | bulk.skbs.n)
		skb_bulk_free(nic->net, &bulk);
	return n;
}

u32 nic_tx_clean(struct nic *nic, u32 budget)
{
	struct nic_tx_ring *tx = &nic->tx;
	u32 n = 0;

	while (tx->next_clean != tx->next_done && n < budget) {
		u64 at = tx->next_clean & tx->mask;
		const struct nic_tx_sw *sw = &tx->sw[at];

		if (!sw->lent) {
			n += clean_bulk(nic, budget - n);
			continue;
		}
		tx->next_clean += sw->ndesc;
		give_back(tx, sw, at);
		dev_consume_lent(sw->skb);
		n++;
	}
	return n;
}

/* ---- the backend's side ---- */

static void meta_of_frame(struct nic_meta *meta, const struct nic_tx_ring *tx, u64 at)
{
	const struct nic_tx_sw *sw = &tx->sw[at & tx->mask];
	const struct sk_buff *skb = sw->skb;

	if (!skb || sw->part) {
		*meta = (struct nic_meta){ .packet = frame_packet(tx, at) };
		return;
	}
	*meta = (struct nic_meta){
		.packet = skb->id,
		.gso_size = skb->gso_size,
		.gso_type = skb->gso_type,
	};
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		meta->csum_partial = true;
		meta->csum_start = (u16)(skb->csum_start - skb_headroom(skb));
		meta->csum_offset = skb->csum_offset;
	}
}

u32 nic_tx_peek(struct nic *nic, struct nic_seg segs[NIC_SEGS_MAX], struct nic_meta *meta)
{
	const struct nic_tx_ring *tx = &nic->tx;
	u64 at = tx->next_read;
	u32 n = 0;

	if (at == tx->doorbell)
		return 0;
	if (meta)
		meta_of_frame(meta, tx, at);
	do {
		segs[n++] = tx->desc[at & tx->mask];
	} while (!tx->desc[at++ & tx->mask].eop);
	return n;
}

struct sk_buff *nic_tx_peek_skb(const struct nic *nic)
{
	const struct nic_tx_ring *tx = &nic->tx;
	const struct nic_tx_sw *sw;

	if (tx->next_read == tx->doorbell)
		return NULL;
	sw = &tx->sw[tx->next_read & tx->mask];
	return sw->part ? NULL : sw->skb;
}

u32 nic_tx_advance(struct nic *nic)
{
	struct nic_tx_ring *tx = &nic->tx;
	const struct nic_tx_sw *sw = &tx->sw[tx->next_read & tx->mask];

	ln_assert(tx->next_read != tx->doorbell);
	tx->next_read += sw->ndesc;
	return sw->len;
}

void nic_tx_reread(struct nic *nic, u64 at)
{
	struct nic_tx_ring *tx = &nic->tx;

	ln_assert(at - tx->next_done <= tx->next_read - tx->next_done);
	tx->next_read = at;
}

static __noinline __cold void trace_sent(struct nic *nic, u64 at)
{
	const struct nic_tx_ring *tx = &nic->tx;
	const struct sk_buff *skb = tx->sw[at & tx->mask].skb;

	if (skb)
		trace_skb(nic->net, nic_tx_complete, skb, at & tx->mask);
	else
		trace_dev(nic->net, nic_tx_complete, nic->dev, frame_packet(tx, at),
			  at & tx->mask);
}

/* The oldest frame is on the wire. */
static __always_inline void tx_sent_one(struct nic *nic, struct nic_tx_ring *tx)
{
	const struct nic_tx_sw *sw = &tx->sw[tx->next_done & tx->mask];

	ln_assert(tx->next_done != tx->next_read);
	if (unlikely(nic->net->trace))
		trace_sent(nic, tx->next_done);
	nic->stats.tx_bytes += sw->len;
	tx->next_done += sw->ndesc;
}

void nic_tx_sent(struct nic *nic, u32 n)
{
	for (u32 i = 0; i < n; i++)
		tx_sent_one(nic, &nic->tx);
	nic->stats.tx_packets += n;
}

void nic_tx_complete(struct nic *nic, u32 n)
{
	if (!n)
		return;
	nic_tx_sent(nic, n);
	nic_irq_frames(nic, NIC_IRQ_TX, n);
}

void nic_tx_complete_read(struct nic *nic, u32 n, u64 bytes)
{
	if (unlikely(nic->net->trace)) {
		nic_tx_complete(nic, n);
		return;
	}
	if (!n)
		return;
	nic->tx.next_done = nic->tx.next_read;
	nic->stats.tx_bytes += bytes;
	nic->stats.tx_packets += n;
	nic_irq_frames(nic, NIC_IRQ_TX, n);
}

void nic_tx_read_sent(struct nic *nic)
{
	nic_tx_advance(nic);
	tx_sent_one(nic, &nic->tx);
	nic->stats.tx_packets++;
	nic_irq_frames(nic, NIC_IRQ_TX, 1);
}

void nic_tx_read_sent_many(struct nic *nic, u32 n, u64 bytes)
{
	struct nic_tx_ring *tx = &nic->tx;

	ln_assert(tx->next_done == tx->next_read && n <= tx->doorbell - tx->next_read);
	tx->next_done = tx->next_read += n;
	nic->stats.tx_bytes += bytes;
	nic->stats.tx_packets += n;
	nic_irq_frames(nic, NIC_IRQ_TX, n);
}

void nic_tx_abort(struct nic *nic, enum skb_drop_reason reason)
{
	struct nic_tx_ring *tx = &nic->tx;
	u64 at = tx->next_done;

	/* Sent ones first, so that the ring is empty afterwards and clean has nothing to do. */
	nic_tx_clean(nic, UINT32_MAX);
	tx->next_read = tx->next_done = tx->next_clean = tx->doorbell = tx->next_post;
	while (at != tx->next_post) {
		u64 frame = at;

		give_back(tx, &tx->sw[at & tx->mask], at);
		at += tx->sw[at & tx->mask].ndesc;
		frame_aborted(nic, frame, reason);
	}
}
