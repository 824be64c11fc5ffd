/* SPDX-License-Identifier: MIT */
/*
 * The loss state machine: Linux's five states.
 *
 *	Open      nothing unusual
 *	Disorder  duplicate ACKs or SACKs, fewer than would mean loss; each lets one new
 *	          segment out (limited transmit, RFC 3042: what was SACKed is not in flight)
 *	CWR       the window is being reduced without loss
 *	Recovery  fast retransmit: RFC 6675 with SACK, NewReno (RFC 6582) without; the window
 *	          comes down by proportional rate reduction (RFC 6937)
 *	Loss      after a timeout: all is thought lost, slow start from one packet
 *
 * Recovery and Loss end when high_seq, what had been sent when they began, is acknowledged. A
 * recovery that proves wrong is undone: every retransmission was reported as a duplicate (D-SACK),
 * or the acknowledgement echoes a timestamp from before the first of them (Eifel, RFC 3522).
 *
 * Works on its own state, the retransmission queue and the congestion control; the caller
 * (tcp_ack) sends what is marked lost as far as the window allows.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RECOVERY_H
#define LINNET_TRANSPORT_TCP_TCP_RECOVERY_H

#include "transport/tcp/tcp_cong.h"
#include "transport/tcp/tcp_rtxq.h"

#define TCP_MAX_REORDERING 300

/* Is the peer to be told that the window was reduced (RFC 3168 6.1.2)? */
enum { TCP_CWR_NOT_TOLD, TCP_CWR_TOLD, TCP_CWR_DUE };

struct tcp_recovery {
	u32 high_seq;
	u32 undo_marker;	/* snd_una when the recovery began; 0 = nothing to undo */
	s32 undo_retrans;	/* retransmissions not yet reported as duplicates; -1 none sent */
	u32 prior_ssthresh;
	u32 prr_delivered, prr_out;
	u32 retrans_ts;		/* timestamp clock of the first retransmission; 0 = none */
	u16 reordering;		/* packets: this many SACKed above it mean lost */
	u8 ca_state;		/* enum tcp_ca_state */
	bool sack;		/* SACK was negotiated */
	bool reord_seen;
	u8 cwr;			/* ECN: TCP_CWR_* */
};

/* One acknowledgement, as the state machine sees it. */
struct tcp_loss_ack {
	struct net *net;
	u32 snd_una, snd_nxt;	/* after it */
	u32 mss;
	u32 tsecr;		/* echoed timestamp where has_tsecr, on our clock */
	bool has_tsecr;
	bool una_advanced;
	bool ece;		/* a queue on the path was full: to be answered as a loss */
	bool dupack;		/* a duplicate, or it SACKed or D-SACKed something */
	u32 acked;		/* packets taken off the queue */
	u32 dsack_segs;
	bool dsack_undo;
};

void tcp_recovery_init(struct tcp_recovery *r, u16 reordering);

static inline bool tcp_in_cwnd_reduction(const struct tcp_recovery *r)
{
	return r->ca_state == TCP_CA_CWR || r->ca_state == TCP_CA_Recovery;
}

/*
 * Processes an acknowledgement that is dubious: a duplicate, or one while not in Open.
 * Return: true when lost segments may now be sent again.
 */
bool tcp_fastretrans_alert(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   const struct tcp_loss_ack *a);

/* Proportional rate reduction (RFC 6937 3): cwnd for this ACK while in CWR or Recovery. */
void tcp_cwnd_reduction(struct tcp_recovery *r, const struct tcp_rtxq *q, struct tcp_cong *c,
			u32 newly_acked_sacked, bool may_grow);

/* A timeout: all is lost, cwnd 1 (RFC 5681 3.1 (4)); retransmits: timeouts in a row before it. */
void tcp_enter_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		    u32 snd_una, u32 snd_nxt, u32 retransmits, u16 reordering);

/* Reduces the window once per round trip without loss (local congestion). */
void tcp_enter_cwr(struct tcp_recovery *r, struct tcp_cong *c, u32 snd_nxt);

/* The MSS fell: what is too long was lost, which says nothing about congestion (simple
 * retransmit). True when something must be sent again. */
bool tcp_simple_retransmit(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   u32 snd_nxt, u32 mss);

/* pcount packets were sent again. */
void tcp_recovery_retransmitted(struct tcp_recovery *r, u32 pcount, u32 ts_now);

/* A segment arrived later than a higher one: that far apart they may be without loss. */
void tcp_check_sack_reordering(struct tcp_recovery *r, u32 low_seq, u32 fack, u32 mss);

/* "Open", as TCP_INFO's number */
const char *tcp_ca_state_name(u8 state);

#endif
