/* SPDX-License-Identifier: MIT */
/*
 * nic_sim: the lab's network card (rows N1, N2, N3, N5, N6, P1 at its end of the wire).
 *
 * From the wire: a frame arrives with preamble and FCS as a struct wire_frame. The card checks
 * length and FCS, filters by destination MAC (own, broadcast, multicast, or all when
 * promiscuous), holds it in a FIFO of fifo_bytes while DMA carries it (dma_ns_per_frame and
 * dma_bps) into the next receive buffer. No free descriptor at that time: dropped, counted as an
 * overrun. FIFO full on arrival: dropped, counted as a FIFO error.
 *
 * To the wire: at the doorbell, DMA reads the next frame from the transmit ring, pads it to 60
 * bytes, adds the FCS, and gives it to the wire; while that one leaves, DMA reads one more, so
 * that the wire never waits for it. When the wire says that the last bit has left
 * (nic_sim_tx_done), the descriptor is completed.
 *
 *	wire -> length, FCS, MAC -> FIFO -> DMA -> receive ring -> interrupt
 *	wire <- one frame ready <- pad, FCS <- DMA <- transmit ring <- doorbell
 *
 * The wire (lab/link) gives frames with nic_sim_rx() and takes them by xmit. Frames are
 * single contiguous buffers, reference counted: a switch's flood shares one. They come from the
 * sender's buffer pool and are the hardware's: no instance is charged for them.
 *
 * Multicast is let in as a whole, as by a card whose hash filter is full.
 */
#ifndef LINNET_DRIVER_NIC_SIM_H
#define LINNET_DRIVER_NIC_SIM_H

#include "driver/nic.h"

/* A frame on the wire, from destination MAC to FCS; buf->data + off, len bytes. */
struct wire_frame {
	struct buf *buf;
	u32 off, len;		/* len includes the 4 bytes of FCS */
	u64 packet;
};

struct nic_sim;

struct nic_sim_wire {		/* the cable's end, as the card sees it */
	/* Takes over the frame's reference. The wire calls nic_sim_tx_done() when it is sent (at
	 * once, inside xmit, is allowed), and xmit is not called again before that. */
	void (*xmit)(void *wire, struct nic_sim *sim, const struct wire_frame *frame);
	void *wire;
};

struct nic_sim_params {
	u8 mac[6];
	u32 mtu;		/* 0 = 1500 */
	u32 fifo_bytes;		/* 0 = 64 KiB */
	u64 dma_bps;		/* 0 = 16 Gbit/s (a PCIe lane or two) */
	u32 dma_ns;		/* per frame; 0 = 300 */
	u32 rx_ring, tx_ring;	/* when dev_nic_create() asks for none; 0 = NIC_RING_DEFAULT */
	struct nic_coalesce coalesce;	/* all 0 = rx-usecs 3, tx-usecs 3, as e1000e's default */
};

/* Makes a card without carrier; its net_device is made by the caller with
 * dev_nic_create(net, nic_sim_nic()). NULL: no memory. nic->ops->destroy frees it. */
struct nic_sim *nic_sim_create(struct net *net, const struct nic_sim_params *params);
struct nic *nic_sim_nic(struct nic_sim *sim);

/*
 * Plugs the cable in (carrier comes) or out (wire NULL: carrier goes; frames in the card and in
 * the transmit ring end with NIC_DOWN). A wire that was unplugged does not call nic_sim_tx_done()
 * for what it took before.
 */
void nic_sim_plug(struct nic_sim *sim, const struct nic_sim_wire *wire);

/* The wire delivers a frame; takes over its reference. The time is net->now. */
void nic_sim_rx(struct nic_sim *sim, const struct wire_frame *frame);

/* The last bit of the frame given to xmit has left. */
void nic_sim_tx_done(struct nic_sim *sim);

/* Frames that arrived and wait for their DMA: what makes the account of frames whole. */
u32 nic_sim_fifo_frames(const struct nic_sim *sim);

/* Makes the 4 bytes behind len bytes of frame their FCS, as it stands on the wire. */
void nic_sim_put_fcs(u8 *frame, u32 len);

#endif
