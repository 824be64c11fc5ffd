/* SPDX-License-Identifier: MIT */
/*
 * One queue of an interface at work: its socket's rings, its memory, and a card's rings above.
 *
 * A frame is one entry of a ring, or with XDP_USE_SG up to XDP_SEGS_MAX of them, each but the last
 * marked as continued; what came of a frame whose rest is not there yet waits in `part`.
 */
#ifndef LINNET_HOST_XDP_QUEUE_H
#define LINNET_HOST_XDP_QUEUE_H

#include "driver/nic.h"
#include "host/xdp_sock.h"
#include "host/xdp_umem.h"

#define XDP_SEGS_MAX 4			/* entries that one frame takes at most */
#define XDP_RX_ENTRIES 2048		/* of each fill and receive ring */
#define XDP_RX_FRAMES (2 * XDP_RX_ENTRIES)	/* posted, and as many with the stack */
#define XDP_TX_ENTRIES 1024		/* of each transmit ring; as many frames */

struct xdp_queue {
	struct xdp_sock sock;
	struct xdp_umem *umem;
	unsigned index;			/* at the interface */
	bool unsent;			/* the kernel was not told of what is in the ring */
	u32 parts;
	struct xdp_frame part[XDP_SEGS_MAX];
	u64 rx_lent, rx_copied;		/* frames that went up in the UMEM, and in our buffers */
	u64 tx_frames;
};

/* All but umem, umem_len and the rings' sizes is filled in by the caller. False: err says why. */
bool xdp_queue_open(struct xdp_queue *q, struct xdp_sock_params *sp, char *err, size_t cap);
void xdp_queue_close(struct xdp_queue *q);

/*
 * Received frames go into the card's ring: at most budget, and what that has room for. Returns how
 * many. veth: they may have unfinished checksums.
 */
u32 xdp_queue_rx(struct xdp_queue *q, struct nic *nic, bool veth, u32 budget);

static inline bool xdp_queue_rx_waits(struct xdp_queue *q)
{
	return xdp_ring_ready(&q->sock.ring[XDP_RX]);
}

/* Puts a frame into the transmit ring. False: there is no room. */
bool xdp_queue_put(struct xdp_queue *q, const struct nic_seg *segs, u32 n);

/* Has the kernel send what is in it. False: it does not take all of it now. */
bool xdp_queue_push(struct xdp_queue *q);

#endif
