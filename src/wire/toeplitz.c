/* SPDX-License-Identifier: MIT */
#include "wire/toeplitz.h"

#include "base/assert.h"

#define SYM4 0x6d, 0x5a, 0x6d, 0x5a
#define SYM20 SYM4, SYM4, SYM4, SYM4, SYM4

const u8 toeplitz_key_symmetric[TOEPLITZ_KEY_LEN] = { SYM20, SYM20 };

const u8 toeplitz_key_microsoft[TOEPLITZ_KEY_LEN] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

/* The 32 bits of the key from bit `at` on. */
static u32 key_window(const u8 key[TOEPLITZ_KEY_LEN], u32 at)
{
	u64 v = 0;

	for (u32 i = 0; i < 5; i++)
		v = v << 8 | (at / 8 + i < TOEPLITZ_KEY_LEN ? key[at / 8 + i] : 0);
	return (u32)(v >> (8 - at % 8));
}

void toeplitz_init(struct toeplitz *t, const u8 key[TOEPLITZ_KEY_LEN])
{
	memcpy(t->key, key, TOEPLITZ_KEY_LEN);
	for (u32 place = 0; place < TOEPLITZ_NIBBLES; place++) {
		for (u32 v = 0; v < 16; v++) {
			u32 h = 0;

			for (u32 bit = 0; bit < 4; bit++)
				if (v & (8u >> bit))
					h ^= key_window(key, 4 * place + bit);
			t->nibble[place][v] = h;
		}
	}
}

u32 toeplitz_hash(const u8 key[TOEPLITZ_KEY_LEN], const void *input, size_t len)
{
	const u8 *p = input;
	u32 h = 0;

	ln_assert(len <= TOEPLITZ_KEY_LEN - 4);
	for (u32 bit = 0; bit < 8 * len; bit++)
		if (p[bit / 8] & (0x80u >> bit % 8))
			h ^= key_window(key, bit);
	return h;
}

static u32 add_bytes(const struct toeplitz *t, const void *input, u32 at, u32 len)
{
	const u8 *p = input;
	u32 h = 0;

	for (u32 i = 0; i < len; i++)
		h ^= t->nibble[2 * (at + i)][p[i] >> 4] ^ t->nibble[2 * (at + i) + 1][p[i] & 15];
	return h;
}

u32 toeplitz_ipv4(const struct toeplitz *t, be32 src, be32 dst)
{
	return add_bytes(t, &src, 0, 4) ^ add_bytes(t, &dst, 4, 4);
}

u32 toeplitz_ipv4_ports(const struct toeplitz *t, be32 src, be32 dst, be16 sport, be16 dport)
{
	return toeplitz_ipv4(t, src, dst) ^ add_bytes(t, &sport, 8, 2) ^
	       add_bytes(t, &dport, 10, 2);
}

u32 toeplitz_ipv6(const struct toeplitz *t, const u8 *addrs)
{
	return add_bytes(t, addrs, 0, 32);
}

u32 toeplitz_ipv6_ports(const struct toeplitz *t, const u8 *addrs, be16 sport, be16 dport)
{
	return toeplitz_ipv6(t, addrs) ^ add_bytes(t, &sport, 32, 2) ^ add_bytes(t, &dport, 34, 2);
}
