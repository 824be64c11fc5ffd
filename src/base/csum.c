/* SPDX-License-Identifier: MIT */
/*
 * The sums over payload. Each 64-bit lane of a vector takes 32-bit words, so no carry
 * can leave a lane before 2^32 words have gone in, and nothing waits for a carry; on
 * SSE2 that is half as fast again as add and adc on 64-bit words. The vectors are the
 * compiler's own (no intrinsics): they come out in whatever the target has.
 *
 * sum_words() is inlined into each public function; a version for wider registers is
 * one more such function with a target attribute.
 */
#include "base/csum.h"

#define CSUM_BLOCK 64		/* bytes per turn of the main loop */
#define CSUM_SHORT 96		/* up to here the plain loop is shorter */

typedef u64 vec __attribute__((vector_size(16)));

/* The 16 bytes at p, put down at dst too unless that is NULL. */
static __always_inline vec take_vec(u8 *dst, const u8 *p, size_t off)
{
	vec w;

	memcpy(&w, p + off, sizeof(w));
	if (dst)
		memcpy(dst + off, &w, sizeof(w));
	return w;
}

/*
 * The last 0 .. 15 bytes. Zero bytes that fill up a word add nothing (RFC 1071 1), and
 * each piece starts at an even offset.
 */
static __always_inline u64 take_tail(u8 *dst, const u8 *p, size_t len)
{
	u8 last[2] = { 0, 0 };
	size_t off = 0;
	u64 sum = 0;
	u32 w[2];
	u16 h;

	if (len & 8) {
		memcpy(w, p, 8);
		if (dst)
			memcpy(dst, w, 8);
		sum = (u64)w[0] + w[1];
		off = 8;
	}
	if (len & 4) {
		memcpy(w, p + off, 4);
		if (dst)
			memcpy(dst + off, w, 4);
		sum += w[0];
		off += 4;
	}
	if (len & 2) {
		memcpy(&h, p + off, 2);
		if (dst)
			memcpy(dst + off, &h, 2);
		sum += h;
		off += 2;
	}
	if (len & 1) {
		last[0] = p[off];
		if (dst)
			dst[off] = last[0];
		memcpy(&h, last, 2);
		sum += h;
	}
	return sum;
}

/* Both functions are this one; where dst is the constant NULL the stores fall away. */
static __always_inline wsum sum_words(u8 *dst, const u8 *p, size_t len, wsum sum)
{
	const vec low = { 0xffffffffu, 0xffffffffu };
	vec a = { sum, 0 }, b = { 0, 0 }, c = b, d = b;
	vec w;

	while (len >= CSUM_BLOCK) {
		w = take_vec(dst, p, 0);
		a += w & low;
		b += w >> 32;
		w = take_vec(dst, p, 16);
		c += w & low;
		d += w >> 32;
		w = take_vec(dst, p, 32);
		a += w & low;
		b += w >> 32;
		w = take_vec(dst, p, 48);
		c += w & low;
		d += w >> 32;
		if (dst)
			dst += CSUM_BLOCK;
		p += CSUM_BLOCK;
		len -= CSUM_BLOCK;
	}
	while (len >= 16) {
		w = take_vec(dst, p, 0);
		a += w & low;
		b += w >> 32;
		if (dst)
			dst += 16;
		p += 16;
		len -= 16;
	}
	a += b + c + d;
	return csum_from64(take_tail(dst, p, len) + csum_from64(a[0]) + csum_from64(a[1]));
}

/* Headers and small writes: setting up vectors would take longer than the sum. */
static __always_inline wsum sum_short(u8 *dst, const u8 *p, size_t len, wsum sum)
{
	u64 s = sum, w;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&w, p, 8);
		s += w;
		s += s < w;	/* end-around carry: one adc */
		if (dst) {
			memcpy(dst, &w, 8);
			dst += 8;
		}
	}
	if (len) {
		w = take_tail(dst, p, len);
		s += w;
		s += s < w;
	}
	return csum_from64(s);
}

wsum csum_partial(const void *p, size_t len, wsum sum)
{
	if (len <= CSUM_SHORT)
		return sum_short(NULL, p, len, sum);
	return sum_words(NULL, p, len, sum);
}

wsum csum_and_copy(void *dst, const void *src, size_t len, wsum sum)
{
	if (len <= CSUM_SHORT)
		return sum_short(dst, src, len, sum);
	return sum_words(dst, src, len, sum);
}
