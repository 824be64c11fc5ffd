/* SPDX-License-Identifier: MIT */
/*
 * Frames that a card sends out of the sk_buff that their sender keeps (device/dev_lend.h): its end
 * of them is that of a clone.
 */
#ifndef LINNET_DRIVER_NIC_LENT_H
#define LINNET_DRIVER_NIC_LENT_H

#include "driver/nic.h"

/*
 * A frame of hlen bytes at header, in skb's own room, and skb's fragment, if it has one. skb stays
 * its sender's too (sk_buff.lent), who leaves the header alone until the card is done with it.
 * There is room for two descriptors (asserted).
 */
void nic_tx_post_lent(struct nic *nic, struct sk_buff *skb, const u8 *header, u32 hlen);

/* nic_rx_handover_pieces() for such a frame and a card without shards, whom nobody follows; piece:
 * or NULL. */
bool nic_rx_handover_lent(struct nic *nic, const struct nic_seg *header,
			  const struct nic_seg *piece, u64 packet);

#endif
