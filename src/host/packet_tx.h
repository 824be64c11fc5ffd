/* SPDX-License-Identifier: MIT */
/*
 * Frames of a card's transmit ring to an AF_PACKET socket: sendmmsg(2), PACKET_BATCH frames each,
 * from where they stand.
 *
 * EAGAIN: the socket's buffer is full; it is writable when frames left. ENOBUFS: the queue behind
 * it (qdisc, a veth's peer) took the frame and dropped it, because it is full, or because it never
 * takes this one (longer than the peer's MTU); nothing tells which, nor when there is room, and
 * the socket is writable all the time. So the frame waits, PACKET_RETRY_NS at first and twice as
 * long each time, and is lost after PACKET_RETRIES. Then those behind it have less patience for
 * PACKET_IMPATIENT_NS: what is never taken must not hold up what is.
 */
#ifndef LINNET_HOST_PACKET_TX_H
#define LINNET_HOST_PACKET_TX_H

#include "driver/nic.h"
#include "host/packet_fd.h"

#define PACKET_BATCH 64
#define PACKET_RETRY_NS (50 * NSEC_PER_USEC)
#define PACKET_RETRY_MAX_NS (8 * NSEC_PER_MSEC)
#define PACKET_RETRIES 12		/* 45 ms */
#define PACKET_IMPATIENT_NS NSEC_PER_SEC

struct packet_tx {
	struct nic *nic;
	const struct packet_fd *sock;
	bool blocked;			/* the socket's buffer is full: wait for POLLOUT */
	s64 retry_at;			/* of the frame that met ENOBUFS; INT64_MAX: none did */
	u32 tries, patience;		/* of it; how many it has */
	s64 lost_at;			/* the last one that had no more */
	u64 retries, dropped;
};

void packet_tx_init(struct packet_tx *t, struct nic *nic, const struct packet_fd *sock);

/* Sends what waits, as far as the kernel takes it. Returns how many frames are dealt with. */
u32 packet_tx_send(struct packet_tx *t);

#endif
