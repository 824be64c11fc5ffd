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
	u32 tlp_high_seq;	/* a loss probe that was sent ended here; 0 = none */
	u32 mss;
	u32 dsacks_left;	/* packets sent again, and not yet reported by D-SACK */
	u32 cuts_max;		/* sk_buffs that may be made by cutting; the queue's ends aside */
	const struct tcp_rack_ack *rack;	/* NULL: it is not told */
};

struct tcp_sack_result {
	u32 newly_sacked;	/* packets */
	u32 cuts;		/* sk_buffs made by cutting, to be charged */
	u32 shifted;		/* sk_buffs that became part of their neighbours, to be uncharged */
	u32 uncut;		/* what was not cut, for cuts_max: as if not SACKed */
	u32 dsack_segs;		/* packets that a D-SACK tells of; 0: none, or it is dubious */
	u32 dsack_dups;		/* the same, but also of a dubious one that may be ours */
	u32 dsack_undo;		/* packets of it that were sent again since undo_marker */
	bool has_dsack;		/* also a dubious one */
	bool dsack_ofo;		/* the duplicate was out of order data, RFC 2883 4.2 */
	bool dsack_tlp;		/* it is that of the loss probe */
	bool dsack_old, dsack_no_undo;	/* its block is not valid: of before undo_marker; none */
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
