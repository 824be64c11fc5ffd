/* SPDX-License-Identifier: MIT */
/*
 * A TAP device as a card of an instance.
 *
 * The readable descriptor is the interrupt, and NAPI masks it: while a poll is scheduled the loop
 * does not watch the descriptor. The poll reads frames straight into the receive ring's buffers
 * (one read(2) a frame); a doorbell writes frames from the transmit ring (one writev(2) each). When
 * the kernel's queue is full the frame stays in the ring until the descriptor is writable.
 *
 * A link model may stand between the TAP and the stack, in both directions: rate, delay, loss,
 * reordering and the rest of lab/el_link.h on real traffic. Frames that it holds back are kept
 * here, at most TAP_LINK_FRAMES in each direction.
 */
#ifndef LINNET_HOST_TAP_H
#define LINNET_HOST_TAP_H

#include "driver/nic.h"
#include "host/loop.h"
#include "lab/el_link.h"

#define TAP_LINK_FRAMES 65536

struct tap;

struct tap_params {
	const char *ifname;		/* of the TAP: made when it does not exist and we may */
	const char *name;		/* of the instance's device; NULL = "eth0" */
	u8 mac[6];			/* zero = a random local one */
	u32 mtu;			/* 0 = the TAP's */
	u32 ring;			/* descriptors each way; 0 = 1024 */
	const struct link_params *link;	/* NULL = none */
	u64 link_seed;
};

/* NULL: err holds what went wrong and what would mend it. The device is down at first. */
struct tap *tap_open(struct net *net, struct loop *loop, const struct tap_params *params, char *err,
		     size_t err_cap);

/* When a frame that the link holds back is due; INT64_MAX: none. */
s64 tap_next(const struct tap *tap);

/* Delivers what is due; before and after net_run(). */
void tap_run(struct tap *tap, s64 now);

/* Statistics of the link model, direction 0: from the TAP to us, 1: from us; NULL without one. */
const struct link_stats *tap_link_stats(const struct tap *tap, int direction);

#endif
