/* SPDX-License-Identifier: MIT */
/*
 * A card driven by hand: whoever holds it gives frames to the receive ring and takes them off the
 * transmit ring (the public ln_nic_* calls). Frames are whole, from destination MAC to payload,
 * without FCS; each is copied once, counted as DMA. Two of them may be joined by a cable, which
 * copies headers only (nic_cable.h).
 */
#ifndef LINNET_DRIVER_NIC_HAND_H
#define LINNET_DRIVER_NIC_HAND_H

#include <linnet/nic.h>

#include "driver/nic.h"

struct nic_hand_params {
	u8 mac[6];
	u32 mtu;			/* 0 = 1500 */
	void (*doorbell)(void *ctx);	/* frames wait for nic_hand_transmit(); or NULL */
	void *ctx;
};

/* A card with carrier, down until its device is opened; NULL: no memory. ops->destroy frees it. */
struct nic *nic_hand_create(struct net *net, const struct nic_hand_params *params);

/*
 * A frame arrived. 0; -ENETDOWN: the card is down or has no carrier; -EMSGSIZE: longer than MTU +
 * 18 or shorter than an Ethernet header; -ENOBUFS: no free descriptor. It is counted in each case.
 */
int nic_hand_receive(struct nic *nic, const void *frame, size_t len);

/* The next frame to send, copied to buf: its length; 0: none waits; -EMSGSIZE: cap is short, the
 * frame stays. */
ptrdiff_t nic_hand_transmit(struct nic *nic, void *buf, size_t cap);

/* Many of them, with one interrupt: ln_nic_receive_many() and ln_nic_transmit_many(). */
u32 nic_hand_receive_many(struct nic *nic, const struct ln_frame *frames, u32 n);
u32 nic_hand_transmit_many(struct nic *nic, struct ln_frame *frames, u32 n);

/* Plugs a cable in between two of them. -EBUSY: one has a cable; -EINVAL: both are the same. It
 * comes out when either card is destroyed. */
int nic_hand_connect(struct nic *a, struct nic *b);

/* The card at the other end, or NULL. */
struct nic *nic_hand_peer(const struct nic *nic);

#endif
