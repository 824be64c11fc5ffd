/* SPDX-License-Identifier: MIT */
/*
 * RACK (RFC 8985 6): loss by time. What was sent before something that was delivered, and has had
 * as long as that took and a little more, is lost; also when it had been sent again.
 *
 * The little more is the reordering window: none while nothing was ever seen reordered and either a
 * recovery goes on or as many as the threshold are SACKed; else a quarter of the least RTT, times
 * what D-SACKs taught (one more in each round trip that had one, for 16 recoveries), and never more
 * than SRTT. What is within it is looked at again by a timer.
 *
 * Looked at are, each in the order of sending: segments sent once, which lie in the queue as they
 * were sent (tcp_rtxq.undecided: none before it is to be looked at), and those sent again
 * (tcp_rtxq.resent). So the cost is that of what is late, not of what is in flight.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RACK_H
#define LINNET_TRANSPORT_TCP_TCP_RACK_H

#include "transport/tcp/tcp_skb.h"

struct tcp_rtxq;

#define TCP_RACK_RECOVERY_THRESH 16	/* recoveries that a wider window lasts */

/* sysctl tcp_recovery */
enum {
	TCP_RACK_LOSS_DETECTION = 1,
	TCP_RACK_STATIC_REO_WND = 2,	/* D-SACKs do not widen the window */
	TCP_RACK_NO_DUPTHRESH = 4,	/* the number of SACKed segments does not close it */
};

struct tcp_rack {
	ktime_t mstamp;		/* when what was sent last of all that was delivered was sent, */
	u32 end_seq;		/* and its end: decides between segments of one instant */
	u32 rtt_us;		/* of the last delivery */
	ktime_t reo_adjusted;	/* reo_wnd_steps was last raised then */
	u8 reo_wnd_steps;	/* the reordering window in quarters of the least RTT */
	u8 reo_wnd_persist;	/* recoveries until it is back at one */
	u8 dsack_seen : 1;	/* since the last change */
	u8 advanced : 1;	/* something was delivered since the last look */
};

/* The path as the estimators know it: the least RTT (UINT32_MAX = none) and SRTT, us. */
struct tcp_rack_path {
	u32 min_rtt_us, srtt_us;
};

static inline void tcp_rack_init(struct tcp_rack *k)
{
	*k = (struct tcp_rack){ .reo_wnd_steps = 1 };
}

/* An acknowledgement, as far as RACK asks. */
struct tcp_rack_ack {
	struct tcp_rack *rack;
	ktime_t now;
	u32 min_rtt_us;		/* UINT32_MAX = none */
	u32 tsecr;		/* as in struct tcp_loss_ack */
	bool has_tsecr;
};

/* A segment was delivered: SACKed, or acknowledged without having been SACKed. Of several that
 * were sent once the last is enough. */
static inline void tcp_rack_advance(struct tcp_rack *k, u32 end_seq, ktime_t xmit, s64 rtt_us)
{
	k->advanced = 1;
	k->rtt_us = (u32)rtt_us;
	if (xmit > k->mstamp || (xmit == k->mstamp && after(end_seq, k->end_seq))) {
		k->mstamp = xmit;
		k->end_seq = end_seq;
	}
}

/*
 * The same of one that was sent again. It may be the original that arrived: so it is when the
 * echoed timestamp is older, and it is taken so when the answer is faster than any before (RFC 8985
 * 6.2 step 2). Then nothing is known.
 */
void tcp_rack_advance_resent(const struct tcp_rack_ack *a, const struct sk_buff *skb);

/*
 * The reordering window, us.
 * @eager: nothing was seen reordered, and the state asks for haste (see above)
 */
u32 tcp_rack_reo_wnd(const struct tcp_rack *k, bool eager, const struct tcp_rack_path *path);

/*
 * Once per acknowledgement that delivered something, where it may do anything: D-SACKs that came
 * widen the window, once per round trip (RFC 8985 6.2 step 4).
 * @mode: sysctl tcp_recovery
 */
void tcp_rack_update_reo_wnd(struct tcp_rack *k, ktime_t now, s32 mode);

static inline bool tcp_rack_may_update_reo_wnd(const struct tcp_rack *k)
{
	return k->dsack_seen || k->reo_wnd_steps != 1;
}

/*
 * Marks as lost what had its time (RFC 8985 6.2 step 5).
 * Return: how long until the rest of what is late has had it, us; 0: nothing waits.
 */
u32 tcp_rack_detect_loss(const struct tcp_rack *k, struct tcp_rtxq *q, u32 reo_wnd_us,
			 ktime_t now);

/* What of the segment's time is left without a reordering window, us; 0 and less: none. */
static inline s64 tcp_rack_remaining_us(const struct tcp_rack *k, const struct sk_buff *skb,
					ktime_t now)
{
	return (s64)k->rtt_us - ktime_to_us(now - skb->tstamp);
}

#endif
