/* SPDX-License-Identifier: MIT */
/*
 * Watches what one end of TCP connections sends: each sequence number stands for one byte, the one
 * that the user wrote there, in every segment that carries it; the FIN stands behind the last one
 * and never moves. One connection after the other; what goes wrong fails the running cmocka test.
 */
#ifndef LINNET_TESTS_HARNESS_TCP_WATCH_H
#define LINNET_TESTS_HARNESS_TCP_WATCH_H

#include "base/types.h"

struct tcp_watch {
	u8 (*byte_at)(size_t offset, u8 salt);	/* of what the user writes; NULL: not looked at */
	u8 salt;
	size_t length;			/* bytes that the user writes */
	u16 sport, dport;
	u32 isn, top;			/* top: behind the highest offset that was sent */
	bool open, fin;			/* a SYN, a FIN was seen */
	u64 again;			/* segments that carry a byte a second time */
};

/* One frame from the Ethernet header on, as it leaves the card. */
void tcp_watch_frame(struct tcp_watch *w, const u8 *frame, u32 len);

#endif
