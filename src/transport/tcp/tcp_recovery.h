/* SPDX-License-Identifier: MIT */
/*
 * The loss state machine: Linux's five states.
 *
 *	Open      nothing unusual
 *	Disorder  duplicate ACKs or SACKs, and nothing is lost yet; each lets one new segment out
 *	          (limited transmit, RFC 3042: what was SACKed is not in flight)
 *	CWR       the window is being reduced without loss
 *	Recovery  fast retransmit: of what RACK (tcp_rack.h) finds lost, or RFC 6675 where sysctl
 *	          tcp_recovery is 0, or NewReno (RFC 6582) without SACK; the window comes down by
 *	          proportional rate reduction (RFC 6937)
 *	Loss      after a timeout: slow start from one packet; F-RTO (RFC 5682) finds out whether
 *	          anything was lost at all
 *
 * Recovery and Loss end when high_seq, what had been sent when they began, is acknowledged. What
 * proves wrong is undone: tcp_undo.h.
 *
 * Works on its own state, the retransmission queue and the congestion control; the caller
 * (tcp_ack) sends what is marked lost as far as the window allows.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RECOVERY_H
#define LINNET_TRANSPORT_TCP_TCP_RECOVERY_H

#include "transport/tcp/tcp_cong.h"
#include "transport/tcp/tcp_rtxq.h"

/* Is the peer to be told that the window was reduced (RFC 3168 6.1.2)? */
enum { TCP_CWR_NOT_TOLD, TCP_CWR_TOLD, TCP_CWR_DUE };

struct tcp_recovery {
	u32 high_seq;
	u32 undo_marker;	/* snd_una when the recovery began; 0 = nothing to undo */
	s32 undo_retrans;	/* retransmissions not yet reported as duplicates; -1 none sent */
	u32 prior_ssthresh;
	u32 prr_delivered, prr_out;
	u32 retrans_ts;		/* timestamp clock of the first retransmission; 0 = none */
	u32 tlp_high_seq;	/* snd_nxt at the loss probe (tcp_tlp.h); 0 = none is out */
	u32 reord_seen;		/* times */
	u16 reordering;		/* packets: this many SACKed above it mean lost */
	u8 ca_state;		/* enum tcp_ca_state */
	bool sack;		/* SACK was negotiated */
	u8 frto : 1;		/* Loss: whether it was one is being found out */
	u8 tlp_retrans : 1;	/* the loss probe was old data */
	u8 sack_reneg : 1;	/* the peer took SACKed data back */
	u8 cwr;			/* ECN: TCP_CWR_* */
	struct tcp_rack rack;
};

/* One acknowledgement, or the moment of a timer, as the state machine sees it. */
struct tcp_loss_ack {
	struct net *net;
	u32 snd_una, snd_nxt;	/* after it */
	u32 prior_snd_una;
	u32 mss;
	struct tcp_rack_path path;
	u32 tsecr;		/* echoed timestamp where has_tsecr, on our clock */
	bool has_tsecr;
	bool una_advanced;
	bool ece;		/* a queue on the path was full: to be answered as a loss */
	bool dupack;		/* a duplicate */
	bool sacked;		/* it SACKed something */
	bool orig_acked;	/* it told of what was sent once, at or below high_seq */
	bool reneging;		/* what is the head now had been SACKed */
	bool may_send_new;	/* something waits, and the peer's window takes it */
	bool syn_sent;
	bool probe;		/* the head of the queue is a probe of the path's MTU */
	u32 dsack_undo;		/* packets sent again since undo_marker that came twice */
};

/* What the caller is to send. */
enum tcp_rexmit {
	REXMIT_NONE,
	REXMIT_LOST,		/* what is marked lost */
	REXMIT_NEW,		/* new data, to see whether it was a loss (RFC 5682 2.1 step 2b) */
};

/* What else he is to do. */
struct tcp_loss_todo {
	u32 reo_timeout_us;	/* ask again then: tcp_rack_reo_timeout(); 0 = no */
	u32 reneg_us;		/* the retransmission timer, for what was taken back; 0 = no */
	u32 delivered;		/* packets for which duplicate ACKs stood */
	u32 cuts;		/* sk_buffs made by cutting, to be charged */
	bool probe_lost;	/* that probe is all that is lost: nothing else was done */
	bool undone;		/* a timeout was none: the back-off is over */
};

void tcp_recovery_init(struct tcp_recovery *r, u16 reordering);

static inline bool tcp_in_cwnd_reduction(const struct tcp_recovery *r)
{
	return r->ca_state == TCP_CA_CWR || r->ca_state == TCP_CA_Recovery;
}

/* Processes an acknowledgement that is dubious: a duplicate, or one while not in Open. */
enum tcp_rexmit tcp_fastretrans_alert(struct tcp_recovery *r, struct tcp_rtxq *q,
				      struct tcp_cong *c, const struct tcp_loss_ack *a,
				      struct tcp_loss_todo *todo);

/* Marks what is lost: by time, by the number of SACKs, or NewReno's head (tcp_rack.h). */
void tcp_identify_packet_loss(struct tcp_recovery *r, struct tcp_rtxq *q,
			      const struct tcp_loss_ack *a, struct tcp_loss_todo *todo);

/* Something is marked lost: fast retransmit. */
void tcp_enter_recovery(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			const struct tcp_loss_ack *a);

/* Without SACK: pkts packets are acknowledged; those above the hole had sent duplicates. */
u32 tcp_remove_reno_sacks(struct tcp_recovery *r, struct tcp_rtxq *q, struct net *net, u32 pkts);

/*
 * Proportional rate reduction (RFC 6937 3): cwnd for this ACK while in CWR or Recovery.
 * @may_grow: the ACK advanced, and nothing was newly found lost
 */
void tcp_cwnd_reduction(struct tcp_recovery *r, const struct tcp_rtxq *q, struct tcp_cong *c,
			u32 newly_acked_sacked, bool may_grow);

/* A timeout: what had its time is lost, cwnd 1 (RFC 5681 3.1 (4)). retransmits: timeouts in a row
 * before it. */
void tcp_enter_loss(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		    const struct tcp_loss_ack *a, u32 retransmits);

/* Reduces the window once per round trip without loss (local congestion). */
void tcp_enter_cwr(struct tcp_recovery *r, struct tcp_cong *c, u32 snd_nxt);

/* A loss that a probe repaired: the window is reduced at once (RFC 8985 7.4.2). */
void tcp_cwr_for_probe(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
		       const struct tcp_loss_ack *a);

/* The MSS fell: what is too long was lost, which says nothing about congestion (simple
 * retransmit). True when something must be sent again. */
bool tcp_simple_retransmit(struct tcp_recovery *r, struct tcp_rtxq *q, struct tcp_cong *c,
			   u32 snd_nxt, u32 mss);

/* pcount packets were sent again. */
void tcp_recovery_retransmitted(struct tcp_recovery *r, u32 pcount, u32 ts_now);

/* A segment arrived later than a higher one, up to fack: that far apart they may be, and nothing
 * is lost. Return: it did. */
bool tcp_check_sack_reordering(struct tcp_recovery *r, const struct net *net, u32 low_seq, u32 fack,
			       u32 mss);

/* Open or Disorder, by what is left out. */
void tcp_try_keep_open(struct tcp_recovery *r, const struct tcp_rtxq *q, struct tcp_cong *c,
		       u32 snd_nxt);

void tcp_set_ca_state(struct tcp_recovery *r, struct tcp_cong *c, enum tcp_ca_state state);

/* "Open", as TCP_INFO's number */
const char *tcp_ca_state_name(u8 state);

#endif
