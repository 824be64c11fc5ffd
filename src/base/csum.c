/* SPDX-License-Identifier: MIT */
/*
 * The sums over payload: one plain loop for what is short, and units of vectors for the rest, the
 * widest of which that the machine has is asked for at each call. That costs one test of a word
 * that the compiler's runtime filled in at the start (__builtin_cpu_supports()), and nothing for
 * what is short; a pointer kept in struct net would cost a load more, and an indirect call.
 *
 * Each 64-bit lane of a vector takes 32-bit words, so no carry can leave a lane, and nothing waits
 * for a carry. `b` sums the upper word of each lane. `a` sums the lanes as they are, without regard
 * to what overflows: the sum of the lower words is a - (b << 32), modulo 2^64 as everything here,
 * and itself far below 2^64. That is three operations for a vector, and two with a shift that adds
 * (NEON). The vectors are the compiler's own (no intrinsics): at 16 bytes they come out in whatever
 * the target has (SSE2, NEON, or plain words), the wider ones are for x86-64.
 */
#include "base/csum.h"

#define CSUM_SHORT 63		/* up to here the plain loop is as good */
#define CSUM_MIDDLE 127		/* vectors that every machine has need not be asked for */

/*
 * The last bytes, fewer than a vector. Zero bytes that fill up a word add nothing (RFC 1071 1), and
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

/* Headers and small writes: setting up vectors would take longer than the sum. */
static __always_inline wsum sum_scalar(u8 *dst, const u8 *p, size_t len, wsum sum)
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

/* One vector at `off` goes into the sums a and b, and to dst unless that is NULL. */
#define TAKE_VEC(a, b, w, off) do {						\
		memcpy(&(w), p + (off), sizeof(w));				\
		if (dst)							\
			memcpy(dst + (off), &(w), sizeof(w));			\
		(a) += (w);							\
		(b) += (w) >> 32;						\
	} while (0)

/*
 * name_partial() and name_copy(): the two public functions with vectors of `width` bytes. They are
 * one text; where dst is the constant NULL the stores fall away. A lane takes less than 2^28 words
 * of each kind from 4 GB, which leaves room to add all lanes up.
 */
#define CSUM_UNIT(name, width, target)						\
typedef u64 name##_vec __attribute__((vector_size(width)));			\
target static __always_inline wsum name##_sum(u8 *dst, const u8 *p, size_t len, wsum sum) \
{										\
	name##_vec a = { 0 }, b = a, c = a, d = a, w;				\
	u64 s = sum;								\
										\
	for (; len >= 4 * (width); len -= 4 * (width), p += 4 * (width)) {	\
		TAKE_VEC(a, b, w, 0);						\
		TAKE_VEC(c, d, w, (width));					\
		TAKE_VEC(a, b, w, 2 * (width));					\
		TAKE_VEC(c, d, w, 3 * (width));					\
		dst = dst ? dst + 4 * (width) : NULL;				\
	}									\
	for (; len >= (width); len -= (width), p += (width)) {			\
		TAKE_VEC(a, b, w, 0);						\
		dst = dst ? dst + (width) : NULL;				\
	}									\
	a += c;									\
	b += d;									\
	a = a - (b << 32) + b;							\
	for (unsigned i = 0; i < (width) / 8; i++)				\
		s += a[i];							\
	return sum_scalar(dst, p, len, csum_from64(s));				\
}										\
target static wsum name##_partial(const void *p, size_t len, wsum sum)		\
{										\
	return name##_sum(NULL, p, len, sum);					\
}										\
target static wsum name##_copy(void *dst, const void *src, size_t len, wsum sum) \
{										\
	return name##_sum(dst, src, len, sum);					\
}

CSUM_UNIT(vec16, 16, )
#ifdef __x86_64__
CSUM_UNIT(avx2, 32, __attribute__((target("avx2"))))
CSUM_UNIT(avx512, 64, __attribute__((target("avx512f"))))
#endif

static wsum scalar_partial(const void *p, size_t len, wsum sum)
{
	return sum_scalar(NULL, p, len, sum);
}

static wsum scalar_copy(void *dst, const void *src, size_t len, wsum sum)
{
	return sum_scalar(dst, src, len, sum);
}

static bool has_avx2(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("avx2");
#else
	return false;
#endif
}

static bool has_avx512(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("avx512f");
#else
	return false;
#endif
}

/* In order of width; a test runs each that this machine has. */
const struct csum_unit *csum_units(unsigned i)
{
	static const struct csum_unit units[] = {
		{ "scalar", scalar_partial, scalar_copy },
		{ "vec16", vec16_partial, vec16_copy },
#ifdef __x86_64__
		{ "avx2", avx2_partial, avx2_copy },
		{ "avx512", avx512_partial, avx512_copy },
#endif
	};
	unsigned n = has_avx512() ? 4 : has_avx2() ? 3 : 2;

	return i < n ? &units[i] : NULL;
}

wsum csum_partial(const void *p, size_t len, wsum sum)
{
	if (len <= CSUM_SHORT)
		return sum_scalar(NULL, p, len, sum);
#ifdef __x86_64__
	if (len <= CSUM_MIDDLE)
		return vec16_partial(p, len, sum);
	if (has_avx512())
		return avx512_partial(p, len, sum);
	if (likely(has_avx2()))
		return avx2_partial(p, len, sum);
#endif
	return vec16_partial(p, len, sum);
}

wsum csum_and_copy(void *dst, const void *src, size_t len, wsum sum)
{
	if (len <= CSUM_SHORT)
		return sum_scalar(dst, src, len, sum);
#ifdef __x86_64__
	if (len <= CSUM_MIDDLE)
		return vec16_copy(dst, src, len, sum);
	if (has_avx512())
		return avx512_copy(dst, src, len, sum);
	if (likely(has_avx2()))
		return avx2_copy(dst, src, len, sum);
#endif
	return vec16_copy(dst, src, len, sum);
}
