/* SPDX-License-Identifier: MIT */
/*
 * The internet checksum (RFC 1071), with Linux's names.
 *
 * A wsum is an unfolded 32-bit one's complement sum of the bytes as they lie in
 * memory, 16 bits at a time in the machine's own order: RFC 1071 2(B) makes the
 * folded result right on the wire without a swap. Sums of parts are joined with
 * csum_add(), or with csum_block_add() when the part starts at an odd offset.
 *
 * No function needs alignment. csum_partial() and csum_and_copy() are the two that touch payload,
 * with the widest vectors that the machine has (csum.c).
 */
#ifndef LINNET_BASE_CSUM_H
#define LINNET_BASE_CSUM_H

#include "base/types.h"

typedef u32 wsum;

#define CSUM_MANGLED_0 ((be16)0xffff)	/* how UDP sends a computed 0 (RFC 768) */

/* The sum of len bytes at p, added to sum. */
wsum csum_partial(const void *p, size_t len, wsum sum);

/* The same in one pass with a copy to dst; the areas do not overlap. */
wsum csum_and_copy(void *dst, const void *src, size_t len, wsum sum);

/* The two by one unit of the machine: plain words, 16-byte vectors, AVX2, AVX-512. */
struct csum_unit {
	char name[8];
	wsum (*partial)(const void *p, size_t len, wsum sum);
	wsum (*and_copy)(void *dst, const void *src, size_t len, wsum sum);
};

/* The i-th that works here, from the narrowest; NULL: there are no more. */
const struct csum_unit *csum_units(unsigned i);

/* Folds a 64-bit sum of native words to a wsum: end-around carries, RFC 1071 2(C). */
static inline wsum csum_from64(u64 sum)
{
	u32 high = (u32)(sum >> 32), s = (u32)sum + high;

	return s + (s < high);
}

/*
 * The sum of a header that was written a moment ago, len a multiple of 4: in words of the size in
 * which it was written, because a wider load would have to wait until the stores have left the CPU.
 */
static inline wsum csum_header(const void *p, size_t len, wsum sum)
{
	u64 s = sum;
	u32 w;

	for (size_t off = 0; off < len; off += 4) {
		memcpy(&w, (const char *)p + off, 4);
		s += w;
	}
	return csum_from64(s);
}

/* One's complement addition of words of 64 bits, or of less. */
static inline u64 csum_add64(u64 a, u64 b)
{
	u64 sum = a + b;

	return sum + (sum < b);
}

static inline u64 csum_load64(const void *p)
{
	u64 w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static inline u64 csum_load32(const void *p)
{
	u32 w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* The sum of 20 bytes that have been where they are for a while (a received header). */
static inline u64 csum_20_bytes(const u8 *p)
{
	u64 sum = csum_add64(csum_load64(p), csum_load64(p + 8));

	return csum_add64(sum, csum_load32(p + 16));
}

/* The value for a check field, ready to be stored as it is; 0 when verifying is good. */
static inline be16 csum_fold(wsum sum)
{
	/* Both halves' sum, carry included, in the upper half. */
	sum += sum << 16 | sum >> 16;
	return (be16)(~sum >> 16);
}

static inline wsum csum_unfold(be16 check)
{
	return check;
}

static inline wsum csum_add(wsum a, wsum b)
{
	wsum sum = a + b;

	return sum + (sum < b);
}

static inline wsum csum_sub(wsum a, wsum b)
{
	return csum_add(a, ~b);
}

/* Joins b, the sum of a block that starts `offset` bytes after a's start. */
static inline wsum csum_block_add(wsum a, wsum b, size_t offset)
{
	if (offset & 1)
		b = b << 24 | b >> 8;	/* RFC 1071 2(B): an odd start swaps the lanes */
	return csum_add(a, b);
}

/* Takes such a block out again. */
static inline wsum csum_block_sub(wsum a, wsum b, size_t offset)
{
	return csum_block_add(a, ~b, offset);
}

/*
 * Puts a changed 16- or 32-bit field right in a check field (RFC 1624 eqn 3).
 * @check: the check field, at any address
 * @from, @to: the field's old and new value as they are on the wire
 */
static inline void csum_replace4(void *check, be32 from, be32 to)
{
	be16 c;
	wsum sum;

	memcpy(&c, check, sizeof(c));
	sum = csum_add(csum_sub((wsum)(u16)~c, from), to);
	c = csum_fold(sum);
	memcpy(check, &c, sizeof(c));
}

static inline void csum_replace2(void *check, be16 from, be16 to)
{
	csum_replace4(check, from, to);
}

/*
 * Adds the IPv4 pseudo-header (RFC 9293 3.1, RFC 768).
 * @len: bytes of TCP or UDP header and payload, host order
 */
static inline wsum csum_tcpudp_nofold(be32 saddr, be32 daddr, u32 len, u8 proto, wsum sum)
{
	u64 s = (u64)sum + saddr + daddr;

	s += cpu_to_be32(len + proto);
	return csum_from64(s);
}

/* The check field of a segment whose bytes sum to `sum` (its check field as 0). */
static inline be16 csum_tcpudp_magic(be32 saddr, be32 daddr, u32 len, u8 proto, wsum sum)
{
	return csum_fold(csum_tcpudp_nofold(saddr, daddr, len, proto, sum));
}

/*
 * The check field of an IPv4 header of ihl_words 32-bit words (5 .. 15); 0 when the
 * header carries the right one.
 */
static inline be16 ip_fast_csum(const void *iph, unsigned ihl_words)
{
	const u8 *p = iph;
	u64 a, b;
	u32 w;

	memcpy(&a, p, 8);
	memcpy(&b, p + 8, 8);
	memcpy(&w, p + 16, 4);
	b = (u64)csum_from64(b) + w;
	for (unsigned i = 5; i < ihl_words; i++) {
		memcpy(&w, p + 4 * (size_t)i, 4);
		b += w;
	}
	return csum_fold(csum_from64((u64)csum_from64(a) + b));
}

#endif
