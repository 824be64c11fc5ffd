/* SPDX-License-Identifier: MIT */
/*
 * A network card as its driver sees it: descriptor rings, an interrupt line, moderation.
 * This is the border of the world (law 3): frames enter and leave an instance through these
 * rings only, whatever stands behind: nic_sim (the lab's card), a TAP, a cable between two
 * instances (nic_cable), an embedder's hand (the ln_nic_* calls).
 *
 * Receive: the driver posts buffers (nic_rx_refill). The backend fills the next one, by DMA
 * (nic_rx_dma copies) or by hand-over (nic_rx_handover swaps buffers in), and reports it with
 * nic_rx_event(), which raises the interrupt as moderation says. The driver's poll takes
 * frames as sk_buffs (nic_rx_take) and refills.
 *
 *	slot:    taken | filled by the card, not yet taken | posted, empty | not posted
 *	index:       rx.next_take           rx.next_fill    rx.next_post
 *
 * Transmit: two arrays (row N5): the software's, which sk_buff sits in which slot, and the
 * card's descriptors, one per contiguous piece. nic_tx_post fills both, nic_tx_doorbell tells
 * the backend; the backend reads frames with nic_tx_peek, and nic_tx_complete marks them sent;
 * nic_tx_clean, in the poll, frees the sk_buffs.
 *
 * Interrupt: one line with one handler. While masked, causes are remembered; unmasking with a
 * cause pending raises it again. Moderation is ethtool -C's: an interrupt comes rx-usecs after
 * the first frame or at rx-frames frames, whichever is first; 0 and 0 (or 1): at once.
 *
 * Indexes count up forever; a slot is index & mask. Nothing here allocates on the packet path
 * but receive buffers, which are charged to the instance while they are in the ring, and the
 * sk_buff of a frame that is handed over. A ring that found no memory for a single buffer
 * tries again every NIC_REFILL_RETRY_MS, because no frame could remind it.
 *
 * Files: nic.c up and down; nic_ring.h, nic_rx*.c, nic_tx.c the rings; nic_irq.c the interrupts.
 */
#ifndef LINNET_DRIVER_NIC_H
#define LINNET_DRIVER_NIC_H

#include "driver/nic_ring.h"

struct nic_rss;			/* nic_rss.h */

#define NIC_RING_DEFAULT 256
#define NIC_RING_MAX 4096
#define NIC_TX_RING_MIN 32	/* a transmit ring holds at least one frame of any shape */
#define NIC_REFILL_RETRY_MS 100
#define NIC_RX_HEADROOM 64	/* before a received frame, for a longer header when forwarded */

enum nic_irq_cause { NIC_IRQ_RX = 1, NIC_IRQ_TX = 2, NIC_IRQ_LINK = 4 };

struct nic_coalesce {		/* ethtool -C, Linux's names */
	u32 rx_usecs, rx_frames, tx_usecs, tx_frames;
};

struct nic_stats {		/* ethtool -S */
	u64 rx_packets, rx_bytes, tx_packets, tx_bytes;
	u64 rx_fcs_errors;		/* ifconfig: frame */
	u64 rx_fifo_errors;		/* the card's FIFO was full */
	u64 rx_missed_errors;		/* no free descriptor; ifconfig: overruns */
	u64 rx_length_errors;		/* runts and giants */
	u64 rx_filtered;		/* the address filter kept it out */
	u64 rx_down;			/* came while the card was down */
	u64 rx_no_buffer;		/* refills that found no memory */
	u64 rx_straight;		/* passed on to another card without becoming packets */
	u64 rx_given;			/* came to this ring, went on to the right one */
	u64 rx_shard_ring;		/* ... and was lost: the ring between them was full */
	u64 multicast;
	u64 interrupts, rx_interrupts, tx_interrupts;
	u64 tx_stopped;			/* times that the queue was stopped for a full ring */
};

struct nic;

struct nic_ops {		/* the backend */
	/* Frames wait in the transmit ring. May take them at once or later. */
	void (*tx_doorbell)(struct nic *nic);
	/* Receive buffers were posted, or the receive interrupt is wanted again: look for frames.
	 * A TAP reads its descriptor here; NULL when the backend pushes. */
	void (*rx_poll)(struct nic *nic, u32 budget);
	/* Address filter: promiscuous mode, groups or the MAC changed. May be NULL. */
	void (*set_rx_mode)(struct nic *nic);
	/* The backend's own counter number i, for ethtool -S: its name, and its value in *value;
	 * NULL: there are no more. May be NULL. */
	const char *(*counter)(struct nic *nic, u32 i, u64 *value);
	/* Administratively up or down. May be NULL. */
	void (*set_up)(struct nic *nic, bool up);
	void (*destroy)(struct nic *nic);	/* the device goes: drop all references to nic */
};

struct nic {
	struct net *net;
	const struct nic_ops *ops;
	void *backend;			/* ops' own */
	struct net_device *dev;		/* for traces and frame_drop() */
	char name[16];
	u8 mac[6];
	u32 mtu;
	u32 rx_ring, tx_ring;		/* sizes to open with when nobody asks; 0 = the default */
	bool up;			/* rings are live */
	bool carrier;
	bool promisc;
	bool allmulti;
	u64 mc_bins;			/* nic_filter.h: groups to let in */
	bool tx_csum;			/* the backend finishes transport checksums (nic_meta) */
	bool tso;			/* the backend can take frames with gso_size (nic_meta);
					 * set at first: its device begins with TSO on */
	bool uso;			/* the same of datagrams */
	bool no_gro;			/* its device begins with GRO off */
	bool rx_gso;			/* the backend may bring merged segments, up to 64 KiB */
	/* Posted slots hold no buffer until nic_rx_dma() wants one, which then gets so many: the
	 * cache still knows what was freed last, and thousands of cards may wait. Without memory
	 * the frame is an overrun; from 2 on so many are kept for that. 0: all slots have one. */
	u8 rx_late;
	bool tx_at_once;		/* what tx_doorbell() sends at once nic_tx_sent() tells */
	struct nic_rss *rss;		/* other instances share the card; NULL: it is ours alone */

	struct nic_rx_ring rx;
	struct nic_tx_ring tx;

	/* the interrupt line */
	void (*isr)(struct nic *nic);	/* the driver's handler: reads the causes, masks the line */
	unsigned irq_number;		/* for /proc/interrupts */
	unsigned irq_pending;		/* causes that the handler has not read */
	bool irq_masked;
	struct nic_coalesce coalesce;
	u32 rx_waiting, tx_waiting;	/* frames since the last interrupt */
	ktime_t rx_first, tx_first;	/* when the first of them came */
	struct timer irq_timer;
	struct timer refill_timer;

	struct nic_stats stats;
	const char *about;		/* the backend's, of itself, for ip -d link; or NULL */
};

/* Fills in a card whose memory is the caller's; rings are made by nic_open(). The caller then sets
 * mac, mtu (1500 until then) and carrier. */
void nic_init(struct nic *nic, struct net *net, const struct nic_ops *ops, void *backend);

/* The sizes that nic_open() makes of what was asked: powers of two within the limits. */
u32 nic_rx_ring_size(u32 asked);
u32 nic_tx_ring_size(u32 asked);

/* Makes rings of nic_*_ring_size() and posts buffers, with the interrupt masked; -ENOMEM (no room
 * for the rings or for a single buffer) leaves it down. */
int nic_open(struct nic *nic, u32 rx_size, u32 tx_size);

/* Takes the rings down: frames in them end with NET_EXIT or NIC_DOWN, buffers go back. */
void nic_close(struct nic *nic);

/* ---- the driver's side ---- */

/* Posts buffers into free slots. Returns how many. */
u32 nic_rx_refill(struct nic *nic);

/* The next received frame as an sk_buff, or NULL when none is filled (or no memory: the frame is
 * dropped with NOMEM and the next is tried). skb->dev is nic->dev, tstamp and id are set. */
struct sk_buff *nic_rx_take(struct nic *nic);
/* Up to max of them; returns how many. */
u32 nic_rx_take_many(struct nic *nic, struct sk_buff **to, u32 max);

/*
 * The next received frames, up to max, that stand in one buffer each with nothing said beside that
 * a packet would have to carry; returns how many. They stay in the ring; then the first n of them
 * are taken out of it, each with an id.
 */
u32 nic_rx_peek_frames(const struct nic *nic, struct nic_frame *to, u32 max);
void nic_rx_take_frames(struct nic *nic, const struct nic_frame *f, u32 n);

static inline u32 nic_rx_ready(const struct nic *nic)
{
	return (u32)(nic->rx.next_fill - nic->rx.next_take);
}

static inline u32 nic_rx_free(const struct nic *nic)
{
	return (u32)(nic->rx.next_post - nic->rx.next_fill);
}

static inline u32 nic_tx_room(const struct nic *nic)
{
	return nic->tx.size - (u32)(nic->tx.next_post - nic->tx.next_clean);
}

/* Maps a frame's pieces into descriptors. -ENOSPC: not enough; -EMSGSIZE: more pieces than
 * NIC_SEGS_MAX. The skb stays the caller's then. */
int nic_tx_post(struct nic *nic, struct sk_buff *skb);

/* Posts the frames of one packet (device/gro.h: skb_gso_headers), for which there is room: each of
 * hlen bytes at i * stride of headers, and gso_size bytes of skb's fragments. */
void nic_tx_post_frames(struct nic *nic, struct sk_buff *skb, struct buf *headers, u32 hlen,
			u32 stride);
u32 nic_tx_frames_descs(const struct sk_buff *skb);	/* at most so many descriptors */

/* The same for the first of n frames, for which there is room, that are one piece each; returns how
 * many these are. */
u32 nic_tx_post_linear(struct nic *nic, struct sk_buff **skb, u32 n);
/* n frames without sk_buffs, for which there is room. Returns their bytes. */
u64 nic_tx_post_bare(struct nic *nic, const struct nic_frame *f, u32 n);
void nic_tx_doorbell(struct nic *nic);

/* Frees up to budget sent frames' sk_buffs; returns how many. */
u32 nic_tx_clean(struct nic *nic, u32 budget);

/* The causes since the last reading, a bit each; reading clears them, as a card's ICR. */
unsigned nic_irq_ack(struct nic *nic);
void nic_irq_mask(struct nic *nic);
/* Unmasks; when frames or completions came meanwhile the handler runs again at once. */
void nic_irq_unmask(struct nic *nic);

/* ---- the backend's side ---- */

/*
 * Copies a frame into the next posted buffer; meta may be NULL. False: it was dropped and counted
 * (no free descriptor: NIC_OVERRUN; shorter than 14 bytes or longer than MTU + 18; card down).
 */
bool nic_rx_dma(struct nic *nic, const struct nic_seg *segs, u32 nsegs,
		const struct nic_meta *meta);

/* Frames in one piece each, without meta: how many of the first were simple. Those behind are for
 * nic_rx_dma(), which says what is wrong. */
struct ln_frame;
u32 nic_rx_dma_many(struct nic *nic, const struct ln_frame *frames, u32 n);

/*
 * Hands over a frame that another card has to send, as a cable does: headers are copied, because
 * the receiver may rewrite them, payload is shared by reference (base/skb_share.h). False as
 * above, or no memory (NOMEM). Borrows the frame.
 */
bool nic_rx_handover(struct nic *nic, const struct sk_buff *frame);

/* The same for a frame in pieces, the first of which is its header; the others are in buffers. */
bool nic_rx_handover_pieces(struct nic *nic, const struct nic_seg *segs, u32 nsegs,
			    const struct nic_meta *meta);

/*
 * Lends the backend's own buffers, in whose pieces a frame stands, up the stack; they come back to
 * their pool by buf_put(). The headers are in the first piece. Consumes the buffers, also when the
 * frame is dropped (as above, or no memory).
 */
void nic_rx_lend(struct nic *nic, const struct nic_seg *segs, u32 nsegs,
		 const struct nic_meta *meta);

/* Whether a frame would find a buffer now. If not, that is tried again after NIC_REFILL_RETRY_MS at
 * the latest. For a backend that can keep its frames for so long. */
bool nic_rx_has_room(struct nic *nic);

/*
 * For a backend that can put bytes straight into memory (read(2) from a TAP): where the next frame
 * goes and how many bytes fit (MTU + 18); NULL: no free descriptor, or the card is down. Then
 * nic_rx_commit(): a frame of len bytes stands there; as nic_rx_dma() without the copy. A buffer
 * that is not committed stays the next one.
 */
u8 *nic_rx_buffer(struct nic *nic, u32 *cap);

/*
 * The same for a frame that may be longer, with gso_size in its meta: the posted buffer and then
 * the ring's spare ones (one set for all slots: a merged frame takes those that it needs, and new
 * ones come for the next). Returns how many pieces; 0 as above. Without rx_gso, or without memory
 * for spare buffers, it is the posted buffer alone.
 */
u32 nic_rx_pieces(struct nic *nic, struct nic_rx_piece piece[NIC_RX_PIECES]);
bool nic_rx_commit(struct nic *nic, u32 len, const struct nic_meta *meta);

/* n frames came into the ring: raise the interrupt as moderation says. 0: frames wait behind
 * ops.rx_poll, which the driver's poll will call. */
void nic_rx_event(struct nic *nic, u32 n);

/* The pieces of the next frame to send; 0: none. Repeated calls give the same until it is taken. */
u32 nic_tx_peek(struct nic *nic, struct nic_seg segs[NIC_SEGS_MAX], struct nic_meta *meta);
/* Whether there is a frame to send. */
static inline bool nic_tx_waiting(const struct nic *nic)
{
	return nic->tx.next_read != nic->tx.doorbell;
}

/* The sk_buff of that frame, borrowed, for who needs no pieces; NULL: none, or it has none of its
 * own. */
struct sk_buff *nic_tx_peek_skb(const struct nic *nic);
/* That frame was read, of so many bytes: go to the next; and: the oldest n read frames are on the
 * wire; all that were read are, n of so many bytes. */
u32 nic_tx_advance(struct nic *nic);
void nic_tx_complete(struct nic *nic, u32 n);
void nic_tx_complete_read(struct nic *nic, u32 n, u64 bytes);
/* Both, for a backend that sends each frame as it reads it. */
void nic_tx_read_sent(struct nic *nic);
/* The same for the next n frames, of one descriptor and so many bytes together. */
void nic_tx_read_sent_many(struct nic *nic, u32 n, u64 bytes);
/* The same within tx_doorbell(), without an interrupt: the driver looks when that returns. */
void nic_tx_sent(struct nic *nic, u32 n);
/* Frames were read and could not be sent: `at` was next_read before the first. */
void nic_tx_reread(struct nic *nic, u64 at);

/* Ends all frames that are not completed: the link is gone. The driver wakes its queue. */
void nic_tx_abort(struct nic *nic, enum skb_drop_reason reason);

/* A frame ends at the card: counter of the reason, trace, nothing else. */
void nic_rx_drop(struct nic *nic, u64 packet, enum skb_drop_reason reason);

/* Carrier came or went: tells the driver by a LINK interrupt. */
void nic_set_carrier(struct nic *nic, bool on);

void nic_set_coalesce(struct nic *nic, const struct nic_coalesce *c);

#endif
