/* SPDX-License-Identifier: MIT */
/*
 * Packetization layer path MTU discovery (RFC 4821), as Linux's net.ipv4.tcp_mtu_probing:
 *
 *	0	off
 *	1	when a connection gets nothing through any more (tcp_retries1 timeouts), its
 *		segments become small (tcp_base_mss, then half, and half again, down to
 *		tcp_mtu_probe_floor), and it searches from there: routers that drop and tell
 *		nothing (black holes)
 *	2	every connection searches from tcp_base_mss on
 *
 * The search halves the interval between search_low, which passes, and search_high, the least that
 * does not or what the peer and the device take. A probe is one segment of that length, made of
 * what waits to be sent anyway. Acknowledged: search_low. Lost, while what follows it arrives:
 * search_high, and it is sent again in pieces; that is no sign of congestion. When the interval is
 * below tcp_probe_threshold it rests, and begins again after tcp_probe_interval.
 *
 * The state is in tcp_cold; connections that never search have none.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_MTU_PROBE_H
#define LINNET_TRANSPORT_TCP_TCP_MTU_PROBE_H

#include "base/types.h"

struct sock;
struct tcp_sock;

/* Sizes are of IP packets, as MTUs are. */
struct tcp_mtup {
	u16 search_high, search_low;
	u16 probe_size;			/* in flight; 0 = none */
	bool enabled;
	u32 seq_start, seq_end;		/* of the probe */
	u32 since_s;			/* the search began */
};

/* The peer's MSS is known. The MSS falls with the next tcp_sync_mss(): as in Linux, that of an
 * accepted connection when the peer first opens its window further. */
void tcp_mtup_init(struct tcp_sock *tp);
/* The path takes pmtu at most. Return: mss, or less while it is not known to pass. */
u32 tcp_mtup_bound_mss(struct tcp_sock *tp, u32 pmtu, u32 mss);
/* Sends a probe if it is time for one. 1: sent; 0: wait, what is there is for a probe; -1: no. */
int tcp_mtu_probe(struct sock *sk);
/* snd_una went on. */
void tcp_mtup_acked(struct sock *sk);
/* A loss is to be dealt with: it is a probe's alone? Then it failed, and the window stays. */
bool tcp_mtup_is_probe(const struct tcp_sock *tp);
void tcp_mtup_failed(struct sock *sk);
/* Something is sent again: what comes of the probe tells nothing. */
void tcp_mtup_inconclusive(struct tcp_sock *tp);
/* Nothing has got through for long. */
void tcp_mtup_black_hole(struct sock *sk);

#endif
