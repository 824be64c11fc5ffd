/* SPDX-License-Identifier: MIT */
/*
 * The Toeplitz hash of receive side scaling (RSS): the 32 bits of the key that stand at each set
 * bit of the input, added without carry. Input is in network order, source before destination;
 * addresses alone, or addresses and ports.
 *
 * A key that repeats every 16 bits gives both directions of a flow the same hash, because then it
 * does not matter which 16-bit word of the input stands where.
 */
#ifndef LINNET_WIRE_TOEPLITZ_H
#define LINNET_WIRE_TOEPLITZ_H

#include "base/types.h"

#define TOEPLITZ_KEY_LEN 40
#define TOEPLITZ_NIBBLES 72		/* of IPv6's addresses and ports */

struct toeplitz {
	u8 key[TOEPLITZ_KEY_LEN];
	u32 nibble[TOEPLITZ_NIBBLES][16];	/* what each four bits add, by place */
};

/* 0x6d5a for ever: symmetric. */
extern const u8 toeplitz_key_symmetric[TOEPLITZ_KEY_LEN];
/* The one that Microsoft published with its test vectors, which many cards begin with. */
extern const u8 toeplitz_key_microsoft[TOEPLITZ_KEY_LEN];

void toeplitz_init(struct toeplitz *t, const u8 key[TOEPLITZ_KEY_LEN]);

/* Bit by bit, of any input of at most TOEPLITZ_KEY_LEN - 4 bytes (IPv6 with ports: 36). */
u32 toeplitz_hash(const u8 key[TOEPLITZ_KEY_LEN], const void *input, size_t len);

/* The same by table. */
u32 toeplitz_ipv4(const struct toeplitz *t, be32 src, be32 dst);
u32 toeplitz_ipv4_ports(const struct toeplitz *t, be32 src, be32 dst, be16 sport, be16 dport);

/* addrs: source and destination, 32 bytes, as an IPv6 header has them. */
u32 toeplitz_ipv6(const struct toeplitz *t, const u8 *addrs);
u32 toeplitz_ipv6_ports(const struct toeplitz *t, const u8 *addrs, be16 sport, be16 dport);

#endif
