/* SPDX-License-Identifier: MIT */
/* Frames of the least length, made by hand. */
#ifndef LINNET_BENCH_COMMON_FRAMES_H
#define LINNET_BENCH_COMMON_FRAMES_H

#include <stdint.h>

#define FRAME 60	/* bytes, without the FCS */

/* Big-endian. */
void put16(uint8_t *p, unsigned v);
void put32(uint8_t *p, uint32_t v);

/* 02:00 and four bytes of `station`: a local address (IEEE 802). */
void put_mac(uint8_t *p, unsigned station);

/* An IPv4 datagram of 18 bytes, port 4000 to 4001; the UDP checksum is 0: not used (RFC 768).
 * Addresses in host order. The MACs are left 0. */
void put_datagram(uint8_t *frame, uint32_t saddr, uint32_t daddr);

#endif
