/* SPDX-License-Identifier: MIT */
#include "driver/nic_cable.h"

#include "base/skb_share.h"
#include "driver/nic_impl.h"
#include "driver/nic_lent.h"

/* A frame without an sk_buff: its headers, which the other end may write, and what is behind. */
static __noinline bool hand_over_pieces(struct nic *from, struct nic *to)
{
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;
	u32 n = nic_tx_peek(from, segs, &meta);

	if (n == 1 && segs->len > SKB_HANDOVER_HEADER) {
		segs[1] = segs[0];
		segs[0].len = SKB_HANDOVER_HEADER;
		segs[1].addr += SKB_HANDOVER_HEADER;
		segs[1].len -= SKB_HANDOVER_HEADER;
		n = 2;
	}
	return nic_rx_handover_pieces(to, segs, n, &meta);
}

/* A segment that is its sender's, too: a header, and at most one piece. */
static __always_inline bool hand_over_lent(struct nic *from, struct nic *to,
					   const struct nic_tx_sw *sw)
{
	const struct nic_tx_ring *tx = &from->tx;
	const struct nic_seg *piece = &tx->desc[(tx->next_read + 1) & tx->mask];

	if (unlikely(to->rss || to->net->trace))
		return hand_over_pieces(from, to);
	return nic_rx_handover_lent(to, &tx->desc[tx->next_read & tx->mask],
				    likely(sw->ndesc == 2) ? piece : NULL, sw->skb->id);
}

static __always_inline bool hand_over(struct nic *from, struct nic *to,
				      const struct nic_tx_sw *sw)
{
	if (sw->lent)
		return hand_over_lent(from, to, sw);
	return likely(sw->skb && !sw->part) ? nic_rx_handover(to, sw->skb) :
					      hand_over_pieces(from, to);
}

/* It is a small one, as datagrams and plain ACKs are, and more of them may follow. */
static __always_inline bool starts_run(const struct nic_tx_sw *sw)
{
	return !sw->lent && sw->skb && skb_is_small(sw->skb);
}

/* A card that is down has no descriptors; what is sent to it is lost at its end. */
static u32 cable_move(struct nic *from, struct nic *to)
{
	u32 moved = 0, taken = 0;
	u64 bytes = 0;

	if (!from->up)
		return 0;
	while (nic_tx_waiting(from) && (!to->up || nic_rx_free(to))) {
		const struct nic_tx_sw *sw = &from->tx.sw[from->tx.next_read & from->tx.mask];
		u32 run = starts_run(sw) ? nic_rx_handover_run(to, from, &bytes, &taken) : 0;

		moved += run;
		if (run)
			continue;
		taken += hand_over(from, to, sw);
		bytes += nic_tx_advance(from);
		moved++;
	}
	nic_tx_complete_read(from, moved, bytes);
	if (taken)
		nic_rx_event(to, taken);
	return moved;
}

u32 nic_cable_run(struct nic *a, struct nic *b)
{
	u32 moved = 0;

	if (nic_tx_waiting(a))
		moved += cable_move(a, b);
	if (nic_tx_waiting(b))
		moved += cable_move(b, a);
	return moved;
}
