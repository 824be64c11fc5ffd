/* SPDX-License-Identifier: MIT */
/*
 * How fast the peer gets what is sent (draft-cheng-iccrg-delivery-rate-estimation). Each segment
 * takes along, as it leaves, how much had been delivered by then and when; its acknowledgement
 * finds how much was since, and how long that took:
 *
 *	rate = delivered / max(time from first to last sending, time from first to last ACK)
 *
 * The longer of both, as ACKs that were held up and come in a bunch tell of no fast path. A sample
 * is app-limited when the user had given too little to send at some time of it: it says how much
 * was asked for, not how much the path bears.
 *
 * Times are us of a 32-bit clock that wraps; in an idle connection they are those of its end.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RATE_H
#define LINNET_TRANSPORT_TCP_TCP_RATE_H

#include "transport/tcp/tcp_skb.h"

struct tcp_rate {
	struct tcp_rate_mark now;	/* what the next segment takes along */
	u32 lost;			/* packets thought lost, ever; counted again when resent */
	/* The last sample that was not app-limited, or a faster one that was; for TCP_INFO. */
	u32 rate_delivered, rate_interval_us;
	bool rate_app_limited;
};

/* Of the segments that the ACK being processed delivered, the one sent last. */
struct tcp_rate_newest {
	struct tcp_rate_mark mark;	/* as it left */
	ktime_t tstamp;
	u32 end_seq;
	bool any;
};

/* What one ACK says, for congestion controls that model the path. */
struct tcp_rate_sample {
	struct net *net;
	ktime_t now;
	u32 prior_delivered;	/* packets delivered when the newest one left */
	s32 delivered;		/* since then; -1 = no sample */
	s64 interval_us;	/* which took so long; -1 = no sample */
	u32 losses;		/* packets that this ACK showed to be lost */
	u32 acked_sacked;	/* that it delivered */
	u32 prior_in_flight, in_flight;	/* before and after it */
	u32 packets_out;
	s64 rtt_us;		/* of the newest; -1 = none */
	u32 srtt_us, min_rtt_us;	/* smoothed, times 8; UINT32_MAX = none */
	u32 mss;
	u8 ca_state;
	bool app_limited, ack_delayed;
};

void tcp_rate_init(struct tcp_rate *r);

/* skb, tstamp set, leaves; first: nothing was in flight. */
static inline void tcp_rate_skb_sent(struct tcp_rate *r, struct sk_buff *skb, bool first)
{
	if (first)
		r->now.first_tx_us = r->now.delivered_us = ktime_us32(skb->tstamp);
	TCP_SKB_CB(skb)->rate = r->now;
}

/* skb was delivered, wholly or in part: SACKed, or acknowledged and not SACKed before. */
static inline void tcp_rate_skb_delivered(struct tcp_rate_newest *n, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (n->any && (skb->tstamp < n->tstamp ||
		       (skb->tstamp == n->tstamp && !after(cb->end_seq, n->end_seq))))
		return;
	n->any = true;
	n->mark = cb->rate;
	n->tstamp = skb->tstamp;
	n->end_seq = cb->end_seq;
}

/*
 * An ACK delivered so many packets, more than 0. Takes the newest.
 * @rs: gets prior_delivered, delivered, interval_us, app_limited; or NULL
 */
void tcp_rate_gen(struct tcp_rate *r, struct tcp_rate_newest *n, u32 delivered, ktime_t now,
		  u32 min_rtt_us, struct tcp_rate_sample *rs);

/* What is in flight, and there is nothing more to send: rates do not tell of the path until it is
 * delivered. */
static inline void tcp_rate_app_limited(struct tcp_rate *r, u32 in_flight)
{
	u32 until = r->now.delivered + in_flight;

	r->now.app_limited = until ? until : 1;
}

/* The rate of TCP_INFO, bytes/s; 0 = none. */
u64 tcp_delivery_rate(const struct tcp_rate *r, u32 mss);

#endif
