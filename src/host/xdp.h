/* SPDX-License-Identifier: MIT */
/*
 * An interface of this kernel as a card of an instance, by AF_XDP (wire.h: "xdp:IF", all its
 * receive queues, or "xdp:IF:QUEUES", the first so many): frames pass between the rings
 * of the interface's queues and ours without the kernel's stack.
 *
 * One socket per queue, each with memory of its own that the kernel (or in zero-copy the card)
 * writes and reads. Received frames go up the stack in that memory; when all of its frames are
 * held above, they are copied into the receive ring's buffers instead, so that the fill ring never
 * runs dry because of who does not read. Frames to send are copied into it, and leave by the queue
 * that their flow's hash names. With shards each has every so many-th queue. Frames longer than a
 * page take several entries of a ring (XDP_USE_SG), where the kernel has that.
 *
 * The readable sockets are the interrupt, as with a TAP. Frames to send go into the ring at the
 * doorbell, and one system call at the end of the turn has the kernel send them. Nothing tells when
 * a full transmit ring has room again, so it is looked at every XDP_RETRY_NS while a frame waits.
 * In busy poll (SO_PREFER_BUSY_POLL) our calls have the kernel poll the card, for as long after the
 * last frame as asked; then the readable sockets are waited for again.
 *
 * Files: xdp_ring.h the rings' arithmetic; xdp_queue.c a queue at work; xdp_sock.c its socket;
 * xdp_umem.c its memory; xdp_prog.c the program on the interface; xdp_if.c what the interface is;
 * xdp_partial.c frames of a veth whose checksum is not finished.
 */
#ifndef LINNET_HOST_XDP_H
#define LINNET_HOST_XDP_H

#include "host/wire.h"

#define XDP_QUEUES_MAX 64
#define XDP_RETRY_NS 20000

struct wire *xdp_open(struct net *net, struct loop *loop, const char *text,
		      const struct wire_params *params, char *err, size_t err_cap);

#endif
