/* SPDX-License-Identifier: MIT */
/* What a card's two rings are made of (nic.h). */
#ifndef LINNET_DRIVER_NIC_RING_H
#define LINNET_DRIVER_NIC_RING_H

#include "base/skbuff.h"

#define NIC_SEGS_MAX (MAX_SKB_FRAGS + 1)
#define NIC_RX_SPARES 4		/* with rx_gso: together with a posted buffer, 64 KiB */
#define NIC_RX_SPARE_LEN (16384 - BUF_HEADER)
#define NIC_RX_PIECES (1 + NIC_RX_SPARES)

struct nic;

/* A contiguous piece of a frame in memory. buf: what keeps it alive, NULL when it is inline in
 * an sk_buff (valid until the frame is completed). */
struct nic_seg {
	const u8 *addr;
	u32 len;
	bool eop;		/* in a ring: the last piece of its frame */
	struct buf *buf;
};

/* What travels beside a frame's bytes: virtio_net_hdr's facts, and the packet's id. */
struct nic_meta {
	u64 packet;		/* id on all machines; 0 = from outside, give it one */
	ktime_t tstamp;		/* when the card saw it; 0 = when it is taken */
	u16 csum_start, csum_offset;	/* from the frame's first byte; with csum_partial */
	u16 gso_size, gso_segs;	/* gso_segs: of what is received */
	u8 gso_type;
	bool csum_partial : 1;	/* transport checksum not finished */
	bool csum_verified : 1;	/* receive: found right */
	bool steered : 1;	/* receive: it was looked at, this ring is right (nic_rss.h) */
	bool bystander : 1;	/* receive: another shard got it too, and answers for all */
	u32 hash;		/* of the flow; 0 = not computed */
};

struct nic_rx_slot {
	struct buf *buf;		/* posted; stays here when a handed-over frame passes by */
	struct sk_buff *skb;		/* a handed-over frame, ready; NULL: it is in buf */
	u32 len;			/* frame's bytes, from NIC_RX_HEADROOM of buf on */
	bool bare;			/* in buf, and it came without a meta */
	bool handed;			/* it is in nic_rx_ring.handed */
};

/* A frame of a cable that is not an sk_buff yet: that is made when it is taken, as the cache has
 * forgotten by then what was made when it came. */
struct nic_rx_handed {
	struct nic_seg header, piece;	/* with references; the piece's length is charged */
	u64 packet;
	ktime_t tstamp;
};

struct nic_rx_spares {
	struct buf *buf[NIC_RX_SPARES];
};

struct nic_rx_ring {
	struct nic_rx_slot *slot;
	struct nic_meta *meta;		/* of each slot's frame, but of a bare one */
	struct nic_rx_handed *handed;	/* NULL: none came yet */
	u32 size, mask;
	u64 next_post, next_fill, next_take;
	u32 buf_len;			/* bytes that a posted buffer holds behind its headroom */
	/* With rx_gso: where a longer frame goes on: the next one, and that of each slot. */
	struct nic_rx_spares spares, *more;
};

/* nic_rx_take() where the next frame is there as an sk_buff; NULL: it is not. */
static inline struct sk_buff *nic_rx_take_ready(struct nic_rx_ring *rx)
{
	struct nic_rx_slot *slot;
	struct sk_buff *skb;

	if (rx->next_take == rx->next_fill)
		return NULL;
	slot = &rx->slot[rx->next_take & rx->mask];
	skb = slot->skb;
	if (unlikely(!skb))
		return NULL;
	slot->skb = NULL;
	rx->next_take++;
	return skb;
}

struct nic_rx_piece {		/* a place for received bytes */
	u8 *addr;
	u32 len;
};

/*
 * A frame in one piece that passes from a receive ring to a transmit ring as it is, without an
 * sk_buff: from the MAC header on. Nobody else holds its buffer; its charge goes with it.
 */
struct nic_frame {
	u8 *data;
	struct buf *buf;
	struct net_device *out;		/* whose ring it goes to; set by who decides that */
	u32 len;
};

/* The end of one that was taken out of a ring, or was to be sent. */
void nic_bare_drop(struct nic *nic, struct buf *buf, enum skb_drop_reason reason);

struct nic_tx_sw {		/* the driver's array, at the slot of a frame's first descriptor */
	struct sk_buff *skb;	/* NULL: a struct nic_frame, whose buffer the descriptor has */
	u32 len;
	u16 ndesc;
	bool part : 1;		/* one of several frames that are made of skb */
	bool more : 1;		/* ... and not the last */
	bool lent : 1;		/* ... or the only one: skb is its sender's, too */
	bool own : 1;		/* skb_is_own_frame(), and complete */
};

struct nic_tx_ring {
	struct nic_seg *desc;		/* the card's array */
	struct nic_tx_sw *sw;		/* the driver's */
	u32 size, mask;
	u64 next_post;			/* driver writes here */
	u64 doorbell;			/* card may read up to here */
	u64 next_read;			/* card reads its next frame here */
	u64 next_done;			/* card has sent all before */
	u64 next_clean;			/* driver has freed all before */
};

#endif
