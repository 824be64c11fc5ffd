/* SPDX-License-Identifier: MIT */
/*
 * The frame check sequence: CRC-32 of IEEE 802.3 3.2.9, least significant bit first,
 * eight bytes a turn. A CRC is linear, so each table of 256 follows from the values
 * of its eight single bits; the compiler works them out.
 *
 * Where the processor multiplies without carries (PCLMULQDQ), a longer frame is first folded:
 * 16 bytes times x^n mod P, added to those n bits behind them, leave the same CRC. What it
 * costs is a tenth, and the tables stay out of the cache.
 */
#include "wire/eth.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* The sum of the values of the bits that are set in i. */
#define SUM(i, b0, b1, b2, b3, b4, b5, b6, b7) \
	(((i) & 1 ? b0 : 0) ^ ((i) & 2 ? b1 : 0) ^ ((i) & 4 ? b2 : 0) ^ ((i) & 8 ? b3 : 0) ^ \
	 ((i) & 16 ? b4 : 0) ^ ((i) & 32 ? b5 : 0) ^ ((i) & 64 ? b6 : 0) ^ ((i) & 128 ? b7 : 0))

/* Table k: the CRC of the byte i with k zero bytes behind it. */
#define T0(i) \
	SUM(i, 0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u, \
	    0x1db71064u, 0x3b6e20c8u, 0x76dc4190u, 0xedb88320u)
#define T1(i) \
	SUM(i, 0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u, \
	    0x4ac21251u, 0x958424a2u, 0xf0794f05u, 0x3b83984bu)
#define T2(i) \
	SUM(i, 0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u, \
	    0x1c26a370u, 0x384d46e0u, 0x709a8dc0u, 0xe1351b80u)
#define T3(i) \
	SUM(i, 0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu, \
	    0x5019579fu, 0xa032af3eu, 0x9b14583du, 0xed59b63bu)
#define T4(i) \
	SUM(i, 0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u, \
	    0x60e09782u, 0xc1c12f04u, 0x58f35849u, 0xb1e6b092u)
#define T5(i) \
	SUM(i, 0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du, \
	    0x03d6029bu, 0x07ac0536u, 0x0f580a6cu, 0x1eb014d8u)
#define T6(i) \
	SUM(i, 0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u, \
	    0x67de9cceu, 0xcfbd399cu, 0x440b7579u, 0x8816eaf2u)
#define T7(i) \
	SUM(i, 0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u, \
	    0x7cbb312bu, 0xf9766256u, 0x299dc2edu, 0x533b85dau)

#define FOUR(t, i) t(i), t((i) + 1), t((i) + 2), t((i) + 3)
#define SIXTEEN(t, i) FOUR(t, i), FOUR(t, (i) + 4), FOUR(t, (i) + 8), FOUR(t, (i) + 12)
#define SIXTY_FOUR(t, i) \
	SIXTEEN(t, i), SIXTEEN(t, (i) + 16), SIXTEEN(t, (i) + 32), SIXTEEN(t, (i) + 48)
#define TABLE(t) \
	{ SIXTY_FOUR(t, 0), SIXTY_FOUR(t, 64), SIXTY_FOUR(t, 128), SIXTY_FOUR(t, 192) }

static const u32 fcs_table[8][256] = {
	TABLE(T0), TABLE(T1), TABLE(T2), TABLE(T3), TABLE(T4), TABLE(T5), TABLE(T6), TABLE(T7),
};

static inline u32 load_le32(const u8 *p)
{
	return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

/* crc: the register, not inverted. */
static u32 by_table(u32 crc, const u8 *p, size_t len)
{
	for (; len >= 8; p += 8, len -= 8) {
		u32 a = load_le32(p) ^ crc;
		u32 b = load_le32(p + 4);

		crc = fcs_table[7][a & 0xff] ^ fcs_table[6][a >> 8 & 0xff] ^
		      fcs_table[5][a >> 16 & 0xff] ^ fcs_table[4][a >> 24] ^
		      fcs_table[3][b & 0xff] ^ fcs_table[2][b >> 8 & 0xff] ^
		      fcs_table[1][b >> 16 & 0xff] ^ fcs_table[0][b >> 24];
	}
	for (; len; p++, len--)
		crc = crc >> 8 ^ fcs_table[0][(crc ^ *p) & 0xff];
	return crc;
}

#ifdef __x86_64__
#define PCLMUL __attribute__((target("pclmul")))
#define FOLDED_FROM 32u		/* bytes; shorter than that the tables are as fast */

/* x^(n + 32) and x^(n - 32) mod P, bits reversed, for the lower and the upper half of 16 bytes. */
#define FOLD_512 _mm_set_epi64x(0x1c6e41596, 0x154442bd4)
#define FOLD_128 _mm_set_epi64x(0x0ccaa009e, 0x1751997d0)

static inline __m128i load16(const u8 *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

PCLMUL static inline __m128i fold(__m128i x, __m128i by, __m128i behind)
{
	return _mm_clmulepi64_si128(x, by, 0x00) ^ _mm_clmulepi64_si128(x, by, 0x11) ^ behind;
}

PCLMUL static u32 by_folding(u32 crc, const u8 *p, size_t len)
{
	__m128i x = load16(p) ^ _mm_cvtsi32_si128((int)crc);
	u8 last[16];

	p += 16, len -= 16;
	if (len >= 112) {
		__m128i y = load16(p), z = load16(p + 16), w = load16(p + 32);

		for (p += 48, len -= 48; len >= 64; p += 64, len -= 64) {
			x = fold(x, FOLD_512, load16(p));
			y = fold(y, FOLD_512, load16(p + 16));
			z = fold(z, FOLD_512, load16(p + 32));
			w = fold(w, FOLD_512, load16(p + 48));
		}
		x = fold(fold(fold(x, FOLD_128, y), FOLD_128, z), FOLD_128, w);
	}
	for (; len >= 16; p += 16, len -= 16)
		x = fold(x, FOLD_128, load16(p));
	_mm_storeu_si128((__m128i *)(void *)last, x);
	return by_table(by_table(0, last, sizeof(last)), p, len);
}
#endif

u32 eth_fcs(u32 crc, const void *data, size_t len)
{
#ifdef __x86_64__
	if (len >= FOLDED_FROM && __builtin_cpu_supports("pclmul"))
		return ~by_folding(~crc, data, len);
#endif
	return ~by_table(~crc, data, len);
}
