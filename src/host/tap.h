/* SPDX-License-Identifier: MIT */
/*
 * A TAP device as a card of an instance (wire.h: "tap:NAME", or NAME alone).
 *
 * The readable descriptor is the interrupt, and NAPI masks it: while a poll is scheduled the loop
 * does not watch the descriptor. The poll reads frames straight into the receive ring's buffers
 * (one readv(2) a frame); a doorbell writes frames from the transmit ring (one writev(2) each).
 * When the kernel's queue is full the frame stays in the ring until the descriptor is writable.
 *
 * Where the kernel has it, a struct vnet_hdr stands before each frame. Then what crosses the TAP
 * need not be finished: a checksum may be partial, both ways, because no wire is between us, and
 * TCP segments, and from Linux 6.2 on the datagrams of one UDP_SEGMENT, come and go merged, up to
 * 64 KiB in one system call.
 *
 * A link model may stand between the TAP and the stack, in both directions: rate, delay, loss,
 * reordering and the rest of lab/el_link.h on real traffic. Frames that it holds back are kept
 * here, at most TAP_LINK_FRAMES in each direction. What it does it does to whole frames, so there
 * is no vnet_hdr then.
 */
#ifndef LINNET_HOST_TAP_H
#define LINNET_HOST_TAP_H

#include "host/wire.h"

#define TAP_LINK_FRAMES 65536

struct wire *tap_open(struct net *net, struct loop *loop, const char *ifname,
		      const struct wire_params *params, char *err, size_t err_cap);

#endif
