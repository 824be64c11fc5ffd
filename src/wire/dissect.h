/* SPDX-License-Identifier: MIT */
/*
 * A frame as one line of text for people, in tcpdump's manner with numbers instead of
 * names and absolute sequence numbers (its -nS):
 *
 *   IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0
 *   ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28
 *   IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id 7, seq 1, length 64
 *   IP 10.0.0.1.40000 > 10.0.0.53.53: 4660+ A? www.server.com. (32)
 *
 * Any bytes will do: what is cut short shows as [|tcp], what is wrong is said. The line
 * has printable ASCII only and no newline.
 */
#ifndef LINNET_WIRE_DISSECT_H
#define LINNET_WIRE_DISSECT_H

#include "base/fmt.h"
#include "wire/wire.h"

#define DISSECT_LINE_MAX 4096	/* no line has more bytes, NUL included */

#define DISSECT_LINK BIT(0)	/* MAC addresses, EtherType and frame length first (-e) */
#define DISSECT_IP BIT(1)	/* tos, ttl, id, flags and length of the IP header (-v) */
#define DISSECT_QUIET BIT(2)	/* of TCP nothing but its length (-q) */

/* An Ethernet frame without FCS. */
void dissect_frame(struct strbuf *sb, const void *frame, size_t len, unsigned flags);

/* The same of one that was len bytes long and of which the first captured are here. */
void dissect_cut_frame(struct strbuf *sb, const void *frame, size_t captured, size_t len,
		       unsigned flags);

/* From the header behind the Ethernet header on; ethertype in host order. */
void dissect_packet(struct strbuf *sb, u16 ethertype, const void *p, size_t len, unsigned flags);

#endif
