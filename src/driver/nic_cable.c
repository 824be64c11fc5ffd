/* SPDX-License-Identifier: MIT */
#include "driver/nic_cable.h"

#include "base/skb_share.h"

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

/* A card that is down has no descriptors; what is sent to it is lost at its end. */
static u32 cable_move(struct nic *from, struct nic *to)
{
	u32 moved = 0, taken = 0;
	const struct sk_buff *frame;

	if (!from->up)
		return 0;
	while ((!to->up || nic_rx_free(to)) && nic_tx_waiting(from)) {
		frame = nic_tx_peek_skb(from);
		taken += likely(frame) ? nic_rx_handover(to, frame) : hand_over_pieces(from, to);
		nic_tx_advance(from);
		moved++;
	}
	nic_tx_complete(from, moved);
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
