/* SPDX-License-Identifier: MIT */
/*
 * The receive ring's driver side: frames that wait there are taken as sk_buffs, which get the
 * ring's buffers, or passed on without one.
 */
#include "base/skb_ring.h"
#include "driver/nic_impl.h"

#define LOOK_AHEAD 4

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
	nic_rx_free_spares(nic, more);
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
		nic_rx_drop(nic, nic_rx_slot_packet(rx, slot), SKB_DROP_REASON_NOMEM);
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
		u64 packet = likely(slot->bare) ? 0 : nic_rx_slot_packet(rx, slot);

		f[i].buf->packet = likely(!packet) ? net_next_packet_id(net) : packet;
		slot->buf = NULL;
	}
	rx->next_take = at;
	net->frames.rx += n;
	nic->stats.rx_straight += n;
}
