/* SPDX-License-Identifier: MIT */
/*
 * Undoing what was wrong: a recovery or a timeout for packets that were only late. It shows in
 * three ways: every retransmission is reported as a duplicate (D-SACK, RFC 3708); the ACK echoes a
 * timestamp from before the first retransmission (Eifel, RFC 3522); or, after a timeout, what was
 * never sent again is acknowledged (F-RTO, RFC 5682). Then window and ssthresh are what they were
 * (RFC 4015).
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_UNDO_H
#define LINNET_TRANSPORT_TCP_TCP_UNDO_H

#include "transport/tcp/tcp_recovery.h"

/* A recovery begins: what is sent again from now on, and what still is on its way, may come
 * twice. */
void tcp_init_undo(struct tcp_recovery *r, const struct tcp_rtxq *q, u32 snd_una);

/* The head, or anything in flight, was sent again. */
bool tcp_any_retrans_done(const struct tcp_rtxq *q);

/* Recovery or Loss is over. True: the state must be kept for now (RFC 6582 3.2). */
bool tcp_try_undo_recovery(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   const struct tcp_loss_ack *a);

/* In Recovery, the ACK advanced. True: retransmissions are out and may be wrong: send new data. */
bool tcp_try_undo_partial(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			  const struct tcp_loss_ack *a);

/* True: every retransmission came twice. */
bool tcp_try_undo_dsack(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			const struct tcp_loss_ack *a);

/* In Loss. frto: F-RTO found it wrong. True: it was. */
bool tcp_try_undo_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		       const struct tcp_loss_ack *a, bool frto);

#endif
