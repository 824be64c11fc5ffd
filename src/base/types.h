/* SPDX-License-Identifier: MIT */
/*
 * Types and small tools that every file uses.
 *
 * Integers have Linux's short names. be16/be32 hold bytes in network order: the
 * type tells the reader, `cpu_to_be*` and `be*_to_cpu` are the only crossing.
 * Unaligned wire fields are read with get_be16() and its kin, never by cast.
 */
#ifndef LINNET_BASE_TYPES_H
#define LINNET_BASE_TYPES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef u16 be16;
typedef u32 be32;

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __must_check __attribute__((warn_unused_result))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __aligned(n) __attribute__((aligned(n)))
#define __noinline __attribute__((noinline))
#undef __always_inline			/* the C library's, where it has one */
#define __always_inline inline __attribute__((always_inline))
#define __cold __attribute__((cold))
#define fallthrough __attribute__((fallthrough))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1u << (n))
#define BIT64(n) (1ull << (n))
#define CACHE_LINE 64

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* Each argument is evaluated once; the numbered names let uses nest. */
#define minmax_paste_(a, b) a##b
#define minmax_name_(a, b) minmax_paste_(a, b)
#define minmax_(a, op, b, x, y) \
	({ __typeof__(a) x = (a); __typeof__(b) y = (b); x op y ? x : y; })
#define min(a, b) \
	minmax_(a, <, b, minmax_name_(mx_, __COUNTER__), minmax_name_(my_, __COUNTER__))
#define max(a, b) \
	minmax_(a, >, b, minmax_name_(mx_, __COUNTER__), minmax_name_(my_, __COUNTER__))
#define min_t(t, a, b) min((t)(a), (t)(b))
#define max_t(t, a, b) max((t)(a), (t)(b))
#define clamp_t(t, v, lo, hi) min_t(t, max_t(t, v, lo), hi)

/* The cache line of p is wanted soon, to be read or to be written. */
#define prefetch(p) __builtin_prefetch(p)
#define prefetchw(p) __builtin_prefetch(p, 1)

static inline bool is_pow2(u64 n)
{
	return n && !(n & (n - 1));
}

/* The smallest power of two that is >= n; n in 1 .. 2^63. */
static inline u64 roundup_pow2(u64 n)
{
	return n <= 1 ? 1 : 1ull << (64 - __builtin_clzll(n - 1));
}

static inline u64 round_up(u64 n, u64 align)
{
	return (n + align - 1) & ~(align - 1);
}

static inline u64 div_round_up(u64 n, u64 d)
{
	return (n + d - 1) / d;
}

/* Byte order. */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define CONST_BE16(x) ((be16)((((x) & 0xffu) << 8) | (((x) >> 8) & 0xffu)))
#define CONST_BE32(x) \
	((be32)((((x) & 0xffu) << 24) | (((x) & 0xff00u) << 8) | \
		(((x) >> 8) & 0xff00u) | (((x) >> 24) & 0xffu)))
#else
#define CONST_BE16(x) ((be16)(x))
#define CONST_BE32(x) ((be32)(x))
#endif

static inline u16 be16_to_cpu(be16 v)
{
	return CONST_BE16(v);
}

static inline be16 cpu_to_be16(u16 v)
{
	return CONST_BE16(v);
}

static inline u32 be32_to_cpu(be32 v)
{
	return CONST_BE32(v);
}

static inline be32 cpu_to_be32(u32 v)
{
	return CONST_BE32(v);
}

static inline u16 get_be16(const void *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return be16_to_cpu(v);
}

static inline u32 get_be24(const u8 *p)
{
	return (u32)p[0] << 16 | (u32)p[1] << 8 | p[2];
}

static inline u32 get_be32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return be32_to_cpu(v);
}

static inline void put_be16(void *p, u16 v)
{
	v = cpu_to_be16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_be32(void *p, u32 v)
{
	v = cpu_to_be32(v);
	memcpy(p, &v, sizeof(v));
}

#endif
