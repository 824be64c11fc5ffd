/* SPDX-License-Identifier: MIT */
/*
 * Round-trip time and retransmission timeout (RFC 6298), with Linux's refinements: the deviation
 * grows at once and shrinks slowly (once per round trip), it weighs less when the RTT falls, and
 * the variance term is never below rto_min (200 ms), so RTO >= SRTT + 200 ms.
 *
 * All in us. Samples come from segments that were sent once (Karn), or from timestamps.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_RTT_H
#define LINNET_TRANSPORT_TCP_TCP_RTT_H

#include "transport/tcp/tcp_minmax.h"

#define TCP_RTO_MIN_US (200 * 1000u)		/* of R1, R2 and window probes */
#define TCP_RTO_MAX_US (120 * 1000000u)		/* unless tcp_rto_max_ms is less */
#define TCP_TIMEOUT_INIT_US (1 * 1000000u)	/* RFC 6298 2.1 */
#define TCP_TIMEOUT_MIN_US 2000u	/* an answer of another incarnation: the SYN at once */
#define TCP_TIMEOUT_FALLBACK_US (3 * 1000000u)	/* RFC 6298 5.7: the handshake gave no sample */

struct tcp_rtt {
	u32 srtt_us;		/* smoothed, times 8; 0 = no sample yet */
	u32 mdev_us;		/* mean deviation, times 4 */
	u32 mdev_max_us;	/* largest of this round trip */
	u32 rttvar_us;		/* what the RTO uses */
	u32 rtt_seq;		/* the round trip ends when this is acknowledged */
	u32 rto_us;		/* backed off or not */
	u32 rto_max_us;
	u32 rto_min_us;		/* of the socket; its route may have another (tcp_rto_min) */
	struct minmax min_rtt;	/* us, by ms: of the last tcp_min_rtt_wlen s */
};

/* UINT32_MAX = none */
static inline u32 tcp_min_rtt(const struct tcp_rtt *r)
{
	return minmax_get(&r->min_rtt);
}

void tcp_rtt_init(struct tcp_rtt *r, u32 rto_min_us, u32 rto_max_us);

/*
 * A measured round trip: updates the estimate and takes the RTO out of back-off.
 * @snd_una, @snd_nxt: to tell one round trip from the next
 */
void tcp_rtt_sample(struct tcp_rtt *r, u32 rtt_us, u32 snd_una, u32 snd_nxt, u32 rto_min_us);

static inline void tcp_rtt_update_min(struct tcp_rtt *r, u32 rtt_us, u32 now_ms, u32 window_ms)
{
	rtt_us = rtt_us ? rtt_us : 1;
	if (likely(rtt_us <= tcp_min_rtt(r)))
		minmax_reset(&r->min_rtt, now_ms, rtt_us);
	else
		minmax_running_min(&r->min_rtt, window_ms, now_ms, rtt_us);
}

/* The RTO of the estimate, without back-off. */
void tcp_set_rto(struct tcp_rtt *r);

/* Twice as long (RFC 6298 5.5), at most rto_max_us. */
void tcp_rto_backoff(struct tcp_rtt *r);

/* A timer value doubled n times and held at max_us. */
u32 tcp_rto_shift(u32 rto_us, unsigned n, u32 max_us);

/* How long `boundary` back-offs from rto_base take in all, us (RFC 1122 4.2.3.5's R2 as a time). */
u64 tcp_model_timeout_us(unsigned boundary, u32 rto_base_us, u32 rto_max_us);

#endif
