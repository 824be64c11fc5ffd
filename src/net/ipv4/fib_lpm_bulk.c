/* SPDX-License-Identifier: MIT */
/*
 * Many lookups at once. A table by the first 24 bits is asked by units of vectors, the widest that
 * the machine has, chosen at each call as base/csum.c does it: an entry for each lane, then what
 * shorter prefixes say where there is none, then the default route where they say nothing. Lanes
 * that meet a node, of prefixes longer than 24 bits, are walked one by one.
 *
 * A gather asks for its lanes' loads in one instruction, and leaves more of the processor's window
 * to those of the next: in the cache that is the gain, beyond it the memory decides.
 */
#include "net/ipv4/fib_lpm.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define LANES_MIN 8u		/* with fewer the plain loop is as good */
#define COARSE_SHIFT (32 - FIB_DIRECT_COARSE_BITS)

static void scalar_bulk(const struct fib_lpm *lpm, const u32 *addr, u32 n, u32 *value)
{
	for (u32 i = 0; i < n; i++)
		value[i] = fib_lpm_lookup(lpm, addr[i]);
}

#ifdef __x86_64__

/* The lanes of `left` are value[i]'s, counted from bit 0. */
static __always_inline void walk(const struct fib_lpm *lpm, const u32 *addr, u32 left, u32 *value)
{
	for (; unlikely(left); left &= left - 1) {
		u32 k = (u32)__builtin_ctz(left);

		value[k] = fib_lpm_walk(lpm, addr[k]);
	}
}

__attribute__((target("avx2")))
static void avx2_bulk(const struct fib_lpm *lpm, const u32 *addr, u32 n, u32 *value)
{
	const int *at24 = (const int *)lpm->direct.at24, *coarse = (const int *)lpm->direct.coarse;
	const __m256i none = _mm256_set1_epi32((int)lpm->default_value);
	const __m256i leaf = _mm256_set1_epi32((int)FIB_DIRECT_LEAF);
	const __m256i zero = _mm256_setzero_si256();
	u32 i;

	for (i = 0; i + 8 <= n; i += 8) {
		__m256i a = _mm256_loadu_si256((const void *)(addr + i));
		__m256i e = _mm256_i32gather_epi32(at24, _mm256_srli_epi32(a, 8), 4);
		__m256i bare = _mm256_cmpeq_epi32(e, zero);
		u32 left;

		if (coarse && unlikely(!_mm256_testz_si256(bare, bare))) {
			a = _mm256_srli_epi32(a, COARSE_SHIFT);
			e = _mm256_mask_i32gather_epi32(e, coarse, a, bare, 4);
			e = _mm256_or_si256(e, _mm256_and_si256(bare, leaf));
		}
		left = ~(u32)_mm256_movemask_ps(_mm256_castsi256_ps(e)) & 0xff;
		e = _mm256_andnot_si256(leaf, e);
		e = _mm256_blendv_epi8(e, none, _mm256_cmpeq_epi32(e, zero));
		_mm256_storeu_si256((void *)(value + i), e);
		walk(lpm, addr + i, left, value + i);
	}
	scalar_bulk(lpm, addr + i, n - i, value + i);
}

__attribute__((target("avx512f")))
static void avx512_bulk(const struct fib_lpm *lpm, const u32 *addr, u32 n, u32 *value)
{
	const u32 *at24 = lpm->direct.at24, *coarse = lpm->direct.coarse;
	const __m512i none = _mm512_set1_epi32((int)lpm->default_value);
	const __m512i leaf = _mm512_set1_epi32((int)FIB_DIRECT_LEAF);
	const __m512i zero = _mm512_setzero_si512();

	for (u32 i = 0; i < n; i += 16) {
		__mmask16 lanes = (__mmask16)(n - i < 16 ? (1u << (n - i)) - 1 : 0xffff), bare;
		__m512i a = _mm512_maskz_loadu_epi32(lanes, addr + i);
		__m512i at = _mm512_srli_epi32(a, 8);
		__m512i e = _mm512_mask_i32gather_epi32(zero, lanes, at, at24, 4);
		u32 left;

		bare = _mm512_mask_testn_epi32_mask(lanes, e, e);
		if (coarse && unlikely(bare)) {
			a = _mm512_srli_epi32(a, COARSE_SHIFT);
			e = _mm512_mask_i32gather_epi32(e, bare, a, coarse, 4);
			e = _mm512_mask_or_epi32(e, bare, e, leaf);
		}
		left = _mm512_mask_testn_epi32_mask(lanes, e, leaf);
		e = _mm512_andnot_epi32(leaf, e);
		e = _mm512_mask_mov_epi32(e, _mm512_testn_epi32_mask(e, e), none);
		_mm512_mask_storeu_epi32(value + i, lanes, e);
		walk(lpm, addr + i, left, value + i);
	}
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f");
}
#endif

/* In order of width; a test runs each that this machine has. */
const struct fib_lpm_unit *fib_lpm_units(unsigned i)
{
	static const struct fib_lpm_unit units[] = {
		{ "scalar", scalar_bulk },
#ifdef __x86_64__
		{ "avx2", avx2_bulk },
		{ "avx512", avx512_bulk },
#endif
	};
#ifdef __x86_64__
	unsigned n = has_avx512() ? 3 : has_avx2() ? 2 : 1;
#else
	unsigned n = 1;
#endif

	return i < n ? &units[i] : NULL;
}

void fib_lpm_lookup_bulk(const struct fib_lpm *lpm, const u32 *addr, u32 n, u32 *value)
{
#ifdef __x86_64__
	if (n >= LANES_MIN && lpm->direct.at24) {
		if (has_avx512()) {
			avx512_bulk(lpm, addr, n, value);
			return;
		}
		if (likely(has_avx2())) {
			avx2_bulk(lpm, addr, n, value);
			return;
		}
	}
#endif
	scalar_bulk(lpm, addr, n, value);
}
