/* SPDX-License-Identifier: MIT */
/*
 * Lookups with vectors of 64 bytes: a node's keys are one of them. In bulk eight addresses are
 * taken at a time: their first 64 bits, their entries, and at the end what they found are gathered,
 * and only the node itself is looked at one by one.
 */
#include "net/ipv6/ip6_ranges_look.h"

#ifdef __x86_64__
#include <immintrin.h>

#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,popcnt,movbe")))
#define LANES 8u

WIDE static __always_inline size_t count_turned(const struct ranges_node *n, u32 turned)
{
	__mmask16 m = _mm512_cmple_epi32_mask(_mm512_loadu_si512(n->key),
					      _mm512_set1_epi32((int)turned));

	return (size_t)__builtin_popcount(m);
}

WIDE static __always_inline size_t count_keys(const struct ranges_node *n, u32 key)
{
	return count_turned(n, key ^ RANGES_TURN);
}

/* Of a[0 .. 7]: what the direct table says, and the 32 bits behind, turned. */
WIDE static __always_inline void gather(const struct ip6_ranges *r,
					const struct ip6_addr *const *a, __mmask8 lanes,
					u32 *entry, u32 *turned)
{
	const __m512i swap = _mm512_set_epi64(0x08090a0b0c0d0e0f, 0x0001020304050607,
					      0x08090a0b0c0d0e0f, 0x0001020304050607,
					      0x08090a0b0c0d0e0f, 0x0001020304050607,
					      0x08090a0b0c0d0e0f, 0x0001020304050607);
	const __m256i leaf = _mm256_set1_epi32((int)FIB_DIRECT_LEAF);
	__m512i at = _mm512_maskz_loadu_epi64(lanes, a), first, bits;
	__mmask8 bare;
	__m256i e;

	first = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), lanes, at, NULL, 1);
	first = _mm512_shuffle_epi8(first, swap);
	bits = _mm512_srli_epi64(first, 64 - FIB_DIRECT_MAX_BITS);
	e = _mm512_mask_i64gather_epi32(leaf, lanes, bits, r->direct.at24, 4);
	bare = _mm256_testn_epi32_mask(e, e);
	if (unlikely(bare)) {
		bits = _mm512_srli_epi64(first, 64 - FIB_DIRECT_COARSE_BITS);
		e = _mm512_mask_i64gather_epi32(e, bare, bits, r->direct.coarse, 4);
		e = _mm256_mask_or_epi32(e, bare, e, leaf);
	}
	_mm256_storeu_si256((void *)entry, e);
	e = _mm512_cvtepi64_epi32(_mm512_srli_epi64(first, 32 - FIB_DIRECT_MAX_BITS));
	_mm256_storeu_si256((void *)turned, _mm256_xor_si256(e, leaf));
}

/* What they found, and which have not. Returns how many those are. */
WIDE static __always_inline u32 sort(const u32 *entry, __mmask8 lanes, u32 first,
				     const union ip6_prefix *of, void **value, u32 *todo)
{
	const __m256i leaf = _mm256_set1_epi32((int)FIB_DIRECT_LEAF);
	__m256i e = _mm256_loadu_si256((const void *)entry), number, i;
	__mmask8 done = _mm256_mask_test_epi32_mask(lanes, e, leaf);
	__mmask8 left = (__mmask8)(lanes & ~done);
	__m512i v;

	number = _mm256_and_si256(e, _mm256_set1_epi32((int)RANGES_NUMBER));
	v = _mm512_mask_i32gather_epi64(_mm512_setzero_si512(), done, number, of, 8);
	_mm512_mask_storeu_epi64(value, lanes, v);
	i = _mm256_add_epi32(_mm256_set1_epi32((int)first),
			     _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
	_mm256_storeu_si256((void *)todo, _mm256_maskz_compress_epi32(left, i));
	return (u32)__builtin_popcount(left);
}

static __mmask8 lanes_of(u32 n, u32 i)
{
	return (__mmask8)(n - i < LANES ? (1u << (n - i)) - 1 : 0xff);
}

WIDE void ip6_ranges_bulk_wide(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			       const union ip6_prefix *of, void **value)
{
	const struct ranges_node *node = r->node;
	u32 todo[RANGES_BULK + LANES], turned[RANGES_BULK], left = 0, all;
	struct ranges_look l;

	for (u32 i = 0; i < n; i += LANES)
		gather(r, a + i, lanes_of(n, i), l.entry + i, turned + i);
	for (u32 i = 0; i < n; i++) {
		u32 e = l.entry[i], is_leaf = (u32)((s32)e >> 31);
		u32 to = RANGES_LOOK_IN(node, e & ~is_leaf, turned[i], count_turned);

		l.entry[i] = (to & ~is_leaf) | (e & is_leaf);
	}
	for (u32 i = 0; i < n; i += LANES)
		left += sort(l.entry + i, lanes_of(n, i), i, of, value + i, todo + left);
	if (likely(!left))
		return;
	all = left;
	for (u32 k = 0; k < all; k++) {
		l.todo[k] = todo[k];
		l.byte[todo[k]] = RANGES_BYTES;
	}
	while (left)
		RANGES_LOOK_ON(node, a, &l, left, count_keys);
	for (u32 k = 0; k < all; k++)
		value[todo[k]] = of[l.entry[todo[k]] & RANGES_NUMBER].value;
}

WIDE u32 ip6_ranges_lookup_wide(const struct ip6_ranges *r, const struct ip6_addr *a)
{
	return RANGES_LOOKUP(r, a, count_keys);
}

bool ip6_ranges_have_wide(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

#else

u32 ip6_ranges_lookup_wide(const struct ip6_ranges *r, const struct ip6_addr *a)
{
	(void)r, (void)a;
	return 0;
}

void ip6_ranges_bulk_wide(const struct ip6_ranges *r, const struct ip6_addr *const *a, u32 n,
			  const union ip6_prefix *of, void **value)
{
	(void)r, (void)a, (void)n, (void)of, (void)value;
}

bool ip6_ranges_have_wide(void)
{
	return false;
}
#endif
