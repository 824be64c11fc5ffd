/* SPDX-License-Identifier: MIT */
/*
 * A tcp_sock at rest as a few bytes, and back without loss.
 *
 * Most of what a connection remembers follows from the rest of it: when nothing is in flight
 * pushed_seq is write_seq, the RTO is SRTT plus RTTVAR, and three clocks stopped at one time. So
 * each field is written as its difference from a guess, which is made of constants and of fields
 * written before it (and of nothing that may change meanwhile): a bit says whether there is one,
 * and it takes 7 bits to a byte. A connection that moved no data takes some 50 bytes, one that
 * moved much some 100.
 *
 * One function lists the fields, and goes both ways: what is written is what is read.
 *
 * Not in it, as tcp_may_rest() sees to it that they are empty: queues, the out-of-order queue, the
 * user's page, urgent data, what only listeners have, the deadlines (but keepalive's). Objects that
 * hang on the sock (congestion control's state, tcp_cold) go along by address.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_PACK_H
#define LINNET_TRANSPORT_TCP_TCP_PACK_H

#include "transport/tcp/tcp_sock.h"

#define TCP_PACK_MAX 1024	/* every field as far from its guess as can be */

/* Writes at most TCP_PACK_MAX bytes; returns how many. */
u32 tcp_pack(const struct tcp_sock *tp, u8 *out);

/*
 * The fields that tcp_pack() wrote, into a tcp_sock of which all others are zero; sk.c is filled in
 * (its addresses are part of a guess).
 */
void tcp_unpack(struct tcp_sock *tp, const u8 *in);

#endif
