/* SPDX-License-Identifier: MIT */
/* What the files of driver/nic share. */
#ifndef LINNET_DRIVER_NIC_IMPL_H
#define LINNET_DRIVER_NIC_IMPL_H

#include "driver/nic.h"
#include "wire/eth.h"

/* Makes the receive ring and posts what it can; -ENOMEM when that is nothing. */
int nic_rx_ring_init(struct nic *nic, u32 size);
void nic_rx_ring_exit(struct nic *nic, enum skb_drop_reason reason);

int nic_tx_ring_init(struct nic *nic, u32 size);
void nic_tx_ring_exit(struct nic *nic, enum skb_drop_reason reason);

/* ---- the receive ring, between nic_rx*.c and nic_handover.c ---- */

/* 0: it came from outside and has no number yet. */
static inline u64 nic_rx_slot_packet(const struct nic_rx_ring *rx,
				     const struct nic_rx_slot *slot)
{
	if (unlikely(slot->handed))
		return rx->handed[slot - rx->slot].packet;
	return slot->bare ? 0 : rx->meta[slot - rx->slot].packet;
}

static inline void nic_rx_filled(struct nic *nic, u32 len)
{
	nic->rx.next_fill++;
	nic->stats.rx_packets++;
	nic->stats.rx_bytes += len;
}

/* The next posted slot has a buffer now, as have those behind it. False: no memory. */
bool nic_rx_late_bufs(struct nic *nic);
void nic_rx_free_spares(struct nic *nic, struct nic_rx_spares *s);
/* The rest of nic_rx_admit(): why not. */
bool nic_rx_refuse(struct nic *nic, u32 len, u32 len_max, u64 packet);

/* Whether a frame may enter the ring; false: it was dropped. */
static inline bool nic_rx_admit(struct nic *nic, u32 len, u32 len_max, u64 packet)
{
	return likely(nic->up && len >= ETH_HLEN && len <= len_max && nic_rx_free(nic)) ||
	       nic_rx_refuse(nic, len, len_max, packet);
}

/* The slot `at` has its frame, and the buffer that was for it goes on to the end of the stock. */
static inline void nic_pass_buf_on(const struct nic *nic, u64 at)
{
	const struct nic_rx_ring *rx = &nic->rx;
	struct nic_rx_slot *slot = &rx->slot[at & rx->mask], *end;

	slot->bare = false;
	if (!slot->buf || nic->rx_late < 2)
		return;
	end = &rx->slot[(at + nic->rx_late) & rx->mask];
	if (!end->buf) {
		end->buf = slot->buf;
		slot->buf = NULL;
	}
}

static inline void nic_rx_handed_over(struct nic *nic, u32 len)
{
	nic_pass_buf_on(nic, nic->rx.next_fill);
	nic_rx_filled(nic, len);
}

/* The small frames that `from` has to send first, as many as are so: returns how many they were;
 * *sent, *taken: bytes of theirs, and frames that came in, more. */
u32 nic_rx_handover_run(struct nic *nic, struct nic *from, u64 *sent, u32 *taken);
u32 nic_segs_len(const struct nic_seg *segs, u32 nsegs);
void nic_skb_set_meta(struct nic *nic, struct sk_buff *skb, const struct nic_meta *meta);
/* The sk_buff of a frame that waited without one; NULL: no memory, it was dropped. */
struct sk_buff *nic_rx_build_handed(struct nic *nic, struct nic_rx_slot *slot);
void nic_rx_free_handed(struct nic *nic, const struct nic_rx_handed *h);

/* ---- the interrupt line ---- */

void nic_irq_init(struct nic *nic);
/* Causes besides frames: set, and delivered unless masked. */
void nic_irq_raise(struct nic *nic, unsigned causes);
/* n frames more in a direction (NIC_IRQ_RX or NIC_IRQ_TX): moderation decides. */
void nic_irq_frames(struct nic *nic, enum nic_irq_cause direction, u32 n);
/* Nothing waits any more: the card goes down. */
void nic_irq_reset(struct nic *nic);

void nic_refill_timer_fn(struct timer *t);

#endif
