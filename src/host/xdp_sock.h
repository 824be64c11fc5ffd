/* SPDX-License-Identifier: MIT */
/*
 * One AF_XDP socket: one queue of an interface, with its UMEM registered and its four rings mapped.
 */
#ifndef LINNET_HOST_XDP_SOCK_H
#define LINNET_HOST_XDP_SOCK_H

#include "host/xdp_if.h"
#include "host/xdp_ring.h"

enum xdp_ring_kind { XDP_FILL, XDP_COMP, XDP_RX, XDP_TX, XDP_RINGS };

struct xdp_sock {
	int fd;				/* -1: not open */
	bool zero_copy;			/* the card reads and writes the UMEM itself */
	bool sg;			/* a frame may take several entries */
	bool busy_poll;			/* our calls drive the card, not its interrupts */
	struct xdp_ring ring[XDP_RINGS];
	void *map[XDP_RINGS];
	size_t map_len[XDP_RINGS];
};

struct xdp_sock_params {
	const struct xdp_if *dev;
	unsigned queue;
	bool copy;			/* do not ask for zero-copy */
	bool sg;			/* frames in several entries (XDP_USE_SG, Linux 6.6) */
	u32 busy_poll_us;		/* 0: as interrupts come */
	void *umem;			/* page-aligned */
	size_t umem_len;
	u32 chunk;			/* bytes of a frame in it */
	u32 rx_size, tx_size;		/* entries of fill and rx, of tx and completion */
};

struct xdp_sock_stats {
	u64 rx_dropped, rx_invalid_descs, tx_invalid_descs;
	u64 rx_ring_full, rx_fill_ring_empty_descs, tx_ring_empty_descs;
};

/* Bound when it returns true. False: err says why and what would mend it. */
bool xdp_sock_open(struct xdp_sock *s, const struct xdp_sock_params *p, char *err, size_t cap);
void xdp_sock_close(struct xdp_sock *s);

/* Whether the kernel asks to be woken for this ring (the fill and the transmit ring). */
bool xdp_sock_needs_wakeup(const struct xdp_sock *s, enum xdp_ring_kind kind);

/* Has the kernel send what is in the transmit ring; false: not all of it, for now. */
bool xdp_sock_send(struct xdp_sock *s);

/* Has the kernel look at the fill ring, and in busy poll have the card's poll run. */
void xdp_sock_receive(struct xdp_sock *s);

/* Adds the kernel's counters of this socket. */
void xdp_sock_stats_add(const struct xdp_sock *s, struct xdp_sock_stats *sum);

#endif
