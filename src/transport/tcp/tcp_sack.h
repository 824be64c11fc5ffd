/* SPDX-License-Identifier: MIT */
/*
 * The sender's half of SACK (RFC 2018, 2883): blocks of an ACK mark segments in the
 * retransmission queue. Blocks that make no sense are ignored (Linux's rules): empty, beyond what
 * was sent, or below snd_una unless it is a D-SACK.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_SACK_H
#define LINNET_TRANSPORT_TCP_TCP_SACK_H

#include "transport/tcp/tcp_rtxq.h"
#include "wire/tcp_opt.h"

struct tcp_sack_in {
	const struct tcp_sack_block *blocks;	/* as the option had them */
	u32 num;
	u32 ack;		/* the ACK's number */
	u32 prior_snd_una;	/* before this ACK */
	u32 snd_nxt;
	u32 max_window;		/* the peer's largest, bytes: how old a D-SACK may be */
	u32 undo_marker;	/* of the recovery; 0 = none */
	u32 cuts_max;		/* sk_buffs that may be made by cutting; the queue's ends aside */
};

struct tcp_sack_result {
	u32 newly_sacked;	/* packets */
	u32 cuts;		/* sk_buffs made by cutting, to be charged */
	u32 uncut;		/* what was not cut, for cuts_max: as if not SACKed */
	u32 dsack_segs;		/* D-SACKs seen: 0 or 1 */
	bool dsack_undo;	/* it covers a retransmission since undo_marker */
	bool dsack_ofo;		/* the duplicate was out of order data, RFC 2883 4.2 */
	ktime_t first_tstamp, last_tstamp;	/* sent once and SACKed now: times of sending; -1 */
	u32 reord;		/* lowest sent once and SACKed below the highest; see has_reord */
	u32 prior_fack;		/* end of what was SACKed before */
	bool has_reord;
	bool orig_before_high;	/* one sent once was SACKed at or below high_seq */
	u32 discarded;		/* blocks that made no sense */
};

void tcp_sacktag_write_queue(struct tcp_rtxq *q, const struct tcp_sack_in *in, u32 high_seq,
			     struct tcp_sack_result *res);

#endif
