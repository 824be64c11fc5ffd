/* SPDX-License-Identifier: MIT */
/*
 * An interface of the kernel as a card of an instance, through AF_PACKET (wire.h: "packet:IF").
 *
 * The instance is a machine of its own on that network, with its own MAC beside the interface's.
 * It sees what comes from the network; frames of the kernel's own stack on the interface do not
 * reach it, nor its frames the kernel (as with macvlan). Destination MACs are sorted here: own,
 * broadcast, multicast; all when the device is promiscuous. The interface is asked to let the own
 * one through (PACKET_MR_UNICAST), which it does by being promiscuous when it has no filter.
 *
 * Receive: a ring of PACKET_SLOTS slots of PACKET_SLOT_LEN bytes that the kernel fills, TPACKET_V2.
 * V3 would do with less memory, but it tells of frames when a block is full or its timer of
 * milliseconds ends, and so makes each round trip that long. Frames are copied from slots into the
 * receive ring's buffers (DMA). What is longer than a slot, merged segments, is waiting in the
 * socket's queue and read from there into several buffers (PACKET_COPY_THRESH).
 *
 * Transmit: packet_tx.h.
 *
 * Both ways a struct vnet_hdr is before each frame: on a veth the kernel leaves checksums and
 * segments unfinished for an AF_PACKET socket, too, and without the header nobody could tell.
 * With no_offload the instance sends finished frames only; what the kernel sends is the sender's
 * choice (ethtool -K PEER tx off).
 */
#ifndef LINNET_HOST_PACKET_H
#define LINNET_HOST_PACKET_H

#include "host/packet_tx.h"
#include "host/wire.h"

struct wire *packet_open(struct net *net, struct loop *loop, const char *ifname,
			 const struct wire_params *params, char *err, size_t err_cap);

#endif
