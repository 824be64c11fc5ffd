/* SPDX-License-Identifier: MIT */
/*
 * The one file that knows a connection's timers. Others say what is to happen and when; one timer
 * per socket fires for the first deadline, and arms itself again where a deadline has moved away.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_TIMER_H
#define LINNET_TRANSPORT_TCP_TCP_TIMER_H

#include "transport/tcp/tcp_sock.h"

void tcp_init_xmit_timers(struct sock *sk);
void tcp_clear_xmit_timers(struct sock *sk);	/* all off, nothing is pending */

/* event: ICSK_TIME_RETRANS or ICSK_TIME_PROBE0, in us from now. */
void tcp_count_timeout(struct tcp_sock *tp);	/* of what is sent again */
void tcp_reset_xmit_timer(struct sock *sk, u8 event, u32 us);
void tcp_clear_xmit_timer(struct sock *sk);
void tcp_reset_pacing_timer(struct sock *sk, ktime_t when);
void tcp_reset_delack_timer(struct sock *sk, ktime_t when);
void tcp_clear_delack_timer(struct sock *sk);
void tcp_reset_keepalive_timer(struct sock *sk, u32 ms);
void tcp_delete_keepalive_timer(struct sock *sk);
void tcp_set_keepalive(struct sock *sk, bool on);	/* SO_KEEPALIVE */

u32 keepalive_time_ms(const struct tcp_sock *tp);
u32 keepalive_intvl_ms(const struct tcp_sock *tp);
u32 keepalive_probes(const struct tcp_sock *tp);

/* How long an orphan waits in FIN-WAIT-2, ms. */
u32 tcp_fin_time(const struct tcp_sock *tp);

/* First interval of window probes, us: the RTO, not below 200 ms, whatever the least RTO is. */
u32 tcp_probe0_base(const struct tcp_sock *tp);
u32 tcp_probe0_when(const struct tcp_sock *tp);
/* A wait, shortened so that TCP_USER_TIMEOUT is kept. */
u32 tcp_clamp_probe0_to_user_timeout(const struct tcp_sock *tp, u32 us);

/* RFC 6069: the head's last retransmission found no route, so it says nothing of congestion: one
 * back-off is taken back. May send, and end the connection. */
void tcp_revert_backoff(struct sock *sk);

/* The connection failed: the soft error, or ETIMEDOUT. */
void tcp_write_err(struct sock *sk);

#endif
