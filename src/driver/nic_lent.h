/* SPDX-License-Identifier: MIT */
/*
 * Frames that a card sends out of the sk_buff that their sender keeps (device/dev_lend.h): its end
 * of them is that of a clone.
 */
#ifndef LINNET_DRIVER_NIC_LENT_H
#define LINNET_DRIVER_NIC_LENT_H

#include "base/skb_ring.h"
#include "base/skb_share.h"
#include "driver/nic_impl.h"

/*
 * A frame of hlen bytes at header, in skb's own room, and skb's fragment, if it has one. skb stays
 * its sender's too (sk_buff.lent), who leaves the header alone until the card is done with it.
 * There is room for two descriptors (asserted).
 */
void nic_tx_post_lent(struct nic *nic, struct sk_buff *skb, const u8 *header, u32 hlen);

/* nic_tx_post() for a frame that is one piece, in skb's own room, when there is room for it. */
static __always_inline void nic_tx_post_room(struct nic *nic, struct sk_buff *skb)
{
	struct nic_tx_ring *tx = &nic->tx;
	u64 at = tx->next_post;

	ln_assert(nic_tx_room(nic));
	tx->sw[at & tx->mask] = (struct nic_tx_sw){ .skb = skb, .ndesc = 1, .len = skb->len };
	tx->desc[at & tx->mask] = (struct nic_seg){
		.addr = skb->data, .len = skb->len, .eop = true,
	};
	tx->next_post = at + 1;
}

/* nic_rx_handover_pieces() for such a frame and a card without shards, whom nobody follows; piece:
 * or NULL. */
static __always_inline bool nic_rx_handover_lent(struct nic *nic, const struct nic_seg *header,
						 const struct nic_seg *piece, u64 packet)
{
	u32 len = header->len + (piece ? piece->len : 0);
	struct nic_rx_ring *rx = &nic->rx;
	struct sk_buff *skb;

	if (!nic_rx_admit(nic, len, rx->buf_len, packet))
		return false;
	skb = __skb_handover_header(nic->net, header->addr, header->len, packet);
	if (unlikely(!skb || (piece && !mem_charge(&nic->net->mem, piece->len)))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);	/* a NULL one was counted */
		nic->stats.rx_no_buffer++;
		return false;
	}
	if (likely(piece))
		skb_set_charged_frag(skb, buf_get(piece->buf),
				     (u32)(piece->addr - piece->buf->data), piece->len);
	skb->dev = nic->dev;
	rx->slot[rx->next_fill & rx->mask].skb = skb;
	nic_rx_handed_over(nic, len);
	return true;
}

#endif
