/* SPDX-License-Identifier: MIT */
/*
 * SYN cookies (RFC 4987 3.6): when a listener's SYN queue is full, the SYN-ACK's sequence number
 * carries what is needed to make the connection when its ACK comes back, and nothing is kept.
 *
 *	cookie = H(tuple) + peer's ISN + (minute << 24) +
 *		 ((H(tuple, minute, peer's ISN) + MSS index) & 0xffffff)
 *
 * H is keyed and nobody else's. A cookie is good in the minute it was made and in the next one.
 * With timestamps the low 6 bits of our TSval carry window scale (15 = none) and SACK; without,
 * a connection by a cookie has neither. Linux's layout, but for the ISN in the last H: without it
 * the same cookie is good for a segment that begins one to three bytes later, with a smaller index,
 * and the connection then lacks its stream's first bytes.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_SYNCOOKIES_H
#define LINNET_TRANSPORT_TCP_TCP_SYNCOOKIES_H

#include "transport/tcp/tcp_minisocks.h"
#include "wire/tcp_opt.h"

/* Our initial sequence number for the request; req->mss becomes the one that it can carry. */
u32 cookie_init_sequence(struct request_sock *req);
/* The TSval of its SYN-ACK, before the offset. */
u32 cookie_init_timestamp(const struct request_sock *req);
/* The MSS that an ACK of `cookie` brings back; 0: it is not one of ours, or too old. */
u16 cookie_mss(const struct request_sock *req, u32 cookie);
/* Options that the TSecr of the ACK, less the offset, brings back. False: not by our sysctls. */
bool cookie_timestamp_decode(struct request_sock *req, u32 tsecr);

/* The listener gives out cookies: for two minutes it takes them back. */
void tcp_synq_overflow(struct sock *listener);
bool tcp_synq_no_recent_overflow(const struct sock *listener);

#endif
