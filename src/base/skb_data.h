/* SPDX-License-Identifier: MIT */
/*
 * What is in an sk_buff, wherever its bytes stand: linear part, fragments, list. Part of
 * base/skbuff.h, which includes it.
 */
#ifndef LINNET_BASE_SKB_DATA_H
#define LINNET_BASE_SKB_DATA_H

#include "base/csum.h"
#include "base/iov_iter.h"

struct buf;
struct sk_buff;

/* Copies len bytes from offset to a flat place (headers, ICMP quotes, captures): counted as
 * header bytes when it is part of the packet's way. -EINVAL: beyond the end. */
int skb_copy_bits(const struct sk_buff *skb, u32 offset, void *to, u32 len);

/* To the user; counted in copies.user_out. Returns what was copied. */
size_t skb_copy_to_iter_slow(const struct sk_buff *skb, u32 offset, size_t len,
			     struct iov_iter *it);

static inline size_t skb_copy_to_iter(const struct sk_buff *skb, u32 offset, size_t len,
				      struct iov_iter *it)
{
	if (!skb->data_len && offset <= skb->len && len <= skb->len - offset)
		return copy_to_iter(skb->net, skb->data + offset, len, it);
	return skb_copy_to_iter_slow(skb, offset, len, it);
}

/* Partial checksum of len bytes from offset. */
wsum skb_checksum(const struct sk_buff *skb, u32 offset, u32 len, wsum sum);

/* A place in a packet's fragments. */
struct skb_cursor {
	u32 frag, off;
};

/*
 * Partial checksum of the next n bytes in the fragments of a packet to be sent: by the sums that
 * are kept with their buffers (base/buf_sum.h); else they are read, which is counted in
 * copies.summed.
 */
wsum skb_cursor_csum(const struct sk_buff *skb, struct skb_cursor *at, u32 n);

/* The same of all of them. */
static inline wsum skb_frags_csum(const struct sk_buff *skb, u32 len)
{
	struct skb_cursor at = { 0, 0 };

	return skb_cursor_csum(skb, &at, len);
}

/*
 * The linear part goes to a buffer of its own with `headroom` bytes before it and n from data on,
 * more than fit inline. False: no memory, or somebody is charged for the packet already.
 */
bool skb_expand_head(struct sk_buff *skb, u32 headroom, u32 n) __must_check;

/* Finish a CHECKSUM_PARTIAL packet in software. False: no memory for a private header, or what is
 * to be summed is not within the packet. */
bool skb_checksum_help(struct sk_buff *skb) __must_check;

/* Calls fn for each contiguous piece of [offset, offset + len) until it returns non-zero. */
typedef int (*skb_piece_fn)(void *ctx, const u8 *p, u32 len, struct buf *buf);
int skb_for_each_piece(const struct sk_buff *skb, u32 offset, u32 len, skb_piece_fn fn, void *ctx);

/* How many packets of the wire it is. */
static inline u32 skb_packets(const struct sk_buff *skb)
{
	return skb->gso_segs ? skb->gso_segs : 1u;
}

/* What this machine says with a packet that came in belongs to no connection yet. */
static inline void nf_reset_ct(struct sk_buff *skb)
{
	nfct_put(skb->net, skb->nfct);
	skb->nfct = 0;
}

#endif
