/* SPDX-License-Identifier: MIT */
#include "driver/nic_cable.h"

/* The next frame of `from`, which has one. True: it was taken. */
static bool hand_over(struct nic *from, struct nic *to)
{
	const struct sk_buff *frame = nic_tx_peek_skb(from);
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;
	u32 n;

	if (frame)
		return nic_rx_handover(to, frame);
	n = nic_tx_peek(from, segs, &meta);
	return nic_rx_handover_pieces(to, segs, n, &meta);
}

/* A card that is down has no descriptors; what is sent to it is lost at its end. */
static u32 cable_move(struct nic *from, struct nic *to)
{
	u32 moved = 0, taken = 0;

	if (!from->up)
		return 0;
	while ((!to->up || nic_rx_free(to)) && nic_tx_waiting(from)) {
		taken += hand_over(from, to);
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
